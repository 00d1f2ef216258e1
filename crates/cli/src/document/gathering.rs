//! What tells of a certificate's revocation: from files, from the document itself, and where that is allowed from the
//! addresses that the certificate names.
//!
//! Only certificates of paths that reached an anchor are asked about, so nobody else's addresses are called.
use crate::{failure::Failure, output::complain};
use jiff::Timestamp;
use procura_jades::{augment::RevocationNeed, report::visible};
use procura_keys::{Http, HttpRequest};
use procura_pki::{Certificate, Crl, OcspRequest, OcspResponse, RevocationData, RevocationStatus, ocsp};
use procura_service::{GuardedClient, guarded};
use std::collections::BTreeMap;
use url::Url;

/// Requests for one document.
const MAX_FETCHES: usize = 64;
/// Addresses of one kind that are tried for one certificate.
const MAX_ADDRESSES: usize = 4;
/// Largest OCSP response in bytes.
const MAX_RESPONSE: usize = 256 * 1024;

/// Gathers for one document.
pub(super) struct Gathering<'a> {
    /// `None`: nothing is fetched.
    client: Option<&'a GuardedClient>,
    /// From files, then what was fetched.
    data: Vec<RevocationData>,
    /// What came of each list, which may tell of several certificates.
    lists: BTreeMap<String, Result<(), String>>,
    left: usize,
}

/// How good data are: whoever knows of a revocation is heard before all others, then newer data before older ones.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Worth {
    /// From before the time that matters, but current then.
    Current(Timestamp),
    /// From after it.
    After(Timestamp),
    /// They tell of a revocation.
    Revoked(Timestamp),
}

impl<'a> Gathering<'a> {
    pub(super) fn new(client: Option<&'a GuardedClient>, brought: &[RevocationData]) -> Self {
        Self {
            client,
            data: brought.to_vec(),
            lists: BTreeMap::new(),
            left: MAX_FETCHES,
        }
    }

    /// All that was brought or fetched.
    pub(super) fn data(&self) -> &[RevocationData] {
        &self.data
    }

    /// The best that there is, and why there is nothing otherwise. `inside` is what the document holds; `candidates` are
    /// where responders' certificates may be found.
    pub(super) async fn about(
        &mut self,
        need: &RevocationNeed,
        inside: &[RevocationData],
        candidates: &[Certificate],
    ) -> Result<RevocationData, Failure> {
        let mut reasons = Vec::new();
        if !self.is_enough(need, inside, candidates) {
            self.ask(need, &mut reasons).await;
        }
        if !self.is_enough(need, inside, candidates) {
            self.fetch_lists(need, &mut reasons).await;
        }
        let subject = visible(&need.certificate.subject().label());
        if let Some((worth, data)) = self.best(need, inside, candidates) {
            if let Worth::Current(made) = worth {
                complain(format!(
                    "{subject}: its revocation data are of {made}, before the time-stamp of {}; newer ones tell more",
                    need.after
                ));
            }
            return Ok(data.clone());
        }
        if self.client.is_none() {
            reasons.push("bring them with --revocation, or fetch them with --fetch".to_owned());
        } else if reasons.is_empty() {
            reasons.push("the certificate names no address for them".to_owned());
        }
        Err(Failure::new(format!(
            "revocation data of {subject} ({})",
            reasons.join("; ")
        )))
    }

    fn best<'d>(
        &'d self,
        need: &RevocationNeed,
        inside: &'d [RevocationData],
        candidates: &[Certificate],
    ) -> Option<(Worth, &'d RevocationData)> {
        let all = inside.iter().chain(&self.data);
        all.filter_map(|data| Some((worth(data, need, candidates)?, data)))
            .max_by_key(|(worth, _)| *worth)
    }

    fn is_enough(
        &self,
        need: &RevocationNeed,
        inside: &[RevocationData],
        candidates: &[Certificate],
    ) -> bool {
        self.best(need, inside, candidates)
            .is_some_and(|(worth, _)| !matches!(worth, Worth::Current(_)))
    }

    /// OCSP: an answer of today.
    async fn ask(&mut self, need: &RevocationNeed, reasons: &mut Vec<String>) {
        let Some(client) = self.client else { return };
        for address in need.certificate.ocsp_urls().iter().take(MAX_ADDRESSES) {
            if !self.may_fetch(reasons) {
                return;
            }
            match answered(client, address, need).await {
                Ok(response) => {
                    self.data.push(response.into());
                    return;
                }
                Err(reason) => reasons.push(format!("{}: {reason}", visible(address))),
            }
        }
    }

    async fn fetch_lists(&mut self, need: &RevocationNeed, reasons: &mut Vec<String>) {
        let Some(client) = self.client else { return };
        for address in need.certificate.crl_urls().iter().take(MAX_ADDRESSES) {
            if !self.lists.contains_key(address) {
                if !self.may_fetch(reasons) {
                    return;
                }
                let fetched = list(client, address).await;
                let came = fetched.map(|list| self.data.push(list.into()));
                self.lists
                    .insert(address.clone(), came.map_err(|reason| reason.to_string()));
            }
            match self.lists.get(address) {
                Some(Err(reason)) => reasons.push(format!("{}: {reason}", visible(address))),
                _ => return,
            }
        }
    }

    fn may_fetch(&mut self, reasons: &mut Vec<String>) -> bool {
        let Some(left) = self.left.checked_sub(1) else {
            reasons.push(format!("{MAX_FETCHES} requests were made for this document"));
            return false;
        };
        self.left = left;
        true
    }
}

/// `None`: they tell nothing of the certificate, or of a time that does not matter.
fn worth(data: &RevocationData, need: &RevocationNeed, candidates: &[Certificate]) -> Option<Worth> {
    let statement = data.statement(&need.certificate, &need.issuer, candidates).ok()?;
    let made = statement.this_update;
    if matches!(statement.status, RevocationStatus::Revoked { .. }) {
        Some(Worth::Revoked(made))
    } else if made.as_second() >= need.after.as_second() {
        // They are dated by whole seconds, time-stamps more finely.
        Some(Worth::After(made))
    } else {
        statement
            .is_current_at(need.after)
            .then_some(Worth::Current(made))
    }
}

/// RFC 6960 appendix A.1. Without a nonce, which many responders do not know: an answer counts from its own time on.
async fn answered(
    client: &GuardedClient,
    address: &str,
    need: &RevocationNeed,
) -> Result<OcspResponse, Failure> {
    let failed = |error: &dyn core::fmt::Display| Failure::new(visible(&error.to_string()));
    let url = Url::parse(address).map_err(|error| failed(&error))?;
    let question = OcspRequest::new(&need.certificate, &need.issuer, None).map_err(|error| failed(&error))?;
    let mut request = HttpRequest::new(url, ocsp::REQUEST, question.der());
    request.accepted = &[ocsp::RESPONSE];
    request.max_response = MAX_RESPONSE;
    let transport = client.transport(guarded::Purpose::Crl);
    let answer = transport.post(request).await.map_err(|error| failed(&error))?;
    if !answer.is_success() {
        return Err(Failure::new(format!("answers with status {}", answer.status)));
    }
    let response = OcspResponse::from_der(&answer.body).map_err(|error| failed(&error))?;
    Ok(response)
}

async fn list(client: &GuardedClient, address: &str) -> Result<Crl, Failure> {
    let failed = |error: &dyn core::fmt::Display| Failure::new(visible(&error.to_string()));
    let url = Url::parse(address).map_err(|error| failed(&error))?;
    let answer = client
        .get(guarded::Purpose::Crl, &url, None, None)
        .await
        .map_err(|error| failed(&error))?;
    if !answer.is_success() {
        return Err(Failure::new(format!("answers with status {}", answer.status)));
    }
    Crl::from_der(&answer.body).map_err(|error| failed(&error))
}
