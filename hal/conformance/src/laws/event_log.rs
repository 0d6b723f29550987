//! Laws of [`underlay_hal::EventLog`].

use underlay_hal::{Cx, EventLog, FacetKind, LogEntry, Severity};

use super::{
    Law, ensure,
    help::{ends_in_silence, finished, until, why},
    law,
};
use crate::World;

const EVENT_LOG: Option<FacetKind> = Some(FacetKind::EventLog);

fn log(world: &World) -> Result<&dyn EventLog, String> {
    world.device.event_log().ok_or_else(|| "event_log is absent".to_owned())
}

async fn read_all(log: &dyn EventLog, cx: &Cx, page: usize) -> Result<Vec<LogEntry>, String> {
    let mut all: Vec<LogEntry> = Vec::new();
    loop {
        let after = all.last().map(|entry| entry.id.clone());
        let next = log.read(cx, after, page).await.map_err(why)?;
        ensure!(next.entries.len() <= page, "asked for {page} entries, got {}", next.entries.len());
        ensure!(!next.more || !next.entries.is_empty(), "an empty page says that there is more");
        all.extend(next.entries);
        if !next.more {
            return Ok(all);
        }
        ensure!(all.len() < 100_000, "the log has no end");
    }
}

fn tells(entry: &LogEntry, event: &str) -> bool {
    entry.text.contains(event) || entry.sensor.as_deref().is_some_and(|sensor| sensor.contains(event))
}

pub(super) const LAWS: &[Law] = &[
    law!("event_log::an_event_appears_once_and_last", EVENT_LOG, None, Reversible, |world, cx| {
        let facet = log(world)?;
        let before = read_all(facet, cx, 1000).await?;
        let event = world.truth.log_event(Severity::Critical);
        let after = read_all(facet, cx, 1000).await?;
        let new = after.get(before.len()..).unwrap_or_default();
        ensure!(new.len() == 1, "one event gave {} new entries: {new:?}", new.len());
        ensure!(
            new.iter().all(|entry| tells(entry, &event)),
            "the entry does not tell of {event:?}: {new:?}"
        );
        Ok(())
    }),
    law!("event_log::severity_is_told", EVENT_LOG, None, Reversible, |world, cx| {
        let facet = log(world)?;
        for severity in [Severity::Warning, Severity::Critical] {
            world.truth.log_event(severity);
            let last = read_all(facet, cx, 1000).await?.pop().ok_or("the log is empty after an event")?;
            ensure!(last.severity == severity, "a {} event reads as {last:?}", severity.as_str());
        }
        Ok(())
    }),
    law!("event_log::pages_give_what_one_read_gives", EVENT_LOG, None, Reversible, |world, cx| {
        let facet = log(world)?;
        for _ in 0..5 {
            world.truth.log_event(Severity::Warning);
        }
        let whole = read_all(facet, cx, 1000).await?;
        ensure!(
            whole.len() == world.truth.log_length(),
            "{} of {} entries",
            whole.len(),
            world.truth.log_length()
        );
        let paged = read_all(facet, cx, 2).await?;
        ensure!(whole == paged, "at once: {whole:?}; in pages: {paged:?}");
        Ok(())
    }),
    law!("event_log::oldest_first", EVENT_LOG, None, Reversible, |world, cx| {
        let facet = log(world)?;
        for _ in 0..3 {
            world.truth.log_event(Severity::Warning);
            world.truth.pass(std::time::Duration::from_secs(5)).await;
        }
        let times: Vec<_> =
            read_all(facet, cx, 1000).await?.into_iter().filter_map(|entry| entry.at).collect();
        ensure!(times.len() >= 3, "entries carry no time");
        ensure!(times.is_sorted(), "not oldest first: {times:?}");
        Ok(())
    }),
    law!("event_log::a_lost_cursor_is_a_gap", EVENT_LOG, None, Reversible, |world, cx| {
        let facet = log(world)?;
        world.truth.log_event(Severity::Warning);
        let first = facet.read(cx, None, 1).await.map_err(why)?;
        ensure!(!first.gap, "a first read has nothing to miss");
        let page = facet.read(cx, Some("64999".into()), 10).await.map_err(why)?;
        ensure!(page.gap, "the entry to start after does not exist, and the page says nothing");
        ensure!(page.entries.first() == first.entries.first(), "after a gap it starts with the oldest");
        Ok(())
    }),
    law!("event_log::clear_leaves_nothing_from_before", EVENT_LOG, None, DestroysData, |world, cx| {
        let facet = log(world)?;
        let event = world.truth.log_event(Severity::Critical);
        world.truth.log_event(Severity::Critical);
        finished(facet.clear(cx).await)?;
        until(world, "an empty log", || async {
            Ok(!read_all(facet, cx, 1000).await?.iter().any(|entry| tells(entry, &event)))
        })
        .await?;
        ensure!(world.truth.log_length() <= 1, "{} entries are left", world.truth.log_length());
        Ok(())
    }),
    law!("event_log::silence_ends_by_the_deadline", EVENT_LOG, None, ReadOnly, |world, cx| {
        let facet = log(world)?;
        ends_in_silence(world, cx, |cx| async move { facet.read(&cx, None, 10).await }).await
    }),
];
