//! The attribute registry: what a service says of its settings' values (DSP0268 `AttributeRegistry`).

use std::{collections::BTreeMap, sync::Arc};

use serde_json::Value;
use underlay_hal::{
    Cx, Result,
    bios::{
        AllowedValue, AttributeKind, AttributeRule, Condition, Dependency, DependencyEffect, Join, Property,
        Term,
    },
};

use super::read::value;
use crate::{
    device::{RedfishDevice, tolerate},
    json::Lenient as _,
    transport::Link,
};

/// Of the files that could be the registry, so many are looked at.
const CANDIDATES: usize = 4;
/// Entries, values of one entry and dependencies that are kept; the largest registries known have 3,000 entries.
const ENTRIES: usize = 20_000;
const VALUES: usize = 512;

/// A registry that was read.
#[derive(Debug, Default)]
pub(crate) struct Registry {
    pub(crate) name: String,
    rules: BTreeMap<String, AttributeRule>,
    pub(crate) dependencies: Vec<Dependency>,
}

impl Registry {
    /// Reads a registry, as far as it can be read.
    pub(crate) fn of(name: String, body: &Value) -> Self {
        let entries = body.at(&["RegistryEntries"]);
        let list = |what: &str| entries.at(&[what]).as_array().map_or(&[][..], Vec::as_slice);
        let rules = list("Attributes")
            .iter()
            .take(ENTRIES)
            .filter_map(|entry| Some((entry.text(&["AttributeName"])?, rule(entry))));
        let dependencies = list("Dependencies").iter().take(ENTRIES).filter_map(dependency);
        Self { name, rules: rules.collect(), dependencies: dependencies.collect() }
    }

    pub(crate) fn rule(&self, attribute: &str) -> Option<&AttributeRule> {
        self.rules.get(attribute)
    }
}

fn rule(entry: &Value) -> AttributeRule {
    let signed = |name: &str| entry.number(&[name]).filter(|n| n.fract() == 0.0 && n.abs() < 9e15).map(exact);
    let mut rule = AttributeRule::default();
    rule.display_name = entry.text(&["DisplayName"]);
    rule.help_text = entry.text(&["HelpText"]);
    rule.menu_path = entry.text(&["MenuPath"]);
    rule.kind = match entry.text(&["Type"]).as_deref() {
        Some("Enumeration") => Some(AttributeKind::Enumeration),
        Some("String") => Some(AttributeKind::String),
        Some("Integer") => Some(AttributeKind::Integer),
        Some("Boolean") => Some(AttributeKind::Boolean),
        Some("Password") => Some(AttributeKind::Password),
        _ => None,
    };
    rule.allowed = entry
        .list(&["Value"])
        .iter()
        .take(VALUES)
        .filter_map(|one| {
            // The name itself, also where it is one of the words that stand for nothing elsewhere.
            let name = one.at(&["ValueName"]).as_str()?.to_owned();
            Some(AllowedValue { name, display_name: one.text(&["ValueDisplayName"]) })
        })
        .collect();
    if is_numbered(entry, &rule.allowed) {
        for one in &mut rule.allowed {
            let number = std::mem::replace(&mut one.name, one.display_name.take().unwrap_or_default());
            one.display_name = Some(number);
        }
    }
    rule.lower_bound = signed("LowerBound");
    rule.upper_bound = signed("UpperBound");
    rule.increment = signed("ScalarIncrement").filter(|step| *step > 0);
    rule.min_length = entry.whole(&["MinLength"]);
    rule.max_length = entry.whole(&["MaxLength"]);
    rule.pattern = entry.text(&["ValueExpression"]);
    rule.default = value(entry.at(&["DefaultValue"]));
    let locked = ["ReadOnly", "GrayOut", "Immutable"].iter().filter_map(|name| entry.truth(&[name]));
    rule.read_only = locked.reduce(|one, other| one || other);
    rule.hidden = entry.truth(&["Hidden"]);
    rule.reset_required = entry.truth(&["ResetRequired"]);
    rule
}

/// Do the names of the values only number them, while the resource holds and takes what stands as their display names
/// (Q28g)? The value that the registry itself shows as current or default tells.
fn is_numbered(entry: &Value, allowed: &[AllowedValue]) -> bool {
    let shown = ["CurrentValue", "DefaultValue"].iter().find_map(|name| entry.at(&[name]).as_str());
    shown.is_some_and(|shown| {
        let is_name = allowed.iter().any(|one| one.name == shown);
        let all_told = allowed.iter().all(|one| one.display_name.is_some());
        !is_name && all_told && allowed.iter().any(|one| one.display_name.as_deref() == Some(shown))
    })
}

/// A whole number below 2^53 as an integer.
#[allow(clippy::cast_possible_truncation)]
fn exact(number: f64) -> i64 {
    number as i64
}

fn property(of: &Value, name: &str) -> Property {
    match of.text(&[name]).as_deref() {
        Some("CurrentValue") => Property::Value,
        Some("ReadOnly") => Property::ReadOnly,
        Some("GrayOut") => Property::GrayOut,
        Some("Hidden") => Property::Hidden,
        _ => Property::Other,
    }
}

/// One dependency; nothing if a part is missing, for half a condition is another condition.
fn dependency(entry: &Value) -> Option<Dependency> {
    let map = entry.at(&["Dependency"]);
    let terms: Option<Vec<Term>> = map.list(&["MapFrom"]).iter().take(64).map(term).collect();
    let effect = DependencyEffect {
        attribute: map.text(&["MapToAttribute"]).or_else(|| entry.text(&["DependencyFor"]))?,
        property: property(map, "MapToProperty"),
        value: value(map.at(&["MapToValue"]))?,
    };
    Some(Dependency { terms: terms?, effect })
}

fn term(from: &Value) -> Option<Term> {
    let condition = match from.text(&["MapFromCondition"])?.as_str() {
        "EQU" => Condition::Equal,
        "NEQ" => Condition::NotEqual,
        "GTR" => Condition::Greater,
        "GEQ" => Condition::GreaterOrEqual,
        "LSS" => Condition::Less,
        "LEQ" => Condition::LessOrEqual,
        _ => return None,
    };
    let join = if from.text(&["MapTerms"]).as_deref() == Some("OR") { Join::Or } else { Join::And };
    Some(Term {
        attribute: from.text(&["MapFromAttribute"])?,
        property: property(from, "MapFromProperty"),
        condition,
        value: value(from.at(&["MapFromValue"]))?,
        join,
    })
}

/// How well a registry file fits the name that `Bios` gives: exactly, by the part before the version, or not at all.
///
/// Versions are written in every way there is: `BiosAttributeRegistry.v1_0_3`, `BiosAttributeRegistry1.0`.
pub(crate) fn fitness(wanted: &str, file: &str) -> u32 {
    let plain = |text: &str| {
        text.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase()
    };
    let stem = |text: &str| -> String {
        plain(text.split('.').next().unwrap_or_default())
            .trim_end_matches(|c: char| c.is_ascii_digit())
            .to_owned()
    };
    if plain(wanted) == plain(file) {
        3
    } else if !stem(wanted).is_empty() && stem(wanted) == stem(file) {
        2
    } else if stem(wanted).len() > 3 && stem(file).starts_with(&stem(wanted)) {
        1
    } else {
        0
    }
}

impl RedfishDevice {
    /// The registry that `Bios` names, read once as long as it names the same; none if it cannot be had.
    pub(super) async fn registry(&self, cx: &Cx, bios: &Value) -> Result<Option<Arc<Registry>>> {
        let Some(name) = bios.text(&["AttributeRegistry"]) else { return Ok(None) };
        if let Some(known) = self.registry_cache().filter(|known| known.name == name) {
            return Ok(Some(known));
        }
        let Some(body) = self.fetch_registry(cx, &name).await? else { return Ok(None) };
        let registry = Arc::new(Registry::of(name, &body));
        self.keep_registry(&registry);
        Ok(Some(registry))
    }

    async fn fetch_registry(&self, cx: &Cx, name: &str) -> Result<Option<Value>> {
        let Some(collection) = &self.registries else { return Ok(None) };
        let Some(members) = tolerate(self.client.members(cx, collection).await)? else { return Ok(None) };
        let last = |link: &Link| {
            link.as_str().trim_end_matches('/').rsplit('/').next().unwrap_or_default().to_owned()
        };
        let mut fitting: Vec<_> = members
            .into_iter()
            .map(|member| (fitness(name, &last(member.link())), member))
            .filter(|(fit, _)| *fit > 0)
            .collect();
        fitting.sort_by_key(|(fit, _)| std::cmp::Reverse(*fit));
        for (_, member) in fitting.into_iter().take(CANDIDATES) {
            let Some(file) = tolerate(self.client.member(cx, member).await)? else { continue };
            let place = file.body.list(&["Location"]).iter().find(|place| {
                let language = place.text(&["Language"]).unwrap_or_default();
                language.is_empty() || language == "default" || language.starts_with("en")
            });
            let uri = place
                .or_else(|| file.body.list(&["Location"]).first())
                .and_then(|place| place.text(&["Uri"]).or_else(|| place.link(&["Uri"])));
            let Some(link) = uri.and_then(|uri| self.client.link(&uri).ok()) else { continue };
            let Some(registry) = tolerate(self.client.get(cx, &link).await)? else { continue };
            if registry.body.at(&["RegistryEntries"]).is_object() {
                return Ok(Some(registry.body));
            }
        }
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn rules_are_read_as_far_as_they_can_be() {
        let registry = Registry::of(
            "R".to_owned(),
            &json!({"RegistryEntries": {
                "Attributes": [
                    {
                        "AttributeName": "Mode", "Type": "Enumeration", "ReadOnly": false, "GrayOut": true,
                        "Value": [{"ValueName": "None", "ValueDisplayName": "Off"}, {"ValueName": null}],
                        "DefaultValue": "None",
                    },
                    {"AttributeName": "N", "Type": "Integer", "LowerBound": "-4", "UpperBound": 9.0, "ScalarIncrement": 0},
                    {"Type": "String"}, 7,
                ],
                "Dependencies": [
                    {"DependencyFor": "N", "Type": "Map", "Dependency": {
                        "MapFrom": [{
                            "MapFromAttribute": "Mode", "MapFromProperty": "CurrentValue",
                            "MapFromCondition": "EQU", "MapFromValue": "None",
                        }],
                        "MapToAttribute": "N", "MapToProperty": "ReadOnly", "MapToValue": true,
                    }},
                    {"Dependency": {"MapFrom": [{"MapFromCondition": "???"}], "MapToAttribute": "N", "MapToValue": 1}},
                ],
            }}),
        );
        let mode = registry.rule("Mode").unwrap();
        assert_eq!(mode.allowed.iter().map(|one| one.name.as_str()).collect::<Vec<_>>(), ["None"]);
        assert_eq!((mode.read_only, mode.default.as_ref()), (Some(true), Some(&"None".into())));
        let number = registry.rule("N").unwrap();
        assert_eq!((number.lower_bound, number.upper_bound, number.increment), (Some(-4), Some(9), None));
        assert_eq!(registry.dependencies.len(), 1, "half a condition is no condition");
        assert!(Registry::of("R".to_owned(), &json!([])).rule("Mode").is_none());
    }

    #[test]
    fn where_names_only_number_the_values_the_display_names_are_the_values() {
        let entry = |shown: &str| {
            let values = json!([
                {"ValueName": "1", "ValueDisplayName": "On"}, {"ValueName": "0", "ValueDisplayName": "Off"},
            ]);
            let rule = rule(&json!({"Type": "Enumeration", "DefaultValue": shown, "Value": values}));
            rule.allowed.into_iter().map(|one| one.name).collect::<Vec<_>>()
        };
        assert_eq!(entry("On"), ["On", "Off"]);
        assert_eq!(entry("1"), ["1", "0"], "the control: names that are values stay");
        assert_eq!(entry("Maybe"), ["1", "0"]);
    }

    #[test]
    fn registry_files_are_found_by_every_way_to_write_a_version() {
        for (wanted, file) in [
            ("BiosAttributeRegistry.v1_0_3", "BiosAttributeRegistry.v1_0_0"),
            ("BiosAttributeRegistry.v1_0_0", "BiosAttributeRegistry"),
            ("BiosAttributeRegistryU46.v1_2_68", "BiosAttributeRegistryU46.v1_2_68"),
        ] {
            assert!(fitness(wanted, file) > 0, "{wanted} {file}");
        }
        for file in ["Base", "ManagerAttributeRegistry", "NetworkAttributesRegistry_NIC.Slot.5-1"] {
            assert_eq!(fitness("BiosAttributeRegistry.v1_0_3", file), 0, "{file}");
        }
        assert!(
            fitness("BiosAttributeRegistryU46.v1_2_68", "BiosAttributeRegistryU46.v1_2_68")
                > fitness("BiosAttributeRegistryU46.v1_2_68", "BiosAttributeRegistryU46.v1_1_00")
        );
    }
}
