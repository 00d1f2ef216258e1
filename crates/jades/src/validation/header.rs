//! Rules about one protected header with its certificate, for documents and for credentials' seals alike.
use super::Rules;
use crate::{document::SignedProperties, report::Block};
use jiff::{SignedDuration, Timestamp};
use procura_ades::SubIndication;
use procura_crypto::{PublicKey, Scheme};
use procura_jose::{Algorithm, AlgorithmSet};
use procura_pki::Certificate;
use serde_json::{Map, Value};

/// Clocks differ.
const SKEW: SignedDuration = SignedDuration::from_secs(60);

/// RFC 7518 §3.3 and §3.5, in bits.
const MIN_RSA_BITS: usize = 2048;

/// A rule that is broken.
pub(crate) struct Broken {
    pub(crate) block: Block,
    pub(crate) name: &'static str,
    pub(crate) sub_indication: SubIndication,
    pub(crate) sentence: &'static str,
}

/// What a credential's seal must have beside what TS 119 182-1 demands of every signature: an attached payload, nothing
/// critical, `x5c` with the signing certificate first, `x5t#S256` and no other reference, `iat`.
pub(crate) fn broken_for_credentials(
    rules: Rules,
    header: &Map<String, Value>,
    signed: &SignedProperties,
) -> Vec<Broken> {
    let has = |name: &str| header.contains_key(name);
    let critical = header.get("crit").and_then(Value::as_array);
    let critical = critical.map(Vec::as_slice).unwrap_or_default();
    let format = |holds: bool, name, sentence| (holds, Block::Format, name, sentence);
    let certificate = |holds: bool, name, sentence| (holds, Block::SigningCertificate, name, sentence);
    [
        format(!has("sigD"), "attached", "sigD does not belong here"),
        format(!has("b64"), "encoded", "b64 does not belong here"),
        format(
            critical
                .iter()
                .all(|name| rules.accepts_sig_t() && name == "sigT"),
            "nothing-critical",
            "crit names what a credential's seal does not have",
        ),
        format(
            rules.accepts_sig_t() || !has("sigT") || has("iat"),
            "iat",
            "sigT in place of iat",
        ),
        certificate(
            !signed.certificates.is_empty(),
            "certificate-in-x5c",
            "x5c is missing or empty",
        ),
        certificate(
            !has("x5t#o") && !has("sigX5ts"),
            "reference-by-sha256",
            "exactly one certificate reference, x5t#S256, is accepted",
        ),
    ]
    .into_iter()
    .filter(|(holds, ..)| !holds)
    .map(|(_, block, name, sentence)| Broken {
        block,
        name,
        sub_indication: match block {
            Block::SigningCertificate => SubIndication::NoSigningCertificateFound,
            _ => SubIndication::FormatFailure,
        },
        sentence,
    })
    .collect()
}

/// Why the signing certificate's key does not go with `alg`.
pub(crate) enum Misfit {
    /// Another kind of key, another curve, or a key that is bound to another scheme.
    Kind(String),
    /// An RSA key below what JWS demands, or the caller.
    TooShort(String),
}

/// Whether the key of the signing certificate goes with `alg`.
pub(crate) fn check_key(
    algorithm: Algorithm,
    certificate: &Certificate,
    allowed: &AlgorithmSet,
) -> Result<(), Misfit> {
    let key = certificate
        .public_key()
        .map_err(|error| Misfit::Kind(format!("the signing certificate: {error}")))?;
    let scheme = algorithm.scheme();
    let permitted = certificate.permits(scheme);
    if allowed.fits(algorithm, key) && permitted {
        return Ok(());
    }
    let takes_rsa = matches!(scheme, Scheme::RsaPkcs1(_) | Scheme::RsaPss { .. });
    if matches!(key, PublicKey::Rsa { .. }) && takes_rsa && permitted {
        let bits = key.bits();
        return Err(Misfit::TooShort(format!(
            "an RSA key of {bits} bits; at least {MIN_RSA_BITS} are needed"
        )));
    }
    Err(Misfit::Kind(format!(
        "alg {} does not fit the key of the signing certificate",
        algorithm.name()
    )))
}

/// A claimed time is not in the future and lies within the validity of the certificate (EN 319 102-1 §5.2.8).
pub(crate) fn check_claimed_time(
    claimed: Timestamp,
    certificate: &Certificate,
    now: Timestamp,
) -> Result<(), String> {
    if claimed > now.saturating_add(SKEW).unwrap_or(Timestamp::MAX) {
        return Err(format!("the claimed signing time {claimed} is in the future"));
    }
    if !certificate.is_valid_at(claimed) {
        return Err(format!(
            "the claimed signing time {claimed} is outside of the certificate's validity, {} to {}",
            certificate.not_before(),
            certificate.not_after()
        ));
    }
    Ok(())
}
