//! Who signs, who time-stamps, and what may be known of them when a document is judged.
use crate::{
    authority::{Unit, for_time_stamps},
    facts::Facts,
    forge::{CrlRequest, Issuer, Request, at, cn},
    program::Folder,
};
use procura_ades::validation::Anchors;
use procura_crypto::KeyKind;
use procura_jades::Objects;
use procura_jose::Algorithm;
use procura_pki::{Anchor, Certificate};

/// What detached signatures refer to.
pub(crate) const OBJECTS: [(&str, &str); 2] =
    [("mandate.json", r#"{"mandate":1}"#), ("annex.txt", "an annex")];
pub(crate) fn objects() -> Objects {
    OBJECTS
        .iter()
        .fold(Objects::default(), |objects, (name, content)| {
            objects.with(name, content.as_bytes().to_vec())
        })
}
pub(crate) fn is_detached(document: &str) -> bool {
    document.contains("by-")
}

pub(crate) struct World {
    pub(crate) algorithm: Algorithm,
    pub(crate) authority: Issuer,
    pub(crate) seal: Issuer,
    pub(crate) certificate: Certificate,
    pub(crate) stamper: Issuer,
    pub(crate) unit: Unit,
}
impl World {
    pub(crate) fn new(algorithm: Algorithm) -> Self {
        let kind = match algorithm.key_kind() {
            KeyKind::Rsa(_) => KeyKind::Rsa(2048),
            kind => kind,
        };
        let (authority, seal) = (Issuer::new("CA"), Issuer::of(cn("GoodAir Seal"), kind));
        let (stamper, keys) = (Issuer::new("TSA CA"), Issuer::new("TSU 1"));
        Self {
            algorithm,
            certificate: long(seal.leaf()).signed_by(&authority),
            unit: Unit {
                certificate: long(keys.leaf()).with(for_time_stamps()).signed_by(&stamper),
                issuer: stamper.name.clone(),
                keys,
            },
            authority,
            seal,
            stamper,
        }
    }
    /// Good until the time-stamps were made.
    pub(crate) fn facts(&self, time: &str, made: &str) -> Facts {
        Facts {
            anchors: Anchors {
                signatures: vec![root(&self.authority)],
                time_stamps: vec![root(&self.stamper)],
            },
            crls: vec![list(&self.authority, made).der(), list(&self.stamper, made).der()],
            time: at(time),
        }
    }
    pub(crate) fn in_order(&self) -> Facts {
        self.facts("2026-06-01T14:00:00Z", LISTED)
    }
    /// The same of the seal, revoked at this time.
    fn revoked(&self, when: &str) -> Facts {
        const MADE: &str = "2026-06-02T00:00:00Z";
        let mut facts = self.facts("2026-06-03T00:00:00Z", MADE);
        facts.crls[0] = list(&self.authority, MADE)
            .revoke(&self.certificate, when, Vec::new())
            .der();
        facts
    }
    /// What may be known.
    pub(crate) fn situations(&self) -> Vec<(&'static str, Facts)> {
        let with = |mut facts: Facts, change: &dyn Fn(&mut Facts)| {
            change(&mut facts);
            facts
        };
        let expired = || self.facts("2050-01-02T00:00:00Z", "2049-12-30T00:00:00Z");
        vec![
            (IN_ORDER, self.in_order()),
            (
                "revoked before it was signed",
                self.revoked("2026-06-01T06:00:00Z"),
            ),
            (
                "revoked after it was stamped",
                self.revoked("2026-06-01T18:00:00Z"),
            ),
            (
                "no revocation data from elsewhere",
                with(self.in_order(), &|facts| facts.crls.clear()),
            ),
            (
                "another anchor",
                with(self.in_order(), &|facts| {
                    facts.anchors.signatures = vec![root(&Issuer::new("CA"))];
                }),
            ),
            (
                "no anchor of the time-stamps",
                with(self.in_order(), &|facts| facts.anchors.time_stamps.clear()),
            ),
            (
                "PKCS #1 v1.5 has ended",
                self.facts("2030-01-02T00:00:00Z", "2030-01-01T00:00:00Z"),
            ),
            ("all certificates expired", expired()),
            (
                "all certificates expired, and nothing from elsewhere",
                with(expired(), &|facts| facts.crls.clear()),
            ),
        ]
    }
    /// What DSS signs with.
    pub(crate) fn folder(&self) -> Folder {
        let folder = self.facts("2026-06-01T12:00:00Z", LISTED).folder();
        folder.signer("seal", &self.seal, &self.certificate);
        folder.signer("unit", &self.unit.keys, &self.unit.certificate);
        folder.file("issuer.cer", root(&self.authority).0.der());
        folder
    }
}

/// Valid for as long as the clock of the machine, which DSS reads when it augments, may be at.
fn long(request: Request) -> Request {
    request.valid("2020-01-01T00:00:00Z", "2049-12-31T00:00:00Z")
}
pub(crate) fn root(of: &Issuer) -> Anchor {
    Anchor(long(of.ca()).signed_by(of))
}
/// The situation in which everything passes.
pub(crate) const IN_ORDER: &str = "in order";
/// When the lists were made: later than the time-stamps, which is what B-LT asks of revocation data.
pub(crate) const LISTED: &str = "2026-06-01T13:00:00Z";
pub(crate) fn list(issuer: &Issuer, made: &str) -> CrlRequest {
    let mut crl = issuer.crl();
    crl.this_update = at(made);
    crl.next_update = Some(crl.this_update + jiff::SignedDuration::from_hours(24 * 7));
    crl
}
