//! When it is time to end, and who is told.
use super::ServeError;
use tokio::sync::watch;

/// Tells everything that runs that it is time to end. Clones hear the same.
#[derive(Clone, Debug)]
pub struct Shutdown(watch::Receiver<bool>);

/// Begins a [`Shutdown`]; so does dropping it.
#[derive(Debug)]
pub struct Trigger(watch::Sender<bool>);

impl Trigger {
    /// It is time to end.
    pub fn fire(&self) {
        self.0.send_replace(true);
    }
}

impl Shutdown {
    /// One that is begun by hand.
    #[must_use]
    pub fn new() -> (Trigger, Self) {
        let (trigger, heard) = watch::channel(false);
        (Trigger(trigger), Self(heard))
    }

    /// One that SIGTERM and Ctrl-C begin.
    ///
    /// # Errors
    /// [`ServeError::Signals`].
    pub fn on_signals() -> Result<Self, ServeError> {
        let (trigger, shutdown) = Self::new();
        #[cfg(unix)]
        let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())
            .map_err(ServeError::Signals)?;
        tokio::spawn(async move {
            #[cfg(unix)]
            let terminated = terminate.recv();
            #[cfg(not(unix))]
            let terminated = std::future::pending::<Option<()>>();
            tokio::select! {
                _ = terminated => {}
                _ = tokio::signal::ctrl_c() => {}
            }
            tracing::info!("shutting down");
            trigger.fire();
        });
        Ok(shutdown)
    }

    /// Waits until it is time to end.
    pub async fn wait(&self) {
        let mut heard = self.0.clone();
        // An error says that the trigger is gone: time to end as well.
        heard.wait_for(|ended| *ended).await.ok();
    }

    /// Whether it is time to end.
    pub fn has_begun(&self) -> bool {
        *self.0.borrow() || self.0.has_changed().is_err()
    }
}
