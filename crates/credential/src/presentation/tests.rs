use super::*;
use base64::prelude::{BASE64_STANDARD, BASE64_STANDARD_NO_PAD, BASE64_URL_SAFE, BASE64_URL_SAFE_NO_PAD};

const HOLDER: &str = "did:key:zDnaerDaTF5BXEavCrfRZEk316dpbLsfPDZ3WJ5hRTPFU2169";

fn built() -> (Map<String, Value>, Value) {
    let now = "2026-01-01T00:00:00Z".parse().unwrap();
    let holder = Did::parse(HOLDER).unwrap();
    build(
        &holder,
        "a.b.c",
        "nonce-1",
        "did:elsi:VATFR-99999999",
        "urn:uuid:1",
        now,
    )
}

#[test]
fn a_presentation_is_written() {
    let (header, claims) = built();
    insta::assert_json_snapshot!(json!({ "header": header, "claims": claims }));
    let claims = Claims(claims.as_object().unwrap().clone());
    let contents = contents(&claims).unwrap();
    assert_eq!((contents.holder, contents.credential), (HOLDER, "a.b.c"));
}

#[test]
fn a_vp_token_is_unwrapped_once_from_raw_base64_and_base64url() {
    // `?>` gives the characters that the two alphabets write differently.
    let jwt = "eyJhbGciOiJFUzI1NiJ9.eyJ4IjoiPz4-Pz8_In0.c2ln";
    for token in [
        jwt.to_owned(),
        BASE64_STANDARD.encode(jwt),
        BASE64_STANDARD_NO_PAD.encode(jwt),
        BASE64_URL_SAFE.encode(jwt),
        BASE64_URL_SAFE_NO_PAD.encode(jwt),
    ] {
        assert_eq!(unwrap(&token).as_deref(), Some(jwt), "{token}");
    }
    let twice = BASE64_STANDARD.encode(BASE64_STANDARD.encode(jwt));
    for token in [
        twice.as_str(),
        "",
        "a.b",
        "a.b.c.d",
        "{\"payload\":\"\",\"signatures\":[]}",
        " a.b.c",
        "YS5i",
    ] {
        assert_eq!(unwrap(token), None, "{token}");
    }
}

#[test]
fn a_presentation_holds_exactly_one_credential() {
    let refused = |change: &dyn Fn(&mut Value)| {
        let (_, mut claims) = built();
        change(&mut claims);
        contents(&Claims(claims.as_object().unwrap().clone()))
            .map(|contents| contents.credential.to_owned())
            .unwrap_err()
    };
    assert_eq!(
        refused(&|claims| claims["vp"]["verifiableCredential"] = json!([])),
        "it does not hold exactly one credential"
    );
    assert_eq!(
        refused(&|claims| claims["vp"]["verifiableCredential"] = json!(["a.b.c", "d.e.f"])),
        "it does not hold exactly one credential"
    );
    assert_eq!(
        refused(
            &|claims| claims["vp"]["verifiableCredential"] = json!([{ "issuer": "did:elsi:VATES-12345678" }])
        ),
        "its credential is not a JWT"
    );
    assert_eq!(refused(&|claims| claims["vp"] = json!("x")), "there is no vp");
    assert_eq!(
        refused(&|claims| claims["vc"] = json!({})),
        "a credential stands beside the presentation"
    );
    assert_eq!(
        refused(&|claims| claims["vp"]["type"] = json!(["VerifiableCredential"])),
        "vp is not a VerifiablePresentation"
    );
    assert_eq!(
        refused(&|claims| claims["vp"]["@context"] = json!(["https://example.org"])),
        "vp does not begin with the context of W3C credentials"
    );
    assert_eq!(
        refused(&|claims| claims["vp"]["holder"] = json!({})),
        "holder is not a DID"
    );
}
