//! From canonical bytes to the model. Lenient where real lists are (a service without status is left out), strict in
//! what a decision rests on.
use super::{
    Period, Pointer, QualificationElement, SVC_INFO_EXT, Service, TrustServiceProvider, TrustedList,
};
use crate::{
    signature::ListError,
    xml::{self, SIE, TSL, TSLX, XML, child, child_content, children, content},
};
use jiff::Timestamp;
use procura_pki::Certificate;
use roxmltree::Node;

fn broken(what: &str) -> ListError {
    ListError::Content(what.to_owned())
}

/// Parses the canonical bytes of a list.
pub(crate) fn parse(canonical: &[u8]) -> Result<TrustedList, ListError> {
    let text = xml::text(canonical)?;
    let document = xml::parse(text)?;
    let root = document.root_element();
    if !xml::is(root, TSL, "TrustServiceStatusList") {
        return Err(ListError::Structure("the root is not a TrustServiceStatusList"));
    }
    let scheme =
        child(root, TSL, "SchemeInformation").ok_or_else(|| broken("SchemeInformation is missing"))?;
    let required = |name: &'static str| {
        child_content(scheme, TSL, name).ok_or_else(|| broken(&format!("{name} is missing")))
    };
    let version = required("TSLVersionIdentifier")?;
    let version = version
        .parse()
        .map_err(|_| broken("TSLVersionIdentifier is not a number"))?;
    if version != 5 && version != 6 {
        return Err(broken("TSLVersionIdentifier is neither 5 nor 6"));
    }
    let sequence = required("TSLSequenceNumber")?;
    let next_update = child(scheme, TSL, "NextUpdate").ok_or_else(|| broken("NextUpdate is missing"))?;
    let list = TrustedList {
        version,
        sequence: sequence
            .parse()
            .map_err(|_| broken("TSLSequenceNumber is not a number"))?,
        tsl_type: required("TSLType")?,
        territory: required("SchemeTerritory")?,
        operator_names: names(scheme, "SchemeOperatorName"),
        issued: time(&required("ListIssueDateTime")?)?,
        next_update: child_content(next_update, TSL, "dateTime")
            .map(|t| time(&t))
            .transpose()?,
        scheme_information_uris: scheme_information_uris(root),
        pointers: child(scheme, TSL, "PointersToOtherTSL")
            .map(|list| {
                children(list, TSL, "OtherTSLPointer")
                    .filter_map(pointer)
                    .collect()
            })
            .unwrap_or_default(),
        providers: child(root, TSL, "TrustServiceProviderList")
            .map(|list| {
                children(list, TSL, "TrustServiceProvider")
                    .map(provider)
                    .collect::<Result<Vec<_>, _>>()
            })
            .transpose()?
            .unwrap_or_default()
            .into_iter()
            .flatten()
            .collect(),
    };
    if list.next_update.is_some_and(|next| next < list.issued) {
        return Err(broken("NextUpdate lies before ListIssueDateTime"));
    }
    Ok(list)
}

/// `SchemeInformationURI` values in document order.
pub(crate) fn scheme_information_uris(root: Node<'_, '_>) -> Vec<String> {
    child(root, TSL, "SchemeInformation")
        .and_then(|scheme| child(scheme, TSL, "SchemeInformationURI"))
        .map(|list| children(list, TSL, "URI").map(content).collect())
        .unwrap_or_default()
}

fn time(text: &str) -> Result<Timestamp, ListError> {
    text.parse()
        .map_err(|_| broken("a date is not a point in time with a zone"))
}

/// Names by language: the children `Name` of the child `name`.
fn names(node: Node<'_, '_>, name: &'static str) -> Vec<(String, String)> {
    child(node, TSL, name)
        .map(|list| {
            children(list, TSL, "Name")
                .map(|n| {
                    (
                        n.attribute((XML, "lang")).unwrap_or_default().to_owned(),
                        content(n),
                    )
                })
                .collect()
        })
        .unwrap_or_default()
}

/// A pointer; `None` when it has no location or no type.
fn pointer(node: Node<'_, '_>) -> Option<Pointer> {
    let mut found = Pointer {
        location: child_content(node, TSL, "TSLLocation")?,
        tsl_type: String::new(),
        mime_type: String::new(),
        territory: String::new(),
        signers: Vec::new(),
        unreadable_signers: 0,
    };
    for information in child(node, TSL, "AdditionalInformation")
        .into_iter()
        .flat_map(|list| children(list, TSL, "OtherInformation"))
        .flat_map(|n| n.children().filter(Node::is_element))
    {
        if xml::is(information, TSL, "TSLType") {
            found.tsl_type = content(information);
        } else if xml::is(information, TSL, "SchemeTerritory") {
            found.territory = content(information);
        } else if xml::is(information, TSLX, "MimeType") {
            found.mime_type = content(information);
        }
    }
    if let Some(list) = child(node, TSL, "ServiceDigitalIdentities") {
        for identity in children(list, TSL, "ServiceDigitalIdentity") {
            let (read, unreadable) = certificates(identity);
            found.unreadable_signers = found.unreadable_signers.saturating_add(unreadable);
            found.signers.extend(read);
        }
    }
    Some(found)
}

/// The certificates of a digital identity and how many could not be read.
fn certificates(identity: Node<'_, '_>) -> (Vec<Certificate>, usize) {
    let mut read: Vec<Certificate> = Vec::new();
    let mut unreadable = 0_usize;
    for id in children(identity, TSL, "DigitalId").flat_map(|id| children(id, TSL, "X509Certificate")) {
        match xml::base64(&content(id)).and_then(|der| Certificate::from_der(&der).ok()) {
            Some(certificate) if read.contains(&certificate) => {}
            Some(certificate) => read.push(certificate),
            None => unreadable = unreadable.saturating_add(1),
        }
    }
    (read, unreadable)
}

/// A provider; `None` when it says nothing about itself.
fn provider(node: Node<'_, '_>) -> Result<Option<TrustServiceProvider>, ListError> {
    let Some(information) = child(node, TSL, "TSPInformation") else {
        return Ok(None);
    };
    let mut services = Vec::new();
    if let Some(list) = child(node, TSL, "TSPServices") {
        for entry in children(list, TSL, "TSPService") {
            services.extend(service(entry)?);
        }
    }
    Ok(Some(TrustServiceProvider {
        names: names(information, "TSPName"),
        trade_names: names(information, "TSPTradeName"),
        services,
    }))
}

/// A service; `None` when it has no current status.
fn service(node: Node<'_, '_>) -> Result<Option<Service>, ListError> {
    let Some(information) = child(node, TSL, "ServiceInformation") else {
        return Ok(None);
    };
    let Some(current) = period(information)? else {
        return Ok(None);
    };
    let (certificates, unreadable_certificates) = child(information, TSL, "ServiceDigitalIdentity")
        .map(certificates)
        .unwrap_or_default();
    let mut periods = vec![current];
    if let Some(history) = child(node, TSL, "ServiceHistory") {
        for instance in children(history, TSL, "ServiceHistoryInstance") {
            periods.extend(period(instance)?);
        }
    }
    // A stable sort: of equal starts the one that stands first is the newer.
    periods.sort_by_key(|period| core::cmp::Reverse(period.from));
    Ok(Some(Service {
        certificates,
        unreadable_certificates,
        periods,
    }))
}

/// A current entry or an instance of the history; `None` without a start.
fn period(node: Node<'_, '_>) -> Result<Option<Period>, ListError> {
    let Some(start) = child_content(node, TSL, "StatusStartingTime") else {
        return Ok(None);
    };
    let mut period = Period {
        service_type: child_content(node, TSL, "ServiceTypeIdentifier").unwrap_or_default(),
        names: names(node, "ServiceName"),
        status: child_content(node, TSL, "ServiceStatus").unwrap_or_default(),
        from: time(&start)?,
        additional: Vec::new(),
        qualifications: Vec::new(),
        expired_certificates_from: None,
        unknown_critical: None,
    };
    for extension in child(node, TSL, "ServiceInformationExtensions")
        .into_iter()
        .flat_map(|list| children(list, TSL, "Extension"))
    {
        let critical = matches!(extension.attribute("Critical").map(str::trim), Some("true" | "1"));
        let mut known = false;
        for element in extension.children().filter(Node::is_element) {
            if xml::is(element, TSL, "AdditionalServiceInformation") {
                period.additional.extend(child_content(element, TSL, "URI"));
                known = true;
            } else if xml::is(element, SIE, "Qualifications") {
                period
                    .qualifications
                    .extend(children(element, SIE, "QualificationElement").map(qualification));
                known = true;
            } else if xml::is(element, TSL, "ExpiredCertsRevocationInfo") {
                period.expired_certificates_from = content(element).parse().ok();
                known = true;
            } else if xml::is(element, TSLX, "TakenOverBy") {
                // Who runs the service now does not change what it was granted for (TS 119 612 §5.5.9.3).
                known = true;
            } else if critical {
                period.unknown_critical = Some(element.tag_name().name().to_owned());
            }
        }
        if critical && !known && period.unknown_critical.is_none() {
            period.unknown_critical = Some("an extension without content".to_owned());
        }
    }
    Ok(Some(period))
}

fn qualification(node: Node<'_, '_>) -> QualificationElement {
    let qualifiers = child(node, SIE, "Qualifiers")
        .map(|list| {
            children(list, SIE, "Qualifier")
                .filter_map(|q| q.attribute("uri"))
                .map(|uri| uri.trim().strip_prefix(SVC_INFO_EXT).unwrap_or(uri).to_owned())
                .collect()
        })
        .unwrap_or_default();
    QualificationElement {
        qualifiers,
        criteria: super::criteria::read(child(node, SIE, "CriteriaList")),
    }
}
