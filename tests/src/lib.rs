//! What the tests across crates share: simulated racks, and drivers opened on them.

use std::sync::Arc;

use async_trait::async_trait;
use underlay_conformance::{Promise, Rig, Truth, World};
use underlay_hal::{CredentialSource, Cx, DeviceId, Error, ErrorKind, Result};
use underlay_rack::{Rack, ReadOptions};
use underlay_simulators::{Running, Simulator, plant::ClockMode};

mod promise;
pub mod support;

pub use promise::promise;

/// Every persona that the simulator brings along.
pub const PERSONAS: &[&str] = &[
    "standard",
    "standard-quad",
    "dell-idrac9",
    "dell-idrac10",
    "hpe-ilo5",
    "hpe-ilo6",
    "supermicro",
    "supermicro-h13",
    "lenovo-xcc",
    "ami-megarac",
    "huawei-ibmc",
    "cisco-cimc",
    "openbmc",
    "nvidia-bmc",
    "generic-ipmi",
];

/// Every persona of a unit of power.
#[must_use]
pub fn pdu_personas() -> Vec<&'static str> {
    underlay_simulators::snmp::personas().collect()
}

/// A rack of one unit of power of this persona, `p1`, with a server on its first outlet.
///
/// # Panics
/// If the text below is no rack file.
#[must_use]
pub fn one_pdu(persona: &str) -> Rack {
    let text = format!(
        "[rack]\nname = \"one\"\nseed = 7\n\
         [credentials.bmc]\nusername = \"admin\"\npassword = {{ generated = true }}\n\
         [[feed]]\nname = \"feed\"\n\
         [[pdu]]\nname = \"p1\"\nfeed = \"feed\"\noutlets = 8\npersona = \"{persona}\"\n\
         credential = \"bmc\"\nsnmp = {{}}\n\
         [[device]]\nname = \"n1\"\nkind = \"server\"\npersona = \"generic-ipmi\"\ncredential = \"bmc\"\n\
         state = \"on\"\npower = [{{ pdu = \"p1\", outlet = 1 }}]\nipmi = {{}}\n"
    );
    underlay_rack::read(&text, &ReadOptions { file: "one.toml", ..ReadOptions::default() })
        .unwrap_or_else(|problems| panic!("{problems}"))
}

/// Every persona of a switch.
#[must_use]
pub fn switch_personas() -> Vec<&'static str> {
    underlay_simulators::snmp::switch_personas().collect()
}

/// Every persona of a switch with a command line.
#[must_use]
pub fn shell_personas() -> Vec<&'static str> {
    underlay_simulators::ssh::personas().collect()
}

/// A rack of one switch of this persona, `s1`, with two servers at its ports, one of them off.
///
/// # Panics
/// If the text below is no rack file.
#[must_use]
pub fn one_switch(persona: &str) -> Rack {
    let server = |name: &str, state: &str, port: u32| {
        format!(
            "[[device]]\nname = \"{name}\"\nkind = \"server\"\npersona = \"generic-ipmi\"\ncredential = \"bmc\"\n\
             state = \"{state}\"\nnics = [{{ name = \"eth0\", switch = \"s1\", port = {port} }}]\nipmi = {{}}\n"
        )
    };
    let text = format!(
        "[rack]\nname = \"one\"\nseed = 7\n\
         [credentials.bmc]\nusername = \"admin\"\npassword = {{ generated = true }}\n\
         [[switch]]\nname = \"s1\"\nports = 12\npersona = \"{persona}\"\ncredential = \"bmc\"\nsnmp = {{}}\nssh = {{}}\n{}{}",
        server("n1", "on", 3),
        server("n2", "off", 7)
    );
    underlay_rack::read(&text, &ReadOptions { file: "one.toml", ..ReadOptions::default() })
        .unwrap_or_else(|problems| panic!("{problems}"))
}

/// The personas of [`eight_servers`], in their order.
const EIGHT: [&str; 8] = [
    "standard",
    "dell-idrac9",
    "hpe-ilo5",
    "supermicro",
    "lenovo-xcc",
    "openbmc",
    "generic-ipmi",
    "dell-idrac9",
];

/// A rack of one server, `n1`, of this persona, with the views that the persona has.
///
/// # Panics
/// If the text below is no rack file.
#[must_use]
pub fn one_server(persona: &str) -> Rack {
    let redfish = if persona == "generic-ipmi" { "" } else { "redfish = {}" };
    let text = format!(
        "[rack]\nname = \"one\"\nseed = 7\n\
         [simulation]\npost-seconds = 20\nos-boot-seconds = 5\nshutdown-seconds = 5\nbmc-boot-seconds = 20\n\
         [credentials.bmc]\nusername = \"admin\"\npassword = {{ generated = true }}\n\
         [[feed]]\nname = \"feed\"\n[[pdu]]\nname = \"pdu\"\nfeed = \"feed\"\noutlets = 8\n\
         [[device]]\nname = \"n1\"\nkind = \"server\"\npersona = \"{persona}\"\ncredential = \"bmc\"\n\
         state = \"on\"\npower = [{{ pdu = \"pdu\", outlet = 1 }}]\n{redfish}\nipmi = {{}}\n"
    );
    underlay_rack::read(&text, &ReadOptions { file: "one.toml", ..ReadOptions::default() })
        .unwrap_or_else(|problems| panic!("{problems}"))
}

/// Runs a rack with the world's time this many times faster.
///
/// # Panics
/// If it does not start.
pub async fn run(rack: Rack, time_scale: f64) -> Running {
    let builder = Simulator::builder(rack).clock(ClockMode::Scaled(time_scale));
    builder.start().await.unwrap_or_else(|error| panic!("{error}"))
}

/// One driver on one persona.
#[derive(Clone, Debug)]
pub struct DriverRig {
    /// The driver's name.
    pub driver: &'static str,
    /// The persona.
    pub persona: &'static str,
}

#[async_trait]
impl Rig for DriverRig {
    fn name(&self) -> String {
        format!("{} on {}", self.driver, self.persona)
    }

    fn promise(&self) -> Promise {
        promise(self.driver, self.persona)
    }

    async fn world(&self) -> Result<World> {
        let (rack, name) = match self.driver {
            "snmp" if switch_personas().contains(&self.persona) => (one_switch(self.persona), "s1"),
            "ssh" => (one_switch(self.persona), "s1"),
            "snmp" => (one_pdu(self.persona), "p1"),
            _ => (one_server(self.persona), "n1"),
        };
        let running = run(rack, 40.0).await;
        let credentials: Arc<dyn CredentialSource> = Arc::new(running.credentials());
        let registry = underlay_drivers::registry()?;
        let device = running.rack().device(name).expect("the rack has it");
        let endpoints: Vec<_> =
            device.endpoints()?.into_iter().filter(|endpoint| endpoint.scheme == self.driver).collect();
        let cx = Cx::new("conformance", "open").within(std::time::Duration::from_secs(20));
        let opened = registry.open(&cx, &DeviceId::from(name), &endpoints, &credentials).await?;
        let truth: Option<Arc<dyn Truth>> = match self.driver {
            "ssh" => running.shell_truth(name).map(|truth| Arc::new(truth) as _),
            "snmp" => running.agent_truth(name).map(|truth| Arc::new(truth) as _),
            _ => running.truth(name).map(|truth| Arc::new(truth) as _),
        };
        let truth = truth.ok_or_else(|| Error::new(ErrorKind::NotFound, "no truth"))?;
        Ok(World { device: opened.device, truth, keep: Arc::new(running) })
    }
}

/// A rack of eight servers of seven personas, some on and some off.
///
/// # Panics
/// If the text below is no rack file.
#[must_use]
pub fn eight_servers() -> Rack {
    let mut text = "[rack]\nname = \"eight\"\nseed = 11\n\
                    [simulation]\npost-seconds = 15\nos-boot-seconds = 4\nshutdown-seconds = 4\nbmc-boot-seconds = 10\n\
                    [credentials.bmc]\nusername = \"admin\"\npassword = { generated = true }\n\
                    [[feed]]\nname = \"feed\"\n[[pdu]]\nname = \"pdu\"\nfeed = \"feed\"\noutlets = 16\n"
        .to_owned();
    for (index, persona) in EIGHT.iter().enumerate() {
        let (number, state) = (index + 1, if index % 3 == 0 { "off" } else { "on" });
        let redfish = if *persona == "generic-ipmi" { "" } else { "redfish = {}\n" };
        text.push_str(&format!(
            "[[device]]\nname = \"n{number}\"\nkind = \"server\"\npersona = \"{persona}\"\ncredential = \"bmc\"\n\
             state = \"{state}\"\npower = [{{ pdu = \"pdu\", outlet = {number} }}]\n{redfish}ipmi = {{}}\n"
        ));
    }
    underlay_rack::read(&text, &ReadOptions { file: "eight.toml", ..ReadOptions::default() })
        .unwrap_or_else(|problems| panic!("{problems}"))
}

/// Runs asynchronous tests by name, and lets them print also when all is well.
///
/// Ends the process with the code that `cargo test` expects.
pub fn trials<F: Future<Output = ()> + 'static>(cases: impl IntoIterator<Item = (&'static str, fn() -> F)>) {
    let arguments = libtest_mimic::Arguments::from_args();
    let trial = |(name, case): (&'static str, fn() -> F)| {
        libtest_mimic::Trial::test(name, move || {
            let runtime =
                tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
            runtime.block_on(case());
            // The verdict is in; threads that linger must not turn it into a hang.
            let limit = std::time::Duration::from_secs(10);
            let begun = std::time::Instant::now();
            runtime.shutdown_timeout(limit);
            if begun.elapsed() >= limit {
                eprintln!("{name}: a thread of its runtime did not end within {limit:?}");
            }
            Ok(())
        })
    };
    libtest_mimic::run(&arguments, cases.into_iter().map(trial).collect()).exit();
}
