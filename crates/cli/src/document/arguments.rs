//! The command line of signed documents.
use clap::{ArgGroup, Args, ValueEnum};
use procura_jades::{Level, Profile, Rules, create::Reference, document::Serialisation};
use std::path::{Path, PathBuf};
use url::Url;

/// How a validation is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Form {
    /// The verdict, who signed, when, and the one reason and its mend.
    Simple,
    /// Every check, path and time-stamp.
    Detailed,
    /// All of it, for programs.
    Json,
}

/// Which rules a document is held to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum RuleSet {
    /// A credential's seal: compact, attached, `iat`, `x5c`, `x5t#S256`.
    Credential,
    /// ETSI TS 119 182-1, every serialisation, no broken rule.
    Strict,
    /// A credential's seal as deployed peers write it, each deviation flagged.
    Deployed,
    /// What the Commission's DSS tolerates, for comparisons.
    DssCompat,
}
impl From<RuleSet> for Rules {
    fn from(set: RuleSet) -> Self {
        match set {
            RuleSet::Credential => Profile::Credential.into(),
            RuleSet::Strict => Profile::Strict.into(),
            RuleSet::Deployed => Profile::Deployed.into(),
            RuleSet::DssCompat => Self::dss_compat(),
        }
    }
}

/// `procura verify FILE --report …`.
#[derive(Debug, Args)]
#[command(next_help_heading = "Signed documents")]
pub(crate) struct ReportArguments {
    /// Validates FILE as a signed document (JAdES of any level and serialisation) and tells it so. Exit status: 0 passed,
    /// 2 failed, 3 indeterminate, 4 it cannot be read as a signed document, 1 the command itself failed.
    #[arg(long, value_enum, value_name = "FORM", conflicts_with_all = ["json", "config", "world", "lotl", "nonce", "audience", "types"])]
    pub(crate) report: Option<Form>,
    /// Writes the report as an HTML page to this file as well, where nothing is.
    #[arg(long, value_name = "OUT", requires = "report")]
    pub(crate) html: Option<PathBuf>,
    /// Replaces what is at OUT, but never a file that is read.
    #[arg(long, requires = "html")]
    pub(crate) force: bool,
    /// The rules.
    #[arg(long, value_enum, default_value = "strict", requires = "report")]
    pub(crate) profile: RuleSet,
    #[command(flatten)]
    pub(crate) material: MaterialArguments,
    #[command(flatten)]
    pub(crate) objects: ObjectArguments,
}

/// Whom to trust, and what is known beside the document.
#[derive(Debug, Args)]
#[command(next_help_heading = "Signed documents")]
pub(crate) struct MaterialArguments {
    /// PEM file of anchors that are trusted for seals and signatures, and for nothing else. Repeat for several.
    #[arg(long, value_name = "PEM")]
    pub(crate) anchors: Vec<PathBuf>,
    /// PEM file of anchors that are trusted for time-stamps, and for nothing else. Repeat for several.
    #[arg(long, value_name = "PEM")]
    pub(crate) time_stamp_anchors: Vec<PathBuf>,
    /// PEM or DER file of certificates between; never trusted. Repeat for several.
    #[arg(long, value_name = "FILE")]
    pub(crate) certificates: Vec<PathBuf>,
    /// CRL or OCSP response in DER. Repeat for several.
    #[arg(long, value_name = "DER")]
    pub(crate) revocation: Vec<PathBuf>,
}

/// What a detached signature is over.
#[derive(Debug, Args)]
#[command(next_help_heading = "Signed documents")]
pub(crate) struct ObjectArguments {
    /// An object of a detached signature: the URI by which the signature names it, and the file that holds it. Nothing is
    /// fetched. Repeat for several.
    #[arg(long, value_name = "URI=FILE")]
    pub(crate) object: Vec<String>,
    /// The payload of a signature that is detached without naming objects.
    #[arg(long, value_name = "FILE")]
    pub(crate) payload: Option<PathBuf>,
    /// A header of the HTTP message that was signed, `name: value`. Repeat for several, in order.
    #[arg(long, value_name = "HEADER")]
    pub(crate) http_header: Vec<String>,
}

/// Serialisation of a new document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Shape {
    /// Three parts with dots between them.
    Compact,
    /// JSON with one signature.
    Flattened,
    /// JSON with a list of signatures.
    General,
}
impl From<Shape> for Serialisation {
    fn from(shape: Shape) -> Self {
        match shape {
            Shape::Compact => Self::Compact,
            Shape::Flattened => Self::Flattened,
            Shape::General => Self::General,
        }
    }
}

/// How the signing certificate is referred to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ReferenceBy {
    /// `x5t#S256`.
    S256,
    /// `x5t#o` by SHA-384.
    S384,
    /// `x5t#o` by SHA-512.
    S512,
    /// `sigX5ts`: the whole chain by SHA-256.
    Chain,
}
impl From<ReferenceBy> for Reference {
    fn from(by: ReferenceBy) -> Self {
        match by {
            ReferenceBy::S256 => Self::Sha256,
            ReferenceBy::S384 => Self::Sha384,
            ReferenceBy::S512 => Self::Sha512,
            ReferenceBy::Chain => Self::Chain(procura_jades::create::HashAlgorithm::Sha256),
        }
    }
}

/// `procura sign`.
#[derive(Debug, Args)]
#[command(after_long_help = SIGN_EXAMPLES)]
pub(crate) struct SignArguments {
    /// What is signed; `-` reads standard input. Left out where --object, --beside or --countersign says it.
    #[arg(value_name = "FILE")]
    pub(crate) file: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) key: KeyArguments,
    /// Serialisation of the document, or of a counter-signature. A level above B-B takes a compact document to
    /// flattened JSON, for only that has a place for time-stamps.
    #[arg(long, value_enum, default_value = "compact")]
    pub(crate) form: Shape,
    /// Leaves the payload out of the document.
    #[arg(long)]
    pub(crate) detached: bool,
    /// Signs objects by their URIs (sigD) in place of FILE. Repeat for several.
    #[arg(long, value_name = "URI=FILE", conflicts_with_all = ["file", "detached"])]
    pub(crate) object: Vec<String>,
    /// Signs the objects themselves one after the other (`ObjectIdByURI`), not their digests (`ObjectIdByURIHash`).
    #[arg(long, requires = "object")]
    pub(crate) by_uri: bool,
    /// Signs octets as they are (`b64` false).
    #[arg(long)]
    pub(crate) plain: bool,
    /// Adds a further signature to this document, over the same payload.
    #[arg(
        long,
        visible_alias = "add",
        value_name = "DOCUMENT",
        conflicts_with = "countersign"
    )]
    pub(crate) beside: Option<PathBuf>,
    /// Adds a counter-signature to a signature of this document.
    #[arg(long, value_name = "DOCUMENT", conflicts_with_all = ["file", "object", "detached", "plain", "level"])]
    pub(crate) countersign: Option<PathBuf>,
    /// Which signature of that document; the first is 0.
    #[arg(long, default_value_t = 0, requires = "countersign")]
    pub(crate) index: usize,
    /// How the signing certificate is referred to.
    #[arg(long, value_enum, default_value = "s256")]
    pub(crate) reference: ReferenceBy,
    /// `typ` of the header.
    #[arg(long)]
    pub(crate) typ: Option<String>,
    /// Media type of the payload (`cty`).
    #[arg(long, value_name = "TYPE", conflicts_with_all = ["object", "countersign"])]
    pub(crate) media_type: Option<String>,
    /// `kid` of the header, a hint.
    #[arg(long)]
    pub(crate) kid: Option<String>,
    /// A commitment that the signature makes, by URI (`srCms`). Repeat for several.
    #[arg(long, value_name = "URI")]
    pub(crate) commitment: Vec<String>,
    /// Country of signing (`sigPl`).
    #[arg(long)]
    pub(crate) country: Option<String>,
    /// Town of signing (`sigPl`).
    #[arg(long)]
    pub(crate) locality: Option<String>,
    /// Postal code of the place of signing (`sigPl`).
    #[arg(long)]
    pub(crate) postal_code: Option<String>,
    /// Signature policy, by URI (`sigPId`).
    #[arg(long, value_name = "URI")]
    pub(crate) policy: Option<String>,
    /// Its document, whose SHA-256 is signed.
    #[arg(long, value_name = "FILE", requires = "policy")]
    pub(crate) policy_document: Option<PathBuf>,
    /// Raises the new signature to this level at once, as `procura augment` does.
    #[arg(long, value_enum)]
    pub(crate) level: Option<Target>,
    #[command(flatten)]
    pub(crate) raising: RaisingArguments,
    #[command(flatten)]
    pub(crate) out: OutArguments,
}

const SIGN_EXAMPLES: &str = "\
Examples:
  A seal in a PKCS#12 file, over a whole file:
    procura sign invoice.json --pkcs12 seal.p12 --password-file seal.password --out signed.jws
  A seal in a hardware module, over a file that stays where it is:
    procura sign --object https://invoices.example/1=invoice.pdf --out invoice.jws \\
      --pkcs11-module /usr/lib/softhsm/libsofthsm2.so --token-label seals --key-label seal --pin-file pin
  A seal at a trust service provider, by the [signers] of an issuer's configuration, up to the archive:
    procura sign invoice.json --signer issuer.toml --signer-name seal --level lta --out signed.json \\
      --tsa http://tsa.example/ --fetch --anchors seals.pem --time-stamp-anchors tsa.pem
  One more signature, and one on a signature:
    procura sign --beside signed.json --key other.key --chain other.pem --out both.json
    procura sign --countersign both.json --index 1 --key seal.key --chain seal.pem --in-place

Exit status: 0 signed, verified and written; 1 not, and nothing is written.";

/// By what is signed: one of --key, --pkcs12, --pkcs11-module and --signer.
#[derive(Debug, Args)]
#[command(next_help_heading = "Key", group(ArgGroup::new("source").required(true)))]
pub(crate) struct KeyArguments {
    /// Key: PKCS#8 PEM, mode 0600.
    #[arg(long, value_name = "PEM", requires = "chain", group = "source")]
    pub(crate) key: Option<PathBuf>,
    /// Certificates: PEM, signing certificate first, each next one certifies the one before. With --pkcs11-module, where
    /// they are not on the token.
    #[arg(long, value_name = "PEM", conflicts_with_all = ["pkcs12", "signer"])]
    pub(crate) chain: Option<PathBuf>,
    /// Key and certificates: PKCS#12, mode 0600.
    #[arg(long, value_name = "FILE", requires = "password_file", group = "source")]
    pub(crate) pkcs12: Option<PathBuf>,
    /// Its password, in a file of mode 0600.
    #[arg(long, value_name = "FILE", requires = "pkcs12")]
    pub(crate) password_file: Option<PathBuf>,
    /// Key in a hardware module: the module, a shared library, by its absolute path.
    #[arg(long, value_name = "FILE", requires = "pin_file", group = "source")]
    pub(crate) pkcs11_module: Option<PathBuf>,
    /// The user's PIN, in a file of mode 0600.
    #[arg(long, value_name = "FILE", requires = "pkcs11_module")]
    pub(crate) pin_file: Option<PathBuf>,
    /// Which token of the module.
    #[arg(long, value_name = "LABEL", requires = "pkcs11_module")]
    pub(crate) token_label: Option<String>,
    /// The same by its serial number.
    #[arg(long, value_name = "NUMBER", requires = "pkcs11_module")]
    pub(crate) token_serial: Option<String>,
    /// Which key of the token.
    #[arg(long, value_name = "LABEL", requires = "pkcs11_module")]
    pub(crate) key_label: Option<String>,
    /// The same by its id, in hexadecimal.
    #[arg(long, value_name = "HEX", requires = "pkcs11_module")]
    pub(crate) key_id: Option<String>,
    /// A key of any kind by the table `[signers.NAME]` of this file, written as for the issuer: `kind` is `file`,
    /// `pkcs12`, `pkcs11`, or `csc` for a trust service provider. The issuer's own configuration serves as well.
    #[arg(long, value_name = "CONFIG.toml", group = "source")]
    pub(crate) signer: Option<PathBuf>,
    /// Which table; needed where there are several.
    #[arg(long, value_name = "NAME", requires = "signer")]
    pub(crate) signer_name: Option<String>,
    /// Another algorithm than the default of the key's kind: PS256 in place of RS256.
    #[arg(long, value_name = "ALG", conflicts_with = "signer")]
    pub(crate) algorithm: Option<String>,
}

/// Where a document goes.
#[derive(Debug, Args)]
pub(crate) struct OutArguments {
    /// Where the document goes; without, to standard output. It is written whole or not at all, and only where nothing
    /// is.
    #[arg(long, short, value_name = "OUT")]
    pub(crate) out: Option<PathBuf>,
    /// Replaces what is at OUT, but never a file that is read.
    #[arg(long, requires = "out")]
    pub(crate) force: bool,
    /// Replaces the document that is added to.
    #[arg(long, conflicts_with = "out")]
    pub(crate) in_place: bool,
}

/// A level to be reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub(crate) enum Target {
    /// B-T: a time-stamp proves when the signature existed at the latest.
    T,
    /// B-LT: what its validation needs is inside.
    Lt,
    /// B-LTA: a time-stamp over all of it; on such a document, one more.
    Lta,
}
impl From<Target> for Level {
    fn from(target: Target) -> Self {
        match target {
            Target::T => Self::T,
            Target::Lt => Self::Lt,
            Target::Lta => Self::Lta,
        }
    }
}

/// Who is asked on the way to a level, and who is trusted.
#[derive(Debug, Args)]
#[command(next_help_heading = "Levels")]
pub(crate) struct RaisingArguments {
    /// Time-stamping authority (RFC 3161). Repeat for several: the next is asked where one fails.
    #[arg(long, value_name = "URL")]
    pub(crate) tsa: Vec<Url>,
    /// Fetches what is missing of CRLs and OCSP answers, from the addresses in certificates that lead to an anchor.
    #[arg(long)]
    pub(crate) fetch: bool,
    /// Exact origin (scheme, host, port) that may be private. Repeat for several.
    #[arg(long, value_name = "ORIGIN")]
    pub(crate) development_origin: Vec<String>,
    #[command(flatten)]
    pub(crate) material: MaterialArguments,
}

/// `procura augment`.
#[derive(Debug, Args)]
#[command(after_long_help = AUGMENT_EXAMPLES)]
pub(crate) struct AugmentArguments {
    /// The signed document; `-` reads standard input. What was signed and transmitted keeps its text.
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// The level to be reached, by the steps that are missing.
    #[arg(long, value_enum)]
    pub(crate) level: Target,
    /// Raises this signature alone; the first is 0. Without, each.
    #[arg(long)]
    pub(crate) index: Option<usize>,
    #[command(flatten)]
    pub(crate) raising: RaisingArguments,
    #[command(flatten)]
    pub(crate) objects: ObjectArguments,
    #[command(flatten)]
    pub(crate) out: OutArguments,
}

const AUGMENT_EXAMPLES: &str = "\
Examples:
  Proof of when it was signed at the latest, by the first authority that answers:
    procura augment signed.jws --level t --out b-t.json --tsa http://tsa.example/ --tsa http://other.example/
  All that a validation needs, fetched from where the certificates say:
    procura augment b-t.json --level lt --out b-lt.json --fetch --anchors seals.pem --time-stamp-anchors tsa.pem
  The same without a network, by files:
    procura augment b-t.json --level lt --out b-lt.json --anchors seals.pem --time-stamp-anchors tsa.pem \\
      --certificates issuing.pem --revocation issuing.crl --revocation root.crl --revocation tsa.crl
  The archive, and years later its renewal, with the same command:
    procura augment archived.json --level lta --in-place --tsa http://tsa.example/ --fetch \\
      --anchors seals.pem --time-stamp-anchors tsa.pem

Exit status: 0 the level is reached and the document validates; 1 not, and nothing is written: what is missing is named.";

/// Whatever a command reads: none of it is written over.
impl ReportArguments {
    pub(crate) fn files<'a>(&'a self, file: &'a Path) -> Vec<&'a Path> {
        let mut files = vec![file];
        files.extend(self.material.files());
        files.extend(self.objects.files());
        files
    }
}
impl AugmentArguments {
    pub(crate) fn files(&self) -> Vec<&Path> {
        let mut files = vec![self.file.as_path()];
        files.extend(self.raising.material.files());
        files.extend(self.objects.files());
        files
    }
}
impl SignArguments {
    pub(crate) fn files(&self) -> Vec<&Path> {
        let own = [&self.file, &self.beside, &self.countersign, &self.policy_document];
        let mut files: Vec<_> = own.into_iter().flatten().map(PathBuf::as_path).collect();
        files.extend(named(&self.object));
        files.extend(self.key.files());
        files.extend(self.raising.material.files());
        files
    }
}
impl KeyArguments {
    fn files(&self) -> impl Iterator<Item = &Path> {
        let all = [
            &self.key,
            &self.chain,
            &self.pkcs12,
            &self.password_file,
            &self.pkcs11_module,
            &self.pin_file,
            &self.signer,
        ];
        all.into_iter().flatten().map(PathBuf::as_path)
    }
}
impl MaterialArguments {
    fn files(&self) -> impl Iterator<Item = &Path> {
        let all = [
            &self.anchors,
            &self.time_stamp_anchors,
            &self.certificates,
            &self.revocation,
        ];
        all.into_iter().flatten().map(PathBuf::as_path)
    }
}
impl ObjectArguments {
    fn files(&self) -> impl Iterator<Item = &Path> {
        named(&self.object).chain(self.payload.as_deref())
    }
}

/// The files of `URI=FILE`.
fn named(objects: &[String]) -> impl Iterator<Item = &Path> {
    let split = objects.iter().filter_map(|object| object.rsplit_once('='));
    split.map(|(_, file)| Path::new(file))
}
