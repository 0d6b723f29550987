//! `underlay sim`.

use std::process::ExitCode;

use underlay_rack::PasswordSource;
use underlay_simulators::{Running, Simulator, plant::ClockMode};

use crate::{
    cli::Sim,
    context::{Failure, read_rack},
    output::{new_table, say, say_text, table_text},
};

pub(super) async fn run(command: &Sim) -> Result<ExitCode, Failure> {
    let Sim::Run { file, seed, time_scale, rack_out, listen } = command;
    let mut builder = Simulator::builder(read_rack(file)?).listen(*listen);
    if let Some(seed) = seed {
        builder = builder.seed(*seed);
    }
    if let Some(scale) = time_scale {
        if !(scale.is_finite() && *scale > 0.0) {
            return Err(Failure(format!("--time-scale {scale}: a number above 0 is wanted")));
        }
        builder = builder.clock(ClockMode::Scaled(*scale));
    }
    // The handlers stand before anybody is told that the rack is ready.
    let stop = stop_signal()?;
    let running = builder.start().await?;
    for warning in running.warnings() {
        eprintln!("warning: {warning}");
    }
    say_text(&endpoints(&running));
    if let Some(path) = rack_out {
        running
            .write_rack(path)
            .map_err(|error| Failure(format!("cannot write {}: {error}", path.display())))?;
        say!("rack file: {0}\ntry it in another terminal: underlay -r {0} power status", path.display());
    } else if running.rack().credentials.values().any(|c| c.password == PasswordSource::Generated) {
        say!("nobody knows the passwords made for this rack; --rack-out FILE writes them beside a rack file");
    }
    say!("ready");
    stop.await;
    say!("stopped");
    Ok(ExitCode::SUCCESS)
}

/// A table of what listens where.
pub(super) fn endpoints(running: &Running) -> String {
    let mut table = new_table(&["device", "persona", "protocol", "address"]);
    for device in &running.rack().devices {
        for endpoint in device.endpoints().unwrap_or_default() {
            let port = match &*endpoint.scheme {
                "ipmi" => 623,
                "snmp" => 161,
                _ => 443,
            };
            let scheme = match (&*endpoint.scheme, &endpoint.tls) {
                ("redfish", underlay_hal::Tls::Plain) => "http://",
                ("redfish", _) => "https://",
                _ => "",
            };
            table.add_row([
                device.name.clone(),
                persona(device),
                endpoint.scheme.clone(),
                format!("{scheme}{}", endpoint.authority(port)),
            ]);
        }
    }
    table_text(&table)
}

/// What a device plays.
fn persona(device: &underlay_rack::Device) -> String {
    match &device.recorded {
        Some(folder) => format!("recorded in {}", folder.display()),
        None => device.persona.clone().unwrap_or_default(),
    }
}

/// Ends on an interrupt, and where there is such a thing on a request to terminate.
fn stop_signal() -> Result<impl Future<Output = ()>, Failure> {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let mut interrupt = signal(SignalKind::interrupt())?;
        let mut terminate = signal(SignalKind::terminate())?;
        Ok(async move {
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
        })
    }
    #[cfg(not(unix))]
    Ok(async {
        let _ = tokio::signal::ctrl_c().await;
    })
}
