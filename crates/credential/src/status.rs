//! W3C Bitstring Status List 1.0: the bits, the entry in a credential, the list as a credential.
use crate::lear::{parse_date, write_date};
use flate2::{Compression, bufread::GzDecoder, write::GzEncoder};
use jiff::Timestamp;
use procura_did::Did;
use serde_json::{Value, json};
use std::io::{Read, Write};

mod fetched;

pub use fetched::StatusListCredential;

/// Most bytes that a list may decompress to.
const MAX_BYTES: usize = 16 * 1024 * 1024;
/// Most status entries of one credential.
const MAX_ENTRIES: usize = 8;
/// How long a list without end of validity may be relied on after it was fetched, when it names no `ttl`
/// (Bitstring Status List §2.2: 300 000 ms).
const DEFAULT_TTL_MILLISECONDS: i64 = 300_000;
/// Longest `ttl` that is believed: a day.
const MAX_TTL_MILLISECONDS: i64 = 86_400_000;

/// Bits of a list (at least 131 072), MSB first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bitstring(Vec<u8>);
/// A list cannot be read.
#[derive(Debug, thiserror::Error, PartialEq, Eq, Clone)]
#[error("status list: {0}")]
pub struct StatusError(pub &'static str);
impl Bitstring {
    /// Smallest length in bits.
    pub const MINIMUM: usize = 131_072;
    /// All zero; at least [`Self::MINIMUM`] bits, rounded up to whole bytes.
    pub fn new(bits: usize) -> Self {
        Self(vec![0; bits.max(Self::MINIMUM).div_ceil(8)])
    }
    /// From bytes.
    pub fn from_bytes(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }
    /// The bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
    /// Number of bits.
    pub fn len(&self) -> usize {
        self.0.len().saturating_mul(8)
    }
    /// Whether there is no bit.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
    /// A bit; `None` out of range.
    pub fn get(&self, index: usize) -> Option<bool> {
        self.0.get(index / 8).map(|byte| byte & mask(index) != 0)
    }
    /// Sets a bit.
    pub fn set(&mut self, index: usize, value: bool) -> Result<(), StatusError> {
        let byte = self
            .0
            .get_mut(index / 8)
            .ok_or(StatusError("the index is out of range"))?;
        if value {
            *byte |= mask(index);
        } else {
            *byte &= !mask(index);
        }
        Ok(())
    }
    /// `u` + base64url(gzip).
    pub fn encode(&self) -> String {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        // Writing to a vector does not fail.
        let compressed = encoder
            .write_all(&self.0)
            .and_then(|()| encoder.finish())
            .unwrap_or_default();
        format!("u{}", procura_jose::base64url::encode(&compressed))
    }
    /// Bounded decompression: at most 16 MiB, one gzip member, at least [`Self::MINIMUM`] bits.
    pub fn decode(encoded: &str) -> Result<Self, StatusError> {
        let text = encoded
            .strip_prefix('u')
            .ok_or(StatusError("not multibase base64url"))?;
        if text.len() > MAX_BYTES {
            return Err(StatusError("too large"));
        }
        let compressed = procura_jose::base64url::decode(text).ok_or(StatusError("not base64url"))?;
        let mut decoder = GzDecoder::new(compressed.as_slice());
        let mut bytes = Vec::new();
        let limit = u64::try_from(MAX_BYTES).unwrap_or(u64::MAX).saturating_add(1);
        decoder
            .by_ref()
            .take(limit)
            .read_to_end(&mut bytes)
            .map_err(|_| StatusError("not gzip"))?;
        if bytes.len() > MAX_BYTES {
            return Err(StatusError("decompresses to too much"));
        }
        if !decoder.into_inner().is_empty() {
            return Err(StatusError("bytes after the end of the compressed list"));
        }
        if bytes.len().saturating_mul(8) < Self::MINIMUM {
            return Err(StatusError("fewer than 131072 entries"));
        }
        Ok(Self(bytes))
    }
}

fn mask(index: usize) -> u8 {
    0x80 >> (index % 8)
}

/// A `BitstringStatusListEntry` for revocation.
pub fn entry(list_url: &str, index: usize) -> Value {
    json!({
        "id": format!("{list_url}#{index}"),
        "type": "BitstringStatusListEntry",
        "statusPurpose": "revocation",
        "statusListIndex": index.to_string(),
        "statusListCredential": list_url,
    })
}
/// The `BitstringStatusListCredential` as VC JSON, to be sealed with typ vc+jwt.
pub fn list_credential(
    list_url: &str,
    issuer: &Did,
    bits: &Bitstring,
    from: Timestamp,
    until: Timestamp,
) -> Value {
    json!({
        "@context": ["https://www.w3.org/ns/credentials/v2"],
        "id": list_url,
        "type": ["VerifiableCredential", "BitstringStatusListCredential"],
        "issuer": issuer,
        "validFrom": write_date(from),
        "validUntil": write_date(until),
        "credentialSubject": {
            "id": format!("{list_url}#list"),
            "type": "BitstringStatusList",
            "statusPurpose": "revocation",
            "encodedList": bits.encode(),
        },
    })
}

/// What a set bit means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Purpose {
    /// Revoked for good.
    Revocation,
    /// Suspended for now.
    Suspension,
}
impl Purpose {
    /// Its name on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::Revocation => "revocation",
            Self::Suspension => "suspension",
        }
    }
}
/// A status entry of a credential that we can look up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// URL of the list.
    pub list: String,
    /// Index in the list.
    pub index: usize,
    /// Purpose.
    pub purpose: Purpose,
}
/// Why the status of a credential cannot be known.
#[derive(Debug, thiserror::Error, PartialEq, Eq, Clone)]
#[non_exhaustive]
pub enum EntryError {
    /// Not of the kind that we know.
    #[error("status kind {0:?} is not known")]
    Kind(String),
    /// Purpose that is not known.
    #[error("status purpose {0:?} is not known")]
    Purpose(String),
    /// A member is missing or malformed.
    #[error("credentialStatus member {0:?} is missing or malformed")]
    Member(&'static str),
    /// Nothing says whether it was revoked.
    #[error("no entry says whether the credential was revoked")]
    NoRevocation,
    /// Too many entries.
    #[error("more than 8 status entries")]
    TooMany,
}
/// Reads `credentialStatus`: an entry or an array of entries, each of which must be understood.
pub fn entries(status: &Value) -> Result<Vec<Entry>, EntryError> {
    let items = match status {
        Value::Array(items) => items.as_slice(),
        one => std::slice::from_ref(one),
    };
    if items.len() > MAX_ENTRIES {
        return Err(EntryError::TooMany);
    }
    let entries = items.iter().map(read_entry).collect::<Result<Vec<_>, _>>()?;
    if entries.iter().any(|entry| entry.purpose == Purpose::Revocation) {
        Ok(entries)
    } else {
        Err(EntryError::NoRevocation)
    }
}

fn read_entry(value: &Value) -> Result<Entry, EntryError> {
    let text = |name: &'static str| {
        value
            .get(name)
            .and_then(Value::as_str)
            .ok_or(EntryError::Member(name))
    };
    let short = |text: &str| text.chars().take(64).collect::<String>();
    let kind = text("type")?;
    if kind != "BitstringStatusListEntry" {
        return Err(EntryError::Kind(short(kind)));
    }
    let purpose = match text("statusPurpose")? {
        "revocation" => Purpose::Revocation,
        "suspension" => Purpose::Suspension,
        other => return Err(EntryError::Purpose(short(other))),
    };
    if value
        .get("statusSize")
        .is_some_and(|size| size.as_u64() != Some(1))
    {
        return Err(EntryError::Member("statusSize"));
    }
    let index = text("statusListIndex")?;
    let digits = !index.is_empty() && index.len() <= 12 && index.bytes().all(|byte| byte.is_ascii_digit());
    let index = index
        .parse()
        .ok()
        .filter(|_| digits)
        .ok_or(EntryError::Member("statusListIndex"))?;
    let list = text("statusListCredential")?;
    let http = url::Url::parse(list)
        .is_ok_and(|url| matches!(url.scheme(), "https" | "http") && url.fragment().is_none());
    if !http || list.len() > 2048 {
        return Err(EntryError::Member("statusListCredential"));
    }
    Ok(Entry {
        list: list.to_owned(),
        index,
        purpose,
    })
}

/// A list whose seal was proven, read.
#[derive(Clone, Debug)]
pub struct List {
    bits: Bitstring,
    purposes: Vec<String>,
    valid_from: Option<Timestamp>,
    valid_until: Option<Timestamp>,
    ttl_milliseconds: i64,
}
impl List {
    /// Reads the payload of a proven list: its `id` is `url` (a list served under another's address is refused), its
    /// issuer is `issuer`, its subject a `BitstringStatusList`.
    pub fn read(
        payload: &[u8],
        typ: Option<&str>,
        url: &str,
        issuer: &Did,
        deployed: bool,
    ) -> Result<Self, StatusError> {
        let limits = procura_jose::json::Limits {
            size: 32 * 1024 * 1024,
            depth: 16,
        };
        let claims =
            procura_jose::json::parse_object(payload, limits).map_err(|_| StatusError("not strict JSON"))?;
        let typ = typ.unwrap_or_default().to_ascii_lowercase();
        let announced = typ == "vc+jwt" || typ == "application/vc+jwt";
        let tolerated = deployed && matches!(typ.as_str(), "" | "jose" | "jwt");
        if !announced && !tolerated {
            return Err(StatusError("typ is not vc+jwt"));
        }
        let vc = match claims.get("vc") {
            None => &Value::Object(claims.clone()),
            Some(vc) if deployed && !claims.contains_key("credentialSubject") => vc,
            Some(_) => return Err(StatusError("the credential does not stand at the root")),
        };
        let has_type = |name: &str| {
            vc.get("type")
                .and_then(Value::as_array)
                .is_some_and(|types| types.iter().any(|item| item == name))
        };
        if !has_type("BitstringStatusListCredential") {
            return Err(StatusError("not a BitstringStatusListCredential"));
        }
        if vc.get("id").and_then(Value::as_str) != Some(url) {
            return Err(StatusError("its id is not the address in the credential"));
        }
        let stated = vc
            .get("issuer")
            .and_then(|stated| stated.as_str().or_else(|| stated.get("id")?.as_str()));
        if stated != Some(issuer.as_str()) || claims.get("iss").is_some_and(|iss| iss != issuer.as_str()) {
            return Err(StatusError("another issuer than the credential's"));
        }
        let subject = vc
            .get("credentialSubject")
            .ok_or(StatusError("no credentialSubject"))?;
        if subject.get("type").and_then(Value::as_str) != Some("BitstringStatusList") {
            return Err(StatusError("its subject is not a BitstringStatusList"));
        }
        let purposes = match subject.get("statusPurpose") {
            Some(Value::String(one)) => vec![one.clone()],
            Some(Value::Array(many)) => many.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
            _ => return Err(StatusError("no statusPurpose")),
        };
        let encoded = subject
            .get("encodedList")
            .and_then(Value::as_str)
            .ok_or(StatusError("no encodedList"))?;
        let date = |name: &str| match vc.get(name) {
            None => Ok(None),
            Some(value) => value
                .as_str()
                .and_then(parse_date)
                .map(Some)
                .ok_or(StatusError("a validity date is malformed")),
        };
        let claimed = |name: &str| match claims.get(name) {
            None => Ok(None),
            Some(value) => value
                .as_i64()
                .and_then(|second| Timestamp::from_second(second).ok())
                .map(Some)
                .ok_or(StatusError("a validity claim is malformed")),
        };
        let ttl = vc
            .get("ttl")
            .or_else(|| subject.get("ttl"))
            .and_then(Value::as_i64);
        Ok(Self {
            bits: Bitstring::decode(encoded)?,
            purposes,
            valid_from: date("validFrom")?.into_iter().chain(claimed("nbf")?).max(),
            valid_until: date("validUntil")?.into_iter().chain(claimed("exp")?).min(),
            ttl_milliseconds: ttl
                .unwrap_or(DEFAULT_TTL_MILLISECONDS)
                .clamp(0, MAX_TTL_MILLISECONDS),
        })
    }

    /// Bytes of bits.
    pub(crate) fn size(&self) -> usize {
        self.bits.as_bytes().len()
    }

    /// Until when this list may be relied on, fetched at `fetched`.
    pub fn usable_until(&self, fetched: Timestamp) -> Timestamp {
        self.valid_until.unwrap_or_else(|| {
            fetched
                .checked_add(jiff::SignedDuration::from_millis(self.ttl_milliseconds))
                .unwrap_or(fetched)
        })
    }

    /// The bit of an entry, when the list is in its validity at `now` and speaks of this purpose.
    pub fn status(
        &self,
        entry: &Entry,
        fetched: Timestamp,
        now: Timestamp,
        skew: i64,
    ) -> Result<bool, StatusError> {
        if self
            .valid_from
            .is_some_and(|from| from.as_second() > now.as_second().saturating_add(skew))
        {
            return Err(StatusError("not valid yet"));
        }
        if self.usable_until(fetched).as_second().saturating_add(skew) <= now.as_second() {
            return Err(StatusError("no longer valid"));
        }
        if !self
            .purposes
            .iter()
            .any(|purpose| purpose == entry.purpose.name())
        {
            return Err(StatusError("it is kept for another purpose"));
        }
        self.bits
            .get(entry.index)
            .ok_or(StatusError("the index is out of range"))
    }
}

#[cfg(test)]
mod tests;
