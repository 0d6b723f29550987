//! Recorded output of real switches: what the parsers read is what stands in the file beside it, which others wrote.
use std::{fs, path::Path};

use underlay_interop::{need::Need, suite::Suite};
use underlay_switch_cli::{parse, platform};

/// A file that shows that the recordings are there.
const CORPUS: Need =
    Need::Corpus("cli/arista_eos/show_interfaces_status/arista_eos_show_interfaces_status.raw");

pub(crate) fn tests(suite: Suite) -> Suite {
    suite
        .test("recorded CLI output: ports and their states", &[CORPUS], statuses)
        .test("recorded CLI output: addresses", &[CORPUS], addresses)
        .test("recorded CLI output: who is at the other end", &[CORPUS], neighbors)
        .test("recorded CLI output: what it is", &[CORPUS], versions)
}

/// The values of a key in a flat list of records, in order; the recordings' authors write one per line.
fn values(text: &str, key: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        let line = line.trim_start_matches([' ', '-']);
        let Some(value) = line.strip_prefix(&format!("{key}:")) else { continue };
        let value = value.trim();
        // A list of one stands on the next line.
        let value = if value.is_empty() {
            lines.peek().map_or("", |next| next.trim_start_matches([' ', '-'])).to_owned()
        } else {
            value.to_owned()
        };
        found.push(value.trim_matches(['"', '\'']).to_owned());
    }
    found
}

/// Every recording of a command, with the file beside it.
fn recordings(of: &str) -> Vec<(String, String, String)> {
    let root = CORPUS.path();
    let root = root.parent().and_then(Path::parent).and_then(Path::parent).expect("the folder of recordings");
    let folder = root.join(of);
    let mut all = Vec::new();
    for entry in fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display())) {
        let path = entry.expect("an entry").path();
        if path.extension().is_some_and(|extension| extension == "raw") {
            let raw = fs::read(&path).expect("it");
            let yaml = fs::read_to_string(path.with_extension("yml")).expect("the file beside it");
            all.push((path.display().to_string(), String::from_utf8_lossy(&raw).into_owned(), yaml));
        }
    }
    assert!(!all.is_empty(), "{of} has recordings");
    all
}

fn statuses() {
    let mut total = 0;
    for (id, folder) in [
        ("arista-eos", "arista_eos/show_interfaces_status"),
        ("cisco-ios", "cisco_ios/show_interfaces_status"),
        ("cisco-nxos", "cisco_nxos/show_interface_status"),
    ] {
        let platform = platform(id).expect("a platform");
        for (name, raw, yaml) in recordings(folder) {
            let rows = parse::status(platform, &raw);
            let all = values(&yaml, "port");
            let told: Vec<(String, String, String)> = all
                .iter()
                .zip(values(&yaml, "status"))
                .zip(values(&yaml, "vlan_id"))
                .map(|((port, status), vlan)| (parse::long_name(platform, port), status, vlan))
                // Interfaces that are no ports are left out.
                .filter(|(port, ..)| platform.is_port(port))
                .collect();
            assert!(!told.is_empty(), "{name}");
            let read: Vec<(String, String, String)> =
                rows.iter().map(|row| (row.port.to_string(), row.word.clone(), row.vlan.clone())).collect();
            let short = |rows: &[(String, String, String)]| -> Vec<(String, String)> {
                rows.iter().map(|(port, status, _)| (port.clone(), status.clone())).collect()
            };
            assert_eq!(short(&read), short(&told), "{name}");
            total += read.len();
        }
    }
    println!("{total} ports");
}

/// The lowest bit of the first octet.
fn is_group(mac: &str) -> bool {
    mac.get(1..2).and_then(|digit| u8::from_str_radix(digit, 16).ok()).is_some_and(|digit| digit & 1 == 1)
}

fn addresses() {
    let mut total = 0;
    for (id, folder) in [
        ("arista-eos", "arista_eos/show_mac_address-table"),
        ("cisco-ios", "cisco_ios/show_mac-address-table"),
        ("cisco-nxos", "cisco_nxos/show_mac_address-table"),
    ] {
        let platform = platform(id).expect("a platform");
        for (name, raw, yaml) in recordings(folder) {
            let rows = parse::macs(platform, &raw);
            let macs = values(&yaml, if id == "cisco-ios" { "destination_address" } else { "mac_address" });
            let ports = values(&yaml, if id == "cisco-nxos" { "ports" } else { "destination_port" });
            assert_eq!(macs.len(), ports.len(), "{name}");
            // Addresses that lead to the switch itself are left out, and those that were made unreadable by whoever
            // recorded them.
            let told: Vec<(String, String)> = macs
                .iter()
                .zip(&ports)
                .map(|(mac, port)| {
                    (mac.replace(['.', ':', '-'], "").to_lowercase(), parse::long_name(platform, port))
                })
                .filter(|(mac, _)| mac.chars().all(|digit| digit.is_ascii_hexdigit()))
                // Addresses of groups are no station's.
                .filter(|(mac, _)| !is_group(mac))
                .filter(|(_, port)| {
                    port.ends_with(|c: char| c.is_ascii_digit())
                        && platform.is_port(port)
                        && platform.short_names.iter().any(|(_, long)| port.starts_with(long))
                })
                .collect();
            let read: Vec<(String, String)> = rows
                .iter()
                .map(|row| (row.mac.to_string().replace(':', "").to_lowercase(), row.port.to_string()))
                .collect();
            assert_eq!(read, told, "{name}");
            total += read.len();
        }
    }
    assert!(total > 50, "there are many: {total}");
    println!("{total} addresses");
}

/// Letters and digits alone: addresses are written in many ways.
fn bare(text: &str) -> String {
    text.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_lowercase()
}

fn neighbors() {
    let mut total = 0;
    for (id, folder, port_key) in [
        ("arista-eos", "arista_eos", "neighbor_interface"),
        ("cisco-ios", "cisco_ios", "neighbor_port_id"),
        ("cisco-nxos", "cisco_nxos", "neighbor_interface"),
    ] {
        let platform = platform(id).expect("a platform");
        for (name, raw, yaml) in recordings(&format!("{folder}/show_lldp_neighbors_detail")) {
            let [local, chassis, port, system] =
                ["local_interface", "chassis_id", port_key, "neighbor_name"].map(|key| values(&yaml, key));
            assert!(local.len() == chassis.len() && local.len() == port.len() && local.len() == system.len());
            let told: Vec<(String, String, String, String)> = (0..local.len())
                .map(|at| {
                    (
                        parse::long_name(platform, &local[at]),
                        bare(&chassis[at]),
                        bare(&port[at]),
                        bare(&system[at]),
                    )
                })
                // Blocks that do not say at which port they are, and ports of the management.
                .filter(|(port, ..)| !port.is_empty() && platform.is_port(port))
                .collect();
            let text = |text: &Option<String>| bare(text.as_deref().unwrap_or(""));
            let read: Vec<_> = parse::neighbors(platform, &raw)
                .into_iter()
                .map(|one| {
                    let neighbor = &one.neighbor;
                    let names =
                        (text(&neighbor.chassis_id), text(&neighbor.port_id), text(&neighbor.system_name));
                    (one.port.to_string(), names.0, names.1, names.2)
                })
                .collect();
            assert_eq!(read, told, "{name}");
            total += read.len();
        }
    }
    assert!(total > 20, "there are many: {total}");
    println!("{total} neighbors");
}

fn versions() {
    let mut total = 0;
    for (folder, keys) in [
        ("arista_eos", ["model", "serial_number", "image"]),
        ("cisco_ios", ["hardware", "serial", "version"]),
        ("cisco_nxos", ["platform", "serial", "os"]),
    ] {
        for (name, raw, yaml) in recordings(&format!("{folder}/show_version")) {
            let told = keys.map(|key| values(&yaml, key).into_iter().next().unwrap_or_default());
            let read = parse::version(&raw);
            for (told, read) in told.iter().zip([read.model, read.serial, read.software]) {
                // What the recording does not tell.
                if told.is_empty() || told == "[]" {
                    continue;
                }
                // A fabric's switch tells its whole product number; who recorded it left the family out.
                let read = read.as_deref().map(|read| read.trim_start_matches("N9K-"));
                assert_eq!(read, Some(told.as_str()), "{name}");
                total += 1;
            }
        }
    }
    assert!(total > 40, "there are many: {total}");
    println!("{total} values");
}
