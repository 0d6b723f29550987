//! From a [`Rack`] back to text that reads as the same rack.
use std::fmt::Write as _;

use crate::{
    address::mac_text,
    model::{AccountRole, Device, DeviceKind, InitialState, PasswordSource, Rack, Tls},
};

impl Rack {
    /// The rack as a rack file.
    ///
    /// - Reading it gives an equal rack.
    #[must_use]
    pub fn to_toml(&self) -> String {
        let mut out = String::new();
        // Writing to a string cannot fail.
        let _ = self.write(&mut out);
        out
    }

    fn write(&self, out: &mut String) -> std::fmt::Result {
        writeln!(out, "[rack]\nname = {}\nseed = {}", quote(&self.name), self.seed)?;
        let durations = [
            ("time-scale", self.simulation.time_scale),
            ("post-seconds", self.simulation.post_seconds),
            ("os-boot-seconds", self.simulation.os_boot_seconds),
            ("shutdown-seconds", self.simulation.shutdown_seconds),
            ("bmc-boot-seconds", self.simulation.bmc_boot_seconds),
        ];
        if durations.iter().any(|(_, value)| value.is_some()) {
            writeln!(out, "\n[simulation]")?;
            for (key, value) in durations.iter().filter_map(|(key, value)| value.map(|value| (key, value))) {
                writeln!(out, "{key} = {value:?}")?;
            }
        }
        for (name, credential) in &self.credentials {
            writeln!(out, "\n[credentials.{}]\nusername = {}", key(name), quote(&credential.username))?;
            writeln!(out, "password = {}", password(&credential.password))?;
            if let Some(privacy) = &credential.privacy {
                writeln!(out, "privacy = {}", password(privacy))?;
            }
        }
        for feed in &self.feeds {
            writeln!(out, "\n[[feed]]\nname = {}", quote(&feed.name))?;
        }
        for pdu in &self.pdus {
            writeln!(out, "\n[[pdu]]\nname = {}\noutlets = {}", quote(&pdu.name), pdu.outlets)?;
            if let Some(feed) = &pdu.feed {
                writeln!(out, "feed = {}", quote(feed))?;
            }
            self.managed(DeviceKind::Pdu, &pdu.name).map_or(Ok(()), |device| write_managed(out, device))?;
        }
        for switch in &self.switches {
            writeln!(out, "\n[[switch]]\nname = {}\nports = {}", quote(&switch.name), switch.ports)?;
            if !switch.uplinks.is_empty() {
                writeln!(out, "uplinks = {}", list(&switch.uplinks))?;
            }
            self.managed(DeviceKind::Switch, &switch.name)
                .map_or(Ok(()), |device| write_managed(out, device))?;
        }
        self.servers().try_for_each(|device| write_device(out, device))
    }

    /// The managed device that a unit of power or a switch is, if it speaks a protocol.
    fn managed(&self, kind: DeviceKind, name: &str) -> Option<&Device> {
        self.devices.iter().find(|device| device.kind == kind && device.name == name)
    }
}

/// What a simulated device plays.
fn write_persona(out: &mut String, device: &Device) -> std::fmt::Result {
    match (&device.recorded, &device.persona) {
        (Some(recorded), persona) => {
            write!(out, "persona = {{ recorded = {}", quote(&recorded.to_string_lossy()))?;
            if let Some(persona) = persona {
                write!(out, ", extends = {}", quote(persona))?;
            }
            writeln!(out, " }}")?;
        }
        (None, Some(persona)) => writeln!(out, "persona = {}", quote(persona))?,
        (None, None) => {}
    }
    Ok(())
}

/// What a unit of power or a switch has of a managed device.
fn write_managed(out: &mut String, device: &Device) -> std::fmt::Result {
    write_persona(out, device)?;
    if !device.tags.is_empty() {
        writeln!(out, "tags = {}", list(&device.tags))?;
    }
    if let Some(credential) = &device.credential {
        writeln!(out, "credential = {}", quote(credential))?;
    }
    let snmp = device.snmp.as_ref().map(|snmp| ("snmp", &snmp.address, &snmp.options));
    let ssh = device.ssh.as_ref().map(|ssh| ("ssh", &ssh.address, &ssh.options));
    for (protocol, address, options) in snmp.into_iter().chain(ssh) {
        let address = address.as_ref().map(|address| ("address", address.to_string()));
        let options = options.iter().map(|(key, word)| (key.as_str(), word.clone()));
        let all: Vec<_> = address
            .into_iter()
            .chain(options)
            .map(|(name, word)| format!("{} = {}", key(name), quote(&word)))
            .collect();
        writeln!(out, "{protocol} = {{ {} }}", all.join(", "))?;
    }
    Ok(())
}

fn write_device(out: &mut String, device: &Device) -> std::fmt::Result {
    writeln!(out, "\n[[device]]\nname = {}\nkind = \"{}\"", quote(&device.name), device.kind)?;
    write_persona(out, device)?;
    if !device.tags.is_empty() {
        writeln!(out, "tags = {}", list(&device.tags))?;
    }
    if let Some(credential) = &device.credential {
        writeln!(out, "credential = {}", quote(credential))?;
    }
    if let Some(state) = device.state {
        writeln!(out, "state = \"{}\"", if state == InitialState::On { "on" } else { "off" })?;
    }
    let power: Vec<_> = device
        .power
        .iter()
        .map(|cable| format!("{{ pdu = {}, outlet = {} }}", quote(&cable.pdu), cable.outlet))
        .collect();
    write_tables(out, "power", &power)?;
    let nics: Vec<_> = device
        .nics
        .iter()
        .map(|nic| {
            let mut text = format!("{{ name = {}", quote(&nic.name));
            if let Some(mac) = nic.mac {
                let _ = write!(text, ", mac = \"{}\"", mac_text(mac));
            }
            if let Some(speed) = nic.speed_mbps {
                let _ = write!(text, ", speed = {speed}");
            }
            if let Some(cable) = &nic.cable {
                let _ = write!(text, ", switch = {}, port = {}", quote(&cable.switch), cable.port);
            }
            text + " }"
        })
        .collect();
    write_tables(out, "nics", &nics)?;
    let accounts: Vec<_> = device
        .accounts
        .iter()
        .map(|account| {
            let role = match account.role {
                AccountRole::Administrator => "administrator",
                AccountRole::Operator => "operator",
                AccountRole::ReadOnly => "read-only",
            };
            format!("{{ credential = {}, role = \"{role}\" }}", quote(&account.credential))
        })
        .collect();
    write_tables(out, "accounts", &accounts)?;
    if let Some(redfish) = &device.redfish {
        writeln!(out, "\n[device.redfish]")?;
        if let Some(address) = &redfish.address {
            writeln!(out, "address = {}", quote(&address.to_string()))?;
        }
        match &redfish.tls {
            Tls::System => {}
            Tls::Insecure => writeln!(out, "tls = \"insecure\"")?,
            Tls::Http => writeln!(out, "tls = \"http\"")?,
            Tls::Pin(pin) => writeln!(out, "tls = {{ pin-sha256 = \"{pin}\" }}")?,
            Tls::CaFile(path) => writeln!(out, "tls = {{ ca-file = {} }}", quote(&path.to_string_lossy()))?,
        }
    }
    if let Some(ipmi) = &device.ipmi {
        writeln!(out, "\n[device.ipmi]")?;
        if let Some(address) = &ipmi.address {
            writeln!(out, "address = {}", quote(&address.to_string()))?;
        }
    }
    write_hardware(out, device)
}

fn write_hardware(out: &mut String, device: &Device) -> std::fmt::Result {
    let hardware = &device.hardware;
    if *hardware == crate::model::Hardware::default() {
        return Ok(());
    }
    writeln!(out, "\n[device.hardware]")?;
    let numbers = [
        ("processors", hardware.processors),
        ("memory-gib", hardware.memory_gib),
        ("drives", hardware.drives),
    ];
    for (key, value) in numbers.iter().filter_map(|(key, value)| value.map(|value| (key, value))) {
        writeln!(out, "{key} = {value}")?;
    }
    for (key, value) in [("serial", &hardware.serial), ("asset-tag", &hardware.asset_tag)] {
        if let Some(value) = value {
            writeln!(out, "{key} = {}", quote(value))?;
        }
    }
    Ok(())
}

fn write_tables(out: &mut String, key: &str, tables: &[String]) -> std::fmt::Result {
    match tables {
        [] => Ok(()),
        [one] => writeln!(out, "{key} = [{one}]"),
        many => writeln!(out, "{key} = [\n    {},\n]", many.join(",\n    ")),
    }
}

fn password(source: &PasswordSource) -> String {
    match source {
        PasswordSource::Env(name) => format!("{{ env = {} }}", quote(name)),
        PasswordSource::File(path) => format!("{{ file = {} }}", quote(&path.to_string_lossy())),
        PasswordSource::Command(words) => format!("{{ command = {} }}", list(words)),
        PasswordSource::Generated => "{ generated = true }".to_owned(),
    }
}

fn list(words: &[String]) -> String {
    format!("[{}]", words.iter().map(|word| quote(word)).collect::<Vec<_>>().join(", "))
}

/// A bare key where that is enough; a name with a dot would be two keys.
fn key(name: &str) -> String {
    let bare = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
    if bare { name.to_owned() } else { quote(name) }
}

fn quote(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}
