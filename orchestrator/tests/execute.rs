//! Execution against machines in memory that lose answers, refuse, stay silent, or are not who they were.

mod kit;

use std::time::Duration;

use kit::{BOOT, Machine, Trick, World, cx};
use underlay_hal::{BootTarget, Effect, ErrorKind, PowerAction, PowerState};
use underlay_orchestrator::{
    Action, StepId, Store as _, StoreError,
    schedule::StepState,
    step::evidence::Sent,
    store::{Event, RunState},
};

/// Scripts a machine between planning and carrying out, and runs.
async fn run_with(
    machine: Machine,
    wants: &str,
    script: impl FnOnce(&mut Machine),
) -> (World, underlay_orchestrator::RunReport) {
    let world = World::new(vec![machine]).await;
    let plan = world.plan(wants).await;
    script(&mut world.machines[0].lock());
    let run = world.create(&plan).await;
    let report = world.execute(run).await.expect("a report");
    (world, report)
}

/// The plan's goal is reached by exactly this many requests.
fn check_booted_once(world: &World, index: usize, requests: usize) {
    let machine = world.machines[index].lock();
    assert_eq!((machine.on, machine.boots, machine.source), (true, 1, Some(BootTarget::Pxe)));
    assert_eq!(machine.boot, None, "the override is used up");
    assert_eq!(machine.power_requests.len(), requests, "{:?}", machine.power_requests);
}

#[tokio::test]
async fn a_plan_is_carried_out_and_then_there_is_nothing_to_do() {
    let world = World::new(vec![Machine::named("A", true), Machine::named("B", false)]).await;
    let report = world.apply(BOOT).await;
    assert_eq!((report.state, report.done, report.steps), (RunState::Succeeded, 4, 4));
    check_booted_once(&world, 0, 1);
    check_booted_once(&world, 1, 1);
    assert_eq!(world.machines[0].lock().power_requests, [PowerAction::ForceReset]);
    assert_eq!(world.machines[1].lock().power_requests, [PowerAction::On]);
    assert!(world.plan(BOOT).await.is_noop(), "the goal is remembered");
    let raised = BOOT.replace("generation = 1", "generation = 2");
    assert_eq!(world.plan(&raised).await.steps.len(), 4, "a raised generation is a new goal");
}

#[tokio::test]
async fn a_lost_answer_is_looked_at_and_not_sent_again() {
    // The first mutation sets the override, the second boots.
    let script =
        |machine: &mut Machine| machine.tricks.extend([Trick::ActsAndIsSilent, Trick::ActsAndIsSilent]);
    let (world, report) = run_with(Machine::named("A", true), BOOT, script).await;
    assert_eq!(report.state, RunState::Succeeded, "{report:?}");
    check_booted_once(&world, 0, 1);
    assert_eq!(world.machines[0].lock().boot_requests, 1);
}

#[tokio::test]
async fn a_lost_request_is_sent_again_once_the_look_proves_that_nothing_happened() {
    let script =
        |machine: &mut Machine| machine.tricks.extend([Trick::DropsAndIsSilent, Trick::DropsAndIsSilent]);
    let (world, report) = run_with(Machine::named("A", true), BOOT, script).await;
    assert_eq!(report.state, RunState::Succeeded, "{report:?}");
    // Override: dropped, sent; boot: sent — the second trick met the second request for the override.
    assert_eq!(world.machines[0].lock().boot_requests, 3);
    check_booted_once(&world, 0, 1);
}

#[tokio::test]
async fn a_blind_machine_is_watched_before_it_is_booted_again() {
    let blind = || Machine { blind: true, post: 10, ..Machine::named("A", true) };
    // It acted: its self test is longer than `settle`, and nothing shows that it runs until the override is used.
    let script = |machine: &mut Machine| machine.tricks = [Trick::ActsAndIsSilent; 2].into();
    let (world, report) = run_with(blind(), BOOT, script).await;
    assert_eq!(report.state, RunState::Succeeded, "{report:?}");
    check_booted_once(&world, 0, 1);
    // The control: it did not act, which only time can tell.
    let world = World::new(vec![blind()]).await;
    let run = half_done(&world).await;
    world.machines[0].lock().tricks.push_back(Trick::DropsAndIsSilent);
    let report = world.execute(run).await.expect("a report");
    assert_eq!(report.state, RunState::Succeeded, "{report:?}");
    check_booted_once(&world, 0, 2);
}

#[tokio::test]
async fn attempts_are_bounded() {
    let script = |machine: &mut Machine| machine.tricks.extend([Trick::DropsAndIsSilent; 20]);
    let (world, report) = run_with(Machine::named("A", true), BOOT, script).await;
    assert_eq!(report.state, RunState::Failed);
    let failure = &report.failures[0];
    assert!(failure.message.contains("did not act after 3 attempts"), "{}", failure.message);
    assert_eq!(world.machines[0].lock().boot_requests, 3);
    assert_eq!(world.machines[0].lock().power_requests, [], "the boot is blocked");
    assert_eq!(report.blocked, 1);
}

#[tokio::test]
async fn a_busy_machine_is_asked_again_and_a_refusal_is_final() {
    let script = |machine: &mut Machine| machine.tricks.extend([Trick::Busy, Trick::Busy]);
    let (world, report) = run_with(Machine::named("A", false), "power = \"on\"", script).await;
    assert_eq!(report.state, RunState::Succeeded, "{report:?}");
    assert_eq!(world.machines[0].lock().power_requests.len(), 3);

    let script = |machine: &mut Machine| machine.tricks.extend([Trick::Refuses]);
    let (world, report) = run_with(Machine::named("A", false), "power = \"on\"", script).await;
    assert_eq!(report.state, RunState::Failed);
    assert_eq!(
        (report.failures[0].kind, report.failures[0].effect),
        (ErrorKind::PermissionDenied, Effect::None)
    );
    assert_eq!(world.machines[0].lock().power_requests.len(), 1, "a refusal is not argued with");
}

#[tokio::test]
async fn a_failed_step_blocks_what_follows_on_its_machine_and_nothing_else() {
    let world = World::new(vec![Machine::named("A", true), Machine::named("B", true)]).await;
    let plan = world.plan(BOOT).await;
    world.machines[0].lock().tricks.push_back(Trick::Refuses);
    let run = world.create(&plan).await;
    let report = world.execute(run).await.expect("a report");
    assert_eq!((report.state, report.done, report.blocked), (RunState::Failed, 2, 1));
    assert_eq!(report.failures.len(), 1);
    assert_eq!(report.failures[0].device, "node1");
    assert_eq!(world.machines[0].lock().boots, 0);
    check_booted_once(&world, 1, 1);
    // Only the machine that got there is remembered.
    let again = world.plan(BOOT).await;
    assert!(again.steps.iter().all(|step| step.device == "node1") && again.steps.len() == 2);
}

#[tokio::test]
async fn a_machine_that_changed_since_the_plan_is_not_touched() {
    let (world, report) = run_with(Machine::named("A", true), BOOT, |machine| machine.on = false).await;
    assert_eq!(report.state, RunState::Failed);
    assert_eq!(report.failures[0].kind, ErrorKind::PreconditionFailed);
    assert!(report.failures[0].message.contains("plan again"), "{}", report.failures[0].message);
    let machine = world.machines[0].lock();
    assert_eq!((machine.boot_requests, machine.power_requests.len()), (0, 0));
}

#[tokio::test]
async fn another_machine_in_its_place_is_not_touched_also_after_a_resume() {
    let stranger = |machine: &mut Machine| machine.serial = "B".to_owned();
    let (world, report) = run_with(Machine::named("A", true), BOOT, stranger).await;
    assert_eq!(report.failures[0].kind, ErrorKind::PreconditionFailed);
    let message = &report.failures[0].message;
    assert!(message.contains("serial number A") && message.contains("has B"), "{message}");
    assert_eq!(world.machines[0].lock().boot_requests, 0);

    // Resumed at the second step, where no fingerprint is compared any more.
    let world = World::new(vec![Machine::named("A", true)]).await;
    let run = half_done(&world).await;
    world.machines[0].lock().serial = "B".to_owned();
    let report = world.execute(run).await.expect("a report");
    assert_eq!(report.failures[0].kind, ErrorKind::PreconditionFailed, "{report:?}");
    assert_eq!(world.machines[0].lock().power_requests, []);
}

/// A run whose process died after it had set the override, and before it booted the machine.
async fn half_done(world: &World) -> underlay_orchestrator::store::RunId {
    let plan = world.plan(BOOT).await;
    let run = world.create(&plan).await;
    let lease = world.store.lease(run).await.expect("a lease");
    for event in [Event::Started, Event::Done { changed: true }] {
        world.store.journal(&lease, StepId(1), &event).await.expect("a line");
    }
    world.machines[0].lock().boot = Some(underlay_hal::BootOverride::once(BootTarget::Pxe));
    run
}

#[tokio::test]
async fn an_interrupted_run_stays_executing_and_is_finished_by_the_next() {
    let world = World::new(vec![Machine { post: 4_000_000, ..Machine::named("A", true) }]).await;
    let plan = world.plan(BOOT).await;
    let run = world.create(&plan).await;
    let cx = cx();
    let stop = cx.clone();
    let machine = world.machines[0].clone();
    // Interrupted while the machine is in its self test, which ends only afterwards.
    let interrupt = tokio::spawn(async move {
        while machine.lock().boots == 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        stop.cancel();
    });
    let report = world.execute_in(&cx, run).await.expect("a report");
    interrupt.await.expect("the interrupter ends");
    assert_eq!((report.state, report.done), (RunState::Executing, 1));
    let record = world.store.run(run).await.expect("the run");
    assert_eq!(record.steps[1].state, StepState::Running, "its machine stays reserved");
    // A new process: the self test has ended meanwhile.
    world.machines[0].lock().in_post = 0;
    let report = world.execute(run).await.expect("a report");
    assert_eq!(report.state, RunState::Succeeded, "{report:?}");
    check_booted_once(&world, 0, 1);
}

#[tokio::test]
async fn what_a_dead_process_may_have_sent_is_looked_for_first() {
    for acted in [true, false] {
        let world = World::new(vec![Machine::named("A", true)]).await;
        let run = half_done(&world).await;
        let lease = world.store.lease(run).await.expect("the dead process's lease is gone");
        let mark = Some(underlay_hal::BootMark("0".to_owned()));
        let sent = Sent { mark, through: "redfish".to_owned(), power: PowerState::On, accepted: false };
        for event in [Event::Started, Event::Applying(sent)] {
            world.store.journal(&lease, StepId(2), &event).await.expect("a line");
        }
        drop(lease);
        if acted {
            let mut machine = world.machines[0].lock();
            (machine.boots, machine.source, machine.in_post) = (1, Some(BootTarget::Pxe), 3);
        }
        let report = world.execute(run).await.expect("a report");
        assert_eq!(report.state, RunState::Succeeded, "{report:?}");
        check_booted_once(&world, 0, usize::from(!acted));
    }
}

#[tokio::test]
async fn a_machine_that_another_run_works_on_is_left_alone() {
    let world = World::new(vec![Machine::named("A", false)]).await;
    let plan = world.plan("power = \"on\"").await;
    let (first, second) = (world.create(&plan).await, world.create(&plan).await);
    let lease = world.store.lease(first).await.expect("a lease");
    world.store.journal(&lease, StepId(1), &Event::Started).await.expect("a line");
    match world.execute(second).await {
        Err(StoreError::DeviceBusy { device, by }) => assert_eq!((device.as_str(), by), ("node1", first)),
        other => panic!("{other:?}"),
    }
    assert_eq!(world.machines[0].lock().power_requests, []);
    drop(lease);
    assert_eq!(world.execute(first).await.expect("a report").state, RunState::Succeeded);
    let report = world.execute(second).await.expect("a report");
    assert_eq!(report.state, RunState::Failed, "and then the plan is stale");
}

#[tokio::test]
async fn a_machine_that_cannot_be_reached_for_a_while_is_waited_for() {
    let script = |machine: &mut Machine| machine.unreachable = 7;
    let (_world, report) = run_with(Machine::named("A", false), "power = \"on\"", script).await;
    assert_eq!(report.state, RunState::Succeeded, "{report:?}");
}

#[tokio::test]
async fn a_graceful_shutdown_takes_its_time_and_is_asked_for_once() {
    for trick in [None, Some(Trick::ActsAndIsSilent)] {
        let machine = Machine { shutdown: 12, ..Machine::named("A", true) };
        let script = |machine: &mut Machine| machine.tricks.extend(trick);
        let (world, report) = run_with(machine, "power = \"off\"", script).await;
        assert_eq!(report.state, RunState::Succeeded, "{trick:?}: {report:?}");
        assert_eq!(world.machines[0].lock().power_requests, [PowerAction::GracefulOff], "{trick:?}");
    }
}

#[tokio::test]
async fn a_machine_that_says_yes_and_does_nothing_fails_by_the_step_s_limit() {
    let mut world = World::new(vec![Machine::named("A", true)]).await;
    world.options.step_limit = Duration::from_millis(1500);
    let plan = world.plan(BOOT).await;
    let run = world.create(&plan).await;
    // The override works; the boot is only promised.
    world.machines[0].lock().tricks.extend([Trick::Honest, Trick::SaysYes]);
    let report = world.execute(run).await.expect("a report");
    assert_eq!(report.state, RunState::Failed, "{report:?}");
    assert_eq!(report.failures[0].kind, ErrorKind::Timeout);
    assert!(report.failures[0].message.contains("did not reach its goal"), "{report:?}");
    assert_eq!(world.machines[0].lock().power_requests.len(), 1, "what was accepted is not sent again");
    assert!(matches!(plan.steps[1].action, Action::Boot { .. }));
    assert!(!world.plan(BOOT).await.is_noop(), "nothing is remembered");
}
