//! The time-stamps of a signature: what each covers, and whether it is a token at all.
use crate::{
    budget::{Budget, BudgetExceeded},
    document::{Imprint, Objects, Transmitted},
};
use base64::Engine as _;
use procura_ades::{Token, TokenError};
use procura_pki::Certificate;
use serde_json::Value;

/// What a time-stamp proves the existence of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize)]
pub enum TimeStampKind {
    /// `adoTst`: the payload, before it was signed (TS 119 182-1 §5.2.6).
    #[serde(rename = "adoTst")]
    Content,
    /// `sigTst`: the signature (§5.3.4).
    #[serde(rename = "sigTst")]
    Signature,
    /// `sigRTst`: signature and references (§A.1.5.1).
    #[serde(rename = "sigRTst")]
    SignatureAndReferences,
    /// `rfsTst`: references (§A.1.5.2).
    #[serde(rename = "rfsTst")]
    References,
    /// `arcTst`: everything before it (§5.3.6.2).
    #[serde(rename = "arcTst")]
    Archive,
}
impl TimeStampKind {
    fn of(name: &str) -> Option<Self> {
        Some(match name {
            "adoTst" => Self::Content,
            "sigTst" => Self::Signature,
            "sigRTst" => Self::SignatureAndReferences,
            "rfsTst" => Self::References,
            "arcTst" => Self::Archive,
            _ => return None,
        })
    }

    /// The property's name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Content => "adoTst",
            Self::Signature => "sigTst",
            Self::SignatureAndReferences => "sigRTst",
            Self::References => "rfsTst",
            Self::Archive => "arcTst",
        }
    }
}

/// Whether a token is over what its kind says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Cover {
    /// It is.
    Intact,
    /// Its imprint is of something else.
    Broken,
    /// What it covers cannot be written down: an object is missing, or a canonicalisation is asked for.
    Unknown,
}

/// One token.
#[derive(Clone, Debug)]
pub struct ExaminedTimeStamp {
    /// Of which kind.
    pub kind: TimeStampKind,
    /// Its place in `etsiU`; `None` for those that were signed.
    pub place: Option<usize>,
    /// Whether it covers what it should.
    pub cover: Cover,
    /// What it says, or why it is no token.
    pub token: Result<Token, TokenError>,
    /// The certificate by which it is proven, or why it is not.
    pub signer: Result<Certificate, TokenError>,
}

pub(super) fn examine(
    signature: &Transmitted,
    objects: &Objects,
    budget: &mut Budget,
) -> Result<Vec<ExaminedTimeStamp>, BudgetExceeded> {
    let signed = signature
        .signed
        .content_time_stamps
        .iter()
        .map(|container| (TimeStampKind::Content, None, container));
    let properties = signature.unsigned.properties.iter().enumerate();
    let unsigned = properties.filter_map(|(index, property)| {
        let kind = TimeStampKind::of(&property.name).filter(|kind| *kind != TimeStampKind::Content)?;
        Some((kind, Some(index), &property.value))
    });
    let mut found = Vec::new();
    for (kind, place, container) in signed.chain(unsigned) {
        let tokens = tokens(container);
        if tokens.is_empty() {
            continue;
        }
        budget.tokens(tokens.len())?;
        let imprint = match place {
            // JA-5.2.6-08 and §5.3.1: no canonicalisation where strings are covered as they were transmitted.
            _ if container.get("canonAlg").is_some() => None,
            None => Some(signature.content_imprint(objects)),
            Some(index) => signature.time_stamp_imprint(index, objects),
        };
        if let Some(Imprint::Known(data)) = &imprint {
            budget.octets(data.len().saturating_mul(tokens.len()))?;
        }
        for value in tokens {
            let token = value.and_then(|value| {
                base64::engine::general_purpose::STANDARD
                    .decode(value)
                    .map_err(|_| NOT_BASE64)
                    .and_then(|der| Token::from_der(&der))
            });
            let cover = match (&token, &imprint) {
                (Ok(token), Some(Imprint::Known(data))) if token.covers(data) => Cover::Intact,
                (Ok(_), Some(Imprint::Known(_))) => Cover::Broken,
                _ => Cover::Unknown,
            };
            let proven_by = match &token {
                Ok(token) => token.verify(&signature.unsigned.certificates).cloned(),
                Err(error) => Err(error.clone()),
            };
            found.push(ExaminedTimeStamp {
                kind,
                place,
                cover,
                token,
                signer: proven_by,
            });
        }
    }
    Ok(found)
}

const NOT_BASE64: TokenError = TokenError::Format("its value is not base64");

/// The tokens of a `tstContainer` (TS 119 182-1 §5.4.3.3), standard base64 of DER.
fn tokens(container: &Value) -> Vec<Result<&str, TokenError>> {
    let list = container.get("tstTokens").and_then(Value::as_array);
    list.map(Vec::as_slice)
        .unwrap_or_default()
        .iter()
        .map(|token| token.get("val").and_then(Value::as_str).ok_or(NOT_BASE64))
        .collect()
}
