//! Laws of [`underlay_hal::Events`].

use underlay_hal::{Cx, ErrorKind, Event, EventDelivery};

use super::{
    Law, ensure, facet,
    help::{ends_in_silence, untried},
    law,
};

mod push;
mod stream;

facet!(Events, events, EventsTruth);

pub(super) const LAWS: [&[Law]; 3] = [OF_BOTH, stream::LAWS, push::LAWS];

/// Does the event tell of what the back door calls by that word?
fn tells(event: &Event, word: &str) -> bool {
    let has = |text: &String| text.contains(word);
    has(&event.text) || event.origin.as_ref().is_some_and(has) || event.details.values().any(has)
}

const OF_BOTH: &[Law] = &[
    law!("events::an_unlisted_delivery_is_unsupported_and_untried", FACET, None, Reversible, |world, cx| {
        let (facet, unsupported) = (facet(world)?, ErrorKind::Unsupported);
        ensure!(!facet.deliveries().is_empty(), "no delivery is listed at all");
        if !facet.deliveries().contains(&EventDelivery::Stream) {
            let call = facet.next(cx, None, std::time::Duration::from_millis(100));
            untried(world, unsupported, "a stream", call).await?;
        }
        if !facet.deliveries().contains(&EventDelivery::Push) {
            let call = facet.subscribe(cx, "http://192.0.2.7/events", "lawful");
            untried(world, unsupported, "a subscription", call).await?;
        }
        Ok(())
    }),
    law!("events::silence_ends_by_the_deadline", FACET, None, ReadOnly, |world, cx| {
        let facet = facet(world)?;
        if facet.deliveries().contains(&EventDelivery::Push) {
            return ends_in_silence(world, cx, |cx| async move { facet.subscriptions(&cx).await }).await;
        }
        let wait = std::time::Duration::from_secs(10);
        ends_in_silence(world, cx, |cx: Cx| async move { facet.next(&cx, None, wait).await }).await
    }),
];
