//! From a description to the XML of TS 119 612.
use super::{
    PublishError, base64,
    description::{
        Address, CriteriaDescription, Kind, ListDescription, LocalizedUri, PastStatus, PointerDescription,
        ProviderDescription, QualificationDescription, ServiceDescription, Text,
    },
    writer::{Writer, time},
};
use crate::{
    model::{Assertion, MIME_XML, STATUS_PREFIX, SVC_INFO_EXT, TYPE_GENERIC, TYPE_LIST_OF_LISTS},
    xml::{SIE, TSL, TSLX, XADES},
};
use procura_pki::Certificate;

const TAG: &str = "http://uri.etsi.org/19612/TSLTag";
const APPROACH: &str = "http://uri.etsi.org/TrstSvc/TrustedList/StatusDetn/EUappropriate";
const APPROACH_LIST_OF_LISTS: &str = "http://uri.etsi.org/TrstSvc/TrustedList/StatusDetn/EUlistofthelists";
const RULES: &str = "http://uri.etsi.org/TrstSvc/TrustedList/schemerules/EUcommon";
const RULES_LIST_OF_LISTS: &str = "http://uri.etsi.org/TrstSvc/TrustedList/schemerules/EUlistofthelists";
/// History is kept for ever (TS 119 612 §5.3.12).
const HISTORY: &str = "65535";

type Done = Result<(), PublishError>;

fn type_uri(kind: Kind) -> &'static str {
    match kind {
        Kind::Generic => TYPE_GENERIC,
        Kind::ListOfLists => TYPE_LIST_OF_LISTS,
    }
}

/// The list up to the place of the signature, and what follows it.
pub(super) fn write(list: &ListDescription) -> Result<(String, String), PublishError> {
    if list.sequence == 0 {
        return Err(PublishError::Invalid("TSLSequenceNumber"));
    }
    if list.next_update.is_some_and(|next| next <= list.issued) {
        return Err(PublishError::Invalid("NextUpdate"));
    }
    let mut w = Writer::default();
    w.out.push_str("<?xml version=\"1.0\" encoding=\"UTF-8\"?>");
    w.open(
        "TrustServiceStatusList",
        &[
            ("xmlns", TSL),
            ("xmlns:tslx", TSLX),
            ("xmlns:sie", SIE),
            ("xmlns:xades", XADES),
            ("TSLTag", TAG),
        ],
    )?;
    w.group("SchemeInformation", |w| scheme(w, list))?;
    if !list.providers.is_empty() {
        w.group("TrustServiceProviderList", |w| {
            list.providers.iter().try_for_each(|p| provider(w, p))
        })?;
    }
    let head = core::mem::take(&mut w.out);
    w.close();
    Ok((head, w.out + "\n"))
}

fn scheme(w: &mut Writer, list: &ListDescription) -> Done {
    w.leaf("TSLVersionIdentifier", &[], "6")?;
    w.leaf("TSLSequenceNumber", &[], &list.sequence.to_string())?;
    w.leaf("TSLType", &[], type_uri(list.kind))?;
    names(w, "SchemeOperatorName", &list.operator_names)?;
    address(w, "SchemeOperatorAddress", &list.operator_address)?;
    names(w, "SchemeName", &list.scheme_names)?;
    uris(w, "SchemeInformationURI", &list.information_uris)?;
    let (approach, rules) = match list.kind {
        Kind::Generic => (APPROACH, RULES),
        Kind::ListOfLists => (APPROACH_LIST_OF_LISTS, RULES_LIST_OF_LISTS),
    };
    w.leaf("StatusDeterminationApproach", &[], approach)?;
    if list.rules.is_empty() {
        uris(w, "SchemeTypeCommunityRules", &[LocalizedUri::en(rules)])?;
    } else {
        uris(w, "SchemeTypeCommunityRules", &list.rules)?;
    }
    w.leaf("SchemeTerritory", &[], &list.territory)?;
    if !list.legal_notices.is_empty() {
        w.group("PolicyOrLegalNotice", |w| {
            list.legal_notices
                .iter()
                .try_for_each(|t| w.leaf("TSLLegalNotice", &[("xml:lang", &t.lang)], &t.text))
        })?;
    }
    w.leaf("HistoricalInformationPeriod", &[], HISTORY)?;
    if !list.pointers.is_empty() {
        w.group("PointersToOtherTSL", |w| {
            list.pointers.iter().try_for_each(|p| pointer(w, p))
        })?;
    }
    w.leaf("ListIssueDateTime", &[], &time(list.issued))?;
    match list.next_update {
        Some(next) => w.group("NextUpdate", |w| w.leaf("dateTime", &[], &time(next)))?,
        None => w.empty("NextUpdate", &[])?,
    }
    if !list.distribution_points.is_empty() {
        w.group("DistributionPoints", |w| {
            list.distribution_points
                .iter()
                .try_for_each(|uri| w.leaf("URI", &[], uri))
        })?;
    }
    Ok(())
}

fn names(w: &mut Writer, name: &'static str, texts: &[Text]) -> Done {
    if texts.is_empty() {
        return Err(PublishError::Empty(name));
    }
    w.group(name, |w| {
        texts
            .iter()
            .try_for_each(|t| w.leaf("Name", &[("xml:lang", &t.lang)], &t.text))
    })
}

fn uris(w: &mut Writer, name: &'static str, uris: &[LocalizedUri]) -> Done {
    if uris.is_empty() {
        return Err(PublishError::Empty(name));
    }
    w.group(name, |w| {
        uris.iter()
            .try_for_each(|u| w.leaf("URI", &[("xml:lang", &u.lang)], &u.uri))
    })
}

fn address(w: &mut Writer, name: &'static str, address: &Address) -> Done {
    w.group(name, |w| {
        w.group("PostalAddresses", |w| {
            w.open("PostalAddress", &[("xml:lang", "en")])?;
            w.leaf("StreetAddress", &[], &address.street)?;
            w.leaf("Locality", &[], &address.locality)?;
            if let Some(state) = &address.state_or_province {
                w.leaf("StateOrProvince", &[], state)?;
            }
            if let Some(code) = &address.postal_code {
                w.leaf("PostalCode", &[], code)?;
            }
            w.leaf("CountryName", &[], &address.country)?;
            w.close();
            Ok(())
        })?;
        uris(w, "ElectronicAddress", &address.electronic)
    })
}

fn pointer(w: &mut Writer, pointer: &PointerDescription) -> Done {
    if pointer.signers.is_empty() {
        return Err(PublishError::Empty("ServiceDigitalIdentities"));
    }
    w.group("OtherTSLPointer", |w| {
        w.group("ServiceDigitalIdentities", |w| {
            pointer.signers.iter().try_for_each(|der| {
                w.group("ServiceDigitalIdentity", |w| {
                    w.group("DigitalId", |w| w.leaf("X509Certificate", &[], &base64(der)))
                })
            })
        })?;
        w.leaf("TSLLocation", &[], &pointer.location)?;
        w.group("AdditionalInformation", |w| {
            w.group("OtherInformation", |w| {
                w.leaf("TSLType", &[], type_uri(pointer.kind))
            })?;
            w.group("OtherInformation", |w| {
                names(w, "SchemeOperatorName", &pointer.operator_names)
            })?;
            let rules = match pointer.kind {
                Kind::Generic => RULES,
                Kind::ListOfLists => RULES_LIST_OF_LISTS,
            };
            w.group("OtherInformation", |w| {
                uris(w, "SchemeTypeCommunityRules", &[LocalizedUri::en(rules)])
            })?;
            w.group("OtherInformation", |w| {
                w.leaf("SchemeTerritory", &[], &pointer.territory)
            })?;
            w.group("OtherInformation", |w| w.leaf("tslx:MimeType", &[], MIME_XML))
        })
    })
}

fn provider(w: &mut Writer, provider: &ProviderDescription) -> Done {
    if provider.services.is_empty() {
        return Err(PublishError::Empty("TSPServices"));
    }
    w.group("TrustServiceProvider", |w| {
        w.group("TSPInformation", |w| {
            names(w, "TSPName", &provider.names)?;
            if !provider.trade_names.is_empty() {
                names(w, "TSPTradeName", &provider.trade_names)?;
            }
            address(w, "TSPAddress", &provider.address)?;
            uris(w, "TSPInformationURI", &provider.information_uris)
        })?;
        w.group("TSPServices", |w| {
            provider.services.iter().try_for_each(|s| service(w, s))
        })
    })
}

fn service(w: &mut Writer, service: &ServiceDescription) -> Done {
    let certificates: Vec<Certificate> = service
        .certificates
        .iter()
        .map(|der| Certificate::from_der(der).map_err(|_| PublishError::Invalid("X509Certificate")))
        .collect::<Result<_, _>>()?;
    if certificates.is_empty() {
        return Err(PublishError::Empty("ServiceDigitalIdentity"));
    }
    let mut history: Vec<&PastStatus> = service.history.iter().collect();
    history.sort_by_key(|past| core::cmp::Reverse(past.since));
    if history.first().is_some_and(|newest| newest.since > service.since) {
        return Err(PublishError::Invalid("StatusStartingTime"));
    }
    w.group("TSPService", |w| {
        w.group("ServiceInformation", |w| {
            w.leaf("ServiceTypeIdentifier", &[], &service.service_type)?;
            names(w, "ServiceName", &service.names)?;
            w.group("ServiceDigitalIdentity", |w| {
                certificates.iter().try_for_each(|certificate| {
                    w.group("DigitalId", |w| {
                        w.leaf("X509Certificate", &[], &base64(certificate.der()))
                    })?;
                    identity(w, certificate)
                })
            })?;
            state(w, &service.status, service.since)?;
            extensions(w, &service.additional, &service.qualifications)
        })?;
        if history.is_empty() {
            return Ok(());
        }
        w.group("ServiceHistory", |w| {
            history.iter().try_for_each(|past| {
                w.group("ServiceHistoryInstance", |w| {
                    w.leaf("ServiceTypeIdentifier", &[], &service.service_type)?;
                    names(w, "ServiceName", &service.names)?;
                    w.group("ServiceDigitalIdentity", |w| {
                        certificates.iter().try_for_each(|c| identity(w, c))
                    })?;
                    state(w, &past.status, past.since)?;
                    extensions(w, &past.additional, &past.qualifications)
                })
            })
        })
    })
}

/// Name and key identifier of a certificate: all that a history has.
fn identity(w: &mut Writer, certificate: &Certificate) -> Done {
    w.group("DigitalId", |w| {
        w.leaf("X509SubjectName", &[], &certificate.subject().to_string())
    })?;
    match certificate.subject_key_id() {
        Some(id) => w.group("DigitalId", |w| w.leaf("X509SKI", &[], &base64(id))),
        None => Ok(()),
    }
}

fn state(w: &mut Writer, status: &str, since: jiff::Timestamp) -> Done {
    w.leaf("ServiceStatus", &[], &format!("{STATUS_PREFIX}{status}"))?;
    w.leaf("StatusStartingTime", &[], &time(since))
}

fn extensions(w: &mut Writer, additional: &[String], qualifications: &[QualificationDescription]) -> Done {
    if additional.is_empty() && qualifications.is_empty() {
        return Ok(());
    }
    w.group("ServiceInformationExtensions", |w| {
        for kind in additional {
            w.open("Extension", &[("Critical", "true")])?;
            w.group("AdditionalServiceInformation", |w| {
                w.leaf("URI", &[("xml:lang", "en")], &format!("{SVC_INFO_EXT}{kind}"))
            })?;
            w.close();
        }
        if qualifications.is_empty() {
            return Ok(());
        }
        w.open("Extension", &[("Critical", "true")])?;
        w.group("sie:Qualifications", |w| {
            qualifications.iter().try_for_each(|element| {
                w.group("sie:QualificationElement", |w| {
                    w.group("sie:Qualifiers", |w| {
                        element.qualifiers.iter().try_for_each(|q| {
                            w.empty("sie:Qualifier", &[("uri", &format!("{SVC_INFO_EXT}{q}"))])
                        })
                    })?;
                    criteria(w, &element.criteria)
                })
            })
        })?;
        w.close();
        Ok(())
    })
}

fn criteria(w: &mut Writer, criteria: &CriteriaDescription) -> Done {
    let assertion = match criteria.assertion {
        Assertion::All => "all",
        Assertion::AtLeastOne => "atLeastOne",
        Assertion::None => "none",
    };
    w.open("sie:CriteriaList", &[("assert", assertion)])?;
    if !criteria.key_usage.is_empty() {
        w.group("sie:KeyUsage", |w| {
            criteria.key_usage.iter().try_for_each(|(name, value)| {
                w.leaf(
                    "sie:KeyUsageBit",
                    &[("name", name)],
                    if *value { "true" } else { "false" },
                )
            })
        })?;
    }
    if !criteria.policies.is_empty() {
        w.group("sie:PolicySet", |w| {
            oids(w, "sie:PolicyIdentifier", &criteria.policies)
        })?;
    }
    if !criteria.subject_attributes.is_empty() || !criteria.extended_key_usage.is_empty() {
        w.group("sie:otherCriteriaList", |w| {
            if !criteria.subject_attributes.is_empty() {
                w.group("tslx:CertSubjectDNAttribute", |w| {
                    oids(w, "tslx:AttributeOID", &criteria.subject_attributes)
                })?;
            }
            if !criteria.extended_key_usage.is_empty() {
                w.group("tslx:ExtendedKeyUsage", |w| {
                    oids(w, "tslx:KeyPurposeId", &criteria.extended_key_usage)
                })?;
            }
            Ok(())
        })?;
    }
    w.close();
    Ok(())
}

fn oids(w: &mut Writer, name: &'static str, oids: &[String]) -> Done {
    oids.iter().try_for_each(|oid| {
        w.group(name, |w| {
            w.leaf(
                "xades:Identifier",
                &[("Qualifier", "OIDAsURN")],
                &format!("urn:oid:{oid}"),
            )
        })
    })
}
