//! Issuances, from the offer to the credential. What a step decides is the caller's; here each change happens once.
use super::status::StatusPosition;
use crate::{
    StoreError, Tx, on,
    time::{from_millis, to_millis},
};
use jiff::Timestamp;

const TABLE: &str = "issuer_issuances";

/// An issuance to be offered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewIssuance {
    /// Random, 128 bit.
    pub id: String,
    /// Id of the credential configuration.
    pub configuration: String,
    /// Id of the management token that asked for it.
    pub created_by: String,
    /// When.
    pub created_at: Timestamp,
    /// The mandate, sealed.
    pub mandate_sealed: Vec<u8>,
    /// Its position in a status list.
    pub status: StatusPosition,
    /// SHA-256 of the idempotency key together with who sent it.
    pub idempotency_hash: Option<Vec<u8>>,
    /// SHA-256 of the request, so that one key serves one request.
    pub request_hash: Vec<u8>,
    /// SHA-256 of the nonce in the offer's URL.
    pub offer_hash: Vec<u8>,
    /// SHA-256 of the pre-authorized code.
    pub code_hash: Vec<u8>,
    /// Nonce and code, sealed.
    pub offer_sealed: Vec<u8>,
    /// End of the code's life.
    pub expires_at: Timestamp,
    /// The PIN, where one is required.
    pub pin: Option<NewPin>,
}
/// A PIN to be kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewPin {
    /// Salted hash.
    pub hash: Vec<u8>,
    /// Salt, sealed.
    pub salt_sealed: Vec<u8>,
    /// The PIN itself, sealed, until it is fetched.
    pub sealed: Vec<u8>,
}

/// An issuance as it is kept. What a state has no use for is `None`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issuance {
    /// Id.
    pub id: String,
    /// Id of the credential configuration.
    pub configuration: String,
    /// Since when.
    pub created_at: Timestamp,
    /// The mandate, sealed; erased once the credential is issued.
    pub mandate_sealed: Option<Vec<u8>>,
    /// Its position in a status list.
    pub status: StatusPosition,
    /// SHA-256 of the request.
    pub request_hash: Vec<u8>,
    /// Nonce and code, sealed; erased when the code is redeemed.
    pub offer_sealed: Option<Vec<u8>>,
    /// End of the code's life.
    pub expires_at: Timestamp,
    /// Salted hash of the PIN and its sealed salt.
    pub pin: Option<(Vec<u8>, Vec<u8>)>,
    /// When the PIN was fetched.
    pub pin_fetched_at: Option<Timestamp>,
    /// Wrong PINs so far.
    pub attempts: i64,
    /// When the code was redeemed.
    pub redeemed_at: Option<Timestamp>,
    /// End of the access token's life.
    pub token_expires_at: Option<Timestamp>,
    /// The nonce that the access token's next proof may use.
    pub nonce: Option<Nonce>,
    /// Until when a run has the sealing of the credential for itself.
    pub sealing_until: Option<Timestamp>,
    /// When the credential was issued.
    pub issued_at: Option<Timestamp>,
    /// SHA-256 of the holder's DID.
    pub holder_hash: Option<Vec<u8>>,
    /// `id` of the credential.
    pub credential_id: Option<String>,
    /// The credential, sealed; erased with the end of the access token.
    pub credential_sealed: Option<Vec<u8>>,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
}

#[derive(sqlx::FromRow)]
struct Row {
    id: String,
    configuration: String,
    created_at: i64,
    mandate_sealed: Option<Vec<u8>>,
    status_list: i64,
    status_position: i64,
    request_hash: Vec<u8>,
    offer_sealed: Option<Vec<u8>>,
    expires_at: i64,
    pin_hash: Option<Vec<u8>>,
    pin_salt_sealed: Option<Vec<u8>>,
    pin_fetched_at: Option<i64>,
    attempts: i64,
    redeemed_at: Option<i64>,
    token_expires_at: Option<i64>,
    nonce_hash: Option<Vec<u8>>,
    nonce_expires_at: Option<i64>,
    sealing_until: Option<i64>,
    issued_at: Option<i64>,
    holder_hash: Option<Vec<u8>>,
    credential_id: Option<String>,
    credential_sealed: Option<Vec<u8>>,
    revoked_at: Option<i64>,
}
impl TryFrom<Row> for Issuance {
    type Error = StoreError;
    fn try_from(row: Row) -> Result<Self, StoreError> {
        let time = |millis: i64, column| from_millis(millis, TABLE, column);
        let optional = |millis: Option<i64>, column| millis.map(|at| time(at, column)).transpose();
        Ok(Self {
            created_at: time(row.created_at, "created_at")?,
            expires_at: time(row.expires_at, "expires_at")?,
            pin_fetched_at: optional(row.pin_fetched_at, "pin_fetched_at")?,
            redeemed_at: optional(row.redeemed_at, "redeemed_at")?,
            token_expires_at: optional(row.token_expires_at, "token_expires_at")?,
            nonce: match (
                row.nonce_hash,
                optional(row.nonce_expires_at, "nonce_expires_at")?,
            ) {
                (Some(hash), Some(expires_at)) => Some(Nonce { hash, expires_at }),
                (None, None) => None,
                _ => {
                    return Err(StoreError::Stored {
                        table: TABLE,
                        column: "nonce_hash",
                    });
                }
            },
            sealing_until: optional(row.sealing_until, "sealing_until")?,
            issued_at: optional(row.issued_at, "issued_at")?,
            revoked_at: optional(row.revoked_at, "revoked_at")?,
            id: row.id,
            configuration: row.configuration,
            mandate_sealed: row.mandate_sealed,
            status: StatusPosition {
                list: row.status_list,
                position: row.status_position,
            },
            request_hash: row.request_hash,
            offer_sealed: row.offer_sealed,
            pin: match (row.pin_hash, row.pin_salt_sealed) {
                (Some(hash), Some(salt)) => Some((hash, salt)),
                (None, None) => None,
                _ => {
                    return Err(StoreError::Stored {
                        table: TABLE,
                        column: "pin_hash",
                    });
                }
            },
            attempts: row.attempts,
            holder_hash: row.holder_hash,
            credential_id: row.credential_id,
            credential_sealed: row.credential_sealed,
        })
    }
}

/// Adds an issuance.
///
/// # Errors
/// The database's; an idempotency key that is known is a unique violation.
pub async fn add(tx: &mut Tx, new: &NewIssuance) -> Result<(), StoreError> {
    let pin = new.pin.as_ref();
    on!(tx, connection => {
        sqlx::query(
            "INSERT INTO issuer_issuances (id, configuration, created_by, created_at, mandate_sealed, status_list,
                status_position, idempotency_hash, request_hash, offer_hash, code_hash, offer_sealed, expires_at,
                pin_hash, pin_salt_sealed, pin_sealed)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)",
        )
        .bind(&new.id)
        .bind(&new.configuration)
        .bind(&new.created_by)
        .bind(to_millis(new.created_at))
        .bind(&new.mandate_sealed)
        .bind(new.status.list)
        .bind(new.status.position)
        .bind(new.idempotency_hash.as_deref())
        .bind(&new.request_hash)
        .bind(&new.offer_hash)
        .bind(&new.code_hash)
        .bind(&new.offer_sealed)
        .bind(to_millis(new.expires_at))
        .bind(pin.map(|pin| pin.hash.as_slice()))
        .bind(pin.map(|pin| pin.salt_sealed.as_slice()))
        .bind(pin.map(|pin| pin.sealed.as_slice()))
        .execute(&mut *connection)
        .await?;
        Ok(())
    })
}

/// By what an issuance is looked up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Key {
    /// Id.
    Id(String),
    /// SHA-256 of the nonce in the offer's URL.
    Offer(Vec<u8>),
    /// SHA-256 of the code.
    Code(Vec<u8>),
    /// SHA-256 of the access token.
    Token(Vec<u8>),
    /// SHA-256 of the idempotency key together with who sent it.
    Idempotency(Vec<u8>),
}

macro_rules! select {
    ($column:literal) => {
        concat!(
            "SELECT id, configuration, created_at, mandate_sealed, status_list, status_position, request_hash,
                offer_sealed, expires_at, pin_hash, pin_salt_sealed, pin_fetched_at, attempts, redeemed_at,
                token_expires_at, nonce_hash, nonce_expires_at, sealing_until, issued_at, holder_hash,
                credential_id, credential_sealed, revoked_at
             FROM issuer_issuances WHERE ",
            $column,
            " = $1"
        )
    };
}

/// Finds an issuance, in whatever state.
///
/// # Errors
/// The database's.
pub async fn find(tx: &mut Tx, key: &Key) -> Result<Option<Issuance>, StoreError> {
    on!(tx, connection => {
        let query = match key {
            Key::Id(id) => sqlx::query_as(select!("id")).bind(id.as_str()),
            Key::Offer(hash) => sqlx::query_as(select!("offer_hash")).bind(hash.as_slice()),
            Key::Code(hash) => sqlx::query_as(select!("code_hash")).bind(hash.as_slice()),
            Key::Token(hash) => sqlx::query_as(select!("token_hash")).bind(hash.as_slice()),
            Key::Idempotency(hash) => sqlx::query_as(select!("idempotency_hash")).bind(hash.as_slice()),
        };
        let row: Option<Row> = query.fetch_optional(&mut *connection).await?;
        row.map(Issuance::try_from).transpose()
    })
}

/// Takes the sealed PIN out, for the one time that it can be had. `None`: there is none, or it was fetched, or the code
/// has been redeemed, revoked or has expired.
///
/// # Errors
/// The database's.
pub async fn take_pin(tx: &mut Tx, id: &str, now: Timestamp) -> Result<Option<Vec<u8>>, StoreError> {
    on!(tx, connection => {
        let row: Option<(Vec<u8>,)> = sqlx::query_as(
            "SELECT pin_sealed FROM issuer_issuances
             WHERE id = $1 AND pin_sealed IS NOT NULL AND redeemed_at IS NULL AND revoked_at IS NULL
                AND expires_at > $2",
        )
        .bind(id)
        .bind(to_millis(now))
        .fetch_optional(&mut *connection)
        .await?;
        let Some((sealed,)) = row else { return Ok(None) };
        let taken = sqlx::query(
            "UPDATE issuer_issuances SET pin_sealed = NULL, pin_fetched_at = $2
             WHERE id = $1 AND pin_sealed IS NOT NULL",
        )
        .bind(id)
        .bind(to_millis(now))
        .execute(&mut *connection)
        .await?;
        Ok((taken.rows_affected() == 1).then_some(sealed))
    })
}

/// Saves how many wrong PINs there were.
///
/// # Errors
/// The database's.
pub async fn save_attempts(tx: &mut Tx, id: &str, attempts: i64) -> Result<(), StoreError> {
    on!(tx, connection => {
        sqlx::query("UPDATE issuer_issuances SET attempts = $2 WHERE id = $1")
            .bind(id)
            .bind(attempts)
            .execute(&mut *connection)
            .await?;
        Ok(())
    })
}

/// What the redeemed code is exchanged for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// SHA-256 of the access token.
    pub hash: Vec<u8>,
    /// End of its life.
    pub expires_at: Timestamp,
    /// Its first nonce.
    pub nonce: Nonce,
}
/// The one nonce that an access token's next proof may use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Nonce {
    /// SHA-256 of it.
    pub hash: Vec<u8>,
    /// End of its life.
    pub expires_at: Timestamp,
}

/// Redeems the code, once: erases it and its PIN. `false`: it was redeemed or revoked before.
///
/// # Errors
/// The database's.
pub async fn redeem(tx: &mut Tx, id: &str, token: &Token, now: Timestamp) -> Result<bool, StoreError> {
    on!(tx, connection => {
        let row: Option<(String,)> = sqlx::query_as(
            "UPDATE issuer_issuances
             SET redeemed_at = $2, token_hash = $3, token_expires_at = $4, nonce_hash = $5, nonce_expires_at = $6,
                offer_sealed = NULL, pin_hash = NULL, pin_salt_sealed = NULL, pin_sealed = NULL
             WHERE id = $1 AND redeemed_at IS NULL AND revoked_at IS NULL
             RETURNING id",
        )
        .bind(id)
        .bind(to_millis(now))
        .bind(&token.hash)
        .bind(to_millis(token.expires_at))
        .bind(&token.nonce.hash)
        .bind(to_millis(token.nonce.expires_at))
        .fetch_optional(&mut *connection)
        .await?;
        Ok(row.is_some())
    })
}

/// Puts a fresh nonce in place of the one before.
///
/// # Errors
/// The database's.
pub async fn renew_nonce(tx: &mut Tx, id: &str, nonce: &Nonce) -> Result<(), StoreError> {
    on!(tx, connection => {
        sqlx::query("UPDATE issuer_issuances SET nonce_hash = $2, nonce_expires_at = $3 WHERE id = $1")
            .bind(id)
            .bind(&nonce.hash)
            .bind(to_millis(nonce.expires_at))
            .execute(&mut *connection)
            .await?;
        Ok(())
    })
}

/// Uses a nonce, once, and puts the next in its place. `false`: unknown, used, expired, or another token's.
///
/// # Errors
/// The database's.
pub async fn use_nonce(
    tx: &mut Tx,
    id: &str,
    hash: &[u8],
    next: &Nonce,
    now: Timestamp,
) -> Result<bool, StoreError> {
    on!(tx, connection => {
        let row: Option<(String,)> = sqlx::query_as(
            "UPDATE issuer_issuances SET nonce_hash = $3, nonce_expires_at = $4
             WHERE id = $1 AND nonce_hash = $2 AND nonce_expires_at > $5
             RETURNING id",
        )
        .bind(id)
        .bind(hash)
        .bind(&next.hash)
        .bind(to_millis(next.expires_at))
        .bind(to_millis(now))
        .fetch_optional(&mut *connection)
        .await?;
        Ok(row.is_some())
    })
}

/// A run that seals: it has the credential for itself until it issues, lets go, or its time is over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sealing {
    /// Id of the issuance.
    pub issuance: String,
    /// Random: names this run.
    pub run: String,
    /// End of its claim. Nobody else seals before.
    pub until: Timestamp,
}

/// Claims the sealing of a credential and, with it, uses the proof's nonce up, once; the next is put in its place.
/// `false`: the nonce is unknown, used or expired, somebody seals now, a credential was issued, or it was revoked.
///
/// # Errors
/// The database's.
pub async fn claim(
    tx: &mut Tx,
    sealing: &Sealing,
    nonce: &[u8],
    next: &Nonce,
    now: Timestamp,
) -> Result<bool, StoreError> {
    on!(tx, connection => {
        let row: Option<(String,)> = sqlx::query_as(
            "UPDATE issuer_issuances
             SET nonce_hash = $3, nonce_expires_at = $4, sealing = $5, sealing_until = $6
             WHERE id = $1 AND nonce_hash = $2 AND nonce_expires_at > $7
                AND (sealing_until IS NULL OR sealing_until <= $7)
                AND redeemed_at IS NOT NULL AND issued_at IS NULL AND revoked_at IS NULL
             RETURNING id",
        )
        .bind(&sealing.issuance)
        .bind(nonce)
        .bind(&next.hash)
        .bind(to_millis(next.expires_at))
        .bind(&sealing.run)
        .bind(to_millis(sealing.until))
        .bind(to_millis(now))
        .fetch_optional(&mut *connection)
        .await?;
        Ok(row.is_some())
    })
}

/// Nothing was issued and nothing will be: somebody else may seal. A run whose claim was taken over changes nothing.
///
/// # Errors
/// The database's.
pub async fn let_go(tx: &mut Tx, sealing: &Sealing) -> Result<(), StoreError> {
    on!(tx, connection => {
        sqlx::query(
            "UPDATE issuer_issuances SET sealing = NULL, sealing_until = NULL WHERE id = $1 AND sealing = $2",
        )
        .bind(&sealing.issuance)
        .bind(&sealing.run)
        .execute(&mut *connection)
        .await?;
        Ok(())
    })
}

/// A credential that was sealed for a holder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IssuedCredential {
    /// SHA-256 of the holder's DID.
    pub holder_hash: Vec<u8>,
    /// `id` of the credential.
    pub id: String,
    /// The credential, sealed.
    pub sealed: Vec<u8>,
}

/// Keeps the issued credential, once, and erases the mandate. `false`: somebody else has taken the sealing over, or it
/// was revoked; what this run sealed is never released.
///
/// # Errors
/// The database's.
pub async fn issue(
    tx: &mut Tx,
    sealing: &Sealing,
    credential: &IssuedCredential,
    now: Timestamp,
) -> Result<bool, StoreError> {
    on!(tx, connection => {
        let row: Option<(String,)> = sqlx::query_as(
            "UPDATE issuer_issuances
             SET issued_at = $3, holder_hash = $4, credential_id = $5, credential_sealed = $6, mandate_sealed = NULL,
                sealing = NULL, sealing_until = NULL
             WHERE id = $1 AND sealing = $2 AND issued_at IS NULL AND revoked_at IS NULL
             RETURNING id",
        )
        .bind(&sealing.issuance)
        .bind(&sealing.run)
        .bind(to_millis(now))
        .bind(&credential.holder_hash)
        .bind(&credential.id)
        .bind(&credential.sealed)
        .fetch_optional(&mut *connection)
        .await?;
        Ok(row.is_some())
    })
}

/// Revokes an issuance: turns its bit, and ends its code and token. `None`: no such issuance. The time is that of the
/// first revocation.
///
/// # Errors
/// The database's.
pub async fn revoke(tx: &mut Tx, id: &str, now: Timestamp) -> Result<Option<Timestamp>, StoreError> {
    let row: Option<(i64, i64, i64)> = on!(tx, connection => {
        sqlx::query_as(
            "UPDATE issuer_issuances
             SET revoked_at = COALESCE(revoked_at, $2), mandate_sealed = NULL, offer_sealed = NULL, pin_hash = NULL,
                pin_salt_sealed = NULL, pin_sealed = NULL, credential_sealed = NULL
             WHERE id = $1
             RETURNING status_list, status_position, revoked_at",
        )
        .bind(id)
        .bind(to_millis(now))
        .fetch_optional(&mut *connection)
        .await?
    });
    let Some((list, position, revoked_at)) = row else {
        return Ok(None);
    };
    super::status::revoke(tx, StatusPosition { list, position }, now).await?;
    from_millis(revoked_at, TABLE, "revoked_at").map(Some)
}

/// Whether there is something for [`erase_expired`] to do: looking costs no commit.
///
/// # Errors
/// The database's.
pub async fn has_expired(tx: &mut Tx, now: Timestamp) -> Result<bool, StoreError> {
    on!(tx, connection => {
        let row: Option<(i64,)> = sqlx::query_as(
            "SELECT expires_at FROM issuer_issuances
             WHERE (mandate_sealed IS NOT NULL OR offer_sealed IS NOT NULL OR credential_sealed IS NOT NULL)
                AND ((redeemed_at IS NULL AND expires_at <= $1) OR token_expires_at <= $1)
             LIMIT 1",
        )
        .bind(to_millis(now))
        .fetch_optional(&mut *connection)
        .await?;
        Ok(row.is_some())
    })
}

/// Erases mandates, codes, PINs and credentials that nobody can fetch any more; how many issuances that were.
///
/// # Errors
/// The database's.
pub async fn erase_expired(tx: &mut Tx, now: Timestamp) -> Result<u64, StoreError> {
    on!(tx, connection => {
        let erased = sqlx::query(
            "UPDATE issuer_issuances
             SET mandate_sealed = NULL, offer_sealed = NULL, pin_hash = NULL, pin_salt_sealed = NULL,
                pin_sealed = NULL, credential_sealed = NULL
             WHERE (mandate_sealed IS NOT NULL OR offer_sealed IS NOT NULL OR credential_sealed IS NOT NULL)
                AND ((redeemed_at IS NULL AND expires_at <= $1) OR token_expires_at <= $1)",
        )
        .bind(to_millis(now))
        .execute(&mut *connection)
        .await?;
        Ok(erased.rows_affected())
    })
}
