//! Real certificates and CRLs, found through `PROCURA_CORPUS`.
#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "tests find the corpus by an environment variable and say what they skip"
)]
use base64::Engine as _;
use jiff::{SignedDuration, Timestamp};
use procura_pki::{
    Anchor, Certificate, Crl, CrlError, OcspError, OcspResponse, PathOptions, RevocationData,
    RevocationError, RevocationStatus, path,
};
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

#[test]
fn real_ocsp_responses_are_read() {
    let Some(corpus) = corpus() else { return };
    let read = |name: &str| {
        OcspResponse::from_der(&fs::read(corpus.join("revocation").join(name)).unwrap()).unwrap()
    };
    let (issuers, delegates) = (read("peru_ocsp.bin"), read("sk_ocsp.bin"));
    assert_eq!(issuers.produced_at().to_string(), "2018-04-23T05:34:01Z");
    assert_eq!(issuers.certificates(), []);
    assert_eq!(delegates.produced_at().to_string(), "2018-04-24T07:53:01Z");
    let [responder, issuer, _] = delegates.certificates() else {
        panic!("{:?}", delegates.certificates())
    };
    assert!(responder.is_signed_by(issuer));
    assert!(
        responder
            .extended_key_usage()
            .unwrap()
            .contains(&"1.3.6.1.5.5.7.3.9".to_owned())
    );
    // Neither is about this one.
    for response in [&issuers, &delegates] {
        assert_eq!(
            response.statement(responder, responder, &[]),
            Err(OcspError::Issuer)
        );
    }
}

/// Every string of base64 within JSON, within base64url within JSON, and so on, decoded.
fn embedded(text: &[u8], out: &mut Vec<Vec<u8>>) {
    // Some write a slash as `\/`.
    let text: Vec<u8> = text.iter().copied().filter(|octet| *octet != b'\\').collect();
    let part = |octet: &u8| octet.is_ascii_alphanumeric() || b"+/-_=".contains(octet);
    for word in text.split(|octet| !part(octet)).filter(|word| word.len() > 200) {
        let plain = word
            .strip_suffix(b"==")
            .or(word.strip_suffix(b"="))
            .unwrap_or(word);
        let decoded = [
            base64::engine::general_purpose::STANDARD_NO_PAD,
            base64::engine::general_purpose::URL_SAFE_NO_PAD,
        ]
        .iter()
        .find_map(|alphabet| alphabet.decode(plain).ok());
        if let Some(decoded) = decoded
            && !out.contains(&decoded)
        {
            if core::str::from_utf8(&decoded).is_ok() {
                embedded(&decoded, out);
            }
            out.push(decoded);
        }
    }
}

#[test]
fn revocation_data_within_real_signatures_speak_of_their_certificates() {
    // The responder of that world is certified by the root, not by the CA that it answers for.
    const RULE: &str = "another key issued its certificate";
    let Some(corpus) = corpus() else { return };
    let (mut ocsp, mut crls, mut spoken, mut not_delegated) = (0, 0, 0, 0);
    for file in files(&corpus.join("jades")) {
        let mut pieces = Vec::new();
        embedded(&fs::read(&file).unwrap(), &mut pieces);
        let mut certificates: Vec<_> = pieces
            .iter()
            .filter_map(|der| Certificate::from_der(der).ok())
            .collect();
        let mut data: Vec<RevocationData> = Vec::new();
        for der in &pieces {
            if let Ok(response) = OcspResponse::from_der(der) {
                certificates.extend(response.certificates().iter().cloned());
                ocsp += 1;
                data.push(response.into());
            } else if let Ok(crl) = Crl::from_der(der) {
                crls += 1;
                data.push(crl.into());
            }
        }
        for data in &data {
            let told: Vec<_> = certificates
                .iter()
                .flat_map(|certificate| certificates.iter().map(move |issuer| (certificate, issuer)))
                .filter(|(certificate, issuer)| certificate.is_signed_by(issuer))
                .map(|(certificate, issuer)| data.statement(certificate, issuer, &certificates))
                .collect();
            let statement = told.iter().find_map(|told| told.as_ref().ok());
            not_delegated += usize::from(told.iter().any(|told| {
                matches!(
                    told,
                    Err(RevocationError::Ocsp(OcspError::NotDelegated { rule: RULE, .. }))
                )
            }));
            println!("{file:?}: {data:?}: {:?}", statement.as_ref().map(|s| &s.status));
            spoken += usize::from(statement.is_some());
        }
    }
    println!(
        "{ocsp} OCSP responses, of which {not_delegated} are by responders of another authority; {crls} CRLs; \
         {spoken} speak of a certificate at hand"
    );
    assert!(ocsp >= 4 && crls >= 4);
    // One is signed over SHA-3, which is out of scope.
    assert_eq!(spoken + not_delegated + 1, ocsp + crls);
}
