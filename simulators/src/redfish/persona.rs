//! The `[redfish]` table of a persona: what this vendor's service looks like, as data.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use serde::Deserialize;
use serde_json::Value;

use super::events::EventsPlace;
use super::media::MediaPlace;
use super::oem::Extension;
use super::offers::UpdatePlace;
use super::places::{BiosPlace, BootOptionsPlace, CertificatesPlace, ManagerPlace, PowerMeterPlace};
use super::query::Features;
use super::quirks::{Quirk, Quirks};
use crate::persona::Persona;

/// Everything about a persona that only the Redfish view needs.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub(crate) struct RedfishData {
    /// `RedfishVersion` of the service root.
    pub(crate) version: String,
    /// `Vendor` of the service root.
    pub(crate) vendor: String,
    /// `Product` of the service root.
    pub(crate) product: String,
    /// Catalogue ids of the quirks this model has.
    pub(crate) quirks: Vec<String>,
    /// Resource ids.
    pub(crate) ids: Ids,
    /// Storage.
    pub(crate) storage: StorageData,
    /// The one log service.
    pub(crate) log: LogPlace,
    /// Whether chassis have `Thermal` and `Power`.
    pub(crate) thermal_and_power: bool,
    /// Whether chassis have `ThermalSubsystem`, `PowerSubsystem`, `Sensors` and `EnvironmentMetrics`.
    pub(crate) subsystems: bool,
    /// Whether chassis have `Sensors` even without the subsystems.
    pub(crate) sensors: bool,
    /// Where allowable values stand.
    pub(crate) allowable: Allowable,
    /// Reset types of the system.
    pub(crate) reset_types: Vec<String>,
    /// Reset types of the manager.
    pub(crate) manager_reset_types: Vec<String>,
    /// Boot override targets, without `None`.
    pub(crate) boot_targets: Vec<String>,
    /// Whether `BootSourceOverrideMode` is there.
    pub(crate) boot_mode: bool,
    /// Whether the system has `BootProgress`.
    pub(crate) boot_progress: bool,
    /// Whether the system has `LastResetTime`.
    pub(crate) last_reset_time: bool,
    /// Whether `Oem.Hpe.PostState` says where POST is.
    pub(crate) hpe_post_state: bool,
    /// `IndicatorLED` (deprecated) beside or instead of `LocationIndicatorActive`.
    pub(crate) indicator_led: bool,
    /// Session slots.
    pub(crate) session_slots: usize,
    /// Seconds of idleness that end a session.
    pub(crate) session_timeout: u64,
    /// Whether Basic is taken over plain HTTP.
    pub(crate) basic_over_http: bool,
    /// Members on one page of a collection.
    pub(crate) page_size: usize,
    /// ETags: strong, weak or none.
    pub(crate) etags: Etags,
    /// What a successful PATCH answers.
    pub(crate) patch_reply: PatchReply,
    /// What a successful action answers.
    pub(crate) action_reply: ActionReply,
    /// Query parameters offered.
    pub(crate) query: QueryData,
    /// Seconds that power-on is refused after power-off (quirk Q5b).
    pub(crate) refuse_on_seconds: f64,
    /// The firmware's settings.
    pub(crate) bios: BiosPlace,
    /// The management controller's own configuration.
    pub(crate) manager: ManagerPlace,
    /// The certificate that the service proves itself with.
    pub(crate) certificates: CertificatesPlace,
    /// What is told of the power the machine draws.
    pub(crate) power_meter: PowerMeterPlace,
    /// Whether ports tell what they hear of their neighbours (LLDP).
    pub(crate) lldp: bool,
    /// Boot options.
    pub(crate) boot_options: BootOptionsPlace,
    /// The update service.
    pub(crate) update: UpdatePlace,
    /// Virtual media.
    pub(crate) media: MediaPlace,
    /// The event service.
    pub(crate) events: EventsPlace,
    /// `TaskState` of a task that waits for a reset.
    pub(crate) waiting: String,
    /// The id of the chassis that holds the machine with others; not of the file.
    #[serde(skip)]
    pub(crate) enclosure: Option<String>,
    /// What there is beyond the standard.
    pub(crate) extensions: Vec<Extension>,
    /// Vendor message ids.
    pub(crate) messages: Messages,
    /// Schema versions that differ from this view's own, by schema name.
    pub(crate) schemas: BTreeMap<String, String>,
    /// `Oem` objects, by schema name.
    pub(crate) oem: BTreeMap<String, Value>,
}

impl Default for RedfishData {
    fn default() -> Self {
        let strings = |list: &[&str]| list.iter().map(ToString::to_string).collect();
        Self {
            version: "1.20.1".into(),
            vendor: "Contoso".into(),
            product: "Contoso Manager".into(),
            quirks: Vec::new(),
            ids: Ids::default(),
            storage: StorageData::default(),
            log: LogPlace::default(),
            thermal_and_power: true,
            subsystems: true,
            sensors: false,
            allowable: Allowable::Both,
            reset_types: strings(&[
                "On",
                "ForceOff",
                "GracefulShutdown",
                "GracefulRestart",
                "ForceRestart",
                "PowerCycle",
                "Nmi",
            ]),
            manager_reset_types: strings(&["GracefulRestart", "ForceRestart"]),
            boot_targets: strings(&[
                "Pxe",
                "Hdd",
                "Cd",
                "Usb",
                "Floppy",
                "BiosSetup",
                "UefiHttp",
                "Diags",
                "SDCard",
            ]),
            boot_mode: true,
            boot_progress: true,
            last_reset_time: true,
            hpe_post_state: false,
            indicator_led: false,
            session_slots: 16,
            session_timeout: 1800,
            basic_over_http: true,
            page_size: 50,
            etags: Etags::Strong,
            patch_reply: PatchReply::Document,
            action_reply: ActionReply::NoContent,
            query: QueryData::default(),
            refuse_on_seconds: 60.0,
            bios: BiosPlace::default(),
            manager: ManagerPlace::default(),
            certificates: CertificatesPlace::default(),
            power_meter: PowerMeterPlace::default(),
            lldp: true,
            boot_options: BootOptionsPlace::default(),
            update: UpdatePlace::default(),
            media: MediaPlace::default(),
            events: EventsPlace::default(),
            waiting: "Pending".into(),
            enclosure: None,
            extensions: Vec::new(),
            messages: Messages::default(),
            schemas: BTreeMap::new(),
            oem: BTreeMap::new(),
        }
    }
}

/// Resource ids; `{n}` counts from 1, `{m}` from 0, and `{name}` is the name of a network port.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub(crate) struct Ids {
    pub(crate) system: String,
    pub(crate) chassis: String,
    pub(crate) manager: String,
    pub(crate) processor: String,
    pub(crate) memory: String,
    pub(crate) ethernet: String,
    pub(crate) adapter: String,
    pub(crate) port: String,
    pub(crate) function: String,
    pub(crate) storage: String,
    pub(crate) controller: String,
    pub(crate) drive: String,
    pub(crate) power_supply: String,
    pub(crate) manager_ethernet: String,
}

impl Default for Ids {
    fn default() -> Self {
        Self {
            system: "1".into(),
            chassis: "1".into(),
            manager: "BMC".into(),
            processor: "CPU{n}".into(),
            memory: "DIMM{n}".into(),
            ethernet: "{n}".into(),
            adapter: "NIC{n}".into(),
            port: "{n}".into(),
            function: "{n}".into(),
            storage: "1".into(),
            controller: "1".into(),
            drive: "Drive{n}".into(),
            power_supply: "PSU{n}".into(),
            manager_ethernet: "1".into(),
        }
    }
}

/// What storage looks like; `{storage}` in ids of controllers, drives and volumes is the subsystem's.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub(crate) struct StorageData {
    /// Ids of the subsystems after the first.
    pub(crate) more_ids: Vec<String>,
    /// Id of a volume; `{n}` is its number.
    pub(crate) volume_id: String,
    /// Whether `Storage` has `StorageControllers` (deprecated) beside `Controllers`.
    pub(crate) embedded_controllers: bool,
}

impl Default for StorageData {
    fn default() -> Self {
        Self { more_ids: Vec::new(), volume_id: "{n}".into(), embedded_controllers: false }
    }
}

/// The id of the thing at a position, counted from 0.
pub(crate) fn id_of(pattern: &str, position: usize) -> String {
    pattern.replace("{n}", &(position + 1).to_string()).replace("{m}", &position.to_string())
}

/// Where the event log is found.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct LogPlace {
    /// Whose log service it is.
    pub(crate) owner: LogOwner,
    /// Its id.
    pub(crate) id: String,
    /// Its name.
    pub(crate) name: String,
    /// `EntryType` of its entries.
    pub(crate) entry_type: String,
    /// Whether the latest entry is the first member.
    #[serde(default)]
    pub(crate) newest_first: bool,
}

impl Default for LogPlace {
    fn default() -> Self {
        Self {
            owner: LogOwner::System,
            id: "EventLog".into(),
            name: "System Event Log".into(),
            entry_type: "Event".into(),
            newest_first: false,
        }
    }
}

/// Whose log service it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum LogOwner {
    System,
    Manager,
}

/// Where the allowable values of an action stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Allowable {
    Inline,
    ActionInfo,
    Both,
}

/// Whether and how resources are tagged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Etags {
    Strong,
    Weak,
    /// Strong, and on accounts alone.
    Accounts,
    None,
}

/// What a successful PATCH answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum PatchReply {
    /// 200 with the resource as it is now.
    Document,
    /// 204.
    NoContent,
}

/// What a successful action answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum ActionReply {
    /// 204.
    NoContent,
    /// 200 with a Success message.
    Message,
}

/// Query parameters offered.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub(crate) struct QueryData {
    pub(crate) expand_levels: usize,
    pub(crate) select: bool,
    pub(crate) filter: bool,
    pub(crate) only: bool,
    pub(crate) excerpt: bool,
    pub(crate) top_skip: bool,
}

impl Default for QueryData {
    fn default() -> Self {
        Self { expand_levels: 3, select: true, filter: true, only: true, excerpt: true, top_skip: true }
    }
}

/// Vendor message ids for what the Base registry has no word for.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub(crate) struct Messages {
    /// The power state asked for is reached already (Q5a).
    pub(crate) already: Option<String>,
    /// The host is between two states (Q6).
    pub(crate) not_ready: Option<String>,
    /// Every session slot is taken (Q19b).
    pub(crate) session_limit: Option<String>,
    /// Not while the host is in POST (Q21).
    pub(crate) in_post: Option<String>,
    /// The feature needs a licence (Q27b).
    pub(crate) no_licence: Option<String>,
    /// A change is in force only after a reset of the manager.
    pub(crate) reset_required: Option<String>,
    /// The system is locked.
    pub(crate) locked_down: Option<String>,
    /// A job of settings waits already (Q12a).
    pub(crate) job_exists: Option<String>,
}

/// Tables already read, so that the devices of one persona share theirs.
static TABLES: Mutex<Vec<(Weak<Persona>, Arc<RedfishData>)>> = Mutex::new(Vec::new());

impl RedfishData {
    /// Whether there is this beyond the standard.
    pub(crate) fn extends(&self, extension: Extension) -> bool {
        self.extensions.contains(&extension)
    }

    /// The table of a persona, read once for all its devices.
    pub(crate) fn of(persona: &Arc<Persona>) -> Result<Arc<Self>, String> {
        let mut tables = TABLES.lock().unwrap_or_else(PoisonError::into_inner);
        tables.retain(|(known, _)| known.strong_count() > 0);
        let known = tables.iter().find(|(known, _)| std::ptr::eq(known.as_ptr(), Arc::as_ptr(persona)));
        if let Some((_, data)) = known {
            return Ok(Arc::clone(data));
        }
        let data = Arc::new(Self::read(persona.redfish.as_ref())?);
        tables.push((Arc::downgrade(persona), Arc::clone(&data)));
        Ok(data)
    }

    /// Reads a persona's table; absent, the defaults are the standard service.
    pub(crate) fn read(table: Option<&toml::Value>) -> Result<Self, String> {
        let data = match table {
            Some(table) => Self::deserialize(table.clone()).map_err(|error| error.to_string())?,
            None => Self::default(),
        };
        match data.quirks.iter().find(|id| Quirk::from_id(id).is_none()) {
            Some(unknown) => Err(format!("redfish.quirks: no quirk has the id `{unknown}`")),
            None => Ok(data),
        }
    }

    /// The quirks of the table, then the persona's switches by id on top.
    pub(crate) fn quirks(&self, switches: &BTreeMap<String, bool>) -> Quirks {
        let listed: Quirks = self.quirks.iter().filter_map(|id| Quirk::from_id(id)).collect();
        switches.iter().fold(listed, |quirks, (id, on)| match (Quirk::from_id(id), on) {
            (Some(quirk), true) => quirks.with(quirk),
            (Some(quirk), false) => quirks.without(quirk),
            (None, _) => quirks,
        })
    }

    /// The version of a schema this persona speaks, such as `v1_20_0`.
    pub(crate) fn schema<'a>(&'a self, name: &str, own: &'a str) -> &'a str {
        self.schemas.get(name).map_or(own, String::as_str)
    }

    pub(crate) fn features(&self) -> Features {
        Features {
            expand_levels: self.query.expand_levels,
            select: self.query.select,
            filter: self.query.filter,
            only: self.query.only,
            excerpt: self.query.excerpt,
            top_skip: self.query.top_skip,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_key_or_quirk_is_refused_by_name() {
        let read = |text: &str| RedfishData::read(Some(&toml::Value::Table(text.parse().expect("TOML"))));
        assert!(read("vendr = 'x'").expect_err("refused").contains("vendr"));
        assert!(read("quirks = ['Q0']").expect_err("refused").contains("Q0"));
        let data = read("quirks = ['Q5a', 'Q18']").expect("read");
        let quirks = data.quirks(&BTreeMap::from([("Q18".to_owned(), false), ("Q40".to_owned(), true)]));
        assert_eq!(quirks.iter().collect::<Vec<_>>(), [Quirk::AlreadyIsConflict, Quirk::RefusesContinuous]);
    }

    #[test]
    fn every_embedded_persona_has_a_table_that_reads() {
        let set = crate::persona::PersonaSet::embedded().expect("personas");
        for name in set.names() {
            let table = set.get(name).and_then(|persona| persona.redfish.as_ref());
            assert!(table.is_some() || name == "generic-ipmi", "{name}");
            RedfishData::read(table).unwrap_or_else(|problem| panic!("{name}: {problem}"));
        }
        let standard = set.get("standard").and_then(|persona| persona.redfish.as_ref());
        assert!(RedfishData::read(standard).expect("read").quirks.is_empty());
    }

    #[test]
    fn ids_count_from_one_or_zero() {
        assert_eq!(id_of("CPU.Socket.{n}", 0), "CPU.Socket.1");
        assert_eq!(id_of("eth{m}", 0), "eth0");
    }
}
