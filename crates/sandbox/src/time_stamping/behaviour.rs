//! What a time-stamping authority may do.
use http::StatusCode;
use jiff::SignedDuration;
use procura_ades::tsp::Failure;

/// How an authority behaves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Behaviour {
    /// As the standards say.
    #[default]
    Sound,
    /// Every request is rejected for this reason.
    Rejecting(Failure),
    /// HTTP answers this status and nothing else.
    HttpError(StatusCode),
    /// The connection stays open and nothing comes: slower than anybody waits.
    Silent,
    /// What comes is no `TimeStampResp`.
    Garbage,
    /// What comes is a page, as a captive portal would send it.
    Page,
    /// The token is signed by another key than its certificate's.
    OtherKey,
    /// The token is over other data.
    WrongImprint,
    /// The token has another nonce.
    WrongNonce,
    /// The token is issued under another policy than was asked for.
    WrongPolicy,
    /// The token does not bring the certificate that was asked for.
    WithoutCertificate,
    /// The clock goes wrong by this much.
    ClockOff(SignedDuration),
}
