//! Events as they happen: a stream with a cursor, and subscriptions of receivers.

use std::{collections::BTreeMap, fmt, time::Duration};

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::{Change, Cx, Outcome, Result, Severity, SubscriptionId, Timestamp};

/// Something that happened, in one form for all protocols.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Event {
    /// The device's name of it, where it has one.
    pub id: Option<String>,
    /// When, by the device's clock.
    pub at: Option<Timestamp>,
    /// How bad.
    pub severity: Severity,
    /// What happened, in words.
    pub text: String,
    /// The device's code of it: a Redfish `MessageId`, an SNMP trap OID.
    pub code: Option<String>,
    /// What it is about: the path of a resource, a table row, a sensor.
    pub origin: Option<String>,
    /// What else came with it, by name: message arguments, variable bindings.
    pub details: BTreeMap<String, String>,
}

impl Event {
    /// An informational event of which only the words are known.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self {
            id: None,
            at: None,
            severity: Severity::Ok,
            text: text.into(),
            code: None,
            origin: None,
            details: BTreeMap::new(),
        }
    }
}

/// A place in a device's stream of events; opaque, and good only on that device.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Cursor(pub String);

/// Some events, in the order they came.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventBatch {
    /// The events; none, if nothing happened in the time given.
    pub events: Vec<Event>,
    /// Where the next batch begins; `None` until the device has given a first place.
    pub cursor: Option<Cursor>,
    /// Before these, something may have been missed, for this reason: the connection was lost and the device does not
    /// repeat, numbers are missing, it restarted. Read the [`crate::EventLog`] for what happened meanwhile.
    pub gap: Option<String>,
}

/// How events come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum EventDelivery {
    /// We keep a connection open and read them ([`Events::next`]).
    Stream,
    /// The device sends them to a receiver ([`Events::subscribe`]).
    Push,
}

/// A receiver that the device sends events to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Subscription {
    /// The device's name of it.
    pub id: SubscriptionId,
    /// Where events are sent, without secrets.
    pub destination: String,
    /// The word that the subscriber gave, and that comes with each event.
    pub context: Option<String>,
    /// Does the device still send? Many give up after failures.
    pub active: Option<bool>,
}

impl Subscription {
    /// An active subscription.
    #[must_use]
    pub fn new(id: SubscriptionId, destination: impl Into<String>) -> Self {
        Self { id, destination: destination.into(), context: None, active: None }
    }
}

/// Events (DSP0266 "Eventing", "Server-sent events"; DSP0268 `EventService`, `EventDestination`).
///
/// - [`Events::deliveries`] lists how events can come; the methods of others are `Unsupported`.
/// - Nothing is missed unnoticed: where events may have been lost, the next batch says so in [`EventBatch::gap`].
/// - The stream is opened by the first [`Events::next`], kept between calls, and closed with the device. A broken one
///   is opened again by itself, from the cursor where the device can.
#[async_trait]
pub trait Events: fmt::Debug + Send + Sync {
    /// How events can come.
    fn deliveries(&self) -> &[EventDelivery];

    /// The events after the cursor, or from now on; waits for the first one for at most `wait`.
    ///
    /// - Returns as soon as there is one; with an empty batch when the time is over. That is not an error.
    ///
    /// # Errors
    /// `Unsupported` without [`EventDelivery::Stream`]; as every read while no stream can be opened.
    async fn next(&self, cx: &Cx, after: Option<Cursor>, wait: Duration) -> Result<EventBatch>;

    /// Has the device send its events to an address, with a word of the subscriber's own in each.
    ///
    /// # Errors
    /// `Unsupported` without [`EventDelivery::Push`]; `ResourceExhausted` if every place is taken; `InvalidInput` if
    /// the device refuses the address; `Timeout` with effect `Unknown` only if reading back could not tell.
    async fn subscribe(&self, cx: &Cx, destination: &str, context: &str) -> Result<Outcome<SubscriptionId>>;

    /// The subscriptions that the device has, whoever made them.
    ///
    /// # Errors
    /// As every read. One that cannot be read is left out.
    async fn subscriptions(&self, cx: &Cx) -> Result<Vec<Subscription>>;

    /// Ends a subscription. `Done(AlreadySo)` if there is none of that name.
    ///
    /// # Errors
    /// As every mutation.
    async fn unsubscribe(&self, cx: &Cx, subscription: &SubscriptionId) -> Result<Outcome<Change>>;

    /// Has the device send an event that says it is a test.
    ///
    /// # Errors
    /// `Unsupported` where the device cannot.
    async fn send_test(&self, cx: &Cx) -> Result<Outcome<Change>>;
}
