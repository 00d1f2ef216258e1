//! Judging credentials and presentations.
//!
//! A judge is a pure function of input, expectations, facts and `now`. It answers with what must be known first, or
//! with a verdict. Facts are asked for in rounds: the trust snapshot; then, once the path has reached an anchor, the
//! CRLs together with the registries and the status list; then the CRLs of the list's own seal. What is refused
//! already asks for nothing more, and no address from an unproven credential is ever asked for.
mod content;
mod holder;
mod registry;
mod status;

use crate::{
    envelope::{self, Opened},
    facts::{Facts, Need},
    lear::{LearCredential, Reading},
    seal::{self, Context, Known, SEAL_CHECKS, SealedBy},
    trail::{Finding, Trail},
    verdict::{CheckName, Verdict},
};
use jiff::Timestamp;
use procura_did::Did;
use procura_jose::{Algorithm, AlgorithmSet};
use procura_pki::OrganizationIdentifier;
use std::collections::BTreeSet;

/// Which seals let a credential in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum TrustPolicy {
    /// Qualified certificate and QSCD (`QESeal`, `QESig`).
    EuQualified,
    /// Qualified certificate of a granted service, QSCD or not.
    EuAdvanced,
}
/// What to do about a status that is absent or of an unknown kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum StatusPolicy {
    /// Refuse.
    Required,
    /// A credential without `credentialStatus` is waived; unknown kinds are still refused.
    AllowAbsent,
}
/// What the relying party or wallet demands of a credential.
#[derive(Clone, Debug)]
pub struct Expectations {
    /// Header rules.
    pub profile: procura_jades::validate::Profile,
    /// Seal algorithms.
    pub algorithms: AlgorithmSet,
    /// Trust policy.
    pub trust: TrustPolicy,
    /// Accepted credential types (last, specific type); empty: none.
    pub credential_types: BTreeSet<String>,
    /// Issuers that may issue for mandators other than themselves.
    pub issues_for_others: BTreeSet<OrganizationIdentifier>,
    /// Certificate policy OIDs under which a natural person represents the organisation.
    pub representative_policies: BTreeSet<String>,
    /// Whether issuer registry and participant registry are asked (a wallet that receives asks neither).
    pub registries: bool,
    /// Status.
    pub status: StatusPolicy,
    /// Clock skew in seconds.
    pub skew_seconds: i64,
}
impl Expectations {
    /// The strict ones: credential profile, qualified with QSCD, registries asked, status required, 60 s of skew,
    /// nobody issues for others, no natural person represents.
    pub fn strict(credential_types: impl IntoIterator<Item = String>) -> Self {
        Self {
            profile: procura_jades::validate::Profile::Credential,
            algorithms: seal_algorithms(),
            trust: TrustPolicy::EuQualified,
            credential_types: credential_types.into_iter().collect(),
            issues_for_others: BTreeSet::new(),
            representative_policies: BTreeSet::new(),
            registries: true,
            status: StatusPolicy::Required,
            skew_seconds: 60,
        }
    }
}
/// Algorithms of seals: those that qualified certificates are issued for.
pub fn seal_algorithms() -> AlgorithmSet {
    use Algorithm::{Es256, Es384, Es512, Ps256, Ps384, Ps512, Rs256, Rs384, Rs512};
    AlgorithmSet::new(&[Es256, Es384, Es512, Rs256, Rs384, Rs512, Ps256, Ps384, Ps512])
}
/// Algorithms of holders: those of did:key.
pub fn holder_algorithms() -> AlgorithmSet {
    use Algorithm::{EdDsa, Es256, Es256K, Es384};
    AlgorithmSet::new(&[Es256, Es384, Es256K, EdDsa])
}
/// What a presentation must be bound to.
#[derive(Clone, Debug)]
pub struct PresentationExpectations {
    /// Of the credential inside.
    pub credential: Expectations,
    /// The transaction's nonce.
    pub nonce: String,
    /// Our `client_id`.
    pub audience: String,
    /// Oldest `iat` in seconds.
    pub max_age_seconds: i64,
    /// Algorithms of holders.
    pub holder_algorithms: AlgorithmSet,
}
/// The answer of a judge.
#[derive(Debug)]
#[must_use]
pub enum Judgement<T> {
    /// More must be known first. At most four rounds.
    Needs(BTreeSet<Need>),
    /// Judged. `proven` is `Some` only when the verdict accepts: the type cannot be had otherwise.
    Judged {
        /// The verdict.
        verdict: Verdict,
        /// What was proven.
        proven: Option<T>,
    },
}
/// A credential that was proven.
#[derive(Clone, Debug)]
pub struct ProvenCredential {
    /// Compact form as received.
    pub raw: String,
    /// The credential.
    pub credential: LearCredential,
    /// The whole VC as JSON (not mangled).
    pub vc: serde_json::Value,
    /// Who sealed it.
    pub sealed_by: SealedBy,
}
/// A presentation that was proven.
#[derive(Clone, Debug)]
pub struct ProvenPresentation {
    /// Holder.
    pub holder: Did,
    /// The credential.
    pub credential: ProvenCredential,
}

/// Judges a compact JWT credential at `now`. `holder`: when known, `HolderBinding` is checked against it.
pub fn credential(
    raw: &str,
    holder: Option<&Did>,
    expectations: &Expectations,
    facts: &Facts,
    now: Timestamp,
) -> Judgement<ProvenCredential> {
    let binding = holder.map(|_| CheckName::HolderBinding);
    let mut trail = Trail::new(now, credential_checks(expectations).chain(binding));
    let proven = judge_credential(
        &mut trail,
        raw,
        holder,
        Context {
            expectations,
            facts,
            now,
        },
    );
    trail.finish(|| proven)
}

/// Judges a `vp_token` (raw JWT; base64 and base64url of it are unwrapped by `presentation::unwrap`).
pub fn presentation(
    vp_token: &str,
    expectations: &PresentationExpectations,
    facts: &Facts,
    now: Timestamp,
) -> Judgement<ProvenPresentation> {
    let context = Context {
        expectations: &expectations.credential,
        facts,
        now,
    };
    let names = std::iter::once(CheckName::PresentationFormat)
        .chain(credential_checks(&expectations.credential))
        .chain(holder::CHECKS);
    let mut trail = Trail::new(now, names);
    // The holder's own checks cost nothing: what they refuse asks the world for nothing.
    let presented = holder::judge(&mut trail, vp_token, expectations, now);
    let proven = presented.and_then(|presented| {
        let holder = presented.holder.as_ref();
        let credential = judge_credential(&mut trail, &presented.credential, holder, context);
        Some(ProvenPresentation {
            credential: credential?,
            holder: presented.holder?,
        })
    });
    trail.finish(|| proven)
}

fn credential_checks(expectations: &Expectations) -> impl Iterator<Item = CheckName> + use<> {
    let registries = expectations.registries;
    let after = [
        CheckName::IssuerBinding,
        CheckName::Mandator,
        CheckName::Representation,
        CheckName::IssuerAllowed,
        CheckName::Participant,
        CheckName::CredentialType,
        CheckName::Schema,
        CheckName::Validity,
        CheckName::Status,
    ];
    let asked = move |name: &CheckName| {
        registries || !matches!(name, CheckName::IssuerAllowed | CheckName::Participant)
    };
    let mut names: Vec<_> = SEAL_CHECKS
        .into_iter()
        .chain([CheckName::Envelope])
        .chain(after.into_iter().filter(asked))
        .collect();
    names.sort();
    names.into_iter()
}

fn judge_credential(
    trail: &mut Trail,
    raw: &str,
    holder: Option<&Did>,
    context: Context<'_>,
) -> Option<ProvenCredential> {
    let signature = seal::signature(trail, seal::validate(raw, context))?;
    let opened = open(trail, &signature, context);
    // What the credential says of itself needs no fact: it goes first, so that what it refuses asks for nothing.
    if let Some(opened) = &opened {
        content::judge(trail, opened, holder, context);
    }
    let standing = seal::trust(trail, &signature, context)?;
    let opened = opened?;
    let header = opened.reading.header();
    let by = seal::binding(trail, &signature, &standing, Some(header.issuer))?;
    content::mandator(trail, &opened, &by, context);
    content::representation(trail, &opened, &by, context);
    registry::judge(trail, &opened, context);
    let known = Known {
        signature: &signature,
        standing: &standing,
    };
    status::judge(trail, &opened, &known, context);
    let Reading::Lear(credential) = opened.reading else {
        return None;
    };
    Some(ProvenCredential {
        raw: raw.to_owned(),
        credential: *credential,
        vc: opened.vc,
        sealed_by: by,
    })
}

fn open(trail: &mut Trail, signature: &procura_jades::Signature, context: Context<'_>) -> Option<Opened> {
    let typ = signature.jws.header.typ.as_deref();
    trail.run(CheckName::Envelope, "claims", || {
        match envelope::open(signature.payload(), typ, context.deployed()) {
            Ok(opened) => Finding::Passed(opened, "claims and credential agree".to_owned()),
            Err(error) => Finding::Failed(error.to_string()),
        }
    })
}
