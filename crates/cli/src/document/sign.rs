//! `procura sign`.
use super::{
    arguments::{KeyArguments, SignArguments},
    files,
};
use crate::{
    failure::{About, Failure},
    output::complain,
};
use procura_jades::{
    Document, Signing,
    create::{
        Commitment, Content, Counter, Detachment, Encoding, HashAlgorithm, Identifier, Object, Payload,
        Place, Policy, PolicyDigest, Shared,
    },
};
use procura_jose::Algorithm;
use procura_keys::{FileSigner, Pkcs12Signer, Signer};
use procura_service::{Clock, SystemClock};
use std::process::ExitCode;

pub(crate) async fn run(arguments: SignArguments) -> Result<ExitCode, Failure> {
    let signer = signer(&arguments.key)?;
    let commitments: Vec<_> = arguments.commitment.iter().map(|uri| commitment(uri)).collect();
    let mut signing = Signing::new(signer.algorithm(), signer.chain(), SystemClock.now());
    signing.reference = arguments.reference.into();
    signing.typ = arguments.typ.as_deref();
    signing.kid = arguments.kid.as_deref();
    signing.commitments = &commitments;
    signing.place = place(&arguments);
    signing.policy = policy(&arguments)?;
    let prepared = if let Some(document) = &arguments.countersign {
        let counter = Counter {
            serialisation: arguments.form.into(),
            attached: true,
        };
        signing.prepare_counter(&files::read(document)?, arguments.index, counter)
    } else {
        prepared(&arguments, &signing)?
    };
    let prepared = prepared.about("nothing was signed")?;
    let signature = signer.sign(prepared.bytes()).await.about("signer")?;
    let document = prepared.finish(&signature).about("nothing is released")?;
    files::write(arguments.out.as_deref(), &document)?;
    complain("signed; whether its certificate is trusted, `procura verify --report` says");
    Ok(ExitCode::SUCCESS)
}

fn signer(arguments: &KeyArguments) -> Result<Box<dyn Signer>, Failure> {
    let algorithm = match &arguments.algorithm {
        None => None,
        Some(name) => Some(
            Algorithm::from_name(name)
                .ok_or_else(|| Failure::new(format!("--algorithm: {name} is not known")))?,
        ),
    };
    let (key, chain) = (arguments.key.as_deref(), arguments.chain.as_deref());
    let (archive, password) = (arguments.pkcs12.as_deref(), arguments.password_file.as_deref());
    let signer: Box<dyn Signer> = match (key, archive, password, algorithm) {
        (Some(key), _, _, None) => Box::new(FileSigner::open(key, chain).about("--key")?),
        (Some(key), _, _, Some(algorithm)) => {
            Box::new(FileSigner::open_with_algorithm(key, chain, algorithm).about("--key")?)
        }
        (None, Some(archive), Some(password), None) => {
            Box::new(Pkcs12Signer::open(archive, password).about("--pkcs12")?)
        }
        (None, Some(archive), Some(password), Some(algorithm)) => {
            Box::new(Pkcs12Signer::open_with_algorithm(archive, password, algorithm).about("--pkcs12")?)
        }
        _ => {
            return Err(Failure::new(
                "name a key: --key with --chain, or --pkcs12 with --password-file",
            ));
        }
    };
    Ok(signer)
}

/// A document with one signature, or one more signature of a document.
fn prepared(
    arguments: &SignArguments,
    signing: &Signing<'_>,
) -> Result<Result<procura_jades::create::PreparedSignature, procura_jades::CreateError>, Failure> {
    let beside = match &arguments.beside {
        Some(document) => Some(files::read(document)?),
        None => None,
    };
    let inside = beside.as_deref().filter(|document| {
        Document::read(document)
            .ok()
            .and_then(|document| document.signatures.into_iter().next())
            .is_some_and(|one| one.payload.is_some())
    });
    if let (Some(document), None) = (inside, &arguments.file) {
        let shared = Shared::Inside {
            media_type: arguments.media_type.as_deref(),
        };
        return Ok(signing.prepare_parallel(document, &shared));
    }
    let named: Vec<_> = arguments
        .object
        .iter()
        .map(|argument| files::object(argument))
        .collect::<Result<_, _>>()?;
    let objects: Vec<_> = named
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
    let octets = match (&arguments.file, objects.is_empty()) {
        (Some(file), _) => files::read(file)?,
        (None, false) => Vec::new(),
        (None, true) => {
            return Err(Failure::new(
                "name what is signed: FILE, --object or --countersign",
            ));
        }
    };
    let content = Content {
        media_type: arguments.media_type.as_deref(),
        encoding,
        ..Content::new(&octets)
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
    } else if arguments.detached || beside.is_some() {
        Payload::Detached(content)
    } else {
        Payload::Attached(content)
    };
    Ok(match &beside {
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
