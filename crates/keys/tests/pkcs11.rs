//! Keys in tokens of `SoftHSM`.
#![expect(clippy::unwrap_used, clippy::panic, reason = "helpers of tests")]
#[path = "provider/mod.rs"]
mod provider;
#[path = "softhsm/mod.rs"]
mod softhsm;

use cryptoki::{
    context::{CInitializeArgs, CInitializeFlags, Pkcs11},
    object::{Attribute, CertificateType, ObjectClass},
    session::UserType,
    types::AuthPin,
};
use procura_crypto::signature;
use procura_jose::Algorithm;
use procura_keys::{
    FileError, Signer, SignerError,
    pkcs11::{KeyName, Pkcs11Error, Pkcs11Settings, Pkcs11Signer, TokenName},
};
use procura_pki::Certificate;
use provider::{Provider, provider};
use softhsm::util;
use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

const PIN: &str = "123456";
const P256: &[&str] = &["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"];

fn module() -> PathBuf {
    softhsm::module().unwrap().to_owned()
}

#[test]
fn keys_in_softhsm_sign_as_they_should() {
    softhsm::run_ignored_tests(&[], 10);
}

/// A token with the key of the provider's leaf under id `a1` and the label `seal`.
struct Token {
    label: String,
    provider: Provider,
}
impl Token {
    /// `None` outside of the process that the test above starts.
    fn new(label: &str, kind: &[&str]) -> Option<Self> {
        if !softhsm::has_tokens() {
            return None;
        }
        let token = Self {
            label: label.to_owned(),
            provider: provider(kind)?,
        };
        token.provider.write("pin", &format!("{PIN}\n"));
        util(&[
            "--init-token",
            "--free",
            "--label",
            label,
            "--so-pin",
            "12345678",
            "--pin",
            PIN,
        ]);
        token.import("leaf", "seal", "a1");
        // SoftHSM sees tokens that were there when it was started.
        reset();
        Some(token)
    }
    fn import(&self, name: &str, label: &str, id: &str) {
        let (key, pem) = (format!("{name}.key"), format!("{name}.pkcs8"));
        self.provider
            .openssl(&["pkcs8", "-topk8", "-nocrypt", "-in", &key, "-out", &pem]);
        let path = self.provider.text(&pem);
        util(&[
            "--import",
            &path,
            "--token",
            &self.label,
            "--label",
            label,
            "--id",
            id,
            "--pin",
            PIN,
        ]);
    }
    fn settings(&self) -> Pkcs11Settings {
        let read = |name: &str| std::fs::read_to_string(self.provider.at(name)).unwrap();
        self.provider
            .write("chain.pem", &(read("leaf.pem") + &read("ca.pem")));
        Pkcs11Settings {
            module: module(),
            token: TokenName::Label(self.label.clone()),
            key: KeyName::Label("seal".to_owned()),
            pin_file: self.provider.at("pin"),
            chain_file: Some(self.provider.at("chain.pem")),
            algorithm: None,
            time_limit: Duration::from_secs(20),
        }
    }
    /// Puts a certificate on the token.
    fn keep(&self, name: &str, id: &[u8]) {
        let pem = std::fs::read_to_string(self.provider.at(name)).unwrap();
        let certificate = Certificate::from_pem(&pem).unwrap().remove(0);
        let context = context();
        let session = context.open_rw_session(self.slot(&context)).unwrap();
        // A signer of this process may have logged in already.
        session
            .login(UserType::User, Some(&AuthPin::from(PIN.to_owned())))
            .ok();
        session
            .create_object(&[
                Attribute::Class(ObjectClass::CERTIFICATE),
                Attribute::CertificateType(CertificateType::X_509),
                Attribute::Token(true),
                Attribute::Id(id.to_vec()),
                Attribute::Subject(certificate.subject().der.clone()),
                Attribute::Value(certificate.der().to_vec()),
            ])
            .unwrap();
    }
    fn slot(&self, context: &Pkcs11) -> cryptoki::slot::Slot {
        context
            .get_slots_with_token()
            .unwrap()
            .into_iter()
            .find(|slot| context.get_token_info(*slot).unwrap().label() == self.label)
            .unwrap()
    }
    /// As an operator does by the token's own program.
    fn log_in(&self, pin: &str) {
        let context = context();
        let session = context.open_ro_session(self.slot(&context)).unwrap();
        session
            .login(UserType::User, Some(&AuthPin::from(pin.to_owned())))
            .unwrap();
        session.logout().unwrap();
    }
    fn change_pin(&self, from: &str, to: &str) {
        let context = context();
        let session = context.open_rw_session(self.slot(&context)).unwrap();
        let (from, to) = (AuthPin::from(from.to_owned()), AuthPin::from(to.to_owned()));
        session.login(UserType::User, Some(&from)).unwrap();
        session.set_pin(&from, &to).unwrap();
    }
}
/// The library in this process, started.
fn context() -> Pkcs11 {
    let context = Pkcs11::new(module()).unwrap();
    // Started already where a signer did so.
    context
        .initialize(CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK))
        .ok();
    context
}
/// What becomes of every session when the module is reset.
fn reset() {
    context().finalize().unwrap();
}
async fn open(settings: Pkcs11Settings) -> Pkcs11Signer {
    Pkcs11Signer::open(settings).await.unwrap()
}
fn why(error: SignerError) -> Pkcs11Error {
    match error {
        SignerError::Pkcs11 { module: path, reason } => {
            assert_eq!(path, module());
            reason
        }
        other => panic!("{other}"),
    }
}
async fn refused(settings: Pkcs11Settings) -> Pkcs11Error {
    why(Pkcs11Signer::open(settings).await.unwrap_err())
}
async fn signs(signer: &Pkcs11Signer) {
    let made = signer.sign(b"signing input").await.unwrap();
    let scheme = signer.algorithm().scheme();
    signature::verify(signer.public_key(), scheme, b"signing input", &made).unwrap();
}

#[tokio::test]
#[ignore = "started by the test of SoftHSM"]
async fn keys_of_each_kind_sign_by_each_algorithm_of_theirs() {
    let p384: &[&str] = &["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-384"];
    let cases: [(&str, &[&str], &[Algorithm]); 3] = [
        ("kinds-p256", P256, &[Algorithm::Es256]),
        ("kinds-p384", p384, &[Algorithm::Es384]),
        (
            "kinds-rsa",
            &["-newkey", "rsa:2048"],
            &[
                Algorithm::Rs256,
                Algorithm::Rs512,
                Algorithm::Ps256,
                Algorithm::Ps384,
                Algorithm::Ps512,
            ],
        ),
    ];
    for (label, kind, algorithms) in cases {
        let Some(token) = Token::new(label, kind) else {
            return;
        };
        assert_eq!(open(token.settings()).await.algorithm(), algorithms[0]);
        for algorithm in algorithms {
            let settings = Pkcs11Settings {
                algorithm: Some(*algorithm),
                ..token.settings()
            };
            let signer = open(settings).await;
            assert_eq!(signer.algorithm(), *algorithm);
            signs(&signer).await;
        }
        let settings = Pkcs11Settings {
            algorithm: Some(Algorithm::EdDsa),
            ..token.settings()
        };
        let error = Pkcs11Signer::open(settings).await.unwrap_err();
        assert!(matches!(error, SignerError::NoAlgorithm), "{error}");
    }
}

#[tokio::test]
#[ignore = "started by the test of SoftHSM"]
async fn the_chain_may_be_on_the_token_under_the_id_of_the_key() {
    let Some(token) = Token::new("chain", P256) else {
        return;
    };
    let settings = || Pkcs11Settings {
        chain_file: None,
        key: KeyName::Id(vec![0xa1]),
        ..token.settings()
    };
    assert_eq!(refused(settings()).await, Pkcs11Error::NoCertificate);
    for (name, id) in [("root.pem", 1), ("ca.pem", 2), ("leaf.pem", 0xa1)] {
        token.keep(name, &[id]);
    }
    let signer = open(settings()).await;
    let names: Vec<_> = signer.chain().iter().map(|c| c.subject().to_string()).collect();
    assert_eq!(names, ["O=RealTruth, CN=leaf", "O=RealTruth, CN=ca"]);
    signs(&signer).await;
    token.keep("ca.pem", &[0xa1]);
    assert_eq!(
        refused(settings()).await,
        Pkcs11Error::SeveralCertificates { count: 2 }
    );
}

#[tokio::test]
#[ignore = "started by the test of SoftHSM"]
async fn a_key_that_is_not_the_certificates_is_refused_at_the_start() {
    let Some(token) = Token::new("other", P256) else {
        return;
    };
    token.import("ca", "another", "a2");
    let settings = Pkcs11Settings {
        key: KeyName::Label("another".to_owned()),
        ..token.settings()
    };
    assert_eq!(refused(settings).await, Pkcs11Error::OtherKey);
}

#[tokio::test]
#[ignore = "started by the test of SoftHSM"]
async fn tokens_and_keys_are_found_by_what_names_one_of_them() {
    let Some(token) = Token::new("names", P256) else {
        return;
    };
    let unknown = TokenName::Label("nobody".to_owned());
    let reason = refused(Pkcs11Settings {
        token: unknown.clone(),
        ..token.settings()
    })
    .await;
    let Pkcs11Error::NoToken { wanted, found } = reason else {
        panic!("{reason}");
    };
    assert!(
        wanted == unknown && found.contains(&"names".to_owned()),
        "{found:?}"
    );
    let context = context();
    let serial = context
        .get_token_info(token.slot(&context))
        .unwrap()
        .serial_number()
        .to_owned();
    let by_serial = |serial: &str| Pkcs11Settings {
        token: TokenName::Serial(serial.to_owned()),
        ..token.settings()
    };
    signs(&open(by_serial(&serial)).await).await;
    assert!(matches!(
        refused(by_serial("0000")).await,
        Pkcs11Error::NoToken { .. }
    ));
    let nobody = KeyName::Id(vec![0xff, 1]);
    let settings = Pkcs11Settings {
        key: nobody.clone(),
        ..token.settings()
    };
    let reason = refused(settings).await;
    assert_eq!(reason.to_string(), "no private key with id ff01 is on the token");
    token.import("ca", "seal", "a2");
    assert_eq!(
        refused(token.settings()).await,
        Pkcs11Error::SeveralKeys {
            wanted: KeyName::Label("seal".to_owned()),
            count: 2
        }
    );
    let settings = Pkcs11Settings {
        key: KeyName::Id(vec![0xa1]),
        ..token.settings()
    };
    signs(&open(settings).await).await;
}

#[tokio::test]
#[ignore = "started by the test of SoftHSM"]
async fn a_wrong_pin_is_told_and_its_file_is_private() {
    let Some(token) = Token::new("pin", P256) else {
        return;
    };
    // Whoever is logged in elsewhere in this process would hide it.
    reset();
    token.provider.write("pin", "654321");
    let reason = refused(token.settings()).await;
    assert_eq!(reason, Pkcs11Error::Pin("PinIncorrect".to_owned()));
    assert!(!reason.to_string().contains("654321"), "{reason}");
    let path = token.provider.at("pin");
    let shared = std::os::unix::fs::PermissionsExt::from_mode(0o644);
    std::fs::set_permissions(&path, shared).unwrap();
    let error = Pkcs11Signer::open(token.settings()).await.unwrap_err();
    assert!(
        matches!(error, SignerError::File(FileError::Mode { .. })),
        "{error}"
    );
}

#[tokio::test]
#[ignore = "started by the test of SoftHSM"]
async fn services_that_start_again_with_a_wrong_pin_spend_one_attempt() {
    let Some(token) = Token::new("attempts", P256) else {
        return;
    };
    reset();
    token.provider.write("pin", "654321");
    assert!(matches!(refused(token.settings()).await, Pkcs11Error::Pin(_)));
    let few = Pkcs11Error::FewAttempts("CKF_USER_PIN_COUNT_LOW");
    assert_eq!(refused(token.settings()).await, few);
    // The right one is not tried either: a service cannot know that it is.
    token.provider.write("pin", PIN);
    assert_eq!(refused(token.settings()).await, few);
    token.log_in(PIN);
    signs(&open(token.settings()).await).await;
}

#[tokio::test]
#[ignore = "started by the test of SoftHSM"]
async fn a_session_that_was_lost_is_opened_again() {
    let Some(token) = Token::new("lost", P256) else {
        return;
    };
    let signer = open(token.settings()).await;
    for _ in 0..3 {
        reset();
        signs(&signer).await;
    }
}

#[tokio::test]
#[ignore = "started by the test of SoftHSM"]
async fn a_pin_that_is_refused_is_not_tried_again() {
    let Some(token) = Token::new("barred", P256) else {
        return;
    };
    let signer = open(token.settings()).await;
    reset();
    token.change_pin(PIN, "999999");
    reset();
    let refusal = Pkcs11Error::Pin("PinIncorrect".to_owned());
    assert_eq!(why(signer.sign(b"x").await.unwrap_err()), refusal);
    // Although it would now be accepted: the token's patience is not for a service to spend.
    token.change_pin("999999", PIN);
    reset();
    assert_eq!(why(signer.sign(b"x").await.unwrap_err()), refusal);
    signs(&open(token.settings()).await).await;
}

#[tokio::test]
#[ignore = "started by the test of SoftHSM"]
async fn many_ask_at_once_and_each_gets_its_signature() {
    let Some(token) = Token::new("many", P256) else {
        return;
    };
    let signer = Arc::new(open(token.settings()).await);
    let asking: Vec<_> = (0..16)
        .map(|_| {
            let signer = Arc::clone(&signer);
            tokio::spawn(async move { signs(&signer).await })
        })
        .collect();
    for asked in asking {
        asked.await.unwrap();
    }
}

#[tokio::test]
#[ignore = "started by the test of SoftHSM"]
async fn what_is_no_module_is_refused() {
    let Some(token) = Token::new("module", P256) else {
        return;
    };
    for path in [
        token.provider.at("chain.pem"),
        token.provider.at("nothing.so"),
        Path::new("libsofthsm2.so").to_owned(),
    ] {
        let settings = Pkcs11Settings {
            module: path.clone(),
            ..token.settings()
        };
        match Pkcs11Signer::open(settings).await.unwrap_err() {
            SignerError::Pkcs11 {
                module,
                reason: Pkcs11Error::Module(_),
            } => assert_eq!(module, path),
            other => panic!("{other}"),
        }
    }
}
