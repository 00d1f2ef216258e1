//! Samples that others made, found through `PROCURA_CORPUS`.
#![expect(
    clippy::disallowed_methods,
    reason = "tests find the corpus by an environment variable"
)]
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    reason = "samples have the shape that their expectations say"
)]
use procura_ades::{
    Indication, SubIndication,
    validation::{Anchors, Policy},
};
use procura_jades::{
    Document, Examined, Objects, Profile, Report, SignatureError, Validation,
    document::Imprint,
    examine::{Cover, TimeStampKind},
    report::{Block, Outcome, SignatureReport, TimeStampReport},
    validate,
};
use procura_jose::{AlgorithmSet, base64url, jwk::Jwk};
use serde_json::{Value, json};

/// The samples with what is expected of each.
struct Corpus {
    folder: String,
    entries: Vec<Value>,
}
impl Corpus {
    /// `None`, and said so, where there is none.
    fn find() -> Option<Self> {
        let Ok(corpus) = std::env::var("PROCURA_CORPUS") else {
            println!("skipped: no corpus; PROCURA_CORPUS names its folder");
            return None;
        };
        let folder = format!("{corpus}/jades");
        let entries = std::fs::read_to_string(format!("{folder}/expected.json")).unwrap();
        Some(Self {
            entries: serde_json::from_str(&entries).unwrap(),
            folder,
        })
    }

    fn document(&self, entry: &Value) -> Vec<u8> {
        match entry["input"].as_str() {
            Some(input) => input.as_bytes().to_vec(),
            None => self.file(entry["file"].as_str().unwrap()).unwrap(),
        }
    }

    fn file(&self, name: &str) -> std::io::Result<Vec<u8>> {
        std::fs::read(format!("{}/{name}", self.folder))
    }

    /// The objects that detached samples refer to, by the last segment of their URI.
    fn objects(&self, document: &Document) -> Objects {
        let signatures = document.signatures.iter();
        let uris = signatures
            .flatten()
            .flat_map(|signature| signature.signed.object_uris());
        uris.fold(Objects::default(), |objects, uri| {
            let segment = uri.rsplit(['/', 'F']).next().unwrap_or(&uri);
            let object = match segment {
                "TEST-DOC.txt" => Ok(b"TL-039 Test Document".to_vec()),
                name => self.file(name),
            };
            match object {
                Ok(object) => objects.with(&uri, object),
                Err(_) => objects,
            }
        })
    }

    /// `judge` gives every entry about which there is something to say; all of them hold.
    fn hold(&self, judge: impl Fn(&Value, &[u8]) -> Option<Result<(), String>>) {
        let judged: Vec<_> = self
            .entries
            .iter()
            .filter_map(|entry| judge(entry, &self.document(entry)))
            .collect();
        let failures: Vec<_> = judged
            .iter()
            .filter_map(|one| one.as_ref().err())
            .cloned()
            .collect();
        println!("{} of {}", judged.len() - failures.len(), judged.len());
        assert!(!judged.is_empty());
        assert!(failures.is_empty(), "{}", failures.join("\n"));
    }
}

#[test]
fn samples_of_others_are_judged_as_the_strict_profile_demands() {
    let Some(corpus) = Corpus::find() else { return };
    // Refused although some of them are baseline signatures: a credential's seal has no detached payload, and no
    // critical signature policy, place or role is understood here. Each refusal names its rule.
    let expected = [
        ("jades-with-expiration-time-header.json", None),
        ("jades-level-b-full-type.json", None),
        (
            "jades-with-b64-not-in-crit.json",
            Some("\"b64\" is not named in crit"),
        ),
        (
            "jades-with-crit-with-wrong-entry-type.json",
            Some("\"crit\" is missing or malformed"),
        ),
        (
            "jades-with-empty-crit.json",
            Some("\"crit\" is missing or malformed"),
        ),
        (
            "jades-with-extra-crit-entry.json",
            Some("\"crit\" is missing or malformed"),
        ),
        (
            "jades-without-non-critical-header-in-crit.json",
            Some("\"srCms\" is not understood"),
        ),
        ("jades-b-iat-and-sigt.json", Some("both iat and sigT")),
        (
            "jades-detached-by-uri-hash-encoded-pars.json",
            Some("\"b64\" is missing or malformed"),
        ),
        (
            "jades-unsupported-signature-algorithm.json",
            Some("is not an algorithm for signatures"),
        ),
        ("jades-with-asn1policy.json", Some("\"sigPId\" is not understood")),
        ("jades-with-certified.json", Some("\"srAts\" is not understood")),
        (
            "jades-with-spUserNotice.json",
            Some("\"sigPId\" is not understood"),
        ),
        ("simple-detached.json", Some("\"sigD\" is not understood")),
    ];
    let now = "2026-06-01T12:00:00Z".parse().unwrap();
    for (file, rule) in expected {
        let text = String::from_utf8(corpus.file(file).unwrap()).unwrap();
        let result = validate(text.trim_end(), Profile::Strict, &AlgorithmSet::all(), now);
        match (&result, rule) {
            (Ok(_), None) => {}
            (Err(SignatureError::Format(reason) | SignatureError::ClaimedTime(reason)), Some(rule)) => {
                assert!(reason.contains(rule), "{file}: {reason}");
            }
            _ => panic!("{file}: {:?}, expected {rule:?}", result.err()),
        }
    }
}

/// What `expected.json` says of one document, and what we say.
struct Compared {
    failures: Vec<String>,
    assertions: usize,
}
impl Compared {
    fn equal<T: PartialEq + core::fmt::Debug + ?Sized>(&mut self, what: &str, ours: &T, theirs: &T) {
        self.assertions += 1;
        if ours != theirs {
            self.failures
                .push(format!("{what}: {ours:?}, expected {theirs:?}"));
        }
    }
}

fn compare(file: &str, examined: &[Examined], expected: &Value, compared: &mut Compared) {
    let master = examined.first();
    let counter: Vec<_> = examined.iter().flat_map(|one| &one.counter_signatures).collect();
    let count = examined.len() + counter.len();
    if let Some(signatures) = expected["signatures"].as_u64() {
        compared.equal(
            &format!("{file}: signatures"),
            &u64::try_from(count).unwrap(),
            &signatures,
        );
    }
    if let Some(valid) = expected["integrity_valid"].as_array() {
        let ours: Vec<_> = examined
            .iter()
            .map(|one| Value::Bool(one.integrity.is_ok()))
            .chain(
                counter
                    .iter()
                    .map(|one| Value::Bool(one.as_ref().is_ok_and(|one| one.examined.integrity.is_ok()))),
            )
            .collect();
        compared.equal(&format!("{file}: integrity"), &ours, valid);
    }
    if let (Some(level), Some(master)) = (expected["level"].as_str(), master) {
        compared.equal(
            &format!("{file}: level"),
            master.level.to_string().as_str(),
            level,
        );
    }
    let stamps = master.map(|one| one.time_stamps.as_slice()).unwrap_or_default();
    let theirs = expected["timestamps"]
        .as_array()
        .map(Vec::as_slice)
        .unwrap_or_default();
    compared.equal(&format!("{file}: time-stamps"), &stamps.len(), &theirs.len());
    for (stamp, theirs) in stamps.iter().zip(theirs) {
        let kind = stamp.kind.name();
        compared.equal(&format!("{file}: kind"), kind, theirs["type"].as_str().unwrap());
        let valid = theirs["cms_signature_valid"].as_bool().unwrap();
        compared.equal(&format!("{file}, {kind}: token"), &stamp.signer.is_ok(), &valid);
        let cover = match theirs["imprint_intact"].as_bool() {
            Some(true) => Cover::Intact,
            Some(false) => Cover::Broken,
            None => Cover::Unknown,
        };
        compared.equal(&format!("{file}, {kind}: imprint"), &stamp.cover, &cover);
    }
}

/// RFC 7515 appendix A.7 brings no certificate: nobody signed it for us. Its value verifies by the key of appendix A.3.
fn verify_by_the_key_of_rfc_7515(document: &Document, examined: &mut [Examined]) {
    let key = json!({
        "kty": "EC",
        "crv": "P-256",
        "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
        "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"
    });
    let key = Jwk::from_json(key.as_object().unwrap()).unwrap();
    let [Ok(signature)] = document.signatures.as_slice() else {
        panic!("one signature")
    };
    assert_eq!(
        examined[0].integrity,
        Err(SubIndication::NoSigningCertificateFound)
    );
    let Imprint::Known(input) = signature.signing_input(&Objects::default()) else {
        panic!("the payload is inside")
    };
    let value = base64url::decode(&signature.signature).unwrap();
    let scheme = signature.signed.algorithm.unwrap().scheme();
    examined[0].integrity = procura_crypto::signature::verify(&key.key, scheme, &input, &value)
        .map_err(|_| SubIndication::SigCryptoFailure);
}

#[test]
fn samples_of_others_are_examined_as_they_are_expected_to_be() {
    let Some(corpus) = Corpus::find() else { return };
    corpus.hold(|entry, bytes| {
        let file = entry["file"].as_str().unwrap();
        let expected = &entry["expected"];
        let notes = expected["notes"].as_str().unwrap_or_default();
        let mut compared = Compared {
            failures: Vec::new(),
            assertions: 0,
        };
        match Document::read(bytes) {
            Ok(document) => {
                compared.equal(&format!("{file}: read"), &notes.starts_with("rejected"), &false);
                let examined = document.examine(&corpus.objects(&document)).into_iter();
                let mut examined: Vec<_> = examined.map(Result::unwrap).collect();
                if file == "jws-flattened.json" {
                    verify_by_the_key_of_rfc_7515(&document, &mut examined);
                }
                compare(file, &examined, expected, &mut compared);
            }
            Err(error) => {
                let refused = expected["signatures"].as_u64() == Some(0) || notes.starts_with("rejected");
                compared.equal(&format!("{file}: {error}"), &true, &refused);
            }
        }
        assert!(compared.assertions > 0, "{file}");
        Some(if compared.failures.is_empty() {
            Ok(())
        } else {
            Err(compared.failures.join("\n"))
        })
    });
}

/// What `recommended_for_our_strict_verifier` asks of a report. Without anchors no signature passes: of an accepted one
/// all holds but its path.
fn recommended(words: &str, report: &Report) -> Result<(), String> {
    let first = report.signatures.first();
    let refusals = |one: &SignatureReport| {
        one.checks
            .iter()
            .filter(|check| check.outcome == Outcome::Failed && check.block != Block::Certificate)
            .count()
    };
    let sound = first.is_some_and(|one| one.integrity_holds() && refusals(one) == 0);
    let stamp = |wanted: TimeStampKind, failed: &str| {
        let stamps = first.map(|one| one.time_stamps.as_slice()).unwrap_or_default();
        stamps
            .iter()
            .any(|stamp| stamp.kind == wanted && stamp.conclusion.to_string().ends_with(failed))
    };
    let holds = match words {
        "TOTAL_FAILED/SIG_CRYPTO_FAILURE" => {
            first.is_some_and(|one| one.conclusion == SubIndication::SigCryptoFailure.into())
        }
        "integrity OK; report 2 archive tokens" => {
            let archive = |one: &&TimeStampReport| one.kind == TimeStampKind::Archive;
            sound && first.is_some_and(|one| one.time_stamps.iter().filter(archive).count() == 2)
        }
        "signature OK, timestamp not usable (HASH_FAILURE)" | "signature OK; timestamp fails" => {
            sound && stamp(TimeStampKind::Signature, "HASH_FAILURE")
        }
        "signature OK; arcTst HASH_FAILURE" => sound && stamp(TimeStampKind::Archive, "HASH_FAILURE"),
        "T level refused" => {
            stamp(TimeStampKind::Signature, "HASH_FAILURE") && first.is_some_and(|one| !one.time_is_proven)
        }
        "cSig failed" => {
            sound
                && first.is_some_and(|one| {
                    one.counter_signatures
                        .iter()
                        .any(|counter| counter.conclusion.indication == Indication::Failed)
                })
        }
        words if words.starts_with("accept") || words.starts_with("integrity OK") => sound,
        words if words.starts_with("reject") || words.starts_with("policy: reject") => {
            !report.is_passed() && first.is_none_or(|one| refusals(one) > 0)
        }
        other => return Err(format!("not understood: {other}")),
    };
    if holds {
        Ok(())
    } else {
        Err(format!("not {words:?}: {report:#?}"))
    }
}

#[test]
fn samples_of_others_are_judged_as_is_recommended_for_a_strict_verifier() {
    let Some(corpus) = Corpus::find() else { return };
    corpus.hold(|entry, bytes| {
        let words = entry["recommended_for_our_strict_verifier"].as_str()?;
        let objects = Document::read(bytes)
            .map(|document| corpus.objects(&document))
            .unwrap_or_default();
        let report = Validation {
            rules: Profile::Strict.into(),
            now: "2026-06-01T12:00:00Z".parse().unwrap(),
            algorithms: &AlgorithmSet::all(),
            policy: &Policy::default(),
            anchors: &Anchors::default(),
            certificates: &[],
            revocation: &[],
            objects: &objects,
        }
        .of_bytes(bytes);
        Some(recommended(words, &report).map_err(|failure| format!("{}: {failure}", entry["file"])))
    });
}
