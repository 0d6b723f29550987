//! Retries what the error allows and the effect makes safe.

use std::time::Duration;

use super::{BoxFuture, Call, Intercept, Payload, Safety};
use crate::{Cx, Effect, Result, Retry as Advice};

/// Retries with exponential pauses.
///
/// - Only errors that say [`Advice::After`] are retried; the device's own advice replaces the pause.
/// - A mutation is repeated only if its effect is [`Effect::None`]: nothing resends what may have happened.
/// - The deadline of the context bounds all attempts and pauses together; when a pause would not fit, the last error
///   is returned as it is.
/// - When the attempts are used up, the last error says [`Advice::Exhausted`].
#[derive(Clone, Copy, Debug)]
pub struct Retry {
    /// Attempts in all, at least 1.
    pub attempts: u32,
    /// The first pause; it doubles each time.
    pub base: Duration,
    /// The longest pause of our own.
    pub ceiling: Duration,
}

impl Default for Retry {
    fn default() -> Self {
        Self { attempts: 4, base: Duration::from_millis(500), ceiling: Duration::from_secs(10) }
    }
}

impl Intercept for Retry {
    async fn around<'a, T: Payload + 'a>(
        &'a self,
        cx: &'a Cx,
        call: Call<'a>,
        next: impl Fn(Cx) -> BoxFuture<'a, Result<T>> + Send + Sync + 'a,
    ) -> Result<T> {
        let mut pause = self.base.min(self.ceiling);
        let mut left = self.attempts.max(1) - 1;
        loop {
            let error = match next(cx.clone()).await {
                Ok(value) => return Ok(value),
                Err(error) => error,
            };
            let safe = call.safety == Safety::Read || error.effect() == Effect::None;
            let Advice::After(advice) = error.retry() else { return Err(error) };
            if !safe {
                return Err(error);
            }
            if left == 0 {
                return Err(error.with_retry(Advice::Exhausted));
            }
            left -= 1;
            let wait = advice.unwrap_or(pause);
            if cx.remaining().is_some_and(|time| time <= wait) || cx.sleep(wait).await.is_err() {
                return Err(error);
            }
            pause = pause.saturating_mul(2).min(self.ceiling);
        }
    }
}
