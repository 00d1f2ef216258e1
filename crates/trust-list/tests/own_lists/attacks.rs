//! Each test breaks one rule of a list that is otherwise right, and the list is refused for that rule.
use crate::{forge::Forge, support::*};
use procura_crypto::Digest;
use procura_trust_list::{
    ListError, Signers, VerifiedList,
    c14n::{EXCLUSIVE, INCLUSIVE},
    publish::Kind,
    signature::{algorithm::ENVELOPED, read_unverified, unverified_scheme_information_uris},
    verify,
    xml::{MAX_BYTES, MAX_DEPTH},
};
use proptest::prelude::*;

fn by(holder: &Holder) -> Signers {
    Signers::Certificates(vec![holder.certificate.clone()])
}
/// Signs `change` of a right list: what becomes of it.
fn forged(change: impl FnOnce(&mut Forge)) -> Result<VerifiedList, ListError> {
    let operator = signer("Operator");
    let mut forge = Forge::new(&operator);
    change(&mut forge);
    verify(&forge.sign(&operator), &by(&operator))
}
/// Changes the text of a list after it was signed.
fn tampered(change: impl FnOnce(String) -> String) -> Result<VerifiedList, ListError> {
    let operator = signer("Operator");
    let text = String::from_utf8(Forge::new(&operator).sign(&operator)).unwrap();
    let changed = change(text.clone());
    assert_ne!(changed, text, "the test changes something");
    verify(changed.as_bytes(), &by(&operator))
}
#[track_caller]
fn refused(result: Result<VerifiedList, ListError>, reason: &'static str) {
    assert_eq!(result.map(|_| ()), Err(ListError::Structure(reason)));
}

#[test]
fn the_control_is_accepted() {
    forged(|_| ()).unwrap();
    forged(|f| {
        f.list = f.list.replace("TSLTag=", "Id=\"whole\" TSLTag=");
        f.list_uri = "#whole".into();
    })
    .unwrap();
    forged(|f| {
        f.list_transforms = vec![ENVELOPED.into(), INCLUSIVE.into()];
        f.properties_transforms = vec![];
        f.canonicalization = INCLUSIVE.into();
    })
    .unwrap();
}

#[test]
fn a_changed_list_is_refused() {
    assert_eq!(
        tampered(|t| t.replace("For tests.", "For all.")).map(|_| ()),
        Err(ListError::Digest)
    );
}

#[test]
fn changed_signed_properties_are_refused() {
    let changed = tampered(|t| t.replace("2026-06-01T12:00:00Z", "2026-06-01T12:00:01Z"));
    assert_eq!(changed.map(|_| ()), Err(ListError::Digest));
}

#[test]
fn a_changed_signature_value_is_refused() {
    let operator = signer("Operator");
    let one = String::from_utf8(Forge::new(&operator).sign(&operator)).unwrap();
    let two = String::from_utf8(
        Forge {
            signing_time: "2026-06-01T12:00:01Z".into(),
            ..Forge::new(&operator)
        }
        .sign(&operator),
    )
    .unwrap();
    let value = |t: &str| t.split("SignatureValue>").nth(1).unwrap().to_owned();
    let swapped = one.replace(&value(&one), &value(&two));
    assert_eq!(
        verify(swapped.as_bytes(), &by(&operator)).map(|_| ()),
        Err(ListError::Value)
    );
}

#[test]
fn a_foreign_signer_is_refused() {
    let (operator, stranger) = (signer("Operator"), signer("Operator"));
    let list = Forge::new(&stranger).sign(&stranger);
    assert!(matches!(
        verify(&list, &by(&operator)),
        Err(ListError::UnknownSigner(_))
    ));
    assert!(matches!(
        verify(&list, &Signers::Sha256(vec![])),
        Err(ListError::UnknownSigner(_))
    ));
}

#[test]
fn the_announced_certificate_beside_a_foreign_one_does_not_help_a_stranger() {
    let (operator, stranger) = (signer("Operator"), signer("Stranger"));
    let mut forge = Forge::new(&stranger);
    forge.key_info += &Forge::new(&operator).key_info;
    assert_eq!(
        verify(&forge.sign(&stranger), &by(&operator)).map(|_| ()),
        Err(ListError::SignerDigest)
    );
    forge.certificate_digest = Digest::Sha256.of(operator.certificate.der());
    assert_eq!(
        verify(&forge.sign(&stranger), &by(&operator)).map(|_| ()),
        Err(ListError::Value)
    );
}

#[test]
fn the_signed_certificate_digest_has_to_be_the_signers() {
    assert_eq!(
        forged(|f| f.certificate_digest = vec![0; 32]).map(|_| ()),
        Err(ListError::SignerDigest)
    );
}

#[test]
fn the_signing_time_lies_in_the_signers_validity() {
    for time in ["2019-12-31T23:59:59Z", "2035-01-02T00:00:00Z"] {
        assert!(matches!(
            forged(|f| f.signing_time = time.into()),
            Err(ListError::SigningTime { .. })
        ));
    }
}

#[test]
fn a_list_without_a_signature_is_refused() {
    let operator = signer("Operator");
    let list = Forge::new(&operator).list;
    refused(verify(list.as_bytes(), &by(&operator)), "there is no signature");
}

#[test]
fn a_second_signature_is_refused() {
    refused(
        tampered(|t| {
            t.replace(
                "</ds:Signature>",
                "</ds:Signature><ds:Signature xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\"/>",
            )
        }),
        "there is more than one signature",
    );
}

#[test]
fn a_signature_deeper_than_the_root_is_refused() {
    refused(
        tampered(|t| {
            t.replace("<ds:Signature ", "<Wrap><ds:Signature ")
                .replace("</ds:Signature>", "</ds:Signature></Wrap>")
        }),
        "the signature is not a child of the root",
    );
}

#[test]
fn another_root_is_refused() {
    refused(
        tampered(|t| t.replace("TrustServiceStatusList", "TrustServiceList")),
        "the root is not a TrustServiceStatusList",
    );
}

#[test]
fn a_signed_list_wrapped_into_another_is_refused() {
    // The signed list moves into an Object; a list of the attacker takes its place.
    let operator = signer("Operator");
    let mut forge = Forge::new(&operator);
    forge.list = forge.list.replace("TSLTag=", "Id=\"whole\" TSLTag=");
    forge.list_uri = "#whole".into();
    let text = String::from_utf8(forge.sign(&operator)).unwrap();
    let declaration = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>";
    let start = text.find("<ds:Signature ").unwrap();
    let end = text.find("</ds:Signature>").unwrap() + "</ds:Signature>".len();
    let original = format!("{}{}", &text[declaration.len()..start], &text[end..]);
    let signature = text[start..end].replace(
        "</ds:Signature>",
        &format!("<ds:Object>{original}</ds:Object></ds:Signature>"),
    );
    let evil = original
        .replace("Id=\"whole\"", "Id=\"evil\"")
        .replace("For tests.", "For all.");
    let at = evil.rfind("</TrustServiceStatusList>").unwrap();
    let wrapped = format!("{declaration}{}{signature}{}", &evil[..at], &evil[at..]);
    refused(
        verify(wrapped.as_bytes(), &by(&operator)),
        "enveloped-signature on a part of the signature",
    );
}

#[test]
fn a_reference_to_a_part_of_the_list_is_refused() {
    refused(
        forged(|f| {
            f.list = f
                .list
                .replace("<SchemeInformation>", "<SchemeInformation Id=\"part\">");
            f.list_uri = "#part".into();
        }),
        "a reference covers a part of the list only",
    );
}

#[test]
fn references_leave_the_document_nowhere() {
    for uri in [
        "https://lists.example/other.xml",
        "file:///etc/passwd",
        "other.xml",
        "#xpointer(/)",
    ] {
        let result = forged(|f| f.properties_uri = uri.into());
        assert!(
            matches!(result, Err(ListError::Structure(r)) if r.contains("points")),
            "{uri}"
        );
    }
}

#[test]
fn two_references_to_the_list_are_refused() {
    let reference = format!(
        "<ds:Reference URI=\"\"><ds:Transforms><ds:Transform Algorithm=\"{ENVELOPED}\"/><ds:Transform Algorithm=\"{EXCLUSIVE}\"/></ds:Transforms><ds:DigestMethod Algorithm=\"{}\"/><ds:DigestValue>AAAA</ds:DigestValue></ds:Reference>",
        crate::forge::SHA256
    );
    refused(
        forged(|f| f.more_references.clone_from(&reference)),
        "the list is referenced twice",
    );
    refused(
        forged(|f| f.more_references = reference.repeat(7)),
        "there are more than eight references",
    );
}

#[test]
fn signed_properties_have_to_be_covered() {
    refused(
        forged(|f| f.properties_uri = "#object".into()),
        "a reference points to nothing",
    );
    refused(
        forged(|f| {
            f.more_objects = "<ds:Object Id=\"object\"/>".into();
            f.properties_uri = "#object".into();
        }),
        "no reference covers SignedProperties",
    );
    refused(
        forged(|f| f.properties_type = String::new()),
        "the reference to SignedProperties does not say so",
    );
}

#[test]
fn second_signed_properties_are_refused() {
    let second = format!(
        "<ds:Object><x:SignedProperties xmlns:x=\"{}\"/></ds:Object>",
        procura_trust_list::xml::XADES
    );
    refused(
        forged(|f| f.more_objects = second),
        "there are two SignedProperties",
    );
}

#[test]
fn qualifying_properties_belong_to_the_signature() {
    refused(
        forged(|f| f.target = "#another".into()),
        "QualifyingProperties targets another signature",
    );
}

#[test]
fn only_the_transforms_of_lists_are_accepted() {
    for transform in [
        "http://www.w3.org/TR/1999/REC-xpath-19991116",
        "http://www.w3.org/2002/06/xmldsig-filter2",
        "http://www.w3.org/TR/1999/REC-xslt-19991116",
        "http://www.w3.org/2000/09/xmldsig#base64",
        "http://www.w3.org/2001/10/xml-exc-c14n#WithComments",
        "http://www.w3.org/2006/12/xml-c14n11",
    ] {
        let result = forged(|f| f.list_transforms = vec![ENVELOPED.into(), transform.into()]);
        assert_eq!(result.map(|_| ()), Err(ListError::Algorithm(transform.into())));
    }
    let reason = "the reference to the list is not enveloped-signature and canonicalization";
    refused(forged(|f| f.list_transforms = vec![EXCLUSIVE.into()]), reason);
    refused(forged(|f| f.list_transforms = vec![ENVELOPED.into()]), reason);
    refused(
        forged(|f| f.list_transforms = vec![ENVELOPED.into(), EXCLUSIVE.into(), EXCLUSIVE.into()]),
        "a reference has transforms after its canonicalization",
    );
}

#[test]
fn hmac_and_sha1_are_refused() {
    for method in [
        "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256",
        "http://www.w3.org/2000/09/xmldsig#rsa-sha1",
    ] {
        let result = forged(|f| f.signature_method = method.into());
        assert_eq!(result.map(|_| ()), Err(ListError::Algorithm(method.into())));
    }
    let sha1 = "http://www.w3.org/2000/09/xmldsig#sha1";
    assert_eq!(
        forged(|f| f.digest_method = sha1.into()).map(|_| ()),
        Err(ListError::Algorithm(sha1.into()))
    );
}

#[test]
fn an_algorithm_of_another_kind_of_key_is_refused() {
    let result = forged(|f| f.signature_method = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256".into());
    assert!(matches!(result, Err(ListError::SignerKey(_))));
}

#[test]
fn keys_come_from_certificates_only() {
    let key_value = "<ds:KeyValue><ds:RSAKeyValue><ds:Modulus>AQAB</ds:Modulus><ds:Exponent>AQAB</ds:Exponent></ds:RSAKeyValue></ds:KeyValue>";
    let retrieval = "<ds:RetrievalMethod URI=\"https://lists.example/key\"/>";
    for key_info in [key_value, retrieval, ""] {
        refused(
            forged(|f| f.key_info = key_info.into()),
            "KeyInfo has no X509Certificate",
        );
    }
}

#[test]
fn comments_do_not_split_what_was_signed() {
    // Canonical forms have no comments: the signature holds, and so does the whole value.
    let read = tampered(|t| t.replace("<SchemeTerritory>DE<", "<SchemeTerritory>D<!-- -->E<")).unwrap();
    assert_eq!(read.list.territory, "DE");
    let operator = signer("Operator");
    let mut forge = Forge::new(&operator);
    forge.list = forge
        .list
        .replace("<SchemeTerritory>DE<", "<SchemeTerritory>DE<!-- -->.evil<");
    assert_eq!(
        verify(&forge.sign(&operator), &by(&operator))
            .unwrap()
            .list
            .territory,
        "DE.evil"
    );
    let digest = tampered(|t| t.replace("<ds:DigestValue>", "<ds:DigestValue><!-- AAAA -->"));
    digest.unwrap();
}

#[test]
fn document_types_and_entities_are_refused() {
    let declared = |t: String| t.replace("?><", "?>\n<!DOCTYPE x [<!ENTITY e \"DE\">]><");
    let result = tampered(|t| {
        let at = t.find("<TrustServiceStatusList").unwrap();
        format!("<!DOCTYPE x [<!ENTITY e \"DE\">]>{}", &declared(t)[at..])
    });
    assert_eq!(
        result.map(|_| ()),
        Err(ListError::Xml("a document type declaration".into()))
    );
    assert!(matches!(
        tampered(|t| t.replace("For tests.", "&e;")),
        Err(ListError::Xml(_))
    ));
}

#[test]
fn duplicate_ids_are_refused() {
    let result = tampered(|t| t.replace("<SchemeInformation>", "<SchemeInformation Id=\"properties\">"));
    assert_eq!(
        result.map(|_| ()),
        Err(ListError::Xml("an Id stands twice".into()))
    );
}

#[test]
fn huge_and_deep_input_is_refused() {
    let huge = tampered(|t| t + &" ".repeat(MAX_BYTES));
    assert!(matches!(huge, Err(ListError::Xml(r)) if r.contains("bytes")));
    let deep = tampered(|t| {
        t.replace(
            "For tests.",
            &("<a>".repeat(MAX_DEPTH) + &"</a>".repeat(MAX_DEPTH)),
        )
    });
    assert!(matches!(deep, Err(ListError::Xml(r)) if r.contains("deeper")));
}

#[test]
fn content_that_decisions_rest_on_is_checked() {
    let changed = |from: &str, to: &str| match forged(|f| f.list = f.list.replace(from, to)) {
        Err(ListError::Content(reason)) => reason,
        other => panic!("{from}: {other:?}"),
    };
    for version in ["4", "7", "x", ""] {
        let reason = changed(
            "<TSLVersionIdentifier>6<",
            &format!("<TSLVersionIdentifier>{version}<"),
        );
        assert!(reason.starts_with("TSLVersionIdentifier"));
    }
    assert!(changed("<SchemeTerritory>DE<", "<SchemeTerritory><").starts_with("SchemeTerritory"));
    assert!(changed("<TSLSequenceNumber>1<", "<TSLSequenceNumber>-1<").starts_with("TSLSequenceNumber"));
    let issued = (now() - days(1)).to_string();
    assert!(changed(&issued, "2026-05-31T12:00:00").contains("zone"));
    assert!(changed(&issued, "2036-05-31T12:00:00Z").starts_with("NextUpdate lies before"));
}

/// A list to be mutated, and who signs it.
fn sample() -> (Holder, Vec<u8>) {
    let operator = signer("Operator");
    let bytes = signed(&description(Kind::Generic, "DE", 1), &operator);
    (operator, bytes)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, ..ProptestConfig::default() })]

    #[test]
    fn arbitrary_input_never_panics(text in "\\PC{0,200}", bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let signers = Signers::Sha256(vec![]);
        for input in [text.as_bytes(), &bytes] {
            prop_assert!(verify(input, &signers).is_err());
            read_unverified(input).ok();
            unverified_scheme_information_uris(input).ok();
        }
    }

    #[test]
    fn markup_never_panics(pieces in prop::collection::vec(prop::sample::select(vec![
        "<", ">", "/>", "</", "a", " xmlns=", "\"", "'", "<!--", "-->", "<![CDATA[", "]]>", "<?", "?>", "&", "&#13;", "=", "Id", ":", "\r\n",
        "<TrustServiceStatusList xmlns=\"http://uri.etsi.org/02231/v2#\">", "</TrustServiceStatusList>",
        "<Signature xmlns=\"http://www.w3.org/2000/09/xmldsig#\">", "</Signature>", "<SignedInfo>", "</SignedInfo>",
    ]), 0..40)) {
        let text = pieces.concat();
        prop_assert!(verify(text.as_bytes(), &Signers::Sha256(vec![])).is_err());
        read_unverified(text.as_bytes()).ok();
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]
    #[test]
    fn a_mutated_list_is_refused_or_says_the_same(at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let (operator, original) = sample();
        let control = verify(&original, &by(&operator)).unwrap().list;
        let mut bytes = original;
        let at = at.index(bytes.len());
        bytes[at] = byte;
        if let Ok(read) = verify(&bytes, &by(&operator)) {
            prop_assert_eq!(read.list, control);
        }
    }
}
