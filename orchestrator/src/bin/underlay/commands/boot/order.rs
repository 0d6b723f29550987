//! `underlay boot order` and `underlay boot first`.

use std::{process::ExitCode, sync::Arc};

use underlay_hal::{
    BootOption, BootOptionId, BootOrder, BootOrderState, BootTarget, Cx, Error, ErrorKind, MacAddress,
    Opened, Result,
};

use crate::{
    cli::Wait,
    commands::{
        change::{Done, Mutation, Step},
        pick::pick,
    },
    context::{Context, Failure},
    output::{or_dash, print, print_if},
};

fn missing() -> Error {
    Error::unsupported("boot_order.read")
}

pub(super) async fn show(context: &Context, select: &str) -> std::result::Result<ExitCode, Failure> {
    let answers = context
        .each(select, "boot order", |cx: Cx, opened: Arc<Opened>| async move {
            opened.device.boot_order().ok_or_else(missing)?.read(&cx).await
        })
        .await?;
    let headings = ["device", "place", "option", "name", "boots from", "mac"];
    Ok(print(context.output, &headings, &answers, rows))
}

fn rows(state: &BootOrderState) -> Vec<Vec<String>> {
    let row = |place: String, id: &BootOptionId| {
        let option = state.option(id);
        let name = option.and_then(|option| option.name.as_deref());
        let target = option.and_then(|option| option.target).map(BootTarget::as_str);
        let off = option.and_then(|option| option.enabled) == Some(false);
        let target = or_dash(target) + if off { " (disabled)" } else { "" };
        let mac = option.and_then(|option| option.mac);
        vec![place, id.to_string(), or_dash(name), target, or_dash(mac)]
    };
    let mut rows: Vec<_> =
        (1..).zip(&state.current).map(|(place, id): (usize, _)| row(place.to_string(), id)).collect();
    if let Some(pending) = state.pending.as_ref().filter(|pending| **pending != state.current) {
        rows.extend(
            (1..).zip(pending).map(|(place, id): (usize, _)| row(format!("{place} after reset"), id)),
        );
    }
    rows
}

fn facet(step: &Step) -> Result<&dyn BootOrder> {
    step.device().boot_order().ok_or_else(missing)
}

fn names(option: &BootOption) -> Vec<&str> {
    std::iter::once(option.id.as_str()).chain(option.name.as_deref()).collect()
}

pub(super) async fn first(
    context: &Context,
    select: &str,
    words: &[String],
    mac: Option<MacAddress>,
) -> std::result::Result<ExitCode, Failure> {
    let mutation = Mutation::harmless(context, "boot first", Wait::default());
    let look = async |step: &Step| {
        let state = facet(step)?.read(&step.cx).await?;
        if let Some(mac) = mac {
            return state.with_mac_first(mac, Some(BootTarget::Pxe)).ok_or_else(|| {
                Error::new(ErrorKind::NotFound, format!("no boot option belongs to the port {mac}"))
            });
        }
        let first: Result<Vec<_>> = words
            .iter()
            .map(|word| pick("boot option", word, &state.options, names).map(|one| one.id.clone()))
            .collect();
        Ok(state.with_first(&first?))
    };
    let act = async |step: &Step, order: Vec<BootOptionId>| {
        step.staged(facet(step)?.set(&step.cx, &order).await?).await
    };
    let answers = mutation.run(select, look, |_| Vec::new(), act).await?;
    Ok(print_if(context.output, &["device", "change"], answers, |done: &Done| vec![vec![done.words()]]))
}
