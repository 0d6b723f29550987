//! Recorded trees of real machines, played by the simulator: the recording is shown, and the machine behind it lives.
use underlay_conformance::Truth as _;
use underlay_hal::{
    BootOverride, BootTarget, Change, CredentialSource, Cx, DeviceId, Outcome, PowerAction, PowerState,
    Safety,
};
use underlay_interop::{lab::runtime, need::Need, recorded::Tree, suite::Suite};
use underlay_rack::ReadOptions;
use underlay_simulators::Simulator;

pub(crate) fn tests(suite: Suite) -> Suite {
    let recordings = [
        ("redfish/dell.tar.xz", "dell-idrac9", "/redfish/v1/Systems/System.Embedded.1"),
        ("redfish/supermicro.tar.xz", "supermicro", "/redfish/v1/Systems/1"),
    ];
    recordings.into_iter().fold(suite, |suite, (archive, persona, system)| {
        let need = Need::Corpus(archive);
        suite.test(format!("{archive} is played, and lives"), &[need], move || {
            let tree = Tree::unpack(&need.path());
            runtime().block_on(played(&tree, persona, system));
        })
    })
}

async fn played(tree: &Tree, persona: &str, system: &str) {
    let recorded = tree.get(system).expect("the system");
    let text = format!(
        "[rack]\nname = \"one\"\n[simulation]\ntime-scale = 20.0\n\
         [credentials.bmc]\nusername = \"admin\"\npassword = {{ generated = true }}\n\
         [[device]]\nname = \"n1\"\nkind = \"server\"\ncredential = \"bmc\"\nstate = \"on\"\n\
         persona = {{ recorded = \".\", extends = \"{persona}\" }}\nredfish = {{}}\n"
    );
    let options = ReadOptions { file: "one.toml", folder: Some(tree.folder()), ..ReadOptions::default() };
    let rack = underlay_rack::read(&text, &options).unwrap_or_else(|problems| panic!("{problems}"));
    let running = Simulator::builder(rack).start().await.unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(running.warnings(), [""; 0], "every document of the recording is served");
    let truth = running.truth("n1").expect("the rack has n1");
    let credentials: std::sync::Arc<dyn CredentialSource> = std::sync::Arc::new(running.credentials());
    let at = running.rack().device("n1").expect("n1").endpoints().expect("an address");
    let cx = Cx::new("interop", "played")
        .within(std::time::Duration::from_secs(120))
        .consenting(Safety::Destructive);
    let registry = underlay_drivers::registry().expect("the drivers");
    let opened = registry.open(&cx, &DeviceId::from("n1"), &at, &credentials).await;
    let device = opened.unwrap_or_else(|error| panic!("{}", error.report())).device;
    assert_eq!(device.info().serial_number.as_deref(), recorded["SerialNumber"].as_str(), "as recorded");
    let power = device.power().expect("power");
    let boot = device.boot().expect("an override");
    let done = power.set(&cx, PowerAction::ForceOff).await.expect("switched off");
    assert_eq!(done, Outcome::Done(Change::Made));
    while truth.power() != PowerState::Off {
        cx.sleep(std::time::Duration::from_millis(50)).await.expect("off in time");
    }
    assert_eq!(power.state(&cx).await.expect("read"), PowerState::Off);
    let pxe = BootOverride::once(BootTarget::Pxe);
    let _ = boot.set(&cx, Some(pxe.clone())).await.expect("set");
    assert!(boot.get(&cx).await.expect("read").is_some_and(|seen| pxe.is_met_by(&seen)));
    let _ = power.set(&cx, PowerAction::On).await.expect("switched on");
    while truth.last_boot_source() != Some(BootTarget::Pxe) {
        cx.sleep(std::time::Duration::from_millis(50)).await.expect("booted in time");
    }
    device.close(&cx).await.expect("closed");
}
