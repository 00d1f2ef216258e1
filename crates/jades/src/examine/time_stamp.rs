//! The time-stamps of a signature: what each covers, and whether it is a token at all.
use crate::document::{Imprint, Objects, Transmitted};
use base64::Engine as _;
use procura_ades::{Token, TokenError};
use procura_pki::Certificate;
use serde_json::Value;

/// Tokens of one signature that are looked at.
const MAX_TOKENS: usize = 64;

/// What a time-stamp proves the existence of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TimeStampKind {
    /// `adoTst`: the payload, before it was signed (TS 119 182-1 §5.2.6).
    Content,
    /// `sigTst`: the signature (§5.3.4).
    Signature,
    /// `sigRTst`: signature and references (§A.1.5.1).
    SignatureAndReferences,
    /// `rfsTst`: references (§A.1.5.2).
    References,
    /// `arcTst`: everything before it (§5.3.6.2).
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
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
    /// How many tokens its container holds.
    pub siblings: usize,
    /// Whether it covers what it should.
    pub cover: Cover,
    /// The token with its signer's certificate, or why it is none.
    pub token: Result<(Token, Certificate), TokenError>,
}

pub(super) fn examine(signature: &Transmitted, objects: &Objects) -> Vec<ExaminedTimeStamp> {
    let candidates = signature.unsigned.certificates();
    let content = signature.content_imprint(objects);
    let signed = signature
        .signed
        .content_time_stamps
        .iter()
        .map(|container| (TimeStampKind::Content, None, container, Some(content.clone())));
    let unsigned = signature
        .unsigned
        .properties
        .iter()
        .enumerate()
        .filter_map(|(index, property)| {
            let kind = TimeStampKind::of(&property.name).filter(|kind| *kind != TimeStampKind::Content)?;
            let imprint = signature.time_stamp_imprint(index, objects);
            Some((kind, Some(index), &property.value, imprint))
        });
    signed
        .chain(unsigned)
        .flat_map(|(kind, place, container, imprint)| {
            let tokens = tokens(container);
            let siblings = tokens.len();
            let candidates = candidates.as_slice();
            tokens.into_iter().map(move |der| {
                let token = der.and_then(|der| Token::from_der(&der));
                let cover = match (&token, &imprint) {
                    (Ok(token), Some(Imprint::Known(data))) if token.covers(data) => Cover::Intact,
                    (Ok(_), Some(Imprint::Known(_))) => Cover::Broken,
                    _ => Cover::Unknown,
                };
                let token = token.and_then(|token| {
                    let certificate = token.verify(candidates)?.clone();
                    Ok((token, certificate))
                });
                ExaminedTimeStamp {
                    kind,
                    place,
                    siblings,
                    cover,
                    token,
                }
            })
        })
        .take(MAX_TOKENS)
        .collect()
}

/// The tokens of a `tstContainer` (TS 119 182-1 §5.4.3.3), standard base64 of DER.
fn tokens(container: &Value) -> Vec<Result<Vec<u8>, TokenError>> {
    let list = container.get("tstTokens").and_then(Value::as_array);
    list.map(Vec::as_slice)
        .unwrap_or_default()
        .iter()
        .take(MAX_TOKENS)
        .map(|token| {
            token
                .get("val")
                .and_then(Value::as_str)
                .and_then(|value| base64::engine::general_purpose::STANDARD.decode(value).ok())
                .ok_or(TokenError::Format("its value is not base64"))
        })
        .collect()
}
