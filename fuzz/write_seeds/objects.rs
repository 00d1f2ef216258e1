//! Certificates, lists, answers and tokens: what stands in documents as DER.
use crate::{
    authority::{Unit, reference_by_sha512},
    forge::*,
    responder::{self, Answer, NONCE, World, octets, purposes},
    scene::{ARCHIVED, COLLECTED, PROVEN, Scene, list, token},
    write as write_seed,
};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use procura_ades::{
    Token,
    tsp::{Failure, Request as Question, Response},
};
use procura_crypto::{Digest, Rng};
use procura_fuzz::world::NOW;
use procura_pki::{Certificate, OcspRequest};
use serde_json::Value;

struct Sevens;
impl Rng for Sevens {
    fn fill(&mut self, out: &mut [u8]) {
        out.fill(7);
    }
}

pub fn write(scene: &Scene, plain: &Value) {
    tokens(scene, plain["signature"].as_str().unwrap().as_bytes());
    certificates(scene);
    lists(scene);
    answers(scene);
}

fn tokens(scene: &Scene, signature: &[u8]) {
    write_seed("tokens", "first.tst", token(&scene.first, signature, PROVEN));
    write_seed("tokens", "second.tst", token(&scene.second, signature, ARCHIVED));
    let over = |unit: &Unit, change: &dyn Fn(&mut crate::authority::Parts)| {
        let mut parts = unit.over(signature);
        change(&mut parts);
        unit.sign(&parts)
    };
    let reference = reference_by_sha512(&scene.first.certificate);
    write_seed(
        "tokens",
        "sha512-reference.tst",
        over(&scene.first, &|parts| {
            parts.attributes.reference = Some(reference.clone());
        }),
    );
    write_seed(
        "tokens",
        "without-certificates.tst",
        over(&scene.first, &|parts| parts.certificates.clear()),
    );
    write_seed(
        "tokens",
        "accuracy.tst",
        over(&scene.first, &|parts| {
            let accuracy = seq(&[integer(1), tlv(0x80, &[1, 0xf4]), tlv(0x81, &[100])]);
            parts
                .after_serial
                .extend([accuracy, boolean(true), tlv(2, &[0x42, 0x42])]);
            parts.certificates.push(scene.stamps_certificate.der().to_vec());
        }),
    );
    let question = Question::new(Digest::Sha256, Digest::Sha256.of(signature), &mut Sevens);
    write_seed("world", "request.tsq", question.to_der().unwrap());
    write_seed("time_stamping", "request.tsq", question.to_der().unwrap());
    let policy = question.clone().under_policy("1.2.3.4");
    write_seed("time_stamping", "request-policy.tsq", policy.to_der().unwrap());
    let nonce = question.nonce.clone().unwrap();
    let granted = over(&scene.first, &|parts| parts.after_serial.push(tlv(2, &nonce)));
    let granted = Response::granted(Token::from_der(&granted).unwrap());
    granted.accept(&question).unwrap();
    write_seed("time_stamping", "granted.tsr", granted.to_der().unwrap());
    let rejected = Response::rejected(Failure::UnacceptedPolicy, "not this policy");
    write_seed("time_stamping", "rejected.tsr", rejected.to_der().unwrap());
}

fn certificates(scene: &Scene) {
    let claims = seq(&[
        seq(&[oid("0.4.0.1862.1.1")]),
        seq(&[oid("0.4.0.1862.1.4")]),
        seq(&[oid("0.4.0.1862.1.6"), seq(&[oid("0.4.0.1862.1.6.2")])]),
        seq(&[
            oid("0.4.0.1862.1.5"),
            seq(&[seq(&[
                tlv(0x16, b"https://example.org/pds"),
                tlv(PRINTABLE, b"en"),
            ])]),
        ]),
    ]);
    let access = |method: &str, url: &str| seq(&[oid(method), tlv(0x86, url.as_bytes())]);
    let qualified = Issuer::of(
        name(&[
            ("2.5.4.6", PRINTABLE, "DE"),
            (ORGANIZATION, UTF8, "GoodAir"),
            ("2.5.4.97", UTF8, "VATDE-123456789"),
            (COMMON_NAME, UTF8, "GoodAir Seal"),
        ]),
        scene_kind(),
    );
    let qualified = qualified
        .leaf()
        .with(crl_points(&["http://crl.example/ca.crl"]))
        .with(extension("1.3.6.1.5.5.7.1.3", false, claims))
        .with(extension(
            "1.3.6.1.5.5.7.1.1",
            false,
            seq(&[
                access("1.3.6.1.5.5.7.48.1", "http://ocsp.example/"),
                access("1.3.6.1.5.5.7.48.2", "http://ca.example/ca.cer"),
            ]),
        ))
        .with(extension(
            "2.5.29.32",
            false,
            seq(&[seq(&[oid("0.4.0.194112.1.3")])]),
        ))
        .with(extension("2.5.29.14", false, octets(&[7; 20])))
        .with(extension("2.5.29.35", false, seq(&[tlv(0x80, &[8; 20])])))
        .signed_by(&scene.authority);
    let all: [(&str, &Certificate); 7] = [
        ("root", &scene.root_certificate),
        ("authority", &scene.authority_certificate),
        ("seal", &scene.certificate),
        ("stamps", &scene.stamps_certificate),
        ("unit-1", &scene.first.certificate),
        ("unit-2", &scene.second.certificate),
        ("qualified", &qualified),
    ];
    let mut pem = String::new();
    for (name, certificate) in all {
        write_seed("world", &format!("{name}.cer"), certificate.der());
        write_seed("certificates", &format!("{name}.cer"), certificate.der());
        pem += &armoured("CERTIFICATE", certificate.der());
    }
    write_seed("certificates", "all.pem", pem);
}
fn scene_kind() -> procura_crypto::KeyKind {
    procura_crypto::KeyKind::Ec(procura_crypto::Curve::P256)
}
fn armoured(label: &str, der: &[u8]) -> String {
    format!(
        "-----BEGIN {label}-----\n{}\n-----END {label}-----\n",
        BASE64_STANDARD.encode(der)
    )
}

fn lists(scene: &Scene) {
    let both = |name: &str, der: &[u8]| {
        write_seed("world", &format!("{name}.crl"), der);
        write_seed("crls", &format!("{name}.crl"), der);
    };
    let yesterday = (at(NOW) - jiff::SignedDuration::from_hours(24)).to_string();
    for (name, issuer) in [
        ("root", &scene.root),
        ("authority", &scene.authority),
        ("stamps", &scene.stamps),
    ] {
        both(&format!("{name}-now"), &list(issuer, &yesterday, &[]));
    }
    both(
        "revoked",
        &list(&scene.authority, COLLECTED, &[(&scene.certificate, COLLECTED)]),
    );
    let mut partial = scene
        .authority
        .crl()
        .with(issuing_point(Some("http://crl.example/ca.crl"), &[0x81]));
    let reason = extension("2.5.29.21", false, tlv(10, &[1]));
    partial = partial.revoke(&scene.certificate, COLLECTED, vec![reason]);
    both("partial", &partial.der());
    write_seed("crls", "authority.pem", armoured("X509 CRL", &partial.der()));
}

/// What the responder of the authority says of the seal.
pub fn answer(scene: &Scene, status: &[u8]) -> Answer {
    let mut answer = world(scene).delegated().one(|single| {
        single.status = status.to_vec();
        single.this_update = at(COLLECTED);
        single.next_update = Some(at(COLLECTED) + jiff::SignedDuration::from_hours(24));
    });
    answer.produced_at = at(COLLECTED);
    answer
}
fn world(scene: &Scene) -> World {
    use std::sync::OnceLock;
    static DELEGATE: OnceLock<(Issuer, Certificate)> = OnceLock::new();
    let (delegate, delegated) = DELEGATE.get_or_init(|| {
        let delegate = Issuer::new("OCSP responder 1");
        let request = World::request(&delegate)
            .with(purposes(&[responder::OCSP_SIGNING]))
            .with(responder::no_check())
            .valid("2026-01-01T00:00:00Z", "2040-01-01T00:00:00Z");
        let certificate = request.signed_by(&scene.authority);
        (delegate, certificate)
    });
    World {
        ca: scene.authority.clone(),
        issuer: scene.authority_certificate.clone(),
        leaf: scene.certificate.clone(),
        delegate: delegate.clone(),
        delegated: delegated.clone(),
    }
}
fn answers(scene: &Scene) {
    let world = world(scene);
    write_seed("world", "responder.cer", world.delegated.der());
    write_seed("certificates", "responder.cer", world.delegated.der());
    let good = answer(scene, &responder::good());
    write_seed("ocsp", "good.ors", good.der());
    write_seed("ocsp", "bare.ors", good.basic());
    write_seed("ocsp", "by-key.ors", good.clone().by_key().der());
    let nonce = extension(NONCE, false, octets(&[7; 16]));
    write_seed("ocsp", "nonce.ors", good.with(nonce).der());
    write_seed(
        "ocsp",
        "revoked.ors",
        answer(scene, &responder::revoked(COLLECTED, Some(1))).der(),
    );
    write_seed("ocsp", "unknown.ors", answer(scene, &responder::unknown()).der());
    write_seed("ocsp", "direct.ors", world.direct().der());
    write_seed("ocsp", "try-later.ors", seq(&[tlv(10, &[3])]));
    for (name, nonce) in [("request.orq", None), ("request-nonce.orq", Some([7_u8; 16]))] {
        let nonce = nonce.as_ref().map(<[u8; 16]>::as_slice);
        let request = OcspRequest::new(&scene.certificate, &scene.authority_certificate, nonce).unwrap();
        write_seed("ocsp", name, request.der());
    }
}
