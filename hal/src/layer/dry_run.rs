//! A net under `--dry-run`.

use super::{BoxFuture, Call, Intercept, Payload, Safety};
use crate::{Cx, Error, ErrorKind, Result};

/// Lets reads through and refuses the rest with `PermissionDenied`; nothing that changes state is sent.
#[derive(Clone, Copy, Debug, Default)]
pub struct DryRun;

impl Intercept for DryRun {
    async fn around<'a, T: Payload + 'a>(
        &'a self,
        cx: &'a Cx,
        call: Call<'a>,
        next: impl Fn(Cx) -> BoxFuture<'a, Result<T>> + Send + Sync + 'a,
    ) -> Result<T> {
        if call.safety > Safety::Read {
            return Err(Error::new(ErrorKind::PermissionDenied, "refused: this is a dry run")
                .during(call.operation)
                .on(call.device));
        }
        next(cx.clone()).await
    }
}
