//! Refusals of the credential endpoint: one mutation each of a request that is granted.
use crate::world::*;
use axum::body::Body;
use http::Request;
use procura_crypto::{Curve, KeyKind, PrivateKey};
use procura_did::key;
use serde_json::{Value, json};
use std::sync::Arc;
use tokio::sync::Barrier;

/// Asks with a proof that `change` has touched, expects the refusal with a fresh nonce, and then is granted with it.
///
/// `reason` is what the refusal says: each proof is refused for what was changed, and for nothing else.
async fn proof_is_refused(
    what: &str,
    reason: &str,
    change: impl AsyncFnOnce(&World, &Redeemed, &Holder, Proof) -> Value,
) {
    let world = World::new().await;
    let redeemed = world.redeemed().await;
    let holder = Holder::new();
    let proof = holder.proof(&redeemed.c_nonce, world.now());
    let request = change(&world, &redeemed, &holder, proof).await;
    let refused = world.credential(&redeemed.access_token, &request).await;
    assert_eq!(
        refused.error(),
        (400, "invalid_or_missing_proof".into()),
        "{what}: {}",
        refused.text
    );
    assert_eq!(refused.header("cache-control"), "no-store");
    let body = refused.json();
    let said = body["error_description"].as_str().unwrap();
    assert!(said.starts_with(reason), "{what}: {said}");
    let fresh = body["c_nonce"].as_str().unwrap();
    assert_ne!(fresh, redeemed.c_nonce, "{what}");
    assert!(
        (1..=300).contains(&body["c_nonce_expires_in"].as_u64().unwrap()),
        "{what}"
    );
    assert_eq!(
        world.state(&redeemed.id).await,
        "redeemed",
        "{what}: nothing was issued"
    );
    let granted = world
        .credential(&redeemed.access_token, &holder.request(fresh, world.now()))
        .await;
    assert_eq!(granted.status, 200, "{what}: {}", granted.text);
}

#[tokio::test]
async fn a_proof_is_needed_and_has_the_type_jwt() {
    for (what, reason, proof) in [
        ("no object", "proof parameter: ", json!("x")),
        ("no type", "proof parameter: ", json!({"jwt": "x"})),
        (
            "other type",
            "proof parameter: ",
            json!({"proof_type": "ldp_vp", "jwt": "x"}),
        ),
        ("no jwt", "proof parameter: ", json!({"proof_type": "jwt"})),
        ("no JWT", "proof: ", json!({"proof_type": "jwt", "jwt": "x"})),
    ] {
        proof_is_refused(
            what,
            reason,
            async |_, _, _, _| json!({"format": "jwt_vc_json", "proof": proof}),
        )
        .await;
    }
    proof_is_refused(
        "no proof",
        "no proof",
        async |_, _, _, _| json!({"format": "jwt_vc_json"}),
    )
    .await;
}

#[tokio::test]
async fn the_proofs_claims_are_held() {
    for (what, reason, name, value) in [
        (
            "other audience",
            "aud is not this issuer",
            "aud",
            json!("https://evil.example"),
        ),
        (
            "audience with a slash",
            "aud is not this issuer",
            "aud",
            json!(format!("{ISSUER}/")),
        ),
        ("several audiences", "claim 'aud' is", "aud", json!([ISSUER])),
        ("other nonce", "the nonce is unknown", "nonce", json!("made up")),
        ("old", "iat is 301 s old", "iat", json!(1_780_000_000 - 301)),
        ("ahead", "iat is 61 s ahead", "iat", json!(1_780_000_000 + 61)),
        ("time as text", "claim 'iat' is", "iat", json!("1780000000")),
        ("expired", "exp has passed", "exp", json!(1_780_000_000)),
    ] {
        proof_is_refused(what, reason, async |_, _, holder, mut proof| {
            proof.claims.insert(name.into(), value);
            request(&holder.sign(&proof))
        })
        .await;
    }
    for name in ["aud", "iat", "nonce"] {
        proof_is_refused(
            name,
            &format!("claim '{name}' is"),
            async |_, _, holder, mut proof| {
                proof.claims.remove(name);
                request(&holder.sign(&proof))
            },
        )
        .await;
    }
}

#[tokio::test]
async fn the_proofs_header_is_held() {
    for (what, reason, name, value) in [
        ("other typ", "typ is not", "typ", json!("JWT")),
        ("alg none", "proof: alg 'none'", "alg", json!("none")),
        ("symmetric alg", "proof: alg 'HS256'", "alg", json!("HS256")),
        (
            "alg of another kind of key",
            "alg EdDSA is not accepted",
            "alg",
            json!("EdDSA"),
        ),
        (
            "kid of another method",
            "kid: ",
            "kid",
            json!("did:web:goodair.example#1"),
        ),
        (
            "jwk beside kid",
            "header parameter 'jwk'",
            "jwk",
            json!({"kty": "EC"}),
        ),
        (
            "x5u beside kid",
            "header parameter 'x5u'",
            "x5u",
            json!("https://evil.example"),
        ),
        ("unknown crit", "proof: ", "crit", json!(["x"])),
    ] {
        proof_is_refused(what, reason, async |_, _, holder, mut proof| {
            proof.header.insert(name.into(), value);
            request(&holder.sign(&proof))
        })
        .await;
    }
    for (name, reason) in [
        ("typ", "typ is not"),
        ("alg", "proof: "),
        ("kid", "kid is missing"),
    ] {
        proof_is_refused(name, reason, async |_, _, holder, mut proof| {
            proof.header.remove(name);
            request(&holder.sign(&proof))
        })
        .await;
    }
}

#[tokio::test]
async fn alg_none_without_a_signature_is_refused() {
    proof_is_refused("none", "proof: alg 'none'", async |_, _, holder, mut proof| {
        proof.header.insert("alg".into(), json!("none"));
        let signed = holder.sign(&proof);
        request(&signed[..=signed.rfind('.').unwrap()])
    })
    .await;
}

#[tokio::test]
async fn the_key_of_kid_must_have_signed() {
    proof_is_refused(
        "other key",
        "the key of kid did not sign",
        async |_, _, _, proof| request(&Holder::new().sign(&proof)),
    )
    .await;
    proof_is_refused(
        "kid of another",
        "the key of kid did not sign",
        async |_, _, holder, mut proof| {
            proof
                .header
                .insert("kid".into(), json!(key::verification_method(&Holder::new().did)));
            request(&holder.sign(&proof))
        },
    )
    .await;
}

#[tokio::test]
async fn a_key_of_an_algorithm_that_is_not_accepted_is_refused() {
    proof_is_refused(
        "P-384",
        "alg ES384 is not accepted",
        async |world, redeemed, _, _| {
            let key = PrivateKey::generate(KeyKind::Ec(Curve::P384)).unwrap();
            let did = key::encode(key.public_key()).unwrap();
            let issuer = procura_protocol::vci::IssuerIdentifier::parse(
                ISSUER,
                &std::collections::BTreeSet::default(),
            )
            .unwrap();
            let algorithm = procura_jose::Algorithm::Es384;
            let nonce = procura_protocol::Secret::new(&*redeemed.c_nonce);
            let prepared =
                procura_protocol::vci::build_proof(&did, algorithm, &issuer, &nonce, world.now()).unwrap();
            let signature = key.sign(algorithm.scheme(), prepared.bytes()).unwrap();
            request(&prepared.finish(&signature))
        },
    )
    .await;
}

#[tokio::test]
async fn a_nonce_of_another_token_is_refused() {
    proof_is_refused(
        "other token's",
        "the nonce is unknown",
        async |world, _, holder, _| {
            let other = world.redeemed().await;
            holder.request(&other.c_nonce, world.now())
        },
    )
    .await;
}

#[tokio::test]
async fn a_nonce_that_was_replaced_is_refused() {
    proof_is_refused(
        "replaced",
        "the nonce is unknown",
        async |world, redeemed, holder, _| {
            world
                .credential(&redeemed.access_token, &json!({"format": "jwt_vc_json"}))
                .await;
            holder.request(&redeemed.c_nonce, world.now())
        },
    )
    .await;
}

#[tokio::test]
async fn a_nonce_ends_with_its_life() {
    let world = World::with(|config| config.lifetimes.nonce_seconds = 20).await;
    let redeemed = world.redeemed().await;
    let holder = Holder::new();
    world.pass(20);
    let refused = world
        .credential(
            &redeemed.access_token,
            &holder.request(&redeemed.c_nonce, world.now()),
        )
        .await;
    assert_eq!(refused.error(), (400, "invalid_or_missing_proof".into()));
    world.pass(19);
    let fresh = refused.json()["c_nonce"].as_str().unwrap().to_owned();
    assert_eq!(
        world
            .credential(&redeemed.access_token, &holder.request(&fresh, world.now()))
            .await
            .status,
        200
    );
}

#[tokio::test]
async fn a_proof_cannot_be_replayed() {
    let world = World::new().await;
    let redeemed = world.redeemed().await;
    let request = Holder::new().request(&redeemed.c_nonce, world.now());
    assert_eq!(
        world.credential(&redeemed.access_token, &request).await.status,
        200
    );
    let replayed = world.credential(&redeemed.access_token, &request).await;
    assert_eq!(replayed.error(), (400, "invalid_or_missing_proof".into()));
}

#[tokio::test]
async fn a_bare_did_key_and_an_iss_are_tolerated() {
    let world = World::new().await;
    let redeemed = world.redeemed().await;
    let holder = Holder::new();
    let mut proof = holder.proof(&redeemed.c_nonce, world.now());
    proof.header.insert("kid".into(), json!(holder.did.as_str()));
    proof.claims.insert("iss".into(), json!("s6BhdRkqt3"));
    let answer = world
        .credential(&redeemed.access_token, &request(&holder.sign(&proof)))
        .await;
    assert_eq!(answer.status, 200, "{}", answer.text);
}

#[tokio::test]
async fn format_and_types_are_those_of_the_token() {
    let world = World::new().await;
    let redeemed = world.redeemed().await;
    let holder = Holder::new();
    let good = holder.request(&redeemed.c_nonce, world.now());
    let with = |name: &str, value: Value| {
        let mut request = good.clone();
        request[name] = value;
        request
    };
    for (request, error) in [
        (with("format", json!("ldp_vc")), "unsupported_credential_format"),
        (
            with("types", json!(["VerifiableCredential", "LEARCredential"])),
            "unsupported_credential_type",
        ),
        (
            with("types", json!(["VerifiableCredential"])),
            "unsupported_credential_type",
        ),
        (with("types", json!([])), "unsupported_credential_type"),
        (
            with("types", json!([EMPLOYEE, "Other"])),
            "unsupported_credential_type",
        ),
        (
            with("credential_definition", json!({"type": ["LEARCredential"]})),
            "unsupported_credential_type",
        ),
        (with("types", json!("LEARCredentialEmployee")), "invalid_request"),
        (with("format", json!(7)), "invalid_request"),
    ] {
        let refused = world.credential(&redeemed.access_token, &request).await;
        assert_eq!(refused.error(), (400, error.into()), "{request}");
    }
    // Nothing of that has used the nonce.
    let granted = world
        .credential(
            &redeemed.access_token,
            &with("types", json!(["VerifiableCredential", EMPLOYEE])),
        )
        .await;
    assert_eq!(granted.status, 200, "{}", granted.text);
}

#[tokio::test]
async fn an_access_token_is_needed_and_ends() {
    let world = World::new().await;
    let redeemed = world.redeemed().await;
    let holder = Holder::new();
    let body = holder.request(&redeemed.c_nonce, world.now()).to_string();
    let without = Request::post("/credential").header("content-type", "application/json");
    let missing = send(&world.public, without.body(Body::from(body.clone())).unwrap()).await;
    assert_eq!(missing.error(), (401, "invalid_token".into()));
    assert_eq!(missing.header("www-authenticate"), "Bearer");
    let in_query = format!("/credential?access_token={}", redeemed.access_token);
    let in_query = Request::post(in_query).header("content-type", "application/json");
    assert_eq!(
        send(&world.public, in_query.body(Body::from(body.clone())).unwrap())
            .await
            .status,
        401
    );
    let made_up = world
        .credential_of("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", &body)
        .await;
    assert_eq!(made_up.error(), (401, "invalid_token".into()));
    assert_eq!(
        made_up.header("www-authenticate"),
        "Bearer error=\"invalid_token\""
    );
    assert_eq!(
        world.credential_of(&world.operator, &body).await.status,
        401,
        "a management token is none"
    );
    world.pass(300);
    assert_eq!(
        world.credential_of(&redeemed.access_token, &body).await.error(),
        (401, "invalid_token".into())
    );
    world.pass(-1);
    assert_eq!(
        world.credential_of(&redeemed.access_token, &body).await.status,
        200
    );
}

#[tokio::test]
async fn the_token_of_another_issuance_gives_that_issuances_credential_only() {
    let world = World::new().await;
    let (mine, other) = (world.redeemed().await, world.redeemed_of("LEARCredential").await);
    let holder = Holder::new();
    let refused = world
        .credential(&other.access_token, &holder.request(&mine.c_nonce, world.now()))
        .await;
    assert_eq!(refused.error(), (400, "invalid_or_missing_proof".into()));
    assert_eq!(
        (world.state(&mine.id).await, world.state(&other.id).await),
        ("redeemed".into(), "redeemed".into())
    );
    let granted = world
        .credential(&mine.access_token, &holder.request(&mine.c_nonce, world.now()))
        .await;
    assert_eq!(
        granted.status, 200,
        "the other token has not used this one's nonce"
    );
}

#[tokio::test]
async fn a_revoked_issuance_ends_its_token() {
    let world = World::new().await;
    let redeemed = world.redeemed().await;
    world
        .manage("POST", &format!("/api/v1/issuances/{}/revoke", redeemed.id), None)
        .await;
    let refused = world
        .credential(
            &redeemed.access_token,
            &Holder::new().request(&redeemed.c_nonce, world.now()),
        )
        .await;
    assert_eq!(refused.error(), (401, "invalid_token".into()));
}

/// The control of each has the same member more, small and once.
#[tokio::test]
async fn json_of_strangers_is_bounded() {
    let world = World::new().await;
    let deep = format!("{}{}", "[".repeat(5_000), "]".repeat(5_000));
    let [long, longer] = [70_000, 300_000].map(|length| format!("\"{}\"", "x".repeat(length)));
    for (what, member, status, reason) in [
        ("oversized", long.as_str(), 400, "larger than 65536 bytes"),
        ("far oversized", &longer, 413, ""),
        ("deep", &deep, 400, "nested deeper than 16"),
        ("duplicate", "1,\"x\":1", 400, "member 'x' stands twice"),
        ("the control", "[1]", 200, ""),
    ] {
        let redeemed = world.redeemed().await;
        let good = Holder::new().request(&redeemed.c_nonce, world.now());
        let answer = world
            .credential_of(&redeemed.access_token, &with_member(&good, member))
            .await;
        assert_eq!(answer.status.as_u16(), status, "{what}: {}", answer.text);
        if status == 400 {
            assert_eq!(answer.error().1, "invalid_request", "{what}");
            let said = answer.json()["error_description"].as_str().unwrap().to_owned();
            assert!(said.contains(reason), "{what}: {said}");
        }
    }
}

#[tokio::test]
async fn what_is_no_json_object_is_refused() {
    let world = World::new().await;
    let redeemed = world.redeemed().await;
    let good = Holder::new().request(&redeemed.c_nonce, world.now()).to_string();
    for (what, body) in [("cut", &good[..good.len() - 1]), ("no object", "[]")] {
        let refused = world.credential_of(&redeemed.access_token, body).await;
        assert_eq!(refused.error(), (400, "invalid_request".into()), "{what}");
    }
    assert_eq!(
        world.credential_of(&redeemed.access_token, &good).await.status,
        200
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn parallel_requests_of_one_token_give_one_credential() {
    let world = Arc::new(World::new().await);
    let redeemed = Arc::new(world.redeemed().await);
    let start = Arc::new(Barrier::new(20));
    let tasks: Vec<_> = (0..20)
        .map(|_| {
            let (world, redeemed, start) = (world.clone(), redeemed.clone(), start.clone());
            tokio::spawn(async move {
                let request = Holder::new().request(&redeemed.c_nonce, world.now());
                start.wait().await;
                world
                    .credential(&redeemed.access_token, &request)
                    .await
                    .status
                    .as_u16()
            })
        })
        .collect();
    let mut statuses = Vec::new();
    for task in tasks {
        statuses.push(task.await.unwrap());
    }
    assert_eq!(
        statuses.iter().filter(|status| **status == 200).count(),
        1,
        "{statuses:?}"
    );
    assert!(
        statuses.iter().all(|status| matches!(status, 200 | 400)),
        "{statuses:?}"
    );
}
