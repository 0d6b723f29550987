//! nv-redfish 0.22: its own models of the 2026 schemas, its own transport.
use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use nv_redfish::{
    ServiceRoot,
    account::AccountServiceConfig,
    computer_system::ComputerSystem,
    core::ModificationResponse,
    schema::resource::{PowerState as Power, ResetType},
};
use nv_redfish_bmc_http::{BmcCredentials, CacheSettings, HttpBmc, reqwest::Client};
use underlay_conformance::Truth as _;
use underlay_hal::PowerState;
use underlay_interop::{
    NV_REDFISH_STUMBLES, REDFISH_PERSONAS,
    lab::{Lab, Web},
    stumbles,
    suite::Suite,
};
use underlay_simulators::redfish::Quirk;

type Bmc = HttpBmc<Client>;

pub(crate) fn tests(suite: Suite) -> Suite {
    let suite = REDFISH_PERSONAS.into_iter().fold(suite, |suite, persona| {
        let quirks = stumbles(&NV_REDFISH_STUMBLES, persona);
        if quirks.is_empty() {
            return suite.test(format!("nv-redfish reads and switches {persona}"), &[], move || {
                works(&Lab::start(persona, Web::Http));
            });
        }
        suite
            .test(format!("nv-redfish finds nothing on {persona} as it is"), &[], move || {
                let lab = Lab::start(persona, Web::Http);
                let root = lab.block_on(async { got("root", ServiceRoot::new(bmc(&lab).await).await) });
                assert!(lab.block_on(async { got("systems", root.systems().await) }).is_none());
            })
            .test(format!("nv-redfish reads and switches {persona} without {quirks:?}"), &[], move || {
                works(&Lab::start(persona, Web::Http).without(quirks));
            })
    });
    suite.test("nv-redfish: a wrong password is refused", &[], refused)
}

/// A client with a session of its own, opened by hand: the crate reads the session service first, which needs a login,
/// and the standard persona takes no Basic over plain HTTP.
async fn bmc(lab: &Lab) -> Arc<Bmc> {
    let login = BmcCredentials::token(lab.log_in(&lab.password).await.token.expect("a session"));
    let client = Client::new().expect("a client");
    Arc::new(HttpBmc::new(client, lab.url().parse().expect("a URL"), login, CacheSettings::default()))
}

/// The value, and what it is the value of where there is none.
fn got<T, E: std::fmt::Debug>(what: &str, value: Result<T, E>) -> T {
    value.unwrap_or_else(|error| panic!("{what}: {error:?}"))
}

async fn the_system(root: &ServiceRoot<Bmc>) -> ComputerSystem<Bmc> {
    let systems = got("systems", root.systems().await).expect("systems");
    let mut systems = got("systems", systems.members().await);
    assert_eq!(systems.len(), 1);
    systems.remove(0)
}

fn works(lab: &Lab) {
    let truth = lab.truth();
    let spec = lab.server().spec().clone();
    lab.block_on(async {
        let root = got("root", ServiceRoot::new(bmc(lab).await).await);
        let system = the_system(&root).await;
        assert_eq!(system.power_state(), Some(Power::On));
        assert_eq!(
            system.hardware_id().serial_number.map(|serial| serial.to_string()),
            Some(truth.serial_number())
        );

        let hardware = &spec.persona.hardware;
        let processors = got("processors", system.processors().await).expect("processors");
        assert_eq!(processors.len(), hardware.processors.count as usize);
        let memory = got("memory", system.memory_modules().await).expect("memory");
        assert_eq!(memory.len(), hardware.memory.count as usize);
        let interfaces = got("interfaces", system.ethernet_interfaces().await).expect("interfaces");
        let interfaces = got("interfaces", interfaces.members().await);
        assert_eq!(interfaces.len(), truth.macs().len());
        let mut drives = 0;
        for storage in got("storage", system.storage_controllers().await).expect("storage") {
            drives += got("drives", storage.drives().await).unwrap_or_default().len();
        }
        assert_eq!(drives, hardware.drives.iter().map(|group| group.count as usize).sum::<usize>());

        let managers = got("managers", root.managers().await).expect("managers");
        let managers = got("managers", managers.members().await);
        assert_eq!(managers.len(), 1);
        truth.log_event(underlay_hal::Severity::Critical);
        let mut entries = Vec::new();
        let mut services = got("logs of the system", system.log_services().await).unwrap_or_default();
        services.extend(got("logs of the manager", managers[0].log_services().await).unwrap_or_default());
        for service in services {
            entries.push(got("entries", service.entries().await).unwrap_or_default().len());
        }
        // A log of the vendor's own stands beside the event log on some.
        assert!(entries.contains(&truth.log_length()), "{entries:?}, {} are in the log", truth.log_length());

        let chassis = match root.chassis().await {
            Ok(chassis) => chassis.expect("chassis").members().await,
            Err(error) => Err(error),
        };
        let without_type = lab.running().redfish("n1").expect("a view").quirks().has(Quirk::NoChassisType);
        match chassis {
            Ok(chassis) => {
                assert!(!without_type, "quirk Q28f leaves out what this crate demands");
                for one in chassis {
                    got("thermal", one.thermal().await);
                    got("power", one.power().await);
                }
            }
            Err(error) => assert!(without_type && format!("{error:?}").contains("ChassisType"), "{error:?}"),
        }
        let accounts =
            got("accounts", root.account_service(AccountServiceConfig::standard()).await).expect("accounts");
        let accounts = got("accounts", accounts.accounts().await).expect("accounts");
        assert!(!got("accounts", accounts.all_accounts_data().await).is_empty());
        got("sessions", root.session_service().await).expect("sessions");
        got("tasks", root.task_service().await).expect("tasks");
        assert_eq!(truth.mutations(), 0, "reading changes nothing");

        let reset = got("reset", system.reset(Some(ResetType::ForceOff)).await);
        assert!(!matches!(reset, ModificationResponse::Task(_)), "it was done at once");
        let end = Instant::now() + Duration::from_secs(10);
        while truth.power() != PowerState::Off {
            assert!(Instant::now() < end, "not off within 10 s");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        // A client that has nothing in its cache.
        let root = got("root", ServiceRoot::new(bmc(lab).await).await);
        assert_eq!(the_system(&root).await.power_state(), Some(Power::Off));
        assert_eq!(truth.mutations(), 1, "one action, not repeated");
    });
}

fn refused() {
    let lab = Lab::start("dell-idrac9", Web::Http);
    lab.block_on(async {
        let login = BmcCredentials::new(lab.user.clone(), "wrong".to_owned());
        let client = Client::new().expect("a client");
        let bmc = HttpBmc::new(client, lab.url().parse().expect("a URL"), login, CacheSettings::default());
        let root = got("root", ServiceRoot::new(Arc::new(bmc)).await);
        let error = match root.systems().await {
            Err(error) => format!("{error:?}"),
            Ok(systems) => format!("{:?}", systems.expect("systems").members().await.err().expect("refused")),
        };
        assert!(error.contains("401"), "{error}");
        assert_eq!(lab.log_in("wrong").await.status, 401, "a session is refused too");
    });
}
