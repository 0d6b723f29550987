//! The commands.

mod account;
mod bios;
mod bmc;
mod boot;
mod change;
#[cfg(feature = "sim")]
mod demo;
mod events;
mod firmware;
mod identify;
mod inventory;
mod logs;
mod media;
mod orchestrate;
mod pick;
mod power;
mod probe;
mod raid;
mod secrets;
mod secure_boot;
mod sensors;
mod show;
#[cfg(feature = "sim")]
mod sim;
mod task;

use std::process::ExitCode;

use crate::{
    cli::{Cli, Command, Firmware},
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
        Command::Bios(bios) => bios::run(&Context::load(&cli)?, bios).await,
        Command::SecureBoot(secure_boot) => secure_boot::run(&Context::load(&cli)?, secure_boot).await,
        Command::Raid(raid) => raid::run(&Context::load(&cli)?, raid).await,
        Command::Firmware(firmware) => {
            let context = Context::load(&cli)?;
            let updates = matches!(firmware, Firmware::Update(_));
            let context = if updates { context.with_limit(cli.transfer_limit()) } else { context };
            firmware::run(&context, firmware).await
        }
        Command::Media(media) => media::run(&Context::load(&cli)?, media).await,
        Command::Bmc(bmc) => bmc::run(&Context::load(&cli)?, bmc).await,
        Command::Account(account) => account::run(&Context::load(&cli)?, account).await,
        Command::Task(task) => task::run(&Context::load(&cli)?, task).await,
        Command::Events(events) => events::run(&Context::load(&cli)?, events).await,
        Command::Inventory { select, full } => inventory::run(&Context::load(&cli)?, select, *full).await,
        Command::Identify { select, light } => identify::light(&Context::load(&cli)?, select, *light).await,
        Command::Meter { select } => identify::meter(&Context::load(&cli)?, select).await,
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
