//! A verifier of DOME onboarding that seals requests and judges what is presented, and may twist one thing.
use crate::{
    house::{house, serve_at},
    issuer::Gate,
};
use axum::{
    Form, Json, Router,
    extract::{Path, Query, State},
    http::{StatusCode, header},
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use jiff::{SignedDuration, Timestamp};
use procura_credential::judge::{
    Expectations, Judgement, PresentationExpectations, ProvenPresentation, holder_algorithms, presentation,
};
use procura_did::key;
use procura_sandbox::world::{DOME_DID, GOODAIR_DID, Lists, Party};
use procura_service::{Clock as _, SystemClock};
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};
use url::Url;

pub(crate) const STATE: &str = "af0ifjsldkjaf0ifjsldkj";

/// The one thing that is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Twist {
    Nothing,
    /// The request is elsewhere, says the answer.
    Redirects,
    Huge,
    /// Sealed by another organisation in DOME's name.
    SealedByOther,
    SealedByRevoked,
    SealedByClone,
    /// Signed by the COO in GoodAir's name, which the certificate lets him sign mandates in.
    SealedByRepresentative,
    BrokenSeal,
    WrongTyp,
    Issuer,
    Subject,
    Audience,
    Expired,
    LivesTooLong,
    FromTheFuture,
    /// A parameter is not there.
    Without(&'static str),
    /// A parameter has another value.
    With(&'static str, &'static str),
    /// A parameter stands twice.
    Twice(&'static str),
    /// Answers would go there.
    AnswerTo(&'static str),
    /// Presentations are refused.
    Refuses,
    /// The first presentation is refused.
    RefusesFirst,
    /// The login has ended before it is answered.
    Over,
    /// The first answer is not looked at and gets no usable reply.
    LateReply,
    /// The first answer is not looked at, and is told to come again.
    Busy,
    /// The first answer is judged, and a proxy says that there was no time for it.
    BusyProxy,
    /// What is said to the first answer is lost on its way.
    LostReply,
    /// Presentations are refused, and that the first one was is lost on its way.
    LostReplyOfRefusal,
    /// The reply to the first answer waits until it is let go.
    SlowReply,
    /// The reply to the first answer waits until it is let go, and is none then.
    SlowAndLateReply,
    /// The first request waits until it is let go.
    SlowRequest,
    /// The first request is not answered usably.
    LateRequest,
    /// Whoever asks is given the request object that was made first.
    Captured,
    /// A claim is not there.
    WithoutClaim(&'static str),
    /// Two or three ways of asking.
    Queries(&'static [&'static str]),
}

pub(crate) struct Verifier {
    pub(crate) origin: Url,
    inner: Arc<Inner>,
}
struct Inner {
    twist: Twist,
    origin: Url,
    gate: Gate,
    log: Mutex<Log>,
}
#[derive(Default)]
struct Log {
    requests: usize,
    /// The request object that was made first.
    first: Option<String>,
    answers: Vec<BTreeMap<String, String>>,
    /// Answers whose sender has waited for the reply.
    heard: usize,
    holders: Vec<String>,
    /// Presentations that were refused.
    refused: usize,
    /// Accepted, declined, or refused too often: there is no such login any more.
    ended: bool,
}
/// How many presentations are refused before the login ends.
const MAXIMUM_REFUSALS: usize = 5;
/// The nonce of whoever fetches the request first.
pub(crate) const NONCE: &str = "n-0S6_WzA2Mj-n-0S6_WzA2Mj";

/// Each fetch has a nonce of its own.
fn nonce_of(fetch: usize) -> String {
    match fetch {
        1 => NONCE.to_owned(),
        more => format!("{NONCE}.{more}"),
    }
}

impl Verifier {
    pub(crate) async fn new(twist: Twist) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = Url::parse(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
        let inner = Arc::new(Inner {
            twist,
            origin: origin.clone(),
            gate: Gate::default(),
            log: Mutex::new(Log::default()),
        });
        let router = Router::new()
            .route("/authorization-requests", get(request))
            .route("/api/authentication_response", post(answer))
            .with_state(inner.clone());
        serve_at(listener, router);
        Self { origin, inner }
    }
    pub(crate) fn link(&self) -> String {
        format!("{}authorization-requests?state={STATE}", self.origin)
    }
    pub(crate) fn host(&self) -> String {
        format!("127.0.0.1:{}", self.origin.port().unwrap())
    }
    /// Waits until a slow request waits.
    pub(crate) async fn is_being_asked(&self) {
        self.inner.gate.entered.notified().await;
    }
    /// Waits until a slow reply waits.
    pub(crate) async fn is_being_answered(&self) {
        self.inner.gate.entered.notified().await;
    }
    /// Lets the slow request or reply go.
    pub(crate) fn replies(&self) {
        self.inner.gate.leave.notify_one();
    }
    pub(crate) fn requests(&self) -> usize {
        self.inner.log.lock().unwrap().requests
    }
    pub(crate) fn answers(&self) -> Vec<BTreeMap<String, String>> {
        self.inner.log.lock().unwrap().answers.clone()
    }
    /// How many answers were heard to their end.
    pub(crate) fn heard(&self) -> usize {
        self.inner.log.lock().unwrap().heard
    }
    /// Who was proven by presentations that were accepted.
    pub(crate) fn holders(&self) -> Vec<String> {
        self.inner.log.lock().unwrap().holders.clone()
    }
}

/// The stolen seal and the representative are GoodAir's, so GoodAir asks: nothing but the revocation, or that it is a
/// person's signature, is wrong.
fn client(twist: Twist) -> &'static str {
    match twist {
        Twist::SealedByRevoked | Twist::SealedByRepresentative => GOODAIR_DID,
        _ => DOME_DID,
    }
}
/// The parameters of the request, twisted.
fn parameters(twist: Twist, redirect_uri: &str, nonce: &str) -> String {
    let mut all: Vec<(&str, String)> = [
        ("scope", "dome.credentials.presentation.LEARCredentialEmployee"),
        ("response_type", "vp_token"),
        ("response_mode", "direct_post"),
        ("client_id", client(twist)),
        ("client_id_scheme", "did"),
        ("redirect_uri", redirect_uri),
        ("state", STATE),
        ("nonce", nonce),
    ]
    .map(|(name, value)| (name, value.to_owned()))
    .to_vec();
    match twist {
        Twist::Without(name) => all.retain(|(other, _)| *other != name),
        Twist::With(name, value) => {
            all.retain(|(other, _)| *other != name);
            all.push((name, value.to_owned()));
        }
        Twist::Twice(name) => {
            let again = all.iter().find(|(other, _)| *other == name).unwrap().clone();
            all.push(again);
        }
        Twist::Queries(names) => {
            let ways = [
                ("scope", "dome.credentials.presentation.LEARCredentialEmployee"),
                ("presentation_definition", r#"{"id":"a","input_descriptors":[]}"#),
                (
                    "presentation_definition_uri",
                    "https://verifier.example/definition",
                ),
            ];
            all.retain(|(name, _)| *name != "scope");
            let asked = ways.into_iter().filter(|(name, _)| names.contains(name));
            all.extend(asked.map(|(name, value)| (name, value.to_owned())));
        }
        Twist::AnswerTo(uri) => {
            all.retain(|(other, _)| *other != "redirect_uri");
            all.push(("redirect_uri", uri.to_owned()));
        }
        _ => {}
    }
    let query = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(all)
        .finish();
    format!("openid://?{query}")
}
async fn request(
    State(verifier): State<Arc<Inner>>,
    Query(query): Query<BTreeMap<String, String>>,
) -> Response {
    let (fetch, first) = {
        let mut log = verifier.log.lock().unwrap();
        log.requests += 1;
        if log.ended {
            return StatusCode::GONE.into_response();
        }
        (log.requests, log.first.clone())
    };
    assert_eq!(query["state"], STATE);
    match verifier.twist {
        Twist::Redirects => return Redirect::temporary("/elsewhere").into_response(),
        Twist::Huge => {
            return ([(header::CONTENT_TYPE, "application/jwt")], "e".repeat(4 << 20)).into_response();
        }
        Twist::LateRequest if fetch == 1 => return StatusCode::SERVICE_UNAVAILABLE.into_response(),
        Twist::SlowRequest if fetch == 1 => verifier.gate.pass().await,
        _ => {}
    }
    let twist = verifier.twist;
    let now = SystemClock.now().as_second();
    let (iat, exp) = match twist {
        Twist::Expired => (now - 90, now - 30),
        Twist::LivesTooLong => (now, now + 3600),
        Twist::FromTheFuture => (now + 120, now + 180),
        _ => (now, now + 60),
    };
    let of = |wrong| {
        if twist == wrong {
            GOODAIR_DID
        } else {
            client(twist)
        }
    };
    let redirect_uri = format!("{}api/authentication_response", verifier.origin);
    let mut claims = json!({
        "iss": of(Twist::Issuer),
        "sub": of(Twist::Subject),
        "aud": if twist == Twist::Audience { "https://wallet.example" } else { "https://self-issued.me/v2" },
        "iat": iat,
        "exp": exp,
        "auth_request": parameters(twist, &redirect_uri, &nonce_of(fetch)),
    });
    if let Twist::WithoutClaim(name) = twist {
        claims.as_object_mut().unwrap().remove(name).expect("a claim");
    }
    let claims = claims.to_string();
    let party = match twist {
        Twist::SealedByOther => Party::BadAirSeal,
        Twist::SealedByRevoked => Party::RevokedSeal,
        Twist::SealedByClone => Party::SealClone,
        Twist::SealedByRepresentative => Party::Coo,
        _ => Party::DomeSeal,
    };
    let typ = if twist == Twist::WrongTyp {
        "JWT"
    } else {
        "oauth-authz-req+jwt"
    };
    let at = Timestamp::from_second(now)
        .unwrap()
        .checked_sub(SignedDuration::from_secs(1))
        .unwrap();
    let sealed = house().world.seal(party, typ, claims.as_bytes(), at).unwrap();
    let sealed = if twist == Twist::BrokenSeal {
        let pieces: Vec<_> = sealed.split('.').collect();
        let changed = claims.replace(STATE, &STATE.replace('a', "b"));
        format!(
            "{}.{}.{}",
            pieces[0],
            procura_jose::base64url::encode(changed.as_bytes()),
            pieces[2]
        )
    } else {
        sealed
    };
    let sealed = match first {
        Some(first) if twist == Twist::Captured => first,
        _ => sealed,
    };
    verifier
        .log
        .lock()
        .unwrap()
        .first
        .get_or_insert_with(|| sealed.clone());
    (
        [(header::CONTENT_TYPE, "application/oauth-authz-req+jwt")],
        sealed,
    )
        .into_response()
}
async fn answer(State(verifier): State<Arc<Inner>>, Form(form): Form<BTreeMap<String, String>>) -> Response {
    let times = {
        let mut log = verifier.log.lock().unwrap();
        log.answers.push(form.clone());
        log.answers.len()
    };
    if matches!(verifier.twist, Twist::SlowReply | Twist::SlowAndLateReply) && times == 1 {
        verifier.gate.pass().await;
    }
    if matches!(verifier.twist, Twist::LateReply | Twist::SlowAndLateReply) && times == 1 {
        return StatusCode::GATEWAY_TIMEOUT.into_response();
    }
    if verifier.twist == Twist::Busy && times == 1 {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    }
    verifier.log.lock().unwrap().heard += 1;
    let reply = judged(&verifier, &form);
    if verifier.twist == Twist::BusyProxy && times == 1 {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    }
    if matches!(verifier.twist, Twist::LostReply | Twist::LostReplyOfRefusal) && times == 1 {
        return StatusCode::BAD_GATEWAY.into_response();
    }
    reply
}
/// As the verifier says it: one answer ends a login, and to the next one there is none.
fn judged(verifier: &Inner, form: &BTreeMap<String, String>) -> Response {
    let refused = |body| (StatusCode::BAD_REQUEST, Json(body)).into_response();
    if verifier.log.lock().unwrap().ended || verifier.twist == Twist::Over {
        return refused(json!({ "error": "invalid_request", "code": "PRO-4022" }));
    }
    if form.contains_key("error") {
        // Whoever was handed another nonce than the first is heard, and changes nothing.
        verifier.log.lock().unwrap().ended = form["nonce"] == NONCE;
        return Json(json!({ "accepted": false })).into_response();
    }
    let proven = proven(verifier, form);
    let mut log = verifier.log.lock().unwrap();
    let is_refused = match verifier.twist {
        Twist::Refuses | Twist::LostReplyOfRefusal => true,
        Twist::RefusesFirst => log.refused == 0,
        _ => false,
    };
    if is_refused {
        log.refused += 1;
        log.ended = log.refused == MAXIMUM_REFUSALS;
        let check = json!({ "name": "status", "code": "PRO-1043", "outcome": "failed" });
        return refused(json!({ "error": "access_denied", "code": "PRO-4023", "checks": [check] }));
    }
    log.ended = true;
    log.holders.push(proven.holder.to_string());
    Json(json!({ "accepted": true })).into_response()
}
/// A presentation that is one for a nonce that was handed out.
fn proven(verifier: &Inner, form: &BTreeMap<String, String>) -> ProvenPresentation {
    let submission: Value = serde_json::from_str(&form["presentation_submission"]).unwrap();
    assert_eq!(submission["descriptor_map"][0]["format"], "jwt_vp_json");
    assert_eq!(form["state"], STATE);
    let now = SystemClock.now();
    let facts = house().world.facts(Lists::Current, now).unwrap();
    let fetches = verifier.log.lock().unwrap().requests;
    let judged = |fetch| {
        let expectations = PresentationExpectations {
            credential: Expectations::strict(["LEARCredentialEmployee".to_owned()]),
            nonce: nonce_of(fetch),
            audience: DOME_DID.to_owned(),
            max_age_seconds: 60,
            holder_algorithms: holder_algorithms(),
        };
        match presentation(&form["vp_token"], &expectations, &facts, now) {
            Judgement::Judged { proven, verdict } => {
                proven.ok_or_else(|| format!("{:?}", verdict.refused_by()))
            }
            Judgement::Needs(needs) => panic!("{needs:?}"),
        }
    };
    let judgements: Vec<_> = (1..=fetches).map(judged).collect();
    let (mut accepted, refused): (Vec<_>, Vec<_>) = judgements.into_iter().partition(Result::is_ok);
    let proven = accepted.pop().unwrap_or_else(|| panic!("{refused:?}")).unwrap();
    key::decode(&proven.holder).unwrap();
    proven
}

/// A registry of participants that answers everything in one way.
pub(crate) async fn registry(status: StatusCode, body: Value) -> Url {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let router = Router::new().route(
        "/api/did/v1/identifiers/{did}",
        get(move |Path(_): Path<String>| async move { (status, Json(body)) }),
    );
    serve_at(listener, router)
}

/// A registry of participants that fails at first, and knows everybody then.
pub(crate) async fn late_registry() -> Url {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let asked = Arc::new(Mutex::new(0));
    let router = Router::new().route(
        "/api/did/v1/identifiers/{did}",
        get(move |Path(did): Path<String>| async move {
            let mut asked = asked.lock().unwrap();
            *asked += 1;
            match *asked {
                1 => StatusCode::SERVICE_UNAVAILABLE.into_response(),
                _ => Json(json!({ "id": did, "active": true })).into_response(),
            }
        }),
    );
    serve_at(listener, router)
}
