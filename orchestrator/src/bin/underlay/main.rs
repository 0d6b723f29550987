//! The `underlay` command: look at racks, plan, apply, resume; and run simulated ones.
//!
//! Exit codes: 0 all well, 1 some device failed, 2 a usage or file error (and "changes pending" for
//! `plan --detailed-exitcode`).

mod cli;
mod commands;
mod context;
mod output;
mod progress;

use std::process::ExitCode;

use clap::Parser as _;

use crate::{cli::Cli, context::Failure};

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // clap's own code for usage errors is 2 as well; help and version are no errors.
            let _ = error.print();
            return ExitCode::from(if error.use_stderr() { 2 } else { 0 });
        }
    };
    start_log(cli.verbose);
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("error: cannot start: {error}");
            return ExitCode::from(2);
        }
    };
    let result = runtime.block_on(commands::run(cli));
    // The answer is printed; whatever lingers in the background must not keep the terminal.
    runtime.shutdown_timeout(std::time::Duration::from_secs(2));
    match result {
        Ok(code) => code,
        Err(Failure(message)) => {
            eprintln!("error: {message}");
            ExitCode::from(2)
        }
    }
}

/// Logs go to standard error: nothing below warnings, unless asked by `-v` or `UNDERLAY_LOG`.
fn start_log(verbose: u8) {
    use tracing_subscriber::EnvFilter;
    let default = match verbose {
        0 => "error",
        1 => "warn,underlay=info",
        2 => "info,underlay=debug,underlay_ipmi=debug,underlay_redfish=debug,underlay_hal=debug",
        _ => "debug",
    };
    let filter = EnvFilter::try_from_env("UNDERLAY_LOG").unwrap_or_else(|_| EnvFilter::new(default));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
}
