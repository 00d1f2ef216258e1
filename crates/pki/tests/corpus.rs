//! Real certificates and CRLs, found through `PROCURA_CORPUS`.
#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "tests find the corpus by an environment variable and say what they skip"
)]
use base64::Engine as _;
use jiff::{SignedDuration, Timestamp};
use procura_pki::{Anchor, Certificate, Crl, CrlError, PathOptions, RevocationStatus, path};
use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

fn corpus() -> Option<PathBuf> {
    let folder = std::env::var("PROCURA_CORPUS").ok().map(PathBuf::from);
    if folder.is_none() {
        println!("skipped: no corpus; PROCURA_CORPUS names its folder");
    }
    folder
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut out: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    out.sort();
    out
}

#[test]
fn every_certificate_of_the_real_trusted_lists_is_read() {
    let Some(corpus) = corpus() else { return };
    let mut seen = BTreeSet::new();
    let mut refused = Vec::new();
    let (mut keys, mut views) = (0, 0);
    for file in files(&corpus.join("trusted-lists")) {
        if file.extension().is_none_or(|e| e != "xml") {
            continue;
        }
        let text = String::from_utf8_lossy(&fs::read(&file).unwrap()).into_owned();
        for piece in text.split("X509Certificate>").skip(1).step_by(2) {
            let body: String = piece
                .split('<')
                .next()
                .unwrap()
                .replace("&#13;", "")
                .replace("&#xD;", "")
                .chars()
                .filter(|c| !c.is_whitespace())
                .collect();
            let Ok(der) = base64::engine::general_purpose::STANDARD.decode(body) else {
                continue;
            };
            if !seen.insert(der.clone()) {
                continue;
            }
            match Certificate::from_der(&der) {
                Ok(certificate) => {
                    keys += usize::from(certificate.public_key().is_err());
                    let at = certificate.not_before();
                    let found = path::find(
                        &certificate,
                        &[],
                        &[Anchor(certificate.clone())],
                        at,
                        &PathOptions::default(),
                    );
                    views += usize::from(found.is_err());
                }
                Err(error) => refused.push((file.file_name().unwrap().to_owned(), error)),
            }
        }
    }
    println!("{} certificates, {keys} keys out of scope", seen.len());
    assert!(seen.len() > 1000, "{}", seen.len());
    assert_eq!(refused, []);
    assert_eq!(views, 0);
    assert!(keys <= 3, "{keys}");
}

#[test]
fn real_end_entity_certificates_lead_to_their_anchors() {
    let Some(corpus) = corpus() else { return };
    // Old lists: short keys and SHA-1 are judged by date, not here.
    let options = PathOptions {
        min_rsa_bits: 1024,
        ..PathOptions::default()
    };
    let (mut found, mut other) = (0, Vec::new());
    for folder in files(&corpus.join("trusted-lists/chains")) {
        let Ok(leaf) = fs::read(folder.join("leaf.der")) else {
            continue;
        };
        let leaf = Certificate::from_der(&leaf).unwrap();
        let anchors: Vec<_> = files(&folder)
            .iter()
            .filter(|file| file.file_name().unwrap().to_string_lossy().starts_with("anchor"))
            .map(|file| Anchor(Certificate::from_der(&fs::read(file).unwrap()).unwrap()))
            .collect();
        let at = leaf.not_before() + SignedDuration::from_hours(24);
        match path::find(&leaf, &[], &anchors, at, &options) {
            Ok(path) => {
                assert!(anchors.contains(&path.anchor));
                found += 1;
            }
            Err(error) => other.push((folder.file_name().unwrap().to_owned(), error)),
        }
    }
    assert_eq!(other, []);
    assert!(found > 100);
}

#[test]
fn real_crls_are_read_and_judged() {
    let Some(corpus) = corpus() else { return };
    let folder = corpus.join("revocation");
    let mut read = 0;
    for file in files(&folder) {
        if file.extension().is_some_and(|e| e == "crl") {
            let crl = Crl::from_der(&fs::read(&file).unwrap()).unwrap_or_else(|e| panic!("{file:?}: {e}"));
            println!("{file:?}: {crl:?} {} {:?}", crl.this_update(), crl.next_update());
            read += 1;
        }
    }
    assert_eq!(read, 7);

    let pem = fs::read_to_string(folder.join("EE-GovCA2018.pem.crt")).unwrap();
    let ca = Certificate::from_pem(&pem).unwrap().remove(0);
    let crl = Crl::from_der(&fs::read(folder.join("EE-GovCA2018.crl")).unwrap()).unwrap();
    println!(
        "{ca:?} {:?}",
        ca.public_key().map(procura_crypto::PublicKey::bits)
    );
    let within = crl.this_update() + SignedDuration::from_hours(1);
    let status = crl.status(&ca, &ca, None, within);
    assert_eq!(
        status,
        Ok(RevocationStatus::Good {
            as_of: crl.this_update()
        })
    );
    let late: Timestamp = "2100-01-01T00:00:00Z".parse().unwrap();
    assert!(matches!(
        crl.status(&ca, &ca, None, late),
        Err(CrlError::Stale { .. })
    ));
    let other = Crl::from_der(&fs::read(folder.join("belgium2.crl")).unwrap()).unwrap();
    assert_eq!(other.status(&ca, &ca, None, within), Err(CrlError::Issuer));
}
