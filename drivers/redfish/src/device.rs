//! One open Redfish service: which facets its machine has, decided once.

use async_trait::async_trait;
use serde_json::Value;
use underlay_hal::{
    Accounts, Bios, Boot, BootOrder, Certificates, Chassis, Cx, Device, DeviceId, DeviceInfo, Error,
    ErrorKind, EventLog, Events, Firmware, Identify, Inventory, Manager, ManagerConfig, Oem, Power,
    PowerMeter, Raid, Result, SecureBoot, Sensors, TaskRef, Tasks, VirtualMedia,
};

use crate::{
    error::{Refusal, refused},
    facet::{boot::BootAbility, event_log::LogService, manager::ResetAbility, power::PowerAbility},
    json::{self, Lenient as _, plain},
    quirks::Quirks,
    resource::Resource,
    transport::{Client, Link, Reply, Request},
};

/// An open service.
#[derive(Debug)]
pub(crate) struct RedfishDevice {
    pub(crate) client: Client,
    pub(crate) quirks: Quirks,
    pub(crate) system: Link,
    pub(crate) manager: Option<Link>,
    pub(crate) chassis: Vec<Link>,
    pub(crate) tasks: Option<Link>,
    pub(crate) version: Option<String>,
    pub(crate) power: Option<PowerAbility>,
    pub(crate) boot: Option<BootAbility>,
    pub(crate) reset: Option<ResetAbility>,
    pub(crate) log: Option<LogService>,
    info: DeviceInfo,
    oem: Oem,
}

impl RedfishDevice {
    /// Reads root, system, manager and log services, logging in on the way.
    pub(crate) async fn open(cx: &Cx, id: DeviceId, client: Client) -> Result<Self> {
        let root = read_root(cx, &client).await?;
        let sessions = client.linked(&root, &["Links", "Sessions"]).or_else(|_| {
            // A root without the link, but with the service: its collection is where DSP0266 puts it. A root without
            // either has no sessions to offer, and a guess there would be answered like a wrong password.
            client.linked(&root, &["SessionService"])?;
            client.link("/redfish/v1/SessionService/Sessions").map_err(|_| absent("sessions"))
        });
        client.set_sessions(sessions.ok()).await;
        match Self::learn(cx, id, &client, &root).await {
            Ok(learnt) => Ok(learnt(client)),
            Err(error) => {
                // A failed open must not leave a session behind.
                let _ = client.logout(cx).await;
                Err(error)
            }
        }
    }

    async fn learn(
        cx: &Cx,
        id: DeviceId,
        client: &Client,
        root: &Value,
    ) -> Result<impl FnOnce(Client) -> Self + use<>> {
        let system = find_system(cx, client, root).await?;
        let quirks = Quirks::classify(root, &system.body);
        let manager = find_manager(cx, client, root, &system.body).await?;
        let mut chassis = client.linked_all(&system.body, &["Links", "Chassis"]);
        if chassis.is_empty()
            && let Ok(collection) = client.linked(root, &["Chassis"])
        {
            chassis = tolerate(client.members(cx, &collection).await)?
                .unwrap_or_default()
                .iter()
                .map(|member| member.link().clone())
                .collect();
        }
        let tasks = client.linked(root, &["Tasks"]).ok();
        let power = PowerAbility::learn(cx, client, &system).await?;
        let boot = BootAbility::learn(quirks, &system.body);
        let reset = match &manager {
            Some(manager) => ResetAbility::learn(cx, client, manager).await?,
            None => None,
        };
        let log =
            LogService::find(cx, client, &system.body, manager.as_ref().map(|manager| &manager.body)).await?;

        let mut info = DeviceInfo::new(id, "redfish");
        info.vendor = system.body.text(&["Manufacturer"]).or_else(|| root.text(&["Vendor"]));
        info.model = system.body.text(&["Model"]);
        info.serial_number = system.body.text(&["SerialNumber"]);
        info.firmware_version = manager.as_ref().and_then(|manager| manager.body.text(&["FirmwareVersion"]));
        let version = root.text(&["RedfishVersion"]);
        Ok(move |client| Self {
            client,
            quirks,
            system: system.link,
            manager: manager.map(|manager| manager.link),
            chassis,
            tasks,
            version,
            power,
            boot,
            reset,
            log,
            info,
            oem: Oem::default(),
        })
    }

    /// The system as it is now: one request.
    pub(crate) async fn read_system(&self, cx: &Cx, operation: &'static str) -> Result<Resource> {
        self.named(operation, self.client.get(cx, &self.system).await)
    }

    /// Names device and operation in a failure.
    pub(crate) fn named<T>(&self, operation: &'static str, result: Result<T>) -> Result<T> {
        result.map_err(|error| error.during(operation).on(&self.info.id))
    }

    /// The task behind a 202, from the body (a Task) before the `Location` (which may be a monitor: reading that
    /// deletes a finished task on some services).
    pub(crate) fn task(&self, reply: &Reply, operation: &'static str) -> Option<TaskRef> {
        if reply.status.as_u16() != 202 {
            return None;
        }
        let body = json::parse(&reply.body).unwrap_or(Value::Null);
        let is_task = body.text(&["@odata.type"]).is_some_and(|kind| kind.starts_with("#Task."));
        let text = body.link(&[]).filter(|_| is_task).or_else(|| reply.location.clone())?;
        let link = self.client.link(&text).ok()?;
        Some(TaskRef {
            device: self.info.id.clone(),
            driver: "redfish".into(),
            id: link.as_str().into(),
            operation: operation.into(),
        })
    }
}

fn absent(what: &str) -> Error {
    Error::new(ErrorKind::NotFound, format!("the service has no {what}"))
}

/// A part that is missing or broken costs only itself; what would break every further call goes up.
pub(crate) fn tolerate<T>(result: Result<T>) -> Result<Option<T>> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(error) if is_fatal(&error) => Err(error),
        Err(error) => {
            tracing::debug!("left out: {}", error.report());
            Ok(None)
        }
    }
}

/// Would every further call fail too?
pub(crate) fn is_fatal(error: &Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::Unauthenticated
            | ErrorKind::LockedOut
            | ErrorKind::Untrusted
            | ErrorKind::Unreachable
            | ErrorKind::Timeout
            | ErrorKind::Cancelled
    )
}

async fn read_root(cx: &Cx, client: &Client) -> Result<Value> {
    let link = Link::root();
    let reply = client.anonymous(cx, &Request::get(&link)).await?;
    match reply.status.as_u16() {
        200..=299 => reply.json(&link),
        300..=399 => Err(Error::new(
            ErrorKind::Protocol,
            format!(
                "the service root redirects to {:?}; give that address instead",
                plain(&reply.location.unwrap_or_default(), 200)
            ),
        )),
        404 => Err(Error::new(ErrorKind::NotFound, "no Redfish service at this address")),
        _ => Err(refused(&Refusal::new(reply.status, &reply.body, reply.retry_after), false)),
    }
}

/// The host: the first system that is not a part with a system of its own.
async fn find_system(cx: &Cx, client: &Client, root: &Value) -> Result<Resource> {
    let collection = client.linked(root, &["Systems"]).or_else(|_| client.link("/redfish/v1/Systems"))?;
    let vendor_only = Quirks::classify(root, &Value::Null);
    let mut members = client.members(cx, &collection).await?;
    if members.is_empty() {
        return Err(Error::new(ErrorKind::NotFound, "the service lists no system"));
    }
    let id =
        |link: &Link| link.as_str().trim_end_matches('/').rsplit('/').next().unwrap_or_default().to_owned();
    let host = members.iter().position(|member| vendor_only.is_host(&id(member.link()))).unwrap_or(0);
    client.member(cx, members.swap_remove(host)).await
}

/// The manager of this system, by its own link where there is one.
async fn find_manager(cx: &Cx, client: &Client, root: &Value, system: &Value) -> Result<Option<Resource>> {
    let named = ["ManagedBy", "Managers"]
        .iter()
        .find_map(|property| client.linked_all(system, &["Links", property]).into_iter().next());
    let link = match named {
        Some(link) => Some(link),
        None => match client.linked(root, &["Managers"]) {
            Ok(collection) => tolerate(client.members(cx, &collection).await)?
                .and_then(|members| members.first().map(|member| member.link().clone())),
            Err(_) => None,
        },
    };
    match link {
        Some(link) => tolerate(client.get(cx, &link).await),
        None => Ok(None),
    }
}

#[deny(clippy::missing_trait_methods)]
#[async_trait]
impl Device for RedfishDevice {
    fn info(&self) -> &DeviceInfo {
        &self.info
    }
    fn oem(&self) -> &Oem {
        &self.oem
    }
    fn manager(&self) -> Option<&dyn Manager> {
        self.manager.as_ref().map(|_| self as _)
    }
    fn power(&self) -> Option<&dyn Power> {
        self.power.as_ref().map(|_| self as _)
    }
    fn boot(&self) -> Option<&dyn Boot> {
        self.boot.as_ref().map(|_| self as _)
    }
    fn inventory(&self) -> Option<&dyn Inventory> {
        Some(self)
    }
    fn sensors(&self) -> Option<&dyn Sensors> {
        (!self.chassis.is_empty()).then_some(self as _)
    }
    fn event_log(&self) -> Option<&dyn EventLog> {
        self.log.as_ref().map(|_| self as _)
    }
    fn tasks(&self) -> Option<&dyn Tasks> {
        self.tasks.as_ref().map(|_| self as _)
    }
    fn manager_config(&self) -> Option<&dyn ManagerConfig> {
        None
    }
    fn certificates(&self) -> Option<&dyn Certificates> {
        None
    }
    fn accounts(&self) -> Option<&dyn Accounts> {
        None
    }
    fn boot_order(&self) -> Option<&dyn BootOrder> {
        None
    }
    fn bios(&self) -> Option<&dyn Bios> {
        None
    }
    fn secure_boot(&self) -> Option<&dyn SecureBoot> {
        None
    }
    fn raid(&self) -> Option<&dyn Raid> {
        None
    }
    fn firmware(&self) -> Option<&dyn Firmware> {
        None
    }
    fn virtual_media(&self) -> Option<&dyn VirtualMedia> {
        None
    }
    fn power_meter(&self) -> Option<&dyn PowerMeter> {
        None
    }
    fn identify(&self) -> Option<&dyn Identify> {
        None
    }
    fn events(&self) -> Option<&dyn Events> {
        None
    }
    fn chassis(&self) -> Option<&dyn Chassis> {
        None
    }
    async fn close(&self, cx: &Cx) -> Result<()> {
        self.named("device.close", self.client.logout(cx).await)
    }
}
