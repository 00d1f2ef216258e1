//! A login ends once, by the wallet that has its nonce or by its time, and nobody else ends it.
use crate::assertions::{FORM, assert_no_such_login, assert_refused, signed};
use crate::stage::{EMPLOYEE, Stage, payload, response, world};
use axum::http::StatusCode;
use procura_credential::lear::Shape;
use serde_json::{Value, json};

#[tokio::test]
async fn an_unknown_state_or_nonce_a_replay_and_an_expired_login_are_one_answer() {
    let served = world().await;
    let stage = Stage::new(&served).await;
    let good = served.world.good_credential(Shape::EmployeeV3).unwrap();
    let form = "application/x-www-form-urlencoded";

    let login = stage.login(EMPLOYEE).await;
    let vp = stage.presentation(&served, &login, &good);
    let unknown_state = stage
        .post(form, response(&vp, Some("AAAAAAAAAAAAAAAAAAAAAA")).to_form())
        .await;
    let unknown_nonce = {
        let key = served.world.holder_key().unwrap();
        stage
            .answer(&signed(
                &served,
                &stage,
                "AAAAAAAAAAAAAAAAAAAAAA",
                &key,
                |_, _| {},
            ))
            .await
    };
    assert_eq!(stage.answer(&vp).await.status, StatusCode::OK, "the control");
    let replay = stage.answer(&vp).await;

    let late = stage.login(EMPLOYEE).await;
    stage.clock.advance(300);
    let expired = stage.answer(&stage.presentation(&served, &late, &good)).await;

    let never_fetched = "a-state-of-at-least-22-characters";
    stage.begin(never_fetched, EMPLOYEE).await;
    let unasked = stage
        .post(form, response(&vp, Some(never_fetched)).to_form())
        .await;

    for answer in [&unknown_state, &unknown_nonce, &replay, &expired, &unasked] {
        assert_no_such_login(answer);
        assert_eq!(answer.text, unknown_state.text);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_a_hundred_parallel_answers_exactly_one_makes_a_token() {
    let served = world().await;
    let stage = std::sync::Arc::new(Stage::new(&served).await);
    let good = served.world.good_credential(Shape::EmployeeV3).unwrap();
    let login = stage.login(EMPLOYEE).await;
    let vp = stage.presentation(&served, &login, &good);
    let answers: Vec<_> = (0..100)
        .map(|_| {
            let (stage, vp) = (stage.clone(), vp.clone());
            let form = response(&vp, None).to_form();
            tokio::spawn(async move {
                stage
                    .post_beside_others("application/x-www-form-urlencoded", form)
                    .await
            })
        })
        .collect();
    let mut accepted = 0;
    for answer in answers {
        let answer = answer.await.unwrap();
        if answer.status == StatusCode::OK {
            accepted += 1;
        } else {
            assert_no_such_login(&answer);
        }
    }
    assert_eq!(accepted, 1);
    stage.verifier.notifier().deliver_due().await.unwrap();
    assert_eq!(stage.portal.heard.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn a_login_is_over_after_five_refused_answers() {
    let served = world().await;
    let stage = Stage::new(&served).await;
    let good = served.world.good_credential(Shape::EmployeeV3).unwrap();
    let login = stage.login(EMPLOYEE).await;
    let key = served.world.holder_key().unwrap();
    for _ in 0..5 {
        let vp = signed(&served, &stage, &login.nonce, &key, |_, claims| {
            claims["aud"] = json!("other");
        });
        assert_refused(&stage.answer(&vp).await, "audience", "invalid_request");
    }
    assert_no_such_login(&stage.answer(&stage.presentation(&served, &login, &good)).await);
}

#[tokio::test]
async fn a_wallet_that_declines_ends_the_login_and_its_words_stay_here() {
    let served = world().await;
    let stage = Stage::new(&served).await;
    let state = "a-state-of-at-least-22-characters";
    let cookie = stage.begin(state, EMPLOYEE).await;
    let login = stage.fetch(state).await;
    let answer = stage
        .post(
            "application/x-www-form-urlencoded",
            format!(
                "error=%3Cb%3Ewallet_unavailable&state={state}&nonce={}",
                login.nonce
            ),
        )
        .await;
    assert_eq!(
        (answer.status, answer.json()),
        (StatusCode::OK, json!({ "accepted": false }))
    );
    let good = served.world.good_credential(Shape::EmployeeV3).unwrap();
    assert_no_such_login(&stage.answer(&stage.presentation(&served, &login, &good)).await);
    let page = stage
        .get(&format!("/login/status?state={state}"), Some(&cookie))
        .await;
    assert!(
        page.text.contains("You did not share") && page.text.contains("error=access_denied"),
        "{}",
        page.text
    );
    assert!(!page.text.contains("wallet_unavailable"));
    let guess = stage
        .post(
            "application/x-www-form-urlencoded",
            "error=x&state=unknown&nonce=unknown".to_owned(),
        )
        .await;
    assert_no_such_login(&guess);
}

#[tokio::test]
async fn who_knows_only_the_state_cannot_end_a_login_by_an_error() {
    let served = world().await;
    let stage = Stage::new(&served).await;
    let good = served.world.good_credential(Shape::EmployeeV3).unwrap();
    let (login, other) = (stage.login(EMPLOYEE).await, stage.login(EMPLOYEE).await);
    let state = &login.state;
    let before = stage.verifier.resources().store.commits();

    // The standard's own error response, to which nobody can object.
    let noted = stage
        .post(FORM, format!("error=access_denied&state={state}"))
        .await;
    assert_eq!(
        (noted.status, noted.json()),
        (StatusCode::OK, json!({ "accepted": false }))
    );
    let nobodys = stage.post(FORM, "error=access_denied".to_owned()).await;
    assert_eq!(
        (nobodys.status, &nobodys.json()["code"]),
        (StatusCode::BAD_REQUEST, &json!("PRO-4020"))
    );
    assert_no_such_login(
        &stage
            .post(FORM, "error=access_denied&state=unknown".to_owned())
            .await,
    );
    for guessed in ["guessed", &other.nonce, state, "..", &format!("{state}.a.b")] {
        let body = format!("error=x&state={state}&nonce={guessed}");
        assert_no_such_login(&stage.post(FORM, body).await);
    }
    assert_eq!(stage.verifier.resources().store.commits(), before);
    let answer = stage.answer(&stage.presentation(&served, &login, &good)).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
}

#[tokio::test]
async fn a_login_is_declined_by_its_nonce_alone() {
    let served = world().await;
    let stage = Stage::new(&served).await;
    let good = served.world.good_credential(Shape::EmployeeV3).unwrap();
    let login = stage.login(EMPLOYEE).await;
    let answer = stage.post(FORM, format!("error=x&nonce={}", login.nonce)).await;
    assert_eq!(answer.json(), json!({ "accepted": false }));
    assert_no_such_login(&stage.answer(&stage.presentation(&served, &login, &good)).await);
}

#[tokio::test]
async fn fifty_bad_answers_by_state_alone_leave_the_login_to_the_wallet() {
    let served = world().await;
    let stage = Stage::new(&served).await;
    let good = served.world.good_credential(Shape::EmployeeV3).unwrap();
    let (login, other) = (stage.login(EMPLOYEE).await, stage.login(EMPLOYEE).await);
    let elsewhere = stage.presentation(&served, &other, &good);
    for attempt in 0..50 {
        let vp = match attempt % 3 {
            0 => "nonsense".to_owned(),
            1 => format!("{elsewhere}x"),
            _ => elsewhere.clone(),
        };
        let form = response(&vp, Some(&login.state)).to_form();
        let answer = stage.post(FORM, form).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{}", answer.text);
        assert_eq!(answer.json()["code"], "PRO-4023", "{}", answer.text);
    }
    let answer = stage.answer(&stage.presentation(&served, &login, &good)).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
}

#[tokio::test]
async fn a_request_is_not_handed_out_for_an_unknown_state_or_after_its_life() {
    let served = world().await;
    let stage = Stage::new(&served).await;
    let path = |state: &str| format!("/authorization-requests?state={state}");
    let unknown = stage.get(&path("AAAAAAAAAAAAAAAAAAAAAA"), None).await;
    assert_eq!(
        (unknown.status, &unknown.json()["code"]),
        (StatusCode::NOT_FOUND, &json!("PRO-4010"))
    );
    assert_eq!(
        stage.get("/authorization-requests", None).await.status,
        StatusCode::NOT_FOUND
    );

    let login = stage.login(EMPLOYEE).await;
    stage.clock.advance(60);
    let late = stage.get(&path(&login.state), None).await;
    assert_eq!(
        (late.status, &late.json()["code"]),
        (StatusCode::GONE, &json!("PRO-4011"))
    );

    let never = "a-state-of-at-least-22-characters";
    stage.begin(never, EMPLOYEE).await;
    stage.clock.advance(300);
    assert_eq!(stage.get(&path(never), None).await.status, StatusCode::GONE);

    let spent = stage.login(EMPLOYEE).await;
    let good = served.world.good_credential(Shape::EmployeeV3).unwrap();
    stage.answer(&stage.presentation(&served, &spent, &good)).await;
    assert_eq!(
        stage.get(&path(&spent.state), None).await.status,
        StatusCode::GONE
    );
}

#[tokio::test]
async fn a_verdict_is_kept_sealed() {
    let served = world().await;
    let stage = Stage::new(&served).await;
    let login = stage.login(EMPLOYEE).await;
    let good = served.world.good_credential(Shape::EmployeeV3).unwrap();
    stage.answer(&stage.presentation(&served, &login, &good)).await;
    let resources = stage.verifier.resources();
    let row = resources
        .store
        .read(login.state.clone(), |tx, state| {
            Box::pin(procura_store::verifier::by_state(tx, state))
        })
        .await
        .unwrap()
        .unwrap();
    let sealed = resources
        .store
        .read(row.id.clone(), |tx, id| {
            Box::pin(procura_store::verifier::verdict(tx, id))
        })
        .await
        .unwrap()
        .unwrap();
    let opened = resources
        .vault
        .0
        .open_value(&format!("verifier/verdict/{}", row.id), &sealed)
        .unwrap();
    let verdict: Value = serde_json::from_slice(&opened).unwrap();
    assert!(verdict["checks"].as_array().unwrap().len() > 15);
    assert!(
        !verdict["lists"].as_array().unwrap().is_empty(),
        "the lists that were used are named"
    );
    let holder = served.world.holder().unwrap();
    for text in [sealed.as_slice(), &payload("a.YWJj.c")] {
        assert!(!String::from_utf8_lossy(text).contains(holder.as_str()));
    }
}
