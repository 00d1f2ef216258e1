//! Which broken rules a profile tolerates. What it does not tolerate it refuses.
use crate::{document::Deviation, report::Block, validate::Profile};
use procura_ades::SubIndication;

/// A set of rules. Services have those of a [`Profile`]; [`Rules::dss_compat`] is for whoever compares with others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rules(Of);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Of {
    Profile(Profile),
    DssCompat,
}

impl From<Profile> for Rules {
    fn from(profile: Profile) -> Self {
        Self(Of::Profile(profile))
    }
}

impl Rules {
    /// What the Commission's DSS does by default: rules of the header only lower the level. For comparisons, on the
    /// command line and in tests; a type of its own keeps services from choosing it by configuration.
    #[must_use]
    pub fn dss_compat() -> Self {
        Self(Of::DssCompat)
    }

    /// The name, as it is written in configuration and reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self.0 {
            Of::Profile(Profile::Credential) => "credential",
            Of::Profile(Profile::Strict) => "strict",
            Of::Profile(Profile::Deployed) => "deployed",
            Of::DssCompat => "dss-compat",
        }
    }

    /// Whether only a compact, attached signature with the very header of a credential's seal is accepted.
    #[must_use]
    pub fn is_credentials_only(self) -> bool {
        matches!(self.0, Of::Profile(Profile::Credential | Profile::Deployed))
    }

    /// Whether `sigT` may stand in place of `iat` at all.
    #[must_use]
    pub fn accepts_sig_t(self) -> bool {
        self.0 != Of::Profile(Profile::Credential)
    }

    /// Whether objects may be brought that no signature is on. Who is told that a signature is valid takes everything that
    /// was brought with it for signed.
    #[must_use]
    pub fn tolerates_unsigned_objects(self) -> bool {
        self.0 == Of::DssCompat
    }

    /// Whether a broken rule is tolerated. Nobody vouches for a single unsigned property: one that cannot be read says
    /// nothing, and whoever adds it must not fail what is signed.
    #[must_use]
    pub fn tolerates(self, deviation: &Deviation) -> bool {
        if matches!(deviation, Deviation::EtsiUProperty(_)) {
            return true;
        }
        match self.0 {
            Of::Profile(Profile::Credential | Profile::Strict) => false,
            Of::Profile(Profile::Deployed) => match deviation {
                Deviation::References(count) => *count == 0,
                Deviation::SigTEnded | Deviation::Sha1Reference => true,
                Deviation::ClaimedTime(several) => !several,
                _ => false,
            },
            Of::DssCompat => !matches!(
                deviation,
                Deviation::Algorithm | Deviation::ClaimedTime(_) | Deviation::ClaimedTimeForm(_)
            ),
        }
    }
}

impl Deviation {
    /// What EN 319 102-1 calls it where it is not tolerated.
    #[must_use]
    pub fn sub_indication(&self) -> SubIndication {
        match self {
            Self::References(_)
            | Self::SignerNotFirst
            | Self::Sha1Reference
            | Self::Certificate(..)
            | Self::TooManyCertificates
            | Self::Malformed("x5c" | "x5t#S256" | "x5t#o" | "sigX5ts")
            | Self::Padding(_) => SubIndication::NoSigningCertificateFound,
            Self::ClaimedTime(_) | Self::ClaimedTimeForm(_) | Self::SigTEnded => {
                SubIndication::SigConstraintsFailure
            }
            _ => SubIndication::FormatFailure,
        }
    }

    /// To which block of a validation it belongs, by what it means.
    #[must_use]
    pub fn block(&self) -> Block {
        match self.sub_indication() {
            SubIndication::NoSigningCertificateFound => Block::SigningCertificate,
            SubIndication::SigConstraintsFailure => Block::Acceptance,
            _ => Block::Format,
        }
    }

    /// Its name in reports.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::LineBreaks => "no-line-breaks",
            Self::UnknownMember(_) => "known-members",
            Self::Algorithm => "algorithm",
            Self::Crit => "crit-form",
            Self::CritAbsent(_) => "crit-present",
            Self::CritOwn(_) => "crit-names",
            Self::CritUnknown(_) => "crit-understood",
            Self::NotCritical(_) => "crit-complete",
            Self::B64 => "b64-form",
            Self::Unprotected(_) => "protected-only",
            Self::Protected(_) => "unprotected-only",
            Self::SignerNotFirst => "signer-first",
            Self::ClaimedTime(_) => "one-claimed-time",
            Self::ClaimedTimeForm(_) => "claimed-time-form",
            Self::SigTEnded => "sigt-ended",
            Self::References(_) => "one-certificate-reference",
            Self::Malformed(_) => "well-formed",
            Self::Certificate(..) | Self::TooManyCertificates => "certificates",
            Self::Padding(_) => "no-padding",
            Self::Sha1Reference => "no-sha1-reference",
            Self::NotDetached => "detached",
            Self::EtsiU => "etsiu-form",
            Self::EtsiUProperty(_) => "etsiu-property",
        }
    }
}
