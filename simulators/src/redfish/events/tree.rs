//! `EventService` and its subscriptions.

use serde_json::{Value, json};

use super::readers::Subscription;
use super::{SERVICE, SUBSCRIPTIONS};
use crate::redfish::registries;
use crate::redfish::tree::{Scene, collection, link, with};

/// Types of events, deprecated and still asked for.
pub(super) const EVENT_TYPES: &[&str] = &["Alert", "StatusChange"];
/// Types of the resources that events are about.
pub(super) const RESOURCE_TYPES: &[&str] =
    &["Chassis", "ComputerSystem", "Drive", "EventService", "Manager", "Sensor", "Task"];

pub(crate) fn render(scene: &Scene<'_>, path: &str, rest: &[&str]) -> Option<Value> {
    if !scene.data.events.offered {
        return None;
    }
    let readers = &scene.service.readers;
    match rest {
        [] => Some(service(scene, path)),
        ["Subscriptions"] => {
            Some(collection(path, "EventDestination", "Event Subscriptions Collection", readers.ids()))
        }
        ["Subscriptions", id] => Some(subscription(scene, path, &readers.get(id)?)),
        _ => None,
    }
}

fn service(scene: &Scene<'_>, path: &str) -> Value {
    let place = &scene.data.events;
    let settings = scene.service.readers.settings();
    let mut service = with(
        scene.resource(path, "EventService", "EventService", "Event Service"),
        json!({
            "ServiceEnabled": settings.enabled,
            "DeliveryRetryAttempts": settings.attempts,
            "DeliveryRetryIntervalSeconds": settings.interval,
            "EventFormatTypes": ["Event"],
            "EventTypesForSubscription": EVENT_TYPES,
            "RegistryPrefixes": registries::prefixes().collect::<Vec<_>>(),
            "ResourceTypes": RESOURCE_TYPES,
            "SubordinateResourcesSupported": false,
            "IncludeOriginOfConditionSupported": false,
            "Subscriptions": link(SUBSCRIPTIONS),
            "Status": {
                "State": if settings.enabled { "Enabled" } else { "Disabled" },
                "Health": "OK",
            },
            "Actions": {
                "#EventService.SubmitTestEvent": { "target": format!("{SERVICE}/Actions/EventService.SubmitTestEvent") },
                "#EventService.TestEventSubscription": {
                    "target": format!("{SERVICE}/Actions/EventService.TestEventSubscription"),
                },
            },
        }),
    );
    if !place.stream_uri.is_empty() {
        service["ServerSentEventUri"] = place.stream_uri.as_str().into();
        service["SSEFilterPropertiesSupported"] = json!({
            "EventFormatType": false,
            "MessageId": false,
            "MetricReportDefinition": false,
            "OriginResource": false,
            "RegistryPrefix": false,
            "ResourceType": false,
        });
    }
    service
}

fn subscription(scene: &Scene<'_>, path: &str, of: &Subscription) -> Value {
    let state = if of.suspended { "Disabled" } else { "Enabled" };
    let mut fields = with(
        scene.resource(path, "EventDestination", &of.id, &format!("Event Subscription {}", of.id)),
        json!({
            "Destination": of.destination,
            "Context": of.context,
            "Protocol": "Redfish",
            "SubscriptionType": if of.stream { "SSE" } else { "RedfishEvent" },
            "EventFormatType": "Event",
            "RegistryPrefixes": of.wants.registries,
            "MessageIds": of.wants.message_ids,
            "ResourceTypes": of.wants.resource_types,
            // They may hold secrets, and are never told (DSP0268).
            "HttpHeaders": [],
            "DeliveryRetryPolicy": of.policy.word(),
            "Status": { "State": state, "Health": if of.suspended { "Warning" } else { "OK" } },
        }),
    );
    if !of.wants.event_types.is_empty() {
        fields["EventTypes"] = of.wants.event_types.clone().into();
    }
    if !of.stream {
        fields["Actions"] = json!({
            "#EventDestination.ResumeSubscription": {
                "target": format!("{path}/Actions/EventDestination.ResumeSubscription"),
            },
            "#EventDestination.SuspendSubscription": {
                "target": format!("{path}/Actions/EventDestination.SuspendSubscription"),
            },
        });
    }
    fields
}
