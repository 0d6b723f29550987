//! What a unit sent, numbered and kept until somebody reads it.

use std::collections::VecDeque;

use underlay_hal::{Cursor, Error, ErrorKind, Event, EventBatch, Result};

/// Events of one unit that are kept; the oldest give way.
const KEEP: usize = 256;

/// The events of one unit.
#[derive(Debug)]
pub(super) struct Inbox {
    /// Which listening it is: numbers of another one say nothing here.
    run: u64,
    last: u64,
    kept: VecDeque<(u64, Event, bool)>,
}

impl Inbox {
    pub(super) fn new(run: u64) -> Self {
        Self { run, last: 0, kept: VecDeque::new() }
    }

    /// Puts one at the end; `restarted`: the unit says that it was away.
    pub(super) fn put(&mut self, mut event: Event, restarted: bool) {
        self.last += 1;
        event.id = Some(self.last.to_string());
        if self.kept.len() == KEEP {
            self.kept.pop_front();
        }
        self.kept.push_back((self.last, event, restarted));
    }

    /// The place behind everything.
    pub(super) fn end(&self) -> Cursor {
        Cursor(format!("{:x}-{}", self.run, self.last))
    }

    /// What came behind that place.
    pub(super) fn after(&self, place: &Cursor) -> Result<EventBatch> {
        let parts = place.0.split_once('-').and_then(|(run, number)| {
            Some((u64::from_str_radix(run, 16).ok()?, number.parse::<u64>().ok()?))
        });
        let Some((run, number)) = parts else {
            return Err(Error::new(ErrorKind::InvalidInput, "no place in this unit's events"));
        };
        let mut gap = None;
        // Of another listening, everything that is here came later.
        let number = if run == self.run { number } else { 0 };
        if run != self.run {
            gap = Some("nobody listened for a while; what the unit sent meanwhile is lost".to_owned());
        } else if self.kept.front().is_some_and(|(first, ..)| *first > number + 1) {
            gap = Some(format!("more than {KEEP} events came before they were read; the oldest are lost"));
        }
        let found: Vec<_> = self.kept.iter().filter(|(own, ..)| *own > number).collect();
        if gap.is_none() && found.iter().any(|(_, _, restarted)| *restarted) {
            gap = Some("the unit started again".to_owned());
        }
        let events = found.into_iter().map(|(_, event, _)| event.clone()).collect();
        Ok(EventBatch { events, cursor: Some(self.end()), gap })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(batch: &EventBatch) -> Vec<&str> {
        batch.events.iter().map(|event| event.text.as_str()).collect()
    }

    #[test]
    fn an_event_comes_once_and_in_its_order() {
        let mut inbox = Inbox::new(7);
        let start = inbox.end();
        inbox.put(Event::new("one"), false);
        inbox.put(Event::new("two"), false);
        let batch = inbox.after(&start).expect("read");
        assert_eq!((texts(&batch), &batch.gap), (vec!["one", "two"], &None));
        let batch = inbox.after(&batch.cursor.expect("a place")).expect("read");
        assert!(batch.events.is_empty());
    }

    #[test]
    fn what_is_lost_is_told() {
        let mut inbox = Inbox::new(7);
        let start = inbox.end();
        for number in 0..=KEEP {
            inbox.put(Event::new(number.to_string()), false);
        }
        let batch = inbox.after(&start).expect("read");
        assert_eq!(batch.events.len(), KEEP);
        assert!(batch.gap.expect("a gap").contains("oldest"));
        // The control: one fewer, and nothing is lost.
        let mut inbox = Inbox::new(7);
        (0..KEEP).for_each(|number| inbox.put(Event::new(number.to_string()), false));
        assert_eq!(inbox.after(&start).expect("read").gap, None);
        // A place of another process, or of before it stopped listening.
        assert!(
            inbox.after(&Cursor("8-1".to_owned())).expect("read").gap.expect("a gap").contains("listened")
        );
        assert_eq!(inbox.after(&Cursor("nonsense".to_owned())).unwrap_err().kind(), ErrorKind::InvalidInput);
        inbox.put(Event::new("cold start"), true);
        let place = Cursor(format!("7-{KEEP}"));
        assert!(inbox.after(&place).expect("read").gap.expect("a gap").contains("started"));
    }
}
