//! Certificates and revocation data that a document keeps (TS 119 182-1 §5.3.5, §5.3.6.1): each once.
use super::AugmentError;
use crate::{create::pki_object, document::Transmitted, examine::Examined};
use procura_pki::{Certificate, RevocationData};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

/// What validation data are for, which decides where they stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Purpose {
    /// The signature: `xVals` and `rVals`, later ones `anyValData`.
    Signature,
    /// Time-stamps: `tstVD`.
    TimeStamps,
    /// Signature, time-stamps, counter-signatures, whatever: `anyValData`.
    Any,
}

/// What a validation needs: certificates of paths, of responders and of those who signed revocation lists, and what these
/// said. Anchors may be among them; nobody trusts a certificate because it stands here.
#[derive(Clone, Copy, Debug, Default)]
pub struct ValidationData<'a> {
    /// Certificates.
    pub certificates: &'a [Certificate],
    /// Revocation data.
    pub revocation: &'a [RevocationData],
}

/// What of it is not in the document.
#[derive(Debug, Default)]
pub(super) struct New<'a> {
    certificates: Vec<&'a Certificate>,
    crls: Vec<&'a [u8]>,
    responses: Vec<&'a [u8]>,
}

impl<'a> ValidationData<'a> {
    /// §5.3.5: what stands in `x5c`, in a token or among the validation data already is not repeated, nor what an OCSP
    /// response brings itself.
    pub(super) fn beyond(
        &self,
        signature: &Transmitted,
        examined: &Examined,
    ) -> Result<New<'a>, AugmentError> {
        let there = signature.unsigned.revocation_data();
        let mut new = New::default();
        let mut known: BTreeSet<&[u8]> = there.iter().map(RevocationData::der).collect();
        for data in self.revocation.iter().filter(|data| known.insert(data.der())) {
            match data {
                RevocationData::Crl(crl) => new.crls.push(crl.der()),
                RevocationData::Ocsp(response) if response.basic_der().len() == response.der().len() => {
                    return Err(AugmentError::BareResponse);
                }
                RevocationData::Ocsp(response) => new.responses.push(response.der()),
            }
        }
        let revocation = there.iter().chain(self.revocation);
        let known = super::certificates(signature, examined, revocation);
        let mut known: BTreeSet<&[u8]> = known.map(Certificate::der).collect();
        let certificates = self.certificates.iter();
        new.certificates = certificates
            .filter(|certificate| known.insert(certificate.der()))
            .collect();
        Ok(new)
    }
}

impl New<'_> {
    pub(super) fn count(&self) -> usize {
        self.certificates.len() + self.crls.len() + self.responses.len()
    }

    /// In the properties that `purpose` asks for.
    pub(super) fn properties(&self, purpose: Purpose, first: bool) -> Vec<(&'static str, Value)> {
        let both = [("xVals", self.certificates()), ("rVals", self.revocation())];
        let both = both.into_iter().filter_map(|(name, value)| Some((name, value?)));
        let name = match purpose {
            Purpose::Signature if first => return both.collect(),
            Purpose::TimeStamps => "tstVD",
            Purpose::Signature | Purpose::Any => "anyValData",
        };
        let value: Map<_, _> = both.map(|(name, value)| (name.to_owned(), value)).collect();
        vec![(name, value.into())]
    }

    fn certificates(&self) -> Option<Value> {
        let one = |certificate: &&Certificate| json!({ "x509Cert": pki_object(certificate.der()) });
        (!self.certificates.is_empty()).then(|| self.certificates.iter().map(one).collect())
    }

    fn revocation(&self) -> Option<Value> {
        let lists = [("crlVals", &self.crls), ("ocspVals", &self.responses)];
        let members: Map<_, Value> = lists
            .into_iter()
            .filter(|(_, list)| !list.is_empty())
            .map(|(name, list)| (name.to_owned(), list.iter().map(|der| pki_object(der)).collect()))
            .collect();
        (!members.is_empty()).then(|| members.into())
    }
}
