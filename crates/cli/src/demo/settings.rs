//! The settings of the demo's services, as an operator would write them.
use super::home::Home;
use crate::{
    failure::{About, Failure},
    serve::Service,
};
use procura_protocol::vp::scope;
use procura_sandbox::world::{Ca, DOME_DID, Party, REPRESENTATIVE_POLICY, folder};
use std::path::Path;
use toml::{Table, Value};
use url::Url;

pub(super) const ISSUER_KEYS: &str = "issuer.keys";
pub(super) const WALLET_KEYS: &str = "wallet.keys";
pub(super) const VERIFIER_KEYS: &str = "verifier.keys";
pub(super) const PORTAL_KEYS: &str = "portal.keys";
pub(super) const NOTIFY_SECRET: &str = "portal-notify.secret";
pub(super) const OPERATOR_TOKEN: &str = "operator.token";
pub(super) const PIN_TOKEN: &str = "pin.token";

/// What the issuer calls the mandate that the COO signs.
pub(super) const LEAR_CREDENTIAL: &str = "LEARCredential";
/// What it calls those that GoodAir's seal seals.
pub(super) const EMPLOYEE_V2: &str = "LEARCredentialEmployee-v2";
pub(super) const EMPLOYEE_V3: &str = "LEARCredentialEmployee";

/// Writes every service's settings anew: they follow the world and this version of the program.
pub(super) fn write(home: &Home) -> Result<(), Failure> {
    for service in Service::ALL {
        let settings = match service {
            Service::Ecosystem => ecosystem(home)?,
            Service::Issuer => issuer(home)?,
            Service::Wallet => wallet(home)?,
            Service::Verifier => verifier(home)?,
            Service::Portal => portal(home)?,
        };
        let path = home.config(service);
        let text = toml::to_string_pretty(&settings).about(path.display())?;
        let head = format!(
            "# Written by `procura demo` at every start. `procura {} serve --config` reads it.\n",
            service.name()
        );
        std::fs::write(&path, head + &text).about(path.display())?;
    }
    Ok(())
}
fn ecosystem(home: &Home) -> Result<Table, Failure> {
    Ok(table([
        ("world", text(path(&home.folder.join("world")))),
        ("listen", listen(&home.world.origins().ecosystem)?),
        ("log", json_log()),
    ]))
}
fn issuer(home: &Home) -> Result<Table, Failure> {
    let origins = home.world.origins();
    let credential = |id: &str, shape: &str, envelope: &str, signer: &str, schema: &str| {
        Value::Table(table([
            ("id", text(id)),
            ("shape", text(shape)),
            ("envelope", text(envelope)),
            ("signer", text(signer)),
            (
                "schema_url",
                text(below(&origins.ecosystem, &format!("schemas/{schema}.json"))),
            ),
        ]))
    };
    Ok(table([
        ("public_url", text(bare(&origins.issuer))),
        ("key_encryption_key_file", text(path(&home.secret(ISSUER_KEYS)))),
        ("listen", listen(&origins.issuer)?),
        ("management", listen(&origins.issuer_management)?),
        ("database", database(home, Service::Issuer)),
        (
            "signers",
            Value::Table(table([
                ("seal", key_files(home, Party::GoodAirSeal)),
                ("coo", key_files(home, Party::Coo)),
            ])),
        ),
        (
            "credentials",
            Value::Array(vec![
                credential(
                    LEAR_CREDENTIAL,
                    "lear-credential",
                    "vc-claim",
                    "coo",
                    "learcredential",
                ),
                credential(
                    EMPLOYEE_V2,
                    "employee-v2",
                    "vc-claim",
                    "seal",
                    "learcredentialemployee-v2",
                ),
                credential(
                    EMPLOYEE_V3,
                    "employee-v3",
                    "root",
                    "seal",
                    "learcredentialemployee-v3",
                ),
            ]),
        ),
        ("status", Value::Table(table([("signer", text("seal"))]))),
        ("time_stamping", time_stamping(home)),
        ("log", json_log()),
        ("development", development(home)),
    ]))
}
/// The ecosystem's authority, and the service that the German list names for time-stamps.
fn time_stamping(home: &Home) -> Value {
    let anchors = folder::certificate(Ca::TimeStamps.stem());
    let authority = table([("url", text(home.world.origins().time_stamping()))]);
    Value::Table(table([
        (
            "anchors_file",
            text(path(&home.folder.join("world").join(anchors))),
        ),
        ("authorities", Value::Array(vec![Value::Table(authority)])),
    ]))
}
fn wallet(home: &Home) -> Result<Table, Failure> {
    let origins = home.world.origins();
    Ok(table([
        ("public_url", text(bare(&origins.wallet))),
        ("key_encryption_key_file", text(path(&home.secret(WALLET_KEYS)))),
        ("credential_schemas", text(below(&origins.ecosystem, "schemas"))),
        ("representative_policies", texts(&[REPRESENTATIVE_POLICY])),
        ("listen", listen(&origins.wallet)?),
        ("database", database(home, Service::Wallet)),
        ("trust", trust(home)?),
        ("registries", registries(home)),
        ("log", json_log()),
        ("development", development(home)),
    ]))
}
fn verifier(home: &Home) -> Result<Table, Failure> {
    let origins = home.world.origins();
    let client = table([
        ("client_id", text("portal")),
        ("name", text("DOME onboarding portal")),
        ("resource", text(origins.portal.as_str())),
        (
            "scopes",
            texts(&[scope::LEAR_CREDENTIAL, scope::LEAR_CREDENTIAL_EMPLOYEE]),
        ),
        ("notify_url", text(below(&origins.portal, "notify"))),
        ("return_url", text(origins.portal.as_str())),
        ("secret_file", text(path(&home.secret(NOTIFY_SECRET)))),
    ]);
    Ok(table([
        ("public_url", text(bare(&origins.verifier))),
        ("key_encryption_key_file", text(path(&home.secret(VERIFIER_KEYS)))),
        ("representative_policies", texts(&[REPRESENTATIVE_POLICY])),
        ("listen", listen(&origins.verifier)?),
        ("database", database(home, Service::Verifier)),
        ("seal", key_files(home, Party::DomeSeal)),
        ("clients", Value::Array(vec![Value::Table(client)])),
        ("trust", trust(home)?),
        ("registries", registries(home)),
        // A revocation counts at the next login.
        (
            "gather",
            Value::Table(table([("status_list_seconds", Value::Integer(0))])),
        ),
        ("log", json_log()),
        ("development", development(home)),
    ]))
}
fn portal(home: &Home) -> Result<Table, Failure> {
    let origins = home.world.origins();
    Ok(table([
        ("public_url", text(origins.portal.as_str())),
        ("client_id", text("portal")),
        ("verifier", text(origins.verifier.as_str())),
        ("verifier_did", text(DOME_DID)),
        ("resource", text(origins.portal.as_str())),
        ("scope", text(scope::LEAR_CREDENTIAL)),
        ("further_scopes", texts(&[scope::LEAR_CREDENTIAL_EMPLOYEE])),
        ("notify_secret_file", text(path(&home.secret(NOTIFY_SECRET)))),
        ("key_encryption_key_file", text(path(&home.secret(PORTAL_KEYS)))),
        ("listen", listen(&origins.portal)?),
        ("database", database(home, Service::Portal)),
        ("log", json_log()),
        ("development", development(home)),
    ]))
}

fn table<const N: usize>(entries: [(&str, Value); N]) -> Table {
    entries
        .into_iter()
        .map(|(key, value)| (key.to_owned(), value))
        .collect()
}
fn text(text: impl Into<String>) -> Value {
    Value::String(text.into())
}
fn texts(texts: &[&str]) -> Value {
    Value::Array(texts.iter().map(|entry| text(*entry)).collect())
}
fn path(path: &Path) -> String {
    path.display().to_string()
}
/// Without the slash at its end.
fn bare(url: &Url) -> &str {
    url.as_str().trim_end_matches('/')
}
fn below(url: &Url, path: &str) -> String {
    format!("{}/{path}", bare(url))
}
fn listen(url: &Url) -> Result<Value, Failure> {
    let port = url
        .port()
        .ok_or_else(|| Failure::new(format!("{url} has no port")))?;
    Ok(Value::Table(table([(
        "address",
        text(format!("127.0.0.1:{port}")),
    )])))
}
fn database(home: &Home, service: Service) -> Value {
    Value::Table(table([("url", text(home.database(service)))]))
}
fn key_files(home: &Home, party: Party) -> Value {
    let world = home.folder.join("world");
    Value::Table(table([
        ("key_file", text(path(&world.join(folder::key(party.stem()))))),
        (
            "chain_file",
            text(path(&world.join(folder::certificate(party.stem())))),
        ),
    ]))
}
/// The list of lists by its address, its signer by digest: all that is trusted beforehand.
fn trust(home: &Home) -> Result<Value, Failure> {
    let signer = home.world.lotl_signer().about("world")?;
    let hex = signer
        .iter()
        .flat_map(|byte| [byte >> 4, byte & 15])
        .filter_map(|digit| char::from_digit(digit.into(), 16));
    let hex: String = hex.collect();
    Ok(Value::Table(table([
        ("lotl_url", text(home.world.origins().lotl())),
        ("lotl_signers", texts(&[&hex])),
        ("refresh_seconds", Value::Integer(3600)),
    ])))
}
fn registries(home: &Home) -> Value {
    let ecosystem = [home.world.origins().ecosystem.as_str()];
    Value::Table(table([
        ("participants", texts(&ecosystem)),
        ("issuers", texts(&ecosystem)),
    ]))
}
fn json_log() -> Value {
    Value::Table(table([("format", text("json"))]))
}
fn development(home: &Home) -> Value {
    let origins = home.world.origins();
    let all = [
        &origins.ecosystem,
        &origins.issuer,
        &origins.wallet,
        &origins.verifier,
        &origins.portal,
    ];
    let all: Vec<_> = all
        .iter()
        .map(|url| text(url.origin().ascii_serialization()))
        .collect();
    Value::Table(table([("origins", Value::Array(all))]))
}
