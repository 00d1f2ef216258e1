//! What a signature must survive and what it must not.
use p256::elliptic_curve::sec1::ToSec1Point as _;
use procura_crypto::{
    Curve, Digest, EcdsaEncoding, KeyKind, PrivateKey, PublicKey, Scheme,
    key::KeyError,
    signature::{SignError, VerifyError, fixed_to_der, verify},
};
use proptest::prelude::*;

const DIGESTS: [Digest; 4] = [Digest::Sha224, Digest::Sha256, Digest::Sha384, Digest::Sha512];
const ENCODINGS: [EcdsaEncoding; 2] = [EcdsaEncoding::Fixed, EcdsaEncoding::Der];
const CURVES: [Curve; 4] = [Curve::P256, Curve::P384, Curve::P521, Curve::Secp256k1];

#[expect(clippy::unwrap_used, reason = "test data")]
fn unhex(text: &str) -> Vec<u8> {
    let text: String = text.split_whitespace().collect();
    (0..text.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap())
        .collect()
}

#[test]
fn every_curve_signs_and_verifies_with_every_sha2() {
    for curve in CURVES {
        let key = PrivateKey::generate(KeyKind::Ec(curve)).unwrap();
        for digest in DIGESTS {
            for encoding in ENCODINGS {
                let scheme = Scheme::Ecdsa { digest, encoding };
                let signature = key.sign(scheme, b"message").unwrap();
                assert_eq!(
                    verify(key.public_key(), scheme, b"message", &signature),
                    Ok(()),
                    "{curve:?} {scheme:?}"
                );
                assert_eq!(
                    verify(key.public_key(), scheme, b"Message", &signature),
                    Err(VerifyError::BadSignature),
                    "{curve:?} {scheme:?}"
                );
            }
        }
    }
}

#[test]
fn a_signature_by_one_digest_or_encoding_is_none_by_another() {
    let key = PrivateKey::generate(KeyKind::Ec(Curve::P256)).unwrap();
    let signed = |digest, encoding| key.sign(Scheme::Ecdsa { digest, encoding }, b"m").unwrap();
    for digest in DIGESTS {
        for encoding in ENCODINGS {
            let signature = signed(digest, encoding);
            for other in DIGESTS {
                for written in ENCODINGS {
                    let outcome = verify(
                        key.public_key(),
                        Scheme::Ecdsa {
                            digest: other,
                            encoding: written,
                        },
                        b"m",
                        &signature,
                    );
                    assert_eq!(outcome.is_ok(), other == digest && written == encoding);
                }
            }
        }
    }
}

/// Independent implementations agree: ours signs, theirs verify, and the reverse.
#[test]
fn rustcrypto_accepts_our_signatures_and_we_accept_theirs() {
    use p256::ecdsa::signature::hazmat::{PrehashSigner as _, PrehashVerifier as _};
    macro_rules! cross {
        ($krate:ident, $curve:expr, $scalar:expr) => {{
            for digest in DIGESTS {
                let scheme = Scheme::Ecdsa {
                    digest,
                    encoding: EcdsaEncoding::Fixed,
                };
                let ours = PrivateKey::generate(KeyKind::Ec($curve)).unwrap();
                let PublicKey::Ec { point, .. } = ours.public_key() else {
                    panic!("an EC key")
                };
                let theirs = $krate::ecdsa::VerifyingKey::from_sec1_bytes(point).unwrap();
                let signature = ours.sign(scheme, b"m").unwrap();
                let signature = $krate::ecdsa::Signature::from_slice(&signature)
                    .unwrap()
                    .normalize_s();
                theirs.verify_prehash(&digest.of(b"m"), &signature).unwrap();

                let signer = $krate::ecdsa::SigningKey::from_slice(&[$scalar; 32]).unwrap();
                let signature: $krate::ecdsa::Signature = signer.sign_prehash(&digest.of(b"m")).unwrap();
                let public =
                    PublicKey::from_sec1($curve, signer.verifying_key().to_sec1_point(true).as_bytes())
                        .unwrap();
                assert_eq!(
                    verify(&public, scheme, b"m", &signature.to_bytes()),
                    Ok(()),
                    "{digest:?}"
                );
            }
        }};
    }
    cross!(p256, Curve::P256, 5);
    cross!(k256, Curve::Secp256k1, 7);
}

/// RFC 6979 §A.2.5: P-256, message "sample", every SHA-2.
#[test]
fn the_deterministic_signatures_of_rfc_6979_verify() {
    let public = PublicKey::from_sec1(
        Curve::P256,
        &unhex(
            "04 60FED4BA255A9D31C961EB74C6356D68C049B8923B61FA6CE669622E60F29FB6
                7903FE1008B8BC99A41AE9E95628BC64F2F1B20C2D7E9F5177A3C294D4462299",
        ),
    )
    .unwrap();
    let signatures = [
        (
            Digest::Sha256,
            "EFD48B2AACB6A8FD1140DD9CD45E81D69D2C877B56AAF991C34D0EA84EAF3716
             F7CB1C942D657C41D436C7A1B6E29F65F3E900DBB9AFF4064DC4AB2F843ACDA8",
        ),
        (
            Digest::Sha384,
            "0EAFEA039B20E9B42309FB1D89E213057CBF973DC0CFC8F129EDDDC800EF7719
             4861F0491E6998B9455193E34E7B0D284DDD7149A74B95B9261F13ABDE940954",
        ),
        (
            Digest::Sha512,
            "8496A60B5E9B47C825488827E0495B0E3FA109EC4568FD3F8D1097678EB97F00
             2362AB1ADBE2B8ADF9CB9EDAB740EA6049C028114F2460F96554F61FAE3302FE",
        ),
    ];
    for (digest, signature) in signatures {
        let signature = unhex(signature);
        let fixed = Scheme::Ecdsa {
            digest,
            encoding: EcdsaEncoding::Fixed,
        };
        let der = Scheme::Ecdsa {
            digest,
            encoding: EcdsaEncoding::Der,
        };
        assert_eq!(
            verify(&public, fixed, b"sample", &signature),
            Ok(()),
            "{digest:?}"
        );
        assert_eq!(
            verify(&public, der, b"sample", &fixed_to_der(&signature)),
            Ok(()),
            "{digest:?}"
        );
        assert_eq!(
            verify(&public, fixed, b"test", &signature),
            Err(VerifyError::BadSignature)
        );
    }
}

/// RFC 8032 §7.1, test 2.
#[test]
fn the_example_of_rfc_8032_verifies() {
    let key: [u8; 32] = unhex("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c")
        .try_into()
        .unwrap();
    let signature = unhex(
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da
         085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    );
    assert_eq!(
        verify(&PublicKey::Ed25519(key), Scheme::Ed25519, &[0x72], &signature),
        Ok(())
    );
    assert_eq!(
        verify(&PublicKey::Ed25519(key), Scheme::Ed25519, &[0x73], &signature),
        Err(VerifyError::BadSignature)
    );
}

/// Made with OpenSSL over the message "procura".
#[test]
fn brainpool_signatures_of_another_implementation_verify() {
    for (spki, signature, digest) in [
        (
            include_str!("vectors/brainpool256.spki"),
            include_str!("vectors/brainpool256.sig"),
            Digest::Sha256,
        ),
        (
            include_str!("vectors/brainpool384.spki"),
            include_str!("vectors/brainpool384.sig"),
            Digest::Sha384,
        ),
        (
            include_str!("vectors/brainpool256.spki"),
            include_str!("vectors/brainpool256-sha512.sig"),
            Digest::Sha512,
        ),
    ] {
        let key = PublicKey::from_spki_der(&unhex(spki)).unwrap();
        assert_eq!(key.to_spki_der(), unhex(spki));
        let scheme = Scheme::Ecdsa {
            digest,
            encoding: EcdsaEncoding::Der,
        };
        assert_eq!(verify(&key, scheme, b"procura", &unhex(signature)), Ok(()));
        assert_eq!(
            verify(&key, scheme, b"Procura", &unhex(signature)),
            Err(VerifyError::BadSignature)
        );
    }
}

/// Moduli that real trusted lists carry and aws-lc-rs refuses, and PSS with salts of any length; made with OpenSSL.
#[test]
fn rsa_signatures_of_unusual_keys_verify() {
    let pkcs1 = Scheme::RsaPkcs1;
    let pss = |salt| Scheme::RsaPss {
        digest: Digest::Sha256,
        salt,
    };
    for (bits, spki, signature, scheme) in [
        (
            1024,
            include_str!("vectors/rsa1024.spki"),
            include_str!("vectors/rsa1024.sig"),
            pkcs1(Digest::Sha256),
        ),
        (
            1024,
            include_str!("vectors/rsa1024.spki"),
            include_str!("vectors/rsa1024-sha1.sig"),
            pkcs1(Digest::Sha1),
        ),
        (
            2032,
            include_str!("vectors/rsa2032.spki"),
            include_str!("vectors/rsa2032.sig"),
            pkcs1(Digest::Sha512),
        ),
        (
            2047,
            include_str!("vectors/rsa2047.spki"),
            include_str!("vectors/rsa2047.sig"),
            pkcs1(Digest::Sha384),
        ),
        (
            2048,
            include_str!("vectors/rsa2048.spki"),
            include_str!("vectors/rsa2048-sha224.sig"),
            pkcs1(Digest::Sha224),
        ),
        (
            2048,
            include_str!("vectors/rsa2048.spki"),
            include_str!("vectors/rsa2048-salt20.sig"),
            pss(None),
        ),
        (
            2048,
            include_str!("vectors/rsa2048.spki"),
            include_str!("vectors/rsa2048-salt20.sig"),
            pss(Some(20)),
        ),
        (
            2047,
            include_str!("vectors/rsa2047.spki"),
            include_str!("vectors/rsa2047-salt20.sig"),
            pss(None),
        ),
        (
            8192,
            include_str!("vectors/rsa8192.spki"),
            include_str!("vectors/rsa8192.sig"),
            pkcs1(Digest::Sha256),
        ),
    ] {
        let key = PublicKey::from_spki_der(&unhex(spki)).unwrap();
        assert_eq!(key.bits(), bits);
        assert_eq!(key.to_spki_der(), unhex(spki));
        assert_eq!(
            verify(&key, scheme, b"procura", &unhex(signature)),
            Ok(()),
            "{bits} {scheme:?}"
        );
        assert_eq!(
            verify(&key, scheme, b"Procura", &unhex(signature)),
            Err(VerifyError::BadSignature),
            "{bits} {scheme:?}"
        );
        let longer = [&[0][..], &unhex(signature)].concat();
        assert_eq!(
            verify(&key, scheme, b"procura", &longer),
            Err(VerifyError::BadSignature)
        );
    }
    let key = PublicKey::from_spki_der(&unhex(include_str!("vectors/rsa2048.spki"))).unwrap();
    let salt20 = unhex(include_str!("vectors/rsa2048-salt20.sig"));
    assert_eq!(
        verify(&key, pss(Some(32)), b"procura", &salt20),
        Err(VerifyError::BadSignature)
    );
}

#[test]
fn rsa_signs_with_pkcs1_and_pss_but_never_with_sha1() {
    let key = PrivateKey::generate(KeyKind::Rsa(2048)).unwrap();
    for digest in [Digest::Sha256, Digest::Sha384, Digest::Sha512] {
        for scheme in [
            Scheme::RsaPkcs1(digest),
            Scheme::RsaPss {
                digest,
                salt: Some(digest.len()),
            },
        ] {
            let signature = key.sign(scheme, b"m").unwrap();
            assert_eq!(verify(key.public_key(), scheme, b"m", &signature), Ok(()));
            let free = Scheme::RsaPss { digest, salt: None };
            assert_eq!(
                verify(key.public_key(), free, b"m", &signature).is_ok(),
                matches!(scheme, Scheme::RsaPss { .. })
            );
        }
    }
    assert_eq!(
        key.sign(Scheme::RsaPkcs1(Digest::Sha1), b"m"),
        Err(SignError::Unsupported)
    );
    let other = Scheme::RsaPss {
        digest: Digest::Sha256,
        salt: Some(20),
    };
    assert_eq!(key.sign(other, b"m"), Err(SignError::Unsupported));
}

#[test]
fn a_digest_made_elsewhere_is_signed_as_the_message_would_be() {
    let ec = PrivateKey::generate(KeyKind::Ec(Curve::P256)).unwrap();
    let rsa = PrivateKey::generate(KeyKind::Rsa(2048)).unwrap();
    let ecdsa = |encoding| Scheme::Ecdsa {
        digest: Digest::Sha384,
        encoding,
    };
    let pss = Scheme::RsaPss {
        digest: Digest::Sha384,
        salt: Some(48),
    };
    for (key, scheme) in [
        (&ec, ecdsa(EcdsaEncoding::Fixed)),
        (&ec, ecdsa(EcdsaEncoding::Der)),
        (&rsa, Scheme::RsaPkcs1(Digest::Sha384)),
        (&rsa, pss),
    ] {
        let digest = Digest::Sha384.of(b"m");
        let signature = key.sign_digest(scheme, &digest).unwrap();
        assert_eq!(verify(key.public_key(), scheme, b"m", &signature), Ok(()));
        for wrong in [&digest[..32], &[], &[0; 49]] {
            assert_eq!(
                key.sign_digest(scheme, wrong),
                Err(SignError::Unsupported),
                "{scheme:?}"
            );
        }
    }
    let ed = PrivateKey::generate(KeyKind::Ed25519).unwrap();
    let refused = ed.sign_digest(Scheme::Ed25519, &Digest::Sha512.of(b"m"));
    assert_eq!(refused, Err(SignError::WrongKeyType));
}

#[test]
fn a_scheme_that_does_not_fit_the_key_is_refused_before_any_arithmetic() {
    let ec = PrivateKey::generate(KeyKind::Ec(Curve::P256)).unwrap();
    let ed = PrivateKey::generate(KeyKind::Ed25519).unwrap();
    let rsa = PrivateKey::generate(KeyKind::Rsa(2048)).unwrap();
    let ecdsa = Scheme::Ecdsa {
        digest: Digest::Sha256,
        encoding: EcdsaEncoding::Fixed,
    };
    let pss = Scheme::RsaPss {
        digest: Digest::Sha256,
        salt: None,
    };
    for (key, fitting) in [
        (&ec, vec![ecdsa]),
        (&ed, vec![Scheme::Ed25519]),
        (&rsa, vec![pss, Scheme::RsaPkcs1(Digest::Sha256)]),
    ] {
        for scheme in [ecdsa, pss, Scheme::RsaPkcs1(Digest::Sha256), Scheme::Ed25519] {
            if !fitting.contains(&scheme) {
                assert_eq!(key.sign(scheme, b"m"), Err(SignError::WrongKeyType));
                assert_eq!(
                    verify(key.public_key(), scheme, b"m", &[0; 64]),
                    Err(VerifyError::WrongKeyType)
                );
            }
        }
    }
}

#[test]
fn ecdsa_signatures_of_zero_order_or_wrong_length_are_refused() {
    let order = unhex("FFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551");
    let key = PrivateKey::generate(KeyKind::Ec(Curve::P256)).unwrap();
    let scheme = Scheme::Ecdsa {
        digest: Digest::Sha256,
        encoding: EcdsaEncoding::Fixed,
    };
    let good = key.sign(scheme, b"m").unwrap();
    let (r, s) = good.split_at(32);
    let zero = [0; 32];
    for bad in [
        [&zero[..], &zero].concat(),
        [&zero[..], s].concat(),
        [r, &zero].concat(),
        [&order[..], s].concat(),
        [r, &order].concat(),
        good[..63].to_vec(),
        [&good[..], &[0]].concat(),
        [&[0], &good[..]].concat(),
        vec![],
    ] {
        assert_eq!(
            verify(key.public_key(), scheme, b"m", &bad),
            Err(VerifyError::BadSignature)
        );
    }
}

#[test]
fn points_off_the_curve_are_no_keys() {
    for curve in [
        Curve::P256,
        Curve::P384,
        Curve::P521,
        Curve::Secp256k1,
        Curve::BrainpoolP256r1,
        Curve::BrainpoolP384r1,
    ] {
        let mut point = vec![0; curve.field_bytes() * 2 + 1];
        point[0] = 4;
        assert_eq!(
            PublicKey::from_sec1(curve, &point),
            Err(KeyError::Malformed("the point is not on the curve")),
            "{curve:?}"
        );
        assert!(PublicKey::from_sec1(curve, &[0]).is_err(), "infinity is no key");
        assert!(PublicKey::from_sec1(curve, &[]).is_err());
    }
    let key = PrivateKey::generate(KeyKind::Ec(Curve::P256)).unwrap();
    let PublicKey::Ec { point, .. } = key.public_key() else {
        panic!("an EC key")
    };
    let mut off = point.clone();
    off[64] ^= 1;
    assert!(PublicKey::from_sec1(Curve::P256, &off).is_err());
    assert!(
        PublicKey::from_sec1(Curve::Secp256k1, point).is_err(),
        "a point of another curve"
    );
    // Put in by hand it still verifies nothing.
    let scheme = Scheme::Ecdsa {
        digest: Digest::Sha256,
        encoding: EcdsaEncoding::Fixed,
    };
    let signature = key.sign(scheme, b"m").unwrap();
    let forged = PublicKey::Ec {
        curve: Curve::P256,
        point: off,
    };
    assert!(verify(&forged, scheme, b"m", &signature).is_err());
}

#[test]
fn rsa_keys_out_of_bounds_verify_nothing() {
    let scheme = Scheme::RsaPkcs1(Digest::Sha256);
    let outcome = |n: &[u8], e: &[u8]| {
        verify(
            &PublicKey::from_rsa(n, e).unwrap(),
            scheme,
            b"m",
            &vec![0; n.len()],
        )
    };
    let odd = |length: usize| [vec![0xff; length - 1], vec![0xfb]].concat();
    assert_eq!(
        outcome(&odd(256), &[1, 0, 1]),
        Err(VerifyError::BadSignature),
        "the control is within bounds"
    );
    for (n, e, why) in [
        (odd(127), vec![1, 0, 1], "1016 bits"),
        (odd(1025), vec![1, 0, 1], "8200 bits"),
        (vec![0xfe; 256], vec![1, 0, 1], "an even modulus"),
        (odd(256), vec![1], "exponent 1"),
        (odd(256), vec![2], "exponent 2"),
        (odd(256), vec![1, 0, 0], "an even exponent"),
        (odd(256), vec![2, 0, 0, 0, 1], "an exponent above 2^33"),
    ] {
        assert_eq!(outcome(&n, &e), Err(VerifyError::Unsupported), "{why}");
    }
    assert!(PublicKey::from_rsa(&[0, 0], &[3]).is_err());
    assert!(PublicKey::from_rsa(&odd(4096), &[3]).is_err());
}

#[test]
fn a_negative_modulus_is_read_as_the_number_that_was_meant() {
    let good = unhex(include_str!("vectors/rsa2048.spki"));
    let key = PublicKey::from_spki_der(&good).unwrap();
    let PublicKey::Rsa { n, e } = &key else {
        panic!("an RSA key")
    };
    let sequence = |tag: u8, content: Vec<u8>| {
        let length = u16::try_from(content.len()).unwrap().to_be_bytes();
        [vec![tag, 0x82], length.to_vec(), content].concat()
    };
    let exponent = [vec![2, u8::try_from(e.len()).unwrap()], e.clone()].concat();
    let negative = sequence(0x30, [sequence(0x02, n.clone()), exponent].concat());
    let identifier = unhex("300d06092a864886f70d0101010500");
    let spki = sequence(
        0x30,
        [identifier, sequence(0x03, [vec![0], negative].concat())].concat(),
    );
    assert_ne!(spki, good);
    assert_eq!(PublicKey::from_spki_der(&spki).unwrap(), key);
}

#[test]
fn spki_with_trailing_bytes_unknown_algorithm_or_explicit_curve_is_refused() {
    let key = PrivateKey::generate(KeyKind::Ec(Curve::P256)).unwrap();
    let good = key.public_key().to_spki_der();
    assert!(PublicKey::from_spki_der(&[&good[..], &[0]].concat()).is_err());
    let x25519 =
        unhex("302a300506032b656e032100e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c");
    assert_eq!(PublicKey::from_spki_der(&x25519), Err(KeyError::Unsupported));
    let explicit = unhex(
        "301130090607 2a8648ce3d0201 03040004 0000"
            .replace(' ', "")
            .as_str(),
    );
    assert!(PublicKey::from_spki_der(&explicit).is_err());
}

#[test]
fn private_keys_survive_pkcs8_and_say_nothing() {
    for kind in [
        KeyKind::Ec(Curve::P256),
        KeyKind::Ec(Curve::P384),
        KeyKind::Ec(Curve::P521),
        KeyKind::Ec(Curve::Secp256k1),
        KeyKind::Ed25519,
        KeyKind::Rsa(2048),
    ] {
        let key = PrivateKey::generate(kind).unwrap();
        assert_eq!(format!("{key:?}"), "PrivateKey(..)");
        let der = PrivateKey::from_pkcs8_der(&key.to_pkcs8_der()).unwrap();
        let pem = PrivateKey::from_pkcs8_pem(&key.to_pkcs8_pem()).unwrap();
        assert_eq!(der.public_key(), key.public_key());
        assert_eq!(pem.to_pkcs8_der(), key.to_pkcs8_der());
        assert!(PrivateKey::from_pkcs8_der(&key.to_pkcs8_der()[1..]).is_err());
    }
    assert_eq!(
        PrivateKey::generate(KeyKind::Ec(Curve::BrainpoolP256r1)).unwrap_err(),
        KeyError::Unsupported
    );
    assert_eq!(
        PrivateKey::generate(KeyKind::Rsa(1024)).unwrap_err(),
        KeyError::Unsupported
    );
}

proptest! {
    #[test]
    fn any_bytes_are_read_without_panic(bytes: Vec<u8>) {
        prop_assert!(PublicKey::from_spki_der(&bytes).is_err());
        prop_assert!(PrivateKey::from_pkcs8_der(&bytes).is_err());
    }

    #[test]
    fn elliptic_keys_survive_spki_and_compression(scalar: [u8; 32]) {
        let Ok(secret) = p256::SecretKey::from_slice(&scalar) else { return Ok(()) };
        let point = secret.public_key().to_sec1_point(false);
        let key = PublicKey::from_sec1(Curve::P256, point.as_bytes()).unwrap();
        prop_assert_eq!(&PublicKey::from_spki_der(&key.to_spki_der()).unwrap(), &key);
        let compressed = key.compressed_point().unwrap();
        let theirs = secret.public_key().to_sec1_point(true);
        prop_assert_eq!(&compressed[..], theirs.as_bytes());
        prop_assert_eq!(&PublicKey::from_sec1(Curve::P256, &compressed).unwrap(), &key);
    }

    #[test]
    fn rsa_keys_of_any_size_survive_spki(n in proptest::collection::vec(any::<u8>(), 1..600), e in 1_u64..) {
        prop_assume!(n.iter().any(|byte| *byte != 0));
        let key = PublicKey::from_rsa(&n, &e.to_be_bytes()).unwrap();
        prop_assert_eq!(PublicKey::from_spki_der(&key.to_spki_der()).unwrap(), key);
    }

    #[test]
    fn a_flipped_bit_anywhere_breaks_the_signature(at in 0_usize..64, bit in 0_u8..8) {
        let key = PrivateKey::generate(KeyKind::Ec(Curve::P256)).unwrap();
        let scheme = Scheme::Ecdsa { digest: Digest::Sha256, encoding: EcdsaEncoding::Fixed };
        let mut signature = key.sign(scheme, b"m").unwrap();
        signature[at] ^= 1 << bit;
        prop_assert_eq!(verify(key.public_key(), scheme, b"m", &signature), Err(VerifyError::BadSignature));
    }
}
