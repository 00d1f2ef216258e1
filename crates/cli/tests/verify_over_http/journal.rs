//! Lists of lists whose signers are those of a notice of the Official Journal, or follow from it by pivots.
use crate::stage::{Served, refusals, world_at};
use axum::{Router, routing::get};
use jiff::{SignedDuration, Timestamp};
use procura_credential::lear::Shape;
use procura_crypto::{
    PrivateKey,
    digest::{hexadecimal, sha256},
};
use procura_pki::Certificate;
use procura_sandbox::{
    ecosystem::Ecosystem,
    world::{Origins, Party, Plan, World},
};
use procura_service::{Clock, SystemClock, SystemRng};
use procura_trust_list::publish::{
    Address, Kind, ListDescription, LocalizedUri, PointerDescription, Text, publish,
};
use serde_json::Value;
use std::{path::Path, sync::Arc};

const JOURNAL: &str = "https://journal.example/notice";

/// A list of lists of a served world, with pivots.
struct Pivoted {
    served: Served,
    lotl: String,
    pivot: String,
}

impl Pivoted {
    fn certificate(&self, party: Party) -> Vec<u8> {
        self.served.world.party(party).unwrap().certificate().to_vec()
    }
    /// A list of lists that announces who signs the next one.
    fn list(&self, signer: Party, next: Party, uris: &[&str]) -> Vec<u8> {
        let now = SystemClock.now();
        let pointer = |location: &str, kind, territory: &str, signer| PointerDescription {
            location: location.to_owned(),
            kind,
            territory: territory.to_owned(),
            operator_names: vec![Text::en("Operator")],
            signers: vec![self.certificate(signer)],
        };
        let german = self.served.world.origins().german_list();
        let list = ListDescription {
            kind: Kind::ListOfLists,
            sequence: 43,
            territory: "EU".to_owned(),
            operator_names: vec![Text::en("Operator")],
            operator_address: Address {
                street: "Street 1".to_owned(),
                locality: "Town".to_owned(),
                state_or_province: None,
                postal_code: None,
                country: "BE".to_owned(),
                electronic: vec![LocalizedUri::en("https://lists.example/")],
            },
            scheme_names: vec![Text::en("EU:lists with pivots")],
            information_uris: uris.iter().map(|uri| LocalizedUri::en(*uri)).collect(),
            rules: Vec::new(),
            legal_notices: vec![Text::en("None.")],
            issued: now - SignedDuration::from_hours(1),
            next_update: Some(now + SignedDuration::from_hours(24)),
            distribution_points: vec![self.lotl.clone()],
            pointers: vec![
                pointer(&self.lotl, Kind::ListOfLists, "EU", next),
                pointer(&german, Kind::Generic, "DE", Party::ListOperator),
            ],
            providers: Vec::new(),
        };
        let key = self.served.world.party(signer).unwrap();
        let key = PrivateKey::from_pkcs8_pem(key.key_pem()).unwrap();
        let signer = Certificate::from_der(&self.certificate(signer)).unwrap();
        publish(&list, &key, &signer, list.issued).unwrap()
    }
    /// What refuses a good credential where the former signer is pinned.
    async fn refusals(&self, more: &[&str]) -> (i32, Vec<String>) {
        let mut arguments = self.served.by_lists();
        let pinned = hexadecimal(&sha256(&self.certificate(Party::Stranger)));
        for argument in &mut arguments {
            if *argument == self.served.signer {
                argument.clone_from(&pinned);
            } else if *argument == self.served.world.origins().lotl() {
                argument.clone_from(&self.lotl);
            }
        }
        arguments.extend(more.iter().map(|&more| more.to_owned()));
        let credential = self.served.world.good_credential(Shape::EmployeeV3).unwrap();
        refusals(&arguments, &credential).await
    }
}

/// The list of lists is signed by the operator of today; the pivot before it, by a former one, announces `announced`.
async fn pivoted(announced: Party) -> Pivoted {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let served = world_at(&listener);
    let at = |name: &str| format!("{}/{name}", served.origin);
    let (lotl, pivot) = (at("pivoted.xml"), at("pivot-42.xml"));
    let world = served.folder.path().join("world");
    let ecosystem = Ecosystem::open(&world, Arc::new(SystemClock)).unwrap();
    let pivoted = Pivoted { served, lotl, pivot };
    let uris = [pivoted.pivot.as_str(), JOURNAL];
    let today = pivoted.list(Party::LotlOperator, Party::LotlOperator, &uris);
    let former = pivoted.list(Party::Stranger, announced, &uris);
    let router = Router::new()
        .route("/pivoted.xml", get(async move || today.clone()))
        .route("/pivot-42.xml", get(async move || former.clone()))
        .fallback_service(ecosystem.router());
    tokio::spawn(async move { axum::serve(listener, router).await });
    pivoted
}

#[tokio::test]
async fn pivots_lead_from_the_pinned_signers_of_the_journal_to_those_of_today() {
    let pivoted = pivoted(Party::LotlOperator).await;
    let by_journal = ["--official-journal", JOURNAL];
    assert_eq!(pivoted.refusals(&by_journal).await, (0, vec![]));
    let unknown = (2, vec!["trusted-lists".to_owned()]);
    assert_eq!(
        pivoted.refusals(&[]).await,
        unknown,
        "without them nobody is known"
    );
}

#[tokio::test]
async fn a_pivot_that_announces_somebody_else_leads_nowhere() {
    let pivoted = pivoted(Party::ListOperator).await;
    let by_journal = ["--official-journal", JOURNAL];
    let unknown = (2, vec!["trusted-lists".to_owned()]);
    assert_eq!(pivoted.refusals(&by_journal).await, unknown);
}

/// Real lists of lists in files, their signers pinned; no pivot and no territory's list is fetched.
#[tokio::test]
async fn real_lists_of_lists_are_taken_by_their_pinned_signers() {
    let Some(lists) =
        std::env::var_os("PROCURA_CORPUS").map(|corpus| Path::new(&corpus).join("trusted-lists"))
    else {
        println!("skipped: no corpus; PROCURA_CORPUS names its folder");
        return;
    };
    let expected: Value =
        serde_json::from_slice(&std::fs::read(lists.join("expected.json")).unwrap()).unwrap();
    // The newer one names pivots after the notice to which its signers belong: none of them is needed.
    for (file, journal) in [
        (
            "EU.xml",
            "https://eur-lex.europa.eu/legal-content/EN/TXT/?uri=uriserv:OJ.C_.2019.276.01.0001.01.ENG",
        ),
        (
            "eu-lotl-seq388.xml",
            "https://eur-lex.europa.eu/eli/C/2026/1944/oj",
        ),
    ] {
        let facts = &expected["files"][file];
        let issued: Timestamp = facts["content"]["issue_date"].as_str().unwrap().parse().unwrap();
        let at = (issued + SignedDuration::from_hours(24)).to_string();
        let plan = Plan {
            origins: Origins::loopback([1, 2, 3, 4, 5, 6]).unwrap(),
            now: issued,
        };
        let world = World::make(&plan, &mut SystemRng).unwrap();
        let stranger = world.good_credential(Shape::EmployeeV3).unwrap();
        let path = lists.join(file);
        let by = |signer: &str, more: &[&str]| {
            let arguments = [
                "--lotl",
                "https://ec.europa.eu/tools/lotl/eu-lotl.xml",
                "--lotl-file",
                path.to_str().unwrap(),
                "--lotl-signer",
                signer,
                "--territory",
                "EU",
                "--at",
                &at,
            ];
            [&arguments, more]
                .concat()
                .into_iter()
                .map(str::to_owned)
                .collect::<Vec<_>>()
        };
        let signer = facts["signature"]["signer"]["sha256"].as_str().unwrap();
        let no_chain = (2, vec!["certificate-chain".to_owned()]);
        assert_eq!(refusals(&by(signer, &[]), &stranger).await, no_chain, "{file}");
        let by_journal = ["--official-journal", journal];
        assert_eq!(
            refusals(&by(signer, &by_journal), &stranger).await,
            no_chain,
            "{file}"
        );
        let unknown = (2, vec!["trusted-lists".to_owned()]);
        let nobody = "00".repeat(32);
        assert_eq!(refusals(&by(&nobody, &[]), &stranger).await, unknown, "{file}");
        assert_eq!(
            refusals(&by(&nobody, &by_journal), &stranger).await,
            unknown,
            "{file}"
        );
    }
}
