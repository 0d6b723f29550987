//! Did it boot? What can be concluded from before and now, without having watched.
//!
//! A reset leaves no return value behind when the process that sent it dies. What it leaves is evidence on the
//! machine: another boot mark, a one-time override that is used up, a self test in progress. This file is the whole
//! of that reasoning, as pure functions, so that it can be tested case by case.

use serde::{Deserialize, Serialize};
use underlay_hal::{BootMark, BootOverride, BootStage, BootTarget, PowerState};

use crate::{observe::Observed, step::Probe};

/// What the journal holds of an attempt: written before the mutation is sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sent {
    /// The boot mark before.
    pub mark: Option<BootMark>,
    /// The drivers that the mark was read through: another driver's marks are another alphabet.
    #[serde(default)]
    pub through: String,
    /// Power before.
    pub power: PowerState,
    /// Did the device say that it accepted? Known only if the process lived to hear it.
    pub accepted: bool,
}

/// Where a one-time boot from `target` stands.
///
/// `None` when the evidence contradicts itself: the override is gone, and no boot explains it.
#[must_use]
pub fn boot_verdict(target: BootTarget, now: &Observed, sent: Option<&Sent>) -> Option<Probe> {
    let pending = now.boot_override.as_ref().is_some_and(|seen| BootOverride::once(target).is_met_by(seen));
    let on = now.power == PowerState::On;
    let stage = now.boot_status.stage;
    let arrived = on && !matches!(stage, BootStage::Post | BootStage::Off);
    // The marks decide where there are two of them, read the same way.
    let same_way = sent.filter(|sent| sent.through == now.through);
    let booted_by_mark = match (same_way.and_then(|sent| sent.mark.as_ref()), now.boot_status.mark.as_ref()) {
        (Some(before), Some(now)) => Some(before != now),
        _ => None,
    };

    match (sent, pending) {
        // Used up: a one-time override goes away by being used.
        (Some(_), false) => match booted_by_mark {
            Some(false) => None,
            Some(true) | None if arrived => Some(Probe::Satisfied),
            Some(true) | None => Some(Probe::InProgress),
        },
        // Still pending: it may not have begun, or be on its way to the point where firmware uses it.
        (Some(sent), true) => {
            let moving = booted_by_mark == Some(true)
                || stage == BootStage::Post
                || matches!(now.power, PowerState::PoweringOn | PowerState::PoweringOff)
                // It was off and is on: it was powered on, and firmware has not come to the override yet.
                || (sent.power == PowerState::Off && on)
                // It was on, a reset was accepted, and it is off: the off part of a cycle.
                || (sent.accepted && sent.power == PowerState::On && now.power == PowerState::Off);
            // A machine that shows neither marks nor its stage looks the same before a boot and during its self
            // test, until the override is used.
            let blind = booted_by_mark.is_none()
                && (stage == BootStage::Unknown || (sent.power == PowerState::On && !on));
            Some(if moving || sent.accepted {
                // Accepted, and nothing moves yet: controllers answer first and act a moment later.
                Probe::InProgress
            } else if blind {
                Probe::Unclear
            } else {
                Probe::NotStarted
            })
        }
        (None, true) => Some(Probe::NotStarted),
        // Nobody here has sent anything, and the override that an earlier step made is gone.
        (None, false) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use underlay_hal::BootStatus;

    fn mark(text: &str) -> Option<BootMark> {
        (!text.is_empty()).then(|| BootMark(text.to_owned()))
    }

    fn now(power: PowerState, stage: BootStage, marked: &str, pending: bool) -> Observed {
        Observed {
            device: "n".to_owned(),
            serial_number: None,
            through: "redfish".to_owned(),
            power,
            boot_status: BootStatus { stage, mark: mark(marked) },
            boot_override: pending.then_some(BootOverride::once(BootTarget::Pxe)),
            actions: Vec::new(),
            targets: vec![BootTarget::Pxe],
        }
    }

    fn sent(power: PowerState, marked: &str, accepted: bool) -> Sent {
        Sent { mark: mark(marked), through: "redfish".to_owned(), power, accepted }
    }

    #[test]
    fn the_truth_table() {
        use BootStage::{Booted, Off as StageOff, Post, Unknown};
        use PowerState::{Off, On};
        let verdict = |now, sent: Option<Sent>| boot_verdict(BootTarget::Pxe, &now, sent.as_ref());
        let cases = [
            // Never sent.
            ("fresh", now(On, Booted, "a", true), None, Some(Probe::NotStarted)),
            ("override vanished", now(On, Booted, "a", false), None, None),
            // Killed between journal and mutation: nothing moved.
            (
                "unsent, with mark",
                now(On, Booted, "a", true),
                Some(sent(On, "a", false)),
                Some(Probe::NotStarted),
            ),
            (
                "unsent, no mark",
                now(On, Booted, "", true),
                Some(sent(On, "", false)),
                Some(Probe::NotStarted),
            ),
            (
                "unsent, off",
                now(Off, StageOff, "", true),
                Some(sent(Off, "", false)),
                Some(Probe::NotStarted),
            ),
            // Killed between mutation and journal: it moved.
            ("in post", now(On, Post, "", true), Some(sent(On, "", false)), Some(Probe::InProgress)),
            ("new mark", now(On, Unknown, "b", true), Some(sent(On, "a", false)), Some(Probe::InProgress)),
            ("came on", now(On, Unknown, "", true), Some(sent(Off, "", false)), Some(Probe::InProgress)),
            ("used, in post", now(On, Post, "b", false), Some(sent(On, "a", false)), Some(Probe::InProgress)),
            ("used, done", now(On, Booted, "b", false), Some(sent(On, "a", false)), Some(Probe::Satisfied)),
            ("used, no mark", now(On, Booted, "", false), Some(sent(On, "", false)), Some(Probe::Satisfied)),
            (
                "used, stage unknown",
                now(On, Unknown, "", false),
                Some(sent(Off, "", true)),
                Some(Probe::Satisfied),
            ),
            // Accepted, and the machine takes its time.
            (
                "accepted, still",
                now(On, Booted, "a", true),
                Some(sent(On, "a", true)),
                Some(Probe::InProgress),
            ),
            (
                "cycle, off part",
                now(Off, StageOff, "a", true),
                Some(sent(On, "a", true)),
                Some(Probe::InProgress),
            ),
            // The override expired or was removed, and the mark says that no boot used it.
            ("removed", now(On, Booted, "a", false), Some(sent(On, "a", true)), None),
        ];
        for (name, now, sent, expected) in cases {
            assert_eq!(verdict(now, sent), expected, "{name}");
        }
    }

    #[test]
    fn a_mark_of_another_driver_is_no_evidence() {
        // The journal's mark came through Redfish; after the crash only IPMI answers, and its marks always differ.
        let mut seen = now(PowerState::On, BootStage::Booted, "b", true);
        let before = sent(PowerState::On, "a", false);
        assert_eq!(
            boot_verdict(BootTarget::Pxe, &seen, Some(&before)),
            Some(Probe::InProgress),
            "the control"
        );
        seen.through = "ipmi".to_owned();
        assert_eq!(boot_verdict(BootTarget::Pxe, &seen, Some(&before)), Some(Probe::NotStarted));
    }
}
