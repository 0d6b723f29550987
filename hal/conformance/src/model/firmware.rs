//! Firmware.

use std::collections::BTreeMap;

use async_trait::async_trait;
use underlay_hal::{
    ApplyTime, Cx, ErrorKind, Firmware, FirmwareComponent, FirmwareImage, FirmwareInventory, FirmwareUpdate,
    Needs, Outcome, Progress, Result, Staged, UpdateMethod,
};

use super::{
    device::ModelDevice,
    world::{ModelWorld, State},
};
use crate::{FirmwareTruth, ImageOf};

const MANAGER: &str = "BMC";
const SYSTEM: &str = "BIOS";
const UPDATE: &str = "firmware.update";
const UNLISTED: &str = "firmware::what_is_not_listed_is_unsupported_and_untried";

#[derive(Debug)]
pub(super) struct Versions {
    in_force: BTreeMap<String, String>,
    received: u64,
}

impl Default for Versions {
    fn default() -> Self {
        let in_force = [MANAGER, SYSTEM].map(|component| (name_of(component, "1.0"), "1.0".to_owned()));
        Self { in_force: in_force.into(), received: 0 }
    }
}

impl Versions {
    fn write_system(&mut self, version: String) {
        self.in_force.retain(|name, _| !name.starts_with(SYSTEM));
        self.in_force.insert(name_of(SYSTEM, &version), version);
    }
}

/// The device's name of a component; that of the system firmware changes with its version, as on some real devices.
fn name_of(component: &str, version: &str) -> String {
    if component == SYSTEM { format!("{SYSTEM}-{version}") } else { component.to_owned() }
}

/// An image: what it is for, its version, a check sum over the rest, and the rest.
fn image(component: &str) -> Vec<u8> {
    let content: Vec<u8> = (0..20_000_u32).flat_map(u32::to_le_bytes).collect();
    let mut bytes = format!("{component} 2.0 {}\n", sum(&content)).into_bytes();
    bytes.extend(content);
    bytes
}

/// The component and version of an image that is whole.
fn whole(bytes: &[u8]) -> Option<(String, String)> {
    let end = bytes.iter().position(|byte| *byte == b'\n')?;
    let (head, content) = bytes.split_at(end);
    let mut words = std::str::from_utf8(head).ok()?.split(' ');
    let (component, version, told) = (words.next()?, words.next()?, words.next()?);
    let is_whole = told.parse() == Ok(sum(content.get(1..)?));
    is_whole.then(|| (component.to_owned(), version.to_owned()))
}

fn sum(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0, |sum, byte| sum.wrapping_mul(31).wrapping_add(u64::from(*byte)))
}

impl FirmwareTruth for ModelWorld {
    fn versions(&self) -> BTreeMap<String, String> {
        self.state().firmware.in_force.clone()
    }
    fn image(&self, of: ImageOf) -> (Vec<u8>, String, String) {
        let component = match of {
            ImageOf::Manager => MANAGER,
            ImageOf::System => SYSTEM,
        };
        (image(component), name_of(component, "1.0"), "2.0".to_owned())
    }
    fn image_uri(&self, of: ImageOf) -> Option<String> {
        (of == ImageOf::Manager).then(|| format!("model://images/{MANAGER}"))
    }
    fn bytes_received(&self) -> u64 {
        self.state().firmware.received
    }
}

impl State {
    /// The controller takes its new image, and restarts for it in the middle.
    fn update_manager(&mut self, version: String, whole: bool, comes: bool) -> u32 {
        self.start(UPDATE, 1.0, |state, _| state.restart_manager());
        let id = self.start(UPDATE, 8.0, move |state, well| {
            if well && comes {
                state.firmware.in_force.insert(MANAGER.to_owned(), version);
            }
        });
        self.doom(id, !whole);
        id
    }

    fn stage_system(&mut self, version: String, comes: bool) -> u32 {
        self.stage(UPDATE, move |state, well| {
            if well && comes {
                state.firmware.write_system(version);
            }
        })
    }
}

impl ModelDevice {
    /// The bytes of an image, from wherever it is, with the progress told.
    fn fetch(&self, cx: &Cx, image: &FirmwareImage) -> Result<Vec<u8>> {
        let missing = |_| self.refuse(UPDATE, ErrorKind::NotFound, "no such file");
        let bytes = match image {
            FirmwareImage::File(path) => std::fs::read(path).map_err(missing)?,
            FirmwareImage::Uri { uri, .. } => self::image(uri.rsplit('/').next().unwrap_or_default()),
            _ => return Err(self.refuse(UPDATE, ErrorKind::Unsupported, "no way for it")),
        };
        let total = bytes.len() as u64;
        let steps: &[u64] = if self.breaks("firmware::progress_goes_up") {
            &[0, 3, 2, 4]
        } else if self.breaks("firmware::progress_is_told_to_the_end") {
            &[0, 2]
        } else {
            &[0, 2, 3, 4]
        };
        for quarters in steps {
            cx.report(Progress { done: total * quarters / 4, total });
        }
        Ok(bytes)
    }

    /// What of an update the device would refuse; laws that say so.
    fn unfit_update(&self, update: &FirmwareUpdate) -> Option<(ErrorKind, &'static str)> {
        if update.when.is_some_and(|when| when != ApplyTime::OnReset)
            || !self.methods().contains(&update.image.method()) && !self.breaks(UNLISTED)
        {
            return Some((ErrorKind::Unsupported, UNLISTED));
        }
        let state = self.world.state();
        if !update.targets.iter().all(|id| state.firmware.in_force.contains_key(id.as_str())) {
            return Some((ErrorKind::NotFound, "firmware::an_unknown_component_is_not_found_and_untried"));
        }
        let missing = "firmware::a_missing_file_is_not_found_and_untried";
        if matches!(&update.image, FirmwareImage::File(path) if !path.exists()) {
            return Some((ErrorKind::NotFound, missing));
        }
        None
    }
}

#[async_trait]
impl Firmware for ModelDevice {
    async fn inventory(&self, cx: &Cx) -> Result<FirmwareInventory> {
        self.enter(cx, "firmware.inventory").await?;
        let mut inventory = FirmwareInventory::default();
        for (name, version) in &self.world.state().firmware.in_force {
            let mut one = FirmwareComponent::new(name.as_str().into());
            one.version = Some(version.clone());
            if self.breaks("firmware::inventory_is_the_machine's") {
                one.version = Some(format!("V{version}"));
            }
            one.updateable = Some(true);
            inventory.components.push(one);
        }
        Ok(inventory)
    }
    fn methods(&self) -> &[UpdateMethod] {
        if self.breaks(UNLISTED) { &[UpdateMethod::Push] } else { &[UpdateMethod::Push, UpdateMethod::Pull] }
    }
    fn apply_times(&self) -> &[ApplyTime] {
        &[ApplyTime::OnReset]
    }
    async fn update(&self, cx: &Cx, update: &FirmwareUpdate) -> Result<Outcome<Staged>> {
        self.enter(cx, UPDATE).await?;
        if let Some((kind, law)) = self.unfit_update(update) {
            return self.refused(UPDATE, kind, law);
        }
        let mut state = self.world.state();
        if state.jobs.list.iter().any(|job| job.operation == UPDATE && !job.state.is_final())
            && !self.breaks("firmware::a_second_update_is_busy_while_one_runs")
        {
            return Err(self.refuse(UPDATE, ErrorKind::Busy, "another update runs"));
        }
        let bytes = self.fetch(cx, &update.image)?;
        if self.breaks("firmware::a_component_can_be_named") && !update.targets.is_empty() {
            return Err(self.refuse(UPDATE, ErrorKind::InvalidInput, "no component can be named"));
        }
        state.mutations += 1;
        state.firmware.received += bytes.len() as u64;
        let whole = whole(&bytes);
        let taken =
            whole.is_some() || self.breaks("firmware::a_corrupt_image_is_refused_and_changes_nothing");
        let (component, version) = whole.unwrap_or((MANAGER.to_owned(), "2.0".to_owned()));
        if component == MANAGER {
            if self.breaks("firmware::an_update_of_the_manager_leaves_the_host_running") {
                state.reset_host();
            }
            let pulled = update.image.method() == UpdateMethod::Pull;
            let idle = self.breaks("firmware::an_update_of_the_manager_brings_the_image's_version")
                || pulled && self.breaks("firmware::an_image_is_fetched_from_its_address");
            let id = state.update_manager(version, taken, !idle);
            drop(state);
            return self.under_way(id, UPDATE);
        }
        if self.breaks("firmware::an_update_of_the_system_takes_a_reset") {
            state.firmware.write_system(version);
            return Ok(Outcome::Done(Staged::made(Needs::HostPowerCycle)));
        }
        let id = state.stage_system(version, taken);
        if self.breaks("firmware::nothing_here_resets_the_host") {
            state.reset_host();
        }
        drop(state);
        if self.breaks("firmware::the_reset_it_waits_for_is_told") {
            return Ok(Outcome::Done(Staged::IN_EFFECT));
        }
        self.under_way(id, UPDATE)
    }
}
