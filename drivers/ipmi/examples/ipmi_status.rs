//! Opens one BMC and prints what every facet says: `ipmi_status HOST PORT USER PASSWORD-VARIABLE [change]`.
//!
//! With `change` it also switches power and boot override, clears the log, and resets the controller.

use std::sync::Arc;
use std::time::{Duration, Instant};

use underlay_hal::{
    BootOverride, BootTarget, Credentials, Cx, Driver, Endpoint, ManagerReset, PowerAction, Safety,
};
use underlay_ipmi::IpmiDriver;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [host, port, user, variable, rest @ ..] = &arguments[..] else {
        return Err("usage: ipmi_status HOST PORT USER PASSWORD-VARIABLE [change]".into());
    };
    let password = std::env::var(variable)?;
    let driver = IpmiDriver::new();
    let cx = Cx::new("example", "1").within(Duration::from_secs(60)).consenting(Safety::Destructive);
    let endpoint = Endpoint::new("ipmi", host.as_str()).port(port.parse()?);
    let start = Instant::now();
    println!("probe      {:?}  {:?}", driver.probe(&cx, &endpoint).await?, start.elapsed());
    let start = Instant::now();
    let credentials = Arc::new(Credentials::password(user.as_str(), password));
    let device = driver.open(&cx, "bmc".into(), &endpoint, credentials).await?;
    println!("open       {:?}  {:?}", device.info(), start.elapsed());
    if let Some(manager) = device.manager() {
        println!("manager    {:?}", manager.info(&cx).await?);
    }
    if let Some(power) = device.power() {
        let start = Instant::now();
        println!("power      {:?}  {:?}", power.state(&cx).await?, start.elapsed());
        println!("boot_status {:?}", power.boot_status(&cx).await?);
    }
    if let Some(boot) = device.boot() {
        println!("boot       {:?}", boot.get(&cx).await?);
    }
    if let Some(inventory) = device.inventory() {
        println!("inventory  {:#?}", inventory.read(&cx).await?);
    }
    if let Some(sensors) = device.sensors() {
        for reading in sensors.read_all(&cx).await? {
            println!("sensor     {reading:?}");
        }
    }
    if let Some(log) = device.event_log() {
        let page = log.read(&cx, None, 100).await?;
        for entry in &page.entries {
            println!("log        {entry:?}");
        }
        if let Some(first) = page.entries.first() {
            let rest = log.read(&cx, Some(first.id.clone()), 100).await?;
            println!("log        {} after the first, gap {}", rest.entries.len(), rest.gap);
        }
    }
    if rest.first().is_some_and(|word| word == "change") {
        if let Some(power) = device.power() {
            for action in
                [PowerAction::On, PowerAction::On, PowerAction::ForceReset, PowerAction::GracefulOff]
            {
                println!("power {action}: {:?}", power.set(&cx, action).await);
            }
        }
        if let Some(boot) = device.boot() {
            let once = Some(BootOverride::once(BootTarget::Pxe));
            println!("boot once pxe: {:?} {:?}", boot.set(&cx, once).await, boot.get(&cx).await);
            println!("boot none: {:?} {:?}", boot.set(&cx, None).await, boot.get(&cx).await);
        }
        if let Some(log) = device.event_log() {
            println!("log clear: {:?} {:?}", log.clear(&cx).await, log.read(&cx, None, 100).await);
        }
        if let Some(manager) = device.manager() {
            println!("manager reset: {:?}", manager.reset(&cx, ManagerReset::Force).await);
        }
    }
    println!("close      {:?}", device.close(&cx).await);
    Ok(())
}
