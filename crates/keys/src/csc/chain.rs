//! Certificates in the order in which each certifies the one before.
use procura_pki::{Certificate, path};

/// Most certificates of a chain.
pub(super) const MOST: usize = 10;

/// Certificates are no chain.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ChainError {
    /// There is none.
    #[error("there is no certificate")]
    Empty,
    /// One cannot be read.
    #[error("certificate {0} cannot be read")]
    Unreadable(usize),
    /// One stands twice.
    #[error("a certificate stands twice")]
    Twice,
    /// None, or more than one, certifies none of the others.
    #[error("{0} certificates certify none of the others; one does in a chain")]
    Leaves(usize),
    /// Nothing among them certifies this one, counted in the order found so far.
    #[error("nothing certifies certificate {0}, and others are left over")]
    Broken(usize),
}

/// Puts certificates in order, the signing certificate first. A signature proves each step, names alone do not.
pub(super) fn ordered(certificates: &[Certificate]) -> Result<Vec<Certificate>, ChainError> {
    if certificates.is_empty() {
        return Err(ChainError::Empty);
    }
    let is_again =
        |(index, one): (usize, &Certificate)| certificates.iter().take(index).any(|c| c.der() == one.der());
    if certificates.iter().enumerate().any(is_again) {
        return Err(ChainError::Twice);
    }
    let certifies_one = |issuer: &Certificate| {
        certificates
            .iter()
            .any(|other| other.der() != issuer.der() && certifies(issuer, other))
    };
    let (mut rest, mut chain): (Vec<_>, Vec<_>) = certificates
        .iter()
        .cloned()
        .partition(|certificate| certifies_one(certificate));
    if chain.len() != 1 {
        return Err(ChainError::Leaves(chain.len()));
    }
    while !rest.is_empty() {
        let next = chain
            .last()
            .and_then(|below| rest.iter().position(|issuer| certifies(issuer, below)))
            .ok_or(ChainError::Broken(chain.len() - 1))?;
        chain.push(rest.remove(next));
    }
    Ok(chain)
}

fn certifies(issuer: &Certificate, certificate: &Certificate) -> bool {
    certificate.issuer().matches(issuer.subject()) && certificate.is_signed_by(issuer)
}

/// Whether the certificate may sign documents at all.
pub(super) fn may_sign(certificate: &Certificate) -> Result<(), String> {
    path::may_sign(certificate).map_err(|error| error.to_string())
}
