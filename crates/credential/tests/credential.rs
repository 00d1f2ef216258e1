//! Each rule of judging a credential, broken alone in a credential that is otherwise accepted.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on panics"
)]
mod goodair;

use goodair::{
    after, assert_accepted, assert_refused, changed, claims_of, expectations, facts, good, good_vc,
    judge_credential, judged, now, sealed, sealed_claims, stranger, with_header, world,
};
use procura_credential::{
    CheckName, Expectations, Facts, Fetched, Outcome,
    envelope::{self, Envelope},
    facts::IssuerRegistration,
    judge::{self, StatusPolicy},
    lear::Shape,
    status,
};
use procura_did::Did;
use procura_jose::{Algorithm, AlgorithmSet, base64url};
use procura_pki::{Certificate, Crl, OrganizationIdentifier};
use procura_sandbox::world::{BADAIR_DID, Ca, GOODAIR_DID, Party, REVOKED_INDEX, Sample};
use procura_trust_list::Snapshot;
use serde_json::{Value, json};
use std::sync::Arc;

fn have<T>(value: T) -> Fetched<T> {
    Fetched::Have { value, at: now() }
}
fn did(text: &str) -> Did {
    Did::parse(text).unwrap()
}
#[track_caller]
fn refused(raw: &str, by: CheckName) {
    assert_refused(
        &judge_credential(raw, &expectations(), &facts()),
        by,
        Outcome::Failed,
    );
}
#[track_caller]
fn unknown(raw: &str, by: CheckName) {
    assert_refused(
        &judge_credential(raw, &expectations(), &facts()),
        by,
        Outcome::Unknown,
    );
}
#[track_caller]
fn refused_with(change: impl FnOnce(&mut Facts), by: CheckName, outcome: Outcome) {
    let mut facts = facts();
    change(&mut facts);
    assert_refused(
        &judge_credential(&good(Shape::EmployeeV3), &expectations(), &facts),
        by,
        outcome,
    );
}
#[track_caller]
fn refused_expecting(change: impl FnOnce(&mut Expectations), by: CheckName) {
    let mut expectations = expectations();
    change(&mut expectations);
    assert_refused(
        &judge_credential(&good(Shape::EmployeeV3), &expectations, &facts()),
        by,
        Outcome::Failed,
    );
}

#[test]
fn every_shape_is_accepted() {
    for shape in [Shape::LearCredential, Shape::EmployeeV2, Shape::EmployeeV3] {
        let judged = judge_credential(&good(shape), &expectations(), &facts());
        assert_accepted(&judged);
        let proven = judged.1.unwrap();
        assert_eq!(proven.credential.shape, shape);
        assert_eq!(proven.sealed_by.did.as_str(), GOODAIR_DID);
        assert_eq!(
            judged
                .0
                .lists
                .iter()
                .map(|list| list.territory.as_str())
                .collect::<Vec<_>>(),
            ["EU", "DE"]
        );
    }
    assert_accepted(&judge_credential(&changed(|_| {}), &expectations(), &facts()));
}

/// What deployed issuers sent first is still read.
#[test]
fn version_1_is_accepted() {
    let vc = json!({
        "@context": ["https://www.w3.org/ns/credentials/v2", "https://trust-framework.dome-marketplace.eu/credentials/learcredentialemployee/v1"],
        "id": "16274fcc", "type": ["LEARCredentialEmployee", "VerifiableCredential"], "issuer": GOODAIR_DID,
        "validFrom": now().to_string(), "validUntil": after(1000).to_string(),
        "credentialStatus": status::entry(&world().origins().status_list(), 9),
        "credentialSubject": { "mandate": {
            "id": "m", "life_span": { "start_date_time": now().to_string(), "end_date_time": after(900).to_string() },
            "mandatee": { "id": world().holder().unwrap(), "first_name": "John", "last_name": "Doe", "email": "johndoe@goodair.com", "mobile_phone": "" },
            "mandator": { "commonName": "56565656V Jesus Ruiz", "country": "ES", "emailAddress": "a@goodair.com", "organization": "GoodAir", "organizationIdentifier": "VATES-12345678", "serialNumber": "56565656V" },
            "power": [{ "id": "1", "tmf_action": "Execute", "tmf_domain": "DOME", "tmf_function": "Onboarding", "tmf_type": "Domain" }],
            "signer": { "organizationIdentifier": "VATES-12345678" }
        } }
    });
    let raw = sealed(Party::GoodAirSeal, &vc, Envelope::VcClaim);
    let judged = judge_credential(&raw, &expectations(), &facts());
    assert_accepted(&judged);
    assert_eq!(judged.1.unwrap().credential.shape, Shape::EmployeeV1);
}

/// What peers of the ecosystem send: `sigT` in place of `iat`, typ `jose`. Accepted only by the profile for it.
#[test]
fn the_header_of_deployed_peers_is_accepted_by_their_profile_alone() {
    let raw = with_header(&good(Shape::EmployeeV2), Party::GoodAirSeal, |header| {
        header.remove("iat");
        header.insert("sigT".to_owned(), json!("2026-02-28T12:00:00Z"));
        header.insert("crit".to_owned(), json!(["sigT"]));
        header.insert("typ".to_owned(), json!("jose"));
    });
    refused(&raw, CheckName::Format);
    let mut expectations = expectations();
    expectations.profile = procura_jades::validate::Profile::Deployed;
    let judged = judge_credential(&raw, &expectations, &facts());
    assert_accepted(&judged);
    let tolerated = &judged.0.check(CheckName::Format).unwrap().detail;
    assert!(tolerated.contains("sigT"), "{tolerated}");
}

#[test]
fn format_is_refused() {
    let control = good(Shape::EmployeeV3);
    let parts: Vec<&str> = control.split('.').collect();
    let [header, payload, signature] = parts[..] else {
        panic!("not compact")
    };
    // One good and one bad signature, and the good one alone, in the JSON forms.
    let good = json!({ "protected": header, "signature": signature });
    let bad = json!({ "protected": header, "signature": base64url::encode(&[1; 64]) });
    refused(
        &json!({ "payload": payload, "signatures": [good, bad] }).to_string(),
        CheckName::Format,
    );
    refused(
        &json!({ "payload": payload, "protected": header, "signature": signature }).to_string(),
        CheckName::Format,
    );
    refused(&format!("{header}.{payload}"), CheckName::Format);
    refused(&format!("{control}="), CheckName::Format);
    for alg in ["none", "HS256"] {
        let mut changed = goodair::header_of(&control);
        changed.insert("alg".to_owned(), json!(alg));
        let header = base64url::encode(&serde_json::to_vec(&changed).unwrap());
        refused(&format!("{header}.{payload}.{signature}"), CheckName::Format);
    }
    let critical = with_header(&control, Party::GoodAirSeal, |header| {
        header.insert("crit".to_owned(), json!(["exp"]));
        header.insert("exp".to_owned(), json!(1));
    });
    refused(&critical, CheckName::Format);
    refused_expecting(
        |expected| expected.algorithms = AlgorithmSet::new(&[Algorithm::Rs256]),
        CheckName::Format,
    );
}

#[test]
fn a_signing_certificate_that_is_missing_or_not_the_one_meant_is_refused() {
    let control = good(Shape::EmployeeV3);
    let with =
        |change: fn(&mut serde_json::Map<String, Value>)| with_header(&control, Party::GoodAirSeal, change);
    refused(
        &with(|header| drop(header.remove("x5c"))),
        CheckName::SigningCertificate,
    );
    refused(
        &with(|header| drop(header.remove("x5t#S256"))),
        CheckName::SigningCertificate,
    );
    refused(
        &with(|header| drop(header.insert("x5t#S256".into(), json!(base64url::encode(&[0; 32]))))),
        CheckName::SigningCertificate,
    );
    refused(
        &with(|header| drop(header.insert("x5c".into(), json!(["AAAA"])))),
        CheckName::SigningCertificate,
    );
}

/// Signed with one's own key under another's certificate.
#[test]
fn a_signature_of_another_key_or_over_another_content_is_refused() {
    let control = good(Shape::EmployeeV3);
    refused(
        &with_header(&control, Party::BadAirSeal, |_| {}),
        CheckName::SealSignature,
    );
    let mut claims = claims_of(&control);
    claims["credentialSubject"]["mandate"]["mandatee"]["firstName"] = json!("Jane");
    let parts: Vec<&str> = control.split('.').collect();
    let forged = base64url::encode(&serde_json::to_vec(&claims).unwrap());
    refused(
        &format!("{}.{forged}.{}", parts[0], parts[2]),
        CheckName::SealSignature,
    );
}

#[test]
fn a_seal_from_the_future_is_refused() {
    let claims = claims_of(&good(Shape::EmployeeV3)).to_string();
    let raw = world()
        .seal(Party::GoodAirSeal, "vc+jwt", claims.as_bytes(), after(120))
        .unwrap();
    refused(&raw, CheckName::SigningTime);
}

#[test]
fn claims_that_contradict_the_credential_are_refused() {
    let control = envelope::claims(&good_vc(Shape::EmployeeV3), Envelope::Root);
    let with = |claim: &str, value: Value| {
        let mut claims = control.clone();
        claims[claim] = value;
        sealed_claims(Party::GoodAirSeal, &claims, "vc+jwt")
    };
    refused(&with("iss", json!(BADAIR_DID)), CheckName::Envelope);
    refused(&with("sub", json!(stranger().did)), CheckName::Envelope);
    refused(&with("exp", json!(4_102_444_800_i64)), CheckName::Envelope);
    refused(
        &with("cnf", json!({ "kid": stranger().did })),
        CheckName::Envelope,
    );
    refused(&with("vc", control.clone()), CheckName::Envelope);
    refused(
        &sealed_claims(Party::GoodAirSeal, &control, "at+jwt"),
        CheckName::Envelope,
    );
    refused(
        &changed(|vc| vc["credentialSubject"]["mandate"]["mandatee"]["id"] = json!(stranger().did)),
        CheckName::Envelope,
    );
}

#[test]
fn without_usable_lists_nothing_is_known() {
    refused_with(
        |facts| facts.trust = Some(Arc::new(Snapshot::default())),
        CheckName::TrustedLists,
        Outcome::Unknown,
    );
}

#[test]
fn a_chain_that_does_not_reach_a_service_is_refused() {
    let leaf_alone = with_header(&good(Shape::EmployeeV3), Party::GoodAirSeal, |header| {
        header["x5c"].as_array_mut().unwrap().truncate(1);
    });
    refused(&leaf_alone, CheckName::CertificateChain);
}

#[test]
fn revocation_that_cannot_be_known_is_refused() {
    let url = world().origins().crl(Ca::SealsIssuing);
    let crl = |value| move |facts: &mut Facts| drop(facts.crls.insert(url, value));
    let other = Crl::from_der(world().crl(Ca::Seals).unwrap()).unwrap();
    for value in [
        Fetched::Absent,
        Fetched::Unavailable("timed out".to_owned()),
        have(other),
    ] {
        refused_with(crl.clone()(value), CheckName::Revocation, Outcome::Unknown);
    }
    // CRLs of the demo last a day; lists, registries and status are as fresh as they can be.
    let later = after(2 * 86_400);
    let fresh = world()
        .facts(procura_sandbox::world::Lists::Current, later)
        .unwrap();
    let judged_by = |facts: &Facts| {
        let raw = good(Shape::EmployeeV3);
        judged(judge::credential(&raw, None, &expectations(), facts, later))
    };
    assert_accepted(&judged_by(&fresh));
    let stale = Facts {
        crls: facts().crls,
        ..fresh
    };
    assert_refused(&judged_by(&stale), CheckName::Revocation, Outcome::Unknown);
}

#[test]
fn an_intermediate_is_asked_for_its_revocation_too() {
    let url = world().origins().crl(Ca::Seals);
    refused_with(
        |facts| drop(facts.crls.insert(url, Fetched::Absent)),
        CheckName::Revocation,
        Outcome::Unknown,
    );
}

#[test]
fn a_seal_of_a_revoked_intermediate_is_refused() {
    let url = world().origins().crl(Ca::Seals);
    let intermediate = Certificate::from_der(world().authority(Ca::SealsIssuing).unwrap()).unwrap();
    let crl = world()
        .crl_revoking(Ca::Seals, &[intermediate.serial().to_vec()], now())
        .unwrap();
    refused_with(
        |facts| drop(facts.crls.insert(url, have(Crl::from_der(&crl).unwrap()))),
        CheckName::Revocation,
        Outcome::Failed,
    );
}

#[test]
fn an_issuer_that_is_not_the_sealing_organisation_is_refused() {
    let raw = changed(|vc| vc["issuer"] = json!({ "id": BADAIR_DID }));
    refused(&raw, CheckName::IssuerBinding);
    let key = stranger().did;
    refused(
        &changed(|vc| vc["issuer"] = json!({ "id": key })),
        CheckName::IssuerBinding,
    );
}

fn for_badair() -> String {
    changed(|vc| {
        let mandator = &mut vc["credentialSubject"]["mandate"]["mandator"];
        mandator["organizationIdentifier"] = json!("VATES-87654321");
        mandator["id"] = json!(BADAIR_DID);
    })
}

#[test]
fn a_foreign_mandator_is_refused_unless_the_issuer_may_issue_for_others() {
    refused(&for_badair(), CheckName::Mandator);
    let mut expectations = expectations();
    expectations
        .issues_for_others
        .insert(OrganizationIdentifier::parse("VATES-12345678").unwrap());
    let mut facts = facts();
    // BadAir is a suspended participant.
    assert_refused(
        &judge_credential(&for_badair(), &expectations, &facts),
        CheckName::Participant,
        Outcome::Failed,
    );
    facts.participants.insert(did(BADAIR_DID), have(true));
    assert_accepted(&judge_credential(&for_badair(), &expectations, &facts));
}

#[test]
fn a_natural_person_must_represent_and_be_the_one_named() {
    let signed = |pointer: &str, value: &str| {
        let mut vc = good_vc(Shape::LearCredential);
        *vc.pointer_mut(pointer).unwrap() = json!(value);
        sealed(Party::Coo, &vc, Envelope::VcClaim)
    };
    let named = "/credentialSubject/legalRepresentative";
    refused(
        &signed(&format!("{named}/cn"), "78787878P Ana Gil"),
        CheckName::Representation,
    );
    refused(
        &signed(&format!("{named}/serialNumber"), "78787878P"),
        CheckName::Representation,
    );
    assert_accepted(&judge_credential(
        &signed(&format!("{named}/o"), "GoodAir S.A."),
        &expectations(),
        &facts(),
    ));
    let mut nobody = expectations();
    nobody.representative_policies.clear();
    assert_refused(
        &judge_credential(&good(Shape::LearCredential), &nobody, &facts()),
        CheckName::Representation,
        Outcome::Failed,
    );
}

#[test]
fn an_issuer_that_is_not_registered_for_the_type_now_is_refused() {
    let registration = |credential_type: &str, from, to| IssuerRegistration {
        credential_type: credential_type.to_owned(),
        from,
        to,
    };
    let employee = "LEARCredentialEmployee";
    let issuers = |value| |facts: &mut Facts| drop(facts.issuers.insert(did(GOODAIR_DID), value));
    let check = CheckName::IssuerAllowed;
    refused_with(issuers(Fetched::Absent), check, Outcome::Failed);
    refused_with(issuers(have(vec![])), check, Outcome::Failed);
    refused_with(
        issuers(have(vec![registration("LEARCredential", None, None)])),
        check,
        Outcome::Failed,
    );
    refused_with(
        issuers(have(vec![registration(employee, None, Some(now()))])),
        check,
        Outcome::Failed,
    );
    refused_with(
        issuers(have(vec![registration(employee, Some(after(1)), None)])),
        check,
        Outcome::Failed,
    );
    refused_with(
        issuers(Fetched::Unavailable("timed out".to_owned())),
        check,
        Outcome::Unknown,
    );
}

#[test]
fn an_issuer_that_does_not_take_part_is_refused() {
    let participant = |value| |facts: &mut Facts| drop(facts.participants.insert(did(GOODAIR_DID), value));
    refused_with(
        participant(Fetched::Absent),
        CheckName::Participant,
        Outcome::Failed,
    );
    refused_with(participant(have(false)), CheckName::Participant, Outcome::Failed);
    refused_with(
        participant(Fetched::Unavailable("500".to_owned())),
        CheckName::Participant,
        Outcome::Unknown,
    );
}

#[test]
fn registries_are_asked_only_where_they_are_demanded() {
    let mut facts = facts();
    facts.issuers.clear();
    facts.participants.clear();
    let mut expectations = expectations();
    expectations.registries = false;
    let judged = judge_credential(&good(Shape::EmployeeV3), &expectations, &facts);
    assert_accepted(&judged);
    assert!(judged.0.check(CheckName::Participant).is_none());
}

#[test]
fn another_type_is_refused() {
    refused_expecting(
        |expected| expected.credential_types = ["LEARCredential".to_owned()].into(),
        CheckName::CredentialType,
    );
    refused_expecting(
        |expected| expected.credential_types.clear(),
        CheckName::CredentialType,
    );
    // A type that is expected and not understood is refused all the same.
    let machine = changed(|vc| vc["type"] = json!(["VerifiableCredential", "LEARCredentialMachine"]));
    let mut expectations = expectations();
    expectations
        .credential_types
        .insert("LEARCredentialMachine".to_owned());
    let mut facts = facts();
    let registration = IssuerRegistration {
        credential_type: "LEARCredentialMachine".to_owned(),
        from: None,
        to: None,
    };
    facts.issuers.insert(did(GOODAIR_DID), have(vec![registration]));
    assert_refused(
        &judge_credential(&machine, &expectations, &facts),
        CheckName::CredentialType,
        Outcome::Failed,
    );
}

#[test]
fn a_broken_schema_is_refused() {
    refused(
        &changed(|vc| vc["credentialSubject"]["mandate"]["mandator"]["country"] = json!(34)),
        CheckName::Schema,
    );
    refused(&changed(|vc| vc["description"] = json!(["x"])), CheckName::Schema);
}

#[test]
fn a_credential_outside_of_its_validity_is_refused() {
    let dates = |from: Timestamp, until: Timestamp| {
        changed(|vc| {
            vc["validFrom"] = json!(from.to_string());
            vc["validUntil"] = json!(until.to_string());
        })
    };
    refused(&dates(after(61), after(1000)), CheckName::Validity);
    refused(&dates(after(-1000), after(-60)), CheckName::Validity);
    refused(
        &changed(|vc| drop(vc.as_object_mut().unwrap().remove("validUntil"))),
        CheckName::Validity,
    );
    assert_accepted(&judge_credential(
        &dates(after(60), after(1000)),
        &expectations(),
        &facts(),
    ));
    assert_accepted(&judge_credential(
        &dates(after(-1000), after(-59)),
        &expectations(),
        &facts(),
    ));
}
use jiff::Timestamp;

#[test]
fn a_revoked_credential_is_refused() {
    let sample = Sample {
        party: Party::GoodAirSeal,
        shape: Shape::EmployeeV3,
        at: now(),
        status_index: REVOKED_INDEX,
    };
    refused(&world().credential(sample).unwrap(), CheckName::Status);
}

#[test]
fn a_status_that_is_absent_or_of_an_unknown_kind_is_unknown() {
    let without = changed(|vc| drop(vc.as_object_mut().unwrap().remove("credentialStatus")));
    unknown(&without, CheckName::Status);
    let mut lenient = expectations();
    lenient.status = StatusPolicy::AllowAbsent;
    let waived = judge_credential(&without, &lenient, &facts());
    assert_accepted(&waived);
    assert_eq!(
        waived.0.check(CheckName::Status).unwrap().outcome,
        Outcome::Waived
    );

    let plain = changed(|vc| vc["credentialStatus"]["type"] = json!("PlainListEntity"));
    assert_refused(
        &judge_credential(&plain, &lenient, &facts()),
        CheckName::Status,
        Outcome::Unknown,
    );
    unknown(
        &changed(|vc| vc["credentialStatus"]["statusPurpose"] = json!("message")),
        CheckName::Status,
    );
    unknown(
        &changed(|vc| vc["credentialStatus"]["statusListIndex"] = json!("131072")),
        CheckName::Status,
    );
}

/// A status list as the world publishes it, after `change`.
fn list(party: Party, change: impl FnOnce(&mut Value)) -> String {
    let url = world().origins().status_list();
    let bits = status::Bitstring::new(0);
    let mut vc = status::list_credential(&url, &did(GOODAIR_DID), &bits, now(), after(86_400));
    change(&mut vc);
    sealed(party, &vc, Envelope::Root)
}

#[test]
fn a_status_list_that_cannot_be_relied_on_is_unknown() {
    let serve =
        |value| |facts: &mut Facts| drop(facts.status_lists.insert(world().origins().status_list(), value));
    assert_accepted(&judge_credential(&good(Shape::EmployeeV3), &expectations(), &{
        let mut facts = facts();
        serve(have(list(Party::GoodAirSeal, |_| {}).into()))(&mut facts);
        facts
    }));
    for (bound, seconds) in [("validUntil", -59), ("validFrom", 60)] {
        let bounded = list(Party::GoodAirSeal, |vc| {
            vc[bound] = json!(after(seconds).to_string());
        });
        let mut facts = facts();
        serve(have(bounded.into()))(&mut facts);
        assert_accepted(&judge_credential(
            &good(Shape::EmployeeV3),
            &expectations(),
            &facts,
        ));
    }
    let genuine = list(Party::GoodAirSeal, |_| {});
    let bomb = list(Party::GoodAirSeal, |vc| {
        vc["credentialSubject"]["encodedList"] = json!("uH4sI");
    });
    for value in [Fetched::Absent, Fetched::Unavailable("timed out".to_owned())] {
        refused_with(serve(value), CheckName::Status, Outcome::Unknown);
    }
    for value in [
        // of another organisation, of a revoked seal, self-signed, changed
        list(Party::BadAirSeal, |_| {}),
        list(Party::RevokedSeal, |_| {}),
        list(Party::SealClone, |_| {}),
        genuine.replace('.', ".e"),
        // in another's name, under another address, of another kind, too old
        list(Party::GoodAirSeal, |vc| vc["issuer"] = json!(BADAIR_DID)),
        list(Party::GoodAirSeal, |vc| {
            vc["id"] = json!("https://issuer.example/status/2");
        }),
        list(Party::GoodAirSeal, |vc| {
            vc["credentialSubject"]["type"] = json!("StatusList2021");
        }),
        list(Party::GoodAirSeal, |vc| {
            vc["credentialSubject"]["statusPurpose"] = json!("suspension");
        }),
        list(Party::GoodAirSeal, |vc| {
            vc["validUntil"] = json!(after(-61).to_string());
        }),
        list(Party::GoodAirSeal, |vc| {
            vc["validFrom"] = json!(after(61).to_string());
        }),
        bomb,
        good(Shape::EmployeeV3),
    ] {
        refused_with(serve(have(value.into())), CheckName::Status, Outcome::Unknown);
    }
}

#[test]
fn a_suspended_credential_is_refused() {
    let url = "https://issuer.example/suspensions";
    let raw = changed(|vc| {
        let mut suspension = status::entry(url, 5);
        suspension["statusPurpose"] = json!("suspension");
        vc["credentialStatus"] = json!([vc["credentialStatus"], suspension]);
    });
    let mut bits = status::Bitstring::new(0);
    let mut served = |suspended| {
        bits.set(5, suspended).unwrap();
        let mut vc = status::list_credential(url, &did(GOODAIR_DID), &bits, now(), after(86_400));
        vc["credentialSubject"]["statusPurpose"] = json!("suspension");
        let mut facts = facts();
        facts.status_lists.insert(
            url.to_owned(),
            have(sealed(Party::GoodAirSeal, &vc, Envelope::Root).into()),
        );
        judge_credential(&raw, &expectations(), &facts)
    };
    assert_accepted(&served(false));
    assert_refused(&served(true), CheckName::Status, Outcome::Failed);
}

#[test]
fn a_credential_of_another_holder_is_refused() {
    let holder = world().holder().unwrap();
    let judge = |holder: &Did| {
        judged(judge::credential(
            &good(Shape::EmployeeV3),
            Some(holder),
            &expectations(),
            &facts(),
            now(),
        ))
    };
    assert_accepted(&judge(&holder));
    assert_refused(&judge(&stranger().did), CheckName::HolderBinding, Outcome::Failed);
}
