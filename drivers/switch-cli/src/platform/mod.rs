//! Operating systems of switches.

mod arista;
mod cisco;
mod juniper;
mod nexus;

/// One operating system.
#[derive(Debug)]
pub struct Platform {
    /// Its name in rack files.
    pub id: &'static str,
    /// Its name for people.
    pub title: &'static str,
    /// Where its words are documented.
    pub source: &'static str,
    /// How its lines are built.
    pub style: Style,
    /// What stands on the last line when it waits.
    pub prompts: Prompts,
    /// Lines sent after the login, before anything else: paging and width.
    pub open: &'static [&'static str],
    /// The line that asks for more rights, where the login does not give them.
    pub enable: &'static str,
    /// Into the configuration.
    pub enter: &'static str,
    /// Out of it.
    pub leave: &'static str,
    /// Prints the running configuration.
    pub running: &'static str,
    /// Prints the startup configuration.
    pub startup: &'static str,
    /// Writes the running configuration to the startup configuration.
    pub save: &'static str,
    /// Prints ports and their states.
    pub status: &'static str,
    /// Prints the table of addresses.
    pub macs: &'static str,
    /// Prints who tells by LLDP that they are there.
    pub neighbors: &'static str,
    /// Prints what it is.
    pub version: &'static str,
    /// Prints what of that the other does not.
    pub hardware: Option<&'static str>,
    /// Parts of lines that mean "refused", in lower case.
    pub refusals: &'static [&'static str],
    /// Parts of lines that only look so, in lower case.
    pub harmless: &'static [&'static str],
    /// What it may ask in the middle of a command: the end of the line, and what is answered.
    pub questions: &'static [(&'static str, &'static str)],
    /// A candidate of one's own that is committed from within, if it has that.
    pub commits: Option<Commits>,
    /// Candidate configurations, if it has some.
    pub sessions: Option<Sessions>,
    /// A timer that undoes what follows, if it has one and no candidates.
    pub revert: Option<Revert>,
    /// Named copies of the configuration to go back to, if it has some and neither candidates nor a timer.
    pub checkpoint: Option<Checkpoint>,
    /// What makes a port that is no trunk one of an end station, then what makes a trunk one, then what takes it back.
    pub edge: [&'static str; 3],
    /// What makes a trunk have no VLAN without a tag, if it can.
    pub native_tagged: Option<&'static str>,
    /// A line at the top that says that ports are off unless it is said otherwise.
    pub off_at_first: Option<&'static str>,
    /// The longest list of VLANs on one line.
    pub longest_list: usize,
    /// What stands before the number of a group's name.
    pub group: &'static str,
    /// Short and long words of ports' names.
    pub short_names: &'static [(&'static str, &'static str)],
    /// Names of interfaces that are no ports, by what they begin with, in lower case.
    pub not_ports: &'static [&'static str],
}

/// How lines of a configuration are built.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// Blocks that are entered and left.
    Blocks,
    /// Each line says all: `set`, `delete`.
    Statements,
}

/// A candidate of one's own: what is committed lasts, and there is nothing to save.
#[derive(Debug)]
pub struct Commits {
    /// Begins it, and enters it.
    pub begin: &'static str,
    /// Prints what it would change, from within.
    pub diff: &'static str,
    /// Makes it the configuration.
    pub commit: &'static str,
    /// The same, undone unless it is confirmed by another; `{minutes}` stands for the time.
    pub commit_timer: &'static str,
    /// What is printed when it is done, in lower case.
    pub is_done: &'static str,
    /// Throws it away.
    pub discard: &'static str,
    /// Makes the configuration before the last the candidate.
    pub previous: &'static str,
    /// Prints every commit, the last one first.
    pub log: &'static str,
    /// What stands on the first line of them while it waits.
    pub waits: &'static str,
}

/// Patterns of the last line (`regex-lite`), looked at from the last to the first.
#[derive(Debug)]
pub struct Prompts {
    /// May look.
    pub exec: &'static str,
    /// May do everything.
    pub privileged: &'static str,
    /// In the configuration, or in a part of it.
    pub config: &'static str,
}

/// Candidate configurations; `{id}` stands for a session's name.
#[derive(Debug)]
pub struct Sessions {
    /// Begins one, and enters it.
    pub begin: &'static str,
    /// Prints what it would change.
    pub diff: &'static str,
    /// Makes it the running configuration.
    pub commit: &'static str,
    /// The same, undone unless it is confirmed; `{timer}` is `HH:MM:SS`.
    pub commit_timer: &'static str,
    /// Throws it away, or undoes what waits.
    pub abort: &'static str,
    /// Prints every session; one that waits has [`Sessions::waits`] on its line.
    pub list: &'static str,
    /// What is on the line of a session that waits for its confirmation.
    pub waits: &'static str,
}

/// A configuration that undoes itself.
#[derive(Debug)]
pub struct Revert {
    /// Into the configuration, undone after so many minutes; `{minutes}` stands for them.
    pub enter: &'static str,
    /// The most minutes.
    pub most: u64,
    /// Keeps what was done.
    pub confirm: &'static str,
    /// Undoes it now.
    pub now: &'static str,
    /// Prints what waits.
    pub state: &'static str,
    /// What is printed if nothing waits, in lower case.
    pub nothing: &'static str,
    /// Prints whether there is an archive, which the timer needs.
    pub archive: &'static str,
    /// What is printed if there is none, in lower case.
    pub no_archive: &'static str,
}

/// Named copies of the configuration; `{id}` stands for a name.
#[derive(Debug)]
pub struct Checkpoint {
    /// Makes one.
    pub take: &'static str,
    /// Goes back to it, whole or not at all.
    pub back: &'static str,
    /// What is printed when it went back, in lower case.
    pub is_back: &'static str,
    /// Throws it away.
    pub forget: &'static str,
}

impl Platform {
    /// Whether an interface of this name is a port or a group of ports.
    #[must_use]
    pub fn is_port(&self, name: &str) -> bool {
        let name = name.to_ascii_lowercase();
        !self.not_ports.iter().any(|prefix| name.starts_with(prefix))
    }

    /// The same of a line that only looks: a refusal is all that is printed then, and the words of one may stand in any
    /// configuration, in a description for example.
    #[must_use]
    pub fn refusal_to_look<'t>(&self, printed: &'t str) -> Option<&'t str> {
        let few = printed.lines().filter(|line| !line.trim().is_empty()).count() <= 3;
        self.refusal(printed).filter(|_| few)
    }

    /// The line of what was printed that means that the switch refused.
    #[must_use]
    pub fn refusal<'t>(&self, printed: &'t str) -> Option<&'t str> {
        printed.lines().map(str::trim).find(|line| {
            let line = line.to_ascii_lowercase();
            let has = |parts: &[&str]| parts.iter().any(|part| line.contains(part));
            has(self.refusals) && !has(self.harmless)
        })
    }
}

/// Every platform.
pub const PLATFORMS: &[&Platform] = &[&arista::EOS, &cisco::IOS, &nexus::NXOS, &juniper::JUNOS];

/// The platform of that name.
#[must_use]
pub fn platform(id: &str) -> Option<&'static Platform> {
    PLATFORMS.iter().find(|platform| platform.id == id).copied()
}

#[cfg(test)]
mod tests {
    use regex_lite::Regex;

    use super::*;

    #[test]
    fn names_are_unique_and_patterns_are_patterns() {
        for (at, platform) in PLATFORMS.iter().enumerate() {
            assert!(PLATFORMS[..at].iter().all(|other| other.id != platform.id), "{}", platform.id);
            assert!(!platform.source.is_empty());
            let ways = [
                platform.commits.is_some(),
                platform.sessions.is_some(),
                platform.revert.is_some(),
                platform.checkpoint.is_some(),
            ];
            assert_eq!(ways.iter().filter(|way| **way).count(), 1, "{}: one way to be whole", platform.id);
            for pattern in [platform.prompts.exec, platform.prompts.privileged, platform.prompts.config] {
                Regex::new(pattern).unwrap_or_else(|error| panic!("{}: {error}", platform.id));
            }
            let lower = |part: &&str| part.to_ascii_lowercase() == **part;
            assert!(platform.refusals.iter().all(lower) && platform.harmless.iter().all(lower));
        }
    }

    #[test]
    fn a_refusal_is_found_and_what_looks_like_one_is_not() {
        let eos = platform("arista-eos").expect("a platform");
        let printed = "leaf1(config)#vlan 5000\n% Invalid input (at token 1: '5000')\n";
        assert_eq!(eos.refusal(printed), Some("% Invalid input (at token 1: '5000')"));
        assert_eq!(eos.refusal("! Access VLAN 99 not found in current VLAN database\n"), None);
        assert_eq!(eos.refusal("vlan 10\n"), None);
        let text = "!\ninterface Ethernet1\n   description host not found\n!\nend\n";
        assert_eq!(eos.refusal_to_look(text), None, "a description is none");
        assert!(eos.refusal_to_look(printed).is_some());
        let ios = platform("cisco-ios").expect("a platform");
        assert!(ios.refusal("Command rejected: Bad VLAN list").is_some());
        assert!(ios.refusal("                  ^\n% Invalid input detected at '^' marker.\n").is_some());
    }
}
