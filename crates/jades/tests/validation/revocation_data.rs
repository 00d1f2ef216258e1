//! Whom revocation data convince of what.
use crate::{forge::*, responder, scene::*};
use procura_crypto::{Curve, KeyKind};
use serde_json::json;

/// Missing, old, of the future, of another CA, on hold: the status is not known, and never taken as good.
#[test]
fn without_fresh_revocation_data_nothing_passes() {
    let scene = Scene::new();
    let lists = |of_authority: Vec<u8>| {
        [list(&scene.root, "2026-06-07T00:00:00Z", &[]), of_authority]
            .iter()
            .map(|der| read(der))
            .collect::<Vec<_>>()
    };
    let mut other = Issuer::new("CA");
    other.name.clone_from(&scene.authority.name);
    let mut hold = scene.authority.crl();
    hold.this_update = at("2026-06-07T00:00:00Z");
    hold.next_update = Some(at("2026-06-14T00:00:00Z"));
    let hold = hold.revoke(
        &scene.certificate,
        "2026-06-05T00:00:00Z",
        vec![extension("2.5.29.21", false, tlv(10, &[6]))],
    );
    for (revocation, word) in [
        (Vec::new(), "no revocation data"),
        (
            lists(list(&scene.authority, "2026-05-20T00:00:00Z", &[])),
            "newest revocation data",
        ),
        (
            lists(list(&scene.authority, "2026-06-09T00:00:00Z", &[])),
            "of a later time",
        ),
        (
            lists(list(&other, "2026-06-07T00:00:00Z", &[])),
            "does not verify",
        ),
        (lists(hold.der()), "on hold"),
    ] {
        let mut judge = Judge::of(&scene, SOON);
        judge.revocation = revocation;
        let report = only(&judge, &scene.document());
        assert_eq!(failed(&report)[0], "revocation");
        assert_eq!(report.conclusion.to_string(), "INDETERMINATE / TRY_LATER");
        assert!(report.sentence.contains(word), "{}", report.sentence);
    }
}

/// However new the list is that forgets it.
#[test]
fn a_revocation_is_final() {
    let scene = Scene::new();
    let mut judge = Judge::of(&scene, SOON);
    let older = list(
        &scene.authority,
        "2026-06-05T00:00:00Z",
        &[(&scene.certificate, "2026-05-01T00:00:00Z")],
    );
    judge.revocation.push(read(&older));
    assert_eq!(
        judge.conclusion(&scene.document()),
        "INDETERMINATE / REVOKED_NO_POE"
    );
}

#[test]
fn an_expired_certificate_whose_ca_keeps_what_expired_was_not_revoked() {
    let scene = Scene::valid("2026-01-01T00:00:00Z", "2026-09-01T00:00:00Z");
    let mut judge = Judge::of(&scene, NOW);
    let mut list = scene.authority.crl();
    list.this_update = at("2026-11-30T00:00:00Z");
    list.next_update = Some(at("2026-12-07T00:00:00Z"));
    // expiredCertsOnCRL (X.509 §9.5.2.8)
    let list = list.with(extension("2.5.29.60", false, tlv(0x18, b"20250101000000Z")));
    judge.revocation.push(read(&list.der()));
    for (level, conclusion) in [
        (Level::B, "INDETERMINATE / OUT_OF_BOUNDS_NOT_REVOKED"),
        (Level::T, "TOTAL-PASSED"),
    ] {
        assert_eq!(judge.conclusion(&scene.at_level(level)), conclusion);
    }
}

/// A responder below the CA of the scene, with a certificate of January.
fn answer(scene: &Scene) -> responder::Answer {
    use responder::{OCSP_SIGNING, World, no_check};
    let delegate = Issuer::new("OCSP responder 1");
    let delegated = World::request(&delegate)
        .with(responder::purposes(&[OCSP_SIGNING]))
        .with(no_check())
        .valid("2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z")
        .signed_by(&scene.authority);
    let world = World {
        ca: scene.authority.clone(),
        issuer: scene.authority_certificate.clone(),
        leaf: scene.certificate.clone(),
        delegate,
        delegated,
    };
    let mut answer = world.delegated().one(|single| {
        single.this_update = at("2026-01-15T00:00:00Z");
        single.next_update = Some(at("2049-01-01T00:00:00Z"));
    });
    answer.produced_at = at("2026-01-15T00:00:00Z");
    answer
}

/// Its key may be anybody's by now, and any date be written with it.
#[test]
fn a_responder_that_has_expired_says_nothing_that_is_not_proven_older() {
    for (now, conclusion) in [
        (SOON, "INDETERMINATE / REVOCATION_OUT_OF_BOUNDS_NO_POE"),
        ("2026-01-20T00:00:00Z", PASSED),
    ] {
        let mut scene = Scene::new();
        scene.claimed = "2026-01-10T00:00:00Z".to_owned();
        let answer = answer(&scene).read().unwrap();
        let mut judge = Judge::of(&scene, now);
        let day = at(now) - jiff::SignedDuration::from_hours(24);
        judge.revocation = vec![read(&list(&scene.root, &day.to_string(), &[])), answer.into()];
        assert_eq!(judge.conclusion(&scene.document()), conclusion, "{now}");
    }
}

/// They are authentic: whoever could make them up could as well revoke.
#[test]
fn a_revocation_counts_though_the_responder_that_told_it_has_expired() {
    let scene = Scene::new();
    let mut answer = answer(&scene).one(|single| {
        single.status = responder::revoked("2026-01-14T00:00:00Z", Some(1));
    });
    answer.produced_at = at("2026-01-15T00:00:00Z");
    let mut judge = Judge::of(&scene, SOON);
    assert_eq!(judge.conclusion(&scene.document()), PASSED);
    judge.revocation.push(answer.read().unwrap().into());
    assert_eq!(
        judge.conclusion(&scene.document()),
        "INDETERMINATE / REVOKED_NO_POE"
    );
    let mut later = Judge::of(&scene, NOW);
    later.revocation.push(answer.read().unwrap().into());
    assert_eq!(
        later.conclusion(&scene.at_level(Level::Lta)),
        "INDETERMINATE / REVOKED_NO_POE"
    );
}

/// Who can break the key of the CA by now can write a list of any date.
#[test]
fn data_by_an_ended_algorithm_count_only_where_they_are_proven_to_be_older_than_its_end() {
    let mut scene = Scene::valid("2026-01-01T00:00:00Z", "2026-09-01T00:00:00Z");
    scene.authority = Issuer::of(cn("CA"), KeyKind::Ec(Curve::P384));
    let request = scene
        .authority
        .ca()
        .valid("2020-01-01T00:00:00Z", "2040-01-01T00:00:00Z");
    scene.authority_certificate = request.signed_by(&scene.root);
    let request = scene
        .seal
        .leaf()
        .valid("2026-01-01T00:00:00Z", "2026-09-01T00:00:00Z");
    scene.certificate = request.signed_by(&scene.authority);
    let mut judge = Judge::of(&scene, NOW);
    judge.policy.catalogue = catalogue_with("secp384r1", "1.3.132.0.34", "2026-10-01");
    for (level, conclusion) in [
        (Level::Lt, "INDETERMINATE / OUT_OF_BOUNDS_NO_POE"),
        (Level::Lta, PASSED),
    ] {
        assert_eq!(judge.conclusion(&scene.at_level(level)), conclusion, "{level:?}");
    }
}

/// A further revocation never turns a refusal into an acceptance.
#[test]
fn a_known_revocation_from_before_the_signature_is_never_forgotten() {
    let scene = Scene::new();
    let mut judge = Judge::of(&scene, NOW);
    for authority in [None, Some("2026-06-04T00:00:00Z")] {
        judge.revocation = scene.lists_of(NOW, Some("2026-06-01T00:00:00Z"), authority);
        assert_eq!(
            judge.conclusion(&scene.at_level(Level::Lta)),
            "INDETERMINATE / REVOKED_NO_POE",
            "{authority:?}"
        );
    }
    judge.revocation = scene.lists_of(NOW, None, Some("2026-06-04T00:00:00Z"));
    assert_eq!(judge.conclusion(&scene.at_level(Level::Lta)), PASSED);
}

#[test]
fn of_data_of_the_same_instant_the_worse_count_in_any_order() {
    let scene = Scene::new();
    let mut hold = scene.authority.crl();
    hold.this_update = at("2026-06-07T00:00:00Z");
    hold.next_update = Some(at("2026-06-14T00:00:00Z"));
    let reason = extension("2.5.29.21", false, tlv(10, &[6]));
    let hold = hold
        .revoke(&scene.certificate, "2026-06-05T00:00:00Z", vec![reason])
        .der();
    let good = list(&scene.authority, "2026-06-07T00:00:00Z", &[]);
    for lists in [[&good, &hold], [&hold, &good]] {
        let mut judge = Judge::of(&scene, SOON);
        judge.revocation = vec![read(&list(&scene.root, "2026-06-07T00:00:00Z", &[]))];
        judge.revocation.extend(lists.iter().map(|der| read(der)));
        assert_eq!(judge.conclusion(&scene.document()), "INDETERMINATE / TRY_LATER");
    }
}

#[test]
fn what_cannot_be_read_does_not_crowd_out_what_can() {
    let scene = Scene::new();
    let mut judge = Judge::of(&scene, SOON);
    judge.revocation.clear();
    let document = scene.at_level(Level::Lt);
    assert_eq!(judge.conclusion(&document), PASSED);
    let mut junk = scene.document();
    add(&mut junk, "rVals", &revocation(&vec![vec![0x30, 0]; 128]));
    let mut all = properties(&junk);
    all.extend(properties(&document));
    let mut changed = document;
    changed["header"] = json!({ "etsiU": all });
    assert_eq!(judge.conclusion(&changed), PASSED);
}

#[test]
fn lists_of_strangers_do_not_crowd_out_the_callers() {
    let scene = Scene::new();
    let judge = Judge::of(&scene, SOON);
    let stranger = Issuer::new("Stranger");
    let lists = |day: &str| -> Vec<_> {
        (0..120)
            .map(|second| {
                let mut one = stranger.crl();
                one.this_update = at(day) + jiff::SignedDuration::from_secs(second);
                one.der()
            })
            .collect()
    };
    let mut document = scene.document();
    add(
        &mut document,
        "rVals",
        &revocation(&lists("2026-06-07T00:00:00Z")),
    );
    let mut counter = Scene::new().document();
    add(&mut counter, "rVals", &revocation(&lists("2026-05-07T00:00:00Z")));
    add(&mut document, "cSig", &counter);
    assert_eq!(judge.conclusion(&document), PASSED);
}

/// What was fresh when the signature is proven to have existed counts, as it would have counted then (§5.5.4).
#[test]
fn a_list_of_the_morning_vouches_for_what_was_signed_at_noon() {
    let scene = Scene::new();
    let mut document = scene.at_level(Level::T);
    let day = "2026-06-01T06:00:00Z";
    let lists = [
        list(&scene.root, day, &[]),
        list(&scene.authority, day, &[]),
        list(&scene.stamps, day, &[]),
    ];
    add(
        &mut document,
        "xVals",
        &certificates(&[&scene.authority_certificate]),
    );
    add(&mut document, "rVals", &revocation(&lists));
    archive(&mut document, &scene.second, "2026-06-01T13:00:00Z");
    let mut judge = Judge::of(&scene, NOW);
    // Of today's lists only that for time-stamps.
    judge.revocation = scene.lists_of(NOW, None, None).split_off(2);
    assert_eq!(judge.conclusion(&document), PASSED);
}
