//! The portal's interface is described as it is.
use crate::stage::{RESPONSE_CODE, SECRET, World, on_each, token};
use axum::body::Body;
use http::{Request, StatusCode, header};
use procura_sandbox::portal::openapi;
use procura_store::{Schema, contract::on_each_database};

#[tokio::test]
async fn every_path_answers_with_a_status_that_is_described() {
    on_each(async |world| {
        let cookie = signed_in(world).await;
        let described = serde_json::to_value(openapi()).unwrap();
        let mut asked = 0;
        for (path, methods) in described["paths"].as_object().unwrap() {
            for (method, operation) in methods
                .as_object()
                .unwrap()
                .iter()
                .filter(|(key, _)| *key != "parameters")
            {
                let request = Request::builder()
                    .method(method.to_uppercase().as_str())
                    .uri(path)
                    .header(header::COOKIE, &cookie)
                    .body(Body::empty())
                    .unwrap();
                // Signing out would end what others need; health is the shell's.
                if path == "/logout" || path.starts_with("/health/") {
                    continue;
                }
                let (status, _, _) = world.send(request).await;
                let described = operation["responses"].as_object().unwrap();
                assert!(
                    described.contains_key(status.as_str()),
                    "{method} {path}: {status} is none of {:?}",
                    described.keys()
                );
                let expected = match path.as_str() {
                    "/login" => StatusCode::SEE_OTHER,
                    "/notify" => StatusCode::UNAUTHORIZED,
                    _ => StatusCode::OK,
                };
                assert_eq!(status, expected, "{method} {path}");
                asked += 1;
            }
        }
        assert_eq!(asked, 5);
        for (path, status) in [
            ("/session", StatusCode::NOT_FOUND),
            ("/login?scope=other", StatusCode::BAD_REQUEST),
        ] {
            let (path_alone, _) = path.split_once('?').unwrap_or((path, ""));
            let responses = &described["paths"][path_alone]["get"]["responses"];
            assert!(responses.get(status.as_str()).is_some(), "{path}: {status}");
            assert_eq!(world.open(path, "").await.0, status, "{path}");
        }
        let request = Request::post("/logout").body(Body::empty()).unwrap();
        assert_eq!(world.send(request).await.0, StatusCode::SEE_OTHER);
    })
    .await;
}

async fn signed_in(world: &World) -> String {
    let (cookie, state) = world.begin().await;
    assert_eq!(
        world.notify(&world.mint(&token("t1")), &state).await.0,
        StatusCode::NO_CONTENT
    );
    world.back(&cookie).await;
    cookie
}

#[tokio::test]
async fn where_the_database_is_gone_every_path_that_needs_it_answers_with_a_described_503() {
    on_each_database(Schema::Portal, async |database| {
        let world = World::new(&database.store).await;
        let cookie = signed_in(&world).await;
        let (_, state) = world.begin().await;
        database.store.close().await;
        let described = serde_json::to_value(openapi()).unwrap();
        let body = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("access_token", &world.mint(&token("t2")))
            .append_pair("state", &state)
            .append_pair("response_code", RESPONSE_CODE)
            .finish();
        for (method, path) in [
            ("get", "/"),
            ("get", "/login"),
            ("get", "/session"),
            ("post", "/logout"),
            ("post", "/notify"),
        ] {
            let request = Request::builder()
                .method(method.to_uppercase().as_str())
                .uri(path)
                .header(header::COOKIE, &cookie)
                .header(header::AUTHORIZATION, format!("Bearer {SECRET}"))
                .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
                .body(Body::from(body.clone()))
                .unwrap();
            let (status, headers, _) = world.send(request).await;
            assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE, "{method} {path}");
            let described = &described["paths"][path][method]["responses"][status.as_str()];
            assert!(
                described.is_object(),
                "{method} {path}: {status} is not described"
            );
            if path != "/notify" {
                let content_type = headers[header::CONTENT_TYPE].to_str().unwrap();
                let media_type = content_type.split(';').next().unwrap();
                assert!(
                    described["content"][media_type].is_object(),
                    "{path}: {media_type}"
                );
            }
        }
    })
    .await;
}
