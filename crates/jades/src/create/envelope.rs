//! The JSON text around signatures. What is not added to keeps its text, octet for octet.
use crate::document::{Document, ReadError, Serialisation};
use procura_jose::base64url;
use serde_json::value::{RawValue, to_raw_value};
use std::collections::BTreeMap;

type Raw = Box<RawValue>;
type Members = BTreeMap<String, Raw>;

/// A document whose members are kept as text.
#[derive(Clone, Debug)]
pub(crate) struct Envelope {
    general: bool,
    payload: Option<Raw>,
    signatures: Vec<Members>,
    /// Members that nobody here knows.
    others: Members,
}

const TEXT: ReadError = ReadError::Format("its text cannot be taken apart");

impl Envelope {
    /// Without signatures, flattened.
    pub(crate) fn new(payload: Option<&str>) -> Result<Self, ReadError> {
        Ok(Self {
            general: false,
            payload: payload.map(raw).transpose()?,
            signatures: Vec::new(),
            others: Members::new(),
        })
    }

    /// The text of `document`. A compact one becomes flattened, of the same three strings.
    pub(crate) fn read(bytes: &[u8], document: &Document) -> Result<Self, ReadError> {
        if document.serialisation == Serialisation::Compact {
            let one = document.first()?;
            let mut envelope = Self::new(one.payload.as_deref())?;
            envelope.add(&one.protected, &one.signature)?;
            return Ok(envelope);
        }
        let mut top: Members = members(bytes)?;
        let payload = top.remove("payload");
        let general = document.serialisation == Serialisation::General;
        let signatures = if general {
            let list = top.remove("signatures").ok_or(TEXT)?;
            serde_json::from_str(list.get()).map_err(|_| TEXT)?
        } else {
            let own = ["protected", "header", "signature"];
            let entry = own
                .into_iter()
                .filter_map(|name| top.remove_entry(name))
                .collect();
            vec![entry]
        };
        Ok(Self {
            general,
            payload,
            signatures,
            others: top,
        })
    }

    /// Another signature, after those that are there.
    pub(crate) fn add(&mut self, protected: &str, signature: &str) -> Result<(), ReadError> {
        let entry = [("protected", protected), ("signature", signature)];
        let entry = entry.map(|(name, text)| raw(text).map(|text| (name.to_owned(), text)));
        self.signatures
            .push(entry.into_iter().collect::<Result<Members, _>>()?);
        self.general |= self.signatures.len() > 1;
        Ok(())
    }

    /// Signatures in a list, even where there is one.
    pub(crate) fn generalise(&mut self) {
        self.general = true;
    }

    /// A property at the end of `etsiU`, as base64url; `value` is JSON text.
    pub(crate) fn append(&mut self, index: usize, name: &str, value: &str) -> Result<(), ReadError> {
        let entry = self.signatures.get_mut(index).ok_or(ReadError::NoSignature)?;
        let mut header = match entry.get("header") {
            None => Members::new(),
            Some(header) => members(header.get().as_bytes())?,
        };
        let mut list: Vec<Raw> = match header.get("etsiU") {
            None => Vec::new(),
            Some(list) => serde_json::from_str(list.get()).map_err(|_| TEXT)?,
        };
        let property = format!("{{\"{name}\":{value}}}");
        list.push(raw(&base64url::encode(property.as_bytes()))?);
        header.insert("etsiU".to_owned(), to_raw_value(&list).map_err(|_| TEXT)?);
        entry.insert("header".to_owned(), to_raw_value(&header).map_err(|_| TEXT)?);
        Ok(())
    }

    /// The document.
    pub(crate) fn write(&self) -> String {
        let mut written = Vec::new();
        if let Some(payload) = &self.payload {
            written.push(member("payload", payload.get()));
        }
        if self.general {
            let entries: Vec<_> = self.signatures.iter().map(object).collect();
            written.push(member("signatures", &format!("[{}]", entries.join(","))));
        } else {
            let own = self.signatures.iter().flatten();
            written.extend(own.map(|(name, value)| member(name, value.get())));
        }
        let others = self.others.iter();
        written.extend(others.map(|(name, value)| member(name, value.get())));
        format!("{{{}}}", written.join(","))
    }
}

fn raw(text: &str) -> Result<Raw, ReadError> {
    to_raw_value(text).map_err(|_| TEXT)
}
fn members(bytes: &[u8]) -> Result<Members, ReadError> {
    serde_json::from_slice(bytes).map_err(|_| TEXT)
}
fn object(entry: &Members) -> String {
    let all: Vec<_> = entry
        .iter()
        .map(|(name, value)| member(name, value.get()))
        .collect();
    format!("{{{}}}", all.join(","))
}
fn member(name: &str, value: &str) -> String {
    format!("{}:{value}", serde_json::Value::from(name))
}
