//! What is sent, in the names of both versions.
use super::{
    ClientAuthentication, Dialect, Secret, Settings, SignatureAlgorithm, secret::exposed, settings::Quirk,
};
use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use serde::Serialize;
use std::io;
use url::form_urlencoded::byte_serialize;
use zeroize::Zeroizing;

/// Counts what is written.
struct Length(usize);

impl io::Write for Length {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 = self.0.saturating_add(bytes.len());
        Ok(bytes.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Writes a request, into memory that is as large as it and is overwritten afterwards: a body that grew would leave copies
/// of PINs and activation data behind. Structures of texts, numbers and lists always can be written.
fn written(request: &impl Serialize) -> Zeroizing<Vec<u8>> {
    let mut length = Length(0);
    serde_json::to_writer(&mut length, request).unwrap_or_default();
    let mut body = Zeroizing::new(Vec::with_capacity(length.0));
    serde_json::to_writer(&mut *body, request).unwrap_or_default();
    body
}

/// A text as it stands in forms (RFC 6749 appendix B). A character is at most three there.
fn form_encoded(text: &str) -> Zeroizing<String> {
    let mut encoded = Zeroizing::new(String::with_capacity(3 * text.len()));
    encoded.extend(byte_serialize(text.as_bytes()));
    encoded
}

/// Texts after each other, in memory that was never smaller.
pub(super) fn joined(texts: &[&str]) -> Zeroizing<String> {
    Zeroizing::new(texts.concat())
}

/// How a hash is written for this provider.
pub(super) fn hash_text(settings: &Settings, hash: &[u8]) -> String {
    if settings.has(Quirk::UrlSafeHashes) {
        URL_SAFE_NO_PAD.encode(hash)
    } else {
        STANDARD.encode(hash)
    }
}

/// CSC API v2 §11.1.
pub(super) fn info() -> Zeroizing<Vec<u8>> {
    Zeroizing::new(b"{}".to_vec())
}

/// CSC API v2 §8.4.4, the form of RFC 6749 §4.4.2.
pub(super) fn token(settings: &Settings) -> Zeroizing<String> {
    let client = form_encoded(&settings.client_id);
    let secret = match settings.client_authentication {
        ClientAuthentication::Post => {
            joined(&["&client_secret=", &form_encoded(settings.client_secret.expose())])
        }
        ClientAuthentication::Basic => Zeroizing::default(),
    };
    let scope = settings.scope.as_deref();
    let scope = scope.map_or_else(Zeroizing::default, |scope| {
        joined(&["&scope=", &form_encoded(scope)])
    });
    joined(&[
        "grant_type=client_credentials&client_id=",
        &client,
        &secret,
        &scope,
    ])
}

/// RFC 6749 §2.3.1: both parts form-encoded before they are joined.
pub(super) fn basic(settings: &Settings) -> Zeroizing<String> {
    let client = form_encoded(&settings.client_id);
    let pair = joined(&[&client, ":", &form_encoded(settings.client_secret.expose())]);
    joined(&["Basic ", &Zeroizing::new(STANDARD.encode(pair.as_bytes()))])
}

/// CSC API v2 §11.4. `onlyValid` is of v2.
pub(super) fn list(settings: &Settings) -> Zeroizing<Vec<u8>> {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct List<'a> {
        #[serde(rename = "userID", skip_serializing_if = "Option::is_none")]
        user_id: Option<&'a str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        only_valid: Option<bool>,
    }
    written(&List {
        user_id: settings.user_id.as_deref(),
        only_valid: (settings.dialect == Dialect::V2).then_some(true),
    })
}

/// CSC API v2 §11.5.
pub(super) fn credential_info(credential_id: &str) -> Zeroizing<Vec<u8>> {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Asked<'a> {
        #[serde(rename = "credentialID")]
        credential_id: &'a str,
        certificates: &'static str,
        cert_info: bool,
        auth_info: bool,
    }
    written(&Asked {
        credential_id,
        certificates: "chain",
        cert_info: true,
        auth_info: true,
    })
}

/// CSC API v2 §11.6; `pin` is the id of the authentication object and its value.
pub(super) fn authorize(
    settings: &Settings,
    algorithm: &SignatureAlgorithm,
    credential_id: &str,
    hash: &[u8],
    pin: Option<(&str, &Secret)>,
) -> Zeroizing<Vec<u8>> {
    #[derive(Serialize)]
    struct Object<'a> {
        id: &'a str,
        #[serde(serialize_with = "exposed")]
        value: &'a Secret,
    }
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Authorize<'a> {
        #[serde(rename = "credentialID")]
        credential_id: &'a str,
        num_signatures: u8,
        hashes: [&'a str; 1],
        #[serde(rename = "hashAlgorithmOID")]
        hash_algorithm_oid: &'a str,
        auth_data: Vec<Object<'a>>,
    }
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct AuthorizeV1<'a> {
        #[serde(rename = "credentialID")]
        credential_id: &'a str,
        num_signatures: u8,
        hash: [&'a str; 1],
        #[serde(rename = "PIN", skip_serializing_if = "Option::is_none")]
        pin: Option<Exposed<'a>>,
    }
    #[derive(Serialize)]
    #[serde(transparent)]
    struct Exposed<'a>(#[serde(serialize_with = "exposed")] &'a Secret);
    let hash = hash_text(settings, hash);
    match settings.dialect {
        Dialect::V2 => written(&Authorize {
            credential_id,
            num_signatures: 1,
            hashes: [&hash],
            hash_algorithm_oid: algorithm.hash_oid,
            auth_data: pin.map(|(id, value)| Object { id, value }).into_iter().collect(),
        }),
        Dialect::V1 => written(&AuthorizeV1 {
            credential_id,
            num_signatures: 1,
            hash: [&hash],
            pin: pin.map(|(_, value)| Exposed(value)),
        }),
    }
}

/// CSC API v2 §11.10. The hash's algorithm is always named: who can tell it from `signAlgo` ignores it.
pub(super) fn sign_hash(
    settings: &Settings,
    algorithm: &SignatureAlgorithm,
    credential_id: &str,
    hash: &[u8],
    sad: &Secret,
) -> Zeroizing<Vec<u8>> {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct SignHash<'a> {
        #[serde(rename = "credentialID")]
        credential_id: &'a str,
        #[serde(rename = "SAD", serialize_with = "exposed")]
        sad: &'a Secret,
        hashes: [&'a str; 1],
        #[serde(rename = "hashAlgorithmOID")]
        hash_algorithm_oid: &'a str,
        sign_algo: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        sign_algo_params: Option<&'a str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        operation_mode: Option<&'static str>,
    }
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct SignHashV1<'a> {
        #[serde(rename = "credentialID")]
        credential_id: &'a str,
        #[serde(rename = "SAD", serialize_with = "exposed")]
        sad: &'a Secret,
        hash: [&'a str; 1],
        hash_algo: &'a str,
        sign_algo: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        sign_algo_params: Option<&'a str>,
    }
    let hash = hash_text(settings, hash);
    let sign_algo_params = algorithm.parameters.as_deref();
    match settings.dialect {
        Dialect::V2 => written(&SignHash {
            credential_id,
            sad,
            hashes: [&hash],
            hash_algorithm_oid: algorithm.hash_oid,
            sign_algo: algorithm.sign_oid,
            sign_algo_params,
            operation_mode: settings.asynchronous.then_some("A"),
        }),
        Dialect::V1 => written(&SignHashV1 {
            credential_id,
            sad,
            hash: [&hash],
            hash_algo: algorithm.hash_oid,
            sign_algo: algorithm.sign_oid,
            sign_algo_params,
        }),
    }
}

/// CSC API v2 §11.12: the answer's `responseID` is the question's `requestID`.
pub(super) fn polling(response_id: &str) -> Zeroizing<Vec<u8>> {
    #[derive(Serialize)]
    struct Polling<'a> {
        #[serde(rename = "requestID")]
        request_id: &'a str,
    }
    written(&Polling {
        request_id: response_id,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use procura_jose::Algorithm;
    use serde_json::Value;

    fn settings(dialect: Dialect) -> Settings {
        let base = "https://qtsp.example/csc/v2/".parse().unwrap();
        let mut settings = Settings::new(base, "goodair", Secret::new("geheim & wahr"));
        settings.dialect = dialect;
        settings
    }
    fn algorithm(jws: Algorithm) -> SignatureAlgorithm {
        SignatureAlgorithm::of(jws).unwrap()
    }
    fn json(body: &[u8]) -> Value {
        serde_json::from_slice(body).unwrap()
    }
    /// A hash whose base64 has both characters that base64url writes otherwise.
    const HASH: [u8; 32] = [0xFB; 32];

    #[test]
    fn requests_of_v2() {
        let settings = settings(Dialect::V2);
        let (pin, sad) = (Secret::new("1234"), Secret::new("activation"));
        let ecdsa = algorithm(Algorithm::Es256);
        insta::assert_json_snapshot!("v2-credentials-list", json(&list(&settings)));
        insta::assert_json_snapshot!("v2-credentials-info", json(&credential_info("GX0112348")));
        let authorized = authorize(&settings, &ecdsa, "GX0112348", &HASH, Some(("PIN", &pin)));
        insta::assert_json_snapshot!("v2-credentials-authorize", json(&authorized));
        let automatic = authorize(&settings, &ecdsa, "GX0112348", &HASH, None);
        insta::assert_json_snapshot!("v2-credentials-authorize-automatic", json(&automatic));
        let signed = sign_hash(&settings, &ecdsa, "GX0112348", &HASH, &sad);
        insta::assert_json_snapshot!("v2-signatures-signHash", json(&signed));
        let pss = algorithm(Algorithm::Ps256);
        let mut asynchronous = settings.clone();
        asynchronous.asynchronous = true;
        let signed = sign_hash(&asynchronous, &pss, "GX0112348", &HASH, &sad);
        insta::assert_json_snapshot!("v2-signatures-signHash-pss-asynchronous", json(&signed));
        insta::assert_json_snapshot!("v2-signatures-signPolling", json(&polling("158112-652341-khj")));
    }

    #[test]
    fn requests_of_v1() {
        let mut settings = settings(Dialect::V1);
        settings.quirks.insert(Quirk::UrlSafeHashes);
        settings.user_id = Some("goodair".to_owned());
        let (pin, sad) = (Secret::new("1234"), Secret::new("activation"));
        let rsa = algorithm(Algorithm::Rs256);
        insta::assert_json_snapshot!("v1-credentials-list", json(&list(&settings)));
        let authorized = authorize(&settings, &rsa, "GX0112348", &HASH, Some(("PIN", &pin)));
        insta::assert_json_snapshot!("v1-credentials-authorize", json(&authorized));
        let signed = sign_hash(&settings, &rsa, "GX0112348", &HASH, &sad);
        insta::assert_json_snapshot!("v1-signatures-signHash", json(&signed));
    }

    /// What grows is copied, and what it was copied from is not overwritten.
    #[test]
    fn requests_are_written_into_memory_that_does_not_grow() {
        let settings = settings(Dialect::V2);
        let secret = Secret::new("\"\u{1}".repeat(300));
        let ecdsa = algorithm(Algorithm::Es256);
        let pin = Some(("PIN", &secret));
        for body in [
            authorize(&settings, &ecdsa, "GX0112348", &HASH, pin),
            sign_hash(&settings, &ecdsa, "GX0112348", &HASH, &secret),
        ] {
            assert!(json(&body).is_object());
            assert_eq!(body.capacity(), body.len());
        }
    }

    #[test]
    fn the_token_is_asked_for_as_a_form() {
        let mut settings = settings(Dialect::V2);
        settings.scope = Some("service".to_owned());
        assert_eq!(
            token(&settings).as_str(),
            "grant_type=client_credentials&client_id=goodair&client_secret=geheim+%26+wahr&scope=service"
        );
        settings.client_authentication = ClientAuthentication::Basic;
        assert_eq!(
            token(&settings).as_str(),
            "grant_type=client_credentials&client_id=goodair&scope=service"
        );
        assert_eq!(
            basic(&settings).as_str(),
            "Basic Z29vZGFpcjpnZWhlaW0rJTI2K3dhaHI="
        );
    }
}
