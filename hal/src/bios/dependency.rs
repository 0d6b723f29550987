//! Settings that hide others, make them read-only, or give them another value.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::SettingValue;

/// What of a setting is looked at or changed (DSP0268 `AttributeRegistry`, `MapFromProperty`, `MapToProperty`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Property {
    /// Its value.
    Value,
    /// Whether it cannot be changed.
    ReadOnly,
    /// Whether it is greyed out, which also means that it cannot be changed.
    GrayOut,
    /// Whether it is hidden.
    Hidden,
    /// Anything else, such as a bound or text; not evaluated.
    Other,
}

/// How a value compares (`MapFromCondition`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Condition {
    /// Equal.
    Equal,
    /// Not equal.
    NotEqual,
    /// Greater, as numbers.
    Greater,
    /// Greater or equal, as numbers.
    GreaterOrEqual,
    /// Less, as numbers.
    Less,
    /// Less or equal, as numbers.
    LessOrEqual,
}

/// How a term joins with those before it (`MapTerms`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Join {
    /// Both must hold.
    And,
    /// One must hold.
    Or,
}

/// One comparison.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Term {
    /// The setting looked at.
    pub attribute: String,
    /// What of it.
    pub property: Property,
    /// How it is compared.
    pub condition: Condition,
    /// With what.
    pub value: SettingValue,
    /// How it joins with the terms before; of the first it does not matter.
    pub join: Join,
}

/// What follows when the terms hold.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Effect {
    /// The setting concerned.
    pub attribute: String,
    /// What of it is set.
    pub property: Property,
    /// To what.
    pub value: SettingValue,
}

/// One rule between settings. Terms are joined from the left, without precedence.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Dependency {
    /// When it applies; never, without a term.
    pub terms: Vec<Term>,
    /// What then follows.
    pub effect: Effect,
}

impl Dependency {
    /// Does it apply, given the values? A term about a setting without a value, or about a property that is not its
    /// value, does not hold.
    #[must_use]
    pub fn applies(&self, values: &BTreeMap<&str, &SettingValue>) -> bool {
        let mut terms = self.terms.iter();
        let Some(first) = terms.next() else { return false };
        terms.fold(first.holds(values), |so_far, term| match term.join {
            Join::And => so_far && term.holds(values),
            Join::Or => so_far || term.holds(values),
        })
    }

    /// Does it take from a setting the right to be changed?
    #[must_use]
    pub fn locks(&self) -> bool {
        matches!(self.effect.property, Property::ReadOnly | Property::GrayOut)
            && self.effect.value.is_same(&SettingValue::Boolean(true))
    }
}

impl Term {
    fn holds(&self, values: &BTreeMap<&str, &SettingValue>) -> bool {
        let Some(value) = values.get(self.attribute.as_str()).filter(|_| self.property == Property::Value)
        else {
            return false;
        };
        let numbers = || Some((number(value)?, number(&self.value)?));
        let compared =
            |holds: fn(i64, i64) -> bool| numbers().is_some_and(|(mine, theirs)| holds(mine, theirs));
        match self.condition {
            Condition::Equal => value.is_same(&self.value),
            Condition::NotEqual => !value.is_same(&self.value),
            Condition::Greater => compared(|mine, theirs| mine > theirs),
            Condition::GreaterOrEqual => compared(|mine, theirs| mine >= theirs),
            Condition::Less => compared(|mine, theirs| mine < theirs),
            Condition::LessOrEqual => compared(|mine, theirs| mine <= theirs),
        }
    }
}

fn number(value: &SettingValue) -> Option<i64> {
    match value {
        SettingValue::Integer(number) => Some(*number),
        SettingValue::Text(text) => text.trim().parse().ok(),
        SettingValue::Boolean(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn term(attribute: &str, condition: Condition, value: impl Into<SettingValue>, join: Join) -> Term {
        Term {
            attribute: attribute.to_owned(),
            property: Property::Value,
            condition,
            value: value.into(),
            join,
        }
    }

    #[test]
    fn terms_join_from_the_left() {
        let (yes, no) = (SettingValue::from("Yes"), SettingValue::from("No"));
        let values = BTreeMap::from([("A", &yes), ("B", &no)]);
        let dependency = |terms: Vec<Term>| Dependency {
            terms,
            effect: Effect { attribute: "C".to_owned(), property: Property::ReadOnly, value: true.into() },
        };
        let a = || term("A", Condition::Equal, "Yes", Join::And);
        let b = |join| term("B", Condition::Equal, "Yes", join);
        assert!(dependency(vec![a()]).applies(&values));
        assert!(
            dependency(vec![b(Join::And), term("A", Condition::Equal, "Yes", Join::Or)]).applies(&values)
        );
        assert!(!dependency(vec![a(), b(Join::And)]).applies(&values));
        assert!(!dependency(vec![term("Missing", Condition::NotEqual, "Yes", Join::And)]).applies(&values));
        assert!(!dependency(Vec::new()).applies(&values));
    }

    #[test]
    fn numbers_compare_as_numbers() {
        let nine = SettingValue::from("9");
        let values = BTreeMap::from([("N", &nine)]);
        assert!(term("N", Condition::Less, 10, Join::And).holds(&values));
        assert!(!term("N", Condition::GreaterOrEqual, 10, Join::And).holds(&values));
        assert!(!term("N", Condition::Less, "many", Join::And).holds(&values));
    }
}
