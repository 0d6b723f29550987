//! Comparing what is with what is wanted.

use std::{collections::BTreeMap, fmt};

use serde::{Deserialize, Serialize};

use super::{AttributeKind, Property, SettingValue};
use crate::{BiosAttribute, BiosState, Needs, Plan};

/// One setting to be changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BiosChange {
    /// The device's name of the setting.
    pub name: String,
    /// The value in force.
    pub from: Option<SettingValue>,
    /// The other value that somebody staged, which this change replaces.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replaces_pending: Option<SettingValue>,
    /// The value to stage, in the setting's own type.
    pub to: SettingValue,
}

/// Why a setting cannot be as wanted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BiosProblem {
    /// The setting.
    pub name: String,
    /// The reason, in words that say what would be taken.
    pub why: String,
}

impl fmt::Display for BiosProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.name, self.why)
    }
}

/// What has to be changed so that the wanted settings are in force, and what the device then waits for.
///
/// - A setting whose current value is as wanted, and that nothing else is staged for, is no change.
/// - A setting that is staged as wanted is no change either, but [`Plan::needs`] is still the reset it waits for.
/// - Settings are checked against the device's own rules and dependencies, with the wanted values in place.
///
/// # Errors
/// Every setting that cannot be as wanted, with its reason; then nothing should be sent at all.
pub fn plan(
    state: &BiosState,
    want: &BTreeMap<String, SettingValue>,
) -> Result<Plan<BiosChange>, Vec<BiosProblem>> {
    let mut problems = Vec::new();
    let mut changes = Vec::new();
    let mut waits = false;
    let mut accepted: BTreeMap<&str, SettingValue> = BTreeMap::new();
    for (name, value) in want {
        match state
            .attributes
            .get(name)
            .ok_or_else(|| unknown(state, name))
            .and_then(|one| accept(one, value))
        {
            Ok(value) => drop(accepted.insert(name, value)),
            Err(why) => problems.push(BiosProblem { name: name.clone(), why }),
        }
    }
    problems.extend(locked(state, &accepted));
    for (name, to) in accepted {
        let Some(one) = state.attributes.get(name) else { continue };
        let is = |value: &Option<SettingValue>| value.as_ref().is_some_and(|value| value.is_same(&to));
        if is(&one.pending) {
            waits = true;
        } else if one.pending.is_some() || !is(&one.current) {
            changes.push(BiosChange {
                name: name.to_owned(),
                from: one.current.clone(),
                replaces_pending: one.pending.clone(),
                to,
            });
        }
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    let needs = if changes.is_empty() && !waits { Needs::Nothing } else { Needs::HostPowerCycle };
    Ok(Plan { basis: state.fingerprint.clone(), changes, needs })
}

/// The settings that differ from what is wanted, also those that only wait for a reset: `(name, current, wanted)`.
///
/// For people to read and for verifying after a reset; a wanted setting that the device does not have differs too.
pub fn difference<'a>(
    state: &'a BiosState,
    want: &'a BTreeMap<String, SettingValue>,
) -> impl Iterator<Item = (&'a str, Option<&'a SettingValue>, &'a SettingValue)> {
    want.iter().filter_map(|(name, wanted)| {
        let one = state.attributes.get(name);
        let current = one.and_then(|one| one.current.as_ref());
        let rule = one.and_then(|one| one.rule.as_ref());
        let typed = rule.and_then(|rule| rule.accept(wanted).ok());
        let is = current.is_some_and(|current| current.is_same(typed.as_ref().unwrap_or(wanted)));
        (!is).then_some((name.as_str(), current, wanted))
    })
}

fn accept(one: &BiosAttribute, value: &SettingValue) -> Result<SettingValue, String> {
    let value = match &one.rule {
        Some(rule) => {
            if rule.kind == Some(AttributeKind::Password) {
                return Err("a password is set by `change_password`, not as a setting".to_owned());
            }
            if rule.read_only == Some(true) && !one.current.as_ref().is_some_and(|now| now.is_same(value)) {
                return Err("the setting is read-only".to_owned());
            }
            rule.accept(value)?
        }
        None => value.clone(),
    };
    // Without a rule the value in force tells the type: some devices refuse a number written as text.
    Ok(match (&one.rule, &one.current, &value) {
        (None, Some(SettingValue::Integer(_)), SettingValue::Text(text)) => {
            text.parse().map_or(value, SettingValue::Integer)
        }
        (None, Some(SettingValue::Boolean(_)), SettingValue::Text(text)) => {
            text.to_ascii_lowercase().parse().map_or(value, SettingValue::Boolean)
        }
        _ => value,
    })
}

/// Settings that the device will not let be changed, given all values as they will be.
fn locked(state: &BiosState, accepted: &BTreeMap<&str, SettingValue>) -> Vec<BiosProblem> {
    let after: BTreeMap<&str, &SettingValue> = state
        .attributes
        .iter()
        .filter_map(|(name, one)| {
            let value = accepted.get(name.as_str()).or(one.pending.as_ref()).or(one.current.as_ref())?;
            Some((name.as_str(), value))
        })
        .collect();
    let mut problems: Vec<BiosProblem> = Vec::new();
    for dependency in state.dependencies.iter().filter(|dependency| dependency.applies(&after)) {
        let name = dependency.effect.attribute.as_str();
        let Some(wanted) = accepted.get(name) else { continue };
        let now = state.attributes.get(name).and_then(|one| one.current.as_ref());
        let moves = now.is_none_or(|now| !now.is_same(wanted));
        let terms: Vec<_> = dependency
            .terms
            .iter()
            .filter_map(|t| Some(format!("{} = {}", t.attribute, after.get(&*t.attribute)?)))
            .collect();
        let why = if dependency.locks() && moves {
            format!("cannot be changed while {}", terms.join(", "))
        } else if dependency.effect.property == Property::Value && !dependency.effect.value.is_same(wanted) {
            format!("becomes {} while {}", dependency.effect.value, terms.join(", "))
        } else {
            continue;
        };
        if problems.iter().all(|problem| problem.name != name) {
            problems.push(BiosProblem { name: name.to_owned(), why });
        }
    }
    problems
}

fn unknown(state: &BiosState, name: &str) -> String {
    let fold = |text: &str| {
        text.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase()
    };
    let mine = fold(name);
    let near = state.attributes.keys().find(|known| fold(known) == mine).or_else(|| {
        let mut near: Vec<_> = state.attributes.keys().filter(|known| fold(known).contains(&mine)).collect();
        near.sort_unstable_by_key(|known| known.len());
        near.into_iter().next().filter(|_| mine.len() > 3)
    });
    match near {
        Some(near) => format!("the device has no such setting; did you mean {near}?"),
        None => "the device has no such setting".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bios::{AllowedValue, AttributeRule, Condition, Dependency, DependencyEffect, Join, Term};

    fn attribute(current: &str, pending: Option<&str>) -> BiosAttribute {
        let allowed = ["Enabled", "Disabled", "Auto"]
            .map(|name| AllowedValue { name: name.to_owned(), display_name: None });
        BiosAttribute {
            current: Some(current.into()),
            pending: pending.map(Into::into),
            rule: Some(AttributeRule {
                kind: Some(AttributeKind::Enumeration),
                allowed: allowed.to_vec(),
                ..AttributeRule::default()
            }),
        }
    }

    fn state(attributes: impl IntoIterator<Item = (&'static str, BiosAttribute)>) -> BiosState {
        BiosState::new(attributes.into_iter().map(|(name, one)| (name.to_owned(), one)).collect())
    }

    fn want(
        wanted: impl IntoIterator<Item = (&'static str, &'static str)>,
    ) -> BTreeMap<String, SettingValue> {
        wanted.into_iter().map(|(name, value)| (name.to_owned(), value.into())).collect()
    }

    #[test]
    fn what_is_so_is_no_change_and_what_is_staged_so_only_waits() {
        let state = state([("A", attribute("Enabled", None)), ("B", attribute("Enabled", Some("Disabled")))]);
        let so = plan(&state, &want([("A", "Enabled")])).unwrap();
        assert!(so.is_noop() && so.needs == Needs::Nothing);
        let staged = plan(&state, &want([("B", "Disabled")])).unwrap();
        assert!(staged.is_noop() && staged.needs == Needs::HostPowerCycle);
        let differs: Vec<_> = vec![("B", Some("Enabled".into()), "Disabled".into())];
        let wanted = want([("A", "Enabled"), ("B", "Disabled")]);
        let seen: Vec<_> = difference(&state, &wanted)
            .map(|(n, c, w)| (n, c.cloned(), w.clone()))
            .collect::<Vec<(_, Option<SettingValue>, SettingValue)>>();
        assert_eq!(seen, differs, "a pending value is not a done one");
    }

    #[test]
    fn somebody_elses_staged_value_is_replaced_knowingly() {
        let state = state([("A", attribute("Enabled", Some("Disabled")))]);
        let plan = plan(&state, &want([("A", "Enabled")])).unwrap();
        assert_eq!(plan.changes[0].replaces_pending, Some("Disabled".into()));
        assert_eq!(plan.changes[0].to, "Enabled".into());
    }

    #[test]
    fn every_problem_is_told_and_a_misspelt_name_gets_a_hint() {
        let mut fixed = attribute("Enabled", None);
        fixed.rule.as_mut().unwrap().read_only = Some(true);
        let state = state([("ProcVirtualization", attribute("Enabled", None)), ("Fixed", fixed)]);
        let wanted = want([
            ("proc_virtualization", "Disabled"),
            ("Fixed", "Disabled"),
            ("ProcVirtualization", "Maybe"),
        ]);
        let problems = plan(&state, &wanted).unwrap_err();
        assert_eq!(problems.len(), 3, "{problems:?}");
        assert!(problems.iter().any(|p| p.why.contains("did you mean ProcVirtualization?")), "{problems:?}");
        // The control: a read-only setting that is as wanted is no problem.
        assert!(plan(&state, &want([("Fixed", "Enabled")])).unwrap().is_noop());
    }

    #[test]
    fn dependencies_are_judged_by_the_values_as_they_will_be() {
        let mut state = state([("Mode", attribute("Auto", None)), ("Child", attribute("Enabled", None))]);
        state.dependencies.push(Dependency {
            terms: vec![Term {
                attribute: "Mode".to_owned(),
                property: Property::Value,
                condition: Condition::NotEqual,
                value: "Disabled".into(),
                join: Join::And,
            }],
            effect: DependencyEffect {
                attribute: "Child".to_owned(),
                property: Property::ReadOnly,
                value: true.into(),
            },
        });
        let problems = plan(&state, &want([("Child", "Disabled")])).unwrap_err();
        assert!(problems[0].why.contains("while Mode = Auto"), "{problems:?}");
        assert_eq!(
            plan(&state, &want([("Child", "Disabled"), ("Mode", "Disabled")])).unwrap().changes.len(),
            2
        );
    }

    #[test]
    fn without_a_registry_the_value_in_force_tells_the_type() {
        let bare =
            |current: SettingValue| BiosAttribute { current: Some(current), ..BiosAttribute::default() };
        let state = state([("N", bare(5.into())), ("B", bare(true.into())), ("T", bare("x".into()))]);
        let plan = plan(&state, &want([("N", "6"), ("B", "False"), ("T", "7")])).unwrap();
        let to: Vec<_> = plan.changes.iter().map(|change| change.to.clone()).collect();
        assert_eq!(to, [false.into(), 6.into(), SettingValue::from("7")]);
    }
}
