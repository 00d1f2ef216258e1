//! Why a certificate, a signature or a time-stamp is not relied on, as facts.
use crate::{SubIndication, TokenError};
use jiff::Timestamp;
use procura_pki::PathError;

/// One reason, with its sub-indication by [`Failure::sub_indication`].
#[derive(Debug, thiserror::Error, PartialEq, Eq, Clone)]
#[non_exhaustive]
pub enum Failure {
    /// No path, or one that breaks a rule.
    #[error(transparent)]
    Path(PathError),
    /// A certificate of the path is not valid at the validation time.
    #[error("certificate {subject} is valid from {not_before} to {not_after}{}", if *.not_revoked { ", and was not revoked" } else { "" })]
    OutOfBounds {
        /// Subject.
        subject: String,
        /// Start.
        not_before: Timestamp,
        /// End.
        not_after: Timestamp,
        /// Whether revocation data tell that it was not revoked when it expired.
        not_revoked: bool,
    },
    /// The certificate is not for this purpose.
    #[error(transparent)]
    Purpose(PathError),
    /// Revoked.
    #[error("certificate {subject} was revoked at {at}{}", reason.map_or(String::new(), |code| format!(" (reason {code})")))]
    Revoked {
        /// Subject.
        subject: String,
        /// revocationDate.
        at: Timestamp,
        /// Reason code (RFC 5280 §5.3.1).
        reason: Option<u8>,
        /// Whether it is a CA's.
        ca: bool,
    },
    /// Suspended.
    #[error("certificate {subject} is on hold since {since}")]
    OnHold {
        /// Subject.
        subject: String,
        /// Since when.
        since: Timestamp,
    },
    /// Revocation data are missing, or too old.
    #[error("the revocation status of certificate {subject} is not known: {why}")]
    RevocationUnknown {
        /// Subject.
        subject: String,
        /// What was found instead.
        why: String,
    },
    /// Whoever made the revocation data had a certificate that has expired, and nothing proves that the data are older.
    #[error(
        "the revocation data of {subject} are by {responder}, whose certificate ended at {not_after}, and nothing proves that they are older"
    )]
    RevocationOutOfBounds {
        /// Of which certificate.
        subject: String,
        /// Who made them.
        responder: String,
        /// End of that certificate.
        not_after: Timestamp,
    },
    /// An algorithm, or the size of a key, is not relied on any more.
    #[error("{object}: {algorithm} {}", end.map_or("is not relied on".to_owned(), |end| format!("was relied on until {end}")))]
    Algorithm {
        /// What it protects.
        object: String,
        /// Algorithm and size.
        algorithm: String,
        /// Its end; `None` where it never counted.
        end: Option<Timestamp>,
        /// Whether the object is proven to exist only after the end.
        proven_after: bool,
    },
    /// Nothing proves that an object existed when it had to.
    #[error("nothing proves that {object} existed at {at}")]
    NoProof {
        /// What.
        object: String,
        /// When it had to.
        at: Timestamp,
    },
    /// The signature existed before its certificate was valid.
    #[error("it existed at {proven}, before its certificate {subject} was valid (from {not_before})")]
    NotYetValid {
        /// Subject.
        subject: String,
        /// Start of the certificate.
        not_before: Timestamp,
        /// When the signature is proven to have existed.
        proven: Timestamp,
    },
    /// The certificate was revoked before the content was signed.
    #[error("certificate {subject} was revoked at {at}, before the content existed at {content}")]
    RevokedBefore {
        /// Subject.
        subject: String,
        /// revocationDate.
        at: Timestamp,
        /// Time of the content time-stamp.
        content: Timestamp,
    },
    /// The certificate had expired before the content was signed.
    #[error("certificate {subject} had expired at {not_after}, before the content existed at {content}")]
    ExpiredBefore {
        /// Subject.
        subject: String,
        /// End of the certificate.
        not_after: Timestamp,
        /// Time of the content time-stamp.
        content: Timestamp,
    },
    /// A time-stamp's token proves nothing.
    #[error(transparent)]
    Token(TokenError),
    /// A time-stamp is over something else.
    #[error("the time-stamp is over something else")]
    Imprint,
    /// More than one token where exactly one may stand.
    #[error("more than one token where exactly one may stand")]
    SeveralTokens,
    /// What a time-stamp covers is not at hand.
    #[error("what the time-stamp covers is not at hand")]
    NotCovered,
    /// A time-stamp from the future.
    #[error("the time-stamp is of {time}, in the future")]
    Future {
        /// genTime.
        time: Timestamp,
    },
    /// Time-stamps contradict each other.
    #[error("{earlier} is covered by {later} and yet of a later time")]
    Order {
        /// Which must be earlier.
        earlier: String,
        /// Which must be later.
        later: String,
    },
    /// More of something than any honest document needs; nothing is concluded.
    #[error("more than {0}")]
    Budget(&'static str),
}

impl Failure {
    /// What EN 319 102-1 §5.1.3 calls it.
    #[must_use]
    pub fn sub_indication(&self) -> SubIndication {
        use SubIndication as S;
        match self {
            Self::Path(error) => S::from(error),
            Self::OutOfBounds {
                not_revoked: true, ..
            } => S::OutOfBoundsNotRevoked,
            Self::OutOfBounds { .. } => S::OutOfBoundsNoPoe,
            Self::Purpose(_) => S::ChainConstraintsFailure,
            Self::Revoked { ca: true, .. } => S::RevokedCaNoPoe,
            Self::Revoked { .. } => S::RevokedNoPoe,
            Self::RevocationOutOfBounds { .. } => S::RevocationOutOfBoundsNoPoe,
            Self::OnHold { .. } | Self::RevocationUnknown { .. } => S::TryLater,
            Self::Algorithm {
                proven_after: true, ..
            } => S::CryptoConstraintsFailure,
            Self::Algorithm { .. } => S::CryptoConstraintsFailureNoPoe,
            Self::NoProof { .. } => S::NoPoe,
            Self::NotYetValid { .. } => S::NotYetValid,
            Self::RevokedBefore { .. } => S::Revoked,
            Self::ExpiredBefore { .. } => S::Expired,
            Self::Token(error) => error.sub_indication(),
            Self::Imprint => S::HashFailure,
            Self::SeveralTokens => S::FormatFailure,
            Self::NotCovered => S::SignedDataNotFound,
            Self::Future { .. } => S::SigConstraintsFailure,
            Self::Order { .. } => S::TimestampOrderFailure,
            Self::Budget(_) => S::Custom,
        }
    }

    /// Whether a proof that the object is older may change the conclusion (EN 319 102-1 §5.5.4, §5.6.3.4).
    #[must_use]
    pub fn is_mended_by_proof(&self) -> bool {
        use SubIndication as S;
        matches!(
            self.sub_indication(),
            S::RevokedNoPoe
                | S::RevokedCaNoPoe
                | S::OutOfBoundsNoPoe
                | S::OutOfBoundsNotRevoked
                | S::CryptoConstraintsFailureNoPoe
                | S::RevocationOutOfBoundsNoPoe
                | S::TryLater
        )
    }
}
