//! Reading the settings: what is in force, what is staged, and which jobs wait.

use std::collections::BTreeMap;

use serde_json::Value;
use underlay_hal::{BiosAttribute, BiosState, Cx, Needs, PendingJob, Result, TaskState, bios::SettingValue};

use super::{BiosAbility, settings_link};
use crate::{
    device::{RedfishDevice, tolerate},
    facet::tasks::status,
    json::{Lenient as _, plain},
    quirks::Quirk,
    resource::Resource,
    transport::Link,
};

/// Longest value in characters; registries allow a few hundred.
const VALUE_LIMIT: usize = 4096;

/// A value as the service writes it; nothing for what no setting has.
pub(crate) fn value(json: &Value) -> Option<SettingValue> {
    match json {
        Value::Bool(truth) => Some((*truth).into()),
        Value::Number(number) => Some(
            number.as_i64().map_or_else(|| SettingValue::Text(number.to_string()), SettingValue::Integer),
        ),
        Value::String(text) => Some(SettingValue::Text(plain(text, VALUE_LIMIT))),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// The settings of the two resources together. `job_waits`: an open job will apply what is staged.
///
/// - The settings object of some services lists only what was changed, of others everything that can be, and of
///   others nothing at all (Q12a, Q23b, Q28b): only values that differ are pending.
/// - With [`Quirk::CurrentShowsPending`], whatever is staged for a job is pending, even where it reads as current; what
///   is in force is then unknown.
pub(crate) fn attributes(
    bios: &Value,
    settings: Option<&Value>,
    job_waits: bool,
) -> BTreeMap<String, BiosAttribute> {
    let listed = |body: &Value| -> Vec<(String, Option<SettingValue>)> {
        let fields = body.at(&["Attributes"]).as_object().into_iter().flatten();
        fields
            .take(10_000)
            .filter(|(name, _)| !name.contains('@'))
            .map(|(n, v)| (plain(n, 256), value(v)))
            .collect()
    };
    let mut all: BTreeMap<String, BiosAttribute> = BTreeMap::new();
    for (name, current) in listed(bios) {
        all.entry(name).or_default().current = current;
    }
    for (name, staged) in settings.map(listed).unwrap_or_default() {
        let Some(staged) = staged else { continue };
        // A password's place in the settings is empty whatever the password.
        let Some(one) = all.get_mut(&name) else { continue };
        let is_current = match &one.current {
            Some(current) => current.is_same(&staged),
            None => staged == SettingValue::Text(String::new()),
        };
        if is_current && job_waits {
            // What reads as current is what the job will bring; what is in force, nobody tells.
            one.current = None;
        }
        if !is_current || job_waits {
            one.pending = Some(staged);
        }
    }
    all
}

impl RedfishDevice {
    /// The state, and the two resources it was read from.
    pub(super) async fn observe_bios(
        &self,
        cx: &Cx,
        ability: &BiosAbility,
    ) -> Result<(BiosState, Resource, Option<Resource>)> {
        let bios = self.client.get(cx, &ability.link).await?;
        let settings = match settings_link(&self.client, &bios) {
            Some(link) => tolerate(self.client.get(cx, &link).await)?,
            None => None,
        };
        let jobs = self.settings_jobs(cx, &bios.link, settings.as_ref()).await?;
        let job_waits = !jobs.is_empty() && self.quirks.has(Quirk::CurrentShowsPending);
        let mut all = attributes(&bios.body, settings.as_ref().map(|settings| &settings.body), job_waits);
        let registry = self.registry(cx, &bios.body).await?;
        if let Some(registry) = &registry {
            for (name, one) in &mut all {
                one.rule = registry.rule(name).cloned();
            }
        }
        let mut state = BiosState::new(all);
        state.jobs = jobs;
        if let Some(registry) = registry {
            state.registry = Some(registry.name.clone());
            state.dependencies = registry.dependencies.clone();
        }
        Ok((state, bios, settings))
    }

    /// Open jobs that are about the firmware's settings: tasks whose request went to them (DSP0268 `Task.Payload`),
    /// and a vendor's jobs of that type.
    async fn settings_jobs(
        &self,
        cx: &Cx,
        bios: &Link,
        settings: Option<&Resource>,
    ) -> Result<Vec<PendingJob>> {
        let vendors = settings.and_then(|s| self.client.linked(&s.body, &["Oem", "Dell", "Jobs"]).ok());
        let listed = match (vendors, &self.tasks) {
            (Some(jobs), _) => tolerate(self.resources_of(cx, &jobs).await)?,
            (None, Some(_)) => tolerate(self.listed_tasks(cx).await)?,
            (None, None) => None,
        };
        let ours = |body: &Value| {
            let target = body.text(&["Payload", "TargetUri"]);
            let targets = [Some(bios), settings.map(|settings| &settings.link)];
            target.is_some_and(|uri| targets.iter().flatten().any(|link| uri.starts_with(link.as_str())))
                || body.text(&["JobType"]).is_some_and(|kind| kind == "BIOSConfiguration")
        };
        let open =
            listed.unwrap_or_default().into_iter().filter(|task| ours(&task.body)).filter_map(|task| {
                let now = status(&task.body).state;
                let needs = match now {
                    TaskState::Queued | TaskState::Blocked(_) => Needs::HostPowerCycle,
                    TaskState::Running => Needs::Nothing,
                    _ => return None,
                };
                let name = task.body.text(&["Name"]).unwrap_or_else(|| "job".to_owned());
                Some(PendingJob { id: task.link.as_str().into(), name, needs })
            });
        Ok(open.collect())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn pending(all: &BTreeMap<String, BiosAttribute>) -> Vec<(&str, String)> {
        let staged =
            all.iter().filter_map(|(name, one)| Some((name.as_str(), one.pending.as_ref()?.to_string())));
        staged.collect()
    }

    #[test]
    fn only_what_differs_is_pending_however_much_is_listed() {
        let bios = json!({"Attributes": {"A": "On", "B": 5, "C": true, "P": null, "A@odata.x": 1}});
        let modified = json!({"Attributes": {"B": 6}});
        let everything = json!({"Attributes": {"A": "On", "B": 6, "C": true, "P": ""}});
        for settings in [&modified, &everything] {
            let all = attributes(&bios, Some(settings), false);
            assert_eq!(pending(&all), [("B", "6".to_owned())], "{settings}");
        }
        for nothing in [None, Some(&json!({})), Some(&json!({"Attributes": null}))] {
            assert!(pending(&attributes(&bios, nothing, false)).is_empty());
        }
        assert_eq!(attributes(&bios, None, false).len(), 4, "annotations are no settings");
    }

    #[test]
    fn a_waiting_job_is_believed_rather_than_the_current_value() {
        let bios = json!({"Attributes": {"A": "On"}});
        let settings = json!({"Attributes": {"A": "On"}});
        let all = attributes(&bios, Some(&settings), true);
        assert_eq!((pending(&all), &all["A"].current), (vec![("A", "On".to_owned())], &None));
    }

    #[test]
    fn values_of_odd_types_cost_the_value() {
        assert_eq!(value(&json!(1.5)), Some("1.5".into()));
        assert_eq!(value(&json!({"a": 1})), None);
        assert_eq!(value(&json!(u64::MAX)), Some(u64::MAX.to_string().as_str().into()));
    }
}
