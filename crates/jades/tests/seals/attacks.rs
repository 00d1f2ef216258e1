//! A seal that passes, and one thing broken in each test.
#![expect(clippy::panic, clippy::unwrap_used, reason = "helpers of tests")]
use crate::world::{PAYLOAD, World, at, at_noon, credential, forge, forge::noon, x5c};
use procura_jades::{Profile, SignatureError, validate};
use procura_jose::{Algorithm, AlgorithmSet, base64url};
use procura_pki::{PathError, PathOptions, path};
use serde_json::{Value, json};

#[track_caller]
fn format(error: SignatureError) -> String {
    match error {
        SignatureError::Format(why) => why,
        other => panic!("{other:?}"),
    }
}
#[track_caller]
fn certificate(error: SignatureError) -> String {
    match error {
        SignatureError::SigningCertificate(why) => why,
        other => panic!("{other:?}"),
    }
}
#[track_caller]
fn claimed_time(error: SignatureError) -> String {
    match error {
        SignatureError::ClaimedTime(why) => why,
        other => panic!("{other:?}"),
    }
}
fn resign(text: &str, signature: &[u8]) -> String {
    format!(
        "{}.{}",
        text.rsplit_once('.').unwrap().0,
        base64url::encode(signature)
    )
}
fn signature(text: &str) -> Vec<u8> {
    base64url::decode(text.rsplit_once('.').unwrap().1).unwrap()
}

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

mod algorithm {
    use super::*;

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

    #[test]
    fn a_key_bound_to_pss_does_not_sign_otherwise() {
        let world = World::with(Algorithm::Rs256);
        // The same RSA key under the identifier of RSASSA-PSS keys.
        let rsa = forge::seq(&[forge::oid("1.2.840.113549.1.1.1"), vec![5, 0]]);
        let pss = forge::seq(&[forge::oid("1.2.840.113549.1.1.10")]);
        let mut request = world.seal.leaf();
        let position = request.spki.windows(rsa.len()).position(|w| w == rsa).unwrap();
        let bits = request.spki[position + rsa.len()..].to_vec();
        request.spki = forge::seq(&[pss, bits]);
        let bound = request.signed_by(&world.ca);
        let error = world.refuse(|header| {
            header.insert("x5c".to_owned(), json!([x5c(&bound)]));
            header.insert("x5t#S256".to_owned(), base64url::encode(&bound.sha256()).into());
        });
        assert_eq!(
            certificate(error),
            "alg RS256 does not fit the key of the signing certificate"
        );
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
}

mod cryptography {
    use super::*;

    fn refused(text: &str) {
        assert_eq!(credential(text).unwrap_err(), SignatureError::Cryptography);
    }

    #[test]
    fn an_ecdsa_signature_in_der_is_refused() {
        let world = World::new();
        let text = world.sign(&world.header());
        let der = procura_crypto::signature::fixed_to_der(&signature(&text));
        refused(&resign(&text, &der));
    }

    #[test]
    fn an_ecdsa_signature_of_another_length_or_range_is_refused() {
        let world = World::new();
        let text = world.sign(&world.header());
        let good = signature(&text);
        let (r, s) = good.split_at(32);
        let order = [
            0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xbc, 0xe6,
            0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51,
        ];
        for bad in [
            good[..63].to_vec(),
            [good.clone(), vec![0]].concat(),
            [vec![0; 32], s.to_vec()].concat(),
            [r.to_vec(), vec![0; 32]].concat(),
            [order.to_vec(), s.to_vec()].concat(),
            vec![0xff; 64],
        ] {
            refused(&resign(&text, &bad));
        }
    }

    #[test]
    fn keys_and_addresses_in_the_header_are_never_used() {
        let world = World::new();
        let attacker = World::new();
        let mut header = world.header();
        let jwk = procura_jose::Jwk::of(attacker.seal.key.public_key().clone()).to_json();
        header.insert("jwk".to_owned(), Value::Object(jwk));
        header.insert("jku".to_owned(), "http://127.0.0.1:1/keys".into());
        header.insert("x5u".to_owned(), "http://127.0.0.1:1/certificate".into());
        refused(&attacker.sign(&header));
        assert!(credential(&world.sign(&header)).is_ok());
    }

    #[test]
    fn the_signature_of_another_payload_is_refused() {
        let world = World::new();
        let text = world.sign(&world.header());
        let (header, rest) = text.split_once('.').unwrap();
        let signature = rest.split_once('.').unwrap().1;
        refused(&format!(
            "{header}.{}.{signature}",
            base64url::encode(br#"{"vc":{"type":["Other"]}}"#)
        ));
    }

    proptest::proptest! {
        #![proptest_config(proptest::test_runner::Config { failure_persistence: None, ..Default::default() })]
        #[test]
        fn any_changed_octet_is_refused(position in 0_usize..10_000, octet in 0x20_u8..0x7f) {
            let world = World::new();
            let mut text = world.sign(&world.header()).into_bytes();
            let position = position % text.len();
            proptest::prop_assume!(text[position] != octet);
            text[position] = octet;
            proptest::prop_assert!(credential(core::str::from_utf8(&text).unwrap()).is_err());
        }
    }
}

mod signing_certificate {
    use super::*;

    #[test]
    fn a_self_signed_clone_of_the_seal_has_no_path() {
        let world = World::new();
        let clone = World::new();
        let forged = clone.seal.leaf().signed_by(&clone.seal);
        let text = clone.mutated(|header| {
            header.insert("x5c".to_owned(), json!([x5c(&forged)]));
            header.insert("x5t#S256".to_owned(), base64url::encode(&forged.sha256()).into());
        });
        let sealed = credential(&text).unwrap();
        let found = |s: &procura_jades::Signature| {
            path::find(
                &s.certificate,
                &s.others,
                &[world.anchor()],
                noon(),
                &PathOptions::default(),
            )
        };
        assert!(matches!(found(&sealed), Err(PathError::NoPath { .. })));
        assert!(found(&credential(&world.sign(&world.header())).unwrap()).is_ok());
    }

    #[test]
    fn certificates_of_the_header_are_never_anchors() {
        let world = World::new();
        let text = world.mutated(|header| {
            header.insert(
                "x5c".to_owned(),
                json!([x5c(&world.certificate), x5c(&world.anchor().0)]),
            );
        });
        let sealed = credential(&text).unwrap();
        assert_eq!(sealed.others.len(), 1);
        let stranger = World::new();
        let found = path::find(
            &sealed.certificate,
            &sealed.others,
            &[stranger.anchor()],
            noon(),
            &PathOptions::default(),
        );
        assert!(matches!(found, Err(PathError::NoPath { .. })));
    }

    #[test]
    fn another_leaf_than_the_signers_is_refused() {
        let world = World::new();
        let other = World::new().certificate;
        let swapped = |header: &mut serde_json::Map<String, Value>| {
            header.insert("x5c".to_owned(), json!([x5c(&other), x5c(&world.certificate)]));
        };
        // Still referring to the signer: the reference is of another certificate than the first.
        assert_eq!(
            certificate(world.refuse(swapped)),
            "the signed reference (x5t#S256) is not of the first certificate of x5c"
        );
        // Referring to the first: it has not signed.
        let error = world.refuse(|header| {
            swapped(header);
            header.insert("x5t#S256".to_owned(), base64url::encode(&other.sha256()).into());
        });
        assert_eq!(error, SignatureError::Cryptography);
    }

    #[test]
    fn x5c_that_is_missing_empty_or_oddly_encoded_is_refused() {
        let world = World::new();
        let der = world.certificate.der();
        let pem = format!(
            "-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----",
            x5c(&world.certificate)
        );
        let malformed = [
            json!([]),
            json!(x5c(&world.certificate)),
            json!([base64url::encode(der)]),
            json!([pem]),
            json!([{}]),
            json!([null]),
            json!([""]),
            json!(vec![x5c(&world.certificate); 100]),
        ];
        for value in malformed {
            let error = world.refuse(|header| drop(header.insert("x5c".to_owned(), value)));
            assert_eq!(certificate(error), "header parameter x5c is malformed");
        }
        assert_eq!(
            certificate(world.refuse(|header| drop(header.remove("x5c")))),
            "x5c is missing or empty"
        );
        let many = json!(vec![x5c(&world.certificate); 17]);
        let error = world.refuse(|header| drop(header.insert("x5c".to_owned(), many)));
        assert_eq!(certificate(error), "x5c holds more than 16 certificates");
        let error = world.refuse(|header| drop(header.insert("x5c".to_owned(), json!(["AAAA"]))));
        assert_eq!(
            certificate(error),
            "x5c[0]: not an X.509 certificate: the structure cannot be read"
        );
    }

    #[test]
    fn a_reference_that_is_missing_malformed_or_doubled_is_refused() {
        let world = World::new();
        let digest = base64url::encode(&world.certificate.sha256());
        let padded = format!("{digest}=");
        for value in [json!(padded), json!([digest]), json!(""), json!("AAAA"), json!(1)] {
            let error = world.refuse(|header| drop(header.insert("x5t#S256".to_owned(), value)));
            assert_eq!(certificate(error), "header parameter x5t#S256 is malformed");
        }
        assert_eq!(
            certificate(world.refuse(|header| drop(header.remove("x5t#S256")))),
            "no reference to the signing certificate: a plain JWS with x5c, not JAdES B-B (x5t#S256 is missing)"
        );
        let pair = json!({ "digAlg": "S256", "digVal": digest });
        for (name, value) in [("x5t#o", pair.clone()), ("sigX5ts", json!([pair, pair]))] {
            let error = world.refuse(|header| drop(header.insert(name.to_owned(), value.clone())));
            assert_eq!(
                certificate(error),
                "2 references to the signing certificate in place of exactly one"
            );
            let error = world.refuse(|header| {
                header.remove("x5t#S256");
                header.insert(name.to_owned(), value);
            });
            assert_eq!(
                certificate(error),
                "exactly one certificate reference, x5t#S256, is accepted"
            );
        }
        let error = world.refuse(|header| drop(header.insert("x5t".to_owned(), "AAAA".into())));
        assert_eq!(certificate(error), "x5t (SHA-1) must not be present");
    }

    #[test]
    fn the_certificate_of_a_ca_does_not_seal() {
        let world = World::new();
        let ca = world.seal.ca().signed_by(&world.ca);
        let text = world.mutated(|header| {
            header.insert("x5c".to_owned(), json!([x5c(&ca)]));
            header.insert("x5t#S256".to_owned(), base64url::encode(&ca.sha256()).into());
        });
        let sealed = credential(&text).unwrap();
        assert!(path::may_sign(&sealed.certificate).is_err());
        assert!(path::may_sign(&world.certificate).is_ok());
    }
}

mod structure {
    use super::*;

    #[test]
    fn members_that_stand_twice_are_refused() {
        let world = World::new();
        let header = serde_json::to_string(&world.header()).unwrap();
        assert!(credential(&world.sign_text(&header)).is_ok());
        for twice in [r#""alg":"ES256""#, r#""typ":"vc+jwt""#, r#""\u0061lg":"ES256""#] {
            let header = header.replacen('{', &format!("{{{twice},"), 1);
            assert!(format(credential(&world.sign_text(&header)).unwrap_err()).contains("stands twice"));
        }
    }

    #[test]
    fn critical_parameters_are_understood_present_and_well_formed() {
        let world = World::new();
        for crit in [
            json!("iat"),
            json!([]),
            json!([1]),
            json!([["sigT"]]),
            json!(["iat", "iat"]),
            json!(["unknown"]),
            json!(["alg"]),
            json!(["sigT"]),
            json!(null),
            json!({}),
        ] {
            let why = format(world.refuse(|header| drop(header.insert("crit".to_owned(), crit.clone()))));
            assert!(why.contains("crit"), "{crit}: {why}");
        }
        let why = format(world.refuse(|header| {
            header.insert("crit".to_owned(), json!(["x-new"]));
            header.insert("x-new".to_owned(), json!(1));
        }));
        assert_eq!(why, r#"critical header parameter "x-new" is not understood"#);
    }

    #[test]
    fn unencoded_detached_or_unsigned_parts_are_refused() {
        let world = World::new();
        for (name, value) in [
            ("b64", json!(false)),
            ("b64", json!(true)),
            ("sigD", json!({"mId": "x"})),
            ("etsiU", json!([])),
        ] {
            let why = format(world.refuse(|header| drop(header.insert(name.to_owned(), value))));
            assert!(why.contains(name), "{why}");
        }
        let why = format(world.refuse(|header| {
            header.insert("b64".to_owned(), json!(false));
            header.insert("crit".to_owned(), json!(["b64"]));
        }));
        assert!(why.contains("b64"), "{why}");
    }

    #[test]
    fn base64url_is_canonical_in_every_part() {
        let world = World::new();
        let text = world.sign(&world.header());
        let parts: Vec<&str> = text.split('.').collect();
        for index in 0..3 {
            let part = parts[index];
            let tail = part.len() - 1;
            for bad in [
                format!("{part}="),
                format!("{part}\n"),
                format!(" {part}"),
                format!("{}+", &part[..tail]),
                format!("{}/", &part[..tail]),
                // One character more than whole octets need.
                format!("{part}{}", &"AAAA"[..(5 - part.len() % 4) % 4]),
            ] {
                if bad == part {
                    continue;
                }
                let mut changed: Vec<String> = parts.iter().map(|p| (*p).to_owned()).collect();
                changed[index] = bad.clone();
                assert!(credential(&changed.join(".")).is_err(), "{index} {bad:?}");
            }
        }
        // 64 octets end in a character of which four bits say nothing.
        let last = text.chars().last().unwrap();
        let next = char::from_u32(u32::from(last) + 1).unwrap();
        let loose = format!("{}{next}", &text[..text.len() - 1]);
        assert!(matches!(credential(&loose), Err(SignatureError::Format(_))));
    }

    #[test]
    fn surroundings_and_other_numbers_of_parts_are_refused() {
        let world = World::new();
        let text = world.sign(&world.header());
        let two = text.rsplit_once('.').unwrap().0.to_owned();
        for bad in [
            format!("{text}\n"),
            format!("{text}\r\n"),
            format!("{text} "),
            format!("\n{text}"),
            format!("\u{feff}{text}"),
            format!("{text}."),
            format!("{text}.AAAA"),
            format!(".{text}"),
            format!("{two}."),
            two,
            String::new(),
            "..".to_owned(),
        ] {
            assert!(
                matches!(credential(&bad), Err(SignatureError::Format(_))),
                "{bad:.20?}"
            );
        }
    }

    #[test]
    fn headers_that_are_no_object_too_deep_or_too_large_are_refused() {
        let world = World::new();
        let header = serde_json::to_string(&world.header()).unwrap();
        let deep = format!("{}{}", "[".repeat(100), "]".repeat(100));
        for bad in [
            "[]".to_owned(),
            "null".to_owned(),
            format!("{header}x"),
            header.replacen('{', &format!(r#"{{"x":{deep},"#), 1),
            header.replacen('{', &format!(r#"{{"x":"{}","#, "x".repeat(600_000)), 1),
        ] {
            assert!(matches!(
                credential(&world.sign_text(&bad)),
                Err(SignatureError::Format(_))
            ));
        }
    }

    #[test]
    fn json_serialisations_are_refused_whatever_their_signatures() {
        let world = World::new();
        let text = world.sign(&world.header());
        let parts: Vec<&str> = text.split('.').collect();
        let one = json!({ "protected": parts[0], "signature": parts[2] });
        let bad = json!({ "protected": parts[0], "signature": "AAAA" });
        for json in [
            json!({ "payload": parts[1], "protected": parts[0], "signature": parts[2] }),
            json!({ "payload": parts[1], "signatures": [one] }),
            json!({ "payload": parts[1], "signatures": [one, bad] }),
            json!({ "payload": parts[1], "signatures": [] }),
        ] {
            for profile in [Profile::Credential, Profile::Strict, Profile::Deployed] {
                let error = at_noon(&format!(" {json}"), profile).unwrap_err();
                assert_eq!(
                    format(error),
                    "a JSON serialisation; only the compact form is accepted here"
                );
            }
        }
    }

    #[test]
    fn the_type_is_told_so_that_the_caller_can_demand_one() {
        let world = World::new();
        let token =
            credential(&world.mutated(|header| drop(header.insert("typ".to_owned(), "at+jwt".into()))))
                .unwrap();
        assert!(token.jws.header.require_type("vc+jwt").is_err());
        assert!(
            credential(&world.sign(&world.header()))
                .unwrap()
                .jws
                .header
                .require_type("vc+jwt")
                .is_ok()
        );
    }
}

mod time {
    use super::*;

    fn iat(value: Value) -> SignatureError {
        World::new().refuse(|header| drop(header.insert("iat".to_owned(), value)))
    }

    #[test]
    fn a_claimed_time_in_the_future_is_refused_beyond_a_minute() {
        let world = World::new();
        let text = |seconds| {
            world.mutated(|header| drop(header.insert("iat".to_owned(), json!(noon().as_second() + seconds))))
        };
        assert!(credential(&text(60)).is_ok());
        assert!(claimed_time(credential(&text(61)).unwrap_err()).contains("in the future"));
    }

    #[test]
    fn a_claimed_time_outside_of_the_certificates_validity_is_refused() {
        let before = forge::at("2025-12-31T23:59:59Z").as_second();
        let why = claimed_time(iat(json!(before)));
        assert!(why.contains("outside of the certificate's validity"), "{why}");
    }

    #[test]
    fn a_claimed_time_that_is_no_whole_number_of_seconds_is_refused() {
        let now = noon().as_second();
        for value in [
            json!(now.to_string()),
            json!(1.5),
            json!(-1),
            json!(null),
            json!(u64::MAX),
        ] {
            assert_eq!(claimed_time(iat(value)), "iat is malformed");
        }
        // Milliseconds are beyond the end of time.
        assert_eq!(claimed_time(iat(json!(now * 1000))), "iat is malformed");
    }

    #[test]
    fn without_a_claimed_time_nothing_is_a_baseline_signature() {
        let world = World::new();
        let text = world.mutated(|header| drop(header.remove("iat")));
        for profile in [Profile::Credential, Profile::Strict] {
            assert_eq!(
                claimed_time(at_noon(&text, profile).unwrap_err()),
                "neither iat nor sigT claims a signing time"
            );
        }
    }

    #[test]
    fn two_claimed_times_are_refused_by_every_profile() {
        let world = World::new();
        let text =
            world.mutated(|header| drop(header.insert("sigT".to_owned(), "2026-06-01T12:00:00Z".into())));
        for profile in [Profile::Credential, Profile::Strict, Profile::Deployed] {
            assert_eq!(
                claimed_time(at_noon(&text, profile).unwrap_err()),
                "both iat and sigT claim a signing time"
            );
        }
    }
}

mod profiles {
    use super::*;

    /// Signed under a certificate that was valid when `sigT` was still made.
    fn with_sig_t(sig_t: &str, crit: bool) -> String {
        let world = World::new();
        let long = world
            .seal
            .leaf()
            .valid("2020-01-01T00:00:00Z", "2027-01-01T00:00:00Z")
            .signed_by(&world.ca);
        world.mutated(|header| {
            header.insert("x5c".to_owned(), json!([x5c(&long)]));
            header.insert("x5t#S256".to_owned(), base64url::encode(&long.sha256()).into());
            header.remove("iat");
            header.insert("sigT".to_owned(), sig_t.into());
            if crit {
                header.insert("crit".to_owned(), json!(["sigT"]));
            }
        })
    }

    #[test]
    fn sig_t_is_for_signatures_before_its_end() {
        for crit in [true, false] {
            let old = with_sig_t("2025-07-14T23:59:59Z", crit);
            assert!(at_noon(&old, Profile::Strict).unwrap().tolerated.is_empty());
            format(at_noon(&old, Profile::Credential).unwrap_err());
            let new = with_sig_t("2025-07-15T00:00:00Z", crit);
            assert_eq!(
                claimed_time(at_noon(&new, Profile::Strict).unwrap_err()),
                "sigT on or after 2025-07-15; iat is required"
            );
            let tolerated = at_noon(&new, Profile::Deployed).unwrap().tolerated;
            assert_eq!(tolerated, ["sigT on or after 2025-07-15; iat is required"]);
        }
    }

    #[test]
    fn sig_t_of_another_form_is_refused() {
        let text = with_sig_t("2025-07-14T23:59:59+00:00", true);
        assert_eq!(
            claimed_time(at_noon(&text, Profile::Deployed).unwrap_err()),
            "sigT is malformed"
        );
    }

    #[test]
    fn a_plain_jws_with_x5c_is_tolerated_and_told_where_deployed_peers_are_accepted() {
        let world = World::new();
        let text = world.mutated(|header| {
            header.remove("iat");
            header.remove("x5t#S256");
        });
        let sealed = at_noon(&text, Profile::Deployed).unwrap();
        assert_eq!(
            sealed.tolerated,
            [
                "neither iat nor sigT claims a signing time",
                "no reference to the signing certificate: a plain JWS with x5c, not JAdES B-B (x5t#S256 is missing)",
            ]
        );
        assert_eq!(sealed.claimed_time, None);
        for profile in [Profile::Credential, Profile::Strict] {
            assert_eq!(
                certificate(at_noon(&text, profile).unwrap_err()),
                "no reference to the signing certificate: a plain JWS with x5c, not JAdES B-B (x5t#S256 is missing)"
            );
        }
    }

    #[test]
    fn deployed_peers_are_not_excused_from_what_they_do_send() {
        let world = World::new();
        let wrong = world
            .mutated(|header| drop(header.insert("x5t#S256".to_owned(), base64url::encode(&[0; 32]).into())));
        assert_eq!(
            certificate(at_noon(&wrong, Profile::Deployed).unwrap_err()),
            "the signed reference (x5t#S256) is not of the first certificate of x5c"
        );
        let future =
            world.mutated(|header| drop(header.insert("iat".to_owned(), json!(noon().as_second() + 61))));
        claimed_time(at_noon(&future, Profile::Deployed).unwrap_err());
    }
}
