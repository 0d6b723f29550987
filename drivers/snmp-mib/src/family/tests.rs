use std::collections::BTreeSet;

use super::*;

/// Every column of a family.
fn columns(family: &Family) -> Vec<&'static str> {
    let outlets = &family.outlets;
    let identity = [family.identity.model, family.identity.serial, family.identity.firmware];
    let more =
        [outlets.label, outlets.label_set, outlets.on_delay, outlets.off_delay, outlets.cycle_off_time];
    let named = [outlets.policy.map(|(column, _)| column), outlets.fixed.map(|(column, _)| column)];
    let pending = outlets.pending.map(|(column, _)| column);
    let switching = match &outlets.switching {
        None => vec![],
        Some(Switching::Words { column, .. }) => vec![*column],
        Some(Switching::Seconds { on, off, cycle, .. }) => {
            [Some(*on), Some(*off), *cycle].into_iter().flatten().collect()
        }
    };
    let measured = family.meters.iter().flat_map(|meter| meter.columns).map(|(_, column, _)| *column);
    let chosen = family.meters.iter().flat_map(|meter| [meter.rows.column(), meter.power_of_ten]);
    let measured = measured.chain(chosen.chain([outlets.rows.column()]).flatten());
    let sensed = family.sensors.iter().flat_map(|sensors| [sensors.value, sensors.digits]);
    let limits = family.loads.iter().filter_map(|load| load.limits);
    let limits = limits.chain(family.probes.iter().filter_map(|probe| probe.limits));
    let limits = limits.flat_map(|limits| limits.columns());
    let loads = family.loads.iter();
    let loads = loads
        .flat_map(|load| [load.standing.map(|(column, _)| column), load.rated.map(|(column, _)| column)]);
    let probes = family.probes.iter().flat_map(|probe| {
        let named = [probe.present, probe.fahrenheit].map(|column| column.map(|(column, _)| column));
        [Some(probe.value), probe.label].into_iter().chain(named)
    });
    let groups = family.groups.iter().flat_map(|groups| {
        [groups.label, groups.state, groups.on, groups.off, groups.members, groups.kinds.0]
    });
    let measured = measured.chain(limits).chain(loads.flatten()).chain(probes.flatten()).chain(groups);
    let options = identity.into_iter().chain(more).chain(named).chain([pending]).flatten();
    [outlets.state].into_iter().chain(options).chain(switching).chain(measured).chain(sensed).collect()
}

#[test]
fn every_table_can_be_read_and_names_are_unique() {
    let mut ids = BTreeSet::new();
    for family in FAMILIES {
        assert!(ids.insert(family.id), "{} is there twice", family.id);
        // What anybody may serve is nobody's by name.
        assert_eq!(family.object_ids.is_empty(), family.id == STANDARD.id, "{}", family.id);
        assert!(!family.source.is_empty(), "{}", family.id);
        for column in columns(family).into_iter().chain(family.object_ids.iter().copied()) {
            assert!(Oid::table(column).numbers().len() > 6, "{}: {column}", family.id);
        }
    }
}

#[test]
fn on_and_off_are_told_apart_in_states_and_in_commands() {
    for family in FAMILIES {
        let (on, off) = (family.outlets.value(State::On), family.outlets.value(State::Off));
        assert!(on.is_some() && off.is_some() && on != off, "{}", family.id);
        let values: BTreeSet<_> = family.outlets.states.iter().map(|(value, _)| value).collect();
        assert_eq!(values.len(), family.outlets.states.len(), "{}: a value means two things", family.id);
        match &family.outlets.switching {
            None => {}
            Some(Switching::Seconds { on, off, cycle, .. }) => {
                assert!(on != off && Some(*on) != *cycle && Some(*off) != *cycle, "{}", family.id);
            }
            Some(Switching::Words { now, later, cancel, .. }) => {
                let words = |commands: &Commands| [Some(commands.on), Some(commands.off), commands.cycle];
                let all = words(now).into_iter().chain(later.as_ref().map(words).into_iter().flatten());
                let all: Vec<i64> = all.chain([*cancel]).flatten().collect();
                let unique: BTreeSet<_> = all.iter().collect();
                assert_eq!(all.len(), unique.len(), "{}: {all:?}", family.id);
            }
        }
    }
}

/// The families whose encodings look alike and are not: each as its source has it.
#[test]
fn encodings_are_each_family_s_own() {
    let known = |id: &str| FAMILIES.iter().find(|family| family.id == id).copied().expect("a family");
    let words = |id: &str| match &known(id).outlets.switching {
        Some(Switching::Words { now, .. }) => (now.off, now.on),
        _ => panic!("{id} takes seconds"),
    };
    let states = |id: &str| (known(id).outlets.value(State::Off), known(id).outlets.value(State::On));
    // Of one vendor: the first generation reads as it is told, the second the other way round.
    assert_eq!((states("apc-rpdu"), words("apc-rpdu")), ((Some(2), Some(1)), (2, 1)));
    assert_eq!((states("apc-rpdu2"), words("apc-rpdu2")), ((Some(1), Some(2)), (2, 1)));
    assert_eq!((states("raritan-pdu2"), words("raritan-pdu2")), ((Some(8), Some(7)), (0, 1)));
    assert_eq!((states("liebert-mph"), words("liebert-mph")), ((Some(1), Some(2)), (0, 1)));
    assert_eq!((states("servertech-sentry3"), words("servertech-sentry3")), ((Some(0), Some(1)), (2, 1)));
    assert_eq!((states("vertiv-geist"), words("vertiv-geist")), ((Some(2), Some(1)), (4, 2)));
}

#[test]
fn the_longest_identifier_comes_first_and_of_equals_the_newer() {
    let found = |text: &str| family_of(&Oid::table(text)).map(|family| family.id).collect::<Vec<_>>();
    assert_eq!(found("318.1.3.4.6.1"), ["apc-rpdu2", "apc-masterswitch"]);
    assert_eq!(found("318.1.3.4.5"), ["apc-rpdu", "apc-masterswitch"]);
    assert_eq!(found("318.1.3.4.2"), ["apc-masterswitch"]);
    assert_eq!(found("3808.1.1.6"), ["cyberpower-epdu2", "cyberpower-epdu"]);
    assert_eq!(found("318.1.3.2"), [""; 0], "a UPS is none of them");
    assert_eq!(found("8072.3.2.10"), [""; 0]);
}

#[test]
fn the_standards_tables_are_only_read() {
    assert!(STANDARD.outlets.switching.is_none() && STANDARD.outlets.label_set.is_none());
    assert!(STANDARD.groups.is_none() && STANDARD.outlets.policy.is_none());
    let chosen = STANDARD.outlets.rows;
    assert_eq!((chosen.meant(Some(3)), chosen.meant(Some(13)), chosen.meant(None)), (false, true, true));
    let Some(inlet) = STANDARD.meters.iter().find(|meter| meter.kind == MeterKind::Inlet) else {
        panic!("the unit itself is measured");
    };
    assert_eq!(
        (inlet.rows.meant(Some(3)), inlet.rows.meant(Some(13)), inlet.rows.meant(None)),
        (true, false, false)
    );
}
