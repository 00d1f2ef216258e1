//! What who signed in sees, and who else does not.
use crate::stage::{on_each, token, vc};
use axum::body::Body;
use http::{Request, StatusCode, header};
use procura_credential::lear::Shape;
use procura_protocol::oauth::access_token::AccessToken;
use serde_json::{Value, json};

#[tokio::test]
async fn who_signed_in_is_greeted_by_name_organisation_and_powers() {
    on_each(async |world| {
        let (cookie, state) = world.begin().await;
        assert!(world.home(&cookie).await.contains("not signed in yet"));
        let token = world.mint(&token("t1"));
        assert_eq!(
            world.notify(&token, &state).await,
            (StatusCode::NO_CONTENT, String::new())
        );
        world.back(&cookie).await;
        let page = world.home(&cookie).await;
        for text in [
            "Good day, John Doe",
            "GoodAir",
            "VATES-12345678",
            "Onboarding: Execute (DOME)",
        ] {
            assert!(page.contains(text), "{text}: {page}");
        }
        assert!(world.home("").await.contains("Sign in with your wallet"));
    })
    .await;
}

#[tokio::test]
async fn the_browser_of_a_session_and_no_other_sees_what_the_token_said() {
    on_each(async |world| {
        let (cookie, state) = world.begin().await;
        let session = async |cookie: &str| {
            let request = Request::get("/session")
                .header(header::COOKIE, cookie)
                .body(Body::empty())
                .unwrap();
            world.send(request).await
        };
        assert_eq!(session(&cookie).await.0, StatusCode::NOT_FOUND);
        let token = world.mint(&token("t1"));
        assert_eq!(world.notify(&token, &state).await.0, StatusCode::NO_CONTENT);
        assert_eq!(session(&cookie).await.0, StatusCode::NOT_FOUND, "announced only");
        world.back(&cookie).await;
        let (status, _, body) = session(&cookie).await;
        let said: Value = serde_json::from_str(&body).unwrap();
        assert_eq!(
            (status, &said["access_token"]["header"]["typ"]),
            (StatusCode::OK, &json!("at+jwt"))
        );
        assert_eq!(said["access_token"]["claims"]["jti"], "t1");
        assert!(
            !body.contains(token.rsplit('.').next().unwrap()),
            "no signature: nobody can use it"
        );
        assert_eq!(session("").await.0, StatusCode::NOT_FOUND);
    })
    .await;
}

#[tokio::test]
async fn the_credential_of_the_dome_document_is_greeted_too() {
    on_each(async |world| {
        let (cookie, state) = world.begin().await;
        let token = AccessToken {
            vc: vc(Shape::LearCredential),
            ..token("t1")
        };
        assert_eq!(
            world.notify(&world.mint(&token), &state).await.0,
            StatusCode::NO_CONTENT
        );
        world.back(&cookie).await;
        let page = world.home(&cookie).await;
        assert!(
            page.contains("Good day, John Doe") && page.contains("Roles and duties described at"),
            "{page}"
        );
    })
    .await;
}

#[tokio::test]
async fn names_are_text_and_never_markup() {
    on_each(async |world| {
        let (cookie, state) = world.begin().await;
        let mut vc = vc(Shape::EmployeeV3);
        vc["credentialSubject"]["mandate"]["mandatee"]["firstName"] = json!("<script>alert(1)</script>");
        assert_eq!(
            world
                .notify(&world.mint(&AccessToken { vc, ..token("t1") }), &state)
                .await
                .0,
            StatusCode::NO_CONTENT
        );
        world.back(&cookie).await;
        let page = world.home(&cookie).await;
        assert!(!page.contains("<script>") && page.contains("script"), "{page}");
    })
    .await;
}
