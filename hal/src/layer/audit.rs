//! A record of everything that changes a device.

use std::{fmt, sync::Arc};

use serde::Serialize;
use serde_json::Value;

use super::{BoxFuture, Call, Intercept, Payload, Safety};
use crate::{Cx, DeviceId, Effect, ErrorKind, Result};

/// One line of the audit.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Record {
    /// The device.
    pub device: DeviceId,
    /// `facet.method`.
    pub operation: &'static str,
    /// The arguments; never a secret.
    pub arguments: Value,
    /// How dangerous.
    pub safety: Safety,
    /// Who asked.
    pub actor: String,
    /// Which request.
    pub request_id: String,
    /// What became of it.
    pub phase: Phase,
}

/// What became of a call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// About to be sent. If no second record follows, the program died in between.
    Started,
    /// The device accepted.
    Succeeded,
    /// It failed, so.
    Failed {
        /// What went wrong.
        kind: ErrorKind,
        /// Did it happen?
        effect: Effect,
        /// In words.
        message: String,
    },
}

/// Where the records go.
pub trait Sink: fmt::Debug + Send + Sync {
    /// Keeps one record; called before the call and after it. Must not block for long.
    fn record(&self, record: Record);
}

/// Records every call that changes state, before and after. Reads are not recorded.
#[derive(Clone, Debug)]
pub struct Audit(pub Arc<dyn Sink>);

impl Intercept for Audit {
    async fn around<'a, T: Payload + 'a>(
        &'a self,
        cx: &'a Cx,
        call: Call<'a>,
        next: impl Fn(Cx) -> BoxFuture<'a, Result<T>> + Send + Sync + 'a,
    ) -> Result<T> {
        if call.safety == Safety::Read {
            return next(cx.clone()).await;
        }
        let record = |phase| Record {
            device: call.device.clone(),
            operation: call.operation,
            arguments: call.arguments.clone(),
            safety: call.safety,
            actor: cx.actor().to_owned(),
            request_id: cx.request_id().to_owned(),
            phase,
        };
        self.0.record(record(Phase::Started));
        let result = next(cx.clone()).await;
        self.0.record(record(match &result {
            Ok(_) => Phase::Succeeded,
            Err(error) => {
                Phase::Failed { kind: error.kind(), effect: error.effect(), message: error.report() }
            }
        }));
        result
    }
}
