//! A unit reached by several drivers: what the registry and the composite decide.
#![cfg(feature = "mock")]

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use underlay_hal::{
    Change, Composite, CredentialSource, Credentials, Cx, Device, DeviceId, Driver, Endpoint, Error,
    ErrorKind, FacetKind, Outcome, PowerState, Registry, Result, Sighting, TaskRef,
    mock::{MockDevice, MockPower, MockSensors, MockTasks},
};

#[derive(Debug)]
struct Scripted {
    name: &'static str,
    fails: Option<ErrorKind>,
    opened: Arc<Mutex<Vec<&'static str>>>,
}

#[async_trait]
impl Driver for Scripted {
    fn name(&self) -> &'static str {
        self.name
    }
    fn default_port(&self) -> u16 {
        1
    }
    async fn probe(&self, _cx: &Cx, _at: &Endpoint) -> Result<Option<Sighting>> {
        Ok(self.fails.is_none().then(|| Sighting::new(self.name)))
    }
    async fn open(
        &self,
        _cx: &Cx,
        id: DeviceId,
        _at: &Endpoint,
        _credentials: Arc<dyn CredentialSource>,
    ) -> Result<Arc<dyn Device>> {
        self.opened.lock().unwrap().push(self.name);
        match self.fails {
            Some(kind) => Err(Error::new(kind, "scripted")),
            None => {
                let mut device = MockDevice::new(id.as_str());
                device.info.driver = self.name.to_owned();
                let mut power = MockPower::new();
                power.expect_state().returning(|_| Ok(PowerState::On));
                device.power = Some(power);
                Ok(Arc::new(device))
            }
        }
    }
}

struct World {
    registry: Registry,
    opened: Arc<Mutex<Vec<&'static str>>>,
    endpoints: Vec<Endpoint>,
}

fn world(drivers: &[(&'static str, Option<ErrorKind>)]) -> World {
    let opened = Arc::new(Mutex::new(Vec::new()));
    let mut registry = Registry::default();
    for (name, fails) in drivers {
        registry.register(Arc::new(Scripted { name, fails: *fails, opened: opened.clone() })).unwrap();
    }
    let endpoints = drivers.iter().map(|(name, _)| Endpoint::new(*name, "bmc")).collect();
    World { registry, opened, endpoints }
}

async fn open(world: &World) -> Result<underlay_hal::Opened> {
    let credentials: Arc<dyn CredentialSource> = Arc::new(Credentials::password("a", "b"));
    world.registry.open(&Cx::new("test", "1"), &"n1".into(), &world.endpoints, &credentials).await
}

#[tokio::test]
async fn a_second_driver_serves_when_the_first_is_unreachable_and_the_reason_is_told() {
    let world = world(&[("first", Some(ErrorKind::Unreachable)), ("second", None)]);
    let opened = open(&world).await.unwrap();
    assert_eq!(opened.device.info().driver, "second");
    assert_eq!(opened.failed.len(), 1);
    assert_eq!(opened.failed[0].1.kind(), ErrorKind::Unreachable);
}

#[tokio::test]
async fn refused_credentials_are_not_tried_again_by_another_road() {
    for kind in [ErrorKind::Unauthenticated, ErrorKind::LockedOut] {
        let world = world(&[("first", Some(kind)), ("second", None)]);
        assert_eq!(open(&world).await.unwrap_err().kind(), kind);
        assert_eq!(*world.opened.lock().unwrap(), ["first"], "the second driver was asked to log in too");
    }
}

#[tokio::test]
async fn names_are_unique_and_unknown_schemes_say_what_there_is() {
    let mut world = world(&[("first", None)]);
    let again = Arc::new(Scripted { name: "first", fails: None, opened: world.opened.clone() });
    assert_eq!(world.registry.register(again).unwrap_err().kind(), ErrorKind::Conflict);
    let error = world.registry.get("frist").unwrap_err();
    assert!(error.kind() == ErrorKind::NotFound && error.message().contains("first"), "{error}");
    let cx = Cx::new("test", "1");
    let (driver, _) = world.registry.identify(&cx, &Endpoint::new("", "bmc")).await.unwrap();
    assert_eq!(driver.name(), "first");
}

#[tokio::test]
async fn a_composite_takes_each_facet_from_the_first_that_has_it_and_routes_tasks_by_driver() {
    let mut bare = MockDevice::new("n1");
    bare.info.driver = "bare".to_owned();
    bare.sensors = Some(MockSensors::new());
    let mut full = MockDevice::new("n1");
    full.info.driver = "full".to_owned();
    full.info.vendor = Some("Acme".to_owned());
    full.power = Some(MockPower::new());
    full.sensors = Some(MockSensors::new());
    let mut tasks = MockTasks::new();
    tasks.expect_cancel().times(1).returning(|_, _| Ok(Outcome::Done(Change::Made)));
    full.tasks = Some(tasks);
    let both = Composite::new(vec![Arc::new(bare), Arc::new(full)]).unwrap();
    assert!(both.boot().is_none(), "a facet that no part has must be absent");
    assert_eq!(both.info().vendor.as_deref(), Some("Acme"));
    let served: Vec<_> = both.choices().iter().map(|c| (c.facet, c.driver.as_str())).collect();
    assert_eq!(
        served,
        [(FacetKind::Power, "full"), (FacetKind::Sensors, "bare"), (FacetKind::Tasks, "full")]
    );
    let task = |driver: &'static str| TaskRef {
        device: "n1".into(),
        driver: driver.into(),
        id: "t".into(),
        operation: "x.y".into(),
    };
    let cx = Cx::new("test", "1");
    assert!(both.tasks().unwrap().cancel(&cx, &task("full")).await.is_ok());
    let misplaced = both.tasks().unwrap().cancel(&cx, &task("bare")).await.unwrap_err();
    assert_eq!(misplaced.kind(), ErrorKind::InvalidInput);
}
