#![expect(clippy::unwrap_used, reason = "helpers of tests")]
use crate::forge::{Issuer, noon};
use procura_crypto::{Curve, KeyKind, PrivateKey, PublicKey};
use procura_jades::{Profile, validate};
use procura_jose::{Algorithm, AlgorithmSet, CompactJws, Understood, json::Limits};
use procura_keys::{FileError, FileSigner, MemorySigner, Signer, SignerError, seal, sign_jwt};
use procura_pki::Certificate;
use serde_json::{Map, json};
use std::{fs, path::PathBuf};

const PAYLOAD: &[u8] = b"{}";

struct Folder(tempfile::TempDir);
impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }
    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }
    fn write(&self, name: &str, content: &str) -> PathBuf {
        let path = self.path(name);
        fs::write(&path, content).unwrap();
        path
    }
}
fn pem(certificates: &[Certificate]) -> String {
    certificates
        .iter()
        .map(|c| {
            use std::fmt::Write as _;
            let mut out = String::from("-----BEGIN CERTIFICATE-----\n");
            let body = base64(c.der());
            for line in body.as_bytes().chunks(64) {
                writeln!(out, "{}", core::str::from_utf8(line).unwrap()).unwrap();
            }
            out + "-----END CERTIFICATE-----\n"
        })
        .collect()
}
fn base64(bytes: &[u8]) -> String {
    let url = procura_jose::base64url::encode(bytes)
        .replace('-', "+")
        .replace('_', "/");
    let padding = "=".repeat((4 - url.len() % 4) % 4);
    url + &padding
}
fn key(seal: &Issuer) -> PrivateKey {
    PrivateKey::from_pkcs8_der(&seal.key.to_pkcs8_der()).unwrap()
}

#[tokio::test]
async fn a_seal_from_files_passes_the_credential_profile() {
    let folder = Folder::new();
    let (ca, issuer) = (Issuer::new("CA"), Issuer::new("Seal"));
    let chain = [issuer.leaf().signed_by(&ca), ca.anchor().0];
    FileSigner::create(&folder.path("key.pem"), &key(&issuer)).unwrap();
    let chain_path = folder.write("chain.pem", &pem(&chain));
    let signer = FileSigner::open(&folder.path("key.pem"), Some(&chain_path)).unwrap();
    assert_eq!(signer.chain(), chain);
    assert_eq!(signer.algorithm(), Algorithm::Es256);
    let text = seal(&signer, "vc+jwt", Some("did:elsi:VATES-1"), PAYLOAD, noon())
        .await
        .unwrap();
    let sealed = validate(&text, Profile::Credential, &AlgorithmSet::all(), noon()).unwrap();
    assert_eq!(sealed.payload(), PAYLOAD);
    assert!(sealed.others.is_empty());
}

#[cfg(unix)]
#[test]
fn a_key_file_that_others_may_read_is_refused() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = Folder::new();
    let path = folder.path("key.pem");
    FileSigner::create(&path, &key(&Issuer::new("Seal"))).unwrap();
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o7777, 0o600);
    for mode in [0o640, 0o604, 0o620, 0o660, 0o644] {
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        let error = FileSigner::open(&path, None).unwrap_err();
        assert!(
            matches!(error, SignerError::File(FileError::Mode { mode: m, .. }) if m == mode),
            "{error:?}"
        );
        assert!(error.to_string().contains("chmod 600"));
    }
    fs::set_permissions(&path, fs::Permissions::from_mode(0o400)).unwrap();
    assert!(FileSigner::open(&path, None).is_ok());
}

#[test]
fn an_existing_key_is_never_overwritten() {
    let folder = Folder::new();
    let path = folder.path("key.pem");
    FileSigner::create(&path, &key(&Issuer::new("Seal"))).unwrap();
    let before = fs::read(&path).unwrap();
    assert!(FileSigner::create(&path, &key(&Issuer::new("Seal"))).is_err());
    assert_eq!(fs::read(&path).unwrap(), before);
}

#[test]
fn files_that_hold_something_else_are_refused_without_their_content() {
    let folder = Folder::new();
    let path = folder.path("key.pem");
    assert!(matches!(
        FileSigner::open(&path, None),
        Err(SignerError::File(FileError::Io { .. }))
    ));
    let issuer = Issuer::new("Seal");
    FileSigner::create(&path, &key(&issuer)).unwrap();
    let chain = folder.write("chain.pem", "SECRET");
    let error = FileSigner::open(&path, Some(&chain)).unwrap_err();
    assert!(matches!(error, SignerError::Chain { .. }));
    assert!(!error.to_string().contains("SECRET"));
    fs::write(
        &path,
        "-----BEGIN PRIVATE KEY-----\nSECRET\n-----END PRIVATE KEY-----\n",
    )
    .unwrap();
    let error = FileSigner::open(&path, None).unwrap_err();
    assert!(matches!(error, SignerError::Key { .. }));
    assert!(!format!("{error} {error:?}").contains("SECRET"));
}

#[test]
fn the_chain_of_another_key_is_refused() {
    let ca = Issuer::new("CA");
    let other = Issuer::new("Other").leaf().signed_by(&ca);
    assert!(matches!(
        MemorySigner::new(key(&Issuer::new("Seal")), vec![other]),
        Err(SignerError::OtherKey)
    ));
}

#[test]
fn an_algorithm_that_does_not_fit_the_key_is_refused() {
    let key = PrivateKey::generate(KeyKind::Ec(Curve::P256)).unwrap();
    assert!(matches!(
        MemorySigner::with_algorithm(key, Algorithm::Es384, Vec::new()),
        Err(SignerError::NoAlgorithm)
    ));
    let key = PrivateKey::generate(KeyKind::Rsa(2048)).unwrap();
    let signer = MemorySigner::with_algorithm(key, Algorithm::Ps256, Vec::new()).unwrap();
    assert_eq!(signer.algorithm(), Algorithm::Ps256);
}

/// A remote signer that answers with whatever it was told to.
struct Remote {
    inner: MemorySigner,
    answer: fn(Vec<u8>) -> Vec<u8>,
}
#[async_trait::async_trait]
impl Signer for Remote {
    fn algorithm(&self) -> Algorithm {
        self.inner.algorithm()
    }
    fn chain(&self) -> &[Certificate] {
        self.inner.chain()
    }
    fn public_key(&self) -> &PublicKey {
        self.inner.public_key()
    }
    async fn sign(&self, bytes: &[u8]) -> Result<Vec<u8>, SignerError> {
        Ok((self.answer)(self.inner.sign(bytes).await?))
    }
}

#[tokio::test]
async fn what_does_not_verify_does_not_leave() {
    let (ca, issuer) = (Issuer::new("CA"), Issuer::new("Seal"));
    let answers: [fn(Vec<u8>) -> Vec<u8>; 3] = [
        |mut signature| {
            signature[5] ^= 1;
            signature
        },
        |signature| procura_crypto::signature::fixed_to_der(&signature),
        |_| Vec::new(),
    ];
    for answer in answers {
        let chain = vec![issuer.leaf().signed_by(&ca)];
        let signer = Remote {
            inner: MemorySigner::new(key(&issuer), chain).unwrap(),
            answer,
        };
        let sealed = seal(&signer, "vc+jwt", None, PAYLOAD, noon()).await;
        assert!(matches!(sealed, Err(SignerError::NotVerified)));
        let token = sign_jwt(&signer, Map::new(), PAYLOAD).await;
        assert!(matches!(token, Err(SignerError::NotVerified)));
    }
}

#[tokio::test]
async fn an_expired_or_missing_certificate_does_not_seal() {
    let (ca, issuer) = (Issuer::new("CA"), Issuer::new("Seal"));
    let expired = issuer
        .leaf()
        .valid("2020-01-01T00:00:00Z", "2021-01-01T00:00:00Z")
        .signed_by(&ca);
    for chain in [vec![expired], Vec::new()] {
        let signer = MemorySigner::new(key(&issuer), chain).unwrap();
        assert!(matches!(
            seal(&signer, "vc+jwt", None, PAYLOAD, noon()).await,
            Err(SignerError::Refused(_))
        ));
    }
}

#[tokio::test]
async fn tokens_are_signed_with_the_signers_algorithm() {
    let signer = MemorySigner::new(
        PrivateKey::generate(KeyKind::Ec(Curve::P256)).unwrap(),
        Vec::new(),
    )
    .unwrap();
    let header = json!({ "typ": "at+jwt", "kid": "k1" })
        .as_object()
        .unwrap()
        .clone();
    let text = sign_jwt(&signer, header, PAYLOAD).await.unwrap();
    let jws = CompactJws::parse(&text, Understood::default(), Limits::default()).unwrap();
    assert_eq!(
        (jws.header.alg, jws.header.typ.as_deref()),
        (Algorithm::Es256, Some("at+jwt"))
    );
    assert!(jws.verify(signer.public_key(), &AlgorithmSet::all()).is_ok());
}

#[test]
fn debug_output_says_nothing_of_keys() {
    let key = PrivateKey::generate(KeyKind::Ec(Curve::P256)).unwrap();
    let signer = MemorySigner::new(key, Vec::new()).unwrap();
    assert_eq!(
        format!("{signer:?}"),
        "MemorySigner { algorithm: Es256, chain: [], .. }"
    );
}
