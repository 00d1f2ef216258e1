//! What commands read, within bounds.
use super::arguments::{MaterialArguments, ObjectArguments};
use crate::failure::{About, Failure};
use procura_ades::validation::Anchors;
use procura_jades::Objects;
use procura_pki::{Anchor, Certificate, Crl, OcspResponse, RevocationData};
use std::{
    io::Read,
    path::{Path, PathBuf},
};

/// Largest file in bytes; CRLs of large authorities have a few MiB.
const LARGEST: u64 = 64 * 1024 * 1024;

/// A file, or standard input for `-`.
pub(super) fn read(file: &Path) -> Result<Vec<u8>, Failure> {
    let name = file.display();
    let mut bytes = Vec::new();
    let size = if file == Path::new("-") {
        std::io::stdin()
            .lock()
            .take(LARGEST + 1)
            .read_to_end(&mut bytes)
            .about("standard input")?
    } else {
        let file = std::fs::File::open(file).about(&name)?;
        file.take(LARGEST + 1).read_to_end(&mut bytes).about(&name)?
    };
    if u64::try_from(size).is_ok_and(|size| size > LARGEST) {
        return Err(Failure::new(format!("{name}: larger than {LARGEST} bytes")));
    }
    Ok(bytes)
}

/// Standard input is one file: whoever names it twice gets nothing the second time.
pub(super) fn read_standard_input_once(files: &[&Path]) -> Result<(), Failure> {
    if files.iter().filter(|file| **file == Path::new("-")).count() > 1 {
        return Err(Failure::new("only one of the files may be -, standard input"));
    }
    Ok(())
}

/// What stands beside a document.
pub(super) struct Material {
    pub(super) anchors: Anchors,
    pub(super) certificates: Vec<Certificate>,
    pub(super) revocation: Vec<RevocationData>,
}
impl Material {
    pub(super) fn read(arguments: &MaterialArguments) -> Result<Self, Failure> {
        let anchors = |files: &[PathBuf]| -> Result<Vec<Anchor>, Failure> {
            Ok(all(files, certificates)?.into_iter().map(Anchor).collect())
        };
        Ok(Self {
            anchors: Anchors {
                signatures: anchors(&arguments.anchors)?,
                time_stamps: anchors(&arguments.time_stamp_anchors)?,
            },
            certificates: all(&arguments.certificates, certificates)?,
            revocation: all(&arguments.revocation, |file| {
                revocation(file).map(|data| vec![data])
            })?,
        })
    }
}

fn all<T>(files: &[PathBuf], read: impl Fn(&Path) -> Result<Vec<T>, Failure>) -> Result<Vec<T>, Failure> {
    let mut found = Vec::new();
    for file in files {
        found.extend(read(file)?);
    }
    Ok(found)
}

/// PEM with any number of certificates, or one in DER.
fn certificates(file: &Path) -> Result<Vec<Certificate>, Failure> {
    let bytes = read(file)?;
    let found = match core::str::from_utf8(&bytes) {
        Ok(text) if text.contains("-----BEGIN") => Certificate::from_pem(text),
        _ => Certificate::from_der(&bytes).map(|one| vec![one]),
    };
    let found = found.about(file.display())?;
    if found.is_empty() {
        return Err(Failure::new(format!("{}: holds no certificate", file.display())));
    }
    Ok(found)
}

fn revocation(file: &Path) -> Result<RevocationData, Failure> {
    let bytes = read(file)?;
    if let Ok(response) = OcspResponse::from_der(&bytes) {
        return Ok(response.into());
    }
    Ok(Crl::from_der(&bytes)
        .about(format_args!(
            "{}: neither a CRL nor an OCSP response in DER",
            file.display()
        ))?
        .into())
}

/// `URI=FILE`. The URI may hold a `=`, the file's name may not.
pub(super) fn object(argument: &str) -> Result<(&str, Vec<u8>), Failure> {
    let (uri, file) = argument
        .rsplit_once('=')
        .filter(|(uri, file)| !uri.is_empty() && !file.is_empty())
        .ok_or_else(|| Failure::new(format!("--object {argument}: is not URI=FILE")))?;
    Ok((uri, read(Path::new(file))?))
}

pub(super) fn objects(arguments: &ObjectArguments) -> Result<Objects, Failure> {
    let mut objects = Objects::default();
    for argument in &arguments.object {
        let (uri, bytes) = object(argument)?;
        objects = objects.with(uri, bytes);
    }
    if let Some(file) = &arguments.payload {
        objects = objects.with_payload(read(file)?);
    }
    for header in &arguments.http_header {
        // A name may begin with a colon nowhere but in the request's target, which has none.
        let (name, value) = header
            .split_once(':')
            .ok_or_else(|| Failure::new(format!("--http-header {header}: is not `name: value`")))?;
        objects = objects.with_header(name.trim(), value);
    }
    Ok(objects)
}
