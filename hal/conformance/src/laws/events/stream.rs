//! The stream.

use std::time::Duration;

use tokio::time::Instant;
use underlay_hal::{Cursor, Cx, Event, EventBatch, Severity};

use super::{FACET, facet, real, tells};
use crate::{
    World,
    laws::{
        Law, ensure,
        help::{Said, until, why},
        law,
    },
};

/// How long one wait is, when nothing is to come.
const SHORT: Duration = Duration::from_millis(300);
/// How long one wait is, when something is to come.
const LONG: Duration = Duration::from_secs(5);

async fn next(world: &World, cx: &Cx, after: Option<Cursor>, wait: Duration) -> Said<EventBatch> {
    facet(world)?.next(cx, after, wait).await.map_err(why)
}

/// Opens the stream, and reads until nothing comes for a while; gives the place.
async fn opened(world: &World, cx: &Cx) -> Said<Option<Cursor>> {
    let mut place = None;
    for _ in 0..50 {
        let batch = next(world, cx, place.clone(), SHORT).await?;
        place = batch.cursor.or(place);
        if batch.events.is_empty() {
            return Ok(place);
        }
    }
    Err("events come without an end, and nothing happens".to_owned())
}

/// What comes after that place until events tell of all these words, or nothing more comes. The gaps told on the way
/// come with them.
async fn read(
    world: &World,
    cx: &Cx,
    mut place: Option<Cursor>,
    words: &[String],
) -> Said<(Vec<Event>, Vec<String>, Option<Cursor>)> {
    let (mut events, mut gaps): (Vec<Event>, Vec<String>) = (Vec::new(), Vec::new());
    for _ in 0..50 {
        let missing = words.iter().any(|word| !events.iter().any(|event| tells(event, word)));
        let wait = if missing && gaps.is_empty() { LONG } else { SHORT };
        let batch = next(world, cx, place.clone(), wait).await?;
        place = batch.cursor.or(place);
        gaps.extend(batch.gap);
        if batch.events.is_empty() && (!missing || !gaps.is_empty() || wait == LONG) {
            break;
        }
        events.extend(batch.events);
    }
    Ok((events, gaps, place))
}

pub(super) const LAWS: &[Law] = &[
    law!("events::an_event_comes_once", FACET, Some("events.stream"), Reversible, |world, cx| {
        let place = opened(world, cx).await?;
        let word = world.truth.log_event(Severity::Warning);
        let (events, ..) = read(world, cx, place, std::slice::from_ref(&word)).await?;
        let times = events.iter().filter(|event| tells(event, &word)).count();
        ensure!(times == 1, "{word} happened once and was told {times} times: {events:?}");
        Ok(())
    }),
    law!("events::events_come_in_order", FACET, Some("events.stream"), Reversible, |world, cx| {
        let place = opened(world, cx).await?;
        let words: Vec<_> = (0..3).map(|_| world.truth.log_event(Severity::Warning)).collect();
        let (events, ..) = read(world, cx, place, &words).await?;
        let told: Vec<_> =
            events.iter().filter_map(|event| words.iter().find(|word| tells(event, word))).collect();
        let expected: Vec<_> = words.iter().collect();
        ensure!(told == expected, "{expected:?} happened; {told:?} were told, of {events:?}");
        Ok(())
    }),
    law!("events::no_gap_is_told_where_none_is", FACET, Some("events.stream"), Reversible, |world, cx| {
        let place = opened(world, cx).await?;
        let word = world.truth.log_event(Severity::Warning);
        let (_, gaps, _) = read(world, cx, place, std::slice::from_ref(&word)).await?;
        ensure!(gaps.is_empty(), "nothing was cut, and gaps were told: {gaps:?}");
        Ok(())
    }),
    law!("events::severity_is_told", FACET, Some("events.stream"), Reversible, |world, cx| {
        let mut place = opened(world, cx).await?;
        for severity in [Severity::Warning, Severity::Critical] {
            let word = world.truth.log_event(severity);
            let (events, _, after) = read(world, cx, place, std::slice::from_ref(&word)).await?;
            place = after;
            let told = events.iter().find(|event| tells(event, &word)).map(|event| event.severity);
            ensure!(told == Some(severity), "a {} event is told as {told:?}", severity.as_str());
        }
        Ok(())
    }),
    law!("events::an_idle_wait_is_no_error", FACET, Some("events.stream"), Reversible, |world, cx| {
        let place = opened(world, cx).await?;
        let batch = next(world, cx, place, SHORT).await?;
        ensure!(batch.events.is_empty(), "nothing happened, and these came: {:?}", batch.events);
        Ok(())
    }),
    law!(
        "events::an_idle_wait_takes_the_time_given",
        FACET,
        Some("events.stream"),
        Reversible,
        |world, cx| {
            let place = opened(world, cx).await?;
            let begun = Instant::now();
            next(world, cx, place, SHORT).await?;
            let took = begun.elapsed();
            ensure!(took >= SHORT / 2, "a wait of {SHORT:?} was over after {took:?}");
            ensure!(took <= SHORT + Duration::from_secs(2), "a wait of {SHORT:?} took {took:?}");
            Ok(())
        }
    ),
    law!("events::an_event_ends_the_wait", FACET, Some("events.stream"), Reversible, |world, cx| {
        let place = opened(world, cx).await?;
        let begun = Instant::now();
        let wait = Duration::from_secs(20);
        let (batch, word) = tokio::join!(next(world, cx, place, wait), async {
            tokio::time::sleep(Duration::from_millis(100)).await;
            world.truth.log_event(Severity::Critical)
        });
        let (batch, took) = (batch?, begun.elapsed());
        ensure!(!batch.events.is_empty(), "{word} happened, and the wait ended without it after {took:?}");
        ensure!(took < Duration::from_secs(10), "{word} happened at once, and was told after {took:?}");
        Ok(())
    }),
    law!("events::what_a_cut_loses_is_told", FACET, Some("events.stream"), Reversible, |world, cx| {
        let place = opened(world, cx).await?;
        real(world)?.cut_streams();
        let word = world.truth.log_event(Severity::Critical);
        let (events, gaps, _) = read(world, cx, place, std::slice::from_ref(&word)).await?;
        let told = events.iter().any(|event| tells(event, &word));
        ensure!(told || !gaps.is_empty(), "{word} happened while the stream was cut: neither told nor a gap");
        Ok(())
    }),
    law!("events::a_broken_stream_is_opened_again", FACET, Some("events.stream"), Reversible, |world, cx| {
        let mut place = opened(world, cx).await?;
        real(world)?.cut_streams();
        place = next(world, cx, place.clone(), SHORT).await?.cursor.or(place);
        until(world, "a stream again", || async {
            next(world, cx, place.clone(), Duration::from_millis(20)).await?;
            Ok(real(world)?.streams() > 0)
        })
        .await?;
        let word = world.truth.log_event(Severity::Critical);
        let (events, ..) = read(world, cx, place, std::slice::from_ref(&word)).await?;
        ensure!(
            events.iter().any(|event| tells(event, &word)),
            "{word} happened on the new stream, and these came: {events:?}"
        );
        Ok(())
    }),
    law!(
        "events::the_stream_is_closed_with_the_device",
        FACET,
        Some("events.stream"),
        Reversible,
        |world, cx| {
            let before = real(world)?.streams();
            opened(world, cx).await?;
            let open = real(world)?.streams();
            ensure!(open == before + 1, "one stream was opened, and {open} are open after {before}");
            world.device.close(cx).await.map_err(why)?;
            until(world, "no stream", || async { Ok(real(world)?.streams() == before) }).await
        }
    ),
];
