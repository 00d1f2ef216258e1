//! Criteria of the Qualifications extension (ETSI TS 119 612 §5.5.9.2.2): for which certificates a qualifier holds.
use crate::xml::{self, SIE, TSLX, XADES, child_content, children, content};
use procura_pki::Certificate;
use roxmltree::Node;

/// How the criteria of a list combine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Assertion {
    /// All hold.
    All,
    /// At least one holds.
    AtLeastOne,
    /// None holds.
    None,
}
/// `CriteriaList`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Criteria {
    /// How they combine.
    pub assertion: Assertion,
    /// The criteria.
    pub criteria: Vec<Criterion>,
}
/// One criterion.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Criterion {
    /// keyUsage bits by name, each with the value that it must have.
    KeyUsage(Vec<(String, bool)>),
    /// certificatePolicies that must all be there.
    Policies(Vec<String>),
    /// Subject attributes that must all be there.
    SubjectAttributes(Vec<String>),
    /// extKeyUsage purposes that must all be there.
    ExtendedKeyUsage(Vec<String>),
    /// QcStatements that must all be there.
    QcStatements(Vec<QcStatementCriterion>),
    /// A nested list.
    List(Criteria),
    /// A criterion that we do not know: nothing may be concluded.
    Unknown(String),
}
/// One entry of `QcStatementSet`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QcStatementCriterion {
    /// Statement id.
    pub id: String,
    /// `QcType` OID that the statement must have.
    pub qc_type: Option<String>,
    /// Country that `QcCClegislation` must name.
    pub legislation: Option<String>,
}

/// Reads a `CriteriaList`. A missing list is unknown: a qualifier for every certificate has to be said.
pub(super) fn read(node: Option<Node<'_, '_>>) -> Criteria {
    let Some(node) = node else {
        return Criteria {
            assertion: Assertion::All,
            criteria: vec![Criterion::Unknown("a CriteriaList that is missing".into())],
        };
    };
    let mut criteria = Vec::new();
    let assertion = match node.attribute("assert").map(str::trim) {
        None | Some("all") => Assertion::All,
        Some("atLeastOne") => Assertion::AtLeastOne,
        Some("none") => Assertion::None,
        Some(_) => {
            criteria.push(Criterion::Unknown("an assertion".into()));
            Assertion::All
        }
    };
    for element in node.children().filter(Node::is_element) {
        if xml::is(element, SIE, "KeyUsage") {
            criteria.push(key_usage(element));
        } else if xml::is(element, SIE, "PolicySet") {
            criteria
                .push(oids(element, SIE, "PolicyIdentifier").map_or_else(unreadable, Criterion::Policies));
        } else if xml::is(element, SIE, "CriteriaList") {
            criteria.push(Criterion::List(read(Some(element))));
        } else if xml::is(element, SIE, "otherCriteriaList") {
            criteria.extend(element.children().filter(Node::is_element).map(other));
        } else if !xml::is(element, SIE, "Description") {
            criteria.push(Criterion::Unknown(element.tag_name().name().to_owned()));
        }
    }
    Criteria { assertion, criteria }
}

fn unreadable() -> Criterion {
    Criterion::Unknown("an object identifier".into())
}

fn key_usage(node: Node<'_, '_>) -> Criterion {
    let mut bits = Vec::new();
    for bit in children(node, SIE, "KeyUsageBit") {
        let value = match content(bit).as_str() {
            "true" | "1" => true,
            "false" | "0" => false,
            _ => return Criterion::Unknown("a KeyUsageBit".into()),
        };
        bits.push((bit.attribute("name").unwrap_or_default().to_owned(), value));
    }
    Criterion::KeyUsage(bits)
}

fn other(element: Node<'_, '_>) -> Criterion {
    if xml::is(element, TSLX, "CertSubjectDNAttribute") {
        oids(element, TSLX, "AttributeOID").map_or_else(unreadable, Criterion::SubjectAttributes)
    } else if xml::is(element, TSLX, "ExtendedKeyUsage") {
        oids(element, TSLX, "KeyPurposeId").map_or_else(unreadable, Criterion::ExtendedKeyUsage)
    } else if xml::is(element, TSLX, "QcStatementSet") {
        qc_statements(element).map_or_else(unreadable, Criterion::QcStatements)
    } else {
        Criterion::Unknown(element.tag_name().name().to_owned())
    }
}

fn qc_statements(node: Node<'_, '_>) -> Option<Vec<QcStatementCriterion>> {
    let mut statements = Vec::new();
    for statement in children(node, TSLX, "QcStatement") {
        let id = oids(statement, TSLX, "QcStatementId")?.into_iter().next()?;
        let mut criterion = QcStatementCriterion {
            id,
            qc_type: None,
            legislation: None,
        };
        for info in children(statement, TSLX, "QcStatementInfo") {
            for part in info.children().filter(Node::is_element) {
                if xml::is(part, TSLX, "QcType") {
                    criterion.qc_type = Some(oids(info, TSLX, "QcType")?.into_iter().next()?);
                } else if xml::is(part, TSLX, "QcCClegislation") {
                    criterion.legislation = Some(content(part));
                } else {
                    return None;
                }
            }
        }
        statements.push(criterion);
    }
    (!statements.is_empty()).then_some(statements)
}

/// Object identifiers of `ObjectIdentifierType` children: plain, `urn:oid:` or with any `Qualifier`, as real lists
/// write them. `None` when one is no object identifier or there is none.
fn oids(node: Node<'_, '_>, namespace: &'static str, name: &'static str) -> Option<Vec<String>> {
    let mut found = Vec::new();
    for element in children(node, namespace, name) {
        let text = child_content(element, XADES, "Identifier")?;
        let oid = match text.get(..8) {
            Some(prefix) if prefix.eq_ignore_ascii_case("urn:oid:") => text.get(8..).unwrap_or_default(),
            _ => &text,
        };
        let dotted = !oid.is_empty()
            && oid
                .split('.')
                .all(|arc| !arc.is_empty() && arc.bytes().all(|b| b.is_ascii_digit()));
        if !dotted {
            return None;
        }
        found.push(oid.to_owned());
    }
    (!found.is_empty()).then_some(found)
}

impl Criteria {
    /// Whether `certificate` is meant.
    ///
    /// # Errors
    /// The name of a criterion that we do not know: then nothing may be concluded from the service.
    pub fn matches<'a>(&'a self, certificate: &Certificate) -> Result<bool, &'a str> {
        let mut holding = 0_usize;
        for criterion in &self.criteria {
            if criterion.matches(certificate)? {
                holding = holding.saturating_add(1);
            }
        }
        Ok(match self.assertion {
            Assertion::All => holding == self.criteria.len(),
            Assertion::AtLeastOne => holding > 0,
            Assertion::None => holding == 0,
        })
    }
}
impl Criterion {
    fn matches<'a>(&'a self, certificate: &Certificate) -> Result<bool, &'a str> {
        Ok(match self {
            Self::KeyUsage(bits) => {
                for (name, value) in bits {
                    if key_usage_bit(certificate, name).ok_or(name.as_str())? != *value {
                        return Ok(false);
                    }
                }
                true
            }
            Self::Policies(oids) => oids.iter().all(|oid| certificate.policies().contains(oid)),
            Self::SubjectAttributes(oids) => oids.iter().all(|oid| {
                certificate
                    .subject()
                    .attributes
                    .iter()
                    .any(|(kind, _)| kind == oid)
            }),
            Self::ExtendedKeyUsage(oids) => {
                let purposes = certificate.extended_key_usage().unwrap_or_default();
                oids.iter().all(|oid| purposes.contains(oid))
            }
            Self::QcStatements(statements) => statements.iter().all(|s| s.matches(certificate)),
            Self::List(criteria) => criteria.matches(certificate)?,
            Self::Unknown(name) => return Err(name),
        })
    }
}
impl QcStatementCriterion {
    fn matches(&self, certificate: &Certificate) -> bool {
        use procura_pki::QcType;
        let statements = certificate.qc_statements();
        statements.ids.contains(&self.id)
            && self.qc_type.as_deref().is_none_or(|wanted| {
                statements.types.iter().any(|kind| {
                    wanted
                        == match kind {
                            QcType::ESign => "0.4.0.1862.1.6.1",
                            QcType::ESeal => "0.4.0.1862.1.6.2",
                            QcType::Web => "0.4.0.1862.1.6.3",
                        }
                })
            })
            && self
                .legislation
                .as_ref()
                .is_none_or(|country| statements.legislation.contains(country))
    }
}

/// A keyUsage bit of a certificate by its name in lists; absent extension: all false. `None`: no such bit.
fn key_usage_bit(certificate: &Certificate, name: &str) -> Option<bool> {
    let usage = certificate.key_usage().unwrap_or_default();
    Some(match name {
        "digitalSignature" => usage.digital_signature,
        "nonRepudiation" => usage.non_repudiation,
        "keyEncipherment" => usage.key_encipherment,
        "dataEncipherment" => usage.data_encipherment,
        "keyAgreement" => usage.key_agreement,
        "keyCertSign" => usage.key_cert_sign,
        "crlSign" => usage.crl_sign,
        "encipherOnly" => usage.encipher_only,
        "decipherOnly" => usage.decipher_only,
        _ => return None,
    })
}
