//! Certification paths with revocation data at a time: one thing broken in a sound chain, judged by three.
//!
//! The expectations are the standards' (RFC 5280 §6, EN 319 102-1 §5.2.6); the error of OpenSSL and the exception of
//! pyHanko say that they refuse for the same reason.
use crate::{
    forge::{
        CRL_SIGN, Extension, Issuer, KEY_CERT_SIGN, Request, at, basic_constraints, boolean, extension,
        integer, key_usage, noon, seq, tlv,
    },
    openssl::{OpenSsl, shown},
    pyhanko,
};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use jiff::Timestamp;
use procura_ades::validation::{Anchors, Context, Policy, Purpose, certificate};
use procura_pki::{Anchor, Certificate, Crl, RevocationData};
use serde_json::{Value, json};

/// A chain and what is known of it; what each says, `None` for accepted.
pub(crate) struct Case {
    pub(crate) name: &'static str,
    pub(crate) leaf: Certificate,
    pub(crate) others: Vec<Certificate>,
    pub(crate) anchor: Anchor,
    pub(crate) crls: Vec<Vec<u8>>,
    pub(crate) time: Timestamp,
    ours: Option<&'static str>,
    /// The number of its first error.
    openssl: Option<u32>,
    /// Its exception.
    pyhanko: Option<&'static str>,
    /// Why they differ, where they do.
    disagreement: Option<&'static str>,
}
impl Case {
    fn judged(&self) -> Option<String> {
        let anchors = Anchors {
            signatures: vec![self.anchor.clone()],
            time_stamps: Vec::new(),
        };
        let crls: Vec<_> = self
            .crls
            .iter()
            .map(|der| RevocationData::Crl(Crl::from_der(der).unwrap()))
            .collect();
        let policy = Policy::default();
        let context = Context::new(self.time, &policy, &anchors, &self.others, &crls).unwrap();
        let judged = certificate::validate(&context, Purpose::Signatures, &self.leaf);
        judged
            .result
            .err()
            .map(|failure| failure.sub_indication().to_string())
    }
    /// For pyHanko.
    pub(crate) fn json(&self) -> Value {
        let encoded = |ders: Vec<&[u8]>| {
            ders.into_iter()
                .map(|der| BASE64_STANDARD.encode(der))
                .collect::<Vec<_>>()
        };
        json!({
            "name": self.name,
            "leaf": encoded(vec![self.leaf.der()]),
            "others": encoded(self.others.iter().map(Certificate::der).collect()),
            "anchors": encoded(vec![self.anchor.0.der()]),
            "crls": encoded(self.crls.iter().map(Vec::as_slice).collect()),
            "time": self.time.to_string(),
        })
    }
    /// The number of the first error.
    fn openssl(&self, openssl: &OpenSsl) -> (Option<u32>, String) {
        openssl.pem("leaf.pem", "CERTIFICATE", [self.leaf.der()]);
        openssl.pem(
            "others.pem",
            "CERTIFICATE",
            self.others.iter().map(Certificate::der),
        );
        openssl.pem("anchor.pem", "CERTIFICATE", [self.anchor.0.der()]);
        openssl.pem("crls.pem", "X509 CRL", self.crls.iter().map(Vec::as_slice));
        let time = self.time.as_second().to_string();
        let mut arguments = vec![
            "verify",
            "-attime",
            &time,
            "-CAfile",
            "anchor.pem",
            "-crl_check_all",
        ];
        if !self.others.is_empty() {
            arguments.extend(["-untrusted", "others.pem"]);
        }
        if !self.crls.is_empty() {
            arguments.extend(["-CRLfile", "crls.pem"]);
        }
        arguments.push("leaf.pem");
        let output = openssl.run(&arguments);
        let text = shown(&output);
        let number = text
            .lines()
            .find_map(|line| line.strip_prefix("error ")?.split(' ').next()?.parse().ok());
        assert_eq!(output.status.success(), number.is_none(), "{text}");
        (number, text)
    }
}

/// Root, CA, seal.
pub(crate) struct Chain {
    pub(crate) root: Issuer,
    pub(crate) ca: Issuer,
    pub(crate) seal: Issuer,
}
impl Chain {
    /// Root's own certificate has the number that everything has by default.
    pub(crate) fn numbered(&self) -> Request {
        Request {
            serial: vec![0x01, 0x24],
            ..self.ca.request()
        }
    }
    pub(crate) fn ca(&self) -> Request {
        Request {
            serial: vec![0x01, 0x24],
            ..self.ca.ca()
        }
    }
    pub(crate) fn new() -> Self {
        Self {
            root: Issuer::new("Root"),
            ca: Issuer::new("CA 1"),
            seal: Issuer::new("Seal"),
        }
    }
    pub(crate) fn sound(&self, name: &'static str) -> Case {
        Case {
            name,
            leaf: self.seal.leaf().signed_by(&self.ca),
            others: vec![self.ca().signed_by(&self.root)],
            anchor: self.root.anchor(),
            crls: vec![self.ca.crl().der(), self.root.crl().der()],
            time: noon(),
            ours: None,
            openssl: None,
            pyhanko: None,
            disagreement: None,
        }
    }
}
impl Case {
    fn with(mut self, change: impl FnOnce(&mut Self)) -> Self {
        change(&mut self);
        self
    }
    fn refused(self, ours: &'static str, openssl: u32, pyhanko: &'static str) -> Self {
        Self {
            ours: Some(ours),
            openssl: Some(openssl),
            pyhanko: Some(pyhanko),
            ..self
        }
    }
}
/// permittedSubtrees or excludedSubtrees of one directoryName.
fn subtree(tag: u8, name: &[u8]) -> Extension {
    let base = tlv(0xa4, name);
    extension("2.5.29.30", true, seq(&[tlv(tag, &seq(&[base]))]))
}
fn organisation(name: &str) -> Vec<u8> {
    crate::forge::name(&[(crate::forge::ORGANIZATION, crate::forge::UTF8, name)])
}

fn cases() -> Vec<Case> {
    const CHAIN: &str = "CERTIFICATE_CHAIN_GENERAL_FAILURE";
    const NONE: &str = "NO_CERTIFICATE_CHAIN_FOUND";
    let chain = Chain::new();
    let Chain { root, ca, seal } = &chain;
    let leaf = |change: &dyn Fn(Request) -> Request| change(seal.leaf()).signed_by(ca);
    let authority = |change: &dyn Fn(Request) -> Request| vec![change(chain.ca()).signed_by(root)];
    let sound = |name| chain.sound(name);
    let mut cases = vec![sound("sound")];

    // Dates.
    cases.push(
        sound("the leaf has expired")
            .with(|case| {
                case.leaf = leaf(&|request| request.valid("2026-01-01T00:00:00Z", "2026-05-31T00:00:00Z"));
            })
            .refused("OUT_OF_BOUNDS_NO_POE", 10, "ExpiredError"),
    );
    cases.push(
        sound("the leaf is not valid yet")
            .with(|case| {
                case.leaf = leaf(&|request| request.valid("2026-06-02T00:00:00Z", "2026-12-31T00:00:00Z"));
            })
            .refused("OUT_OF_BOUNDS_NO_POE", 9, "NotYetValidError"),
    );
    cases.push(
        sound("the CA has expired")
            .with(|case| {
                case.others =
                    authority(&|request| request.valid("2026-01-01T00:00:00Z", "2026-05-31T00:00:00Z"));
            })
            .refused("OUT_OF_BOUNDS_NO_POE", 10, "ExpiredError"),
    );
    // Building.
    cases.push(
        sound("the anchor is a stranger's namesake")
            .with(|case| case.anchor = Issuer::new("Root").anchor())
            .refused(NONE, 8, "PathValidationError"),
    );
    cases.push(
        sound("the CA's certificate is missing")
            .with(|case| case.others.clear())
            .refused(NONE, 20, "PathBuildingError"),
    );
    cases.push(
        sound("strangers' namesakes of the CA stand in front of it").with(|case| {
            let stranger = Issuer::new("CA 1");
            case.others
                .insert(0, stranger.ca().signed_by(&Issuer::new("Root")));
            case.openssl = Some(8);
            case.pyhanko = Some("PathValidationError");
            case.disagreement =
                Some("without key identifiers both take the first issuer of the name, and try no other");
        }),
    );
    cases.push(
        sound("an expired certificate of the same CA stands in front of its newer one").with(|case| {
            let old = Request {
                serial: vec![0x01, 0x25],
                ..ca.ca()
            }
            .valid("2025-01-01T00:00:00Z", "2026-03-01T00:00:00Z")
            .signed_by(root);
            case.others.insert(0, old);
        }),
    );
    cases.push(
        sound("the leaf was changed after it was signed")
            .with(|case| {
                let mut der = case.leaf.der().to_vec();
                *der.last_mut().unwrap() ^= 1;
                case.leaf = Certificate::from_der(&der).unwrap();
            })
            .refused(NONE, 7, "PathValidationError"),
    );
    // Rules of RFC 5280.
    cases.push(
        sound("the CA's certificate is none of a CA")
            .with(|case| {
                let request = chain
                    .numbered()
                    .with(basic_constraints(false, None))
                    .with(key_usage(KEY_CERT_SIGN | CRL_SIGN));
                case.others = vec![request.signed_by(root)];
            })
            .refused(CHAIN, 79, "PathValidationError"),
    );
    cases.push(
        sound("the CA may not sign certificates")
            .with(|case| {
                let request = chain
                    .numbered()
                    .with(basic_constraints(true, None))
                    .with(key_usage(CRL_SIGN));
                case.others = vec![request.signed_by(root)];
            })
            .refused("CHAIN_CONSTRAINTS_FAILURE", 79, "PathValidationError"),
    );
    let below = Issuer::new("CA 2");
    cases.push(
        sound("a CA stands below one that may have none")
            .with(|case| {
                let above = chain
                    .numbered()
                    .with(basic_constraints(true, Some(0)))
                    .with(key_usage(KEY_CERT_SIGN | CRL_SIGN));
                case.others = vec![above.signed_by(root), below.ca().signed_by(ca)];
                case.leaf = seal.leaf().signed_by(&below);
                case.crls.push(below.crl().der());
            })
            .refused(CHAIN, 25, "PathValidationError"),
    );
    cases.push(
        sound("a critical extension that nobody knows")
            .with(|case| {
                case.leaf = leaf(&|request| request.with(extension("1.2.3.4.5", true, boolean(true))));
            })
            .refused(CHAIN, 34, "PathValidationError"),
    );
    cases.push(
        sound("an extension that nobody knows and that is not critical").with(|case| {
            case.leaf = leaf(&|request| request.with(extension("1.2.3.4.5", false, boolean(true))));
        }),
    );
    for (name, tag, of, refusal) in [
        ("inside of the permitted names", 0xa0, "RealTruth", None),
        ("outside of the permitted names", 0xa0, "BadAir", Some(47)),
        ("outside of the excluded names", 0xa1, "BadAir", None),
        ("inside of the excluded names", 0xa1, "RealTruth", Some(48)),
    ] {
        let case = sound(name)
            .with(|case| case.others = authority(&|request| request.with(subtree(tag, &organisation(of)))));
        cases.push(match refusal {
            Some(number) => case.refused(CHAIN, number, "PathValidationError"),
            None => case,
        });
    }
    // Revocation.
    let revoked = |issuer: &Issuer, certificate: &Certificate| {
        issuer
            .crl()
            .revoke(certificate, "2026-05-01T00:00:00Z", Vec::new())
            .der()
    };
    cases.push(
        sound("the leaf is revoked")
            .with(|case| case.crls[0] = revoked(ca, &case.leaf))
            .refused("REVOKED_NO_POE", 23, "RevokedError"),
    );
    cases.push(
        sound("the CA is revoked")
            .with(|case| case.crls[1] = revoked(root, &case.others[0]))
            .refused("REVOKED_CA_NO_POE", 23, "RevokedError"),
    );
    cases.push(
        sound("no list of the CA")
            .with(|case| drop(case.crls.remove(0)))
            .refused("TRY_LATER", 3, "InsufficientRevinfoError"),
    );
    cases.push(
        sound("no list of the root")
            .with(|case| drop(case.crls.remove(1)))
            .refused("TRY_LATER", 3, "InsufficientRevinfoError"),
    );
    cases.push(
        sound("the CA's list is out of date")
            .with(|case| {
                let mut old = ca.crl();
                old.this_update = at("2026-05-01T00:00:00Z");
                old.next_update = Some(at("2026-05-08T00:00:00Z"));
                case.crls[0] = old.der();
            })
            .refused("TRY_LATER", 12, "StaleRevinfoError"),
    );
    cases.push(
        sound("the CA's list is by another key")
            .with(|case| {
                case.crls[0] = Issuer {
                    key: Issuer::new("").key,
                    name: ca.name.clone(),
                }
                .crl()
                .der();
            })
            .refused("TRY_LATER", 8, "InsufficientRevinfoError"),
    );
    cases.push(
        sound("the CA may not sign lists")
            .with(|case| {
                let request = chain
                    .numbered()
                    .with(basic_constraints(true, None))
                    .with(key_usage(KEY_CERT_SIGN));
                case.others = vec![request.signed_by(root)];
            })
            .refused("TRY_LATER", 35, "InsufficientRevinfoError"),
    );
    cases.push(
        sound("a critical extension of the list that nobody knows")
            .with(|case| case.crls[0] = ca.crl().with(extension("1.2.3.4.5", true, integer(1))).der())
            .refused("TRY_LATER", 36, "InsufficientRevinfoError"),
    );
    cases.push(sound("the anchor has expired").with(|case| {
        // RFC 5280 §6.1.1 (d): an anchor is a name and a key. What a list names is trusted for as long as it names it.
        case.anchor = Anchor(
            root.ca()
                .valid("2025-01-01T00:00:00Z", "2026-03-01T00:00:00Z")
                .signed_by(root),
        );
        case.openssl = Some(10);
        case.disagreement = Some("OpenSSL asks for the dates of anchors, which RFC 5280 §6.1.1 (d) does not");
    }));
    cases
}

#[test]
fn openssl_pyhanko_and_we_judge_chains_alike() {
    let cases = cases();
    let (mut differ, mut listed) = (Vec::new(), 0);
    for case in &cases {
        let ours = case.judged();
        if ours.as_deref() != case.ours {
            differ.push(format!("ours: {}: {ours:?}, expected {:?}", case.name, case.ours));
        }
    }
    if let Some(openssl) = OpenSsl::new() {
        for case in &cases {
            let (number, text) = case.openssl(&openssl);
            if number != case.openssl {
                differ.push(format!(
                    "OpenSSL: {}: {number:?}, expected {:?}\n{text}",
                    case.name, case.openssl
                ));
            }
        }
    }
    if let Some(answers) = pyhanko::ask(&cases.iter().map(Case::json).collect::<Vec<_>>()) {
        for (case, answer) in cases.iter().zip(answers) {
            if answer["kind"].as_str() != case.pyhanko {
                differ.push(format!(
                    "pyHanko: {}: expected {:?}, {answer:#}",
                    case.name, case.pyhanko
                ));
            }
        }
    }
    assert!(differ.is_empty(), "{}", differ.join("\n"));
    for case in &cases {
        let accepted = case.ours.is_none();
        let alike = case.openssl.is_none() == accepted && case.pyhanko.is_none() == accepted;
        assert_eq!(alike, case.disagreement.is_none(), "{}", case.name);
        listed += usize::from(!alike);
    }
    println!(
        "{} of {}, of which {listed} are listed disagreements",
        cases.len(),
        cases.len()
    );
}
