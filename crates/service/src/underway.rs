//! Work that goes on even if nobody waits for its answer any more, and is waited for when the service ends.
//!
//! What is logged inside it belongs to the request that began it.
//!
//! ```
//! # use procura_service::underway::Underway;
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() {
//! let underway = Underway::default();
//! drop(underway.begin(async { /* goes on */ }));
//! underway.finished().await;
//! # }
//! ```

use crate::{Listener, Shutdown, serve};
use axum::Router;
use std::{sync::Arc, time::Duration};
use tokio::{sync::watch, task::JoinHandle};
use tracing::Instrument as _;

/// What is underway. Clones are the same.
#[derive(Clone, Debug)]
pub struct Underway(Arc<watch::Sender<usize>>);

/// One piece of work; dropping it says that it is over, however it ended.
struct Place(Arc<watch::Sender<usize>>);

impl Drop for Place {
    fn drop(&mut self) {
        self.0.send_modify(|count| *count = count.saturating_sub(1));
    }
}

impl Default for Underway {
    fn default() -> Self {
        Self(Arc::new(watch::channel(0).0))
    }
}

impl Underway {
    /// Begins a piece of work of its own, which goes on when the handle is dropped.
    pub fn begin<F>(&self, work: F) -> JoinHandle<F::Output>
    where
        F: Future<Output: Send> + Send + 'static,
    {
        self.0.send_modify(|count| *count = count.saturating_add(1));
        let place = Place(self.0.clone());
        let work = async move {
            let output = work.await;
            drop(place);
            output
        };
        tokio::spawn(work.in_current_span())
    }

    /// Waits until nothing is underway.
    pub async fn finished(&self) {
        // The sender is ours: it does not go away meanwhile.
        self.0.subscribe().wait_for(|count| *count == 0).await.ok();
    }
}

/// Serves each router on its listener until `shutdown`. Requests that are open then, and what is underway, have `drain` to
/// end together; what takes longer is cut when the process ends.
pub async fn serve_to_the_end(
    served: Vec<(Listener, Router)>,
    underway: Underway,
    shutdown: Shutdown,
    drain: Duration,
) {
    let patience = {
        let shutdown = shutdown.clone();
        tokio::spawn(async move {
            shutdown.wait().await;
            tokio::time::sleep(drain).await;
        })
    };
    serve(served, shutdown, drain).await;
    tokio::select! {
        biased;
        () = underway.finished() => {}
        _ = patience => tracing::warn!(
            seconds = drain.as_secs(),
            "work was still underway after the drain and was cut"
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::{Underway, serve_to_the_end};
    use crate::Shutdown;
    use std::{
        future::{pending, poll_fn},
        pin::pin,
        task::Poll,
        time::Duration,
    };
    use tokio::sync::oneshot;

    async fn is_over(waiting: impl Future<Output = ()>) -> bool {
        let mut waiting = pin!(waiting);
        poll_fn(|context| Poll::Ready(waiting.as_mut().poll(context).is_ready())).await
    }

    #[tokio::test]
    async fn work_is_waited_for_though_its_handle_was_dropped() {
        let underway = Underway::default();
        assert!(is_over(underway.finished()).await, "nothing was begun");
        let (release, released) = oneshot::channel::<()>();
        drop(underway.begin(released));
        assert!(!is_over(underway.finished()).await);
        release.send(()).unwrap();
        underway.finished().await;
    }

    #[tokio::test]
    async fn work_that_panics_or_is_aborted_is_over() {
        let underway = Underway::default();
        let panicked = underway.begin(async { panic!("on purpose") });
        assert!(panicked.await.unwrap_err().is_panic());
        underway.begin(pending::<()>()).abort();
        underway.finished().await;
    }

    #[tokio::test]
    async fn work_is_known_by_the_span_that_began_it() {
        let _registry = tracing::subscriber::set_default(tracing_subscriber::registry());
        let span = tracing::info_span!("request");
        let id = span.id();
        assert!(id.is_some());
        let work = span.in_scope(|| Underway::default().begin(async { tracing::Span::current().id() }));
        assert_eq!(work.await.unwrap(), id);
    }

    #[tokio::test]
    async fn serving_ends_when_the_work_does_and_not_before() {
        let underway = Underway::default();
        let (release, released) = oneshot::channel::<()>();
        drop(underway.begin(released));
        let (trigger, shutdown) = Shutdown::new();
        trigger.fire();
        let mut serving = tokio::spawn(serve_to_the_end(
            Vec::new(),
            underway,
            shutdown,
            Duration::from_mins(1),
        ));
        let still = tokio::time::timeout(Duration::from_millis(50), &mut serving).await;
        assert!(still.is_err(), "it waits for the work");
        release.send(()).unwrap();
        serving.await.unwrap();
    }

    #[tokio::test]
    async fn serving_ends_after_the_drain_though_work_does_not() {
        let underway = Underway::default();
        drop(underway.begin(pending::<()>()));
        let (trigger, shutdown) = Shutdown::new();
        trigger.fire();
        serve_to_the_end(Vec::new(), underway, shutdown, Duration::from_millis(10)).await;
    }
}
