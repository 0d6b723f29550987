//! The commands.

mod account;
mod bios;
mod bmc;
mod boot;
mod change;
mod chassis;
#[cfg(feature = "sim")]
mod demo;
mod events;
mod firmware;
mod identify;
mod inventory;
mod logs;
mod media;
mod network;
mod orchestrate;
mod pdu;
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
mod switch;
mod task;
mod topology;

use std::process::ExitCode;

use underlay_hal::FacetKind;

use crate::{
    cli::{self, Cli, Command},
    context::{Context, Failure},
};

/// Runs the command.
pub(crate) async fn run(cli: Cli) -> Result<ExitCode, Failure> {
    use FacetKind::{
        Accounts, Bios, Boot, BootOrder, Certificates, Chassis, EventLog, Events, Firmware, Identify,
        Inventory, Manager, ManagerConfig, Pdu, Power, PowerMeter, Raid, SecureBoot, Sensors, Switch,
        SwitchConfig, Tasks, VirtualMedia,
    };
    // A command says what it uses; a device is asked for no more before it is open.
    let load = |facets: &[FacetKind]| Context::load(&cli).map(|context| context.using(facets));
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
        Command::Power(power) => power::run(&load(&[Power])?, power).await,
        Command::Boot(boot) => boot::run(&load(&[Boot, BootOrder, Tasks])?, boot).await,
        Command::Bios(bios) => bios::run(&load(&[Bios, Tasks])?, bios).await,
        Command::SecureBoot(secure_boot) => secure_boot::run(&load(&[SecureBoot, Tasks])?, secure_boot).await,
        Command::Raid(raid) => raid::run(&load(&[Raid, Tasks])?, raid).await,
        Command::Firmware(firmware) => {
            let context = load(&[Firmware, Tasks])?;
            let updates = matches!(firmware, cli::Firmware::Update(_));
            let context = if updates { context.with_limit(cli.transfer_limit()) } else { context };
            firmware::run(&context, firmware).await
        }
        Command::Media(media) => media::run(&load(&[VirtualMedia, Boot, Tasks])?, media).await,
        Command::Bmc(bmc) => bmc::run(&load(&[Manager, ManagerConfig, Certificates, Tasks])?, bmc).await,
        Command::Account(account) => account::run(&load(&[Accounts, Tasks])?, account).await,
        Command::Task(task) => task::run(&load(&[Tasks])?, task).await,
        Command::Events(events) => events::run(&load(&[Events])?, events).await,
        Command::Inventory { select, full: false } => {
            inventory::run(&load(&[Inventory])?, select, false).await
        }
        Command::Inventory { select, full: true } => {
            let all = [Inventory, Raid, Firmware, Chassis, PowerMeter];
            inventory::run(&load(&all)?, select, true).await
        }
        Command::Identify { select, light } => identify::light(&load(&[Identify])?, select, *light).await,
        Command::Chassis(chassis) => chassis::run(&load(&[Chassis, Tasks])?, chassis).await,
        Command::Pdu(pdu) => pdu::run(&load(&[Pdu])?, pdu).await,
        Command::Outlet(outlet) => pdu::outlet(&load(&[Pdu])?, outlet).await,
        Command::Switch(switch) => switch::run(&load(&[Switch, SwitchConfig])?, switch).await,
        Command::Port(port) => network::port(&load(&[SwitchConfig])?, port).await,
        Command::Vlan(vlan) => network::vlan(&load(&[SwitchConfig])?, vlan).await,
        Command::Lag(lag) => network::lag(&load(&[SwitchConfig])?, lag).await,
        Command::Topology { select } => topology::run(&load(&[Pdu, Switch])?, select).await,
        Command::Meter { select } => identify::meter(&load(&[PowerMeter])?, select).await,
        Command::Sensors { select } => sensors::run(&load(&[Sensors])?, select).await,
        Command::Logs { select, clear, last } => logs::run(&load(&[EventLog])?, select, *clear, *last).await,
        Command::Plan { intent, out, detailed_exitcode } => {
            orchestrate::plan(&Context::load(&cli)?, intent, out.as_deref(), *detailed_exitcode).await
        }
        Command::Apply { file, run } => orchestrate::apply(&Context::load(&cli)?, file, *run).await,
        Command::Run(run) => orchestrate::runs(&Context::load(&cli)?, run).await,
    }
}
