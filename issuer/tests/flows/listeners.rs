//! Where the issuer can be reached, and what stands where.
use crate::world::*;
use procura_issuer::StartError;
use procura_service::{GuardedClient, Purpose, Shutdown, config::Listen, guarded::GuardedConfig, serve};
use std::time::Duration;

fn local() -> Listen {
    Listen {
        address: "127.0.0.1:0".parse().unwrap(),
        tls: None,
    }
}

#[tokio::test]
async fn metrics_are_served_where_operations_says_and_nowhere_else() {
    for operations in [None, Some(local())] {
        let expected: &[u16] = if operations.is_some() {
            &[404, 404, 200]
        } else {
            &[404, 404]
        };
        let world = World::with(|config| config.operations = operations).await;
        let bound = world.app.bind(&world.config).await.unwrap();
        let origins: Vec<String> = bound.iter().map(|(listener, _)| listener.origin()).collect();
        let client = GuardedClient::new(GuardedConfig {
            development_origins: origins.iter().cloned().collect(),
            extra_roots_pem: Vec::new(),
        })
        .unwrap();
        let (trigger, shutdown) = Shutdown::new();
        let served = tokio::spawn(serve(bound, shutdown, Duration::from_secs(20)));
        let mut answered = Vec::new();
        for origin in &origins {
            let url = format!("{origin}/metrics").parse().unwrap();
            let answer = client.get(Purpose::Protocol, &url, None, None).await.unwrap();
            answered.push(answer.status);
        }
        assert_eq!(answered, expected);
        trigger.fire();
        served.await.unwrap();
    }
}

/// It does not say that it is up, and then end.
#[tokio::test]
async fn an_address_that_is_taken_keeps_it_from_starting() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let listen = Listen {
        address: taken.local_addr().unwrap(),
        tls: None,
    };
    let world = World::with(|config| config.operations = Some(listen)).await;
    let refused = world.app.bind(&world.config).await.unwrap_err();
    let address = taken.local_addr().unwrap().to_string();
    assert!(matches!(refused, StartError::Serve(_)), "{refused}");
    assert!(refused.to_string().contains(&address), "{refused}");
}
