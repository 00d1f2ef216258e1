//! Who signed a response, and whether it may speak for the issuer (RFC 6960 §4.2.2.2).
use super::OcspError;
use crate::{
    certificate::Certificate,
    name::Name,
    path::{self, Anchor, Dates, PathError, PathOptions, SignatureChecks},
    tlv::{self, Fields},
};
use jiff::Timestamp;
use procura_crypto::{Digest, Scheme};

const OCSP_SIGNING: &str = "1.3.6.1.5.5.7.3.9";
/// Certificates that fit the responder's identifier and are tried: honest responses bring one.
const MAX_RESPONDERS: usize = 4;
const ANOTHER_ISSUER: &str = "another key issued its certificate";

/// By what a responder names itself.
#[derive(Clone, Debug)]
pub(super) enum ResponderId {
    Name(Name),
    /// SHA-1 of the key.
    Key(Vec<u8>),
}

impl ResponderId {
    pub(super) fn read(fields: &mut Fields<'_>) -> Option<Self> {
        if fields.has(tlv::context(1)) {
            let name = fields.explicit(1, tlv::SEQUENCE)?;
            return Name::from_der(name.whole).map(Self::Name);
        }
        let key = fields.explicit(2, tlv::OCTET_STRING)?;
        Some(Self::Key(key.content.to_vec()))
    }

    fn is_of(&self, certificate: &Certificate) -> bool {
        match self {
            // An empty name names nobody.
            Self::Name(name) => !name.is_empty() && certificate.subject().matches(name),
            Self::Key(hash) => certificate
                .public_key_bits()
                .is_some_and(|key| Digest::Sha1.of(key) == *hash),
        }
    }

    pub(super) fn label(&self) -> String {
        match self {
            Self::Name(name) => name.label(),
            Self::Key(hash) => procura_crypto::digest::hexadecimal(hash),
        }
    }
}

/// A response as far as its signature goes.
pub(super) struct Signed<'a> {
    pub(super) responder: &'a ResponderId,
    pub(super) tbs: &'a [u8],
    pub(super) scheme: Scheme,
    pub(super) signature: &'a [u8],
    pub(super) produced_at: Timestamp,
    /// Of the whole response.
    pub(super) sha256: [u8; 32],
}

impl Signed<'_> {
    /// Who signed it for `issuer` about `certificate`: `None` is the issuer itself, whose right needs no keyUsage of
    /// its own; else a delegate among `candidates`.
    pub(super) fn responder<'c>(
        &self,
        certificate: &Certificate,
        issuer: &Certificate,
        candidates: impl Iterator<Item = &'c Certificate>,
        checks: &SignatureChecks,
    ) -> Result<Option<&'c Certificate>, OcspError> {
        let mut refused = OcspError::ResponderMissing;
        if self.responder.is_of(issuer) {
            if self.is_signed_by(issuer, checks)? {
                return Ok(None);
            }
            refused = OcspError::Signature;
        }
        let mut seen: Vec<&Certificate> = vec![issuer];
        // Responders change their certificates often and keep their name: first those of the time.
        let mut candidates: Vec<_> = candidates
            .filter(|candidate| self.responder.is_of(candidate))
            .collect();
        candidates.sort_by_key(|candidate| !candidate.is_valid_at(self.produced_at));
        for candidate in candidates {
            if seen.contains(&candidate) {
                continue;
            }
            if seen.len() > MAX_RESPONDERS {
                break;
            }
            seen.push(candidate);
            if !self.is_signed_by(candidate, checks)? {
                // A delegate that was refused came nearer.
                if refused == OcspError::ResponderMissing {
                    refused = OcspError::Signature;
                }
                continue;
            }
            let right = may_answer(candidate, certificate)
                .and_then(|()| delegated(candidate, issuer, self.produced_at, checks));
            match right {
                Ok(()) => return Ok(Some(candidate)),
                Err(rule) => {
                    refused = OcspError::NotDelegated {
                        responder: candidate.subject().label(),
                        rule,
                    };
                }
            }
        }
        Err(refused)
    }

    fn is_signed_by(&self, certificate: &Certificate, checks: &SignatureChecks) -> Result<bool, OcspError> {
        let verify = || certificate.verify(self.scheme, self.tbs, self.signature).is_ok();
        checks
            .once((self.sha256, certificate.sha256()), verify)
            .ok_or(OcspError::Budget)
    }
}

/// What holds for every responder but the issuer itself.
fn may_answer(responder: &Certificate, about: &Certificate) -> Result<(), &'static str> {
    // Who was revoked would not say so.
    if responder == about {
        return Err("it speaks of its own certificate");
    }
    if responder.is_ca() {
        return Err("its certificate is that of a CA");
    }
    let purposes = responder.extended_key_usage().unwrap_or_default();
    // anyExtendedKeyUsage delegates nothing (RFC 6960 §4.2.2.2).
    if !purposes.iter().any(|purpose| purpose == OCSP_SIGNING) {
        return Err("extKeyUsage lacks id-kp-OCSPSigning");
    }
    match responder.key_usage() {
        Some(usage) if !(usage.digital_signature || usage.non_repudiation) => {
            Err("keyUsage has neither digitalSignature nor nonRepudiation")
        }
        _ => Ok(()),
    }
}

/// By the issuer itself, with the key that issued the certificate: one step, never through another CA.
fn delegated(
    responder: &Certificate,
    issuer: &Certificate,
    produced_at: Timestamp,
    checks: &SignatureChecks,
) -> Result<(), &'static str> {
    // Strength over time is the caller's catalogue.
    let options = PathOptions {
        min_rsa_bits: 1024,
        max_length: 1,
        ..PathOptions::default()
    };
    let anchors = [Anchor(issuer.clone())];
    let dates = Dates::At(produced_at);
    match path::find_where(responder, &[], &anchors, dates, &options, checks, &mut |_| true) {
        Ok(Some(_)) => Ok(()),
        Ok(None) => Err(ANOTHER_ISSUER),
        Err(error) => Err(rule(&error)),
    }
}

fn rule(error: &PathError) -> &'static str {
    match error {
        PathError::OutOfBounds { .. } => "its certificate was not valid when it signed",
        PathError::NoPath { .. } => ANOTHER_ISSUER,
        PathError::KeyUsage { rule, .. }
        | PathError::Rule { rule, .. }
        | PathError::Algorithm { rule, .. } => rule,
        PathError::Budget => "the search for its issuer exceeded its bounds",
    }
}
