//! A JSON value with the pointer (RFC 6901) to where it stands, so that every refusal names its field.
use super::LearError;
use serde_json::{Map, Value};

/// Longest text that a field may hold, in bytes. Real fields are names and identifiers.
const MAX_TEXT: usize = 2048;

/// A value and its JSON pointer.
#[derive(Clone, Debug)]
pub(crate) struct Field<'a> {
    pub(crate) value: &'a Value,
    pub(crate) path: String,
}

impl<'a> Field<'a> {
    pub(crate) fn root(value: &'a Value) -> Self {
        Self {
            value,
            path: String::new(),
        }
    }

    pub(crate) fn fail<T>(&self, problem: &'static str) -> Result<T, LearError> {
        Err(LearError {
            path: self.path.clone(),
            problem,
        })
    }

    pub(crate) fn fail_at<T>(&self, name: &str, problem: &'static str) -> Result<T, LearError> {
        Err(LearError {
            path: pointer(&self.path, name),
            problem,
        })
    }

    pub(crate) fn object(&self) -> Result<&'a Map<String, Value>, LearError> {
        match self.value {
            Value::Object(members) => Ok(members),
            _ => self.fail("must be an object"),
        }
    }

    pub(crate) fn optional(&self, name: &str) -> Result<Option<Self>, LearError> {
        Ok(self
            .object()?
            .get(name)
            .filter(|value| !value.is_null())
            .map(|value| Self {
                value,
                path: pointer(&self.path, name),
            }))
    }

    pub(crate) fn required(&self, name: &str) -> Result<Self, LearError> {
        match self.optional(name)? {
            Some(field) => Ok(field),
            None => self.fail_at(name, "is missing"),
        }
    }

    /// The one value that stands under any of `names`: issuers of the transition years wrote both the old and the new
    /// name. Two that differ are refused.
    pub(crate) fn either(&self, names: &[&str]) -> Result<Option<Self>, LearError> {
        let mut found: Option<Self> = None;
        for name in names {
            if let Some(field) = self.optional(name)? {
                match &found {
                    Some(first) if first.value != field.value => {
                        return field.fail("contradicts the same field under its other name");
                    }
                    Some(_) => {}
                    None => found = Some(field),
                }
            }
        }
        Ok(found)
    }

    pub(crate) fn text(&self) -> Result<&'a str, LearError> {
        match self.value {
            Value::String(text) if text.len() <= MAX_TEXT => Ok(text),
            Value::String(_) => self.fail("is too long"),
            _ => self.fail("must be a string"),
        }
    }

    pub(crate) fn filled_text(&self) -> Result<&'a str, LearError> {
        let text = self.text()?;
        if text.trim().is_empty() {
            self.fail("must not be empty")
        } else {
            Ok(text)
        }
    }

    pub(crate) fn items(&self, most: usize) -> Result<Vec<Self>, LearError> {
        let Value::Array(items) = self.value else {
            return self.fail("must be an array");
        };
        if items.len() > most {
            return self.fail("has too many items");
        }
        Ok(items
            .iter()
            .enumerate()
            .map(|(index, value)| Self {
                value,
                path: pointer(&self.path, &index.to_string()),
            })
            .collect())
    }

    /// A string, or an array of strings; at least one, none empty.
    pub(crate) fn one_or_more(&self, most: usize) -> Result<Vec<String>, LearError> {
        let texts = match self.value {
            Value::String(_) => vec![self.filled_text()?.to_owned()],
            _ => self
                .items(most)?
                .iter()
                .map(|item| item.filled_text().map(str::to_owned))
                .collect::<Result<Vec<_>, _>>()?,
        };
        if texts.is_empty() {
            self.fail("must not be empty")
        } else {
            Ok(texts)
        }
    }

    /// Refuses members that nobody asked for.
    pub(crate) fn only(&self, names: &[&str]) -> Result<(), LearError> {
        for name in self.object()?.keys() {
            if !names.contains(&name.as_str()) {
                return self.fail_at(name, "is not a field of this mandate");
            }
        }
        Ok(())
    }
}

/// Appends a reference token, escaped (RFC 6901 §3).
fn pointer(path: &str, name: &str) -> String {
    format!("{path}/{}", name.replace('~', "~0").replace('/', "~1"))
}
