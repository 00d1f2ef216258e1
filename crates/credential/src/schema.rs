//! JSON Schemas of the credentials that we know, embedded, and the check of a credential against them.
//!
//! The check is our own and covers exactly what these schemas use; a keyword that it does not know refuses, so that
//! no rule is skipped silently (the general validator crate brings eighty packages for four schemas). `format` is
//! asserted, `$ref` leads into `$defs` of the same schema only, and nothing is ever fetched.
use crate::lear::{Shape, parse_date};
use serde_json::{Map, Value};
use std::sync::LazyLock;

/// Deepest nesting of schema and value together.
const MAX_DEPTH: usize = 64;

/// A published schema: its file name (without `.json`) and text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Published {
    /// Name, as in `/schemas/{name}.json`.
    pub name: &'static str,
    /// Which shape it describes.
    pub shape: Shape,
    /// The JSON text.
    pub text: &'static str,
}
/// Every schema, to be served by registries.
pub const PUBLISHED: [Published; 4] = [
    Published {
        name: "learcredential",
        shape: Shape::LearCredential,
        text: include_str!("../schemas/learcredential.json"),
    },
    Published {
        name: "learcredentialemployee-v1",
        shape: Shape::EmployeeV1,
        text: include_str!("../schemas/learcredentialemployee-v1.json"),
    },
    Published {
        name: "learcredentialemployee-v2",
        shape: Shape::EmployeeV2,
        text: include_str!("../schemas/learcredentialemployee-v2.json"),
    },
    Published {
        name: "learcredentialemployee-v3",
        shape: Shape::EmployeeV3,
        text: include_str!("../schemas/learcredentialemployee-v3.json"),
    },
];
static COMPILED: LazyLock<[Schema; 4]> =
    LazyLock::new(|| PUBLISHED.map(|published| Schema::read(published.text)));
static REFUSING: Schema = Schema(Value::Bool(false));

/// A value breaks a rule of its schema.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{path}: {rule}")]
pub struct Violation {
    /// JSON pointer into the value.
    pub path: String,
    /// The rule, in words.
    pub rule: &'static str,
}
/// A JSON Schema (draft 2020-12, the keywords that our schemas use).
#[derive(Clone, Debug)]
pub struct Schema(Value);

/// The published schema of a shape, its name as in [`Published::name`].
pub fn name(shape: Shape) -> &'static str {
    PUBLISHED
        .iter()
        .find(|published| published.shape == shape)
        .map_or("", |published| published.name)
}
/// The schema of a shape.
pub fn of(shape: Shape) -> &'static Schema {
    let position = PUBLISHED.iter().position(|published| published.shape == shape);
    position
        .and_then(|index| COMPILED.get(index))
        .unwrap_or(&REFUSING)
}

impl Schema {
    /// A text that is no JSON makes a schema that refuses everything.
    fn read(text: &str) -> Self {
        Self(serde_json::from_str(text).unwrap_or(Value::Bool(false)))
    }

    /// Checks a value; the first violation is reported.
    pub fn check(&self, value: &Value) -> Result<(), Violation> {
        self.apply(&self.0, value, &mut String::new(), 0)
    }

    fn apply(&self, schema: &Value, value: &Value, path: &mut String, depth: usize) -> Result<(), Violation> {
        if depth > MAX_DEPTH {
            return violation(path, "is nested too deeply");
        }
        let rules = match schema {
            Value::Bool(true) => return Ok(()),
            Value::Object(rules) => rules,
            _ => return violation(path, "is not allowed here"),
        };
        for (keyword, rule) in rules {
            match keyword.as_str() {
                "$schema" | "$id" | "$defs" | "$comment" | "title" | "description" => {}
                "$ref" => {
                    let target = rule
                        .as_str()
                        .and_then(|reference| reference.strip_prefix("#/$defs/"))
                        .and_then(|name| self.0.get("$defs")?.get(name));
                    let Some(target) = target else {
                        return unsupported(path);
                    };
                    self.apply(target, value, path, depth + 1)?;
                }
                "type" => {
                    let fits = match rule {
                        Value::String(name) => is_type(value, name),
                        Value::Array(names) => names
                            .iter()
                            .filter_map(Value::as_str)
                            .any(|name| is_type(value, name)),
                        _ => return unsupported(path),
                    };
                    if !fits {
                        return violation(path, "is of the wrong type");
                    }
                }
                "const" if rule == value => {}
                "const" => return violation(path, "is not the value that is demanded"),
                "enum" if rule.as_array().is_some_and(|values| values.contains(value)) => {}
                "enum" => return violation(path, "is none of the values that are allowed"),
                "format" => format(rule, value, path)?,
                "allOf" => {
                    for part in rule.as_array().into_iter().flatten() {
                        self.apply(part, value, path, depth + 1)?;
                    }
                }
                "anyOf" => {
                    let parts = rule.as_array().map(Vec::as_slice).unwrap_or_default();
                    if !parts
                        .iter()
                        .any(|part| self.apply(part, value, &mut path.clone(), depth + 1).is_ok())
                    {
                        return violation(path, "has none of the forms that are allowed");
                    }
                }
                _ => match value {
                    Value::Object(members) => self.object(keyword, rule, members, path, depth)?,
                    Value::Array(items) => self.array(keyword, rule, items, path, depth)?,
                    Value::String(text) => string(keyword, rule, text, path)?,
                    _ if KNOWN.contains(&keyword.as_str()) => {}
                    _ => return unsupported(path),
                },
            }
        }
        Ok(())
    }

    fn object(
        &self,
        keyword: &str,
        rule: &Value,
        members: &Map<String, Value>,
        path: &mut String,
        depth: usize,
    ) -> Result<(), Violation> {
        match keyword {
            "required" => {
                for name in rule.as_array().into_iter().flatten().filter_map(Value::as_str) {
                    if !members.contains_key(name) {
                        return at(path, name, |path| violation(path, "is missing"));
                    }
                }
                Ok(())
            }
            "properties" => {
                for (name, part) in rule.as_object().into_iter().flatten() {
                    if let Some(member) = members.get(name) {
                        at(path, name, |path| self.apply(part, member, path, depth + 1))?;
                    }
                }
                Ok(())
            }
            _ if KNOWN.contains(&keyword) => Ok(()),
            _ => unsupported(path),
        }
    }

    fn array(
        &self,
        keyword: &str,
        rule: &Value,
        items: &[Value],
        path: &mut String,
        depth: usize,
    ) -> Result<(), Violation> {
        match keyword {
            "minItems" if count(rule).is_some_and(|least| items.len() >= least) => Ok(()),
            "minItems" => violation(path, "has too few items"),
            "maxItems" if count(rule).is_some_and(|most| items.len() <= most) => Ok(()),
            "maxItems" => violation(path, "has too many items"),
            "items" => {
                for (index, item) in items.iter().enumerate() {
                    at(path, &index.to_string(), |path| {
                        self.apply(rule, item, path, depth + 1)
                    })?;
                }
                Ok(())
            }
            "contains" => {
                if items
                    .iter()
                    .any(|item| self.apply(rule, item, &mut path.clone(), depth + 1).is_ok())
                {
                    Ok(())
                } else {
                    violation(path, "lacks an item that is demanded")
                }
            }
            _ if KNOWN.contains(&keyword) => Ok(()),
            _ => unsupported(path),
        }
    }
}

/// Keywords that say something about one JSON type and nothing about the others.
const KNOWN: [&str; 8] = [
    "required",
    "properties",
    "minItems",
    "maxItems",
    "items",
    "contains",
    "minLength",
    "maxLength",
];

fn string(keyword: &str, rule: &Value, text: &str, path: &str) -> Result<(), Violation> {
    match keyword {
        "minLength" if count(rule).is_some_and(|least| text.chars().count() >= least) => Ok(()),
        "minLength" => violation(path, "is too short"),
        "maxLength" if count(rule).is_some_and(|most| text.chars().count() <= most) => Ok(()),
        "maxLength" => violation(path, "is too long"),
        _ if KNOWN.contains(&keyword) => Ok(()),
        _ => unsupported(path),
    }
}

fn format(rule: &Value, value: &Value, path: &str) -> Result<(), Violation> {
    let Value::String(text) = value else { return Ok(()) };
    match rule.as_str() {
        Some("date-time") if text.contains('T') && parse_date(text).is_some() => Ok(()),
        Some("date-time") => violation(path, "is not a date and time of RFC 3339"),
        Some("uri") if url::Url::parse(text).is_ok() => Ok(()),
        Some("uri") => violation(path, "is not a URI"),
        _ => unsupported(path),
    }
}

fn is_type(value: &Value, name: &str) -> bool {
    match name {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        _ => false,
    }
}

fn count(rule: &Value) -> Option<usize> {
    rule.as_u64().and_then(|count| usize::try_from(count).ok())
}

fn at<T>(path: &mut String, name: &str, run: impl FnOnce(&mut String) -> T) -> T {
    let length = path.len();
    path.push('/');
    path.push_str(&name.replace('~', "~0").replace('/', "~1"));
    let result = run(path);
    path.truncate(length);
    result
}

fn violation<T>(path: &str, rule: &'static str) -> Result<T, Violation> {
    Err(Violation {
        path: path.to_owned(),
        rule,
    })
}

fn unsupported<T>(path: &str) -> Result<T, Violation> {
    violation(path, "the schema has a rule that is not supported")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn check(schema: &Value, value: &Value) -> Result<(), Violation> {
        Schema(schema.clone()).check(value)
    }

    /// Every keyword of every published schema is one that the check knows.
    #[test]
    fn no_rule_of_a_published_schema_is_skipped() {
        fn walk(schema: &Value, seen: &mut Vec<String>) {
            let Value::Object(rules) = schema else { return };
            for (keyword, rule) in rules {
                seen.push(keyword.clone());
                match keyword.as_str() {
                    "properties" | "$defs" => rule
                        .as_object()
                        .unwrap()
                        .values()
                        .for_each(|part| walk(part, seen)),
                    "allOf" | "anyOf" => rule.as_array().unwrap().iter().for_each(|part| walk(part, seen)),
                    "items" | "contains" => walk(rule, seen),
                    _ => {}
                }
            }
        }
        let general = [
            "$schema",
            "$ref",
            "$defs",
            "title",
            "description",
            "type",
            "const",
            "enum",
            "format",
            "allOf",
            "anyOf",
        ];
        for published in PUBLISHED {
            let mut seen = Vec::new();
            walk(&serde_json::from_str(published.text).unwrap(), &mut seen);
            for keyword in seen {
                assert!(
                    general.contains(&&*keyword) || KNOWN.contains(&&*keyword),
                    "{}: {keyword}",
                    published.name
                );
            }
        }
    }

    #[test]
    fn an_unknown_rule_refuses() {
        assert!(check(&json!({"pattern": "^a$"}), &json!("a")).is_err());
        assert!(check(&json!({"format": "hostname"}), &json!("a")).is_err());
        assert!(check(&json!({"$ref": "https://example.org/schema"}), &json!("a")).is_err());
        assert!(check(&json!({"minimum": 3}), &json!(4)).is_err());
    }

    #[test]
    fn each_rule_refuses_with_the_pointer() {
        let schema = json!({"type": "object", "required": ["a"], "properties": {
            "a": {"type": "array", "minItems": 1, "maxItems": 2, "items": {"type": "string", "minLength": 1, "maxLength": 3}, "contains": {"const": "x"}},
            "d": {"format": "date-time"}, "u": {"format": "uri"}, "e": {"enum": ["p", "q"]}
        }});
        let rule = |value: Value| check(&schema, &value).map_err(|violation| violation.to_string());
        assert_eq!(
            rule(json!({"a": ["x"], "d": "2026-01-01T00:00:00Z", "u": "https://example.org/", "e": "p"})),
            Ok(())
        );
        let refused = [
            (json!([]), ": is of the wrong type"),
            (json!({}), "/a: is missing"),
            (json!({"a": []}), "/a: lacks an item that is demanded"),
            (json!({"a": ["x", "y", "z"]}), "/a: has too many items"),
            (json!({"a": ["x", ""]}), "/a/1: is too short"),
            (json!({"a": ["x", "long"]}), "/a/1: is too long"),
            (json!({"a": ["x", 1]}), "/a/1: is of the wrong type"),
            (json!({"a": ["y"]}), "/a: lacks an item that is demanded"),
            (
                json!({"a": ["x"], "d": "2026-01-01"}),
                "/d: is not a date and time of RFC 3339",
            ),
            (json!({"a": ["x"], "u": "no uri"}), "/u: is not a URI"),
            (
                json!({"a": ["x"], "e": "r"}),
                "/e: is none of the values that are allowed",
            ),
        ];
        for (value, expected) in refused {
            assert_eq!(rule(value), Err(expected.to_owned()));
        }
    }

    #[test]
    fn a_recursive_schema_ends() {
        let schema = Schema(json!({"$ref": "#/$defs/loop", "$defs": {"loop": {"$ref": "#/$defs/loop"}}}));
        assert_eq!(schema.check(&json!(1)).unwrap_err().rule, "is nested too deeply");
    }
}
