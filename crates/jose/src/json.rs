//! JSON from strangers: bounded in size and depth, no duplicate member names (RFC 8259 §4, RFC 7515 §4).
use core::{
    cell::{Cell, RefCell},
    fmt,
};
use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

/// Values of one text. An object of one member takes some 600 bytes when read, however short it is written: without this
/// bound a text of a few megabytes takes gigabytes.
const MAX_VALUES: usize = 200_000;

/// Bounds.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Bytes.
    pub size: usize,
    /// Nesting.
    pub depth: usize,
}
impl Default for Limits {
    fn default() -> Self {
        Self {
            size: 256 * 1024,
            depth: 32,
        }
    }
}
/// Why JSON was refused.
#[derive(Debug, thiserror::Error, PartialEq, Eq, Clone)]
#[non_exhaustive]
pub enum JsonError {
    /// Larger than allowed.
    #[error("larger than {0} bytes")]
    TooLarge(usize),
    /// Nested too deeply.
    #[error("nested deeper than {0}")]
    TooDeep(usize),
    /// More values than allowed.
    #[error("more than {0} values")]
    TooMany(usize),
    /// A member stands twice; the JSON pointer of the object and the name.
    #[error("member {name:?} stands twice at {path:?}")]
    Duplicate {
        /// JSON pointer of the object.
        path: String,
        /// Member name.
        name: String,
    },
    /// Not JSON, or not of the type asked for.
    #[error("not JSON: {0}")]
    Syntax(String),
}
/// Values that may still be read, of one text or of several that belong together.
#[derive(Clone, Debug)]
pub struct Values(Cell<usize>);
impl Default for Values {
    /// As many as one text may hold, 200 000.
    fn default() -> Self {
        Self(Cell::new(MAX_VALUES))
    }
}
impl Values {
    /// This many.
    #[must_use]
    pub fn of(count: usize) -> Self {
        Self(Cell::new(count))
    }

    fn spend(&self) -> Result<(), JsonError> {
        let left = self.0.get();
        self.0.set(left.saturating_sub(1));
        if left == 0 {
            return Err(JsonError::TooMany(MAX_VALUES));
        }
        Ok(())
    }

    /// Whether nothing more may be read.
    #[must_use]
    pub fn are_spent(&self) -> bool {
        self.0.get() == 0
    }
}
/// Parses any value. Numbers that no 64-bit type holds are refused; so are NUL-terminated, comment-bearing and
/// byte-order-marked texts, which are not JSON.
pub fn parse(bytes: &[u8], limits: Limits) -> Result<Value, JsonError> {
    parse_within(bytes, limits, &Values::default())
}
/// [`parse`] for one of several texts that share a bound on the number of their values.
///
/// # Errors
/// Those of [`parse`].
pub fn parse_within(bytes: &[u8], limits: Limits, values: &Values) -> Result<Value, JsonError> {
    if bytes.len() > limits.size {
        return Err(JsonError::TooLarge(limits.size));
    }
    let refused = RefCell::new(None);
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let strict = Strict {
        refused: &refused,
        values,
        path: None,
        depth: 0,
        limit: limits.depth,
    };
    strict
        .deserialize(&mut deserializer)
        .and_then(|value| deserializer.end().map(|()| value))
        .map_err(|error| {
            // serde_json stops at 128 levels by itself, before a caller's larger limit.
            let own = refused.take();
            own.unwrap_or_else(|| {
                let text = error.to_string();
                if text.starts_with("recursion limit") {
                    JsonError::TooDeep(limits.depth)
                } else {
                    JsonError::Syntax(text)
                }
            })
        })
}
/// Parses an object.
pub fn parse_object(bytes: &[u8], limits: Limits) -> Result<Map<String, Value>, JsonError> {
    parse_object_within(bytes, limits, &Values::default())
}
/// [`parse_object`] for one of several texts that share a bound on the number of their values.
///
/// # Errors
/// Those of [`parse_object`].
pub fn parse_object_within(
    bytes: &[u8],
    limits: Limits,
    values: &Values,
) -> Result<Map<String, Value>, JsonError> {
    match parse_within(bytes, limits, values)? {
        Value::Object(object) => Ok(object),
        _ => Err(JsonError::Syntax("not an object".to_owned())),
    }
}
/// One step of the way from the root, for the pointer of an error.
#[derive(Clone, Copy)]
struct Step<'a> {
    up: Option<&'a Step<'a>>,
    name: Name<'a>,
}
#[derive(Clone, Copy)]
enum Name<'a> {
    Member(&'a str),
    Index(usize),
}
/// JSON pointer (RFC 6901) of a path.
fn pointer(path: Option<&Step<'_>>) -> String {
    let mut steps = Vec::new();
    let mut at = path;
    while let Some(step) = at {
        steps.push(match step.name {
            Name::Member(name) => short(name).replace('~', "~0").replace('/', "~1"),
            Name::Index(index) => index.to_string(),
        });
        at = step.up;
    }
    steps
        .iter()
        .rev()
        .fold(String::new(), |pointer, step| pointer + "/" + step)
}
/// A name that came from a stranger, short enough for a log line.
pub(crate) fn short(name: &str) -> String {
    name.chars().take(64).collect()
}
struct Strict<'a> {
    refused: &'a RefCell<Option<JsonError>>,
    values: &'a Values,
    path: Option<&'a Step<'a>>,
    depth: usize,
    limit: usize,
}
impl Strict<'_> {
    fn refuse<E: serde::de::Error>(&self, error: JsonError) -> E {
        let message = error.to_string();
        self.refused.replace(Some(error));
        E::custom(message)
    }
    fn enter<E: serde::de::Error>(&self) -> Result<(), E> {
        if self.depth >= self.limit {
            Err(self.refuse(JsonError::TooDeep(self.limit)))
        } else {
            Ok(())
        }
    }
    fn below<'b>(&'b self, step: &'b Step<'b>) -> Strict<'b> {
        Strict {
            refused: self.refused,
            values: self.values,
            path: Some(step),
            depth: self.depth + 1,
            limit: self.limit,
        }
    }
}
impl<'de> DeserializeSeed<'de> for Strict<'_> {
    type Value = Value;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        self.values.spend().map_err(|error| self.refuse(error))?;
        deserializer.deserialize_any(self)
    }
}
impl<'de> Visitor<'de> for Strict<'_> {
    type Value = Value;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }
    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }
    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }
    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }
    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }
    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Value, E> {
        // An integer that no 64-bit type holds comes as a float, rounded.
        const BEYOND: f64 = 18_446_744_073_709_551_616.0;
        Number::from_f64(value)
            .filter(|_| value.abs() < BEYOND)
            .map(Value::Number)
            .ok_or_else(|| E::custom("a number out of range"))
    }
    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }
    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut array: A) -> Result<Value, A::Error> {
        self.enter()?;
        let mut values = Vec::new();
        loop {
            let step = Step {
                up: self.path,
                name: Name::Index(values.len()),
            };
            match array.next_element_seed(self.below(&step))? {
                Some(value) => values.push(value),
                None => return Ok(Value::Array(values)),
            }
        }
    }
    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Value, A::Error> {
        self.enter()?;
        let mut members = Map::new();
        while let Some(name) = object.next_key::<String>()? {
            if members.contains_key(&name) {
                return Err(self.refuse(JsonError::Duplicate {
                    path: pointer(self.path),
                    name: short(&name),
                }));
            }
            let step = Step {
                up: self.path,
                name: Name::Member(&name),
            };
            let value = object.next_value_seed(self.below(&step))?;
            members.insert(name, value);
        }
        Ok(Value::Object(members))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn parsed(text: &str) -> Result<Value, JsonError> {
        parse(text.as_bytes(), Limits::default())
    }
    #[test]
    fn a_member_that_stands_twice_is_named_with_its_place() {
        assert_eq!(
            parsed(r#"{"a":[{},{"b/c":{"d":1,"\u0064":2}}]}"#),
            Err(JsonError::Duplicate {
                path: "/a/1/b~1c".into(),
                name: "d".into()
            }),
            "an escape is no disguise"
        );
        assert_eq!(
            parsed(r#"{"a":1,"a":1}"#),
            Err(JsonError::Duplicate {
                path: String::new(),
                name: "a".into()
            })
        );
        assert!(parsed(r#"{"a":{"a":1},"A":1}"#).is_ok());
    }
    #[test]
    fn depth_is_bounded_exactly() {
        let nested = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
        assert!(parsed(&nested(32)).is_ok());
        assert_eq!(parsed(&nested(33)), Err(JsonError::TooDeep(32)));
        assert_eq!(
            parsed(&("{\"a\":".repeat(33) + "1" + &"}".repeat(33))),
            Err(JsonError::TooDeep(32))
        );
        let wide = Limits {
            size: 1 << 20,
            depth: 1 << 20,
        };
        assert_eq!(
            parse(nested(100_000).as_bytes(), wide),
            Err(JsonError::TooDeep(1 << 20)),
            "the stack is safe"
        );
    }
    #[test]
    fn the_number_of_values_is_bounded_exactly() {
        let limits = Limits {
            size: 1 << 20,
            depth: 2,
        };
        let many = |count: usize| format!("[{}]", vec!["1"; count].join(","));
        assert!(parse(many(MAX_VALUES - 1).as_bytes(), limits).is_ok());
        assert_eq!(
            parse(many(MAX_VALUES).as_bytes(), limits),
            Err(JsonError::TooMany(MAX_VALUES))
        );
    }
    #[test]
    fn a_number_that_no_64_bit_type_holds_is_refused_and_never_rounded() {
        assert!(parsed("18446744073709551615").is_ok());
        assert!(parsed("-9223372036854775808").is_ok());
        assert!(parsed("1.5e3").is_ok());
        for text in [
            "18446744073709551616",
            "123333333333333333333333",
            "1e300",
            "-1e20",
        ] {
            assert!(matches!(parsed(text), Err(JsonError::Syntax(_))), "{text}");
        }
    }
    #[test]
    fn size_is_bounded_exactly() {
        let limits = Limits { size: 4, depth: 1 };
        assert!(parse(b"1234", limits).is_ok());
        assert_eq!(parse(b"12345", limits), Err(JsonError::TooLarge(4)));
    }
    #[test]
    fn what_is_not_json_is_refused() {
        for bad in [
            "",
            " ",
            "\u{feff}{}",
            "{} {}",
            "{},",
            "{'a':1}",
            "{\"a\":1,}",
            "[1,]",
            "01",
            "1e400",
            "NaN",
            "nul",
            "\"\\ud800\"",
            "// {}",
            "{\"a\":1}\0",
        ] {
            assert!(matches!(parsed(bad), Err(JsonError::Syntax(_))), "{bad:?}");
        }
        assert!(parse(b"\"\xff\"", Limits::default()).is_err(), "not UTF-8");
        assert!(matches!(
            parse_object(b"[]", Limits::default()),
            Err(JsonError::Syntax(_))
        ));
    }
    proptest! {
        #[test]
        fn any_bytes_are_judged_without_panic(bytes: Vec<u8>) {
            // Whatever is accepted, an ordinary parser reads to the same value.
            if let Ok(value) = parse(&bytes, Limits::default()) {
                prop_assert_eq!(serde_json::from_slice::<Value>(&bytes).unwrap(), value);
            }
        }
    }
}
