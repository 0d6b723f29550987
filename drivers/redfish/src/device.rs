//! One open Redfish service: which facets its machine has, decided once.

use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use serde_json::Value;
use underlay_hal::{
    Accounts, Bios, Boot, BootOrder, Certificates, Chassis, Cx, Device, DeviceId, DeviceInfo, Endpoint,
    Error, ErrorKind, EventLog, Events, FacetKind, Firmware, Identify, Inventory, Manager, ManagerConfig,
    Oem, Pdu, Power, PowerAction, PowerMeter, Raid, Result, SecureBoot, Sensors, Switch, Tasks, VirtualMedia,
};

use crate::{
    error::{Refusal, refused},
    facet::{
        bios::{BiosAbility, Registry},
        boot::BootAbility,
        boot_order,
        certificates::CertificateAbility,
        chassis::EnclosureAbility,
        event_log::LogService,
        events::{EventAbility, Stream},
        firmware::UpdateAbility,
        identify,
        manager::ResetAbility,
        manager_config::ConfigAbility,
        power::PowerAbility,
        secure_boot::SecureBootAbility,
        virtual_media,
    },
    json::{Lenient as _, plain},
    oem,
    quirks::{Quirk, Quirks},
    resource::{Member, Resource},
    transport::{Client, Link, Request},
};

/// An open service. An ability that is absent is a facet that the unit does not have.
#[derive(Debug)]
pub(crate) struct RedfishDevice {
    pub(crate) client: Arc<Client>,
    pub(crate) quirks: Quirks,
    pub(crate) system: Link,
    pub(crate) manager: Option<Link>,
    pub(crate) chassis: Vec<Link>,
    pub(crate) tasks: Option<Link>,
    pub(crate) version: Option<String>,
    pub(crate) power: Option<PowerAbility>,
    pub(crate) boot: Option<BootAbility>,
    pub(crate) has_boot_order: bool,
    pub(crate) bios: Option<BiosAbility>,
    pub(crate) registries: Option<Link>,
    pub(crate) secure_boot: Option<SecureBootAbility>,
    pub(crate) storage: Option<Link>,
    /// The service by which a vendor clears foreign configurations; the standard has nothing for it.
    pub(crate) oem_raid: Option<Link>,
    /// Where a vendor shows what is at the other end of the host's cables.
    pub(crate) oem_neighbors: Option<Link>,
    pub(crate) updates: Option<UpdateAbility>,
    pub(crate) media: Vec<Link>,
    pub(crate) accounts: Option<Link>,
    pub(crate) reset: Option<ResetAbility>,
    pub(crate) config: Option<ConfigAbility>,
    pub(crate) certificates: Option<CertificateAbility>,
    pub(crate) light: Option<Link>,
    pub(crate) meters: Vec<Link>,
    pub(crate) enclosure: Option<EnclosureAbility>,
    pub(crate) events: Option<EventAbility>,
    pub(crate) stream: Stream,
    pub(crate) log: Option<LogService>,
    registry: Mutex<Option<Arc<Registry>>>,
    info: DeviceInfo,
    oem: Oem,
}

impl RedfishDevice {
    /// Reads root, system, manager and what else decides which facets there are, logging in on the way.
    pub(crate) async fn open(cx: &Cx, id: DeviceId, client: Client, at: &Endpoint) -> Result<Self> {
        let client = Arc::new(client);
        let root = read_root(cx, &client).await?;
        let sessions = client.linked(&root, &["Links", "Sessions"]).or_else(|_| {
            // A root without the link, but with the service: its collection is where DSP0266 puts it. A root without
            // either has no sessions to offer, and a guess there would be answered like a wrong password.
            client.linked(&root, &["SessionService"])?;
            client.link("/redfish/v1/SessionService/Sessions").map_err(|_| absent("sessions"))
        });
        client.set_sessions(sessions.ok()).await;
        match Self::learn(cx, id, &client, &root, at).await {
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
        client: &Arc<Client>,
        root: &Value,
        at: &Endpoint,
    ) -> Result<impl FnOnce(Arc<Client>) -> Self + use<>> {
        // What nobody will use is not asked for: each question costs a slow controller its time.
        let wants = |facet| at.wants(facet);
        let (system, systems) = find_system(cx, client, root).await?;
        let manager = find_manager(cx, client, root, &system.body).await?;
        let manager_body = manager.as_ref().map_or(Value::Null, |manager| manager.body.clone());
        let quirks = Quirks::classify(root, &system.body, &manager_body);
        tracing::debug!(device = %id, ?quirks, "classified");
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
        let mut power = None;
        if wants(FacetKind::Power) {
            power = PowerAbility::learn(cx, client, &system).await?;
        }
        if quirks.has(Quirk::ForceRestartHangs) {
            power = power.map(|power| power.without(PowerAction::ForceReset));
        }
        let boot = if wants(FacetKind::Boot) { BootAbility::learn(quirks, &system.body) } else { None };
        let mut bios = None;
        if wants(FacetKind::Bios) {
            bios = BiosAbility::learn(cx, client, &system.body).await?;
        }
        let mut secure_boot = None;
        if wants(FacetKind::SecureBoot) {
            secure_boot = SecureBootAbility::learn(cx, client, &system.body).await?;
        }
        let mut storage = client.linked(&system.body, &["Storage"]).ok().filter(|_| wants(FacetKind::Raid));
        if let Some(link) = &storage
            && tolerate(client.members(cx, link).await)?.is_none_or(|list| list.is_empty())
        {
            storage = None;
        }
        let mut updates = None;
        if wants(FacetKind::Firmware) {
            updates = UpdateAbility::learn(cx, client, root).await?;
        }
        let reset = match &manager {
            Some(manager) if wants(FacetKind::Manager) => ResetAbility::learn(cx, client, manager).await?,
            _ => None,
        };
        let (config, certificates) = config_of(cx, client, root, &manager_body, at).await?;
        let mut events = None;
        if wants(FacetKind::Events) {
            events = EventAbility::learn(cx, client, root).await?;
        }
        let mut log = None;
        if wants(FacetKind::EventLog) {
            let manager = manager.as_ref().map(|manager| &manager.body);
            log = LogService::find(cx, client, &system.body, manager).await?;
        }
        let (mut light, mut meters) = (None, Vec::new());
        if wants(FacetKind::Identify) || wants(FacetKind::PowerMeter) {
            (light, meters) = lights_and_meters(cx, client, &system, &chassis).await?;
        }
        let enclosure = (systems.len() > 1)
            .then(|| EnclosureAbility { chassis: enclosing(client, &manager_body, &chassis), systems });

        let extensions = oem::extensions(client, &id, quirks.vendor(), manager.as_ref());

        let mut info = DeviceInfo::new(id, "redfish");
        info.vendor = system.body.text(&["Manufacturer"]).or_else(|| root.text(&["Vendor"]));
        info.model = system.body.text(&["Model"]);
        info.serial_number = system.body.text(&["SerialNumber"]);
        info.firmware_version = manager.as_ref().and_then(|manager| manager.body.text(&["FirmwareVersion"]));
        let has_boot_order = boot_order::is_offered(&system.body);
        let oem_raid = client.linked(&system.body, &["Links", "Oem", "Dell", "DellRaidService"]).ok();
        let switches = ["Links", "Oem", "Dell", "DellSwitchConnectionCollection"];
        let oem_neighbors = client.linked(&manager_body, &switches).ok();
        let media = virtual_media::collections(client, [&system.body, &manager_body]);
        let linked = |name: &str| client.linked(root, &[name]).ok();
        let (tasks, registries) = (linked("Tasks"), linked("Registries"));
        let accounts = linked("AccountService");
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
            has_boot_order,
            bios,
            registries,
            secure_boot,
            storage,
            oem_raid,
            oem_neighbors,
            updates,
            media,
            accounts,
            reset,
            config,
            certificates,
            light,
            meters,
            enclosure,
            events,
            stream: Stream::default(),
            log,
            registry: Mutex::default(),
            info,
            oem: extensions,
        })
    }

    /// The attribute registry that was read last.
    pub(crate) fn registry_cache(&self) -> Option<Arc<Registry>> {
        self.registry.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn keep_registry(&self, registry: &Arc<Registry>) {
        *self.registry.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(registry));
    }

    /// Every resource of a collection; a member that cannot be read is left out.
    pub(crate) async fn resources_of(&self, cx: &Cx, collection: &Link) -> Result<Vec<Resource>> {
        let mut all = Vec::new();
        for member in self.client.members(cx, collection).await? {
            all.extend(tolerate(self.client.member(cx, member).await)?);
        }
        Ok(all)
    }

    /// The system as it is now: one request.
    pub(crate) async fn read_system(&self, cx: &Cx, operation: &'static str) -> Result<Resource> {
        self.named(operation, self.client.get(cx, &self.system).await)
    }

    /// Names device and operation in a failure.
    pub(crate) fn named<T>(&self, operation: &'static str, result: Result<T>) -> Result<T> {
        result.map_err(|error| error.during(operation).on(&self.info.id))
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

/// The host, and the addresses of all hosts: the system that the endpoint names, else the first that is not a part with
/// a system of its own.
async fn find_system(cx: &Cx, client: &Client, root: &Value) -> Result<(Resource, Vec<Link>)> {
    let collection = client.linked(root, &["Systems"]).or_else(|_| client.link("/redfish/v1/Systems"))?;
    let mut members = client.members(cx, &collection).await?;
    if members.is_empty() {
        return Err(Error::new(ErrorKind::NotFound, "the service lists no system"));
    }
    let id =
        |link: &Link| link.as_str().trim_end_matches('/').rsplit('/').next().unwrap_or_default().to_owned();
    let is_host = |member: &Member| Quirks::default().is_host(&id(member.link()));
    let hosts: Vec<Link> =
        members.iter().filter(|member| is_host(member)).map(|m| m.link().clone()).collect();
    let host = match &client.settings.system {
        Some(wanted) => members.iter().position(|member| id(member.link()) == *wanted).ok_or_else(|| {
            let known: Vec<_> = members.iter().map(|member| id(member.link())).collect();
            let message = format!("the service has no system {wanted:?}; there are {}", known.join(", "));
            Error::new(ErrorKind::NotFound, message)
        })?,
        None => members.iter().position(is_host).unwrap_or(0),
    };
    Ok((client.member(cx, members.swap_remove(host)).await?, hosts))
}

/// The identify light, which is at the system or its chassis, and the chassis that measure what is drawn.
async fn lights_and_meters(
    cx: &Cx,
    client: &Client,
    system: &Resource,
    chassis: &[Link],
) -> Result<(Option<Link>, Vec<Link>)> {
    let mut light = identify::is_offered(&system.body).then(|| system.link.clone());
    let mut meters = Vec::new();
    for link in chassis.iter().take(4) {
        let Some(one) = tolerate(client.get(cx, link).await)? else { continue };
        if light.is_none() && identify::is_offered(&one.body) {
            light = Some(link.clone());
        }
        if ["EnvironmentMetrics", "Power"].iter().any(|path| one.body.link(&[path]).is_some()) {
            meters.push(link.clone());
        }
    }
    Ok((light, meters))
}

/// The manager's configuration and its certificates, both of which hang on its protocols.
async fn config_of(
    cx: &Cx,
    client: &Client,
    root: &Value,
    manager: &Value,
    at: &Endpoint,
) -> Result<(Option<ConfigAbility>, Option<CertificateAbility>)> {
    let (config, certificates) = (at.wants(FacetKind::ManagerConfig), at.wants(FacetKind::Certificates));
    if !config && !certificates {
        return Ok((None, None));
    }
    let protocols = match client.linked(manager, &["NetworkProtocol"]) {
        Ok(link) => tolerate(client.get(cx, &link).await)?,
        Err(_) => None,
    };
    let mut learnt = (None, None);
    if config {
        learnt.0 = ConfigAbility::learn(cx, client, manager, protocols.as_ref()).await?;
    }
    if certificates {
        let protocols = protocols.as_ref().map(|protocols| &protocols.body);
        learnt.1 = CertificateAbility::learn(cx, client, root, protocols).await?;
    }
    Ok(learnt)
}

/// The chassis that the manager stands for, unless it is the machine's own.
fn enclosing(client: &Client, manager: &Value, own: &[Link]) -> Option<Link> {
    let all = client.linked_all(manager, &["Links", "ManagerForChassis"]);
    all.iter().find(|link| !own.contains(link)).or(all.first()).cloned()
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
    fn manager_config(&self) -> Option<&dyn ManagerConfig> {
        self.config.as_ref().map(|_| self as _)
    }
    fn certificates(&self) -> Option<&dyn Certificates> {
        self.certificates.as_ref().map(|_| self as _)
    }
    fn accounts(&self) -> Option<&dyn Accounts> {
        self.accounts.as_ref().map(|_| self as _)
    }
    fn power(&self) -> Option<&dyn Power> {
        self.power.as_ref().map(|_| self as _)
    }
    fn boot(&self) -> Option<&dyn Boot> {
        self.boot.as_ref().map(|_| self as _)
    }
    fn boot_order(&self) -> Option<&dyn BootOrder> {
        self.has_boot_order.then_some(self as _)
    }
    fn bios(&self) -> Option<&dyn Bios> {
        self.bios.as_ref().map(|_| self as _)
    }
    fn secure_boot(&self) -> Option<&dyn SecureBoot> {
        self.secure_boot.as_ref().map(|_| self as _)
    }
    fn raid(&self) -> Option<&dyn Raid> {
        self.storage.as_ref().map(|_| self as _)
    }
    fn firmware(&self) -> Option<&dyn Firmware> {
        self.updates.as_ref().map(|_| self as _)
    }
    fn virtual_media(&self) -> Option<&dyn VirtualMedia> {
        (!self.media.is_empty()).then_some(self as _)
    }
    fn inventory(&self) -> Option<&dyn Inventory> {
        Some(self)
    }
    fn sensors(&self) -> Option<&dyn Sensors> {
        (!self.chassis.is_empty()).then_some(self as _)
    }
    fn power_meter(&self) -> Option<&dyn PowerMeter> {
        (!self.meters.is_empty()).then_some(self as _)
    }
    fn identify(&self) -> Option<&dyn Identify> {
        self.light.as_ref().map(|_| self as _)
    }
    fn event_log(&self) -> Option<&dyn EventLog> {
        self.log.as_ref().map(|_| self as _)
    }
    fn events(&self) -> Option<&dyn Events> {
        self.events.as_ref().map(|_| self as _)
    }
    fn tasks(&self) -> Option<&dyn Tasks> {
        self.tasks.as_ref().map(|_| self as _)
    }
    fn pdu(&self) -> Option<&dyn Pdu> {
        None
    }
    fn switch(&self) -> Option<&dyn Switch> {
        None
    }
    fn switch_config(&self) -> Option<&dyn underlay_hal::SwitchConfig> {
        None
    }
    fn chassis(&self) -> Option<&dyn Chassis> {
        self.enclosure.as_ref().map(|_| self as _)
    }
    async fn close(&self, cx: &Cx) -> Result<()> {
        self.stream.close();
        self.named("device.close", self.client.logout(cx).await)
    }
}
