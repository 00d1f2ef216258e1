//! Raising signatures to a level: what is missing is gathered, added, and the outcome validated before anybody gets it.
use super::{
    arguments::{RaisingArguments, Target},
    files::Material,
    gathering::Gathering,
};
use crate::{
    failure::{About, Failure},
    output::complain,
};
use procura_ades::{Indication, validation::Policy};
use procura_crypto::Digest;
use procura_jades::{
    Augmented, Level, Objects, Profile, Validation,
    augment::{Purpose, ValidationData},
    report::{SignatureReport, visible},
};
use procura_jose::AlgorithmSet;
use procura_keys::{
    TimeStamper,
    time_stamping::{Authority, Config},
};
use procura_pki::Certificate;
use procura_service::{
    Clock, GuardedClient, SystemClock, SystemRng,
    guarded::{self, GuardedConfig},
};
use std::{collections::BTreeSet, sync::Arc};

/// Rounds of asking what is missing: a responder may have to be asked about in turn.
const ROUNDS: usize = 4;

/// Who is asked, and who is trusted.
pub(super) struct Raising {
    material: Material,
    stamper: Option<TimeStamper>,
    /// `None`: nothing is fetched.
    client: Option<GuardedClient>,
    policy: Policy,
}

impl Raising {
    pub(super) fn new(arguments: &RaisingArguments) -> Result<Self, Failure> {
        let material = Material::read(&arguments.material)?;
        let client = GuardedClient::new(GuardedConfig {
            development_origins: arguments.development_origin.iter().cloned().collect(),
            ..GuardedConfig::default()
        })
        .about("outbound client")?;
        Ok(Self {
            stamper: stamper(arguments, &client, &material)?,
            material,
            client: arguments.fetch.then_some(client),
            policy: Policy::default(),
        })
    }

    /// The document with the signatures at `indices` raised: written JSON that was read again and validated.
    pub(super) async fn raised(
        &self,
        bytes: &[u8],
        objects: &Objects,
        indices: Option<usize>,
        target: Target,
    ) -> Result<String, Failure> {
        let mut document = Augmented::read(bytes, objects.clone()).about("the document")?;
        let indices: Vec<usize> = match indices {
            Some(index) => vec![index],
            None => (0..document.examined().len()).collect(),
        };
        let mut gathering = Gathering::new(self.client.as_ref(), &self.material.revocation);
        for index in &indices {
            self.raise(&mut document, *index, target, &mut gathering)
                .await
                .map_err(|failure| {
                    Failure::new(format!(
                        "signature {index}: {} is not reached, and nothing is written: {failure}",
                        Level::from(target)
                    ))
                })?;
        }
        let text = document.to_json();
        self.validate(&text, objects, &indices, target, &gathering)?;
        Ok(text)
    }

    async fn raise(
        &self,
        document: &mut Augmented,
        index: usize,
        target: Target,
        gathering: &mut Gathering<'_>,
    ) -> Result<(), Failure> {
        if !self.is_time_stamped(document, index) {
            let over = document.signature_imprint(index).about("B-T")?;
            let token = self.stamp(&over).await?;
            document.add_signature_time_stamp(index, &token).about("B-T")?;
        }
        if target >= Target::Lt {
            for purpose in [Purpose::Signature, Purpose::TimeStamps] {
                self.complete(document, index, purpose, gathering).await?;
            }
        }
        if target == Target::Lta {
            let over = document.archive_imprint(index).about("B-LTA")?;
            let token = self.stamp(&over).await?;
            document.add_archive_time_stamp(index, &token).about("B-LTA")?;
        }
        Ok(())
    }

    /// Adds what validations need, until nothing is missing.
    async fn complete(
        &self,
        document: &mut Augmented,
        index: usize,
        purpose: Purpose,
        gathering: &mut Gathering<'_>,
    ) -> Result<(), Failure> {
        let whose = match purpose {
            Purpose::TimeStamps => "of its time-stamps",
            _ => "of the signature",
        };
        let Material {
            anchors,
            certificates: others,
            ..
        } = &self.material;
        let mut met = BTreeSet::new();
        for _ in 0..ROUNDS {
            let needs = document
                .needs(index, purpose, anchors, others, &self.policy.path, SystemClock.now())
                .map_err(|error| {
                    Failure::new(format!(
                        "the path {whose}: {}; anchors are named by --anchors and --time-stamp-anchors, certificates \
                         between by --certificates",
                        visible(&error.to_string())
                    ))
                })?;
            let (inside, candidates) = at_hand(document, index, others);
            let mut found = Vec::new();
            let mut missing = Vec::new();
            for need in &needs.revocation {
                if met.contains(&(need.certificate.sha256(), need.after)) {
                    continue;
                }
                match gathering.about(need, &inside, &candidates).await {
                    Ok(data) => {
                        met.insert((need.certificate.sha256(), need.after));
                        found.push(data);
                    }
                    Err(reason) => missing.push(reason.to_string()),
                }
            }
            if !missing.is_empty() {
                return Err(Failure::new(format!(
                    "missing {whose}: {}",
                    missing.join(", and ")
                )));
            }
            let data = ValidationData {
                certificates: &needs.certificates,
                revocation: &found,
            };
            let added = document
                .add_validation_data(index, purpose, &data)
                .about("B-LT")?;
            if added == 0 {
                return Ok(());
            }
        }
        Err(Failure::new(format!(
            "whoever answers for certificates {whose} has to be asked about in turn, again and again"
        )))
    }

    /// Where no anchors are named, any unit's time-stamp counts.
    fn is_time_stamped(&self, document: &Augmented, index: usize) -> bool {
        let Material {
            anchors,
            certificates,
            ..
        } = &self.material;
        if anchors.time_stamps.is_empty() {
            let examined = document.examined().get(index).and_then(|one| one.as_ref().ok());
            return examined.is_some_and(|one| one.level >= Level::T);
        }
        let trusted = document.has_trusted_time_stamp(index, anchors, certificates, &self.policy.path);
        trusted.is_ok_and(|trusted| trusted)
    }

    async fn stamp(&self, data: &[u8]) -> Result<Vec<u8>, Failure> {
        let stamper = self
            .stamper
            .as_ref()
            .ok_or_else(|| Failure::new("a time-stamp is needed: name an authority with --tsa"))?;
        let digest = Digest::Sha256;
        let stamp = stamper.stamp(digest, &digest.of(data), SystemClock.now(), &mut SystemRng);
        Ok(stamp.await.about("time-stamp")?.token.der().to_vec())
    }

    /// What came out, as whoever gets it validates it: from B-LT on with nothing at hand but the anchors.
    fn validate(
        &self,
        text: &str,
        objects: &Objects,
        indices: &[usize],
        target: Target,
        gathering: &Gathering<'_>,
    ) -> Result<(), Failure> {
        let alone = target >= Target::Lt;
        let algorithms = AlgorithmSet::all();
        let validation = Validation {
            rules: Profile::Strict.into(),
            now: SystemClock.now(),
            algorithms: &algorithms,
            policy: &self.policy,
            anchors: &self.material.anchors,
            certificates: if alone { &[] } else { &self.material.certificates },
            revocation: if alone { &[] } else { gathering.data() },
            objects,
        };
        let report = validation.of_bytes(text.as_bytes());
        for index in indices {
            let signature = report
                .signatures
                .get(*index)
                .ok_or_else(|| Failure::new(format!("the document has no signature {index}")))?;
            is_of_level(signature, target)
                .map_err(|reason| Failure::new(format!("signature {index}: nothing is written: {reason}")))?;
            complain(format!("signature {index}: {}", signature.level));
            if !signature.conclusion.is_passed() {
                complain(format!(
                    "signature {index} is {} as yet: {}",
                    signature.conclusion,
                    visible(&signature.sentence)
                ));
            }
        }
        Ok(())
    }
}

/// A signature that is proven wrong gets no level. From B-LT on it has to be valid with what is inside; of B-T that may
/// still be open, since who is trusted and what was revoked need not be known yet.
fn is_of_level(signature: &SignatureReport, target: Target) -> Result<(), Failure> {
    let wanted = Level::from(target);
    if signature.level < wanted {
        return Err(Failure::new(format!(
            "the document is of {}, and nothing that could be added makes it {wanted}",
            signature.level
        )));
    }
    let conclusion = signature.conclusion;
    let is_open = conclusion.indication == Indication::Indeterminate;
    if conclusion.is_passed() || (target == Target::T && is_open) {
        return Ok(());
    }
    Err(Failure::new(format!(
        "what came out does not validate: {conclusion}, {}",
        visible(&signature.sentence)
    )))
}

/// The revocation data that the document holds, and where certificates of responders may be found.
fn at_hand(
    document: &Augmented,
    index: usize,
    others: &[Certificate],
) -> (Vec<procura_pki::RevocationData>, Vec<Certificate>) {
    let mut candidates = others.to_vec();
    let Some(Ok(signature)) = document.document().signatures.get(index) else {
        return (Vec::new(), candidates);
    };
    candidates.extend(signature.signed.certificates.iter().cloned());
    candidates.extend(signature.unsigned.certificates.iter().cloned());
    (signature.unsigned.revocation_data(), candidates)
}

fn stamper(
    arguments: &RaisingArguments,
    client: &GuardedClient,
    material: &Material,
) -> Result<Option<TimeStamper>, Failure> {
    if arguments.tsa.is_empty() {
        return Ok(None);
    }
    let config = Config::of(arguments.tsa.iter().cloned().map(Authority::at).collect());
    let transport = Arc::new(client.transport(guarded::Purpose::TimeStamping));
    let stamper = TimeStamper::new(transport, config).about("--tsa")?;
    let anchors = material.anchors.time_stamps.clone();
    Ok(Some(if anchors.is_empty() {
        complain("without --time-stamp-anchors any authority's time-stamp is taken");
        stamper
    } else {
        stamper.trusting(anchors)
    }))
}
