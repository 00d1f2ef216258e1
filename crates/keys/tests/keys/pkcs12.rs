//! PKCS#12 files as the `openssl` program writes them.
#![expect(clippy::unwrap_used, clippy::panic, reason = "helpers of tests")]
use crate::provider::{Provider, provider};
use procura_crypto::signature;
use procura_jose::Algorithm;
use procura_keys::{FileError, Pkcs12Error, Pkcs12Signer, Signer, SignerError};
use std::{os::unix::fs::PermissionsExt as _, path::Path};

const PASSWORD: &str = "Überraschung 1";

fn with(kind: &[&str]) -> Option<Provider> {
    let provider = provider(kind)?;
    provider.write("password", &format!("{PASSWORD}\n"));
    Some(provider)
}
fn p256() -> Option<Provider> {
    with(&["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"])
}

impl Provider {
    /// `openssl pkcs12 -export` of leaf and key, with more arguments.
    fn export(&self, name: &str, more: &[&str]) {
        let out = format!("file:{}", self.text("password"));
        let mut arguments = vec!["pkcs12", "-export", "-out", name, "-passout", &out];
        arguments.extend(more);
        self.openssl(&arguments);
        self.protect(name);
    }
    fn open(&self, name: &str) -> Result<Pkcs12Signer, SignerError> {
        Pkcs12Signer::open(&self.at(name), &self.at("password"))
    }
    fn refused(&self, name: &str) -> Pkcs12Error {
        match self.open(name).unwrap_err() {
            SignerError::Pkcs12 { path, reason } => {
                assert_eq!(path, self.at(name));
                reason
            }
            other => panic!("{other}"),
        }
    }
}
const WHOLE: &[&str] = &["-in", "leaf.pem", "-inkey", "leaf.key"];

async fn signs(signer: &Pkcs12Signer) {
    let made = signer.sign(b"signing input").await.unwrap();
    let scheme = signer.algorithm().scheme();
    signature::verify(signer.public_key(), scheme, b"signing input", &made).unwrap();
    let certificate = signer.chain().first().unwrap();
    assert_eq!(certificate.public_key().unwrap(), signer.public_key());
}

#[tokio::test]
async fn files_of_every_protection_that_openssl_writes_are_opened() {
    let Some(provider) = p256() else { return };
    let protections: [&[&str]; 6] = [
        // PBES2 with AES-256 and PBKDF2 over SHA-256, MAC over SHA-256.
        &[],
        &[
            "-keypbe",
            "AES-128-CBC",
            "-certpbe",
            "AES-192-CBC",
            "-macalg",
            "SHA512",
        ],
        // 3DES for the key, RC2-40 for the certificates, MAC over SHA-1: what Windows has written for decades.
        &["-legacy"],
        &["-legacy", "-descert"],
        &["-legacy", "-certpbe", "NONE", "-macalg", "SHA256"],
        &["-keypbe", "NONE", "-certpbe", "NONE"],
    ];
    for protection in protections {
        provider.export("seal.p12", &[WHOLE, protection].concat());
        let signer = provider
            .open("seal.p12")
            .unwrap_or_else(|error| panic!("{protection:?}: {error}"));
        assert_eq!(signer.algorithm(), Algorithm::Es256);
        signs(&signer).await;
    }
}

#[tokio::test]
async fn keys_of_each_kind_sign() {
    let cases: [(&[&str], Algorithm); 3] = [
        (&["-newkey", "rsa:2048"], Algorithm::Rs256),
        (
            &["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-384"],
            Algorithm::Es384,
        ),
        (&["-newkey", "ed25519"], Algorithm::EdDsa),
    ];
    for (kind, algorithm) in cases {
        let Some(provider) = with(kind) else { return };
        provider.export("seal.p12", WHOLE);
        let signer = provider.open("seal.p12").unwrap();
        assert_eq!(signer.algorithm(), algorithm);
        signs(&signer).await;
        if algorithm == Algorithm::Rs256 {
            let (file, password) = (provider.at("seal.p12"), provider.at("password"));
            let pss = Pkcs12Signer::open_with_algorithm(&file, &password, Algorithm::Ps256).unwrap();
            signs(&pss).await;
            let error = Pkcs12Signer::open_with_algorithm(&file, &password, Algorithm::Es256).unwrap_err();
            assert!(matches!(error, SignerError::NoAlgorithm), "{error}");
        }
    }
}

#[test]
fn the_chain_is_in_order_and_without_root_or_strangers() {
    let Some(provider) = p256() else { return };
    provider.certificate("stranger", &["-newkey", "ed25519"], None);
    let read = |name: &str| std::fs::read_to_string(provider.at(name)).unwrap();
    // In the wrong order, with a root and a certificate that has no business there.
    let others = ["root.pem", "stranger.pem", "ca.pem"].map(read).concat();
    provider.write("others.pem", &others);
    provider.export("seal.p12", &[WHOLE, &["-certfile", "others.pem"]].concat());
    let signer = provider.open("seal.p12").unwrap();
    let names: Vec<_> = signer.chain().iter().map(|c| c.subject().to_string()).collect();
    assert_eq!(names, ["O=RealTruth, CN=leaf", "O=RealTruth, CN=ca"]);
}

#[test]
fn a_wrong_password_and_a_changed_file_are_told_so() {
    let Some(provider) = p256() else { return };
    provider.export("seal.p12", WHOLE);
    for wrong in ["another", "", &format!("{PASSWORD}\n\n"), &format!(" {PASSWORD}")] {
        provider.write("password", wrong);
        let reason = provider.refused("seal.p12");
        assert!(
            matches!(reason, Pkcs12Error::WrongPassword),
            "{wrong:?}: {reason}"
        );
    }
    for right in [PASSWORD.to_owned(), format!("{PASSWORD}\r\n")] {
        provider.write("password", &right);
        provider.open("seal.p12").unwrap();
    }
    let mut content = std::fs::read(provider.at("seal.p12")).unwrap();
    let middle = content.len() / 2;
    content[middle] ^= 1;
    std::fs::write(provider.at("seal.p12"), content).unwrap();
    let reason = provider.refused("seal.p12");
    assert!(
        matches!(reason, Pkcs12Error::WrongPassword | Pkcs12Error::Malformed),
        "{reason}"
    );
}

#[test]
fn files_without_key_certificate_or_mac_are_told_so() {
    let Some(provider) = p256() else { return };
    provider.export("no-key.p12", &["-nokeys", "-in", "leaf.pem"]);
    assert!(matches!(provider.refused("no-key.p12"), Pkcs12Error::NoKey));
    provider.export("no-certificate.p12", &["-nocerts", "-inkey", "leaf.key"]);
    assert!(matches!(
        provider.refused("no-certificate.p12"),
        Pkcs12Error::NoCertificate
    ));
    provider.export("no-mac.p12", &[WHOLE, &["-nomac"]].concat());
    assert!(matches!(provider.refused("no-mac.p12"), Pkcs12Error::NoMac));
}

#[test]
fn a_certificate_of_another_key_does_not_stand_in() {
    let Some(provider) = p256() else { return };
    provider.export(
        "other.p12",
        &["-nocerts", "-inkey", "leaf.key", "-certfile", "ca.pem"],
    );
    assert!(matches!(
        provider.refused("other.p12"),
        Pkcs12Error::NoCertificate
    ));
}

#[test]
fn of_two_certificates_of_the_key_none_is_guessed() {
    let Some(provider) = p256() else { return };
    provider.openssl(&[
        "req",
        "-x509",
        "-key",
        "leaf.key",
        "-subj",
        "/CN=renewed",
        "-out",
        "renewed.pem",
    ]);
    provider.export("renewed.p12", &[WHOLE, &["-certfile", "renewed.pem"]].concat());
    assert!(matches!(
        provider.refused("renewed.p12"),
        Pkcs12Error::SeveralCertificates { count: 2 }
    ));
}

#[test]
fn a_file_that_was_cut_short_is_refused_before_any_key_is_derived() {
    let Some(provider) = p256() else { return };
    provider.export("seal.p12", WHOLE);
    let content = std::fs::read(provider.at("seal.p12")).unwrap();
    for length in (0..content.len()).step_by(13) {
        std::fs::write(provider.at("cut.p12"), &content[..length]).unwrap();
        provider.protect("cut.p12");
        let reason = provider.refused("cut.p12");
        assert!(matches!(reason, Pkcs12Error::Malformed), "{length}: {reason}");
    }
}

#[test]
fn neither_file_may_be_read_by_others() {
    let Some(provider) = p256() else { return };
    provider.export("seal.p12", WHOLE);
    for name in ["seal.p12", "password"] {
        std::fs::set_permissions(provider.at(name), std::fs::Permissions::from_mode(0o640)).unwrap();
        let error = provider.open("seal.p12").unwrap_err();
        let SignerError::File(FileError::Mode { path, mode: 0o640 }) = &error else {
            panic!("{error}");
        };
        assert_eq!(*path, provider.at(name));
        provider.protect(name);
    }
}

#[test]
fn what_is_no_pkcs_12_file_is_refused() {
    let provider = Provider::empty();
    provider.write("password", PASSWORD);
    for content in [
        "",
        "0",
        "-----BEGIN CERTIFICATE-----",
        "\u{30}\u{3}\u{2}\u{1}\u{3}",
    ] {
        provider.write("no.p12", content);
        let reason = provider.refused("no.p12");
        assert!(matches!(reason, Pkcs12Error::Malformed), "{content:?}: {reason}");
    }
    let missing = Pkcs12Signer::open(Path::new("/nowhere/seal.p12"), &provider.at("password")).unwrap_err();
    assert!(
        matches!(missing, SignerError::File(FileError::Io { .. })),
        "{missing}"
    );
}
