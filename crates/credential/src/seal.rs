//! Judging a seal: shared by credentials, status lists and authorization requests.
//!
//! JAdES signature → path to a service of the trusted lists → validity and revocation of every certificate on it →
//! the service's status now → qualification at issuance and now → organizationIdentifier.
mod revocation;
mod trust;

use crate::{
    facts::Facts,
    judge::{Expectations, Judgement},
    trail::{Finding, Trail},
    verdict::CheckName,
};
use jiff::Timestamp;
use procura_crypto::digest::hexadecimal;
use procura_did::{Did, elsi};
use procura_jades::{Signature, SignatureError};
use procura_pki::{Certificate, OrganizationIdentifier};
use procura_trust_list::qualification::Use;

pub(crate) use trust::{Standing, TRUST_CHECKS, judge as trust};

/// Checks of any sealed JWS, in order.
pub(crate) const SEAL_CHECKS: [CheckName; 11] = [
    CheckName::Format,
    CheckName::SigningCertificate,
    CheckName::Algorithm,
    CheckName::SealSignature,
    CheckName::SigningTime,
    CheckName::TrustedLists,
    CheckName::CertificateChain,
    CheckName::CertificateValidity,
    CheckName::Revocation,
    CheckName::ServiceStatus,
    CheckName::Qualification,
];

/// Who sealed, as proven.
#[derive(Clone, Debug)]
pub struct SealedBy {
    /// did:elsi of the organisation.
    pub did: Did,
    /// organizationIdentifier of the signing certificate.
    pub organization_identifier: OrganizationIdentifier,
    /// Legal name (subject O, else CN).
    pub legal_name: String,
    /// Seal of a legal person, or signature of a natural person representing it.
    pub kind: SealKind,
    /// The signing certificate.
    pub certificate: Certificate,
}
/// Legal person's seal or natural person's signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SealKind {
    /// Seal.
    Seal,
    /// Signature by a person for the organisation: commonName, serialNumber, givenName, surname.
    Representative {
        /// commonName.
        common_name: String,
        /// serialNumber.
        serial_number: String,
        /// givenName.
        given_name: String,
        /// surname.
        surname: String,
    },
}
/// A sealed JWS that was proven (chain, revocation, qualification, organizationIdentifier).
#[derive(Clone, Debug)]
pub struct ProvenSeal {
    /// Payload.
    pub payload: Vec<u8>,
    /// `typ` of the header: whoever asked says which it must be.
    pub typ: Option<String>,
    /// By whom.
    pub by: SealedBy,
}
/// What a judgement is made by.
#[derive(Clone, Copy)]
pub(crate) struct Context<'a> {
    pub(crate) expectations: &'a Expectations,
    pub(crate) facts: &'a Facts,
    pub(crate) now: Timestamp,
}
impl Context<'_> {
    pub(crate) fn deployed(&self) -> bool {
        self.expectations.profile == procura_jades::validate::Profile::Deployed
    }
}

/// Judges any sealed compact JWS; `expected_did`: who must have sealed it. A natural person's signature counts under
/// one of `representative_policies` only.
pub fn sealed(
    raw: &str,
    expected_did: Option<&Did>,
    expectations: &Expectations,
    facts: &Facts,
    now: Timestamp,
) -> Judgement<ProvenSeal> {
    let context = Context {
        expectations,
        facts,
        now,
    };
    let (trail, proven) = judge(validate(raw, context), expected_did, context, None);
    trail.finish(|| {
        proven.map(|(signature, by)| ProvenSeal {
            payload: signature.payload().to_vec(),
            typ: signature.typ().map(str::to_owned),
            by,
        })
    })
}

/// What is known of a certificate from the judgement that this one is part of.
pub(crate) struct Known<'a> {
    pub(crate) signature: &'a Signature,
    pub(crate) standing: &'a Standing,
}

/// Judges a seal whose signature was validated, or was not. Gives the signature with whose it is.
pub(crate) fn judge(
    validated: Result<Signature, SignatureError>,
    expected_did: Option<&Did>,
    context: Context<'_>,
    known: Option<(&Known<'_>, &Trail)>,
) -> (Trail, Option<(Signature, SealedBy)>) {
    let names = SEAL_CHECKS
        .into_iter()
        .chain([CheckName::IssuerBinding, CheckName::Representation]);
    let mut trail = Trail::new(context.now, names);
    let proven = run(&mut trail, validated, expected_did, context, known);
    (trail, proven)
}

fn run(
    trail: &mut Trail,
    validated: Result<Signature, SignatureError>,
    expected_did: Option<&Did>,
    context: Context<'_>,
    known: Option<(&Known<'_>, &Trail)>,
) -> Option<(Signature, SealedBy)> {
    let signature = signature(trail, validated)?;
    let same = known.filter(|(known, _)| {
        known.signature.certificate == signature.certificate && known.signature.others == signature.others
    });
    let standing = if let Some((known, judged)) = same {
        // The same certificate at the same time: what was judged of it holds here too.
        trail.adopt(judged, &TRUST_CHECKS);
        known.standing.clone()
    } else {
        trust(trail, &signature, context)?
    };
    let by = binding(trail, &signature, &standing, expected_did)?;
    trail.run(CheckName::Representation, by.did.to_string(), || {
        may_represent(&by, context)
    })?;
    Some((signature, by))
}

/// Validates the signature of a compact JWS by the header rules and algorithms that are expected.
pub(crate) fn validate(raw: &str, context: Context<'_>) -> Result<Signature, SignatureError> {
    let Expectations {
        profile, algorithms, ..
    } = context.expectations;
    let pool = &context.facts.certificates;
    procura_jades::validate::validate_with(pool, raw, *profile, algorithms, context.now)
}

/// Format, algorithm, signing certificate, signature value, claimed time.
pub(crate) fn signature(
    trail: &mut Trail,
    validated: Result<Signature, SignatureError>,
) -> Option<Signature> {
    let order = &[
        CheckName::Format,
        CheckName::SigningCertificate,
        CheckName::Algorithm,
        CheckName::SealSignature,
        CheckName::SigningTime,
    ];
    match validated {
        Ok(signature) => {
            let subject = signature.certificate.subject().label();
            let header = &signature.jws.header;
            let mut format = format!("compact JWS, typ {}", header.typ.as_deref().unwrap_or("absent"));
            for deviation in &signature.tolerated {
                format.push_str("; tolerated: ");
                format.push_str(deviation);
            }
            let time = signature
                .claimed_time
                .map_or_else(|| "none".to_owned(), |time| time.to_string());
            let details = [
                format,
                format!(
                    "designated by the header, SHA-256 {}",
                    hexadecimal(&signature.certificate.sha256())
                ),
                header.alg.name().to_owned(),
                "the signature verifies".to_owned(),
                format!("claimed: {time}"),
            ];
            let mut whole = true;
            for (name, detail) in order.iter().zip(details) {
                whole &= trail
                    .run(*name, subject.as_str(), || Finding::Passed((), detail))
                    .is_some();
            }
            whole.then_some(signature)
        }
        Err(error) => {
            let refused = match &error {
                SignatureError::Algorithm(_) => CheckName::Algorithm,
                SignatureError::SigningCertificate(_) => CheckName::SigningCertificate,
                SignatureError::Cryptography => CheckName::SealSignature,
                SignatureError::ClaimedTime(_) => CheckName::SigningTime,
                _ => CheckName::Format,
            };
            for name in order {
                let finding = if *name == refused {
                    Finding::Failed(error.to_string())
                } else {
                    Finding::passed("holds")
                };
                trail.run(*name, "signature", || finding);
            }
            None
        }
    }
}

/// The organisation of the signing certificate, and that it is the one expected.
pub(crate) fn binding(
    trail: &mut Trail,
    signature: &Signature,
    standing: &Standing,
    expected: Option<&Did>,
) -> Option<SealedBy> {
    let certificate = &signature.certificate;
    let object = expected.map_or_else(|| certificate.subject().label(), ToString::to_string);
    trail.run(CheckName::IssuerBinding, object, || {
        let identifier = match certificate.organization_identifier() {
            Ok(Some(identifier)) => identifier,
            Ok(None) => return Finding::Failed("the certificate names no organizationIdentifier".to_owned()),
            Err(error) => return Finding::Failed(error.to_string()),
        };
        if let Some(expected) = expected
            && elsi::identifier(expected).ok().as_ref() != Some(&identifier)
        {
            return Finding::Failed(format!(
                "{expected} is expected, the certificate is of {}",
                identifier.as_str()
            ));
        }
        let detail = format!("the certificate is of {}", identifier.as_str());
        Finding::Passed(sealed_by(certificate, standing, identifier), detail)
    })
}

fn sealed_by(certificate: &Certificate, standing: &Standing, identifier: OrganizationIdentifier) -> SealedBy {
    let attribute = |oid: &str| certificate.subject().first(oid).unwrap_or_default().to_owned();
    let kind = match standing.usage {
        Use::ESign => SealKind::Representative {
            common_name: attribute(oid::COMMON_NAME),
            serial_number: attribute(oid::SERIAL_NUMBER),
            given_name: attribute(oid::GIVEN_NAME),
            surname: attribute(oid::SURNAME),
        },
        _ => SealKind::Seal,
    };
    let organization = attribute(oid::ORGANIZATION);
    let legal_name = if organization.is_empty() {
        attribute(oid::COMMON_NAME)
    } else {
        organization
    };
    SealedBy {
        did: elsi::derive(&identifier),
        organization_identifier: identifier,
        legal_name,
        kind,
        certificate: certificate.clone(),
    }
}

/// A seal speaks for its organisation; a natural person does so under a configured certificate policy only.
pub(crate) fn may_represent(by: &SealedBy, context: Context<'_>) -> Finding<()> {
    if by.kind == SealKind::Seal {
        return Finding::passed("sealed by the organisation itself");
    }
    let policies = &context.expectations.representative_policies;
    match by
        .certificate
        .policies()
        .iter()
        .find(|policy| policies.contains(*policy))
    {
        Some(policy) => Finding::passed(format!(
            "signed by a representative (certificate policy {policy})"
        )),
        None => Finding::Failed(
            "no certificate policy of the signer says that the person represents the organisation".to_owned(),
        ),
    }
}

/// Attribute types of distinguished names (X.520).
mod oid {
    pub(super) const COMMON_NAME: &str = "2.5.4.3";
    pub(super) const SURNAME: &str = "2.5.4.4";
    pub(super) const SERIAL_NUMBER: &str = "2.5.4.5";
    pub(super) const ORGANIZATION: &str = "2.5.4.10";
    pub(super) const GIVEN_NAME: &str = "2.5.4.42";
}
