//! Answers of a provider of remote signatures, and keys as JSON.
use crate::{scene::Scene, write as write_seed};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use procura_jose::base64url;
use serde_json::{Value, json};

pub fn write(scene: &Scene) {
    let chain = [
        &scene.certificate,
        &scene.authority_certificate,
        &scene.root_certificate,
    ];
    let chain = chain.map(|one| BASE64_STANDARD.encode(one.der()));
    let v2 = json!({
        "key": { "status": "enabled", "algo": ["1.2.840.10045.4.3.2"], "len": 256, "curve": "1.2.840.10045.3.1.7" },
        "cert": { "status": "valid", "certificates": chain, "subjectDN": "CN=Seal" },
        "auth": { "mode": "explicit", "objects": [] },
        "SCAL": "2",
        "multisign": 1,
        "lang": "en-US",
    });
    let mut pin = v2.clone();
    pin["auth"]["objects"] = json!([{ "type": "Password", "id": "PIN", "format": "N", "label": "PIN" }]);
    let mut v1 = v2.clone();
    v1["authMode"] = "explicit".into();
    v1["PIN"] = json!({ "presence": "false", "format": "N" });
    v1["OTP"] = json!({ "presence": "false", "type": "offline" });
    let signature = BASE64_STANDARD.encode([7; 64]);
    let all: [(&str, Value); 11] = [
        ("credential.json", v2),
        ("credential-pin.json", pin),
        ("credential-v1.json", v1),
        (
            "info.json",
            json!({ "specs": "2.0.0.2", "name": "Provider", "authType": ["oauth2client"], "lang": "en-US",
            "oauth2": "https://provider.example/", "methods": ["credentials/info", "signatures/signHash"] }),
        ),
        (
            "token.json",
            json!({ "access_token": "4/CKN69L8gdSYp5_pwH3XlFQZ3ndFhkXf9P2_TiHRG-bA", "token_type": "Bearer",
            "expires_in": 3600 }),
        ),
        (
            "list.json",
            json!({ "credentialIDs": ["seal", "signature"], "nextPageToken": "2" }),
        ),
        (
            "authorization.json",
            json!({ "SAD": "1/UsHDJ98349h9fgh9348hKKHDkHWVkl", "expiresIn": 300 }),
        ),
        ("signatures.json", json!({ "signatures": [signature] })),
        (
            "signatures-der.json",
            json!({ "signatures": [BASE64_STANDARD.encode([0x30, 6, 2, 1, 7, 2, 1, 7])] }),
        ),
        ("pending.json", json!({ "responseID": "0123456789" })),
        (
            "error.json",
            json!({ "error": "invalid_request", "error_description": "SAD expired" }),
        ),
    ];
    for (name, value) in all {
        write_seed("csc", name, value.to_string());
    }
    keys(scene);
}

fn keys(scene: &Scene) {
    let (x, y) = scene.seal.key.public_key().coordinates().unwrap();
    let key = json!({
        "kty": "EC", "crv": "P-256", "x": base64url::encode(x), "y": base64url::encode(y),
        "alg": "ES256", "use": "sig", "key_ops": ["verify"], "kid": "seal",
    });
    write_seed("jws", "key.json", key.to_string());
    let modulus: Vec<u8> = [vec![0xc5], vec![0x5a; 254], vec![0x0b]].concat();
    let rsa = json!({ "kty": "RSA", "n": base64url::encode(&modulus), "e": "AQAB" });
    let okp = json!({ "kty": "OKP", "crv": "Ed25519", "x": base64url::encode(&[7; 32]) });
    write_seed("jws", "keys.json", json!({ "keys": [key, rsa, okp] }).to_string());
    write_seed(
        "jws",
        "claims.json",
        r#"{"iss":"did:elsi:VATDE-1","exp":1780315200,"nbf":1.7e9,"aud":["a"],"deep":[[[{}]]],"\u0061":"\ud83d\ude00"}"#,
    );
}
