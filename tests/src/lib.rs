//! Every service of Procura in one process, over a world of its own, to be used as people use them: by HTTP.
//!
//! A [`Stage`] has ecosystem, issuer, wallet, verifier and three portals on sockets of 127.0.0.1, with databases that
//! outlive a restart. What people do is in [`people`]. The clock stands until a test moves it.
//!
//! ```no_run
//! # async fn journey() {
//! use procura_credential::lear::Shape;
//! use procura_tests::{Stage, Storage, Transport};
//!
//! let stage = Stage::start(Storage::Sqlite, Transport::Http).await;
//! let employee = stage.open_account().await;
//! let issuance = stage.issue(Shape::LearCredential).await;
//! let credential = stage.receive(&employee, &issuance).await;
//! let mut login = stage.begin_login(stage.portal("portal")).await;
//! let request = stage.confirm(&employee, &login).await;
//! assert!(stage.present(&employee, &request, &credential).await.accepted);
//! assert!(stage.greeting(&mut login).await.contains("John Doe"));
//! # }
//! ```
#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::missing_panics_doc,
    clippy::print_stdout,
    reason = "a harness of tests fails by panicking and speaks to who runs it"
)]

pub mod browser;
mod databases;
pub mod foreign_wallet;
pub mod people;
pub mod place;
mod settings;
pub mod stage;
mod tls;

/// Makes of each `async fn rule(stage: &mut Stage)` one test on SQLite and one on PostgreSQL.
#[macro_export]
macro_rules! on_each_database {
    ($($rule:ident),+ $(,)?) => {
        $crate::on_stage!(sqlite, Some($crate::Storage::Sqlite), Http, $($rule),+);
        $crate::on_stage!(postgresql, $crate::Storage::postgres(), Http, $($rule),+);
    };
}

/// Makes of each `async fn rule(stage: &mut Stage)` one test on SQLite, one on PostgreSQL and one over https.
#[macro_export]
macro_rules! on_each_stage {
    ($($rule:ident),+ $(,)?) => {
        $crate::on_each_database!($($rule),+);
        $crate::on_stage!(https, Some($crate::Storage::Sqlite), Https, $($rule),+);
    };
}

/// Makes of each `async fn rule(stage: &mut Stage)` one test on the stage that is named, where there is that storage.
#[macro_export]
macro_rules! on_stage {
    ($name:ident, $storage:expr, $transport:ident, $($rule:ident),+ $(,)?) => {
        mod $name {
            $(#[tokio::test]
            async fn $rule() {
                let Some(storage) = $storage else {
                    return;
                };
                let mut stage = $crate::Stage::start(storage, $crate::Transport::$transport).await;
                Box::pin(super::$rule(&mut stage)).await;
                stage.end().await;
            })+
        }
    };
}

pub use databases::Storage;
pub use stage::{Portal, Stage};
pub use tls::Transport;
