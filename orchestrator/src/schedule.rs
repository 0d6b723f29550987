//! The scheduler: a pure function from what is done to what may start.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::plan::{PlannedStep, StepId};

/// Where a step stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StepState {
    /// Not begun.
    #[default]
    Pending,
    /// Being worked on, or left so by a process that died.
    Running,
    /// Reached and verified.
    Done,
    /// Gave up; the journal says why.
    Failed,
    /// Never begun, because a step before it failed.
    Blocked,
}

impl StepState {
    /// The state in `snake_case`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Running => "running",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Blocked => "blocked",
        }
    }

    /// Will it change no more in this run?
    #[must_use]
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Done | Self::Failed | Self::Blocked)
    }
}

/// What to do next.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Picked {
    /// May start now.
    pub start: Vec<StepId>,
    /// Can never start, because a step before them failed.
    pub block: Vec<StepId>,
}

/// Picks what may start.
///
/// - A step starts when every step in its `after` is done, no other step runs on its device, and fewer than
///   `parallel` steps run.
/// - A step that follows a failed or blocked one is blocked; steps elsewhere go on.
/// - The order of the plan decides between steps that could start.
#[must_use]
pub fn pick(steps: &[PlannedStep], states: &BTreeMap<StepId, StepState>, parallel: usize) -> Picked {
    let state = |id: &StepId| states.get(id).copied().unwrap_or_default();
    let running = steps.iter().filter(|step| state(&step.id) == StepState::Running);
    let mut busy: BTreeSet<&str> = running.map(|step| step.device.as_str()).collect();
    let mut places = parallel.max(1).saturating_sub(busy.len());
    let mut picked = Picked::default();
    for step in steps.iter().filter(|step| state(&step.id) == StepState::Pending) {
        let lost = |id: &StepId| {
            matches!(state(id), StepState::Failed | StepState::Blocked) || picked.block.contains(id)
        };
        if step.after.iter().any(lost) {
            picked.block.push(step.id);
        } else if places > 0
            && step.after.iter().all(|id| state(id) == StepState::Done)
            && busy.insert(&step.device)
        {
            places -= 1;
            picked.start.push(step.id);
        }
    }
    picked
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{EffectClass, PowerGoal, step::Action};
    use underlay_hal::PowerAction;

    fn step(id: u32, device: &str, after: &[u32]) -> PlannedStep {
        PlannedStep {
            id: StepId(id),
            device: device.to_owned(),
            action: Action::Power { goal: PowerGoal::On, how: PowerAction::On },
            after: after.iter().map(|id| StepId(*id)).collect(),
            effect: EffectClass::Reversible,
            undoable: true,
        }
    }

    fn ids(steps: &[StepId]) -> Vec<u32> {
        steps.iter().map(|id| id.0).collect()
    }

    #[test]
    fn one_step_runs_on_a_device_and_no_more_than_allowed_in_all() {
        let steps = [step(1, "a", &[]), step(2, "a", &[]), step(3, "b", &[]), step(4, "c", &[])];
        assert_eq!(ids(&pick(&steps, &BTreeMap::new(), 2).start), [1, 3]);
        let running = BTreeMap::from([(StepId(1), StepState::Running)]);
        assert_eq!(ids(&pick(&steps, &running, 9).start), [3, 4]);
        assert_eq!(ids(&pick(&steps, &running, 1).start), [0; 0]);
    }

    #[test]
    fn a_failure_blocks_what_follows_and_nothing_else() {
        let steps = [step(1, "a", &[]), step(2, "a", &[1]), step(3, "a", &[2]), step(4, "b", &[])];
        let failed = BTreeMap::from([(StepId(1), StepState::Failed)]);
        let picked = pick(&steps, &failed, 9);
        assert_eq!((ids(&picked.start), ids(&picked.block)), (vec![4], vec![2, 3]));
    }

    #[test]
    fn any_order_of_completion_ends_with_everything_done_once() {
        // Small enough to try many interleavings: which running step ends next is drawn from a counter.
        let steps = [
            step(1, "a", &[]),
            step(2, "a", &[1]),
            step(3, "b", &[]),
            step(4, "b", &[3]),
            step(5, "c", &[1, 3]),
        ];
        for seed in 0..500_usize {
            let (mut states, mut started, mut draw) = (BTreeMap::new(), Vec::new(), seed);
            loop {
                for id in pick(&steps, &states, 1 + seed % 3).start {
                    assert!(!started.contains(&id), "step {id} started twice");
                    started.push(id);
                    states.insert(id, StepState::Running);
                    let device = |id: &StepId| &steps[id.0 as usize - 1].device;
                    let same = states
                        .iter()
                        .filter(|(other, s)| **s == StepState::Running && device(other) == device(&id));
                    assert_eq!(same.count(), 1);
                }
                let running: Vec<_> =
                    states.iter().filter(|(_, s)| **s == StepState::Running).map(|(id, _)| *id).collect();
                if running.is_empty() {
                    break;
                }
                states.insert(running[draw % running.len()], StepState::Done);
                draw = draw / 2 + seed;
            }
            assert_eq!(started.len(), steps.len());
        }
    }
}
