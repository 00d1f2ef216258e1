//! `procura verify --config` and `--lotl`: facts over real HTTP, from the ecosystem of a demo world.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking, finds the corpus by an environment variable, and says what it skips"
)]
mod journal;
mod remembered;
mod stage;

use jiff::SignedDuration;
use procura_credential::lear::Shape;
use procura_sandbox::world::{DOME_DID, ListFile, Lists};
use procura_service::{Clock, SystemClock};
use stage::{refusals, served, verify};

const NONCE: &str = "k2Yl0M1Z0b2cV8lH9vQw5g";

#[tokio::test]
async fn each_client_accepts_what_it_asks_for_and_nothing_else() {
    let served = served().await;
    let config = served.verifier("verifier.toml", "");
    for (shape, accepts, refuses) in [
        (Shape::LearCredential, "onboarding", "shop"),
        (Shape::EmployeeV3, "shop", "onboarding"),
    ] {
        let credential = served.world.good_credential(shape).unwrap();
        let by = |client| ["--config", &config, "--client", client];
        assert_eq!(
            refusals(&by(accepts), &credential).await,
            (0, vec![]),
            "{shape:?}"
        );
        assert_eq!(
            refusals(&by(refuses), &credential).await,
            (2, vec!["credential-type".to_owned()]),
            "{shape:?}"
        );
    }
}

#[tokio::test]
async fn a_presentation_is_as_old_as_that_verifier_takes_it() {
    let served = served().await;
    let credential = served.world.good_credential(Shape::LearCredential).unwrap();
    let signed_at = SystemClock.now() - SignedDuration::from_secs(120);
    let presentation = served
        .world
        .presentation(&credential, NONCE, DOME_DID, "urn:uuid:1", signed_at)
        .unwrap();
    for (lifetimes, expected) in [
        ("presentation_seconds = 300", (0, vec![])),
        ("presentation_seconds = 30", (2, vec!["freshness".to_owned()])),
    ] {
        let config = served.verifier("verifier.toml", lifetimes);
        let arguments = ["--config", &config, "--client", "onboarding", "--nonce", NONCE];
        assert_eq!(refusals(&arguments, &presentation).await, expected, "{lifetimes}");
    }
}

#[tokio::test]
async fn a_presentation_for_another_verifier_is_refused_without_being_told_the_audience() {
    let served = served().await;
    let config = served.verifier("verifier.toml", "");
    let credential = served.world.good_credential(Shape::LearCredential).unwrap();
    let presentation = served
        .world
        .presentation(
            &credential,
            NONCE,
            "did:elsi:VATES-87654321",
            "urn:uuid:1",
            SystemClock.now(),
        )
        .unwrap();
    let arguments = ["--config", &config, "--client", "onboarding", "--nonce", NONCE];
    assert_eq!(
        refusals(&arguments, &presentation).await,
        (2, vec!["audience".to_owned()])
    );
}

#[tokio::test]
async fn where_there_are_several_clients_one_is_named() {
    let served = served().await;
    let config = served.verifier("verifier.toml", "");
    for (arguments, said) in [
        (vec!["--config", &config], "several clients"),
        (
            vec!["--config", &config, "--client", "nobody"],
            "no client nobody",
        ),
        (
            vec!["--config", &config, "--client", "shop", "--scope", "openid"],
            "--scope",
        ),
        (
            vec![
                "--config",
                &config,
                "--client",
                "shop",
                "--type",
                "LEARCredential",
            ],
            "cannot be used with",
        ),
    ] {
        let (status, _, complaint) = verify(&arguments, "a.b.c").await;
        assert_eq!(status, 1, "{complaint}");
        assert!(complaint.contains(said), "{complaint}");
    }
}

#[tokio::test]
async fn the_lists_that_are_named_decide_over_http() {
    let served = served().await;
    let by_lists = served.by_lists();
    for shape in [Shape::LearCredential, Shape::EmployeeV2, Shape::EmployeeV3] {
        let credential = served.world.good_credential(shape).unwrap();
        assert_eq!(refusals(&by_lists, &credential).await, (0, vec![]), "{shape:?}");
    }
    let villains = served.world.villains().unwrap();
    let mut judged = 0;
    for villain in villains.iter().filter(|villain| villain.lists == Lists::Current) {
        assert_eq!(
            refusals(&by_lists, &villain.credential).await,
            (2, vec![villain.expected.to_string()]),
            "{}",
            villain.name
        );
        judged += 1;
    }
    assert_eq!(judged, 8);
}

#[tokio::test]
async fn lists_of_an_unpinned_signer_decide_nothing() {
    let served = served().await;
    let credential = served.world.good_credential(Shape::EmployeeV3).unwrap();
    let mut arguments = served.by_lists();
    let pin = arguments
        .iter()
        .position(|argument| *argument == served.signer)
        .unwrap();
    arguments[pin] = "00".repeat(32);
    let (status, report, complaint) = verify(&arguments, &credential).await;
    assert_eq!(status, 2);
    assert_eq!(report["refused_by"], serde_json::json!(["trusted-lists"]));
    assert!(complaint.contains("trusted lists:"), "{complaint}");
    arguments[pin] = "00".to_owned();
    let (status, _, complaint) = verify(&arguments, &credential).await;
    assert_eq!(status, 1);
    assert!(complaint.contains("not a SHA-256 digest"), "{complaint}");
}

#[tokio::test]
async fn a_private_address_is_asked_only_where_its_origin_is_named() {
    let served = served().await;
    let credential = served.world.good_credential(Shape::EmployeeV3).unwrap();
    let mut arguments = served.by_lists();
    let at = arguments
        .iter()
        .position(|argument| argument == "--development-origin")
        .unwrap();
    arguments.drain(at..at + 2);
    let refused = refusals(&arguments, &credential).await;
    assert_eq!(refused, (2, vec!["trusted-lists".to_owned()]));
}

#[tokio::test]
async fn a_list_of_lists_in_a_file_is_verified_and_leads_to_lists_over_http() {
    let served = served().await;
    let credential = served.world.good_credential(Shape::EmployeeV3).unwrap();
    let file = served.path("lotl.xml");
    let list = served.world.list(ListFile::Lotl).unwrap().to_vec();
    std::fs::write(&file, &list).unwrap();
    let mut arguments = served.by_lists();
    arguments.extend(["--lotl-file".to_owned(), file.clone()]);
    assert_eq!(refusals(&arguments, &credential).await, (0, vec![]));
    let changed = String::from_utf8(list).unwrap().replace("DE.xml", "FR.xml");
    std::fs::write(&file, changed).unwrap();
    let refused = refusals(&arguments, &credential).await;
    assert_eq!(refused, (2, vec!["trusted-lists".to_owned()]));
}
