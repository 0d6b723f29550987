//! Sending events to receivers: one at a time, in order, and again after a failure.

use std::sync::Weak;
use std::time::Duration;

use http::{Method, Request, header};
use hyper::body::Bytes;
use secrecy::ExposeSecret;
use tokio_util::sync::CancellationToken;

use super::Policy;
use super::readers::Subscription;
use super::record::Record;
use crate::plant::Server;
use crate::redfish::client;
use crate::redfish::service::Service;
use crate::redfish::tree::Scene;

/// The longest pause between two attempts, in plant time.
const LONGEST: Duration = Duration::from_secs(3600);

/// How soon a clock that promises nothing is looked at again.
const LOOK_AGAIN: Duration = Duration::from_millis(50);

/// Sends a subscription's events until it ends.
pub(super) async fn run(service: Weak<Service>, id: String, over: CancellationToken) {
    tokio::select! {
        () = over.cancelled() => {}
        () = work(service, id) => {}
    }
}

async fn work(service: Weak<Service>, id: String) {
    let Some(mut changed) = service.upgrade().map(|service| service.server.subscribe()) else { return };
    let mut failures = 0;
    loop {
        changed.borrow_and_update();
        let Some(look) = look(&service, &id) else { return };
        let Look { subscription, next, server } = look;
        let Some((event, body)) = next else {
            if changed.changed().await.is_err() {
                return;
            }
            continue;
        };
        let wanted = match body {
            None => true,
            Some(body) => post(&subscription, body).await,
        };
        if wanted {
            failures = 0;
            let Some(service) = service.upgrade() else { return };
            service.readers.change(&id, |subscription| subscription.cursor = event);
            continue;
        }
        failures += 1;
        let Some(pause) = failed(&service, &subscription, failures) else { return };
        let at = server.plant().now().saturating_add(pause);
        server_until(&server, at).await;
    }
}

struct Look {
    subscription: Subscription,
    /// The next event's number, and what is to be sent of it: nothing, if the receiver does not want it.
    next: Option<(u64, Option<Bytes>)>,
    server: Server,
}

/// What there is to send now; `None` when the subscription or the service is gone.
fn look(service: &Weak<Service>, id: &str) -> Option<Look> {
    let service = service.upgrade()?;
    let subscription = service.readers.get(id)?;
    let server = service.server.clone();
    let idle = subscription.suspended || !service.readers.settings().enabled || !server.is_bmc_reachable();
    let event = server.events_after(subscription.cursor).into_iter().next().filter(|_| !idle);
    let next = event.map(|event| {
        let scene = Scene::new(&service);
        let record = Record::of(&scene, &event);
        let wanted = record.is_wanted(&subscription.wants);
        let payload = || Bytes::from(record.payload(&scene, &subscription.context).to_string());
        (event.id, wanted.then(payload))
    });
    Some(Look { subscription, next, server })
}

async fn post(subscription: &Subscription, body: Bytes) -> bool {
    let mut request = Request::builder()
        .method(Method::POST)
        .uri(&subscription.destination)
        .header(header::CONTENT_TYPE, "application/json")
        .header(header::CONTENT_LENGTH, body.len());
    for (name, value) in &subscription.headers {
        request = request.header(name, value.expose_secret());
    }
    let Ok(request) = request.body(body) else { return false };
    client::send(request).await.is_ok_and(|answer| answer.status().is_success())
}

/// What follows a failure: a pause before the next attempt, or the end.
fn failed(service: &Weak<Service>, subscription: &Subscription, failures: u32) -> Option<Duration> {
    let service = service.upgrade()?;
    let settings = service.readers.settings();
    let interval = Duration::from_secs(u64::from(settings.interval));
    let exhausted = failures > settings.attempts;
    match subscription.policy {
        Policy::TerminateAfterRetries if exhausted => {
            service.readers.remove(&subscription.id);
            None
        }
        Policy::SuspendRetries if exhausted => {
            service.readers.change(&subscription.id, |subscription| subscription.suspended = true);
            Some(Duration::ZERO)
        }
        Policy::RetryForeverWithBackoff => {
            let factor = 1_u32.checked_shl(failures.saturating_sub(1).min(16)).unwrap_or(u32::MAX);
            Some(interval.saturating_mul(factor).min(LONGEST))
        }
        _ => Some(interval),
    }
}

/// Waits until that plant time, on whatever clock.
async fn server_until(server: &Server, at: Duration) {
    let plant = server.plant();
    let mut changed = plant.subscribe();
    loop {
        changed.borrow_and_update();
        if plant.now() >= at {
            return;
        }
        let left = plant.real_time_until(at);
        // A stepped clock moves when a test says so; another may be a moment behind its own promise.
        let wait = if left.is_zero() { LOOK_AGAIN } else { left };
        tokio::select! {
            _ = changed.changed() => {}
            () = tokio::time::sleep(wait) => {}
        }
    }
}
