//! Those who want events.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use secrecy::SecretString;
use tokio_util::sync::CancellationToken;

use super::{EventsPlace, Policy};
use crate::plant::Server;

/// A subscription: a receiver, or a stream for as long as it is open.
#[derive(Debug, Clone)]
pub(crate) struct Subscription {
    pub(super) id: String,
    pub(super) destination: String,
    pub(super) context: String,
    /// It is a stream.
    pub(super) stream: bool,
    pub(super) policy: Policy,
    /// No events are sent until somebody resumes it.
    pub(super) suspended: bool,
    /// Headers that the receiver wants with each event; they may hold secrets.
    pub(super) headers: Vec<(String, SecretString)>,
    pub(super) wants: Wants,
    /// The number of the latest event it has had.
    pub(super) cursor: u64,
    /// Cancelled when it is deleted.
    pub(super) over: CancellationToken,
}

/// Which events a reader wants; an empty list wants all.
#[derive(Debug, Clone, Default)]
pub(crate) struct Wants {
    pub(super) registries: Vec<String>,
    pub(super) message_ids: Vec<String>,
    pub(super) resource_types: Vec<String>,
    pub(super) event_types: Vec<String>,
}

/// What can be set of the service itself.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Settings {
    /// Without it nothing is sent, and no stream is open.
    pub(super) enabled: bool,
    pub(super) attempts: u32,
    pub(super) interval: u32,
}

#[derive(Debug)]
struct State {
    list: BTreeMap<u64, Subscription>,
    last: u64,
    settings: Settings,
}

/// All subscriptions of one service.
#[derive(Debug, Clone)]
pub(crate) struct Readers {
    state: Arc<Mutex<State>>,
    server: Server,
    most: usize,
}

impl Readers {
    pub(crate) fn new(server: Server, place: &EventsPlace) -> Self {
        let settings = Settings { enabled: true, attempts: place.attempts, interval: place.interval };
        let state = State { list: BTreeMap::new(), last: 0, settings };
        Self { state: Arc::new(Mutex::new(state)), server, most: place.most }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn settings(&self) -> Settings {
        self.lock().settings
    }

    pub(super) fn set_settings(&self, settings: Settings) {
        self.lock().settings = settings;
    }

    /// Adds one, with an id of its own; `None` if every place is taken.
    pub(super) fn add(&self, mut subscription: Subscription) -> Option<Subscription> {
        {
            let mut state = self.lock();
            if state.list.len() >= self.most {
                return None;
            }
            state.last += 1;
            let number = state.last;
            subscription.id = number.to_string();
            state.list.insert(number, subscription.clone());
        }
        self.report();
        Some(subscription)
    }

    pub(super) fn get(&self, id: &str) -> Option<Subscription> {
        self.lock().list.get(&id.parse().ok()?).filter(|known| known.id == id).cloned()
    }

    pub(super) fn ids(&self) -> Vec<String> {
        self.lock().list.values().map(|subscription| subscription.id.clone()).collect()
    }

    /// Changes one that is still there.
    pub(super) fn change(&self, id: &str, change: impl FnOnce(&mut Subscription)) -> bool {
        let mut state = self.lock();
        let found = id.parse().ok().and_then(|number: u64| state.list.get_mut(&number));
        found.map(change).is_some()
    }

    /// Ends one; whether it was there.
    pub(super) fn remove(&self, id: &str) -> bool {
        let removed = id.parse().ok().and_then(|number: u64| self.lock().list.remove(&number));
        let Some(removed) = removed else { return false };
        removed.over.cancel();
        self.report();
        true
    }

    /// Tells the plant how many there are, for the back door.
    fn report(&self) {
        let (streams, receivers) = {
            let state = self.lock();
            let streams = state.list.values().filter(|subscription| subscription.stream).count();
            (streams, state.list.len() - streams)
        };
        self.server.set_event_readers(streams, receivers);
    }
}
