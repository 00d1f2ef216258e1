//! The baseline level of a format (TS 119 182-1 §6.3): which properties are there, whatever they prove.
use super::time_stamp::ExaminedTimeStamp;
use crate::document::Transmitted;
use core::fmt;
use procura_pki::Certificate;

/// Properties that the levels from B-LT on must not have (TS 119 182-1 §6.3, annex A).
pub(crate) const REFERENCES: [&str; 6] = ["xRefs", "axRefs", "rRefs", "arRefs", "sigRTst", "rfsTst"];
/// Properties that hold validation data.
pub(crate) const VALIDATION_DATA: [&str; 4] = ["xVals", "rVals", "tstVD", "anyValData"];

/// A level of TS 119 182-1 §6.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// A JWS that breaks a rule of the baseline.
    NotBaseline,
    /// B-B: signed by whom and, as claimed, when.
    B,
    /// B-T: and it existed at a time.
    T,
    /// B-LT: and what its validation needs is inside. Whether that is all, only a validation tells.
    Lt,
    /// B-LTA: and all of it existed at a time.
    Lta,
}
impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotBaseline => "JSON_NOT_ETSI",
            Self::B => "JAdES_BASELINE_B",
            Self::T => "JAdES_BASELINE_T",
            Self::Lt => "JAdES_BASELINE_LT",
            Self::Lta => "JAdES_BASELINE_LTA",
        })
    }
}

pub(super) fn of(
    signature: &Transmitted,
    certificate: Option<&Certificate>,
    time_stamps: &[ExaminedTimeStamp],
    counter_signature: bool,
) -> Level {
    let broken = signature
        .deviations
        .iter()
        .any(super::super::document::Deviation::breaks_baseline);
    // §5.1.3: a counter-signature's payload is a signature, and has no content type of its own.
    let typed = counter_signature && signature.header.contains_key("cty");
    // §5.3.3: a policy store belongs to a policy that is named with its digest.
    let stores = signature.unsigned.of("sigPSt").count();
    let digest = signature
        .header
        .get("sigPId")
        .is_some_and(|policy| policy.get("digVal").is_some());
    if broken || typed || stores > 1 || (stores == 1 && !digest) {
        return Level::NotBaseline;
    }
    if !has_signature_time_stamp(signature, time_stamps, certificate) {
        return Level::B;
    }
    let unsigned = &signature.unsigned;
    if unsigned.has(&REFERENCES) || !unsigned.has(&VALIDATION_DATA) {
        return Level::T;
    }
    if unsigned.has(&["arcTst"]) {
        Level::Lta
    } else {
        Level::Lt
    }
}

/// Every `sigTst` holds one token, made before the signing certificate expired (TS 119 182-1 §6.3). Whether it is proven
/// and covers anything is another question.
fn has_signature_time_stamp(
    signature: &Transmitted,
    time_stamps: &[ExaminedTimeStamp],
    certificate: Option<&Certificate>,
) -> bool {
    let mut containers = signature.unsigned.of("sigTst").map(|(place, _)| place).peekable();
    containers.peek().is_some()
        && containers.all(|place| {
            let mut tokens = time_stamps.iter().filter(|stamp| stamp.place == Some(place));
            match (tokens.next(), tokens.next(), certificate) {
                (Some(one), None, Some(certificate)) => one
                    .token
                    .as_ref()
                    .is_ok_and(|token| token.time() <= certificate.not_after()),
                _ => false,
            }
        })
}
