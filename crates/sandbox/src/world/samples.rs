//! Credentials of the demo world: good ones, and what they need to be judged.
use super::{GOODAIR_DID, Party, World, WorldError, fixtures::fixtures, people};
use jiff::{SignedDuration, Timestamp};
use procura_credential::{
    envelope::{self, Envelope},
    lear::{self, Issuance, MandateRequest, Shape},
    presentation, schema, status,
};
use procura_crypto::PrivateKey;
use procura_did::{Did, key as did_key};
use procura_jose::{Algorithm, jws};
use procura_pki::Certificate;
use serde_json::Value;

/// The index that is set in the status list of the samples: a credential that bears it is revoked.
pub const REVOKED_INDEX: usize = 131_071;

/// Days for which samples are valid: a world is kept for long.
const SAMPLE_DAYS: i64 = 730;

/// A credential to be sealed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sample {
    /// Whose key seals it.
    pub party: Party,
    /// What it looks like; version 1 is no longer written.
    pub shape: Shape,
    /// When it is issued, and from when it is valid.
    pub at: Timestamp,
    /// Its index in the status list of the samples.
    pub status_index: usize,
}

/// John Doe's mandate as the operator of an issuer asks for it: the files in `fixtures/mandates/`.
pub fn mandate(shape: Shape) -> Result<MandateRequest, WorldError> {
    let text = match shape {
        Shape::LearCredential => include_str!("../../../../fixtures/mandates/lear-credential.json"),
        Shape::EmployeeV2 => include_str!("../../../../fixtures/mandates/lear-credential-employee-v2.json"),
        _ => include_str!("../../../../fixtures/mandates/lear-credential-employee-v3.json"),
    };
    serde_json::from_str(text).map_err(failed)
}

impl World {
    /// John Doe's private key.
    pub fn holder_key(&self) -> Result<PrivateKey, WorldError> {
        PrivateKey::from_pkcs8_pem(&self.holder_pem).map_err(failed)
    }
    /// John Doe's did:key.
    pub fn holder(&self) -> Result<Did, WorldError> {
        did_key::encode(self.holder_key()?.public_key()).map_err(failed)
    }
    /// Seals a payload as compact JAdES B-B with somebody's key.
    pub fn seal(&self, party: Party, typ: &str, payload: &[u8], at: Timestamp) -> Result<String, WorldError> {
        let signer = self.party(party)?;
        let key = PrivateKey::from_pkcs8_pem(signer.key_pem()).map_err(failed)?;
        let algorithm =
            Algorithm::default_for(key.public_key()).ok_or(WorldError::Missing("algorithm for this key"))?;
        let chain = signer
            .chain()
            .iter()
            .map(|der| Certificate::from_der(der))
            .collect::<Result<Vec<_>, _>>()
            .map_err(failed)?;
        let sealing = procura_jades::Sealing {
            algorithm,
            typ,
            kid: None,
            time: at,
            chain: &chain,
        };
        let prepared = procura_jades::create::prepare(&sealing, payload).map_err(failed)?;
        let signature = key.sign(algorithm.scheme(), prepared.bytes()).map_err(failed)?;
        prepared.finish(&signature).map_err(failed)
    }
    /// A credential for John Doe in GoodAir's name, whoever seals it. What a person signs names that person as the
    /// representative: of what Ana Gil signs, only her power is missing.
    pub fn credential(&self, sample: Sample) -> Result<String, WorldError> {
        let mut request = mandate(sample.shape)?;
        let fixtures = fixtures()?;
        let (_, sealer) = fixtures
            .certificate(sample.party)
            .ok_or(WorldError::Missing(sample.party.stem()))?;
        if let (Some(person), Shape::LearCredential) = (sealer.person, sample.shape) {
            let representative = "/legalRepresentative";
            replace(
                &mut request.payload,
                &format!("{representative}/cn"),
                sealer.common_name,
            );
            replace(
                &mut request.payload,
                &format!("{representative}/serialNumber"),
                &person.serial_number,
            );
        }
        let (_, goodair) = fixtures
            .certificate(Party::GoodAirSeal)
            .ok_or(WorldError::Missing(Party::GoodAirSeal.stem()))?;
        let issuer = Did::parse(GOODAIR_DID).map_err(failed)?;
        let schema = self
            .origins()
            .at_ecosystem(&format!("schemas/{}.json", schema::name(sample.shape)));
        let vc = lear::build(
            &request,
            &Issuance {
                id: &format!("urn:uuid:5a3d0bde-0000-4000-8000-{:012x}", sample.status_index),
                issuer: &issuer,
                issuer_name: &goodair.organisation.name,
                holder: &self.holder()?,
                valid_from: sample.at,
                valid_until: people::days_before(sample.at, -SAMPLE_DAYS)?,
                status: status::entry(&self.origins().status_list(), sample.status_index),
                schema: Some(&schema),
            },
        )
        .map_err(failed)?;
        let envelope = match sample.shape {
            Shape::EmployeeV3 => Envelope::Root,
            _ => Envelope::VcClaim,
        };
        let claims = envelope::claims(&vc, envelope).to_string();
        self.seal(sample.party, envelope.typ(), claims.as_bytes(), sample.at)
    }
    /// The good credential of a shape: the `LEARCredential` signed by the COO, the others sealed by GoodAir.
    pub fn good_credential(&self, shape: Shape) -> Result<String, WorldError> {
        let (party, status_index) = match shape {
            Shape::LearCredential => (Party::Coo, 1),
            Shape::EmployeeV2 => (Party::GoodAirSeal, 2),
            _ => (Party::GoodAirSeal, 3),
        };
        self.credential(Sample {
            party,
            shape,
            at: self.index().made_at,
            status_index,
        })
    }
    /// The status list of the samples, sealed by GoodAir, valid for a day.
    pub fn status_list(&self, now: Timestamp) -> Result<String, WorldError> {
        let now = super::whole_seconds(now)?;
        let mut bits = status::Bitstring::new(status::Bitstring::MINIMUM);
        bits.set(REVOKED_INDEX, true).map_err(failed)?;
        let issuer = Did::parse(GOODAIR_DID).map_err(failed)?;
        let until = now
            .checked_add(SignedDuration::from_hours(24))
            .map_err(|_| WorldError::Time(now))?;
        let list = status::list_credential(&self.origins().status_list(), &issuer, &bits, now, until);
        let claims = envelope::claims(&list, Envelope::Root).to_string();
        self.seal(Party::GoodAirSeal, Envelope::Root.typ(), claims.as_bytes(), now)
    }
    /// John Doe presents a credential.
    pub fn presentation(
        &self,
        credential: &str,
        nonce: &str,
        audience: &str,
        id: &str,
        now: Timestamp,
    ) -> Result<String, WorldError> {
        let (header, claims) = presentation::build(&self.holder()?, credential, nonce, audience, id, now);
        jws::sign(
            &self.holder_key()?,
            Algorithm::Es256,
            header,
            claims.to_string().as_bytes(),
        )
        .map_err(failed)
    }
}
fn replace(payload: &mut Value, pointer: &str, text: &str) {
    if let Some(value) = payload.pointer_mut(pointer) {
        *value = Value::from(text);
    }
}
fn failed(error: impl core::fmt::Display) -> WorldError {
    WorldError::Credential(error.to_string())
}
