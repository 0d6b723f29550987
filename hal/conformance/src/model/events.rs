//! Events, as a stream and to receivers.

use std::time::Duration;

use async_trait::async_trait;
use tokio::time::Instant;
use underlay_hal::{
    Change, Cursor, Cx, Effect, ErrorKind, Event, EventBatch, EventDelivery, Events, Interrupted, Outcome,
    Result, Severity, Subscription, SubscriptionId,
};

use super::{
    device::ModelDevice,
    world::{ModelWorld, State},
};
use crate::EventsTruth;

const RECEIVER: &str = "http://192.0.2.99/events";
const PLACES: usize = 3;

#[derive(Debug, Default)]
pub(super) struct Feed {
    /// Everything that happened.
    happened: Vec<Event>,
    /// How much of it the open stream has given.
    stream: Option<usize>,
    was_cut: bool,
    subscriptions: Vec<Subscription>,
    last: u32,
    received: Vec<String>,
}

impl State {
    /// Something happens.
    pub(super) fn emit(&mut self, severity: Severity, text: &str) {
        let mut event = Event::new(text);
        event.severity = severity;
        self.feed.happened.push(event);
        if self.feed.subscriptions.iter().any(|one| one.destination == RECEIVER) {
            self.feed.received.push(text.to_owned());
        }
    }

    pub(super) fn close_stream(&mut self) {
        self.feed.stream = None;
    }
}

impl EventsTruth for ModelWorld {
    fn streams(&self) -> usize {
        usize::from(self.state().feed.stream.is_some())
    }
    fn cut_streams(&self) {
        let mut state = self.state();
        state.close_stream();
        state.feed.was_cut = true;
    }
    fn subscriptions(&self) -> usize {
        self.state().feed.subscriptions.len()
    }
    fn receiver(&self) -> String {
        RECEIVER.to_owned()
    }
    fn received(&self) -> Vec<String> {
        self.state().feed.received.clone()
    }
}

impl ModelDevice {
    /// Opens the stream if it is not open; tells whether something may have been missed by then.
    fn open_stream(&self, followed: bool) -> Option<String> {
        let mut state = self.world.state();
        if state.feed.stream.is_some()
            || state.feed.was_cut && self.breaks("events::a_broken_stream_is_opened_again")
        {
            return None;
        }
        state.feed.stream = Some(state.feed.happened.len());
        let missed = followed && !self.breaks("events::what_a_cut_loses_is_told");
        missed.then(|| "the connection was lost, and the device repeats nothing".to_owned())
    }

    /// What the open stream has to give now.
    fn take_events(&self) -> Vec<Event> {
        let mut state = self.world.state();
        let Some(given) = state.feed.stream else { return Vec::new() };
        let mut events = state.feed.happened.get(given..).unwrap_or_default().to_vec();
        state.feed.stream = Some(state.feed.happened.len());
        if self.breaks("events::an_event_comes_once") {
            events.extend(events.clone());
        }
        if self.breaks("events::events_come_in_order") {
            events.reverse();
        }
        if self.breaks("events::severity_is_told") {
            events.iter_mut().for_each(|event| event.severity = Severity::Ok);
        }
        events
    }

    fn pushes(&self) -> bool {
        !self.breaks("events::an_unlisted_delivery_is_unsupported_and_untried")
    }
}

#[async_trait]
impl Events for ModelDevice {
    fn deliveries(&self) -> &[EventDelivery] {
        if self.pushes() { &[EventDelivery::Stream, EventDelivery::Push] } else { &[EventDelivery::Stream] }
    }
    async fn next(&self, cx: &Cx, after: Option<Cursor>, wait: Duration) -> Result<EventBatch> {
        const NEXT: &str = "events.next";
        self.enter(cx, NEXT).await?;
        let hasty = self.breaks("events::an_idle_wait_takes_the_time_given");
        let over = Instant::now() + if hasty { Duration::ZERO } else { wait };
        let mut gap = self.open_stream(after.is_some());
        if self.breaks("events::no_gap_is_told_where_none_is") {
            gap = Some("one never knows".to_owned());
        }
        let patient = self.breaks("events::an_event_ends_the_wait");
        let mut events = Vec::new();
        loop {
            events.extend(self.take_events());
            if !patient && !events.is_empty() || Instant::now() >= over {
                break;
            }
            let pause = cx.sleep(Duration::from_millis(10)).await;
            pause.map_err(|over| over.into_error(Effect::None).during(NEXT).on(&self.info.id))?;
        }
        if events.is_empty() && self.breaks("events::an_idle_wait_is_no_error") {
            return Err(Interrupted::Deadline.into_error(Effect::None).during(NEXT).on(&self.info.id));
        }
        let cursor = Some(Cursor(self.world.state().feed.happened.len().to_string()));
        Ok(EventBatch { events, cursor, gap })
    }
    async fn subscribe(&self, cx: &Cx, destination: &str, context: &str) -> Result<Outcome<SubscriptionId>> {
        const SUBSCRIBE: &str = "events.subscribe";
        self.enter(cx, SUBSCRIBE).await?;
        let mut state = self.world.state();
        let full = state.feed.subscriptions.len() >= PLACES;
        if full && !self.breaks("events::a_full_table_is_resource_exhausted") {
            return Err(self.refuse(SUBSCRIBE, ErrorKind::ResourceExhausted, "every place is taken"));
        }
        state.mutations += 1;
        state.feed.last += 1;
        let id = SubscriptionId::from(state.feed.last.to_string());
        let mut new = Subscription::new(id.clone(), destination);
        new.context = Some(context.to_owned());
        if self.breaks("events::a_receiver_gets_what_happens") {
            new.destination.push_str("/elsewhere");
        }
        state.feed.subscriptions.push(new);
        drop(state);
        self.answer(SUBSCRIBE, "events::a_lost_answer_is_settled_by_reading_back", Outcome::Done(id))
    }
    async fn subscriptions(&self, cx: &Cx) -> Result<Vec<Subscription>> {
        self.enter(cx, "events.subscriptions").await?;
        let mut list = self.world.state().feed.subscriptions.clone();
        if self.breaks("events::a_subscription_is_listed") {
            list.iter_mut().for_each(|one| one.context = None);
        }
        Ok(list)
    }
    async fn unsubscribe(&self, cx: &Cx, subscription: &SubscriptionId) -> Result<Outcome<Change>> {
        const UNSUBSCRIBE: &str = "events.unsubscribe";
        self.enter(cx, UNSUBSCRIBE).await?;
        let mut state = self.world.state();
        if state.feed.subscriptions.iter().all(|one| one.id != *subscription) {
            if self.breaks("events::unsubscribing_twice_is_already_so") {
                return Err(self.refuse(UNSUBSCRIBE, ErrorKind::NotFound, "no such subscription"));
            }
            return Ok(Outcome::Done(Change::AlreadySo));
        }
        state.mutations += 1;
        if !self.breaks("events::unsubscribing_ends_it") {
            state.feed.subscriptions.retain(|one| one.id != *subscription);
        }
        Ok(Outcome::Done(Change::Made))
    }
    async fn send_test(&self, cx: &Cx) -> Result<Outcome<Change>> {
        self.enter(cx, "events.send_test").await?;
        let mut state = self.world.state();
        state.mutations += 1;
        if !self.breaks("events::a_test_event_is_sent") {
            state.emit(Severity::Ok, "this is a test");
        }
        Ok(Outcome::Done(Change::Made))
    }
}
