//! What a unit of a family looks like beyond its table: where its rows stand, and who made it.

/// Where rows stand and what is told.
#[derive(Debug)]
pub(crate) struct Shape {
    /// The family.
    pub(crate) family: &'static str,
    /// What `sysObjectID` is.
    pub(crate) object_id: &'static str,
    /// The model.
    pub(crate) model: &'static str,
    /// The firmware's version.
    pub(crate) firmware: &'static str,
    /// What stands before an outlet's number in its index.
    pub(crate) before: &'static [u32],
    /// The index of the model's row, of the serial number's and of the firmware's.
    pub(crate) identity: [&'static [u32]; 3],
    /// The index of the inlet's row.
    pub(crate) inlet: &'static [u32],
    /// The index of the phase's row; otherwise it is the first of the inlet.
    pub(crate) phase: Option<&'static [u32]>,
}

const fn shape(
    family: &'static str,
    object_id: &'static str,
    model: &'static str,
    before: &'static [u32],
    identity: [&'static [u32]; 3],
    inlet: &'static [u32],
) -> Shape {
    Shape { family, object_id, model, firmware: "6.8.0", before, identity, inlet, phase: None }
}

const SCALARS: [&[u32]; 3] = [&[0], &[0], &[0]];
const FIRST: [&[u32]; 3] = [&[1], &[1], &[1]];

/// The physical entity that is the unit, beyond those that are outlets.
const UNIT: &[u32] = &[1000];

/// Every family that is simulated.
pub(crate) const SHAPES: &[Shape] = &[
    shape("apc-masterswitch", "318.1.3.4.2", "AP9212", &[], SCALARS, &[1]),
    shape("apc-rpdu", "318.1.3.4.5", "AP7901", &[], SCALARS, &[0]),
    shape("apc-rpdu2", "318.1.3.4.6", "AP8941", &[], FIRST, &[1]),
    shape("apc-easy", "318.1.3.4.9", "EPDU1132M", &[], SCALARS, &[1]),
    shape("raritan-px1", "13742.4", "DPXR8A-16", &[], SCALARS, &[1]),
    shape("raritan-pdu2", "13742.6", "PX3-5493V", &[1], FIRST, &[1, 1]),
    shape("servertech-sentry3", "1718.3", "CW-24V2", &[1, 1], [&[1], &[1], &[0]], &[1, 1]),
    shape("servertech-sentry4", "1718.4", "C2S24TE", &[1, 1], [&[1], &[1], &[0]], &[1, 1]),
    shape("eaton-epdu", "534.6.6.7", "EMAB22", &[0], SCALARS, &[0, 1]),
    shape("eaton-revelation", "534.6.6.6", "PW3WSW12", &[], SCALARS, &[1]),
    shape("panduit-g5", "19536.10.1", "P24E02M", &[1], FIRST, &[1, 1]),
    shape("eaton-nlogic", "534.7.1", "nLogic 24", &[1], FIRST, &[1, 1]),
    shape("hpe-pdu3", "232.165.11", "P9S16A", &[1], FIRST, &[1, 1]),
    shape("hpe-pdu2", "232.165.7", "AF533A", &[0], SCALARS, &[0, 1]),
    shape("vertiv-geist", "21239.42.1.52", "MG02E4W1", &[], SCALARS, &[1]),
    shape("liebert-mph", "476.1.42", "MPH2", &[1, 1], FIRST, &[1, 1]),
    shape("cyberpower-epdu", "3808.1.1.3", "PDU81005", &[], SCALARS, &[1]),
    shape("cyberpower-epdu2", "3808.1.1.6", "PDU83111", &[], FIRST, &[1]),
    shape("baytech-rpc", "4779.1", "MRP-208", &[1], [&[1], &[0], &[0]], &[1]),
    shape("gude-epc1202", "28507.43", "EPC 1202", &[], SCALARS, &[1]),
    // Of a vendor that the driver does not know; 32473 is for examples (RFC 5612).
    Shape {
        phase: Some(&[1]),
        ..shape("standard-power", "32473.1.8", "Contoso UPS 3000", &[], [UNIT; 3], UNIT)
    },
];

/// Where each family tells how many outlets it has; strangers count by it and not by rows.
const COUNTS: &[(&str, &str)] = &[
    ("apc-masterswitch", "318.1.1.4.4.1.0"),
    ("apc-rpdu", "318.1.1.12.1.8.0"),
    ("apc-rpdu2", "318.1.1.26.4.2.1.4.1"),
    ("apc-easy", "318.1.1.30.5.0"),
    ("raritan-px1", "13742.4.1.2.1.0"),
    ("raritan-pdu2", "13742.6.3.2.2.1.4.1"),
    ("servertech-sentry3", "1718.3.2.2.1.9.1.1"),
    ("eaton-epdu", "534.6.6.7.1.2.1.22.0"),
    ("eaton-revelation", "534.6.6.6.1.2.1.0"),
    ("panduit-g5", "19536.10.1.1.2.1.13.1"),
    ("eaton-nlogic", "534.7.1.1.2.1.13.1"),
    ("hpe-pdu3", "232.165.11.1.2.1.13.1"),
    ("hpe-pdu2", "232.165.7.1.2.1.12.0"),
    ("liebert-mph", "476.1.42.3.8.40.20.1.60.1.1"),
    ("cyberpower-epdu2", "3808.1.1.6.3.3.1.5.1"),
    ("baytech-rpc", "4779.1.3.5.2.1.15.1"),
];

/// Numbers that one family tells besides, which do not change: its units, inputs and groups.
const MORE: &[(&str, &str, i32)] =
    &[("eaton-epdu", "534.6.6.7.1.2.1.20.0", 1), ("eaton-epdu", "534.6.6.7.1.2.1.21.0", 2)];

/// The numbers of a family with so many outlets.
pub(crate) fn numbers(family: &str, outlets: i32) -> impl Iterator<Item = (&'static str, i32)> {
    let counts = COUNTS.iter().filter(move |(of, _)| *of == family).map(move |(_, at)| (*at, outlets));
    let more = MORE.iter().filter(move |(of, ..)| *of == family).map(|(_, at, number)| (*at, *number));
    counts.chain(more)
}

#[cfg(test)]
mod tests {
    use underlay_snmp_mib::{FAMILIES, Oid, STANDARD, family_of};

    use super::*;

    #[test]
    fn every_family_has_a_shape_that_is_known_for_what_it_is() {
        for family in FAMILIES {
            let shape = SHAPES.iter().find(|shape| shape.family == family.id);
            let shape = shape.unwrap_or_else(|| panic!("{} has no shape", family.id));
            let object_id = Oid::table(shape.object_id);
            let mut fitting = family_of(&object_id);
            // What fits nobody is looked at by the standards.
            let known = fitting.any(|found| found.id == family.id);
            assert_eq!(known, family.id != STANDARD.id, "{}", family.id);
        }
        assert_eq!(SHAPES.len(), FAMILIES.len());
    }
}
