//! `procura augment`.
use super::{
    arguments::{AugmentArguments, Target},
    files::{self, Material},
};
use crate::{
    failure::{About, Failure},
    output::complain,
};
use procura_crypto::Digest;
use procura_jades::{
    Augmented, Level,
    augment::{Purpose, ValidationData},
};
use procura_keys::{
    TimeStamper,
    time_stamping::{Authority, Config},
};
use procura_pki::{Certificate, Crl, RevocationData};
use procura_service::{
    Clock, GuardedClient, SystemClock, SystemRng,
    guarded::{self, GuardedConfig},
};
use std::{process::ExitCode, sync::Arc};
use url::Url;

/// Addresses of CRLs that are fetched for one document.
const MAX_FETCHES: usize = 32;

pub(crate) async fn run(arguments: AugmentArguments) -> Result<ExitCode, Failure> {
    let mut material = Material::read(&arguments.material)?;
    let bytes = files::read(&arguments.file)?;
    let objects = files::objects(&arguments.objects)?;
    let name = arguments.file.display().to_string();
    let mut document = Augmented::read(&bytes, objects).about(&name)?;
    let client = GuardedClient::new(GuardedConfig {
        development_origins: arguments.development_origin.iter().cloned().collect(),
        ..GuardedConfig::default()
    })
    .about("outbound client")?;
    let authority = Authorities::of(&arguments, &client, &material)?;
    for index in 0..document.examined().len() {
        if level(&document, index) < Level::T {
            let token = authority
                .stamp(&document.signature_imprint(index).about(&name)?)
                .await?;
            document.add_signature_time_stamp(index, &token).about(&name)?;
        } else if arguments.level == Target::T {
            return Err(Failure::new(format!(
                "{name}: signature {index} has reached B-T before"
            )));
        }
        if arguments.level < Target::Lt {
            continue;
        }
        if arguments.fetch {
            fetch(&client, &document, &mut material).await;
        }
        keep(&mut document, index, &material).about(&name)?;
        if arguments.level == Target::Lta {
            let token = authority
                .stamp(&document.archive_imprint(index).about(&name)?)
                .await?;
            document.add_archive_time_stamp(index, &token).about(&name)?;
        }
    }
    for (index, examined) in document.examined().iter().enumerate() {
        complain(format!("signature {index}: {}", examined.level));
    }
    let wanted = match arguments.level {
        Target::T => Level::T,
        Target::Lt => Level::Lt,
        Target::Lta => Level::Lta,
    };
    if document.examined().iter().any(|one| one.level < wanted) {
        return Err(Failure::new(format!(
            "{name}: {wanted} is not reached, nothing is written; bring the missing certificates (--certificates) and \
             revocation data (--revocation, or --fetch)"
        )));
    }
    files::write(arguments.out.as_deref(), &document.to_json())?;
    Ok(ExitCode::SUCCESS)
}

fn level(document: &Augmented, index: usize) -> Level {
    document
        .examined()
        .get(index)
        .map_or(Level::NotBaseline, |examined| examined.level)
}

/// Who is asked for time-stamps.
struct Authorities(Option<TimeStamper>);
impl Authorities {
    fn of(
        arguments: &AugmentArguments,
        client: &GuardedClient,
        material: &Material,
    ) -> Result<Self, Failure> {
        if arguments.tsa.is_empty() {
            return Ok(Self(None));
        }
        let config = Config::of(arguments.tsa.iter().cloned().map(Authority::at).collect());
        let transport = Arc::new(client.transport(guarded::Purpose::TimeStamping));
        let stamper = TimeStamper::new(transport, config).about("--tsa")?;
        let anchors = material.anchors.time_stamps.clone();
        Ok(Self(Some(if anchors.is_empty() {
            complain("without --time-stamp-anchors any authority's time-stamp is taken");
            stamper
        } else {
            stamper.trusting(anchors)
        })))
    }

    async fn stamp(&self, data: &[u8]) -> Result<Vec<u8>, Failure> {
        let stamper = self
            .0
            .as_ref()
            .ok_or_else(|| Failure::new("a time-stamp is needed: name an authority with --tsa"))?;
        let digest = Digest::Sha256;
        let stamp = stamper.stamp(digest, &digest.of(data), SystemClock.now(), &mut SystemRng);
        Ok(stamp.await.about("time-stamp")?.token.der().to_vec())
    }
}

/// Certificates from `leaf` up, as far as they are at hand.
fn chain(leaf: &Certificate, pool: &[Certificate]) -> Vec<Certificate> {
    let mut chain = vec![leaf.clone()];
    while let Some(last) = chain.last() {
        let issuer = pool
            .iter()
            .find(|one| last.issuer() == one.subject() && last.is_signed_by(one));
        match issuer {
            Some(issuer) if !chain.contains(issuer) => chain.push(issuer.clone()),
            _ => break,
        }
    }
    chain
}

/// All certificates that are at hand: of the document, of its time-stamps, and from files.
fn pool(document: &Augmented, material: &Material) -> Vec<Certificate> {
    let mut pool = material.certificates.clone();
    let anchors = material
        .anchors
        .signatures
        .iter()
        .chain(&material.anchors.time_stamps);
    pool.extend(anchors.map(|anchor| anchor.0.clone()));
    for signature in &document.document().signatures {
        pool.extend(signature.signed.certificates.iter().cloned());
        pool.extend(signature.unsigned.certificates.iter().cloned());
    }
    for examined in document.examined() {
        let tokens = examined
            .time_stamps
            .iter()
            .filter_map(|stamp| stamp.token.as_ref().ok());
        pool.extend(tokens.flat_map(|token| token.certificates().iter().cloned()));
    }
    pool
}

/// Adds to a signature what tells of its certificates, and of those of its time-stamps.
fn keep(
    document: &mut Augmented,
    index: usize,
    material: &Material,
) -> Result<(), procura_jades::AugmentError> {
    let pool = pool(document, material);
    let Some(examined) = document.examined().get(index) else {
        return Ok(());
    };
    let signer: Vec<_> = examined.certificate.iter().cloned().collect();
    let stamps = examined.time_stamps.iter();
    let units: Vec<_> = stamps
        .filter_map(|stamp| stamp.signer.as_ref().ok().cloned())
        .collect();
    for (purpose, leaves) in [(Purpose::Signature, signer), (Purpose::TimeStamps, units)] {
        let chains: Vec<_> = leaves.iter().map(|leaf| chain(leaf, &pool)).collect();
        let tells = |data: &&RevocationData| {
            chains.iter().any(|chain| {
                chain
                    .iter()
                    .zip(chain.iter().skip(1))
                    .any(|(certificate, issuer)| data.statement(certificate, issuer, &pool).is_ok())
            })
        };
        let revocation: Vec<_> = material.revocation.iter().filter(tells).cloned().collect();
        let certificates: Vec<_> = chains.concat();
        let data = ValidationData {
            certificates: &certificates,
            revocation: &revocation,
        };
        document.add_validation_data(index, purpose, &data)?;
    }
    Ok(())
}

/// CRLs of every certificate that names some.
async fn fetch(client: &GuardedClient, document: &Augmented, material: &mut Material) {
    let mut asked: Vec<String> = Vec::new();
    for certificate in pool(document, material) {
        if certificate.revocation_exempt() {
            continue;
        }
        for address in certificate.crl_urls() {
            if asked.contains(address) || asked.len() >= MAX_FETCHES {
                continue;
            }
            asked.push(address.clone());
            match fetched(client, address).await {
                Ok(crl) => {
                    material.revocation.push(crl.into());
                    break;
                }
                Err(reason) => complain(format!("{}: {reason}", procura_jades::report::visible(address))),
            }
        }
    }
}

async fn fetched(client: &GuardedClient, address: &str) -> Result<Crl, Failure> {
    let url = Url::parse(address).about("its address")?;
    let answer = client
        .get(guarded::Purpose::Crl, &url, None, None)
        .await
        .about("not fetched")?;
    if !answer.is_success() {
        return Err(Failure::new(format!("answers with status {}", answer.status)));
    }
    Crl::from_der(&answer.body).about("no CRL")
}
