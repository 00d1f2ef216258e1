//! What deviates from RFC 7515, RFC 7797 and TS 119 182-1, each by its rule.
use core::fmt;
use procura_pki::CertificateError;
use serde_json::{Map, Value};

/// One broken rule. None of them is tolerated unless a profile says so.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Deviation {
    /// A compact JWS is followed by line breaks.
    LineBreaks,
    /// A member of a JSON serialisation that RFC 7515 §7.2 does not define there.
    UnknownMember(String),
    /// `alg` is missing, symmetric, or not an algorithm for signatures.
    Algorithm,
    /// `crit` is no list of different names, or empty (RFC 7515 §4.1.11).
    Crit,
    /// `crit` names a parameter that is not in the protected header.
    CritAbsent(String),
    /// `crit` names a parameter of RFC 7515 or RFC 7518 itself.
    CritOwn(String),
    /// `crit` names a parameter that nobody here understands.
    CritUnknown(String),
    /// A parameter that must be critical is not (`b64`: RFC 7797 §6; `sigD`: TS 119 182-1 §5.2.8).
    NotCritical(&'static str),
    /// `b64` is not a boolean.
    B64,
    /// A parameter that only counts where it is signed stands in the unprotected header.
    Unprotected(String),
    /// A parameter that only counts where it is not signed stands in the protected header (TS 119 182-1 §5.3.1).
    Protected(&'static str),
    /// The first certificate of `x5c` is not the signer's (RFC 7515 §4.1.6).
    SignerNotFirst,
    /// Both `iat` and `sigT` (`true`), or none of them (TS 119 182-1 §5.1.11, §6.3).
    ClaimedTime(bool),
    /// `iat` or `sigT` is malformed.
    ClaimedTimeForm(&'static str),
    /// `sigT` on or after 2025-07-15.
    SigTEnded,
    /// Not exactly one of `x5t#S256`, `x5t#o` and `sigX5ts` (TS 119 182-1 §6.3).
    References(usize),
    /// A reference to the signing certificate, or `x5c`, is malformed.
    Malformed(&'static str),
    /// More than 16 certificates in `x5c`.
    TooManyCertificates,
    /// A certificate of `x5c` cannot be read.
    Certificate(usize, CertificateError),
    /// Base64url is padded (RFC 7515 §2).
    Padding(&'static str),
    /// `x5t`, the digest by SHA-1, is present (TS 119 182-1 §5.1.6).
    Sha1Reference,
    /// `sigD` beside a payload that is not detached (TS 119 182-1 §5.2.8.1).
    NotDetached,
    /// `etsiU` is no list, an empty one, or mixes both forms (TS 119 182-1 §5.3.1).
    EtsiU,
    /// A property of `etsiU` is not one object with one member.
    EtsiUProperty(usize),
}

impl Deviation {
    /// Whether a signature with it has none of the baseline levels (TS 119 182-1 §6.3), whatever else holds.
    #[must_use]
    pub fn breaks_baseline(&self) -> bool {
        !matches!(
            self,
            Self::LineBreaks
                | Self::UnknownMember(_)
                | Self::EtsiU
                | Self::EtsiUProperty(_)
                | Self::Padding(_)
                | Self::SignerNotFirst
        )
    }

    /// What is left of an object where everything known was taken out.
    pub(super) fn unknown_members(left: &Map<String, Value>, found: &mut Vec<Self>) {
        found.extend(left.keys().map(|name| Self::UnknownMember(short(name))));
    }
}

/// A name that came from a stranger, short enough for a line.
pub(super) fn short(name: &str) -> String {
    name.chars().take(64).collect()
}

impl fmt::Display for Deviation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::LineBreaks => f.write_str("line breaks follow the compact JWS"),
            Self::UnknownMember(name) => write!(f, "member {name:?} does not belong here"),
            Self::Algorithm => f.write_str("alg is missing or not an algorithm for signatures"),
            Self::Crit => f.write_str("crit is not a list of different names"),
            Self::CritAbsent(name) => write!(f, "crit names {name:?}, which is not in the protected header"),
            Self::CritOwn(name) => write!(f, "crit names {name:?}, which is never critical"),
            Self::CritUnknown(name) => write!(f, "crit names {name:?}, which is not understood"),
            Self::NotCritical(name) => write!(f, "{name:?} is not named in crit"),
            Self::B64 => f.write_str("b64 is not a boolean"),
            Self::Unprotected(name) => write!(f, "{name:?} stands in the unprotected header"),
            Self::Protected(name) => write!(f, "{name:?} stands in the protected header"),
            Self::SignerNotFirst => {
                f.write_str("the signed reference (x5t#S256) is not of the first certificate of x5c")
            }
            Self::ClaimedTime(true) => f.write_str("both iat and sigT claim a signing time"),
            Self::ClaimedTime(false) => f.write_str("neither iat nor sigT claims a signing time"),
            Self::ClaimedTimeForm(name) => write!(f, "{name} is malformed"),
            Self::SigTEnded => f.write_str("sigT on or after 2025-07-15; iat is required"),
            Self::TooManyCertificates => f.write_str("x5c holds more than 16 certificates"),
            Self::Certificate(index, error) => write!(f, "x5c[{index}]: {error}"),
            Self::References(0) => f.write_str(
                "no reference to the signing certificate: a plain JWS with x5c, not JAdES B-B (x5t#S256 is missing)",
            ),
            Self::References(count) => {
                write!(
                    f,
                    "{count} references to the signing certificate in place of exactly one"
                )
            }
            Self::Malformed(name) => write!(f, "{name:?} is malformed"),
            Self::Padding(name) => write!(f, "{name:?} is padded"),
            Self::Sha1Reference => f.write_str("x5t (SHA-1) must not be present"),
            Self::NotDetached => f.write_str("sigD beside a payload"),
            Self::EtsiU => f.write_str("etsiU is not a list of properties of one form"),
            Self::EtsiUProperty(index) => write!(f, "etsiU[{index}] is not one property"),
        }
    }
}
