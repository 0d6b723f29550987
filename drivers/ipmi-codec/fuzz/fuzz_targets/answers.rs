//! The answer to every command, from any bytes.
#![no_main]

use libfuzzer_sys::fuzz_target;
use underlay_ipmi_codec::command::{
    boot, channel, chassis, controller, fru, lan_config, sdr, sel, sensor, session, user,
};
use underlay_ipmi_codec::{Command, Privilege};

fuzz_target!(|data: &[u8]| {
    let _ = controller::GetDeviceId.decode(data);
    let _ = controller::GetSystemGuid.decode(data).map(controller::Guid::uuid);
    let _ = chassis::GetChassisStatus.decode(data);
    let _ = chassis::GetRestartCause.decode(data).map(|cause| cause.text());
    let _ = boot::GetBootOptions::of(boot::Parameter::BOOT_FLAGS).decode(data);
    if let Ok(flags) = boot::BootFlags::decode(data) {
        assert_eq!(boot::BootFlags::decode(&flags.encode()), Ok(flags));
    }
    let _ =
        session::GetAuthCapabilities { channel: 14, privilege: Privilege::User, extended: true }.decode(data);
    if let Ok(part) = (session::GetCipherSuites { channel: 14, index: 0 }).decode(data) {
        assert!(part.data.len() <= 16);
    }
    assert!(session::suite_ids(data).len() <= data.len());
    let _ = session::SetSessionPrivilege(Privilege::User).decode(data);
    let _ = sel::GetSelInfo.decode(data);
    let _ = sel::ReserveSel.decode(data);
    let _ = sel::GetSelEntry { record: 0 }.decode(data);
    let _ = sel::GetErasure { reservation: 0 }.decode(data);
    let _ = sel::GetSelTime.decode(data);
    let _ = sdr::GetSdrRepositoryInfo.decode(data);
    for count in [0, 5, 0xFF] {
        if let Ok(part) = (sdr::GetSdr { reservation: 0, record: 0, offset: 0, count }).decode(data) {
            assert!(count == 0xFF || part.data.len() <= usize::from(count));
        }
    }
    let _ = sensor::GetSensorReading { sensor: 0 }.decode(data).map(sensor::SensorReading::is_valid);
    let _ = sensor::GetSensorThresholds { sensor: 0 }.decode(data);
    let _ = fru::GetFruInfo { fru: 0 }.decode(data);
    let _ = fru::ReadFru { fru: 0, offset: 0, count: 1 }.decode(data);
    let _ = user::GetUserAccess { channel: 1, user: 1 }.decode(data);
    let _ = user::GetUserName { user: 1 }.decode(data);
    let _ = channel::GetChannelInfo { channel: 1 }.decode(data);
    let _ = channel::GetChannelAccess { channel: 1, volatile: true }.decode(data);
    let parameter = lan_config::LanParameter::ADDRESS;
    if let Ok(value) = (lan_config::GetLanParameter { channel: 1, parameter }).decode(data) {
        let _ = (value.ipv4(), value.mac(), value.source(), value.vlan());
    }
});
