//! From text to a checked [`Rack`].
use std::{collections::BTreeMap, path::Path};

use toml::de::DeValue;

use crate::{
    address,
    model::{
        AccountRole, Credential, Device, DeviceKind, ExtraAccount, Feed, Hardware, InitialState, IpmiAddress,
        NetCable, NicPort, PasswordSource, Pdu, PowerCable, Rack, RedfishAddress, Simulation, SnmpAddress,
        SshAddress, Switch, Tls,
    },
    names::Names,
    problem::Problems,
    section::{Section, Source, Span, read_strictly, wrong_type},
};

/// How a rack file is read.
#[derive(Clone, Copy, Debug, Default)]
pub struct ReadOptions<'a> {
    /// Name of the file for messages.
    pub file: &'a str,
    /// Folder that relative paths in the file start from.
    pub folder: Option<&'a Path>,
    /// Personas that exist; `None` accepts any name.
    pub personas: Option<&'a [&'a str]>,
}

/// Reads a rack file.
///
/// - Every key is known, of the right type and in range; every name is unique; every reference
///   (credential, outlet, switch port, persona) leads somewhere and is used once.
/// - Everything wrong is reported, not only the first thing.
///
/// # Errors
/// - [`Problems`], each with file, line, column and where possible a hint. No message shows a password.
pub fn read(text: &str, options: &ReadOptions<'_>) -> Result<Rack, Problems> {
    read_strictly(text, options.file, "the rack file", |source, file| {
        let mut reading = Reading { options, names: Names::default() };
        let rack = reading.rack(source, file);
        reading.names.check(source, &rack);
        rack
    })
}

struct Reading<'o> {
    options: &'o ReadOptions<'o>,
    names: Names,
}

impl Reading<'_> {
    fn rack(&mut self, source: &mut Source<'_>, mut file: Section<'_, '_>) -> Rack {
        let mut rack = Rack::default();
        if let Some(mut section) = file.section(source, "rack", "[rack]") {
            if let Some((name, span)) = section.required(source, "name") {
                check_name(source, &name, &span);
                rack.name = name;
            }
            // TOML's numbers end at 2^63 - 1.
            rack.seed =
                section.integer(source, "seed", 0..=i64::MAX.unsigned_abs()).map_or(0, |(seed, _)| seed);
            section.finish(source);
        } else {
            file.missing(source, "rack");
        }
        if let Some(section) = file.section(source, "simulation", "[simulation]") {
            rack.simulation = simulation(source, section);
        }
        if let Some(section) = file.section(source, "credentials", "[credentials]") {
            self.credentials(source, &section, &mut rack);
        }
        for mut section in file.sections(source, "feed", "[[feed]]") {
            if let Some((name, span)) = section.required(source, "name") {
                check_name(source, &name, &span);
                self.names.feed(&name, &span);
                rack.feeds.push(Feed { name });
            }
            section.finish(source);
        }
        let mut units = Vec::new();
        for section in file.sections(source, "pdu", "[[pdu]]") {
            let (pdu, device) = self.pdu(source, section);
            rack.pdus.extend(pdu);
            units.extend(device);
        }
        for section in file.sections(source, "switch", "[[switch]]") {
            let (switch, device) = self.switch(source, section);
            rack.switches.extend(switch);
            units.extend(device);
        }
        for section in file.sections(source, "device", "[[device]]") {
            rack.devices.extend(self.device(source, section));
        }
        rack.devices.extend(units);
        file.finish(source);
        rack
    }

    fn credentials(&mut self, source: &mut Source<'_>, section: &Section<'_, '_>, rack: &mut Rack) {
        for (name, span, value) in section.entries() {
            check_name(source, name, &span);
            let DeValue::Table(table) = value.get_ref() else {
                wrong_type(
                    source,
                    name,
                    "a table with `username` and `password`",
                    value.get_ref(),
                    &value.span(),
                );
                self.names.incomplete(name);
                continue;
            };
            let mut section = Section::new(table, value.span(), format!("[credentials.{name}]"));
            let username = section.required(source, "username");
            let password = self.password(source, &mut section, "password");
            let second = section.value("privacy").is_some();
            let privacy = second.then(|| self.password(source, &mut section, "privacy"));
            if let Some((username, span)) = &username
                && (username.is_empty() || username.len() > 64 || username.chars().any(char::is_control))
            {
                source.problem(span, "`username` must have 1 to 64 printable characters", None);
            }
            section.finish(source);
            match (username, password) {
                (Some((username, _)), Some(password)) if privacy != Some(None) => {
                    let privacy = privacy.flatten();
                    rack.credentials.insert(name.to_owned(), Credential { username, password, privacy });
                }
                _ => self.names.incomplete(name),
            }
        }
    }

    /// Where a secret is found: `password`, or the second pass phrase `privacy`.
    fn password(
        &self,
        source: &mut Source<'_>,
        section: &mut Section<'_, '_>,
        key: &'static str,
    ) -> Option<PasswordSource> {
        const HELP: &str = "say where it is: `{ env = \"NAME\" }`, `{ file = \"path\" }`, `{ command = [\"program\"] }`, or `{ generated = true }` in a simulation";
        let Some(value) = section.value(key) else {
            section.missing(source, key);
            return None;
        };
        let DeValue::Table(table) = value.get_ref() else {
            source.problem(
                &value.span(),
                "a password is never written into a rack file",
                Some(HELP.to_owned()),
            );
            return None;
        };
        let title = format!("`{key}` of {}", section.title());
        let mut section = Section::new(table, value.span(), title);
        let env = section.text(source, "env").map(|(name, _)| PasswordSource::Env(name));
        let file = section.text(source, "file").map(|(path, _)| PasswordSource::File(self.path(&path)));
        let command: Vec<_> = section.texts(source, "command").into_iter().map(|(word, _)| word).collect();
        let command = (!command.is_empty()).then_some(PasswordSource::Command(command));
        let generated = section.value("generated").and_then(|value| match value.get_ref() {
            DeValue::Boolean(true) => Some(PasswordSource::Generated),
            DeValue::Boolean(false) => None,
            other => {
                wrong_type(source, "generated", "true", other, &value.span());
                None
            }
        });
        let span = section.span.clone();
        let before = source.problems.len();
        section.finish(source);
        let mut given: Vec<_> = [env, file, command, generated].into_iter().flatten().collect();
        if given.len() != 1 && source.problems.len() == before {
            source.problem(
                &span,
                format!("`{key}` needs exactly one place to find it"),
                Some(HELP.to_owned()),
            );
        }
        let given = given.pop();
        if key == "privacy" && given == Some(PasswordSource::Generated) {
            let help = "a simulator makes one pass phrase, and uses it for both; leave `privacy` out";
            source.problem(&span, "`privacy` cannot be generated", Some(help.to_owned()));
            return None;
        }
        given
    }

    fn path(&self, text: &str) -> std::path::PathBuf {
        self.options.folder.map_or_else(|| Path::new(text).to_path_buf(), |folder| folder.join(text))
    }

    /// The name of a persona, or `{ recorded = "path", extends = "name" }`.
    fn persona(
        &self,
        source: &mut Source<'_>,
        section: &mut Section<'_, '_>,
    ) -> (Option<(String, Span)>, Option<std::path::PathBuf>) {
        if !section.is_table("persona") {
            return (section.text(source, "persona"), None);
        }
        let Some(mut section) = section.section(source, "persona", "`persona`") else {
            return (None, None);
        };
        let recorded = section.required(source, "recorded");
        let extends = section.text(source, "extends");
        section.finish(source);
        (extends, recorded.map(|(path, _)| self.path(&path)))
    }

    /// A unit, and the managed device that it is if it speaks a protocol.
    fn pdu(
        &mut self,
        source: &mut Source<'_>,
        mut section: Section<'_, '_>,
    ) -> (Option<Pdu>, Option<Device>) {
        let device = self.managed(source, &mut section, DeviceKind::Pdu);
        let pdu = self.plain_pdu(source, section);
        let device = pdu.as_ref().and_then(|pdu| Some(Device { name: pdu.name.clone(), ..device? }));
        (pdu, device)
    }

    /// What makes a managed device of a unit of power or a switch.
    fn managed(
        &mut self,
        source: &mut Source<'_>,
        section: &mut Section<'_, '_>,
        kind: DeviceKind,
    ) -> Option<Device> {
        let span = section.span.clone();
        let (persona, recorded) = self.persona(source, section);
        let tags = section.texts(source, "tags");
        let credential = section.text(source, "credential");
        let snmp = section.section(source, "snmp", "`snmp`").map(|section| snmp(source, section));
        let ssh = match kind {
            DeviceKind::Switch => section.section(source, "ssh", "`ssh`").map(|section| ssh(source, section)),
            _ => None,
        };
        for (tag, span) in &tags {
            check_name(source, tag, span);
        }
        if let Some((credential, span)) = &credential {
            self.names.credential_use(credential, span);
        }
        if snmp.is_some() && credential.is_none() {
            let help =
                "its password is the community, or the pass phrase of its user with version 3".to_owned();
            source.problem(&span, "`snmp` needs a `credential`", Some(help));
        }
        if ssh.is_some() && credential.is_none() {
            let help = "the user and the password that log in there".to_owned();
            source.problem(&span, "`ssh` needs a `credential`", Some(help));
        }
        if snmp.is_none() && ssh.is_none() {
            return None;
        }
        Some(Device {
            kind,
            persona: persona.map(|(persona, _)| persona),
            recorded,
            tags: tags.into_iter().map(|(tag, _)| tag).collect(),
            credential: credential.map(|(credential, _)| credential),
            snmp,
            ssh,
            ..Device::default()
        })
    }

    fn plain_pdu(&mut self, source: &mut Source<'_>, mut section: Section<'_, '_>) -> Option<Pdu> {
        let name = section.required(source, "name");
        let outlets = section.integer(source, "outlets", 1..=128);
        if outlets.is_none() {
            section.missing_unless_present(source, "outlets");
        }
        let feed = section.text(source, "feed");
        section.finish(source);
        let (name, span) = name?;
        self.thing(source, &name, &span);
        if let Some((feed, span)) = &feed {
            self.names.feed_use(feed, span);
        }
        let Some(outlets) = outlets.and_then(|(outlets, _)| u32::try_from(outlets).ok()) else {
            self.names.incomplete(&name);
            return None;
        };
        Some(Pdu { name, feed: feed.map(|(feed, _)| feed), outlets })
    }

    /// A switch, and the managed device that it is if it speaks a protocol.
    fn switch(
        &mut self,
        source: &mut Source<'_>,
        mut section: Section<'_, '_>,
    ) -> (Option<Switch>, Option<Device>) {
        let device = self.managed(source, &mut section, DeviceKind::Switch);
        let switch = self.plain_switch(source, section);
        let device = switch.as_ref().and_then(|switch| Some(Device { name: switch.name.clone(), ..device? }));
        (switch, device)
    }

    fn plain_switch(&mut self, source: &mut Source<'_>, mut section: Section<'_, '_>) -> Option<Switch> {
        let name = section.required(source, "name");
        let uplinks = section.texts(source, "uplinks");
        let ports = section.integer(source, "ports", 1..=1024);
        if ports.is_none() {
            section.missing_unless_present(source, "ports");
        }
        section.finish(source);
        let (name, span) = name?;
        self.thing(source, &name, &span);
        let Some(ports) = ports.and_then(|(ports, _)| u32::try_from(ports).ok()) else {
            self.names.incomplete(&name);
            return None;
        };
        let uplinks = uplinks.into_iter().map(|(port, _)| port).collect();
        Some(Switch { name, ports, uplinks })
    }

    fn device(&mut self, source: &mut Source<'_>, mut section: Section<'_, '_>) -> Option<Device> {
        let span = section.span.clone();
        let name = section.required(source, "name");
        let kind = section.required(source, "kind");
        let (persona, recorded) = self.persona(source, &mut section);
        let tags = section.texts(source, "tags");
        let credential = section.required(source, "credential");
        let state = section.text(source, "state");
        let redfish = section
            .section(source, "redfish", "[device.redfish]")
            .map(|section| self.redfish(source, section));
        let ipmi = section.section(source, "ipmi", "[device.ipmi]").map(|mut section| {
            let address = endpoint_address(source, &mut section);
            section.finish(source);
            IpmiAddress { address }
        });
        let power = self.power(source, &mut section);
        let nics = self.nics(source, &mut section);
        let hardware =
            section.section(source, "hardware", "[device.hardware]").map(|section| hardware(source, section));
        let accounts = self.accounts(source, &mut section);
        section.finish(source);

        let (name, name_span) = name?;
        self.thing(source, &name, &name_span);
        if redfish.is_none() && ipmi.is_none() {
            let help = "add `[device.redfish]`, `[device.ipmi]` or both".to_owned();
            source.problem(&span, format!("device `{name}` has no protocol"), Some(help));
        }
        if let Some((kind, span)) = &kind
            && kind != "server"
        {
            source.problem(span, format!("unknown kind `{kind}`"), Source::suggest(kind, ["server"]));
        }
        if let (Some((persona, span)), Some(known)) = (&persona, self.options.personas)
            && !known.contains(&persona.as_str())
        {
            let help = Source::suggest(persona, known.iter().copied());
            source.problem(span, format!("unknown persona `{persona}`"), help);
        }
        for (tag, span) in &tags {
            check_name(source, tag, span);
        }
        if let Some((credential, span)) = &credential {
            self.names.credential_use(credential, span);
        }
        let state = state.and_then(|(state, span)| match state.as_str() {
            "on" => Some(InitialState::On),
            "off" => Some(InitialState::Off),
            other => {
                source.problem(
                    &span,
                    format!("unknown state `{other}`"),
                    Source::suggest(other, ["on", "off"]),
                );
                None
            }
        });
        Some(Device {
            name,
            kind: DeviceKind::Server,
            persona: persona.map(|(persona, _)| persona),
            recorded,
            tags: tags.into_iter().map(|(tag, _)| tag).collect(),
            credential: credential.map(|(credential, _)| credential),
            redfish,
            ipmi,
            snmp: None,
            ssh: None,
            power,
            nics,
            state,
            hardware: hardware.unwrap_or_default(),
            accounts,
        })
    }

    /// A name that selectors find.
    fn thing(&mut self, source: &mut Source<'_>, name: &str, span: &Span) {
        check_name(source, name, span);
        if name == "all" {
            let help = Some("`all` selects every machine".to_owned());
            source.problem(span, "a device cannot be called `all`", help);
        }
        self.names.thing(name, span);
    }

    fn redfish(&self, source: &mut Source<'_>, mut section: Section<'_, '_>) -> RedfishAddress {
        let address = endpoint_address(source, &mut section);
        let tls = section.value("tls").and_then(|value| match value.get_ref() {
            DeValue::String(word) => match word.as_ref() {
                "system" => Some(Tls::System),
                "insecure" => Some(Tls::Insecure),
                "http" => Some(Tls::Http),
                other => {
                    let help = Source::suggest(other, ["system", "insecure", "http"]);
                    source.problem(&value.span(), format!("unknown `tls` choice `{other}`"), help);
                    None
                }
            },
            DeValue::Table(table) => self.tls(source, Section::new(table, value.span(), "`tls`")),
            other => {
                wrong_type(source, "tls", "a word or a table", other, &value.span());
                None
            }
        });
        section.finish(source);
        RedfishAddress { address, tls: tls.unwrap_or_default() }
    }

    fn tls(&self, source: &mut Source<'_>, mut section: Section<'_, '_>) -> Option<Tls> {
        let pin = section.text(source, "pin-sha256");
        let file = section.text(source, "ca-file");
        let span = section.span.clone();
        section.finish(source);
        match (pin, file) {
            (Some((pin, span)), None) => {
                let hex: String = pin.chars().filter(|c| *c != ':').map(|c| c.to_ascii_lowercase()).collect();
                let good = hex.len() == 64 && hex.chars().all(|c| c.is_ascii_hexdigit());
                if !good {
                    let help = "the SHA-256 of the certificate: 64 hexadecimal digits".to_owned();
                    source.problem(&span, "not a fingerprint", Some(help));
                }
                good.then_some(Tls::Pin(hex))
            }
            (None, Some((file, _))) => Some(Tls::CaFile(self.path(&file))),
            _ => {
                source.problem(&span, "`tls` needs either `pin-sha256` or `ca-file`", None);
                None
            }
        }
    }

    fn power(&mut self, source: &mut Source<'_>, section: &mut Section<'_, '_>) -> Vec<PowerCable> {
        let mut cables = Vec::new();
        for mut section in section.sections(source, "power", "an entry of `power`") {
            let pdu = section.required(source, "pdu");
            let outlet = section.integer(source, "outlet", 1..=128);
            if outlet.is_none() {
                section.missing_unless_present(source, "outlet");
            }
            section.finish(source);
            if let (Some((pdu, pdu_span)), Some((outlet, span))) = (pdu, outlet) {
                let outlet = u32::try_from(outlet).unwrap_or(u32::MAX);
                self.names.outlet_use(&pdu, &pdu_span, outlet, &span);
                cables.push(PowerCable { pdu, outlet });
            }
        }
        cables
    }

    fn nics(&mut self, source: &mut Source<'_>, section: &mut Section<'_, '_>) -> Vec<NicPort> {
        let mut ports: Vec<NicPort> = Vec::new();
        for mut section in section.sections(source, "nics", "an entry of `nics`") {
            let name = section.required(source, "name");
            let mac = section.text(source, "mac");
            let speed = section.integer(source, "speed", 1..=1_600_000);
            let switch = section.text(source, "switch");
            let port = section.integer(source, "port", 1..=1024);
            let span = section.span.clone();
            section.finish(source);
            let mac = mac.and_then(|(text, span)| {
                let mac = address::mac(&text);
                match mac {
                    Some(mac) => self.names.mac(mac, &span),
                    None => {
                        let help = "six pairs of hexadecimal digits, such as `02:00:00:00:00:0a`".to_owned();
                        source.problem(&span, "not a hardware address of a port", Some(help));
                    }
                }
                mac
            });
            let cable = match (switch, port) {
                (Some((switch, switch_span)), Some((port, port_span))) => {
                    let port = u32::try_from(port).unwrap_or(u32::MAX);
                    self.names.port_use(&switch, &switch_span, port, &port_span);
                    Some(NetCable { switch, port })
                }
                (None, None) => None,
                _ => {
                    source.problem(&span, "a cable needs both `switch` and `port`", None);
                    None
                }
            };
            let Some((name, name_span)) = name else { continue };
            check_name(source, &name, &name_span);
            if ports.iter().any(|port| port.name == name) {
                source.problem(&name_span, format!("duplicate network port `{name}` in this device"), None);
            }
            let speed_mbps = speed.and_then(|(speed, _)| u32::try_from(speed).ok());
            ports.push(NicPort { name, mac, speed_mbps, cable });
        }
        ports
    }

    fn accounts(&mut self, source: &mut Source<'_>, section: &mut Section<'_, '_>) -> Vec<ExtraAccount> {
        const ROLES: [&str; 3] = ["administrator", "operator", "read-only"];
        let mut accounts = Vec::new();
        for mut section in section.sections(source, "accounts", "an entry of `accounts`") {
            let credential = section.required(source, "credential");
            let role = section.required(source, "role");
            section.finish(source);
            let (Some((credential, span)), Some((role, role_span))) = (credential, role) else { continue };
            self.names.credential_use(&credential, &span);
            let role = match role.as_str() {
                "administrator" => AccountRole::Administrator,
                "operator" => AccountRole::Operator,
                "read-only" => AccountRole::ReadOnly,
                other => {
                    source.problem(
                        &role_span,
                        format!("unknown role `{other}`"),
                        Source::suggest(other, ROLES),
                    );
                    continue;
                }
            };
            accounts.push(ExtraAccount { credential, role });
        }
        accounts
    }
}

fn simulation(source: &mut Source<'_>, mut section: Section<'_, '_>) -> Simulation {
    let simulation = Simulation {
        time_scale: section.positive(source, "time-scale"),
        post_seconds: section.positive(source, "post-seconds"),
        os_boot_seconds: section.positive(source, "os-boot-seconds"),
        shutdown_seconds: section.positive(source, "shutdown-seconds"),
        bmc_boot_seconds: section.positive(source, "bmc-boot-seconds"),
    };
    section.finish(source);
    simulation
}

fn hardware(source: &mut Source<'_>, mut section: Section<'_, '_>) -> Hardware {
    let number = |number: Option<(u64, Span)>| number.and_then(|(number, _)| u32::try_from(number).ok());
    let hardware = Hardware {
        processors: number(section.integer(source, "processors", 1..=16)),
        memory_gib: number(section.integer(source, "memory-gib", 1..=65_536)),
        drives: number(section.integer(source, "drives", 0..=256)),
        serial: section.text(source, "serial").map(|(serial, _)| serial),
        asset_tag: section.text(source, "asset-tag").map(|(tag, _)| tag),
    };
    section.finish(source);
    hardware
}

/// How to reach an agent, with the options that the driver knows.
fn snmp(source: &mut Source<'_>, mut section: Section<'_, '_>) -> SnmpAddress {
    let address = endpoint_address(source, &mut section);
    let words: [(&str, &[&str]); 5] = [
        ("version", &["1", "2c", "3"]),
        ("auth", &["sha256", "sha", "sha224", "sha384", "sha512", "md5"]),
        ("privacy", &["aes128", "aes192", "aes256", "none"]),
        ("context", &[]),
        ("family", &[]),
    ];
    let mut options = BTreeMap::new();
    for (key, known) in words {
        let Some((word, span)) = section.text(source, key) else { continue };
        if !known.is_empty() && !known.contains(&word.as_str()) {
            let help = Source::suggest(&word, known.iter().copied())
                .or_else(|| Some(format!("one of {}", known.join(", "))));
            source.problem(&span, format!("unknown `{key}` `{word}`"), help);
        }
        options.insert(key.to_owned(), word);
    }
    for key in ["traps", "informs"] {
        let Some((at, span)) = section.text(source, key) else { continue };
        if at.parse::<std::net::SocketAddr>().is_err() {
            let help =
                "the IP address and the port that the unit sends to, as `10.4.0.5:162` or `[fd00::5]:162`";
            source.problem(&span, format!("bad address `{at}`"), Some(help.to_owned()));
        } else if options.contains_key("traps") {
            source.problem(&span, "`traps` and `informs` exclude each other", None);
        }
        options.insert(key.to_owned(), at);
    }
    section.finish(source);
    SnmpAddress { address, options }
}

/// How to reach a command line, with the options that the driver knows.
fn ssh(source: &mut Source<'_>, mut section: Section<'_, '_>) -> SshAddress {
    let address = endpoint_address(source, &mut section);
    let mut options = BTreeMap::new();
    for key in ["platform", "host-key", "known-hosts", "identity", "jump", "jump-identity", "jump-host-key"] {
        if let Some((word, _)) = section.text(source, key) {
            options.insert(key.to_owned(), word);
        }
    }
    if let Some((word, span)) = section.text(source, "algorithms") {
        let known = ["modern", "legacy"];
        if !known.contains(&word.as_str()) {
            let help = Source::suggest(&word, known).or_else(|| Some("`modern` or `legacy`".to_owned()));
            source.problem(&span, format!("unknown `algorithms` `{word}`"), help);
        }
        options.insert("algorithms".to_owned(), word);
    }
    section.finish(source);
    SshAddress { address, options }
}

fn endpoint_address(source: &mut Source<'_>, section: &mut Section<'_, '_>) -> Option<crate::model::Address> {
    let (text, span) = section.text(source, "address")?;
    match address::address(&text) {
        Ok(address) => Some(address),
        Err(why) => {
            source.problem(&span, format!("bad address `{text}`"), Some(why));
            None
        }
    }
}

/// Names end up in selectors, paths and tables, so they hold nothing that means something there.
fn check_name(source: &mut Source<'_>, name: &str, span: &Span) {
    let good = name.len() <= 64
        && name.starts_with(|c: char| c.is_ascii_alphanumeric())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'));
    if !good {
        let help = "1 to 64 letters, digits, `-`, `_` and `.`, starting with a letter or digit".to_owned();
        source.problem(span, format!("bad name `{name}`"), Some(help));
    }
}
