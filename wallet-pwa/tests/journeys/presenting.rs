//! Presenting: what passes, and which requests are refused before anything is shown or sent.
use crate::{
    house::{Silent, Wallet},
    issuer::{self, Issuer, PIN},
    receiving::checks,
    verifier::{NONCE, STATE, Twist, Verifier, registry},
};
use axum::http::{Method, StatusCode};
use jiff::SignedDuration;
use procura_sandbox::world::{DOME_DID, REPRESENTATIVE_POLICY};
use serde_json::{Value, json};
use url::Url;

/// A wallet with one credential, a verifier, and the scanned request.
pub(crate) struct Login {
    pub(crate) wallet: Wallet,
    pub(crate) verifier: Verifier,
    pub(crate) credential: Value,
    pub(crate) id: String,
}
impl Login {
    pub(crate) async fn new(twist: Twist) -> Self {
        Self::with(twist, None).await
    }
    pub(crate) async fn with(twist: Twist, participants: Option<&Url>) -> Self {
        let issuer = Issuer::new(issuer::Twist::Nothing).await;
        let verifier = Verifier::new(twist).await;
        let peers = [&issuer.origin, &verifier.origin];
        let wallet = match participants {
            Some(registry) => Wallet::with_registry(&peers, registry).await,
            None => Wallet::new(&peers).await,
        };
        let credential = received(&wallet, &issuer).await;
        let id = scanned(&wallet, &verifier).await;
        Self {
            wallet,
            verifier,
            credential,
            id,
        }
    }
    pub(crate) async fn step(&self, step: &str, body: Value) -> (StatusCode, Value) {
        self.wallet
            .post(&format!("/api/v1/requests/{}/{step}", self.id), body)
            .await
    }
    pub(crate) async fn confirmed(&self) -> (StatusCode, Value) {
        self.step("confirm", json!({})).await
    }
    pub(crate) async fn presented(&self) -> (StatusCode, Value) {
        self.step("present", json!({ "credential_id": self.credential["id"] }))
            .await
    }
}
/// Receives what an issuer offers.
async fn received(wallet: &Wallet, issuer: &Issuer) -> Value {
    let (_, offer) = wallet
        .post("/api/v1/offers", json!({ "uri": issuer.link() }))
        .await;
    let path = format!("/api/v1/offers/{}/accept", offer["id"].as_str().unwrap());
    let (status, received) = wallet.post(&path, json!({ "user_pin": PIN })).await;
    assert_eq!(status, StatusCode::CREATED, "{received}");
    received["credentials"][0].clone()
}
pub(crate) async fn scanned(wallet: &Wallet, verifier: &Verifier) -> String {
    let (status, named) = wallet
        .post("/api/v1/requests", json!({ "uri": verifier.link() }))
        .await;
    assert_eq!(status, StatusCode::CREATED, "{named}");
    assert_eq!(named["host"], verifier.host());
    named["id"].as_str().unwrap().to_owned()
}
/// Refused at the confirmation, with nothing sent to anybody; the detail holds a word.
async fn refused(twist: Twist, code: &str, word: &str) -> Value {
    let login = Login::new(twist).await;
    let (status, refusal) = login.confirmed().await;
    assert!(
        status.is_client_error() || status == StatusCode::BAD_GATEWAY,
        "{twist:?}: {status}"
    );
    assert_eq!(refusal["code"], code, "{twist:?}: {refusal}");
    assert!(
        refusal["detail"].as_str().unwrap().contains(word),
        "{twist:?}: {refusal}"
    );
    assert_eq!(
        login.presented().await.1["code"],
        "PRO-3025",
        "{twist:?}: what was refused is not answered"
    );
    assert_eq!(login.verifier.answers().len(), 0, "{twist:?}");
    refusal
}

#[tokio::test]
async fn a_proven_request_is_shown_and_answered_by_the_credentials_own_key() {
    let login = Login::new(Twist::Nothing).await;
    assert_eq!(
        login.verifier.requests(),
        0,
        "nothing is fetched before the host is confirmed"
    );
    let (status, asked) = login.confirmed().await;
    assert_eq!(status, StatusCode::OK, "{asked}");
    assert_eq!(asked["relying_party"]["did"], DOME_DID);
    assert_eq!(asked["relying_party"]["legal_name"], "DOME onboarding");
    assert_eq!(
        asked["asked"]["credential_types"],
        json!(["LEARCredentialEmployee"])
    );
    assert_eq!(asked["credentials"][0]["id"], login.credential["id"]);
    assert_eq!(
        login.verifier.answers().len(),
        0,
        "nothing is sent before the person consents"
    );
    let (status, outcome) = login.presented().await;
    assert_eq!(
        (status, &outcome["accepted"]),
        (StatusCode::OK, &json!(true)),
        "{outcome}"
    );
    assert_eq!(
        login.verifier.holders(),
        [login.credential["holder"].as_str().unwrap()]
    );
}

#[tokio::test]
async fn a_request_is_answered_once() {
    let login = Login::new(Twist::Nothing).await;
    login.confirmed().await;
    assert_eq!(login.presented().await.0, StatusCode::OK);
    let (status, refusal) = login.presented().await;
    assert_eq!(
        (status, &refusal["code"]),
        (StatusCode::CONFLICT, &json!("PRO-3025"))
    );
    assert_eq!(login.verifier.answers().len(), 1);
}

#[tokio::test]
async fn a_request_is_refused_by_exactly_the_rule_that_its_seal_breaks() {
    for (twist, check) in [
        // Its client_id is another organisation than its certificate's.
        (Twist::SealedByOther, "PRO-1020"),
        (Twist::BrokenSeal, "PRO-1004"),
        (Twist::SealedByClone, "PRO-1011"),
        (Twist::SealedByRevoked, "PRO-1013"),
    ] {
        let refusal = refused(twist, "PRO-3021", check).await;
        assert_eq!(checks(&refusal), [check], "{twist:?}: {refusal}");
    }
}

#[tokio::test]
async fn who_may_sign_mandates_for_an_organisation_does_not_ask_in_its_name() {
    let verifier = Verifier::new(Twist::SealedByRepresentative).await;
    let wallet = Wallet::with_policy(&[&verifier.origin], REPRESENTATIVE_POLICY).await;
    let id = scanned(&wallet, &verifier).await;
    let path = format!("/api/v1/requests/{id}/confirm");
    let (status, refusal) = wallet.post(&path, json!({})).await;
    assert_eq!(
        (status, &refusal["code"]),
        (StatusCode::UNPROCESSABLE_ENTITY, &json!("PRO-3021")),
        "{refusal}"
    );
    assert_eq!(checks(&refusal), ["PRO-1022"], "{refusal}");
}

#[tokio::test]
async fn a_request_of_another_type_is_refused() {
    refused(Twist::WrongTyp, "PRO-3022", "typ").await;
}

#[tokio::test]
async fn claims_that_break_a_rule_are_refused_by_name() {
    for (twist, word) in [
        (Twist::Issuer, "\"iss\""),
        (Twist::Subject, "\"sub\""),
        (Twist::Audience, "\"aud\""),
        (Twist::Expired, "expired"),
        (Twist::LivesTooLong, "life-time"),
        (Twist::FromTheFuture, "not yet valid"),
    ] {
        refused(twist, "PRO-3022", word).await;
    }
}

#[tokio::test]
async fn every_required_parameter_is_required() {
    for name in [
        "response_type",
        "response_mode",
        "client_id",
        "client_id_scheme",
        "redirect_uri",
        "state",
        "nonce",
    ] {
        let words = format!("parameter \"{name}\" is missing");
        refused(Twist::Without(name), "PRO-3022", &words).await;
    }
    refused(Twist::Without("scope"), "PRO-3022", "here are 0").await;
}

#[tokio::test]
async fn every_required_claim_is_required() {
    for name in ["iss", "sub", "aud", "iat", "exp", "auth_request"] {
        let words = format!("claim \"{name}\" is missing");
        refused(Twist::WithoutClaim(name), "PRO-3022", &words).await;
    }
}

#[tokio::test]
async fn of_the_three_ways_of_asking_exactly_one_is_accepted() {
    const SCOPE: &str = "scope";
    const DEFINITION: &str = "presentation_definition";
    const URI: &str = "presentation_definition_uri";
    let several: [&[&str]; 5] = [
        &[],
        &[SCOPE, DEFINITION],
        &[SCOPE, URI],
        &[DEFINITION, URI],
        &[SCOPE, DEFINITION, URI],
    ];
    for names in several {
        let words = format!("here are {}", names.len());
        refused(Twist::Queries(names), "PRO-3022", &words).await;
    }
    let login = Login::new(Twist::Queries(&[SCOPE])).await;
    assert_eq!(login.confirmed().await.0, StatusCode::OK, "the control passes");
}

#[tokio::test]
async fn a_request_by_presentation_definition_is_refused_as_unsupported() {
    let ways: [&[&str]; 2] = [&["presentation_definition"], &["presentation_definition_uri"]];
    for names in ways {
        refused(Twist::Queries(names), "PRO-3022", "presentation definitions").await;
    }
}

#[tokio::test]
async fn parameters_of_another_profile_or_twice_are_refused() {
    for (twist, word) in [
        (Twist::With("response_type", "id_token"), "response_type"),
        (Twist::With("response_mode", "fragment"), "response_mode"),
        (
            Twist::With("client_id_scheme", "x509_san_dns"),
            "client_id_scheme",
        ),
        (Twist::With("scope", "openid"), "invalid_scope"),
        (Twist::Twice("nonce"), "twice"),
    ] {
        refused(twist, "PRO-3022", word).await;
    }
}

#[tokio::test]
async fn a_request_elsewhere_or_without_end_is_refused() {
    refused(Twist::Redirects, "PRO-3027", "redirect").await;
    refused(Twist::Huge, "PRO-3027", "larger").await;
}

#[tokio::test]
async fn answers_go_to_no_private_address() {
    let silent = Silent::new();
    let uri: &'static str = format!("{}/api/authentication_response", silent.origin()).leak();
    refused(Twist::AnswerTo(uri), "PRO-3027", "https is required").await;
    refused(
        Twist::AnswerTo("https://169.254.169.254/latest"),
        "PRO-3027",
        "not public",
    )
    .await;
    assert!(silent.stayed_silent());
}

#[tokio::test]
async fn only_a_definite_yes_makes_a_participant() {
    let active = json!({ "id": DOME_DID, "active": true });
    for (status, body, code, word) in [
        (
            StatusCode::NOT_FOUND,
            json!({}),
            "PRO-3023",
            "is not a participant",
        ),
        (
            StatusCode::OK,
            json!({ "id": DOME_DID, "active": false }),
            "PRO-3023",
            "no longer an active",
        ),
        (StatusCode::OK, json!({ "id": DOME_DID }), "PRO-3029", "found out"),
        (
            StatusCode::OK,
            json!({ "id": "did:elsi:VATES-12345678", "active": true }),
            "PRO-3029",
            "found out",
        ),
        (
            StatusCode::INTERNAL_SERVER_ERROR,
            active.clone(),
            "PRO-3029",
            "found out",
        ),
        (StatusCode::FORBIDDEN, active.clone(), "PRO-3029", "found out"),
    ] {
        let registry = registry(status, body.clone()).await;
        let login = Login::with(Twist::Nothing, Some(&registry)).await;
        let (_, refusal) = login.confirmed().await;
        assert_eq!(refusal["code"], code, "{status} {body}");
        assert!(
            refusal["detail"].as_str().unwrap().contains(word),
            "{status} {body}: {refusal}"
        );
        assert_eq!(
            login.presented().await.1["code"],
            "PRO-3025",
            "what is not proven is not answered"
        );
        assert_eq!(login.verifier.answers().len(), 0);
    }
    let registry = registry(StatusCode::OK, active).await;
    let login = Login::with(Twist::Nothing, Some(&registry)).await;
    assert_eq!(login.confirmed().await.0, StatusCode::OK, "the control passes");
}

#[tokio::test]
async fn a_revocation_list_out_of_reach_is_not_told_as_a_refusal() {
    let registry = registry(StatusCode::OK, json!({ "id": DOME_DID, "active": true })).await;
    let login = Login::with(Twist::Nothing, Some(&registry)).await;
    let path = format!("/api/v1/requests/{}/confirm", login.id);
    let (status, refusal) = login.wallet.cut_off().post(&path, json!({})).await;
    assert_eq!(
        (status, &refusal["code"]),
        (StatusCode::SERVICE_UNAVAILABLE, &json!("PRO-3021")),
        "{refusal}"
    );
    assert_eq!(checks(&refusal), ["PRO-1013"], "{refusal}");
    assert_eq!(login.confirmed().await.0, StatusCode::OK, "it may be tried again");
    assert_eq!(login.verifier.requests(), 1);
}

#[tokio::test]
async fn another_user_neither_sees_nor_answers_a_request() {
    let login = Login::new(Twist::Nothing).await;
    let stranger = login.wallet.sign_up().await;
    for (step, body) in [
        ("confirm", json!({})),
        ("present", json!({ "credential_id": login.credential["id"] })),
        ("decline", json!({})),
    ] {
        let path = format!("/api/v1/requests/{}/{step}", login.id);
        let (status, _) = login
            .wallet
            .send(Method::POST, &path, &stranger, Some(body))
            .await;
        assert!(
            matches!(status, StatusCode::NOT_FOUND | StatusCode::CONFLICT),
            "{step}: {status}"
        );
    }
    assert_eq!(login.verifier.requests(), 0);
}

#[tokio::test]
async fn a_credential_of_another_user_is_not_presented() {
    let login = Login::new(Twist::Nothing).await;
    login.confirmed().await;
    let (status, _) = login
        .step("present", json!({ "credential_id": "of-somebody-else" }))
        .await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    assert_eq!(login.verifier.answers().len(), 0);
}

#[tokio::test]
async fn a_person_who_declines_discloses_nothing() {
    let login = Login::new(Twist::Nothing).await;
    login.confirmed().await;
    assert_eq!(login.step("decline", json!({})).await.0, StatusCode::NO_CONTENT);
    let answers = login.verifier.answers();
    assert_eq!(answers.len(), 1);
    assert_eq!(
        (answers[0]["error"].as_str(), answers[0]["state"].as_str()),
        ("access_denied", STATE)
    );
    assert_eq!(
        answers[0]["nonce"], NONCE,
        "who knows only the state cannot decline"
    );
    assert_eq!(answers[0].len(), 3);
    assert_eq!(login.presented().await.0, StatusCode::CONFLICT);
}

#[tokio::test]
async fn a_person_who_hangs_up_has_presented_or_declined_all_the_same() {
    for step in ["present", "decline"] {
        let login = Login::new(Twist::SlowReply).await;
        login.confirmed().await;
        let body = match step {
            "present" => json!({ "credential_id": login.credential["id"] }),
            _ => json!({}),
        };
        tokio::select! {
            answer = login.step(step, body) => panic!("{step} was answered: {answer:?}"),
            () = login.verifier.is_being_answered() => {}
        }
        login.verifier.replies();
        login.wallet.underway.finished().await;
        assert_eq!(login.verifier.heard(), 1, "{step}");
        let (status, refusal) = login.presented().await;
        assert_eq!(
            (status, &refusal["code"]),
            (StatusCode::CONFLICT, &json!("PRO-3025")),
            "{step}"
        );
    }
}

/// The verifier refused this, by this check.
fn refused_by_status(answer: &(StatusCode, Value)) {
    let (status, outcome) = answer;
    assert_eq!(
        (
            status,
            &outcome["accepted"],
            &outcome["error"],
            &outcome["checks"]
        ),
        (
            &StatusCode::OK,
            &json!(false),
            &json!("access_denied"),
            &json!(["status"])
        ),
        "{outcome}"
    );
}

/// The verifier had no time: its login is as open as before, for another credential and for another scan.
#[tokio::test]
async fn what_the_verifier_did_not_look_at_locks_nobody_out() {
    for rescan in [false, true] {
        let login = Login::new(Twist::Busy).await;
        login.confirmed().await;
        let (status, told) = login.presented().await;
        assert_eq!(
            (status, &told["code"]),
            (StatusCode::BAD_GATEWAY, &json!("PRO-3028")),
            "{told}"
        );
        let (_, outcome) = if rescan {
            let other = scanned(&login.wallet, &login.verifier).await;
            let path = format!("/api/v1/requests/{other}");
            let (status, shown) = login.wallet.post(&format!("{path}/confirm"), json!({})).await;
            assert_eq!(status, StatusCode::OK, "{shown}");
            let body = json!({ "credential_id": login.credential["id"] });
            login.wallet.post(&format!("{path}/present"), body).await
        } else {
            login.presented().await
        };
        assert_eq!(outcome["accepted"], true, "{outcome}");
        assert_eq!(login.verifier.answers().len(), 2);
    }
}

/// "No time" may be a proxy's word about an answer that the verifier has accepted.
#[tokio::test]
async fn an_accepted_answer_that_a_proxy_turned_away_is_not_called_refused() {
    let login = Login::new(Twist::BusyProxy).await;
    login.confirmed().await;
    assert_eq!(login.presented().await.0, StatusCode::BAD_GATEWAY);
    let (status, outcome) = login.presented().await;
    assert_eq!(
        (status, &outcome["answered"], outcome.get("accepted")),
        (StatusCode::OK, &json!("unknown"), None),
        "{outcome}"
    );
}

/// The same answer is sent again as it was; another one does not leave while nobody knows what came of the first.
#[tokio::test]
async fn another_credential_waits_for_what_came_of_the_first() {
    let login = Login::new(Twist::LateReply).await;
    let issuer = Issuer::new(issuer::Twist::Nothing).await;
    let wallet = login.wallet.knowing(&issuer.origin);
    let other = received(&wallet, &issuer).await;
    let login = Login { wallet, ..login };
    login.confirmed().await;
    assert_eq!(login.presented().await.0, StatusCode::BAD_GATEWAY);
    let body = json!({ "credential_id": other["id"] });
    let (status, refusal) = login.step("present", body).await;
    assert_eq!(
        (status, &refusal["code"]),
        (StatusCode::CONFLICT, &json!("PRO-3032")),
        "{refusal}"
    );
    assert_eq!(login.verifier.answers().len(), 1);
    assert_eq!(login.presented().await.1["accepted"], true);
}

#[tokio::test]
async fn another_credential_may_be_presented_after_a_refusal() {
    let login = Login::new(Twist::RefusesFirst).await;
    let issuer = Issuer::new(issuer::Twist::Nothing).await;
    let wallet = login.wallet.knowing(&issuer.origin);
    let other = received(&wallet, &issuer).await;
    let login = Login { wallet, ..login };
    login.confirmed().await;
    refused_by_status(&login.presented().await);
    let login = Login {
        credential: other,
        ..login
    };
    let (status, outcome) = login.presented().await;
    assert_eq!(
        (status, &outcome["accepted"]),
        (StatusCode::OK, &json!(true)),
        "{outcome}"
    );
    assert_eq!(
        login.verifier.holders(),
        [login.credential["holder"].as_str().unwrap()]
    );
    assert_eq!(login.presented().await.1["code"], "PRO-3025");
    assert_eq!(login.verifier.answers().len(), 2);
}

#[tokio::test]
async fn after_a_refusal_the_person_may_decline_or_answer_another_scan() {
    for step in ["decline", "present"] {
        let login = Login::new(Twist::RefusesFirst).await;
        login.confirmed().await;
        let other = scanned(&login.wallet, &login.verifier).await;
        let path = format!("/api/v1/requests/{other}");
        let (status, shown) = login.wallet.post(&format!("{path}/confirm"), json!({})).await;
        assert_eq!(status, StatusCode::OK, "{shown}");
        refused_by_status(&login.presented().await);
        if step == "decline" {
            assert_eq!(login.step(step, json!({})).await.0, StatusCode::NO_CONTENT);
        } else {
            let body = json!({ "credential_id": login.credential["id"] });
            let (_, outcome) = login.wallet.post(&format!("{path}/present"), body).await;
            assert_eq!(outcome["accepted"], true, "{outcome}");
            // Of the two scans one answered: the other one does not.
            assert_eq!(login.presented().await.1["code"], "PRO-3024");
        }
        assert_eq!(login.verifier.answers().len(), 2, "{step}");
    }
}

#[tokio::test]
async fn a_verifier_refuses_five_times_and_then_the_request_is_over() {
    let login = Login::new(Twist::Refuses).await;
    login.confirmed().await;
    for _ in 0..5 {
        refused_by_status(&login.presented().await);
    }
    let (status, outcome) = login.presented().await;
    assert_eq!(
        (status, &outcome["accepted"], &outcome["error"]),
        (StatusCode::OK, &json!(false), &json!("invalid_request")),
        "{outcome}"
    );
    assert_eq!(login.presented().await.1["code"], "PRO-3025");
}

#[tokio::test]
async fn a_refusal_without_checks_ends_the_request() {
    let login = Login::new(Twist::Over).await;
    login.confirmed().await;
    let (status, outcome) = login.presented().await;
    assert_eq!(
        (status, &outcome["accepted"], &outcome["answered"]),
        (StatusCode::OK, &json!(false), &Value::Null),
        "this answer was sent once, and its reply was heard: {outcome}"
    );
    assert_eq!(login.presented().await.1["code"], "PRO-3025");
}

#[tokio::test]
async fn an_accepted_answer_whose_reply_was_lost_is_not_called_refused() {
    let login = Login::new(Twist::LostReply).await;
    login.confirmed().await;
    assert_eq!(login.presented().await.0, StatusCode::BAD_GATEWAY);
    let login = Login {
        wallet: login.wallet.killed_and_restarted().await,
        ..login
    };
    let (status, outcome) = login.presented().await;
    assert_eq!(
        (status, &outcome["answered"], outcome.get("accepted")),
        (StatusCode::OK, &json!("unknown"), None),
        "{outcome}"
    );
    let detail = outcome["detail"].as_str().unwrap();
    assert!(detail.contains("look at the page where you sign in"), "{detail}");
    assert_eq!(login.verifier.holders().len(), 1, "it was accepted");
    assert_eq!(login.presented().await.1["code"], "PRO-3025");
}

#[tokio::test]
async fn a_refusal_whose_reply_was_lost_is_heard_when_it_is_sent_again() {
    let login = Login::new(Twist::LostReplyOfRefusal).await;
    login.confirmed().await;
    assert_eq!(login.presented().await.0, StatusCode::BAD_GATEWAY);
    refused_by_status(&login.presented().await);
    let answers = login.verifier.answers();
    assert!(
        answers.len() == 2 && answers[0] == answers[1],
        "the same presentation"
    );
    refused_by_status(&login.presented().await);
    let answers = login.verifier.answers();
    assert!(answers.len() == 3 && answers[1] != answers[2], "a fresh one");
}

#[tokio::test]
async fn a_presentation_without_reply_is_sent_again_as_it_was() {
    let login = Login::new(Twist::LateReply).await;
    login.confirmed().await;
    assert_eq!(login.presented().await.0, StatusCode::BAD_GATEWAY);
    let login = Login {
        wallet: login.wallet.killed_and_restarted().await,
        ..login
    };
    let (status, outcome) = login.presented().await;
    assert_eq!(
        (status, &outcome["accepted"]),
        (StatusCode::OK, &json!(true)),
        "{outcome}"
    );
    let answers = login.verifier.answers();
    assert_eq!(answers.len(), 2);
    // Compared as truth, not as text: what failed would print a presentation.
    assert!(
        answers[0] == answers[1],
        "the verifier is never shown two presentations for one nonce"
    );
}

#[tokio::test]
async fn a_damaged_credential_takes_neither_the_others_nor_the_login_with_it() {
    let login = Login::new(Twist::Nothing).await;
    login.wallet.damaged_credential().await;
    assert_eq!(
        login.wallet.get("/api/v1/credentials").await,
        json!([login.credential])
    );
    let (status, asked) = login.confirmed().await;
    assert_eq!(
        (status, &asked["credentials"]),
        (StatusCode::OK, &json!([login.credential])),
        "{asked}"
    );
    assert_eq!(login.presented().await.0, StatusCode::OK);
}

#[tokio::test]
async fn of_consent_and_refusal_together_one_acts() {
    let login = Login::new(Twist::Nothing).await;
    login.confirmed().await;
    let (consent, refusal) = tokio::join!(login.presented(), login.step("decline", json!({})));
    let acted = [consent.0 == StatusCode::OK, refusal.0 == StatusCode::NO_CONTENT];
    assert!(acted[0] != acted[1], "{consent:?} {refusal:?}");
    assert_eq!(login.verifier.answers().len(), 1);
}

#[tokio::test]
async fn two_taps_present_once() {
    let login = Login::new(Twist::Nothing).await;
    login.confirmed().await;
    let (first, second) = tokio::join!(login.presented(), login.presented());
    let codes: Vec<_> = [first, second]
        .iter()
        .map(|(status, body)| (*status, body["code"].clone()))
        .collect();
    assert!(codes.contains(&(StatusCode::OK, Value::Null)), "{codes:?}");
    let refused = codes
        .iter()
        .any(|(_, code)| ["PRO-3025", "PRO-3030"].iter().any(|expected| code == expected));
    assert!(refused, "{codes:?}");
    assert_eq!(login.verifier.answers().len(), 1);
}

#[tokio::test]
async fn a_request_is_not_answered_after_its_time() {
    let login = Login::new(Twist::Nothing).await;
    login.confirmed().await;
    login.wallet.wait(SignedDuration::from_secs(301));
    let (status, refusal) = login.presented().await;
    assert_eq!(
        (status, &refusal["code"]),
        (StatusCode::CONFLICT, &json!("PRO-3025"))
    );
    assert_eq!(login.verifier.answers().len(), 0);
}
