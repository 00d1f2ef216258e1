//! What the ecosystem publishes, and that it is signed again in time.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]
mod support;

use axum::body::Body;
use base64::{Engine, engine::general_purpose::STANDARD};
use http::{HeaderMap, Request, StatusCode, header};
use jiff::{SignedDuration, Timestamp};
use procura_pki::{Certificate, Crl};
use procura_sandbox::{
    ecosystem::{Ecosystem, renew_now},
    world::{Ca, Party, folder},
};
use procura_service::{Clock, config::Limits};
use procura_trust_list::signature::{Signers, verify};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};
use support::{made_at, world};
use tower::ServiceExt;

struct Watch(Mutex<Timestamp>);
impl Clock for Watch {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }
}
struct Running {
    folder: tempfile::TempDir,
    watch: Arc<Watch>,
    ecosystem: Ecosystem,
}
impl Running {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        folder::save(world(), folder.path()).unwrap();
        Self::over(folder)
    }
    fn over(folder: tempfile::TempDir) -> Self {
        let watch = Arc::new(Watch(Mutex::new(made_at())));
        let ecosystem = Ecosystem::open(folder.path(), watch.clone()).unwrap();
        Self {
            folder,
            watch,
            ecosystem,
        }
    }
    /// What `/health/ready` says; an outcome is kept for some seconds, so each time by a router of its own.
    async fn ready(&self) -> (StatusCode, Value) {
        let request = Request::get("/health/ready").body(Body::empty()).unwrap();
        let router = self.ecosystem.served_router(Limits::default());
        let (parts, body) = router.oneshot(request).await.unwrap().into_parts();
        let body = axum::body::to_bytes(body, 1 << 16).await.unwrap();
        let body: Value = serde_json::from_slice(&body).unwrap();
        (parts.status, body["proofs"].clone())
    }
    /// Not ready, for the want of these.
    async fn lacks(&self, down: &[&str]) {
        let (status, proofs) = self.ready().await;
        let mut expected = json!({"registry": "up", "keys": "up", "lists": "up", "crls": "up"});
        for part in down {
            expected[part] = json!("down");
        }
        assert_eq!((status, proofs), (StatusCode::SERVICE_UNAVAILABLE, expected));
    }
    async fn is_ready(&self) {
        let up = json!({"registry": "up", "keys": "up", "lists": "up", "crls": "up"});
        assert_eq!(self.ready().await, (StatusCode::OK, up));
    }
    async fn send(&self, request: Request<Body>) -> (StatusCode, HeaderMap, Vec<u8>) {
        let (parts, body) = self
            .ecosystem
            .router()
            .oneshot(request)
            .await
            .unwrap()
            .into_parts();
        (
            parts.status,
            parts.headers,
            axum::body::to_bytes(body, 1 << 24).await.unwrap().to_vec(),
        )
    }
    async fn get(&self, path: &str) -> (StatusCode, HeaderMap, Vec<u8>) {
        self.send(Request::get(path).body(Body::empty()).unwrap()).await
    }
    async fn json(&self, path: &str) -> (StatusCode, Value) {
        let (status, _, body) = self.get(path).await;
        (status, serde_json::from_slice(&body).unwrap())
    }
    fn wait(&self, hours: i64) {
        *self.watch.0.lock().unwrap() += SignedDuration::from_hours(hours);
    }
}
fn signers(party: Party) -> Signers {
    Signers::Certificates(vec![
        Certificate::from_der(world().party(party).unwrap().certificate()).unwrap(),
    ])
}

#[tokio::test]
async fn lists_are_served_signed_and_point_to_each_other() {
    let running = Running::new();
    let (status, headers, lotl) = running.get("/lotl.xml").await;
    assert_eq!(
        (status, headers[header::CONTENT_TYPE].as_bytes()),
        (StatusCode::OK, &b"application/vnd.etsi.tsl+xml"[..])
    );
    let lotl = verify(&lotl, &signers(Party::LotlOperator)).unwrap().list;
    assert_eq!(lotl.pointers[0].location, "http://127.0.0.1:4710/tl/DE.xml");
    let (_, _, german) = running.get("/tl/DE.xml").await;
    let german = verify(&german, &Signers::Certificates(lotl.pointers[0].signers.clone()))
        .unwrap()
        .list;
    assert_eq!((german.version, german.territory.as_str()), (6, "DE"));
    assert_eq!(german.providers[0].services.len(), 4);
}

#[tokio::test]
async fn who_has_a_list_already_is_told_so() {
    let running = Running::new();
    let (_, headers, _) = running.get("/tl/DE.xml").await;
    let request = Request::get("/tl/DE.xml")
        .header(header::IF_NONE_MATCH, &headers[header::ETAG])
        .body(Body::empty())
        .unwrap();
    let (status, _, body) = running.send(request).await;
    assert_eq!((status, body.len()), (StatusCode::NOT_MODIFIED, 0));
}

#[tokio::test]
async fn crls_and_authorities_are_served_where_certificates_say() {
    let running = Running::new();
    for ca in Ca::ALL {
        let (status, _, der) = running.get(&format!("/crl/{}.crl", ca.stem())).await;
        assert_eq!(status, StatusCode::OK);
        assert!(Crl::from_der(&der).is_ok());
        let (status, _, der) = running.get(&format!("/ca/{}.cer", ca.stem())).await;
        assert_eq!(
            (status, der.as_slice()),
            (StatusCode::OK, world().authority(ca).unwrap())
        );
    }
    for path in [
        "/crl/nobody.crl",
        "/crl/realtruth-root.pem",
        "/ca/..%2Fkeys%2Fgoodair-seal.cer",
        "/keys/goodair-seal.pem",
    ] {
        assert_eq!(running.get(path).await.0, StatusCode::NOT_FOUND, "{path}");
    }
}

#[tokio::test]
async fn participants_are_answered_by_id_and_state() {
    let running = Running::new();
    let (status, goodair) = running
        .json("/api/did/v1/identifiers/did:elsi:VATES-12345678")
        .await;
    assert_eq!(
        (status, &goodair["id"], &goodair["active"]),
        (StatusCode::OK, &"did:elsi:VATES-12345678".into(), &true.into())
    );
    let (_, badair) = running
        .json("/api/did/v1/identifiers/did%3Aelsi%3AVATES-87654321")
        .await;
    assert_eq!(badair["active"], false);
    assert_eq!(
        running
            .get("/api/did/v1/identifiers/did:elsi:VATES-00000000")
            .await
            .0,
        StatusCode::NOT_FOUND
    );
}

#[tokio::test]
async fn issuers_are_answered_in_the_shape_of_ebsi() {
    let running = Running::new();
    let (status, issuer) = running.json("/v4/issuers/did:elsi:VATES-12345678").await;
    assert_eq!(
        (status, &issuer["did"]),
        (StatusCode::OK, &"did:elsi:VATES-12345678".into())
    );
    let types: Vec<_> = issuer["attributes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|attribute| {
            let body = STANDARD.decode(attribute["body"].as_str().unwrap()).unwrap();
            serde_json::from_slice::<Value>(&body).unwrap()["credentialsType"].clone()
        })
        .collect();
    assert_eq!(types, ["LEARCredential", "LEARCredentialEmployee"]);
    assert_eq!(
        running.get("/v4/issuers/did:elsi:VATES-87654321").await.0,
        StatusCode::NOT_FOUND
    );
}

#[tokio::test]
async fn an_edit_of_the_registry_counts_at_once_and_a_broken_one_is_unknown() {
    let running = Running::new();
    let path = running.folder.path().join("registry.toml");
    std::fs::write(&path, "participants = []\n").unwrap();
    assert_eq!(
        running
            .get("/api/did/v1/identifiers/did:elsi:VATES-12345678")
            .await
            .0,
        StatusCode::NOT_FOUND
    );
    std::fs::write(&path, "participants = [").unwrap();
    assert_eq!(
        running
            .get("/api/did/v1/identifiers/did:elsi:VATES-12345678")
            .await
            .0,
        StatusCode::SERVICE_UNAVAILABLE
    );
}

#[tokio::test]
async fn schemas_and_the_document_of_roles_are_served() {
    let running = Running::new();
    let (_, list) = running.json("/schemas").await;
    let ids: Vec<_> = list["credentials_supported"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| &entry["id"])
        .collect();
    assert_eq!(ids, ["LEARCredential", "LEARCredentialEmployee"]);
    let (status, schema) = running.json("/schemas/learcredential.json").await;
    assert_eq!(status, StatusCode::OK);
    assert!(schema.is_object());
    assert_eq!(
        running.get("/schemas/nothing.json").await.0,
        StatusCode::NOT_FOUND
    );
    let (_, roles) = running.json("/lear/v1/6484994n4r9e990494").await;
    assert_eq!(roles[0]["roleNames"][0], "seller");
}

#[tokio::test]
async fn what_expires_is_signed_again_served_and_kept() {
    let running = Running::new();
    assert!(!renew_now(&running.ecosystem).unwrap());
    running.wait(24 * 16);
    assert!(renew_now(&running.ecosystem).unwrap());
    let (_, _, german) = running.get("/tl/DE.xml").await;
    let german = verify(&german, &signers(Party::ListOperator)).unwrap().list;
    assert_eq!(
        (german.sequence, german.issued),
        (43, made_at() + SignedDuration::from_hours(24 * 16))
    );
    let (_, _, crl) = running.get("/crl/realtruth-seals-issuing.crl").await;
    assert!(Crl::from_der(&crl).unwrap().next_update().unwrap() > running.watch.now());
    let kept = folder::load(running.folder.path()).unwrap();
    assert_eq!(
        (kept.index().sequence, kept.crl(Ca::SealsIssuing).unwrap()),
        (43, crl.as_slice())
    );
}

#[tokio::test]
async fn every_path_that_is_described_answers() {
    let running = Running::new();
    let described: Value = serde_json::to_value(procura_sandbox::ecosystem::openapi()).unwrap();
    let mut asked = 0;
    for (path, methods) in described["paths"].as_object().unwrap() {
        if path.starts_with("/health/") {
            // The shell's.
            continue;
        }
        let mut path = path.clone();
        if methods.get("get").is_none() {
            // What is asked for by POST alone.
            assert_eq!(
                running.get(&path).await.0,
                StatusCode::METHOD_NOT_ALLOWED,
                "{path}"
            );
            asked += 1;
            continue;
        }
        for parameter in methods["get"]["parameters"].as_array().into_iter().flatten() {
            let name = parameter["name"].as_str().unwrap();
            path = path.replace(&format!("{{{name}}}"), parameter["example"].as_str().unwrap());
        }
        assert_eq!(running.get(&path).await.0, StatusCode::OK, "{path}");
        asked += 1;
    }
    assert_eq!(asked, 13);
}

#[tokio::test]
async fn readiness_needs_a_registry_that_can_be_read() {
    let running = Running::new();
    running.is_ready().await;
    std::fs::write(running.folder.path().join("registry.toml"), "[").unwrap();
    running.lacks(&["registry"]).await;
}

#[tokio::test]
async fn readiness_needs_the_key_of_every_signer_beside_its_certificate() {
    let running = Running::new();
    let at = |stem| running.folder.path().join(folder::key(stem));
    let stems = Ca::ALL.map(Ca::stem).into_iter().chain(
        [
            Party::LotlOperator,
            Party::ListOperator,
            Party::GoodAirSeal,
            Party::TimeStampingUnit,
        ]
        .map(Party::stem),
    );
    for stem in stems {
        let kept = std::fs::read(at(stem)).unwrap();
        std::fs::remove_file(at(stem)).unwrap();
        running.lacks(&["keys"]).await;
        std::fs::copy(at(Party::BadAirSeal.stem()), at(stem)).unwrap();
        running.lacks(&["keys"]).await;
        std::fs::write(at(stem), kept).unwrap();
    }
    running.is_ready().await;
}

#[tokio::test]
async fn readiness_needs_crls_and_lists_that_are_current() {
    let running = Running::new();
    running.wait(24);
    running.lacks(&["crls"]).await;
    running.wait(24 * 29);
    running.lacks(&["lists", "crls"]).await;
    assert!(renew_now(&running.ecosystem).unwrap());
    running.is_ready().await;
}

#[tokio::test]
async fn readiness_needs_lists_that_verify() {
    for file in ["lotl.xml", "DE.xml"] {
        let folder = tempfile::tempdir().unwrap();
        folder::save(world(), folder.path()).unwrap();
        let path = folder.path().join("lists").join(file);
        let list = std::fs::read_to_string(&path).unwrap();
        std::fs::write(&path, list.replacen("demonstration", "demonstratioN", 1)).unwrap();
        Running::over(folder).lacks(&["lists"]).await;
    }
}
