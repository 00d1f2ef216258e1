//! The trusted lists of the demo world (ETSI TS 119 612 v2.4.1).
use super::{
    Ca, Lists, Party, World, WorldError,
    fixtures::{Organisation, fixtures},
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

/// Type of a service for qualified time-stamps (ETSI TS 119 612 §5.5.1.1).
const QUALIFIED_TIME_STAMPS: &str = "http://uri.etsi.org/TrstSvc/Svctype/TSA/QTST";
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
        let operator = organisation(Party::LotlOperator)?;
        let german = organisation(Party::ListOperator)?;
        Ok(ListDescription {
            kind: Kind::ListOfLists,
            scheme_names: vec![Text::en("EU:List of trusted lists of a demonstration")],
            distribution_points: vec![self.origins().lotl()],
            pointers: vec![PointerDescription {
                location: self.origins().german_list(),
                kind: Kind::Generic,
                territory: german.country.clone(),
                operator_names: vec![Text::en(&german.name)],
                signers: vec![self.party(Party::ListOperator)?.certificate().to_vec()],
            }],
            ..Self::frame(operator, sequence, now)?
        })
    }
    fn german(
        &self,
        sequence: u64,
        issued: Timestamp,
        former: Former,
    ) -> Result<ListDescription, WorldError> {
        let made_at = self.index.made_at;
        let mut services = Vec::new();
        for ca in Ca::ALL {
            let (fixture, _) = fixtures()?.authority(ca).ok_or(WorldError::Missing(ca.stem()))?;
            let Some(service) = &fixture.service else {
                continue;
            };
            let certificate = Certificate::from_der(self.authority(ca)?).map_err(failed)?;
            let since = years_before(made_at, service.granted_years_ago)?;
            let description = match service.use_.as_deref() {
                Some(use_) => ServiceDescription::granted_ca_qc(&service.name, &certificate, since, &[use_]),
                None => ServiceDescription {
                    service_type: QUALIFIED_TIME_STAMPS.to_owned(),
                    ..ServiceDescription::granted_ca_qc(&service.name, &certificate, since, &[])
                },
            };
            services.push(match (service.withdrawn_years_ago, former) {
                (Some(years), Former::Withdrawn) => {
                    description.then("withdrawn", years_before(made_at, years)?)
                }
                _ => description,
            });
        }
        let (_, root) = fixtures()?
            .authority(Ca::Root)
            .ok_or(WorldError::Missing(Ca::Root.stem()))?;
        let provider = root.organisation;
        let identifier = provider.identifier.iter().map(String::as_str);
        Ok(ListDescription {
            kind: Kind::Generic,
            scheme_names: vec![Text::en("DE:Trusted list of a demonstration")],
            distribution_points: vec![self.origins().german_list()],
            providers: vec![ProviderDescription {
                names: vec![Text::en(&provider.name)],
                trade_names: identifier.chain([provider.name.as_str()]).map(Text::en).collect(),
                address: address(provider)?,
                information_uris: vec![LocalizedUri::en(format!("{}terms", site(provider)?))],
                services,
            }],
            ..Self::frame(organisation(Party::ListOperator)?, sequence, issued)?
        })
    }
    /// What every list of an operator has.
    fn frame(
        operator: &Organisation,
        sequence: u64,
        issued: Timestamp,
    ) -> Result<ListDescription, WorldError> {
        Ok(ListDescription {
            kind: Kind::Generic,
            sequence,
            territory: operator.country.clone(),
            operator_names: vec![Text::en(&operator.name)],
            operator_address: address(operator)?,
            scheme_names: Vec::new(),
            information_uris: vec![LocalizedUri::en(format!("{}lists", site(operator)?))],
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
/// Who a certificate names.
fn organisation(party: Party) -> Result<&'static Organisation, WorldError> {
    let (_, named) = fixtures()?
        .certificate(party)
        .ok_or(WorldError::Missing(party.stem()))?;
    Ok(named.organisation)
}
fn site(organisation: &Organisation) -> Result<&str, WorldError> {
    let postal = organisation.address.as_ref();
    Ok(&postal
        .ok_or(WorldError::Missing("address of who is on a list"))?
        .site)
}
fn address(organisation: &Organisation) -> Result<Address, WorldError> {
    let postal = organisation
        .address
        .as_ref()
        .ok_or(WorldError::Missing("address of who is on a list"))?;
    Ok(Address {
        street: postal.street.clone(),
        locality: postal.locality.clone(),
        state_or_province: None,
        postal_code: None,
        country: postal.country.as_ref().unwrap_or(&organisation.country).clone(),
        electronic: vec![LocalizedUri::en(&postal.site)],
    })
}
fn failed(error: impl core::fmt::Display) -> WorldError {
    WorldError::List(error.to_string())
}
