//! Paths from a certificate to an anchor at a time (RFC 5280 §6).
//!
//! The search (names, key identifiers, signatures) and the rules on algorithms and dates are ours; basic constraints,
//! key usage, names and their constraints, policies and critical extensions are `certval`'s.
use crate::{
    algorithm::{self, NO_SHA1_FROM},
    certificate::{Certificate, timestamp},
    name::Name,
};
use certval::{
    CertificationPath, CertificationPathResults, CertificationPathSettings, Error as CertvalError,
    PathValidationStatus, PkiEnvironment,
};
use core::cell::{Cell, RefCell};
use jiff::Timestamp;
use procura_crypto::{Digest, PublicKey};
use std::collections::{HashMap, HashSet};

/// Certificates looked at as intermediates: more than any honest chain brings.
const MAX_OTHERS: usize = 512;
/// Extensions of candidate paths tried in one search.
const MAX_STEPS: usize = 1024;
/// Complete candidate paths whose rules are checked in one search.
const MAX_CANDIDATES: usize = 16;

const NO_CERT_SIGN: &str = "keyUsage lacks keyCertSign";

/// An anchor: subject and key of a certificate that a list names. Its own signature and dates do not count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Anchor(pub Certificate);

/// Bounds and switches.
#[derive(Clone, Debug)]
pub struct PathOptions {
    /// Smallest RSA modulus of leaf and intermediates, in bits.
    pub min_rsa_bits: usize,
    /// Signature checks allowed in one search.
    pub max_signature_checks: usize,
    /// Longest path, in certificates below the anchor.
    pub max_length: usize,
    /// Whether constraints in the anchor's own certificate bind the path (RFC 5937). Off: where a trusted list names
    /// the anchor, the list is the authority.
    pub anchor_constraints: bool,
}

impl Default for PathOptions {
    fn default() -> Self {
        Self {
            min_rsa_bits: 2048,
            max_signature_checks: 64,
            max_length: 8,
            anchor_constraints: false,
        }
    }
}

/// A validated path.
#[derive(Clone, Debug)]
pub struct Path {
    /// Leaf first, up to the certificate below the anchor (empty of intermediates when the anchor issued the leaf).
    pub certificates: Vec<Certificate>,
    /// The anchor.
    pub anchor: Anchor,
}

impl Path {
    /// Each certificate with its issuer, leaf first: what revocation is checked on. Empty where the leaf itself is
    /// the anchor.
    pub fn issued(&self) -> impl Iterator<Item = (&Certificate, &Certificate)> {
        let identity = self.certificates.first() == Some(&self.anchor.0);
        let issuers = self
            .certificates
            .iter()
            .skip(1)
            .chain(core::iter::once(&self.anchor.0));
        self.certificates.iter().zip(issuers).filter(move |_| !identity)
    }
}

/// Why there is no path; names the certificate by subject where there is one (natural persons are not told).
#[derive(Debug, thiserror::Error, PartialEq, Eq, Clone)]
#[non_exhaustive]
pub enum PathError {
    /// No chain of names, keys and signatures reaches an anchor.
    #[error("no path from {leaf} to a trust anchor")]
    NoPath {
        /// Subject of the leaf.
        leaf: String,
    },
    /// Outside of validity; all else holds.
    #[error("certificate {subject} is valid from {not_before} to {not_after}")]
    OutOfBounds {
        /// Subject.
        subject: String,
        /// Start.
        not_before: Timestamp,
        /// End.
        not_after: Timestamp,
    },
    /// The certificate's keyUsage does not permit what its key was used for.
    #[error("certificate {subject}: {rule}")]
    KeyUsage {
        /// Subject.
        subject: String,
        /// Which rule.
        rule: &'static str,
    },
    /// An algorithm or key size is below what is asked for.
    #[error("certificate {subject}: {rule}")]
    Algorithm {
        /// Subject.
        subject: String,
        /// Which rule.
        rule: &'static str,
    },
    /// A rule of RFC 5280 is broken.
    #[error("certificate {subject}: {rule}")]
    Rule {
        /// Subject.
        subject: String,
        /// Which rule.
        rule: &'static str,
    },
    /// Bounds exceeded.
    #[error("the search for a path exceeded its bounds")]
    Budget,
}

impl PathError {
    /// Of several candidate paths, the one that came nearest is told.
    fn rank(&self) -> u8 {
        match self {
            Self::OutOfBounds { .. } => 3,
            Self::KeyUsage { .. } => 2,
            Self::Rule { .. } | Self::Algorithm { .. } => 1,
            Self::NoPath { .. } | Self::Budget => 0,
        }
    }
}

/// SHA-256 of what is signed and of the certificate whose key may have signed it.
type Pair = ([u8; 32], [u8; 32]);

/// Signatures on certificates and revocation data that were checked, for validations that meet the same ones again and
/// again. Every first check counts against one bound for all of them.
#[derive(Debug)]
pub struct SignatureChecks {
    known: RefCell<HashMap<Pair, bool>>,
    left: Cell<usize>,
}
impl SignatureChecks {
    /// With a bound on first checks.
    #[must_use]
    pub fn new(bound: usize) -> Self {
        Self {
            known: RefCell::default(),
            left: Cell::new(bound),
        }
    }

    /// Whether the bound was reached: what was refused since may only have been left out.
    #[must_use]
    pub fn are_spent(&self) -> bool {
        self.left.get() == 0
    }

    /// Whether `issuer`'s key made the certificate's signature; `None` where that was not checked, for the bound.
    #[must_use]
    pub fn is_signed_by(&self, certificate: &Certificate, issuer: &Certificate) -> Option<bool> {
        self.once((certificate.sha256(), issuer.sha256()), || {
            certificate.is_signed_by(issuer)
        })
    }

    /// What `verify` finds of a pair, at its first check; `None` where that was not made, for the bound.
    pub(crate) fn once(&self, pair: Pair, verify: impl FnOnce() -> bool) -> Option<bool> {
        if let Some(known) = self.known.borrow().get(&pair) {
            return Some(*known);
        }
        self.left.set(self.left.get().checked_sub(1)?);
        let verified = verify();
        self.known.borrow_mut().insert(pair, verified);
        Some(verified)
    }
}

/// When the certificates of a path must be valid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dates {
    /// All of them at this time.
    At(Timestamp),
    /// All of them at one time, whichever (EN 319 102-1 §5.6.2.1: the intersection of their validities).
    Ever,
}

/// Finds and validates a path at `at`. The leaf itself may be an anchor (identity): then the path is `[leaf]`, and
/// only its dates are looked at. `others` are candidates in any order: never trusted, extras do no harm.
///
/// # Errors
/// The candidate path that came nearest tells why: [`PathError::OutOfBounds`] means that all holds but dates.
pub fn find(
    leaf: &Certificate,
    others: &[Certificate],
    anchors: &[Anchor],
    at: Timestamp,
    options: &PathOptions,
) -> Result<Path, PathError> {
    let checks = SignatureChecks::new(options.max_signature_checks);
    find_where(
        leaf,
        others,
        anchors,
        Dates::At(at),
        options,
        &checks,
        &mut |_| true,
    )?
    .ok_or_else(|| PathError::NoPath {
        leaf: leaf.subject().label(),
    })
}

/// [`find`] for callers who ask more of a path (that nothing on it is revoked): `accept` is shown one valid path after
/// the other, within the same bounds, until it takes one. `None` when paths were found and it took none of them.
///
/// # Errors
/// Those of [`find`], where no path was found to be shown.
pub fn find_where(
    leaf: &Certificate,
    others: &[Certificate],
    anchors: &[Anchor],
    dates: Dates,
    options: &PathOptions,
    checks: &SignatureChecks,
    accept: &mut dyn FnMut(&Path) -> bool,
) -> Result<Option<Path>, PathError> {
    if let Some(anchor) = anchors.iter().find(|anchor| anchor.0 == *leaf) {
        check_dates(&[leaf], dates)?;
        let path = Path {
            certificates: vec![leaf.clone()],
            anchor: anchor.clone(),
        };
        return Ok(accept(&path).then_some(path));
    }
    if others.len() > MAX_OTHERS {
        return Err(PathError::Budget);
    }
    let mut search = Search {
        others,
        anchors,
        dates,
        options,
        accept,
        shown: false,
        signature_checks: 0,
        steps: 0,
        candidates: 0,
        checks,
        seen: HashSet::new(),
        nearest: None,
    };
    match search.extend(&mut vec![leaf]) {
        Ok(Some(path)) => Ok(Some(path)),
        // What was shown and not taken tells more than that the search for another ended.
        Ok(None) | Err(_) if search.shown => Ok(None),
        Ok(None) => Err(search.nearest.unwrap_or_else(|| PathError::NoPath {
            leaf: leaf.subject().label(),
        })),
        // Nor is a path that was found to hold but for dates made worse by candidates beyond the bounds.
        Err(error) => Err(match search.nearest {
            Some(nearest @ PathError::OutOfBounds { .. }) => nearest,
            _ => error,
        }),
    }
}

/// Whether a certificate's key may sign documents: keyUsage has digitalSignature or nonRepudiation (EN 319 412-2
/// §4.3.2 demands its presence), and it is not the certificate of a CA.
pub fn may_sign(certificate: &Certificate) -> Result<(), PathError> {
    let subject = || certificate.subject().label();
    match certificate.key_usage() {
        None => Err(PathError::KeyUsage {
            subject: subject(),
            rule: "keyUsage is missing",
        }),
        Some(usage) if !(usage.digital_signature || usage.non_repudiation) => Err(PathError::KeyUsage {
            subject: subject(),
            rule: "keyUsage has neither digitalSignature nor nonRepudiation",
        }),
        Some(_) if certificate.is_ca() => Err(PathError::Rule {
            subject: subject(),
            rule: "a CA's certificate does not sign documents",
        }),
        Some(_) if serves_another_purpose_alone(certificate) => is_for_documents(certificate),
        Some(_) => Ok(()),
    }
}

/// Whether extKeyUsage leaves room for documents: it is absent, or names a purpose for them, critical or not (RFC 5280
/// §4.2.1.12, RFC 9336).
pub fn is_for_documents(certificate: &Certificate) -> Result<(), PathError> {
    const FOR_DOCUMENTS: [&str; 6] = [
        "2.5.29.37.0",             // anyExtendedKeyUsage
        "1.3.6.1.5.5.7.3.2",       // clientAuth, as many seals have it
        "1.3.6.1.5.5.7.3.4",       // emailProtection
        "1.3.6.1.5.5.7.3.36",      // documentSigning
        "1.3.6.1.4.1.311.10.3.12", // documentSigning of Microsoft
        "1.2.840.113583.1.1.5",    // documents of Adobe
    ];
    match certificate.extended_key_usage() {
        Some(purposes) if !purposes.iter().any(|one| FOR_DOCUMENTS.contains(&one.as_str())) => {
            Err(PathError::Rule {
                subject: certificate.subject().label(),
                rule: "extKeyUsage is for something else than documents",
            })
        }
        _ => Ok(()),
    }
}

/// Whether the key is restricted so that nobody takes it for one of documents: extKeyUsage is critical, or names
/// time-stamps or OCSP answers alone.
fn serves_another_purpose_alone(certificate: &Certificate) -> bool {
    const ALONE: [&str; 2] = [TIME_STAMPING, "1.3.6.1.5.5.7.3.9"];
    match certificate.extended_key_usage() {
        None => false,
        Some([only]) if ALONE.contains(&only.as_str()) => true,
        Some(_) => certificate.extended_key_usage_is_critical(),
    }
}

const TIME_STAMPING: &str = "1.3.6.1.5.5.7.3.8";

/// Whether a certificate is a time-stamping unit's and nothing else: its extKeyUsage is critical and names
/// id-kp-timeStamping alone (RFC 3161 §2.3), keyUsage permits signatures where it is present, and it is no CA's.
pub fn may_time_stamp(certificate: &Certificate) -> Result<(), PathError> {
    let subject = || certificate.subject().label();
    let broken = |rule| {
        Err(PathError::Rule {
            subject: subject(),
            rule,
        })
    };
    match certificate.extended_key_usage() {
        Some([only]) if only == TIME_STAMPING => {}
        _ => return broken("extKeyUsage does not name time-stamps alone"),
    }
    if !certificate.extended_key_usage_is_critical() {
        return broken("extKeyUsage is not critical");
    }
    if certificate.is_ca() {
        return broken("a CA's certificate does not time-stamp");
    }
    match certificate.key_usage() {
        Some(usage) if !(usage.digital_signature || usage.non_repudiation) => Err(PathError::KeyUsage {
            subject: subject(),
            rule: "keyUsage has neither digitalSignature nor nonRepudiation",
        }),
        _ => Ok(()),
    }
}

struct Search<'a> {
    others: &'a [Certificate],
    anchors: &'a [Anchor],
    dates: Dates,
    options: &'a PathOptions,
    accept: &'a mut dyn FnMut(&Path) -> bool,
    /// Whether a valid path was shown to `accept`.
    shown: bool,
    signature_checks: usize,
    steps: usize,
    candidates: usize,
    checks: &'a SignatureChecks,
    /// Pairs of this search: a verdict must not depend on who asked earlier.
    seen: HashSet<Pair>,
    nearest: Option<PathError>,
}

impl<'a> Search<'a> {
    /// Tries anchors, then intermediates, depth first.
    fn extend(&mut self, path: &mut Vec<&'a Certificate>) -> Result<Option<Path>, PathError> {
        self.steps += 1;
        if self.steps > MAX_STEPS {
            return Err(PathError::Budget);
        }
        let Some(&last) = path.last() else { return Ok(None) };
        let anchors = self.anchors;
        for anchor in by_key_id(last, anchors, |anchor| &anchor.0) {
            if !self.signed_by(last, &anchor.0)? {
                continue;
            }
            // A list may name end entities as well (time-stamping units): these vouch for themselves, never for others.
            if !anchor.0.may_issue() {
                self.note(PathError::KeyUsage {
                    subject: anchor.0.subject().label(),
                    rule: NO_CERT_SIGN,
                });
                continue;
            }
            self.candidates += 1;
            if self.candidates > MAX_CANDIDATES {
                return Err(PathError::Budget);
            }
            match validate(path, anchor, self.dates, self.options) {
                Ok(()) => {
                    let found = Path {
                        certificates: path.iter().copied().cloned().collect(),
                        anchor: anchor.clone(),
                    };
                    self.shown = true;
                    if (self.accept)(&found) {
                        return Ok(Some(found));
                    }
                }
                Err(error) => self.note(error),
            }
        }
        if path.len() >= self.options.max_length {
            return Ok(None);
        }
        let others = self.others;
        for issuer in by_key_id(last, others, |other| other) {
            // The same name and key twice is a loop, whatever else differs.
            let seen = path
                .iter()
                .any(|c| c.spki_der() == issuer.spki_der() && c.subject().matches(issuer.subject()));
            if seen || !self.signed_by(last, issuer)? {
                continue;
            }
            path.push(issuer);
            if let Some(found) = self.extend(path)? {
                return Ok(Some(found));
            }
            path.pop();
        }
        Ok(None)
    }

    fn signed_by(&mut self, certificate: &Certificate, issuer: &Certificate) -> Result<bool, PathError> {
        if self.seen.insert((certificate.sha256(), issuer.sha256())) {
            self.signature_checks += 1;
        }
        if self.signature_checks > self.options.max_signature_checks {
            return Err(PathError::Budget);
        }
        self.checks
            .is_signed_by(certificate, issuer)
            .ok_or(PathError::Budget)
    }

    fn note(&mut self, error: PathError) {
        if self
            .nearest
            .as_ref()
            .is_none_or(|nearest| nearest.rank() < error.rank())
        {
            self.nearest = Some(error);
        }
    }
}

/// Those that bear the issuer's name; first those whose key identifier matches, since identifiers are hints only.
fn by_key_id<'a, T>(
    certificate: &Certificate,
    candidates: &'a [T],
    of: impl Fn(&T) -> &Certificate + Copy,
) -> impl Iterator<Item = &'a T> {
    let (likely, rest): (Vec<&T>, Vec<&T>) =
        candidates.iter().filter(|c| is_named(certificate.issuer(), of(c))).partition(|c| {
            matches!((certificate.authority_key_id(), of(c).subject_key_id()), (Some(a), Some(s)) if a == s)
        });
    likely.into_iter().chain(rest)
}

/// Whether `issuer` bears the name; an empty one names nobody (RFC 5280 §4.1.2.4).
fn is_named(name: &Name, issuer: &Certificate) -> bool {
    !name.is_empty() && issuer.subject().matches(name)
}

fn check_dates(path: &[&Certificate], dates: Dates) -> Result<(), PathError> {
    let outside = match dates {
        Dates::At(at) => path.iter().find(|certificate| !certificate.is_valid_at(at)),
        // Validities that overlap pairwise overlap at the latest start.
        Dates::Ever => {
            let start = path.iter().map(|certificate| certificate.not_before()).max();
            path.iter()
                .find(|certificate| start.is_some_and(|start| !certificate.is_valid_at(start)))
        }
    };
    match outside {
        None => Ok(()),
        Some(certificate) => Err(PathError::OutOfBounds {
            subject: certificate.subject().label(),
            not_before: certificate.not_before(),
            not_after: certificate.not_after(),
        }),
    }
}

/// The rules on a path whose signatures are known to verify. Dates come last, so that a breach of theirs says that
/// all else holds.
fn validate(
    path: &[&Certificate],
    anchor: &Anchor,
    dates: Dates,
    options: &PathOptions,
) -> Result<(), PathError> {
    for certificate in path {
        let subject = || certificate.subject().label();
        let weak = |rule| {
            Err(PathError::Algorithm {
                subject: subject(),
                rule,
            })
        };
        let broken = |rule| {
            Err(PathError::Rule {
                subject: subject(),
                rule,
            })
        };
        if !certificate.algorithms_agree() {
            return broken("the signature algorithm inside differs from the one outside");
        }
        let digest = certificate.signature_scheme().and_then(algorithm::digest);
        if digest == Some(Digest::Sha1) && certificate.not_before() >= timestamp(NO_SHA1_FROM) {
            return weak("signed over SHA-1 after 2016");
        }
        match certificate.public_key() {
            Ok(key @ PublicKey::Rsa { .. }) if key.bits() < options.min_rsa_bits => {
                return weak("the RSA modulus is too short");
            }
            Ok(_) => {}
            Err(_) => return broken("the public key is out of scope"),
        }
    }
    validate_rfc5280(path, anchor, options)?;
    check_dates(path, dates)
}

/// Extensions whose meaning is observed here or by the callers: critical or not, they are known.
fn processed() -> impl Iterator<Item = der::asn1::ObjectIdentifier> {
    [
        "1.3.6.1.5.5.7.1.3", // QcStatements: the qualification of the trusted lists
        "2.5.29.17",         // subjectAltName: name constraints
        "2.5.29.31",         // cRLDistributionPoints: revocation
        "2.5.29.37",         // extKeyUsage: no purpose is asked for here
        "2.5.29.56",         // noRevAvail: revocation
    ]
    .into_iter()
    .filter_map(|oid| der::asn1::ObjectIdentifier::new(oid).ok())
}

/// What does not depend on time; a path that kept these rules once keeps them.
fn validate_rfc5280(path: &[&Certificate], anchor: &Anchor, options: &PathOptions) -> Result<(), PathError> {
    let unreadable = |certificate: &Certificate| PathError::Rule {
        subject: certificate.subject().label(),
        rule: "the path validator cannot read it",
    };
    let view = |certificate: &Certificate| {
        certificate
            .validator()
            .cloned()
            .ok_or_else(|| unreadable(certificate))
    };
    let Some((leaf, intermediates)) = path.split_first() else {
        return Err(PathError::NoPath { leaf: String::new() });
    };
    let route = route(path, anchor, options);
    if leaf.rules_held().get() == Some(&route) {
        return Ok(());
    }
    let trust_anchor = anchor
        .0
        .validator_anchor()
        .cloned()
        .ok_or_else(|| unreadable(&anchor.0))?;
    let chain = intermediates
        .iter()
        .rev()
        .map(|c| view(c))
        .collect::<Result<Vec<_>, _>>()?;
    let path_view = CertificationPath::new(trust_anchor, chain, view(leaf)?);
    let environment = PkiEnvironment::new();
    let mut settings = CertificationPathSettings::new();
    if options.anchor_constraints {
        settings.set_enforce_trust_anchor_constraints(true);
        settings =
            certval::path_validator::enforce_trust_anchor_constraints(&settings, &path_view.trust_anchor)
                .map_err(|error| refusal(&error, anchor.0.subject().label()))?;
    }
    let mut results = CertificationPathResults::new();
    results.set_processed_extensions(processed().collect());

    let checks = [
        certval::path_validator::check_basic_constraints,
        certval::path_validator::check_key_usage,
        certval::path_validator::check_names,
        certval::policy_graph::check_certificate_policies_graph,
        certval::path_validator::check_critical_extensions,
    ];
    for check in checks {
        if let Err(error) = check(&environment, &settings, &path_view, &mut results) {
            // Counted from the anchor (0) down to the leaf.
            let index = results.get_failure_index().and_then(|i| usize::try_from(i).ok());
            let culprit = index
                .and_then(|i| path.len().checked_sub(i))
                .and_then(|i| path.get(i))
                .map_or_else(|| leaf.subject().label(), |c| c.subject().label());
            return Err(refusal(&error, culprit));
        }
    }
    leaf.rules_held().get_or_init(|| route);
    Ok(())
}

/// SHA-256 over everything that [`validate_rfc5280`] judges by: every certificate, the anchor, the switch.
fn route(path: &[&Certificate], anchor: &Anchor, options: &PathOptions) -> [u8; 32] {
    let mut whole: Vec<u8> = path
        .iter()
        .copied()
        .chain([&anchor.0])
        .flat_map(Certificate::sha256)
        .collect();
    whole.push(u8::from(options.anchor_constraints));
    procura_crypto::digest::sha256(&whole)
}

fn refusal(error: &CertvalError, subject: String) -> PathError {
    use PathValidationStatus as S;
    let CertvalError::PathValidation(status) = error else {
        return PathError::Rule {
            subject,
            rule: "an extension cannot be read",
        };
    };
    let rule = match status {
        S::InvalidKeyUsage => {
            return PathError::KeyUsage {
                subject,
                rule: "keyUsage lacks keyCertSign",
            };
        }
        S::MissingBasicConstraints | S::InvalidBasicConstraints => "not a CA by basicConstraints",
        S::InvalidPathLength => "the path is longer than pathLenConstraint permits",
        S::NameChainingFailure => "its issuer name is not the subject name above it",
        S::NameConstraintsViolation => "a name is outside of the name constraints above it",
        S::UnprocessedCriticalExtension => "an unknown critical extension",
        S::NullPolicySet => "no certificate policy holds through the path where one is required",
        S::InvalidPolicyMapping => "a policy mapping names anyPolicy",
        S::EncodingError => "an extension cannot be read",
        S::ProcessingLimitExceeded => return PathError::Budget,
        _ => "refused by the path validator",
    };
    PathError::Rule { subject, rule }
}
