//! Serves one simulated machine's Redfish view in the foreground, to try clients against.
//!
//! `cargo run -p underlay-simulators --example redfish_view -- PERSONA [https|http] [PORT] [CA_FILE]`
//!
//! Accounts: `admin`, `operator` and `viewer`, each with its name as the password. It prints `ready URL PIN`, and
//! writes the certificate authority to CA_FILE.

use std::error::Error;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use underlay_rack::{Device, Rack, Simulation};
use underlay_simulators::persona::PersonaSet;
use underlay_simulators::plant::{ClockMode, Plant, Role};
use underlay_simulators::redfish::{Authority, Identity, Options, Validity, serve};

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let persona = arguments.first().map_or("standard", String::as_str);
    let secure = arguments.get(1).is_none_or(|scheme| scheme != "http");
    let port = arguments.get(2).map_or(Ok(0), |port| port.parse())?;

    let simulation = Simulation {
        post_seconds: Some(3.0),
        os_boot_seconds: Some(2.0),
        shutdown_seconds: Some(1.0),
        bmc_boot_seconds: Some(3.0),
        ..Simulation::default()
    };
    let device = Device { name: "node01".into(), persona: Some(persona.into()), ..Device::default() };
    let rack = Rack { name: "one".into(), seed: 1, simulation, devices: vec![device], ..Rack::default() };
    let plant = Plant::new(&rack, &PersonaSet::embedded()?, ClockMode::Real)?;
    let server = plant.server("node01").ok_or("the rack has no node01")?;
    for (name, role) in
        [("admin", Role::Administrator), ("operator", Role::Operator), ("viewer", Role::ReadOnly)]
    {
        server.put_account(name, name.into(), role).map_err(|refusal| format!("{refusal:?}"))?;
    }

    let address = IpAddr::V4(Ipv4Addr::LOCALHOST);
    let identity = match secure {
        true => {
            let authority = Authority::new()?;
            if let Some(file) = arguments.get(3) {
                std::fs::write(file, authority.certificate_pem())?;
            }
            Some(authority.issue("node01", address, Validity::Long)?)
        }
        false => None,
    };
    let pin: String = identity.iter().flat_map(Identity::sha256).map(|byte| format!("{byte:02x}")).collect();
    let options = Options { identity, ..Options::default() };
    let view = serve(server, SocketAddr::new(address, port), options).await?;
    println!("ready {}://{} {pin}", if secure { "https" } else { "http" }, view.address());
    plant.run().await;
    Ok(())
}
