//! The OCSP responder: what it answers is accepted by whoever follows the standards, and each way of going wrong is
//! noticed.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]
mod support;

use axum::{Router, body::Body};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use http::{HeaderMap, Method, Request, StatusCode, header};
use jiff::{SignedDuration, Timestamp};
use procura_crypto::Digest;
use procura_pki::{
    Certificate, Crl, OcspError, OcspRequest, OcspResponse, RevocationStatus, Statement, ocsp::ResponseStatus,
};
use procura_sandbox::{
    ecosystem::Ecosystem,
    ocsp::{Behaviour, OcspResponder},
    world::{Ca, Party, folder},
};
use procura_service::{Clock, SystemRng};
use std::{
    process::Command,
    sync::{Arc, Mutex},
};
use support::{made_at, world};
use tower::ServiceExt;

const NONCE: [u8; 32] = [0x5a; 32];

struct Watch(Mutex<Timestamp>);
impl Clock for Watch {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }
}
fn watch() -> Arc<Watch> {
    Arc::new(Watch(Mutex::new(made_at())))
}
fn responder() -> OcspResponder {
    OcspResponder::of(Arc::new(world().clone()), watch()).unwrap()
}
fn ca(ca: Ca) -> Certificate {
    Certificate::from_der(world().authority(ca).unwrap()).unwrap()
}
fn party(party: Party) -> Certificate {
    Certificate::from_der(world().party(party).unwrap().certificate()).unwrap()
}
fn question(of: Party, issuer: Ca) -> OcspRequest {
    OcspRequest::new(&party(of), &ca(issuer), Some(&NONCE)).unwrap()
}
/// What the responder says of somebody, once it went over the wire.
fn asked(responder: &OcspResponder, of: Party, issuer: Ca) -> Result<Statement, OcspError> {
    let answer = responder.answer(&question(of, issuer).der());
    OcspResponse::from_der(&answer)?.statement(&party(of), &ca(issuer), &[])
}

#[test]
fn the_responder_says_what_the_crls_say() {
    let responder = responder();
    let mut revoked = 0;
    for issuer in Ca::ALL {
        let crl = Crl::from_der(world().crl(issuer).unwrap()).unwrap();
        let issued = Party::ALL.into_iter().map(party).chain(Ca::ALL.map(ca));
        for certificate in issued.filter(|c| c.issuer().matches(ca(issuer).subject())) {
            // The clone of the seal is signed by nobody, the root by itself.
            if !certificate.is_signed_by(&ca(issuer)) || certificate.is_self_issued() {
                continue;
            }
            let request = OcspRequest::new(&certificate, &ca(issuer), Some(&NONCE)).unwrap();
            let response = OcspResponse::from_der(&responder.answer(&request.der())).unwrap();
            assert!(response.has_nonce(&NONCE));
            let told = response.statement(&certificate, &ca(issuer), &[]).unwrap();
            let listed = crl.statement(&certificate, &ca(issuer), None).unwrap();
            assert_eq!(told.status, listed.status, "{certificate:?}");
            assert!(told.is_current_at(made_at()));
            assert!(!told.is_current_at(made_at() + SignedDuration::from_hours(2)));
            assert_eq!(told.cert_hash_matches, Some(true));
            assert!(told.knows(&certificate));
            let delegate = told.responder.unwrap();
            assert!(delegate.has_ocsp_no_check() && !told.responder_needs_revocation_check);
            assert!(delegate.is_signed_by(&ca(issuer)));
            revoked += usize::from(matches!(
                told.status,
                RevocationStatus::Revoked { reason: Some(1), .. }
            ));
        }
    }
    assert_eq!(revoked, 1);
}

#[test]
fn an_expired_certificate_is_still_known() {
    let told = asked(&responder(), Party::ExpiredSeal, Ca::SealsIssuing).unwrap();
    assert!(party(Party::ExpiredSeal).not_after() < made_at());
    assert!(told.knows(&party(Party::ExpiredSeal)));
}

#[test]
fn the_issuer_may_be_named_by_sha_256() {
    let (seal, issuer) = (party(Party::GoodAirSeal), ca(Ca::SealsIssuing));
    let request = OcspRequest::by_digest(&seal, &issuer, None, Digest::Sha256).unwrap();
    let response = OcspResponse::from_der(&responder().answer(&request.der())).unwrap();
    assert!(response.statement(&seal, &issuer, &[]).is_ok());
}

#[test]
fn certificates_without_a_record_are_unknown() {
    // A delegate's own certificate is on no record.
    let delegate = world()
        .ocsp_delegate(
            Ca::SealsIssuing,
            made_at(),
            SignedDuration::from_hours(24),
            &mut SystemRng,
        )
        .unwrap();
    let delegate = Certificate::from_der(delegate.certificate()).unwrap();
    let issuer = ca(Ca::SealsIssuing);
    let request = OcspRequest::new(&delegate, &issuer, None).unwrap();
    let response = OcspResponse::from_der(&responder().answer(&request.der())).unwrap();
    assert_eq!(
        response.statement(&delegate, &issuer, &[]),
        Err(OcspError::Unknown)
    );
    assert_eq!(
        asked(
            &responder().behaving(Behaviour::KnowingNobody),
            Party::GoodAirSeal,
            Ca::SealsIssuing
        ),
        Err(OcspError::Unknown)
    );
}

#[test]
fn the_certificates_of_others_are_not_answered_for() {
    let other = party(Party::Stranger);
    let request = OcspRequest::new(&other, &other, None).unwrap();
    assert_eq!(
        OcspResponse::from_der(&responder().answer(&request.der())).err(),
        Some(OcspError::Status(ResponseStatus::Unauthorized))
    );
}

#[test]
fn what_is_no_request_is_refused_as_malformed() {
    for octets in [&b""[..], b"nonsense", &[0x30, 0x00]] {
        assert_eq!(
            OcspResponse::from_der(&responder().answer(octets)).err(),
            Some(OcspError::Status(ResponseStatus::MalformedRequest))
        );
    }
}

#[test]
fn each_way_of_going_wrong_is_noticed() {
    let response = |behaviour| {
        let answer = responder()
            .behaving(behaviour)
            .answer(&question(Party::GoodAirSeal, Ca::SealsIssuing).der());
        OcspResponse::from_der(&answer)
    };
    let statement =
        |behaviour| response(behaviour)?.statement(&party(Party::GoodAirSeal), &ca(Ca::SealsIssuing), &[]);
    assert!(statement(Behaviour::Sound).is_ok());
    assert_eq!(
        statement(Behaviour::Failing(ResponseStatus::TryLater)),
        Err(OcspError::Status(ResponseStatus::TryLater))
    );
    assert_eq!(statement(Behaviour::OtherKey), Err(OcspError::Signature));
    assert_eq!(statement(Behaviour::KnowingNobody), Err(OcspError::Unknown));
    for behaviour in [Behaviour::WithoutNonce, Behaviour::OtherNonce] {
        assert!(!response(behaviour).unwrap().has_nonce(&NONCE));
    }
    for (minutes, current) in [(30, true), (24 * 60, false)] {
        let stale = statement(Behaviour::Stale(SignedDuration::from_mins(minutes))).unwrap();
        assert_eq!(stale.is_current_at(made_at()), current);
    }
}

#[test]
fn delegates_are_made_anew_before_their_certificates_expire() {
    let clock = watch();
    let responder = OcspResponder::of(Arc::new(world().clone()), clock.clone()).unwrap();
    let delegate = || {
        let told = asked(&responder, Party::GoodAirSeal, Ca::SealsIssuing).unwrap();
        told.responder.unwrap()
    };
    let first = delegate();
    *clock.0.lock().unwrap() += SignedDuration::from_hours(24 * 10);
    assert_eq!(delegate(), first);
    *clock.0.lock().unwrap() += SignedDuration::from_hours(24 * 10);
    let second = delegate();
    assert_ne!(second, first);
    assert!(second.not_before() < first.not_after());
}

async fn send(router: Router, request: Request<Body>) -> (StatusCode, HeaderMap, Vec<u8>) {
    let (parts, body) = router.oneshot(request).await.unwrap().into_parts();
    let body = axum::body::to_bytes(body, 1 << 20).await.unwrap().to_vec();
    (parts.status, parts.headers, body)
}
fn post(content_type: &str, body: Vec<u8>) -> Request<Body> {
    Request::builder()
        .method(Method::POST)
        .uri("/ocsp")
        .header(header::CONTENT_TYPE, content_type)
        .body(Body::from(body))
        .unwrap()
}
fn is_about_the_seal(answer: (StatusCode, HeaderMap, Vec<u8>)) {
    let (status, headers, body) = answer;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(headers[header::CONTENT_TYPE], "application/ocsp-response");
    let response = OcspResponse::from_der(&body).unwrap();
    let told = response.statement(&party(Party::GoodAirSeal), &ca(Ca::SealsIssuing), &[]);
    assert!(matches!(told.unwrap().status, RevocationStatus::Good { .. }));
}

#[tokio::test]
async fn the_ecosystem_answers_by_post_and_by_get() {
    let folder = tempfile::tempdir().unwrap();
    folder::save(world(), folder.path()).unwrap();
    let router = Ecosystem::open(folder.path(), watch()).unwrap().router();
    let request = question(Party::GoodAirSeal, Ca::SealsIssuing).der();
    is_about_the_seal(send(router.clone(), post("application/ocsp-request", request.clone())).await);
    // Slash, plus and equals sign stand as they are or percent-encoded.
    let plain = STANDARD.encode(&request);
    let encoded = plain.replace('/', "%2F").replace('+', "%2B").replace('=', "%3D");
    for path in [plain, encoded] {
        let get = Request::get(format!("/ocsp/{path}")).body(Body::empty()).unwrap();
        is_about_the_seal(send(router.clone(), get).await);
    }
    // Without a nonce it is short enough for our own client to ask so.
    let (seal, issuer) = (party(Party::GoodAirSeal), ca(Ca::SealsIssuing));
    let short = OcspRequest::new(&seal, &issuer, None).unwrap();
    let url = short.url(&seal.ocsp_urls()[0]).unwrap();
    let get = Request::get(url).body(Body::empty()).unwrap();
    is_about_the_seal(send(router.clone(), get).await);
    let get = Request::get("/ocsp/no-base64").body(Body::empty()).unwrap();
    let (_, _, refused) = send(router.clone(), get).await;
    assert_eq!(refused, ResponseStatus::MalformedRequest.response_der());
    let (status, _, _) = send(router, post("text/plain", request)).await;
    assert_eq!(status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
}

#[tokio::test]
async fn errors_of_the_transport_are_played_as_well() {
    let ask = async |behaviour| {
        let router = responder().behaving(behaviour).router("/ocsp");
        let request = question(Party::GoodAirSeal, Ca::SealsIssuing).der();
        send(router, post("application/ocsp-request", request)).await
    };
    let down = ask(Behaviour::HttpError(StatusCode::BAD_GATEWAY)).await;
    assert_eq!((down.0, down.2.len()), (StatusCode::BAD_GATEWAY, 0));
    let (_, _, garbage) = ask(Behaviour::Garbage).await;
    assert!(matches!(
        OcspResponse::from_der(&garbage),
        Err(OcspError::Malformed(_))
    ));
}

#[tokio::test]
async fn certificates_name_the_responder() {
    for named in [Party::GoodAirSeal, Party::Coo, Party::RevokedSeal] {
        assert_eq!(party(named).ocsp_urls(), ["http://127.0.0.1:4710/ocsp"]);
    }
    assert!(ca(Ca::Root).ocsp_urls().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn openssl_asks_and_accepts_the_answer() {
    if Command::new("openssl").arg("version").output().is_err() {
        println!("skipped: no openssl program");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    folder::save(world(), folder.path()).unwrap();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let router = responder().router("/ocsp");
    let server = tokio::spawn(async move { axum::serve(listener, router).await });
    let certificate = |stem: &str| folder.path().join(folder::certificate(stem));
    let issuer = certificate(Ca::SealsIssuing.stem());
    for (of, told) in [(Party::GoodAirSeal, ": good"), (Party::RevokedSeal, ": revoked")] {
        let mut openssl = Command::new("openssl");
        openssl
            .args(["ocsp", "-partial_chain", "-validity_period", "9999999999"])
            .args(["-attime", &made_at().as_second().to_string()])
            .args(["-url", &format!("http://127.0.0.1:{port}/ocsp")])
            .arg("-issuer")
            .arg(&issuer)
            .arg("-CAfile")
            .arg(&issuer)
            .arg("-cert")
            .arg(certificate(of.stem()));
        let output = tokio::task::spawn_blocking(move || openssl.output())
            .await
            .unwrap()
            .unwrap();
        let output = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
        assert!(output.contains("Response verify OK"), "{output}");
        assert!(output.contains(told), "{output}");
        assert!(!output.contains("nonce"), "{output}");
    }
    server.abort();
}
