//! Traps and informs of a unit, as its stream of events.
//!
//! - The unit has to be configured to send to the address that its `traps` or `informs` option names; this crate does
//!   not do it. Informs are acknowledged, traps cannot be.
//! - What a unit sends counts if it comes from the unit's address, with its community (versions 1 and 2c) or proved by
//!   its user (version 3). Everything else is dropped, and no inform of a stranger is acknowledged.
//! - Units that share an address (behind one router, in a simulation) are told apart by the port that they send from,
//!   which has to be the port that they answer at.
//! - Nobody listens before the first [`Events::next`]. A trap that the network loses is lost without a sign; an inform
//!   is sent again by the unit, and may come twice.

mod ear;
mod event;
mod inbox;

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use tokio::sync::Notify;
use underlay_hal::{
    Change, Cursor, Cx, DeviceId, Effect, Error, EventBatch, EventDelivery, Events, Outcome, Result,
    Subscription, SubscriptionId,
};

pub(crate) use ear::Ears;
use ear::Unit;
pub(crate) use event::event;
use inbox::Inbox;

use crate::{settings::Settings, transport::Login};

/// The events of one unit.
#[derive(Debug)]
pub(crate) struct SnmpEvents {
    device: DeviceId,
    ears: Arc<Ears>,
    at: SocketAddr,
    unit: Arc<Unit>,
}

/// Whom a device hears, and as whom the unit speaks.
#[derive(Debug)]
pub(crate) struct Hearing {
    pub(crate) ears: Arc<Ears>,
    pub(crate) peer: SocketAddr,
    pub(crate) login: Login,
}

impl SnmpEvents {
    /// The events of the unit, if it is told to send any.
    pub(crate) fn new(device: DeviceId, hearing: Hearing, settings: &Settings) -> Option<Self> {
        let at = settings.notifications?;
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        let run = u64::try_from(now.as_micros()).unwrap_or(u64::MAX);
        let unit = Unit {
            peer: hearing.peer,
            version: settings.version,
            security: settings.security,
            login: hearing.login,
            inbox: Mutex::new(Inbox::new(run)),
            came: Notify::new(),
        };
        Some(Self { device, ears: hearing.ears, at, unit: Arc::new(unit) })
    }

    fn read(&self, place: &Cursor) -> Result<EventBatch> {
        self.unit.inbox.lock().unwrap_or_else(PoisonError::into_inner).after(place)
    }

    async fn follow(&self, cx: &Cx, after: Option<Cursor>, wait: Duration) -> Result<EventBatch> {
        let heard = cx.run(self.ears.hear(self.at, &self.unit)).await;
        heard.map_err(|interrupted| interrupted.into_error(Effect::None))??;
        let place =
            after.unwrap_or_else(|| self.unit.inbox.lock().unwrap_or_else(PoisonError::into_inner).end());
        let waited = async {
            loop {
                let came = self.unit.came.notified();
                let mut came = std::pin::pin!(came);
                // Before the look, so that nothing comes between.
                came.as_mut().enable();
                let batch = self.read(&place)?;
                if !batch.events.is_empty() || batch.gap.is_some() {
                    return Ok(batch);
                }
                came.await;
            }
        };
        match cx.run(tokio::time::timeout(wait, waited)).await {
            Ok(Ok(batch)) => batch,
            Ok(Err(_)) => self.read(&place),
            Err(interrupted) => Err(interrupted.into_error(Effect::None)),
        }
    }

    fn unsupported<T>(&self, operation: &'static str) -> Result<T> {
        Err(Error::unsupported(operation).on(&self.device))
    }
}

#[async_trait]
impl Events for SnmpEvents {
    fn deliveries(&self) -> &[EventDelivery] {
        &[EventDelivery::Stream]
    }

    async fn next(&self, cx: &Cx, after: Option<Cursor>, wait: Duration) -> Result<EventBatch> {
        self.follow(cx, after, wait)
            .await
            .map_err(|error: Error| error.during("events.next").on(&self.device))
    }

    async fn subscribe(&self, _: &Cx, _: &str, _: &str) -> Result<Outcome<SubscriptionId>> {
        self.unsupported("events.subscribe")
    }

    async fn subscriptions(&self, _: &Cx) -> Result<Vec<Subscription>> {
        self.unsupported("events.subscriptions")
    }

    async fn unsubscribe(&self, _: &Cx, _: &SubscriptionId) -> Result<Outcome<Change>> {
        self.unsupported("events.unsubscribe")
    }

    async fn send_test(&self, _: &Cx) -> Result<Outcome<Change>> {
        self.unsupported("events.send_test")
    }
}
