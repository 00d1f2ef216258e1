//! The chain of a signing certificate, from certificates in any order.
use procura_pki::Certificate;

/// Certificates of a chain.
const MAX_CHAIN: usize = 8;

/// A certificate and, in order, those of its issuers as far as they are among `certificates`. A root is left out: who
/// trusts it has it.
pub(crate) fn of(leaf: &Certificate, certificates: &[Certificate]) -> Vec<Certificate> {
    let mut last = leaf;
    let mut chain = vec![leaf.clone()];
    while !last.is_self_issued() && chain.len() < MAX_CHAIN {
        let issuer = certificates.iter().find(|candidate| {
            candidate.subject().matches(last.issuer())
                && !candidate.is_self_issued()
                && last.is_signed_by(candidate)
        });
        match issuer {
            Some(issuer) if !chain.contains(issuer) => {
                chain.push(issuer.clone());
                last = issuer;
            }
            _ => break,
        }
    }
    chain
}
