//! What a client refuses, each for its own reason.
use crate::{
    stage::{CLIENT_SECRET, PIN, Stage, seal},
    support::world,
};
use procura_crypto::{Curve, KeyKind, PrivateKey};
use procura_keys::csc::{
    AnswerError, ClientAuthentication, CredentialProblem, CscError, Dialect, Method, Secret,
};
use procura_sandbox::{
    csc::{Credential, Fault},
    world::Party,
};
use std::sync::Arc;

fn problem(error: CscError) -> CredentialProblem {
    match error {
        CscError::NoCredential {
            first: Some(problem), ..
        }
        | CscError::Credential { problem, .. } => problem,
        other => panic!("{other}"),
    }
}

#[tokio::test]
async fn a_signature_by_another_key_is_not_released() {
    for asynchronous in [false, true] {
        let mut stage = Stage::new().await;
        stage.settings.asynchronous = asynchronous;
        let key = Arc::new(PrivateKey::generate(KeyKind::Ec(Curve::P256)).unwrap());
        let error = stage
            .signs_while(|provider| provider.other_key = Some(key))
            .await
            .unwrap_err();
        assert_eq!(error, CscError::NotVerified);
        assert_eq!(stage.counts(), [1, 1, 1, 1]);
    }
}

#[tokio::test]
async fn a_signature_over_something_else_is_not_released() {
    let stage = Stage::new().await;
    let error = stage
        .signs_while(|provider| provider.other_hash = true)
        .await
        .unwrap_err();
    assert_eq!(error, CscError::NotVerified);
}

#[tokio::test]
async fn answers_that_are_no_signature_are_refused() {
    for (answer, expected) in [
        (
            r#"{"signatures":["AAAA","AAAA"]}"#,
            AnswerError::Count { found: 2 },
        ),
        (r#"{"signatures":[]}"#, AnswerError::Count { found: 0 }),
        ("{}", AnswerError::Missing("signatures")),
    ] {
        let stage = Stage::new().await;
        let fault = Fault::Answers(answer.to_owned());
        let error = stage
            .signs_while(|provider| provider.fail("signatures/signHash", fault, 10))
            .await
            .unwrap_err();
        assert_eq!(
            error,
            CscError::Answer {
                method: Method::SignHash,
                error: expected
            }
        );
        assert_eq!(stage.counts()[2], 1);
    }
    for answer in [r#"{"signatures":[""]}"#, r#"{"signatures":["MAYCAQECAQE="]}"#] {
        let stage = Stage::new().await;
        let fault = Fault::Answers(answer.to_owned());
        let error = stage
            .signs_while(|provider| provider.fail("signatures/signHash", fault, 1))
            .await
            .unwrap_err();
        assert_eq!(error, CscError::NotVerified, "{answer}");
    }
}

#[tokio::test]
async fn an_expired_certificate_is_refused_though_the_provider_calls_it_valid() {
    let expired = Credential::of(world(), Party::ExpiredSeal).unwrap();
    let stage = Stage::with(vec![expired], |_| ()).await;
    let found = problem(stage.open().await.unwrap_err());
    assert!(matches!(found, CredentialProblem::Validity { .. }), "{found}");
}

#[tokio::test]
async fn a_key_that_is_not_enabled_and_a_certificate_that_is_not_valid_are_refused() {
    let mut stage = Stage::new().await;
    stage.settings.credential_id = Some("goodair-seal".to_owned());
    stage.provider.behave(|provider| provider.key_status = "disabled");
    let found = problem(stage.open().await.unwrap_err());
    assert_eq!(found, CredentialProblem::KeyStatus("disabled".to_owned()));
    stage.provider.behave(|provider| {
        provider.key_status = "enabled";
        provider.certificate_status = "revoked";
    });
    let found = problem(stage.open().await.unwrap_err());
    assert_eq!(found, CredentialProblem::CertificateStatus("revoked".to_owned()));
}

#[tokio::test]
async fn several_usable_credentials_must_be_chosen_from() {
    let other = Credential::of(world(), Party::BadAirSeal).unwrap();
    let stage = Stage::with(vec![seal(), other], |_| ()).await;
    let error = stage.open().await.unwrap_err();
    assert_eq!(
        error,
        CscError::SeveralCredentials(vec!["badair-seal".to_owned(), "goodair-seal".to_owned()])
    );
}

#[tokio::test]
async fn a_missing_pin_is_missed_before_anything_is_signed() {
    let mut stage = Stage::new().await;
    stage.settings.pin = None;
    assert_eq!(
        problem(stage.open().await.unwrap_err()),
        CredentialProblem::PinMissing
    );
}

#[tokio::test]
async fn a_wrong_pin_is_sent_once_and_never_again() {
    let mut stage = Stage::new().await;
    stage.settings.pin = Some(Secret::new("wrong-pin"));
    let signer = stage.open().await.unwrap();
    for _ in 0..5 {
        let error = signer.signature(b"text").await.unwrap_err();
        assert!(matches!(error, CscError::Pin(_)), "{error}");
    }
    assert!(matches!(
        signer.examine(crate::support::made_at()).await,
        Err(CscError::Pin(_))
    ));
    assert_eq!(stage.counts()[1..], [1, 0, 0]);
    // So the credential is not locked, and the right PIN opens it.
    stage.settings.pin = Some(Secret::new(PIN));
    stage.open().await.unwrap().signature(b"text").await.unwrap();
}

#[tokio::test]
async fn a_wrong_pin_is_sent_once_however_many_wait_to_sign() {
    let mut stage = Stage::new().await;
    stage.settings.pin = Some(Secret::new("wrong-pin"));
    let signer = Arc::new(stage.open().await.unwrap());
    let mut tasks = tokio::task::JoinSet::new();
    for number in 0..20_u8 {
        let signer = Arc::clone(&signer);
        tasks.spawn(async move { signer.signature(&[number]).await });
    }
    while let Some(refused) = tasks.join_next().await {
        assert!(matches!(refused.unwrap(), Err(CscError::Pin(_))));
    }
    assert_eq!(stage.counts()[1..], [1, 0, 0]);
}

/// Providers tell a wrong PIN by many words, and a locked credential costs more than a restart.
#[tokio::test]
async fn after_any_refusal_of_an_authorization_the_pin_is_not_sent_again() {
    for (status, code, description, sent) in [
        (400, "invalid_request", "Invalid parameter authData", 1),
        (403, "access_denied", "", 1),
        (401, "authentication_failed", "", 1),
        (422, "unprocessable", "credential", 1),
        // Without a reason it may be about the PIN.
        (401, "", "", 1),
        // In so many words the token's refusal: that is renewed once.
        (401, "invalid_token", "", 2),
    ] {
        let stage = Stage::new().await;
        let signer = stage.open().await.unwrap();
        let refused = Fault::Refuses(status, code, description);
        stage
            .provider
            .behave(|provider| provider.fail("credentials/authorize", refused, sent));
        for _ in 0..3 {
            let error = signer.signature(b"text").await.unwrap_err();
            assert!(matches!(error, CscError::Pin(_)), "{code}: {error}");
            assert!(error.to_string().contains(code), "{error}");
        }
        assert_eq!(stage.counts()[1..], [sent, 0, 0], "{code}");
    }
}

/// Providers tell a wrong PIN by their own failures as well.
#[tokio::test]
async fn a_pin_that_was_never_accepted_is_sent_once_whatever_comes_back() {
    for fault in [
        Fault::Refuses(500, "server_error", "wrong PIN"),
        Fault::Refuses(429, "too_many", ""),
        Fault::Refuses(202, "x", "x"),
        Fault::Answers("{}".to_owned()),
        Fault::Redirects("/".to_owned()),
    ] {
        let stage = Stage::new().await;
        let signer = stage.open().await.unwrap();
        stage
            .provider
            .behave(|provider| provider.fail("credentials/authorize", fault.clone(), 9));
        for _ in 0..3 {
            let error = signer.signature(b"text").await.unwrap_err();
            assert!(matches!(error, CscError::Pin(_)), "{error}");
        }
        let ready = signer.examine(crate::support::made_at()).await;
        assert!(matches!(ready, Err(CscError::Pin(_))), "{ready:?}");
        assert_eq!(stage.counts()[1..], [1, 0, 0], "{fault:?}");
    }
}

#[tokio::test]
async fn a_pin_that_was_accepted_is_sent_twice_to_a_provider_that_fails_it() {
    for (status, code) in [(500, "server_error"), (401, "")] {
        let stage = Stage::new().await;
        let signer = stage.open().await.unwrap();
        signer.signature(b"text").await.unwrap();
        let fails = Fault::Refuses(status, code, "");
        stage
            .provider
            .behave(|provider| provider.fail("credentials/authorize", fails, 9));
        let first = signer.signature(b"text").await.unwrap_err();
        assert!(!matches!(first, CscError::Pin(_)), "{first}");
        for _ in 0..3 {
            let error = signer.signature(b"text").await.unwrap_err();
            assert!(matches!(error, CscError::Pin(_)), "{error}");
        }
        assert_eq!(stage.counts()[1], 3, "{status}");
    }
}

#[tokio::test]
async fn an_outage_of_the_provider_bars_no_pin() {
    for is_accepted in [false, true] {
        let stage = Stage::new().await;
        let signer = stage.open().await.unwrap();
        if is_accepted {
            signer.signature(b"text").await.unwrap();
        }
        stage.provider.behave(|provider| {
            for method in ["credentials/info", "credentials/authorize"] {
                provider.fail(method, Fault::Refuses(503, "down", ""), 4);
            }
        });
        for _ in 0..4 {
            let error = signer.signature(b"text").await.unwrap_err();
            assert!(matches!(error, CscError::Unavailable { .. }), "{error}");
        }
        stage.provider.behave(|provider| {
            for method in ["credentials/info", "credentials/authorize"] {
                provider.fail(method, Fault::Refuses(503, "down", ""), 0);
            }
        });
        signer.signature(b"text").await.unwrap();
    }
}

/// What is not sent with a PIN locks nothing.
#[tokio::test]
async fn an_authorization_without_a_pin_that_was_refused_may_be_asked_for_again() {
    let stage = Stage::with(vec![seal()], |_| ()).await;
    let signer = stage.open().await.unwrap();
    let refused = Fault::Refuses(403, "access_denied", "");
    stage
        .provider
        .behave(|provider| provider.fail("credentials/authorize", refused, 1));
    let error = signer.signature(b"text").await.unwrap_err();
    assert!(matches!(error, CscError::Provider { .. }), "{error}");
    signer.signature(b"text").await.unwrap();
}

#[tokio::test]
async fn an_authorization_that_waits_for_a_person_is_refused() {
    let stage = Stage::new().await;
    let waits = Fault::Refuses(202, "x", "x");
    let error = stage
        .signs_while(|provider| provider.fail("credentials/authorize", waits, 1))
        .await
        .unwrap_err();
    assert_eq!(error, CscError::Pin(Box::new(CscError::NeedsPerson)));
}

#[tokio::test]
async fn the_version_is_configured_and_not_guessed() {
    let mut stage = Stage::with(vec![seal()], |settings| settings.dialect = Dialect::V1).await;
    stage.settings.dialect = Dialect::V2;
    let error = stage.open().await.unwrap_err();
    assert_eq!(
        error,
        CscError::Answer {
            method: Method::CredentialsInfo,
            error: AnswerError::Missing("auth")
        }
    );
}

#[tokio::test]
async fn the_clients_secret_is_not_sent_where_the_operator_did_not_say() {
    let elsewhere = Stage::new().await;
    let origin = elsewhere.settings.base_url.join("/").unwrap();
    let mut stage = Stage::with(vec![seal()], |settings| settings.origin = origin.clone()).await;
    let error = stage.open().await.unwrap_err();
    assert!(
        matches!(&error, CscError::Service(text) if text.contains("token_url")),
        "{error}"
    );
    assert_eq!(elsewhere.provider.seen("oauth2/token"), 0);
    // Named by the operator it is asked, as far as the guarded client lets it be.
    stage.settings.token_url = Some(origin.join("oauth2/token").unwrap());
    let error = stage.open().await.unwrap_err();
    assert!(
        matches!(
            error,
            CscError::Unavailable {
                method: Method::Token,
                ..
            }
        ),
        "{error}"
    );
    assert_eq!(elsewhere.provider.seen("oauth2/token"), 0);
}

#[tokio::test]
async fn a_service_that_lacks_what_is_needed_is_refused() {
    for (info, lacking) in [
        (r#"{"authType":["oauth2code"],"methods":[]}"#, "oauth2client"),
        (
            r#"{"authType":["oauth2client"],"methods":["credentials/info","credentials/authorize"]}"#,
            "signatures/signHash",
        ),
    ] {
        let stage = Stage::new().await;
        stage
            .provider
            .behave(|provider| provider.fail("info", Fault::Answers(info.to_owned()), 1));
        let error = stage.open().await.unwrap_err();
        assert!(
            matches!(&error, CscError::Service(text) if text.contains(lacking)),
            "{error}"
        );
    }
}

#[tokio::test]
async fn a_wrong_client_is_told_so() {
    let mut stage = Stage::new().await;
    stage.settings.client_secret = Secret::new("wrong");
    let error = stage.open().await.unwrap_err().to_string();
    assert_eq!(
        error,
        "oauth2/token: the provider refuses: 400 invalid_request: Invalid parameter client_secret"
    );
}

#[tokio::test]
async fn what_is_no_answer_is_refused() {
    for (method, expected) in [
        ("info", Method::Info),
        ("oauth2/token", Method::Token),
        ("credentials/list", Method::CredentialsList),
        ("credentials/info", Method::CredentialsInfo),
    ] {
        for text in ["", "nonsense", "[]", "{"] {
            let stage = Stage::new().await;
            stage
                .provider
                .behave(|provider| provider.fail(method, Fault::Answers(text.to_owned()), 1));
            let error = stage.open().await.unwrap_err();
            assert!(
                matches!(error, CscError::Answer { method, error: AnswerError::Json(_) } if method == expected),
                "{method} {text:?}: {error}"
            );
        }
    }
}

#[tokio::test]
async fn secrets_that_a_provider_repeats_are_in_no_error() {
    for method in ["oauth2/token", "credentials/list", "credentials/info"] {
        for authentication in [ClientAuthentication::Post, ClientAuthentication::Basic] {
            let mut stage = Stage::new().await;
            stage.settings.client_authentication = authentication;
            stage
                .provider
                .behave(|provider| provider.fail(method, Fault::Repeats, 1));
            // base64 of what stands before the secret in the header.
            silent(&stage.open().await.unwrap_err(), &["Z29vZGFpc"]);
        }
    }
    for method in ["credentials/authorize", "signatures/signHash"] {
        let stage = Stage::new().await;
        let signer = stage.open().await.unwrap();
        assert!(!format!("{signer:?} {:?}", stage.settings).contains(CLIENT_SECRET));
        let sad = r#"{"SAD":"activation-data-of-goodair"}"#.to_owned();
        stage.provider.behave(|provider| {
            if method == "signatures/signHash" {
                provider.fail("credentials/authorize", Fault::Answers(sad), 1);
            }
            provider.fail(method, Fault::Repeats, 1);
        });
        silent(
            &signer.signature(b"text").await.unwrap_err(),
            &["activation-data"],
        );
    }
}

/// The provider's words are there, our secrets are not.
fn silent(error: &CscError, further: &[&str]) {
    for text in [error.to_string(), format!("{error:?}")] {
        assert!(text.contains("access_denied"), "{text}");
        for secret in [CLIENT_SECRET, PIN].iter().chain(further) {
            assert!(!text.contains(secret), "{text}");
        }
        if let Some((_, after)) = text.split_once("Bearer ") {
            assert!(after.starts_with('…'), "{text}");
        }
    }
}
