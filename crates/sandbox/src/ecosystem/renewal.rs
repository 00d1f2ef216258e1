//! Signing again what would expire.
use super::Ecosystem;
use crate::world::{WorldError, folder};
use procura_service::Shutdown;
use std::{
    sync::{Arc, PoisonError},
    time::Duration,
};

/// Signs again what is due, writes it to the folder and serves it from then on. `true`: something was due.
pub fn renew_now(ecosystem: &Ecosystem) -> Result<bool, WorldError> {
    let mut world = (*ecosystem.world()).clone();
    if !world.renew(ecosystem.now())? {
        return Ok(false);
    }
    folder::save(&world, &ecosystem.0.folder)?;
    *ecosystem.0.world.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(world);
    Ok(true)
}
/// Looks for what is due at every `period`, until shutdown.
pub(super) async fn keep_renewed(ecosystem: Ecosystem, period: Duration, shutdown: Shutdown) {
    let mut ticks = tokio::time::interval(period.max(Duration::from_secs(1)));
    loop {
        tokio::select! {
            _ = ticks.tick() => {}
            () = shutdown.wait() => return,
        }
        let ecosystem = ecosystem.clone();
        match tokio::task::spawn_blocking(move || renew_now(&ecosystem)).await {
            Ok(Ok(true)) => tracing::info!("CRLs or lists were signed again"),
            Ok(Ok(false)) => {}
            Ok(Err(error)) => tracing::error!(%error, "CRLs and lists could not be signed again"),
            Err(error) => tracing::error!(%error, "signing again was interrupted"),
        }
    }
}
