//! The firmware's settings as they are.
use std::collections::BTreeMap;

use secrecy::SecretString;
use underlay_conformance::BiosTruth;
use underlay_hal::bios::SettingValue;

use super::ServerTruth;
use crate::{
    persona::{BiosAttributeData, BiosData, BiosKind, BiosValue},
    plant::{BiosView, Origin, Work},
    redfish,
};

impl ServerTruth {
    fn bios_data(&self) -> Option<&BiosData> {
        self.server.spec().persona.bios.as_ref()
    }

    fn bios_view(&self) -> BiosView {
        self.server.bios().unwrap_or_default()
    }
}

impl BiosTruth for ServerTruth {
    fn current(&self) -> BTreeMap<String, SettingValue> {
        self.bios_view().current.into_iter().map(|(name, value)| (name, setting(value))).collect()
    }

    fn pending(&self) -> BTreeMap<String, SettingValue> {
        let view = self.bios_view();
        let differs = |(name, value): &(String, BiosValue)| view.current.get(name) != Some(value);
        view.pending.into_iter().filter(differs).map(|(name, value)| (name, setting(value))).collect()
    }

    fn defaults(&self) -> BTreeMap<String, SettingValue> {
        let attributes = self.bios_data().into_iter().flat_map(|data| &data.attributes);
        let open = attributes.filter(|data| data.kind() != BiosKind::Password && !data.read_only);
        open.map(|data| (data.name.clone(), setting(data.default()))).collect()
    }

    /// An enumeration that nothing else hangs on.
    fn writable(&self) -> (String, SettingValue) {
        let view = self.bios_view();
        let other = |data: &BiosAttributeData| {
            let names = data.values.iter().map(|allowed| BiosValue::Text(allowed.name.clone()));
            let current = view.current.get(&data.name);
            names.into_iter().find(|value| current != Some(value) && *value != data.default())
        };
        let Some(data) = self.bios_data() else { return (String::new(), SettingValue::Boolean(false)) };
        let decides = |name: &str| data.dependencies.iter().any(|dependency| dependency.when == name);
        let found = data
            .attributes
            .iter()
            .filter(|data| {
                !data.read_only
                    && data.role.is_none()
                    && !view.locked.contains(&data.name)
                    && !decides(&data.name)
            })
            .find_map(|data| Some((data.name.clone(), setting(other(data)?))));
        found.unwrap_or_else(|| (String::new(), SettingValue::Boolean(false)))
    }

    fn read_only(&self) -> Option<String> {
        self.bios_data()?.attributes.iter().find(|data| data.read_only).map(|data| data.name.clone())
    }

    fn queue_foreign_job(&self) -> bool {
        match redfish::bios_job_name(&self.server.spec().persona) {
            Some(name) => self.server.queue_bios_job(&name) != 0,
            None => false,
        }
    }

    fn has_foreign_job(&self) -> bool {
        let jobs = self.server.jobs();
        jobs.iter().any(|job| {
            job.origin == Origin::Test && !job.state.is_final() && matches!(job.work, Work::BiosSettings(_))
        })
    }

    fn fail_next_job(&self) {
        self.server.doom_bios();
    }

    fn has_password(&self, name: &str, password: &SecretString) -> bool {
        self.server.has_bios_password(name, password)
    }
}

fn setting(value: BiosValue) -> SettingValue {
    match value {
        BiosValue::Boolean(truth) => SettingValue::Boolean(truth),
        BiosValue::Integer(number) => SettingValue::Integer(number),
        BiosValue::Text(text) => SettingValue::Text(text),
    }
}
