//! Members of a stranger's JSON object: typed, and bounded in size and number. `null` is as good as absent, for many
//! servers write it so.
use super::{AnswerError, error::printable};
use procura_jose::json::{self, Limits};
use serde_json::{Map, Value};

/// Bounds of an answer: a chain of certificates and room for what we do not read.
const LIMITS: Limits = Limits {
    size: 1024 * 1024,
    depth: 16,
};
/// Characters of an id, a name, an OID.
pub(super) const SHORT: usize = 1024;
/// Characters of a token, signature activation data, a certificate.
pub(super) const LONG: usize = 32 * 1024;

#[derive(Clone, Copy)]
pub(super) struct Fields<'a>(&'a Map<String, Value>);

pub(super) fn object(bytes: &[u8]) -> Result<Map<String, Value>, AnswerError> {
    json::parse_object(bytes, LIMITS).map_err(|error| AnswerError::Json(printable(&error.to_string())))
}

impl<'a> Fields<'a> {
    pub(super) fn of(object: &'a Map<String, Value>) -> Self {
        Self(object)
    }

    fn get(self, member: &str) -> Option<&'a Value> {
        self.0.get(member).filter(|value| !value.is_null())
    }

    pub(super) fn text(self, member: &'static str, limit: usize) -> Result<Option<&'a str>, AnswerError> {
        self.get(member)
            .map(|value| text(value, member, limit))
            .transpose()
    }

    pub(super) fn required_text(self, member: &'static str, limit: usize) -> Result<&'a str, AnswerError> {
        self.text(member, limit)?.ok_or(AnswerError::Missing(member))
    }

    /// None where it is absent.
    pub(super) fn texts(
        self,
        member: &'static str,
        limit: usize,
        count: usize,
    ) -> Result<Option<Vec<&'a str>>, AnswerError> {
        let Some(list) = self.list(member, count)? else {
            return Ok(None);
        };
        list.iter()
            .map(|value| text(value, member, limit))
            .collect::<Result<_, _>>()
            .map(Some)
    }

    pub(super) fn list(self, member: &'static str, count: usize) -> Result<Option<&'a [Value]>, AnswerError> {
        let Some(value) = self.get(member) else {
            return Ok(None);
        };
        let list = value.as_array().ok_or(AnswerError::Type {
            member,
            expected: "a list",
        })?;
        if list.len() > count {
            return Err(AnswerError::TooLong { member, limit: count });
        }
        Ok(Some(list))
    }

    pub(super) fn object(self, member: &'static str) -> Result<Option<Self>, AnswerError> {
        let Some(value) = self.get(member) else {
            return Ok(None);
        };
        let object = value.as_object().ok_or(AnswerError::Type {
            member,
            expected: "an object",
        })?;
        Ok(Some(Self(object)))
    }

    pub(super) fn number(self, member: &'static str) -> Result<Option<u64>, AnswerError> {
        let expected = "a whole number that is not negative";
        self.get(member)
            .map(|value| value.as_u64().ok_or(AnswerError::Type { member, expected }))
            .transpose()
    }
}

fn text<'a>(value: &'a Value, member: &'static str, limit: usize) -> Result<&'a str, AnswerError> {
    let text = value.as_str().ok_or(AnswerError::Type {
        member,
        expected: "a text",
    })?;
    if text.len() > limit {
        return Err(AnswerError::TooLong { member, limit });
    }
    Ok(text)
}
