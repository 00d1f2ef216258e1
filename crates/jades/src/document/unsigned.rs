//! The unsigned properties: `etsiU` (TS 119 182-1 §5.3), kept as they were transmitted.
use super::{
    LIMITS, ReadError,
    deviation::{Deviation, short},
};
use base64::Engine as _;
use procura_jose::{
    base64url,
    json::{self, Values},
};
use procura_pki::{Certificate, crl::Crl, ocsp::OcspResponse, revocation::RevocationData};
use serde_json::{Map, Value};

/// Properties of one signature; an archive that is renewed every few years stays below for centuries.
const MAX_PROPERTIES: usize = 256;
/// Certificates of all validation data of one signature that are looked at.
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
        unprotected: Option<&Value>,
        values: &Values,
        deviations: &mut Vec<Deviation>,
    ) -> Result<Self, ReadError> {
        let header = match unprotected {
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
        let Some(etsi_u) = header.get("etsiU") else {
            return Ok(Self::default());
        };
        let Some(list) = etsi_u.as_array().filter(|list| !list.is_empty()) else {
            deviations.push(Deviation::EtsiU);
            return Ok(Self::default());
        };
        if list.len() > MAX_PROPERTIES {
            return Err(ReadError::Format("more than 256 unsigned properties"));
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
        for (index, item) in list.iter().enumerate() {
            let property = UnsignedProperty::read(item, values).unwrap_or_else(|| {
                deviations.push(Deviation::EtsiUProperty(index));
                // Time-stamps after it cover its string all the same.
                UnsignedProperty {
                    name: String::new(),
                    value: Value::Null,
                    transmitted: item.as_str().map(str::to_owned),
                }
            });
            properties.push(property);
        }
        let certificates: Vec<_> = properties
            .iter()
            .flat_map(certificates)
            .take(MAX_CERTIFICATES + 1)
            .collect();
        if certificates.len() > MAX_CERTIFICATES {
            return Err(ReadError::Format(
                "more than 128 certificates among the unsigned properties",
            ));
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

/// Revocation data of one signature that are looked at.
const MAX_REVOCATION_DATA: usize = 128;

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
            .take(MAX_REVOCATION_DATA)
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
fn revocation(property: &UnsignedProperty) -> Vec<(Kind, Vec<u8>)> {
    let values = match property.name.as_str() {
        "rVals" | "arVals" => Some(&property.value),
        "tstVD" | "anyValData" => property.value.get("rVals"),
        _ => None,
    };
    let of = |member: &str, kind: Kind| {
        let list = values
            .and_then(|values| values.get(member))
            .and_then(Value::as_array);
        let decoded: Vec<_> = list
            .map(Vec::as_slice)
            .unwrap_or_default()
            .iter()
            .filter_map(|item| Some((kind, decoded(item)?)))
            .collect();
        decoded
    };
    let mut found = of("crlVals", Kind::Crl);
    found.extend(of("ocspVals", Kind::Ocsp));
    found
}

/// The octets of a `pkiOb` (TS 119 182-1 §5.4.1).
fn decoded(object: &Value) -> Option<Vec<u8>> {
    let value = object.get("val")?.as_str()?;
    base64::engine::general_purpose::STANDARD.decode(value).ok()
}

impl UnsignedProperty {
    /// The octets of every certificate, revocation datum and token in it: what a later time-stamp proves to exist.
    #[must_use]
    pub fn objects(&self) -> Vec<Vec<u8>> {
        let certificates = match self.name.as_str() {
            "xVals" | "axVals" => Some(&self.value),
            "tstVD" | "anyValData" => self.value.get("xVals"),
            _ => None,
        };
        let list = |values: Option<&Value>| values.and_then(Value::as_array).cloned().unwrap_or_default();
        list(certificates)
            .iter()
            .filter_map(|item| decoded(item.get("x509Cert")?))
            .chain(revocation(self).into_iter().map(|(_, der)| der))
            .chain(list(self.value.get("tstTokens")).iter().filter_map(decoded))
            .collect()
    }
}

fn certificates(property: &UnsignedProperty) -> Vec<Certificate> {
    match property.name.as_str() {
        "xVals" | "axVals" => listed(&property.value),
        "tstVD" | "anyValData" => property.value.get("xVals").map(listed).unwrap_or_default(),
        _ => Vec::new(),
    }
}

/// `[{x509Cert: {val}}]`, standard base64 of DER.
fn listed(values: &Value) -> Vec<Certificate> {
    let list = values.as_array().map(Vec::as_slice).unwrap_or_default();
    list.iter()
        .take(MAX_CERTIFICATES + 1)
        .filter_map(|item| {
            let value = item.get("x509Cert")?.get("val")?.as_str()?;
            let der = base64::engine::general_purpose::STANDARD.decode(value).ok()?;
            Certificate::from_der(&der).ok()
        })
        .collect()
}

impl UnsignedProperty {
    fn read(item: &Value, values: &Values) -> Option<Self> {
        let (object, transmitted) = match item {
            Value::String(text) => {
                let octets = base64url::decode(text)?;
                (
                    json::parse_object_within(&octets, LIMITS, values).ok()?,
                    Some(text.clone()),
                )
            }
            Value::Object(object) => (object.clone(), None),
            _ => return None,
        };
        let mut members = object.into_iter();
        match (members.next(), members.next()) {
            (Some((name, value)), None) if !name.is_empty() => Some(Self {
                name,
                value,
                transmitted,
            }),
            _ => None,
        }
    }
}
