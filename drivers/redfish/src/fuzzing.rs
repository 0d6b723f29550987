//! The readers of foreign bytes, as plain functions for the fuzz targets. No part of the interface.
//!
//! Each panics if the reader breaks a promise; that is what the fuzzer looks for.

use http::StatusCode;
use serde_json::Value;
use underlay_hal::{BiosState, Effect, LogEntry, Reading};

use crate::{
    error::{Refusal, refused},
    facet::{
        accounts, bios, boot, boot_order, certificates, event_log, events, firmware, identify, inventory,
        manager, manager_config, power, power_meter, raid, secure_boot, sensors, tasks, virtual_media,
    },
    json::{self, Lenient as _},
    quirks::Quirks,
    resource::{Member, Resource, further, members_of},
    transport::{Link, advice::retry_after},
};

const ORIGIN: &str = "https://bmc:8443";

fn here() -> Link {
    Link::root()
}

fn is_plain(text: &str) -> bool {
    !text.chars().any(char::is_control)
}

/// Accessors of every type on every value of a document.
pub fn accessors(data: &[u8]) {
    let Ok(document) = json::parse(data) else { return };
    let mut open = vec![&document];
    while let Some(value) = open.pop() {
        assert!(value.text(&[]).is_none_or(|text| !text.is_empty() && is_plain(&text)));
        assert!(value.number(&[]).is_none_or(f64::is_finite));
        assert!(value.texts(&[]).iter().all(|text| is_plain(text)));
        let _ = (value.whole(&[]), value.truth(&[]), value.time(&[]), value.health(), value.is_present());
        let _ = (value.list(&[]), value.link(&[]));
        match value {
            Value::Array(list) => open.extend(list),
            Value::Object(fields) => open.extend(fields.values()),
            _ => {}
        }
    }
}

/// Dates, and the advice when to come back.
pub fn times(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let _ = Value::String(text.to_owned()).time(&[]);
    let (value, date) = text.split_once('\n').map_or((text, None), |(value, date)| (value, Some(date)));
    assert!(retry_after(value, date).is_none_or(|wait| wait.as_secs() <= 3600));
}

/// A refusal with this status in the first two bytes and this body.
pub fn refusal(data: &[u8]) {
    let Some((status, body)) = data.split_first_chunk::<2>() else { return };
    let Ok(status) = StatusCode::from_u16(u16::from_be_bytes(*status)) else { return };
    let mut refusal = Refusal::new(status, body, None);
    let error = refused(&refusal, false);
    assert_eq!(error.effect(), Effect::None, "a read has no effect");
    assert!(is_plain(&error.report()) && error.report().len() < 4000);
    let _ = refused(&refusal, true);
    refusal.withhold(&"a".into());
    assert!(!refusal.ids.iter().any(|id| id.contains('a')));
}

/// An address: whatever is taken leads to this service, and reads as itself.
pub fn link(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let Ok(link) = Link::parse(text, ORIGIN) else { return };
    let address = format!("{ORIGIN}{link}");
    let url = reqwest::Url::parse(&address).expect("a link that was taken is an address");
    assert_eq!((url.scheme(), url.host_str(), url.port()), ("https", Some("bmc"), Some(8443)));
    assert!(url.username().is_empty() && url.password().is_none() && url.fragment().is_none());
    let path = link.as_str().split('?').next().unwrap_or_default();
    assert!(url.path().len() >= path.len(), "nothing is resolved away: {path} {url}");
    assert_eq!(Link::parse(link.as_str(), ORIGIN).ok().as_ref(), Some(&link));
}

/// Sensors in all three shapes.
pub fn sensors(data: &[u8]) {
    let Ok(document) = json::parse(data) else { return };
    let mut readings: Vec<Reading> = sensors::thermal(&here(), &document);
    readings.extend(sensors::power(&here(), &document));
    readings.push(sensors::sensor(&here(), &document));
    for reading in readings {
        assert!(reading.value.is_none_or(f64::is_finite) && is_plain(&reading.name));
    }
}

/// Parts, the manager's network, boot override, state of a task, and who made it.
pub fn inventory(data: &[u8]) {
    let Ok(document) = json::parse(data) else { return };
    let info = inventory::system_info(&document);
    assert!(info.model.as_deref().is_none_or(is_plain));
    let _ = inventory::processor(&document);
    let _ = inventory::memory_module(&document);
    let _ = inventory::nic(&document);
    let _ = inventory::storage_controller("a", &document);
    let _ = inventory::full_drive("a", &document);
    let _ = inventory::simple_drive("a", 0, &document);
    let _ = inventory::power_supply(&document);
    let _ = manager::network(&document);
    let _ = boot::BootAbility::learn(Quirks::classify(&document, &document, &document), &document);
    let _ = boot::read(&document);
    let _ = power::power_state(&document);
    assert!(tasks::status(&document).percent.is_none_or(|percent| percent <= 100));
}

/// Log entries: a document with members gives as many entries, in some order.
pub fn log(data: &[u8]) {
    let Ok(document) = json::parse(data) else { return };
    let _ = event_log::fitness(&document);
    let bodies = document.at(&["Members"]).as_array().cloned().unwrap_or_default();
    let count = bodies.len();
    let of = |body| event_log::entry(&Resource { link: here(), etag: None, body });
    let entries: Vec<LogEntry> = event_log::oldest_first(bodies.into_iter().map(of).collect());
    assert!(entries.len() == count && entries.iter().all(|entry| is_plain(&entry.text)));
    let after = entries.first().map(|entry| entry.id.clone());
    let page = event_log::page(entries, after.as_ref(), 3);
    assert!(page.entries.len() <= 3 && !(page.gap && after.is_none()));
}

/// A page of a collection.
pub fn page(data: &[u8]) {
    let Ok(document) = json::parse(data) else { return };
    for member in members_of(&document, |text| Link::parse(text, ORIGIN)) {
        assert!(member.link().as_str().starts_with('/'));
        if let Member::Whole(resource) = member {
            let _ = event_log::entry(&resource);
        }
    }
    let _ = further(&document).map(|text| Link::parse(&text, ORIGIN).is_ok());
}

/// The firmware's settings: two resources and a registry in one document, and a plan for every setting's own value.
pub fn settings(data: &[u8]) {
    let Ok(document) = json::parse(data) else { return };
    let registry = bios::Registry::of("R".to_owned(), document.at(&["Registry"]));
    for job_waits in [false, true] {
        let mut all = bios::attributes(document.at(&["Bios"]), Some(document.at(&["Settings"])), job_waits);
        for (name, one) in &mut all {
            one.rule = registry.rule(name).cloned();
        }
        let mut state = BiosState::new(all);
        state.dependencies = registry.dependencies.clone();
        let want =
            state.attributes.iter().filter_map(|(name, one)| Some((name.clone(), one.current.clone()?)));
        let want = want.collect();
        if let Ok(plan) = underlay_hal::bios::plan(&state, &want) {
            for change in &plan.changes {
                let one = &state.attributes[&change.name];
                let is = one.current.as_ref().is_some_and(|now| now.is_same(&change.to));
                assert!(!is || one.pending.is_some(), "a value that is so is no change: {change:?}");
            }
        }
    }
}

/// Storage, firmware, media, accounts, certificates, and what the controller says of itself.
pub fn parts(data: &[u8]) {
    let Ok(body) = json::parse(data) else { return };
    let quirks = Quirks::classify(&body, &body, &body);
    let resource = Resource { link: here(), etag: None, body };
    let body = &resource.body;
    assert!(raid::wwn(body).is_none_or(|wwn| is_plain(&wwn)));
    let _ = (raid::drive("d", "c", body), raid::volume("v", "c", body), raid::controller("c", body));
    let _ = raid::abilities(body, Some(body), true);
    assert!(is_plain(firmware::component(crate::quirks::Quirks::default(), &resource).id.as_str()));
    let _ = (virtual_media::slot(quirks, &resource), accounts::account(&resource), accounts::policy(body));
    let _ = (certificates::certificate(&resource), secure_boot::state(body), boot_order::option(body));
    let _ = (identify::is_lit(body), events::subscription(&resource));
    for metrics in [power_meter::environment(body), power_meter::control(body)] {
        assert!(metrics.watts.is_none_or(|watts| watts.is_finite() && watts >= 0.0));
    }
    let mut settings = underlay_hal::ManagerSettings::default();
    manager_config::read_protocols(body, &mut settings);
    manager_config::read_interface(body, &mut settings);
    let _ = (inventory::network_adapter(body), inventory::network_port(body));
}

/// A stream of events, cut at every place: the same messages, and none of them too long.
pub fn stream(data: &[u8]) {
    let whole = events::Parser::default().take(data);
    let mut parser = events::Parser::default();
    let single: Vec<_> = data.iter().flat_map(|byte| parser.take(std::slice::from_ref(byte))).collect();
    assert_eq!(single, whole);
    for message in whole {
        let Ok(body) = json::parse(message.data.as_bytes()) else { continue };
        assert!(events::events_of(&body).0.iter().all(|event| is_plain(&event.text)));
    }
}
