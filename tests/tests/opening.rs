//! What opening a device asks of it: what the caller will use, and no more.

mod common;

use common::{Rig, cx};
use underlay_hal::{FacetKind, PowerState};

/// Requests that it takes to open a device, look at its power once, and close it; and the facets that it offered.
async fn asked(rig: &Rig) -> (u64, Vec<FacetKind>) {
    let requests = || rig.running.redfish("n1").expect("a Redfish view").requests();
    let before = requests();
    let device = rig.device().await;
    assert_eq!(device.power().expect("power").state(&cx(10.0)).await.expect("read"), PowerState::On);
    let facets = FacetKind::ALL.into_iter().filter(|facet| facet.on(&*device)).collect();
    device.close(&cx(10.0)).await.expect("closed");
    (requests() - before, facets)
}

#[tokio::test]
async fn an_opening_for_power_alone_asks_less_and_leaves_out_what_costs_questions() {
    for persona in ["standard", "dell-idrac9"] {
        let mut rig = Rig::new("redfish", persona).await;
        let (all, facets) = asked(&rig).await;
        assert!(facets.len() > 10, "{persona}: {facets:?}");
        rig.endpoint = rig.endpoint.clone().only_for([FacetKind::Power]);
        let (few, facets) = asked(&rig).await;
        assert!(facets.contains(&FacetKind::Power), "{persona}: {facets:?}");
        for costly in [FacetKind::Bios, FacetKind::Firmware, FacetKind::Events, FacetKind::ManagerConfig] {
            assert!(!facets.contains(&costly), "{persona}: {facets:?}");
        }
        assert!(few * 2 < all, "{persona}: {few} requests for power alone, {all} for everything");
    }
}
