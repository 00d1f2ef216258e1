//! The time-stamping authority: what it issues is accepted by whoever follows the standards, and each way of going
//! wrong is noticed.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod support;

use axum::{Router, body::Body};
use http::{HeaderMap, Method, StatusCode, header};
use jiff::{SignedDuration, Timestamp};
use procura_ades::{
    Token, TokenError,
    tsp::{Failure, QUERY, REPLY, Request, Response, Status, TspError},
};
use procura_crypto::Digest;
use procura_pki::{Anchor, Certificate, Crl, RevocationStatus, path};
use procura_sandbox::{
    ecosystem::Ecosystem,
    time_stamping::{Behaviour, POLICY, SerialNumbers, TimeStampingAuthority},
    world::{Ca, Party, folder},
};
use procura_service::{Clock, SystemRng, config::Limits};
use procura_trust_list::signature::{Signers, verify};
use std::{collections::BTreeSet, path::Path, process::Command, sync::Arc};
use support::{made_at, world};
use tower::ServiceExt;

const DATA: &[u8] = b"signature value";

struct Stopped;
impl Clock for Stopped {
    fn now(&self) -> Timestamp {
        made_at()
    }
}
fn authority() -> TimeStampingAuthority {
    let serials = SerialNumbers::in_memory(&mut SystemRng);
    TimeStampingAuthority::of(world(), serials, Arc::new(Stopped)).unwrap()
}
fn question() -> Request {
    Request::new(Digest::Sha256, Digest::Sha256.of(DATA), &mut SystemRng)
}
async fn post(router: Router, content_type: &str, body: Vec<u8>) -> (StatusCode, HeaderMap, Vec<u8>) {
    let request = http::Request::builder()
        .method(Method::POST)
        .uri("/tsa")
        .header(header::CONTENT_TYPE, content_type)
        .body(Body::from(body))
        .unwrap();
    let (parts, body) = router.oneshot(request).await.unwrap().into_parts();
    let body = axum::body::to_bytes(body, 1 << 20).await.unwrap().to_vec();
    (parts.status, parts.headers, body)
}
/// What comes of asking the authority, once it went over the wire.
fn asked(authority: &TimeStampingAuthority, request: &Request) -> Result<Token, TspError> {
    let answer = authority.answer(&request.to_der().unwrap()).to_der().unwrap();
    Response::from_der(&answer)?.accept(request)
}
fn ca(ca: Ca) -> Certificate {
    Certificate::from_der(world().authority(ca).unwrap()).unwrap()
}

#[tokio::test]
async fn the_ecosystem_time_stamps_for_everybody() {
    let kept = tempfile::tempdir().unwrap();
    folder::save(world(), kept.path()).unwrap();
    let router = || {
        Ecosystem::open(kept.path(), Arc::new(Stopped))
            .unwrap()
            .served_router(Limits::default())
    };
    let mut serials = BTreeSet::new();
    // Each time as after a restart.
    for _ in 0..3 {
        let request = question().under_policy(POLICY);
        let (status, headers, body) = post(router(), QUERY, request.to_der().unwrap()).await;
        assert_eq!(status, StatusCode::OK);
        assert_eq!(headers[header::CONTENT_TYPE], REPLY);
        let token = Response::from_der(&body).unwrap().accept(&request).unwrap();
        assert_eq!(token.time(), made_at());
        assert!(token.covers(DATA));
        assert_eq!(token.accuracy().unwrap().0, SignedDuration::from_millis(500));
        assert_eq!(token.policy(), POLICY);
        assert!(serials.insert(token.serial().to_vec()));
    }
    let (status, _, _) = post(router(), "application/octet-stream", Vec::new()).await;
    assert_eq!(status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    let (status, _, body) = post(router(), QUERY, b"{}".to_vec()).await;
    assert_eq!(status, StatusCode::OK);
    let rejection = Response::from_der(&body).unwrap();
    assert_eq!(rejection.status(), Status::Rejection);
    assert_eq!(rejection.failures(), [Failure::BadDataFormat]);
}

#[test]
fn its_unit_is_trusted_by_the_service_for_time_stamps_and_by_no_other() {
    let token = asked(&authority(), &question()).unwrap();
    let unit = token.verify(&[]).unwrap();
    assert_eq!(
        unit.der(),
        world().party(Party::TimeStampingUnit).unwrap().certificate()
    );
    let find = |anchor| {
        path::find(
            unit,
            &[],
            &[Anchor(ca(anchor))],
            token.time(),
            &path::PathOptions::default(),
        )
    };
    find(Ca::TimeStamps).unwrap();
    for other in [Ca::Seals, Ca::Signatures, Ca::Seals2017] {
        let error = find(other).unwrap_err();
        assert!(matches!(error, path::PathError::NoPath { .. }), "{error}");
    }
    let crl = Crl::from_der(world().crl(Ca::TimeStamps).unwrap()).unwrap();
    let url = unit.crl_urls().first().map(String::as_str);
    let status = crl.status(unit, &ca(Ca::TimeStamps), url, made_at()).unwrap();
    assert!(matches!(status, RevocationStatus::Good { .. }));
}

#[test]
fn the_german_list_names_its_service_as_one_for_qualified_time_stamps() {
    let operator = Certificate::from_der(world().party(Party::ListOperator).unwrap().certificate()).unwrap();
    let list = world().list(procura_sandbox::world::ListFile::German).unwrap();
    let list = verify(list, &Signers::Certificates(vec![operator])).unwrap().list;
    let services: Vec<_> = list.providers[0]
        .services
        .iter()
        .filter(|service| service.periods[0].service_type.ends_with("/TSA/QTST"))
        .collect();
    assert_eq!(services.len(), 1);
    assert!(
        services[0]
            .certificates
            .iter()
            .any(|c| c.der() == ca(Ca::TimeStamps).der())
    );
}

#[test]
fn a_certificate_comes_only_when_it_was_asked_for() {
    let without = Request {
        certificate_requested: false,
        ..question()
    };
    let answer = authority().answer(&without.to_der().unwrap()).to_der().unwrap();
    let unit = Certificate::from_der(world().party(Party::TimeStampingUnit).unwrap().certificate()).unwrap();
    let token = Response::from_der(&answer)
        .unwrap()
        .accept_with(&without, &[unit])
        .unwrap();
    assert!(!token.brings_certificates());
}

#[test]
fn what_is_not_served_is_rejected_with_the_failure_of_the_standard() {
    let digest = |digest: Digest| Request::new(digest, digest.of(DATA), &mut SystemRng);
    for served in [Digest::Sha256, Digest::Sha384, Digest::Sha512] {
        asked(&authority(), &digest(served)).unwrap();
    }
    let cases = [
        (digest(Digest::Sha1).to_der().unwrap(), Failure::BadAlgorithm),
        (digest(Digest::Sha224).to_der().unwrap(), Failure::BadAlgorithm),
        (
            question().under_policy("1.2.3.4").to_der().unwrap(),
            Failure::UnacceptedPolicy,
        ),
        // Version 2: the third octet of the content is that of the version.
        (
            {
                let mut der = question().to_der().unwrap();
                der[4] = 2;
                der
            },
            Failure::BadRequest,
        ),
        (b"no DER".to_vec(), Failure::BadDataFormat),
    ];
    for (request, failure) in cases {
        let answer = authority().answer(&request).to_der().unwrap();
        let answer = Response::from_der(&answer).unwrap();
        assert_eq!(answer.status(), Status::Rejection);
        assert_eq!(answer.failures(), [failure]);
    }
}

#[test]
fn each_misbehaviour_is_noticed_for_what_it_is() {
    let misbehaving = |behaviour| asked(&authority().behaving(behaviour), &question()).unwrap_err();
    assert_eq!(
        misbehaving(Behaviour::OtherKey),
        TspError::Token(TokenError::Signature)
    );
    assert_eq!(misbehaving(Behaviour::WrongImprint), TspError::Imprint);
    assert_eq!(misbehaving(Behaviour::WrongNonce), TspError::Nonce);
    assert_eq!(
        misbehaving(Behaviour::WithoutCertificate),
        TspError::CertificateMissing
    );
    let rejected = misbehaving(Behaviour::Rejecting(Failure::TimeNotAvailable));
    assert!(rejected.to_string().contains("timeNotAvailable"), "{rejected}");
    let request = question().under_policy(POLICY);
    let error = asked(&authority().behaving(Behaviour::WrongPolicy), &request).unwrap_err();
    assert!(matches!(error, TspError::Policy { .. }), "{error}");
    let off = SignedDuration::from_hours(-2);
    let token = asked(&authority().behaving(Behaviour::ClockOff(off)), &question()).unwrap();
    let timely = token.check_timely(made_at(), made_at(), SignedDuration::from_mins(5));
    assert!(matches!(timely, Err(TspError::Time { .. })));
}

#[tokio::test]
async fn misbehaviour_over_http_is_what_it_says() {
    let answer = |behaviour| {
        let body = question().to_der().unwrap();
        post(authority().behaving(behaviour).router("/tsa"), QUERY, body)
    };
    let (status, _, _) = answer(Behaviour::HttpError(StatusCode::SERVICE_UNAVAILABLE)).await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
    let (_, _, body) = answer(Behaviour::Garbage).await;
    assert!(Response::from_der(&body).is_err());
    let (_, headers, _) = answer(Behaviour::Page).await;
    assert_ne!(headers[header::CONTENT_TYPE], REPLY);
}

/// OpenSSL writes the question and judges the answer, by the certificates of the services.
#[test]
fn openssl_verifies_what_the_authority_issues() {
    if !Command::new("openssl")
        .arg("version")
        .output()
        .is_ok_and(|o| o.status.success())
    {
        println!("skipped: no openssl");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    std::fs::write(at("data"), DATA).unwrap();
    let mut anchors = String::new();
    for authority in [Ca::TimeStamps, Ca::Root] {
        let kept = folder::certificate(authority.stem());
        let world_folder = folder.path().join("world");
        if !world_folder.exists() {
            folder::save(world(), &world_folder).unwrap();
        }
        anchors += &std::fs::read_to_string(world_folder.join(kept)).unwrap();
    }
    std::fs::write(at("anchors.pem"), anchors).unwrap();
    for more in [&["-cert"][..], &["-cert", "-tspolicy", POLICY, "-no_nonce"]] {
        let (data, query) = (at("data"), at("query.tsq"));
        let mut arguments = vec!["ts", "-query", "-data", &data, "-sha256", "-out", &query];
        arguments.extend(more);
        openssl(&arguments);
        let answer = authority().answer(&std::fs::read(&query).unwrap());
        std::fs::write(at("reply.tsr"), answer.to_der().unwrap()).unwrap();
        let (reply, anchors) = (at("reply.tsr"), at("anchors.pem"));
        let said = openssl(&[
            "ts",
            "-verify",
            "-in",
            &reply,
            "-queryfile",
            &query,
            "-CAfile",
            &anchors,
        ]);
        assert!(said.contains("Verification: OK"), "{said}");
    }
    // What we ask, OpenSSL can read.
    let ours = Path::new(&at("ours.tsq")).to_owned();
    std::fs::write(&ours, question().under_policy(POLICY).to_der().unwrap()).unwrap();
    let said = openssl(&["ts", "-query", "-in", ours.to_str().unwrap(), "-text"]);
    assert!(
        said.contains("Certificate required: yes") && said.contains(POLICY),
        "{said}"
    );
}
fn openssl(arguments: &[&str]) -> String {
    let output = Command::new("openssl").args(arguments).output().unwrap();
    let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    assert!(output.status.success(), "openssl {arguments:?}: {said}");
    said
}
