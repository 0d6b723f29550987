//! What really happens at a device, for conformance laws and tests.
mod accounts;
mod agent;
mod bios;
mod boot_order;
mod certificates;
mod chassis;
mod events;
mod firmware;
mod identify;
mod images;
mod manager_config;
mod media;
mod power_meter;
mod secure_boot;
mod storage;
mod tasks;

use std::{
    net::{Ipv4Addr, SocketAddr},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use tokio::net::TcpListener;
use underlay_conformance::{
    AccountsTruth, BiosTruth, BootOrderTruth, CertificatesTruth, ChassisTruth, EventsTruth, Fact,
    FirmwareTruth, IdentifyTruth, ManagerConfigTruth, PowerMeterTruth, RaidTruth, SecureBootTruth,
    TasksTruth, Truth, VirtualMediaTruth,
};
use underlay_hal as hal;
use underlay_hal::MacAddress;

pub use agent::AgentTruth;

use crate::{
    persona::SensorKind,
    plant::{
        BootMode, BootTarget, Crossing, LogEvent, MutationKind, Origin, Persistence, Plant, PowerState,
        Server, Severity,
    },
    redfish::{Certificates, View},
};

/// A free port of loopback, for what a rig serves of its own.
///
/// # Panics
/// Outside a runtime, or without a free port: a rig that cannot listen proves nothing.
fn free_port() -> (SocketAddr, TcpListener) {
    let bind = || {
        let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        listener.set_nonblocking(true)?;
        Ok::<_, std::io::Error>((listener.local_addr()?, TcpListener::from_std(listener)?))
    };
    bind().expect("a port of loopback")
}

/// The back door of one machine.
///
/// - For one of several in an enclosure: sessions, logins, accounts, events and silence are its controller's, and a
///   change of any machine of the enclosure counts.
#[derive(Clone, Debug)]
pub struct ServerTruth {
    server: Server,
    /// The machine with its controller.
    controller: Server,
    events: Arc<AtomicUsize>,
    certificates: Option<Certificates>,
    receiver: events::Receiver,
    images: images::Images,
}

impl ServerTruth {
    /// The back door of this machine.
    #[must_use]
    pub fn new(server: Server) -> Self {
        Self {
            controller: server.controller(),
            server,
            events: Arc::default(),
            receiver: events::Receiver::default(),
            images: images::Images::default(),
            certificates: None,
        }
    }

    /// The same, with what only its Redfish service knows: the certificate it proves itself with.
    #[must_use]
    pub fn with_view(mut self, view: &View) -> Self {
        self.certificates = view.certificates();
        self
    }

    /// The machine, with everything else that can be known and done.
    #[must_use]
    pub fn server(&self) -> &Server {
        &self.server
    }
}

#[async_trait]
impl Truth for ServerTruth {
    fn power(&self) -> hal::PowerState {
        match self.server.snapshot().power {
            PowerState::Off => hal::PowerState::Off,
            PowerState::PoweringOn => hal::PowerState::PoweringOn,
            PowerState::On => hal::PowerState::On,
            PowerState::PoweringOff => hal::PowerState::PoweringOff,
        }
    }

    async fn put_power(&self, state: hal::PowerState) {
        self.server.place(matches!(state, hal::PowerState::On | hal::PowerState::PoweringOn));
    }

    fn boots(&self) -> u64 {
        self.server.snapshot().boot_count
    }

    fn last_boot_source(&self) -> Option<hal::BootTarget> {
        self.server.snapshot().last_boot().map(|boot| target(boot.source))
    }

    fn mutations(&self) -> u64 {
        self.server.enclosure().iter().map(|node| node.counters().mutations()).sum()
    }

    fn resets(&self) -> u64 {
        self.server.counters().disruptions()
    }

    fn boot_override(&self) -> Option<hal::BootOverride> {
        let setting = self.server.snapshot().boot_override?;
        Some(hal::BootOverride {
            persistence: match setting.persistence {
                Persistence::Once => hal::Persistence::Once,
                Persistence::Continuous => hal::Persistence::Continuous,
            },
            mode: setting.mode.map(|mode| match mode {
                BootMode::Legacy => hal::BootMode::Legacy,
                BootMode::Uefi => hal::BootMode::Uefi,
            }),
            http_uri: (setting.target == BootTarget::UefiHttp)
                .then(|| self.server.boot_order().http_uri)
                .flatten(),
            target: target(setting.target),
        })
    }

    fn serial_number(&self) -> String {
        self.server.spec().serial.clone()
    }

    fn macs(&self) -> Vec<MacAddress> {
        self.server.spec().nics.iter().map(|nic| MacAddress(nic.mac)).collect()
    }

    fn sensors(&self) -> Vec<Fact> {
        let readings = self.server.sensors();
        let pairs = self.server.spec().sensors().iter().zip(readings);
        pairs
            .map(|(data, reading)| Fact {
                name: data.name.clone(),
                kind: match data.kind {
                    SensorKind::Temperature => hal::SensorKind::Temperature,
                    SensorKind::Fan => hal::SensorKind::Fan,
                    SensorKind::Voltage => hal::SensorKind::Voltage,
                    SensorKind::Current => hal::SensorKind::Current,
                    SensorKind::Power => hal::SensorKind::Power,
                },
                value: reading.value,
                jitter: data.noise,
            })
            .collect()
    }

    fn log_length(&self) -> usize {
        self.server.log_summary().entries
    }

    /// A sensor crosses a threshold, and the next one with the next event; the answer is its name.
    fn log_event(&self, severity: hal::Severity) -> String {
        let sensors = self.server.spec().sensors();
        let fits: Vec<_> = sensors
            .iter()
            .enumerate()
            .filter(|(_, data)| {
                data.thresholds.upper_critical.is_some() && data.thresholds.upper_caution.is_some()
            })
            .collect();
        let turn = self.events.fetch_add(1, Ordering::Relaxed);
        let Some((index, data)) = fits.get(turn % fits.len().max(1)) else { return String::new() };
        let (severity, crossing, asserted, limit) = match severity {
            hal::Severity::Critical => {
                (Severity::Critical, Crossing::UpperCritical, true, data.thresholds.upper_critical)
            }
            hal::Severity::Warning => {
                (Severity::Warning, Crossing::UpperCaution, true, data.thresholds.upper_caution)
            }
            hal::Severity::Ok => (Severity::Ok, Crossing::UpperCaution, false, data.thresholds.upper_caution),
        };
        let limit = limit.unwrap_or_default();
        let verb = if asserted { "crossed" } else { "returned from" };
        let text = format!("Sensor {} at {limit} {verb} its threshold of {limit}.", data.name);
        let event = LogEvent::Threshold { sensor: *index, crossing, asserted, reading: limit, limit };
        // Only a controller that is down refuses, and the back door is not refused.
        let _ = self.server.append_log(severity, event, text, Origin::Test);
        data.name.clone()
    }

    fn open_sessions(&self) -> usize {
        self.controller.open_sessions()
    }

    fn refused_logins(&self) -> u64 {
        let counters = self.controller.counters();
        counters.failed_logins(Origin::Redfish) + counters.failed_logins(Origin::Ipmi)
    }

    fn manager_resets(&self) -> u64 {
        self.controller.counters().kind(MutationKind::BmcReset)
    }

    fn virtual_media(&self) -> Option<&dyn VirtualMediaTruth> {
        (!self.server.spec().persona.media.is_empty()).then_some(self)
    }

    fn chassis(&self) -> Option<&dyn ChassisTruth> {
        self.server.spec().slot.is_some().then_some(self)
    }

    fn tasks(&self) -> Option<&dyn TasksTruth> {
        Some(self)
    }

    fn events(&self) -> Option<&dyn EventsTruth> {
        self.server.spec().persona.redfish.is_some().then_some(self)
    }

    fn firmware(&self) -> Option<&dyn FirmwareTruth> {
        Some(self)
    }

    fn raid(&self) -> Option<&dyn RaidTruth> {
        (!self.server.spec().drives.is_empty()).then_some(self)
    }

    fn secure_boot(&self) -> Option<&dyn SecureBootTruth> {
        self.server.spec().persona.secure_boot.is_some().then_some(self)
    }

    fn accounts(&self) -> Option<&dyn AccountsTruth> {
        Some(self)
    }

    fn certificates(&self) -> Option<&dyn CertificatesTruth> {
        self.certificates.is_some().then_some(self)
    }

    fn power_meter(&self) -> Option<&dyn PowerMeterTruth> {
        Some(self)
    }

    fn manager_config(&self) -> Option<&dyn ManagerConfigTruth> {
        self.server.spec().persona.redfish.is_some().then_some(self)
    }

    fn identify(&self) -> Option<&dyn IdentifyTruth> {
        Some(self)
    }

    fn boot_order(&self) -> Option<&dyn BootOrderTruth> {
        self.server.spec().persona.redfish.is_some().then_some(self)
    }

    fn bios(&self) -> Option<&dyn BiosTruth> {
        self.server.spec().persona.bios.is_some().then_some(self)
    }

    /// Over Redfish; IPMI has no requests whose answer is worth more than asking again.
    fn lose_next_answer(&self) -> bool {
        self.controller.lose_next_answer();
        true
    }

    fn go_silent(&self, silent: bool) {
        self.controller.set_silent(silent);
    }

    /// Steps a stepped plant; sleeps until that much has passed on any other.
    async fn pass(&self, time: Duration) {
        pass(self.server.plant(), time).await;
    }
}

/// Steps a stepped plant; sleeps until that much has passed on any other.
async fn pass(plant: &Plant, time: Duration) {
    let target = plant.now().saturating_add(time);
    plant.advance(time);
    while plant.now() < target {
        let left = plant.real_time_until(target);
        tokio::time::sleep(left.max(Duration::from_millis(1))).await;
    }
}

fn target(target: BootTarget) -> hal::BootTarget {
    match target {
        BootTarget::Pxe => hal::BootTarget::Pxe,
        BootTarget::Disk => hal::BootTarget::Hdd,
        BootTarget::Cd | BootTarget::BuiltInCd => hal::BootTarget::Cd,
        BootTarget::Usb => hal::BootTarget::Usb,
        BootTarget::Floppy => hal::BootTarget::Floppy,
        BootTarget::BiosSetup => hal::BootTarget::BiosSetup,
        BootTarget::UefiHttp => hal::BootTarget::UefiHttp,
        BootTarget::Diagnostics => hal::BootTarget::Diags,
        BootTarget::SdCard => hal::BootTarget::SdCard,
    }
}
