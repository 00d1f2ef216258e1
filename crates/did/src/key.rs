//! did:key: the key is the identifier (W3C CCG, The did:key Method v0.7; Multicodec, Multibase).
use crate::{Did, DidError};
use multibase::Base;
use procura_crypto::{Curve, PublicKey};

/// Characters that the identifier of a supported key can have at most (P-384: 74).
const MAX_IDENTIFIER: usize = 128;

/// Multicodec varints of the public key types.
const P256: [u8; 2] = [0x80, 0x24];
const P384: [u8; 2] = [0x81, 0x24];
const SECP256K1: [u8; 2] = [0xe7, 0x01];
const ED25519: [u8; 2] = [0xed, 0x01];

/// The did:key of a public key (P-256, P-384, secp256k1, Ed25519): the base58btc multibase of multicodec and key, a curve's
/// point compressed (did:key §2).
///
/// # Errors
/// [`DidError::Identifier`]: there is no did:key for this type of key here.
pub fn encode(key: &PublicKey) -> Result<Did, DidError> {
    const UNSUPPORTED: DidError = DidError::Identifier("no did:key for this type of key here");
    let (code, bytes) = match key {
        PublicKey::Ec { curve, .. } => {
            let code = match curve {
                Curve::P256 => P256,
                Curve::P384 => P384,
                Curve::Secp256k1 => SECP256K1,
                Curve::P521 | Curve::BrainpoolP256r1 | Curve::BrainpoolP384r1 => return Err(UNSUPPORTED),
            };
            (code, key.compressed_point().ok_or(UNSUPPORTED)?)
        }
        PublicKey::Ed25519(key) => (ED25519, key.to_vec()),
        PublicKey::Rsa { .. } => return Err(UNSUPPORTED),
    };
    let encoded = multibase::encode(Base::Base58Btc, [&code[..], &bytes].concat());
    Did::parse(&format!("did:key:{encoded}"))
}
/// The key of a did:key (did:key §3.1.3). Only base58btc is read, and only the text that [`encode`] would write.
///
/// # Errors
/// [`DidError::Method`]: another method. [`DidError::Identifier`]: too long, not base58btc, no key of a supported type, or
/// not in canonical form.
pub fn decode(did: &Did) -> Result<PublicKey, DidError> {
    if did.method() != "key" {
        return Err(DidError::Method("key"));
    }
    let identifier = did.identifier();
    if identifier.len() > MAX_IDENTIFIER {
        return Err(DidError::Identifier("too long"));
    }
    if !identifier.starts_with('z') {
        return Err(DidError::Identifier("not base58btc"));
    }
    let (_, bytes) = multibase::decode(identifier).map_err(|_| DidError::Identifier("not base58btc"))?;
    let (code, bytes) = bytes
        .split_first_chunk::<2>()
        .ok_or(DidError::Identifier("no multicodec of a supported key"))?;
    let key = match *code {
        P256 => point(Curve::P256, bytes),
        P384 => point(Curve::P384, bytes),
        SECP256K1 => point(Curve::Secp256k1, bytes),
        ED25519 => bytes
            .try_into()
            .map(PublicKey::Ed25519)
            .map_err(|_| DidError::Identifier("no Ed25519 key")),
        _ => Err(DidError::Identifier("no multicodec of a supported key")),
    }?;
    // One key, one DID: whatever else reads to the same key is not its name.
    if encode(&key)? == *did {
        Ok(key)
    } else {
        Err(DidError::Identifier("not in canonical form"))
    }
}
fn point(curve: Curve, bytes: &[u8]) -> Result<PublicKey, DidError> {
    PublicKey::from_sec1(curve, bytes).map_err(|_| DidError::Identifier("no point of the curve"))
}
/// Resolves a `kid`: `did:key:z…#z…` (the fragment must repeat the identifier, did:key §3.1.2) or, tolerated, the bare DID.
///
/// # Errors
/// As [`decode`]; [`DidError::Identifier`] where the fragment does not repeat the identifier.
pub fn from_kid(kid: &str) -> Result<(Did, PublicKey), DidError> {
    let (did, fragment) = match kid.split_once('#') {
        Some((did, fragment)) => (did, Some(fragment)),
        None => (kid, None),
    };
    let did = Did::parse(did)?;
    let key = decode(&did)?;
    if fragment.is_some_and(|fragment| fragment != did.identifier()) {
        return Err(DidError::Identifier(
            "the fragment does not repeat the identifier",
        ));
    }
    Ok((did, key))
}
/// The name of the one verification method, `did:key:z…#z…` (did:key §3.1.2).
pub fn verification_method(did: &Did) -> String {
    format!("{did}#{}", did.identifier())
}

#[cfg(test)]
mod tests {
    use super::*;
    use procura_crypto::{KeyKind, PrivateKey};
    use procura_jose::{Algorithm, Jwk};
    use proptest::prelude::*;
    use serde_json::json;

    fn decoded(text: &str) -> Result<PublicKey, DidError> {
        decode(&Did::parse(text).unwrap())
    }
    fn multibase_of(bytes: &[u8]) -> String {
        format!("did:key:{}", multibase::encode(Base::Base58Btc, bytes))
    }
    /// The did:key specification's own examples, with the keys that it prints for them.
    #[test]
    fn the_examples_of_the_specification_are_read_and_written() {
        let with_key = [
            (
                "did:key:zDnaerx9CtbPJ1q36T5Ln5wYt3MQYeGRG5ehnPAmxcf5mDZpv",
                json!({"kty":"EC","crv":"P-256","x":"igrFmi0whuihKnj9R3Om1SoMph72wUGeFaBbzG2vzns","y":"efsX5b10x8yjyrj4ny3pGfLcY7Xby1KzgqOdqnsrJIM"}),
            ),
            (
                "did:key:z82LkvCwHNreneWpsgPEbV3gu1C6NFJEBg4srfJ5gdxEsMGRJUz2sG9FE42shbn2xkZJh54",
                json!({"kty":"EC","crv":"P-384","x":"CA-iNoHDg1lL8pvX3d1uvExzVfCz7Rn6tW781Ub8K5MrDf2IMPyL0RTDiaLHC1JT","y":"Kpnrn8DkXUD3ge4mFxi-DKr0DYO2KuJdwNBrhzLRtfMa3WFMZBiPKUPfJj8dYNl_"}),
            ),
            (
                "did:key:zQ3shokFTS3brHcDQrn82RUDfCZESWL1ZdCEJwekUDPQiYBme",
                json!({"kty":"EC","crv":"secp256k1","x":"h0wVx_2iDlOcblulc8E5iEw1EYh5n1RYtLQfeSTyNc0","y":"O2EATIGbu6DezKFptj5scAIRntgfecanVNXxat1rnwE"}),
            ),
            (
                "did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK",
                json!({"kty":"OKP","crv":"Ed25519","x":"Lm_M42cB3HkUiODQsXRcweM6TByfzEHGO9ND274JcOY"}),
            ),
        ];
        for (did, jwk) in with_key {
            let key = Jwk::from_json(jwk.as_object().unwrap()).unwrap().key;
            assert_eq!(decoded(did), Ok(key.clone()), "{did}");
            assert_eq!(encode(&key).unwrap().as_str(), did);
        }
        for did in [
            "did:key:zDnaerDaTF5BXEavCrfRZEk316dpbLsfPDZ3WJ5hRTPFU2169",
            "did:key:z82Lm1MpAkeJcix9K8TMiLd5NMAhnwkjjCBeWHXyu3U4oT2MVJJKXkcVBgjGhnLBn2Kaau9",
            "did:key:zQ3shtxV1FrJfhqE1dvxYRcCknWNjHc3c5X1y3ZSoPDi2aur2",
            "did:key:zQ3shZc2QzApp2oymGvQbzP8eKheVshBHbU4ZYjeXqwSKEn6N",
            "did:key:z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp",
        ] {
            let key = decoded(did).unwrap();
            assert_eq!(encode(&key).unwrap().as_str(), did);
        }
    }
    #[test]
    fn other_types_of_keys_have_no_did_key_here() {
        for kind in [KeyKind::Ec(Curve::P521), KeyKind::Rsa(2048)] {
            let key = PrivateKey::generate(kind).unwrap();
            assert!(encode(key.public_key()).is_err());
        }
        // X25519, BLS12-381 G2 and RSA of the specification.
        for did in [
            "did:key:z6LSeu9HkTHSfLLeUs2nnzUSNedgDUevfNQgQjQC23ZCit6F",
            "did:key:zUC7K4ndUaGZgV7Cp2yJy6JtMoUHY6u7tkcSYUvPrEidqBmLCTLmi6d5WvwnUqejscAkERJ3bfjEiSYtdPkRSE8kSa11hFBr4sTgnbZ95SJj19PN2jdvJjyzpSZgxkyyxNnBNnY",
        ] {
            assert!(matches!(decoded(did), Err(DidError::Identifier(_))));
        }
    }
    #[test]
    fn one_key_has_one_name() {
        let key = PrivateKey::generate(KeyKind::Ec(Curve::P256)).unwrap();
        let PublicKey::Ec { point, .. } = key.public_key() else {
            panic!("an EC key")
        };
        let compressed = key.public_key().compressed_point().unwrap();
        let good = multibase_of(&[&P256[..], &compressed].concat());
        assert!(decoded(&good).is_ok());
        for (bad, why) in [
            (multibase_of(&[&P256[..], point].concat()), "uncompressed"),
            (
                multibase_of(&[&[0x80, 0xa4, 0x00][..], &compressed].concat()),
                "a varint longer than it must be",
            ),
            (
                multibase_of(&[&P256[..], &compressed, &[0]].concat()),
                "a trailing byte",
            ),
            (
                multibase_of(&[&P256[..], &compressed[..32]].concat()),
                "a short point",
            ),
            (
                multibase_of(&[&SECP256K1[..], &[2], &[0; 31], &[5]].concat()),
                "x = 5 is on no point",
            ),
            (multibase_of(&[&ED25519[..], &[1; 31]].concat()), "a short key"),
            (multibase_of(&[]), "nothing"),
            (multibase_of(&[0x80]), "half a varint"),
            (good.replace("did:key:z", "did:key:z1"), "a leading zero byte"),
            (good.replace("did:key:z", "did:key:Z"), "flickr's base58"),
            (format!("did:key:f1200{}", "02".repeat(33)), "hexadecimal"),
            (format!("{good}0"), "a character outside of base58"),
            (format!("did:key:1:{}", &good[8..]), "a version of the method"),
            (format!("did:key:z{}", "1".repeat(2000)), "enormous"),
        ] {
            assert!(matches!(decoded(&bad), Err(DidError::Identifier(_))), "{why}");
        }
        assert_eq!(decoded("did:web:example.com"), Err(DidError::Method("key")));
    }
    #[test]
    fn the_fragment_of_a_kid_repeats_the_identifier_or_is_absent() {
        let did = "did:key:zDnaerDaTF5BXEavCrfRZEk316dpbLsfPDZ3WJ5hRTPFU2169";
        let (resolved, key) = from_kid(did).unwrap();
        assert_eq!(from_kid(&verification_method(&resolved)), Ok((resolved, key)));
        for bad in [
            format!("{did}#"),
            format!("{did}#0"),
            format!("{did}#zDnaerx9CtbPJ1q36T5Ln5wYt3MQYeGRG5ehnPAmxcf5mDZpv"),
            format!("{did}#zDnaerDaTF5BXEavCrfRZEk316dpbLsfPDZ3WJ5hRTPFU2169#"),
            format!("{did}?x#zDnaerDaTF5BXEavCrfRZEk316dpbLsfPDZ3WJ5hRTPFU2169"),
            format!("#{did}"),
            String::new(),
        ] {
            assert!(from_kid(&bad).is_err(), "{bad}");
        }
    }
    #[test]
    fn each_key_signs_with_its_own_algorithm() {
        for algorithm in [
            Algorithm::Es256,
            Algorithm::Es384,
            Algorithm::Es256K,
            Algorithm::EdDsa,
        ] {
            let key = PrivateKey::generate(algorithm.key_kind()).unwrap();
            let did = encode(key.public_key()).unwrap();
            assert_eq!(crate::algorithm(&decode(&did).unwrap()), Some(algorithm));
        }
    }
    proptest! {
        #[test]
        fn any_identifier_is_judged_without_panic(identifier in "z[1-9A-HJ-NP-Za-km-z]{0,100}") {
            if let Ok(did) = Did::parse(&format!("did:key:{identifier}"))
                && let Ok(key) = decode(&did)
            {
                prop_assert_eq!(encode(&key).unwrap(), did);
            }
        }
        #[test]
        fn every_ed25519_key_survives(key: [u8; 32]) {
            let key = PublicKey::Ed25519(key);
            prop_assert_eq!(decode(&encode(&key).unwrap()), Ok(key));
        }
        #[test]
        fn every_generated_key_survives(which in 0..3_usize) {
            let curve = [Curve::P256, Curve::P384, Curve::Secp256k1][which];
            let key = PrivateKey::generate(KeyKind::Ec(curve)).unwrap();
            prop_assert_eq!(&decode(&encode(key.public_key()).unwrap()).unwrap(), key.public_key());
        }
    }
}
