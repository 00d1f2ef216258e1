//! Access tokens in which exactly one thing is wrong, at a portal that verifies by the keys that the verifier publishes.
//!
//! They are signed by a key that the verifier publishes beside its own, and differ from an accepted token in one member.
use procura_credential::lear::Shape;
use procura_crypto::{Curve, KeyKind, PrivateKey, random};
use procura_jose::{Algorithm, Jwk, base64url, jws};
use procura_sandbox::world::GOODAIR_DID;
use procura_service::SystemRng;
use procura_tests::{Portal, Stage, on_each_database, people::Told};
use reqwest::StatusCode;
use serde_json::{Map, Value, json};

/// A code as verifiers give them.
const RESPONSE_CODE: &str = "BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB";

type Members = Map<String, Value>;

/// Mints tokens like one that was accepted.
struct Minter {
    key: PrivateKey,
    /// Published, and good for signatures, but not by an algorithm that tokens may have.
    strong: PrivateKey,
    header: Members,
    claims: Members,
}

fn key(curve: Curve) -> PrivateKey {
    PrivateKey::generate(KeyKind::Ec(curve)).expect("a key")
}

/// From now on, the verifier publishes these keys as well.
fn publish(stage: &Stage, keys: &[(&str, &PrivateKey)]) {
    let keys: Vec<_> = keys
        .iter()
        .map(|(kid, key)| {
            let mut jwk = Jwk::of(key.public_key().clone()).to_json();
            jwk.insert("kid".to_owned(), json!(kid));
            Value::Object(jwk)
        })
        .collect();
    stage.places.verifier.alter("/jwks", move |published| {
        let mut published: Value = serde_json::from_str(published).expect("keys");
        let all = published["keys"].as_array_mut().expect("keys");
        all.extend(keys.iter().cloned());
        published.to_string()
    });
}

fn members(token: &str, part: usize) -> Members {
    let part = token.split('.').nth(part).expect("a compact JWS");
    let part = base64url::decode(part).expect("base64url");
    serde_json::from_slice(&part).expect("an object")
}

impl Minter {
    /// John Doe signs in; what the portal is told becomes the pattern.
    async fn new(stage: &Stage, portal: &Portal) -> Self {
        let key = key(Curve::P256);
        let strong = self::key(Curve::P384);
        publish(stage, &[("k", &key), ("strong", &strong)]);
        let employee = stage.open_account().await;
        let issuance = stage.issue(Shape::LearCredential).await;
        let credential = stage.receive(&employee, &issuance).await;
        let mut login = stage.begin_login(portal).await;
        let request = stage.confirm(&employee, &login).await;
        assert!(stage.present(&employee, &request, &credential).await.accepted);
        assert!(stage.greeting(&mut login).await.contains("Good day, John Doe"));
        stage.outbox_is_empty().await;
        let told = stage.told(portal).remove(0);
        let mut header = members(&told.access_token, 0);
        header.insert("kid".to_owned(), json!("k"));
        Self {
            key,
            strong,
            header,
            claims: members(&told.access_token, 1),
        }
    }

    /// A token of its own name, changed before it is signed.
    fn token(&self, change: impl FnOnce(&mut Members, &mut Members)) -> String {
        self.signed(&self.key, Algorithm::Es256, change)
    }

    fn signed(
        &self,
        key: &PrivateKey,
        algorithm: Algorithm,
        change: impl FnOnce(&mut Members, &mut Members),
    ) -> String {
        let (mut header, mut claims) = (self.header.clone(), self.claims.clone());
        claims.insert("jti".to_owned(), json!(random::token(&mut SystemRng, 16)));
        change(&mut header, &mut claims);
        let claims = Value::Object(claims).to_string();
        jws::sign(key, algorithm, header, claims.as_bytes()).expect("a token")
    }

    fn with_header(&self, name: &str, value: Option<Value>) -> String {
        self.token(|header, _| set(header, name, value))
    }

    fn with_claim(&self, name: &str, value: Option<Value>) -> String {
        self.token(|_, claims| set(claims, name, value))
    }
}

fn set(members: &mut Members, name: &str, value: Option<Value>) {
    match value {
        Some(value) => members.insert(name.to_owned(), value),
        None => members.remove(name),
    };
}

/// A session waits, the token is refused by `code` alone, the session still waits, and a good token completes it.
async fn assert_refused(
    stage: &Stage,
    minter: &Minter,
    portal: &Portal,
    what: &str,
    token: &str,
    code: &str,
) {
    let refusal = (StatusCode::BAD_REQUEST, "invalid_token", code);
    assert_completes_nothing(stage, minter, portal, what, token, refusal).await;
}

async fn assert_completes_nothing(
    stage: &Stage,
    minter: &Minter,
    portal: &Portal,
    what: &str,
    token: &str,
    (refused, error, code): (StatusCode, &str, &str),
) {
    let mut login = stage.begin_login(portal).await;
    let told = |access_token: &str| Told {
        access_token: access_token.to_owned(),
        state: login.state.clone(),
        response_code: RESPONSE_CODE.to_owned(),
    };
    let (attack, control) = (told(token), told(&minter.token(|_, _| {})));
    let (status, answer) = stage.notify(portal, &attack).await;
    assert_eq!(
        (status, &answer["error"], &answer["code"]),
        (refused, &json!(error), &json!(code)),
        "{what}: {answer}"
    );
    let page = stage.come_back(&mut login.browser, portal, &attack).await;
    assert!(!page.contains("Good day"), "{what}: {page}");
    let (status, answer) = stage.notify(portal, &control).await;
    assert_eq!(status, StatusCode::NO_CONTENT, "the control of {what}: {answer}");
    let page = stage.come_back(&mut login.browser, portal, &control).await;
    assert!(
        page.contains("Good day, John Doe"),
        "the control of {what}: {page}"
    );
}

async fn a_token_of_another_kind_key_issuer_audience_time_or_scope_completes_no_session(stage: &mut Stage) {
    let portal = stage.portal("portal");
    let minter = Minter::new(stage, portal).await;
    let at = |seconds: i64| Some(json!(stage.now().as_second() + seconds));
    let own = minter.claims["aud"].clone();
    let elsewhere = stage.portal("market").place.url().as_str();
    let attacks = [
        (
            "typ: JWT",
            minter.with_header("typ", Some(json!("JWT"))),
            "PRO-5010",
        ),
        (
            "typ: vc+jwt",
            minter.with_header("typ", Some(json!("vc+jwt"))),
            "PRO-5010",
        ),
        ("no typ", minter.with_header("typ", None), "PRO-5010"),
        (
            "unknown kid",
            minter.with_header("kid", Some(json!("k9"))),
            "PRO-5011",
        ),
        ("no kid", minter.with_header("kid", None), "PRO-5011"),
        (
            "another aud",
            minter.with_claim("aud", Some(json!(elsewhere))),
            "PRO-5012",
        ),
        (
            "a second aud",
            minter.with_claim("aud", Some(json!([own, elsewhere]))),
            "PRO-5012",
        ),
        (
            "another iss",
            minter.with_claim("iss", Some(json!(GOODAIR_DID))),
            "PRO-5013",
        ),
        (
            "another client_id",
            minter.with_claim("client_id", Some(json!(GOODAIR_DID))),
            "PRO-5013",
        ),
        ("expired", minter.with_claim("exp", at(-31)), "PRO-5014"),
        ("no exp", minter.with_claim("exp", None), "PRO-5016"),
        ("no jti", minter.with_claim("jti", None), "PRO-5016"),
        (
            "another scope",
            minter.with_claim("scope", Some(json!("vp_token"))),
            "PRO-5017",
        ),
        ("no mandate", minter.with_claim("vc", Some(json!({}))), "PRO-5018"),
    ];
    for (what, token, code) in attacks {
        assert_refused(stage, &minter, portal, what, &token, code).await;
    }
    // Good before long, where only the clocks differ: the verifier is to send it again.
    let early = minter.with_claim("iat", at(31));
    let refusal = (
        StatusCode::SERVICE_UNAVAILABLE,
        "temporarily_unavailable",
        "PRO-5014",
    );
    assert_completes_nothing(stage, &minter, portal, "from the future", &early, refusal).await;
}

async fn a_token_by_another_algorithm_or_signature_completes_no_session(stage: &mut Stage) {
    let portal = stage.portal("portal");
    let minter = Minter::new(stage, portal).await;
    let by_strong = minter.signed(&minter.strong, Algorithm::Es384, |header, _| {
        set(header, "alg", Some(json!("ES384")));
        set(header, "kid", Some(json!("strong")));
    });
    let stranger = minter.signed(&key(Curve::P256), Algorithm::Es256, |_, _| {});
    let good = minter.token(|_, _| {});
    let [header, payload, signature] = good.split('.').collect::<Vec<_>>()[..] else {
        panic!("compact")
    };
    let with_alg = |alg: &str, signature: &str| {
        let mut header: Members =
            serde_json::from_slice(&base64url::decode(header).expect("base64url")).expect("an object");
        set(&mut header, "alg", Some(json!(alg)));
        let header = base64url::encode(Value::Object(header).to_string().as_bytes());
        format!("{header}.{payload}.{signature}")
    };
    let mut broken = base64url::decode(signature).expect("base64url");
    broken[0] ^= 1;
    for (what, token) in [
        ("ES384", by_strong),
        ("a stranger's signature", stranger),
        (
            "a broken signature",
            format!("{header}.{payload}.{}", base64url::encode(&broken)),
        ),
        ("none", with_alg("none", "")),
        ("none with a signature", with_alg("none", signature)),
        ("HS256", with_alg("HS256", &base64url::encode(&[7; 32]))),
        ("RS256 by the name alone", with_alg("RS256", signature)),
    ] {
        assert_refused(stage, &minter, portal, what, &token, "PRO-5015").await;
    }
}

async fn the_response_code_of_another_browser_signs_nobody_in(stage: &mut Stage) {
    let portal = stage.portal("portal");
    let minter = Minter::new(stage, portal).await;
    let (mut mine, mut other) = (stage.begin_login(portal).await, stage.begin_login(portal).await);
    let told = |state: &str, letter: &str| Told {
        access_token: minter.token(|_, _| {}),
        state: state.to_owned(),
        response_code: letter.repeat(43),
    };
    let (to_me, to_other) = (told(&mine.state, "C"), told(&other.state, "D"));
    for told in [&to_me, &to_other] {
        assert_eq!(stage.notify(portal, told).await.0, StatusCode::NO_CONTENT);
    }
    // With the other's state or with one's own: the code belongs to the other browser.
    for state in [&to_me.state, &to_other.state] {
        let attack = Told {
            state: state.clone(),
            ..to_other.clone()
        };
        let page = stage.come_back(&mut mine.browser, portal, &attack).await;
        assert!(!page.contains("Good day"), "{page}");
        assert!(!stage.home(&mut mine).await.contains("Good day"));
    }
    for (login, told) in [(&mut mine, &to_me), (&mut other, &to_other)] {
        let page = stage.come_back(&mut login.browser, portal, told).await;
        assert!(page.contains("Good day, John Doe"), "the control: {page}");
    }
}

on_each_database!(
    a_token_of_another_kind_key_issuer_audience_time_or_scope_completes_no_session,
    a_token_by_another_algorithm_or_signature_completes_no_session,
    the_response_code_of_another_browser_signs_nobody_in,
);
