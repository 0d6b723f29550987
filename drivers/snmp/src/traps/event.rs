//! A notification as an event.

use std::collections::BTreeMap;

use underlay_hal::{Event, Severity};
use underlay_snmp_mib::{
    Oid,
    trap::{COLUMNS, Weight, trap_of},
};

use crate::transport::Value;

/// Variables of one notification that are kept.
const VARIABLES: usize = 64;

/// The event, and whether the unit says that it was away.
///
/// - A kind that is not known is told by its identifier, as a warning: nobody sends a notification for nothing.
/// - Variables are named where they are known; else they have their identifiers.
pub(crate) fn event(oid: &Oid, up_time: u32, variables: &[(Oid, Value)]) -> (Event, bool) {
    let known = trap_of(oid);
    let told = |value: &Value| match value {
        Value::Number(number) => Some(number.to_string()),
        Value::Oid(oid) => Some(oid.to_string()),
        Value::Bytes(_) => value.text(),
        Value::Other => None,
    };
    let about = known.into_iter().flat_map(|known| known.about).find_map(|(word, column)| {
        let column = Oid::table(column);
        let (_, value) = variables.iter().find(|(name, _)| name.starts_with(&column))?;
        Some(format!("{word}{}", told(value)?))
    });
    let mut event = match (known, &about) {
        (Some(known), Some(about)) => Event::new(format!("{}: {about}", known.text)),
        (Some(known), None) => Event::new(known.text),
        (None, _) => Event::new(format!("a notification of a kind that is not known here: {oid}")),
    };
    event.severity = match known.map(|known| known.weight) {
        Some(Weight::Ok) => Severity::Ok,
        Some(Weight::Warning) | None => Severity::Warning,
        Some(Weight::Critical) => Severity::Critical,
    };
    event.code = Some(oid.to_string());
    event.origin = about;
    let named = |name: &Oid| {
        let column = COLUMNS.iter().find(|(column, _)| name.starts_with(&Oid::table(column)));
        column.map_or_else(|| name.to_string(), |(_, known)| (*known).to_owned())
    };
    let variables = variables.iter().take(VARIABLES);
    let mut details: BTreeMap<String, String> =
        variables.filter_map(|(name, value)| Some((named(name), told(value)?))).collect();
    details.insert("sysUpTime".to_owned(), format!("{}.{:02} s", up_time / 100, up_time % 100));
    if let Some(known) = known {
        details.insert("snmpTrapName".to_owned(), known.name.to_owned());
    }
    event.details = details;
    (event, known.is_some_and(|known| matches!(known.name, "coldStart" | "warmStart")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_is_told_by_its_name_and_else_by_its_number() {
        let down = Oid::table("1.3.6.1.6.3.1.1.5.3");
        let index = (Oid::table("1.3.6.1.2.1.2.2.1.1.7"), Value::Number(7));
        let name = (Oid::table("1.3.6.1.2.1.31.1.1.1.1.7"), Value::Bytes(b"Ethernet7".to_vec()));
        let (told, restarted) = event(&down, 12_345, std::slice::from_ref(&index));
        assert_eq!(told.text, "a port went down: ifIndex 7");
        assert_eq!((told.severity, restarted), (Severity::Warning, false));
        assert_eq!(told.details["sysUpTime"], "123.45 s");
        let (told, _) = event(&down, 0, &[index, name]);
        assert_eq!(told.origin.as_deref(), Some("Ethernet7"));
        assert_eq!(told.details["ifIndex"], "7");
    }

    #[test]
    fn what_is_not_known_is_told_by_its_identifier() {
        let strange = Oid::table("99999.0.1");
        let variables: Vec<_> =
            (0..500).map(|n| (Oid::table("99999.1").join(&[n]), Value::Bytes(vec![0xFF; 4]))).collect();
        let (told, restarted) = event(&strange, 0, &variables);
        assert_eq!(told.code.as_deref(), Some("1.3.6.1.4.1.99999.0.1"));
        assert_eq!((told.severity, restarted), (Severity::Warning, false));
        assert!(told.details.len() <= VARIABLES + 2);
        assert!(event(&Oid::table("1.3.6.1.6.3.1.1.5.1"), 0, &[]).1, "a start is one");
    }
}
