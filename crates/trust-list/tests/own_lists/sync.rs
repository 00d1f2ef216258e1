//! The walk from pinned signers to the lists, and what may not replace what.

use crate::support::*;
use jiff::Timestamp;
use procura_pki::{Path, PathOptions, path};
use procura_trust_list::{
    Reason, Signers, Snapshot, Standing, Step, Sync,
    publish::{Kind, ListDescription, LocalizedUri, ServiceDescription},
    signature::ListError,
    sync::{Alert, Config, Refusal, Request, Response, Stored},
};
use std::collections::BTreeMap;

const JOURNAL: &str = "https://journal.example/2026/1";

/// A network that serves lists and counts.
#[derive(Default)]
struct Web {
    files: BTreeMap<String, Vec<u8>>,
    fetched: Vec<String>,
}
impl Web {
    fn put(&mut self, url: &str, list: &ListDescription, holder: &Holder) {
        self.files.insert(url.to_owned(), signed(list, holder));
    }
    /// Runs the machine until it waits; what it wants stored.
    fn run(&mut self, sync: &mut Sync, now: Timestamp) -> Vec<Stored> {
        let mut stored = Vec::new();
        for _ in 0..20 {
            let Step::Fetch(requests) = sync.poll(now) else {
                return stored;
            };
            for Request { url, .. } in requests {
                self.fetched.push(url.clone());
                let response = self.files.get(&url).map_or_else(
                    || Response::Failed("not found".into()),
                    |bytes| Response::Body {
                        bytes: bytes.clone(),
                        etag: Some("\"1\"".into()),
                    },
                );
                stored.extend(sync.on_response(&url, response, now));
            }
        }
        panic!("the machine does not come to rest");
    }
}

/// A list of lists, a German list with one CA, and who signs them.
struct World {
    own: Holder,
    national: Holder,
    ca: Holder,
    web: Web,
}
impl World {
    fn new() -> Self {
        let mut world = Self {
            own: signer("Commission"),
            national: signer("Operator"),
            ca: authority("CA", "DE"),
            web: Web::default(),
        };
        let lotl = world.lotl(10);
        world.web.put(LOTL, &lotl, &world.own);
        let list = world.list(5);
        world.web.put(DE, &list, &world.national);
        world
    }
    fn lotl(&self, sequence: u64) -> ListDescription {
        list_of_lists(sequence, &self.own, &[("DE", DE, &self.national)])
    }
    fn service(&self) -> ServiceDescription {
        ServiceDescription::granted_ca_qc(
            "Seals",
            &self.ca.certificate,
            time("2020-01-01T00:00:00Z"),
            &["ForeSeals"],
        )
    }
    fn list(&self, sequence: u64) -> ListDescription {
        list("DE", sequence, vec![self.service()])
    }
    fn config(&self) -> Config {
        Config {
            lotl_url: LOTL.into(),
            lotl_signers: Signers::Certificates(vec![self.own.certificate.clone()]),
            official_journal_url: None,
            territories: vec![],
            refresh_seconds: 3600,
            grace_seconds: 86_400,
        }
    }
    fn synced(&mut self) -> (Sync, Vec<Stored>) {
        let mut sync = Sync::new(self.config(), vec![], now());
        let stored = self.web.run(&mut sync, now());
        assert_eq!(sync.take_alerts(), []);
        (sync, stored)
    }
    /// After `later` hours another file is at `url`: the alerts, and the snapshot then.
    fn replaced(&mut self, url: &str, list: &ListDescription, holder: &Holder) -> (Vec<Alert>, Snapshot) {
        let (mut sync, _) = self.synced();
        self.web.put(url, list, holder);
        let later = now() + days(1);
        self.web.run(&mut sync, later);
        (sync.take_alerts(), sync.snapshot(later))
    }
}
fn sequence_of(snapshot: &Snapshot, territory: &str) -> Option<u64> {
    snapshot
        .lists()
        .iter()
        .find(|l| l.territory == territory)
        .map(|l| l.sequence)
}
fn only_refusal(alerts: &[Alert]) -> &Refusal {
    assert_eq!(alerts.len(), 1, "{alerts:?}");
    alerts[0].refusal.as_ref().unwrap()
}

#[test]
fn trust_leads_from_pinned_signers_to_a_granted_service() {
    let mut world = World::new();
    let (sync, stored) = world.synced();
    assert_eq!(
        stored.iter().map(|s| s.url.as_str()).collect::<Vec<_>>(),
        [LOTL, DE]
    );
    let snapshot = sync.snapshot(now());
    snapshot.usable(now()).unwrap();
    assert_eq!(snapshot.unavailable(now()), []);
    let leaf = world.ca.issue("Seal", Some(2));
    let anchors = snapshot.anchors(&leaf, &[], now());
    let path = path::find(&leaf, &[], &anchors, now(), &PathOptions::default()).unwrap();
    let status = &snapshot.service_status(&path, now())[0];
    assert_eq!(
        (status.standing, status.status.as_str()),
        (Standing::Granted, "granted")
    );
    assert_eq!(
        (
            status.territory.as_str(),
            status.provider.as_str(),
            status.service.as_str()
        ),
        ("DE", "RealTruth", "Seals")
    );
    let qualification = snapshot.qualification(&path, now());
    assert_eq!(qualification.combined.name(), "QCERT_FOR_ESEAL");
    let lists: Vec<_> = qualification
        .lists
        .iter()
        .map(|l| (l.territory.as_str(), l.sequence))
        .collect();
    assert_eq!(lists, [("EU", 10), ("DE", 5)]);
}

#[test]
fn unchanged_lists_are_asked_for_conditionally_and_kept() {
    let mut world = World::new();
    let (mut sync, _) = world.synced();
    assert_eq!(sync.poll(now()), Step::Wait(now() + days(1) / 24));
    let Step::Fetch(requests) = sync.poll(now() + days(1)) else {
        panic!()
    };
    assert!(requests.iter().all(|r| r.etag.as_deref() == Some("\"1\"")));
    for request in requests {
        assert!(
            sync.on_response(&request.url, Response::NotModified, now() + days(1))
                .is_none()
        );
    }
    assert_eq!(sequence_of(&sync.snapshot(now()), "DE"), Some(5));
    assert_eq!(sync.take_alerts(), []);
}

#[test]
fn a_newer_list_replaces_the_stored_one() {
    let mut world = World::new();
    let (newer, holder) = (world.list(6), world.national.clone());
    let (alerts, snapshot) = world.replaced(DE, &newer, &holder);
    assert_eq!(alerts, []);
    assert_eq!(sequence_of(&snapshot, "DE"), Some(6));
}

#[test]
fn a_rolled_back_list_is_refused_and_the_newer_one_stays() {
    let mut world = World::new();
    let older = world.list(4);
    let holder = world.national.clone();
    let (alerts, snapshot) = world.replaced(DE, &older, &holder);
    assert_eq!(
        only_refusal(&alerts),
        &Refusal::RollBack {
            stored: 5,
            candidate: 4
        }
    );
    assert_eq!(sequence_of(&snapshot, "DE"), Some(5));
}

#[test]
fn another_list_under_the_same_number_is_refused() {
    let mut world = World::new();
    let mut other = world.list(5);
    other.providers[0].services[0].status = "withdrawn".into();
    let holder = world.national.clone();
    let (alerts, snapshot) = world.replaced(DE, &other, &holder);
    assert_eq!(only_refusal(&alerts), &Refusal::SameSequence { sequence: 5 });
    assert_eq!(
        snapshot.listed()[0].content().providers[0].services[0].periods[0]
            .status
            .rsplit('/')
            .next(),
        Some("granted")
    );
}

#[test]
fn a_list_of_the_future_is_refused() {
    let mut world = World::new();
    let mut future = world.list(6);
    future.issued = now() + days(2);
    let holder = world.national.clone();
    let (alerts, snapshot) = world.replaced(DE, &future, &holder);
    assert_eq!(
        only_refusal(&alerts),
        &Refusal::Future {
            issued: now() + days(2)
        }
    );
    assert_eq!(sequence_of(&snapshot, "DE"), Some(5));
}

#[test]
fn a_list_of_another_territory_is_refused() {
    let mut world = World::new();
    let other = list("ES", 6, vec![world.service()]);
    let holder = world.national.clone();
    let (alerts, _) = world.replaced(DE, &other, &holder);
    assert_eq!(
        only_refusal(&alerts),
        &Refusal::Territory {
            announced: "DE".into(),
            found: "ES".into()
        }
    );
}

#[test]
fn a_list_of_another_type_is_refused() {
    let mut world = World::new();
    let (other, holder) = (description(Kind::ListOfLists, "DE", 6), world.national.clone());
    let (alerts, _) = world.replaced(DE, &other, &holder);
    assert!(matches!(only_refusal(&alerts), Refusal::Type { .. }));
}

#[test]
fn a_list_of_lists_of_another_type_is_refused() {
    let mut world = World::new();
    let (generic, holder) = (description(Kind::Generic, "EU", 11), world.own.clone());
    let (alerts, snapshot) = world.replaced(LOTL, &generic, &holder);
    assert!(matches!(only_refusal(&alerts), Refusal::Type { .. }));
    assert_eq!(sequence_of(&snapshot, "EU"), Some(10));
}

#[test]
fn a_list_by_a_stranger_leaves_its_territory_unknown() {
    let mut world = World::new();
    let stranger = signer("Stranger");
    let list = world.list(5);
    world.web.put(DE, &list, &stranger);
    let mut sync = Sync::new(world.config(), vec![], now());
    world.web.run(&mut sync, now());
    let alerts = sync.take_alerts();
    assert!(matches!(
        only_refusal(&alerts),
        Refusal::List(ListError::UnknownSigner(_))
    ));
    let snapshot = sync.snapshot(now());
    snapshot.usable(now()).unwrap();
    let leaf = world.ca.issue("Seal", Some(2));
    assert_eq!(snapshot.anchors(&leaf, &[], now()), []);
    let unknown = snapshot.indeterminate(&leaf, &[], now());
    assert_eq!(unknown.len(), 1);
    assert!(matches!(&unknown[0].reason, Reason::Refused(_)));
    // What a Spanish CA issued is not for the German list to say.
    let spanish = authority("CA", "ES").issue("Seal", Some(2));
    assert_eq!(snapshot.indeterminate(&spanish, &[], now()), []);
}

#[test]
fn a_foreign_list_of_lists_is_no_trust_at_all() {
    let mut world = World::new();
    let stranger = signer("Stranger");
    let lotl = world.lotl(10);
    world.web.put(LOTL, &lotl, &stranger);
    let mut sync = Sync::new(world.config(), vec![], now());
    world.web.run(&mut sync, now());
    assert_eq!(world.web.fetched, [LOTL], "its pointers are not followed");
    let snapshot = sync.snapshot(now());
    assert!(matches!(
        snapshot.usable(now()).unwrap_err().reason,
        Reason::Refused(_)
    ));
    let leaf = world.ca.issue("Seal", Some(2));
    assert!(snapshot.anchors(&leaf, &[], now()).is_empty());
    assert!(!snapshot.indeterminate(&leaf, &[], now()).is_empty());
}

#[test]
fn an_expired_list_makes_its_territory_alone_unknown() {
    let mut world = World::new();
    let spanish = signer("Spanish operator");
    let lotl = list_of_lists(
        10,
        &world.own,
        &[("DE", DE, &world.national), ("ES", ES, &spanish)],
    );
    world.web.put(
        LOTL,
        &ListDescription {
            next_update: Some(now() + days(90)),
            ..lotl
        },
        &world.own,
    );
    let es = ListDescription {
        next_update: Some(now() + days(90)),
        ..list("ES", 1, vec![world.service()])
    };
    world.web.put(ES, &es, &spanish);
    let (sync, _) = world.synced();
    let snapshot = sync.snapshot(now());
    let leaf = world.ca.issue("Seal", Some(2));
    let within_grace = now() + days(30) + days(1);
    assert_eq!(snapshot.unavailable(within_grace), []);
    assert_eq!(snapshot.usable_until(), Some(within_grace));
    let after = within_grace + days(1);
    snapshot.usable(after).unwrap();
    let unavailable = snapshot.unavailable(after);
    assert_eq!(unavailable.len(), 1);
    assert_eq!(unavailable[0].territory, "DE");
    assert_eq!(
        unavailable[0].reason,
        Reason::Expired {
            next_update: now() + days(30)
        }
    );
    assert_eq!(
        snapshot.anchors(&leaf, &[], after).len(),
        1,
        "the Spanish list still names the CA"
    );
}

#[test]
fn lists_stand_without_the_list_of_lists_until_it_expires() {
    let mut world = World::new();
    let (mut sync, _) = world.synced();
    world.web.files.clear();
    world.web.run(&mut sync, now() + days(1));
    let alerts = sync.take_alerts();
    assert!(alerts.iter().all(|a| a.reason.contains("could not be fetched")) && alerts.len() == 2);
    let snapshot = sync.snapshot(now() + days(1));
    snapshot.usable(now() + days(1)).unwrap();
    let leaf = world.ca.issue("Seal", Some(2));
    assert_eq!(snapshot.anchors(&leaf, &[], now() + days(30)).len(), 1);
    let after = now() + days(32);
    assert!(matches!(
        snapshot.usable(after).unwrap_err().reason,
        Reason::Expired { .. }
    ));
    assert!(snapshot.anchors(&leaf, &[], after).is_empty());
}

#[test]
fn a_closed_list_speaks_of_the_past_only() {
    let mut world = World::new();
    let mut closed = world.list(5);
    closed.next_update = None;
    world.web.put(DE, &closed, &world.national);
    let (sync, _) = world.synced();
    let snapshot = sync.snapshot(now());
    assert!(snapshot.listed()[0].is_closed());
    let leaf = world.ca.issue("Seal", Some(2));
    let path = Path {
        certificates: vec![leaf.clone()],
        anchor: snapshot.anchors(&leaf, &[], now()).remove(0),
    };
    assert_eq!(
        snapshot.service_status(&path, closed.issued)[0].standing,
        Standing::Granted
    );
    assert_eq!(
        snapshot.service_status(&path, now())[0].standing,
        Standing::Unknown
    );
    assert!(snapshot.qualification(&path, closed.issued).combined.qualified);
    assert!(!snapshot.qualification(&path, now()).combined.qualified);
}

#[test]
fn a_closed_list_of_lists_is_refused() {
    let mut world = World::new();
    let closed = ListDescription {
        next_update: None,
        ..world.lotl(11)
    };
    let holder = world.own.clone();
    let (alerts, snapshot) = world.replaced(LOTL, &closed, &holder);
    assert_eq!(only_refusal(&alerts), &Refusal::ClosedListOfLists);
    assert_eq!(sequence_of(&snapshot, "EU"), Some(10));
}

#[test]
fn stored_lists_are_verified_again_at_start() {
    let mut world = World::new();
    let (_, stored) = world.synced();
    let sync = Sync::new(world.config(), stored.clone(), now());
    assert_eq!(sync.snapshot(now()).lists().len(), 2);
    let mut tampered = stored;
    let list = tampered.iter_mut().find(|s| s.url == DE).unwrap();
    let text = String::from_utf8(list.bytes.clone()).unwrap();
    list.bytes = text.replace("RealTruth", "FalseTruth").into_bytes();
    let mut sync = Sync::new(world.config(), tampered, now());
    assert_eq!(
        only_refusal(&sync.take_alerts()),
        &Refusal::List(ListError::Digest)
    );
    assert_eq!(sync.snapshot(now()).lists().len(), 1);
}

#[test]
fn a_roll_back_is_seen_after_a_restart() {
    let mut world = World::new();
    let (_, stored) = world.synced();
    let older = world.list(4);
    world.web.put(DE, &older, &world.national);
    let mut sync = Sync::new(world.config(), stored, now() + days(1));
    world.web.run(&mut sync, now() + days(1));
    assert_eq!(
        only_refusal(&sync.take_alerts()),
        &Refusal::RollBack {
            stored: 5,
            candidate: 4
        }
    );
}

#[test]
fn a_list_whose_signer_is_no_longer_announced_is_dropped_and_not_rolled_back() {
    let mut world = World::new();
    let (mut sync, _) = world.synced();
    let successor = signer("New operator");
    let lotl = list_of_lists(11, &world.own, &[("DE", DE, &successor)]);
    world.web.put(LOTL, &lotl, &world.own);
    let older = world.list(4);
    world.web.put(DE, &older, &successor);
    world.web.run(&mut sync, now() + days(1));
    let alerts = sync.take_alerts();
    assert!(
        alerts.iter().any(|a| a.reason.starts_with("dropped")),
        "{alerts:?}"
    );
    assert!(
        alerts.iter().any(|a| a.refusal
            == Some(Refusal::RollBack {
                stored: 5,
                candidate: 4
            })),
        "{alerts:?}"
    );
    assert_eq!(sequence_of(&sync.snapshot(now()), "DE"), None);
}

#[test]
fn territories_that_are_not_wanted_are_not_fetched() {
    let mut world = World::new();
    let mut sync = Sync::new(
        Config {
            territories: vec!["ES".into()],
            ..world.config()
        },
        vec![],
        now(),
    );
    world.web.run(&mut sync, now());
    assert_eq!(world.web.fetched, [LOTL]);
}

/// A list of lists signed by `third`, announced by the newer pivot, which `second` signs, announced by the older.
fn pivoted(world: &mut World) -> (Holder, Holder, [String; 2]) {
    let (second, third) = (signer("Second"), signer("Third"));
    let urls = [
        "https://lists.example/pivot-1.xml".to_owned(),
        "https://lists.example/pivot-2.xml".to_owned(),
    ];
    let older = list_of_lists(8, &second, &[]);
    let newer = list_of_lists(9, &third, &[]);
    world.web.put(&urls[0], &older, &world.own);
    world.web.put(&urls[1], &newer, &second);
    let mut lotl = list_of_lists(10, &third, &[("DE", DE, &world.national)]);
    lotl.information_uris = [
        urls[1].as_str(),
        urls[0].as_str(),
        JOURNAL,
        "https://lists.example/old-pivot.xml",
    ]
    .map(LocalizedUri::en)
    .to_vec();
    world.web.put(LOTL, &lotl, &third);
    (second, third, urls)
}

#[test]
fn pivots_are_walked_oldest_first_and_kept() {
    let mut world = World::new();
    let (_, _, urls) = pivoted(&mut world);
    let config = Config {
        official_journal_url: Some(JOURNAL.into()),
        ..world.config()
    };
    let mut sync = Sync::new(config.clone(), vec![], now());
    let stored = world.web.run(&mut sync, now());
    assert_eq!(world.web.fetched, [LOTL, &urls[0], &urls[1], LOTL, DE]);
    assert_eq!(sync.take_alerts(), []);
    assert_eq!(sync.snapshot(now()).lists().len(), 2);
    let mut restarted = Sync::new(config, stored, now());
    assert_eq!(restarted.take_alerts(), []);
    assert_eq!(restarted.snapshot(now()).lists().len(), 2);
    assert!(matches!(restarted.poll(now()), Step::Wait(_)));
}

#[test]
fn a_missing_or_foreign_pivot_does_not_lead_on() {
    let mut world = World::new();
    let (_, third, urls) = pivoted(&mut world);
    let config = Config {
        official_journal_url: Some(JOURNAL.into()),
        ..world.config()
    };
    let forged = list_of_lists(8, &third, &[]);
    for (file, expected) in [(None, 1), (Some(signed(&forged, &third)), 1)] {
        match file {
            Some(bytes) => world.web.files.insert(urls[0].clone(), bytes),
            None => world.web.files.remove(&urls[0]),
        };
        let mut sync = Sync::new(config.clone(), vec![], now());
        world.web.run(&mut sync, now());
        let alerts = sync.take_alerts();
        assert!(
            alerts.iter().filter(|a| a.url == urls[0]).count() == expected,
            "{alerts:?}"
        );
        assert!(
            alerts
                .iter()
                .any(|a| a.url == LOTL
                    && matches!(a.refusal, Some(Refusal::List(ListError::UnknownSigner(_)))))
        );
        assert!(sync.snapshot(now()).usable(now()).is_err());
    }
}

#[test]
fn pivots_of_another_origin_are_not_fetched() {
    let mut world = World::new();
    let mut lotl = world.lotl(10);
    lotl.information_uris = vec![
        LocalizedUri::en("https://evil.example/pivot.xml"),
        LocalizedUri::en(JOURNAL),
    ];
    world.web.put(LOTL, &lotl, &world.own);
    let mut sync = Sync::new(
        Config {
            official_journal_url: Some(JOURNAL.into()),
            ..world.config()
        },
        vec![],
        now(),
    );
    world.web.run(&mut sync, now());
    assert_eq!(world.web.fetched, [LOTL, DE]);
}

#[test]
fn a_lost_fetch_is_asked_for_again() {
    let world = World::new();
    let mut sync = Sync::new(world.config(), vec![], now());
    assert!(matches!(sync.poll(now()), Step::Fetch(_)));
    assert_eq!(sync.poll(now()), Step::Wait(now() + days(1) / 144));
    assert!(matches!(sync.poll(now() + days(1) / 144), Step::Fetch(_)));
}
