//! Time-stamp validation (EN 319 102-1 §5.4), now or, with proofs of existence, in the past (§5.6.3.4).
use super::{Context, Failure, Purpose, SKEW, certificate, certificate::Judged, past};
use crate::{
    catalogue::Acceptance, indication::Conclusion, proof::ProofsOfExistence, token::Token, token::TokenError,
};
use jiff::Timestamp;
use procura_pki::{Certificate, Path};

/// A time-stamp, judged.
#[derive(Clone, Debug)]
pub struct JudgedTimeStamp {
    /// The certificate of its unit at the validation time; `None` where it did not come to that.
    pub certificate: Option<Judged>,
    /// The control-time, where only the past vouches for it.
    pub control_time: Option<Timestamp>,
    /// The time that it proves, or why it proves none.
    pub result: Result<Timestamp, Failure>,
}
impl JudgedTimeStamp {
    fn refused(failure: Failure) -> Self {
        Self {
            certificate: None,
            control_time: None,
            result: Err(failure),
        }
    }

    /// What EN 319 102-1 calls it.
    #[must_use]
    pub fn conclusion(&self) -> Conclusion {
        match &self.result {
            Ok(_) => Conclusion::PASSED,
            Err(failure) => failure.sub_indication().into(),
        }
    }
}

/// Judges a token that covers what it should (`covered`), whose signature was verified by `signer`.
#[must_use]
pub fn validate(
    context: &Context<'_>,
    token: &Result<Token, TokenError>,
    signer: &Result<Certificate, TokenError>,
    covered: Result<(), Failure>,
    proofs: &ProofsOfExistence,
) -> JudgedTimeStamp {
    let refused = JudgedTimeStamp::refused;
    let token = match token {
        Ok(token) => token,
        Err(error) => return refused(Failure::Token(error.clone())),
    };
    if let Err(failure) = covered {
        return refused(failure);
    }
    let signer = match signer {
        Ok(signer) => signer,
        Err(error) => return refused(Failure::Token(error.clone())),
    };
    let time = token.time();
    if time > context.now.saturating_add(SKEW).unwrap_or(Timestamp::MAX) {
        return refused(Failure::Future { time });
    }
    // Whatever vouches for the unit's certificate, it vouches for no time outside of its validity.
    if time < signer.not_before() {
        return refused(Failure::NotYetValid {
            subject: signer.subject().label(),
            not_before: signer.not_before(),
            proven: time,
        });
    }
    if time > signer.not_after() {
        return refused(Failure::OutOfBounds {
            subject: signer.subject().label(),
            not_before: signer.not_before(),
            not_after: signer.not_after(),
            not_revoked: false,
        });
    }
    let algorithms = algorithms(context, token, signer);
    let judged = certificate::validate(context, Purpose::TimeStamps, signer);
    // Of the path that is relied on: others may be of certificates that strangers brought.
    let not_refused_then = |path: &Path| certificate::refuse_known(context, path, time, Some(proofs));
    let now = judged.result.clone().and_then(|()| {
        algorithms.iter().try_for_each(|(algorithm, acceptance)| {
            certificate::check_algorithm(
                *acceptance,
                context.now,
                || "the time-stamp".to_owned(),
                || algorithm.clone(),
            )
        })
    });
    let Err(failure) = now else {
        let then = judged.path.as_ref().map_or(Ok(()), not_refused_then);
        return JudgedTimeStamp {
            certificate: Some(judged),
            control_time: None,
            result: then.map(|()| time),
        };
    };
    // Without a proof of another there is no past.
    let proven = proofs
        .proven(token.der())
        .filter(|_| failure.is_mended_by_proof());
    let past = proven.and_then(|proven| {
        let subject = past::Subject {
            name: "the time-stamp",
            leaf: signer,
            proven,
            algorithms: &algorithms,
        };
        past::validate(context, Purpose::TimeStamps, &subject, proofs).ok()
    });
    JudgedTimeStamp {
        certificate: Some(judged),
        control_time: past.as_ref().map(|past| past.control_time),
        result: match past {
            Some(past) => not_refused_then(&past.path).map(|()| time),
            // §5.6.3.4: what the past cannot mend stays what it is now.
            None => Err(failure),
        },
    }
}

/// What the token rests on: the imprint's digest, the digest of its content, its signature. Not the digest of its
/// reference to its signer's certificate: many units of trust services still write it by SHA-1 (RFC 2634), whose
/// collisions nobody can use who does not hold a certificate of the same name and number from the same CA.
fn algorithms(context: &Context<'_>, token: &Token, signer: &Certificate) -> Vec<(String, Acceptance)> {
    let catalogue = &context.policy.catalogue;
    let signature = match signer.public_key() {
        Ok(key) => catalogue.acceptance(key, token.scheme()),
        Err(_) => Acceptance::Never,
    };
    vec![
        (
            format!("imprint by {}", token.imprint_digest()),
            catalogue.digest(token.imprint_digest()),
        ),
        (
            format!("content by {}", token.digest()),
            catalogue.digest(token.digest()),
        ),
        (certificate::described(signer, Some(token.scheme())), signature),
    ]
}
