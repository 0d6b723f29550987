//! Values that are not what the schema says cost the value at most, and never the machine: each beside a machine without.

mod common;

use common::{Rig, cx};
use underlay_hal::{Hardware, Inserted, MediaImage, MediaKind, Outcome};
use underlay_simulators::redfish::Quirk;

async fn rig(quirk: Option<Quirk>) -> Rig {
    let rig = Rig::new("redfish", "standard").await;
    if let Some(quirk) = quirk {
        let view = rig.running.redfish("n1").expect("a Redfish view");
        view.set_quirks(view.quirks().with(quirk));
    }
    rig
}

async fn hardware(quirk: Option<Quirk>) -> Hardware {
    let rig = rig(quirk).await;
    rig.device().await.inventory().expect("inventory").read(&cx(20.0)).await.expect("read")
}

#[tokio::test]
async fn q37c_cores_that_are_texts_are_read_all_the_same() {
    let (odd, plain) = (hardware(Some(Quirk::CoresAreText)).await, hardware(None).await);
    assert!(plain.processors.iter().all(|processor| processor.cores.is_some()), "{:?}", plain.processors);
    assert_eq!(odd.processors, plain.processors);
    assert_eq!(odd.skipped, []);
}

#[tokio::test]
async fn q34c_an_empty_text_is_no_identity_and_null_no_member() {
    let (odd, plain) = (hardware(Some(Quirk::EmptyForNone)).await, hardware(None).await);
    assert!(plain.system.uuid.is_some());
    assert_eq!((odd.system.uuid, odd.skipped), (None, Vec::new()));
    let rig = rig(Some(Quirk::EmptyForNone)).await;
    assert_eq!(rig.device().await.tasks().expect("tasks").list(&cx(20.0)).await.expect("read"), []);
}

#[tokio::test]
async fn q36a_a_slot_for_a_dvd_takes_a_cd() {
    for quirk in [Some(Quirk::DvdOnly), None] {
        let rig = rig(quirk).await;
        let device = rig.device().await;
        let image = MediaImage::new("http://192.0.2.9/boot.iso", MediaKind::Cd);
        let done = device.virtual_media().expect("media").insert(&cx(20.0), None, &image).await;
        let done: Outcome<Inserted> = done.unwrap_or_else(|error| panic!("{}", error.report()));
        assert!(done.done().is_some(), "{quirk:?}");
    }
}
