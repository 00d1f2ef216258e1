//! The presentation itself: one did:key signed it, for this request, for us, just now.
use super::PresentationExpectations;
use crate::{
    presentation::{self, LIMITS},
    trail::{Finding, Trail},
    verdict::CheckName,
};
use jiff::Timestamp;
use procura_crypto::PublicKey;
use procura_did::{Did, key};
use procura_jose::{CompactJws, Understood, jwt::Claims};

/// Checks after those of the credential, in order.
pub(super) const CHECKS: [CheckName; 6] = [
    CheckName::HolderKey,
    CheckName::HolderSignature,
    CheckName::HolderBinding,
    CheckName::Nonce,
    CheckName::Audience,
    CheckName::Freshness,
];
/// What was presented.
pub(super) struct Presented {
    pub(super) credential: String,
    /// `Some` when its signature verified.
    pub(super) holder: Option<Did>,
}
struct Opened {
    jws: CompactJws,
    claims: Claims,
    holder: String,
    credential: String,
}

pub(super) fn judge(
    trail: &mut Trail,
    vp_token: &str,
    expectations: &PresentationExpectations,
    now: Timestamp,
) -> Option<Presented> {
    let opened = trail.run(CheckName::PresentationFormat, "vp_token", || {
        match open(vp_token) {
            Ok(opened) => Finding::Passed(opened, "a JWT with one credential".to_owned()),
            Err(reason) => Finding::Failed(reason),
        }
    })?;
    let Opened {
        jws,
        claims,
        holder,
        credential,
    } = &opened;
    let signer = trail.run(CheckName::HolderKey, holder.as_str(), || {
        signer(jws, claims, holder, expectations)
    });
    let verified = signer.and_then(|(did, key)| {
        trail.run(CheckName::HolderSignature, holder.as_str(), || {
            match jws.verify(&key, &expectations.holder_algorithms) {
                Ok(_) => Finding::Passed(did, "the signature verifies by the holder's key".to_owned()),
                Err(error) => Finding::Failed(error.to_string()),
            }
        })
    });
    trail.run(CheckName::Nonce, "nonce", || nonce(claims, &expectations.nonce));
    trail.run(CheckName::Audience, "aud", || {
        audience(claims, &expectations.audience)
    });
    trail.run(CheckName::Freshness, "iat", || {
        freshness(claims, expectations, now)
    });
    Some(Presented {
        credential: credential.clone(),
        holder: verified,
    })
}

fn open(vp_token: &str) -> Result<Opened, String> {
    let jwt = presentation::unwrap(vp_token).ok_or("not a compact JWT, raw or in base64")?;
    let jws = CompactJws::parse(&jwt, Understood::default(), LIMITS).map_err(|error| error.to_string())?;
    let typ = jws.header.typ.as_deref().unwrap_or_default().to_ascii_lowercase();
    if !matches!(typ.as_str(), "jwt" | "application/jwt") {
        return Err("typ is not JWT".to_owned());
    }
    let claims = procura_jose::json::parse_object(jws.unverified_payload(), LIMITS)
        .map_err(|error| error.to_string())?;
    let claims = Claims(claims);
    let presentation::Contents { holder, credential } = presentation::contents(&claims)?;
    let (holder, credential) = (holder.to_owned(), credential.to_owned());
    Ok(Opened {
        jws,
        claims,
        holder,
        credential,
    })
}

fn signer(
    jws: &CompactJws,
    claims: &Claims,
    holder: &str,
    expectations: &PresentationExpectations,
) -> Finding<(Did, PublicKey)> {
    let algorithm = jws.header.alg;
    if !expectations.holder_algorithms.contains(algorithm) {
        return Finding::Failed(format!("{} is not accepted from holders", algorithm.name()));
    }
    let Some(kid) = jws.header.kid.as_deref() else {
        return Finding::Failed("there is no kid".to_owned());
    };
    let Ok((did, key)) = key::from_kid(kid) else {
        return Finding::Failed("kid is not a did:key".to_owned());
    };
    if claims.string("iss") != Ok(did.as_str()) {
        return Finding::Failed("iss is another than the key of kid".to_owned());
    }
    if holder != did.as_str() {
        return Finding::Failed("holder is another than the key of kid".to_owned());
    }
    match claims.optional_string("sub") {
        Ok(None) => {}
        Ok(Some(sub)) if sub == did.as_str() => {}
        _ => return Finding::Failed("sub is another than the key of kid".to_owned()),
    }
    if !algorithm.fits(&key) {
        return Finding::Failed(format!("{} does not fit the key", algorithm.name()));
    }
    Finding::Passed(
        (did, key),
        format!("kid, iss and holder are one did:key, {}", algorithm.name()),
    )
}

fn nonce(claims: &Claims, expected: &str) -> Finding<()> {
    match claims.string("nonce") {
        Ok(nonce)
            if !expected.is_empty()
                && procura_crypto::constant_time_eq(nonce.as_bytes(), expected.as_bytes()) =>
        {
            Finding::passed("of this request")
        }
        Ok(_) => Finding::Failed("of another request".to_owned()),
        Err(error) => Finding::Failed(error.to_string()),
    }
}

fn audience(claims: &Claims, expected: &str) -> Finding<()> {
    match claims.audience() {
        Ok(audience) if !expected.is_empty() && audience == [expected] => Finding::passed(expected),
        Ok(_) => Finding::Failed(format!("not {expected} alone")),
        Err(error) => Finding::Failed(error.to_string()),
    }
}

fn freshness(claims: &Claims, expectations: &PresentationExpectations, now: Timestamp) -> Finding<()> {
    let skew = expectations.credential.skew_seconds;
    let now = now.as_second();
    let times = claims
        .time("iat")
        .and_then(|iat| Ok((iat, claims.optional_time("nbf")?, claims.optional_time("exp")?)));
    let (iat, nbf, exp) = match times {
        Ok(times) => times,
        Err(error) => return Finding::Failed(error.to_string()),
    };
    let future = |time: Timestamp| time.as_second() > now.saturating_add(skew);
    if future(iat) || nbf.is_some_and(future) {
        return Finding::Failed("made in the future".to_owned());
    }
    if exp.is_some_and(|exp| exp.as_second().saturating_add(skew) <= now) {
        return Finding::Failed("expired".to_owned());
    }
    let oldest = expectations.max_age_seconds.saturating_add(skew);
    if now.saturating_sub(iat.as_second()) > oldest {
        return Finding::Failed(format!("made more than {} s ago", expectations.max_age_seconds));
    }
    Finding::passed(format!("made at {iat}"))
}
