//! ETSI TS 119 615 §4.4: what a certificate was at a time, according to the lists. Strict: where the lists contradict
//! themselves or say what we do not understand, the certificate is not qualified.
use crate::{
    model::{CA_QC, Period, preferred},
    snapshot::{Entry, ListUsed, Snapshot, Standing},
};
use jiff::Timestamp;
use procura_pki::{Certificate, Path, QcType};

const QC_TYPE_STATEMENT: &str = "0.4.0.1862.1.6";
const QCP_PUBLIC: &str = "0.4.0.1456.1.2";
const QCP_PUBLIC_WITH_SSCD: &str = "0.4.0.1456.1.1";

/// 2016-07-01T00:00 in Brussels: Regulation (EU) No 910/2014 applies.
pub(crate) fn eidas_start() -> Timestamp {
    Timestamp::from_second(1_467_324_000).unwrap_or(Timestamp::MAX)
}

/// For what a certificate is qualified.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
pub enum Use {
    /// Electronic signature.
    ESign,
    /// Electronic seal.
    ESeal,
    /// Website authentication.
    Web,
    /// Contradicting statements.
    Unknown,
}
impl Use {
    fn of(kind: QcType) -> Self {
        match kind {
            QcType::ESign => Self::ESign,
            QcType::ESeal => Self::ESeal,
            QcType::Web => Self::Web,
        }
    }
    /// The `AdditionalServiceInformation` that a service for it has.
    fn service_information(self) -> Option<&'static str> {
        match self {
            Self::ESign => Some("ForeSignatures"),
            Self::ESeal => Some("ForeSeals"),
            Self::Web => Some("ForWebSiteAuthentication"),
            Self::Unknown => None,
        }
    }
    /// The qualifier that says it in place of the certificate.
    fn of_qualifier(qualifier: &str) -> Option<Self> {
        match qualifier {
            "QCForESig" => Some(Self::ESign),
            "QCForESeal" => Some(Self::ESeal),
            "QCForWSA" => Some(Self::Web),
            _ => None,
        }
    }
}
/// Qualified or not at one time.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Qualified {
    /// Granted CA/QC service, and QC for this use.
    pub qualified: bool,
    /// For what; of a certificate that is not qualified, what it claims.
    pub usage: Use,
    /// Key in a QSCD; only where qualified.
    pub qscd: bool,
    /// Name of the service that decided, status, start of the period.
    pub service: Option<String>,
    /// Why, one line a rule.
    pub reasons: Vec<String>,
}
impl Qualified {
    /// The name that EU validators give it: `QCERT_FOR_ESEAL_QSCD`, `CERT_FOR_ESIG`, ….
    #[must_use]
    pub fn name(&self) -> &'static str {
        match (self.qualified, self.usage, self.qscd) {
            (true, Use::ESign, true) => "QCERT_FOR_ESIG_QSCD",
            (true, Use::ESign, false) => "QCERT_FOR_ESIG",
            (true, Use::ESeal, true) => "QCERT_FOR_ESEAL_QSCD",
            (true, Use::ESeal, false) => "QCERT_FOR_ESEAL",
            (true, Use::Web, _) => "QCERT_FOR_WSA",
            (true, Use::Unknown, true) => "QCERT_FOR_UNKNOWN_QSCD",
            (true, Use::Unknown, false) => "QCERT_FOR_UNKNOWN",
            (false, Use::ESign, _) => "CERT_FOR_ESIG",
            (false, Use::ESeal, _) => "CERT_FOR_ESEAL",
            (false, Use::Web, _) => "CERT_FOR_WSA",
            (false, Use::Unknown, _) => "CERT_FOR_UNKNOWN",
        }
    }
}
/// The result at issuance, at the judged time, and both.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Qualification {
    /// At notBefore.
    pub at_issuance: Qualified,
    /// At the time judged.
    pub at_time: Qualified,
    /// TS 119 615 strict combination.
    pub combined: Qualified,
    /// Lists that decided.
    pub lists: Vec<ListUsed>,
}

/// Qualifies the leaf of `path` at its issuance and at `at`.
#[must_use]
pub fn qualify(snapshot: &Snapshot, path: &Path, at: Timestamp) -> Qualification {
    let leaf = path.certificates.first().unwrap_or(&path.anchor.0);
    let entries = snapshot.entries_of(path);
    let at_issuance = qualified_at(leaf, &entries, leaf.not_before());
    let at_time = qualified_at(leaf, &entries, at);
    let mut lists: Vec<ListUsed> = snapshot.list_of_lists_used().into_iter().collect();
    for entry in &entries {
        if !lists.contains(entry.listed.used()) {
            lists.push(entry.listed.used().clone());
        }
    }
    Qualification {
        combined: combine(&at_issuance, &at_time),
        at_issuance,
        at_time,
        lists,
    }
}

/// Qualified at both times and for the same use; the QSCD as at the time judged.
fn combine(at_issuance: &Qualified, at_time: &Qualified) -> Qualified {
    let qualified = at_issuance.qualified && at_time.qualified;
    let mut reasons: Vec<String> = at_issuance
        .reasons
        .iter()
        .map(|r| format!("at issuance: {r}"))
        .collect();
    reasons.extend(at_time.reasons.iter().map(|r| format!("at the time judged: {r}")));
    let usage = if at_issuance.usage == at_time.usage {
        at_time.usage
    } else {
        reasons.push("the lists say different uses at both times".to_owned());
        Use::Unknown
    };
    Qualified {
        qualified,
        usage,
        qscd: qualified && at_time.qscd,
        service: at_time.service.clone(),
        reasons,
    }
}

/// What one service makes of a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Outcome {
    qualified: bool,
    usage: Use,
    qscd: bool,
}

fn qualified_at(leaf: &Certificate, entries: &[Entry<'_>], at: Timestamp) -> Qualified {
    let claims = Claims::of(leaf);
    let mut reasons = Vec::new();
    let mut decided: Option<(Outcome, String)> = None;
    let mut conflict = false;
    for entry in entries {
        let (period, standing) = entry.at(at);
        let Some(period) = period else { continue };
        if period.service_type != CA_QC {
            continue;
        }
        let name = described(entry, period);
        let qualifiers = match qualifiers(period, leaf) {
            Ok(qualifiers) => qualifiers,
            Err(unknown) => {
                reasons.push(format!(
                    "{name}: nothing can be concluded, {unknown} is not understood"
                ));
                conflict = true;
                continue;
            }
        };
        if leaf.not_before() >= eidas_start() && !claims.fit(period, &qualifiers) {
            reasons.push(format!("{name}: not a service for this use of certificates"));
            continue;
        }
        let outcome = if standing == Standing::Granted {
            claims.under(period, &qualifiers, &mut reasons)
        } else {
            reasons.push(format!("{name}: not granted"));
            Outcome {
                qualified: false,
                usage: claims.usage(),
                qscd: false,
            }
        };
        match &decided {
            Some((other, _)) if *other != outcome => {
                reasons.push(format!("{name}: contradicts another service of the same CA"));
                conflict = true;
            }
            Some(_) => {}
            None => decided = Some((outcome, name)),
        }
    }
    if decided.is_none() && reasons.is_empty() {
        reasons.push("no CA/QC service of a trusted list issued it".to_owned());
    }
    let unqualified = Outcome {
        qualified: false,
        usage: claims.usage(),
        qscd: false,
    };
    let (outcome, service) = decided.map_or((unqualified, None), |(outcome, name)| (outcome, Some(name)));
    let outcome = if conflict { unqualified } else { outcome };
    Qualified {
        qualified: outcome.qualified,
        usage: outcome.usage,
        qscd: outcome.qscd,
        service,
        reasons,
    }
}

fn described(entry: &Entry<'_>, period: &Period) -> String {
    format!(
        "{} ({}, {}), {} since {}",
        preferred(&period.names),
        preferred(&entry.provider.names),
        entry.listed.used().territory,
        period.status.rsplit('/').next().unwrap_or_default(),
        period.from
    )
}

/// The qualifiers of `period` that are meant for `leaf`.
fn qualifiers<'a>(period: &'a Period, leaf: &Certificate) -> Result<Vec<&'a str>, String> {
    if let Some(extension) = &period.unknown_critical {
        return Err(format!("the critical extension {extension}"));
    }
    let mut found = Vec::new();
    for element in &period.qualifications {
        match element.criteria.matches(leaf) {
            Ok(true) => found.extend(element.qualifiers.iter().map(String::as_str)),
            Ok(false) => {}
            Err(criterion) => return Err(format!("the criterion {criterion}")),
        }
    }
    Ok(found)
}

/// What a certificate claims about itself.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is one statement of the certificate"
)]
struct Claims {
    /// Issued before eIDAS.
    old: bool,
    compliance: bool,
    qscd: bool,
    foreign_law: bool,
    public_policy: bool,
    public_policy_with_sscd: bool,
    types: Vec<Use>,
    /// There is a `QcType` statement at all.
    typed: bool,
    unknown_types: bool,
}
impl Claims {
    fn of(leaf: &Certificate) -> Self {
        let statements = leaf.qc_statements();
        let mut types = Vec::new();
        for usage in statements.types.iter().map(|kind| Use::of(*kind)) {
            if !types.contains(&usage) {
                types.push(usage);
            }
        }
        let policy = |oid: &str| leaf.policies().iter().any(|p| p == oid);
        Self {
            old: leaf.not_before() < eidas_start(),
            compliance: statements.compliance,
            qscd: statements.qscd,
            foreign_law: !statements.legislation.is_empty(),
            public_policy: policy(QCP_PUBLIC),
            public_policy_with_sscd: policy(QCP_PUBLIC_WITH_SSCD),
            types,
            typed: statements.ids.iter().any(|id| id == QC_TYPE_STATEMENT),
            unknown_types: !statements.unknown_types.is_empty(),
        }
    }

    /// Whether it claims to be qualified.
    fn qualified(&self) -> bool {
        if self.old {
            self.compliance || self.public_policy || self.public_policy_with_sscd
        } else {
            self.compliance && !self.foreign_law
        }
    }

    /// The use that it claims: its one type; without any, signatures if it claims to be qualified.
    fn usage(&self) -> Use {
        match self.types.as_slice() {
            [one] if !self.unknown_types => *one,
            [] if !self.typed && self.qualified() => Use::ESign,
            _ => Use::Unknown,
        }
    }

    /// TS 119 615 PRO-4.4.4: whether the service is one for certificates of this use, or says that it makes them so.
    fn fit(&self, period: &Period, qualifiers: &[&str]) -> bool {
        let mut uses = self.types.clone();
        if !self.typed && self.compliance {
            uses.push(Use::ESign);
        }
        let is_for = |usage: Use| {
            usage
                .service_information()
                .is_some_and(|kind| period.is_for(kind))
        };
        uses.is_empty() && !self.unknown_types
            || uses.into_iter().any(|usage| {
                is_for(usage) && !(usage == Use::ESign && qualifiers.contains(&"QCForLegalPerson"))
            })
            || qualifiers.iter().filter_map(|q| Use::of_qualifier(q)).any(is_for)
    }

    /// What it is under a granted service.
    fn under(&self, period: &Period, qualifiers: &[&str], reasons: &mut Vec<String>) -> Outcome {
        let has = |qualifier: &str| qualifiers.contains(&qualifier);
        let qualified = match (has("NotQualified"), has("QCStatement")) {
            (true, true) => {
                reasons.push("the service says QCStatement and NotQualified".to_owned());
                false
            }
            (true, false) => {
                reasons.push("the service says NotQualified".to_owned());
                false
            }
            (false, true) => true,
            (false, false) => {
                if !self.qualified() {
                    reasons
                        .push("neither the certificate nor the service says that it is qualified".to_owned());
                }
                self.qualified()
            }
        };
        if !qualified {
            return Outcome {
                qualified,
                usage: self.usage(),
                qscd: false,
            };
        }
        Outcome {
            qualified,
            usage: self.usage_under(period, qualifiers),
            qscd: self.qscd_under(period, qualifiers),
        }
    }

    fn usage_under(&self, period: &Period, qualifiers: &[&str]) -> Use {
        if period.from < eidas_start() {
            return Use::ESign;
        }
        let mut overruling: Vec<Use> = Vec::new();
        for usage in qualifiers.iter().filter_map(|q| Use::of_qualifier(q)) {
            if !overruling.contains(&usage) {
                overruling.push(usage);
            }
        }
        match overruling.as_slice() {
            [] => self.usage(),
            [Use::ESign] if qualifiers.contains(&"QCForLegalPerson") => Use::Unknown,
            [one] if one.service_information().is_some_and(|kind| period.is_for(kind)) => *one,
            _ => Use::Unknown,
        }
    }

    fn qscd_under(&self, period: &Period, qualifiers: &[&str]) -> bool {
        let has = |qualifier: &str| qualifiers.contains(&qualifier);
        let claimed = self.qscd || (self.old && self.public_policy_with_sscd);
        let (with, without, as_in_certificate) = if period.from < eidas_start() {
            (has("QCWithSSCD"), has("QCNoSSCD"), has("QCSSCDStatusAsInCert"))
        } else {
            (
                has("QCWithQSCD") || has("QCQSCDManagedOnBehalf"),
                has("QCNoQSCD"),
                has("QCQSCDStatusAsInCert"),
            )
        };
        match (with, without, as_in_certificate) {
            (true, false, false) => true,
            (false, false, _) => claimed,
            _ => false,
        }
    }
}
