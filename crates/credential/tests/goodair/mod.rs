//! The GoodAir world, as the tests of judging use it: a passing control, and ways to change exactly one thing of it.
#![expect(
    dead_code,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "for tests only, and each test file uses its part"
)]
use jiff::{SignedDuration, Timestamp};
use procura_credential::{
    CheckName, Expectations, Facts, Judgement, Outcome, Verdict,
    envelope::{self, Envelope},
    judge::{self, PresentationExpectations, ProvenCredential, ProvenPresentation},
    lear::Shape,
};
use procura_crypto::{KeyKind, PrivateKey, Rng, digest::sha256, key::Curve};
use procura_did::Did;
use procura_jose::{Algorithm, base64url, jws};
use procura_sandbox::world::{Lists, Origins, Party, Plan, REPRESENTATIVE_POLICY, World};
use serde_json::{Map, Value};
use std::sync::LazyLock;

pub(crate) const NONCE: &str = "n-0S6_WzA2Mj-0123456789";
pub(crate) const AUDIENCE: &str = procura_sandbox::world::DOME_DID;

/// SHA-256 in counter mode: repeatable.
struct Counter(u64);
impl Rng for Counter {
    fn fill(&mut self, out: &mut [u8]) {
        for chunk in out.chunks_mut(32) {
            self.0 += 1;
            chunk.copy_from_slice(&sha256(&self.0.to_be_bytes())[..chunk.len()]);
        }
    }
}

static WORLD: LazyLock<World> = LazyLock::new(|| {
    let origins = Origins::loopback([4710, 4711, 4712, 4713, 4714, 4715]).unwrap();
    let plan = Plan {
        origins,
        now: "2026-03-01T12:00:00Z".parse().unwrap(),
    };
    World::make(&plan, &mut Counter(0)).unwrap()
});
static FACTS: LazyLock<Facts> = LazyLock::new(|| WORLD.facts(Lists::Current, now()).unwrap());

pub(crate) fn world() -> &'static World {
    &WORLD
}
pub(crate) fn facts() -> Facts {
    FACTS.clone()
}
pub(crate) fn now() -> Timestamp {
    WORLD.index().made_at
}
pub(crate) fn after(seconds: i64) -> Timestamp {
    now().checked_add(SignedDuration::from_secs(seconds)).unwrap()
}

pub(crate) fn expectations() -> Expectations {
    let types = ["LEARCredential", "LEARCredentialEmployee"].map(str::to_owned);
    let mut expectations = Expectations::strict(types);
    expectations
        .representative_policies
        .insert(REPRESENTATIVE_POLICY.to_owned());
    expectations
}
pub(crate) fn presentation_expectations() -> PresentationExpectations {
    PresentationExpectations {
        credential: expectations(),
        nonce: NONCE.to_owned(),
        audience: AUDIENCE.to_owned(),
        max_age_seconds: 300,
        holder_algorithms: judge::holder_algorithms(),
    }
}

/// Whatever is judged with these facts needs no others.
pub(crate) fn judged<T>(judgement: Judgement<T>) -> (Verdict, Option<T>) {
    match judgement {
        Judgement::Judged { verdict, proven } => (verdict, proven),
        Judgement::Needs(needs) => panic!("needs {needs:?}"),
    }
}
pub(crate) fn judge_credential(
    raw: &str,
    expectations: &Expectations,
    facts: &Facts,
) -> (Verdict, Option<ProvenCredential>) {
    judged(judge::credential(raw, None, expectations, facts, now()))
}
pub(crate) fn judge_presentation(vp_token: &str) -> (Verdict, Option<ProvenPresentation>) {
    judged(judge::presentation(
        vp_token,
        &presentation_expectations(),
        &facts(),
        now(),
    ))
}

/// Exactly this check refuses; it failed, or is unknown.
#[track_caller]
pub(crate) fn assert_refused<T>((verdict, proven): &(Verdict, Option<T>), by: CheckName, outcome: Outcome) {
    assert_eq!(
        verdict.refused_by(),
        [by],
        "{}",
        procura_credential::report::text(verdict)
    );
    assert_eq!(verdict.check(by).unwrap().outcome, outcome);
    assert!(verdict.check(by).unwrap().mend.is_some());
    assert!(proven.is_none());
}
#[track_caller]
pub(crate) fn assert_accepted<T>((verdict, proven): &(Verdict, Option<T>)) {
    assert!(
        verdict.accepted(),
        "{}",
        procura_credential::report::text(verdict)
    );
    assert!(proven.is_some());
}

/// A credential of the world: the control of every attack.
pub(crate) fn good(shape: Shape) -> String {
    world().good_credential(shape).unwrap()
}
/// The VC of the control.
pub(crate) fn good_vc(shape: Shape) -> Value {
    let claims = claims_of(&good(shape));
    match shape {
        Shape::EmployeeV3 => {
            let members = claims.as_object().unwrap().iter();
            let outer = ["iss", "sub", "jti", "nbf", "exp", "iat", "cnf"];
            Value::Object(
                members
                    .filter(|(name, _)| !outer.contains(&name.as_str()))
                    .map(|(n, v)| (n.clone(), v.clone()))
                    .collect(),
            )
        }
        _ => claims["vc"].clone(),
    }
}
pub(crate) fn header_of(jws: &str) -> Map<String, Value> {
    serde_json::from_slice(&base64url::decode(jws.split('.').next().unwrap()).unwrap()).unwrap()
}
pub(crate) fn claims_of(jws: &str) -> Value {
    serde_json::from_slice(&base64url::decode(jws.split('.').nth(1).unwrap()).unwrap()).unwrap()
}
/// Seals a VC as it stands, in the envelope of its shape.
pub(crate) fn sealed(party: Party, vc: &Value, envelope: Envelope) -> String {
    sealed_claims(party, &envelope::claims(vc, envelope), envelope.typ())
}
pub(crate) fn sealed_claims(party: Party, claims: &Value, typ: &str) -> String {
    world()
        .seal(party, typ, claims.to_string().as_bytes(), now())
        .unwrap()
}
/// GoodAir seals the v3 control after `change`.
pub(crate) fn changed(change: impl FnOnce(&mut Value)) -> String {
    let mut vc = good_vc(Shape::EmployeeV3);
    change(&mut vc);
    sealed(Party::GoodAirSeal, &vc, Envelope::Root)
}
/// Signs with a party's key after changing the header that JAdES demands.
pub(crate) fn with_header(raw: &str, party: Party, change: impl FnOnce(&mut Map<String, Value>)) -> String {
    let mut header = header_of(raw);
    change(&mut header);
    let key = PrivateKey::from_pkcs8_pem(world().party(party).unwrap().key_pem()).unwrap();
    let payload = base64url::decode(raw.split('.').nth(1).unwrap()).unwrap();
    jws::sign(&key, Algorithm::Es256, header, &payload).unwrap()
}

/// Another holder.
pub(crate) struct Stranger {
    pub(crate) key: PrivateKey,
    pub(crate) did: Did,
}
pub(crate) fn stranger() -> Stranger {
    let key = PrivateKey::generate(KeyKind::Ec(Curve::P256)).unwrap();
    let did = procura_did::key::encode(key.public_key()).unwrap();
    Stranger { key, did }
}
