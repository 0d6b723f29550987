//! The light that shows people which machine is meant.

use std::fmt;

use async_trait::async_trait;

use crate::{Change, Cx, Outcome, Result};

/// The identify light (DSP0268 `LocationIndicatorActive`, `IndicatorLED`; IPMI 2.0 section 28.5 in brackets).
///
/// - What was set is what [`Identify::is_lit`] reads, where the device tells.
/// - Nothing else about the machine changes.
#[async_trait]
pub trait Identify: fmt::Debug + Send + Sync {
    /// Is it lit or blinking? `None` if the device takes orders and does not tell.
    ///
    /// # Errors
    /// As every read.
    async fn is_lit(&self, cx: &Cx) -> Result<Option<bool>>;

    /// Lights it until told otherwise, or puts it out. `AlreadySo` if it reads so already.
    ///
    /// # Errors
    /// As every mutation.
    async fn set(&self, cx: &Cx, lit: bool) -> Result<Outcome<Change>>;
}
