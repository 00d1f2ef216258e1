//! The module's side: blocking calls.
use super::{KeyName, Pkcs11Error, Pkcs11Settings, TokenName};
use crate::chain;
use cryptoki::{
    context::{CInitializeArgs, CInitializeFlags, Pkcs11},
    error::{Error, RvError},
    mechanism::{
        Mechanism, MechanismType,
        eddsa::{EddsaParams, EddsaSignatureScheme},
        rsa::{PkcsMgfType, PkcsPssParams},
    },
    object::{Attribute, AttributeType, ObjectClass, ObjectHandle},
    session::{Session, UserType},
    slot::Slot,
    types::{AuthPin, Ulong},
};
use der::{Encode as _, Tag, asn1::AnyRef, asn1::ObjectIdentifier};
use procura_crypto::{Digest, Scheme};
use procura_pki::{Certificate, algorithm::oid_of_digest};
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

/// Certificates on a token that are looked at.
const MAX_CERTIFICATES: usize = 64;

/// A module with the names of token and key.
pub(super) struct Device {
    context: Pkcs11,
    token: TokenName,
    key: KeyName,
    pin: AuthPin,
}

/// A session that is logged in, and the key in it.
pub(super) struct Open {
    session: Session,
    key: ObjectHandle,
}

/// Whether there is a session.
pub(super) enum State {
    /// None, or one that was lost.
    Closed,
    /// One.
    Open(Open),
    /// The token has refused the PIN: nothing is tried any more.
    Barred(String),
}

impl Device {
    pub(super) fn load(settings: Pkcs11Settings, pin: &str) -> Result<Self, Pkcs11Error> {
        if !settings.module.is_absolute() {
            // The loader would look for it in places that others may write to.
            return Err(Pkcs11Error::Module("its path is not absolute".to_owned()));
        }
        Ok(Self {
            context: context(&settings.module)?,
            token: settings.token,
            key: settings.key,
            pin: AuthPin::from(pin.to_owned()),
        })
    }

    /// Opens a session on the token, wherever it is now, and finds the key.
    pub(super) fn open(&self) -> Result<Open, Pkcs11Error> {
        // A module that was shut down, by a fork or by somebody else in this process, is started again.
        initialize(&self.context)?;
        let slot = self.slot()?;
        // A service that starts again and again would try a wrong PIN as often.
        let token = self.context.get_token_info(slot).map_err(|e| call(&e))?;
        if token.user_pin_final_try() {
            return Err(Pkcs11Error::FewAttempts("CKF_USER_PIN_FINAL_TRY"));
        }
        if token.user_pin_count_low() {
            return Err(Pkcs11Error::FewAttempts("CKF_USER_PIN_COUNT_LOW"));
        }
        let session = self.context.open_ro_session(slot).map_err(|e| call(&e))?;
        match session.login(UserType::User, Some(&self.pin)) {
            Ok(()) | Err(Error::Pkcs11(RvError::UserAlreadyLoggedIn, _)) => {}
            Err(Error::Pkcs11(
                refusal @ (RvError::PinIncorrect
                | RvError::PinInvalid
                | RvError::PinLenRange
                | RvError::PinExpired
                | RvError::PinLocked
                | RvError::UserPinNotInitialized),
                _,
            )) => return Err(Pkcs11Error::Pin(format!("{refusal:?}"))),
            Err(error) => return Err(call(&error)),
        }
        let key = self.find(&session)?;
        Ok(Open { session, key })
    }

    fn slot(&self) -> Result<Slot, Pkcs11Error> {
        let (mut found, mut labels) = (Vec::new(), Vec::new());
        for slot in self.context.get_slots_with_token().map_err(|e| call(&e))? {
            // A token that cannot be asked is not the one.
            let Ok(token) = self.context.get_token_info(slot) else {
                continue;
            };
            let named = match &self.token {
                TokenName::Label(label) => token.label() == label,
                TokenName::Serial(serial) => token.serial_number() == serial,
            };
            if named {
                found.push(slot);
            } else if token.token_initialized() {
                labels.push(token.label().to_owned());
            }
        }
        match found.as_slice() {
            [slot] => Ok(*slot),
            [] => Err(Pkcs11Error::NoToken {
                wanted: self.token.clone(),
                found: labels,
            }),
            several => Err(Pkcs11Error::SeveralTokens {
                wanted: self.token.clone(),
                count: several.len(),
            }),
        }
    }

    fn find(&self, session: &Session) -> Result<ObjectHandle, Pkcs11Error> {
        let name = match &self.key {
            KeyName::Label(label) => Attribute::Label(label.clone().into_bytes()),
            KeyName::Id(id) => Attribute::Id(id.clone()),
        };
        let template = [Attribute::Class(ObjectClass::PRIVATE_KEY), name];
        let key = match session.find_objects(&template).map_err(|e| call(&e))?.as_slice() {
            [key] => *key,
            [] => return Err(Pkcs11Error::NoKey(self.key.clone())),
            several => {
                return Err(Pkcs11Error::SeveralKeys {
                    wanted: self.key.clone(),
                    count: several.len(),
                });
            }
        };
        // A token that does not know the attribute does not ask.
        let attributes = session.get_attributes(key, &[AttributeType::AlwaysAuthenticate]);
        if attributes.is_ok_and(|all| all.contains(&Attribute::AlwaysAuthenticate(true))) {
            return Err(Pkcs11Error::AlwaysAuthenticate);
        }
        Ok(key)
    }

    /// The certificate under the id of the key, and those of its issuers as far as they are on the token.
    #[expect(clippy::unused_self, reason = "asks the session, which is this device's")]
    pub(super) fn chain(&self, open: &Open) -> Result<Vec<Certificate>, Pkcs11Error> {
        let id_of = |handle| -> Result<Option<Vec<u8>>, Pkcs11Error> {
            let found = open.session.get_attributes(handle, &[AttributeType::Id]);
            let id = found
                .map_err(|e| call(&e))?
                .into_iter()
                .find_map(|attribute| match attribute {
                    Attribute::Id(id) if !id.is_empty() => Some(id),
                    _ => None,
                });
            Ok(id)
        };
        let key = id_of(open.key)?.ok_or(Pkcs11Error::NoCertificate)?;
        let template = [Attribute::Class(ObjectClass::CERTIFICATE)];
        let handles = open.session.find_objects(&template).map_err(|e| call(&e))?;
        let (mut own, mut all) = (Vec::new(), Vec::new());
        for handle in handles.into_iter().take(MAX_CERTIFICATES) {
            let found = open.session.get_attributes(handle, &[AttributeType::Value]);
            let value = found
                .map_err(|e| call(&e))?
                .into_iter()
                .find_map(|attribute| match attribute {
                    Attribute::Value(der) => Some(der),
                    _ => None,
                });
            let is_own = id_of(handle)?.as_ref() == Some(&key);
            match Certificate::from_der(&value.unwrap_or_default()) {
                Ok(certificate) if is_own => own.push(certificate),
                Ok(certificate) => all.push(certificate),
                Err(error) if is_own => return Err(Pkcs11Error::Certificate(error)),
                // Somebody else's.
                Err(_) => {}
            }
        }
        match own.as_slice() {
            [leaf] => Ok(chain::of(leaf, &all)),
            [] => Err(Pkcs11Error::NoCertificate),
            several => Err(Pkcs11Error::SeveralCertificates { count: several.len() }),
        }
    }

    /// Signs; where the session was lost, once more in a new one. A signature that nobody saw harms nobody.
    pub(super) fn sign(
        &self,
        state: &mut State,
        scheme: Scheme,
        bytes: &[u8],
    ) -> Result<Vec<u8>, Pkcs11Error> {
        let (mechanism, input) = prepare(scheme, bytes)?;
        if let State::Open(open) = state {
            match open.session.sign(&mechanism, open.key, &input) {
                Ok(signed) => return Ok(signed),
                Err(Error::Pkcs11(reason, _)) if is_lost(reason) => *state = State::Closed,
                Err(error) => return Err(call(&error)),
            }
        }
        if let State::Barred(reason) = state {
            return Err(Pkcs11Error::Pin(reason.clone()));
        }
        let open = self.open().inspect_err(|error| {
            if let Pkcs11Error::Pin(reason) = error {
                *state = State::Barred(reason.clone());
            }
        })?;
        let signed = open.session.sign(&mechanism, open.key, &input);
        *state = State::Open(open);
        signed.map_err(|e| call(&e))
    }
}

/// The mechanism and what goes into it: all but Ed25519 take the digest, which every module knows how to do.
fn prepare(scheme: Scheme, bytes: &[u8]) -> Result<(Mechanism<'static>, Vec<u8>), Pkcs11Error> {
    match scheme {
        Scheme::RsaPkcs1(digest) => Ok((Mechanism::RsaPkcs, digest_info(digest, bytes)?)),
        Scheme::RsaPss { digest, salt } => {
            let (hash_alg, mgf) = match digest {
                Digest::Sha256 => (MechanismType::SHA256, PkcsMgfType::MGF1_SHA256),
                Digest::Sha384 => (MechanismType::SHA384, PkcsMgfType::MGF1_SHA384),
                Digest::Sha512 => (MechanismType::SHA512, PkcsMgfType::MGF1_SHA512),
                _ => return Err(unsupported()),
            };
            let salt = u32::try_from(salt.unwrap_or_else(|| digest.len())).map_err(|_| unsupported())?;
            let parameters = PkcsPssParams {
                hash_alg,
                mgf,
                s_len: Ulong::new(salt.into()),
            };
            Ok((Mechanism::RsaPkcsPss(parameters), digest.of(bytes)))
        }
        Scheme::Ecdsa { digest, .. } => Ok((Mechanism::Ecdsa, digest.of(bytes))),
        Scheme::Ed25519 => {
            let parameters = EddsaParams::new(EddsaSignatureScheme::Ed25519);
            Ok((Mechanism::Eddsa(parameters), bytes.to_vec()))
        }
    }
}

/// `DigestInfo` (RFC 8017 §9.2): the algorithm with NULL, and the digest.
fn digest_info(digest: Digest, bytes: &[u8]) -> Result<Vec<u8>, Pkcs11Error> {
    let element = |tag, content: &[u8]| AnyRef::new(tag, content).and_then(|element| element.to_der());
    let written = || -> der::Result<Vec<u8>> {
        let oid = ObjectIdentifier::new(oid_of_digest(digest))?.to_der()?;
        let algorithm = element(Tag::Sequence, &[oid.as_slice(), &[5, 0]].concat())?;
        let value = element(Tag::OctetString, &digest.of(bytes))?;
        element(Tag::Sequence, &[algorithm, value].concat())
    };
    written().map_err(|_| unsupported())
}

fn unsupported() -> Pkcs11Error {
    Pkcs11Error::Call {
        call: "C_SignInit".to_owned(),
        reason: "the algorithm has no mechanism here".to_owned(),
    }
}

/// Return values after which a new session may help: the token was taken out, replaced or reset.
fn is_lost(reason: RvError) -> bool {
    matches!(
        reason,
        RvError::SessionHandleInvalid
            | RvError::SessionClosed
            | RvError::UserNotLoggedIn
            | RvError::KeyHandleInvalid
            | RvError::ObjectHandleInvalid
            | RvError::DeviceRemoved
            | RvError::DeviceError
            | RvError::TokenNotPresent
            | RvError::TokenNotRecognized
            | RvError::SlotIdInvalid
            | RvError::CryptokiNotInitialized
    )
}

fn call(error: &Error) -> Pkcs11Error {
    match error {
        Error::Pkcs11(reason, function) => Pkcs11Error::Call {
            call: format!("C_{function:?}"),
            reason: format!("{reason:?}"),
        },
        other => Pkcs11Error::Call {
            call: "the module".to_owned(),
            reason: other.to_string(),
        },
    }
}

/// One context for a module in this process, which starts it once and never shuts it down: other signers may use it.
fn context(module: &Path) -> Result<Pkcs11, Pkcs11Error> {
    static LOADED: Mutex<BTreeMap<PathBuf, Pkcs11>> = Mutex::new(BTreeMap::new());
    let mut loaded = LOADED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(context) = loaded.get(module) {
        return Ok(context.clone());
    }
    let context = Pkcs11::new(module).map_err(|error| Pkcs11Error::Module(error.to_string()))?;
    initialize(&context)?;
    loaded.insert(module.to_owned(), context.clone());
    Ok(context)
}

fn initialize(context: &Pkcs11) -> Result<(), Pkcs11Error> {
    match context.initialize(CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK)) {
        Ok(()) | Err(Error::Pkcs11(RvError::CryptokiAlreadyInitialized, _)) => Ok(()),
        Err(error) => Err(Pkcs11Error::Module(error.to_string())),
    }
}
