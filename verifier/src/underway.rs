//! Work that goes on even if nobody waits for its answer any more, and is waited for when the service ends.

use std::sync::Arc;
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

#[cfg(test)]
mod tests {
    use super::Underway;
    use std::{
        future::{pending, poll_fn},
        pin::pin,
        task::Poll,
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
}
