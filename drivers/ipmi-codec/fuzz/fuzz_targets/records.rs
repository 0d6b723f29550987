//! SDR, SEL and FRU contents.
#![no_main]

use libfuzzer_sys::fuzz_target;
use underlay_ipmi_codec::sdr::{Record, RecordBody};
use underlay_ipmi_codec::sel::{SelBody, SelRecord};
use underlay_ipmi_codec::{Reader, event, fru, text};

fuzz_target!(|data: &[u8]| {
    if let Ok(Record { body: RecordBody::Sensor(sensor), .. }) = Record::decode(data) {
        for raw in 0..=255 {
            assert!(sensor.conversion.and_then(|c| c.value(raw)).is_none_or(f64::is_finite));
            let _ = sensor.shared_name(raw);
        }
        let _ = sensor.units.kind();
    }
    if let Ok(record) = SelRecord::decode_slice(data) {
        let _ = record.unix_time();
        if let SelBody::Event(event) = record.body {
            let _ = (event.text(), event.level(), event.trigger());
            let _ = event::describe(event.sensor_type, event.event_type, event.offset());
        }
    }
    let _ = fru::Header::decode(data);
    let _ = fru::Chassis::decode(data);
    let _ = fru::Board::decode(data);
    let _ = fru::Product::decode(data);
    let mut reader = Reader::new(data);
    while let Ok(Some(_)) = text::read(&mut reader) {}
    let _ = text::latin1(data);
});
