//! Creating: what is prepared passes our own validation, and what comes back is verified before it leaves.
use crate::world::{PAYLOAD, World, at_noon, forge, forge::noon, x5c};
use jiff::SignedDuration;
use procura_jades::{CreateError, Profile, Sealing, prepare};
use procura_jose::{Algorithm, base64url, json};
use procura_pki::Certificate;

fn sealing<'a>(world: &World, chain: &'a [Certificate]) -> Sealing<'a> {
    Sealing {
        algorithm: world.algorithm,
        typ: "vc+jwt",
        kid: Some("did:elsi:VATES-12345678"),
        time: noon(),
        chain,
    }
}

#[test]
fn what_is_sealed_passes_the_credential_profile() {
    for algorithm in [
        Algorithm::Es256,
        Algorithm::Es384,
        Algorithm::Es512,
        Algorithm::Rs256,
        Algorithm::Ps256,
    ] {
        let world = World::with(algorithm);
        let chain = [world.certificate.clone()];
        let prepared = prepare(&sealing(&world, &chain), PAYLOAD).unwrap();
        let signature = world.seal.key.sign(algorithm.scheme(), prepared.bytes()).unwrap();
        let text = prepared.finish(&signature).unwrap();
        let sealed = at_noon(&text, Profile::Credential).unwrap();
        assert_eq!(sealed.payload(), PAYLOAD);
        assert_eq!(sealed.claimed_time, Some(noon()));
    }
}

#[test]
fn the_header_is_the_credential_profile_and_nothing_else() {
    let world = World::new();
    let sub = forge::Issuer::new("Sub CA");
    let chain = [
        world.seal.leaf().signed_by(&sub),
        sub.ca().signed_by(&world.ca),
        world.anchor().0,
    ];
    let prepared = prepare(&sealing(&world, &chain), PAYLOAD).unwrap();
    let text = core::str::from_utf8(prepared.bytes()).unwrap();
    let header = base64url::decode(text.split_once('.').unwrap().0).unwrap();
    let mut header = json::parse_object(&header, json::Limits::default()).unwrap();
    // The anchor stays out.
    assert_eq!(header["x5c"], serde_json::json!([x5c(&chain[0]), x5c(&chain[1])]));
    assert_eq!(header["x5t#S256"], base64url::encode(&chain[0].sha256()));
    header["x5c"] = "(two certificates)".into();
    header["x5t#S256"] = "(of the first)".into();
    insta::assert_json_snapshot!(header);
}

#[test]
fn the_bytes_that_are_signed_are_the_bytes_that_leave() {
    let world = World::new();
    let chain = [world.certificate.clone()];
    let prepared = prepare(&sealing(&world, &chain), PAYLOAD).unwrap();
    let bytes = prepared.bytes().to_vec();
    let signature = world.seal.key.sign(world.algorithm.scheme(), &bytes).unwrap();
    let text = prepared.finish(&signature).unwrap();
    assert_eq!(text.rsplit_once('.').unwrap().0.as_bytes(), bytes);
}

#[test]
fn a_signature_by_another_key_over_other_bytes_or_in_der_does_not_leave() {
    let world = World::new();
    let chain = [world.certificate.clone()];
    let prepared = prepare(&sealing(&world, &chain), PAYLOAD).unwrap();
    let scheme = world.algorithm.scheme();
    let good = world.seal.key.sign(scheme, prepared.bytes()).unwrap();
    for bad in [
        World::new().seal.key.sign(scheme, prepared.bytes()).unwrap(),
        world.seal.key.sign(scheme, PAYLOAD).unwrap(),
        procura_crypto::signature::fixed_to_der(&good),
        Vec::new(),
    ] {
        assert_eq!(prepared.clone().finish(&bad), Err(CreateError::NotVerified));
    }
    assert!(prepared.finish(&good).is_ok());
}

#[test]
fn nothing_is_prepared_that_our_own_validation_would_refuse() {
    let world = World::new();
    let chain = [world.certificate.clone()];
    let with = |sealing: Sealing<'_>| prepare(&sealing, PAYLOAD).unwrap_err();
    assert_eq!(with(sealing(&world, &[])), CreateError::NoCertificate);
    assert_eq!(
        with(Sealing {
            algorithm: Algorithm::Ps256,
            ..sealing(&world, &chain)
        }),
        CreateError::WrongKey
    );
    assert_eq!(
        with(Sealing {
            algorithm: Algorithm::Es384,
            ..sealing(&world, &chain)
        }),
        CreateError::WrongKey
    );
    let late = world.certificate.not_after() + SignedDuration::from_secs(1);
    assert!(matches!(
        with(Sealing {
            time: late,
            ..sealing(&world, &chain)
        }),
        CreateError::Validity { .. }
    ));
    let unused = [world.seal.request().signed_by(&world.ca)];
    assert!(matches!(with(sealing(&world, &unused)), CreateError::KeyUsage(_)));
    let disordered = [
        world.certificate.clone(),
        World::with(Algorithm::Es256).certificate,
    ];
    assert_eq!(with(sealing(&world, &disordered)), CreateError::Chain(1));
    // The name of the CA, and another key.
    let rekeyed = Certificate::from_der(&{
        let mut other = forge::Issuer::new("x");
        other.name.clone_from(&world.ca.name);
        other.ca().der_signed_by(&other)
    });
    let renamed = [world.certificate.clone(), rekeyed.unwrap()];
    assert_eq!(with(sealing(&world, &renamed)), CreateError::Chain(1));
    let holder = World::with(Algorithm::EdDsa);
    let chain = [holder.certificate.clone()];
    assert_eq!(with(sealing(&holder, &chain)), CreateError::Algorithm);
}
