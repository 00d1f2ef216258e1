//! Real lists: verdict, numbers, dates, counts and digests equal what three independent verifiers found.
#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests find the corpus by an environment variable, say what they skip and fail by panicking"
)]
use jiff::Timestamp;
use procura_crypto::digest::{hexadecimal, sha256};
use procura_pki::{Anchor, Certificate};
use procura_trust_list::{
    ListError, ListOfLists, Listed, Signers, Snapshot, TrustedList, VerifiedList,
    model::{CA_QC, GRANTED, Pointer, SVC_INFO_EXT, Service},
    signature::{MIN_RSA_BITS, read_unverified, verify, verify_with},
    sync::{Config, Response, Step, Sync},
};
use serde_json::Value;
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

/// The folder of the lists, or `None` where there is no corpus.
fn lists() -> Option<PathBuf> {
    let found = std::env::var("PROCURA_CORPUS")
        .ok()
        .map(|root| PathBuf::from(root).join("trusted-lists"));
    if found.is_none() {
        println!("skipped: no corpus; PROCURA_CORPUS names its folder");
    }
    found
}
fn expected(folder: &Path) -> Value {
    serde_json::from_slice(&fs::read(folder.join("expected.json")).unwrap()).unwrap()
}
fn digest(hex: &str) -> [u8; 32] {
    let bytes: Vec<u8> = (0..hex.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap())
        .collect();
    bytes.try_into().unwrap()
}
/// The words of the expectations for what we say.
fn verdict(result: &Result<VerifiedList, ListError>) -> &'static str {
    match result {
        Ok(_) => "signature_valid",
        Err(ListError::Digest) => "digest_mismatch",
        Err(ListError::Structure("there is no signature")) => "no_signature",
        Err(ListError::Structure("there is more than one signature")) => "several_signatures",
        Err(ListError::Xml(_)) => "not_xml",
        Err(_) => "other",
    }
}

#[test]
fn every_list_gets_the_expected_verdict() {
    let Some(folder) = lists() else { return };
    let expected = expected(&folder);
    let files = expected["files"].as_object().unwrap();
    let mut wrong = Vec::new();
    for (name, facts) in files {
        let bytes = fs::read(folder.join(name)).unwrap();
        assert_eq!(hexadecimal(&sha256(&bytes)), facts["sha256"], "{name}");
        let signer = facts["signature"]["signer"]["sha256"].as_str();
        let signers = Signers::Sha256(signer.map(digest).into_iter().collect());
        let bits = facts["signature"]["signer"]["bits"].as_u64().unwrap_or(2048);
        let result = verify_with(&bytes, &signers, if bits == 1024 { 1024 } else { MIN_RSA_BITS });
        if verdict(&result) != facts["expected"] {
            wrong.push(format!(
                "{name}: {:?} instead of {}",
                result.map(|_| ()),
                facts["expected"]
            ));
        }
        if let Some(time) = facts["signature"]["signing_time"].as_str()
            && let Ok(list) = verify_with(&bytes, &signers, 1024)
        {
            let time: Timestamp = time.parse().unwrap();
            assert_eq!(list.signed_at.as_second(), time.as_second(), "{name}");
            let stranger = verify_with(&bytes, &Signers::Sha256(vec![[7; 32]]), 1024);
            assert!(
                matches!(stranger, Err(ListError::UnknownSigner(s)) if Some(s.as_str()) == signer),
                "{name}"
            );
        }
    }
    println!("verdicts: {} of {}", files.len() - wrong.len(), files.len());
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// The certificates in `KeyInfo`, whoever they are: the wrapped samples are refused for what they cover.
fn embedded(bytes: &[u8]) -> Signers {
    use base64::Engine as _;
    let document = roxmltree::Document::parse(
        core::str::from_utf8(bytes)
            .unwrap()
            .trim_start_matches('\u{feff}'),
    )
    .unwrap();
    let digests = document
        .descendants()
        .filter(|n| {
            n.tag_name().name() == "X509Certificate"
                && n.parent().is_some_and(|p| p.tag_name().name() == "X509Data")
        })
        .filter_map(|n| {
            let text: String = n.text()?.split_whitespace().collect();
            Some(sha256(
                &base64::engine::general_purpose::STANDARD.decode(text).ok()?,
            ))
        });
    Signers::Sha256(digests.collect())
}

#[test]
fn wrapped_lists_are_refused() {
    let Some(folder) = lists() else { return };
    let expected = expected(&folder);
    let files = expected["xsw"].as_object().unwrap();
    let mut wrong = Vec::new();
    for (name, facts) in files {
        let bytes = fs::read(folder.join("xsw").join(name)).unwrap();
        let result = verify(&bytes, &embedded(&bytes));
        let accepted = facts["expected_as_trusted_list"] == "signature_valid";
        println!("{name}: {:?}", result.as_ref().map(|_| ()));
        if result.is_ok() != accepted {
            wrong.push(format!("{name}: {:?}", result.map(|_| ())));
        }
    }
    println!("wrapped: {} of {}", files.len() - wrong.len(), files.len());
    assert!(wrong.is_empty(), "{wrong:#?}");
}

fn services(list: &TrustedList) -> impl Iterator<Item = &Service> {
    list.providers.iter().flat_map(|p| &p.services)
}
fn count<'a>(items: impl Iterator<Item = &'a str>) -> Value {
    let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
    items.for_each(|item| *counts.entry(item).or_default() += 1);
    serde_json::to_value(counts).unwrap()
}
fn set_digest<'a>(certificates: impl Iterator<Item = &'a Certificate>) -> (usize, String) {
    let set: BTreeSet<String> = certificates.map(|c| hexadecimal(&c.sha256())).collect();
    let joined = set.iter().cloned().collect::<Vec<_>>().join("\n");
    (set.len(), hexadecimal(&sha256(joined.as_bytes())))
}
fn short(uri: &str) -> &str {
    uri.strip_prefix(SVC_INFO_EXT).unwrap_or(uri)
}

/// Our own statistics of a list, in the form of the expectations.
fn statistics(list: &TrustedList) -> BTreeMap<&'static str, Value> {
    let issued = list.issued;
    let is_qc = |s: &&Service| s.current().unwrap().service_type == CA_QC;
    let is_granted = |s: &&Service| s.current().unwrap().status == GRANTED;
    let qc: Vec<&Service> = services(list).filter(is_qc).collect();
    let granted: Vec<&Service> = qc.iter().copied().filter(is_granted).collect();
    let (all_certificates, all_digest) = set_digest(services(list).flat_map(|s| &s.certificates));
    let (granted_certificates, granted_digest) = set_digest(granted.iter().flat_map(|s| &s.certificates));
    let next_update = list.next_update.map(|t| t.to_string());
    let usable_providers = list.providers.len();
    BTreeMap::from([
        ("version", list.version.into()),
        ("sequence_number", list.sequence.into()),
        ("type", list.tsl_type.clone().into()),
        ("territory", list.territory.clone().into()),
        ("issue_date", list.issued.to_string().into()),
        ("next_update", next_update.into()),
        ("tsps_usable", usable_providers.into()),
        ("services_usable", services(list).count().into()),
        (
            "history_instances",
            services(list).map(|s| s.periods.len() - 1).sum::<usize>().into(),
        ),
        (
            "services_by_type",
            count(services(list).map(|s| s.current().unwrap().service_type.as_str())),
        ),
        (
            "services_by_status",
            count(services(list).map(|s| s.current().unwrap().status.as_str())),
        ),
        ("ca_qc_services", qc.len().into()),
        ("ca_qc_granted_current", granted.len().into()),
        (
            "ca_qc_granted_at_issue_date",
            qc.iter()
                .filter(|s| s.period_at(issued).is_some_and(|p| p.status == GRANTED))
                .count()
                .into(),
        ),
        (
            "ca_qc_granted_for_esig",
            granted
                .iter()
                .filter(|s| s.current().unwrap().is_for("ForeSignatures"))
                .count()
                .into(),
        ),
        (
            "ca_qc_granted_for_eseal",
            granted
                .iter()
                .filter(|s| s.current().unwrap().is_for("ForeSeals"))
                .count()
                .into(),
        ),
        (
            "ca_qc_qualifier_elements",
            count(
                qc.iter()
                    .flat_map(|s| &s.current().unwrap().qualifications)
                    .flat_map(|q| &q.qualifiers)
                    .map(|q| short(q)),
            ),
        ),
        (
            "ca_qc_additional_service_info",
            count(
                qc.iter()
                    .flat_map(|s| &s.current().unwrap().additional)
                    .map(|uri| short(uri)),
            ),
        ),
        ("unique_service_certs", all_certificates.into()),
        ("all_service_certs_digest", all_digest.into()),
        (
            "unique_ca_qc_certs",
            set_digest(qc.iter().flat_map(|s| &s.certificates)).0.into(),
        ),
        ("unique_ca_qc_granted_certs", granted_certificates.into()),
        ("ca_qc_granted_certs_digest", granted_digest.into()),
        (
            "services_without_cert",
            services(list)
                .filter(|s| s.certificates.is_empty())
                .count()
                .into(),
        ),
        (
            "services_with_several_distinct_certs",
            services(list).filter(|s| s.certificates.len() > 1).count().into(),
        ),
        (
            "status_starting_after_issue",
            services(list)
                .filter(|s| s.current().unwrap().from > issued)
                .count()
                .into(),
        ),
    ])
}

#[test]
fn content_of_every_list_is_read_as_counted_by_others() {
    let Some(folder) = lists() else { return };
    let expected = expected(&folder);
    let (mut compared, mut wrong) = (0, Vec::new());
    for (name, facts) in expected["files"].as_object().unwrap() {
        let Some(content) = facts["content"].as_object() else {
            continue;
        };
        let list = read_unverified(&fs::read(folder.join(name)).unwrap()).unwrap();
        for (key, ours) in statistics(&list) {
            compared += 1;
            if ours != content[key] {
                wrong.push(format!("{name} {key}: {ours} instead of {}", content[key]));
            }
        }
        let unreadable: usize = services(&list).map(|s| s.unreadable_certificates).sum();
        assert_eq!(unreadable, 0, "{name}");
        if let Some(lotl) = facts["lotl"].as_object() {
            compared += 5;
            let pointers: Vec<&Pointer> = list.pointers_to_lists().collect();
            let territories: Vec<&str> = pointers.iter().map(|p| p.territory.as_str()).collect();
            if serde_json::to_value(&territories).unwrap() != lotl["tl_territories"] {
                wrong.push(format!("{name} territories {territories:?}"));
            }
            let itself = list.pointer_to_list_of_lists().unwrap();
            let signers: Vec<String> = itself.signers.iter().map(|c| hexadecimal(&c.sha256())).collect();
            if serde_json::to_value(&signers).unwrap() != lotl["lotl_signers_sha256"] {
                wrong.push(format!("{name} signers {signers:?}"));
            }
            if list.pointers.len() != lotl["pointers"] {
                wrong.push(format!("{name} pointers {}", list.pointers.len()));
            }
            let announced = pointers
                .iter()
                .chain([&itself])
                .map(|p| p.signers.len())
                .sum::<usize>();
            let unreadable = pointers.iter().map(|p| p.unreadable_signers).sum::<usize>();
            if announced != lotl["tl_signer_certs"] || unreadable > 0 {
                wrong.push(format!("{name} announced {announced}, {unreadable} unreadable"));
            }
        }
    }
    println!("facts: {} of {compared}", compared - wrong.len());
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn pivots_lead_from_one_set_of_signers_to_the_next() {
    let Some(folder) = lists() else { return };
    let expected = expected(&folder);
    for chain in expected["pivot_chains"].as_array().unwrap() {
        let steps: Vec<&str> = chain["steps"]
            .as_array()
            .unwrap()
            .iter()
            .map(|s| s.as_str().unwrap())
            .collect();
        let mut bits = MIN_RSA_BITS;
        let mut signers = if let Some(keystore) = chain["oj_keystore"].as_str() {
            let pem = fs::read_to_string(folder.join(keystore)).unwrap();
            let certificates = Certificate::from_pem(&pem).unwrap();
            assert_eq!(
                certificates.len(),
                chain["oj_certs_sha256_prefix"].as_array().unwrap().len()
            );
            Signers::Certificates(certificates)
        } else if steps[0].contains("172") {
            let first = expected["files"][steps[0]]["signature"]["signer"]["sha256"]
                .as_str()
                .unwrap();
            bits = 1024;
            Signers::Sha256(vec![digest(first)])
        } else {
            // Only prefixes are known: the full digests come from what the list of lists itself announces.
            let announced = expected["files"][steps[0]]["lotl"]["lotl_signers_sha256"]
                .as_array()
                .unwrap();
            let prefixes = chain["oj_certs_sha256_prefix"].as_array().unwrap();
            Signers::Sha256(
                announced
                    .iter()
                    .map(|d| d.as_str().unwrap())
                    .filter(|d| prefixes.iter().any(|p| d.starts_with(p.as_str().unwrap())))
                    .map(digest)
                    .collect(),
            )
        };
        if bits == 1024 {
            let small = verify(&fs::read(folder.join(steps[0])).unwrap(), &signers);
            assert!(matches!(small, Err(ListError::SignerKey(_))));
        }
        for step in &steps {
            let list = verify_with(&fs::read(folder.join(step)).unwrap(), &signers, bits).unwrap();
            assert!(list.list.is_list_of_lists());
            signers = Signers::Certificates(list.list.pointer_to_list_of_lists().unwrap().signers.clone());
        }
        if chain["then"].is_string() {
            verify(&fs::read(folder.join("eu-lotl-seq388.xml")).unwrap(), &signers).unwrap();
        }
        println!("pivots: {} of {} in {}", steps.len(), steps.len(), chain["name"]);
    }
}

/// The three results of one item and those expected.
fn qualify(
    folder: &Path,
    lists: &mut BTreeMap<String, Snapshot>,
    expected: &Value,
    item: &Value,
) -> ([String; 3], [String; 3], String) {
    let file = item["list"].as_str().unwrap().rsplit('/').next().unwrap();
    let snapshot = lists.entry(file.to_owned()).or_insert_with(|| {
        let signer = digest(
            expected["files"][file]["signature"]["signer"]["sha256"]
                .as_str()
                .unwrap(),
        );
        let list = verify(
            &fs::read(folder.join(file)).unwrap(),
            &Signers::Sha256(vec![signer]),
        )
        .unwrap();
        // The expectations ask the list of 2019 about certificates of later years too.
        Snapshot::new(
            ListOfLists::Pinned,
            vec![Listed::new(Arc::new(list), 20 * 365 * 86_400)],
            vec![],
        )
    });
    let chain = folder.join("chains").join(&item["leaf"].as_str().unwrap()[..16]);
    let leaf = Certificate::from_der(&fs::read(chain.join("leaf.der")).unwrap()).unwrap();
    let anchor = Certificate::from_der(&fs::read(chain.join("anchor0.der")).unwrap()).unwrap();
    let signing: Timestamp = item["signing"].as_str().unwrap().parse().unwrap();
    let offered = snapshot.anchors(&leaf, &[], signing);
    assert!(
        offered.iter().any(|a| a.0.spki_der() == anchor.spki_der()),
        "{} is not offered for {} issued by {}",
        anchor.subject(),
        item["leaf"],
        leaf.issuer()
    );
    let path = procura_pki::Path {
        certificates: vec![leaf],
        anchor: Anchor(anchor),
    };
    let result = snapshot.qualification(&path, signing);
    let ours = [&result.at_issuance, &result.at_time, &result.combined].map(|q| q.name().to_owned());
    let theirs =
        ["at_issuance", "at_signing", "final_strict_ts119615"].map(|k| item[k].as_str().unwrap().to_owned());
    (ours, theirs, format!("{:#?}", result.combined.reasons))
}

#[test]
fn real_certificates_are_qualified_as_the_lists_say() {
    let Some(folder) = lists() else { return };
    let expected = expected(&folder);
    let items = expected["qualification"]["items"].as_array().unwrap();
    let mut snapshots = BTreeMap::new();
    let (mut right, mut finals, mut stricter) = (0, 0, 0);
    let mut wrong = Vec::new();
    for item in items {
        let (ours, theirs, reasons) = qualify(&folder, &mut snapshots, &expected, item);
        finals += usize::from(ours[2] == theirs[2]);
        // The reference lets a certificate that says "for seals" pass under a service that is for signatures only; its
        // strict final result does not. We are strict at both times, so those two columns are not comparable.
        if ours == theirs {
            right += 1;
        } else if item["final"] != item["final_strict_ts119615"]
            && ours == [(); 3].map(|()| theirs[2].clone())
        {
            stricter += 1;
            println!(
                "stricter by TS 119 615 at both times: {} {ours:?} not {theirs:?}",
                item["leaf"]
            );
        } else {
            wrong.push(format!(
                "{} {ours:?} instead of {theirs:?} {reasons}",
                item["leaf"]
            ));
        }
    }
    println!(
        "qualification: {finals} of {} final, {right} at every time, {stricter} stricter",
        items.len()
    );
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert_eq!(finals, items.len());
}

/// Walks with `fetch` as the network until the machine waits.
fn walk(config: Config, now: Timestamp, fetch: impl Fn(&str) -> Option<Vec<u8>>) -> Sync {
    let mut sync = Sync::new(config, vec![], now);
    for _ in 0..20 {
        let Step::Fetch(requests) = sync.poll(now) else {
            return sync;
        };
        for request in requests {
            let response = fetch(&request.url).map_or_else(
                || Response::Failed("not in the corpus".into()),
                |bytes| Response::Body { bytes, etag: None },
            );
            sync.on_response(&request.url, response, now);
        }
    }
    panic!("the machine does not come to rest");
}
fn config(signers: Signers, journal: &str) -> Config {
    Config {
        lotl_url: "https://ec.europa.eu/tools/lotl/eu-lotl.xml".into(),
        lotl_signers: signers,
        official_journal_url: Some(journal.into()),
        territories: vec![],
        refresh_seconds: 3600,
        grace_seconds: 0,
    }
}
const JOURNAL_2019: &str =
    "https://eur-lex.europa.eu/legal-content/EN/TXT/?uri=uriserv:OJ.C_.2019.276.01.0001.01.ENG";

#[test]
fn the_list_of_lists_of_2019_leads_to_the_national_lists() {
    let Some(folder) = lists() else { return };
    let expected = expected(&folder);
    let lotl = fs::read(folder.join("EU.xml")).unwrap();
    let now: Timestamp = "2019-09-05T00:00:00Z".parse().unwrap();
    let pointers: BTreeMap<String, String> = read_unverified(&lotl)
        .unwrap()
        .pointers_to_lists()
        .map(|p| (p.location.clone(), p.territory.clone()))
        .collect();
    let fetch = |url: &str| match pointers.get(url) {
        Some(territory) => fs::read(folder.join(format!("{territory}.xml"))).ok(),
        None => Some(lotl.clone()),
    };
    let pins = Certificate::from_pem(&fs::read_to_string(folder.join("oj/oj-2019.pem")).unwrap()).unwrap();
    let mut sync = walk(config(Signers::Certificates(pins), JOURNAL_2019), now, fetch);
    let snapshot = sync.snapshot(now);
    snapshot.usable(now).unwrap();
    let wanted: BTreeMap<&str, &Value> = expected["files"]
        .as_object()
        .unwrap()
        .iter()
        .filter_map(|(name, facts)| Some((name.strip_suffix(".xml")?, &facts["content"])))
        .filter(|(name, _)| name.len() == 2)
        .collect();
    let got: BTreeMap<String, u64> = snapshot
        .lists()
        .into_iter()
        .map(|l| (l.territory, l.sequence))
        .collect();
    println!("walked: {} lists of {} wanted", got.len(), wanted.len());
    for (name, content) in &wanted {
        assert_eq!(
            got.get(*name).copied(),
            content["sequence_number"].as_u64(),
            "{name}"
        );
    }
    let missing = snapshot
        .unavailable(now)
        .into_iter()
        .map(|u| u.territory)
        .collect::<BTreeSet<_>>();
    assert!(missing.contains("DE") && !missing.contains("AT"), "{missing:?}");
    assert!(
        sync.take_alerts()
            .iter()
            .all(|alert| alert.reason.contains("could not be fetched") || alert.refusal.is_some())
    );
}

#[test]
fn pivots_of_the_union_lead_from_2019_to_2026() {
    let Some(folder) = lists() else { return };
    let now: Timestamp = "2026-06-01T00:00:00Z".parse().unwrap();
    let fetch = |url: &str| {
        let name = url.rsplit('/').next().unwrap();
        fs::read(folder.join(if name == "eu-lotl.xml" {
            "eu-lotl-seq388.xml"
        } else {
            name
        }))
        .ok()
    };
    let pins = Certificate::from_pem(&fs::read_to_string(folder.join("oj/oj-2019.pem")).unwrap()).unwrap();
    let pins = Signers::Certificates(pins);
    let mut sync = walk(config(pins.clone(), JOURNAL_2019), now, fetch);
    let snapshot = sync.snapshot(now);
    snapshot.usable(now).unwrap();
    assert_eq!(
        (
            snapshot.lists()[0].territory.as_str(),
            snapshot.lists()[0].sequence
        ),
        ("EU", 388)
    );
    assert_eq!(
        snapshot.unavailable(now).len(),
        31,
        "every national list is pointed to"
    );
    // Pivot 378 is not in the corpus; its predecessor already announces the signer.
    let of_lotl: Vec<_> = sync
        .take_alerts()
        .into_iter()
        .filter(|a| a.url.contains("/eu-lotl"))
        .collect();
    assert!(
        of_lotl.iter().all(|alert| alert.url.ends_with("pivot-378.xml")),
        "{of_lotl:?}"
    );
    // Without the pivots, the signers of 2019 do not reach the list of 2026.
    let none = walk(
        Config {
            official_journal_url: None,
            ..config(pins, JOURNAL_2019)
        },
        now,
        fetch,
    );
    assert!(none.snapshot(now).usable(now).is_err());
}
