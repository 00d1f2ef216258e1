//! What a provider says of itself and of its credentials.
use super::{
    Credential, Provider,
    arguments::{Arguments, Authorized},
    refusal::Refusal,
};
use axum::{Json, extract::State};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use procura_crypto::{Curve, PublicKey};
use procura_pki::Certificate;
use serde_json::{Map, Value, json};

/// Algorithms that a key signs with here.
pub(super) fn algorithms(key: &PublicKey) -> Vec<&'static str> {
    match key {
        PublicKey::Ec {
            curve: Curve::P384, ..
        } => vec!["1.2.840.10045.4.3.3"],
        PublicKey::Ec {
            curve: Curve::P521, ..
        } => vec!["1.2.840.10045.4.3.4"],
        PublicKey::Ec { .. } => vec!["1.2.840.10045.4.3.2"],
        PublicKey::Rsa { .. } => vec![
            "1.2.840.113549.1.1.1",
            "1.2.840.113549.1.1.10",
            "1.2.840.113549.1.1.11",
            "1.2.840.113549.1.1.12",
            "1.2.840.113549.1.1.13",
        ],
        PublicKey::Ed25519(_) => vec![],
    }
}

/// CSC API v2 §11.1.
pub(super) async fn info(
    State(provider): State<Provider>,
    arguments: Arguments,
) -> Result<Json<Value>, Refusal> {
    arguments.text("lang")?;
    let mut info = json!({
        "specs": if provider.is_v1() { "1.0.4.0" } else { "2.0.0.2" },
        "name": "RealTruth remote signing",
        "logo": provider.0.settings.origin.join("logo.png").map(String::from).unwrap_or_default(),
        "region": "DE",
        "lang": "en-GB",
        "description": "Keeps the seals of the demo world",
        "authType": ["oauth2client"],
        "oauth2": provider.0.settings.origin.as_str(),
        "methods": ["info", "credentials/list", "credentials/info", "credentials/authorize", "signatures/signHash"],
    });
    if let (false, Some(info)) = (provider.is_v1(), info.as_object_mut()) {
        info.insert("asynchronousOperationMode".to_owned(), true.into());
        if let Some(methods) = info.get_mut("methods").and_then(Value::as_array_mut) {
            methods.push("signatures/signPolling".into());
        }
        let mut algorithms: Vec<_> = provider
            .0
            .credentials
            .values()
            .flat_map(|c| algorithms(c.key.public_key()))
            .collect();
        algorithms.sort_unstable();
        algorithms.dedup();
        info.insert("signAlgorithms".to_owned(), json!({ "algos": algorithms }));
        info.insert(
            "signature_formats".to_owned(),
            json!({"formats": [], "envelope_properties": []}),
        );
        info.insert("conformance_levels".to_owned(), json!([]));
    }
    Ok(Json(info))
}

/// CSC API v2 §11.4.
pub(super) async fn list(
    State(provider): State<Provider>,
    Authorized(arguments): Authorized,
) -> Result<Json<Value>, Refusal> {
    if arguments
        .text("userID")?
        .is_some_and(|user| user != provider.0.settings.client_id)
    {
        return Err(Refusal::parameter("userID"));
    }
    let only_valid = arguments.flag("onlyValid")?;
    let behaviour = provider.behaviour();
    let listed = || {
        let usable = behaviour.key_status == "enabled" && behaviour.certificate_status == "valid";
        provider
            .0
            .credentials
            .values()
            .filter(move |_| usable || !only_valid)
    };
    let ids: Vec<_> = listed().map(|credential| credential.id.clone()).collect();
    let mut answer = Map::new();
    answer.insert("credentialIDs".to_owned(), json!(ids));
    if arguments.flag("credentialInfo")? && !provider.is_v1() {
        let mut infos = Vec::new();
        for credential in listed() {
            let mut described = described(&provider, credential, &arguments)?;
            described.insert("credentialID".to_owned(), credential.id.clone().into());
            infos.push(described);
        }
        answer.insert("credentialInfos".to_owned(), json!(infos));
    }
    if only_valid && !provider.is_v1() {
        answer.insert("onlyValid".to_owned(), true.into());
    }
    Ok(Json(Value::Object(answer)))
}

/// CSC API v2 §11.5.
pub(super) async fn credential(
    State(provider): State<Provider>,
    Authorized(arguments): Authorized,
) -> Result<Json<Value>, Refusal> {
    let credential = provider.credential(&arguments)?;
    Ok(Json(Value::Object(described(&provider, credential, &arguments)?)))
}

impl Provider {
    pub(super) fn credential(&self, arguments: &Arguments) -> Result<&Credential, Refusal> {
        let id = arguments.required_text("credentialID")?;
        self.0
            .credentials
            .get(id)
            .ok_or_else(|| Refusal::parameter("credentialID"))
    }
}

fn described(
    provider: &Provider,
    credential: &Credential,
    arguments: &Arguments,
) -> Result<Map<String, Value>, Refusal> {
    let behaviour = provider.behaviour();
    let key = credential.key.public_key();
    let mut described = Map::new();
    let mut key_object = json!({
        "status": behaviour.key_status,
        "algo": behaviour.key_algorithms.unwrap_or_else(|| algorithms(key).into_iter().map(str::to_owned).collect()),
        "len": key.bits(),
    });
    if let (Some(oid), Some(object)) = (curve(key), key_object.as_object_mut()) {
        object.insert("curve".to_owned(), oid.into());
    }
    described.insert("key".to_owned(), key_object);
    let mut chain = credential.chain.clone();
    if behaviour.reversed_chain {
        chain.reverse();
    }
    match arguments.text("certificates")?.unwrap_or("single") {
        "none" => chain.clear(),
        "single" => chain.truncate(1),
        "chain" => {}
        _ => return Err(Refusal::parameter("certificates")),
    }
    let mut cert = Map::new();
    cert.insert("status".to_owned(), behaviour.certificate_status.into());
    cert.insert(
        "certificates".to_owned(),
        chain
            .iter()
            .map(|der| STANDARD.encode(der))
            .collect::<Vec<_>>()
            .into(),
    );
    if arguments.flag("certInfo")?
        && let Some(certificate) = credential
            .chain
            .first()
            .and_then(|der| Certificate::from_der(der).ok())
    {
        let time = |at: jiff::Timestamp| at.strftime("%Y%m%d%H%M%SZ").to_string();
        cert.insert("issuerDN".to_owned(), certificate.issuer().label().into());
        cert.insert("subjectDN".to_owned(), certificate.subject().label().into());
        let serial = procura_crypto::digest::hexadecimal(certificate.serial()).to_uppercase();
        cert.insert("serialNumber".to_owned(), serial.into());
        cert.insert("validFrom".to_owned(), time(certificate.not_before()).into());
        cert.insert("validTo".to_owned(), time(certificate.not_after()).into());
    }
    described.insert("cert".to_owned(), Value::Object(cert));
    let pin = credential.pin.is_some();
    if provider.is_v1() {
        described.insert(
            "authMode".to_owned(),
            if pin { "explicit" } else { "implicit" }.into(),
        );
        if pin {
            described.insert(
                "PIN".to_owned(),
                json!({"presence": "true", "format": "N", "label": "PIN"}),
            );
            described.insert("OTP".to_owned(), json!({"presence": "false"}));
        }
    } else if arguments.flag("authInfo")? {
        let objects = if pin {
            json!([{"type": "Password", "id": "PIN", "format": "N", "label": "PIN"}])
        } else {
            json!([])
        };
        described.insert("auth".to_owned(), json!({"mode": "explicit", "objects": objects}));
    }
    described.insert("SCAL".to_owned(), credential.scal.to_string().into());
    described.insert("multisign".to_owned(), credential.multisign.into());
    described.insert("lang".to_owned(), "en-GB".into());
    Ok(described)
}

fn curve(key: &PublicKey) -> Option<&'static str> {
    match key {
        PublicKey::Ec {
            curve: Curve::P256, ..
        } => Some("1.2.840.10045.3.1.7"),
        PublicKey::Ec {
            curve: Curve::P384, ..
        } => Some("1.3.132.0.34"),
        PublicKey::Ec {
            curve: Curve::P521, ..
        } => Some("1.3.132.0.35"),
        _ => None,
    }
}
