//! Which of several revocation data count: holds, exemptions, anchors, responders, and data of the past.
use crate::{
    forge::*,
    responder::{self, Answer, OCSP_SIGNING, World, no_check},
    scene::*,
};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use procura_jose::base64url;
use procura_pki::{Anchor, RevocationData, revocation::Source};
use serde_json::{Value, json};

const SOON: &str = "2026-06-08T00:00:00Z";
/// When the seals of those scenes end that are judged in the past.
const ENDED: &str = "2026-09-01T00:00:00Z";
const PASSED: &str = "TOTAL-PASSED";
const REVOKED: &str = "INDETERMINATE / REVOKED_NO_POE";
const TRY_LATER: &str = "INDETERMINATE / TRY_LATER";
const OUT_OF_BOUNDS: &str = "INDETERMINATE / OUT_OF_BOUNDS_NO_POE";

/// At [`NOW`] its certificate has ended: what it was worth is a matter of the past.
fn ended() -> Scene {
    Scene::valid("2026-01-01T00:00:00Z", ENDED)
}
/// A list of the seal's authority, from a day to a day.
fn between(scene: &Scene, from: &str, to: &str) -> RevocationData {
    let mut list = scene.authority.crl();
    list.this_update = at(from);
    list.next_update = Some(at(to));
    read(&list.der())
}
/// A list of the seal's authority on which the seal is on hold.
fn holding(scene: &Scene, day: &str, since: &str) -> RevocationData {
    let mut list = scene.authority.crl();
    list.this_update = at(day);
    list.next_update = Some(at(day) + jiff::SignedDuration::from_hours(7 * 24));
    let hold = extension("2.5.29.21", false, tlv(10, &[6]));
    read(&list.revoke(&scene.certificate, since, vec![hold]).der())
}
/// That of the root, so that only what is told of the seal differs.
fn by_root(scene: &Scene, now: &str) -> RevocationData {
    scene.lists_of(now, None, None).remove(0)
}

mod exempt {
    use super::*;

    fn scene() -> Scene {
        let mut scene = Scene::new();
        let short_term = extension("0.4.0.194121.2.1", false, vec![5, 0]);
        let request = scene.seal.leaf().with(short_term);
        scene.certificate = request.signed_by(&scene.authority);
        scene
    }

    #[test]
    fn a_certificate_without_need_of_revocation_data_is_refused_where_it_is_known_to_be_revoked() {
        let scene = scene();
        let mut judge = Judge::of(&scene, SOON);
        judge.revocation = vec![by_root(&scene, SOON)];
        assert_eq!(judge.conclusion(&scene.document()), PASSED);
        judge.revocation = scene.lists_of(SOON, Some("2026-06-05T00:00:00Z"), None);
        assert_eq!(judge.conclusion(&scene.document()), REVOKED);
        judge.revocation = vec![
            by_root(&scene, SOON),
            holding(&scene, "2026-06-07T00:00:00Z", "2026-06-05T00:00:00Z"),
        ];
        assert_eq!(judge.conclusion(&scene.document()), TRY_LATER);
    }

    #[test]
    fn it_counts_for_what_is_proven_to_be_older_than_its_revocation() {
        let scene = scene();
        let mut judge = Judge::of(&scene, NOW);
        for (since, conclusion) in [
            ("2026-06-01T12:00:06Z", PASSED),
            ("2026-06-01T12:00:04Z", REVOKED),
        ] {
            judge.revocation = scene.lists_of(NOW, Some(since), None);
            assert_eq!(
                judge.conclusion(&scene.at_level(Level::Lta)),
                conclusion,
                "{since}"
            );
        }
    }
}

mod anchored {
    use super::*;

    fn judge(scene: &Scene, now: &str) -> Judge {
        let mut judge = Judge::of(scene, now);
        judge.anchors.signatures = vec![Anchor(scene.certificate.clone())];
        judge
    }

    #[test]
    fn a_leaf_that_is_the_anchor_is_refused_where_its_ca_revoked_it() {
        let scene = Scene::new();
        let mut judge = judge(&scene, SOON);
        assert_eq!(judge.conclusion(&scene.document()), PASSED);
        judge.revocation = scene.lists_of(SOON, Some("2026-06-05T00:00:00Z"), None);
        assert_eq!(judge.conclusion(&scene.document()), REVOKED);
        judge.revocation = vec![holding(&scene, "2026-06-07T00:00:00Z", "2026-06-05T00:00:00Z")];
        assert_eq!(judge.conclusion(&scene.document()), TRY_LATER);
    }

    #[test]
    fn a_namesake_of_its_ca_revokes_nothing() {
        let scene = Scene::new();
        let mut judge = judge(&scene, SOON);
        let mut namesake = Issuer::new("Namesake");
        namesake.name.clone_from(&scene.authority.name);
        let own = namesake.ca().signed_by(&namesake);
        let day = "2026-06-07T00:00:00Z";
        judge.revocation = vec![read(&list(
            &namesake,
            day,
            &[(&scene.certificate, "2026-06-05T00:00:00Z")],
        ))];
        let mut document = scene.document();
        add(&mut document, "xVals", &certificates(&[&own]));
        assert_eq!(judge.conclusion(&document), PASSED);
    }

    #[test]
    fn it_counts_for_what_is_proven_to_be_older_than_its_revocation() {
        let scene = ended();
        let mut judge = judge(&scene, NOW);
        for (since, conclusion) in [
            ("2026-06-01T12:00:06Z", PASSED),
            ("2026-06-01T12:00:04Z", OUT_OF_BOUNDS),
        ] {
            judge.revocation = scene.lists_of(NOW, Some(since), None);
            assert_eq!(
                judge.conclusion(&scene.at_level(Level::Lta)),
                conclusion,
                "{since}"
            );
        }
    }
}

mod several {
    use super::*;

    #[test]
    fn a_newer_list_that_has_ended_does_not_hide_an_older_one_that_is_fresh() {
        let scene = Scene::new();
        let mut judge = Judge::of(&scene, SOON);
        let fresh = between(&scene, "2026-06-01T00:00:00Z", "2026-06-14T00:00:00Z");
        let stale = between(&scene, "2026-06-03T00:00:00Z", "2026-06-05T00:00:00Z");
        judge.revocation = vec![by_root(&scene, SOON), stale.clone(), fresh.clone()];
        assert_eq!(judge.conclusion(&scene.document()), PASSED);
        judge.revocation = vec![by_root(&scene, SOON), stale];
        assert_eq!(judge.conclusion(&scene.document()), TRY_LATER);
    }

    #[test]
    fn only_a_newer_good_lifts_a_hold() {
        let scene = Scene::new();
        let mut judge = Judge::of(&scene, SOON);
        let hold = holding(&scene, "2026-06-04T00:00:00Z", "2026-06-03T00:00:00Z");
        for (day, conclusion) in [
            ("2026-06-03T00:00:00Z", TRY_LATER),
            ("2026-06-04T00:00:00Z", TRY_LATER),
            ("2026-06-05T00:00:00Z", PASSED),
        ] {
            let good = between(&scene, day, "2026-06-14T00:00:00Z");
            judge.revocation = vec![good, hold.clone(), by_root(&scene, SOON)];
            assert_eq!(judge.conclusion(&scene.document()), conclusion, "{day}");
        }
        // A fresh one from before the hold is not saved by one that lifted it and has ended.
        judge.revocation = vec![
            by_root(&scene, SOON),
            between(&scene, "2026-06-01T00:00:00Z", "2026-06-14T00:00:00Z"),
            between(&scene, "2026-06-05T00:00:00Z", "2026-06-06T00:00:00Z"),
            hold,
        ];
        assert_eq!(judge.conclusion(&scene.document()), TRY_LATER);
    }

    /// One whose algorithm has ended tells nothing, however long it says that it counts.
    #[test]
    fn a_list_that_is_not_relied_on_does_not_hide_one_that_is() {
        use procura_crypto::{Curve, KeyKind};
        let mut scene = Scene::new();
        let mut answers = Answers::of(&scene, true);
        answers.world.delegate = Issuer::of(answers.world.delegate.name, KeyKind::Ec(Curve::P384));
        answers.world.delegated = World::request(&answers.world.delegate)
            .with(responder::purposes(&[OCSP_SIGNING]))
            .with(no_check())
            .signed_by(&scene.authority);
        let weak = answers.good("2026-06-01T00:00:00Z", "2026-08-01T00:00:00Z");
        "2026-06-07T12:00:00Z".clone_into(&mut scene.claimed);
        let mut judge = Judge::of(&scene, SOON);
        judge.policy.catalogue = catalogue_with("secp384r1", "1.3.132.0.34", "2026-06-05");
        judge.revocation.push(weak);
        assert_eq!(judge.conclusion(&scene.document()), PASSED);
        // Alone it is told why it does not count.
        judge.revocation.remove(1);
        assert_eq!(
            judge.conclusion(&scene.document()),
            "INDETERMINATE / CRYPTO_CONSTRAINTS_FAILURE_NO_POE"
        );
    }

    /// eIDAS article 28(5): a certificate loses its validity for the time of its suspension.
    #[test]
    fn a_hold_that_was_lifted_counts_for_its_time() {
        let scene = ended();
        let document = scene.at_level(Level::Lta);
        for (since, told, conclusion) in [
            // Proven within: the list inside of the document, of the day after, lifts it.
            ("2026-05-30T00:00:00Z", "2026-06-01T18:00:00Z", OUT_OF_BOUNDS),
            // It began afterwards.
            ("2026-06-01T12:00:06Z", "2026-06-01T18:00:00Z", PASSED),
            // Nobody says that it was still on hold.
            ("2026-05-20T00:00:00Z", "2026-05-25T00:00:00Z", PASSED),
        ] {
            let mut judge = Judge::of(&scene, NOW);
            judge.revocation.push(holding(&scene, told, since));
            assert_eq!(judge.conclusion(&document), conclusion, "{since}, {told}");
        }
    }

    /// The certificate lives, and its hold was lifted: a claim proves nothing, a time-stamp that it was made or kept within.
    #[test]
    fn a_signature_proven_within_a_hold_is_not_relied_on_in_the_present_either() {
        let scene = Scene::new();
        let mut judge = Judge::of(&scene, SOON);
        for (since, told, conclusion) in [
            ("2026-05-30T00:00:00Z", "2026-06-01T18:00:00Z", TRY_LATER),
            ("2026-06-01T12:00:06Z", "2026-06-01T18:00:00Z", PASSED),
        ] {
            judge.revocation.truncate(3);
            judge.revocation.push(holding(&scene, told, since));
            assert_eq!(judge.conclusion(&scene.at_level(Level::T)), conclusion, "{since}");
            assert_eq!(judge.conclusion(&scene.document()), PASSED, "{since}");
        }
    }

    #[test]
    fn a_unit_on_hold_proves_nothing_though_the_hold_was_lifted() {
        let scene = Scene::new();
        for (since, proven) in [("2026-05-30T00:00:00Z", false), ("2026-06-01T12:00:06Z", true)] {
            let mut judge = Judge::of(&scene, SOON);
            let mut list = scene.stamps.crl();
            list.this_update = at("2026-06-01T18:00:00Z");
            let hold = extension("2.5.29.21", false, tlv(10, &[6]));
            let list = list.revoke(&scene.first.certificate, since, vec![hold]);
            judge.revocation.push(read(&list.der()));
            let report = judge.report(&scene.at_level(Level::T));
            assert_eq!(report.signatures[0].time_is_proven, proven, "{since}");
        }
    }

    #[test]
    fn a_hold_that_nothing_lifted_before_it_became_final_counts_from_its_beginning() {
        let scene = Scene::new();
        let document = scene.at_level(Level::T);
        let hold = holding(&scene, "2026-06-01T06:00:00Z", "2026-05-30T00:00:00Z");
        let lifted = between(&scene, "2026-06-01T09:00:00Z", "2026-06-08T00:00:00Z");
        let lists = scene.lists_of(NOW, Some("2026-06-01T18:00:00Z"), None);
        for (more, conclusion) in [
            (vec![], PASSED),
            (vec![hold.clone()], REVOKED),
            (vec![hold, lifted], PASSED),
        ] {
            let mut judge = Judge::of(&scene, NOW);
            judge.revocation = [lists.clone(), more].concat();
            assert_eq!(judge.conclusion(&document), conclusion);
        }
    }
}

mod past {
    use super::*;

    /// Level T, with these lists and the root's, archived.
    fn archived(scene: &Scene, of_seal: &[u8]) -> Value {
        let mut document = scene.at_level(Level::T);
        let own = certificates(&[&scene.authority_certificate]);
        add(&mut document, "xVals", &own);
        add(&mut document, "rVals", &revocation(&[of_seal.to_vec()]));
        archive(&mut document, &scene.second, ARCHIVED);
        document
    }

    /// The thief of a key that was revoked since archives the list of before.
    #[test]
    fn an_old_list_vouches_for_ten_days_however_late_its_next_update() {
        let scene = ended();
        for (day, conclusion) in [
            // Ten days before it is proven, to the second, and one more.
            ("2026-05-22T12:00:05Z", PASSED),
            ("2026-05-22T12:00:04Z", OUT_OF_BOUNDS),
            ("2026-01-02T00:00:00Z", OUT_OF_BOUNDS),
        ] {
            let list = between(&scene, day, "2026-11-01T00:00:00Z");
            let document = archived(&scene, list.der());
            let mut judge = Judge::of(&scene, NOW);
            assert_eq!(judge.conclusion(&document), conclusion, "{day}");
            judge.policy.max_past_age = jiff::SignedDuration::from_hours(365 * 24);
            assert_eq!(judge.conclusion(&document), PASSED, "{day}");
        }
    }

    /// Its lists count where they are proven to be older than its end, whenever the list came that tells of that.
    #[test]
    fn the_revocation_of_a_ca_counts_though_it_is_told_after_the_control_time() {
        let mut scene = ended();
        let middle = Issuer::new("Middle CA");
        let long = |request: Request| request.valid("2020-01-01T00:00:00Z", "2040-01-01T00:00:00Z");
        let middle_certificate = long(middle.ca()).signed_by(&scene.root);
        scene.authority_certificate = long(scene.authority.ca()).signed_by(&middle);
        let mut document = scene.at_level(Level::T);
        let own = certificates(&[&scene.authority_certificate, &middle_certificate]);
        add(&mut document, "xVals", &own);
        // The list about the one in the middle takes the control-time to the twelfth.
        let day = "2026-06-05T00:00:00Z";
        let lists = [&scene.root, &middle, &scene.authority].map(|issuer| list(issuer, day, &[]));
        add(&mut document, "rVals", &revocation(&lists));
        archive(&mut document, &scene.second, "2026-06-09T00:00:00Z");
        for (since, conclusion) in [
            (None, PASSED),
            (Some("2026-06-10T00:00:00Z"), PASSED),
            (Some("2026-06-08T00:00:00Z"), OUT_OF_BOUNDS),
        ] {
            let mut judge = Judge::of(&scene, NOW);
            judge.revocation = scene.lists_of(NOW, None, None).split_off(2);
            if let Some(since) = since {
                let revoked = [(&scene.authority_certificate, since)];
                judge
                    .revocation
                    .push(read(&list(&middle, "2026-11-30T00:00:00Z", &revoked)));
            }
            assert_eq!(judge.conclusion(&document), conclusion, "{since:?}");
        }
    }

    /// Of many at hand the one counts that vouches longest, not the one that claims to.
    #[test]
    fn an_old_list_for_long_does_not_hide_a_newer_one() {
        let scene = ended();
        let mut judge = Judge::of(&scene, NOW);
        let old = between(&scene, "2026-01-02T00:00:00Z", "2026-11-01T00:00:00Z");
        judge.revocation.push(old);
        assert_eq!(judge.conclusion(&scene.at_level(Level::Lta)), PASSED);
    }
}

/// RFC 5280 §6.3.3 (f): no path is searched for the key of a list.
#[test]
fn a_list_by_another_key_of_the_cas_name_says_nothing() {
    let mut scene = Scene::new();
    let identified = |issuer: &Issuer, id: u8| issuer.ca().with(extension("2.5.29.14", false, tlv(4, &[id])));
    let long = |request: Request| request.valid("2020-01-01T00:00:00Z", "2040-01-01T00:00:00Z");
    scene.authority_certificate = long(identified(&scene.authority, 1)).signed_by(&scene.root);
    let mut successor = Issuer::new("Successor");
    successor.name.clone_from(&scene.authority.name);
    let mut request = long(identified(&successor, 2));
    request.serial = vec![0x45];
    let certified = request.signed_by(&scene.root);
    let mut document = scene.document();
    add(&mut document, "xVals", &certificates(&[&certified]));
    let mut judge = Judge::of(&scene, SOON);
    assert_eq!(judge.conclusion(&document), PASSED);
    let mut list = successor
        .crl()
        .with(extension("2.5.29.35", false, seq(&[tlv(0x80, &[2])])));
    list.this_update = at("2026-06-07T00:00:00Z");
    list.next_update = Some(at("2026-06-14T00:00:00Z"));
    judge.revocation[1] = read(&list.der());
    let report = judge.report(&document);
    let one = &report.signatures[0];
    assert_eq!(one.conclusion.to_string(), TRY_LATER);
    assert!(
        one.sentence.contains("another key under the issuer's name"),
        "{}",
        one.sentence
    );
    // Nor does it revoke.
    judge.revocation = scene.lists_of(SOON, None, None);
    let revoking = list.revoke(&scene.certificate, "2026-06-05T00:00:00Z", Vec::new());
    judge.revocation.push(read(&revoking.der()));
    assert_eq!(judge.conclusion(&document), PASSED);
}

#[test]
fn the_report_tells_which_data_told_the_status_and_who_made_them() {
    let scene = Scene::new();
    let answers = Answers::of(&scene, true);
    let good = answers.good("2026-06-07T00:00:00Z", "2026-06-14T00:00:00Z");
    let root = by_root(&scene, SOON);
    let mut judge = Judge::of(&scene, SOON);
    judge.revocation = vec![root.clone(), good.clone()];
    let report = judge.report(&scene.document());
    let told: Vec<_> = report.signatures[0]
        .path
        .iter()
        .filter_map(|certificate| certificate.revocation.as_ref())
        .map(|told| (told.source, told.made_by.as_str(), told.sha256.clone()))
        .collect();
    let digest = |data: &RevocationData| procura_crypto::digest::hexadecimal(&data.sha256());
    assert_eq!(
        told,
        [
            (Source::Ocsp, "O=RealTruth, CN=OCSP responder 1", digest(&good)),
            (Source::Crl, "O=RealTruth, CN=Root", digest(&root)),
        ]
    );
}

mod surroundings {
    use super::*;

    fn signed(scene: &Scene, header: &Value, payload: &str) -> Value {
        let protected = base64url::encode(header.to_string().as_bytes());
        let input = format!("{protected}.{payload}");
        let scheme = procura_crypto::Scheme::Ecdsa {
            digest: procura_crypto::Digest::Sha256,
            encoding: procura_crypto::EcdsaEncoding::Fixed,
        };
        let signature = scene.seal.key.sign(scheme, input.as_bytes()).unwrap();
        json!({ "payload": payload, "protected": protected, "signature": base64url::encode(&signature) })
    }

    #[test]
    fn namesakes_in_counter_signatures_do_not_displace_the_documents_own_certificates() {
        for (scene, now) in [(Scene::new(), SOON), (ended(), NOW)] {
            namesakes(&scene, now);
        }
    }

    fn namesakes(scene: &Scene, now: &str) {
        let leaf = BASE64_STANDARD.encode(scene.certificate.der());
        let mut header = Value::Object(scene.header());
        header["x5c"] = json!([leaf]);
        let payload = base64url::encode(b"{}");
        let mut document = signed(scene, &header, &payload);
        let octets = base64url::decode(document["signature"].as_str().unwrap()).unwrap();
        let own = certificates(&[&scene.authority_certificate]);
        add(&mut document, "xVals", &own);
        // Together more than one search for a path tries.
        for counter in 1..=6_u8 {
            let mut x5c = vec![leaf.clone()];
            for index in 1..=15_u8 {
                let mut other = Issuer::new("x");
                other.name.clone_from(&scene.authority.name);
                let mut request = other.ca();
                request.serial = vec![counter, index];
                x5c.push(BASE64_STANDARD.encode(request.signed_by(&other).der()));
            }
            header["x5c"] = x5c.into();
            let counter = signed(scene, &header, &base64url::encode(&octets));
            add(&mut document, "cSig", &counter);
        }
        let mut judge = Judge::of(scene, now);
        if now == NOW {
            stamp(&mut document, &scene.first, PROVEN);
            let lists = [&scene.root, &scene.authority].map(|issuer| list(issuer, COLLECTED, &[]));
            add(&mut document, "rVals", &revocation(&lists));
            archive(&mut document, &scene.second, ARCHIVED);
            judge.revocation = scene.lists_of(NOW, None, None);
        }
        assert_eq!(judge.conclusion(&document), PASSED, "{now}");
    }

    /// What an archive time-stamp of this time comes to over a signature time-stamp of [`PROVEN`], both of an accuracy.
    fn ordered(when: &str, accuracy: &[u8]) -> String {
        let scene = Scene::new();
        let token = |unit: &crate::authority::Unit, data: &[u8], when: &str| {
            let mut parts = unit.over(data);
            parts.after_serial = vec![time(at(when)), seq(&[tlv(2, accuracy)])];
            container(&unit.sign(&parts))
        };
        let mut document = scene.document();
        let text = |document: &Value, name: &str| document[name].as_str().unwrap().to_owned();
        let signature = text(&document, "signature");
        add(
            &mut document,
            "sigTst",
            &token(&scene.first, signature.as_bytes(), PROVEN),
        );
        let before = properties(&document)[0].as_str().unwrap().to_owned();
        let data = [
            text(&document, "payload"),
            text(&document, "protected"),
            signature,
            before,
        ]
        .join(".");
        add(
            &mut document,
            "arcTst",
            &token(&scene.second, data.as_bytes(), when),
        );
        Judge::of(&scene, SOON).conclusion(&document)
    }

    #[test]
    fn an_accuracy_that_is_stated_too_large_or_too_small_does_not_decide_the_order() {
        const DISORDER: &str = "INDETERMINATE / TIMESTAMP_ORDER_FAILURE";
        let million = [0x0f, 0x42, 0x40];
        assert_eq!(ordered("2026-06-01T11:58:05Z", &million), PASSED);
        assert_eq!(ordered("2026-06-01T11:58:04Z", &million), DISORDER);
        assert_eq!(ordered("2026-06-01T12:00:03Z", &[0]), PASSED);
        assert_eq!(ordered("2026-06-01T12:00:02Z", &[0]), DISORDER);
    }
}

/// Answers about a scene's seal by a responder of its authority.
struct Answers {
    world: World,
}
impl Answers {
    /// By a responder from May to July, with ocsp-nocheck or without.
    fn of(scene: &Scene, exempt: bool) -> Self {
        let delegate = Issuer::new("OCSP responder 1");
        let mut request = World::request(&delegate)
            .with(responder::purposes(&[OCSP_SIGNING]))
            .valid("2026-05-01T00:00:00Z", "2026-07-01T00:00:00Z");
        if exempt {
            request = request.with(no_check());
        }
        let delegated = request.signed_by(&scene.authority);
        Self {
            world: World {
                ca: scene.authority.clone(),
                issuer: scene.authority_certificate.clone(),
                leaf: scene.certificate.clone(),
                delegate,
                delegated,
            },
        }
    }
    fn made(answer: Answer, from: &str, to: &str) -> Answer {
        let mut answer = answer.one(|single| {
            single.this_update = at(from);
            single.next_update = Some(at(to));
        });
        answer.produced_at = at(from);
        answer
    }
    /// The seal is good, says the responder.
    fn good(&self, from: &str, to: &str) -> RevocationData {
        Self::made(self.world.delegated(), from, to)
            .read()
            .unwrap()
            .into()
    }
    /// What the authority itself says of the responder.
    fn of_responder(&self, from: &str, to: &str, status: Vec<u8>) -> RevocationData {
        let answer = self.world.direct().one(|single| {
            single.serial = self.world.delegated.serial().to_vec();
            single.status = status;
        });
        Self::made(answer, from, to).read().unwrap().into()
    }
    fn revoked(&self, since: &str) -> RevocationData {
        self.of_responder(
            NOW_OR_SOON,
            "2026-12-30T00:00:00Z",
            responder::revoked(since, Some(1)),
        )
    }
}
/// Before every time of validation, after everything that happens.
const NOW_OR_SOON: &str = "2026-06-07T23:00:00Z";

mod responders {
    use super::*;

    /// Level T, with answers and the root's list, archived.
    fn archived(scene: &Scene, answers: &[&RevocationData]) -> Value {
        let mut document = scene.at_level(Level::T);
        let answers: Vec<_> = answers
            .iter()
            .map(|data| json!({ "val": BASE64_STANDARD.encode(data.der()) }))
            .collect();
        add(
            &mut document,
            "xVals",
            &certificates(&[&scene.authority_certificate]),
        );
        add(&mut document, "rVals", &json!({ "ocspVals": answers }));
        archive(&mut document, &scene.second, ARCHIVED);
        document
    }

    /// RFC 6960 §4.2.2.2.1 frees from looking for the revocation of a responder, not from knowing it.
    #[test]
    fn a_responder_that_is_known_to_be_revoked_says_nothing_good() {
        for exempt in [true, false] {
            let scene = Scene::new();
            let answers = Answers::of(&scene, exempt);
            let week = ("2026-06-07T00:00:00Z", "2026-06-14T00:00:00Z");
            let good = answers.good(week.0, week.1);
            let mut judge = Judge::of(&scene, SOON);
            judge.revocation = vec![
                by_root(&scene, SOON),
                good,
                answers.of_responder(week.0, week.1, responder::good()),
            ];
            assert_eq!(judge.conclusion(&scene.document()), PASSED, "{exempt}");
            // Whoever has its key by now writes any date.
            for since in ["2026-06-05T00:00:00Z", "2026-06-07T12:00:00Z"] {
                judge.revocation.truncate(3);
                judge.revocation.push(answers.revoked(since));
                assert_eq!(judge.conclusion(&scene.document()), TRY_LATER, "{exempt} {since}");
            }
        }
    }

    #[test]
    fn its_answers_count_that_are_proven_to_be_older_than_its_revocation() {
        let scene = ended();
        let answers = Answers::of(&scene, true);
        let good = answers.good("2026-06-02T00:00:00Z", "2026-06-09T00:00:00Z");
        let document = archived(&scene, &[&good]);
        let mut judge = Judge::of(&scene, NOW);
        assert_eq!(judge.conclusion(&document), PASSED);
        for (since, conclusion) in [
            ("2026-06-03T00:00:01Z", PASSED),
            (ARCHIVED, OUT_OF_BOUNDS),
            ("2026-06-02T12:00:00Z", OUT_OF_BOUNDS),
        ] {
            judge.revocation = scene.lists_of(NOW, None, None);
            judge.revocation.push(answers.revoked(since));
            assert_eq!(judge.conclusion(&document), conclusion, "{since}");
        }
    }

    /// Its certificate has ended long since: what counts is its status when the answer is proven to have existed.
    #[test]
    fn the_status_of_an_archived_answers_responder_is_asked_at_the_time_of_the_archive() {
        let scene = ended();
        let answers = Answers::of(&scene, false);
        let week = ("2026-06-02T00:00:00Z", "2026-06-09T00:00:00Z");
        let good = answers.good(week.0, week.1);
        let of_responder = answers.of_responder(week.0, week.1, responder::good());
        let mut judge = Judge::of(&scene, NOW);
        assert_eq!(
            judge.conclusion(&archived(&scene, &[&good, &of_responder])),
            PASSED
        );
        // Without it nobody vouches for the responder, nor does what is brought only now.
        assert_eq!(judge.conclusion(&archived(&scene, &[&good])), OUT_OF_BOUNDS);
        judge.revocation.push(of_responder);
        assert_eq!(judge.conclusion(&archived(&scene, &[&good])), OUT_OF_BOUNDS);
    }
}
