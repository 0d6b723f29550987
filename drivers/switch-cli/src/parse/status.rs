//! `show interfaces status`: a table whose names run over.

use underlay_hal::{PortId, PortStatus};

use super::{long_name, statements};
use crate::{Platform, Style};

/// One row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    /// The port, by its long name.
    pub port: PortId,
    /// What somebody wrote down about it, as far as the column goes.
    pub name: Option<String>,
    /// The switch's word.
    pub word: String,
    /// `trunk`, `routed`, or a number.
    pub vlan: String,
    /// In Mbit/s, if it is up or set by hand.
    pub speed_mbps: Option<u64>,
}

impl Status {
    /// How it stands.
    #[must_use]
    pub fn status(&self) -> PortStatus {
        match self.word.as_str() {
            "connected" => PortStatus::Up,
            "notconnect" | "notconnec" | "down" | "noOperMem" | "linkFlapE" | "suspnd" | "disabled"
            | "err-disabled" | "errdisabled" | "suspended" | "monitoring" => PortStatus::Down,
            "inactive" => PortStatus::Dormant,
            "xcvrAbsen" | "sfpAbsent" | "notpresent" => PortStatus::NotPresent,
            _ => PortStatus::Unknown,
        }
    }

    /// Whether somebody has turned it off.
    #[must_use]
    pub fn is_disabled(&self) -> bool {
        self.word == "disabled"
    }
}

/// `a-1000`, `25G`, `a-2.5G`, `100M`.
fn speed(text: &str) -> Option<u64> {
    let text = text.trim().trim_start_matches("a-");
    let (number, factor) = match text.strip_suffix('G').or_else(|| text.strip_suffix('g')) {
        Some(number) => (number, 1000.0),
        None => (text.trim_end_matches('M'), 1.0),
    };
    let value: f64 = number.parse().ok()?;
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the range is checked")]
    (value.is_finite() && (0.0..10_000_000.0).contains(&value)).then(|| (value * factor).round() as u64)
}

/// Whether a line is the table's heading.
fn is_heading(line: &str) -> bool {
    ["Port", "Name", "Status", "Vlan", "Duplex", "Speed"].iter().all(|word| line.contains(word))
}

/// The words of the status column.
const WORDS: &[&str] = &[
    "connected",
    "notconnect",
    "notconnec",
    "noOperMem",
    "linkFlapE",
    "xcvrInval",
    "channelDo",
    "suspnd",
    "down",
    "inactive",
    "disabled",
    "errdisabled",
    "err-disabled",
    "suspended",
    "monitoring",
    "faulty",
    "sfpAbsent",
    "xcvrAbsen",
    "notpresent",
];

/// What stands in the VLAN column.
fn is_vlan(word: &str) -> bool {
    // A private VLAN stands behind its first one.
    let number = word.split(['/', ',']).next().unwrap_or(word);
    number.parse::<u16>().is_ok()
        || matches!(
            word,
            "trunk" | "routed" | "in" | "unassigned" | "tap" | "tool" | "tap-tool" | "f-path" | "fabric"
        )
        || word.contains("pvlan")
}

/// Reads the table. Names hold blanks, are cut, and run over their column, so that neither columns nor words can be
/// counted from the left: the status is the last word that is one and has a VLAN behind it.
#[must_use]
pub fn status(platform: &Platform, text: &str) -> Vec<Status> {
    if platform.style == Style::Statements {
        return statements::status(platform, text);
    }
    let mut begun = false;
    let mut rows = Vec::new();
    for line in text.lines() {
        if is_heading(line) {
            begun = true;
            continue;
        }
        if !begun {
            continue;
        }
        let words: Vec<&str> = line.split_whitespace().collect();
        let Some((port, rest)) = words.split_first() else { continue };
        if !port.contains(|c: char| c.is_ascii_digit()) || !platform.is_port(&long_name(platform, port)) {
            continue;
        }
        // Some say more behind a colon: `notconnect: TDR 1`.
        let vlan_behind = |at: usize| {
            let word = rest.get(at)?;
            let more = word.ends_with(':');
            let known = WORDS.contains(&word.trim_end_matches(':'));
            let places = [Some(at + 1), more.then_some(at + 2)];
            let is_there = |at: &usize| rest.get(*at).is_some_and(|word| is_vlan(word));
            places.into_iter().flatten().find(is_there).filter(|_| known)
        };
        let Some((at, vlan_at)) = (0..rest.len()).rev().find_map(|at| Some((at, vlan_behind(at)?))) else {
            continue;
        };
        let (Some(name), Some(word)) = (rest.get(..at), rest.get(at)) else { continue };
        let word = word.trim_end_matches(':');
        let mut words = rest.iter().skip(vlan_at).copied();
        let Some(vlan) = words.next() else { continue };
        // A group that a port is in is told as `in Po7`.
        let vlan = if vlan == "in" { words.next().unwrap_or(vlan) } else { vlan };
        let name = name.join(" ");
        rows.push(Status {
            port: PortId::from(long_name(platform, port)),
            name: Some(name).filter(|name| !name.is_empty() && name != "--"),
            word: word.to_owned(),
            vlan: vlan.to_owned(),
            speed_mbps: words.nth(1).and_then(speed),
        });
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform;

    #[test]
    fn names_with_blanks_do_not_move_columns() {
        let text = "\
Port      Name               Status       Vlan       Duplex  Speed Type
Gi1/0/2   Access Point 7     connected    8          a-full a-1000 10/100/1000BaseTX
Gi1/0/8   SFP Not Present    notconnect   1            auto   auto Not Present
Gi1/0/9                      disabled     trunk        full    10G SFP
";
        let rows = status(platform("cisco-ios").expect("a platform"), text);
        let told: Vec<_> = rows.iter().map(|row| (row.port.as_str(), row.status(), row.speed_mbps)).collect();
        assert_eq!(
            told,
            [
                ("GigabitEthernet1/0/2", PortStatus::Up, Some(1000)),
                ("GigabitEthernet1/0/8", PortStatus::Down, None),
                ("GigabitEthernet1/0/9", PortStatus::Down, Some(10_000)),
            ]
        );
        assert_eq!(rows[0].name.as_deref(), Some("Access Point 7"));
        assert_eq!((rows[2].name.as_deref(), rows[2].is_disabled(), &*rows[2].vlan), (None, true, "trunk"));
    }
}
