//! Time-stamp tokens: `openssl ts` and `openssl cms` verify ours, and we read and verify those of `openssl ts -reply`.
use crate::{
    authority::{
        Parts, Unit, for_time_stamps, message_digest, purposes, reference_by_sha512, reference_v1,
        reference_v2,
    },
    forge::{Issuer, noon},
    openssl::{OpenSsl, shown},
};
use procura_ades::Token;
use procura_crypto::Digest;
use procura_pki::Certificate;

type Change = fn(&World, &mut Parts);

const DATA: &[u8] = b"c2lnbmF0dXJl";

/// The unit and the root that certified it.
struct World {
    root: Certificate,
    unit: Unit,
}
impl World {
    fn with(extension: Option<crate::forge::Extension>) -> Self {
        let (authority, keys) = (Issuer::new("TSA CA"), Issuer::new("TSU 1"));
        let request = match extension {
            Some(extension) => keys.leaf().with(extension),
            None => keys.leaf(),
        };
        Self {
            root: authority.anchor().0,
            unit: Unit {
                certificate: request.signed_by(&authority),
                issuer: authority.name,
                keys,
            },
        }
    }
    fn new() -> Self {
        Self::with(Some(for_time_stamps()))
    }
}

/// What both say of one token over [`DATA`].
fn judged(openssl: &OpenSsl, world: &World, token: &[u8], data: &[u8]) -> (bool, bool, String) {
    openssl.file("token.der", token);
    openssl.file("data", data);
    openssl.pem("root.pem", "CERTIFICATE", [world.root.der()]);
    openssl.pem("unit.pem", "CERTIFICATE", [world.unit.certificate.der()]);
    let at = noon().as_second().to_string();
    let output = openssl.run(&[
        "ts",
        "-verify",
        "-in",
        "token.der",
        "-token_in",
        "-data",
        "data",
        "-CAfile",
        "root.pem",
        "-untrusted",
        "unit.pem",
        "-attime",
        &at,
    ]);
    let ours = Token::from_der(token).is_ok_and(|token| {
        token.covers(data)
            && token
                .verify(std::slice::from_ref(&world.unit.certificate))
                .is_ok()
    });
    (output.status.success(), ours, shown(&output))
}

#[test]
fn openssl_and_we_judge_tokens_alike() {
    let Some(openssl) = OpenSsl::new() else { return };
    let mut differ = Vec::new();
    let cases: [(&str, bool, Change); 11] = [
        ("sound", true, |_, _| {}),
        ("reference by SHA-512", true, |world, parts| {
            parts.attributes.reference = Some(reference_by_sha512(&world.unit.certificate));
        }),
        ("reference by SHA-1 (RFC 3161)", true, |world, parts| {
            parts.attributes.reference = Some(reference_v1(&world.unit.certificate));
        }),
        (
            "no certificate inside, brought by the caller",
            true,
            |_, parts| parts.certificates.clear(),
        ),
        ("reference to another certificate", false, |_, parts| {
            parts.attributes.reference = Some(reference_v2(&World::new().unit.certificate));
        }),
        ("no reference", false, |_, parts| {
            parts.attributes.reference = None;
        }),
        ("digest of other content", false, |_, parts| {
            parts.attributes.message_digest = Some(message_digest(&Digest::Sha256.of(b"other")));
        }),
        ("two signers", false, |_, parts| parts.signers = 2),
        ("version 2 of the TSTInfo", false, |_, parts| {
            parts.version = crate::forge::integer(2);
        }),
        ("imprint of other data", false, |_, parts| {
            let algorithm = crate::forge::seq(&[crate::forge::oid(crate::authority::SHA256)]);
            let digest = crate::authority::octets(&Digest::Sha256.of(b"other"));
            parts.imprint = crate::forge::seq(&[algorithm, digest]);
        }),
        ("another content type inside", false, |_, parts| {
            parts.content_type = "1.2.840.113549.1.7.1";
        }),
    ];
    for (name, accepted, change) in cases {
        let world = World::new();
        let mut parts = world.unit.over(DATA);
        change(&world, &mut parts);
        let (theirs, ours, why) = judged(&openssl, &world, &world.unit.sign(&parts), DATA);
        if (theirs, ours) != (accepted, accepted) {
            differ.push(format!("{name}: OpenSSL {theirs}, ours {ours}: {why}"));
        }
    }
    // Changed after signing, and certificates that are not for time-stamps alone.
    let world = World::new();
    let changed = world.unit.over(DATA).signed(&world.unit, |mut info| {
        *info.last_mut().unwrap() ^= 1;
        info
    });
    let (theirs, ours, why) = judged(&openssl, &world, &changed, DATA);
    assert_eq!((theirs, ours), (false, false), "changed: {why}");
    for (name, extension) in [
        ("no purpose", None),
        ("not critical", Some(purposes(false, &["1.3.6.1.5.5.7.3.8"]))),
        ("for e-mail", Some(purposes(true, &["1.3.6.1.5.5.7.3.4"]))),
        (
            "for another purpose besides",
            Some(purposes(true, &["1.3.6.1.5.5.7.3.8", "1.3.6.1.5.5.7.3.4"])),
        ),
    ] {
        let world = World::with(extension);
        let token = world.unit.sign(&world.unit.over(DATA));
        let (theirs, ours, why) = judged(&openssl, &world, &token, DATA);
        if theirs || ours {
            differ.push(format!("{name}: OpenSSL {theirs}, ours {ours}: {why}"));
        }
    }
    assert!(differ.is_empty(), "{}", differ.join("\n"));
}

/// RFC 5652 §11.1: where attributes are signed, the content type is one of them. OpenSSL's reader does not ask for it.
#[test]
fn disagreement_openssl_takes_a_token_without_content_type() {
    let Some(openssl) = OpenSsl::new() else { return };
    let world = World::new();
    let mut parts = world.unit.over(DATA);
    parts.attributes.content_type = None;
    let (theirs, ours, why) = judged(&openssl, &world, &world.unit.sign(&parts), DATA);
    assert_eq!((theirs, ours), (true, false), "{why}");
}

/// A token is CMS (RFC 5652) like any other: `openssl cms` verifies its signature and gives its content back.
#[test]
fn openssl_reads_our_tokens_as_cms() {
    let Some(openssl) = OpenSsl::new() else { return };
    let world = World::new();
    let parts = world.unit.over(DATA);
    openssl.file("token.der", world.unit.sign(&parts));
    openssl.pem("root.pem", "CERTIFICATE", [world.root.der()]);
    let at = noon().as_second().to_string();
    let output = openssl.run(&[
        "cms",
        "-verify",
        "-inform",
        "DER",
        "-in",
        "token.der",
        "-CAfile",
        "root.pem",
        "-purpose",
        "timestampsign",
        "-attime",
        &at,
        "-binary",
        "-out",
        "info.der",
    ]);
    assert!(output.status.success(), "{}", shown(&output));
    assert_eq!(openssl.read("info.der"), parts.info());
}

#[test]
fn we_verify_the_tokens_that_openssl_issues() {
    let Some(openssl) = OpenSsl::new() else { return };
    for (digest, name) in [
        (Digest::Sha256, "sha256"),
        (Digest::Sha384, "sha384"),
        (Digest::Sha512, "sha512"),
    ] {
        for reference in ["sha1", "sha256", "sha512"] {
            let world = World::new();
            openssl.pem("unit.pem", "CERTIFICATE", [world.unit.certificate.der()]);
            openssl.pem("chain.pem", "CERTIFICATE", [world.root.der()]);
            openssl.file("key.pem", world.unit.keys.key.to_pkcs8_pem().as_bytes());
            openssl.file("data", DATA);
            openssl.file("serial", "1001\n");
            openssl.file(
                "tsa.cnf",
                format!(
                    "[tsa]\ndefault_tsa = one\n[one]\nserial = serial\nsigner_cert = unit.pem\ncerts = chain.pem\n\
                     signer_key = key.pem\nsigner_digest = {name}\ndefault_policy = 1.2.3.4.1\n\
                     digests = sha256, sha384, sha512\naccuracy = secs:1, millisecs:500\nordering = yes\n\
                     clock_precision_digits = 3\ness_cert_id_chain = yes\ness_cert_id_alg = {reference}\n"
                ),
            );
            for arguments in [
                &[
                    "ts",
                    "-query",
                    "-data",
                    "data",
                    &format!("-{name}"),
                    "-cert",
                    "-out",
                    "query.tsq",
                ][..],
                &[
                    "ts",
                    "-reply",
                    "-config",
                    "tsa.cnf",
                    "-queryfile",
                    "query.tsq",
                    "-token_out",
                    "-out",
                    "token.der",
                ],
            ] {
                let output = openssl.run(arguments);
                assert!(output.status.success(), "{name} {reference}: {}", shown(&output));
            }
            let token = Token::from_der(&openssl.read("token.der")).unwrap();
            assert_eq!(
                token.verify(&[]).unwrap(),
                &world.unit.certificate,
                "{name} {reference}"
            );
            assert!(
                token.covers(DATA) && !token.covers(b"other"),
                "{name} {reference}"
            );
            assert_eq!(token.imprint_digest(), digest);
            assert_eq!(token.policy(), "1.2.3.4.1");
            assert_eq!(token.accuracy().unwrap().0.as_millis(), 1500);
            assert!(token.nonce().is_some(), "the query brought one");
        }
    }
}
