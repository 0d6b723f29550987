//! Opens a Redfish service, reads every facet that it offers, and prints a line for each. Changes nothing.
//!
//! `redfish_look ADDRESS[:PORT] [USER]`: the password is read from the variable `BMC_PASSWORD`. A port of 8000 to 8999
//! is taken for plain HTTP, as emulators speak it. The certificate is not checked: for trying things, not for racks.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use underlay_hal::{CredentialSource, Credentials, Cx, Driver as _, Endpoint, Error, FacetKind, Tls};
use underlay_redfish::RedfishDriver;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let place = arguments.next().ok_or("usage: redfish_look ADDRESS[:PORT] [USER]")?;
    let user = arguments.next().unwrap_or_else(|| "admin".to_owned());
    let password = std::env::var("BMC_PASSWORD").unwrap_or_default();
    let (host, port) = place.rsplit_once(':').unwrap_or((&place, "443"));
    let port: u16 = port.parse()?;
    let tls = if (8000..9000).contains(&port) { Tls::Plain } else { Tls::Insecure };
    let at = Endpoint::new("redfish", host).port(port).tls(tls);
    let credentials: Arc<dyn CredentialSource> = Arc::new(Credentials::password(user, password));
    let cx = Cx::new("example", "look").within(Duration::from_secs(600));

    let begun = Instant::now();
    let device = RedfishDriver.open(&cx, "it".into(), &at, credentials).await?;
    let info = device.info();
    println!("{:16} {:?} {:?} ({:.0?})", "device", info.vendor, info.model, begun.elapsed());
    for facet in FacetKind::ALL {
        if !facet.on(&*device) {
            continue;
        }
        let begun = Instant::now();
        let said =
            look(&cx, &*device, facet).await.unwrap_or_else(|error| format!("FAILED: {}", error.report()));
        println!("{:16} {said} ({:.0?})", facet.as_str(), begun.elapsed());
    }
    device.close(&cx).await?;
    Ok(())
}

/// What a facet says, in one line.
async fn look(cx: &Cx, device: &dyn underlay_hal::Device, facet: FacetKind) -> Result<String, Error> {
    let absent = || Error::unsupported("look");
    Ok(match facet {
        FacetKind::Manager => {
            format!("{:?}", device.manager().ok_or_else(absent)?.info(cx).await?.firmware_version)
        }
        FacetKind::ManagerConfig => {
            let config = device.manager_config().ok_or_else(absent)?;
            let read = config.read(cx).await?;
            format!(
                "{} interfaces, {} services, NTP {:?}; takes {:?}, factory resets {:?}",
                read.networks.len(),
                read.protocols.len(),
                read.ntp_servers,
                config.settings(),
                config.factory_resets()
            )
        }
        FacetKind::Certificates => {
            format!("{} certificates", device.certificates().ok_or_else(absent)?.list(cx).await?.len())
        }
        FacetKind::Accounts => {
            let accounts = device.accounts().ok_or_else(absent)?;
            format!("{} accounts, {:?}", accounts.list(cx).await?.len(), accounts.policy(cx).await?)
        }
        FacetKind::Power => {
            let power = device.power().ok_or_else(absent)?;
            format!(
                "{}, {:?}; takes {:?}",
                power.state(cx).await?,
                power.boot_status(cx).await?,
                power.actions()
            )
        }
        FacetKind::Boot => {
            let boot = device.boot().ok_or_else(absent)?;
            format!("{:?}; takes {:?}", boot.get(cx).await?, boot.targets())
        }
        FacetKind::BootOrder => {
            let read = device.boot_order().ok_or_else(absent)?.read(cx).await?;
            let known = read.options.iter().filter(|option| option.target.is_some()).count();
            format!(
                "{} in order, {} options, {known} of a known kind",
                read.current.len(),
                read.options.len()
            )
        }
        FacetKind::Bios => {
            let bios = device.bios().ok_or_else(absent)?;
            let read = bios.read(cx).await?;
            let ruled = read.attributes.values().filter(|one| one.rule.is_some()).count();
            format!(
                "{} settings, {ruled} with rules, {} dependencies, {} jobs; {:?}, passwords {:?}",
                read.attributes.len(),
                read.dependencies.len(),
                read.jobs.len(),
                bios.apply_times(),
                bios.passwords()
            )
        }
        FacetKind::SecureBoot => format!("{:?}", device.secure_boot().ok_or_else(absent)?.read(cx).await?),
        FacetKind::Raid => {
            let read = device.raid().ok_or_else(absent)?.read(cx).await?;
            let (controllers, drives, volumes) =
                (read.controllers.len(), read.drives.len(), read.volumes.len());
            format!(
                "{controllers} controllers, {drives} drives, {volumes} volumes, skipped {:?}",
                read.skipped
            )
        }
        FacetKind::Firmware => {
            let firmware = device.firmware().ok_or_else(absent)?;
            let read = firmware.inventory(cx).await?;
            let ways = (firmware.methods(), firmware.apply_times());
            format!("{} components, skipped {:?}; {ways:?}", read.components.len(), read.skipped)
        }
        FacetKind::VirtualMedia => {
            let slots = device.virtual_media().ok_or_else(absent)?.slots(cx).await?;
            let shown = slots.iter().map(|slot| format!("{} {:?}", slot.id, slot.kinds)).collect::<Vec<_>>();
            shown.join(", ")
        }
        FacetKind::Inventory => {
            let read = device.inventory().ok_or_else(absent)?.read(cx).await?;
            format!(
                "{} processors, {} modules, {} ports, {} cards, {} drives, {} supplies, skipped {:?}",
                read.processors.len(),
                read.memory.len(),
                read.nics.len(),
                read.network_adapters.len(),
                read.drives.len(),
                read.power_supplies.len(),
                read.skipped
            )
        }
        FacetKind::Sensors => {
            format!("{} sensors", device.sensors().ok_or_else(absent)?.read_all(cx).await?.len())
        }
        FacetKind::PowerMeter => format!("{:?}", device.power_meter().ok_or_else(absent)?.read(cx).await?),
        FacetKind::Identify => format!("lit: {:?}", device.identify().ok_or_else(absent)?.is_lit(cx).await?),
        FacetKind::EventLog => {
            let page = device.event_log().ok_or_else(absent)?.read(cx, None, 10_000).await?;
            format!("{} entries", page.entries.len())
        }
        FacetKind::Events => {
            let events = device.events().ok_or_else(absent)?;
            format!("{:?}, {} subscriptions", events.deliveries(), events.subscriptions(cx).await?.len())
        }
        FacetKind::Tasks => format!("{} tasks", device.tasks().ok_or_else(absent)?.list(cx).await?.len()),
        FacetKind::Chassis => {
            format!("{} slots", device.chassis().ok_or_else(absent)?.read(cx).await?.slots.len())
        }
        _ => "read by this example's next version".to_owned(),
    })
}
