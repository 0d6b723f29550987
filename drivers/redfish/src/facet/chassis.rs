//! Enclosures: one service that stands for several machines.

use async_trait::async_trait;
use serde_json::Value;
use underlay_hal::{
    Change, Chassis, Cx, Enclosure, Error, ErrorKind, Outcome, PowerAction, Result, Skipped, Slot, SlotId,
    SlotKind,
};

use super::power::{PowerAbility, power_state};
use crate::{
    device::{RedfishDevice, is_fatal},
    json::{Lenient as _, plain},
    resource::Resource,
    transport::Link,
};

/// What was learnt of the enclosure at open.
#[derive(Debug)]
pub(crate) struct EnclosureAbility {
    /// The systems that are machines of their own.
    pub(crate) systems: Vec<Link>,
    /// The chassis that holds them.
    pub(crate) chassis: Option<Link>,
}

pub(crate) fn slot(system: &Resource) -> Slot {
    let body = &system.body;
    let mut slot = Slot::new(SlotId::from(tail(&system.link)), SlotKind::Compute);
    slot.present = body.is_present();
    slot.name = body.text(&["Name"]);
    slot.model = body.text(&["Model"]);
    slot.serial_number = body.text(&["SerialNumber"]);
    slot.power = Some(power_state(body));
    slot.health = body.health();
    slot
}

fn tail(link: &Link) -> String {
    link.as_str().trim_end_matches('/').rsplit('/').next().unwrap_or_default().to_owned()
}

fn describe(enclosure: &mut Enclosure, body: &Value) {
    enclosure.manufacturer = body.text(&["Manufacturer"]);
    enclosure.model = body.text(&["Model"]);
    enclosure.serial_number = body.text(&["SerialNumber"]);
    enclosure.asset_tag = body.text(&["AssetTag"]);
    enclosure.health = body.health();
}

impl RedfishDevice {
    async fn observe_enclosure(&self, cx: &Cx) -> Result<Enclosure> {
        let ability = self.enclosure.as_ref().ok_or_else(|| Error::unsupported("chassis.read"))?;
        let mut enclosure = Enclosure::default();
        let mut note = |link: &Link, error: &Error| {
            enclosure.skipped.push(Skipped { what: plain(link.as_str(), 256), why: error.report() });
        };
        let mut chassis = None;
        if let Some(link) = &ability.chassis {
            match self.client.get(cx, link).await {
                Ok(resource) => chassis = Some(resource.body),
                Err(error) if is_fatal(&error) => return Err(error),
                Err(error) => note(link, &error),
            }
        }
        let mut slots = Vec::new();
        for link in &ability.systems {
            match self.client.get(cx, link).await {
                Ok(system) => slots.push(slot(&system)),
                Err(error) if is_fatal(&error) => return Err(error),
                Err(error) => note(link, &error),
            }
        }
        if let Some(body) = chassis {
            describe(&mut enclosure, &body);
        }
        enclosure.slots = slots;
        Ok(enclosure)
    }

    async fn power_of_slot(&self, cx: &Cx, id: &SlotId, action: PowerAction) -> Result<Outcome<Change>> {
        const SET: &str = "chassis.set_power";
        let ability = self.enclosure.as_ref().ok_or_else(|| Error::unsupported(SET))?;
        let link = ability.systems.iter().find(|link| tail(link) == id.as_str()).ok_or_else(|| {
            let known: Vec<_> = ability.systems.iter().map(tail).collect();
            let message = format!("there is no machine in slot {id}; there are {}", known.join(", "));
            Error::new(ErrorKind::NotFound, message)
        })?;
        let system = self.client.get(cx, link).await?;
        let power = PowerAbility::learn(cx, &self.client, &system).await?;
        let power = power.ok_or_else(|| Error::unsupported(SET))?;
        let (target, word) = power.request(action).ok_or_else(|| Error::unsupported(SET))?;
        if action.goal().is_some_and(|goal| power_state(&system.body) == goal) {
            return Ok(Outcome::Done(Change::AlreadySo));
        }
        let sent = self.post_reset(cx, target, word).await;
        self.settle_power(cx, link, action, sent, SET).await
    }
}

#[async_trait]
impl Chassis for RedfishDevice {
    async fn read(&self, cx: &Cx) -> Result<Enclosure> {
        self.named("chassis.read", self.observe_enclosure(cx).await)
    }

    async fn set_power(&self, cx: &Cx, slot: &SlotId, action: PowerAction) -> Result<Outcome<Change>> {
        self.named("chassis.set_power", self.power_of_slot(cx, slot, action).await)
    }
}
