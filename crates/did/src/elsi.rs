//! did:elsi: the organizationIdentifier of an eIDAS certificate (ETSI EN 319 412-1 §5.1.4).
use crate::{Did, DidError, is_plain};
use procura_pki::OrganizationIdentifier;
use serde_json::{Value, json};

/// `did:elsi:` + identifier, percent-encoded where DID syntax demands it (capital digits, RFC 3986 §2.1). The colon
/// of a national scheme (`EI:SE-…`) stays: it separates parts in DID syntax as well.
pub fn derive(identifier: &OrganizationIdentifier) -> Did {
    let mut text = String::from("did:elsi:");
    // A national identifier may end in a colon, which a DID must not.
    let last = identifier.as_str().len().saturating_sub(1);
    for (position, byte) in identifier.as_str().bytes().enumerate() {
        if is_plain(byte) || (byte == b':' && position != last) {
            text.push(char::from(byte));
        } else {
            text.push('%');
            let digits = [byte >> 4, byte & 0x0f].map(|nibble| char::from_digit(nibble.into(), 16));
            text.extend(
                digits
                    .into_iter()
                    .flatten()
                    .map(|digit| digit.to_ascii_uppercase()),
            );
        }
    }
    // An identifier has 256 bytes at most (`OrganizationIdentifier::MAX_LENGTH`), all of them encoded above.
    Did(text)
}
/// The identifier of a did:elsi, percent-decoded and checked. Text that [`derive()`] would not write is refused, so
/// that no organisation has two names.
pub fn identifier(did: &Did) -> Result<OrganizationIdentifier, DidError> {
    if did.method() != "elsi" {
        return Err(DidError::Method("elsi"));
    }
    let decoded = decode(did.identifier()).ok_or(DidError::Identifier("percent-encoding of no text"))?;
    let identifier = OrganizationIdentifier::parse(&decoded)
        .map_err(|_| DidError::Identifier("not an organizationIdentifier of EN 319 412-1"))?;
    if derive(&identifier) == *did {
        Ok(identifier)
    } else {
        Err(DidError::Identifier("not in canonical form"))
    }
}
fn decode(text: &str) -> Option<String> {
    let mut decoded = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        decoded.push(match byte {
            b'%' => digit(bytes.next()?)? << 4 | digit(bytes.next()?)?,
            other => other,
        });
    }
    String::from_utf8(decoded).ok()
}
fn digit(byte: u8) -> Option<u8> {
    char::from(byte)
        .to_digit(16)
        .and_then(|digit| u8::try_from(digit).ok())
}
/// The minimal, deterministic document: a name, and no key, since keys are proved by certificates.
pub fn document(did: &Did) -> Result<Value, DidError> {
    identifier(did)?;
    Ok(json!({"@context": ["https://www.w3.org/ns/did/v1"], "id": did}))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn parsed(text: &str) -> Result<String, DidError> {
        identifier(&Did::parse(text)?).map(|identifier| identifier.as_str().to_owned())
    }
    #[test]
    fn identifiers_of_certificates_and_dids_name_each_other() {
        for (text, did) in [
            ("VATES-12345678", "did:elsi:VATES-12345678"),
            (
                "LEIXG-724500AZSGBRY55MNS59",
                "did:elsi:LEIXG-724500AZSGBRY55MNS59",
            ),
            ("EI:SE-5567971433", "did:elsi:EI:SE-5567971433"),
            ("VATBE-0949.383.342", "did:elsi:VATBE-0949.383.342"),
            (
                "NTRDE-HRB 42243 (Köln)/7",
                "did:elsi:NTRDE-HRB%2042243%20%28K%C3%B6ln%29%2F7",
            ),
            ("NTRDE-50%", "did:elsi:NTRDE-50%25"),
            ("NTRDE-a:", "did:elsi:NTRDE-a%3A"),
        ] {
            let identifier = OrganizationIdentifier::parse(text).unwrap();
            assert_eq!(derive(&identifier).as_str(), did);
            assert_eq!(parsed(did).unwrap(), text);
        }
    }
    #[test]
    fn look_alikes_are_refused() {
        for bad in [
            "did:elsi:XVATES-12345678",
            "did:elsi:vates-12345678",
            "did:elsi:VATES-",
            "did:elsi:VATES-1234567%38",
            "did:elsi:VATES%2D12345678",
            "did:elsi:NTRDE-a%2fb",
            "did:elsi:EI%3ASE-5567971433",
            "did:elsi:VATES-1%0A2",
            "did:elsi:VATES-1%002",
            "did:elsi:VATES-1%FF",
            "did:elsi:PNOES-12345678Z",
            "did:elsi:EU.EORI.NLMARKETPLA",
        ] {
            assert!(matches!(parsed(bad), Err(DidError::Identifier(_))), "{bad}");
        }
        assert_eq!(parsed("did:elsj:VATES-12345678"), Err(DidError::Method("elsi")));
        assert_eq!(parsed("did:key:VATES-12345678"), Err(DidError::Method("elsi")));
    }
    #[test]
    fn the_document_names_the_organisation_and_no_key() {
        let did = Did::parse("did:elsi:VATES-12345678").unwrap();
        insta::assert_json_snapshot!(document(&did).unwrap(), @r#"
        {
          "@context": [
            "https://www.w3.org/ns/did/v1"
          ],
          "id": "did:elsi:VATES-12345678"
        }
        "#);
        assert!(document(&Did::parse("did:key:zabc").unwrap()).is_err());
    }
    proptest! {
        #[test]
        fn every_identifier_survives_and_makes_a_did(
            text in "(VAT|NTR|PSD|LEI|[A-Z0-9]{2}:)[A-Z]{2}-\\PC{1,40}",
        ) {
            let Ok(original) = OrganizationIdentifier::parse(&text) else { return Ok(()) };
            let did = derive(&original);
            prop_assert_eq!(Did::parse(did.as_str()), Ok(did.clone()));
            prop_assert_eq!(identifier(&did), Ok(original));
        }
        #[test]
        fn no_two_dids_name_one_organisation(text in "did:elsi:([A-Za-z0-9:._-]|%[0-9A-Fa-f]{2}){1,30}") {
            if let Ok(did) = Did::parse(&text)
                && let Ok(organisation) = identifier(&did)
            {
                prop_assert_eq!(derive(&organisation), did);
            }
        }
    }
}
