//! The firmware's boot options, and their order as `Boot` of the computer system shows it.

use serde_json::{Map, Value, json};

use super::{Scene, boot_target_name, collection, link, mac, network, with};
use crate::plant::{BootOption, BootOrderView, BootSource, Server, ServerSpec};
use crate::redfish::persona::RedfishData;
use crate::redfish::quirks::{Quirk, Quirks};

/// The path of the options.
pub(crate) fn path(scene: &Scene<'_>) -> String {
    format!("{}/BootOptions", scene.system())
}

/// The path of the object that `Boot` is written on, where that is not the system (quirk Q11a).
pub(crate) fn settings_path(scene: &Scene<'_>) -> Option<String> {
    scene.quirks.has(Quirk::BootOnSettings).then(|| format!("{}/Settings", scene.system()))
}

/// Whether the system has an order at all.
pub(crate) fn are_there(scene: &Scene<'_>) -> bool {
    !scene.quirks.has(Quirk::BootOrderIsSettings)
}

/// The options that are shown.
fn shown(view: &BootOrderView, quirks: Quirks) -> impl Iterator<Item = &BootOption> {
    let hidden = quirks.has(Quirk::HttpOptionsOnDemand) && !view.http;
    view.options.iter().filter(move |option| !(hidden && matches!(option.source, BootSource::Http(_))))
}

/// `BootOptionReference` of an option.
fn reference(data: &RedfishData, number: u16) -> String {
    format!("Boot{:04X}", number.saturating_add(data.boot_options.first))
}

/// The references of the options that are shown, in the order that the next boot follows.
pub(crate) fn next_order(server: &Server, data: &RedfishData, quirks: Quirks) -> Vec<String> {
    let view = server.boot_order();
    named(&view, data, quirks, view.next())
}

fn named(view: &BootOrderView, data: &RedfishData, quirks: Quirks, order: &[u16]) -> Vec<String> {
    let visible = |number: &&u16| shown(view, quirks).any(|option| option.number == **number);
    order.iter().filter(visible).map(|number| reference(data, *number)).collect()
}

/// The option that a client names, by its reference or as the order writes it.
pub(crate) fn find(scene: &Scene<'_>, name: &str) -> Option<u16> {
    let view = scene.server.boot_order();
    let bare = match scene.quirks.has(Quirk::NamesInBootOrder) {
        true => name.split(':').next().unwrap_or(name),
        false => name,
    };
    let mut options = shown(&view, scene.quirks);
    options.find(|option| reference(scene.data, option.number) == bare).map(|option| option.number)
}

/// Options that are not shown, in the order they have now.
pub(crate) fn hidden(scene: &Scene<'_>) -> Vec<u16> {
    let view = scene.server.boot_order();
    let visible = |number: &u16| shown(&view, scene.quirks).any(|option| option.number == *number);
    view.next().iter().copied().filter(|number| !visible(number)).collect()
}

/// Adds order and options to `Boot`; of the settings object, the order that waits.
pub(super) fn extend(scene: &Scene<'_>, boot: &mut Map<String, Value>, waiting: bool) {
    let view = scene.server.boot_order();
    if scene.data.boot_options.http_boot_uri {
        boot.insert("HttpBootUri".into(), view.http_uri.clone().into());
    }
    if !are_there(scene) {
        return;
    }
    let order = if waiting { view.next() } else { &view.order };
    let names = named(&view, scene.data, scene.quirks, order);
    let names = names.into_iter().map(|name| match scene.quirks.has(Quirk::NamesInBootOrder) {
        true => {
            let option = view.options.iter().find(|option| reference(scene.data, option.number) == name);
            let display = option.map(|option| display(scene.data, scene.spec(), option.source));
            format!("{name}: {}", display.unwrap_or_default())
        }
        false => name,
    });
    boot.insert("BootOrder".into(), names.collect());
    if !waiting {
        boot.insert("BootOptions".into(), link(&path(scene)));
    }
}

pub(super) fn render(scene: &Scene<'_>, at: &str, rest: &[&str]) -> Option<Value> {
    if !are_there(scene) {
        return None;
    }
    let view = scene.server.boot_order();
    match rest {
        [] => {
            let ids = shown(&view, scene.quirks).map(|option| reference(scene.data, option.number));
            Some(collection(at, "BootOption", "Boot Option Collection", ids))
        }
        [id] => {
            let number = find(scene, id)?;
            let option = view.options.iter().find(|option| option.number == number)?;
            Some(document(scene, at, id, option))
        }
        _ => None,
    }
}

fn document(scene: &Scene<'_>, at: &str, id: &str, option: &BootOption) -> Value {
    let place = &scene.data.boot_options;
    let mut document = with(
        scene.resource(at, "BootOption", id, "Boot Option"),
        json!({
            "BootOptionReference": id,
            "DisplayName": display(scene.data, scene.spec(), option.source),
            "BootOptionEnabled": option.enabled,
        }),
    );
    if place.paths {
        document["UefiDevicePath"] = device_path(scene.spec(), option.source).into();
    }
    if place.alias {
        document["Alias"] = boot_target_name(option.source.target()).into();
    }
    if scene.quirks.has(Quirk::NoRelatedItem) {
        document["RelatedItem"] = Value::Null;
    } else if place.related {
        document["RelatedItem"] = related(scene, option.source).into();
    }
    document
}

fn display(data: &RedfishData, spec: &ServerSpec, source: BootSource) -> String {
    let network = |kind: &str, at: usize| {
        let Some(nic) = spec.nics.get(at) else { return String::new() };
        let address = mac(nic.mac);
        data.boot_options
            .network
            .replace("{kind}", kind)
            .replace("{nic}", &nic.name)
            .replace("{model}", &nic.model)
            .replace("{mac}", &address)
            .replace("{mac-digits}", &address.replace(':', ""))
            .replace("{n}", &(at + 1).to_string())
    };
    match source {
        BootSource::Drive(at) => {
            let model = spec.drives.get(at).map_or("", |drive| drive.model.as_str());
            format!("UEFI {model} {}", at + 1)
        }
        BootSource::Optical => "UEFI Virtual CD/DVD".to_owned(),
        BootSource::Pxe(at) => network("PXE", at),
        BootSource::Http(at) => network("HTTP", at),
    }
}

/// The path as UEFI writes it (UEFI specification, "Device Path Protocol").
fn device_path(spec: &ServerSpec, source: BootSource) -> String {
    let port = |at: usize| {
        let digits = spec.nics.get(at).map(|nic| mac(nic.mac).replace(':', "")).unwrap_or_default();
        format!("PciRoot(0x1)/Pci(0x{:X},0x0)/MAC({digits},0x1)/IPv4(0.0.0.0)", at + 1)
    };
    match source {
        BootSource::Drive(at) => match spec.drives.get(at).map(|drive| drive.protocol.as_str()) {
            Some("NVMe") => {
                format!("PciRoot(0x0)/Pci(0x{:X},0x0)/NVMe(0x1,00-00-00-00-00-00-00-{at:02X})", at + 1)
            }
            Some("SAS") => format!("PciRoot(0x0)/Pci(0x1,0x0)/SAS(0x{at:X},0x0,0x0,NoTopology,0,0,0,0x0)"),
            _ => format!("PciRoot(0x0)/Pci(0x1F,0x2)/Sata(0x{at:X},0xFFFF,0x0)"),
        },
        BootSource::Optical => "PciRoot(0x0)/Pci(0x14,0x0)/USB(0xD,0x0)/CDROM(0x0)".to_owned(),
        BootSource::Pxe(at) => port(at),
        BootSource::Http(at) => format!("{}/Uri()", port(at)),
    }
}

fn related(scene: &Scene<'_>, source: BootSource) -> Vec<Value> {
    match source {
        BootSource::Pxe(at) | BootSource::Http(at) => {
            network::interface_link(scene, at).into_iter().collect()
        }
        BootSource::Drive(_) | BootSource::Optical => Vec::new(),
    }
}
