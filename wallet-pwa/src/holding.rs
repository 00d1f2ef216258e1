//! Credentials at rest, and what of them is shown.

use crate::{
    error::WalletError,
    resources::{Account, Vault},
};
use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
};
use jiff::Timestamp;
use procura_credential::{judge::ProvenCredential, lear::Power};
use procura_crypto::PrivateKey;
use procura_store::{Store, wallet as repository};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A credential as it is sealed at rest.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Held {
    /// As received.
    pub(crate) raw: String,
    /// What is shown.
    pub(crate) summary: Summary,
}

/// What is shown of a credential.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct Summary {
    /// Id in this wallet.
    pub id: String,
    /// Types of the credential.
    pub types: Vec<String>,
    /// The did:elsi that sealed it.
    pub issuer: String,
    /// The legal name in the sealing certificate.
    pub issuer_name: String,
    /// The holder: a did:key made for this credential.
    pub holder: String,
    /// First name of the mandatee.
    pub given_name: String,
    /// Last name of the mandatee.
    pub family_name: String,
    /// Who gives the mandate.
    pub organization: String,
    /// The mandator's organizationIdentifier.
    pub organization_identifier: String,
    /// What the mandatee may do.
    #[schema(value_type = Vec<Object>)]
    pub powers: Vec<Power>,
    /// References to roles and duties.
    #[schema(value_type = Vec<Object>)]
    pub roles_and_duties: Vec<serde_json::Value>,
    /// Until when it is valid.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub valid_until: Option<Timestamp>,
}

impl Summary {
    pub(crate) fn of(id: &str, proven: &ProvenCredential) -> Self {
        let credential = &proven.credential;
        Self {
            id: id.to_owned(),
            types: credential.types.clone(),
            issuer: proven.sealed_by.did.to_string(),
            issuer_name: proven.sealed_by.legal_name.clone(),
            holder: credential.subject.to_string(),
            given_name: credential.given_name.clone(),
            family_name: credential.family_name.clone(),
            organization: credential.organization.clone(),
            organization_identifier: credential.mandator_identifier.as_str().to_owned(),
            powers: credential.powers.clone(),
            roles_and_duties: credential.roles_and_duties.clone(),
            valid_until: credential.valid_until,
        }
    }
}

/// The context that a credential is sealed for.
pub(crate) fn credential_context(account: &str, id: &str) -> String {
    format!("wallet/credential/{account}/{id}")
}

/// The context that a holder's key is sealed for.
pub(crate) fn key_context(account: &str, id: &str) -> String {
    format!("wallet/holder-key/{account}/{id}")
}

/// Every credential of an account, opened. One that cannot be read is left out, so that it does not take the others
/// with it; the log names it.
pub(crate) async fn all(store: &Store, vault: &Vault, account: &str) -> Result<Vec<Held>, WalletError> {
    let stored = store
        .read(account.to_owned(), |tx, account| {
            Box::pin(repository::credentials(tx, account))
        })
        .await?;
    Ok(stored
        .iter()
        .filter_map(|credential| {
            vault
                .open(&credential_context(account, &credential.id), &credential.sealed)
                .inspect_err(|_| tracing::error!(credential = %credential.id, "a credential cannot be read"))
                .ok()
        })
        .collect())
}

/// One credential with its key.
pub(crate) async fn one(
    store: &Store,
    vault: &Vault,
    account: &str,
    id: &str,
) -> Result<(Held, PrivateKey), WalletError> {
    let stored = store
        .read(account.to_owned(), |tx, account| {
            Box::pin(repository::credentials(tx, account))
        })
        .await?
        .into_iter()
        .find(|credential| credential.id == id)
        .ok_or(WalletError::NotFound)?;
    let held = vault.open(&credential_context(account, id), &stored.sealed)?;
    let key = vault
        .0
        .open_value(&key_context(account, id), &stored.sealed_key)?;
    let key =
        PrivateKey::from_pkcs8_der(&key).map_err(|_| WalletError::Internal("a holder key cannot be read"))?;
    Ok((held, key))
}

/// `GET /api/v1/credentials`.
#[utoipa::path(get, path = "/api/v1/credentials", security(("session" = [])),
    responses((status = 200, body = Vec<Summary>), (status = 401, description = "PRO-3001: no valid session")))]
pub(crate) async fn list(
    account: Account,
    State(store): State<Store>,
    State(vault): State<Vault>,
) -> Result<Json<Vec<Summary>>, WalletError> {
    let held = all(&store, &vault, &account.id).await?;
    Ok(Json(held.into_iter().map(|held| held.summary).collect()))
}

/// `GET /api/v1/credentials/{id}`.
#[utoipa::path(get, path = "/api/v1/credentials/{id}", params(("id" = String, Path)), security(("session" = [])),
    responses((status = 200, body = Summary), (status = 404, description = "PRO-9404: nothing here")))]
pub(crate) async fn show(
    account: Account,
    Path(id): Path<String>,
    State(store): State<Store>,
    State(vault): State<Vault>,
) -> Result<Json<Summary>, WalletError> {
    all(&store, &vault, &account.id)
        .await?
        .into_iter()
        .map(|held| held.summary)
        .find(|summary| summary.id == id)
        .map(Json)
        .ok_or(WalletError::NotFound)
}

/// `DELETE /api/v1/credentials/{id}`: the credential and its key are gone.
#[utoipa::path(delete, path = "/api/v1/credentials/{id}", params(("id" = String, Path)), security(("session" = [])),
    responses((status = 204), (status = 404, description = "PRO-9404: nothing here")))]
pub(crate) async fn delete(
    account: Account,
    Path(id): Path<String>,
    State(store): State<Store>,
) -> Result<StatusCode, WalletError> {
    let deleted = store
        .write((account.id, id), |tx, (account, id)| {
            Box::pin(repository::delete_credential(tx, account, id))
        })
        .await?;
    if deleted {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(WalletError::NotFound)
    }
}
