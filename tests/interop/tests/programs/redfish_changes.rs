//! sushy changes machines, and what really became of each change is judged behind the protocol.
use std::time::{Duration, Instant};

use underlay_conformance::{ImageOf, Truth};
use underlay_hal::{PowerState, SecureBootMode, bios::SettingValue};
use underlay_interop::{
    lab::{Lab, Web},
    need::Need,
    program::run,
    suite::Suite,
};
use underlay_simulators::ServerTruth;

const SUSHY: &[Need] = &[Need::Python("python3")];

/// The standard, and vendors who go about it each in a way of their own: jobs, tasks that are read once, settings of
/// secure boot that are jobs, volumes that show up late.
const PERSONAS: [&str; 4] = ["standard", "dell-idrac9", "lenovo-xcc", "hpe-ilo6"];

pub(crate) fn tests(suite: Suite) -> Suite {
    PERSONAS.into_iter().fold(suite, |suite, persona| {
        suite
            .test(format!("sushy sets the firmware of {persona}"), SUSHY, move || bios(persona))
            .test(format!("sushy makes and deletes a volume on {persona}"), SUSHY, move || raid(persona))
            .test(format!("sushy updates {persona}"), SUSHY, move || firmware(persona))
            .test(format!("sushy works the keys of {persona}"), SUSHY, move || secure_boot(persona))
    })
}

/// One piece of work.
fn sushy(lab: &Lab, work: &[&str]) -> String {
    let script = crate::client("sushy_settings.py");
    let (script, url) = (script.to_string_lossy(), lab.url());
    let arguments = [&[&*script, &url, &lab.user, &lab.password], work].concat();
    let said = run(&Need::Python("python3").path(), &arguments, Duration::from_secs(240)).well();
    said.line(&["sushy:", "checks passed"]);
    said.text
}

/// What happens at the next reset has happened soon.
fn soon(what: &str, truth: &ServerTruth, holds: impl Fn(&ServerTruth) -> bool) {
    let end = Instant::now() + Duration::from_secs(60);
    while !holds(truth) {
        assert!(Instant::now() < end, "not within a minute: {what}");
        std::thread::sleep(Duration::from_millis(100));
    }
}

fn bios(persona: &str) {
    let lab = Lab::start(persona, Web::Https);
    let truth = lab.truth();
    let bios = truth.bios().expect("settings");
    let (name, value) = bios.writable();
    let json = match &value {
        SettingValue::Text(text) => serde_json::json!(text),
        SettingValue::Integer(number) => serde_json::json!(number),
        SettingValue::Boolean(yes) => serde_json::json!(yes),
    };
    let said = sushy(&lab, &["bios", &name, &json.to_string()]);
    assert_eq!(bios.current().get(&name), Some(&value), "{said}");
    assert!(!bios.current().contains_key("NoSuchSetting"));
    assert!(truth.resets() >= 1);
    // Where the service has jobs of settings, one was followed.
    let followed = said.contains("bios: monitor");
    assert_eq!(followed, matches!(persona, "standard" | "dell-idrac9"), "{said}");
}

fn raid(persona: &str) {
    let lab = Lab::start(persona, Web::Https);
    let truth = lab.truth();
    let raid = truth.raid().expect("storage");
    let said = sushy(&lab, &["raid-create"]);
    let volumes = raid.volumes();
    assert_eq!(volumes.len(), 1, "{said}");
    assert_eq!((volumes[0].drives.len(), volumes[0].level), (2, underlay_hal::raid::RaidLevel::Raid1));
    assert!(said.contains(&format!("capacity {}", volumes[0].capacity_bytes)), "{said}\n{volumes:?}");
    assert!(said.contains("raid: monitor"), "a task was followed: {said}");
    let said = sushy(&lab, &["raid-delete"]);
    assert!(raid.volumes().is_empty(), "{said}");
}

fn firmware(persona: &str) {
    let lab = Lab::start(persona, Web::Https);
    let truth = lab.truth();
    let images = truth.firmware().expect("firmware");
    let (_, component, version) = images.image(ImageOf::Manager);
    let uri = lab.block_on(async { images.image_uri(ImageOf::Manager) }).expect("an image is served");
    let resets = truth.resets();
    let said = sushy(&lab, &["firmware", &uri, &component, &version]);
    assert!(said.contains("firmware: monitor"), "{said}");
    assert!(images.versions().values().any(|known| *known == version), "{said}");
    assert_eq!(truth.resets(), resets, "the host goes on");
}

fn secure_boot(persona: &str) {
    let lab = Lab::start(persona, Web::Https);
    let truth = lab.truth();
    let keys = truth.secure_boot().expect("secure boot");
    let work = |word: &str, holds: &dyn Fn() -> bool| {
        let said = sushy(&lab, &["secure-boot", word]);
        soon(&format!("{word}:\n{said}"), &truth, |_| holds());
        // The next piece of work finds the machine past its self test.
        lab.block_on(truth.put_power(PowerState::On));
    };
    work("delete-keys", &|| keys.mode() == SecureBootMode::Setup);
    work("reset-keys", &|| matches!(keys.mode(), SecureBootMode::User | SecureBootMode::Deployed));
    work("enable", &|| keys.in_force());
    work("disable", &|| !keys.in_force());
}
