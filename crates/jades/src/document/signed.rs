//! The signed properties: what the protected header says (TS 119 182-1 §5.1, §5.2).
use super::{
    deviation::{Deviation, short},
    imprint::decoded,
};
use crate::time;
use base64::Engine as _;
use jiff::Timestamp;
use procura_crypto::Digest;
use procura_jose::{Algorithm, base64url};
use procura_pki::{Certificate, CertificatePool};
use serde_json::{Map, Value};
use std::collections::BTreeSet;

/// Parameters of RFC 7515 and RFC 7518, which `crit` must not name.
const OWN: [&str; 20] = [
    "alg", "jku", "jwk", "kid", "x5u", "x5c", "x5t", "x5t#S256", "typ", "cty", "crit", "epk", "apu", "apv",
    "enc", "zip", "iv", "tag", "p2s", "p2c",
];
/// Parameters that are understood where `crit` names them.
const UNDERSTOOD: [&str; 12] = [
    "b64", "iat", "exp", "sigT", "x5t#o", "sigX5ts", "srCms", "sigPl", "srAts", "adoTst", "sigPId", "sigD",
];
/// Longer than any chain of the trusted lists.
const MAX_CERTIFICATES: usize = 16;
/// Objects that one `sigD` refers to.
const MAX_OBJECTS: usize = 64;

/// A digest of a certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DigestReference {
    /// By what.
    pub digest: Digest,
    /// The value.
    pub value: Vec<u8>,
}
impl DigestReference {
    /// Whether it is the digest of this certificate.
    #[must_use]
    pub fn is_of(&self, certificate: &Certificate) -> bool {
        self.digest.of(certificate.der()) == self.value
    }

    /// `digAlg` and `digVal` (TS 119 182-1 §5.2.2.2).
    fn read(value: &Value) -> Option<Self> {
        let digest = digest_by_name(value.get("digAlg")?.as_str()?)?;
        let value = base64url::decode(value.get("digVal")?.as_str()?)?;
        (value.len() == digest.len()).then_some(Self { digest, value })
    }
}

/// Names of digests (TS 119 182-1 §6.2.1); those over SHA-3 are out of scope.
pub(crate) fn digest_by_name(name: &str) -> Option<Digest> {
    match name {
        "S224" => Some(Digest::Sha224),
        "S256" => Some(Digest::Sha256),
        "S384" => Some(Digest::Sha384),
        "S512" => Some(Digest::Sha512),
        _ => None,
    }
}

/// How a detached payload is found and signed (TS 119 182-1 §5.2.8).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Mechanism {
    /// `ObjectIdByURI`: the objects one after the other are the payload.
    ObjectIdByUri {
        /// Where the objects are.
        objects: Vec<String>,
    },
    /// `ObjectIdByURIHash`: their digests are signed, and the payload is empty.
    ObjectIdByUriHash {
        /// Where the objects are, with the digest of each.
        objects: Vec<(String, Vec<u8>)>,
        /// By what.
        digest: Digest,
    },
    /// `HttpHeaders`: these headers of an HTTP message, in this order.
    HttpHeaders {
        /// Names in lower case; `(request-target)` stands for method and path.
        names: Vec<String>,
    },
    /// Another, or malformed.
    Unknown,
}

/// What the protected header says, as far as it could be read. What could not is among the deviations.
#[derive(Clone, Debug)]
pub struct SignedProperties {
    /// `alg`.
    pub algorithm: Option<Algorithm>,
    /// `b64`: whether the payload is base64url in what is signed.
    pub encoded: bool,
    /// `iat` or `sigT`, where exactly one is there: a claim.
    pub claimed_time: Option<Timestamp>,
    /// `x5c`, read; the ones that cannot be read are left out and named.
    pub certificates: Vec<Certificate>,
    /// Digests that designate the signing certificate: the first of each reference.
    pub references: Vec<DigestReference>,
    /// Whether a reference is there that could not be read: then nobody is designated.
    pub unreadable_reference: bool,
    /// `sigD`.
    pub detached: Option<Mechanism>,
    /// Containers of `adoTst`: time-stamps over the payload, before it was signed.
    pub content_time_stamps: Vec<Value>,
}

impl SignedProperties {
    /// URIs of the objects that were signed detached, as they are written.
    #[must_use]
    pub fn object_uris(&self) -> Vec<String> {
        match &self.detached {
            Some(Mechanism::ObjectIdByUri { objects }) => objects.clone(),
            Some(Mechanism::ObjectIdByUriHash { objects, .. }) => {
                objects.iter().map(|(uri, _)| uri.clone()).collect()
            }
            _ => Vec::new(),
        }
    }

    /// What was signed detached, as it is written: URIs of objects, or names of headers.
    pub(crate) fn named(&self) -> Vec<String> {
        match &self.detached {
            Some(Mechanism::HttpHeaders { names }) => names.clone(),
            _ => self.object_uris(),
        }
    }

    /// Certificates that are met again and again come from `pool`.
    pub(crate) fn read(
        pool: &CertificatePool,
        header: &Map<String, Value>,
        deviations: &mut Vec<Deviation>,
    ) -> Self {
        if header.contains_key("etsiU") {
            deviations.push(Deviation::Protected("etsiU"));
        }
        let algorithm = header
            .get("alg")
            .and_then(Value::as_str)
            .and_then(Algorithm::from_name);
        if algorithm.is_none() {
            deviations.push(Deviation::Algorithm);
        }
        let critical = critical(header, deviations);
        let encoded = encoded(header, &critical, deviations);
        let detached = header.get("sigD").map(|sig_d| {
            if !critical.contains(&"sigD") {
                deviations.push(Deviation::NotCritical("sigD"));
            }
            mechanism(sig_d, encoded).unwrap_or_else(|| {
                deviations.push(Deviation::Malformed("sigD"));
                Mechanism::Unknown
            })
        });
        let claimed_time = claimed_time(header, deviations);
        let certificates = certificates(pool, header, deviations);
        let (references, unreadable_reference) = references(header, deviations);
        // RFC 7515 §4.1.6
        let is_first = |certificate| references.iter().all(|reference| reference.is_of(certificate));
        if !references.is_empty() && certificates.first().is_some_and(|first| !is_first(first)) {
            deviations.push(Deviation::SignerNotFirst);
        }
        Self {
            algorithm,
            encoded,
            claimed_time,
            certificates,
            references,
            unreadable_reference,
            detached,
            content_time_stamps: header.get("adoTst").cloned().into_iter().collect(),
        }
    }
}

fn critical<'a>(header: &'a Map<String, Value>, deviations: &mut Vec<Deviation>) -> Vec<&'a str> {
    let Some(crit) = header.get("crit") else {
        return Vec::new();
    };
    let names: Vec<&str> = crit
        .as_array()
        .map(|list| list.iter().filter_map(Value::as_str).collect())
        .unwrap_or_default();
    let whole = crit.as_array().is_some_and(|list| list.len() == names.len());
    let mut different = names.clone();
    different.sort_unstable();
    different.dedup();
    if !whole || names.is_empty() || different.len() != names.len() {
        deviations.push(Deviation::Crit);
    }
    for name in &different {
        if OWN.contains(name) {
            deviations.push(Deviation::CritOwn(short(name)));
        } else if !header.contains_key(*name) {
            deviations.push(Deviation::CritAbsent(short(name)));
        } else if !UNDERSTOOD.contains(name) {
            deviations.push(Deviation::CritUnknown(short(name)));
        }
    }
    names
}

fn encoded(header: &Map<String, Value>, critical: &[&str], deviations: &mut Vec<Deviation>) -> bool {
    let Some(b64) = header.get("b64") else { return true };
    if !critical.contains(&"b64") {
        deviations.push(Deviation::NotCritical("b64"));
    }
    b64.as_bool().unwrap_or_else(|| {
        deviations.push(Deviation::B64);
        true
    })
}

fn claimed_time(header: &Map<String, Value>, deviations: &mut Vec<Deviation>) -> Option<Timestamp> {
    match (header.get("iat"), header.get("sigT")) {
        (Some(iat), None) => {
            let claimed = time::iat(iat);
            if claimed.is_none() {
                deviations.push(Deviation::ClaimedTimeForm("iat"));
            }
            claimed
        }
        (None, Some(sig_t)) => {
            let claimed = time::sig_t(sig_t);
            match claimed {
                None => deviations.push(Deviation::ClaimedTimeForm("sigT")),
                Some(claimed) if time::sig_t_ended(claimed) => deviations.push(Deviation::SigTEnded),
                Some(_) => {}
            }
            claimed
        }
        (iat, _) => {
            deviations.push(Deviation::ClaimedTime(iat.is_some()));
            None
        }
    }
}

fn certificates(
    pool: &CertificatePool,
    header: &Map<String, Value>,
    deviations: &mut Vec<Deviation>,
) -> Vec<Certificate> {
    let Some(x5c) = header.get("x5c") else {
        return Vec::new();
    };
    let listed = x5c.as_array().map(Vec::as_slice).unwrap_or_default();
    if listed.is_empty() {
        deviations.push(Deviation::Malformed("x5c"));
    }
    if listed.len() > MAX_CERTIFICATES {
        deviations.push(Deviation::TooManyCertificates);
    }
    let mut read = Vec::new();
    for (index, text) in listed.iter().take(MAX_CERTIFICATES).enumerate() {
        // RFC 7515 §4.1.6: base64, not base64url.
        let der = text
            .as_str()
            .and_then(|text| base64::engine::general_purpose::STANDARD.decode(text).ok());
        match der.map(|der| pool.read(&der)) {
            Some(Ok(certificate)) => read.push(certificate),
            Some(Err(error)) => deviations.push(Deviation::Certificate(index, error)),
            None => deviations.push(Deviation::Malformed("x5c")),
        }
    }
    read
}

/// Those that were read, and whether one was not.
fn references(header: &Map<String, Value>, deviations: &mut Vec<Deviation>) -> (Vec<DigestReference>, bool) {
    let mut found = Vec::new();
    let mut count = 0;
    if let Some(reference) = header.get("x5t#S256") {
        count += 1;
        let text = reference.as_str().unwrap_or_default();
        let bare = text.trim_end_matches('=');
        if bare.len() != text.len() {
            deviations.push(Deviation::Padding("x5t#S256"));
        }
        match base64url::decode(bare) {
            Some(value) if value.len() == 32 => found.push(DigestReference {
                digest: Digest::Sha256,
                value,
            }),
            _ => deviations.push(Deviation::Malformed("x5t#S256")),
        }
    }
    if let Some(reference) = header.get("x5t#o") {
        count += 1;
        match DigestReference::read(reference) {
            Some(reference) => found.push(reference),
            None => deviations.push(Deviation::Malformed("x5t#o")),
        }
    }
    if let Some(references) = header.get("sigX5ts") {
        count += 1;
        // The first is the signing certificate's (TS 119 182-1 §5.2.2.3).
        let listed = references.as_array().map(Vec::as_slice).unwrap_or_default();
        let whole = listed
            .iter()
            .all(|reference| DigestReference::read(reference).is_some());
        if listed.len() < 2 || !whole {
            deviations.push(Deviation::Malformed("sigX5ts"));
        }
        found.extend(listed.first().and_then(DigestReference::read));
    }
    if count != 1 {
        deviations.push(Deviation::References(count));
    }
    if header.contains_key("x5t") {
        deviations.push(Deviation::Sha1Reference);
    }
    let unreadable = found.len() != count;
    (found, unreadable)
}

fn mechanism(sig_d: &Value, encoded: bool) -> Option<Mechanism> {
    let name = sig_d.get("mId")?.as_str()?;
    let objects = strings(sig_d.get("pars")?)?;
    let digest = sig_d.get("hashM");
    let values = sig_d.get("hashV");
    match name.strip_prefix("http://uri.etsi.org/19182/")? {
        "ObjectIdByURI" if digest.is_none() && values.is_none() => Some(Mechanism::ObjectIdByUri { objects }),
        // §5.2.8.2: headers stand as they are, never as base64url.
        "HttpHeaders" if digest.is_none() && values.is_none() && !encoded && sig_d.get("ctys").is_none() => {
            let names: Vec<_> = objects.iter().map(|name| name.to_ascii_lowercase()).collect();
            let different: BTreeSet<_> = names.iter().collect();
            (different.len() == names.len()).then_some(Mechanism::HttpHeaders { names })
        }
        "ObjectIdByURIHash" => {
            let digest = digest_by_name(digest?.as_str()?)?;
            let values = strings(values?)?
                .iter()
                .map(|value| base64url::decode(value).filter(|value| value.len() == digest.len()))
                .collect::<Option<Vec<_>>>()?;
            (values.len() == objects.len()).then(|| Mechanism::ObjectIdByUriHash {
                objects: objects.into_iter().zip(values).collect(),
                digest,
            })
        }
        _ => None,
    }
}

/// Strings that stand for different things, at least one.
fn strings(list: &Value) -> Option<Vec<String>> {
    let list = list.as_array()?;
    if list.is_empty() || list.len() > MAX_OBJECTS {
        return None;
    }
    let strings = list
        .iter()
        .map(|item| item.as_str().map(str::to_owned))
        .collect::<Option<Vec<_>>>()?;
    let different: BTreeSet<_> = strings.iter().map(|text| decoded(text)).collect();
    (different.len() == strings.len()).then_some(strings)
}
