//! The commands.

mod boot;
#[cfg(feature = "sim")]
mod demo;
mod logs;
mod orchestrate;
mod power;
mod probe;
mod sensors;
mod show;
#[cfg(feature = "sim")]
mod sim;

use std::process::ExitCode;

use crate::{
    cli::{Cli, Command},
    context::{Context, Failure},
};

/// Runs the command.
pub(crate) async fn run(cli: Cli) -> Result<ExitCode, Failure> {
    match &cli.command {
        #[cfg(feature = "sim")]
        Command::Demo => demo::run().await,
        #[cfg(feature = "sim")]
        Command::Sim(sim) => sim::run(sim).await,
        Command::Probe { targets, wait } if !targets.is_empty() => {
            probe::addresses(&cli, targets, *wait).await
        }
        Command::Probe { .. } => probe::rack(&Context::load(&cli)?).await,
        Command::Show { select } => show::run(&Context::load(&cli)?, select).await,
        Command::Power(power) => power::run(&Context::load(&cli)?, power).await,
        Command::Boot(boot) => boot::run(&Context::load(&cli)?, boot).await,
        Command::Sensors { select } => sensors::run(&Context::load(&cli)?, select).await,
        Command::Logs { select, clear, last } => {
            logs::run(&Context::load(&cli)?, select, *clear, *last).await
        }
        Command::Plan { intent, out, detailed_exitcode } => {
            orchestrate::plan(&Context::load(&cli)?, intent, out.as_deref(), *detailed_exitcode).await
        }
        Command::Apply { file, run } => orchestrate::apply(&Context::load(&cli)?, file, *run).await,
        Command::Run(run) => orchestrate::runs(&Context::load(&cli)?, run).await,
    }
}
