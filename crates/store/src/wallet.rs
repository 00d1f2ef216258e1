//! Repositories of the wallet: accounts, receipts of credentials, credentials, requests.
//!
//! Every function that touches something of an account takes the account: what belongs to another one is not found.
//! Personal data, keys and tokens arrive here sealed.
use crate::{
    StoreError, Tx, on,
    time::{from_millis, to_millis},
};
use jiff::Timestamp;

/// Adds a single-use invitation by the SHA-256 of its secret.
///
/// # Errors
/// The database's.
pub async fn invite(tx: &mut Tx, hash: &[u8], expires_at: Timestamp) -> Result<(), StoreError> {
    on!(tx, connection => {
        sqlx::query("INSERT INTO invitations (hash, expires_at) VALUES ($1, $2)")
            .bind(hash)
            .bind(to_millis(expires_at))
            .execute(&mut *connection)
            .await?;
        Ok(())
    })
}

/// Uses an invitation up; `false`: unknown, expired or used already, which look the same.
///
/// # Errors
/// The database's.
pub async fn use_invitation(tx: &mut Tx, hash: &[u8], now: Timestamp) -> Result<bool, StoreError> {
    on!(tx, connection => {
        let used: Option<(i64,)> = sqlx::query_as(
            "UPDATE invitations SET used_at = $2 WHERE hash = $1 AND used_at IS NULL AND expires_at > $2
             RETURNING used_at",
        )
        .bind(hash)
        .bind(to_millis(now))
        .fetch_optional(&mut *connection)
        .await?;
        Ok(used.is_some())
    })
}

/// Opens an account.
///
/// # Errors
/// The database's.
pub async fn open_account(tx: &mut Tx, id: &str, now: Timestamp) -> Result<(), StoreError> {
    on!(tx, connection => {
        sqlx::query("INSERT INTO accounts (id, created_at) VALUES ($1, $2)")
            .bind(id)
            .bind(to_millis(now))
            .execute(&mut *connection)
            .await?;
        Ok(())
    })
}

/// Opens a session of an account by the SHA-256 of its token.
///
/// # Errors
/// The database's.
pub async fn open_session(
    tx: &mut Tx,
    hash: &[u8],
    account: &str,
    expires_at: Timestamp,
) -> Result<(), StoreError> {
    on!(tx, connection => {
        sqlx::query("INSERT INTO sessions (hash, account, expires_at) VALUES ($1, $2, $3)")
            .bind(hash)
            .bind(account)
            .bind(to_millis(expires_at))
            .execute(&mut *connection)
            .await?;
        Ok(())
    })
}

/// The account of a session that is neither expired nor revoked.
///
/// # Errors
/// The database's.
pub async fn account_of(tx: &mut Tx, hash: &[u8], now: Timestamp) -> Result<Option<String>, StoreError> {
    on!(tx, connection => {
        let account: Option<(String,)> = sqlx::query_as(
            "SELECT account FROM sessions WHERE hash = $1 AND revoked_at IS NULL AND expires_at > $2",
        )
        .bind(hash)
        .bind(to_millis(now))
        .fetch_optional(&mut *connection)
        .await?;
        Ok(account.map(|(account,)| account))
    })
}

/// Ends a session.
///
/// # Errors
/// The database's.
pub async fn revoke_session(tx: &mut Tx, hash: &[u8], now: Timestamp) -> Result<(), StoreError> {
    on!(tx, connection => {
        sqlx::query("UPDATE sessions SET revoked_at = $2 WHERE hash = $1 AND revoked_at IS NULL")
            .bind(hash)
            .bind(to_millis(now))
            .execute(&mut *connection)
            .await?;
        Ok(())
    })
}

/// Keeps an offer that was shown to the person.
///
/// # Errors
/// The database's.
pub async fn add_receipt(
    tx: &mut Tx,
    id: &str,
    account: &str,
    sealed: &[u8],
    expires_at: Timestamp,
) -> Result<(), StoreError> {
    on!(tx, connection => {
        sqlx::query("INSERT INTO receipts (id, account, sealed, expires_at) VALUES ($1, $2, $3, $4)")
            .bind(id)
            .bind(account)
            .bind(sealed)
            .bind(to_millis(expires_at))
            .execute(&mut *connection)
            .await?;
        Ok(())
    })
}

/// A receipt as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// Sealed by the service.
    pub sealed: Vec<u8>,
    /// The credential that came of it, by id.
    pub credential: Option<String>,
    /// Given up: a new offer is needed.
    pub failed: bool,
    /// The offer's own end.
    pub expires_at: Timestamp,
}

type ReceiptRow = (Vec<u8>, Option<String>, Option<i64>, i64);

/// Looks at a receipt of an account.
///
/// # Errors
/// The database's.
pub async fn receipt(tx: &mut Tx, id: &str, account: &str) -> Result<Option<Receipt>, StoreError> {
    on!(tx, connection => {
        let row: Option<ReceiptRow> = sqlx::query_as(
            "SELECT sealed, credential, failed_at, expires_at FROM receipts WHERE id = $1 AND account = $2",
        )
        .bind(id)
        .bind(account)
        .fetch_optional(&mut *connection)
        .await?;
        row.map(|(sealed, credential, failed_at, expires_at)| {
            Ok(Receipt {
                sealed,
                credential,
                failed: failed_at.is_some(),
                expires_at: from_millis(expires_at, "receipts", "expires_at")?,
            })
        })
        .transpose()
    })
}

/// Takes a receipt for one run at the issuer until `until`; `false`: somebody else runs it, or it is over. A run that
/// died loses it then, and the next one goes on where it stopped.
///
/// # Errors
/// The database's.
pub async fn claim_receipt(
    tx: &mut Tx,
    id: &str,
    account: &str,
    now: Timestamp,
    until: Timestamp,
) -> Result<bool, StoreError> {
    on!(tx, connection => {
        let row: Option<(String,)> = sqlx::query_as(
            "UPDATE receipts SET claimed_until = $4
             WHERE id = $1 AND account = $2 AND credential IS NULL AND failed_at IS NULL AND expires_at > $3
               AND (claimed_until IS NULL OR claimed_until <= $3)
             RETURNING id",
        )
        .bind(id)
        .bind(account)
        .bind(to_millis(now))
        .bind(to_millis(until))
        .fetch_optional(&mut *connection)
        .await?;
        Ok(row.is_some())
    })
}

/// Saves how far a run has come.
///
/// # Errors
/// The database's.
pub async fn save_receipt(tx: &mut Tx, id: &str, sealed: &[u8]) -> Result<(), StoreError> {
    on!(tx, connection => {
        sqlx::query("UPDATE receipts SET sealed = $2 WHERE id = $1")
            .bind(id)
            .bind(sealed)
            .execute(&mut *connection)
            .await?;
        Ok(())
    })
}

/// Lets go of a receipt so that the person may try again (`failed` = false), or gives it up.
///
/// # Errors
/// The database's.
pub async fn release_receipt(tx: &mut Tx, id: &str, failed: bool, now: Timestamp) -> Result<(), StoreError> {
    on!(tx, connection => {
        sqlx::query("UPDATE receipts SET claimed_until = NULL, failed_at = $2 WHERE id = $1 AND credential IS NULL")
            .bind(id)
            .bind(failed.then(|| to_millis(now)))
            .execute(&mut *connection)
            .await?;
        Ok(())
    })
}

/// Ends a receipt with the credential that it brought, and forgets what was needed to get it.
///
/// # Errors
/// The database's.
pub async fn finish_receipt(
    tx: &mut Tx,
    id: &str,
    credential: &str,
    sealed: &[u8],
) -> Result<(), StoreError> {
    on!(tx, connection => {
        sqlx::query("UPDATE receipts SET credential = $2, sealed = $3, claimed_until = NULL WHERE id = $1")
            .bind(id)
            .bind(credential)
            .bind(sealed)
            .execute(&mut *connection)
            .await?;
        Ok(())
    })
}

/// A credential at rest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredCredential {
    /// Random, 128 bit.
    pub id: String,
    /// The credential, sealed.
    pub sealed: Vec<u8>,
    /// The holder's key, sealed.
    pub sealed_key: Vec<u8>,
    /// When it was received.
    pub received_at: Timestamp,
}

/// Keeps a credential.
///
/// # Errors
/// The database's.
pub async fn add_credential(
    tx: &mut Tx,
    account: &str,
    credential: &StoredCredential,
) -> Result<(), StoreError> {
    on!(tx, connection => {
        sqlx::query(
            "INSERT INTO credentials (id, account, sealed, sealed_key, received_at) VALUES ($1, $2, $3, $4, $5)",
        )
        .bind(&credential.id)
        .bind(account)
        .bind(&credential.sealed)
        .bind(&credential.sealed_key)
        .bind(to_millis(credential.received_at))
        .execute(&mut *connection)
        .await?;
        Ok(())
    })
}

/// The credentials of an account, oldest first.
///
/// # Errors
/// The database's.
pub async fn credentials(tx: &mut Tx, account: &str) -> Result<Vec<StoredCredential>, StoreError> {
    on!(tx, connection => {
        let rows: Vec<(String, Vec<u8>, Vec<u8>, i64)> = sqlx::query_as(
            "SELECT id, sealed, sealed_key, received_at FROM credentials WHERE account = $1
             ORDER BY received_at, id",
        )
        .bind(account)
        .fetch_all(&mut *connection)
        .await?;
        rows.into_iter()
            .map(|(id, sealed, sealed_key, received_at)| {
                let received_at = from_millis(received_at, "credentials", "received_at")?;
                Ok(StoredCredential { id, sealed, sealed_key, received_at })
            })
            .collect()
    })
}

/// Forgets a credential and its key; `false`: there is none.
///
/// # Errors
/// The database's.
pub async fn delete_credential(tx: &mut Tx, account: &str, id: &str) -> Result<bool, StoreError> {
    on!(tx, connection => {
        let row: Option<(String,)> =
            sqlx::query_as("DELETE FROM credentials WHERE account = $1 AND id = $2 RETURNING id")
                .bind(account)
                .bind(id)
                .fetch_optional(&mut *connection)
                .await?;
        Ok(row.is_some())
    })
}

/// Keeps a request under `state`.
///
/// # Errors
/// The database's.
pub async fn add_request(
    tx: &mut Tx,
    id: &str,
    account: &str,
    state: &str,
    sealed: &[u8],
    expires_at: Timestamp,
) -> Result<(), StoreError> {
    on!(tx, connection => {
        sqlx::query("INSERT INTO requests (id, account, state, sealed, expires_at) VALUES ($1, $2, $3, $4, $5)")
            .bind(id)
            .bind(account)
            .bind(state)
            .bind(sealed)
            .bind(to_millis(expires_at))
            .execute(&mut *connection)
            .await?;
        Ok(())
    })
}

/// A request of an account in `state` that has not expired.
///
/// # Errors
/// The database's.
pub async fn request(
    tx: &mut Tx,
    id: &str,
    account: &str,
    state: &str,
    now: Timestamp,
) -> Result<Option<Vec<u8>>, StoreError> {
    on!(tx, connection => {
        let row: Option<(Vec<u8>,)> = sqlx::query_as(
            "SELECT sealed FROM requests WHERE id = $1 AND account = $2 AND state = $3 AND expires_at > $4",
        )
        .bind(id)
        .bind(account)
        .bind(state)
        .bind(to_millis(now))
        .fetch_optional(&mut *connection)
        .await?;
        Ok(row.map(|(sealed,)| sealed))
    })
}

/// Takes a request that is in one of two states for one answer until `until`, and tells its state. `None`: somebody
/// else answers it, or it is over. An answer that died loses it then, and the next one goes on where it stopped.
///
/// # Errors
/// The database's.
pub async fn claim_request(
    tx: &mut Tx,
    id: &str,
    account: &str,
    states: [&str; 2],
    now: Timestamp,
    until: Timestamp,
) -> Result<Option<(String, Vec<u8>)>, StoreError> {
    let [first, second] = states;
    on!(tx, connection => {
        let row: Option<(String, Vec<u8>)> = sqlx::query_as(
            "UPDATE requests SET claimed_until = $6
             WHERE id = $1 AND account = $2 AND state IN ($3, $4) AND expires_at > $5
               AND (claimed_until IS NULL OR claimed_until <= $5)
             RETURNING state, sealed",
        )
        .bind(id)
        .bind(account)
        .bind(first)
        .bind(second)
        .bind(to_millis(now))
        .bind(to_millis(until))
        .fetch_optional(&mut *connection)
        .await?;
        Ok(row)
    })
}

/// Lets go of a request so that the person may try again.
///
/// # Errors
/// The database's.
pub async fn release_request(tx: &mut Tx, id: &str, account: &str) -> Result<(), StoreError> {
    on!(tx, connection => {
        sqlx::query("UPDATE requests SET claimed_until = NULL WHERE id = $1 AND account = $2")
            .bind(id)
            .bind(account)
            .execute(&mut *connection)
            .await?;
        Ok(())
    })
}

/// Moves a request on, once: `false` when it is no longer in `from` or has expired.
///
/// # Errors
/// The database's.
pub async fn move_request(
    tx: &mut Tx,
    id: &str,
    account: &str,
    from: &str,
    to: &str,
    now: Timestamp,
) -> Result<bool, StoreError> {
    on!(tx, connection => {
        let row: Option<(String,)> = sqlx::query_as(
            "UPDATE requests SET state = $4 WHERE id = $1 AND account = $2 AND state = $3 AND expires_at > $5
             RETURNING id",
        )
        .bind(id)
        .bind(account)
        .bind(from)
        .bind(to)
        .bind(to_millis(now))
        .fetch_optional(&mut *connection)
        .await?;
        Ok(row.is_some())
    })
}

/// Saves what a confirmed request asks for and until when it may be answered.
///
/// # Errors
/// The database's.
pub async fn save_request(
    tx: &mut Tx,
    id: &str,
    sealed: &[u8],
    expires_at: Timestamp,
) -> Result<(), StoreError> {
    on!(tx, connection => {
        sqlx::query("UPDATE requests SET sealed = $2, expires_at = $3 WHERE id = $1")
            .bind(id)
            .bind(sealed)
            .bind(to_millis(expires_at))
            .execute(&mut *connection)
            .await?;
        Ok(())
    })
}

/// Saves what a request needs in its next state.
///
/// # Errors
/// The database's.
pub async fn reseal_request(tx: &mut Tx, id: &str, sealed: &[u8]) -> Result<(), StoreError> {
    on!(tx, connection => {
        sqlx::query("UPDATE requests SET sealed = $2 WHERE id = $1")
            .bind(id)
            .bind(sealed)
            .execute(&mut *connection)
            .await?;
        Ok(())
    })
}

/// Remembers a request by the SHA-256 of client and nonce; `false`: it was seen before.
///
/// # Errors
/// The database's.
pub async fn see_request(tx: &mut Tx, hash: &[u8], expires_at: Timestamp) -> Result<bool, StoreError> {
    on!(tx, connection => {
        let row: Option<(i64,)> = sqlx::query_as(
            "INSERT INTO seen_requests (hash, expires_at) VALUES ($1, $2) ON CONFLICT (hash) DO NOTHING
             RETURNING expires_at",
        )
        .bind(hash)
        .bind(to_millis(expires_at))
        .fetch_optional(&mut *connection)
        .await?;
        Ok(row.is_some())
    })
}

/// Forgets what is over: invitations, sessions, receipts and requests that have expired.
///
/// # Errors
/// The database's.
pub async fn forget_expired(tx: &mut Tx, now: Timestamp) -> Result<(), StoreError> {
    on!(tx, connection => {
        for statement in [
            "DELETE FROM invitations WHERE expires_at <= $1",
            "DELETE FROM sessions WHERE expires_at <= $1",
            "DELETE FROM receipts WHERE expires_at <= $1",
            "DELETE FROM requests WHERE expires_at <= $1",
            "DELETE FROM seen_requests WHERE expires_at <= $1",
        ] {
            sqlx::query(statement).bind(to_millis(now)).execute(&mut *connection).await?;
        }
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Schema, contract};
    use std::sync::Arc;
    use tokio::task::JoinSet;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + seconds).unwrap()
    }

    #[tokio::test]
    async fn an_invitation_opens_one_account_of_a_hundred_that_try() {
        contract::on_each_database(Schema::Wallet, async |database| {
            let store = database.store.clone();
            store
                .write((), |tx, ()| Box::pin(invite(tx, b"hash", at(60))))
                .await
                .unwrap();
            let store = Arc::new(store);
            let mut tries = JoinSet::new();
            for _ in 0..100 {
                let store = Arc::clone(&store);
                tries.spawn(async move {
                    store
                        .write((), |tx, ()| Box::pin(use_invitation(tx, b"hash", at(0))))
                        .await
                        .unwrap()
                });
            }
            assert_eq!(tries.join_all().await.into_iter().filter(|won| *won).count(), 1);
        })
        .await;
    }

    #[tokio::test]
    async fn an_expired_invitation_opens_nothing() {
        contract::on_each_database(Schema::Wallet, async |database| {
            let store = &database.store;
            store
                .write((), |tx, ()| Box::pin(invite(tx, b"hash", at(0))))
                .await
                .unwrap();
            assert!(
                !store
                    .write((), |tx, ()| Box::pin(use_invitation(tx, b"hash", at(0))))
                    .await
                    .unwrap()
            );
        })
        .await;
    }

    #[tokio::test]
    async fn what_belongs_to_another_account_is_not_found() {
        contract::on_each_database(Schema::Wallet, async |database| {
            let store = &database.store;
            let credential = StoredCredential {
                id: "c".into(),
                sealed: vec![1],
                sealed_key: vec![2],
                received_at: at(0),
            };
            let found = store
                .write(credential, |tx, credential| {
                    Box::pin(async move {
                        open_account(tx, "a", at(0)).await?;
                        open_account(tx, "b", at(0)).await?;
                        add_credential(tx, "a", credential).await?;
                        add_receipt(tx, "r", "a", b"", at(60)).await?;
                        add_request(tx, "q", "a", "named", b"", at(60)).await?;
                        Ok((
                            credentials(tx, "b").await?.len(),
                            receipt(tx, "r", "b").await?,
                            claim_receipt(tx, "r", "b", at(0), at(9)).await?,
                            request(tx, "q", "b", "named", at(0)).await?,
                            delete_credential(tx, "b", "c").await?,
                        ))
                    })
                })
                .await
                .unwrap();
            assert_eq!(found, (0, None, false, None, false));
        })
        .await;
    }

    #[tokio::test]
    async fn a_receipt_is_run_by_one_at_a_time_and_again_after_its_runner_died() {
        contract::on_each_database(Schema::Wallet, async |database| {
            let store = &database.store;
            let claims = store
                .write((), |tx, ()| {
                    Box::pin(async move {
                        open_account(tx, "a", at(0)).await?;
                        add_receipt(tx, "r", "a", b"", at(600)).await?;
                        Ok([
                            claim_receipt(tx, "r", "a", at(0), at(30)).await?,
                            claim_receipt(tx, "r", "a", at(29), at(59)).await?,
                            claim_receipt(tx, "r", "a", at(30), at(60)).await?,
                            claim_receipt(tx, "r", "a", at(601), at(700)).await?,
                        ])
                    })
                })
                .await
                .unwrap();
            assert_eq!(claims, [true, false, true, false]);
        })
        .await;
    }

    #[tokio::test]
    async fn a_request_is_answered_by_one_at_a_time_and_again_after_that_one_died() {
        contract::on_each_database(Schema::Wallet, async |database| {
            let store = &database.store;
            let claims = store
                .write((), |tx, ()| {
                    Box::pin(async move {
                        open_account(tx, "a", at(0)).await?;
                        open_account(tx, "b", at(0)).await?;
                        add_request(tx, "q", "a", "confirmed", b"s", at(600)).await?;
                        let states = ["confirmed", "answering"];
                        let mut claims = Vec::new();
                        for (account, now) in [("b", 0), ("a", 0), ("a", 29), ("a", 30), ("a", 601)] {
                            let claimed =
                                claim_request(tx, "q", account, states, at(now), at(now + 30)).await?;
                            claims.push(claimed.map(|(state, _)| state));
                        }
                        release_request(tx, "q", "b").await?;
                        claims.push(
                            claim_request(tx, "q", "a", states, at(31), at(61))
                                .await?
                                .map(|(state, _)| state),
                        );
                        release_request(tx, "q", "a").await?;
                        move_request(tx, "q", "a", "confirmed", "answering", at(31)).await?;
                        claims.push(
                            claim_request(tx, "q", "a", states, at(31), at(61))
                                .await?
                                .map(|(state, _)| state),
                        );
                        release_request(tx, "q", "a").await?;
                        move_request(tx, "q", "a", "answering", "answered", at(31)).await?;
                        claims.push(
                            claim_request(tx, "q", "a", states, at(31), at(61))
                                .await?
                                .map(|(state, _)| state),
                        );
                        Ok(claims)
                    })
                })
                .await
                .unwrap();
            let claims: Vec<_> = claims.iter().map(Option::as_deref).collect();
            let (confirmed, answering) = (Some("confirmed"), Some("answering"));
            assert_eq!(
                claims,
                [None, confirmed, None, confirmed, None, None, answering, None]
            );
        })
        .await;
    }

    #[tokio::test]
    async fn a_request_is_seen_once_and_answered_once() {
        contract::on_each_database(Schema::Wallet, async |database| {
            let store = &database.store;
            let outcome = store
                .write((), |tx, ()| {
                    Box::pin(async move {
                        open_account(tx, "a", at(0)).await?;
                        add_request(tx, "q", "a", "confirmed", b"", at(60)).await?;
                        Ok([
                            see_request(tx, b"n", at(60)).await?,
                            see_request(tx, b"n", at(60)).await?,
                            move_request(tx, "q", "a", "confirmed", "presented", at(0)).await?,
                            move_request(tx, "q", "a", "confirmed", "presented", at(0)).await?,
                        ])
                    })
                })
                .await
                .unwrap();
            assert_eq!(outcome, [true, false, true, false]);
        })
        .await;
    }
}
