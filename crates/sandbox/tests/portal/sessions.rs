//! Sessions of browsers: how they begin, are completed and end.
use crate::stage::{FURTHER_SCOPE, Published, RESPONSE_CODE, World, on_each, start, token};
use axum::body::Body;
use http::{Request, StatusCode, header};
use jiff::SignedDuration;
use procura_crypto::{Curve, KeyKind, PrivateKey, digest::sha256};
use procura_protocol::oauth::access_token::AccessToken;
use procura_store::{Schema, contract::on_each_database};

#[tokio::test]
async fn a_login_leads_to_the_verifier_with_a_fresh_state_and_a_cookie_that_scripts_cannot_read() {
    on_each(async |world| {
        let (_, headers, _) = world
            .send(Request::get("/login").body(Body::empty()).unwrap())
            .await;
        let cookie = headers[header::SET_COOKIE].to_str().unwrap();
        assert!(cookie.starts_with("__Host-portal="), "{cookie}");
        for part in ["; Path=/", "; HttpOnly", "; SameSite=Lax", "; Secure"] {
            assert!(cookie.contains(part), "{cookie}");
        }
        let location = headers[header::LOCATION].to_str().unwrap();
        assert!(location.starts_with(&format!(
            "{}/login?client_id=portal&scope=dome.credentials.presentation.LEARCredential&state=",
            world.published.origin
        )));
        let (first, second) = (world.begin().await, world.begin().await);
        assert!(first.0 != second.0 && first.1 != second.1);
        assert!(first.1.len() >= 22);
    })
    .await;
}

#[tokio::test]
async fn over_plain_http_the_cookie_is_not_marked_secure() {
    on_each_database(Schema::Portal, async |database| {
        let published = Published::start().await;
        let key = PrivateKey::generate(KeyKind::Ec(Curve::P256)).unwrap();
        let world = World::with(&database.store, published, key, "http://127.0.0.1:4715/");
        let (_, headers, _) = world
            .send(Request::get("/login").body(Body::empty()).unwrap())
            .await;
        let cookie = headers[header::SET_COOKIE].to_str().unwrap();
        assert!(
            cookie.starts_with("portal=") && !cookie.contains("Secure"),
            "{cookie}"
        );
    })
    .await;
}

#[tokio::test]
async fn a_login_that_took_too_long_is_not_completed() {
    on_each(async |world| {
        let (cookie, state) = world.begin().await;
        world.watch.set(start() + SignedDuration::from_mins(10));
        let late = world.notify(&world.mint(&token("t1")), &state).await;
        assert_eq!(late, (StatusCode::CONFLICT, "PRO-5020".to_owned()));
        assert!(world.home(&cookie).await.contains("Sign in with your wallet"));
    })
    .await;
}

#[tokio::test]
async fn signing_out_ends_the_session() {
    on_each(async |world| {
        let (cookie, state) = world.begin().await;
        assert_eq!(
            world.notify(&world.mint(&token("t1")), &state).await.0,
            StatusCode::NO_CONTENT
        );
        world.back(&cookie).await;
        let request = Request::post("/logout")
            .header(header::COOKIE, &cookie)
            .body(Body::empty())
            .unwrap();
        let (status, headers, _) = world.send(request).await;
        assert_eq!(status, StatusCode::SEE_OTHER);
        assert!(
            headers[header::SET_COOKIE]
                .to_str()
                .unwrap()
                .contains("Max-Age=0")
        );
        assert!(world.home(&cookie).await.contains("Sign in with your wallet"));
    })
    .await;
}

#[tokio::test]
async fn two_session_cookies_are_as_none() {
    on_each(async |world| {
        let (cookie, state) = world.begin().await;
        assert_eq!(
            world.notify(&world.mint(&token("t1")), &state).await.0,
            StatusCode::NO_CONTENT
        );
        world.back(&cookie).await;
        assert!(
            world
                .home(&format!("{cookie}; {cookie}"))
                .await
                .contains("Sign in with your wallet")
        );
    })
    .await;
}

#[tokio::test]
async fn a_session_is_completed_only_by_its_own_browser_with_the_code_of_the_notification() {
    on_each(async |world| {
        let (attacker, state) = world.begin().await;
        let (victim, _) = world.begin().await;
        let token = world.mint(&token("t1"));
        assert_eq!(world.notify(&token, &state).await.0, StatusCode::NO_CONTENT);
        assert!(world.home(&attacker).await.contains("not signed in yet"));
        // The victim's browser has the code and not the session; the attacker's has the session and not the code.
        for browser in ["", &victim] {
            world.back_with(browser, RESPONSE_CODE).await;
            assert!(!world.home(browser).await.contains("Good day"));
        }
        let other_code = RESPONSE_CODE.to_lowercase();
        for code in ["", "A", &RESPONSE_CODE[..42], &other_code] {
            let (status, _) = world.back_with(&attacker, code).await;
            assert_eq!(status, StatusCode::OK, "{code}");
            assert!(world.home(&attacker).await.contains("not signed in yet"));
        }
        world.back(&attacker).await;
        assert!(
            world.home(&attacker).await.contains("Good day"),
            "the control: both together"
        );
    })
    .await;
}

#[tokio::test]
async fn a_browser_that_is_back_before_the_notification_looks_again() {
    on_each(async |world| {
        let (cookie, state) = world.begin().await;
        let (status, page) = world.back_with(&cookie, RESPONSE_CODE).await;
        assert_eq!(status, StatusCode::OK);
        assert!(
            page.contains("One moment") && page.contains("<a class=\"button\" href=\"\">Look again</a>"),
            "{page}"
        );
        let token = world.mint(&token("t1"));
        assert_eq!(world.notify(&token, &state).await.0, StatusCode::NO_CONTENT);
        world.back(&cookie).await;
        assert!(world.home(&cookie).await.contains("Good day"));
        assert_eq!(
            world.notify(&token, &state).await.0,
            StatusCode::NO_CONTENT,
            "a repetition is heard quietly"
        );
    })
    .await;
}

#[tokio::test]
async fn a_browser_that_is_back_too_late_is_not_signed_in() {
    on_each(async |world| {
        let (cookie, state) = world.begin().await;
        let token = world.mint(&token("t1"));
        assert_eq!(world.notify(&token, &state).await.0, StatusCode::NO_CONTENT);
        world.watch.set(start() + SignedDuration::from_mins(10));
        let (status, page) = world.back_with(&cookie, RESPONSE_CODE).await;
        assert_eq!(status, StatusCode::OK);
        assert!(page.contains("Sign in with your wallet"), "{page}");
    })
    .await;
}

#[tokio::test]
async fn what_a_session_remembers_is_sealed_and_the_credential_is_not_kept() {
    on_each_database(Schema::Portal, async |database| {
        let world = World::new(&database.store).await;
        let (cookie, state) = world.begin().await;
        let token = world.mint(&AccessToken {
            credential: "aaaa.bbbb.cccc".to_owned(),
            ..token("t1")
        });
        assert_eq!(world.notify(&token, &state).await.0, StatusCode::NO_CONTENT);
        let seen = async || {
            let digest = sha256(cookie.split_once('=').unwrap().1.as_bytes());
            let session = database
                .store
                .read((digest, start()), |tx, (digest, now)| {
                    Box::pin(procura_store::portal::session(tx, digest, *now))
                })
                .await;
            session.unwrap().unwrap().visitor
        };
        assert_eq!(seen().await, None, "announced only");
        world.back(&cookie).await;
        let sealed = String::from_utf8_lossy(&seen().await.unwrap()).into_owned();
        for personal in ["John", "Doe", "GoodAir", "jti", "verifiableCredential"] {
            assert!(!sealed.contains(personal), "{personal}");
        }
        let (_, said) = world.open("/session", &cookie).await;
        assert!(
            said.contains("John") && !said.contains("aaaa.bbbb.cccc"),
            "{said}"
        );
        assert!(said.contains("not kept (14 characters)"), "{said}");
    })
    .await;
}

#[tokio::test]
async fn what_ended_is_forgotten() {
    on_each(async |world| {
        let (_, state) = world.begin().await;
        world.begin().await;
        assert_eq!(
            world.notify(&world.mint(&token("t1")), &state).await.0,
            StatusCode::NO_CONTENT
        );
        assert_eq!(world.portal.forget_ended().await.unwrap(), 0);
        world.watch.set(start() + SignedDuration::from_mins(10));
        assert_eq!(world.portal.forget_ended().await.unwrap(), 2, "both logins");
        world.watch.set(start() + SignedDuration::from_mins(16));
        assert_eq!(world.portal.forget_ended().await.unwrap(), 1, "the token's id");
    })
    .await;
}

#[tokio::test]
async fn a_login_asks_for_what_the_portal_knows_and_for_nothing_else() {
    on_each(async |world| {
        let login = async |query: &str| {
            world
                .send(
                    Request::get(format!("/login{query}"))
                        .body(Body::empty())
                        .unwrap(),
                )
                .await
        };
        let (_, headers, _) = login(&format!("?scope={FURTHER_SCOPE}")).await;
        let location = headers[header::LOCATION].to_str().unwrap();
        assert!(
            location.contains(&format!("scope={FURTHER_SCOPE}&")),
            "{location}"
        );
        for query in ["?scope=", "?scope=vp_token", "?scope=a&scope=b"] {
            let (status, headers, page) = login(query).await;
            assert_eq!(status, StatusCode::BAD_REQUEST, "{query}");
            assert!(!headers.contains_key(header::SET_COOKIE) && page.contains("no such way to sign in"));
        }
        assert!(
            world
                .home("")
                .await
                .contains("Sign in with a LEARCredentialEmployee instead")
        );
        let (cookie, state) = world.begin().await;
        let token = world.mint(&AccessToken {
            scope: FURTHER_SCOPE.to_owned(),
            ..token("t1")
        });
        assert_eq!(world.notify(&token, &state).await.0, StatusCode::NO_CONTENT);
        world.back(&cookie).await;
        assert!(world.home(&cookie).await.contains("Good day"));
    })
    .await;
}
