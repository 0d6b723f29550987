//! Receivers.

use std::time::Duration;

use underlay_hal::{Change, Cx, ErrorKind, EventDelivery, Severity, Subscription, SubscriptionId};

use super::{FACET, facet, real};
use crate::{
    World,
    laws::{
        Law,
        effect::{changed, over},
        ensure,
        help::{Said, until, why, without_effect},
        law,
    },
};

const CONTEXT: &str = "lawful-7";

async fn list(world: &World, cx: &Cx) -> Said<Vec<Subscription>> {
    facet(world)?.subscriptions(cx).await.map_err(why)
}

/// Subscribes the rig's receiver.
async fn subscribed(world: &World, cx: &Cx) -> Said<SubscriptionId> {
    let (facet, receiver) = (facet(world)?, real(world)?.receiver());
    ensure!(facet.deliveries().contains(&EventDelivery::Push), "subscriptions are promised and not listed");
    let outcome = facet.subscribe(cx, &receiver, CONTEXT).await;
    if let Some(id) = over(world, cx, outcome).await? {
        return Ok(id);
    }
    let mine = list(world, cx).await?.into_iter().find(|one| one.destination == receiver);
    Ok(mine.ok_or("the task is over, and no subscription is listed")?.id)
}

/// Has anything of that word reached the receiver?
fn arrived(world: &World, word: &str) -> Said<bool> {
    Ok(real(world)?.received().iter().any(|text| text.contains(word)))
}

pub(super) const LAWS: &[Law] = &[
    law!("events::a_receiver_gets_what_happens", FACET, Some("events.push"), Reversible, |world, cx| {
        subscribed(world, cx).await?;
        let word = world.truth.log_event(Severity::Critical);
        until(world, &format!("{word} at the receiver"), || async { arrived(world, &word) }).await
    }),
    law!("events::a_subscription_is_listed", FACET, Some("events.push"), Reversible, |world, cx| {
        let before = real(world)?.subscriptions();
        let id = subscribed(world, cx).await?;
        let there = real(world)?.subscriptions();
        ensure!(there == before + 1, "one was made, and there are {there} after {before}");
        let seen = list(world, cx).await?.into_iter().find(|one| one.id == id);
        let seen = seen.ok_or_else(|| format!("{id} is not listed"))?;
        let receiver = real(world)?.receiver();
        ensure!(seen.destination == receiver, "it sends to {receiver}, and reads as {seen:?}");
        ensure!(seen.context.as_deref() == Some(CONTEXT), "its word is {CONTEXT}, and it reads as {seen:?}");
        Ok(())
    }),
    law!("events::unsubscribing_ends_it", FACET, Some("events.push"), Reversible, |world, cx| {
        let before = real(world)?.subscriptions();
        let id = subscribed(world, cx).await?;
        let change = changed(world, cx, facet(world)?.unsubscribe(cx, &id).await).await?;
        ensure!(change == Change::Made, "ending a subscription gave {change:?}");
        let there = real(world)?.subscriptions();
        ensure!(there == before, "it was ended, and there are {there} after {before}");
        let word = world.truth.log_event(Severity::Critical);
        world.truth.pass(Duration::from_secs(30)).await;
        ensure!(!arrived(world, &word)?, "it was ended, and {word} still reached the receiver");
        Ok(())
    }),
    law!("events::unsubscribing_twice_is_already_so", FACET, Some("events.push"), Reversible, |world, cx| {
        let id = subscribed(world, cx).await?;
        changed(world, cx, facet(world)?.unsubscribe(cx, &id).await).await?;
        let before = world.truth.mutations();
        let again = changed(world, cx, facet(world)?.unsubscribe(cx, &id).await).await?;
        ensure!(again == Change::AlreadySo, "ending what is gone gave {again:?}");
        ensure!(world.truth.mutations() == before, "ending what is gone changed something");
        Ok(())
    }),
    law!(
        "events::a_full_table_is_resource_exhausted",
        FACET,
        Some("events.limit"),
        Reversible,
        |world, cx| {
            let (facet, receiver) = (facet(world)?, real(world)?.receiver());
            for number in 0..100 {
                let before = real(world)?.subscriptions();
                let made = world.truth.mutations();
                let outcome = facet.subscribe(cx, &receiver, &format!("{CONTEXT}-{number}")).await;
                if outcome.is_ok() {
                    over(world, cx, outcome).await?;
                    continue;
                }
                ensure!(number > 0, "not even one: {outcome:?}");
                let (now, there) = (world.truth.mutations(), real(world)?.subscriptions());
                ensure!((now, there) == (made, before), "it was refused, and made {there} of {before}");
                return without_effect(world, ErrorKind::ResourceExhausted, "one too many", async {
                    outcome
                })
                .await;
            }
            Err("a hundred were taken, though a limit is promised".to_owned())
        }
    ),
    law!("events::a_test_event_is_sent", FACET, Some("events.test"), Reversible, |world, cx| {
        subscribed(world, cx).await?;
        let before = real(world)?.received().len();
        let change = changed(world, cx, facet(world)?.send_test(cx).await).await?;
        ensure!(change == Change::Made, "sending a test gave {change:?}");
        until(world, "a test at the receiver", || async { Ok(real(world)?.received().len() > before) }).await
    }),
    law!(
        "events::a_lost_answer_is_settled_by_reading_back",
        FACET,
        Some("device.lost_answer"),
        Reversible,
        |world, cx| {
            if !facet(world)?.deliveries().contains(&EventDelivery::Push) {
                return Ok(());
            }
            let before = real(world)?.subscriptions();
            ensure!(world.truth.lose_next_answer(), "the rig loses no answers, though it is promised");
            let id = subscribed(world, cx).await?;
            let there = real(world)?.subscriptions();
            ensure!(
                there == before + 1,
                "one was asked for, and its answer lost; there are {there} after {before}"
            );
            let listed = list(world, cx).await?.into_iter().any(|one| one.id == id);
            ensure!(listed, "it was told as {id}, which is not listed");
            Ok(())
        }
    ),
];
