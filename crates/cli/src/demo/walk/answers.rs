//! What answers say.
use crate::failure::Failure;
use serde_json::Value;

/// Members of a token that are longer are shown by their beginning.
const LONGEST_SHOWN: usize = 60;

pub(super) fn text(value: &Value, name: &str) -> Result<String, Failure> {
    value
        .get(name)
        .and_then(Value::as_str)
        .map(str::to_owned)
        .ok_or_else(|| Failure::new(format!("an answer has no {name}")))
}
pub(super) fn shown(value: &Value, name: &str) -> String {
    match value.get(name) {
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
        None => "?".to_owned(),
    }
}
pub(super) fn between<'a>(text: &'a str, start: &str, end: &str) -> Option<&'a str> {
    text.split_once(start)?.1.split_once(end).map(|(inner, _)| inner)
}
/// Long strings by their beginning: a token carries a whole credential.
pub(super) fn shortened(value: &Value) -> Value {
    match value {
        Value::String(text) if text.len() > LONGEST_SHOWN && !text.contains([' ', '/']) => {
            Value::String(format!(
                "{}… ({} characters)",
                text.chars().take(24).collect::<String>(),
                text.len()
            ))
        }
        Value::Array(items) => Value::Array(items.iter().map(shortened).collect()),
        Value::Object(members) => Value::Object(
            members
                .iter()
                .map(|(name, value)| (name.clone(), shortened(value)))
                .collect(),
        ),
        other => other.clone(),
    }
}
