//! Policies around every call: one forwarder, many policies.
//!
//! A [`Call`] describes what is about to happen, as data. An [`Intercept`] sits between caller and device and may
//! run the call zero times (dry run, replay), once (audit), or several times (retry). [`DeviceExt::layer`] puts one
//! around a device; the outermost layer sees a call first. [`guard::Guard`] is always there:
//! [`crate::Registry::open`] puts it on.

use std::{fmt, future::Future, pin::Pin, sync::Arc};

use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::Value;

use crate::{Cx, Device, DeviceId, Result};

pub mod audit;
pub mod deadline;
pub mod dry_run;
mod forward;
pub mod guard;
pub mod limit;
pub mod retry;
pub mod trace;

#[cfg(test)]
mod tests;

/// A boxed future that may move between threads.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// How dangerous a call is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Safety {
    /// Changes nothing.
    Read,
    /// Changes state; twice is the same as once.
    Idempotent,
    /// Changes state; twice is not the same as once.
    Mutating,
    /// Loses something that cannot be brought back.
    Destructive,
}

/// What is about to happen, as data: for audit, retry, dry run.
#[derive(Clone, Debug)]
pub struct Call<'a> {
    /// The device.
    pub device: &'a DeviceId,
    /// `facet.method`.
    pub operation: &'static str,
    /// How dangerous.
    pub safety: Safety,
    /// The arguments; never a secret.
    pub arguments: Value,
}

/// What a call can return: it can be recorded and replayed.
pub trait Payload: Serialize + DeserializeOwned + Send {}
impl<T: Serialize + DeserializeOwned + Send> Payload for T {}

/// A policy around every operation of a device.
pub trait Intercept: fmt::Debug + Send + Sync + 'static {
    /// Runs the call by calling `next` with the context it shall see, zero or more times.
    fn around<'a, T: Payload + 'a>(
        &'a self,
        cx: &'a Cx,
        call: Call<'a>,
        next: impl Fn(Cx) -> BoxFuture<'a, Result<T>> + Send + Sync + 'a,
    ) -> impl Future<Output = Result<T>> + Send + 'a;
}

/// Puts policies around a device.
pub trait DeviceExt {
    /// This device inside `policy`.
    #[must_use]
    fn layer<I: Intercept>(self, policy: I) -> Arc<dyn Device>;
}

impl DeviceExt for Arc<dyn Device> {
    fn layer<I: Intercept>(self, policy: I) -> Arc<dyn Device> {
        Arc::new(forward::Layered::new(self, policy))
    }
}
