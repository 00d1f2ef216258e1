//! What a provider says of a credential, and whether it can be used.
use super::{
    AnswerError, ChainError, Dialect, Settings, SignatureAlgorithm,
    algorithm::curve_oid,
    chain,
    error::printable,
    fields::{Fields, LONG, SHORT, object},
    settings::Quirk,
    signature,
};
use jiff::Timestamp;
use procura_crypto::PublicKey;
use procura_jose::Algorithm;
use procura_pki::Certificate;

/// Most algorithms of a key, authentication objects of a credential.
const MANY: usize = 64;
/// Algorithms that are taken where the operator names none, the first that fits.
const USUAL: [Algorithm; 6] = [
    Algorithm::Es256,
    Algorithm::Es384,
    Algorithm::Es512,
    Algorithm::Es256K,
    Algorithm::Rs256,
    Algorithm::Ps256,
];

/// A credential as the provider describes it (CSC API v2 §11.5, v1 §11.4).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CredentialInfo {
    /// `key`.
    pub key: KeyInfo,
    /// `cert/status`: `valid`, `expired`, `revoked`, `suspended`.
    pub certificate_status: Option<String>,
    /// `cert/certificates`, in the order in which they came.
    pub certificates: Vec<Certificate>,
    /// What authorizes a signature.
    pub approval: Approval,
    /// `SCAL`: 2 binds activation data to hashes. We always name the hash.
    pub scal: u8,
    /// `multisign`: signatures for each authorization.
    pub multisign: u64,
}

/// What a provider says of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct KeyInfo {
    /// `key/status`: `enabled`, `disabled`.
    pub status: String,
    /// `key/algo`: OIDs.
    pub algorithms: Vec<String>,
    /// `key/len`: bits.
    pub length: Option<u64>,
    /// `key/curve`: OID.
    pub curve: Option<String>,
}

/// What authorizes a signature.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Approval {
    /// Nothing beyond the client's access token: seal automation.
    Automatic,
    /// One password that does not change; the id of its authentication object.
    Pin(String),
    /// Something that a program cannot give; what.
    Person(&'static str),
}

/// Why a credential cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CredentialProblem {
    /// The key is not enabled.
    #[error("its key is {0}, not enabled")]
    KeyStatus(String),
    /// The provider says that the certificate is not valid.
    #[error("its certificate is {0}, not valid")]
    CertificateStatus(String),
    /// The certificate's validity has not begun or has ended.
    #[error("its certificate is valid from {not_before} to {not_after}")]
    Validity {
        /// Start.
        not_before: Timestamp,
        /// End.
        not_after: Timestamp,
    },
    /// The certificates are no chain.
    #[error(transparent)]
    Chain(#[from] ChainError),
    /// The certificate may not sign.
    #[error("its certificate cannot be used: {0}")]
    Certificate(String),
    /// The described key is not that of the certificate.
    #[error("the key that is described ({0}) is not that of the certificate")]
    OtherKey(&'static str),
    /// The provider offers no algorithm that fits.
    #[error("{wanted} is not offered for this key; offered are: {offered}{}", if *.generic { "; these name kinds of keys, which the quirk generic-key-oids takes for their algorithms" } else { "" })]
    Algorithm {
        /// What was looked for.
        wanted: String,
        /// `key/algo`.
        offered: String,
        /// Whether the quirk would mend it.
        generic: bool,
    },
    /// The configured algorithm does not fit the key of the certificate.
    #[error("{0} does not fit the key of the certificate")]
    WrongAlgorithm(Algorithm),
    /// It asks for a PIN and none is configured.
    #[error("it asks for a PIN; name the file that holds it")]
    PinMissing,
    /// It asks for what only a person can give.
    #[error("it asks for {0}, which takes a person; use a credential for automated seals")]
    Person(&'static str),
    /// No signature can be authorized.
    #[error("it allows no signature for an authorization")]
    NoSignature,
}

impl CredentialInfo {
    /// Reads the answer.
    ///
    /// # Errors
    /// [`AnswerError`].
    pub fn parse(bytes: &[u8], dialect: Dialect) -> Result<Self, AnswerError> {
        let object = object(bytes)?;
        let fields = Fields::of(&object);
        let key = fields.object("key")?.ok_or(AnswerError::Missing("key"))?;
        let cert = fields.object("cert")?.ok_or(AnswerError::Missing("cert"))?;
        let algorithms = key
            .texts("algo", SHORT, MANY)?
            .ok_or(AnswerError::Missing("algo"))?;
        let texts = cert.texts("certificates", LONG, chain::MOST)?;
        let texts = texts.ok_or(AnswerError::Missing("certificates"))?;
        let read = |(index, text): (usize, &&str)| {
            let der = signature::decoded(text).ok_or(ChainError::Unreadable(index))?;
            Certificate::from_der(&der).map_err(|_| ChainError::Unreadable(index))
        };
        Ok(Self {
            key: KeyInfo {
                status: key.required_text("status", SHORT)?.to_owned(),
                algorithms: algorithms.into_iter().map(str::to_owned).collect(),
                length: key.number("len")?,
                curve: key.text("curve", SHORT)?.map(str::to_owned),
            },
            certificate_status: cert.text("status", SHORT)?.map(str::to_owned),
            certificates: texts.iter().enumerate().map(read).collect::<Result<_, _>>()?,
            approval: match dialect {
                Dialect::V2 => approval(fields)?,
                Dialect::V1 => approval_v1(fields)?,
            },
            scal: scal(fields)?,
            multisign: fields.number("multisign")?.unwrap_or(1),
        })
    }
}

fn scal(fields: Fields<'_>) -> Result<u8, AnswerError> {
    match fields.text("SCAL", SHORT)? {
        None | Some("1") => Ok(1),
        Some("2") => Ok(2),
        Some(_) => Err(AnswerError::Value {
            member: "SCAL",
            problem: "is neither 1 nor 2",
        }),
    }
}

/// CSC API v2 §11.4, `auth`.
fn approval(fields: Fields<'_>) -> Result<Approval, AnswerError> {
    let auth = fields.object("auth")?.ok_or(AnswerError::Missing("auth"))?;
    match auth.required_text("mode", SHORT)? {
        "explicit" => {}
        "oauth2code" => return Ok(Approval::Person("a login of its owner (oauth2code)")),
        _ => {
            let problem = "is neither explicit nor oauth2code";
            return Err(AnswerError::Value {
                member: "mode",
                problem,
            });
        }
    }
    let objects = auth.list("objects", MANY)?.unwrap_or_default();
    let Some((first, others)) = objects.split_first() else {
        return Ok(Approval::Automatic);
    };
    let expected = "a list of objects";
    let first = first.as_object().ok_or(AnswerError::Type {
        member: "objects",
        expected,
    })?;
    let first = Fields::of(first);
    let id = first.required_text("id", SHORT)?;
    let is_constant =
        first.required_text("type", SHORT)? == "Password" && first.text("generator", SHORT)?.is_none();
    Ok(if others.is_empty() && is_constant {
        Approval::Pin(id.to_owned())
    } else {
        Approval::Person("more than a PIN (an OTP, a challenge or several factors)")
    })
}

/// CSC API v1 §11.4: `authMode`, `PIN`, `OTP`.
fn approval_v1(fields: Fields<'_>) -> Result<Approval, AnswerError> {
    match fields.required_text("authMode", SHORT)? {
        "implicit" => return Ok(Approval::Automatic),
        "explicit" => {}
        "oauth2code" => return Ok(Approval::Person("a login of its owner (oauth2code)")),
        _ => {
            let problem = "is none of implicit, explicit, oauth2code";
            return Err(AnswerError::Value {
                member: "authMode",
                problem,
            });
        }
    }
    let presence = |member| -> Result<bool, AnswerError> {
        let Some(object) = fields.object(member)? else {
            return Ok(false);
        };
        match object.text("presence", SHORT)? {
            Some("true") => Ok(true),
            None | Some("false" | "optional") => Ok(false),
            Some(_) => Err(AnswerError::Value {
                member: "presence",
                problem: "is none of true, false, optional",
            }),
        }
    };
    Ok(match (presence("PIN")?, presence("OTP")?) {
        (_, true) => Approval::Person("an OTP"),
        (true, false) => Approval::Pin("PIN".to_owned()),
        (false, false) => Approval::Automatic,
    })
}

/// A credential that can be used.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct SigningCredential {
    /// Its id.
    pub id: String,
    /// Signing certificate first, each next one certifies the one before.
    pub chain: Vec<Certificate>,
    /// Key of the signing certificate.
    pub key: PublicKey,
    /// How a signature is asked for.
    pub algorithm: SignatureAlgorithm,
    /// Id of the authentication object that is a PIN, where one is asked for.
    pub pin_id: Option<String>,
}

impl SigningCredential {
    /// Examines what the provider says.
    ///
    /// # Errors
    /// [`CredentialProblem`] names what stands in the way.
    pub fn examine(
        id: &str,
        info: &CredentialInfo,
        settings: &Settings,
        now: Timestamp,
    ) -> Result<Self, CredentialProblem> {
        if info.key.status != "enabled" {
            return Err(CredentialProblem::KeyStatus(printable(&info.key.status)));
        }
        if let Some(status) = info
            .certificate_status
            .as_deref()
            .filter(|status| *status != "valid")
        {
            return Err(CredentialProblem::CertificateStatus(printable(status)));
        }
        let chain = chain::ordered(&info.certificates)?;
        let certificate = chain.first().ok_or(ChainError::Empty)?;
        chain::may_sign(certificate).map_err(CredentialProblem::Certificate)?;
        if !certificate.is_valid_at(now) {
            return Err(CredentialProblem::Validity {
                not_before: certificate.not_before(),
                not_after: certificate.not_after(),
            });
        }
        let key = certificate
            .public_key()
            .map_err(|error| CredentialProblem::Certificate(error.to_string()))?
            .clone();
        same_key(&info.key, &key)?;
        let algorithm = algorithm(&info.key, certificate, &key, settings)?;
        if info.multisign == 0 {
            return Err(CredentialProblem::NoSignature);
        }
        let pin_id = match &info.approval {
            Approval::Automatic => None,
            Approval::Pin(_) if settings.pin.is_none() => return Err(CredentialProblem::PinMissing),
            Approval::Pin(id) => Some(id.clone()),
            Approval::Person(what) => return Err(CredentialProblem::Person(what)),
        };
        Ok(Self {
            id: id.to_owned(),
            key,
            algorithm,
            pin_id,
            chain,
        })
    }

    /// The certificate that verifies its signatures.
    pub fn certificate(&self) -> Option<&Certificate> {
        self.chain.first()
    }
}

/// Lengths of elliptic curve keys are written in several ways; their curve says it all.
fn same_key(described: &KeyInfo, key: &PublicKey) -> Result<(), CredentialProblem> {
    match key {
        PublicKey::Ec { curve, .. } => {
            let stated = described.curve.as_deref();
            if stated.is_some() && stated != curve_oid(*curve) {
                return Err(CredentialProblem::OtherKey("curve"));
            }
        }
        PublicKey::Rsa { .. } => {
            let stated = described.length.and_then(|bits| usize::try_from(bits).ok());
            if described.length.is_some() && stated != Some(key.bits()) {
                return Err(CredentialProblem::OtherKey("len"));
            }
        }
        PublicKey::Ed25519(_) => {}
    }
    Ok(())
}

fn algorithm(
    described: &KeyInfo,
    certificate: &Certificate,
    key: &PublicKey,
    settings: &Settings,
) -> Result<SignatureAlgorithm, CredentialProblem> {
    let fits = |algorithm: Algorithm| algorithm.fits(key) && certificate.permits(algorithm.scheme());
    let generic = settings.has(Quirk::GenericKeyOids);
    let wanted = match settings.algorithm {
        Some(algorithm) if !fits(algorithm) => return Err(CredentialProblem::WrongAlgorithm(algorithm)),
        Some(algorithm) => vec![algorithm],
        None => USUAL.into_iter().filter(|algorithm| fits(*algorithm)).collect(),
    };
    let offered = |generic| {
        wanted
            .iter()
            .find_map(|algorithm| SignatureAlgorithm::offered(*algorithm, &described.algorithms, generic))
    };
    offered(generic).ok_or_else(|| CredentialProblem::Algorithm {
        wanted: if wanted.is_empty() {
            "an algorithm for its kind of key".to_owned()
        } else {
            let names: Vec<_> = wanted.iter().map(|algorithm| algorithm.name()).collect();
            names.join(" or ")
        },
        offered: printable(&described.algorithms.join(", ")),
        generic: !generic && offered(true).is_some(),
    })
}

#[cfg(test)]
mod tests;
