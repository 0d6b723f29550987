//! Events: `EventService`, its stream and its subscriptions.

use std::time::Duration;

use async_trait::async_trait;
use http::Method;
use serde_json::{Map, Value, json};
use underlay_hal::{
    Change, Cursor, Cx, Effect, Error, ErrorKind, EventBatch, EventDelivery, Events, Outcome, Result,
    Subscription, SubscriptionId, Timestamp,
    uri::{has_userinfo, without_secrets},
};

use crate::{
    device::{RedfishDevice, tolerate},
    error::about_the_values,
    json::Lenient as _,
    resource::Resource,
    transport::{Client, Link, Request},
};

mod event;
mod sse;
mod stream;

pub(crate) use event::events as events_of;
pub(crate) use sse::Parser;
pub(crate) use stream::Stream;

/// What was learnt of events at open.
#[derive(Debug)]
pub(crate) struct EventAbility {
    stream: Option<Link>,
    subscriptions: Option<Link>,
    test: Option<Link>,
    /// Kinds of events that older services want to be asked for.
    types: Vec<String>,
    deliveries: Vec<EventDelivery>,
}

impl EventAbility {
    pub(crate) async fn learn(cx: &Cx, client: &Client, root: &Value) -> Result<Option<Self>> {
        let Ok(link) = client.linked(root, &["EventService"]) else { return Ok(None) };
        let Some(service) = tolerate(client.get(cx, &link).await)? else { return Ok(None) };
        let place = |text: Option<String>| text.and_then(|text| client.link(&text).ok());
        let stream = place(service.body.text(&["ServerSentEventUri"]));
        let subscriptions = client.linked(&service.body, &["Subscriptions"]).ok();
        let test = place(service.body.text(&["Actions", "#EventService.SubmitTestEvent", "target"]));
        let mut deliveries = Vec::new();
        if stream.is_some() {
            deliveries.push(EventDelivery::Stream);
        }
        if subscriptions.is_some() {
            deliveries.push(EventDelivery::Push);
        }
        if deliveries.is_empty() {
            return Ok(None);
        }
        let types = service.body.texts(&["EventTypesForSubscription"]);
        Ok(Some(Self { stream, subscriptions, test, types, deliveries }))
    }
}

pub(crate) fn subscription(resource: &Resource) -> Option<Subscription> {
    let body = &resource.body;
    let tail = resource.link.as_str().trim_end_matches('/').rsplit('/').next().unwrap_or_default();
    let id = body.text(&["Id"]).unwrap_or_else(|| tail.to_owned());
    let destination = body.text(&["Destination"])?;
    let mut subscription = Subscription::new(id.into(), without_secrets(&destination));
    subscription.context = body.text(&["Context"]);
    subscription.active = match body.text(&["Status", "State"]).as_deref() {
        Some("Enabled") => Some(true),
        Some("Disabled" | "Absent" | "Quiesced") => Some(false),
        _ => None,
    };
    Some(subscription)
}

/// What a subscription is asked for with; the kinds of events only where the service wants them said.
fn request(destination: &str, context: &str, types: Option<&[String]>) -> Value {
    let mut body = Map::new();
    body.insert("Destination".to_owned(), json!(destination));
    body.insert("Context".to_owned(), json!(context));
    body.insert("Protocol".to_owned(), json!("Redfish"));
    if let Some(types) = types {
        let all = ["Alert", "StatusChange", "ResourceUpdated", "ResourceAdded", "ResourceRemoved"];
        let asked: Vec<&str> = match types {
            [] => vec!["Alert"],
            known => all.into_iter().filter(|word| known.iter().any(|k| k == word)).collect(),
        };
        body.insert("EventTypes".to_owned(), json!(asked));
    }
    Value::Object(body)
}

impl RedfishDevice {
    fn event_ability(&self, operation: &'static str) -> Result<&EventAbility> {
        self.events.as_ref().ok_or_else(|| Error::unsupported(operation))
    }

    fn subscription_place(&self, operation: &'static str) -> Result<&Link> {
        self.event_ability(operation)?.subscriptions.as_ref().ok_or_else(|| Error::unsupported(operation))
    }

    async fn listed(&self, cx: &Cx, operation: &'static str) -> Result<Vec<(Subscription, Link)>> {
        let list = self.resources_of(cx, self.subscription_place(operation)?).await?;
        Ok(list.iter().filter_map(|one| Some((subscription(one)?, one.link.clone()))).collect())
    }

    async fn make_subscription(
        &self,
        cx: &Cx,
        destination: &str,
        context: &str,
    ) -> Result<Outcome<SubscriptionId>> {
        const SUBSCRIBE: &str = "events.subscribe";
        if has_userinfo(destination) {
            let message =
                "the address holds credentials; a receiver tells its own by a path that nobody knows";
            return Err(Error::new(ErrorKind::InvalidInput, message));
        }
        let ability = self.event_ability(SUBSCRIBE)?;
        let place = self.subscription_place(SUBSCRIBE)?;
        let post = async |types: Option<&[String]>| {
            let body = request(destination, context, types);
            self.client.send(cx, &Request::change(Method::POST, place, Some(&body), None)).await
        };
        let mut sent = post(None).await;
        // Services before 2018 want to be told which kinds of events.
        if matches!(&sent, Err(error) if error.effect() == Effect::None
            && error.message().to_ascii_lowercase().contains("eventtypes"))
        {
            sent = post(Some(&ability.types)).await;
        }
        let lost = match sent {
            Ok(reply) => {
                let told = reply.location.as_deref().and_then(|text| self.client.link(text).ok());
                let tail = told.map(|link| {
                    link.as_str().trim_end_matches('/').rsplit('/').next().unwrap_or_default().to_owned()
                });
                if let Some(id) = tail.filter(|id| !id.is_empty()) {
                    return Ok(Outcome::Done(id.into()));
                }
                None
            }
            Err(error) if error.effect() == Effect::None => return Err(about_the_values(error)),
            Err(error) => Some(error),
        };
        // No name in the answer, or no answer: the list tells.
        let found = self.listed(cx, SUBSCRIBE).await?.into_iter().find(|(one, _)| {
            one.context.as_deref() == Some(context) && one.destination == without_secrets(destination)
        });
        match (found, lost) {
            (Some((one, _)), _) => Ok(Outcome::Done(one.id)),
            (None, Some(lost)) => Err(lost),
            (None, None) => {
                let message = "the service accepted the subscription and does not show it";
                Err(Error::new(ErrorKind::DeviceFault, message).with_effect(Effect::Applied))
            }
        }
    }

    async fn test_event(&self, cx: &Cx) -> Result<Outcome<Change>> {
        const TEST: &str = "events.send_test";
        let target = self.event_ability(TEST)?.test.as_ref().ok_or_else(|| Error::unsupported(TEST))?;
        let now = Timestamp::from_second(Timestamp::now().as_second()).unwrap_or(Timestamp::UNIX_EPOCH);
        let whole = json!({
            "EventId": "underlay-test",
            "EventTimestamp": now.to_string(),
            "Severity": "OK",
            "Message": "This is a test event.",
            "MessageId": "ResourceEvent.1.0.TestMessage",
            "OriginOfCondition": "/redfish/v1",
        });
        let error = match self.client.post(cx, target, &whole).await {
            Ok(reply) => return Ok(self.outcome(cx, &reply, TEST).await),
            Err(error) => error,
        };
        // Some take nothing at all.
        let about_them = matches!(error.kind(), ErrorKind::DeviceFault | ErrorKind::InvalidInput);
        if error.effect() != Effect::None || !about_them {
            return Err(error);
        }
        let reply = self.client.post(cx, target, &json!({})).await?;
        Ok(self.outcome(cx, &reply, TEST).await)
    }
}

#[async_trait]
impl Events for RedfishDevice {
    fn deliveries(&self) -> &[EventDelivery] {
        self.events.as_ref().map_or(&[], |ability| &ability.deliveries)
    }

    async fn next(&self, cx: &Cx, after: Option<Cursor>, wait: Duration) -> Result<EventBatch> {
        const NEXT: &str = "events.next";
        let link = self.events.as_ref().and_then(|ability| ability.stream.as_ref());
        let link = self.named(NEXT, link.ok_or_else(|| Error::unsupported(NEXT)))?;
        self.named(NEXT, self.stream.next(cx, &self.client, link, after, wait).await)
    }

    async fn subscribe(&self, cx: &Cx, destination: &str, context: &str) -> Result<Outcome<SubscriptionId>> {
        self.named("events.subscribe", self.make_subscription(cx, destination, context).await)
    }

    async fn subscriptions(&self, cx: &Cx) -> Result<Vec<Subscription>> {
        const LIST: &str = "events.subscriptions";
        let listed = self.named(LIST, self.listed(cx, LIST).await)?;
        Ok(listed.into_iter().map(|(one, _)| one).collect())
    }

    async fn unsubscribe(&self, cx: &Cx, subscription: &SubscriptionId) -> Result<Outcome<Change>> {
        const END: &str = "events.unsubscribe";
        let listed = self.named(END, self.listed(cx, END).await)?;
        let Some((_, link)) = listed.into_iter().find(|(one, _)| one.id == *subscription) else {
            return Ok(Outcome::Done(Change::AlreadySo));
        };
        match self.client.delete(cx, &link).await {
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(Outcome::Done(Change::AlreadySo)),
            other => Ok(self.outcome(cx, &self.named(END, other)?, END).await),
        }
    }

    async fn send_test(&self, cx: &Cx) -> Result<Outcome<Change>> {
        self.named("events.send_test", self.test_event(cx).await)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_of_events_are_said_only_to_those_who_ask() {
        assert!(request("https://r/1", "us", None).get("EventTypes").is_none());
        let known = ["ResourceAdded", "Alert", "Other"].map(str::to_owned);
        assert_eq!(
            request("https://r/1", "us", Some(&known))["EventTypes"],
            json!(["Alert", "ResourceAdded"])
        );
        assert_eq!(request("https://r/1", "us", Some(&[]))["EventTypes"], json!(["Alert"]));
    }
}
