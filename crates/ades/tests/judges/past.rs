//! The past: until when path and revocation data vouch for a certificate (control-time, EN 319 102-1 §5.6.2.2), by
//! pyHanko and by us.
use crate::{
    chains::{Case, Chain},
    forge::{Issuer, at},
    pyhanko,
};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use jiff::Timestamp;
use procura_ades::{
    ProofsOfExistence,
    validation::{
        Anchors, Context, Policy, Purpose,
        past::{self, Subject},
    },
};
use procura_pki::{Certificate, Crl, RevocationData};
use serde_json::{Value, json};

struct Past {
    case: Case,
    proofs: Vec<(Vec<u8>, &'static str)>,
    /// The control-time; `None` where there is none.
    expected: Option<&'static str>,
}
impl Past {
    fn ours(&self) -> Option<Timestamp> {
        let Case {
            leaf,
            others,
            anchor,
            crls,
            time,
            ..
        } = &self.case;
        let anchors = Anchors {
            signatures: vec![anchor.clone()],
            time_stamps: Vec::new(),
        };
        let crls: Vec<_> = crls
            .iter()
            .map(|der| RevocationData::Crl(Crl::from_der(der).unwrap()))
            .collect();
        let policy = Policy::default();
        let context = Context::new(*time, &policy, &anchors, others, &crls).unwrap();
        let mut proofs = ProofsOfExistence::new(*time);
        for (object, when) in &self.proofs {
            proofs.add(object, at(when));
        }
        // What is asked is the path, not a signature: one that is older than all of it.
        let subject = Subject {
            name: "the path",
            leaf,
            proven: leaf.not_before(),
            algorithms: &[],
        };
        past::validate(&context, Purpose::Signatures, &subject, &proofs)
            .ok()
            .map(|past| past.control_time)
    }
    fn json(&self) -> Value {
        let mut json = self.case.json();
        let proof = |(object, when): &(Vec<u8>, &str)| json!({ "object": BASE64_STANDARD.encode(object), "at": when });
        json["proofs"] = self.proofs.iter().map(proof).collect();
        json
    }
}

/// Made on 2026-06-02 for a week, judged on the next day.
fn list(issuer: &Issuer, revoked: Option<(&Certificate, &str)>) -> Vec<u8> {
    let mut crl = issuer.crl();
    crl.this_update = at("2026-06-02T00:00:00Z");
    crl.next_update = Some(at("2026-06-09T00:00:00Z"));
    match revoked {
        Some((certificate, when)) => crl.revoke(certificate, when, Vec::new()).der(),
        None => crl.der(),
    }
}
const NOW: &str = "2026-06-03T00:00:00Z";
/// Before anything was revoked or had expired.
const EARLY: &str = "2026-06-01T12:00:00Z";
const REVOKED: &str = "2026-06-01T18:00:00Z";

fn cases() -> Vec<Past> {
    let chain = Chain::new();
    let Chain { root, ca, seal } = &chain;
    let past = |name, leaf: Option<(&str, &str)>, seal_revoked: Option<&str>, ca_revoked: Option<&str>| {
        let mut case = chain.sound(name);
        if let Some((from, to)) = leaf {
            case.leaf = seal.leaf().valid(from, to).signed_by(ca);
        }
        case.time = at(NOW);
        case.crls = vec![
            list(ca, seal_revoked.map(|when| (&case.leaf, when))),
            list(root, ca_revoked.map(|when| (&case.others[0], when))),
        ];
        case
    };
    let everything = |case: &Case, when: &'static str| -> Vec<(Vec<u8>, &'static str)> {
        let certificates = case
            .others
            .iter()
            .chain([&case.leaf])
            .map(|one| one.der().to_vec());
        certificates
            .chain(case.crls.iter().cloned())
            .map(|object| (object, when))
            .collect()
    };
    let mut cases = Vec::new();

    let case = past("all is in order", None, None, None);
    cases.push(Past {
        proofs: Vec::new(),
        case,
        expected: Some(NOW),
    });
    let case = past("the leaf was revoked", None, Some(REVOKED), None);
    cases.push(Past {
        proofs: vec![(case.leaf.der().to_vec(), EARLY)],
        case,
        expected: Some(REVOKED),
    });
    let case = past(
        "the leaf has expired",
        Some(("2026-01-01T00:00:00Z", "2026-06-02T12:00:00Z")),
        None,
        None,
    );
    cases.push(Past {
        proofs: everything(&case, EARLY),
        case,
        expected: Some(NOW),
    });
    let mut case = past("nothing is known of the leaf", None, None, None);
    case.crls.remove(0);
    cases.push(Past {
        proofs: everything(&case, EARLY),
        case,
        expected: None,
    });
    let mut case = past("nothing is known of the CA", None, None, None);
    case.crls.remove(1);
    cases.push(Past {
        proofs: everything(&case, EARLY),
        case,
        expected: None,
    });
    // The list of the CA came after the CA was revoked: it vouches for nothing.
    let case = past(
        "the CA was revoked, and its own list is younger",
        None,
        None,
        Some(REVOKED),
    );
    cases.push(Past {
        proofs: everything(&case, EARLY),
        case,
        expected: None,
    });
    let mut case = past(
        "the CA was revoked, and its own list is older",
        None,
        None,
        Some(REVOKED),
    );
    case.crls[0] = ca.crl().der();
    cases.push(Past {
        proofs: everything(&case, EARLY),
        case,
        expected: Some(REVOKED),
    });
    let mut case = past(
        "the CA was revoked, and nothing proves that its list is older",
        None,
        None,
        Some(REVOKED),
    );
    case.crls[0] = ca.crl().der();
    cases.push(Past {
        proofs: Vec::new(),
        case,
        expected: None,
    });
    let case = past(
        "the validity of leaf and CA have no time in common",
        Some(("2027-06-01T00:00:00Z", "2027-07-01T00:00:00Z")),
        None,
        None,
    );
    cases.push(Past {
        proofs: everything(&case, EARLY),
        case,
        expected: None,
    });
    cases
}

#[test]
fn pyhanko_and_we_find_the_same_control_times() {
    let cases = cases();
    let mut differ = Vec::new();
    for case in &cases {
        let (ours, expected) = (case.ours(), case.expected.map(at));
        if ours != expected {
            differ.push(format!(
                "ours: {}: {ours:?}, expected {expected:?}",
                case.case.name
            ));
        }
    }
    if let Some(answers) = pyhanko::ask(&cases.iter().map(Past::json).collect::<Vec<_>>()) {
        for (case, answer) in cases.iter().zip(answers) {
            let theirs = answer["control_time"].as_str();
            if theirs != case.expected {
                differ.push(format!(
                    "pyHanko: {}: expected {:?}, {answer:#}",
                    case.case.name, case.expected
                ));
            }
        }
    }
    assert!(differ.is_empty(), "{}", differ.join("\n"));
    println!("{} of {}", cases.len(), cases.len());
}
