//! Certificates, and what is said of their revocation.
use crate::world::WORLD;
use procura_crypto::digest::sha256;
use procura_pki::{
    Certificate, CertificatePool, Crl, OcspRequest, OcspResponse, PathOptions, Statement, path,
};

/// A certificate in DER, or certificates in PEM.
///
/// # Panics
/// Where a rule is broken.
pub fn certificates(bytes: &[u8]) {
    if let Ok(text) = core::str::from_utf8(bytes) {
        for one in Certificate::from_pem(text).unwrap_or_default() {
            assert_eq!(Certificate::from_der(one.der()).as_ref(), Ok(&one));
        }
    }
    let Ok(certificate) = Certificate::from_der(bytes) else {
        assert!(
            CertificatePool::default().read(bytes).is_err(),
            "a pool takes more"
        );
        return;
    };
    assert_eq!(certificate.der(), bytes, "it is not kept as it was transmitted");
    assert_eq!(certificate.sha256(), sha256(bytes));
    let pooled = CertificatePool::default().read(bytes);
    assert_eq!(pooled.as_ref(), Ok(&certificate), "a pool reads it otherwise");
    let again = Certificate::from_der(bytes).expect("it was read before");
    let said = |one: &Certificate| {
        let claims = (one.qc_statements().clone(), one.organization_identifier());
        let names = (one.subject().to_string(), one.issuer().to_string());
        let uses = (
            one.key_usage(),
            one.is_ca(),
            one.policies().to_vec(),
            one.extended_key_usage().map(<[_]>::to_vec),
        );
        let sources = (
            one.crl_urls().to_vec(),
            one.ocsp_urls().to_vec(),
            one.ca_issuers_urls().to_vec(),
        );
        format!(
            "{claims:?} {names:?} {uses:?} {sources:?} {:?} {:?}",
            one.public_key(),
            one.signature_scheme()
        )
    };
    assert_eq!(said(&certificate), said(&again), "read twice, it says two things");
    let urls = certificate.crl_urls().iter().chain(certificate.ocsp_urls());
    for url in urls.chain(certificate.ca_issuers_urls()) {
        let url = url.to_ascii_lowercase();
        assert!(
            url.starts_with("http://") || url.starts_with("https://"),
            "{url} would be fetched"
        );
    }
    drop((path::may_sign(&certificate), path::may_time_stamp(&certificate)));
    let world = &*WORLD;
    let is_ours = world.certificates.contains(&certificate.sha256());
    for issuer in [&world.root, &world.authority, &world.stamps] {
        assert!(
            is_ours || !certificate.is_signed_by(issuer),
            "a certificate verifies that nobody issued"
        );
    }
    let candidates = [world.authority.clone(), world.seal.clone(), certificate.clone()];
    let options = PathOptions::default();
    for anchors in [&world.anchors.signatures, &world.anchors.time_stamps] {
        let found = path::find(&certificate, &candidates, anchors, world.now, &options);
        assert!(
            is_ours || found.is_err(),
            "a path leads to a certificate that nobody issued"
        );
        // As an issuer, it leads nobody there.
        let below = path::find(
            &world.seal,
            core::slice::from_ref(&certificate),
            anchors,
            world.now,
            &options,
        );
        assert!(
            is_ours || below.is_err(),
            "a path leads over a certificate that nobody issued"
        );
    }
}

/// A list of revoked certificates in DER or PEM.
///
/// # Panics
/// Where a rule is broken.
pub fn crls(bytes: &[u8]) {
    let Ok(list) = Crl::from_der(bytes) else { return };
    let again = Crl::from_der(list.der()).expect("it was read before");
    let world = &*WORLD;
    for (certificate, issuer) in [
        (&world.seal, &world.authority),
        (&world.authority, &world.root),
        (&world.units[0], &world.stamps),
    ] {
        let said = list.statement(certificate, issuer, None);
        assert_eq!(
            said,
            again.statement(certificate, issuer, None),
            "judged twice, it is two things"
        );
        assert!(
            said.is_err() || world.lists.contains(&sha256(list.der())),
            "a list counts that nobody signed"
        );
    }
}

/// An answer of an OCSP responder, bare or whole, or a question to it.
///
/// # Panics
/// Where a rule is broken.
pub fn ocsp(bytes: &[u8]) {
    if let Ok(request) = OcspRequest::from_der(bytes) {
        assert!(!request.certificates().is_empty());
        if !request.has_unknown_critical_extension() {
            let again = OcspRequest::from_der(&request.der()).expect("what is written can be read");
            assert_eq!(request, again, "written and read, it is another");
        }
        drop(request.url("http://ocsp.example/"));
    }
    let world = &*WORLD;
    for response in [OcspResponse::from_der(bytes), OcspResponse::from_basic_der(bytes)] {
        let Ok(response) = response else { continue };
        assert_eq!(response.der(), bytes, "it is not kept as it was transmitted");
        let bare = OcspResponse::from_basic_der(response.basic_der()).expect("it was read before");
        let candidates = [world.responder.clone()];
        let said = response.statement(&world.seal, &world.authority, &candidates);
        let mut bare_said = bare.statement(&world.seal, &world.authority, &candidates);
        // But for the octets in which it says it.
        if let (Ok(whole), Ok(bare)) = (&said, &mut bare_said) {
            bare.sha256 = whole.sha256;
        }
        assert_eq!(said, bare_said, "bare, it says something else");
        if let Ok(statement) = said {
            assert!(
                world.answers.contains(&answer(&statement)),
                "an answer counts that nobody signed"
            );
        }
    }
}

/// What of an answer is signed.
pub(crate) fn answer(statement: &Statement) -> String {
    let times = (
        statement.this_update,
        statement.next_update,
        statement.produced_at,
    );
    format!("{:?} {times:?}", statement.status)
}
