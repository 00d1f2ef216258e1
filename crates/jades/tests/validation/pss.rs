//! RSASSA-PSS: the parameters of keys and of signatures.
use crate::{forge::*, scene::*};
use procura_crypto::{Digest, KeyKind};

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
        let mut scene = Scene::of(KeyKind::Rsa(2048), algorithm);
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
