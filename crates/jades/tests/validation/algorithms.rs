//! Algorithms and keys: what is refused before any cryptography, and what has ended.
use crate::{forge::*, scene::*};
use procura_crypto::{Curve, Digest, KeyKind, PublicKey};
use procura_jades::{
    Profile, Rules, Validation,
    report::{Outcome, SignatureReport},
};
use procura_jose::{Algorithm, AlgorithmSet, base64url};
use procura_pki::Certificate;
use serde_json::json;

const ENDED: &str = "INDETERMINATE / CRYPTO_CONSTRAINTS_FAILURE_NO_POE";

/// With a seal of another key.
fn scene_of(kind: KeyKind, algorithm: &'static str) -> Scene {
    Scene::with_key(kind, algorithm, "2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z")
}
fn cryptography(report: &SignatureReport) -> Outcome {
    let mut checks = report.checks.iter();
    checks
        .find(|check| check.name == "signature-value")
        .unwrap()
        .outcome
}

/// No rules tolerate them.
#[test]
fn algorithms_that_are_none_symmetric_or_unknown_are_refused_before_any_cryptography() {
    let scene = Scene::new();
    let mut documents: Vec<_> = [
        json!("none"),
        json!("None"),
        json!("HS256"),
        json!("HS384"),
        json!("HS512"),
        json!("1.2.840.10045.4.3.2"),
        json!("http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256"),
        json!("ES257"),
        json!("es256"),
        json!(""),
        json!(["ES256"]),
        json!(null),
    ]
    .into_iter()
    .map(|alg| scene.altered(|header| drop(header.insert("alg".into(), alg))))
    .collect();
    documents.push(scene.altered(|header| drop(header.remove("alg"))));
    for document in documents {
        for rules in [
            Profile::Strict.into(),
            Profile::Credential.into(),
            Profile::Deployed.into(),
            Rules::dss_compat(),
        ] {
            let mut judge = Judge::of(&scene, SOON);
            judge.rules = rules;
            let report = judge
                .report_of(compact(&document).as_bytes())
                .signatures
                .remove(0);
            assert_eq!(failed(&report), ["algorithm"], "{rules:?}");
            assert_eq!(report.conclusion.to_string(), "TOTAL-FAILED / FORMAT_FAILURE");
            assert_eq!(cryptography(&report), Outcome::NotReached);
        }
    }
}

/// Who takes what everybody knows for the secret of a MAC.
#[test]
fn a_mac_by_the_public_certificate_is_no_signature() {
    let scene = Scene::new();
    let key = scene.seal.key.public_key().to_spki_der();
    for secret in [scene.certificate.der(), &key] {
        let mut document = scene.altered(|header| drop(header.insert("alg".into(), json!("HS256"))));
        let input = compact(&document);
        let (input, _) = input.rsplit_once('.').unwrap();
        let mac = procura_crypto::digest::hmac_sha256(secret, input.as_bytes());
        document["signature"] = base64url::encode(&mac).into();
        for rules in [Profile::Strict.into(), Rules::dss_compat()] {
            let mut judge = Judge::of(&scene, SOON);
            judge.rules = rules;
            assert_eq!(failed(&only(&judge, &document)), ["algorithm"]);
        }
    }
}

#[test]
fn an_algorithm_that_the_caller_does_not_allow_is_refused_before_any_cryptography() {
    let scene = Scene::new();
    let judge = Judge::of(&scene, SOON);
    let report = Validation {
        rules: judge.rules,
        now: judge.now,
        algorithms: &AlgorithmSet::new(&[Algorithm::Es384]),
        policy: &judge.policy,
        anchors: &judge.anchors,
        certificates: &[],
        revocation: &judge.revocation,
        objects: &judge.objects,
    }
    .of_bytes(scene.document().to_string().as_bytes())
    .unwrap();
    let report = &report.signatures[0];
    assert_eq!(failed(report), ["algorithm"]);
    assert_eq!(report.conclusion.to_string(), "TOTAL-FAILED / FORMAT_FAILURE");
    assert_eq!(cryptography(report), Outcome::NotReached);
}

#[test]
fn a_key_of_another_kind_or_curve_is_no_signing_certificate() {
    for (kind, own, others) in [
        (
            KeyKind::Ec(Curve::P256),
            "ES256",
            &["ES384", "ES512", "ES256K", "RS256", "PS256", "EdDSA"][..],
        ),
        (KeyKind::Ec(Curve::P384), "ES384", &["ES256", "ES512"][..]),
        (KeyKind::Rsa(2048), "RS256", &["ES256", "EdDSA"][..]),
        (Algorithm::EdDsa.key_kind(), "EdDSA", &["ES256", "RS256"][..]),
    ] {
        let scene = scene_of(kind, own);
        for other in others {
            let document = scene.altered(|header| drop(header.insert("alg".into(), json!(other))));
            let report = only(&Judge::of(&scene, SOON), &document);
            assert_eq!(failed(&report), ["key-fits-algorithm"], "{own} {other}");
            assert_eq!(
                report.conclusion.to_string(),
                "INDETERMINATE / NO_SIGNING_CERTIFICATE_FOUND"
            );
            assert_eq!(cryptography(&report), Outcome::NotReached);
        }
    }
}

#[test]
fn an_rsa_key_below_2048_bits_is_refused_before_any_cryptography() {
    let mut scene = scene_of(KeyKind::Rsa(2048), "RS256");
    let mut request = scene.seal.leaf();
    request.spki = PublicKey::from_rsa(&[0xff; 240], &[1, 0, 1])
        .unwrap()
        .to_spki_der();
    scene.certificate = request.signed_by(&scene.authority);
    let report = only(&Judge::of(&scene, SOON), &scene.document());
    assert_eq!(failed(&report), ["key-size"]);
    assert_eq!(report.conclusion.to_string(), ENDED);
    assert_eq!(cryptography(&report), Outcome::NotReached);
}

/// They serve holders; the catalogue does not list them.
#[test]
fn keys_of_holders_do_not_seal() {
    for algorithm in [Algorithm::EdDsa, Algorithm::Es256K] {
        let scene = scene_of(algorithm.key_kind(), algorithm.name());
        let report = only(&Judge::of(&scene, SOON), &scene.document());
        assert_eq!(failed(&report), ["algorithms"], "{algorithm:?}");
        assert_eq!(report.conclusion.to_string(), ENDED);
    }
}

mod pss {
    use super::*;

    fn digest(id: &str) -> Vec<u8> {
        seq(&[oid(id), vec![5, 0]])
    }
    const SHA256: &str = "2.16.840.1.101.3.4.2.1";
    const SHA512: &str = "2.16.840.1.101.3.4.2.3";

    /// `RSASSA-PSS-params` (RFC 4055 §3.1).
    fn parameters(hash: &str, mask: &str, salt: u8) -> Vec<u8> {
        seq(&[
            tlv(0xa0, &digest(hash)),
            tlv(0xa1, &seq(&[oid("1.2.840.113549.1.1.8"), digest(mask)])),
            tlv(0xa2, &integer(salt)),
        ])
    }
    fn identifier(parameters: Option<Vec<u8>>) -> Vec<u8> {
        seq(&[oid("1.2.840.113549.1.1.10"), parameters.unwrap_or_default()])
    }

    /// RFC 7518 §3.5. Both were made with OpenSSL by one key that nobody has any more; its certificate is self-signed.
    #[test]
    fn the_salt_of_ps256_has_32_octets() {
        let scene = Scene::new();
        for (text, check, conclusion) in [
            (
                include_str!("../vectors/ps256-salt20.jws"),
                "signature-value",
                "TOTAL-FAILED / SIG_CRYPTO_FAILURE",
            ),
            (
                include_str!("../vectors/ps256-salt32.jws"),
                "certificate-path",
                "INDETERMINATE / NO_CERTIFICATE_CHAIN_FOUND",
            ),
        ] {
            let report = Judge::of(&scene, SOON)
                .report_of(text.as_bytes())
                .signatures
                .remove(0);
            assert_eq!(failed(&report), [check]);
            assert_eq!(report.conclusion.to_string(), conclusion);
        }
    }

    /// RFC 4055 §1.2.
    #[test]
    fn a_key_that_is_bound_to_pss_signs_by_its_parameters_alone() {
        let own = parameters(SHA256, SHA256, 32);
        for (parameters, algorithm, fits) in [
            (Some(own.clone()), "PS256", true),
            (Some(parameters(SHA256, SHA256, 20)), "PS256", true),
            (None, "PS256", true),
            (Some(own.clone()), "PS384", false),
            (Some(own), "RS256", false),
            (None, "RS256", false),
            (Some(parameters(SHA512, SHA512, 32)), "PS256", false),
            (Some(parameters(SHA256, SHA512, 32)), "PS256", false),
            (Some(parameters(SHA256, SHA256, 64)), "PS256", false),
            // The defaults of an empty sequence are SHA-1.
            (Some(seq(&[])), "PS256", false),
        ] {
            let mut scene = scene_of(KeyKind::Rsa(2048), algorithm);
            let mut request = scene.seal.leaf();
            let free = seq(&[oid("1.2.840.113549.1.1.1"), vec![5, 0]]);
            let start = request
                .spki
                .windows(free.len())
                .position(|octets| octets == free)
                .unwrap();
            let key = request.spki[start + free.len()..].to_vec();
            request.spki = seq(&[identifier(parameters.clone()), key]);
            scene.certificate = request.signed_by(&scene.authority);
            let report = only(&Judge::of(&scene, SOON), &scene.document());
            let expected: &[&str] = if fits { &[] } else { &["key-fits-algorithm"] };
            assert_eq!(failed(&report), expected, "{algorithm} {parameters:02x?}");
        }
    }

    /// What a certificate says of its own signature is what verifies it: hash, mask and salt.
    #[test]
    fn a_certificate_whose_parameters_are_not_those_of_its_signature_leads_nowhere() {
        let mut scene = Scene::new();
        scene.root = Issuer::of(cn("Root"), KeyKind::Rsa(2048));
        let made = procura_crypto::Scheme::RsaPss {
            digest: Digest::Sha256,
            salt: Some(32),
        };
        let signed = |request: Request, parameters: Option<Vec<u8>>, by: &Issuer| {
            let mut request = request.valid("2020-01-01T00:00:00Z", "2040-01-01T00:00:00Z");
            request.algorithm = identifier(parameters);
            request.scheme = made;
            request.signed_by(by)
        };
        let sound = parameters(SHA256, SHA256, 32);
        scene.root_certificate = signed(scene.root.ca(), Some(sound.clone()), &scene.root);
        for (parameters, conclusion) in [
            (Some(sound), PASSED),
            (
                Some(parameters(SHA256, SHA256, 20)),
                "INDETERMINATE / NO_CERTIFICATE_CHAIN_FOUND",
            ),
            (
                Some(parameters(SHA512, SHA512, 32)),
                "INDETERMINATE / NO_CERTIFICATE_CHAIN_FOUND",
            ),
            (
                Some(parameters(SHA256, SHA512, 32)),
                "INDETERMINATE / NO_CERTIFICATE_CHAIN_FOUND",
            ),
            (None, "INDETERMINATE / NO_CERTIFICATE_CHAIN_FOUND"),
        ] {
            scene.authority_certificate = signed(scene.authority.ca(), parameters.clone(), &scene.root);
            let found = Judge::of(&scene, SOON).conclusion(&scene.document());
            assert_eq!(found, conclusion, "{parameters:02x?}");
        }
    }
}

mod sha1 {
    use super::*;
    use rsa::pkcs8::DecodePrivateKey as _;

    /// The provider refuses to.
    fn over_sha1(issuer: &Issuer, data: &[u8]) -> Vec<u8> {
        let key = rsa::RsaPrivateKey::from_pkcs8_der(&issuer.key.to_pkcs8_der()).unwrap();
        // DigestInfo of SHA-1 without the digest (RFC 8017 §9.2).
        let prefix = [0x30, 0x21, 0x30, 9, 6, 5, 0x2b, 0x0e, 3, 2, 0x1a, 5, 0, 4, 0x14];
        let scheme = rsa::Pkcs1v15Sign {
            hash_len: Some(20),
            prefix: Box::new(prefix),
        };
        key.sign(scheme, &Digest::Sha1.of(data)).unwrap()
    }

    /// The CA's certificate is signed over SHA-1.
    fn scene(not_before: &str) -> Scene {
        let mut scene = Scene::new();
        let root = Issuer::of(cn("Root"), KeyKind::Rsa(2048));
        let issued = |request: Request| {
            let mut request = request.valid(not_before, "2040-01-01T00:00:00Z");
            request.algorithm = seq(&[oid("1.2.840.113549.1.1.5"), vec![5, 0]]);
            Certificate::from_der(&request.der_with(&root, |tbs| over_sha1(&root, tbs))).unwrap()
        };
        scene.root_certificate = issued(root.ca());
        scene.authority_certificate = issued(scene.authority.ca());
        scene.root = root;
        scene
    }
    fn until(day: &str) -> procura_ades::Catalogue {
        catalogue_of(&[
            ("SHA-1", "1.3.14.3.2.26", day),
            ("RSA", "1.2.840.113549.1.1.1", "2040-01-01"),
        ])
    }

    #[test]
    fn an_intermediate_over_sha1_counts_until_its_end_and_for_what_was_archived_before() {
        let scene = scene("2016-06-01T00:00:00Z");
        for (day, now, conclusions) in [
            ("2026-09-01", SOON, [PASSED; 4]),
            ("2026-09-01", NOW, [ENDED, ENDED, ENDED, PASSED]),
            ("2026-06-02", NOW, [ENDED; 4]),
        ] {
            let mut judge = Judge::of(&scene, now);
            judge.policy.catalogue = until(day);
            let found = Level::ALL.map(|level| judge.conclusion(&scene.at_level(level)));
            assert_eq!(found, conclusions, "{day} {now}");
        }
    }

    /// By the catalogue that ships.
    #[test]
    fn an_intermediate_over_sha1_has_been_refused_since_2012() {
        let scene = scene("2011-06-01T00:00:00Z");
        let report = only(&Judge::of(&scene, SOON), &scene.document());
        assert_eq!(failed(&report), ["certificate-algorithms"]);
        assert!(
            report.sentence.contains("until 2012-08-01"),
            "{}",
            report.sentence
        );
        assert_eq!(report.conclusion.to_string(), ENDED);
    }

    /// Whatever a catalogue says.
    #[test]
    fn no_certificate_from_2017_on_is_signed_over_sha1() {
        let scene = scene("2017-01-01T00:00:00Z");
        let mut judge = Judge::of(&scene, SOON);
        judge.policy.catalogue = until("2040-01-01");
        let report = only(&judge, &scene.document());
        assert_eq!(failed(&report), ["certificate-path"]);
        assert!(
            report.sentence.contains("SHA-1 after 2016"),
            "{}",
            report.sentence
        );
        assert_eq!(report.conclusion.to_string(), ENDED);
    }
}

/// By which certificate and objects are referred to.
#[test]
fn the_digests_of_references_end_as_well() {
    let scene = Scene::new();
    let sha224 = Digest::Sha224.of(scene.certificate.der());
    let certificate = scene.altered(|header| {
        header.remove("x5t#S256");
        let reference = json!({ "digAlg": "S224", "digVal": base64url::encode(&sha224) });
        header.insert("x5t#o".into(), reference);
    });
    let value = Digest::Sha224.of(base64url::encode(PAYLOAD).as_bytes());
    let sig_d = json!({
        "mId": "http://uri.etsi.org/19182/ObjectIdByURIHash",
        "pars": ["a:b"], "hashM": "S224", "hashV": [base64url::encode(&value)],
    });
    let objects = scene.detached("", sig_d);
    for (document, word) in [
        (certificate, "reference by SHA-224"),
        (objects, "objects by SHA-224"),
    ] {
        let mut judge = Judge::of(&scene, SOON);
        judge.objects = judge.objects.with("a:b", PAYLOAD.to_vec());
        judge.policy.catalogue = catalogue_with("SHA-224", "2.16.840.1.101.3.4.2.4", "2026-06-09");
        assert_eq!(judge.conclusion(&document), PASSED, "{word}");
        judge.policy.catalogue = catalogue_with("SHA-224", "2.16.840.1.101.3.4.2.4", "2026-06-02");
        let report = only(&judge, &document);
        assert_eq!(failed(&report), ["algorithms"]);
        assert!(report.sentence.contains(word), "{}", report.sentence);
        assert_eq!(report.conclusion.to_string(), ENDED);
    }
}

/// `adoTst` proves that the content, and so the signature, is younger than the end: no proof mends that.
#[test]
fn content_that_is_younger_than_the_end_of_its_algorithm_fails() {
    let mut scene = scene_of(KeyKind::Rsa(2048), "RS256");
    scene.claimed = "2026-08-01T00:00:00Z".to_owned();
    for (content, conclusion) in [
        (
            "2026-09-01T00:00:00Z",
            "INDETERMINATE / CRYPTO_CONSTRAINTS_FAILURE",
        ),
        ("2026-08-31T23:59:59Z", ENDED),
    ] {
        let token = token(&scene.first, base64url::encode(PAYLOAD).as_bytes(), content);
        let document = scene.altered(|header| drop(header.insert("adoTst".into(), container(&token))));
        let mut judge = Judge::of(&scene, NOW);
        judge.policy.catalogue = catalogue_ending("2026-09-01");
        assert_eq!(judge.conclusion(&document), conclusion);
    }
}
