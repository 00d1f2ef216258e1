//! Algorithms and keys, one thing broken in each test.
use crate::world::{PAYLOAD, World, at, certificate, credential, forge, forge::noon, format, resign, x5c};
use procura_jades::{Profile, SignatureError, validate};
use procura_jose::{Algorithm, AlgorithmSet, base64url};
use serde_json::json;

#[test]
fn the_control_passes_with_every_algorithm_of_the_catalogue() {
    for algorithm in [
        Algorithm::Es256,
        Algorithm::Es384,
        Algorithm::Es512,
        Algorithm::Rs256,
        Algorithm::Rs512,
        Algorithm::Ps256,
        Algorithm::Ps384,
    ] {
        let world = World::with(algorithm);
        let sealed = credential(&world.sign(&world.header())).unwrap();
        assert_eq!(sealed.payload(), PAYLOAD);
        assert_eq!(sealed.certificate, world.certificate);
        assert_eq!(sealed.claimed_time, Some(noon()));
        assert_eq!(sealed.typ(), Some("vc+jwt"));
        assert_eq!(sealed.tolerated, [""; 0]);
    }
}

#[test]
fn none_symmetric_and_unknown_algorithms_are_refused_before_any_cryptography() {
    let world = World::new();
    for alg in [
        "none",
        "None",
        "NONE",
        "HS256",
        "HS512",
        "1.2.840.10045.4.3.2",
        "ES257",
        "",
    ] {
        let why = format(world.refuse(|header| drop(header.insert("alg".to_owned(), alg.into()))));
        assert!(why.contains("is not an algorithm for signatures"), "{why}");
    }
    assert!(format(world.refuse(|header| drop(header.remove("alg")))).contains("alg"));
    assert!(
        format(world.refuse(|header| drop(header.insert("alg".to_owned(), json!(["ES256"])))))
            .contains("alg")
    );
}

#[test]
fn an_algorithm_that_the_caller_does_not_list_is_refused() {
    let world = World::new();
    let only = AlgorithmSet::new(&[Algorithm::Ps256]);
    let text = world.sign(&world.header());
    let error = validate(&text, Profile::Credential, &only, noon()).unwrap_err();
    assert_eq!(format(error), "alg ES256 is not allowed here");
}

#[test]
fn an_algorithm_that_does_not_fit_the_key_is_refused() {
    for (key, alg) in [
        (Algorithm::Es384, "ES256"),
        (Algorithm::Es256, "ES512"),
        (Algorithm::Es256, "ES256K"),
        (Algorithm::Es256, "RS256"),
        (Algorithm::Rs256, "EdDSA"),
        (Algorithm::Rs256, "ES256"),
        (Algorithm::EdDsa, "ES256"),
    ] {
        let world = World::with(key);
        let why = certificate(world.refuse(|header| drop(header.insert("alg".to_owned(), alg.into()))));
        assert_eq!(
            why,
            format!("alg {alg} does not fit the key of the signing certificate")
        );
    }
}

#[test]
fn short_rsa_keys_are_refused_before_any_cryptography() {
    let world = World::with(Algorithm::Rs256);
    let mut request = world.seal.leaf();
    let key = procura_crypto::PublicKey::from_rsa(&[0xff; 240], &[1, 0, 1]).unwrap();
    request.spki = key.to_spki_der();
    let short = request.signed_by(&world.ca);
    let error = world.refuse(|header| {
        header.insert("x5c".to_owned(), json!([x5c(&short)]));
        header.insert("x5t#S256".to_owned(), base64url::encode(&short.sha256()).into());
    });
    assert_eq!(
        error,
        SignatureError::Algorithm("an RSA key of 1920 bits; at least 2048 are needed".to_owned())
    );
}

/// Who takes what everybody knows for the secret of a MAC.
#[test]
fn a_mac_by_the_public_certificate_is_no_signature() {
    let world = World::new();
    let text = world.mutated(|header| drop(header.insert("alg".to_owned(), "HS256".into())));
    let (input, _) = text.rsplit_once('.').unwrap();
    let mac = procura_crypto::digest::hmac_sha256(world.certificate.der(), input.as_bytes());
    let why = format(credential(&resign(&text, &mac)).unwrap_err());
    assert!(why.contains("is not an algorithm for signatures"), "{why}");
}

/// RFC 4055 §1.2.
#[test]
fn a_key_that_is_bound_to_pss_signs_by_its_parameters_alone() {
    const SHA256: &str = "2.16.840.1.101.3.4.2.1";
    const SHA512: &str = "2.16.840.1.101.3.4.2.3";
    let digest = |id: &str| forge::seq(&[forge::oid(id), vec![5, 0]]);
    let of = |hash: &str, mask: &str, salt: u8| {
        let mask = forge::seq(&[forge::oid("1.2.840.113549.1.1.8"), digest(mask)]);
        forge::seq(&[
            forge::tlv(0xa0, &digest(hash)),
            forge::tlv(0xa1, &mask),
            forge::tlv(0xa2, &forge::integer(salt)),
        ])
    };
    for (parameters, algorithm, fits) in [
        (of(SHA256, SHA256, 32), Algorithm::Ps256, true),
        (of(SHA256, SHA256, 32), Algorithm::Ps384, false),
        (of(SHA256, SHA256, 32), Algorithm::Rs256, false),
        (of(SHA512, SHA512, 32), Algorithm::Ps256, false),
        (of(SHA256, SHA512, 32), Algorithm::Ps256, false),
        (of(SHA256, SHA256, 64), Algorithm::Ps256, false),
        // Without parameters any of PSS, and nothing else.
        (Vec::new(), Algorithm::Ps256, true),
        (Vec::new(), Algorithm::Rs256, false),
    ] {
        let world = World::with(algorithm);
        // The same RSA key under the identifier of RSASSA-PSS keys.
        let rsa = forge::seq(&[forge::oid("1.2.840.113549.1.1.1"), vec![5, 0]]);
        let mut request = world.seal.leaf();
        let position = request.spki.windows(rsa.len()).position(|w| w == rsa).unwrap();
        let bits = request.spki[position + rsa.len()..].to_vec();
        let pss = forge::seq(&[forge::oid("1.2.840.113549.1.1.10"), parameters]);
        request.spki = forge::seq(&[pss, bits]);
        let bound = request.signed_by(&world.ca);
        let judged = credential(&world.mutated(|header| {
            header.insert("x5c".to_owned(), json!([x5c(&bound)]));
            header.insert("x5t#S256".to_owned(), base64url::encode(&bound.sha256()).into());
        }));
        let why = format!(
            "alg {} does not fit the key of the signing certificate",
            algorithm.name()
        );
        let expected = if fits {
            Ok(())
        } else {
            Err(SignatureError::SigningCertificate(why))
        };
        assert_eq!(judged.map(drop), expected);
    }
}

#[test]
fn algorithms_end_with_their_date_in_the_catalogue() {
    let world = World::with(Algorithm::Rs256);
    let mut request = world.seal.leaf();
    request.not_after = forge::at("2040-01-01T00:00:00Z");
    let long = request.signed_by(&world.ca);
    let text = world.mutated(|header| {
        header.insert("x5c".to_owned(), json!([x5c(&long)]));
        header.insert("x5t#S256".to_owned(), base64url::encode(&long.sha256()).into());
    });
    assert!(at(&text, Profile::Credential, forge::at("2028-12-31T23:59:59Z")).is_ok());
    let error = at(&text, Profile::Credential, forge::at("2029-01-01T00:00:00Z")).unwrap_err();
    assert!(matches!(&error, SignatureError::Algorithm(_)), "{error:?}");
    assert_eq!(
        error.conclusion().to_string(),
        "INDETERMINATE / CRYPTO_CONSTRAINTS_FAILURE_NO_POE"
    );
}

#[test]
fn keys_of_holders_do_not_seal() {
    for algorithm in [Algorithm::EdDsa, Algorithm::Es256K] {
        let world = World::with(algorithm);
        assert!(matches!(world.refuse(|_| ()), SignatureError::Algorithm(_)));
    }
}
