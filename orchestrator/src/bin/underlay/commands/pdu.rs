//! `underlay pdu` and `underlay outlet`.

use std::{collections::BTreeMap, process::ExitCode, sync::Arc};

use serde::Serialize;
use underlay_hal::{
    Circuit, CircuitKind, Cx, Device, Error, ErrorKind, Opened, OutletAction, OutletConfig, OutletDelay,
    OutletGroup, OutletId, OutletState, PduMetrics, Result,
};
use underlay_rack::{DeviceKind, Rack};

use super::change::{Done, Mutation, Step};
use crate::{
    cli::{Outlet, OutletArgs, Pdu, Wait},
    context::{Context, Failure},
    output::{Answer, or_dash, print, print_if},
};

/// One outlet, and what the rack file says is plugged in.
#[derive(Debug, Serialize)]
struct Shown {
    #[serde(flatten)]
    outlet: underlay_hal::Outlet,
    feeds: Vec<String>,
}

/// One outlet of one unit, after a change.
#[derive(Debug, Serialize)]
struct Switched {
    outlet: OutletId,
    #[serde(flatten)]
    done: Done,
}

/// Outlets of one unit.
#[derive(Debug, Serialize)]
struct Of<T> {
    outlets: Vec<T>,
}

/// The outlets that a command is about, by unit.
type Targets = BTreeMap<String, Vec<u32>>;

fn facet(device: &dyn Device) -> Result<&dyn underlay_hal::Pdu> {
    device.pdu().ok_or_else(|| {
        let message = "is no unit of power that can be reached; `underlay power` switches machines";
        Error::new(ErrorKind::Unsupported, message).during("pdu.outlets")
    })
}

/// What is plugged into an outlet, as the rack file says: `node01 (supply 1 of 2)`.
fn feeds(rack: &Rack, pdu: &str, outlet: &OutletId) -> Vec<String> {
    let Ok(number) = outlet.as_str().parse() else { return Vec::new() };
    let fed = rack.fed_by(pdu, number);
    fed.iter()
        .map(|(device, supply)| format!("{} (supply {supply} of {})", device.name, device.power.len()))
        .collect()
}

pub(super) async fn run(context: &Context, command: &Pdu) -> std::result::Result<ExitCode, Failure> {
    match command {
        Pdu::Show { select } => {
            let names: Targets = units(context, select)?.into_iter().map(|name| (name, Vec::new())).collect();
            show(context, names).await
        }
        Pdu::Groups { select } => groups(context, &units(context, select)?.join(",")).await,
        Pdu::Meter { select } => meter(context, &units(context, select)?.join(",")).await,
    }
}

pub(super) async fn outlet(context: &Context, command: &Outlet) -> std::result::Result<ExitCode, Failure> {
    let rack = context.rack();
    match command {
        Outlet::Status { outlets } => show(context, targets(rack, outlets)?).await,
        Outlet::On(arguments) => switch(context, OutletAction::On, arguments).await,
        Outlet::Off(arguments) => switch(context, OutletAction::Off, arguments).await,
        Outlet::Cycle(arguments) => switch(context, OutletAction::Cycle, arguments).await,
        Outlet::Cancel { outlets } => {
            let act = async |step: &Step, id: &OutletId| {
                step.changed(facet(step.device())?.cancel(&step.cx, id).await?).await
            };
            let mutation = Mutation::harmless(context, "outlet cancel", Wait::default());
            each(context, &mutation, &targets(rack, outlets)?, |_, _| Vec::new(), act).await
        }
        Outlet::Label { outlet, label } => {
            let config = OutletConfig { label: Some(label.clone()), ..OutletConfig::default() };
            let act = async |step: &Step, id: &OutletId| {
                step.changed(facet(step.device())?.configure(&step.cx, id, &config).await?).await
            };
            let mutation = Mutation::harmless(context, "outlet label", Wait::default());
            each(context, &mutation, &targets(rack, std::slice::from_ref(outlet))?, |_, _| Vec::new(), act)
                .await
        }
    }
}

/// The units that a selector means; `all` means all of them here.
fn units(context: &Context, select: &str) -> std::result::Result<Vec<String>, Failure> {
    let select = if select == "all" { "kind:pdu" } else { select };
    let has_some = context.rack().devices.iter().any(|device| device.kind == DeviceKind::Pdu);
    if select == "kind:pdu" && !has_some {
        let message = "the rack has no unit of power that can be reached; give a `[[pdu]]` an `snmp` and a `credential`";
        return Err(Failure(message.to_owned()));
    }
    context.select(select)
}

/// The outlets that words mean: `pdu-a:3`, or a machine for all that feed it.
fn targets(rack: &Rack, words: &[String]) -> std::result::Result<Targets, Failure> {
    let reachable = |name: &str| rack.device(name).is_some_and(|device| device.kind == DeviceKind::Pdu);
    let mut targets = Targets::new();
    let mut add = |pdu: &str, outlet: u32| -> std::result::Result<(), Failure> {
        if !rack.pdus.iter().any(|known| known.name == pdu) {
            let known: Vec<_> = rack.pdus.iter().map(|pdu| pdu.name.as_str()).collect();
            return Err(Failure(format!(
                "there is no unit of power `{pdu}`; there are {}",
                known.join(", ")
            )));
        }
        if !reachable(pdu) {
            let message =
                format!("`{pdu}` cannot be reached: its `[[pdu]]` needs an `snmp` and a `credential`");
            return Err(Failure(message));
        }
        let outlets = targets.entry(pdu.to_owned()).or_default();
        if !outlets.contains(&outlet) {
            outlets.push(outlet);
        }
        Ok(())
    };
    for word in words {
        if let Some((pdu, outlet)) = word.rsplit_once(':') {
            let number = outlet
                .parse()
                .map_err(|_| Failure(format!("`{word}`: an outlet is a number, as in `{pdu}:3`")))?;
            add(pdu, number)?;
            continue;
        }
        for device in rack.select(word)? {
            if device.power.is_empty() {
                let message = format!("the rack file does not say which outlets feed `{}`", device.name);
                return Err(Failure(format!("{message}; name one, as in `pdu-a:3`")));
            }
            for cable in &device.power {
                add(&cable.pdu, cable.outlet)?;
            }
        }
    }
    Ok(targets)
}

/// What dies with an outlet, in words; a machine whose every cord is cut is said so.
fn losses(rack: &Rack, targets: &Targets, pdu: &str, outlet: u32) -> Vec<String> {
    let cut = |pdu: &str, outlet: u32| targets.get(pdu).is_some_and(|outlets| outlets.contains(&outlet));
    let fed = rack.fed_by(pdu, outlet);
    if fed.is_empty() {
        return vec![format!("outlet {outlet}: whatever is plugged in; the rack file does not say")];
    }
    let words = fed.iter().map(|(device, supply)| {
        let all = device.power.iter().all(|cable| cut(&cable.pdu, cable.outlet));
        let what = if all { "goes off, it has no other feed" } else { "goes on with its other supply" };
        format!("outlet {outlet}: {} loses supply {supply} of {} and {what}", device.name, device.power.len())
    });
    words.collect()
}

async fn switch(
    context: &Context,
    action: OutletAction,
    arguments: &OutletArgs,
) -> std::result::Result<ExitCode, Failure> {
    let delay = match (arguments.after, arguments.later) {
        (Some(seconds), _) => OutletDelay::Seconds(seconds),
        (None, true) => OutletDelay::Configured,
        (None, false) => OutletDelay::None,
    };
    let operation = match action {
        OutletAction::On => "outlet on",
        OutletAction::Off => "outlet off",
        OutletAction::Cycle => "outlet cycle",
    };
    let targets = targets(context.rack(), &arguments.outlets)?;
    let act = async |step: &Step, id: &OutletId| {
        step.changed(facet(step.device())?.switch(&step.cx, id, action, delay).await?).await
    };
    let mutation = match action {
        OutletAction::On => Mutation::harmless(context, operation, Wait::default()),
        OutletAction::Off | OutletAction::Cycle => {
            Mutation::asking(context, operation, arguments.consent, Wait::default())
        }
    };
    let loses = |pdu: &str, outlet: u32| match action {
        OutletAction::On => Vec::new(),
        OutletAction::Off | OutletAction::Cycle => losses(context.rack(), &targets, pdu, outlet),
    };
    each(context, &mutation, &targets, loses, act).await
}

/// One change of each outlet, unit by unit. Nothing is lost of an outlet that gives no power.
async fn each(
    context: &Context,
    mutation: &Mutation<'_>,
    targets: &Targets,
    losses: impl Fn(&str, u32) -> Vec<String>,
    act: impl AsyncFn(&Step, &OutletId) -> Result<Done>,
) -> std::result::Result<ExitCode, Failure> {
    let select = targets.keys().cloned().collect::<Vec<_>>().join(",");
    let look = async |step: &Step| {
        let known = facet(step.device())?.outlets(&step.cx).await?;
        let mut lost = Vec::new();
        for outlet in targets.get(&step.name).into_iter().flatten() {
            let found = known.iter().find(|one| one.id.as_str() == outlet.to_string()).ok_or_else(|| {
                let ids: Vec<_> = known.iter().map(|one| one.id.as_str()).collect();
                let message = format!("there is no outlet {outlet}; there are {}", ids.join(", "));
                Error::new(ErrorKind::NotFound, message)
            })?;
            if found.state != OutletState::Off {
                lost.extend(losses(&step.name, *outlet));
            }
        }
        Ok(lost)
    };
    let acts = async |step: &Step, _: Vec<String>| {
        let mut switched = Vec::new();
        for outlet in targets.get(&step.name).into_iter().flatten() {
            let id = OutletId::from(outlet.to_string());
            let done = act(step, &id).await?;
            switched.push(Switched { outlet: id, done });
        }
        Ok(Of { outlets: switched })
    };
    let answers = mutation.run(&select, look, Vec::clone, acts).await?;
    Ok(print_if(context.output, &["device", "outlet", "change"], answers, |all: &Of<Switched>| {
        all.outlets.iter().map(|one| vec![one.outlet.to_string(), one.done.words()]).collect()
    }))
}

/// The outlets asked for, all of a unit if none are named.
async fn show(context: &Context, targets: Targets) -> std::result::Result<ExitCode, Failure> {
    let select = targets.keys().cloned().collect::<Vec<_>>().join(",");
    let answers = context
        .each(&select, "pdu show", |cx: Cx, opened: Arc<Opened>| async move {
            facet(&*opened.device)?.outlets(&cx).await
        })
        .await?;
    let rack = context.rack();
    let answers: Vec<Answer<Of<Shown>>> = answers
        .into_iter()
        .map(|Answer { device, result }| {
            let wanted = targets.get(&device).filter(|outlets| !outlets.is_empty());
            let chosen = |outlet: &underlay_hal::Outlet| {
                wanted
                    .is_none_or(|wanted| wanted.iter().any(|number| outlet.id.as_str() == number.to_string()))
            };
            let result = result.and_then(|all| {
                let ids: Vec<_> = all.iter().map(|outlet| outlet.id.to_string()).collect();
                let absent = wanted.into_iter().flatten().find(|number| !ids.contains(&number.to_string()));
                if let Some(absent) = absent {
                    let message = format!("there is no outlet {absent}; there are {}", ids.join(", "));
                    return Err(Error::new(ErrorKind::NotFound, message).during("pdu.outlets"));
                }
                let shown = all.into_iter().filter(&chosen);
                let outlets = shown.map(|outlet| Shown { feeds: feeds(rack, &device, &outlet.id), outlet });
                Ok(Of { outlets: outlets.collect() })
            });
            Answer { device, result }
        })
        .collect();
    Ok(print(context.output, &["device", "outlet", "label", "state", "feeds"], &answers, |all| {
        all.outlets.iter().map(row).collect()
    }))
}

fn row(shown: &Shown) -> Vec<String> {
    let outlet = &shown.outlet;
    let mut state = outlet.state.to_string().replace('_', " ");
    if let Some(raw) = &outlet.raw_state {
        state = format!("{state} ({raw})");
    }
    if outlet.locked {
        state.push_str(", locked");
    } else if !outlet.switchable {
        state.push_str(", cannot be switched");
    }
    let feeds = Some(shown.feeds.join(", ")).filter(|feeds| !feeds.is_empty());
    vec![outlet.id.to_string(), or_dash(outlet.label.as_deref()), state, or_dash(feeds)]
}

async fn groups(context: &Context, select: &str) -> std::result::Result<ExitCode, Failure> {
    let answers = context
        .each(select, "pdu groups", |cx: Cx, opened: Arc<Opened>| async move {
            facet(&*opened.device)?.groups(&cx).await
        })
        .await?;
    let headings = ["device", "group", "label", "outlets"];
    Ok(print(context.output, &headings, &answers, |groups: &Vec<OutletGroup>| {
        let row = |group: &OutletGroup| {
            let outlets: Vec<_> = group.outlets.iter().map(OutletId::as_str).collect();
            let outlets = Some(outlets.join(", ")).filter(|outlets| !outlets.is_empty());
            vec![group.id.to_string(), or_dash(group.label.as_deref()), or_dash(outlets)]
        };
        groups.iter().map(row).collect()
    }))
}

async fn meter(context: &Context, select: &str) -> std::result::Result<ExitCode, Failure> {
    let answers = context
        .each(select, "pdu meter", |cx: Cx, opened: Arc<Opened>| async move {
            facet(&*opened.device)?.meter(&cx).await
        })
        .await?;
    let headings = ["device", "circuit", "current", "of", "voltage", "power", "apparent", "energy", "load"];
    Ok(print(context.output, &headings, &answers, |metrics: &PduMetrics| {
        metrics.circuits.iter().map(circuit).collect()
    }))
}

fn circuit(circuit: &Circuit) -> Vec<String> {
    let kind = match circuit.kind {
        CircuitKind::Inlet => "inlet",
        CircuitKind::Phase => "phase",
        CircuitKind::Bank => "bank",
        CircuitKind::Outlet => "outlet",
        _ => "circuit",
    };
    let of = |value: Option<f64>, digits: usize, unit: &str| {
        or_dash(value.map(|value| format!("{value:.digits$} {unit}")))
    };
    vec![
        format!("{kind} {}", circuit.id),
        of(circuit.amperes, 2, "A"),
        of(circuit.thresholds.upper_critical.or(circuit.rated_amperes), 0, "A"),
        of(circuit.volts, 0, "V"),
        of(circuit.watts, 0, "W"),
        of(circuit.volt_amperes, 0, "VA"),
        of(circuit.watt_hours.map(|energy| energy / 1000.0), 1, "kWh"),
        or_dash(circuit.health.map(underlay_hal::Health::as_str)),
    ]
}
