//! ipmi-rs 0.6: cipher suite 3, after an ASF pong; it cannot close a session, and knows no chassis commands.
use std::time::{Duration, Instant};

use ipmi_rs::{
    Ipmi, IpmiError,
    app::{ChannelMediumType, GetChannelInfo, GetDeviceId},
    connection::{Channel, CompletionErrorCode, IpmiCommand, Message, NetFn, NotEnoughData},
    rmcp::Rmcp,
    storage::sel::{GetSelEntry, GetSelInfo, RecordId},
    transport::{GetLanConfigParameters, LanConfigParameter},
};
use underlay_conformance::Truth as _;
use underlay_hal::PowerState;
use underlay_interop::{
    IPMI_PERSONAS,
    lab::{Lab, Web},
    suite::Suite,
};

pub(crate) fn tests(suite: Suite) -> Suite {
    let suite = IPMI_PERSONAS.into_iter().fold(suite, |suite, persona| {
        suite.test(format!("ipmi-rs reads {persona}"), &[], move || reads(persona))
    });
    suite.test("ipmi-rs switches power, once it has raised its privilege", &[], switches).test(
        "ipmi-rs: a wrong password is refused",
        &[],
        refused,
    )
}

fn connect(lab: &Lab, password: &str) -> Result<Ipmi<Rmcp>, String> {
    let (host, port) = lab.ipmi();
    let mut rmcp =
        Rmcp::new((host.as_str(), port), Duration::from_secs(5)).map_err(|error| format!("{error:?}"))?;
    rmcp.activate(true, Some(&lab.user), Some(password.as_bytes())).map_err(|error| format!("{error:?}"))?;
    Ok(Ipmi::new(rmcp))
}

/// Get Chassis Status, IPMI 2.0 section 28.2; the crate has no chassis commands of its own.
struct GetChassisStatus;

impl From<GetChassisStatus> for Message {
    fn from(_: GetChassisStatus) -> Self {
        Self::new_request(NetFn::Chassis, 0x01, Vec::new())
    }
}

impl IpmiCommand for GetChassisStatus {
    type Output = bool;
    type Error = NotEnoughData;

    fn parse_success_response(data: &[u8]) -> Result<bool, NotEnoughData> {
        data.first().map(|state| state & 1 == 1).ok_or(NotEnoughData)
    }
}

/// Set Session Privilege Level, section 22.18, and Chassis Control, section 28.3: one byte each.
struct OneByte(NetFn, u8, u8);

impl From<OneByte> for Message {
    fn from(OneByte(net_fn, command, data): OneByte) -> Self {
        Self::new_request(net_fn, command, vec![data])
    }
}

impl IpmiCommand for OneByte {
    type Output = ();
    type Error = NotEnoughData;

    fn parse_success_response(_: &[u8]) -> Result<(), NotEnoughData> {
        Ok(())
    }
}

fn reads(persona: &str) {
    let lab = Lab::start(persona, Web::Http);
    let (truth, spec) = (lab.truth(), lab.server().spec().clone());
    let mut ipmi = connect(&lab, &lab.password).expect("a session");

    let id = ipmi.send_recv(GetDeviceId).unwrap_or_else(|error| panic!("{error:?}"));
    let bmc = &spec.persona.bmc;
    assert_eq!((id.device_id, id.device_revision), (bmc.device_id, bmc.device_revision));
    assert_eq!([id.major_fw_revision, id.minor_fw_revision], bmc.ipmi_firmware);
    assert_eq!((id.major_version, id.minor_version), (2, 0));
    assert_eq!((id.manufacturer_id, id.product_id), (bmc.manufacturer_id, bmc.product_id));
    assert!(id.chassis_support && id.device_available);

    let on = ipmi.send_recv(GetChassisStatus).unwrap_or_else(|error| panic!("{error:?}"));
    assert_eq!(on, truth.power() == PowerState::On);

    let channel =
        ipmi.send_recv(GetChannelInfo::new(Channel::Current)).unwrap_or_else(|error| panic!("{error:?}"));
    assert_eq!(channel.medium_type, ChannelMediumType::Lan802_3);
    // LAN parameters are for operators, and a session starts at USER.
    let address = || GetLanConfigParameters::new(Channel::Current, LanConfigParameter::IpAddress);
    match ipmi.send_recv(address()) {
        Err(IpmiError::Failed { completion_code: CompletionErrorCode::InsufficientPrivilege, .. }) => {}
        other => panic!("{other:?}"),
    }
    ipmi.send_recv(OneByte(NetFn::App, 0x3B, 4)).unwrap_or_else(|error| panic!("{error:?}"));
    let address = ipmi.send_recv(address()).unwrap_or_else(|error| panic!("{error:?}"));
    assert_eq!(address.data, [127, 0, 0, 1]);

    // Two events, then the log as the machine has it.
    truth.log_event(underlay_hal::Severity::Critical);
    truth.log_event(underlay_hal::Severity::Warning);
    let info = ipmi.send_recv(GetSelInfo).unwrap_or_else(|error| panic!("{error:?}"));
    assert_eq!(usize::from(info.entries), truth.log_length());
    let (mut next, mut read) = (RecordId::FIRST, 0);
    while !next.is_last() {
        let entry = ipmi.send_recv(GetSelEntry::new(None, next)).unwrap_or_else(|error| panic!("{error:?}"));
        (next, read) = (entry.next_entry, read + 1);
        assert!(read <= truth.log_length(), "the chain of entries does not end");
    }
    assert_eq!(read, truth.log_length());
    assert_eq!(truth.mutations(), 0, "reading changes nothing");
}

fn switches() {
    let lab = Lab::start("standard", Web::Http);
    let truth = lab.truth();
    let mut ipmi = connect(&lab, &lab.password).expect("a session");
    let off = || OneByte(NetFn::Chassis, 0x02, 0);
    // A session starts at USER, whatever was asked for in RAKP 1.
    match ipmi.send_recv(off()) {
        Err(IpmiError::Failed { completion_code: CompletionErrorCode::InsufficientPrivilege, .. }) => {}
        other => panic!("{other:?}"),
    }
    assert_eq!(truth.mutations(), 0);
    ipmi.send_recv(OneByte(NetFn::App, 0x3B, 4)).unwrap_or_else(|error| panic!("{error:?}"));
    ipmi.send_recv(off()).unwrap_or_else(|error| panic!("{error:?}"));
    let end = Instant::now() + Duration::from_secs(10);
    while truth.power() != PowerState::Off {
        assert!(Instant::now() < end, "not off within 10 s");
        std::thread::sleep(Duration::from_millis(50));
    }
    let on = ipmi.send_recv(GetChassisStatus).unwrap_or_else(|error| panic!("{error:?}"));
    assert!(!on);
    assert_eq!(truth.mutations(), 1);
}

fn refused() {
    let lab = Lab::start("standard", Web::Http);
    let error = connect(&lab, "wrong").err().expect("refused");
    assert!(error.contains("ServerAuthenticationFailed"), "{error}");
    connect(&lab, &lab.password).expect("the right one still works");
}
