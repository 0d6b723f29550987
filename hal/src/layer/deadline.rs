//! A deadline for callers that set none.

use std::time::Duration;

use super::{BoxFuture, Call, Intercept, Payload, Safety};
use crate::{Cx, Result};

/// Gives every call a deadline: at most `read` for reads and `mutation` for the rest.
///
/// A shorter deadline of the caller stays.
#[derive(Clone, Copy, Debug)]
pub struct Deadline {
    /// Limit for reads.
    pub read: Duration,
    /// Limit for everything else.
    pub mutation: Duration,
}

impl Default for Deadline {
    /// 60 s and 120 s: real controllers take 10 s for some writes and hold requests open for long.
    fn default() -> Self {
        Self { read: Duration::from_secs(60), mutation: Duration::from_secs(120) }
    }
}

impl Intercept for Deadline {
    async fn around<'a, T: Payload + 'a>(
        &'a self,
        cx: &'a Cx,
        call: Call<'a>,
        next: impl Fn(Cx) -> BoxFuture<'a, Result<T>> + Send + Sync + 'a,
    ) -> Result<T> {
        let limit = if call.safety == Safety::Read { self.read } else { self.mutation };
        next(cx.within(limit)).await
    }
}
