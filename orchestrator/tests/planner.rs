//! The planner is pure: these tests have no machines, no store and no clock.

mod kit;

use kit::{intent, rack};
use underlay_hal::{
    BootMark, BootOverride, BootStage, BootStatus, BootTarget, Effect, ErrorKind, PowerAction, PowerState,
};
use underlay_orchestrator::{
    Action, EffectClass, Memory, Observed, Plan, PlanProblem, PowerGoal, Unobserved, plan, plan_text,
};

fn seen(power: PowerState) -> Observed {
    Observed {
        device: "node1".to_owned(),
        serial_number: Some("A".to_owned()),
        through: "redfish".to_owned(),
        power,
        boot_status: BootStatus { stage: BootStage::Unknown, mark: Some(BootMark("1".to_owned())) },
        boot_override: None,
        actions: vec![PowerAction::On, PowerAction::ForceOff, PowerAction::ForceReset],
        targets: vec![BootTarget::Pxe],
    }
}

fn remembering(generation: u32) -> Memory {
    Memory::from([(("node1".to_owned(), "pxe".to_owned()), generation)])
}

fn plan_for(wants: &str, observed: Observed, memory: &Memory) -> Result<Plan, PlanProblem> {
    let rack = rack(1);
    plan("r", &intent(&rack, wants), &[Ok(observed)], memory)
}

fn actions(plan: &Plan) -> Vec<&str> {
    plan.steps.iter().map(|step| step.action.kind()).collect()
}

const BOOT: &str = kit::BOOT;
const ON: &str = "power = \"on\"";
const OFF: &str = "power = \"off\"";

#[test]
fn a_machine_that_is_as_wanted_has_no_steps() {
    for (wants, power) in [(ON, PowerState::On), (ON, PowerState::PoweringOn), (OFF, PowerState::Off)] {
        let plan = plan_for(wants, seen(power), &Memory::new()).expect("a plan");
        assert!(plan.is_noop() && plan.effect() == EffectClass::Read, "{wants} while {power}");
        assert!(plan_text(&plan).contains("Nothing to do."));
    }
    let plan = plan_for(BOOT, seen(PowerState::On), &remembering(1)).expect("a plan");
    assert!(plan.is_noop(), "a goal that was reached is remembered");
}

#[test]
fn a_goal_is_planned_until_its_generation_is_reached() {
    for (reached, steps) in [(0, 2), (1, 0), (2, 0)] {
        let memory = if reached == 0 { Memory::new() } else { remembering(reached) };
        let plan = plan_for(BOOT, seen(PowerState::On), &memory).expect("a plan");
        assert_eq!(plan.steps.len(), steps, "{reached} reached");
    }
    let raised = BOOT.replace("generation = 1", "generation = 2");
    let plan = plan_for(&raised, seen(PowerState::On), &remembering(1)).expect("a plan");
    assert_eq!(actions(&plan), ["set_boot_override", "boot"]);
    let text = plan_text(&plan);
    assert!(text.contains("boot from pxe  generation 1 -> generation 2"), "{text}");
    // Another target's goal is another goal.
    let memory = Memory::from([(("node1".to_owned(), "hdd".to_owned()), 9)]);
    assert!(!plan_for(BOOT, seen(PowerState::On), &memory).expect("a plan").is_noop());
    // A goal that is reached still leaves the power to be brought up.
    let plan = plan_for(BOOT, seen(PowerState::Off), &remembering(1)).expect("a plan");
    assert_eq!(actions(&plan), ["power"]);
}

#[test]
fn a_boot_is_one_override_and_one_boot_in_this_order() {
    for (power, how) in [(PowerState::Off, PowerAction::On), (PowerState::On, PowerAction::ForceReset)] {
        let plan = plan_for(BOOT, seen(power), &Memory::new()).expect("a plan");
        assert_eq!(actions(&plan), ["set_boot_override", "boot"]);
        assert!(matches!(plan.steps[1].action, Action::Boot { how: found, .. } if found == how));
        assert_eq!(plan.steps[1].after, [plan.steps[0].id]);
        assert_eq!((plan.effect(), plan.steps[1].undoable), (EffectClass::Disruptive, false));
    }
    let mut no_reset = seen(PowerState::On);
    no_reset.actions = vec![PowerAction::On, PowerAction::Cycle];
    let plan = plan_for(BOOT, no_reset, &Memory::new()).expect("a plan");
    assert!(matches!(plan.steps[1].action, Action::Boot { how: PowerAction::Cycle, .. }));
    // An override that stands already is not in the diff; the step finds it so.
    let mut pending = seen(PowerState::Off);
    pending.boot_override = Some(BootOverride::once(BootTarget::Pxe));
    let plan = plan_for(BOOT, pending, &Memory::new()).expect("a plan");
    let whats: Vec<_> = plan.devices[0].changes.iter().map(|change| change.what.as_str()).collect();
    assert_eq!(whats, ["boot from pxe"]);
}

#[test]
fn power_off_asks_the_operating_system_where_that_is_possible() {
    let mut graceful = seen(PowerState::On);
    graceful.actions.push(PowerAction::GracefulOff);
    for (observed, how) in
        [(graceful, PowerAction::GracefulOff), (seen(PowerState::On), PowerAction::ForceOff)]
    {
        let plan = plan_for(OFF, observed, &Memory::new()).expect("a plan");
        assert_eq!(plan.steps[0].action, Action::Power { goal: PowerGoal::Off, how });
        assert_eq!(plan.effect(), EffectClass::Disruptive);
    }
    let unknown = plan_for(OFF, seen(PowerState::Unknown), &Memory::new()).expect("a plan");
    assert_eq!(actions(&unknown), ["power"], "who does not say that it is off is told to be");
}

#[test]
fn what_a_machine_cannot_do_is_no_plan() {
    let with = |change: fn(&mut Observed)| {
        let mut observed = seen(PowerState::Off);
        change(&mut observed);
        observed
    };
    let deaf = |observed: &mut Observed| observed.actions = Vec::new();
    for (wants, observed, words) in [
        (BOOT, with(|observed| observed.targets = Vec::new()), "it takes nothing"),
        (BOOT, with(|observed| observed.targets = vec![BootTarget::Hdd]), "it takes hdd"),
        (BOOT, with(deaf), "it takes no on"),
        (ON, with(deaf), "cannot be powered on"),
        (OFF, with(|o| (o.power, o.actions) = (PowerState::On, Vec::new())), "cannot be powered off"),
    ] {
        let problem = plan_for(wants, observed, &Memory::new()).expect_err(words);
        assert!(problem.device == "node1" && problem.to_string().contains(words), "{problem}");
    }
    // The control: who cannot do it and need not is no problem.
    assert!(plan_for(OFF, with(deaf), &Memory::new()).expect("a plan").is_noop());
}

#[test]
fn machines_that_were_not_seen_are_named_and_not_planned_for() {
    let missing = Unobserved {
        device: "node2".to_owned(),
        kind: ErrorKind::Unreachable,
        effect: Effect::None,
        message: "node2: device.open: no route".to_owned(),
    };
    let rack = rack(2);
    let looks = [Ok(seen(PowerState::Off)), Err(missing)];
    let plan = plan("r", &intent(&rack, ON), &looks, &Memory::new()).expect("a plan");
    assert!(plan.steps.iter().all(|step| step.device == "node1") && plan.steps.len() == 1);
    assert_eq!(plan.unobserved.len(), 1);
    let text = plan_text(&plan);
    assert!(text.contains("! node2: nothing planned") && text.contains("no route"), "{text}");
    assert_eq!(text.matches("node2").count(), 1, "{text}");
}

#[test]
fn a_plan_is_what_it_was_made_from() {
    let one = plan_for(BOOT, seen(PowerState::On), &Memory::new()).expect("a plan");
    assert_eq!(one, plan_for(BOOT, seen(PowerState::On), &Memory::new()).expect("a plan"), "pure");
    assert_eq!(Plan::from_json(&one.to_json()).expect("it reads back"), one);
    let mut moved = seen(PowerState::On);
    moved.boot_status.mark = Some(BootMark("2".to_owned()));
    let moved = plan_for(BOOT, moved, &Memory::new()).expect("a plan");
    assert_ne!(one.devices[0].fingerprint, moved.devices[0].fingerprint);
    assert_ne!(one.hash, moved.hash);
}

#[test]
fn a_plan_file_that_was_changed_is_refused() {
    let good = plan_for(BOOT, seen(PowerState::On), &Memory::new()).expect("a plan");
    let refused = |text: &str| Plan::from_json(text).expect_err("it is refused").to_string();
    let text = good.to_json();
    assert!(refused(&text.replace("force_reset", "nmi")).contains("changed after it was made"));
    assert!(refused(&text.replace("\"format\": 1", "\"format\": 9")).contains("format 9"));
    assert!(refused("{").contains("no plan"));
    assert!(refused("[1, 2]").contains("no plan"));
    // Well hashed, and wrong all the same: an order that is none, a machine that is not in it.
    let rehashed = |change: fn(&mut Plan)| {
        let mut plan = good.clone();
        change(&mut plan);
        plan.hash = plan.compute_hash();
        plan.to_json()
    };
    assert!(Plan::from_json(&rehashed(|_| {})).is_ok(), "the control");
    assert!(refused(&rehashed(|plan| plan.steps.reverse())).contains("out of order"));
    assert!(refused(&rehashed(|plan| plan.devices.clear())).contains("out of order"));
    assert!(refused(&rehashed(|plan| plan.steps[1].id = plan.steps[0].id)).contains("out of order"));
}
