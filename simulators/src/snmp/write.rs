//! What a SET means: an object and a value in, a change or a refusal out.

use underlay_snmp_mib::{Commands, Family, Oid, Policy, Switching};

use super::{shape::Shape, tree};
use crate::plant::{OutletAction, OutletPolicy, OutletSetting, OutletWhen};

/// The value of a SET.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Asked {
    /// `INTEGER`, `Gauge32`, …
    Number(i64),
    /// `OCTET STRING`.
    Text(String),
    /// Something else.
    Other,
}

/// What is to be done at an outlet (from 1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    /// Switch it.
    Switch(u32, OutletAction, OutletWhen),
    /// Switch these together.
    Together(std::ops::RangeInclusive<u32>, OutletAction),
    /// Forget what waits.
    Cancel(u32),
    /// Configure it.
    Set(u32, OutletSetting),
}

/// Why it is not (RFC 3416 section 4.2.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    /// There is no such object, or nobody may write it.
    NotWritable,
    /// There is no such row.
    NoCreation,
    WrongType,
    WrongLength,
    WrongValue,
}

/// The longest name.
const LONGEST: usize = 32;
/// The longest delay.
const MOST_SECONDS: i64 = 7200;

/// The order that a value of an object is.
pub(crate) fn order(
    family: &Family,
    shape: &Shape,
    outlets: u32,
    object: &Oid,
    asked: &Asked,
) -> Result<Order, Refused> {
    let table = &family.outlets;
    let number = |column: &str| {
        let index = object.behind(&Oid::table(column))?;
        Some(match index.strip_prefix(shape.before) {
            Some([number]) if (1..=outlets).contains(number) => Ok(*number),
            _ => Err(Refused::NoCreation),
        })
    };
    let value = || match asked {
        Asked::Number(value) => Ok(*value),
        _ => Err(Refused::WrongType),
    };
    match &table.switching {
        Some(Switching::Words { column, now, later, cancel }) => {
            if let Some(outlet) = number(column) {
                return word(outlet?, value()?, now, later.as_ref(), *cancel);
            }
        }
        Some(Switching::Seconds { on, off, cycle, cancel }) => {
            let columns = [
                (Some(*on), OutletAction::On),
                (Some(*off), OutletAction::Off),
                (*cycle, OutletAction::Cycle),
            ];
            for (column, action) in columns {
                let Some(outlet) = column.and_then(number) else { continue };
                return match value()? {
                    value if value == *cancel => Ok(Order::Cancel(outlet?)),
                    0 => Ok(Order::Switch(outlet?, action, OutletWhen::Now)),
                    seconds @ 1..=99_999 => {
                        let seconds = u32::try_from(seconds).unwrap_or(u32::MAX);
                        Ok(Order::Switch(outlet?, action, OutletWhen::After(seconds)))
                    }
                    _ => Err(Refused::WrongValue),
                };
            }
        }
        None => {}
    }
    if let Some(groups) = &family.groups {
        for (column, action) in [(groups.on, OutletAction::On), (groups.off, OutletAction::Off)] {
            let Some(index) = object.behind(&Oid::table(column)) else { continue };
            let known = tree::groups(outlets).into_iter();
            let found =
                known.into_iter().find(|(group, ..)| index.strip_prefix(shape.before) == Some(&[*group]));
            let (.., within) = found.ok_or(Refused::NoCreation)?;
            return match value()? {
                0 => Ok(Order::Together(within, action)),
                _ => Err(Refused::WrongValue),
            };
        }
    }
    if let Some(outlet) = table.label_set.and_then(number) {
        let Asked::Text(text) = asked else { return Err(Refused::WrongType) };
        if text.len() > LONGEST {
            return Err(Refused::WrongLength);
        }
        return Ok(Order::Set(outlet?, OutletSetting::Label(text.clone())));
    }
    if let Some((column, words)) = table.policy
        && let Some(outlet) = number(column)
    {
        let value = value()?;
        let (_, meant) = words.iter().find(|(word, _)| *word == value).ok_or(Refused::WrongValue)?;
        let policy = match meant {
            Policy::AlwaysOn => OutletPolicy::AlwaysOn,
            Policy::AlwaysOff => OutletPolicy::AlwaysOff,
            Policy::LastState => OutletPolicy::LastState,
        };
        return Ok(Order::Set(outlet?, OutletSetting::Policy(policy)));
    }
    type Setting = fn(u32) -> OutletSetting;
    let times: [(Option<&str>, Setting); 3] = [
        (table.on_delay, OutletSetting::OnDelay),
        (table.off_delay, OutletSetting::OffDelay),
        (table.cycle_off_time, OutletSetting::CycleOffTime),
    ];
    for (column, setting) in times {
        let Some(outlet) = column.and_then(number) else { continue };
        let seconds = Some(value()?).filter(|seconds| (0..=MOST_SECONDS).contains(seconds));
        let seconds = seconds.and_then(|seconds| u32::try_from(seconds).ok()).ok_or(Refused::WrongValue)?;
        return Ok(Order::Set(outlet?, setting(seconds)));
    }
    Err(Refused::NotWritable)
}

/// One word of a command column.
fn word(
    outlet: u32,
    value: i64,
    now: &Commands,
    later: Option<&Commands>,
    cancel: Option<i64>,
) -> Result<Order, Refused> {
    if cancel == Some(value) {
        return Ok(Order::Cancel(outlet));
    }
    let words = [Some((now, OutletWhen::Now)), later.map(|later| (later, OutletWhen::Configured))];
    for (commands, when) in words.into_iter().flatten() {
        let action = match value {
            value if value == commands.on => OutletAction::On,
            value if value == commands.off => OutletAction::Off,
            value if commands.cycle == Some(value) => OutletAction::Cycle,
            _ => continue,
        };
        return Ok(Order::Switch(outlet, action, when));
    }
    Err(Refused::WrongValue)
}

#[cfg(test)]
mod tests {
    use underlay_snmp_mib::FAMILIES;

    use super::*;
    use crate::snmp::shape::SHAPES;

    fn asked(family: &str, object: &str, value: &Asked) -> Result<Order, Refused> {
        let known = FAMILIES.iter().find(|known| known.id == family).expect("a family");
        let shape = SHAPES.iter().find(|shape| shape.family == family).expect("a shape");
        order(known, shape, 8, &Oid::table(object), value)
    }

    #[test]
    fn each_family_takes_its_own_words() {
        let off = |outlet| Ok(Order::Switch(outlet, OutletAction::Off, OutletWhen::Now));
        assert_eq!(asked("apc-rpdu2", "318.1.1.26.9.2.4.1.5.3", &Asked::Number(2)), off(3));
        assert_eq!(asked("raritan-pdu2", "13742.6.4.1.2.1.2.1.3", &Asked::Number(0)), off(3));
        assert_eq!(asked("eaton-epdu", "534.6.6.7.6.6.1.3.0.3", &Asked::Number(0)), off(3));
        assert_eq!(
            asked("eaton-epdu", "534.6.6.7.6.6.1.4.0.3", &Asked::Number(20)),
            Ok(Order::Switch(3, OutletAction::On, OutletWhen::After(20)))
        );
        assert_eq!(asked("eaton-epdu", "534.6.6.7.6.6.1.3.0.3", &Asked::Number(-1)), Ok(Order::Cancel(3)));
        let group = |row: &str, value| {
            asked("eaton-epdu", &format!("534.6.6.7.5.6.1.3.{row}"), &Asked::Number(value))
        };
        assert_eq!(group("0.2", 0), Ok(Order::Together(5..=8, OutletAction::Off)));
        assert_eq!((group("0.3", 0), group("0.2", 9)), (Err(Refused::NoCreation), Err(Refused::WrongValue)));
    }

    #[test]
    fn what_is_wrong_is_refused_by_its_kind() {
        let column = "318.1.1.26.9.2.4.1.5";
        assert_eq!(asked("apc-rpdu2", &format!("{column}.3"), &Asked::Number(99)), Err(Refused::WrongValue));
        assert_eq!(
            asked("apc-rpdu2", &format!("{column}.3"), &Asked::Text("2".into())),
            Err(Refused::WrongType)
        );
        assert_eq!(asked("apc-rpdu2", &format!("{column}.9"), &Asked::Number(2)), Err(Refused::NoCreation));
        assert_eq!(
            asked("apc-rpdu2", "318.1.1.26.9.2.3.1.5.3", &Asked::Number(2)),
            Err(Refused::NotWritable)
        );
        let label = "318.1.1.26.9.2.1.1.3.3";
        assert_eq!(asked("apc-rpdu2", label, &Asked::Text("x".repeat(33))), Err(Refused::WrongLength));
        assert_eq!(
            asked("apc-rpdu2", "318.1.1.26.9.2.1.1.5.3", &Asked::Number(-5)),
            Err(Refused::WrongValue)
        );
    }
}
