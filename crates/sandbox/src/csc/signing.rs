//! Authorizing and signing.
use super::{
    Behaviour, Credential, Provider,
    arguments::{Arguments, Authorized},
    description::algorithms,
    refusal::Refusal,
    state::{Found, Pending, Sad},
};
use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use http::StatusCode;
use procura_crypto::{Digest, EcdsaEncoding, Scheme, constant_time_eq, digest::sha256};
use procura_jose::Algorithm;
use procura_keys::csc::SignatureAlgorithm;
use serde_json::{Value, json};

/// Wrong PINs after which a credential is locked.
const LOCKED_AFTER: u32 = 3;
/// Most hashes in one request.
const MOST_HASHES: usize = 100;
/// Seconds for which an asynchronous signature is kept.
const KEPT_SECONDS: u32 = 600;

const RSA: &str = "1.2.840.113549.1.1.1";

/// CSC API v2 §11.6, v1 §11.6.
pub(super) async fn authorize(
    State(provider): State<Provider>,
    Authorized(arguments): Authorized,
) -> Result<Json<Value>, Refusal> {
    let credential = provider.credential(&arguments)?;
    if provider.behaviour().key_status != "enabled" {
        return Err(Refusal::invalid(
            "The credential identified by credentialID is disabled",
        ));
    }
    let left = arguments.number("numSignatures")?;
    if left == 0 {
        return Err(Refusal::invalid("Invalid value for parameter numSignatures"));
    }
    if left > credential.multisign {
        return Err(Refusal::invalid("Numbers of signatures is too high"));
    }
    let names = Names::of(&provider);
    let hashes = hashes(&provider, &arguments, names.hashes)?;
    if hashes.is_none() && credential.scal == 2 {
        return Err(Refusal::missing("array", names.hashes));
    }
    let digest = match arguments.text(names.hash_algorithm)? {
        Some(oid) => Some(digest(oid).ok_or_else(|| Refusal::parameter(names.hash_algorithm))?),
        None if hashes.is_some() && !provider.is_v1() => {
            return Err(Refusal::missing("string", names.hash_algorithm));
        }
        None => None,
    };
    let fits = |hash: &Vec<u8>| digest.is_none_or(|digest| hash.len() == digest.len());
    if !hashes.iter().flatten().all(fits) {
        return Err(Refusal::invalid("Invalid digest value length"));
    }
    prove(&provider, credential, &arguments)?;
    let now = provider.now();
    let seconds = provider.0.settings.sad_seconds;
    let sad = Sad {
        credential: credential.id.clone(),
        hashes,
        digest,
        left,
    };
    let sad = provider.state().sads.keep(sad, now, seconds);
    Ok(Json(json!({"SAD": sad, "expiresIn": seconds})))
}

/// The PIN, where the credential has one. Wrong ones are counted; the right one forgives those before it.
fn prove(provider: &Provider, credential: &Credential, arguments: &Arguments) -> Result<(), Refusal> {
    let Some(pin) = &credential.pin else { return Ok(()) };
    let given = if provider.is_v1() {
        arguments.text("PIN")?
    } else {
        let objects = arguments.list("authData")?.unwrap_or_default();
        let is_pin = |object: &&Value| object.get("id").and_then(Value::as_str) == Some("PIN");
        objects
            .iter()
            .find(is_pin)
            .and_then(|object| object.get("value")?.as_str())
    };
    let given = given.ok_or_else(|| {
        let (kind, name) = if provider.is_v1() {
            ("string", "PIN")
        } else {
            ("array", "authData")
        };
        Refusal::missing(kind, name)
    })?;
    let is_right = constant_time_eq(&sha256(given.as_bytes()), &sha256(pin.as_bytes()));
    let mut state = provider.state();
    let wrong = state.wrong_pins.entry(credential.id.clone()).or_default();
    if *wrong >= LOCKED_AFTER {
        return Err(Refusal::invalid("Credential locked"));
    }
    if is_right {
        *wrong = 0;
        return Ok(());
    }
    *wrong += 1;
    Err(if provider.is_v1() {
        Refusal::new(StatusCode::BAD_REQUEST, "invalid_pin", "The PIN is invalid")
    } else {
        let description = "The authentication data is invalid";
        Refusal::new(
            StatusCode::BAD_REQUEST,
            "invalid_authentication_data",
            description,
        )
    })
}

/// CSC API v2 §11.10, v1 §11.9.
pub(super) async fn sign_hash(
    State(provider): State<Provider>,
    Authorized(arguments): Authorized,
) -> Result<Json<Value>, Refusal> {
    let names = Names::of(&provider);
    let secret = arguments.required_text("SAD")?;
    let credential = provider.credential(&arguments)?;
    let hashes = hashes(&provider, &arguments, names.hashes)?
        .ok_or_else(|| Refusal::missing("array", names.hashes))?;
    let (scheme, asked) = scheme(credential, &arguments, names)?;
    if hashes.iter().any(|hash| hash.len() != asked.len()) {
        return Err(Refusal::invalid("Invalid digest value length"));
    }
    let is_asynchronous = match arguments.text("operationMode")? {
        None | Some("S") => false,
        Some("A") if !provider.is_v1() => true,
        Some(_) => return Err(Refusal::parameter("operationMode")),
    };
    spend(&provider, secret, credential, &hashes, asked)?;
    let behaviour = provider.behaviour();
    let signatures = hashes
        .iter()
        .map(|hash| signature(credential, &behaviour, scheme, hash))
        .collect::<Result<Vec<_>, _>>()?;
    let now = provider.now();
    let mut state = provider.state();
    state.signatures_made += signatures.len();
    if !is_asynchronous {
        return Ok(Json(json!({ "signatures": signatures })));
    }
    let pending = Pending {
        signatures,
        questions_left: behaviour.questions_before_ready,
    };
    let id = state.pending.keep(pending, now, KEPT_SECONDS);
    Ok(Json(json!({ "responseID": id })))
}

/// Takes these hashes out of what the activation data allows.
fn spend(
    provider: &Provider,
    secret: &str,
    credential: &Credential,
    hashes: &[Vec<u8>],
    asked: Digest,
) -> Result<(), Refusal> {
    let now = provider.now();
    let mut state = provider.state();
    let sad = match state.sads.find(secret, now) {
        Found::Good(sad) if sad.credential == credential.id => sad,
        Found::Expired => return Err(Refusal::invalid("SAD expired")),
        _ => return Err(Refusal::parameter("SAD")),
    };
    let is_allowed = |hash: &Vec<u8>| sad.hashes.as_ref().is_none_or(|allowed| allowed.contains(hash));
    if !hashes.iter().all(is_allowed) || sad.digest.is_some_and(|digest| digest != asked) {
        return Err(Refusal::invalid("Hash is not authorized by the SAD"));
    }
    let count = u64::try_from(hashes.len()).unwrap_or(u64::MAX);
    let Some(left) = sad.left.checked_sub(count) else {
        return Err(Refusal::invalid("Hash is not authorized by the SAD"));
    };
    sad.left = left;
    if left == 0 {
        state.sads.forget(secret);
    }
    Ok(())
}

fn signature(
    credential: &Credential,
    behaviour: &Behaviour,
    scheme: Scheme,
    hash: &[u8],
) -> Result<String, Refusal> {
    let failed = |_| {
        Refusal::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "server_error",
            "The key cannot sign",
        )
    };
    let key = behaviour.other_key.as_ref().unwrap_or(&credential.key);
    let scheme = match scheme {
        Scheme::Ecdsa { digest, .. } if behaviour.der => Scheme::Ecdsa {
            digest,
            encoding: EcdsaEncoding::Der,
        },
        scheme => scheme,
    };
    let mut other = hash.to_vec();
    if behaviour.other_hash {
        other.reverse();
    }
    let signature = key.sign_digest(scheme, &other).map_err(failed)?;
    Ok(STANDARD.encode(signature))
}

/// CSC API v2 §11.12.
pub(super) async fn polling(
    State(provider): State<Provider>,
    Authorized(arguments): Authorized,
) -> Result<Response, Refusal> {
    let id = arguments.required_text("requestID")?;
    let now = provider.now();
    let mut state = provider.state();
    let Found::Good(pending) = state.pending.find(id, now) else {
        return Err(Refusal::parameter("requestID"));
    };
    if pending.questions_left > 0 {
        pending.questions_left -= 1;
        let description = "The previous async request has been accepted but not yet completed";
        return Ok(Refusal::new(StatusCode::ACCEPTED, "accepted_request", description).into_response());
    }
    Ok(Json(json!({ "signatures": pending.signatures })).into_response())
}

/// Names that differ between the versions.
#[derive(Clone, Copy)]
struct Names {
    hashes: &'static str,
    hash_algorithm: &'static str,
}

impl Names {
    fn of(provider: &Provider) -> Self {
        if provider.is_v1() {
            Self {
                hashes: "hash",
                hash_algorithm: "hashAlgo",
            }
        } else {
            Self {
                hashes: "hashes",
                hash_algorithm: "hashAlgorithmOID",
            }
        }
    }
}

fn hashes(provider: &Provider, arguments: &Arguments, name: &str) -> Result<Option<Vec<Vec<u8>>>, Refusal> {
    let Some(list) = arguments.list(name)? else {
        return Ok(None);
    };
    if list.is_empty() {
        return Err(Refusal::invalid("Empty hash array"));
    }
    if list.len() > MOST_HASHES {
        return Err(Refusal::invalid("Numbers of signatures is too high"));
    }
    let read = |value: &Value| {
        let text = value.as_str()?;
        if provider.0.settings.url_safe_hashes {
            URL_SAFE_NO_PAD.decode(text)
        } else {
            STANDARD.decode(text)
        }
        .ok()
    };
    let read = |value| read(value).ok_or_else(|| Refusal::invalid("Invalid Base64 hash string parameter"));
    list.iter().map(read).collect::<Result<_, _>>().map(Some)
}

fn digest(oid: &str) -> Option<Digest> {
    Algorithm::ALL
        .into_iter()
        .filter_map(SignatureAlgorithm::of)
        .find(|algorithm| algorithm.hash_oid == oid)
        .map(|algorithm| algorithm.digest)
}

/// The scheme that `signAlgo`, its parameters and the hash's algorithm name together.
fn scheme(credential: &Credential, arguments: &Arguments, names: Names) -> Result<(Scheme, Digest), Refusal> {
    let oid = arguments.required_text("signAlgo")?;
    let public = credential.key.public_key();
    if !algorithms(public).contains(&oid) {
        return Err(Refusal::parameter("signAlgo"));
    }
    let hash_oid = arguments.text(names.hash_algorithm)?;
    if oid == RSA {
        let hash = hash_oid.ok_or_else(|| Refusal::missing("string", names.hash_algorithm))?;
        let digest = digest(hash).ok_or_else(|| Refusal::parameter(names.hash_algorithm))?;
        return Ok((Scheme::RsaPkcs1(digest), digest));
    }
    let parameters = arguments.text("signAlgoParams")?;
    let mut same: Vec<SignatureAlgorithm> = Algorithm::ALL
        .into_iter()
        .filter(|jws| jws.fits(public))
        .filter_map(SignatureAlgorithm::of)
        .filter(|algorithm| algorithm.sign_oid == oid)
        .collect();
    if same.iter().any(|algorithm| algorithm.parameters.is_some()) {
        let parameters = parameters.ok_or_else(|| Refusal::missing("string", "signAlgoParams"))?;
        same.retain(|algorithm| algorithm.parameters.as_deref() == Some(parameters));
    }
    let algorithm = same.first().ok_or_else(|| Refusal::parameter("signAlgoParams"))?;
    if hash_oid.is_some_and(|oid| oid != algorithm.hash_oid) {
        return Err(Refusal::parameter(names.hash_algorithm));
    }
    Ok((algorithm.jws.scheme(), algorithm.digest))
}
