//! What the certificates of the demo world say, and where their paths lead.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]
mod support;

use jiff::SignedDuration;
use procura_pki::{Anchor, Certificate, Crl, QcType, RevocationStatus, path};
use procura_sandbox::world::{Ca, Party, REPRESENTATIVE_POLICY, folder};
use std::os::unix::fs::PermissionsExt;
use support::{made_at, world};

fn certificate(party: Party) -> Certificate {
    Certificate::from_der(world().party(party).unwrap().certificate()).unwrap()
}
fn authority(ca: Ca) -> Certificate {
    Certificate::from_der(world().authority(ca).unwrap()).unwrap()
}
fn path_to(party: Party, anchors: &[Ca]) -> Result<path::Path, path::PathError> {
    let chain: Vec<_> = world()
        .party(party)
        .unwrap()
        .chain()
        .iter()
        .map(|der| Certificate::from_der(der).unwrap())
        .collect();
    let anchors: Vec<_> = anchors.iter().map(|ca| Anchor(authority(*ca))).collect();
    path::find(
        &chain[0],
        &chain[1..],
        &anchors,
        made_at(),
        &path::PathOptions::default(),
    )
}

#[test]
fn goodairs_seal_is_a_qualified_seal_of_a_legal_person() {
    let seal = certificate(Party::GoodAirSeal);
    assert_eq!(
        seal.organization_identifier().unwrap().unwrap().as_str(),
        "VATES-12345678"
    );
    let statements = seal.qc_statements();
    assert!(statements.compliance && statements.qscd && statements.legislation.is_empty());
    assert_eq!(statements.types, [QcType::ESeal]);
    assert!(statements.ids.contains(&"1.3.6.1.5.5.7.11.2".to_owned()));
    assert_eq!(seal.policies(), ["0.4.0.194112.1.3"]);
    assert_eq!(seal.subject().first("2.5.4.10"), Some("GoodAir"));
    assert_eq!(seal.subject().first("2.5.4.6"), Some("ES"));
    assert_eq!(
        seal.crl_urls(),
        ["http://127.0.0.1:4710/crl/realtruth-seals-issuing.crl"]
    );
    let usage = seal.key_usage().unwrap();
    assert!(usage.digital_signature && usage.non_repudiation && !usage.key_cert_sign && !seal.is_ca());
}

#[test]
fn the_coos_certificate_names_the_person_the_organisation_and_the_power_to_represent() {
    let coo = certificate(Party::Coo);
    for (attribute, value) in [
        ("2.5.4.3", "56565656V Jesus Ruiz"),
        ("2.5.4.5", "56565656V"),
        ("2.5.4.42", "Jesus"),
        ("2.5.4.4", "Ruiz"),
        ("2.5.4.97", "VATES-12345678"),
        ("2.5.4.10", "GoodAir"),
        ("2.5.4.6", "ES"),
    ] {
        assert_eq!(coo.subject().first(attribute), Some(value), "{attribute}");
    }
    assert_eq!(coo.qc_statements().types, [QcType::ESign]);
    assert_eq!(coo.policies(), ["0.4.0.194112.1.2", REPRESENTATIVE_POLICY]);
    assert!(
        !certificate(Party::Employee)
            .policies()
            .contains(&REPRESENTATIVE_POLICY.to_owned())
    );
}

#[test]
fn the_signer_of_the_list_of_lists_has_an_rsa_key_and_the_purpose_of_signing_lists() {
    let operator = certificate(Party::LotlOperator);
    assert!(matches!(
        operator.public_key().unwrap(),
        procura_crypto::PublicKey::Rsa { .. }
    ));
    assert_eq!(operator.extended_key_usage().unwrap(), ["0.4.0.2231.3.0"]);
    assert_eq!(operator.subject().first("2.5.4.6"), Some("EU"));
    assert_eq!(
        certificate(Party::ListOperator).subject().first("2.5.4.6"),
        Some("DE")
    );
}

#[test]
fn honest_paths_lead_to_their_services() {
    let path = path_to(Party::GoodAirSeal, &[Ca::Seals]).unwrap();
    assert_eq!(path.certificates.len(), 2, "the seal and the issuing CA");
    for (party, service) in [
        (Party::DomeSeal, Ca::Seals),
        (Party::BadAirSeal, Ca::Seals),
        (Party::Coo, Ca::Signatures),
        (Party::Employee, Ca::Signatures),
        (Party::RevokedSeal, Ca::Seals),
        (Party::Website, Ca::Seals),
        (Party::WithdrawnServiceSeal, Ca::Seals2017),
        (Party::SignaturesServiceSeal, Ca::Signatures),
    ] {
        assert!(path_to(party, &[service]).is_ok(), "{party:?}");
    }
}

#[test]
fn the_clone_has_the_names_of_the_seal_and_no_path() {
    let (seal, clone) = (certificate(Party::GoodAirSeal), certificate(Party::SealClone));
    assert_eq!(seal.subject(), clone.subject());
    assert_ne!(seal.public_key().unwrap(), clone.public_key().unwrap());
    let error = path_to(Party::SealClone, &[Ca::Seals, Ca::Signatures, Ca::Seals2017]).unwrap_err();
    assert!(matches!(error, path::PathError::NoPath { .. }), "{error}");
}

#[test]
fn the_expired_seal_is_expired_and_nothing_else() {
    let error = path_to(Party::ExpiredSeal, &[Ca::Seals]).unwrap_err();
    assert!(matches!(error, path::PathError::OutOfBounds { .. }), "{error}");
}

#[test]
fn the_crl_names_the_stolen_seal_only() {
    let issuer = authority(Ca::SealsIssuing);
    let crl = Crl::from_der(world().crl(Ca::SealsIssuing).unwrap()).unwrap();
    let url = "http://127.0.0.1:4710/crl/realtruth-seals-issuing.crl";
    let status = |party| {
        crl.status(&certificate(party), &issuer, Some(url), made_at())
            .unwrap()
    };
    assert!(matches!(
        status(Party::RevokedSeal),
        RevocationStatus::Revoked { reason: Some(1), .. }
    ));
    for party in [
        Party::GoodAirSeal,
        Party::DomeSeal,
        Party::BadAirSeal,
        Party::Website,
    ] {
        assert!(
            matches!(status(party), RevocationStatus::Good { .. }),
            "{party:?}"
        );
    }
    let above = Crl::from_der(world().crl(Ca::Seals).unwrap()).unwrap();
    let status = above
        .status(&issuer, &authority(Ca::Seals), None, made_at())
        .unwrap();
    assert!(matches!(status, RevocationStatus::Good { .. }));
}

#[test]
fn crls_are_renewed_after_half_a_day_with_the_next_number() {
    let mut world = world().clone();
    let number = world.index().crl_number;
    assert!(!world.renew(made_at() + SignedDuration::from_hours(12)).unwrap());
    assert_eq!(world.index().crl_number, number);
    let later = made_at() + SignedDuration::from_hours(13);
    assert!(world.renew(later).unwrap());
    assert_eq!(world.index().crl_number, number + 1);
    let crl = Crl::from_der(world.crl(Ca::SealsIssuing).unwrap()).unwrap();
    assert_eq!(crl.next_update(), Some(later + SignedDuration::from_hours(24)));
}

#[test]
fn a_saved_world_is_loaded_as_it_was_and_its_keys_are_private() {
    let folder = tempfile::tempdir().unwrap();
    assert!(!folder::holds_world(folder.path()));
    folder::save(world(), folder.path()).unwrap();
    assert!(folder::holds_world(folder.path()));
    let loaded = folder::load(folder.path()).unwrap();
    assert_eq!(loaded.index(), world().index());
    assert_eq!(loaded.registry(), world().registry());
    for party in Party::ALL {
        let (ours, theirs) = (world().party(party).unwrap(), loaded.party(party).unwrap());
        assert_eq!(ours.chain(), theirs.chain());
        assert_eq!(ours.key_pem(), theirs.key_pem());
        let file = std::fs::metadata(folder.path().join(folder::key(party.stem()))).unwrap();
        assert_eq!(file.permissions().mode() & 0o777, 0o600, "{party:?}");
    }
    for ca in Ca::ALL {
        assert_eq!(loaded.crl(ca).unwrap(), world().crl(ca).unwrap());
    }
}

#[test]
fn the_folder_holds_good_credentials_and_every_villain_with_its_reason() {
    let folder = tempfile::tempdir().unwrap();
    folder::save(world(), folder.path()).unwrap();
    let named = folder::villains(folder.path()).unwrap();
    for villain in world().villains().unwrap() {
        let entry = named[villain.name];
        assert_eq!((entry.refused_by, entry.lists), (villain.expected, villain.lists));
        assert!(
            folder
                .path()
                .join(format!("villains/{}.jwt", villain.name))
                .is_file()
        );
    }
    let good = std::fs::read_dir(folder.path().join("credentials"))
        .unwrap()
        .count();
    assert_eq!((named.len(), good), (10, 3));
}

#[test]
fn what_people_wrote_into_the_registry_stays() {
    let folder = tempfile::tempdir().unwrap();
    folder::save(world(), folder.path()).unwrap();
    std::fs::write(folder.path().join("registry.toml"), "participants = []\n").unwrap();
    folder::save(world(), folder.path()).unwrap();
    assert!(
        folder::load_registry(folder.path())
            .unwrap()
            .participants
            .is_empty()
    );
    std::fs::write(folder.path().join("registry.toml"), "participants = 7\n").unwrap();
    let error = folder::load_registry(folder.path()).unwrap_err().to_string();
    assert!(error.contains("registry.toml"), "{error}");
}

#[test]
fn debug_shows_no_key() {
    let shown = format!("{:?} {:?}", world(), world().party(Party::GoodAirSeal).unwrap());
    assert!(!shown.contains("PRIVATE"), "{shown}");
}
