//! The road to one switch's command line, as the rest of this crate sees it.

mod road;
mod wire;

use std::fmt;

use async_trait::async_trait;
use underlay_hal::{Cx, Result};

pub(crate) use road::resolve;
pub(crate) use wire::{Login, connect};

/// One login with a terminal.
#[async_trait]
pub(crate) trait CliTransport: fmt::Debug + Send + Sync {
    /// Sends keys.
    ///
    /// # Errors
    /// `Unreachable` if the switch has hung up.
    async fn send(&self, cx: &Cx, keys: &[u8]) -> Result<()>;

    /// What was printed since; `None` if the switch has hung up.
    ///
    /// # Errors
    /// `Timeout`, `Cancelled`.
    async fn receive(&self, cx: &Cx) -> Result<Option<Vec<u8>>>;

    /// Hangs up.
    async fn close(&self);
}
