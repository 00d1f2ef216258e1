//! Requests to OCSP responders.
mod forge;
#[expect(dead_code, reason = "forged answers are for ocsp.rs")]
mod responder;

use forge::*;
use procura_crypto::Digest;
use procura_pki::{OcspError, OcspRequest};
use responder::*;

/// `OCSPRequest` of these parts of the `TBSRequest`.
fn request(parts: &[Vec<u8>]) -> Vec<u8> {
    seq(&[seq(parts)])
}
fn certificate_id(world: &World) -> Vec<u8> {
    let single = world.single(SHA1, Digest::Sha1);
    seq(&[
        single.algorithm,
        octets(&single.name_hash),
        octets(&single.key_hash),
        tlv(2, &single.serial),
    ])
}
fn extension_list(oids: &[(&str, bool, Vec<u8>)]) -> Vec<u8> {
    let list: Vec<_> = oids
        .iter()
        .map(|(id, critical, value)| {
            let critical = if *critical { boolean(true) } else { Vec::new() };
            seq(&[oid(id), critical, octets(value)])
        })
        .collect();
    seq(&list)
}

#[test]
fn a_request_names_one_certificate_by_sha_1_of_its_issuer() {
    let world = World::new();
    let ours = OcspRequest::new(&world.leaf, &world.issuer, None).unwrap();
    assert_eq!(ours.der(), request(&[seq(&[seq(&[certificate_id(&world)])])]));
    assert_eq!(OcspRequest::from_der(&ours.der()).unwrap(), ours);
    assert!(ours.certificates()[0].is_issued_by(&world.issuer));
    assert!(!ours.certificates()[0].is_issued_by(&world.leaf));
    assert_eq!(ours.certificates()[0].serial(), world.leaf.serial());
}

#[test]
fn a_nonce_stands_as_an_octet_string_in_its_extension() {
    let world = World::new();
    let ours = OcspRequest::new(&world.leaf, &world.issuer, Some(b"sixteen octets!!")).unwrap();
    let nonce = extension_list(&[(NONCE, false, octets(b"sixteen octets!!"))]);
    let list = seq(&[seq(&[certificate_id(&world)])]);
    assert_eq!(ours.der(), request(&[list, tlv(0xa2, &nonce)]));
    assert_eq!(
        OcspRequest::from_der(&ours.der()).unwrap().nonce(),
        Some(&b"sixteen octets!!"[..])
    );
}

#[test]
fn a_nonce_has_1_to_32_octets() {
    let world = World::new();
    let with = |nonce: &[u8]| OcspRequest::new(&world.leaf, &world.issuer, Some(nonce)).map(|_| ());
    assert_eq!(with(&[]), Err(OcspError::Nonce(0)));
    assert_eq!(with(&[7; 33]), Err(OcspError::Nonce(33)));
    assert_eq!(with(&[7; 32]), Ok(()));
    assert_eq!(with(&[7]), Ok(()));
}

#[test]
fn a_short_request_may_be_asked_by_get() {
    use base64::Engine as _;
    let world = World::new();
    let request = OcspRequest::new(&world.leaf, &world.issuer, None).unwrap();
    for responder in ["http://ocsp.realtruth.example", "http://ocsp.realtruth.example/"] {
        let url = request.url(responder).unwrap();
        let path = url.strip_prefix("http://ocsp.realtruth.example/").unwrap();
        assert!(
            path.bytes()
                .all(|octet| octet.is_ascii_alphanumeric() || octet == b'%')
        );
        let text = path.replace("%2B", "+").replace("%2F", "/").replace("%3D", "=");
        let der = base64::engine::general_purpose::STANDARD.decode(text).unwrap();
        assert_eq!(der, request.der());
    }
    assert_eq!(request.url("http://realtruth.example/?of=ocsp"), None);
    let long = format!("http://realtruth.example/{}", "a".repeat(150));
    assert_eq!(request.url(&long), None);
}

#[test]
fn every_digest_names_the_issuer() {
    let world = World::new();
    for digest in [Digest::Sha1, Digest::Sha256, Digest::Sha384, Digest::Sha512] {
        let ours = OcspRequest::by_digest(&world.leaf, &world.issuer, None, digest).unwrap();
        let read = OcspRequest::from_der(&ours.der()).unwrap();
        assert!(read.certificates()[0].is_issued_by(&world.issuer), "{digest:?}");
    }
}

#[test]
fn what_others_may_add_to_a_request_is_read() {
    let world = World::new();
    let list = || seq(&[seq(&[certificate_id(&world)])]);
    let requestor = tlv(0xa1, &tlv(0xa4, &cn("Asker")));
    let read = OcspRequest::from_der(&request(&[tlv(0xa0, &integer(0)), requestor, list()])).unwrap();
    assert_eq!(read.certificates().len(), 1);
    // A signature, which is not looked at.
    let signature = tlv(0xa0, &seq(&[seq(&[oid(ECDSA_SHA256)]), tlv(3, &[0, 1])]));
    assert!(OcspRequest::from_der(&seq(&[seq(&[list()]), signature])).is_ok());
    let two = seq(&[seq(&[certificate_id(&world)]), seq(&[certificate_id(&world)])]);
    assert_eq!(
        OcspRequest::from_der(&request(&[two]))
            .unwrap()
            .certificates()
            .len(),
        2
    );
}

#[test]
fn an_unknown_critical_extension_of_a_request_is_noticed() {
    let world = World::new();
    for critical in [true, false] {
        let unknown = extension_list(&[("1.2.3.4", critical, vec![5, 0])]);
        let of_one = seq(&[seq(&[certificate_id(&world), tlv(0xa0, &unknown)])]);
        let of_all = seq(&[seq(&[certificate_id(&world)])]);
        for der in [request(&[of_one]), request(&[of_all, tlv(0xa2, &unknown)])] {
            let read = OcspRequest::from_der(&der).unwrap();
            assert_eq!(read.has_unknown_critical_extension(), critical);
        }
    }
}

#[test]
fn what_is_no_request_is_refused() {
    let world = World::new();
    let id = certificate_id(&world);
    let list = || seq(&[seq(core::slice::from_ref(&id))]);
    let twice = (NONCE, false, octets(b"1"));
    for der in [
        Vec::new(),
        b"nonsense".to_vec(),
        request(&[]),
        request(&[seq(&[])]),
        request(&[seq(&vec![seq(core::slice::from_ref(&id)); 17])]),
        request(&[tlv(0xa0, &integer(1)), list()]),
        request(&[list(), vec![5, 0]]),
        request(&[list(), tlv(0xa2, &extension_list(&[twice.clone(), twice]))]),
        request(&[
            list(),
            tlv(0xa2, &extension_list(&[(NONCE, false, b"bare".to_vec())])),
        ]),
        request(&[
            list(),
            tlv(0xa2, &extension_list(&[(NONCE, false, octets(&[7; 129]))])),
        ]),
        seq(&[seq(&[list()]), vec![5, 0]]),
        [request(&[list()]), vec![0]].concat(),
        request(&[seq(&[seq(&[seq(&[
            oid(SHA1),
            octets(b""),
            octets(b""),
            tlv(2, &[]),
        ])])])]),
        request(&[
            list(),
            tlv(0xa2, &extension_list(&[("1.2.3", false, vec![0; 17_000])])),
        ]),
    ] {
        assert!(
            matches!(OcspRequest::from_der(&der), Err(OcspError::Malformed(_))),
            "{der:?}"
        );
    }
}

proptest::proptest! {
    #![proptest_config(proptest::test_runner::Config { failure_persistence: None, ..Default::default() })]
    #[test]
    fn what_is_written_is_read_again(nonce in proptest::collection::vec(proptest::prelude::any::<u8>(), 1..=32)) {
        let world = World::new();
        let ours = OcspRequest::new(&world.leaf, &world.issuer, Some(&nonce)).unwrap();
        proptest::prop_assert_eq!(OcspRequest::from_der(&ours.der()), Ok(ours));
    }
}
