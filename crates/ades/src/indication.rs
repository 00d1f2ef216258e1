//! Indications and sub-indications (EN 319 102-1 §5.1.3).
use core::fmt;
use procura_pki::PathError;

/// Main indication.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Indication {
    /// TOTAL-PASSED / PASSED.
    Passed,
    /// TOTAL-FAILED / FAILED.
    Failed,
    /// INDETERMINATE.
    Indeterminate,
}

impl Indication {
    /// What ETSI TS 119 102-2 §4.3.4.2 calls it in the report of a signature.
    #[must_use]
    pub fn uri(self) -> &'static str {
        match self {
            Self::Passed => "urn:etsi:019102:mainindication:total-passed",
            Self::Failed => "urn:etsi:019102:mainindication:total-failed",
            Self::Indeterminate => "urn:etsi:019102:mainindication:indeterminate",
        }
    }

    /// The same in the report of what a signature rests on, such as a time-stamp (ETSI TS 119 102-2 §4.4.8).
    #[must_use]
    pub fn uri_of_part(self) -> &'static str {
        match self {
            Self::Passed => "urn:etsi:019102:mainindication:passed",
            Self::Failed => "urn:etsi:019102:mainindication:failed",
            Self::Indeterminate => "urn:etsi:019102:mainindication:indeterminate",
        }
    }

    /// The name of the same: PASSED for a time-stamp, where a signature is TOTAL-PASSED (EN 319 102-1 §5.1.3).
    #[must_use]
    pub fn name_of_part(self) -> &'static str {
        match self {
            Self::Passed => "PASSED",
            Self::Failed => "FAILED",
            Self::Indeterminate => "INDETERMINATE",
        }
    }
}

impl fmt::Display for Indication {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Passed => "TOTAL-PASSED",
            Self::Failed => "TOTAL-FAILED",
            Self::Indeterminate => "INDETERMINATE",
        })
    }
}

macro_rules! sub_indications {
    ($($(#[$doc:meta])* $variant:ident = $name:literal => $indication:ident,)*) => {
        /// Sub-indication: why a signature is not passed (EN 319 102-1 tables 4 and 5, the complete set).
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize)]
        #[non_exhaustive]
        pub enum SubIndication {
            $($(#[$doc])* #[serde(rename = $name)] $variant,)*
        }
        impl SubIndication {
            /// Every one of them.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];
            /// The name in the standard.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }
            /// What ETSI TS 119 102-2 calls it.
            #[must_use]
            pub fn uri(self) -> &'static str {
                match self { $(Self::$variant => concat!("urn:etsi:019102:subindication:", $name),)* }
            }
            /// The main indication that it stands with.
            #[must_use]
            pub fn indication(self) -> Indication {
                match self { $(Self::$variant => Indication::$indication,)* }
            }
        }
    };
}

sub_indications! {
    /// The signature is not of a format that can be processed.
    FormatFailure = "FORMAT_FAILURE" => Failed,
    /// A digest of signed data is not that of the data.
    HashFailure = "HASH_FAILURE" => Failed,
    /// The signature value does not verify by the signing certificate.
    SigCryptoFailure = "SIG_CRYPTO_FAILURE" => Failed,
    /// The signing certificate was revoked before the signature is proven to exist.
    Revoked = "REVOKED" => Failed,
    /// The signing certificate had expired before the signature is proven to exist.
    Expired = "EXPIRED" => Failed,
    /// The signature is proven to exist before the signing certificate was valid.
    NotYetValid = "NOT_YET_VALID" => Failed,
    /// Properties of the signature break a constraint.
    SigConstraintsFailure = "SIG_CONSTRAINTS_FAILURE" => Indeterminate,
    /// The chain breaks a constraint of the validation policy.
    ChainConstraintsFailure = "CHAIN_CONSTRAINTS_FAILURE" => Indeterminate,
    /// The chain could not be validated for another reason.
    CertificateChainGeneralFailure = "CERTIFICATE_CHAIN_GENERAL_FAILURE" => Indeterminate,
    /// An algorithm or key size is below the required level, and was so when the object is proven to exist.
    CryptoConstraintsFailure = "CRYPTO_CONSTRAINTS_FAILURE" => Indeterminate,
    /// The signature policy could not be processed.
    PolicyProcessingError = "POLICY_PROCESSING_ERROR" => Indeterminate,
    /// The signature policy is not available.
    SignaturePolicyNotAvailable = "SIGNATURE_POLICY_NOT_AVAILABLE" => Indeterminate,
    /// Time-stamps are not in the order that they must have.
    TimestampOrderFailure = "TIMESTAMP_ORDER_FAILURE" => Indeterminate,
    /// The signing certificate cannot be identified.
    NoSigningCertificateFound = "NO_SIGNING_CERTIFICATE_FOUND" => Indeterminate,
    /// No chain leads to a trust anchor.
    NoCertificateChainFound = "NO_CERTIFICATE_CHAIN_FOUND" => Indeterminate,
    /// No chain leads to a trust anchor now, and nothing proves existence at a time when one did.
    NoCertificateChainFoundNoPoe = "NO_CERTIFICATE_CHAIN_FOUND_NO_POE" => Indeterminate,
    /// The signing certificate is revoked; nothing proves that the signature is older.
    RevokedNoPoe = "REVOKED_NO_POE" => Indeterminate,
    /// A CA's certificate is revoked; nothing proves that what it issued is older.
    RevokedCaNoPoe = "REVOKED_CA_NO_POE" => Indeterminate,
    /// A certificate is outside of its validity; nothing proves that the signature was made within it.
    OutOfBoundsNoPoe = "OUT_OF_BOUNDS_NO_POE" => Indeterminate,
    /// A certificate is outside of its validity and is known not to be revoked.
    OutOfBoundsNotRevoked = "OUT_OF_BOUNDS_NOT_REVOKED" => Indeterminate,
    /// The certificate of whoever made revocation data had expired; nothing proves that the data are older.
    RevocationOutOfBoundsNoPoe = "REVOCATION_OUT_OF_BOUNDS_NO_POE" => Indeterminate,
    /// An algorithm or key size is below the required level; nothing proves existence before it was so.
    CryptoConstraintsFailureNoPoe = "CRYPTO_CONSTRAINTS_FAILURE_NO_POE" => Indeterminate,
    /// A proof of existence is missing.
    NoPoe = "NO_POE" => Indeterminate,
    /// Not all could be determined with what is available now.
    TryLater = "TRY_LATER" => Indeterminate,
    /// Signed data cannot be had.
    SignedDataNotFound = "SIGNED_DATA_NOT_FOUND" => Indeterminate,
    /// A reason of the validation policy's own.
    Custom = "CUSTOM" => Indeterminate,
}

impl fmt::Display for SubIndication {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What a validation concludes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize)]
pub struct Conclusion {
    /// Main indication.
    pub indication: Indication,
    /// Why it is not passed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sub_indication: Option<SubIndication>,
}

impl Conclusion {
    /// All checks passed.
    pub const PASSED: Self = Self {
        indication: Indication::Passed,
        sub_indication: None,
    };

    /// Whether the signature passed.
    #[must_use]
    pub fn is_passed(&self) -> bool {
        self.indication == Indication::Passed
    }
}

impl From<SubIndication> for Conclusion {
    fn from(sub_indication: SubIndication) -> Self {
        Self {
            indication: sub_indication.indication(),
            sub_indication: Some(sub_indication),
        }
    }
}

/// What the failure of a path means (EN 319 102-1 §5.2.6.4, validation of the X.509 certificate).
impl From<&PathError> for SubIndication {
    fn from(error: &PathError) -> Self {
        match error {
            PathError::NoPath { .. } => Self::NoCertificateChainFound,
            PathError::OutOfBounds { .. } => Self::OutOfBoundsNoPoe,
            PathError::KeyUsage { .. } => Self::ChainConstraintsFailure,
            PathError::Algorithm { .. } => Self::CryptoConstraintsFailureNoPoe,
            _ => Self::CertificateChainGeneralFailure,
        }
    }
}

impl fmt::Display for Conclusion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.sub_indication {
            None => self.indication.fmt(f),
            Some(sub_indication) => write!(f, "{} / {sub_indication}", self.indication),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sub_indication_has_its_own_name_and_is_written_so() {
        let mut names: Vec<_> = SubIndication::ALL.iter().map(|s| s.name()).collect();
        for sub_indication in SubIndication::ALL {
            assert_eq!(
                serde_json::to_value(sub_indication).unwrap(),
                sub_indication.name()
            );
        }
        assert_eq!(
            SubIndication::RevokedNoPoe.uri(),
            "urn:etsi:019102:subindication:REVOKED_NO_POE"
        );
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), 26);
    }

    #[test]
    fn the_failure_of_a_path_tells_its_sub_indication() {
        let (subject, rule) = (String::new(), "");
        let cases = [
            (
                PathError::NoPath { leaf: String::new() },
                "NO_CERTIFICATE_CHAIN_FOUND",
            ),
            (
                PathError::KeyUsage {
                    subject: subject.clone(),
                    rule,
                },
                "CHAIN_CONSTRAINTS_FAILURE",
            ),
            (
                PathError::Algorithm {
                    subject: subject.clone(),
                    rule,
                },
                "CRYPTO_CONSTRAINTS_FAILURE_NO_POE",
            ),
            (
                PathError::Rule { subject, rule },
                "CERTIFICATE_CHAIN_GENERAL_FAILURE",
            ),
            (PathError::Budget, "CERTIFICATE_CHAIN_GENERAL_FAILURE"),
        ];
        for (error, name) in cases {
            assert_eq!(SubIndication::from(&error).name(), name);
        }
    }

    #[test]
    fn nothing_that_has_a_reason_is_passed() {
        assert!(
            SubIndication::ALL
                .iter()
                .all(|s| !Conclusion::from(*s).is_passed())
        );
    }

    #[test]
    fn without_proof_of_existence_nothing_fails_for_good() {
        use SubIndication as S;
        for s in [
            S::RevokedNoPoe,
            S::RevokedCaNoPoe,
            S::OutOfBoundsNoPoe,
            S::CryptoConstraintsFailureNoPoe,
        ] {
            assert_eq!(s.indication(), Indication::Indeterminate);
        }
        assert_eq!(S::SigCryptoFailure.indication(), Indication::Failed);
    }
}
