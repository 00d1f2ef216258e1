//! A root, a CA below it, a seal, and two time-stamping units: with dates, documents of every level, and revocation data
//! of any day.
use crate::{
    authority::{Unit, for_time_stamps},
    forge::*,
};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use jiff::Timestamp;
use procura_ades::{
    Catalogue,
    validation::{Anchors, Policy},
};
use procura_crypto::{Curve, KeyKind, Scheme};
use procura_jades::{
    Objects, Profile, Report, Rules, Validation,
    report::{Outcome, SignatureReport},
};
use procura_jose::{Algorithm, AlgorithmSet, base64url};
use procura_pki::{Certificate, RevocationData};
use serde_json::{Map, Value, json};

/// When the seal claims to have been made.
pub const SIGNED: &str = "2026-06-01T12:00:00Z";
/// When a `sigTst` proves it to exist.
pub const PROVEN: &str = "2026-06-01T12:00:05Z";
/// When validation data were collected.
pub const COLLECTED: &str = "2026-06-02T00:00:00Z";
/// When an `arcTst` proves all of that to exist.
pub const ARCHIVED: &str = "2026-06-03T00:00:00Z";
/// When it is validated.
pub const NOW: &str = "2026-12-01T00:00:00Z";
/// A week after it was signed nothing has happened yet.
pub const SOON: &str = "2026-06-08T00:00:00Z";
pub const PASSED: &str = "TOTAL-PASSED";
/// An algorithm has ended, and nothing proves that what it protects is older.
pub const ENDED: &str = "INDETERMINATE / CRYPTO_CONSTRAINTS_FAILURE_NO_POE";

/// What is signed.
pub const PAYLOAD: &[u8] = br#"{"title":"Hello"}"#;

/// Of a header.
pub type Change = fn(&mut Map<String, Value>);

pub struct Scene {
    pub root: Issuer,
    pub root_certificate: Certificate,
    pub authority: Issuer,
    pub authority_certificate: Certificate,
    pub seal: Issuer,
    pub certificate: Certificate,
    pub algorithm: &'static str,
    /// Issues the certificates of both units.
    pub stamps: Issuer,
    pub stamps_certificate: Certificate,
    pub first: Unit,
    pub second: Unit,
    pub claimed: String,
    /// Changes the header before it is signed.
    pub change: Change,
}

pub fn unit(name: &str, issuer: &Issuer, from: &str, to: &str) -> Unit {
    let keys = Issuer::new(name);
    let mut request = keys.leaf().with(for_time_stamps()).valid(from, to);
    request.serial = vec![0x31, name.len().try_into().unwrap()];
    Unit {
        certificate: request.signed_by(issuer),
        issuer: issuer.name.clone(),
        keys,
    }
}

impl Scene {
    pub fn new() -> Self {
        Self::of(KeyKind::Ec(Curve::P256), "ES256")
    }
    /// With a seal of another key.
    pub fn of(kind: KeyKind, algorithm: &'static str) -> Self {
        Self::with_key(kind, algorithm, "2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z")
    }
    pub fn valid(from: &str, to: &str) -> Self {
        Self::with_key(KeyKind::Ec(Curve::P256), "ES256", from, to)
    }
    pub fn with_key(kind: KeyKind, algorithm: &'static str, from: &str, to: &str) -> Self {
        let root = Issuer::new("Root");
        let authority = Issuer::new("CA");
        let seal = Issuer::of(cn("Seal"), kind);
        let stamps = Issuer::new("Stamps");
        let long = |request: Request| request.valid("2020-01-01T00:00:00Z", "2040-01-01T00:00:00Z");
        Self {
            root_certificate: long(root.ca()).signed_by(&root),
            authority_certificate: long(authority.ca()).signed_by(&root),
            certificate: seal.leaf().valid(from, to).signed_by(&authority),
            algorithm,
            stamps_certificate: long(stamps.ca()).signed_by(&stamps),
            first: unit("TSU 1", &stamps, "2025-01-01T00:00:00Z", "2040-01-01T00:00:00Z"),
            second: unit("TSU 22", &stamps, "2025-01-01T00:00:00Z", "2040-01-01T00:00:00Z"),
            claimed: SIGNED.to_owned(),
            change: |_| {},
            root,
            authority,
            seal,
            stamps,
        }
    }

    pub fn scheme(&self) -> Scheme {
        Algorithm::from_name(self.algorithm).unwrap().scheme()
    }

    pub fn header(&self) -> Map<String, Value> {
        let claimed: Timestamp = self.claimed.parse().unwrap();
        let header = json!({
            "alg": self.algorithm,
            "iat": claimed.as_second(),
            "x5c": [
                BASE64_STANDARD.encode(self.certificate.der()),
                BASE64_STANDARD.encode(self.authority_certificate.der()),
            ],
            "x5t#S256": base64url::encode(&self.certificate.sha256()),
        });
        let mut header = header.as_object().unwrap().clone();
        (self.change)(&mut header);
        header
    }

    /// Level B-B, flattened.
    pub fn document(&self) -> Value {
        self.altered(|_| {})
    }

    /// The same with its header changed before it is signed.
    pub fn altered(&self, change: impl FnOnce(&mut Map<String, Value>)) -> Value {
        self.signed(&base64url::encode(PAYLOAD), change)
    }

    /// A signature on `payload` as it stands in what is signed.
    pub fn signed(&self, payload: &str, change: impl FnOnce(&mut Map<String, Value>)) -> Value {
        let mut header = self.header();
        change(&mut header);
        self.with_header(payload, &serde_json::to_string(&header).unwrap())
    }

    /// The header as text, so that it need not be proper JSON.
    pub fn with_header(&self, payload: &str, header: &str) -> Value {
        let protected = base64url::encode(header.as_bytes());
        let input = format!("{protected}.{payload}");
        let signature = self.seal.key.sign(self.scheme(), input.as_bytes()).unwrap();
        json!({ "payload": payload, "protected": protected, "signature": base64url::encode(&signature) })
    }

    /// A detached signature with `sigD`, on `payload` as it stands in what is signed.
    pub fn detached(&self, payload: &str, sig_d: Value) -> Value {
        let mut document = self.signed(payload, |header| {
            header.insert("crit".into(), json!(["sigD"]));
            header.insert("sigD".into(), sig_d);
        });
        document.as_object_mut().unwrap().remove("payload");
        document
    }

    /// A counter-signature by this scene's seal on a document.
    pub fn counter(&self, master: &Value, change: impl FnOnce(&mut Map<String, Value>)) -> Value {
        self.signed(master["signature"].as_str().unwrap(), change)
    }

    /// The document at a level, with validation data as they were collected.
    pub fn at_level(&self, level: Level) -> Value {
        let mut document = self.document();
        if level >= Level::T {
            stamp(&mut document, &self.first, PROVEN);
        }
        if level >= Level::Lt {
            let lists = [
                list(&self.root, COLLECTED, &[]),
                list(&self.authority, COLLECTED, &[]),
                list(&self.stamps, COLLECTED, &[]),
            ];
            add(
                &mut document,
                "xVals",
                &certificates(&[&self.authority_certificate]),
            );
            add(&mut document, "rVals", &revocation(&lists));
        }
        if level >= Level::Lta {
            archive(&mut document, &self.second, ARCHIVED);
        }
        document
    }

    /// What can be had of all three authorities shortly before `now`.
    pub fn lists_of(&self, now: &str, seal: Option<&str>, authority: Option<&str>) -> Vec<RevocationData> {
        let day = (at(now) - jiff::SignedDuration::from_hours(24)).to_string();
        let by_root: Vec<_> = authority
            .iter()
            .map(|when| (&self.authority_certificate, *when))
            .collect();
        let by_authority: Vec<_> = seal.iter().map(|when| (&self.certificate, *when)).collect();
        [
            list(&self.root, &day, &by_root),
            list(&self.authority, &day, &by_authority),
            list(&self.stamps, &day, &[]),
        ]
        .iter()
        .map(|der| read(der))
        .collect()
    }

    pub fn anchors(&self) -> Anchors {
        Anchors {
            signatures: vec![procura_pki::Anchor(self.root_certificate.clone())],
            time_stamps: vec![procura_pki::Anchor(self.stamps_certificate.clone())],
        }
    }
}

pub fn read(der: &[u8]) -> RevocationData {
    procura_pki::Crl::from_der(der).unwrap().into()
}
pub fn properties(document: &Value) -> Vec<Value> {
    document["header"]["etsiU"]
        .as_array()
        .cloned()
        .unwrap_or_default()
}
pub fn token(unit: &Unit, data: &[u8], when: &str) -> Vec<u8> {
    let mut parts = unit.over(data);
    parts.after_serial[0] = time(at(when));
    unit.sign(&parts)
}
pub fn container(token: &[u8]) -> Value {
    json!({ "tstTokens": [{ "val": BASE64_STANDARD.encode(token) }] })
}
pub fn certificates(all: &[&Certificate]) -> Value {
    all.iter()
        .map(|one| json!({ "x509Cert": { "val": BASE64_STANDARD.encode(one.der()) } }))
        .collect()
}
pub fn revocation(lists: &[Vec<u8>]) -> Value {
    let lists: Vec<_> = lists
        .iter()
        .map(|der| json!({ "val": BASE64_STANDARD.encode(der) }))
        .collect();
    json!({ "crlVals": lists })
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    B,
    T,
    Lt,
    Lta,
}
impl Level {
    pub const ALL: [Self; 4] = [Self::B, Self::T, Self::Lt, Self::Lta];
}

/// Everything that a validation takes, sound; tests change one thing.
pub struct Judge {
    pub rules: Rules,
    pub now: Timestamp,
    pub policy: Policy,
    pub anchors: Anchors,
    pub revocation: Vec<RevocationData>,
    pub objects: Objects,
}
impl Judge {
    /// At `now`, with the lists of that day.
    pub fn of(scene: &Scene, now: &str) -> Self {
        Self {
            rules: Profile::Strict.into(),
            now: at(now),
            policy: Policy::default(),
            anchors: scene.anchors(),
            revocation: scene.lists_of(now, None, None),
            objects: Objects::default(),
        }
    }
    pub fn report(&self, document: &Value) -> Report {
        self.report_of(document.to_string().as_bytes())
    }
    pub fn report_of(&self, document: &[u8]) -> Report {
        Validation {
            rules: self.rules,
            now: self.now,
            algorithms: &AlgorithmSet::all(),
            policy: &self.policy,
            anchors: &self.anchors,
            certificates: &[],
            revocation: &self.revocation,
            objects: &self.objects,
        }
        .of_bytes(document)
    }
    pub fn conclusion(&self, document: &Value) -> String {
        let report = self.report(document);
        assert_eq!(report.signatures.len(), 1, "{report:?}");
        report.signatures[0].conclusion.to_string()
    }
}

/// What the scene uses, with RSASSA-PKCS1-v1_5 ending on a day.
pub fn catalogue_ending(day: &str) -> Catalogue {
    catalogue_with("RSA", "1.2.840.113549.1.1.1", day)
}

/// What the scene uses, and something that ends on a day.
pub fn catalogue_with(name: &str, oid: &str, day: &str) -> Catalogue {
    catalogue_of(&[(name, oid, day)])
}

/// What the scene uses, and more: name, identifier and end.
pub fn catalogue_of(more: &[(&str, &str, &str)]) -> Catalogue {
    let entry = |name: &str, oid: &str, validity: Value| {
        json!({
            "AlgorithmIdentifier": { "Name": name, "ObjectIdentifier": oid },
            "Evaluation": [{ "Validity": validity }],
        })
    };
    let mut algorithms = vec![
        entry("SHA-256", "2.16.840.1.101.3.4.2.1", json!({})),
        entry("ECDSA", "1.2.840.10045.2.1", json!({})),
        entry("secp256r1", "1.2.840.10045.3.1.7", json!({})),
    ];
    let more = more
        .iter()
        .map(|(name, oid, day)| entry(name, oid, json!({ "End": day })));
    algorithms.extend(more);
    let catalogue = json!({ "SecuritySuitabilityPolicy": { "Algorithm": algorithms } });
    Catalogue::from_json(catalogue.to_string().as_bytes()).unwrap()
}

/// Adds an unsigned property.
pub fn add(document: &mut Value, name: &str, value: &Value) {
    let mut all = properties(document);
    all.push(base64url::encode(json!({ name: value }).to_string().as_bytes()).into());
    document["header"] = json!({ "etsiU": all });
}

/// A CRL of a day, for a week.
pub fn list(issuer: &Issuer, day: &str, revoked: &[(&Certificate, &str)]) -> Vec<u8> {
    let mut list = issuer.crl();
    list.this_update = at(day);
    list.next_update = Some(at(day) + jiff::SignedDuration::from_hours(7 * 24));
    revoked
        .iter()
        .fold(list, |list, (certificate, when)| {
            list.revoke(certificate, when, Vec::new())
        })
        .der()
}

/// Adds a `sigTst`.
pub fn stamp(document: &mut Value, unit: &Unit, at: &str) {
    let token = token(unit, document["signature"].as_str().unwrap().as_bytes(), at);
    add(document, "sigTst", &container(&token));
}

/// Adds an `arcTst` over all that is there.
pub fn archive(document: &mut Value, unit: &Unit, at: &str) {
    let text = |name: &str| document[name].as_str().unwrap();
    let before: String = properties(document)
        .iter()
        .map(|one| one.as_str().unwrap())
        .collect();
    let data = [text("payload"), text("protected"), text("signature"), &before].join(".");
    let token = token(unit, data.as_bytes(), at);
    add(document, "arcTst", &container(&token));
}

/// A CRL for a year.
pub fn yearly(issuer: &Issuer, from: &str) -> Vec<u8> {
    let mut list = issuer.crl();
    list.this_update = at(from);
    list.next_update = Some(at(from) + jiff::SignedDuration::from_hours(365 * 24));
    list.der()
}

pub fn only(judge: &Judge, document: &Value) -> SignatureReport {
    judge.report(document).signatures.remove(0)
}

/// Names of the checks that failed.
pub fn failed(report: &SignatureReport) -> Vec<&'static str> {
    let failed = report
        .checks
        .iter()
        .filter(|check| check.outcome == Outcome::Failed);
    failed.map(|check| check.name).collect()
}

/// What is concluded of each time-stamp of the first signature.
pub fn stamps(report: &Report) -> Vec<String> {
    let of = report.signatures[0].time_stamps.iter();
    of.map(|stamp| stamp.conclusion.to_string()).collect()
}

pub fn compact(document: &Value) -> String {
    let part = |name: &str| document[name].as_str().unwrap();
    [part("protected"), part("payload"), part("signature")].join(".")
}
