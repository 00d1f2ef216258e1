//! What others see of the verifier: pages, metadata, health, its description.
use crate::stage::{Answer, EMPLOYEE, LEAR, Stage, world};
use axum::http::StatusCode;
use procura_credential::{
    judge::{holder_algorithms, seal_algorithms},
    lear::Shape,
};
use procura_sandbox::world::DOME_DID;
use serde_json::json;

const STATE: &str = "a-state-of-at-least-22-characters";

#[tokio::test]
async fn metadata_names_the_keys_and_both_issuers() {
    let served = world().await;
    let stage = Stage::new(&served).await;
    let server = stage
        .get("/.well-known/oauth-authorization-server", None)
        .await
        .json();
    assert_eq!(server["issuer"], "https://verifier.example");
    assert_eq!(server["access_token_issuer"], DOME_DID);
    assert_eq!(server["jwks_uri"], "https://verifier.example/jwks");
    assert_eq!(server["scopes_supported"], json!([LEAR, EMPLOYEE]));
    assert_eq!(
        server["access_token_signing_alg_values_supported"],
        json!(["ES256"])
    );
    assert_eq!(
        stage.get("/.well-known/openid-configuration", None).await.json(),
        server
    );
    assert_eq!(
        server["vp_formats_supported"],
        json!({
            "jwt_vp_json": { "alg_values_supported": holder_algorithms().names() },
            "jwt_vc_json": { "alg_values_supported": seal_algorithms().names() },
        }),
        "what is accepted, no more and no less"
    );
    let document = server.as_object().unwrap();
    let empty: Vec<_> = document.iter().filter(|(_, v)| *v == &json!([])).collect();
    assert!(empty.is_empty(), "RFC 8414 §3.2 leaves them out: {empty:?}");
    let keys = stage.get("/jwks", None).await.json();
    assert_eq!(
        (&keys["keys"][0]["alg"], &keys["keys"][0]["use"]),
        (&json!("ES256"), &json!("sig"))
    );
    assert_eq!(keys["keys"][0].get("d"), None);
}

#[tokio::test]
async fn the_login_page_says_who_asks_for_what_and_stands_on_its_own() {
    let served = world().await;
    let stage = Stage::new(&served).await;
    let page = stage
        .get(&format!("/login?client_id=portal&state={STATE}"), None)
        .await;
    assert_eq!(page.status, StatusCode::OK);
    for words in [
        "DOME Marketplace",
        DOME_DID,
        "LEARCredentialEmployee",
        "I have answered in my wallet",
        "lang=\"en\"",
        "role=\"img\"",
        "width=device-width",
    ] {
        assert!(page.text.contains(words), "{words}");
    }
    assert!(!page.text.contains("http-equiv"), "nothing is reloaded");
    let again = format!("href=\"/login/status?state={STATE}\"");
    assert!(page.text.contains(&again), "{}", page.text);
    let url = format!("<code>https://verifier.example/authorization-requests?state={STATE}</code>");
    assert!(page.text.contains(&url), "{}", page.text);
    assert!(!page.text.contains("style=\""));
    let scripts: Vec<_> = page.text.split("<script").skip(1).collect();
    let own = " src=\"/assets/login.js\" defer></script>";
    assert!(
        matches!(scripts[..], [script] if script.starts_with(own)),
        "one script, from a file: {}",
        page.text
    );
    assert_eq!(page.text.matches("src=").count(), 1, "nothing else is loaded");
    let policy = page.headers["content-security-policy"].to_str().unwrap();
    assert!(
        policy.starts_with("default-src 'none'; script-src 'self'; ") && !policy.contains("unsafe"),
        "{policy}"
    );
    let script = stage.get("/assets/login.js", None).await;
    assert_eq!(script.headers["content-type"], "text/javascript; charset=utf-8");
    let cookie = page.headers["set-cookie"].to_str().unwrap();
    assert!(
        cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax") && cookie.contains("Secure"),
        "{cookie}"
    );
    let style = stage.get("/assets/login.css", None).await;
    assert_eq!(style.headers["content-type"], "text/css; charset=utf-8");
    assert!(style.text.contains("prefers-color-scheme: dark"));
}

#[tokio::test]
async fn the_code_on_the_page_leads_to_the_request_of_this_login() {
    let served = world().await;
    let stage = Stage::new(&served).await;
    // Every character that a state may have, and how it stands in a URL.
    let every = "0123456789-._~ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    for (state, written) in [(STATE, STATE), (every, &every.replace('~', "%7E"))] {
        let page = stage
            .get(&format!("/login?client_id=portal&state={state}"), None)
            .await;
        let code = &page.text[page.text.find("<svg").unwrap()..page.text.find("</svg>").unwrap()];
        assert_eq!(
            procura_testkit::qr::read(code).unwrap(),
            format!("https://verifier.example/authorization-requests?state={written}")
        );
    }
}

/// What the page's script hears.
async fn standing(stage: &Stage, cookie: Option<&str>) -> Answer {
    let mut request = http::Request::builder()
        .uri(format!("/login/status?state={STATE}"))
        .header("accept", "application/json");
    if let Some(cookie) = cookie {
        request = request.header("cookie", cookie);
    }
    stage.ask(request.body(axum::body::Body::empty()).unwrap()).await
}

#[tokio::test]
async fn the_pages_script_hears_how_the_login_stands_and_nothing_is_written_for_it() {
    let served = world().await;
    let stage = Stage::new(&served).await;
    let cookie = stage.begin(STATE, EMPLOYEE).await;
    let says = async |standing_is: &str, words: &str| {
        let before = stage.verifier.resources().store.commits();
        let answer = standing(&stage, Some(&cookie)).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
        assert_eq!(answer.headers["cache-control"], "no-store");
        assert_eq!(answer.json(), json!({ "standing": standing_is, "words": words }));
        assert_eq!(stage.verifier.resources().store.commits(), before);
    };
    says("open", "Waiting for your wallet.").await;
    let login = stage.fetch(STATE).await;
    says("open", "Your wallet has the request. Continue there.").await;
    let good = served.world.good_credential(Shape::EmployeeV3).unwrap();
    let answer = stage.answer(&stage.presentation(&served, &login, &good)).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    says(
        "accepted",
        "Your credential was accepted. DOME Marketplace is being told.",
    )
    .await;
    stage.clock.advance(3_600);
    says("over", "").await;
}

#[tokio::test]
async fn the_pages_script_of_another_browser_hears_nothing() {
    let served = world().await;
    let stage = Stage::new(&served).await;
    stage.begin(STATE, EMPLOYEE).await;
    for other in [None, Some("procura_login=AAAAAAAAAAAAAAAAAAAAAA")] {
        assert_eq!(standing(&stage, other).await.status, StatusCode::NOT_FOUND);
    }
}

#[tokio::test]
async fn a_wallet_on_the_same_device_is_one_link_away() {
    let served = world().await;
    let request = format!("https://verifier.example/authorization-requests?state={STATE}");
    let path = format!("/login?client_id=portal&state={STATE}");
    let plain = Stage::new(&served).await.get(&path, None).await;
    assert!(
        plain.text.contains(&format!("href=\"{request}\"")),
        "{}",
        plain.text
    );
    let configured = Stage::with(&served, |config| {
        config.wallet_scan_url = Some("https://wallet.example/scan".parse().unwrap());
    })
    .await;
    let page = configured.get(&path, None).await;
    let link = format!(
        "href=\"https://wallet.example/scan?uri=https%3A%2F%2Fverifier.example%2Fauthorization-requests%3Fstate%3D{STATE}\""
    );
    assert!(page.text.contains(&link), "{}", page.text);
}

async fn ask_for_the_request(stage: &Stage, headers: &[(&str, &str)]) -> Answer {
    let mut request = http::Request::builder().uri(format!("/authorization-requests?state={STATE}"));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    stage.ask(request.body(axum::body::Body::empty()).unwrap()).await
}

#[tokio::test]
async fn whoever_does_not_navigate_is_handed_the_request_whatever_it_accepts() {
    let served = world().await;
    let stage = Stage::new(&served).await;
    stage.begin(STATE, EMPLOYEE).await;
    let clients: [&[(&str, &str)]; 6] = [
        // Java's HttpURLConnection.
        &[("accept", "text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2")],
        // curl.
        &[("accept", "*/*")],
        &[("accept", "text/html;q=0, */*")],
        &[("accept", "text/html")],
        // A wallet in a web page.
        &[("accept", "*/*"), ("sec-fetch-mode", "cors")],
        &[],
    ];
    for headers in clients {
        let answer = ask_for_the_request(&stage, headers).await;
        assert_eq!(answer.status, StatusCode::OK, "{headers:?}");
        assert_eq!(
            answer.headers["content-type"], "application/oauth-authz-req+jwt",
            "{headers:?}"
        );
    }
}

#[tokio::test]
async fn a_browser_that_opens_the_codes_address_is_told_what_to_do_and_leaves_the_request_to_the_wallet() {
    let served = world().await;
    let stage = Stage::new(&served).await;
    stage.begin(STATE, EMPLOYEE).await;
    let before = stage.verifier.resources().store.commits();
    let headers = [
        (
            "accept",
            "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
        ),
        ("sec-fetch-mode", "navigate"),
    ];
    let page = ask_for_the_request(&stage, &headers).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.text.contains("Open this in your wallet"), "{}", page.text);
    assert_eq!(page.headers["cache-control"], "no-store");
    assert_eq!(stage.verifier.resources().store.commits(), before);
    let wallet = stage.fetch(STATE).await;
    assert!(
        !wallet.nonce.contains('.'),
        "the wallet is the first: {}",
        wallet.nonce
    );
}

#[tokio::test]
async fn who_asks_only_what_is_there_does_not_take_the_request_from_the_wallet() {
    let served = world().await;
    let stage = Stage::new(&served).await;
    stage.begin(STATE, EMPLOYEE).await;
    let before = stage.verifier.resources().store.commits();
    for path in ["authorization-requests", "authentication-requests"] {
        let head = http::Request::head(format!("/{path}?state={STATE}"));
        let answer = stage.ask(head.body(axum::body::Body::empty()).unwrap()).await;
        assert_eq!(
            (answer.status, answer.text.as_str()),
            (StatusCode::OK, ""),
            "{path}"
        );
        assert_eq!(answer.headers["cache-control"], "no-store", "{path}");
    }
    assert_eq!(stage.verifier.resources().store.commits(), before);
    let wallet = stage.fetch(STATE).await;
    assert!(
        !wallet.nonce.contains('.'),
        "the wallet is the first: {}",
        wallet.nonce
    );
}

#[tokio::test]
async fn who_asks_only_what_is_there_does_not_take_the_state_from_the_browser() {
    let served = world().await;
    let stage = Stage::new(&served).await;
    let before = stage.verifier.resources().store.commits();
    let address = format!("/login?client_id=portal&state={STATE}");
    let head = http::Request::head(address).body(axum::body::Body::empty());
    let answer = stage.ask(head.unwrap()).await;
    assert_eq!((answer.status, answer.text.as_str()), (StatusCode::OK, ""));
    assert!(!answer.headers.contains_key("set-cookie"));
    assert_eq!(stage.verifier.resources().store.commits(), before);
    stage.begin(STATE, EMPLOYEE).await;
}

#[tokio::test]
async fn a_login_begins_only_for_a_known_client_with_a_state_that_nobody_guesses_and_a_scope_it_may_ask() {
    let served = world().await;
    let stage = Stage::new(&served).await;
    let long = "a".repeat(129);
    for (path, code) in [
        ("/login".to_owned(), "PRO-4001"),
        (
            format!("/login?client_id=portal&client_id=portal&state={STATE}"),
            "PRO-4001",
        ),
        (format!("/login?client_id=stranger&state={STATE}"), "PRO-4002"),
        ("/login?client_id=portal&state=short".to_owned(), "PRO-4003"),
        (format!("/login?client_id=portal&state={long}"), "PRO-4003"),
        (
            "/login?client_id=portal&state=%3Cscript%3Ealert(1)%3C%2Fscript%3E".to_owned(),
            "PRO-4003",
        ),
        (
            format!("/login?client_id=portal&state={STATE}&scope=openid"),
            "PRO-4004",
        ),
    ] {
        let page = stage.get(&path, None).await;
        assert_eq!(page.status, StatusCode::BAD_REQUEST, "{path}");
        assert!(page.text.contains(code), "{path}: {}", page.text);
        assert!(!page.text.contains("<script"), "{path}");
    }
}

#[tokio::test]
async fn a_state_serves_one_browser_and_one_login() {
    let served = world().await;
    let stage = Stage::new(&served).await;
    let cookie = stage.begin(STATE, EMPLOYEE).await;
    let path = format!("/login?client_id=portal&state={STATE}");
    let again = stage.get(&path, Some(&cookie)).await;
    assert_eq!(
        again.status,
        StatusCode::OK,
        "the same browser sees its login again"
    );
    for other in [None, Some("procura_login=AAAAAAAAAAAAAAAAAAAAAA")] {
        let page = stage.get(&path, other).await;
        assert_eq!(page.status, StatusCode::CONFLICT);
        assert!(page.text.contains("PRO-4005"));
    }
    stage.clock.advance(300);
    let late = stage.get(&path, Some(&cookie)).await;
    assert!(
        late.text.contains("took too long") && late.text.contains("error=access_denied"),
        "{}",
        late.text
    );
}

#[tokio::test]
async fn a_configuration_that_is_not_safe_is_refused_by_key() {
    type Change = fn(&mut procura_verifier::Config);
    let served = world().await;
    let folder = tempfile::tempdir().unwrap();
    let good = crate::stage::config(&served, folder.path(), "http://127.0.0.1:1");
    assert_eq!(good.check(), Ok(()));
    let changes: [(&str, Change); 10] = [
        ("wallet_scan_url", |c| {
            c.wallet_scan_url = Some("http://wallet.example/scan".parse().unwrap());
        }),
        ("public_url", |c| {
            c.public_url = "http://verifier.example".parse().unwrap();
        }),
        ("public_url", |c| {
            c.public_url = "https://verifier.example/path".parse().unwrap();
        }),
        ("clients", |c| c.clients.clear()),
        ("clients[1].client_id", |c| c.clients.push(c.clients[0].clone())),
        ("clients[0].scopes", |c| {
            c.clients[0].scopes = vec!["openid".to_owned()];
        }),
        ("clients[0].notify_url", |c| {
            c.clients[0].notify_url = "http://portal.example/".parse().unwrap();
        }),
        ("clients[0].return_url", |c| {
            c.clients[0].return_url = "http://portal.example/".parse().unwrap();
        }),
        ("lifetimes.transaction_seconds", |c| {
            c.lifetimes.transaction_seconds = 301;
        }),
        ("trust.lotl_signers", |c| c.trust.lotl_signers.clear()),
    ];
    for (key, change) in changes {
        let mut config = good.clone();
        change(&mut config);
        assert_eq!(config.check().unwrap_err().key(), Some(key));
    }
}
