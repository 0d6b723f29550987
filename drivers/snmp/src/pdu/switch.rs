//! Switching, and the proof of it.

use std::time::Duration;

use underlay_hal::{
    Change, Cx, DelayStyle, Effect, Error, ErrorKind, Outlet, OutletAction, OutletDelay, OutletId,
    OutletState, Result, Support,
};
use underlay_snmp_mib::{Oid, Switching};

use super::SnmpPdu;
use crate::{index::Index, transport::Value};

/// Between the first two looks at an outlet that was told something; each further pause is twice the last one.
const FIRST_LOOK: Duration = Duration::from_millis(20);
/// The longest of these pauses: shorter than any unit keeps an outlet off in a cycle.
const LOOK: Duration = Duration::from_millis(500);
/// A unit that reads as before for so long has done nothing: the slow ones take five seconds.
pub(super) const NO_EFFECT: Duration = Duration::from_secs(10);
/// The longest that a unit keeps an outlet off in a cycle, and some time to tell of it.
const CYCLE: Duration = Duration::from_secs(75);
/// How long an outlet stays off, where the unit has no cycle of its own: long enough for a power supply to notice.
pub(super) const OFF: Duration = Duration::from_secs(5);

/// What is written to switch.
fn command(switching: &Switching, action: OutletAction, delay: OutletDelay) -> Option<(&'static str, i64)> {
    match switching {
        Switching::Words { column, now, later, .. } => {
            let words = match delay {
                OutletDelay::None => Some(now),
                OutletDelay::Configured => later.as_ref(),
                OutletDelay::Seconds(_) => None,
            }?;
            let word = match action {
                OutletAction::On => words.on,
                OutletAction::Off => words.off,
                OutletAction::Cycle => words.cycle?,
            };
            Some((column, word))
        }
        Switching::Seconds { on, off, cycle, .. } => {
            let seconds = match delay {
                OutletDelay::None => 0,
                OutletDelay::Seconds(seconds) => i64::from(seconds),
                OutletDelay::Configured => return None,
            };
            let column = match action {
                OutletAction::On => on,
                OutletAction::Off => off,
                OutletAction::Cycle => cycle.as_ref()?,
            };
            Some((column, seconds))
        }
    }
}

/// The state that an action ends in.
fn goal(action: OutletAction) -> OutletState {
    match action {
        OutletAction::On | OutletAction::Cycle => OutletState::On,
        OutletAction::Off => OutletState::Off,
    }
}

fn takes(style: DelayStyle, delay: OutletDelay) -> bool {
    match delay {
        OutletDelay::None => true,
        OutletDelay::Configured => style == DelayStyle::Configured,
        OutletDelay::Seconds(_) => style == DelayStyle::Inline,
    }
}

impl SnmpPdu {
    pub(super) async fn act(
        &self,
        cx: &Cx,
        id: &OutletId,
        action: OutletAction,
        delay: OutletDelay,
    ) -> Result<Change> {
        const SWITCH: &str = "pdu.switch";
        let can = if action == OutletAction::Cycle { self.abilities.cycle } else { self.abilities.switch };
        let Some(switching) =
            self.family.outlets.switching.as_ref().filter(|_| can.is_some_and(Support::is_writable))
        else {
            return Err(Error::unsupported(SWITCH));
        };
        if !takes(self.abilities.delay, delay) {
            return Err(Error::unsupported(SWITCH));
        }
        let row = self.row(id)?;
        let now = self.look(cx, row, id).await?;
        allowed(&now)?;
        match action {
            OutletAction::Cycle if now.state != OutletState::On => {
                let message = format!("outlet {id} is {}, and many units would turn it on", now.state);
                return Err(Error::new(ErrorKind::PreconditionFailed, message));
            }
            OutletAction::On | OutletAction::Off if now.state == goal(action) => {
                return Ok(Change::AlreadySo);
            }
            _ => {}
        }
        self.controls(cx, row, switching).await?;
        let Some((column, word)) = command(switching, action, delay) else {
            return self.cycle_by_hand(cx, row, id, switching).await;
        };
        let lost = self.send(cx, column, row, word).await?;
        if delay != OutletDelay::None {
            let asked = |outlet: &Outlet| outlet.state.is_pending() || outlet.state == goal(action);
            return self.proved(cx, row, id, NO_EFFECT, asked, lost).await;
        }
        if action == OutletAction::Cycle {
            self.proved(cx, row, id, NO_EFFECT, |outlet| outlet.state != OutletState::On, lost).await?;
            return self.proved(cx, row, id, CYCLE, |outlet| outlet.state == OutletState::On, None).await;
        }
        self.proved(cx, row, id, NO_EFFECT, |outlet| outlet.state == goal(action), lost).await
    }

    /// Looks, before anything is written for the first time, whether the unit has what the table says it is switched
    /// by: between two versions of a firmware objects have moved, and what stands there now may be anything.
    async fn controls(&self, cx: &Cx, row: &Index, switching: &Switching) -> Result<()> {
        let look = async || {
            let columns: Vec<&str> = match switching {
                Switching::Words { column, .. } => vec![*column],
                Switching::Seconds { on, off, .. } => vec![*on, *off],
            };
            let objects: Vec<Oid> = columns.iter().map(|column| Oid::table(column).join(row)).collect();
            let values = self.transport.get(cx, &objects).await?;
            let odd = objects
                .iter()
                .zip(&values)
                .find(|(_, value)| value.as_ref().and_then(Value::number).is_none());
            odd.map_or(Ok(()), |(object, _)| {
                let message = format!(
                    "units of the family {} are switched by {object}, and this one has no number there; nothing was written",
                    self.family.id
                );
                Err(Error::new(ErrorKind::Unsupported, message))
            })
        };
        self.has_controls.get_or_try_init(look).await.copied()
    }

    /// Off, and on again; what ends between the two says so.
    async fn cycle_by_hand(
        &self,
        cx: &Cx,
        row: &Index,
        id: &OutletId,
        switching: &Switching,
    ) -> Result<Change> {
        let half = |error: Error| {
            let message = format!("outlet {id} was switched off, and not on again: {}", error.message());
            Error::new(error.kind(), message).with_effect(Effect::Applied)
        };
        for action in [OutletAction::Off, OutletAction::On] {
            let Some((column, word)) = command(switching, action, OutletDelay::None) else {
                return Err(Error::unsupported("pdu.switch"));
            };
            let step = async {
                let lost = self.send(cx, column, row, word).await?;
                self.proved(cx, row, id, NO_EFFECT, |outlet| outlet.state == goal(action), lost).await
            };
            match (step.await, action) {
                (Ok(_), OutletAction::Off) => {
                    cx.sleep(OFF)
                        .await
                        .map_err(|interrupted| half(interrupted.into_error(Effect::Applied)))?;
                }
                (Err(error), OutletAction::On) => return Err(half(error)),
                (step, _) => drop(step?),
            }
        }
        Ok(Change::Made)
    }

    /// Sends a change once. An answer that was lost is no failure yet: the outlet will tell.
    pub(super) async fn send(&self, cx: &Cx, column: &str, row: &Index, word: i64) -> Result<Option<Error>> {
        let object = Oid::table(column).join(row);
        match self.transport.set(cx, &object, Value::Number(word)).await {
            Ok(()) => Ok(None),
            Err(error) if error.effect() == Effect::Unknown && cx.check().is_ok() => Ok(Some(error)),
            Err(error) => Err(error),
        }
    }

    /// Looks until the outlet reads as asked.
    async fn proved(
        &self,
        cx: &Cx,
        row: &Index,
        id: &OutletId,
        limit: Duration,
        asked: impl Fn(&Outlet) -> bool + Send,
        lost: Option<Error>,
    ) -> Result<Change> {
        let begun = tokio::time::Instant::now();
        let mut pause = FIRST_LOOK;
        loop {
            let unknown = |error: Error| error.with_effect(Effect::Unknown);
            let now = self.look(cx, row, id).await.map_err(unknown)?;
            if asked(&now) {
                return Ok(Change::Made);
            }
            // A change on its way gets its time; one that is not gets none beyond the limit.
            if begun.elapsed() >= limit {
                return Err(lost.unwrap_or_else(|| {
                    let message = format!("the unit said yes, and outlet {id} still is {}", now.state);
                    Error::new(ErrorKind::NoEffect, message)
                }));
            }
            cx.sleep(pause).await.map_err(|interrupted| interrupted.into_error(Effect::Unknown))?;
            pause = (pause * 2).min(LOOK);
        }
    }

    pub(super) async fn take_back(&self, cx: &Cx, id: &OutletId) -> Result<Change> {
        const CANCEL: &str = "pdu.cancel";
        let outlets = &self.family.outlets;
        let Some(switching) = outlets.switching.as_ref().filter(|_| self.abilities.cancel.is_some()) else {
            return Err(Error::unsupported(CANCEL));
        };
        let row = self.row(id)?;
        if !self.look(cx, row, id).await?.state.is_pending() {
            return Ok(Change::AlreadySo);
        }
        let lost = match switching {
            Switching::Words { cancel: None, .. } => return Err(Error::unsupported(CANCEL)),
            Switching::Words { column, cancel: Some(word), .. } => self.send(cx, column, row, *word).await?,
            Switching::Seconds { on, off, cycle, cancel } => {
                // What waits counts down; the others read as if cancelled.
                let columns: Vec<&str> = [Some(*off), Some(*on), *cycle].into_iter().flatten().collect();
                let objects: Vec<Oid> = columns.iter().map(|column| Oid::table(column).join(row)).collect();
                let values = self.transport.get(cx, &objects).await?;
                let mut lost = None;
                for (column, value) in columns.into_iter().zip(values) {
                    if value.and_then(|value| value.number()).is_some_and(|value| value != *cancel) {
                        lost = self.send(cx, column, row, *cancel).await?;
                    }
                }
                lost
            }
        };
        self.proved(cx, row, id, NO_EFFECT, |outlet| !outlet.state.is_pending(), lost).await
    }
}

/// Refuses what the unit would not do, or what would be done to somebody else's lock.
pub(super) fn allowed(outlet: &Outlet) -> Result<()> {
    let id = &outlet.id;
    if outlet.locked {
        return Err(Error::new(ErrorKind::Conflict, format!("outlet {id} is locked {}", outlet.state)));
    }
    if !outlet.switchable {
        return Err(Error::new(ErrorKind::Conflict, format!("outlet {id} cannot be switched")));
    }
    Ok(())
}
