//! What looks, and listens.

use std::time::Duration;

use async_trait::async_trait;
use serde_json::{Value, json};

use super::{Intercept, Layered, Safety, forward};
use crate::*;

#[deny(clippy::missing_trait_methods)]
#[async_trait]
impl<I: Intercept> Inventory for Layered<I> {
    async fn read(&self, cx: &Cx) -> Result<Hardware> {
        forward!(self, cx, inventory.read(), Safety::Read, Value::Null)
    }
}

#[deny(clippy::missing_trait_methods)]
#[async_trait]
impl<I: Intercept> Sensors for Layered<I> {
    async fn read_all(&self, cx: &Cx) -> Result<Vec<Reading>> {
        forward!(self, cx, sensors.read_all(), Safety::Read, Value::Null)
    }
}

#[deny(clippy::missing_trait_methods)]
#[async_trait]
impl<I: Intercept> PowerMeter for Layered<I> {
    async fn read(&self, cx: &Cx) -> Result<PowerMetrics> {
        forward!(self, cx, power_meter.read(), Safety::Read, Value::Null)
    }
}

#[deny(clippy::missing_trait_methods)]
#[async_trait]
impl<I: Intercept> Identify for Layered<I> {
    async fn is_lit(&self, cx: &Cx) -> Result<Option<bool>> {
        forward!(self, cx, identify.is_lit(), Safety::Read, Value::Null)
    }
    async fn set(&self, cx: &Cx, lit: bool) -> Result<Outcome<Change>> {
        forward!(self, cx, identify.set(lit), Safety::Idempotent, json!(lit))
    }
}

#[deny(clippy::missing_trait_methods)]
#[async_trait]
impl<I: Intercept> EventLog for Layered<I> {
    async fn read(&self, cx: &Cx, after: Option<EntryId>, limit: usize) -> Result<LogPage> {
        let arguments = json!({ "after": after, "limit": limit });
        let after = &after;
        forward!(self, cx, event_log.read(after.clone(), limit), Safety::Read, arguments)
    }
    async fn clear(&self, cx: &Cx) -> Result<Outcome<Change>> {
        forward!(self, cx, event_log.clear(), Safety::Destructive, Value::Null)
    }
}

#[deny(clippy::missing_trait_methods)]
#[async_trait]
impl<I: Intercept> Events for Layered<I> {
    fn deliveries(&self) -> &[EventDelivery] {
        self.inner.events().map_or(&[], |events| events.deliveries())
    }
    async fn next(&self, cx: &Cx, after: Option<Cursor>, wait: Duration) -> Result<EventBatch> {
        let arguments = json!(after);
        let after = &after;
        forward!(self, cx, events.next(after.clone(), wait), Safety::Read, arguments)
    }
    async fn subscribe(&self, cx: &Cx, destination: &str, context: &str) -> Result<Outcome<SubscriptionId>> {
        let arguments = json!({ "destination": crate::uri::without_secrets(destination) });
        forward!(self, cx, events.subscribe(destination, context), Safety::Mutating, arguments)
    }
    async fn subscriptions(&self, cx: &Cx) -> Result<Vec<Subscription>> {
        forward!(self, cx, events.subscriptions(), Safety::Read, Value::Null)
    }
    async fn unsubscribe(&self, cx: &Cx, subscription: &SubscriptionId) -> Result<Outcome<Change>> {
        forward!(self, cx, events.unsubscribe(subscription), Safety::Idempotent, json!(subscription))
    }
    async fn send_test(&self, cx: &Cx) -> Result<Outcome<Change>> {
        forward!(self, cx, events.send_test(), Safety::Mutating, Value::Null)
    }
}

#[deny(clippy::missing_trait_methods)]
#[async_trait]
impl<I: Intercept> Tasks for Layered<I> {
    async fn list(&self, cx: &Cx) -> Result<Vec<(TaskRef, TaskStatus)>> {
        forward!(self, cx, tasks.list(), Safety::Read, Value::Null)
    }
    async fn poll(&self, cx: &Cx, task: &TaskRef) -> Result<TaskStatus> {
        forward!(self, cx, tasks.poll(task), Safety::Read, json!(task))
    }
    async fn cancel(&self, cx: &Cx, task: &TaskRef) -> Result<Outcome<Change>> {
        forward!(self, cx, tasks.cancel(task), Safety::Idempotent, json!(task))
    }
}
