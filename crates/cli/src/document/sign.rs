//! `procura sign`.
use super::{
    arguments::{OutArguments, SignArguments, Target},
    destination::Destination,
    files,
    raising::Raising,
    signer,
};
use crate::{
    failure::{About, Failure},
    output::complain,
};
use procura_jades::{
    CreateError, Document, Objects, Signing,
    create::{
        Commitment, Content, Counter, Detachment, Encoding, HashAlgorithm, Identifier, Object, Payload,
        Place, Policy, PolicyDigest, PreparedSignature, Shared,
    },
};
use procura_service::{Clock, SystemClock};
use std::{path::PathBuf, process::ExitCode};

pub(crate) async fn run(arguments: SignArguments) -> Result<ExitCode, Failure> {
    let destination = destination(&arguments)?;
    let raising = raising(&arguments)?;
    let inputs = Inputs::read(&arguments)?;
    let signer = signer::open(&arguments.key).await?;
    let commitments: Vec<_> = arguments.commitment.iter().map(|uri| commitment(uri)).collect();
    let mut signing = Signing::new(signer.algorithm(), signer.chain(), SystemClock.now());
    signing.reference = arguments.reference.into();
    signing.typ = arguments.typ.as_deref();
    signing.kid = arguments.kid.as_deref();
    signing.commitments = &commitments;
    signing.place = place(&arguments);
    signing.policy = policy(&arguments)?;
    let prepared = prepared(&arguments, &inputs, &signing)?.about("nothing was signed")?;
    let signature = signer.sign(prepared.bytes()).await.about("signer")?;
    let mut document = prepared.finish(&signature).about("nothing is released")?;
    if let Some((raising, level)) = raising {
        let objects = inputs.objects();
        let raised = raising.raised(document.as_bytes(), &objects, Some(inputs.signatures), level);
        document = raised.await?;
    } else {
        complain("signed; whether its certificate is trusted, `procura verify --report` says");
    }
    destination.write(&document)?;
    Ok(ExitCode::SUCCESS)
}

fn destination(arguments: &SignArguments) -> Result<Destination, Failure> {
    let OutArguments { out, force, in_place } = &arguments.out;
    let document = arguments.beside.as_ref().or(arguments.countersign.as_ref());
    let inputs = arguments.files();
    files::read_standard_input_once(&inputs)?;
    if *in_place {
        let document = document
            .ok_or_else(|| Failure::new("--in-place: replaces the document of --beside or --countersign"))?;
        return Destination::in_place(document);
    }
    Destination::new(out.as_deref(), *force, &inputs)
}

fn raising(arguments: &SignArguments) -> Result<Option<(Raising, Target)>, Failure> {
    match arguments.level {
        Some(level) => Ok(Some((Raising::new(&arguments.raising)?, level))),
        None if arguments.raising.tsa.is_empty() && !arguments.raising.fetch => Ok(None),
        None => Err(Failure::new("--tsa and --fetch are for a --level")),
    }
}

/// What is signed, and what is added to.
struct Inputs {
    file: Option<Vec<u8>>,
    objects: Vec<(String, Vec<u8>)>,
    /// The document of --beside or --countersign.
    document: Option<Vec<u8>>,
    /// How many signatures it has: the new one comes after them.
    signatures: usize,
    /// Whether it holds the payload that a further signature shares.
    shares: bool,
}
impl Inputs {
    fn read(arguments: &SignArguments) -> Result<Self, Failure> {
        let read = |file: Option<&PathBuf>| file.map(|file| files::read(file)).transpose();
        let named = arguments.object.iter().map(|argument| {
            let (uri, octets) = files::object(argument)?;
            Ok((uri.to_owned(), octets))
        });
        let document = read(arguments.beside.as_ref().or(arguments.countersign.as_ref()))?;
        // What cannot be read is refused by name when it is added to.
        let signatures = document
            .as_deref()
            .and_then(|document| Document::read(document).ok());
        let signatures = signatures.map(|document| document.signatures).unwrap_or_default();
        let has_payload = signatures.iter().flatten().next();
        let has_payload = has_payload.is_some_and(|one| one.payload.is_some());
        Ok(Self {
            file: read(arguments.file.as_ref())?,
            objects: named.collect::<Result<_, Failure>>()?,
            document,
            signatures: signatures.len(),
            shares: has_payload && arguments.file.is_none() && arguments.object.is_empty(),
        })
    }

    /// What a detached signature is over.
    fn objects(&self) -> Objects {
        let objects = self
            .objects
            .iter()
            .fold(Objects::default(), |objects, (uri, octets)| {
                objects.with(uri, octets.clone())
            });
        match &self.file {
            Some(payload) => objects.with_payload(payload.clone()),
            None => objects,
        }
    }
}

/// A document with one signature, or one more signature of a document.
fn prepared(
    arguments: &SignArguments,
    inputs: &Inputs,
    signing: &Signing<'_>,
) -> Result<Result<PreparedSignature, CreateError>, Failure> {
    let document = inputs.document.as_deref();
    if let (Some(_), Some(document)) = (&arguments.countersign, document) {
        let counter = Counter {
            serialisation: arguments.form.into(),
            attached: true,
        };
        return Ok(signing.prepare_counter(document, arguments.index, counter));
    }
    if let (Some(document), true) = (document, inputs.shares) {
        if arguments.plain || arguments.detached {
            return Err(Failure::new(
                "--beside: the document holds the payload, which is shared as it is: leave out --plain and --detached",
            ));
        }
        let shared = Shared::Inside {
            media_type: arguments.media_type.as_deref(),
        };
        return Ok(signing.prepare_parallel(document, &shared));
    }
    let objects: Vec<_> = inputs
        .objects
        .iter()
        .map(|(uri, octets)| Object {
            uri,
            octets,
            media_type: None,
        })
        .collect();
    let encoding = if arguments.plain {
        Encoding::Plain
    } else {
        Encoding::Base64url
    };
    if inputs.file.is_none() && objects.is_empty() {
        return Err(Failure::new(
            "name what is signed: FILE, --object or --countersign",
        ));
    }
    let content = Content {
        media_type: arguments.media_type.as_deref(),
        encoding,
        ..Content::new(inputs.file.as_deref().unwrap_or_default())
    };
    let payload = if !objects.is_empty() {
        Payload::Objects {
            detachment: if arguments.by_uri {
                Detachment::ByUri
            } else {
                Detachment::ByUriHash(HashAlgorithm::Sha256)
            },
            objects: &objects,
            encoding,
        }
    } else if arguments.detached || document.is_some() {
        Payload::Detached(content)
    } else {
        Payload::Attached(content)
    };
    Ok(match document {
        Some(document) => signing.prepare_parallel(document, &Shared::Brought(payload)),
        None => signing.prepare(&payload, arguments.form.into()),
    })
}

fn commitment(uri: &str) -> Commitment<'_> {
    Commitment {
        id: Identifier::new(uri),
        qualifiers: &[],
    }
}

fn place(arguments: &SignArguments) -> Option<Place<'_>> {
    let place = Place {
        country: arguments.country.as_deref(),
        locality: arguments.locality.as_deref(),
        postal_code: arguments.postal_code.as_deref(),
        ..Place::default()
    };
    (place != Place::default()).then_some(place)
}

fn policy(arguments: &SignArguments) -> Result<Option<Policy<'_>>, Failure> {
    let Some(uri) = &arguments.policy else {
        return Ok(None);
    };
    let digest = match &arguments.policy_document {
        Some(file) => Some(PolicyDigest::of(HashAlgorithm::Sha256, &files::read(file)?)),
        None => None,
    };
    Ok(Some(Policy {
        id: Identifier::new(uri),
        digest,
        qualifiers: &[],
    }))
}
