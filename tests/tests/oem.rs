//! What the standard has no word for: vendors' extensions, on the personas that have them and on those that do not.

mod common;

use std::{collections::BTreeMap, sync::Arc};

use common::{Rig, cx};
use underlay_hal::{
    ApplyTime, Change, Cx, Device, ErrorKind, ManagerChange, Result,
    bios::{SettingValue, plan},
};
use underlay_redfish::oem::{
    DellJobs, DellLifecycle, HpeSecurity, HpeSecurityParameter, KcsPrivilege, LenovoHostInterface,
    SupermicroLockdown,
};
use underlay_simulators::{Truth as _, redfish::Quirk};

/// Stages one setting of the firmware.
async fn stage(device: &Arc<dyn Device>, cx: &Cx, name: &str, value: SettingValue) -> Result<()> {
    let bios = device.bios().expect("the firmware's settings");
    let state = bios.read(cx).await?;
    let plan = plan(&state, &BTreeMap::from([(name.to_owned(), value)])).expect("a plan");
    bios.apply(cx, &plan, ApplyTime::OnReset).await.map(drop)
}

#[tokio::test]
async fn each_persona_has_the_extensions_of_its_own_vendor_and_no_other() {
    let expected = [
        ("standard", [false, false, false, false]),
        ("openbmc", [false, false, false, false]),
        ("dell-idrac9", [true, false, false, false]),
        ("dell-idrac10", [true, false, false, false]),
        ("hpe-ilo5", [false, true, false, false]),
        ("hpe-ilo6", [false, true, false, false]),
        ("supermicro", [false, false, true, false]),
        ("lenovo-xcc", [false, false, false, true]),
    ];
    for (persona, wanted) in expected {
        let rig = Rig::new("redfish", persona).await;
        let device = rig.device().await;
        let oem = device.oem();
        let found = [
            oem.get::<DellJobs>().is_some() && oem.get::<DellLifecycle>().is_some(),
            oem.get::<HpeSecurity>().is_some(),
            oem.get::<SupermicroLockdown>().is_some(),
            oem.get::<LenovoHostInterface>().is_some(),
        ];
        assert_eq!(found, wanted, "{persona}");
    }
}

#[tokio::test]
async fn a_dells_queue_lists_a_job_and_deletes_it_once() {
    let rig = Rig::new("redfish", "dell-idrac9").await;
    let (device, cx) = (rig.device().await, cx(60.0));
    let jobs = device.oem().get::<DellJobs>().expect("the queue");
    assert!(jobs.list(&cx).await.expect("read").is_empty());
    stage(&device, &cx, "ProcVirtualization", SettingValue::from("Disabled")).await.expect("staged");
    let listed = jobs.list(&cx).await.expect("read");
    let [job] = listed.as_slice() else { panic!("one job: {listed:?}") };
    assert_eq!((job.kind.as_deref(), job.state.as_str()), (Some("BIOSConfiguration"), "Scheduled"));
    assert_eq!(jobs.delete(&cx, &job.id).await.expect("deleted"), Change::Made);
    let mutations = rig.truth.mutations();
    assert_eq!(jobs.delete(&cx, &job.id).await.expect("nothing to do"), Change::AlreadySo);
    assert_eq!(rig.truth.mutations(), mutations, "nothing was asked for");
}

#[tokio::test]
async fn a_dells_lifecycle_controller_says_what_it_is_ready_for_and_what_it_logged() {
    let rig = Rig::new("redfish", "dell-idrac9").await;
    let (device, cx) = (rig.device().await, cx(60.0));
    let lifecycle = device.oem().get::<DellLifecycle>().expect("the lifecycle controller");
    let status = lifecycle.status(&cx).await.expect("read");
    assert!(status.is_ready(), "{status:?}");
    assert_eq!(status.server.as_deref(), Some("OutOfPOST"), "{status:?}");
    stage(&device, &cx, "ProcVirtualization", SettingValue::from("Disabled")).await.expect("staged");
    let newest = lifecycle.log(&cx, 1).await.expect("read");
    let more = lifecycle.log(&cx, 50).await.expect("read");
    assert_eq!((newest.len(), newest.last()), (1, more.last()), "{newest:?}");
}

async fn on_dashboard(rig: &Rig) -> (Option<String>, BTreeMap<String, HpeSecurityParameter>) {
    let device = rig.device().await;
    let security = device.oem().get::<HpeSecurity>().expect("the security service");
    let seen = security.dashboard(&cx(20.0)).await.expect("read");
    (seen.overall, seen.parameters.into_iter().map(|one| (one.name.clone(), one)).collect())
}

#[tokio::test]
async fn an_hpes_dashboard_follows_what_the_machine_is_set_to() {
    let rig = Rig::new("redfish", "hpe-ilo5").await;
    let (device, cx) = (rig.device().await, cx(60.0));
    let config = device.manager_config().expect("the controller's configuration");
    for (on, state, status) in [(true, "Enabled", "Risk"), (false, "Disabled", "Ok")] {
        let mut change = ManagerChange::default();
        change.protocols.insert("ipmi".to_owned(), on);
        let _ = config.change(&cx, &change).await.expect("switched");
        let (overall, parameters) = on_dashboard(&rig).await;
        let ipmi = parameters.get("IPMI/DCMI Over LAN").expect("one about IPMI");
        assert_eq!((ipmi.state.as_deref(), ipmi.status.as_deref()), (Some(state), Some(status)));
        let risk = parameters.values().any(|one| one.status.as_deref() == Some("Risk"));
        assert_eq!(overall.as_deref(), Some(if risk { "Risk" } else { "Ok" }), "{parameters:?}");
    }
}

#[tokio::test]
async fn a_locked_supermicro_takes_no_settings_until_it_is_unlocked() {
    let rig = Rig::new("redfish", "supermicro").await;
    let (device, cx) = (rig.device().await, cx(60.0));
    let lockdown = device.oem().get::<SupermicroLockdown>().expect("the lock");
    assert_eq!(lockdown.read(&cx).await.expect("read").locked, Some(false));
    assert_eq!(lockdown.set_locked(&cx, true).await.expect("locked"), Change::Made);
    let mutations = rig.truth.mutations();
    assert_eq!(lockdown.set_locked(&cx, true).await.expect("locked"), Change::AlreadySo);

    // The account is not locked out: it may not do this. Nothing was changed, and power goes on.
    let setting = || SettingValue::from("Disable");
    let refused = stage(&device, &cx, "AES_NI_3C75", setting()).await.expect_err("locked");
    assert_eq!(refused.kind(), ErrorKind::PermissionDenied, "{}", refused.report());
    let privileges = lockdown.set_kcs_privilege(&cx, KcsPrivilege::User).await.expect_err("locked");
    assert_eq!(privileges.kind(), ErrorKind::PermissionDenied, "{}", privileges.report());
    assert_eq!(rig.truth.mutations(), mutations);
    let _ = device.identify().expect("the lamp").set(&cx, true).await.expect("the lamp is lit");

    assert_eq!(lockdown.set_locked(&cx, false).await.expect("unlocked"), Change::Made);
    stage(&device, &cx, "AES_NI_3C75", setting()).await.expect("staged");
}

#[tokio::test]
async fn what_a_supermicros_host_may_do_is_set_where_the_board_has_that() {
    let rig = Rig::new("redfish", "supermicro").await;
    let cx = cx(60.0);
    let device = rig.device().await;
    let lockdown = device.oem().get::<SupermicroLockdown>().expect("the lock");
    assert_eq!(
        lockdown.read(&cx).await.expect("read").kcs_privilege,
        Some(KcsPrivilege::Administrator),
        "as it is delivered"
    );
    for (to, change) in [(KcsPrivilege::Callback, Change::Made), (KcsPrivilege::Callback, Change::AlreadySo)]
    {
        assert_eq!(lockdown.set_kcs_privilege(&cx, to).await.expect("set"), change);
        assert_eq!(lockdown.read(&cx).await.expect("read").kcs_privilege, Some(to));
    }

    // Q28d: a board without.
    let view = rig.running.redfish("n1").expect("a Redfish view");
    view.set_quirks(view.quirks().with(Quirk::NoKcsInterface));
    let device = rig.device().await;
    let lockdown = device.oem().get::<SupermicroLockdown>().expect("the lock");
    assert_eq!(lockdown.read(&cx).await.expect("read").kcs_privilege, None);
    let refused = lockdown.set_kcs_privilege(&cx, KcsPrivilege::User).await.expect_err("no such thing");
    assert_eq!(refused.kind(), ErrorKind::Unsupported, "{}", refused.report());
}

#[tokio::test]
async fn a_lenovos_road_from_the_host_is_opened_and_closed() {
    let rig = Rig::new("redfish", "lenovo-xcc").await;
    let (device, cx) = (rig.device().await, cx(60.0));
    let road = device.oem().get::<LenovoHostInterface>().expect("the road");
    assert_eq!(road.is_enabled(&cx).await.expect("read"), Some(true));
    for (enabled, change) in [(false, Change::Made), (false, Change::AlreadySo), (true, Change::Made)] {
        assert_eq!(road.set_enabled(&cx, enabled).await.expect("set"), change);
        assert_eq!(road.is_enabled(&cx).await.expect("read"), Some(enabled));
    }
}
