//! The trusted lists of the demo world (ETSI TS 119 612 v2.4.1).
use super::{
    Ca, Lists, Party, World, WorldError,
    people::{days_before, years_before},
};
use jiff::{SignedDuration, Timestamp};
use procura_crypto::PrivateKey;
use procura_pki::Certificate;
use procura_trust_list::publish::{
    self, Address, Kind, ListDescription, LocalizedUri, PointerDescription, ProviderDescription,
    ServiceDescription, Text,
};
use std::collections::BTreeMap;

/// How long a list is current.
pub(super) const LIST_LIFE: SignedDuration = SignedDuration::from_hours(24 * 30);

/// A list of the world.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ListFile {
    /// The list of lists.
    Lotl,
    /// The German list.
    German,
    /// The German list as a stranger would have it.
    GermanByStranger,
    /// The German list before the service of 2017 was withdrawn.
    GermanRolledBack,
}
/// What the list says of the service of 2017.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Former {
    Granted,
    Withdrawn,
}
impl ListFile {
    /// All of them.
    pub const ALL: [Self; 4] = [
        Self::Lotl,
        Self::German,
        Self::GermanByStranger,
        Self::GermanRolledBack,
    ];
    /// The name of its file.
    pub const fn file_name(self) -> &'static str {
        match self {
            Self::Lotl => "lotl.xml",
            Self::German => "DE.xml",
            Self::GermanByStranger => "DE-by-stranger.xml",
            Self::GermanRolledBack => "DE-rolled-back.xml",
        }
    }
}
impl World {
    /// The bytes of a list.
    pub fn list(&self, list: ListFile) -> Result<&[u8], WorldError> {
        Ok(self
            .lists
            .get(&list)
            .ok_or(WorldError::Missing(list.file_name()))?)
    }
    /// What is served under a URL.
    pub(super) fn list_at(&self, url: &str, lists: Lists) -> Option<&[u8]> {
        let german = match lists {
            Lists::Current => ListFile::German,
            Lists::ByStranger => ListFile::GermanByStranger,
            Lists::RolledBack | Lists::OlderOnly => ListFile::GermanRolledBack,
        };
        let file = if url == self.origins().lotl() {
            ListFile::Lotl
        } else if url == self.origins().german_list() {
            german
        } else {
            return None;
        };
        self.lists.get(&file).map(Vec::as_slice)
    }
    /// Signs every list with the next sequence number.
    pub(super) fn sign_lists(&mut self, now: Timestamp) -> Result<(), WorldError> {
        let sequence = self.index.sequence + 1;
        let german = self.german(sequence, now, Former::Withdrawn)?;
        // The older list is as old as can be and still current: only its number gives it away.
        let older = self.german(sequence - 1, days_before(now, 1)?, Former::Granted)?;
        let made = [
            (
                ListFile::Lotl,
                self.lotl_description(sequence, now)?,
                Party::LotlOperator,
            ),
            (ListFile::German, german.clone(), Party::ListOperator),
            (ListFile::GermanByStranger, german, Party::Stranger),
            (ListFile::GermanRolledBack, older, Party::ListOperator),
        ];
        let mut lists = BTreeMap::new();
        for (file, description, signer) in made {
            lists.insert(file, self.sign_list(&description, signer)?);
        }
        self.lists = lists;
        self.index.sequence = sequence;
        self.index.lists_at = now;
        Ok(())
    }
    fn sign_list(&self, description: &ListDescription, signer: Party) -> Result<Vec<u8>, WorldError> {
        let signer = self.party(signer)?;
        let key = PrivateKey::from_pkcs8_pem(signer.key_pem()).map_err(failed)?;
        let certificate = Certificate::from_der(signer.certificate()).map_err(failed)?;
        publish::publish(description, &key, &certificate, description.issued).map_err(failed)
    }
    fn lotl_description(&self, sequence: u64, now: Timestamp) -> Result<ListDescription, WorldError> {
        Ok(ListDescription {
            kind: Kind::ListOfLists,
            territory: "EU".to_owned(),
            operator_names: vec![Text::en("European Commission (demo)")],
            operator_address: address(
                "Rue de la Loi 200",
                "Brussels",
                "BE",
                "https://commission.example/",
            ),
            scheme_names: vec![Text::en("EU:List of trusted lists of a demonstration")],
            information_uris: vec![LocalizedUri::en("https://commission.example/lists")],
            distribution_points: vec![self.origins().lotl()],
            pointers: vec![PointerDescription {
                location: self.origins().german_list(),
                kind: Kind::Generic,
                territory: "DE".to_owned(),
                operator_names: vec![Text::en("Bundesnetzagentur (demo)")],
                signers: vec![self.party(Party::ListOperator)?.certificate().to_vec()],
            }],
            ..Self::frame(sequence, now)?
        })
    }
    fn german(
        &self,
        sequence: u64,
        issued: Timestamp,
        former: Former,
    ) -> Result<ListDescription, WorldError> {
        let made_at = self.index.made_at;
        let service = |ca: Ca, name: &str, since, use_: &str| {
            let certificate = Certificate::from_der(self.authority(ca)?).map_err(failed)?;
            Ok::<_, WorldError>(ServiceDescription::granted_ca_qc(
                name,
                &certificate,
                since,
                &[use_],
            ))
        };
        let granted_since = years_before(made_at, 5)?;
        let older = service(
            Ca::Seals2017,
            "RealTruth qualified seals 2017",
            years_before(made_at, 8)?,
            "ForeSeals",
        )?;
        let older = match former {
            Former::Granted => older,
            Former::Withdrawn => older.then("withdrawn", years_before(made_at, 1)?),
        };
        Ok(ListDescription {
            kind: Kind::Generic,
            territory: "DE".to_owned(),
            operator_names: vec![Text::en("Bundesnetzagentur (demo)")],
            operator_address: address("Tulpenfeld 4", "Bonn", "DE", "https://bundesnetzagentur.example/"),
            scheme_names: vec![Text::en("DE:Trusted list of a demonstration")],
            information_uris: vec![LocalizedUri::en("https://bundesnetzagentur.example/lists")],
            distribution_points: vec![self.origins().german_list()],
            providers: vec![ProviderDescription {
                names: vec![Text::en("RealTruth")],
                trade_names: vec![Text::en("VATDE-170173453"), Text::en("RealTruth")],
                address: address("Wahrheitsallee 1", "Berlin", "DE", "https://realtruth.example/"),
                information_uris: vec![LocalizedUri::en("https://realtruth.example/terms")],
                services: vec![
                    service(Ca::Seals, "RealTruth qualified seals", granted_since, "ForeSeals")?,
                    service(
                        Ca::Signatures,
                        "RealTruth qualified signatures",
                        granted_since,
                        "ForeSignatures",
                    )?,
                    older,
                ],
            }],
            ..Self::frame(sequence, issued)?
        })
    }
    /// What every list has.
    fn frame(sequence: u64, issued: Timestamp) -> Result<ListDescription, WorldError> {
        Ok(ListDescription {
            kind: Kind::Generic,
            sequence,
            territory: String::new(),
            operator_names: Vec::new(),
            operator_address: address("", "", "", ""),
            scheme_names: Vec::new(),
            information_uris: Vec::new(),
            rules: Vec::new(),
            legal_notices: vec![Text::en("A demonstration: this list has no legal effect.")],
            issued,
            next_update: Some(
                issued
                    .checked_add(LIST_LIFE)
                    .map_err(|_| WorldError::Time(issued))?,
            ),
            distribution_points: Vec::new(),
            pointers: Vec::new(),
            providers: Vec::new(),
        })
    }
}
fn address(street: &str, locality: &str, country: &str, site: &str) -> Address {
    Address {
        street: street.to_owned(),
        locality: locality.to_owned(),
        state_or_province: None,
        postal_code: None,
        country: country.to_owned(),
        electronic: vec![LocalizedUri::en(site)],
    }
}
fn failed(error: impl core::fmt::Display) -> WorldError {
    WorldError::List(error.to_string())
}
