//! Names, policies and delays of outlets.

use std::time::Duration;

use underlay_hal::{Change, Cx, Effect, Error, ErrorKind, Outlet, OutletConfig, OutletId, Result, Support};
use underlay_snmp_mib::Oid;

use super::{SnmpPdu, outlet};
use crate::transport::Value;

/// Characters of a name that every unit takes.
const LONGEST: usize = 32;

/// Whether an outlet is as asked, in one respect.
type IsSo = fn(&Outlet, &OutletConfig) -> bool;

/// One object to be written: its column, the value, and whether it is so.
type Write = (&'static str, Value, IsSo);

fn label_is_so(seen: &Outlet, asked: &OutletConfig) -> bool {
    seen.label.as_deref() == asked.label.as_deref().map(str::trim)
}

/// What has to be written; nothing for what is so.
fn writes(pdu: &SnmpPdu, now: &Outlet, asked: &OutletConfig) -> Result<Vec<Write>> {
    let outlets = &pdu.family.outlets;
    let unsupported = || Error::unsupported("pdu.configure");
    let mut writes: Vec<Write> = Vec::new();
    if let Some(label) = &asked.label {
        let can = pdu.abilities.label.is_some_and(Support::is_writable);
        let column = outlets.label_set.filter(|_| can).ok_or_else(unsupported)?;
        let plain = label.chars().all(|c| c == ' ' || c.is_ascii_graphic());
        if label.trim().is_empty() || !plain || label.len() > LONGEST {
            let message = format!("a label has 1 to {LONGEST} printable ASCII characters");
            return Err(Error::new(ErrorKind::InvalidInput, message));
        }
        writes.push((column, Value::Bytes(label.trim().as_bytes().to_vec()), label_is_so));
    }
    if let Some(policy) = asked.restore_policy {
        let (column, words) = outlets.policy.ok_or_else(unsupported)?;
        let word = words.iter().find(|(_, known)| outlet::policy(*known) == policy);
        let (word, _) = word.ok_or_else(unsupported)?;
        writes
            .push((column, Value::Number(*word), |seen, asked| seen.restore_policy == asked.restore_policy));
    }
    let times: [(Option<Duration>, Option<&'static str>, IsSo); 3] = [
        (asked.on_delay, outlets.on_delay, |seen, asked| seen.on_delay == asked.on_delay),
        (asked.off_delay, outlets.off_delay, |seen, asked| seen.off_delay == asked.off_delay),
        (asked.cycle_off_time, outlets.cycle_off_time, |seen, asked| {
            seen.cycle_off_time == asked.cycle_off_time
        }),
    ];
    for (time, column, is_so) in times {
        let Some(time) = time else { continue };
        let column = column.ok_or_else(unsupported)?;
        let seconds = i64::try_from(time.as_secs()).unwrap_or(i64::MAX);
        writes.push((column, Value::Number(seconds), is_so));
    }
    writes.retain(|(_, _, is_so)| !is_so(now, asked));
    Ok(writes)
}

impl SnmpPdu {
    pub(super) async fn set_up(&self, cx: &Cx, id: &OutletId, asked: &OutletConfig) -> Result<Change> {
        let row = match self.row(id) {
            // What the unit cannot at all is that, whatever the outlet.
            Err(error) => {
                writes(self, &Outlet::new(id.clone(), underlay_hal::OutletState::Unknown), asked)?;
                return Err(error);
            }
            Ok(row) => row,
        };
        let now = self.look(cx, row, id).await?;
        let writes = writes(self, &now, asked)?;
        let mut made = Effect::None;
        for (column, value, is_so) in &writes {
            let object = Oid::table(column).join(row);
            let sent = self.transport.set(cx, &object, value.clone()).await;
            let lost = match sent {
                Ok(()) => None,
                Err(error) if error.effect() == Effect::Unknown && cx.check().is_ok() => Some(error),
                Err(error) if made == Effect::Applied => return Err(error.with_effect(made)),
                Err(error) => return Err(error),
            };
            let seen = self.look(cx, row, id).await.map_err(|error| error.with_effect(Effect::Unknown))?;
            if !is_so(&seen, asked) {
                return Err(lost.unwrap_or_else(|| taken(&seen, asked)));
            }
            made = Effect::Applied;
        }
        Ok(if writes.is_empty() { Change::AlreadySo } else { Change::Made })
    }
}

/// The unit said yes, and has something else: units round delays to those that they know.
fn taken(seen: &Outlet, asked: &OutletConfig) -> Error {
    let asked_for = format!("{asked:?}");
    let message = format!(
        "asked for {}, the unit has label {:?}, policy {:?}, delays {:?} and {:?}, off for {:?} in a cycle",
        asked_for.trim_start_matches("OutletConfig "),
        seen.label,
        seen.restore_policy,
        seen.on_delay,
        seen.off_delay,
        seen.cycle_off_time
    );
    Error::new(ErrorKind::NoEffect, message).with_effect(Effect::Applied)
}
