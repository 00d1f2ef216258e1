//! What is inside of a `PFX` (RFC 7292 §4).
use super::{Pkcs12Error, protection};
use der::{Decode as _, Reader as _, SliceReader, Tag, TagNumber, asn1::AnyRef, asn1::ObjectIdentifier};
use procura_crypto::Digest;
use procura_pki::algorithm::digest_of_identifier;
use zeroize::Zeroizing;

const DATA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.7.1");
const ENCRYPTED_DATA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.7.6");
const KEY_BAG: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.12.10.1.1");
const SHROUDED_KEY_BAG: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.12.10.1.2");
const CERTIFICATE_BAG: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.12.10.1.3");
const X509: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.22.1");
/// Keys and certificates in one file.
const MAX_BAGS: usize = 64;

/// Keys and certificates of a file, in its order. Bags of other kinds (CRLs, secrets) are passed over.
pub(super) struct Safe {
    /// `PrivateKeyInfo` in DER.
    pub(super) keys: Vec<Zeroizing<Vec<u8>>>,
    /// Certificates in DER.
    pub(super) certificates: Vec<Vec<u8>>,
}

/// What the MAC is, and over what it is.
pub(super) struct Mac<'a> {
    pub(super) digest: Digest,
    pub(super) value: &'a [u8],
    pub(super) salt: &'a [u8],
    pub(super) iterations: u32,
    pub(super) content: &'a [u8],
}

impl Safe {
    /// Opens a `PFX`: its MAC is verified before anything inside is looked at.
    pub(super) fn open(der: &[u8], password: &str) -> Result<Self, Pkcs12Error> {
        let (content, mac) = read(der).ok_or(Pkcs12Error::Malformed)?;
        protection::verify(&mac?, password)?;
        let mut safe = Self {
            keys: Vec::new(),
            certificates: Vec::new(),
        };
        let mut parts = fields(content).ok_or(Pkcs12Error::Malformed)?;
        while !parts.is_finished() {
            let part = next(&mut parts, Tag::Sequence).ok_or(Pkcs12Error::Malformed)?;
            let bags = contents(part.value(), password)?;
            safe.take(&bags, password)?;
        }
        Ok(safe)
    }

    /// `SafeContents`.
    fn take(&mut self, contents: &[u8], password: &str) -> Result<(), Pkcs12Error> {
        let mut bags = fields(contents).ok_or(Pkcs12Error::Malformed)?;
        while !bags.is_finished() {
            let (kind, value) = bag(&mut bags).ok_or(Pkcs12Error::Malformed)?;
            match kind {
                KEY_BAG => self.keys.push(Zeroizing::new(value.to_vec())),
                SHROUDED_KEY_BAG => {
                    let (algorithm, encrypted) = shrouded(value).ok_or(Pkcs12Error::Malformed)?;
                    self.keys
                        .push(protection::decrypt(algorithm, encrypted, password)?);
                }
                CERTIFICATE_BAG => {
                    let (of_type, certificate) = certificate(value).ok_or(Pkcs12Error::Malformed)?;
                    if of_type == X509 {
                        self.certificates.push(certificate.to_vec());
                    }
                }
                _ => {}
            }
            if self.keys.len() + self.certificates.len() > MAX_BAGS {
                return Err(Pkcs12Error::Malformed);
            }
        }
        Ok(())
    }
}

/// The `AuthenticatedSafe` and the MAC over it.
fn read(der: &[u8]) -> Option<(&[u8], Result<Mac<'_>, Pkcs12Error>)> {
    let mut pfx = fields(der)?;
    if next(&mut pfx, Tag::Integer)?.value() != [3] {
        return None;
    }
    let info = next(&mut pfx, Tag::Sequence)?;
    let mut info = SliceReader::new(info.value()).ok()?;
    if ObjectIdentifier::decode(&mut info).ok()? != DATA {
        // Signed by a key, which nobody's files are.
        return Some((&[], Err(Pkcs12Error::Algorithm)));
    }
    let content = only(next(&mut info, context(0))?.value(), Tag::OctetString)?.value();
    end(&info)?;
    if pfx.is_finished() {
        return Some((content, Err(Pkcs12Error::NoMac)));
    }
    let mac = next(&mut pfx, Tag::Sequence)?;
    end(&pfx)?;
    let mut mac = SliceReader::new(mac.value()).ok()?;
    let info = next(&mut mac, Tag::Sequence)?;
    let mut info = SliceReader::new(info.value()).ok()?;
    let algorithm = info.tlv_bytes().ok()?;
    let value = next(&mut info, Tag::OctetString)?.value();
    end(&info)?;
    let salt = next(&mut mac, Tag::OctetString)?.value();
    let iterations = if mac.is_finished() {
        1
    } else {
        u32::decode(&mut mac).ok()?
    };
    end(&mac)?;
    let mac = digest_of_identifier(algorithm)
        .map(|digest| Mac {
            digest,
            value,
            salt,
            iterations,
            content,
        })
        .ok_or(Pkcs12Error::Algorithm);
    Some((content, mac))
}

/// The `SafeContents` of a `ContentInfo`, decrypted where they are encrypted.
fn contents(info: &[u8], password: &str) -> Result<Zeroizing<Vec<u8>>, Pkcs12Error> {
    let part = |info| -> Option<(ObjectIdentifier, &[u8])> {
        let mut fields = SliceReader::new(info).ok()?;
        let kind = ObjectIdentifier::decode(&mut fields).ok()?;
        let content = next(&mut fields, context(0))?.value();
        end(&fields)?;
        Some((kind, content))
    };
    let (kind, content) = part(info).ok_or(Pkcs12Error::Malformed)?;
    match kind {
        DATA => {
            let octets = only(content, Tag::OctetString).ok_or(Pkcs12Error::Malformed)?;
            Ok(Zeroizing::new(octets.value().to_vec()))
        }
        ENCRYPTED_DATA => {
            let (algorithm, encrypted) = encrypted(content).ok_or(Pkcs12Error::Malformed)?;
            protection::decrypt(algorithm, encrypted, password)
        }
        // Enveloped for the holder of another key.
        _ => Err(Pkcs12Error::Algorithm),
    }
}

/// `EncryptedData`: the algorithm and what is encrypted.
fn encrypted(content: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut data = fields(content)?;
    next(&mut data, Tag::Integer)?;
    let info = next(&mut data, Tag::Sequence)?;
    let mut info = SliceReader::new(info.value()).ok()?;
    if ObjectIdentifier::decode(&mut info).ok()? != DATA {
        return None;
    }
    let algorithm = info.tlv_bytes().ok()?;
    let primitive = Tag::ContextSpecific {
        constructed: false,
        number: TagNumber(0),
    };
    let encrypted = next(&mut info, primitive)?.value();
    Some((algorithm, encrypted))
}

/// `SafeBag`: its kind and its value; attributes say nothing that counts.
fn bag<'a>(bags: &mut SliceReader<'a>) -> Option<(ObjectIdentifier, &'a [u8])> {
    let bag = next(bags, Tag::Sequence)?;
    let mut bag = SliceReader::new(bag.value()).ok()?;
    let kind = ObjectIdentifier::decode(&mut bag).ok()?;
    let value = next(&mut bag, context(0))?.value();
    if !bag.is_finished() {
        next(&mut bag, Tag::Set)?;
    }
    end(&bag)?;
    Some((kind, value))
}

/// `EncryptedPrivateKeyInfo`: the algorithm and what is encrypted.
fn shrouded(value: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut info = fields(value)?;
    let algorithm = info.tlv_bytes().ok()?;
    let encrypted = next(&mut info, Tag::OctetString)?.value();
    end(&info)?;
    Some((algorithm, encrypted))
}

/// `CertBag`: the type of the certificate, and itself.
fn certificate(value: &[u8]) -> Option<(ObjectIdentifier, &[u8])> {
    let mut bag = fields(value)?;
    let kind = ObjectIdentifier::decode(&mut bag).ok()?;
    let value = next(&mut bag, context(0))?.value();
    Some((kind, only(value, Tag::OctetString)?.value()))
}

const fn context(number: u32) -> Tag {
    Tag::ContextSpecific {
        constructed: true,
        number: TagNumber(number),
    }
}

/// The fields of the one SEQUENCE that fills `der`.
fn fields(der: &[u8]) -> Option<SliceReader<'_>> {
    SliceReader::new(only(der, Tag::Sequence)?.value()).ok()
}

/// The one element, of this tag, that fills `der`.
fn only(der: &[u8], tag: Tag) -> Option<AnyRef<'_>> {
    let mut outer = SliceReader::new(der).ok()?;
    let element = next(&mut outer, tag)?;
    end(&outer)?;
    Some(element)
}

fn next<'a>(fields: &mut SliceReader<'a>, tag: Tag) -> Option<AnyRef<'a>> {
    let element = AnyRef::decode(fields).ok()?;
    (element.header().tag() == tag).then_some(element)
}

fn end(fields: &SliceReader<'_>) -> Option<()> {
    fields.is_finished().then_some(())
}
