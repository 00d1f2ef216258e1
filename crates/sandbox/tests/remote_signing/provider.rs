//! The provider's own rules, asked without our client.
use crate::{
    stage::{PIN, Stage, seal},
    support::world,
};
use procura_keys::csc::Dialect;
use procura_sandbox::{csc::Credential, world::Party};
use procura_service::Purpose;
use serde_json::{Value, json};

/// base64 of 32 bytes of zeros, of ones.
const HASH: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
const OTHER: &str = "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=";
const SHA256: &str = "2.16.840.1.101.3.4.2.1";
const ES256: &str = "1.2.840.10045.4.3.2";

struct Caller<'a> {
    stage: &'a Stage,
    token: String,
}

impl<'a> Caller<'a> {
    async fn new(stage: &'a Stage) -> Self {
        let url = stage.settings.base_url.join("/oauth2/token").unwrap();
        let form = [
            ("grant_type", "client_credentials"),
            ("client_id", "goodair"),
            ("client_secret", crate::stage::CLIENT_SECRET),
        ];
        let answer = stage
            .client
            .post_form(Purpose::RemoteSigning, &url, &form, None)
            .await
            .unwrap();
        let token: Value = serde_json::from_slice(&answer.body).unwrap();
        Self {
            stage,
            token: token["access_token"].as_str().unwrap().to_owned(),
        }
    }
    async fn call(&self, method: &str, body: &Value) -> (u16, Value) {
        self.call_as(Some(&self.token), method, body).await
    }
    async fn call_as(&self, token: Option<&str>, method: &str, body: &Value) -> (u16, Value) {
        let url = self.stage.settings.base_url.join(method).unwrap();
        let answer = self
            .stage
            .client
            .post_json(Purpose::RemoteSigning, &url, body, token)
            .await
            .unwrap();
        (answer.status, serde_json::from_slice(&answer.body).unwrap())
    }
    /// What it says when it refuses.
    async fn refused(&self, method: &str, body: &Value) -> String {
        let (status, answer) = self.call(method, body).await;
        assert_eq!(status, 400, "{answer}");
        format!(
            "{}: {}",
            answer["error"].as_str().unwrap(),
            answer["error_description"].as_str().unwrap()
        )
    }
    async fn sad(&self, body: &Value) -> String {
        let (status, answer) = self.call("credentials/authorize", body).await;
        assert_eq!(status, 200, "{answer}");
        answer["SAD"].as_str().unwrap().to_owned()
    }
}

fn authorization() -> Value {
    json!({"credentialID": "goodair-seal", "numSignatures": 1, "hashes": [HASH], "hashAlgorithmOID": SHA256,
        "authData": [{"id": "PIN", "value": PIN}]})
}
fn signing(sad: &str) -> Value {
    json!({"credentialID": "goodair-seal", "SAD": sad, "hashes": [HASH], "hashAlgorithmOID": SHA256, "signAlgo": ES256})
}
fn with(mut body: Value, member: &str, value: Value) -> Value {
    body[member] = value;
    body
}

/// What differs in every run, by the members' names.
fn redacted(value: &Value, names: &[&str]) -> Value {
    match value {
        Value::Array(list) => list.iter().map(|value| redacted(value, names)).collect(),
        Value::Object(object) => object
            .iter()
            .map(|(name, value)| match value {
                Value::String(_) if names.contains(&name.as_str()) => (name.clone(), json!("[…]")),
                Value::Array(list) if names.contains(&name.as_str()) => {
                    (name.clone(), json!(vec!["[…]"; list.len()]))
                }
                value => (name.clone(), redacted(value, names)),
            })
            .collect(),
        value => value.clone(),
    }
}

#[tokio::test]
async fn messages_of_v2() {
    let stage = Stage::new().await;
    let caller = Caller::new(&stage).await;
    let (_, mut info) = caller.call("info", &json!({})).await;
    let origin = stage.settings.base_url.join("/").unwrap();
    info["oauth2"] = info["oauth2"]
        .as_str()
        .unwrap()
        .replace(origin.as_str(), "[origin]/")
        .into();
    info["logo"] = info["logo"]
        .as_str()
        .unwrap()
        .replace(origin.as_str(), "[origin]/")
        .into();
    insta::assert_json_snapshot!("v2-info", info);
    let asked = json!({"credentialInfo": true, "certificates": "chain", "certInfo": true, "authInfo": true});
    let (_, list) = caller.call("credentials/list", &asked).await;
    let described = list["credentialInfos"][0].clone();
    insta::assert_json_snapshot!(
        "v2-credentials-list",
        redacted(&list, &["certificates", "serialNumber"])
    );
    let asked = with(asked, "credentialID", json!("goodair-seal"));
    let (_, info) = caller.call("credentials/info", &asked).await;
    assert_eq!(with(info, "credentialID", json!("goodair-seal")), described);
    let (_, authorized) = caller.call("credentials/authorize", &authorization()).await;
    insta::assert_json_snapshot!("v2-credentials-authorize", redacted(&authorized, &["SAD"]));
    let sad = authorized["SAD"].as_str().unwrap();
    let (_, pending) = caller
        .call(
            "signatures/signHash",
            &with(signing(sad), "operationMode", json!("A")),
        )
        .await;
    insta::assert_json_snapshot!(
        "v2-signatures-signHash-asynchronous",
        redacted(&pending, &["responseID"])
    );
    let asked = json!({"requestID": pending["responseID"]});
    let (status, waits) = caller.call("signatures/signPolling", &asked).await;
    insta::assert_json_snapshot!("v2-signatures-signPolling", (status, waits));
    let (_, signed) = caller.call("signatures/signPolling", &asked).await;
    insta::assert_json_snapshot!("v2-signatures", redacted(&signed, &["signatures"]));
}

#[tokio::test]
async fn messages_of_v1() {
    let stage = Stage::with(vec![seal().with_pin(PIN)], |settings| {
        settings.dialect = Dialect::V1;
    })
    .await;
    let caller = Caller::new(&stage).await;
    let (_, mut info) = caller.call("info", &json!({})).await;
    info["oauth2"] = json!("[origin]");
    info["logo"] = json!("[origin]");
    insta::assert_json_snapshot!("v1-info", info);
    let asked = json!({"credentialID": "goodair-seal", "certificates": "chain", "certInfo": true});
    let (_, described) = caller.call("credentials/info", &asked).await;
    insta::assert_json_snapshot!(
        "v1-credentials-info",
        redacted(&described, &["certificates", "serialNumber"])
    );
    let authorization =
        json!({"credentialID": "goodair-seal", "numSignatures": 1, "hash": [HASH], "PIN": PIN});
    let sad = caller.sad(&authorization).await;
    let signing = json!({"credentialID": "goodair-seal", "SAD": sad, "hash": [HASH], "hashAlgo": SHA256, "signAlgo": ES256});
    let (status, _) = caller.call("signatures/signHash", &signing).await;
    assert_eq!(status, 200);
    // Names of v2 are not looked at.
    let refused = caller
        .refused("credentials/authorize", &self::authorization())
        .await;
    assert_eq!(
        refused,
        "invalid_request: Missing (or invalid type) array parameter hash"
    );
}

#[tokio::test]
async fn nobody_is_let_in_without_a_good_token() {
    let stage = Stage::new().await;
    let caller = Caller::new(&stage).await;
    for method in [
        "credentials/list",
        "credentials/info",
        "credentials/authorize",
        "signatures/signHash",
        "signatures/signPolling",
    ] {
        for token in [None, Some("guessed")] {
            let (status, answer) = caller.call_as(token, method, &json!({})).await;
            assert_eq!(
                (status, answer["error"].as_str()),
                (401, Some("invalid_token")),
                "{method}"
            );
        }
    }
    stage.clock.advance(3600);
    let (status, answer) = caller.call("credentials/list", &json!({})).await;
    assert_eq!((status, answer["error"].as_str()), (401, Some("expired_token")));
}

#[tokio::test]
async fn activation_data_is_for_one_use() {
    let stage = Stage::new().await;
    let caller = Caller::new(&stage).await;
    let sad = caller.sad(&authorization()).await;
    assert_eq!(caller.call("signatures/signHash", &signing(&sad)).await.0, 200);
    let refused = caller.refused("signatures/signHash", &signing(&sad)).await;
    assert_eq!(refused, "invalid_request: Invalid parameter SAD");
    assert_eq!(stage.provider.signatures_made(), 1);
}

#[tokio::test]
async fn activation_data_is_for_its_hashes_only() {
    let stage = Stage::new().await;
    let caller = Caller::new(&stage).await;
    let sad = caller.sad(&authorization()).await;
    for hashes in [json!([OTHER]), json!([HASH, HASH])] {
        let refused = caller
            .refused("signatures/signHash", &with(signing(&sad), "hashes", hashes))
            .await;
        assert_eq!(refused, "invalid_request: Hash is not authorized by the SAD");
    }
    // The refused attempts have spent nothing.
    assert_eq!(caller.call("signatures/signHash", &signing(&sad)).await.0, 200);
}

#[tokio::test]
async fn activation_data_expires() {
    let stage = Stage::new().await;
    let caller = Caller::new(&stage).await;
    let sad = caller.sad(&authorization()).await;
    stage.clock.advance(300);
    let refused = caller.refused("signatures/signHash", &signing(&sad)).await;
    assert_eq!(refused, "invalid_request: SAD expired");
}

#[tokio::test]
async fn activation_data_is_for_its_credential() {
    let other = Credential::of(world(), Party::BadAirSeal).unwrap();
    let stage = Stage::with(vec![seal(), other], |_| ()).await;
    let caller = Caller::new(&stage).await;
    let sad = caller.sad(&authorization()).await;
    let refused = caller
        .refused(
            "signatures/signHash",
            &with(signing(&sad), "credentialID", json!("badair-seal")),
        )
        .await;
    assert_eq!(refused, "invalid_request: Invalid parameter SAD");
}

#[tokio::test]
async fn several_signatures_take_an_authorization_for_several() {
    let stage = Stage::with(vec![seal().with_multisign(2)], |_| ()).await;
    let caller = Caller::new(&stage).await;
    let wished = |count: u64| {
        with(
            with(authorization(), "hashes", json!([HASH, OTHER])),
            "numSignatures",
            json!(count),
        )
    };
    let refused = caller.refused("credentials/authorize", &wished(3)).await;
    assert_eq!(refused, "invalid_request: Numbers of signatures is too high");
    let sad = caller.sad(&wished(2)).await;
    let (status, signed) = caller
        .call(
            "signatures/signHash",
            &with(signing(&sad), "hashes", json!([HASH, OTHER])),
        )
        .await;
    assert_eq!((status, signed["signatures"].as_array().unwrap().len()), (200, 2));
}

#[tokio::test]
async fn wrong_pins_lock_a_credential() {
    let stage = Stage::new().await;
    let caller = Caller::new(&stage).await;
    let wrong = with(
        authorization(),
        "authData",
        json!([{"id": "PIN", "value": "guessed"}]),
    );
    for _ in 0..3 {
        let refused = caller.refused("credentials/authorize", &wrong).await;
        assert_eq!(
            refused,
            "invalid_authentication_data: The authentication data is invalid"
        );
    }
    let refused = caller.refused("credentials/authorize", &authorization()).await;
    assert_eq!(refused, "invalid_request: Credential locked");
}

#[tokio::test]
async fn parameters_are_examined() {
    let stage = Stage::new().await;
    let caller = Caller::new(&stage).await;
    let authorize = "credentials/authorize";
    for (member, value, told) in [
        (
            "credentialID",
            json!(null),
            "Missing (or invalid type) string parameter credentialID",
        ),
        ("credentialID", json!("x"), "Invalid parameter credentialID"),
        (
            "numSignatures",
            json!("1"),
            "Missing (or invalid type) integer parameter numSignatures",
        ),
        (
            "numSignatures",
            json!(0),
            "Invalid value for parameter numSignatures",
        ),
        (
            "numSignatures",
            json!(-1),
            "Invalid value for parameter numSignatures",
        ),
        (
            "hashes",
            json!(null),
            "Missing (or invalid type) array parameter hashes",
        ),
        ("hashes", json!([]), "Empty hash array"),
        ("hashes", json!(["-_-_"]), "Invalid Base64 hash string parameter"),
        ("hashes", json!(["AAAA"]), "Invalid digest value length"),
        (
            "hashAlgorithmOID",
            json!("1.3.14.3.2.26"),
            "Invalid parameter hashAlgorithmOID",
        ),
        (
            "authData",
            json!(null),
            "Missing (or invalid type) array parameter authData",
        ),
    ] {
        let refused = caller
            .refused(authorize, &with(authorization(), member, value))
            .await;
        assert_eq!(refused, format!("invalid_request: {told}"));
    }
    let sad = caller.sad(&authorization()).await;
    for (member, value, told) in [
        (
            "SAD",
            json!(null),
            "Missing (or invalid type) string parameter SAD",
        ),
        ("SAD", json!("x"), "Invalid parameter SAD"),
        (
            "signAlgo",
            json!("1.2.840.10045.4.3.3"),
            "Invalid parameter signAlgo",
        ),
        (
            "hashAlgorithmOID",
            json!("2.16.840.1.101.3.4.2.2"),
            "Invalid parameter hashAlgorithmOID",
        ),
        ("hashes", json!(["AAAA"]), "Invalid digest value length"),
        ("operationMode", json!("X"), "Invalid parameter operationMode"),
    ] {
        let refused = caller
            .refused("signatures/signHash", &with(signing(&sad), member, value))
            .await;
        assert_eq!(refused, format!("invalid_request: {told}"));
    }
    let refused = caller
        .refused("signatures/signPolling", &json!({"requestID": "x"}))
        .await;
    assert_eq!(refused, "invalid_request: Invalid parameter requestID");
}

#[tokio::test]
async fn parameters_of_rsa_are_examined() {
    let rsa = Credential::of(world(), Party::LotlOperator).unwrap();
    let stage = Stage::with(vec![rsa], |_| ()).await;
    let caller = Caller::new(&stage).await;
    let id = json!("lotl-operator");
    let sad = caller
        .sad(&with(authorization(), "credentialID", id.clone()))
        .await;
    let signing = with(signing(&sad), "credentialID", id);
    let without_hash = with(
        with(signing.clone(), "signAlgo", json!("1.2.840.113549.1.1.1")),
        "hashAlgorithmOID",
        Value::Null,
    );
    let pss = with(signing, "signAlgo", json!("1.2.840.113549.1.1.10"));
    for (body, told) in [
        (
            without_hash,
            "Missing (or invalid type) string parameter hashAlgorithmOID",
        ),
        (
            pss.clone(),
            "Missing (or invalid type) string parameter signAlgoParams",
        ),
        (
            with(pss, "signAlgoParams", json!("MAA=")),
            "Invalid parameter signAlgoParams",
        ),
    ] {
        assert_eq!(
            caller.refused("signatures/signHash", &body).await,
            format!("invalid_request: {told}")
        );
    }
}
