//! The management controller's own configuration: names, addresses, time, services, and its factory reset.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};

use http::{Method, StatusCode};
use serde_json::{Map, Value};

use super::patch::{done, wrong_type};
use super::{Call, GET, Handler, PATCH, Written, only_parameters, refused, word};
use crate::persona::FactoryReset;
use crate::plant::{FixedAddress, ManagerChange, ManagerRefusal};
use crate::redfish::ORIGIN;
use crate::redfish::messages::{Key, Message};
use crate::redfish::reply::{Answer, Reply};
use crate::redfish::tree::{Scene, manager_network};

const DEFAULTS: &str = "Manager.ResetToDefaults";

pub(super) fn methods(_scene: &Scene<'_>, segments: &[&str]) -> &'static [Method] {
    match segments {
        ["Managers", _, "EthernetInterfaces", _] | ["Managers", _, "NetworkProtocol"] => PATCH,
        _ => GET,
    }
}

pub(super) fn action(scene: &Scene<'_>, owner: &str, action: &str) -> Option<Handler> {
    let offered = !scene.factory_resets().is_empty();
    (owner == scene.manager() && action == DEFAULTS && offered).then_some(reset_to_defaults)
}

fn reset_to_defaults(call: &Call<'_>, body: &Map<String, Value>) -> Answer {
    only_parameters(DEFAULTS, body, &["ResetType"])?;
    let kind = word(DEFAULTS, body, "ResetType", &call.scene.factory_resets())?;
    let unknown = || {
        let arguments = [kind, "ResetType", DEFAULTS];
        Reply::refuse(StatusCode::BAD_REQUEST, Key::ActionParameterValueNotInList, &arguments)
    };
    let keep = FactoryReset::ALL.into_iter().find(|keep| keep.as_str() == kind).ok_or_else(unknown)?;
    // The answer still leaves; then every connection ends with the controller.
    call.service.server.factory_reset(keep, ORIGIN).map_err(|refusal| match refusal {
        ManagerRefusal::Machine(refusal) => refused(refusal),
        _ => unknown(),
    })?;
    Ok(super::done(call.scene))
}

/// What else is said of a PATCH that was made: the change waits for a reset of the manager.
pub(super) fn notes(call: &Call<'_>) -> Option<Message> {
    let config = call.service.server.manager();
    let waits = call.path == manager_network::interface_path(call.scene) && config.network != config.in_force;
    let reset = format!("{}/Actions/Manager.Reset", call.scene.manager());
    waits.then(|| match &call.scene.data.messages.reset_required {
        None => Message::base(Key::ResetRequired, &[&reset, "GracefulRestart"]),
        Some(id) => Message::vendor(id, "A reset of the manager is needed.").warning(),
    })
}

pub(super) fn property(call: &Call<'_>, name: &str, value: &Value) -> Option<Written> {
    let scene = call.scene;
    let change = if call.path == manager_network::interface_path(scene) {
        if scene.data.manager.interface_without.iter().any(|absent| absent == name) {
            return None;
        }
        interface(call, name, value)?
    } else if call.path == manager_network::protocols_path(scene) {
        protocol(call, name, value)?
    } else {
        return None;
    };
    Some(change.and_then(|change| make(call, name, change)))
}

/// Makes a change of one property, or says what is wrong with it.
fn make(call: &Call<'_>, name: &str, change: ManagerChange) -> Written {
    let made = call.service.server.change_manager(change, ORIGIN);
    let Err(refusal) = made else { return Ok(()) };
    let about = match refusal {
        ManagerRefusal::Machine(refusal) => return done::<()>(Err(refusal)),
        ManagerRefusal::Vlan => "VLAN/VLANId",
        ManagerRefusal::NtpServers => "NTP/NTPServers",
        _ => name,
    };
    Err(vec![Message::base(Key::PropertyValueError, &[about]).about(about)])
}

// ── The interface ────────────────────────────────────────────────────────────────────────────

fn interface(call: &Call<'_>, name: &str, value: &Value) -> Option<Result<ManagerChange, Vec<Message>>> {
    let network = call.service.server.manager().network;
    Some(match name {
        "HostName" => text(name, value)
            .map(|name| ManagerChange { host_name: Some(name.to_owned()), ..ManagerChange::default() }),
        "FQDN" => text(name, value).map(|full| {
            let (host, domain) = full.split_once('.').unwrap_or((full, ""));
            ManagerChange {
                host_name: Some(host.to_owned()),
                domain: Some(domain.to_owned()),
                ..ManagerChange::default()
            }
        }),
        "DHCPv4" => fields(call, name, value, &["DHCPEnabled"]).and_then(|fields| {
            Ok(ManagerChange { dhcp: truth(name, fields, "DHCPEnabled")?, ..ManagerChange::default() })
        }),
        "VLAN" => fields(call, name, value, &["VLANEnable", "VLANId"]).and_then(|fields| {
            let tagged = truth(name, fields, "VLANEnable")?;
            let vlan = fields.get("VLANId").map(vlan_id).transpose()?;
            Ok(ManagerChange { tagged, vlan, ..ManagerChange::default() })
        }),
        "IPv4StaticAddresses" => {
            let now: Vec<_> = manager_network::fixed(call.scene, &network).into_iter().collect();
            merged(&now, name, value, fixed).and_then(|all| match all.as_slice() {
                [] => Ok(ManagerChange { fixed: Some(None), ..ManagerChange::default() }),
                [only] => Ok(ManagerChange { fixed: Some(Some(*only)), ..ManagerChange::default() }),
                [_, _, ..] => Err(vec![Message::base(Key::ArraySizeTooLong, &[name, "1"]).about(name)]),
            })
        }
        "StaticNameServers" => merged(&network.name_servers, name, value, |_, name, value| {
            let server = text(name, value)?;
            server
                .parse::<IpAddr>()
                .map_err(|_| vec![Message::base(Key::PropertyValueFormatError, &[server, name]).about(name)])
        })
        .map(|servers| ManagerChange { name_servers: Some(servers), ..ManagerChange::default() }),
        _ => return None,
    })
}

fn vlan_id(value: &Value) -> Result<u16, Vec<Message>> {
    const ABOUT: &str = "VLAN/VLANId";
    let number = value.as_i64().ok_or_else(|| wrong_type(ABOUT, value))?;
    u16::try_from(number).map_err(|_| {
        vec![Message::base(Key::PropertyValueOutOfRange, &[&number.to_string(), "VLANId"]).about(ABOUT)]
    })
}

/// One entry of `IPv4StaticAddresses`: what it does not say stays as it was.
fn fixed(now: Option<&FixedAddress>, name: &str, value: &Value) -> Result<FixedAddress, Vec<Message>> {
    let Value::Object(fields) = value else { return Err(wrong_type(name, value)) };
    let mut given: BTreeMap<&str, Option<Ipv4Addr>> = BTreeMap::new();
    for (field, value) in fields {
        let about = format!("{name}/{field}");
        let known = ["Address", "SubnetMask", "Gateway"].into_iter().find(|known| known == field);
        let Some(known) = known else {
            let key = if field == "AddressOrigin" { Key::PropertyNotWritable } else { Key::PropertyUnknown };
            return Err(vec![Message::base(key, &[field]).about(&about)]);
        };
        let address = match value {
            Value::Null if known == "Gateway" => None,
            Value::String(text) => Some(text.parse().map_err(|_| {
                vec![Message::base(Key::PropertyValueFormatError, &[text, field]).about(&about)]
            })?),
            other => return Err(wrong_type(&about, other)),
        };
        given.insert(known, address);
    }
    let needed = |field: &str, now: Option<Ipv4Addr>| {
        given.get(field).copied().flatten().or(now).ok_or_else(|| {
            let about = format!("{name}/{field}");
            vec![Message::base(Key::PropertyMissing, &[field]).about(&about)]
        })
    };
    Ok(FixedAddress {
        address: needed("Address", now.map(|now| now.address))?,
        mask: needed("SubnetMask", now.map(|now| now.mask))?,
        gateway: given.get("Gateway").copied().unwrap_or_else(|| now.and_then(|now| now.gateway)),
    })
}

// ── Services ─────────────────────────────────────────────────────────────────────────────────

fn protocol(call: &Call<'_>, name: &str, value: &Value) -> Option<Result<ManagerChange, Vec<Message>>> {
    let config = call.service.server.manager();
    if name == "NTP" {
        let read = |fields: &Map<String, Value>| {
            let about = "NTP/NTPServers";
            let servers = fields.get("NTPServers").map(|given| {
                merged(&config.ntp_servers, about, given, |_, name, value| {
                    text(name, value).map(ToOwned::to_owned)
                })
            });
            Ok(ManagerChange {
                ntp: truth(name, fields, "ProtocolEnabled")?,
                ntp_servers: servers.transpose()?,
                ..ManagerChange::default()
            })
        };
        return Some(fields(call, name, value, &["ProtocolEnabled", "NTPServers"]).and_then(read));
    }
    config.services.contains_key(name).then(|| {
        let fields = fields(call, name, value, &["ProtocolEnabled"])?;
        let enabled = truth(name, fields, "ProtocolEnabled")?;
        let services = enabled.map(|enabled| (name.to_owned(), enabled)).into_iter().collect();
        Ok(ManagerChange { services, ..ManagerChange::default() })
    })
}

// ── Reading bodies ───────────────────────────────────────────────────────────────────────────

fn text<'a>(name: &str, value: &'a Value) -> Result<&'a str, Vec<Message>> {
    value.as_str().ok_or_else(|| wrong_type(name, value))
}

/// The members of an object property, which has to have those alone.
fn fields<'a>(
    call: &Call<'_>,
    name: &str,
    value: &'a Value,
    writable: &[&str],
) -> Result<&'a Map<String, Value>, Vec<Message>> {
    let Value::Object(fields) = value else { return Err(wrong_type(name, value)) };
    let now = call.scene.document(call.path).unwrap_or_default();
    let others = fields.keys().filter(|field| !writable.contains(&field.as_str()));
    let problems: Vec<Message> = others
        .map(|field| {
            let there = now.get(name).is_some_and(|now| now.get(field).is_some());
            let key = if there { Key::PropertyNotWritable } else { Key::PropertyUnknown };
            Message::base(key, &[field]).about(&format!("{name}/{field}"))
        })
        .collect();
    if problems.is_empty() { Ok(fields) } else { Err(problems) }
}

fn truth(name: &str, fields: &Map<String, Value>, field: &str) -> Result<Option<bool>, Vec<Message>> {
    let read = |value: &Value| value.as_bool().ok_or_else(|| wrong_type(&format!("{name}/{field}"), value));
    fields.get(field).map(read).transpose()
}

/// What an array of a PATCH makes of the one that is there (DSP0266, "PATCH on array properties"): `null` removes an
/// element, `{}` leaves it, anything else takes its place or is merged into it; what is not given is removed.
fn merged<T: Clone>(
    now: &[T],
    name: &str,
    given: &Value,
    read: impl Fn(Option<&T>, &str, &Value) -> Result<T, Vec<Message>>,
) -> Result<Vec<T>, Vec<Message>> {
    let Value::Array(given) = given else { return Err(wrong_type(name, given)) };
    let mut all = Vec::with_capacity(given.len());
    for (position, value) in given.iter().enumerate() {
        let old = now.get(position);
        match value {
            Value::Null => {}
            Value::Object(fields) if fields.is_empty() => all.extend(old.cloned()),
            value => all.push(read(old, &format!("{name}/{position}"), value)?),
        }
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_array_is_merged_as_the_standard_says() {
        let now = ["a".to_owned(), "b".to_owned(), "c".to_owned()];
        let merge = |given: Value| {
            merged(&now, "List", &given, |_, name, value| text(name, value).map(ToOwned::to_owned))
        };
        assert_eq!(merge(json!([null, {}, "x"])).expect("it merges"), ["b", "x"]);
        assert_eq!(merge(json!(["x"])).expect("it merges"), ["x"]);
        assert_eq!(merge(json!([{}, {}, {}, "d"])).expect("it merges"), ["a", "b", "c", "d"]);
        assert!(merge(json!([])).expect("it merges").is_empty());
        assert!(merge(json!("x")).is_err() && merge(json!([7])).is_err());
    }
}
