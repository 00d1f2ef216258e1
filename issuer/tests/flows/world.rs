//! GoodAir's issuer in a scratch folder, its operator, and a wallet.
use axum::{Router, body::Body};
use http::{HeaderMap, Request, StatusCode};
use jiff::{SignedDuration, Timestamp};
use procura_crypto::{Curve, KeyKind, PrivateKey};
use procura_did::{Did, key};
use procura_issuer::{App, Config, tokens};
use procura_jose::base64url;
use procura_service::Clock;
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa,
    Issuer as Authority, KeyPair, KeyUsagePurpose,
};
use serde_json::{Map, Value, json};
use std::{
    cell::RefCell,
    io::Write,
    path::Path,
    sync::{
        Arc, Once,
        atomic::{AtomicI64, Ordering},
    },
};
use tower::ServiceExt as _;

pub(crate) const ISSUER: &str = "https://issuer.goodair.example";
pub(crate) const ORGANIZATION: &str = "VATES-12345678";
pub(crate) const DID: &str = "did:elsi:VATES-12345678";
pub(crate) const EMPLOYEE: &str = "LEARCredentialEmployee";

/// A clock that is set by hand.
#[derive(Debug)]
pub(crate) struct TestClock(AtomicI64);
impl TestClock {
    pub(crate) fn pass(&self, seconds: i64) {
        self.0.fetch_add(seconds, Ordering::SeqCst);
    }
}
impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_second(self.0.load(Ordering::SeqCst)).unwrap()
    }
}

pub(crate) struct World {
    pub(crate) app: App,
    pub(crate) public: Router,
    pub(crate) management: Router,
    pub(crate) clock: Arc<TestClock>,
    pub(crate) config: Config,
    /// A management token with every scope.
    pub(crate) operator: String,
    pub(crate) folder: tempfile::TempDir,
}

#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}
impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {}", self.text))
    }
    pub(crate) fn error(&self) -> (u16, String) {
        (
            self.status.as_u16(),
            self.json()["error"].as_str().unwrap_or_default().to_owned(),
        )
    }
    pub(crate) fn problem(&self) -> (u16, String) {
        (
            self.status.as_u16(),
            self.json()["code"].as_str().unwrap_or_default().to_owned(),
        )
    }
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

pub(crate) async fn send(router: &Router, request: Request<Body>) -> Answer {
    let response = router.clone().oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    let bytes = axum::body::to_bytes(body, 4 << 20).await.unwrap();
    Answer {
        status: parts.status,
        headers: parts.headers,
        text: String::from_utf8(bytes.to_vec()).unwrap(),
    }
}
pub(crate) async fn get(router: &Router, path: &str) -> Answer {
    send(router, Request::get(path).body(Body::empty()).unwrap()).await
}
/// The path of one of our URLs.
pub(crate) fn path(url: &Value) -> String {
    url.as_str().unwrap().strip_prefix(ISSUER).unwrap().to_owned()
}

pub(crate) fn write_secret(path: &Path, text: &str) {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::write(path, text).unwrap();
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).unwrap();
}

/// A certificate of a scratch authority, valid until 2030, and its key.
fn certify(folder: &Path, name: &str, attributes: &[(&[u64], &str)]) {
    certify_until(folder, name, attributes, (2030, 1, 1));
}
pub(crate) fn certify_until(
    folder: &Path,
    name: &str,
    attributes: &[(&[u64], &str)],
    (year, month, day): (i32, u8, u8),
) {
    let date = |year| rcgen::date_time_ymd(year, 1, 1);
    let mut ca = CertificateParams::default();
    ca.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    ca.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    ca.distinguished_name.push(DnType::CommonName, "Scratch CA");
    (ca.not_before, ca.not_after) = (date(2020), date(2040));
    let ca_key = KeyPair::generate().unwrap();
    let ca_pem = ca.self_signed(&ca_key).unwrap().pem();
    let authority = Authority::new(ca, ca_key);
    let mut leaf = CertificateParams::default();
    leaf.distinguished_name = DistinguishedName::new();
    for (oid, value) in attributes {
        leaf.distinguished_name
            .push(DnType::CustomDnType(oid.to_vec()), *value);
    }
    leaf.key_usages = vec![
        KeyUsagePurpose::DigitalSignature,
        KeyUsagePurpose::ContentCommitment,
    ];
    leaf.extended_key_usages = Vec::<ExtendedKeyUsagePurpose>::new();
    (leaf.not_before, leaf.not_after) = (date(2025), rcgen::date_time_ymd(year, month, day));
    let key = KeyPair::generate().unwrap();
    let certificate = leaf.signed_by(&key, &authority).unwrap();
    write_secret(&folder.join(format!("{name}.key.pem")), &key.serialize_pem());
    std::fs::write(
        folder.join(format!("{name}.chain.pem")),
        format!("{}{ca_pem}", certificate.pem()),
    )
    .unwrap();
}

pub(crate) const COO: &[(&[u64], &str)] = &[
    (&[2, 5, 4, 6], "ES"),
    (&[2, 5, 4, 3], "56565656V Jesus Ruiz"),
    (&[2, 5, 4, 42], "Jesus"),
    (&[2, 5, 4, 4], "Ruiz"),
    (&[2, 5, 4, 5], "IDCES-56565656V"),
    (&[2, 5, 4, 10], "GoodAir"),
    (&[2, 5, 4, 97], ORGANIZATION),
];
pub(crate) const SEAL: &[(&[u64], &str)] = &[
    (&[2, 5, 4, 6], "ES"),
    (&[2, 5, 4, 3], "GoodAir Seal"),
    (&[2, 5, 4, 10], "GoodAir"),
    (&[2, 5, 4, 97], ORGANIZATION),
];

pub(crate) fn toml(folder: &Path, database: &str) -> String {
    let folder = folder.display();
    format!(
        r#"
        public_url = "{ISSUER}"
        key_encryption_key_file = "{folder}/kek"
        [listen]
        address = "127.0.0.1:0"
        [management]
        address = "127.0.0.1:0"
        [database]
        url = "{database}"
        [signers.seal]
        key_file = "{folder}/seal.key.pem"
        chain_file = "{folder}/seal.chain.pem"
        [signers.coo]
        key_file = "{folder}/coo.key.pem"
        chain_file = "{folder}/coo.chain.pem"
        [status]
        signer = "seal"
        [[credentials]]
        id = "LEARCredentialEmployee"
        shape = "employee-v3"
        envelope = "root"
        signer = "seal"
        [[credentials]]
        id = "LEARCredentialEmployee.v2"
        shape = "employee-v2"
        signer = "seal"
        [[credentials]]
        id = "LEARCredential"
        shape = "lear-credential"
        signer = "coo"
        schema_url = "https://dome.example/schemas/learcredential.json"
        [limits]
        requests_per_minute = 0
        "#
    )
}

std::thread_local! {
    static LOG: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}
/// What this test, which runs on a thread of its own, has logged.
pub(crate) fn logged() -> String {
    LOG.with_borrow(|log| String::from_utf8(log.clone()).unwrap())
}
struct Lines;
impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        LOG.with_borrow_mut(|log| log.extend_from_slice(bytes));
        Ok(bytes.len())
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
/// One subscriber for all tests: those that come and go lose events of other threads.
fn listen() {
    static LISTENING: Once = Once::new();
    LISTENING.call_once(|| {
        let level = tracing_subscriber::filter::LevelFilter::DEBUG;
        tracing_subscriber::fmt()
            .with_writer(|| Lines)
            .with_max_level(level)
            .with_ansi(false)
            .init();
    });
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::with(|_| {}).await
    }
    pub(crate) async fn with(change: impl FnOnce(&mut Config)) -> Self {
        Self::on(None, change).await
    }
    /// On a database that is there; `None`: a fresh SQLite file.
    pub(crate) async fn on(database: Option<&str>, change: impl FnOnce(&mut Config)) -> Self {
        listen();
        let folder = tempfile::tempdir().unwrap();
        certify(folder.path(), "seal", SEAL);
        certify(folder.path(), "coo", COO);
        write_secret(
            &folder.path().join("kek"),
            &format!("k1:{}\n", base64url::encode(&[7; 32])),
        );
        let own = format!("sqlite:{}", folder.path().join("issuer.db").display());
        let mut config: Config = toml::from_str(&toml(folder.path(), database.unwrap_or(&own))).unwrap();
        change(&mut config);
        let clock = Arc::new(TestClock(AtomicI64::new(1_780_000_000)));
        let app = App::open(&config, clock.clone()).await.unwrap();
        let (_, operator) = tokens::add(&config, "HR", &tokens::Scope::ALL, None)
            .await
            .unwrap();
        Self {
            public: app.public_router(),
            management: app.management_router(),
            app,
            clock,
            config,
            operator: operator.expose().to_owned(),
            folder,
        }
    }
    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }
    pub(crate) fn pass(&self, seconds: i64) {
        self.clock.pass(seconds);
    }
    /// The same world after an operator changed the configuration.
    pub(crate) async fn reopened(self, config: Config) -> Self {
        let app = App::open(&config, self.clock.clone()).await.unwrap();
        Self {
            public: app.public_router(),
            management: app.management_router(),
            app,
            config,
            ..self
        }
    }
    /// Another process on the same database.
    pub(crate) async fn restarted(&self) -> Router {
        App::open(&self.config, self.clock.clone())
            .await
            .unwrap()
            .public_router()
    }

    pub(crate) async fn manage(&self, method: &str, path: &str, body: Option<&Value>) -> Answer {
        self.manage_with(
            method,
            path,
            body,
            &[("authorization", &format!("Bearer {}", self.operator))],
        )
        .await
    }
    pub(crate) async fn manage_with(
        &self,
        method: &str,
        path: &str,
        body: Option<&Value>,
        headers: &[(&str, &str)],
    ) -> Answer {
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let body = body.map_or_else(Body::empty, |body| Body::from(body.to_string()));
        send(
            &self.management,
            request
                .header("content-type", "application/json")
                .body(body)
                .unwrap(),
        )
        .await
    }

    /// Offers John his credential.
    pub(crate) async fn offer(&self) -> Offered {
        self.offer_of(EMPLOYEE).await
    }
    pub(crate) async fn offer_of(&self, configuration: &str) -> Offered {
        let answer = self
            .manage("POST", "/api/v1/issuances", Some(&mandate(configuration)))
            .await;
        assert_eq!(answer.status, 201, "{}", answer.text);
        let created = answer.json();
        let id = created["id"].as_str().unwrap().to_owned();
        let pin = self
            .manage("POST", &format!("/api/v1/issuances/{id}/pin"), None)
            .await;
        let offer = get(&self.public, &path(&created["credential_offer_uri"]))
            .await
            .json();
        let grant = &offer["grants"]["urn:ietf:params:oauth:grant-type:pre-authorized_code"];
        Offered {
            pin: pin.json()["user_pin"].as_str().unwrap_or_default().to_owned(),
            code: grant["pre-authorized_code"].as_str().unwrap().to_owned(),
            id,
            created,
            offer,
        }
    }
    pub(crate) async fn token(&self, form: &[(&str, &str)]) -> Answer {
        let body = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(form)
            .finish();
        self.token_of(&body).await
    }
    pub(crate) async fn token_of(&self, body: &str) -> Answer {
        let request = Request::post("/token").header("content-type", "application/x-www-form-urlencoded");
        send(&self.public, request.body(Body::from(body.to_owned())).unwrap()).await
    }
    /// Up to the token.
    pub(crate) async fn redeemed(&self) -> Redeemed {
        self.redeemed_of(EMPLOYEE).await
    }
    pub(crate) async fn redeemed_of(&self, configuration: &str) -> Redeemed {
        let offered = self.offer_of(configuration).await;
        let answer = self.token(&offered.form()).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        let token = answer.json();
        Redeemed {
            access_token: token["access_token"].as_str().unwrap().to_owned(),
            c_nonce: token["c_nonce"].as_str().unwrap().to_owned(),
            id: offered.id,
        }
    }
    pub(crate) async fn credential(&self, access_token: &str, body: &Value) -> Answer {
        self.credential_of(access_token, &body.to_string()).await
    }
    pub(crate) async fn credential_of(&self, access_token: &str, body: &str) -> Answer {
        let request = Request::post("/credential")
            .header("content-type", "application/json")
            .header("authorization", format!("Bearer {access_token}"));
        send(&self.public, request.body(Body::from(body.to_owned())).unwrap()).await
    }
    pub(crate) async fn state(&self, id: &str) -> String {
        let answer = self.manage("GET", &format!("/api/v1/issuances/{id}"), None).await;
        answer.json()["state"].as_str().unwrap().to_owned()
    }
}

pub(crate) struct Offered {
    pub(crate) id: String,
    pub(crate) code: String,
    pub(crate) pin: String,
    pub(crate) created: Value,
    pub(crate) offer: Value,
}
impl Offered {
    pub(crate) fn form(&self) -> Vec<(&str, &str)> {
        vec![
            (
                "grant_type",
                "urn:ietf:params:oauth:grant-type:pre-authorized_code",
            ),
            ("pre-authorized_code", &self.code),
            ("user_pin", &self.pin),
        ]
    }
    /// Another PIN of the same length.
    pub(crate) fn wrong_pin(&self) -> String {
        let number: u32 = self.pin.parse().unwrap();
        format!("{:06}", (number + 1) % 1_000_000)
    }
    pub(crate) fn form_with_pin<'a>(&'a self, pin: &'a str) -> Vec<(&'a str, &'a str)> {
        let mut form = self.form();
        form[2].1 = pin;
        form
    }
}
pub(crate) struct Redeemed {
    pub(crate) id: String,
    pub(crate) access_token: String,
    pub(crate) c_nonce: String,
}

/// The request of an operator.
pub(crate) fn mandate(configuration: &str) -> Value {
    let payload = match configuration {
        "LEARCredential" => json!({
            "mandatee": {"first_name": "John", "last_name": "Doe", "email": "johndoe@goodair.com"},
            "legalRepresentative": {
                "cn": "56565656V Jesus Ruiz", "serialNumber": "56565656V",
                "organizationIdentifier": ORGANIZATION, "o": "GoodAir", "c": "ES"
            },
            "rolesAndDuties": [{"type": "LEARCredential", "id": "https://dome-marketplace.eu/lear/v1/6484994n4r9e990494"}]
        }),
        _ => json!({
            "mandator": {
                "organizationIdentifier": ORGANIZATION, "organization": "GoodAir", "country": "ES",
                "commonName": "56565656V Jesus Ruiz", "serialNumber": "56565656V", "email": "jesus.ruiz@goodair.com"
            },
            "mandatee": {"firstName": "John", "lastName": "Doe", "email": "johndoe@goodair.com"},
            "power": [{"type": "Domain", "domain": "DOME", "function": "Onboarding", "action": ["Execute"]}]
        }),
    };
    json!({"credential_configuration_id": configuration, "payload": payload})
}

/// A holder's key and the proof that it makes; every part can be changed before it is signed.
pub(crate) struct Holder {
    pub(crate) key: PrivateKey,
    pub(crate) did: Did,
}
impl Holder {
    pub(crate) fn new() -> Self {
        let key = PrivateKey::generate(KeyKind::Ec(Curve::P256)).unwrap();
        let did = key::encode(key.public_key()).unwrap();
        Self { key, did }
    }
    pub(crate) fn proof(&self, nonce: &str, now: Timestamp) -> Proof {
        let object = |value: Value| value.as_object().cloned().unwrap();
        Proof {
            header: object(json!({
                "typ": "openid4vci-proof+jwt", "alg": "ES256", "kid": key::verification_method(&self.did)
            })),
            claims: object(json!({"aud": ISSUER, "iat": now.as_second(), "nonce": nonce})),
        }
    }
    pub(crate) fn sign(&self, proof: &Proof) -> String {
        let part = |object: &Map<String, Value>| {
            base64url::encode(Value::Object(object.clone()).to_string().as_bytes())
        };
        let input = format!("{}.{}", part(&proof.header), part(&proof.claims));
        let scheme = procura_jose::Algorithm::Es256.scheme();
        let signature = self.key.sign(scheme, input.as_bytes()).unwrap();
        format!("{input}.{}", base64url::encode(&signature))
    }
    /// A request that is granted.
    pub(crate) fn request(&self, nonce: &str, now: Timestamp) -> Value {
        request(&self.sign(&self.proof(nonce, now)))
    }
}
#[derive(Clone)]
pub(crate) struct Proof {
    pub(crate) header: Map<String, Value>,
    pub(crate) claims: Map<String, Value>,
}
pub(crate) fn request(proof: &str) -> Value {
    json!({"format": "jwt_vc_json", "proof": {"proof_type": "jwt", "jwt": proof}})
}
pub(crate) fn later(now: Timestamp, seconds: i64) -> Timestamp {
    now.checked_add(SignedDuration::from_secs(seconds)).unwrap()
}
/// A JSON object as text, with one more member `x`.
pub(crate) fn with_member(object: &Value, member: &str) -> String {
    let text = object.to_string();
    format!("{},\"x\":{member}}}", text.strip_suffix('}').unwrap())
}
