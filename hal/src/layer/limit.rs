//! Not too many calls at once, and not too fast.

use std::time::Duration;

use tokio::{
    sync::{Mutex, Semaphore},
    time::Instant,
};

use super::{BoxFuture, Call, Intercept, Payload};
use crate::{Cx, Effect, Error, ErrorKind, Result};

/// Limits calls in flight on one device, and keeps a minimum interval between their starts.
///
/// - Waiting calls queue in order; nothing is rejected.
/// - A call whose deadline passes in the queue is `Timeout` with effect `None`: it was never sent.
#[derive(Debug)]
pub struct Limit {
    places: Semaphore,
    interval: Duration,
    next_start: Mutex<Option<Instant>>,
}

impl Limit {
    /// At most `in_flight` (at least 1) calls at once, started at least `interval` apart.
    #[must_use]
    pub fn new(in_flight: usize, interval: Duration) -> Self {
        Self { places: Semaphore::new(in_flight.max(1)), interval, next_start: Mutex::new(None) }
    }

    async fn wait_for_turn(&self) {
        let start = {
            let mut next = self.next_start.lock().await;
            let start = next.map_or_else(Instant::now, |at| at.max(Instant::now()));
            *next = Some(start + self.interval);
            start
        };
        tokio::time::sleep_until(start).await;
    }
}

impl Intercept for Limit {
    async fn around<'a, T: Payload + 'a>(
        &'a self,
        cx: &'a Cx,
        call: Call<'a>,
        next: impl Fn(Cx) -> BoxFuture<'a, Result<T>> + Send + Sync + 'a,
    ) -> Result<T> {
        let unsent =
            |over: crate::Interrupted| over.into_error(Effect::None).during(call.operation).on(call.device);
        let place =
            cx.run(self.places.acquire()).await.map_err(unsent)?.map_err(|_| {
                Error::new(ErrorKind::Unexpected, "the limiter is closed").during(call.operation)
            })?;
        cx.run(self.wait_for_turn()).await.map_err(unsent)?;
        let result = next(cx.clone()).await;
        drop(place);
        result
    }
}
