//! Whoever fetches the request again can present, but neither end the login nor count against it.
use crate::assertions::{FORM, assert_refused, signed};
use crate::stage::{EMPLOYEE, Gate, Override, Stage, response, world, world_to_change};
use axum::http::StatusCode;
use procura_credential::lear::Shape;
use procura_verifier::resources::MAXIMUM_UNCOUNTED;
use serde_json::json;

#[tokio::test]
async fn who_fetches_the_request_after_the_wallet_cannot_end_its_login() {
    let served = world().await;
    let stage = Stage::new(&served).await;
    let good = served.world.good_credential(Shape::EmployeeV3).unwrap();
    let key = served.world.holder_key().unwrap();
    let login = stage.login(EMPLOYEE).await;
    let onlooker = stage.fetch(&login.state).await;
    let declined = stage
        .post(
            FORM,
            format!("error=x&state={}&nonce={}", login.state, onlooker.nonce),
        )
        .await;
    assert_eq!(declined.json(), json!({ "accepted": false }));
    for _ in 0..50 {
        let vp = signed(&served, &stage, &onlooker.nonce, &key, |_, claims| {
            claims["aud"] = json!("other");
        });
        assert_refused(&stage.answer(&vp).await, "audience", "invalid_request");
    }
    let answer = stage.answer(&stage.presentation(&served, &login, &good)).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
}

#[tokio::test]
async fn judgements_that_count_against_no_login_are_bounded_and_those_that_count_do_not_wait_for_them() {
    let served = world().await;
    let stage = Stage::new(&served).await;
    let good = served.world.good_credential(Shape::EmployeeV3).unwrap();
    let login = stage.login(EMPLOYEE).await;
    let again = stage.fetch(&login.state).await;
    let uncounted = stage.verifier.resources().uncounted.0.clone();
    let all = u32::try_from(MAXIMUM_UNCOUNTED).unwrap();
    let others = uncounted.clone().acquire_many_owned(all).await.unwrap();

    let full = stage.answer(&stage.presentation(&served, &again, &good)).await;
    assert_eq!(
        (full.status, &full.json()["code"]),
        (StatusCode::SERVICE_UNAVAILABLE, &json!("PRO-4024"))
    );
    let first = stage.answer(&stage.presentation(&served, &login, &good)).await;
    assert_eq!(first.status, StatusCode::OK, "{}", first.text);
    drop(others);

    let login = stage.login(EMPLOYEE).await;
    let again = stage.fetch(&login.state).await;
    let repeated = stage.answer(&stage.presentation(&served, &again, &good)).await;
    assert_eq!(repeated.status, StatusCode::OK, "{}", repeated.text);
    assert_eq!(uncounted.available_permits(), MAXIMUM_UNCOUNTED, "given back");
}

/// While a judgement runs, its room is taken: a semaphore that nobody holds would bound nothing.
#[tokio::test]
async fn a_judgement_that_counts_against_no_login_takes_its_room_until_it_ends() {
    let served = world_to_change().await;
    let stage = Stage::new(&served).await;
    let good = served.world.good_credential(Shape::EmployeeV3).unwrap();
    let login = stage.login(EMPLOYEE).await;
    let again = stage.fetch(&login.state).await;
    let gate = Gate::default();
    served.say(
        &served.world.origins().status_list(),
        Override::Held(gate.clone()),
    );
    let uncounted = stage.verifier.resources().uncounted.0.clone();
    let vp = stage.presentation(&served, &again, &good);
    let (answer, ()) = tokio::join!(
        stage.post_beside_others(FORM, response(&vp, None).to_form()),
        async {
            gate.reached().await;
            assert_eq!(uncounted.available_permits(), MAXIMUM_UNCOUNTED - 1);
            gate.open();
        }
    );
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    assert_eq!(uncounted.available_permits(), MAXIMUM_UNCOUNTED);
}
