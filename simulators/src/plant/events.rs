//! What happens at a machine, in order and numbered, for views that tell others.
//!
//! - The latest events are kept; numbers go on for ever, so that a reader sees what it has missed.
//! - While the controller is down nobody writes events down: their numbers are missing afterwards.
use std::collections::VecDeque;

use jiff::Timestamp;

use super::{
    JobState, LogEntry, MutationKind, Origin, Refusal, Server,
    machine::{Area, BmcPhase, Machine},
};

/// Events that are kept.
const KEEP: usize = 256;

/// Something that happened.
#[derive(Clone, Debug, PartialEq)]
pub struct PlantEvent {
    /// From 1, one higher than the event before.
    pub id: u64,
    /// When, by the machine's clock.
    pub at: Timestamp,
    /// The slot of the machine that it happened at; 0 for one that stands alone.
    pub slot: usize,
    /// What.
    pub what: Happening,
}

/// What happened.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Happening {
    /// An entry was added to the log.
    Logged(LogEntry),
    /// A job changed its state.
    Job {
        /// Its id.
        id: u32,
        /// Where it is now.
        state: JobState,
    },
    /// Somebody asked for an event that says it is a test.
    Test(TestEvent),
}

/// An event that somebody made up.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TestEvent {
    /// Its message's id; that of the standard's test message if absent.
    pub message_id: Option<String>,
    /// Its message.
    pub message: Option<String>,
    /// Arguments of the message.
    pub arguments: Vec<String>,
    /// How bad.
    pub severity: Option<String>,
    /// What it is about.
    pub origin: Option<String>,
}

#[derive(Debug, Default)]
pub(super) struct EventFeed {
    latest: VecDeque<PlantEvent>,
    /// What is yet to be handed to the machine with the controller, by one that has none.
    outbox: Vec<(Timestamp, Happening)>,
    last_id: u64,
    /// Moves when a test cuts every stream.
    cuts: u64,
    /// Streams and receivers, as the view reports them.
    streams: usize,
    receivers: usize,
}

impl Machine {
    /// Writes an event down, if there is anybody to do it.
    pub(super) fn happened(&mut self, at: Timestamp, what: Happening) {
        if self.spec.slot_index() > 0 {
            self.events.outbox.push((at, what));
        } else {
            self.tell(0, at, what);
        }
    }

    /// Takes what is to be told by another.
    pub(super) fn take_untold(&mut self) -> Vec<(Timestamp, Happening)> {
        std::mem::take(&mut self.events.outbox)
    }

    /// Writes down what happened at the machine in that slot.
    pub(super) fn tell(&mut self, slot: usize, at: Timestamp, what: Happening) {
        self.events.last_id += 1;
        if self.bmc.phase != BmcPhase::Up {
            self.events.latest.clear();
            return;
        }
        if self.events.latest.len() == KEEP {
            self.events.latest.pop_front();
        }
        self.events.latest.push_back(PlantEvent { id: self.events.last_id, at, slot, what });
    }

    /// Writes down where a job is now.
    pub(super) fn job_changed(&mut self, at: Timestamp, id: u32, state: JobState) {
        let at = self.own_date(at);
        self.happened(at, Happening::Job { id, state });
    }
}

impl Server {
    /// The number of the latest event.
    #[must_use]
    pub fn last_event(&self) -> u64 {
        self.read(|machine| machine.events.last_id)
    }

    /// The events after that number, oldest first, as far as they are kept.
    #[must_use]
    pub fn events_after(&self, id: u64) -> Vec<PlantEvent> {
        self.read(|machine| machine.events.latest.iter().filter(|event| event.id > id).cloned().collect())
    }

    /// Makes an event happen that says it is a test.
    ///
    /// # Errors
    /// - [`Refusal::BmcDown`].
    pub fn test_event(&self, event: TestEvent, origin: Origin) -> Result<(), Refusal> {
        self.act(|machine, step| {
            machine.need_bmc(origin)?;
            machine.count(step, origin, MutationKind::TestEvent, String::new());
            let at = machine.own_date(step.date);
            machine.happened(at, Happening::Test(event));
            machine.touch(Area::Events);
            Ok(())
        })
    }

    /// Reports how many streams and receivers of events a view has.
    pub fn set_event_readers(&self, streams: usize, receivers: usize) {
        self.act(|machine, _| {
            machine.events.streams = streams;
            machine.events.receivers = receivers;
            machine.touch(Area::Events);
        });
    }

    /// Streams and receivers of events, as the view reports them.
    #[must_use]
    pub fn event_readers(&self) -> (usize, usize) {
        self.read(|machine| (machine.events.streams, machine.events.receivers))
    }

    /// How often the streams were cut; a stream made under another value is to end.
    #[must_use]
    pub fn stream_cuts(&self) -> u64 {
        self.read(|machine| machine.events.cuts)
    }

    // ── For tests ────────────────────────────────────────────────────────────────────────────

    /// Cuts every stream of events that is open.
    pub fn cut_streams(&self) {
        self.act(|machine, _| {
            machine.events.cuts += 1;
            machine.touch(Area::Events);
        });
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use underlay_rack::{Device, Rack};

    use super::*;
    use crate::{
        persona::PersonaSet,
        plant::{ClockMode, LogEvent, Plant, PowerAction},
    };

    fn machine() -> (Plant, Server) {
        let device = Device { name: "n1".to_owned(), ..Device::default() };
        let rack = Rack { name: "test".to_owned(), seed: 7, devices: vec![device], ..Rack::default() };
        let personas = PersonaSet::embedded().expect("personas");
        let plant = Plant::new(&rack, &personas, ClockMode::Stepped).expect("a plant");
        let server = plant.server("n1").expect("n1");
        (plant, server)
    }

    #[test]
    fn what_is_logged_and_what_jobs_do_is_told_in_order() {
        let (plant, server) = machine();
        server.start_job("Work", 5.0, Origin::Redfish).expect("accepted");
        server.power(PowerAction::ForceOff, Origin::Redfish).expect("accepted");
        plant.advance(Duration::from_secs(10));
        let told: Vec<_> = server.events_after(0).into_iter().map(|event| (event.id, event.what)).collect();
        assert_eq!(told.len(), 3, "{told:?}");
        assert_eq!(told[0], (1, Happening::Job { id: 1, state: JobState::Running }));
        assert!(matches!(&told[1].1, Happening::Logged(entry) if entry.event == LogEvent::PowerOff));
        assert_eq!(told[2], (3, Happening::Job { id: 1, state: JobState::Completed }));
        assert_eq!(server.events_after(2).len(), 1);
        assert_eq!(server.last_event(), 3);
    }

    #[test]
    fn the_latest_are_kept_and_the_numbers_go_on() {
        let (_, server) = machine();
        for _ in 0..1000 {
            server.test_event(TestEvent::default(), Origin::Redfish).expect("accepted");
        }
        let kept = server.events_after(0);
        assert_eq!((kept.len(), kept[0].id, server.last_event()), (KEEP, 745, 1000));
    }

    #[test]
    fn what_happens_while_the_controller_is_down_has_a_number_and_nothing_else() {
        let (plant, server) = machine();
        server.test_event(TestEvent::default(), Origin::Redfish).expect("accepted");
        server.reset_bmc(Origin::Redfish).expect("accepted");
        assert_eq!(server.test_event(TestEvent::default(), Origin::Redfish), Err(Refusal::BmcDown));
        server.power(PowerAction::ForceOff, Origin::Test).expect("accepted");
        plant.advance(Duration::from_secs(10));
        let kept = server.events_after(0);
        assert_eq!(
            kept.iter().map(|event| event.id).collect::<Vec<_>>(),
            [3],
            "the one that says it started"
        );
    }
}
