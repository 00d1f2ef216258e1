//! Ways in which a responder goes wrong.
use http::StatusCode;
use jiff::SignedDuration;
use procura_pki::ocsp::ResponseStatus;

/// What a responder does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Behaviour {
    /// What the specifications demand.
    #[default]
    Sound,
    /// Gives no answer, for this reason.
    Failing(ResponseStatus),
    /// Signs by a key that nobody certified, under the delegate's name.
    OtherKey,
    /// Leaves out the nonce, as those who sign ahead do.
    WithoutNonce,
    /// Answers another request's nonce.
    OtherNonce,
    /// Serves an answer that is so much older.
    Stale(SignedDuration),
    /// Has no record of any certificate.
    KnowingNobody,
    /// Answers by an HTTP status and no body.
    HttpError(StatusCode),
    /// Answers by octets that are no response.
    Garbage,
    /// Never answers.
    Silent,
}
