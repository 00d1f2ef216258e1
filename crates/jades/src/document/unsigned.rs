//! The unsigned properties: `etsiU` (TS 119 182-1 §5.3), kept as they were transmitted.
use super::{
    LIMITS, ReadError,
    deviation::{Deviation, short},
};
use crate::budget::BudgetExceeded;
use base64::Engine as _;
use procura_jose::{
    base64url,
    json::{self, Values},
};
use procura_pki::{Certificate, crl::Crl, ocsp::OcspResponse, revocation::RevocationData};
use serde_json::{Map, Value};

/// Properties of one signature; an archive that is renewed every few years stays below for centuries.
const MAX_PROPERTIES: usize = 256;
/// Certificates of all validation data of one signature.
const MAX_CERTIFICATES: usize = 128;

/// How the properties are written; never mixed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Form {
    /// Each as a base64url string, which later time-stamps cover octet for octet.
    Encoded,
    /// Each as a JSON object. What a later time-stamp covers depends on a canonicalisation that nobody agreed on: such
    /// time-stamps are not judged.
    Clear,
}

/// One property.
#[derive(Clone, Debug)]
pub struct UnsignedProperty {
    /// Its name (`sigTst`, `xVals`, …); empty for what could not be read as a property and keeps its place.
    pub name: String,
    /// Its value.
    pub value: Value,
    /// The string that stood in the list; `None` for [`Form::Clear`].
    pub transmitted: Option<String>,
}

/// All of them, in order.
#[derive(Clone, Debug, Default)]
pub struct Unsigned {
    /// `None` where there are none.
    pub form: Option<Form>,
    /// In the order in which they were added.
    pub properties: Vec<UnsignedProperty>,
    /// Certificates of `xVals` and of the validation data for time-stamps: candidates, never anchors. What cannot be read
    /// is left out.
    pub certificates: Vec<Certificate>,
}

impl Unsigned {
    pub(super) fn read(
        protected: &Map<String, Value>,
        unprotected: Option<Value>,
        values: &Values,
        deviations: &mut Vec<Deviation>,
    ) -> Result<Self, ReadError> {
        let mut header = match unprotected {
            None => return Ok(Self::default()),
            Some(Value::Object(header)) => header,
            Some(_) => return Err(ReadError::Format("the unprotected header is not an object")),
        };
        for name in header.keys().filter(|name| *name != "etsiU") {
            if protected.contains_key(name) {
                return Err(ReadError::Format("a parameter stands in both headers"));
            }
            deviations.push(Deviation::Unprotected(short(name)));
        }
        let list = match header.remove("etsiU") {
            None => return Ok(Self::default()),
            Some(Value::Array(list)) if !list.is_empty() => list,
            Some(_) => {
                deviations.push(Deviation::EtsiU);
                return Ok(Self::default());
            }
        };
        if list.len() > MAX_PROPERTIES {
            return Err(BudgetExceeded("256 unsigned properties").into());
        }
        let form = if list.iter().all(Value::is_string) {
            Form::Encoded
        } else {
            Form::Clear
        };
        if form == Form::Clear && list.iter().any(Value::is_string) {
            deviations.push(Deviation::EtsiU);
            return Ok(Self::default());
        }
        let mut properties = Vec::with_capacity(list.len());
        for (index, item) in list.into_iter().enumerate() {
            let property = UnsignedProperty::read(item, values).unwrap_or_else(|transmitted| {
                deviations.push(Deviation::EtsiUProperty(index));
                // Time-stamps after it cover its string all the same.
                UnsignedProperty {
                    name: String::new(),
                    value: Value::Null,
                    transmitted,
                }
            });
            properties.push(property);
        }
        let certificates: Vec<_> = properties
            .iter()
            .flat_map(certificates)
            .filter_map(|der| Certificate::from_der(&der).ok())
            .take(MAX_CERTIFICATES + 1)
            .collect();
        if certificates.len() > MAX_CERTIFICATES {
            return Err(BudgetExceeded("128 certificates among its unsigned properties").into());
        }
        Ok(Self {
            form: Some(form),
            properties,
            certificates,
        })
    }

    /// Those of a name, with their place.
    pub fn of<'a>(&'a self, name: &'a str) -> impl Iterator<Item = (usize, &'a UnsignedProperty)> {
        self.properties
            .iter()
            .enumerate()
            .filter(move |(_, property)| property.name == name)
    }

    /// Whether there is one of these names.
    #[must_use]
    pub fn has(&self, names: &[&str]) -> bool {
        self.properties
            .iter()
            .any(|property| names.contains(&property.name.as_str()))
    }
}

impl Unsigned {
    /// Revocation data of `rVals` and of the validation data for time-stamps, read. What cannot be read is left out, as
    /// it vouches for nothing.
    #[must_use]
    pub fn revocation_data(&self) -> Vec<RevocationData> {
        self.properties
            .iter()
            .flat_map(revocation)
            .filter_map(|(kind, der)| match kind {
                Kind::Crl => Crl::from_der(&der).ok().map(RevocationData::from),
                Kind::Ocsp => ocsp(&der).map(RevocationData::from),
            })
            .collect()
    }
}

/// `ocspVals` hold a whole response; some write the basic response inside.
fn ocsp(der: &[u8]) -> Option<OcspResponse> {
    OcspResponse::from_der(der)
        .or_else(|_| OcspResponse::from_basic_der(der))
        .ok()
}

#[derive(Clone, Copy)]
enum Kind {
    Crl,
    Ocsp,
}

/// `{crlVals: [{val}], ocspVals: [{val}]}` of a property, standard base64 of DER (TS 119 182-1 §5.3.5.3).
fn revocation(property: &UnsignedProperty) -> impl Iterator<Item = (Kind, Vec<u8>)> {
    let values = match property.name.as_str() {
        "rVals" | "arVals" => Some(&property.value),
        "tstVD" | "anyValData" => property.value.get("rVals"),
        _ => None,
    };
    [("crlVals", Kind::Crl), ("ocspVals", Kind::Ocsp)]
        .into_iter()
        .flat_map(move |(member, kind)| {
            let objects = list(values.and_then(|values| values.get(member))).iter();
            objects.filter_map(move |object| Some((kind, decoded(object)?)))
        })
}

/// `[{x509Cert: {val}}]` of a property, standard base64 of DER (§5.3.5.2).
fn certificates(property: &UnsignedProperty) -> impl Iterator<Item = Vec<u8>> {
    let values = match property.name.as_str() {
        "xVals" | "axVals" => Some(&property.value),
        "tstVD" | "anyValData" => property.value.get("xVals"),
        _ => None,
    };
    list(values)
        .iter()
        .filter_map(|item| decoded(item.get("x509Cert")?))
}

fn list(value: Option<&Value>) -> &[Value] {
    let list = value.and_then(Value::as_array);
    list.map(Vec::as_slice).unwrap_or_default()
}

/// The octets of a `pkiOb` (TS 119 182-1 §5.4.1).
fn decoded(object: &Value) -> Option<Vec<u8>> {
    let value = object.get("val")?.as_str()?;
    base64::engine::general_purpose::STANDARD.decode(value).ok()
}

impl UnsignedProperty {
    /// The octets of every certificate, revocation datum and token in it: what a later time-stamp proves to exist.
    pub fn objects(&self) -> impl Iterator<Item = Vec<u8>> {
        let tokens = list(self.value.get("tstTokens")).iter().filter_map(decoded);
        certificates(self)
            .chain(revocation(self).map(|(_, der)| der))
            .chain(tokens)
    }

    /// Or the string that stands for no property.
    fn read(item: Value, values: &Values) -> Result<Self, Option<String>> {
        let (object, transmitted) = match item {
            Value::String(text) => {
                let octets = base64url::decode(&text);
                match octets.and_then(|octets| json::parse_object_within(&octets, LIMITS, values).ok()) {
                    Some(object) => (object, Some(text)),
                    None => return Err(Some(text)),
                }
            }
            Value::Object(object) => (object, None),
            _ => return Err(None),
        };
        let mut members = object.into_iter();
        match (members.next(), members.next()) {
            (Some((name, value)), None) if !name.is_empty() => Ok(Self {
                name,
                value,
                transmitted,
            }),
            _ => Err(transmitted),
        }
    }
}
