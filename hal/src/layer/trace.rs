//! A tracing span around every call.

use tracing::Instrument as _;

use super::{BoxFuture, Call, Intercept, Payload};
use crate::{Cx, Result};

/// A span `call` with device, operation and request id; its end is logged with kind and effect of a failure.
#[derive(Clone, Copy, Debug, Default)]
pub struct Trace;

impl Intercept for Trace {
    async fn around<'a, T: Payload + 'a>(
        &'a self,
        cx: &'a Cx,
        call: Call<'a>,
        next: impl Fn(Cx) -> BoxFuture<'a, Result<T>> + Send + Sync + 'a,
    ) -> Result<T> {
        let span = tracing::info_span!(
            "call",
            device = %call.device,
            operation = call.operation,
            request = cx.request_id(),
        );
        async {
            let begun = tokio::time::Instant::now();
            let result = next(cx.clone()).await;
            let took = begun.elapsed();
            match &result {
                Ok(_) => tracing::debug!(?took, "done"),
                Err(error) => {
                    tracing::info!(?took, kind = %error.kind(), effect = %error.effect(), "failed: {}", error.report());
                }
            }
            result
        }
        .instrument(span)
        .await
    }
}
