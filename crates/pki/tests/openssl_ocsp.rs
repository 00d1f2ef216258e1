//! A second opinion on OCSP by the `openssl` program, both ways: it answers our requests, we read its answers, and it
//! verifies those of the forge.
#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "test support outside of test functions, which says what it skips"
)]
mod forge;
#[expect(dead_code, reason = "forged answers are for ocsp.rs")]
mod responder;

use forge::{at, noon};
use jiff::Timestamp;
use procura_crypto::Digest;
use procura_pki::{
    Certificate, OcspError, OcspRequest, OcspResponse, RevocationStatus, ocsp::ResponseStatus,
};
use responder::{World, revoked};
use std::{
    fs,
    path::Path,
    process::{Command, Output},
};
use tempfile::TempDir;

fn openssl(folder: &Path, arguments: &str) -> Output {
    Command::new("openssl")
        .args(arguments.split_whitespace())
        .current_dir(folder)
        .output()
        .unwrap()
}
fn is_there() -> bool {
    let there = Command::new("openssl").arg("version").output().is_ok();
    if !there {
        println!("skipped: no openssl program");
    }
    there
}
fn run(folder: &Path, arguments: &str) -> String {
    let output = openssl(folder, arguments);
    let told = [output.stdout, output.stderr].concat();
    let told = String::from_utf8_lossy(&told).into_owned();
    assert!(output.status.success(), "openssl {arguments}: {told}");
    told
}

/// A CA with three certificates, of which one is revoked, one good and one on no record, and a delegate.
struct Authority {
    folder: TempDir,
    issuer: Certificate,
}
impl Authority {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let here = folder.path();
        let configuration = "[req]\ndistinguished_name=dn\nprompt=no\n[dn]\nC=DE\nO=RealTruth\nCN=CA\n\
            [ca]\nbasicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign\n\
            subjectKeyIdentifier=hash\n\
            [leaf]\nkeyUsage=critical,nonRepudiation\n\
            [responder]\nkeyUsage=critical,digitalSignature\nextendedKeyUsage=OCSPSigning\nnoCheck=ignored\n";
        fs::write(here.join("c"), configuration).unwrap();
        run(
            here,
            "req -x509 -config c -extensions ca -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem -days 30",
        );
        for (name, serial, section) in [
            ("good", "0x7001", "leaf"),
            ("revoked", "0x7002", "leaf"),
            ("stranger", "0xF00000000000000003", "leaf"),
            ("responder", "0x7004", "responder"),
        ] {
            let key = "-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes";
            run(
                here,
                &format!("req -new -config c -subj /CN={name} {key} -keyout {name}.key -out {name}.csr"),
            );
            run(
                here,
                &format!(
                    "x509 -req -in {name}.csr -CA ca.pem -CAkey ca.key -set_serial {serial} -days 10 -extfile c \
                     -extensions {section} -out {name}.pem"
                ),
            );
        }
        let index = "V\t401231235959Z\t\t7001\tunknown\t/CN=good\n\
                     R\t401231235959Z\t250102030405Z,keyCompromise\t7002\tunknown\t/CN=revoked\n";
        fs::write(here.join("index.txt"), index).unwrap();
        let issuer = read(here, "ca");
        Self { folder, issuer }
    }
    fn certificate(&self, name: &str) -> Certificate {
        read(self.folder.path(), name)
    }
    /// The answer of `openssl ocsp` to a request of ours.
    fn answer(&self, request: &OcspRequest, options: &str) -> Result<OcspResponse, OcspError> {
        let here = self.folder.path();
        fs::write(here.join("request.der"), request.der()).unwrap();
        run(
            here,
            &format!("ocsp -index index.txt -CA ca.pem -reqin request.der -respout response.der {options}"),
        );
        OcspResponse::from_der(&fs::read(here.join("response.der")).unwrap())
    }
}
fn read(folder: &Path, name: &str) -> Certificate {
    let pem = fs::read_to_string(folder.join(format!("{name}.pem"))).unwrap();
    Certificate::from_pem(&pem).unwrap().remove(0)
}

const DELEGATE: &str = "-rsigner responder.pem -rkey responder.key -ndays 1";
const ITSELF: &str = "-rsigner ca.pem -rkey ca.key -ndays 1";

#[test]
fn openssl_answers_our_requests_and_we_read_its_answers() {
    if !is_there() {
        return;
    }
    let authority = Authority::new();
    let nonce = [0x5a; 32];
    let delegate = authority.certificate("responder");
    for (options, responder) in [
        (DELEGATE, Some(&delegate)),
        (&format!("{DELEGATE} -resp_key_id -rmd sha512"), Some(&delegate)),
        (&format!("{DELEGATE} -resp_no_certs"), Some(&delegate)),
        (ITSELF, None),
        (
            &format!("{ITSELF} -resp_key_id -rsigopt rsa_padding_mode:pss"),
            None,
        ),
    ] {
        for digest in [Digest::Sha1, Digest::Sha256] {
            for name in ["good", "revoked", "stranger"] {
                let certificate = authority.certificate(name);
                let request =
                    OcspRequest::by_digest(&certificate, &authority.issuer, Some(&nonce), digest).unwrap();
                let response = authority.answer(&request, options).unwrap();
                assert!(response.has_nonce(&nonce), "{options}");
                let statement =
                    response.statement(&certificate, &authority.issuer, core::slice::from_ref(&delegate));
                let other = if name == "good" { "revoked" } else { "good" };
                let other = authority.certificate(other);
                assert_eq!(
                    response.statement(&other, &authority.issuer, core::slice::from_ref(&delegate)),
                    Err(OcspError::Serial)
                );
                if name == "stranger" {
                    assert_eq!(statement, Err(OcspError::Unknown), "{options}");
                    continue;
                }
                let statement = statement.unwrap();
                assert_eq!(statement.responder.as_ref(), responder, "{options}");
                assert!(!statement.responder_needs_revocation_check);
                assert!(statement.is_current_at(statement.produced_at));
                let revoked = RevocationStatus::Revoked {
                    at: at("2025-01-02T03:04:05Z"),
                    reason: Some(1),
                };
                match name {
                    "revoked" => assert_eq!(statement.status, revoked),
                    _ => assert!(matches!(statement.status, RevocationStatus::Good { .. })),
                }
            }
        }
    }
}

#[test]
fn openssl_reads_our_request_as_we_wrote_it() {
    if !is_there() {
        return;
    }
    let authority = Authority::new();
    let here = authority.folder.path();
    for name in ["good", "stranger"] {
        let certificate = authority.certificate(name);
        for (nonce, option) in [(None, "-no_nonce"), (Some([7; 16]), "-nonce")] {
            let nonce = nonce.as_ref().map(<[u8; 16]>::as_slice);
            let ours = OcspRequest::new(&certificate, &authority.issuer, nonce).unwrap();
            run(
                here,
                &format!("ocsp -issuer ca.pem -cert {name}.pem {option} -reqout theirs.der"),
            );
            let theirs = fs::read(here.join("theirs.der")).unwrap();
            let read = OcspRequest::from_der(&theirs).unwrap();
            assert_eq!(read.certificates(), ours.certificates());
            assert!(read.certificates()[0].is_issued_by(&authority.issuer));
            assert_eq!(read.der(), theirs);
            assert_eq!(read.nonce().map(<[u8]>::len), nonce.map(<[u8]>::len));
            if nonce.is_none() {
                assert_eq!(ours.der(), theirs);
            }
        }
    }
}

#[test]
fn openssl_verifies_what_the_forge_answers() {
    if !is_there() {
        return;
    }
    let world = World::new();
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    fs::write(here.join("ca.der"), world.issuer.der()).unwrap();
    fs::write(here.join("leaf.der"), world.leaf.der()).unwrap();
    for name in ["ca", "leaf"] {
        run(here, &format!("x509 -inform DER -in {name}.der -out {name}.pem"));
    }
    let verify = |der: &[u8], time: Timestamp| {
        fs::write(here.join("response.der"), der).unwrap();
        let options = format!(
            "-CAfile ca.pem -attime {} -validity_period 9999999999",
            time.as_second()
        );
        let output = openssl(
            here,
            &format!("ocsp -respin response.der -issuer ca.pem -cert leaf.pem {options}"),
        );
        let told = [output.stdout, output.stderr].concat();
        String::from_utf8_lossy(&told).into_owned()
    };
    for answer in [world.direct(), world.delegated(), world.delegated().by_key()] {
        let told = verify(&answer.der(), noon());
        assert!(told.contains("Response verify OK"), "{told}");
        assert!(told.contains("leaf.pem: good"), "{told}");
    }
    let answer = world
        .delegated()
        .one(|single| single.status = revoked("2026-05-01T00:00:00Z", Some(1)));
    let told = verify(&answer.der(), noon());
    assert!(
        told.contains("Response verify OK") && told.contains("leaf.pem: revoked"),
        "{told}"
    );
    // What we refuse, it refuses: a certificate that the issuer did not delegate.
    let world = World::with(|request| request);
    fs::write(here.join("ca.der"), world.issuer.der()).unwrap();
    fs::write(here.join("leaf.der"), world.leaf.der()).unwrap();
    for name in ["ca", "leaf"] {
        run(here, &format!("x509 -inform DER -in {name}.der -out {name}.pem"));
    }
    assert!(world.ask(&world.delegated()).is_err());
    let told = verify(&world.delegated().der(), noon());
    assert!(!told.contains("Response verify OK"), "{told}");
}

#[test]
fn openssl_reads_our_refusals_by_name() {
    if !is_there() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    for status in [
        ResponseStatus::MalformedRequest,
        ResponseStatus::InternalError,
        ResponseStatus::TryLater,
        ResponseStatus::SigRequired,
        ResponseStatus::Unauthorized,
    ] {
        let der = status.response_der();
        fs::write(folder.path().join("response.der"), &der).unwrap();
        let output = openssl(folder.path(), "ocsp -respin response.der -noverify");
        let told = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
        assert!(
            told.to_lowercase().contains(&status.to_string().to_lowercase()),
            "{told}"
        );
        assert_eq!(
            OcspResponse::from_der(&der).err(),
            Some(OcspError::Status(status))
        );
    }
}
