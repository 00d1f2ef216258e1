//! OCSP responders: who may speak for a CA, and who vouches for whom.
use crate::{
    forge::*,
    responder::{self, Answer, OCSP_SIGNING, no_check, purposes},
    scene::*,
};
use procura_pki::Certificate;

/// An hour after the answers.
const TODAY: &str = "2026-06-01T18:00:00Z";
const UNKNOWN: &str = "INDETERMINATE / TRY_LATER";

/// A responder of the scene's CA.
struct Responder {
    keys: Issuer,
    certificate: Certificate,
}
impl Responder {
    /// Its certificate as `change` makes it from one without extensions but keyUsage.
    fn with(number: u8, issuer: &Issuer, change: impl FnOnce(Request) -> Request) -> Self {
        let keys = Issuer::new(&format!("OCSP responder {number}"));
        let mut request = responder::World::request(&keys);
        request.serial = vec![0x70, number];
        Self {
            certificate: change(request).signed_by(issuer),
            keys,
        }
    }
    /// Nobody is asked for its own status.
    fn trusted(number: u8, issuer: &Issuer) -> Self {
        Self::with(number, issuer, |request| {
            request.with(purposes(&[OCSP_SIGNING])).with(no_check())
        })
    }
    /// Somebody is.
    fn asked(number: u8, issuer: &Issuer) -> Self {
        Self::with(number, issuer, |request| request.with(purposes(&[OCSP_SIGNING])))
    }
    /// A certificate of the scene's CA is good, of this noon until the next.
    fn says(&self, scene: &Scene, of: &Certificate) -> Answer {
        let world = responder::World {
            ca: scene.authority.clone(),
            issuer: scene.authority_certificate.clone(),
            leaf: of.clone(),
            delegate: self.keys.clone(),
            delegated: self.certificate.clone(),
        };
        let noon = at("2026-06-01T17:00:00Z");
        let mut answer = world.delegated().one(|single| {
            single.this_update = noon;
            single.next_update = Some(noon + jiff::SignedDuration::from_hours(24));
        });
        answer.produced_at = noon;
        answer
    }
}
/// Of the CA there is a list; of everything below it these answers.
fn judge(scene: &Scene, answers: &[Answer]) -> Judge {
    let mut judge = Judge::of(scene, TODAY);
    judge.revocation = vec![read(&list(&scene.root, "2026-06-01T06:00:00Z", &[]))];
    let answers = answers.iter().map(|answer| answer.read().unwrap().into());
    judge.revocation.extend(answers);
    judge
}
#[track_caller]
fn concluded(scene: &Scene, answers: &[Answer], conclusion: &str, word: &str) {
    let report = only(&judge(scene, answers), &scene.document());
    assert_eq!(report.conclusion.to_string(), conclusion, "{report:#?}");
    assert!(report.sentence.contains(word), "{}", report.sentence);
    let expected: &[&str] = if conclusion == PASSED {
        &[]
    } else {
        &["revocation"]
    };
    assert_eq!(failed(&report), expected);
}

#[test]
fn a_responder_of_the_ca_may_tell_that_a_seal_is_good() {
    let scene = Scene::new();
    let responder = Responder::trusted(1, &scene.authority);
    let answer = responder.says(&scene, &scene.certificate);
    concluded(&scene, &[answer], PASSED, "");
}

type Change = fn(Request) -> Request;

/// RFC 6960 §4.2.2.2.
#[test]
fn a_certificate_that_is_not_for_ocsp_tells_nothing() {
    let cases: [(Change, &str); 6] = [
        (|request| request, "lacks id-kp-OCSPSigning"),
        (
            |request| request.with(purposes(&["1.3.6.1.5.5.7.3.1"])),
            "lacks id-kp-OCSPSigning",
        ),
        (
            |request| request.with(purposes(&["1.3.6.1.5.5.7.3.8"])),
            "lacks id-kp-OCSPSigning",
        ),
        // anyExtendedKeyUsage delegates nothing.
        (
            |request| request.with(purposes(&["2.5.29.37.0"])),
            "lacks id-kp-OCSPSigning",
        ),
        (
            |request| {
                request
                    .with(purposes(&[OCSP_SIGNING]))
                    .with(basic_constraints(true, None))
            },
            "that of a CA",
        ),
        (
            |request| {
                request
                    .without_extensions()
                    .with(key_usage(KEY_ENCIPHERMENT))
                    .with(purposes(&[OCSP_SIGNING]))
            },
            "neither digitalSignature nor nonRepudiation",
        ),
    ];
    let scene = Scene::new();
    for (change, word) in cases {
        let responder = Responder::with(1, &scene.authority, |request| change(request).with(no_check()));
        let answer = responder.says(&scene, &scene.certificate);
        concluded(&scene, &[answer], UNKNOWN, word);
    }
}

#[test]
fn a_responder_of_another_ca_tells_nothing() {
    let scene = Scene::new();
    // Of the same name; of the CA above; of a CA below.
    let mut namesake = Issuer::new("x");
    namesake.name.clone_from(&scene.authority.name);
    let below = Issuer::new("Sub CA");
    for issuer in [&namesake, &scene.root, &below, &scene.stamps] {
        let responder = Responder::trusted(1, issuer);
        let answer = responder.says(&scene, &scene.certificate);
        concluded(&scene, &[answer], UNKNOWN, "another key issued its certificate");
    }
}

#[test]
fn an_answer_by_another_key_or_of_another_certificate_tells_nothing() {
    let scene = Scene::new();
    let responder = Responder::trusted(1, &scene.authority);
    let mut forged = responder.says(&scene, &scene.certificate);
    forged.key = Issuer::new("x").key;
    concluded(&scene, &[forged], UNKNOWN, "does not verify");
    let mut request = Issuer::new("Other seal").leaf();
    request.serial = vec![0x55];
    let other = request.signed_by(&scene.authority);
    concluded(&scene, &[responder.says(&scene, &other)], UNKNOWN, "");
}

/// ocsp-nocheck is for responders (RFC 6960 §4.2.2.2.1): no seal, and no CA, is excused by it.
#[test]
fn nocheck_excuses_responders_alone() {
    let mut scene = Scene::new();
    let plain = scene.certificate.clone();
    scene.certificate = scene.seal.leaf().with(no_check()).signed_by(&scene.authority);
    concluded(&scene, &[], UNKNOWN, "certificate O=RealTruth, CN=Seal");
    scene.certificate = plain;
    scene.authority_certificate = scene.authority.ca().with(no_check()).signed_by(&scene.root);
    let mut judge = Judge::of(&scene, SOON);
    judge.revocation = vec![read(&list(&scene.authority, "2026-06-07T00:00:00Z", &[]))];
    let report = only(&judge, &scene.document());
    assert_eq!(report.conclusion.to_string(), UNKNOWN);
    assert!(report.sentence.contains("CN=CA"), "{}", report.sentence);
}

#[test]
fn a_responder_without_nocheck_is_believed_as_far_as_its_own_status_is_known() {
    let scene = Scene::new();
    let responder = Responder::asked(1, &scene.authority);
    let answer = responder.says(&scene, &scene.certificate);
    concluded(&scene, std::slice::from_ref(&answer), UNKNOWN, "OCSP responder 1");
    let second = Responder::trusted(2, &scene.authority);
    let good = second.says(&scene, &responder.certificate);
    concluded(&scene, &[answer.clone(), good.clone()], PASSED, "");
    let revoked = good.one(|single| {
        single.status = responder::revoked("2026-05-01T00:00:00Z", Some(1));
    });
    concluded(&scene, &[answer, revoked], UNKNOWN, "");
}

#[test]
fn responders_that_vouch_for_each_other_vouch_for_nothing() {
    let scene = Scene::new();
    let [first, second] = [1, 2].map(|number| Responder::asked(number, &scene.authority));
    let answers = [
        first.says(&scene, &scene.certificate),
        second.says(&scene, &first.certificate),
        first.says(&scene, &second.certificate),
    ];
    concluded(&scene, &answers, UNKNOWN, "");
}

/// One responder is asked for another, and that one for a third, who is excused; no further.
#[test]
fn two_responders_may_stand_behind_one_and_no_third() {
    let scene = Scene::new();
    let chain = |length: u8| {
        let mut answers = Vec::new();
        let mut about = scene.certificate.clone();
        for number in 1..=length {
            let responder = if number == length {
                Responder::trusted(number, &scene.authority)
            } else {
                Responder::asked(number, &scene.authority)
            };
            answers.push(responder.says(&scene, &about));
            about = responder.certificate;
        }
        answers
    };
    concluded(&scene, &chain(3), PASSED, "");
    concluded(&scene, &chain(4), UNKNOWN, "");
}

/// RFC 9608, EN 319 412-1 §5.2.
#[test]
fn certificates_that_are_exempt_from_revocation_need_no_data_and_cas_are_not() {
    let none_available = || extension("2.5.29.56", false, vec![5, 0]);
    let short_term = || extension("0.4.0.194121.2.1", false, vec![5, 0]);
    for (exempt, conclusion) in [
        (vec![none_available()], PASSED),
        (vec![short_term()], PASSED),
        // Who names a list is not without one.
        (
            vec![none_available(), crl_points(&["http://ca.example/crl"])],
            UNKNOWN,
        ),
        (vec![], UNKNOWN),
    ] {
        let mut scene = Scene::new();
        let request = exempt.into_iter().fold(scene.seal.leaf(), Request::with);
        scene.certificate = request.signed_by(&scene.authority);
        concluded(&scene, &[], conclusion, "");
    }
    for exempt in [none_available(), short_term()] {
        let mut scene = Scene::new();
        scene.authority_certificate = scene.authority.ca().with(exempt).signed_by(&scene.root);
        let mut judge = Judge::of(&scene, SOON);
        judge.revocation = vec![read(&list(&scene.authority, "2026-06-07T00:00:00Z", &[]))];
        assert_eq!(judge.conclusion(&scene.document()), UNKNOWN);
    }
}

/// EN 319 102-1 §5.2.5.4: where data do not say when newer ones come, the policy says how old they may be.
#[test]
fn data_without_a_next_update_are_fresh_for_as_long_as_the_policy_has_it() {
    let scene = Scene::new();
    let responder = Responder::trusted(1, &scene.authority);
    let answer = responder
        .says(&scene, &scene.certificate)
        .one(|single| single.next_update = None);
    let mut crl = scene.authority.crl();
    crl.this_update = at("2026-06-01T17:00:00Z");
    crl.next_update = None;
    for data in [answer.read().unwrap().into(), read(&crl.der())] {
        for (hours, now, conclusion) in [
            (24, "2026-06-02T17:00:00Z", PASSED),
            (24, "2026-06-02T17:00:01Z", UNKNOWN),
            (1, TODAY, PASSED),
            (1, "2026-06-01T18:00:01Z", UNKNOWN),
            (0, TODAY, UNKNOWN),
            (48, "2026-06-02T17:00:01Z", PASSED),
        ] {
            let mut judge = Judge::of(&scene, now);
            judge.policy.max_age = jiff::SignedDuration::from_hours(hours);
            let root = read(&list(&scene.root, "2026-06-01T06:00:00Z", &[]));
            judge.revocation = vec![root, data.clone()];
            let report = only(&judge, &scene.document());
            assert_eq!(report.conclusion.to_string(), conclusion, "{hours} {now}");
            if conclusion == UNKNOWN {
                let word = "the newest revocation data are of 2026-06-01T17:00:00Z";
                assert!(report.sentence.contains(word), "{}", report.sentence);
            }
        }
    }
}
