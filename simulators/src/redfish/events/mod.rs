//! Events: who wants them, how they are worded, and how they reach those who do (DSP0266, "Eventing").
//!
//! - The plant numbers and keeps what happens; each reader has a place of its own in that.
//! - A receiver is sent one event at a time, in order, and again after a failure, by its own policy.
//! - A stream begins with what happened since `Last-Event-ID`, as far as that is kept, and says so if it is not.

mod act;
mod deliver;
mod fields;
mod readers;
mod record;
mod stream;
mod tree;

pub(crate) use act::{action, creator, methods, property, remove};
pub(crate) use readers::Readers;
pub(crate) use stream::{EventStream, is_stream, open};
pub(crate) use tree::render;

use serde::Deserialize;

/// Where the event service is.
pub(crate) const SERVICE: &str = "/redfish/v1/EventService";
/// Where subscriptions are.
pub(crate) const SUBSCRIPTIONS: &str = "/redfish/v1/EventService/Subscriptions";

/// `[redfish.events]`: the event service.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub(crate) struct EventsPlace {
    /// Whether there is one.
    pub(crate) offered: bool,
    /// `ServerSentEventUri`; empty if events cannot be streamed.
    pub(crate) stream_uri: String,
    /// Subscriptions at most, streams among them.
    pub(crate) most: usize,
    /// Events that a stream can begin with that happened before it was opened.
    pub(crate) replays: u64,
    /// Seconds between two signs of life on a stream where nothing happens.
    pub(crate) heartbeat: f64,
    /// `DeliveryRetryAttempts` at the beginning.
    pub(crate) attempts: u32,
    /// `DeliveryRetryIntervalSeconds` at the beginning.
    pub(crate) interval: u32,
    /// `DeliveryRetryPolicy` of a subscription that does not say.
    pub(crate) policy: Policy,
}

impl Default for EventsPlace {
    fn default() -> Self {
        Self {
            offered: true,
            stream_uri: "/redfish/v1/EventService/SSE".into(),
            most: 8,
            replays: 64,
            heartbeat: 10.0,
            attempts: 3,
            interval: 5,
            policy: Policy::TerminateAfterRetries,
        }
    }
}

/// What becomes of a subscription whose receiver does not take events (`EventDestination.DeliveryRetryPolicy`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub(crate) enum Policy {
    TerminateAfterRetries,
    SuspendRetries,
    RetryForever,
    RetryForeverWithBackoff,
}

impl Policy {
    const ALL: [Self; 4] = [
        Self::TerminateAfterRetries,
        Self::SuspendRetries,
        Self::RetryForever,
        Self::RetryForeverWithBackoff,
    ];

    fn word(self) -> &'static str {
        match self {
            Self::TerminateAfterRetries => "TerminateAfterRetries",
            Self::SuspendRetries => "SuspendRetries",
            Self::RetryForever => "RetryForever",
            Self::RetryForeverWithBackoff => "RetryForeverWithBackoff",
        }
    }

    fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|policy| policy.word() == word)
    }
}
