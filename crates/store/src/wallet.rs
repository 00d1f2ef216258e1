//! Repositories of the wallet: accounts, receipts of credentials, credentials, requests.
//!
//! Every function that touches something of an account takes the account: what belongs to another one is not found.
//! Personal data, keys and tokens arrive here sealed.
//!
//! A run at an issuer or a verifier takes what it works on by a [`Claim`], and every step of it names that claim: a run
//! that outlived its claim, and lost it to another one, changes nothing any more.
mod accounts;
mod credentials;
mod receipts;
mod requests;

pub use accounts::{account_of, invite, open_account, open_session, revoke_session, use_invitation};
pub use credentials::{StoredCredential, add_credential, credentials, delete_credential};
pub use receipts::{
    Receipt, add_receipt, claim_receipt, fail_receipt, finish_receipt, receipt, release_receipt, save_receipt,
};
pub use requests::{
    add_request, claim_request, forget_request, has_seen_request, leave_request, release_request,
    request_is_held, see_request, step_request,
};

use crate::{StoreError, Tx, on, time::to_millis};
use jiff::Timestamp;

/// One run's hold on a receipt or a request.
///
/// It is known by its end. The next claim begins only when this one has ended or was let go of, and ends later: two runs
/// never hold the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// Of what is held.
    pub id: String,
    /// Whose it is.
    pub account: String,
    /// From then on another run may take it over; until one does, it is held.
    pub until: Timestamp,
}

/// One row was changed, or the claim is no longer the run's.
fn held(changed: u64, table: &'static str) -> Result<(), StoreError> {
    if changed == 1 {
        Ok(())
    } else {
        Err(StoreError::ClaimLost { table })
    }
}

/// Forgets what is over: invitations, sessions, receipts and requests that have expired. What a run still holds is left
/// to it.
///
/// # Errors
/// The database's.
pub async fn forget_expired(tx: &mut Tx, now: Timestamp) -> Result<(), StoreError> {
    on!(tx, connection => {
        for statement in [
            "DELETE FROM invitations WHERE expires_at <= $1",
            "DELETE FROM sessions WHERE expires_at <= $1",
            "DELETE FROM receipts WHERE expires_at <= $1 AND (claimed_until IS NULL OR claimed_until <= $1)",
            "DELETE FROM requests WHERE expires_at <= $1 AND (claimed_until IS NULL OR claimed_until <= $1)",
            "DELETE FROM seen_requests WHERE expires_at <= $1",
        ] {
            sqlx::query(statement).bind(to_millis(now)).execute(&mut *connection).await?;
        }
        Ok(())
    })
}
