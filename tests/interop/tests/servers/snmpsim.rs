//! Recordings of real power distribution units, served by snmpsim: what the driver says is counted again from the raw
//! lines. Columns and values are written down here once more, from the vendors' modules.
use std::{collections::BTreeMap, fs, path::Path};

use underlay_hal::{CircuitKind, Device, OutletState};
use underlay_interop::{
    lab::runtime,
    need::Need,
    peer::{SNMPSIM, SnmpSim, cx},
    snmprec::Lines,
    suite::Suite,
};

/// One recording: where its states and names are, and what reads as on.
struct Recording {
    file: &'static str,
    serial: Option<&'static str>,
    states: Option<(&'static str, &'static str)>,
    labels: Option<&'static str>,
    /// Circuits that are measured: kind, column, one unit.
    measured: Option<(CircuitKind, &'static str, f64)>,
}

const RECORDINGS: &[Recording] = &[
    Recording {
        file: "snmprec/pdu/apc_ap7900b.snmprec",
        serial: None,
        states: Some(("318.1.1.4.4.2.1.3", "1")),
        labels: Some("318.1.1.4.4.2.1.4"),
        measured: None,
    },
    Recording {
        file: "snmprec/pdu/apc_ap8959eu3.snmprec",
        serial: None,
        states: Some(("318.1.1.4.4.2.1.3", "1")),
        labels: Some("318.1.1.4.4.2.1.4"),
        measured: None,
    },
    Recording {
        file: "snmprec/pdu/cyberpower_pdu81005.snmprec",
        serial: None,
        states: Some(("3808.1.1.6.6.1.4.1.5", "1")),
        labels: None,
        measured: Some((CircuitKind::Outlet, "3808.1.1.6.6.2.4.1.7", 1.0)),
    },
    Recording {
        file: "snmprec/pdu/hpe-mapdu_pdu2.snmprec",
        serial: None,
        states: Some(("232.165.7.5.2.1.1", "2")),
        labels: Some("232.165.7.5.1.1.2"),
        measured: Some((CircuitKind::Outlet, "232.165.7.5.1.1.14", 1.0)),
    },
    Recording {
        file: "snmprec/pdu/gude-epc_1202.snmprec",
        serial: None,
        states: Some(("28507.43.1.3.1.2.1.3", "1")),
        labels: None,
        measured: None,
    },
    Recording {
        file: "snmprec/pdu/raritan-pdu_px2.snmprec",
        serial: None,
        states: None,
        labels: Some("13742.6.3.5.3.1.3"),
        measured: None,
    },
    Recording {
        file: "snmprec/pdu/raritan-pdu_px3.snmprec",
        serial: Some("13742.6.3.2.1.1.4"),
        states: None,
        labels: Some("13742.6.3.5.3.1.3"),
        measured: None,
    },
    Recording {
        file: "snmprec/pdu/sentry3_switched.snmprec",
        serial: Some("1718.3.2.1.1.6"),
        states: None,
        labels: Some("1718.3.2.3.1.3"),
        measured: None,
    },
    // Of these three, only what they are was recorded.
    Recording {
        file: "snmprec/pdu/eatonpdu_epdu.snmprec",
        serial: None,
        states: None,
        labels: None,
        measured: None,
    },
    Recording {
        file: "snmprec/pdu/sentry4_switched.snmprec",
        serial: None,
        states: None,
        labels: None,
        measured: None,
    },
    Recording {
        file: "snmprec/pdu/panduit_2.snmprec",
        serial: Some("19536.10.1.1.2.1.7"),
        states: None,
        labels: None,
        measured: None,
    },
    Recording {
        file: "snmprec/pdu/vertiv-pdu_mg02e4w1.snmprec",
        serial: Some("21239.5.2.1.10"),
        states: None,
        labels: None,
        measured: Some((CircuitKind::Bank, "21239.5.2.3.3.1.4", 0.01)),
    },
];

pub(crate) fn tests(suite: Suite) -> Suite {
    let suite = RECORDINGS.iter().fold(suite, |suite, recording| {
        let need = Need::Corpus(recording.file);
        let needs = [need, SNMPSIM, Need::Python("snmpsim-command-responder")];
        suite.test(
            format!("{}: outlets and meters are what the lines say", recording.file),
            &needs,
            move || {
                judge(recording, &need.path());
            },
        )
    });
    let file = Need::Corpus("snmprec/pdu/raritan-pdu_px3.snmprec");
    suite
        .test("raritan-pdu_px3: what its sensors say, with their digits", &[file, SNMPSIM], move || {
            sensors(&file.path());
        })
        .test("a UPS of no known vendor: its three lines, by UPS-MIB alone", &[SNMPSIM], unknown)
        .test(
            "raritan-pdu_px3: what is plugged in beside is read with its digits",
            &[file, SNMPSIM],
            move || {
                beside(&file.path());
            },
        )
}

/// Our driver on one recording.
pub(crate) fn with(file: &Path, test: impl AsyncFnOnce(&dyn Device)) {
    let name = file.file_stem().expect("a name").to_string_lossy().into_owned();
    let folder = tempfile::tempdir().expect("a temporary folder");
    // It indexes every file that it finds.
    fs::copy(file, folder.path().join(format!("{name}.snmprec"))).expect("copied");
    let peer = SnmpSim::start(folder.path(), &name);
    runtime().block_on(async {
        let device = peer.open(&name).await.unwrap_or_else(|error| panic!("{}", error.report()));
        test(&*device).await;
        device.close(&cx("close")).await.expect("closed");
    });
}

/// Vendors by their numbers below the enterprises (IANA), as their products call themselves.
const VENDORS: [(u32, &str); 9] = [
    (232, "HPE"),
    (318, "APC"),
    (534, "Eaton"),
    (1718, "Server"),
    (3808, "CyberPower"),
    (13742, "Raritan"),
    (19536, "Panduit"),
    (21239, "Vertiv"),
    (28507, "Gude"),
];

fn judge(recording: &Recording, file: &Path) {
    let lines = Lines::read(file);
    let object_id = lines.column("1.3.6.1.2.1.1.2").into_values().next().expect("a sysObjectID");
    let number =
        object_id.trim_start_matches('.').strip_prefix("1.3.6.1.4.1.").and_then(|o| o.split('.').next());
    let number: u32 = number.and_then(|number| number.parse().ok()).expect("an enterprise");
    let vendor = VENDORS.iter().find(|(known, _)| *known == number).expect("a known vendor").1;
    with(file, async |device| {
        assert_eq!(device.info().vendor.as_deref(), Some(vendor));
        let pdu = device.pdu().expect("a power distribution unit");
        if let Some(serial) = recording.serial {
            let told = lines.column(serial).into_values().next().expect("a serial number");
            assert_eq!(device.info().serial_number.as_deref(), Some(told.trim()));
        }
        let outlets = pdu.outlets(&cx("outlets")).await.unwrap_or_else(|error| panic!("{}", error.report()));
        if let Some((column, on)) = recording.states {
            let states = lines.column(column);
            assert!(!states.is_empty(), "the recording has states");
            assert_eq!(outlets.len(), states.len());
            let live = outlets.iter().filter(|outlet| outlet.state == OutletState::On).count();
            assert_eq!(live, states.values().filter(|value| *value == on).count(), "{outlets:?}");
        } else {
            assert!(outlets.iter().all(|outlet| outlet.state == OutletState::Unknown && !outlet.switchable));
        }
        if let Some(column) = recording.labels {
            let labels = lines.column(column);
            assert!(!labels.is_empty(), "the recording has names");
            let told: Vec<_> =
                outlets.iter().map(|outlet| outlet.label.clone().unwrap_or_default()).collect();
            let lines: Vec<_> = labels.values().map(|label| label.trim().to_owned()).collect();
            assert_eq!(told, lines);
        }
        if let Some((kind, column, one)) = recording.measured {
            let metrics = pdu.meter(&cx("meter")).await.expect("read");
            assert!(metrics.skipped.is_empty(), "{:?}", metrics.skipped);
            let values = lines.column(column);
            let of_kind: Vec<_> = metrics.circuits.iter().filter(|circuit| circuit.kind == kind).collect();
            assert_eq!(of_kind.len(), values.len(), "{of_kind:?}");
            let sum: f64 =
                values.values().filter_map(|value| value.parse::<f64>().ok()).filter(|v| *v >= 0.0).sum();
            let told: f64 = of_kind
                .iter()
                .filter_map(
                    |circuit| if kind == CircuitKind::Outlet { circuit.watts } else { circuit.amperes },
                )
                .sum();
            assert!((told - sum * one).abs() < 1e-6, "{told} of {}", sum * one);
        }
        println!("{}: {} outlets", recording.file, outlets.len());
    });
}

/// Sensor 5 of an outlet is its active power, sensor 4 its voltage; another table has the digits of each.
fn sensors(file: &Path) {
    let lines = Lines::read(file);
    let (values, digits) = (lines.column("13742.6.5.4.3.1.4"), lines.column("13742.6.3.5.4.1.7"));
    let scaled = |number: u32| -> BTreeMap<u32, f64> {
        let of_sensor = values.iter().filter(|(index, _)| index.last() == Some(&number));
        of_sensor
            .filter_map(|(index, value)| {
                let digits: i32 = digits.get(index)?.parse().ok()?;
                Some((*index.get(1)?, value.parse::<f64>().ok()? * 10_f64.powi(-digits)))
            })
            .collect()
    };
    let (watts, volts) = (scaled(5), scaled(4));
    assert!(
        watts.len() > 10 && volts.len() > 10,
        "the recording has sensors: {} {}",
        watts.len(),
        volts.len()
    );
    with(file, async |device| {
        let metrics = device.pdu().expect("a unit").meter(&cx("meter")).await.expect("read");
        let outlets: Vec<_> =
            metrics.circuits.iter().filter(|circuit| circuit.kind == CircuitKind::Outlet).collect();
        assert_eq!(outlets.len(), watts.len());
        for circuit in outlets {
            let number: u32 = circuit.id.parse().expect("a number");
            for (told, lines) in [(circuit.watts, &watts), (circuit.volts, &volts)] {
                let line = lines.get(&number).copied();
                assert!(
                    told.zip(line).is_some_and(|(told, line)| (told - line).abs() < 1e-6),
                    "outlet {number}: {told:?} {line:?}"
                );
            }
        }
    });
}

/// Kind 10 is a temperature, kind 11 humidity; one table has every kind, another how many digits a value has.
fn beside(file: &Path) {
    let lines = Lines::read(file);
    let (values, kinds) = (lines.column("13742.6.5.5.3.1.4"), lines.column("13742.6.3.6.3.1.2"));
    let (digits, names) = (lines.column("13742.6.3.6.3.1.17"), lines.column("13742.6.3.6.3.1.4"));
    let mut expected: Vec<(String, f64)> = values
        .iter()
        .filter(|(row, _)| matches!(kinds.get(*row).map(String::as_str), Some("10" | "11")))
        .map(|(row, value)| {
            let digits: i32 = digits[row].parse().expect("digits");
            (names[row].trim().to_owned(), value.parse::<f64>().expect("a value") / 10_f64.powi(digits))
        })
        .collect();
    assert!(
        expected.len() > 1 && expected.len() < values.len(),
        "there are probes, and others: {expected:?}"
    );
    with(file, async |device| {
        let readings = device.sensors().expect("probes").read_all(&cx("sensors")).await.expect("read");
        let mut told: Vec<(String, f64)> =
            readings.into_iter().map(|reading| (reading.name, reading.value.expect("a value"))).collect();
        let order = |a: &(String, f64), b: &(String, f64)| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1));
        told.sort_by(order);
        expected.sort_by(order);
        assert_eq!(told.len(), expected.len(), "{told:?}");
        let same = told.iter().zip(&expected).all(|(a, b)| a.0 == b.0 && (a.1 - b.1).abs() < 1e-6);
        assert!(same, "{told:?} {expected:?}");
    });
}

/// RFC 1628 and nothing else: a vendor that nobody knows, two lines of three that give power, tenths of amperes.
fn unknown() {
    let lines = [
        "1.3.6.1.2.1.1.1.0|4|UPS SNMP agent",
        "1.3.6.1.2.1.1.2.0|6|1.3.6.1.4.1.32473.7",
        "1.3.6.1.2.1.2.1.0|2|1",
        "1.3.6.1.2.1.33.1.1.1.0|4|Fabrikam",
        "1.3.6.1.2.1.33.1.1.2.0|4|F-6000",
        "1.3.6.1.2.1.33.1.1.3.0|4|2.1",
        "1.3.6.1.2.1.33.1.4.1.0|2|3",
        "1.3.6.1.2.1.33.1.4.4.1.2.1|2|231",
        "1.3.6.1.2.1.33.1.4.4.1.2.2|2|229",
        "1.3.6.1.2.1.33.1.4.4.1.2.3|2|0",
        "1.3.6.1.2.1.33.1.4.4.1.3.1|2|47",
        "1.3.6.1.2.1.33.1.4.4.1.3.2|2|105",
        "1.3.6.1.2.1.33.1.4.4.1.3.3|2|0",
        "1.3.6.1.2.1.33.1.4.4.1.4.1|2|1010",
        "1.3.6.1.2.1.33.1.4.4.1.4.2|2|2290",
        "1.3.6.1.2.1.33.1.4.4.1.4.3|2|-1",
    ];
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("ups.snmprec");
    fs::write(&file, lines.map(|line| format!("{line}\n")).concat()).expect("written");
    with(&file, async |device| {
        let info = device.info();
        let told = (info.vendor.as_deref(), info.model.as_deref(), info.firmware_version.as_deref());
        assert_eq!(told, (Some("Fabrikam"), Some("F-6000"), Some("2.1")));
        let pdu = device.pdu().expect("a unit of power");
        assert_eq!(pdu.abilities().switch, None);
        assert!(pdu.outlets(&cx("outlets")).await.expect("read").is_empty());
        let metrics = pdu.meter(&cx("meter")).await.expect("read");
        let told: Vec<_> =
            metrics.circuits.iter().map(|one| (one.kind, one.volts, one.amperes, one.watts)).collect();
        let line = |volts, amperes, watts| (CircuitKind::Phase, Some(volts), Some(amperes), watts);
        assert_eq!(
            told,
            [line(231.0, 4.7, Some(1010.0)), line(229.0, 10.5, Some(2290.0)), line(0.0, 0.0, None)]
        );
    });
}
