//! What `fixtures/` says of organisations, certificates and villains. The world is made from that and nothing else.
use super::{Ca, Lists, Party};
use procura_credential::CheckName;
use serde::{Deserialize, de::DeserializeOwned};
use std::{collections::BTreeMap, sync::LazyLock};

const ORGANISATIONS: Source = Source {
    path: "fixtures/organisations/organisations.toml",
    text: include_str!("../../../../fixtures/organisations/organisations.toml"),
};
const CERTIFICATES: Source = Source {
    path: "fixtures/certificates/certificates.toml",
    text: include_str!("../../../../fixtures/certificates/certificates.toml"),
};
const VILLAINS: Source = Source {
    path: "fixtures/certificates/villains.toml",
    text: include_str!("../../../../fixtures/certificates/villains.toml"),
};

/// A file of `fixtures/` does not say what it should.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{path}: {reason}")]
pub struct FixtureError {
    /// Which file.
    pub path: &'static str,
    /// Which field, and what is wrong with it.
    pub reason: String,
}
#[derive(Clone, Copy)]
struct Source {
    path: &'static str,
    text: &'static str,
}
impl Source {
    fn read<T: DeserializeOwned>(self) -> Result<T, FixtureError> {
        toml::from_str(self.text).map_err(|error| self.wrong(error.to_string()))
    }
    fn wrong(self, reason: String) -> FixtureError {
        FixtureError {
            path: self.path,
            reason,
        }
    }
}

/// Everything that the files say; every reference leads somewhere.
#[derive(Debug)]
pub(super) struct Fixtures {
    organisations: BTreeMap<String, Organisation>,
    people: BTreeMap<String, Person>,
    authorities: BTreeMap<Ca, AuthorityFixture>,
    certificates: BTreeMap<Party, CertificateFixture>,
    pub(super) villains: Vec<VillainFixture>,
}
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OrganisationsFile {
    organisations: BTreeMap<String, Organisation>,
    people: BTreeMap<String, Person>,
}
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CertificatesFile {
    authorities: BTreeMap<Ca, AuthorityFixture>,
    certificates: BTreeMap<Party, CertificateFixture>,
}
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct VillainsFile {
    villains: Vec<VillainFixture>,
}

/// An organisation.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Organisation {
    pub(super) name: String,
    /// Its organizationIdentifier.
    pub(super) identifier: Option<String>,
    pub(super) country: String,
    pub(super) participant: Option<Participation>,
    /// Credential types that it may issue.
    #[serde(default)]
    pub(super) issues: Vec<String>,
    pub(super) address: Option<Postal>,
}
/// How an organisation takes part in the ecosystem.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Participation {
    Active,
    Suspended,
}
/// An address in a trusted list.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Postal {
    pub(super) street: String,
    pub(super) locality: String,
    /// Where it is not the organisation's.
    pub(super) country: Option<String>,
    pub(super) site: String,
}
/// A natural person with a certificate.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Person {
    organisation: String,
    pub(super) serial_number: String,
    pub(super) given_name: String,
    pub(super) surname: String,
    /// The deed by which the person was empowered.
    pub(super) description: Option<String>,
    /// `{serial_number} {given_name} {surname}`; never in the file.
    #[serde(skip)]
    pub(super) common_name: String,
}
/// A certification authority.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AuthorityFixture {
    pub(super) common_name: String,
    organisation: String,
    pub(super) profile: AuthorityProfile,
    pub(super) issued_by: Option<Ca>,
    pub(super) years_old: i64,
    pub(super) service: Option<Service>,
}
/// What kind of authority.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum AuthorityProfile {
    Root,
    Service,
    Issuing,
}
/// What the German list says of an authority.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Service {
    pub(super) name: String,
    /// `ForeSeals` or `ForeSignatures` (ETSI TS 119 612 §5.5.9.4) of a CA for qualified certificates; a service for
    /// time-stamps has none.
    #[serde(rename = "use")]
    pub(super) use_: Option<String>,
    pub(super) granted_years_ago: i64,
    pub(super) withdrawn_years_ago: Option<i64>,
}
/// A certificate that is no authority's.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CertificateFixture {
    organisation: Option<String>,
    person: Option<String>,
    common_name: Option<String>,
    pub(super) profile: CertificateProfile,
    pub(super) issued_by: Option<Ca>,
    pub(super) host: Option<String>,
    #[serde(default)]
    pub(super) key: Key,
    pub(super) expired_days_ago: Option<i64>,
    pub(super) revoked_days_ago: Option<i64>,
}
/// What kind of certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum CertificateProfile {
    Seal,
    Signature,
    RepresentativeSignature,
    Website,
    ListOperator,
    TimeStampingUnit,
}
/// What kind of key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
pub(super) enum Key {
    #[default]
    #[serde(rename = "p256")]
    P256,
    #[serde(rename = "rsa-3072")]
    Rsa3072,
}
/// A credential that must be refused.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct VillainFixture {
    pub(super) name: String,
    pub(super) sealed_with: Party,
    pub(super) refused_by: CheckName,
    #[serde(default)]
    pub(super) lists: Lists,
    #[serde(default)]
    pub(super) sealed_days_ago: i64,
}
/// Who a certificate names.
#[derive(Clone, Copy, Debug)]
pub(super) struct Named {
    pub(super) organisation: &'static Organisation,
    pub(super) person: Option<&'static Person>,
    pub(super) common_name: &'static str,
}

/// The fixtures, read once.
pub(super) fn fixtures() -> Result<&'static Fixtures, FixtureError> {
    static FIXTURES: LazyLock<Result<Fixtures, FixtureError>> =
        LazyLock::new(|| Fixtures::read(ORGANISATIONS, CERTIFICATES, VILLAINS));
    FIXTURES.as_ref().map_err(Clone::clone)
}
impl Fixtures {
    fn read(organisations: Source, certificates: Source, villains: Source) -> Result<Self, FixtureError> {
        let who: OrganisationsFile = organisations.read()?;
        let what: CertificatesFile = certificates.read()?;
        let cast: VillainsFile = villains.read()?;
        let mut fixtures = Self {
            organisations: who.organisations,
            people: who.people,
            authorities: what.authorities,
            certificates: what.certificates,
            villains: cast.villains,
        };
        for person in fixtures.people.values_mut() {
            person.common_name = format!(
                "{} {} {}",
                person.serial_number, person.given_name, person.surname
            );
        }
        fixtures
            .check_people()
            .map_err(|reason| organisations.wrong(reason))?;
        fixtures
            .check_certificates()
            .map_err(|reason| certificates.wrong(reason))?;
        Ok(fixtures)
    }
    fn check_people(&self) -> Result<(), String> {
        for (name, person) in &self.people {
            self.known(&person.organisation, &format!("people.{name}"))?;
        }
        Ok(())
    }
    /// Every certificate is described, by fields that lead somewhere.
    fn check_certificates(&self) -> Result<(), String> {
        for ca in Ca::ALL {
            let place = format!("authorities.{}", ca.stem());
            let fixture = self
                .authorities
                .get(&ca)
                .ok_or(format!("{place}: it is missing"))?;
            self.known(&fixture.organisation, &place)?;
            // Authorities are made in this order.
            let above = Ca::ALL.into_iter().take_while(|made| *made != ca);
            if fixture
                .issued_by
                .is_some_and(|issuer| !above.clone().any(|made| made == issuer))
            {
                return Err(format!(
                    "{place}.issued_by: this authority is made later than what it issues"
                ));
            }
        }
        for party in Party::ALL {
            let place = format!("certificates.{}", party.stem());
            let fixture = self
                .certificates
                .get(&party)
                .ok_or(format!("{place}: it is missing"))?;
            match (&fixture.organisation, &fixture.person) {
                (Some(organisation), None) => {
                    self.known(organisation, &place)?;
                    if fixture.common_name.is_none() {
                        return Err(format!("{place}.common_name: it is missing"));
                    }
                }
                (None, Some(person)) if self.people.contains_key(person) => {}
                (None, Some(person)) => {
                    return Err(format!("{place}.person: nobody is called {person:?}"));
                }
                _ => return Err(format!("{place}: either organisation or person is needed")),
            }
            if (fixture.profile == CertificateProfile::Website) != fixture.host.is_some() {
                return Err(format!("{place}.host: a website has one, and nothing else does"));
            }
        }
        Ok(())
    }
    fn known(&self, organisation: &str, place: &str) -> Result<(), String> {
        if self.organisations.contains_key(organisation) {
            return Ok(());
        }
        Err(format!("{place}.organisation: none is called {organisation:?}"))
    }
    /// Organisations in the order of their names in the file.
    pub(super) fn organisations(&self) -> impl Iterator<Item = &Organisation> {
        self.organisations.values()
    }
    pub(super) fn authority(&'static self, ca: Ca) -> Option<(&'static AuthorityFixture, Named)> {
        let fixture = self.authorities.get(&ca)?;
        let named = Named {
            organisation: self.organisations.get(&fixture.organisation)?,
            person: None,
            common_name: &fixture.common_name,
        };
        Some((fixture, named))
    }
    pub(super) fn certificate(&'static self, party: Party) -> Option<(&'static CertificateFixture, Named)> {
        let fixture = self.certificates.get(&party)?;
        let person = fixture.person.as_ref().and_then(|name| self.people.get(name));
        let organisation = person
            .map(|person| &person.organisation)
            .or(fixture.organisation.as_ref())?;
        let named = Named {
            organisation: self.organisations.get(organisation)?,
            person,
            common_name: fixture
                .common_name
                .as_ref()
                .or(person.map(|person| &person.common_name))?,
        };
        Some((fixture, named))
    }
}

#[cfg(test)]
mod tests {
    use super::{
        super::{BADAIR_DID, DOME_DID, GOODAIR_DID},
        CERTIFICATES, Fixtures, ORGANISATIONS, Source, VILLAINS, fixtures,
    };

    fn changed(source: Source, from: &str, to: &str) -> Source {
        assert!(source.text.contains(from), "{from}");
        Source {
            text: source.text.replacen(from, to, 1).leak(),
            ..source
        }
    }

    #[test]
    fn the_files_are_as_they_should_be_and_the_identifiers_that_code_knows_are_theirs() {
        let fixtures = fixtures().unwrap();
        for (name, did) in [
            ("goodair", GOODAIR_DID),
            ("dome-onboarding", DOME_DID),
            ("badair", BADAIR_DID),
        ] {
            let identifier = fixtures.organisations[name].identifier.as_deref().unwrap();
            assert_eq!(format!("did:elsi:{identifier}"), did);
        }
    }

    #[test]
    fn a_wrong_file_is_named_with_its_field() {
        let organisations = |from, to| (changed(ORGANISATIONS, from, to), CERTIFICATES, VILLAINS);
        let certificates = |from, to| (ORGANISATIONS, changed(CERTIFICATES, from, to), VILLAINS);
        let villains = |from, to| (ORGANISATIONS, CERTIFICATES, changed(VILLAINS, from, to));
        let cases = [
            (organisations("country = ", "land = "), "land"),
            (organisations("= \"active\"", "= \"perhaps\""), "perhaps"),
            (
                organisations("organisation = \"goodair\"", "organisation = \"nobody\""),
                "people.jesus-ruiz.organisation",
            ),
            (
                certificates("[certificates.goodair-coo]", "[certificates.goodair-cto]"),
                "goodair-cto",
            ),
            (
                certificates(
                    "[certificates.stranger]\norganisation = \"bundesnetzagentur\"\ncommon_name = \"TL operator (demo, stranger)\"\nprofile = \"list-operator\"\n",
                    "",
                ),
                "certificates.stranger",
            ),
            (
                certificates("person = \"ana-gil\"", "person = \"nobody\""),
                "certificates.goodair-employee.person",
            ),
            (
                certificates("host = \"goodair.example\"\n", ""),
                "certificates.goodair-website.host",
            ),
            (
                certificates(
                    "issued_by = \"realtruth-root\"",
                    "issued_by = \"realtruth-signatures\"",
                ),
                "authorities.realtruth-seals.issued_by",
            ),
            (certificates("years_old = 12", "years_old = \"12\""), "years_old"),
            (villains("\"revocation\"", "\"nothing\""), "nothing"),
            (
                villains("sealed_days_ago = 60", "sealed_days = 60"),
                "sealed_days",
            ),
        ];
        for ((organisations, certificates, villains), field) in cases {
            let error = Fixtures::read(organisations, certificates, villains).unwrap_err();
            assert!(error.path.starts_with("fixtures/"), "{error}");
            assert!(error.reason.contains(field), "{field}: {error}");
        }
    }
}
