//! The stream of one device: kept open between calls, opened again by itself, with every gap told.

use std::{collections::VecDeque, fmt, time::Duration};

use tokio::{sync::Mutex, time::Instant};
use underlay_hal::{Cursor, Cx, Effect, Event, EventBatch, Result};

use super::{
    events_of,
    sse::{Message, Parser},
};
use crate::{
    json,
    transport::{Client, Flow, Link},
};

/// A connection on which nothing comes for so long, not even what keeps it alive, is taken for dead.
const DEAD_AFTER: Duration = Duration::from_secs(300);
/// Events of one batch.
const BATCH: usize = 1000;
/// Pause before a connection that ended is replaced.
const PAUSE: Duration = Duration::from_millis(500);
/// What is told when a connection ended, and nothing shows that the next one repeats what came between.
const LOST: &str = "the connection was lost, and the device may not repeat what happened meanwhile";

/// The one stream of a device.
#[derive(Default)]
pub(crate) struct Stream(Mutex<State>);

#[derive(Default)]
struct State {
    open: Option<Open>,
    /// Counts connections, so that a cursor knows whether it is of this one.
    connections: u64,
}

struct Open {
    flow: Flow,
    parser: Parser,
    number: u64,
    heard: Instant,
    ready: VecDeque<(Option<String>, Event)>,
    /// The id of the last event given out.
    given: Option<String>,
    /// Why something before the next event may have been missed.
    gap: Option<String>,
    /// Opened to go on after this id; whether the service repeats what was missed shows with the first event.
    resumed_after: Option<String>,
}

impl fmt::Debug for Stream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Stream")
    }
}

/// A cursor names its connection and the last event's id: `3/1207`.
fn cursor(open: &Open) -> Cursor {
    Cursor(format!("{}/{}", open.number, open.given.as_deref().unwrap_or_default()))
}

fn parse(cursor: &Cursor) -> (Option<u64>, Option<String>) {
    let (connection, id) = cursor.0.split_once('/').unwrap_or((&cursor.0, ""));
    (connection.parse().ok(), (!id.is_empty()).then(|| id.to_owned()))
}

/// Does the second id follow the first with none between? `None` if they are no numbers.
fn follows(before: &str, now: &str) -> Option<bool> {
    let (before, now): (u64, u64) = (before.parse().ok()?, now.parse().ok()?);
    Some(now == before.wrapping_add(1))
}

impl Open {
    /// Takes one message: its events, and what its id says of those that are missing.
    fn take(&mut self, message: &Message) {
        if message.truncated {
            self.gap = Some("a message was too large, and was left out".to_owned());
        }
        if let Some(id) = message.id.as_deref() {
            let before = self
                .resumed_after
                .clone()
                .or_else(|| self.ready.back().map_or_else(|| self.given.clone(), |(id, _)| id.clone()));
            match (self.resumed_after.take(), before.as_deref().and_then(|before| follows(before, id))) {
                // The service repeats: what was missed comes now.
                (Some(_), Some(true)) => self.gap = None,
                (None, Some(false)) if before.as_deref() != Some(id) => {
                    self.gap = Some(format!("numbers are missing before {id}"));
                }
                _ => {}
            }
        }
        let body = json::parse(message.data.as_bytes()).unwrap_or_default();
        for event in events_of(&body).0 {
            self.ready.push_back((message.id.clone(), event));
        }
    }

    /// Reads until there is an event, or until then; false if the connection has ended.
    async fn read(&mut self, cx: &Cx, until: Instant) -> Result<bool> {
        while self.ready.is_empty() {
            let left = until.saturating_duration_since(Instant::now());
            // Taking a chunk can be given up at any time; nothing that has arrived is lost by it.
            match tokio::time::timeout(left, cx.run(self.flow.chunk())).await {
                Err(_) => break,
                Ok(Err(over)) => return Err(over.into_error(Effect::None)),
                Ok(Ok(Ok(Some(bytes)))) => {
                    self.heard = Instant::now();
                    for message in self.parser.take(&bytes) {
                        self.take(&message);
                    }
                }
                Ok(Ok(Ok(None) | Err(_))) => return Ok(false),
            }
        }
        Ok(true)
    }

    /// Only the place, and that something may be missing after it.
    fn batch_of_nothing(&self) -> EventBatch {
        EventBatch { cursor: Some(cursor(self)), gap: Some(LOST.to_owned()), ..EventBatch::default() }
    }

    fn batch(&mut self) -> EventBatch {
        let mut events = Vec::new();
        while events.len() < BATCH
            && let Some((id, event)) = self.ready.pop_front()
        {
            self.given = id.or_else(|| self.given.take());
            events.push(event);
        }
        EventBatch { events, cursor: Some(cursor(self)), gap: self.gap.take() }
    }
}

impl State {
    /// Opens a connection; after a place, the service is asked to go on from there.
    async fn open(
        &mut self,
        cx: &Cx,
        client: &Client,
        link: &Link,
        after: Option<&(Option<u64>, Option<String>)>,
    ) -> Result<()> {
        self.connections += 1;
        let resume = after.and_then(|(_, id)| id.clone());
        let flow = client.open_stream(cx, link, resume.as_deref()).await?;
        self.open = Some(Open {
            flow,
            parser: Parser::default(),
            number: self.connections,
            heard: Instant::now(),
            ready: VecDeque::new(),
            given: resume.clone(),
            gap: after.map(|_| LOST.to_owned()),
            resumed_after: resume,
        });
        Ok(())
    }
}

impl Stream {
    /// See [`underlay_hal::Events::next`].
    pub(super) async fn next(
        &self,
        cx: &Cx,
        client: &Client,
        link: &Link,
        after: Option<Cursor>,
        wait: Duration,
    ) -> Result<EventBatch> {
        let until = Instant::now() + wait;
        let mut state = cx.run(self.0.lock()).await.map_err(|over| over.into_error(Effect::None))?;
        let mut wanted = after.as_ref().map(parse);
        if let (Some(open), Some((number, id))) = (&mut state.open, &wanted) {
            if *id != open.given || open.heard.elapsed() > DEAD_AFTER {
                // An older place: the service may repeat from there.
                state.open = None;
            } else if *number != Some(open.number) {
                // A place on a connection that broke before anything came on this one.
                open.gap.get_or_insert_with(|| LOST.to_owned());
            }
        }
        loop {
            if state.open.is_none() {
                state.open(cx, client, link, wanted.as_ref()).await?;
            }
            let Some(open) = &mut state.open else { return Ok(EventBatch::default()) };
            if open.read(cx, until).await? {
                return Ok(open.batch());
            }
            // The connection has ended. Another one goes on from here, and tells what may be missing.
            wanted = Some(parse(&cursor(open)));
            let lost = open.batch_of_nothing();
            state.open = None;
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(lost);
            }
            cx.sleep(left.min(PAUSE)).await.map_err(|over| over.into_error(Effect::None))?;
        }
    }

    /// Closes the stream, if one is open and nobody waits on it.
    pub(crate) fn close(&self) {
        if let Ok(mut state) = self.0.try_lock() {
            state.open = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cursors_are_read_as_written() {
        assert_eq!(parse(&Cursor("3/1207".to_owned())), (Some(3), Some("1207".to_owned())));
        assert_eq!(parse(&Cursor("3/".to_owned())), (Some(3), None));
        assert_eq!(parse(&Cursor("of another device".to_owned())), (None, None));
    }

    #[test]
    fn numbers_follow_each_other_or_say_nothing() {
        assert_eq!((follows("7", "8"), follows("7", "9")), (Some(true), Some(false)));
        assert_eq!((follows("a", "b"), follows("18446744073709551615", "0")), (None, Some(true)));
    }
}
