//! The machine's parts, from the system and its chassis.

use async_trait::async_trait;
use serde_json::Value;
use underlay_hal::{Cx, Hardware, Inventory, Result, Skipped};

use crate::{
    device::{RedfishDevice, is_fatal},
    json::{Lenient as _, plain},
    oem::dell::switch_connection,
    resource::{Member, Resource},
    transport::Link,
};

mod network;
mod parts;

pub(crate) use network::{network_adapter, network_port, nic};
pub(crate) use parts::{
    full_drive, memory_module, power_supply, processor, simple_drive, storage_controller, system_info,
};

/// Collects parts; what cannot be read is noted, unless every further call would fail too.
struct Gather<'a> {
    device: &'a RedfishDevice,
    cx: &'a Cx,
    hardware: Hardware,
}

impl Gather<'_> {
    fn keep<T>(&mut self, what: &str, result: Result<T>) -> Result<Option<T>> {
        match result {
            Ok(value) => Ok(Some(value)),
            Err(error) if is_fatal(&error) => Err(error),
            Err(error) => {
                if self.hardware.skipped.len() < 1000 {
                    let why = error.report();
                    self.hardware.skipped.push(Skipped { what: plain(what, 256), why });
                }
                Ok(None)
            }
        }
    }

    /// The resources of a collection that a property points to; an absent property is an empty collection.
    async fn collection(&mut self, from: &Value, path: &[&str]) -> Result<Vec<Resource>> {
        let client = &self.device.client;
        let Some(text) = from.link(path) else { return Ok(Vec::new()) };
        let members = match client.link(&text) {
            Ok(link) => client.members(self.cx, &link).await,
            Err(error) => Err(error),
        };
        let members = self.keep(&text, members)?.unwrap_or_default();
        self.resources(members).await
    }

    async fn resources(&mut self, members: Vec<Member>) -> Result<Vec<Resource>> {
        let mut resources = Vec::new();
        for member in members {
            let what = member.link().to_string();
            let read = self.device.client.member(self.cx, member).await;
            resources.extend(self.keep(&what, read)?);
        }
        Ok(resources)
    }

    async fn one(&mut self, from: &Value, path: &[&str]) -> Result<Option<Resource>> {
        let Some(text) = from.link(path) else { return Ok(None) };
        let read = self.device.client.follow(self.cx, from, path).await;
        self.keep(&text, read)
    }

    async fn storage(&mut self, system: &Value) -> Result<()> {
        let storages = self.collection(system, &["Storage"]).await?;
        for storage in &storages {
            let id = storage.body.text(&["Id"]).unwrap_or_default();
            let mut controllers: Vec<Value> = storage.body.list(&["StorageControllers"]).to_vec();
            if controllers.is_empty() {
                let separate = self.collection(&storage.body, &["Controllers"]).await?;
                controllers = separate.into_iter().map(|controller| controller.body).collect();
            }
            let present = controllers.iter().filter(|controller| controller.is_present());
            self.hardware
                .storage_controllers
                .extend(present.map(|controller| storage_controller(&id, controller)));
            let links = self.device.client.linked_all(&storage.body, &["Drives"]);
            for drive in self.resources(links.into_iter().map(Member::Link).collect()).await? {
                if drive.body.is_present() {
                    self.hardware.drives.push(full_drive(&id, &drive.body));
                }
            }
        }
        if storages.is_empty() {
            for simple in self.collection(system, &["SimpleStorage"]).await? {
                let id = simple.body.text(&["Id"]).unwrap_or_default();
                let devices = simple.body.list(&["Devices"]).iter().enumerate();
                self.hardware.drives.extend(
                    devices
                        .filter(|(_, device)| device.is_present())
                        .map(|(n, device)| simple_drive(&id, n, device)),
                );
            }
        }
        Ok(())
    }

    async fn nics(&mut self, system: &Value) -> Result<()> {
        let interfaces = self.collection(system, &["EthernetInterfaces"]).await?;
        for interface in interfaces {
            let nic = nic(&interface.body);
            // Services list virtual and bond interfaces too; a port of the machine has an address of its own.
            if nic.mac.is_some_and(|mac| mac.0 != [0; 6]) {
                self.hardware.nics.push(nic);
            }
        }
        Ok(())
    }

    /// The network cards of a chassis, with their ports and what is at the other end of the cables.
    async fn adapters(&mut self, chassis: &Value) -> Result<()> {
        for adapter in self.collection(chassis, &["NetworkAdapters"]).await? {
            let mut card = network_adapter(&adapter.body);
            // The newer collection where a card shows its ports twice.
            let path = if adapter.body.link(&["Ports"]).is_some() { "Ports" } else { "NetworkPorts" };
            for port in self.collection(&adapter.body, &[path]).await? {
                card.ports.push(network_port(&port.body));
            }
            self.hardware.network_adapters.push(card);
        }
        Ok(())
    }

    /// Gives the ports of the host what the cards and the vendor know of the other ends.
    async fn neighbors(&mut self) -> Result<()> {
        let mut told = Vec::new();
        if let Some(link) = &self.device.oem_neighbors {
            let members = self.device.client.members(self.cx, link).await;
            let members = self.keep(link.as_str(), members)?.unwrap_or_default();
            told = self
                .resources(members)
                .await?
                .iter()
                .filter_map(|one| switch_connection(&one.body))
                .collect();
        }
        let cards = &self.hardware.network_adapters;
        for nic in &mut self.hardware.nics {
            let card = cards.iter().find_map(|card| {
                let port =
                    card.ports.iter().find(|port| nic.mac.is_some_and(|mac| port.macs.contains(&mac)))?;
                Some((card, port))
            });
            if let Some((card, port)) = card {
                nic.manufacturer = nic.manufacturer.take().or_else(|| card.manufacturer.clone());
                nic.model = nic.model.take().or_else(|| card.model.clone());
                nic.neighbor = nic.neighbor.take().or_else(|| port.neighbor.clone());
            }
            let own = told.iter().find(|(id, _)| *id == nic.id).map(|(_, neighbor)| neighbor.clone());
            nic.neighbor = nic.neighbor.take().or(own);
        }
        Ok(())
    }

    async fn chassis(&mut self, link: &Link) -> Result<()> {
        let read = self.device.client.get(self.cx, link).await;
        let Some(chassis) = self.keep(link.as_str(), read)? else { return Ok(()) };
        let subsystem = self.one(&chassis.body, &["PowerSubsystem"]).await?;
        let mut supplies = match &subsystem {
            Some(subsystem) => {
                let separate = self.collection(&subsystem.body, &["PowerSupplies"]).await?;
                separate.into_iter().map(|supply| supply.body).collect()
            }
            None => Vec::new(),
        };
        if supplies.is_empty()
            && let Some(power) = self.one(&chassis.body, &["Power"]).await?
        {
            supplies = power.body.list(&["PowerSupplies"]).to_vec();
        }
        let present = supplies.iter().filter(|supply| supply.is_present());
        self.hardware.power_supplies.extend(present.map(power_supply));
        self.adapters(&chassis.body).await
    }
}

#[async_trait]
impl Inventory for RedfishDevice {
    async fn read(&self, cx: &Cx) -> Result<Hardware> {
        const READ: &str = "inventory.read";
        let system = self.read_system(cx, READ).await?.body;
        let mut gather = Gather { device: self, cx, hardware: Hardware::default() };
        gather.hardware.system = system_info(&system);
        let work = async {
            let processors = gather.collection(&system, &["Processors"]).await?;
            let present = processors.iter().filter(|part| part.body.is_present());
            gather.hardware.processors = present.map(|part| processor(&part.body)).collect();
            let memory = gather.collection(&system, &["Memory"]).await?;
            let present = memory.iter().filter(|part| part.body.is_present());
            gather.hardware.memory = present.map(|part| memory_module(&part.body)).collect();
            gather.nics(&system).await?;
            gather.storage(&system).await?;
            for chassis in &self.chassis {
                gather.chassis(chassis).await?;
            }
            gather.neighbors().await?;
            Ok(gather.hardware)
        };
        self.named(READ, work.await)
    }
}
