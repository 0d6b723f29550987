//! `underlay demo`: the whole path on a rack that is started in this process, over real sockets.

use std::{
    process::ExitCode,
    sync::Arc,
    time::{Duration, Instant},
};

use underlay_hal::{BootTarget, Cx, PowerState};
use underlay_orchestrator::{
    Fleet, Intent, RunOptions, SqliteStore, Store as _, execute, observe, plan, plan_text, store::RunState,
};
use underlay_simulators::{Running, Simulator, Truth as _};

use super::{show, sim::endpoints};
use crate::{
    context::{Failure, actor},
    output::{explain, new_table, say, say_table, say_text},
    progress::Steps,
};

/// The intent that the demonstration works towards.
const INTENT: &str = include_str!("../../../../../fixtures/intents/demo.toml");

pub(super) async fn run() -> Result<ExitCode, Failure> {
    let begun = Instant::now();
    let rack = underlay_simulators::demo_rack()?;
    heading("A simulated rack, with real protocols on this machine's loopback");
    let running = Simulator::builder(rack).start().await?;
    say_text(&endpoints(&running));

    let rack = running.rack().clone();
    let names: Vec<String> = rack.servers().map(|device| device.name.clone()).collect();
    let fleet = Fleet::new(rack.clone(), underlay_drivers::registry()?, Arc::new(running.credentials()));
    let cx = Cx::new(actor(), "demo").within(Duration::from_secs(120));

    heading("What is there: each machine through the driver it speaks");
    let mut well = inventory(&cx, &fleet, &names).await;

    heading("What the intent wants: on, and booted once from the network");
    for line in INTENT.lines().filter(|line| !line.starts_with('#') && !line.is_empty()) {
        say!("  {line}");
    }
    let intent = Intent::read(INTENT, "fixtures/intents/demo.toml", &rack)?;
    let folder = tempfile_folder()?;
    let store = SqliteStore::open(&folder.0.join("demo.state.db")).await?;
    let observed = observe(&cx, &fleet, &names).await;
    let before: Vec<u64> = names.iter().map(|name| mutations(&running, name)).collect();
    let first = plan(&rack.name, &intent, &observed, &store.memory(&rack.name).await?)?;
    let after: Vec<u64> = names.iter().map(|name| mutations(&running, name)).collect();
    say!("");
    say_text(&plan_text(&first));
    say!("Planning changed nothing: the machines counted {} writes.", after.iter().sum::<u64>());
    well &= before == after && first.unobserved.is_empty();

    heading("Carrying it out; every change is journalled before it is sent");
    let run = store.create_run(&first, &actor()).await?;
    let lease = store.lease(run).await?;
    let steps = Steps::new();
    let options = RunOptions { poll: Duration::from_millis(300), ..RunOptions::default() };
    let report = execute(&cx, &fleet, &store, &lease, options, &steps).await?;
    steps.finish();
    for failure in &report.failures {
        eprintln!("{}: {}", failure.device, failure.message);
    }
    well &= report.state == RunState::Succeeded;

    heading("Checked through the other protocol, and against what really happened");
    well &= verify(&cx, &running, &fleet).await;

    heading("Planned again");
    let observed = observe(&cx, &fleet, &names).await;
    let second = plan(&rack.name, &intent, &observed, &store.memory(&rack.name).await?)?;
    say_text(&plan_text(&second));
    well &= second.is_noop() && second.unobserved.is_empty();

    drop(store);
    say!(
        "\n{} in {:.1} s.",
        if well { "All well" } else { "Something failed" },
        begun.elapsed().as_secs_f64()
    );
    Ok(crate::output::exit_code(well))
}

fn heading(text: &str) {
    say!("\n== {text}\n");
}

fn mutations(running: &Running, name: &str) -> u64 {
    running.truth(name).map_or(0, |truth| truth.mutations())
}

async fn inventory(cx: &Cx, fleet: &Fleet, names: &[String]) -> bool {
    let looks = names.iter().map(|name| async move {
        let look = async {
            let opened = fleet.open(cx, name).await?;
            let shown = show::look(cx, &opened).await;
            opened.device.close(cx).await?;
            shown
        };
        (name, look.await)
    });
    let mut table = new_table(&show::HEADINGS);
    let mut well = true;
    for (name, shown) in futures_util::future::join_all(looks).await {
        match shown {
            Ok(shown) => {
                table.add_row(std::iter::once(name.clone()).chain(show::row(&shown)));
            }
            Err(error) => {
                eprintln!("{}", explain(name, &error));
                well = false;
            }
        }
    }
    say_table(&table);
    well
}

/// Each machine through each of its protocols alone: do they agree, and with the truth?
async fn verify(cx: &Cx, running: &Running, fleet: &Fleet) -> bool {
    let mut table =
        new_table(&["device", "by redfish", "by ipmi", "booted from", "boots", "override left", "verdict"]);
    let mut all_well = true;
    for device in running.rack().servers() {
        let Some(truth) = running.truth(&device.name) else { continue };
        let mut well = true;
        let mut seen = |scheme: &str, state: Option<underlay_hal::Result<PowerState>>| match state {
            Some(Ok(state)) => {
                well &= state == PowerState::On;
                state.to_string()
            }
            Some(Err(error)) => {
                eprintln!("{} by {scheme}: {}", device.name, error.report());
                well = false;
                error.kind().to_string()
            }
            None => "-".to_owned(),
        };
        let redfish = seen("redfish", power_by(cx, fleet, device, "redfish").await);
        let ipmi = seen("ipmi", power_by(cx, fleet, device, "ipmi").await);
        let source = truth.last_boot_source();
        let left = truth.boot_override();
        well &= source == Some(BootTarget::Pxe) && left.is_none() && truth.power() == PowerState::On;
        table.add_row([
            device.name.clone(),
            redfish,
            ipmi,
            source.map_or("-", BootTarget::as_str).to_owned(),
            truth.boots().to_string(),
            left.map_or("none", |left| left.target.as_str()).to_owned(),
            if well { "agree" } else { "WRONG" }.to_owned(),
        ]);
        all_well &= well;
    }
    say_table(&table);
    all_well
}

async fn power_by(
    cx: &Cx,
    fleet: &Fleet,
    device: &underlay_rack::Device,
    scheme: &str,
) -> Option<underlay_hal::Result<PowerState>> {
    let endpoints: Vec<_> =
        device.endpoints().ok()?.into_iter().filter(|endpoint| endpoint.scheme == scheme).collect();
    if endpoints.is_empty() {
        return None;
    }
    let look = async {
        let id = device.name.as_str().into();
        let opened = fleet.registry().open(cx, &id, &endpoints, fleet.credentials()).await?;
        let power = opened.device.power().ok_or_else(|| underlay_hal::Error::unsupported("power.state"))?;
        let state = power.state(cx).await;
        opened.device.close(cx).await?;
        state
    };
    Some(look.await)
}

/// A folder of our own that goes away at the end.
struct Folder(std::path::PathBuf);

fn tempfile_folder() -> Result<Folder, Failure> {
    let path = std::env::temp_dir().join(format!("underlay-demo-{}", std::process::id()));
    std::fs::create_dir_all(&path)?;
    Ok(Folder(path))
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
