//! Whose tables a database holds, and bringing it up to date.
use crate::StoreError;
use sqlx::migrate::Migrator;

/// Whose tables a database holds. Every schema has the shared ones (`outbox`, `stored_lists`) besides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Schema {
    /// The issuer's.
    Issuer,
    /// The wallet's.
    Wallet,
    /// The verifier's.
    Verifier,
    /// The demo's relying party.
    Portal,
}

static SQLITE_SHARED: Migrator = sqlx::migrate!("migrations/sqlite/shared");
static SQLITE_ISSUER: Migrator = sqlx::migrate!("migrations/sqlite/issuer");
static SQLITE_WALLET: Migrator = sqlx::migrate!("migrations/sqlite/wallet");
static SQLITE_VERIFIER: Migrator = sqlx::migrate!("migrations/sqlite/verifier");
static SQLITE_PORTAL: Migrator = sqlx::migrate!("migrations/sqlite/portal");
static POSTGRES_SHARED: Migrator = sqlx::migrate!("migrations/postgres/shared");
static POSTGRES_ISSUER: Migrator = sqlx::migrate!("migrations/postgres/issuer");
static POSTGRES_WALLET: Migrator = sqlx::migrate!("migrations/postgres/wallet");
static POSTGRES_VERIFIER: Migrator = sqlx::migrate!("migrations/postgres/verifier");
static POSTGRES_PORTAL: Migrator = sqlx::migrate!("migrations/postgres/portal");

impl Schema {
    /// Every schema.
    pub const ALL: [Self; 4] = [Self::Issuer, Self::Wallet, Self::Verifier, Self::Portal];

    pub(crate) fn sqlite(self) -> Migrator {
        joined(
            &SQLITE_SHARED,
            match self {
                Self::Issuer => &SQLITE_ISSUER,
                Self::Wallet => &SQLITE_WALLET,
                Self::Verifier => &SQLITE_VERIFIER,
                Self::Portal => &SQLITE_PORTAL,
            },
        )
    }

    pub(crate) fn postgres(self) -> Migrator {
        joined(
            &POSTGRES_SHARED,
            match self {
                Self::Issuer => &POSTGRES_ISSUER,
                Self::Wallet => &POSTGRES_WALLET,
                Self::Verifier => &POSTGRES_VERIFIER,
                Self::Portal => &POSTGRES_PORTAL,
            },
        )
    }

    pub(crate) fn refused(self, error: &sqlx::migrate::MigrateError) -> StoreError {
        StoreError::Migration {
            schema: self,
            reason: error.to_string(),
        }
    }
}

fn joined(shared: &Migrator, own: &Migrator) -> Migrator {
    Migrator::with_migrations(shared.iter().chain(own.iter()).cloned().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_databases_have_the_same_migrations() {
        for schema in Schema::ALL {
            let names = |m: Migrator| {
                m.iter()
                    .map(|m| (m.version, m.description.to_string()))
                    .collect::<Vec<_>>()
            };
            assert_eq!(names(schema.sqlite()), names(schema.postgres()), "{schema:?}");
        }
    }

    /// Greeted people stood in the clear before 1003.
    #[tokio::test]
    async fn sealing_visitors_leaves_no_name_in_the_file() {
        use sqlx::{Connection, SqliteConnection, sqlite::SqliteConnectOptions};
        const NAME: &str = "Johanna of the long and unmistakable name";
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("portal.db");
        let holds_name = || {
            let file = std::fs::read(&path).unwrap();
            file.windows(NAME.len()).any(|window| window == NAME.as_bytes())
        };
        let options = SqliteConnectOptions::new()
            .filename(&path)
            .create_if_missing(true);
        let mut older = SqliteConnection::connect_with(&options).await.unwrap();
        let known = Schema::Portal.sqlite();
        let until_1002 = known.iter().filter(|m| m.version < 1003).cloned().collect();
        Migrator::with_migrations(until_1002)
            .run(&mut older)
            .await
            .unwrap();
        for number in 0..200 {
            sqlx::query(
                "INSERT INTO sessions (session, state, begun_at, expires_at, visitor, pending_visitor)
                 VALUES ($1, $1, 0, 0, $2, $2)",
            )
            .bind(vec![number; 32])
            .bind(NAME)
            .execute(&mut older)
            .await
            .unwrap();
        }
        older.close().await.unwrap();
        assert!(holds_name(), "the control: it was there");
        let url = format!("sqlite:{}", path.display());
        let store = crate::Store::connect(&url, Schema::Portal).await.unwrap();
        store.close().await;
        assert!(!holds_name());
    }

    #[test]
    fn numbers_below_1001_are_shared_and_every_number_stands_once() {
        for schema in Schema::ALL {
            let versions: Vec<_> = schema.sqlite().iter().map(|m| m.version).collect();
            assert!(
                versions.windows(2).all(|pair| pair[0] < pair[1]),
                "{schema:?}: {versions:?}"
            );
        }
        assert!(SQLITE_SHARED.iter().all(|m| m.version <= 1000));
        for own in [&SQLITE_ISSUER, &SQLITE_WALLET, &SQLITE_VERIFIER, &SQLITE_PORTAL] {
            assert!(own.iter().all(|m| m.version > 1000));
        }
    }
}
