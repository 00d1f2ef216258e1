//! An issuer that seals for GoodAir, and may twist one thing.
use crate::house::{house, serve_at};
use axum::{
    Form, Json, Router,
    body::Bytes,
    extract::{Path, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use jiff::{SignedDuration, Timestamp};
use procura_credential::{
    envelope::{self, Envelope},
    lear::{self, Issuance, Shape},
    schema, status,
};
use procura_crypto::{PrivateKey, digest::sha256};
use procura_did::{Did, key};
use procura_jose::{Algorithm, AlgorithmSet};
use procura_protocol::vci::{IssuerIdentifier, ProofExpectations, verify_proof};
use procura_sandbox::world::{GOODAIR_DID, Party, REVOKED_INDEX, mandate};
use procura_service::{Clock as _, SystemClock};
use serde_json::{Value, json};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex},
};
use tokio::sync::Notify;
use url::Url;

pub(crate) const CODE: &str = "asju68jgtyk9ikkew";
pub(crate) const PIN: &str = "493536";
pub(crate) const TOKEN: &str = "token-of-the-test";
const GRANT: &str = "urn:ietf:params:oauth:grant-type:pre-authorized_code";

/// The one thing that is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Twist {
    Nothing,
    /// The offer is elsewhere, says the answer.
    OfferRedirects,
    /// The offer does not end.
    OfferHuge,
    OfferOfUnknownCredential,
    MetadataOfAnotherIssuer,
    ServerMetadataOfAnotherIssuer,
    NotAnonymous,
    /// Codes and PINs would go to somebody else.
    TokenEndpointElsewhere,
    CredentialEndpointElsewhere,
    /// The offer is of somebody else, says the offer.
    OfferNamesElsewhere,
    /// An endpoint is elsewhere, says its answer.
    MetadataRedirects,
    TokenRedirects,
    CredentialRedirects,
    /// The first proof is refused with a fresh nonce.
    FreshNonceOnce,
    /// Every proof is refused with a fresh nonce.
    ProofNeverTaken,
    /// The first credential request fails on the issuer's side.
    CredentialLate,
    CredentialForAnotherKey,
    CredentialWithBrokenSeal,
    CredentialSealedByClone,
    CredentialSealedByOther,
    CredentialOfAnotherType,
    CredentialRevoked,
    CredentialExpired,
    /// The status list is out of reach at first.
    StatusLate,
    /// Each answer brings the nonce of the next proof.
    NonceWithEachCredential,
    /// A nonce serves one credential, and the answer does not bring the next one.
    NonceSpent,
    /// The first answer of the token endpoint waits until it is let go.
    TokenSlow,
    /// The same, and the code is spent.
    TokenSlowAndCodeSpent,
    /// The first answer of the credential endpoint waits until it is let go.
    CredentialSlow,
    /// The first credential response waits until it is let go, and is none then.
    CredentialSlowAndLate,
}

pub(crate) struct Issuer {
    pub(crate) origin: Url,
    inner: Arc<Inner>,
}
struct Inner {
    twist: Twist,
    elsewhere: String,
    shapes: Vec<Shape>,
    /// Credentials that are as they should be, before the twist begins.
    spared: usize,
    gate: Gate,
    origin: Url,
    log: Mutex<Log>,
}
#[derive(Default)]
struct Log {
    paths: Vec<String>,
    nonces: usize,
    holders: Vec<String>,
}

impl Issuer {
    pub(crate) async fn new(twist: Twist) -> Self {
        Self::with(twist, Shape::EmployeeV3, "http://127.0.0.1:9".to_owned()).await
    }
    pub(crate) async fn of(shape: Shape) -> Self {
        Self::with(Twist::Nothing, shape, String::new()).await
    }
    pub(crate) async fn with(twist: Twist, shape: Shape, elsewhere: String) -> Self {
        Self::serving(twist, vec![shape], elsewhere, 0).await
    }
    /// Offers two credentials at once; the first of them is not twisted.
    pub(crate) async fn of_two(twist: Twist) -> Self {
        let shapes = vec![Shape::EmployeeV3, Shape::LearCredential];
        Self::serving(twist, shapes, String::new(), 1).await
    }
    async fn serving(twist: Twist, shapes: Vec<Shape>, elsewhere: String, spared: usize) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = Url::parse(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
        let inner = Arc::new(Inner {
            twist,
            elsewhere,
            shapes,
            spared,
            gate: Gate::default(),
            origin: origin.clone(),
            log: Mutex::new(Log::default()),
        });
        let router = Router::new()
            .route("/credential-offer/{nonce}", get(offer))
            .route("/.well-known/openid-credential-issuer", get(issuer_metadata))
            .route("/.well-known/oauth-authorization-server", get(server_metadata))
            .route("/token", post(token))
            .route("/credential", post(credential))
            .route("/status/1", get(status_list))
            .with_state(inner.clone());
        serve_at(listener, router);
        Self { origin, inner }
    }
    pub(crate) fn link(&self) -> String {
        let uri = format!("{}/credential-offer/5j349k3e3n23j", self.inner.base());
        let query = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("credential_offer_uri", &uri)
            .finish();
        format!("{}/credential-offer?{query}", self.inner.base())
    }
    /// How often a path was asked for.
    pub(crate) fn asked(&self, path: &str) -> usize {
        self.inner
            .log
            .lock()
            .unwrap()
            .paths
            .iter()
            .filter(|asked| *asked == path)
            .count()
    }
    /// Waits until a slow answer waits.
    pub(crate) async fn is_being_asked(&self) {
        self.inner.gate.entered.notified().await;
    }
    /// Lets the slow answer go.
    pub(crate) fn answers(&self) {
        self.inner.gate.leave.notify_one();
    }
    pub(crate) fn holders(&self) -> Vec<String> {
        self.inner.log.lock().unwrap().holders.clone()
    }
}
/// Holds an answer back.
#[derive(Default)]
pub(crate) struct Gate {
    pub(crate) entered: Notify,
    pub(crate) leave: Notify,
}
impl Gate {
    pub(crate) async fn pass(&self) {
        self.entered.notify_one();
        self.leave.notified().await;
    }
}
impl Inner {
    fn base(&self) -> &str {
        self.origin.as_str().trim_end_matches('/')
    }
    fn note(&self, path: &str) -> usize {
        let mut log = self.log.lock().unwrap();
        log.paths.push(path.to_owned());
        log.paths.iter().filter(|asked| *asked == path).count()
    }
    fn at(&self, twist: Twist, path: &str) -> String {
        let base = if self.twist == twist {
            &self.elsewhere
        } else {
            self.base()
        };
        format!("{base}{path}")
    }
    fn credential_types(&self) -> Vec<&'static str> {
        self.shapes.iter().map(|shape| shape.credential_type()).collect()
    }
}

async fn offer(State(issuer): State<Arc<Inner>>, Path(_): Path<String>) -> Response {
    issuer.note("/credential-offer");
    let credentials = match issuer.twist {
        Twist::OfferRedirects => return Redirect::temporary("/credential-offer/another").into_response(),
        Twist::OfferHuge => {
            return ([(header::CONTENT_TYPE, "application/json")], " ".repeat(4 << 20)).into_response();
        }
        Twist::OfferOfUnknownCredential => {
            let mut types = issuer.credential_types();
            types.pop();
            types.push("NobodyKnowsThis");
            json!(types)
        }
        _ => json!(issuer.credential_types()),
    };
    Json(json!({
        "credential_issuer": issuer.at(Twist::OfferNamesElsewhere, ""),
        "credentials": credentials,
        "grants": { GRANT: { "pre-authorized_code": CODE, "user_pin_required": true } },
    }))
    .into_response()
}
async fn issuer_metadata(State(issuer): State<Arc<Inner>>) -> Response {
    issuer.note("/metadata");
    if issuer.twist == Twist::MetadataRedirects {
        let elsewhere = format!("{}/.well-known/openid-credential-issuer", issuer.elsewhere);
        return Redirect::temporary(&elsewhere).into_response();
    }
    let name = match issuer.twist {
        Twist::MetadataOfAnotherIssuer => "https://www.goodair.example",
        _ => issuer.base(),
    };
    Json(json!({
        "credential_issuer": name,
        "credential_endpoint": issuer.at(Twist::CredentialEndpointElsewhere, "/credential"),
        "credentials_supported": [],
    }))
    .into_response()
}
async fn server_metadata(State(issuer): State<Arc<Inner>>) -> Json<Value> {
    issuer.note("/metadata");
    let name = match issuer.twist {
        Twist::ServerMetadataOfAnotherIssuer => "https://www.goodair.example",
        _ => issuer.base(),
    };
    Json(json!({
        "issuer": name,
        "token_endpoint": issuer.at(Twist::TokenEndpointElsewhere, "/token"),
        "pre-authorized_grant_anonymous_access_supported": issuer.twist != Twist::NotAnonymous,
    }))
}
async fn token(State(issuer): State<Arc<Inner>>, Form(form): Form<BTreeMap<String, String>>) -> Response {
    let times = issuer.note("/token");
    if issuer.twist == Twist::TokenRedirects {
        let elsewhere = format!("{}/token", issuer.elsewhere);
        return Redirect::temporary(&elsewhere).into_response();
    }
    let slow = matches!(issuer.twist, Twist::TokenSlow | Twist::TokenSlowAndCodeSpent);
    if slow && times == 1 {
        issuer.gate.pass().await;
    }
    let spent = issuer.twist == Twist::TokenSlowAndCodeSpent && times > 1;
    let of = |name: &str| form.get(name).map(String::as_str);
    if of("grant_type") != Some(GRANT)
        || of("pre-authorized_code") != Some(CODE)
        || of("user_pin") != Some(PIN)
        || spent
    {
        return (StatusCode::BAD_REQUEST, Json(json!({ "error": "invalid_grant" }))).into_response();
    }
    Json(json!({
        "access_token": TOKEN, "token_type": "bearer", "expires_in": 300,
        "c_nonce": "nonce-0", "c_nonce_expires_in": 300,
    }))
    .into_response()
}
async fn credential(State(issuer): State<Arc<Inner>>, headers: HeaderMap, body: Bytes) -> Response {
    let times = issuer.note("/credential");
    if issuer.twist == Twist::CredentialRedirects {
        let elsewhere = format!("{}/credential", issuer.elsewhere);
        return Redirect::temporary(&elsewhere).into_response();
    }
    if headers.get(header::AUTHORIZATION).unwrap() != &format!("Bearer {TOKEN}") {
        return (
            StatusCode::UNAUTHORIZED,
            Json(json!({ "error": "invalid_token" })),
        )
            .into_response();
    }
    if issuer.twist == Twist::CredentialSlowAndLate && times == 1 {
        issuer.gate.pass().await;
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    }
    if issuer.twist == Twist::CredentialLate && times == issuer.spared + 1 {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    }
    let request: Value = serde_json::from_slice(&body).unwrap();
    assert_eq!(request["format"], "jwt_vc_json");
    let audience =
        IssuerIdentifier::parse(issuer.base(), &BTreeSet::from([issuer.base().to_owned()])).unwrap();
    let proven = verify_proof(
        request["proof"]["jwt"].as_str().unwrap(),
        &ProofExpectations {
            audience: &audience,
            algorithms: &AlgorithmSet::new(&[Algorithm::Es256]),
            max_age_seconds: 60,
            // Tests move the wallet's clock on.
            skew_seconds: 120,
        },
        SystemClock.now(),
    )
    .expect("the wallet's proof holds");
    if issuer.twist == Twist::CredentialSlow && times == 1 {
        issuer.gate.pass().await;
    }
    let count = issuer.log.lock().unwrap().holders.len();
    let expected = format!("nonce-{}", issuer.log.lock().unwrap().nonces);
    let spent = issuer.twist == Twist::NonceSpent && proven.nonce.expose() != expected;
    assert!(
        spent || proven.nonce.expose() == expected,
        "the newest nonce is used"
    );
    let refuse = match issuer.twist {
        Twist::FreshNonceOnce => times == 1,
        Twist::ProofNeverTaken => count >= issuer.spared,
        _ => false,
    };
    if refuse || spent {
        let mut log = issuer.log.lock().unwrap();
        log.nonces += usize::from(refuse);
        let nonce = format!("nonce-{}", log.nonces);
        let refusal =
            json!({ "error": "invalid_or_missing_proof", "c_nonce": nonce, "c_nonce_expires_in": 300 });
        return (StatusCode::BAD_REQUEST, Json(refusal)).into_response();
    }
    let shape = issuer
        .shapes
        .iter()
        .find(|shape| {
            let types = request["types"].as_array().unwrap();
            types.last().unwrap() == shape.credential_type()
        })
        .expect("what was offered is asked for");
    let twist = if count < issuer.spared {
        Twist::Nothing
    } else {
        issuer.twist
    };
    let mut answer = json!({
        "format": "jwt_vc_json",
        "credential": sealed(&issuer, twist, *shape, &proven.did),
    });
    let mut log = issuer.log.lock().unwrap();
    log.holders.push(proven.did.to_string());
    match issuer.twist {
        Twist::NonceWithEachCredential => {
            log.nonces += 1;
            answer["c_nonce"] = json!(format!("nonce-{}", log.nonces));
            answer["c_nonce_expires_in"] = json!(300);
        }
        Twist::NonceSpent => log.nonces += 1,
        _ => {}
    }
    Json(answer).into_response()
}

/// Whose status list a credential stands in.
fn status_url(issuer: &Inner) -> String {
    match issuer.twist {
        Twist::StatusLate => format!("{}/status/1", issuer.base()),
        _ => house().world.origins().status_list(),
    }
}
async fn status_list(State(issuer): State<Arc<Inner>>) -> Response {
    if issuer.note("/status/1") == 1 {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    }
    let now = Timestamp::from_second(SystemClock.now().as_second()).unwrap();
    let until = now.checked_add(SignedDuration::from_hours(1)).unwrap();
    let bits = status::Bitstring::new(status::Bitstring::MINIMUM);
    let list = status::list_credential(
        &status_url(&issuer),
        &Did::parse(GOODAIR_DID).unwrap(),
        &bits,
        now,
        until,
    );
    let claims = envelope::claims(&list, Envelope::Root).to_string();
    let sealed = house()
        .world
        .seal(Party::GoodAirSeal, Envelope::Root.typ(), claims.as_bytes(), now)
        .unwrap();
    ([(header::CONTENT_TYPE, "application/vc+jwt")], sealed).into_response()
}

/// GoodAir's credential for a holder, with the twist.
fn sealed(issuer: &Inner, twist: Twist, offered: Shape, holder: &Did) -> String {
    let now = Timestamp::from_second(SystemClock.now().as_second()).unwrap();
    let ago = |hours| now.checked_sub(SignedDuration::from_hours(hours)).unwrap();
    let party = match twist {
        Twist::CredentialSealedByClone => Party::SealClone,
        Twist::CredentialSealedByOther => Party::BadAirSeal,
        // The demo's LEARCredential is signed by the person who represents GoodAir.
        _ if offered == Shape::LearCredential => Party::Coo,
        _ => Party::GoodAirSeal,
    };
    let shape = match twist {
        Twist::CredentialOfAnotherType => Shape::LearCredential,
        _ => offered,
    };
    let index = if twist == Twist::CredentialRevoked {
        REVOKED_INDEX
    } else {
        7
    };
    let other = key::encode(
        PrivateKey::generate(Algorithm::Es256.key_kind())
            .unwrap()
            .public_key(),
    )
    .unwrap();
    let holder = if twist == Twist::CredentialForAnotherKey {
        &other
    } else {
        holder
    };
    let (valid_from, valid_until) = match twist {
        Twist::CredentialExpired => (ago(48), ago(24)),
        _ => (ago(0), ago(-24)),
    };
    let did = Did::parse(GOODAIR_DID).unwrap();
    let schema = house()
        .ecosystem
        .join(&format!("schemas/{}.json", schema::name(shape)))
        .unwrap();
    let vc = lear::build(
        &mandate(shape).unwrap(),
        &Issuance {
            id: "urn:uuid:5a3d0bde-0000-4000-8000-000000000007",
            issuer: &did,
            issuer_name: "GoodAir",
            holder,
            valid_from,
            valid_until,
            status: status::entry(&status_url(issuer), index),
            schema: Some(schema.as_str()),
        },
    )
    .unwrap();
    let envelope = if shape == Shape::EmployeeV3 {
        Envelope::Root
    } else {
        Envelope::VcClaim
    };
    let claims = envelope::claims(&vc, envelope).to_string();
    let compact = house()
        .world
        .seal(party, envelope.typ(), claims.as_bytes(), now)
        .unwrap();
    if twist == Twist::CredentialWithBrokenSeal {
        // Another payload under the same seal.
        let pieces: Vec<_> = compact.split('.').collect();
        let changed = claims.replace("John", "Jane");
        assert_ne!(sha256(changed.as_bytes()), sha256(claims.as_bytes()));
        return format!(
            "{}.{}.{}",
            pieces[0],
            procura_jose::base64url::encode(changed.as_bytes()),
            pieces[2]
        );
    }
    compact
}
