//! `underlay bmc`.

mod certificate;
mod set;

use std::{process::ExitCode, sync::Arc, time::Duration};

use serde::Serialize;
use underlay_hal::{
    Cx, Effect, Error, ErrorKind, FactoryReset, ManagerInfo, ManagerReset, ManagerSettings, Opened, Result,
};

use super::change::{Done, Mutation, Step};
use crate::{
    cli::{Bmc, Consent, Keep, Wait},
    context::{Context, Failure},
    output::{or_dash, print, print_if},
};

type Code = std::result::Result<ExitCode, Failure>;

/// Pause between two looks at a controller that restarts.
const PAUSE: Duration = Duration::from_millis(250);
/// How long it may still answer after it was told to restart.
const LAST_WORDS: Duration = Duration::from_secs(30);

#[derive(Debug, Serialize)]
struct Shown {
    info: ManagerInfo,
    #[serde(skip_serializing_if = "Option::is_none")]
    settings: Option<ManagerSettings>,
}

pub(super) async fn run(context: &Context, command: &Bmc) -> Code {
    match command {
        Bmc::Show { select } => show(context, select).await,
        Bmc::Set(arguments) => set::run(context, arguments).await,
        Bmc::Reset { select, force, wait } => reset(context, select, *force, *wait).await,
        Bmc::FactoryReset { select, keep, consent } => factory_reset(context, select, *keep, *consent).await,
        Bmc::Certificate(command) => certificate::run(context, command).await,
    }
}

async fn show(context: &Context, select: &str) -> Code {
    let answers = context
        .each(select, "bmc show", |cx: Cx, opened: Arc<Opened>| async move {
            let manager = opened.device.manager().ok_or_else(|| Error::unsupported("manager.info"))?;
            let info = manager.info(&cx).await?;
            let settings = match opened.device.manager_config() {
                Some(config) => Some(config.read(&cx).await?),
                None => None,
            };
            Ok(Shown { info, settings })
        })
        .await?;
    Ok(print(context.output, &["device", "what", "value"], &answers, rows))
}

fn rows(shown: &Shown) -> Vec<Vec<String>> {
    let mut rows = Vec::new();
    let mut add = |what: &str, value: Option<String>| {
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            rows.push(vec![what.to_owned(), value]);
        }
    };
    let Shown { info, settings } = shown;
    add("model", info.model.clone());
    add("firmware", info.firmware_version.clone());
    add("protocol", info.protocol_version.clone());
    add("time", info.time.map(|time| time.to_string()));
    let networks = settings.as_ref().map_or(&info.networks, |settings| &settings.networks);
    for network in networks {
        let addresses: Vec<_> = network.addresses.iter().map(ToString::to_string).collect();
        let vlan = network.vlan.map(|vlan| format!("VLAN {vlan}"));
        let gateway = network.gateway.map(|gateway| format!("gateway {gateway}"));
        let parts = [
            network.mac.map(|mac| mac.to_string()),
            Some(addresses.join(" ")),
            gateway,
            vlan,
            network.origin.clone(),
        ];
        let parts: Vec<_> = parts.into_iter().flatten().filter(|part| !part.is_empty()).collect();
        add(&format!("network {}", network.name), Some(parts.join(", ")));
    }
    if let Some(settings) = settings {
        add("host name", settings.host_name.clone());
        let dns: Vec<_> = settings.dns_servers.iter().map(ToString::to_string).collect();
        add("name servers", Some(dns.join(" ")));
        let ntp = settings.ntp_enabled.map(|on| if on { "on" } else { "off" });
        let servers = settings.ntp_servers.join(" ");
        add("time servers", ntp.map(|on| format!("{on} {servers}").trim_end().to_owned()).or(Some(servers)));
        add("time zone", settings.time_zone_offset.clone());
        for (name, protocol) in &settings.protocols {
            let state = if protocol.enabled { "on" } else { "off" };
            add(&format!("protocol {name}"), Some(format!("{state} {}", or_dash(protocol.port))));
        }
    }
    rows
}

fn row_of(done: &Done) -> Vec<Vec<String>> {
    vec![vec![done.words()]]
}

async fn reset(context: &Context, select: &str, force: bool, wait: Wait) -> Code {
    let mutation = Mutation::harmless(context, "bmc reset", wait);
    let act = async |step: &Step, ()| {
        let manager = step.device().manager().ok_or_else(|| Error::unsupported("manager.reset"))?;
        let wanted = if force { ManagerReset::Force } else { ManagerReset::Graceful };
        let offered = manager.resets();
        // A controller that knows one way only is restarted that way, unless one was asked for.
        let how = match offered {
            [only] if !force => *only,
            _ if offered.contains(&wanted) => wanted,
            _ => {
                return Err(Error::new(ErrorKind::Unsupported, format!("the controller offers {offered:?}")));
            }
        };
        let mut done = step.changed(manager.reset(&step.cx, how).await?).await?;
        if let Some(cx) = step.patient() {
            back_again(manager, cx).await?;
            done.messages.push("it answers again".to_owned());
        }
        Ok(done)
    };
    let answers = mutation.run(select, async |_| Ok(()), |()| Vec::new(), act).await?;
    Ok(print_if(context.output, &["device", "change"], answers, |done: &Done| {
        let last = done.messages.last().map(|message| format!("; {message}")).unwrap_or_default();
        vec![vec![done.words() + &last]]
    }))
}

/// Waits until the controller has gone and come back.
async fn back_again(manager: &dyn underlay_hal::Manager, cx: &Cx) -> Result<()> {
    let over = |over: underlay_hal::Interrupted| over.into_error(Effect::Applied).during("manager.reset");
    let begun = tokio::time::Instant::now();
    let look = || async { manager.info(&cx.within(Duration::from_secs(5))).await };
    while begun.elapsed() < LAST_WORDS && look().await.is_ok() {
        cx.sleep(PAUSE).await.map_err(over)?;
    }
    loop {
        match look().await {
            Ok(_) => return Ok(()),
            Err(error) if !underlay_hal::may_pass(&error) => return Err(error),
            Err(_) => cx.sleep(PAUSE).await.map_err(over)?,
        }
    }
}

async fn factory_reset(context: &Context, select: &str, keep: Keep, consent: Consent) -> Code {
    let keep = match keep {
        Keep::Nothing => FactoryReset::All,
        Keep::Network => FactoryReset::KeepNetwork,
        Keep::NetworkAndUsers => FactoryReset::KeepNetworkAndUsers,
    };
    let mutation = Mutation::asking(context, "bmc factory-reset", consent, Wait::default());
    let look = async |step: &Step| {
        let config = step
            .device()
            .manager_config()
            .ok_or_else(|| Error::unsupported("manager_config.factory_reset"))?;
        if config.factory_resets().contains(&keep) {
            return Ok(());
        }
        let offered: Vec<_> = config.factory_resets().iter().map(|one| one.as_str()).collect();
        let offered = if offered.is_empty() { "no factory reset".to_owned() } else { offered.join(", ") };
        Err(Error::new(ErrorKind::Unsupported, format!("the controller offers {offered}")))
    };
    let losses = |()| {
        let lost = match keep {
            FactoryReset::All => "the controller's whole configuration, with its address and its accounts",
            FactoryReset::KeepNetwork => "the controller's configuration and its accounts; the address stays",
            _ => "the controller's configuration; its address and its accounts stay",
        };
        vec![lost.to_owned()]
    };
    let act = async |step: &Step, ()| {
        let config = step
            .device()
            .manager_config()
            .ok_or_else(|| Error::unsupported("manager_config.factory_reset"))?;
        step.staged(config.factory_reset(&step.cx, keep).await?).await
    };
    let answers = mutation.run(select, look, |_| losses(()), act).await?;
    Ok(print_if(context.output, &["device", "change"], answers, row_of))
}
