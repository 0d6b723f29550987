//! The switches with a command line, and what each calls things.

/// The family of commands that it has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dialect {
    /// Candidate sessions, structured output.
    Eos,
    /// An archive with a timer that reverts.
    Ios,
    /// Checkpoints to go back to.
    Nxos,
    /// Statements, and a candidate for each login.
    Junos,
}

/// One persona.
#[derive(Debug)]
pub(crate) struct Model {
    pub(crate) persona: &'static str,
    pub(crate) dialect: Dialect,
    pub(crate) model: &'static str,
    pub(crate) software: &'static str,
    /// What stands before a port's number in its name, long and short.
    pub(crate) port: &'static str,
    pub(crate) short: &'static str,
    /// The group's word.
    pub(crate) group: &'static str,
    /// How many spaces the lines of a block have.
    pub(crate) indent: usize,
    /// Sessions at once.
    pub(crate) sessions: usize,
}

/// Every persona.
pub(crate) const MODELS: &[Model] = &[
    Model {
        persona: "arista-eos",
        dialect: Dialect::Eos,
        model: "DCS-7050TX3-48C8",
        software: "4.31.2F",
        port: "Ethernet",
        short: "Et",
        group: "Port-Channel",
        indent: 3,
        sessions: 20,
    },
    Model {
        persona: "cisco-ios",
        dialect: Dialect::Ios,
        model: "WS-C3850-48T",
        software: "16.12.4",
        port: "GigabitEthernet1/0/",
        short: "Gi1/0/",
        group: "Port-channel",
        indent: 1,
        sessions: 16,
    },
    Model {
        persona: "cisco-nxos",
        dialect: Dialect::Nxos,
        model: "C93180YC-FX3",
        software: "10.3(6)",
        port: "Ethernet1/",
        short: "Eth1/",
        group: "port-channel",
        indent: 2,
        sessions: 32,
    },
    Model {
        persona: "juniper-junos",
        // Its ports are named from 1 on: the number in a rack file is the one that the name ends with.
        dialect: Dialect::Junos,
        model: "EX4300-48T",
        software: "21.4R3.15",
        port: "ge-0/0/",
        short: "ge-0/0/",
        group: "ae",
        indent: 0,
        sessions: 75,
    },
];

impl Model {
    /// What a port (from 1) is called.
    pub(crate) fn port_name(&self, number: u32) -> String {
        format!("{}{number}", self.port)
    }

    /// The same, where there is little room.
    pub(crate) fn short_name(&self, number: u32) -> String {
        format!("{}{number}", self.short)
    }

    /// What a group is called.
    pub(crate) fn group_name(&self, number: u16) -> String {
        format!("{}{number}", self.group)
    }

    /// The group that a name means: whole, or any beginning of its word.
    pub(crate) fn group_number(&self, name: &str) -> Option<u16> {
        let name: String = name.split_whitespace().collect::<String>().to_ascii_lowercase();
        let (said, number) = name.split_at(name.find(|c: char| c.is_ascii_digit())?);
        let fits = said.len() >= 2 && self.group.to_ascii_lowercase().starts_with(said);
        number.parse().ok().filter(|number| fits && (1..=2000).contains(number))
    }

    /// The port that a name means: long, short, or any beginning of the long word that is not ambiguous.
    pub(crate) fn port_number(&self, name: &str, ports: u32) -> Option<u32> {
        let name: String = name.split_whitespace().collect::<String>().to_ascii_lowercase();
        let (word, fixed) =
            self.port.split_at(self.port.find(|c: char| c.is_ascii_digit()).unwrap_or(self.port.len()));
        let digit = name.find(|c: char| c.is_ascii_digit())?;
        let (said, number) = name.split_at(digit);
        let fits = !said.is_empty() && word.to_ascii_lowercase().starts_with(said);
        let number: u32 = number.strip_prefix(fixed)?.parse().ok()?;
        (fits && (1..=ports).contains(&number)).then_some(number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_long_short_and_begun() {
        let of = |persona: &str| MODELS.iter().find(|model| model.persona == persona).expect("a persona");
        for (persona, name, number) in [
            ("arista-eos", "Ethernet7", Some(7)),
            ("arista-eos", "et 7", Some(7)),
            ("arista-eos", "Ethernet99", None),
            ("arista-eos", "Gi7", None),
            ("cisco-ios", "GigabitEthernet1/0/7", Some(7)),
            ("cisco-ios", "gi1/0/7", Some(7)),
            ("cisco-ios", "gi7", None),
            ("cisco-ios", "1/0/7", None),
            ("cisco-nxos", "eth1/7", Some(7)),
            ("cisco-nxos", "Ethernet2/7", None),
            ("juniper-junos", "ge-0/0/1", Some(1)),
            ("juniper-junos", "ge-0/0/49", None),
        ] {
            assert_eq!(of(persona).port_number(name, 48), number, "{persona} {name}");
        }
        for (name, number) in
            [("Port-Channel3", Some(3)), ("po 3", Some(3)), ("Po0", None), ("Ethernet3", None), ("p3", None)]
        {
            assert_eq!(of("arista-eos").group_number(name), number, "{name}");
        }
    }
}
