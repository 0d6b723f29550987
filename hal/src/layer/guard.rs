//! The layer that is always on: consent, deadline, error context.

use std::time::Duration;

use super::{BoxFuture, Call, Intercept, Payload, Safety};
use crate::{Cx, Effect, Error, ErrorKind, Result};

/// Refuses what the caller did not consent to, and names device and operation in every error.
///
/// - A call above [`Cx::consent`] is `PermissionDenied`, and nothing is sent.
/// - A context that is over already is `Timeout` or `Cancelled` with effect `None`, and nothing is sent.
/// - A call that overstays its deadline by a grace period is cut off, as the last line of defence behind drivers
///   that watch the deadline themselves; a mutation cut off so has effect `Unknown`.
#[derive(Debug)]
pub struct Guard {
    grace: Duration,
}

impl Default for Guard {
    fn default() -> Self {
        Self { grace: Duration::from_millis(500) }
    }
}

impl Intercept for Guard {
    async fn around<'a, T: Payload + 'a>(
        &'a self,
        cx: &'a Cx,
        call: Call<'a>,
        next: impl Fn(Cx) -> BoxFuture<'a, Result<T>> + Send + Sync + 'a,
    ) -> Result<T> {
        let context = |error: Error| error.during(call.operation).on(call.device);
        if call.safety > cx.consent() {
            let refused = "refused: this loses data, and the caller did not consent to that";
            return Err(context(Error::new(ErrorKind::PermissionDenied, refused)));
        }
        cx.check().map_err(|over| context(over.into_error(Effect::None)))?;
        let overdue = async {
            match cx.deadline() {
                Some(at) => tokio::time::sleep_until(at + self.grace).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            result = next(cx.clone()) => result.map_err(context),
            () = overdue => {
                let effect = if call.safety == Safety::Read { Effect::None } else { Effect::Unknown };
                Err(context(crate::Interrupted::Deadline.into_error(effect)))
            }
        }
    }
}
