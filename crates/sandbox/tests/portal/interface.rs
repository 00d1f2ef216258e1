//! The portal's interface is described as it is.
use crate::stage::{World, on_each, token};
use axum::body::Body;
use http::{Request, StatusCode, header};
use procura_sandbox::portal::openapi;

#[tokio::test]
async fn every_path_that_is_described_answers() {
    on_each(async |world| {
        let cookie = signed_in(world).await;
        let described = serde_json::to_value(openapi()).unwrap();
        let mut asked = 0;
        for (path, methods) in described["paths"].as_object().unwrap() {
            for method in methods
                .as_object()
                .unwrap()
                .keys()
                .filter(|key| *key != "parameters")
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
                assert!(
                    status != StatusCode::NOT_FOUND && status != StatusCode::METHOD_NOT_ALLOWED,
                    "{method} {path}: {status}"
                );
                asked += 1;
            }
        }
        assert_eq!(asked, 5);
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
