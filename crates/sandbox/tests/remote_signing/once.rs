//! A signature that was asked for and not answered is not asked for again.
use crate::stage::Stage;
use procura_keys::{
    Signer, SignerError,
    csc::{CscError, Method},
};
use procura_sandbox::csc::Fault;
use std::time::Duration;

/// What was asked, where the error says that the provider may have signed.
fn may_have_signed(error: &CscError) -> Option<Method> {
    match error {
        CscError::Unavailable {
            method,
            may_have_signed: true,
            ..
        } => Some(*method),
        _ => None,
    }
}

/// The signature is not given out, the provider was asked once, and the error says that it may have signed.
async fn asked_once(fault: Fault, made: usize) {
    let mut stage = Stage::new().await;
    stage.settings.time_limit = Duration::from_millis(500);
    let name = format!("{fault:?}");
    let error = stage
        .signs_while(|provider| provider.fail("signatures/signHash", fault, 10))
        .await
        .unwrap_err();
    assert_eq!(may_have_signed(&error), Some(Method::SignHash), "{name}: {error}");
    assert_eq!(stage.counts(), [1, 1, 1, made], "{name}");
}

#[tokio::test]
async fn who_signs_and_never_answers_is_asked_once() {
    asked_once(Fault::NeverAnswers, 1).await;
}

#[tokio::test]
async fn who_fails_while_signing_is_asked_once() {
    for status in [408, 500, 502, 503, 504] {
        asked_once(
            Fault::Refuses(status, "server_error", "an unexpected condition"),
            0,
        )
        .await;
    }
}

#[tokio::test]
async fn who_answers_beyond_all_bounds_is_asked_once() {
    asked_once(Fault::Floods(1024 * 1024 + 1), 0).await;
}

#[tokio::test]
async fn who_redirects_is_asked_once() {
    asked_once(Fault::Redirects("/csc/v2/signatures/signHash".to_owned()), 0).await;
}

#[tokio::test]
async fn callers_learn_that_the_provider_may_have_signed() {
    let mut stage = Stage::new().await;
    stage.settings.time_limit = Duration::from_millis(500);
    let signer = stage.open().await.unwrap();
    stage
        .provider
        .behave(|provider| provider.fail("signatures/signHash", Fault::NeverAnswers, 1));
    let error = signer.sign(b"text").await.unwrap_err();
    assert!(
        matches!(&error, SignerError::Unavailable(text) if text.contains("the provider may have signed")),
        "{error}"
    );
}

#[tokio::test]
async fn an_asynchronous_signature_that_does_not_come_is_asked_for_once() {
    for fault in [
        None,
        Some(Fault::NeverAnswers),
        Some(Fault::Refuses(500, "server_error", "")),
    ] {
        let mut stage = Stage::new().await;
        stage.settings.asynchronous = true;
        stage.settings.time_limit = Duration::from_millis(100);
        stage.settings.poll_limit = Duration::from_millis(300);
        let error = stage
            .signs_while(|provider| {
                provider.questions_before_ready = u32::MAX;
                if let Some(fault) = fault {
                    provider.fail("signatures/signPolling", fault, 1000);
                }
            })
            .await
            .unwrap_err();
        assert_eq!(may_have_signed(&error), Some(Method::SignPolling), "{error}");
        assert_eq!(stage.counts(), [1, 1, 1, 1]);
        assert!(stage.provider.seen("signatures/signPolling") > 1);
    }
}

#[tokio::test]
async fn nothing_is_signed_where_the_authorization_is_not_answered() {
    let mut stage = Stage::new().await;
    stage.settings.time_limit = Duration::from_millis(300);
    let error = stage
        .signs_while(|provider| provider.fail("credentials/authorize", Fault::NeverAnswers, 10))
        .await
        .unwrap_err();
    let CscError::Pin(reason) = error else {
        panic!("{error}");
    };
    assert!(matches!(*reason, CscError::Unavailable { .. }), "{reason}");
    assert_eq!(may_have_signed(&reason), None, "{reason}");
    assert_eq!(stage.counts(), [1, 1, 0, 0]);
}

#[tokio::test]
async fn activation_data_that_is_refused_again_is_given_up() {
    let stage = Stage::with(vec![crate::stage::seal()], |settings| settings.sad_seconds = 0).await;
    let error = stage.signs_while(|_| ()).await.unwrap_err();
    assert!(error.to_string().contains("SAD expired"), "{error}");
    assert_eq!(stage.counts(), [1, 2, 2, 0]);
}

#[tokio::test]
async fn a_token_that_is_refused_again_is_given_up() {
    let stage = Stage::new().await;
    let refused = Fault::Refuses(401, "invalid_token", "");
    let error = stage
        .signs_while(|provider| provider.fail("signatures/signHash", refused, 10))
        .await
        .unwrap_err();
    assert!(
        matches!(
            error,
            CscError::Provider {
                method: Method::SignHash,
                ..
            }
        ),
        "{error}"
    );
    assert_eq!(stage.counts(), [2, 1, 2, 0]);
}

#[tokio::test]
async fn other_refusals_are_not_tried_again() {
    for (error, description) in [
        ("invalid_request", "Hash is not authorized by the SAD"),
        ("invalid_request", "Signing certificate is expired"),
        ("access_denied", "SAD expired?"),
    ] {
        let stage = Stage::new().await;
        let refused = Fault::Refuses(400, error, description);
        let told = stage
            .signs_while(|provider| provider.fail("signatures/signHash", refused, 10))
            .await
            .unwrap_err();
        assert!(told.to_string().contains(description), "{told}");
        assert_eq!(stage.counts(), [1, 1, 1, 0]);
    }
}
