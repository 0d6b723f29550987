//! One outlet from the cells of its row.

use std::{collections::BTreeMap, time::Duration};

use underlay_hal::{Outlet, OutletId, OutletState, RestorePolicy};
use underlay_snmp_mib::{Family, Outlets, Policy, State};

use crate::transport::Value;

/// The columns that tell about an outlet.
pub(super) fn columns(outlets: &Outlets) -> Vec<&'static str> {
    let named = [outlets.pending, outlets.fixed].map(|column| column.map(|(column, _)| column));
    let policy = outlets.policy.map(|(column, _)| column);
    let more = [outlets.label, outlets.on_delay, outlets.off_delay, outlets.cycle_off_time, policy];
    [outlets.state].into_iter().chain(named.into_iter().chain(more).flatten()).collect()
}

/// The interface's word, and whether the outlet is held.
fn state(state: State) -> (OutletState, bool) {
    match state {
        State::On => (OutletState::On, false),
        State::Off => (OutletState::Off, false),
        State::PendingOn => (OutletState::PendingOn, false),
        State::PendingOff => (OutletState::PendingOff, false),
        State::Cycling => (OutletState::Cycling, false),
        State::LockedOn => (OutletState::On, true),
        State::LockedOff => (OutletState::Off, true),
        State::Fault => (OutletState::Fault, false),
    }
}

/// The interface's word for a policy.
pub(super) fn policy(policy: Policy) -> RestorePolicy {
    match policy {
        Policy::AlwaysOn => RestorePolicy::AlwaysOn,
        Policy::AlwaysOff => RestorePolicy::AlwaysOff,
        Policy::LastState => RestorePolicy::LastState,
    }
}

/// The outlet that these cells are. A cell that is missing or odd costs what it would have told, and nothing else.
pub(super) fn read(family: &Family, id: OutletId, cells: &BTreeMap<&str, Value>) -> Outlet {
    let outlets = &family.outlets;
    let number = |column: &str| cells.get(column).and_then(Value::number);
    let raw = number(outlets.state);
    let (mut now, locked) =
        raw.and_then(|raw| outlets.meaning(raw)).map_or((OutletState::Unknown, false), state);
    let waits = outlets.pending.is_some_and(|(column, waits)| number(column) == Some(waits));
    if waits {
        now = match now {
            OutletState::On => OutletState::PendingOff,
            OutletState::Off => OutletState::PendingOn,
            other => other,
        };
    }
    // Negative is "never" or "not supported".
    let seconds = |column: Option<&str>| {
        column.and_then(number).and_then(|value| u64::try_from(value).ok()).map(Duration::from_secs)
    };
    let mut outlet = Outlet::new(id, now);
    outlet.label = outlets.label.and_then(|column| cells.get(column)).and_then(Value::text);
    let odd = matches!(now, OutletState::Unknown | OutletState::Fault);
    outlet.raw_state = raw.filter(|_| odd).map(|raw| raw.to_string());
    outlet.locked = locked;
    let fixed = outlets.fixed.is_some_and(|(column, fixed)| number(column) == Some(fixed));
    outlet.switchable = raw.is_some() && outlets.switching.is_some() && !fixed;
    outlet.restore_policy = outlets.policy.and_then(|(column, words)| {
        let value = number(column)?;
        words.iter().find(|(known, _)| *known == value).map(|(_, meant)| policy(*meant))
    });
    outlet.on_delay = seconds(outlets.on_delay);
    outlet.off_delay = seconds(outlets.off_delay);
    outlet.cycle_off_time = seconds(outlets.cycle_off_time);
    outlet
}
