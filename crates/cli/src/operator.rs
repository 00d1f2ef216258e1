//! Tools of operators.
use crate::{
    arguments::{ConfigArgument, InviteArguments, IssuerCommand, TokenCommand, WalletCommand},
    failure::{About, Failure},
    output::say,
    serve::{self, Service},
};
use procura_issuer::tokens::{self, Scope};
use procura_service::{Clock, SystemClock, config::load};
use procura_store::{Schema, Store};
use serde::de::DeserializeOwned;
use std::process::ExitCode;

pub(crate) async fn issuer(command: IssuerCommand) -> Result<ExitCode, Failure> {
    match command {
        IssuerCommand::Serve(arguments) => serve::serve(Service::Issuer, arguments).await,
        IssuerCommand::Token { command } => token(command).await,
    }
}
pub(crate) async fn wallet(command: WalletCommand) -> Result<ExitCode, Failure> {
    match command {
        WalletCommand::Serve(arguments) => serve::serve(Service::Wallet, arguments).await,
        WalletCommand::Invite(arguments) => invite(arguments).await,
    }
}
fn read<T: DeserializeOwned>(argument: &ConfigArgument, service: Service) -> Result<T, Failure> {
    load(&argument.config, service.prefix()).about(service.name())
}
async fn token(command: TokenCommand) -> Result<ExitCode, Failure> {
    match command {
        TokenCommand::Add {
            config,
            label,
            scopes,
            expires,
        } => {
            let scopes = scopes
                .iter()
                .map(|name| {
                    Scope::from_name(name).ok_or_else(|| {
                        let known: Vec<_> = Scope::ALL.iter().map(|scope| scope.name()).collect();
                        Failure::new(format!("{name:?} is no scope; there are {}", known.join(", ")))
                    })
                })
                .collect::<Result<Vec<_>, _>>()?;
            let (token, secret) = tokens::add(&read(&config, Service::Issuer)?, &label, &scopes, expires)
                .await
                .about("token")?;
            say(secret.expose())?;
            crate::output::complain(format!(
                "token {} is made; what is printed above is shown this once",
                token.id
            ));
        }
        TokenCommand::List { config } => {
            for token in tokens::list(&read(&config, Service::Issuer)?)
                .await
                .about("tokens")?
            {
                let state = match (token.revoked_at, token.expires_at) {
                    (Some(at), _) => format!("revoked {at}"),
                    (None, Some(at)) => format!("until {at}"),
                    (None, None) => "until revoked".to_owned(),
                };
                say(format!(
                    "{}  {}  {state}  {}",
                    token.id,
                    token.scopes.join(" "),
                    token.label
                ))?;
            }
        }
        TokenCommand::Revoke { config, id } => {
            if !tokens::revoke(&read(&config, Service::Issuer)?, &id)
                .await
                .about("token")?
            {
                return Err(Failure::new(format!(
                    "{id}: there is no such token that was not revoked before"
                )));
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}
async fn invite(arguments: InviteArguments) -> Result<ExitCode, Failure> {
    say(invitation(&arguments.config).await?)?;
    Ok(ExitCode::SUCCESS)
}
/// A new invitation in the wallet's database.
pub(crate) async fn invitation(config: &ConfigArgument) -> Result<String, Failure> {
    let config: procura_wallet::Config = read(config, Service::Wallet)?;
    let url = config.database.resolve().about("wallet")?;
    let store = Store::connect(&url, Schema::Wallet).await.about("wallet")?;
    let invitation = procura_wallet::invite(&store, &config.lifetimes, SystemClock.now())
        .await
        .about("invitation");
    store.close().await;
    invitation
}
