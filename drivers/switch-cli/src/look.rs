//! Where a switch stands, by the last line that it printed.

use std::{
    collections::HashMap,
    sync::{Mutex, OnceLock, PoisonError},
};

use regex_lite::Regex;

use crate::{Platform, Screen};

/// What may be done now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Look at some things.
    Exec,
    /// Look at all, and do all but configure.
    Privileged,
    /// Configure.
    Config,
}

/// What a switch waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look {
    /// It prints, or thinks.
    Busy,
    /// A command.
    Prompt(Mode),
    /// A key, to go on printing.
    More,
    /// A password.
    Password,
    /// This answer to what it asked.
    Question(&'static str),
    /// An answer that nobody knows.
    Unknown,
}

/// Patterns, once each: there are few, and a line is looked at often.
fn matches(pattern: &'static str, line: &str) -> bool {
    static KNOWN: OnceLock<Mutex<HashMap<&'static str, Option<Regex>>>> = OnceLock::new();
    let mut known = KNOWN.get_or_init(Mutex::default).lock().unwrap_or_else(PoisonError::into_inner);
    let regex = known.entry(pattern).or_insert_with(|| Regex::new(pattern).ok());
    regex.as_ref().is_some_and(|regex| regex.is_match(line))
}

/// The longest line that is looked at: a prompt is short.
const LONGEST: usize = 256;

impl Look {
    /// Whether a prompt was printed, and a log's lines came behind it: the switch waits, and does not show it.
    #[must_use]
    pub fn is_buried(platform: &Platform, screen: &Screen, name: &str) -> bool {
        let prompts = &platform.prompts;
        let is_prompt = |line: &str| {
            let patterns = [prompts.config, prompts.privileged, prompts.exec];
            line.len() <= LONGEST
                && line.starts_with(name)
                && patterns.into_iter().any(|pattern| matches(pattern, line))
        };
        !name.is_empty() && screen.text().lines().any(is_prompt)
    }

    /// Where it stands. Only the last line counts: others may be a log's, or another command's.
    #[must_use]
    pub fn at(platform: &Platform, screen: &Screen) -> Self {
        let line = screen.last_line();
        if line.len() > LONGEST {
            return Self::Busy;
        }
        let lower = line.trim_end().to_ascii_lowercase();
        let prompts = &platform.prompts;
        let modes = [
            (prompts.config, Mode::Config),
            (prompts.privileged, Mode::Privileged),
            (prompts.exec, Mode::Exec),
        ];
        if let Some((_, mode)) = modes.into_iter().find(|(pattern, _)| matches(pattern, line)) {
            return Self::Prompt(mode);
        }
        if lower.contains("--more--") || lower.starts_with("---(more") {
            return Self::More;
        }
        if lower.ends_with("password:") {
            return Self::Password;
        }
        if let Some((_, answer)) = platform.questions.iter().find(|(question, _)| lower.ends_with(question)) {
            return Self::Question(answer);
        }
        let asks = ["[y/n]", "(y/n)", "[yes/no]", "(yes/no)", "[confirm]"];
        if asks.iter().any(|ask| lower.trim_end_matches([':', '?', ' ']).ends_with(ask)) {
            return Self::Unknown;
        }
        Self::Busy
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{PLATFORMS, platform};

    fn at(id: &str, text: &str) -> Look {
        let mut screen = Screen::default();
        screen.feed(text.as_bytes()).expect("little");
        Look::at(platform(id).expect("a platform"), &screen)
    }

    #[test]
    fn prompts_are_told_apart() {
        for (id, line, mode) in [
            ("arista-eos", "leaf1>", Mode::Exec),
            ("arista-eos", "leaf1(s1)#", Mode::Privileged),
            ("arista-eos", "leaf1(s1)(config-if-Et1/1)#", Mode::Config),
            ("arista-eos", "leaf1(config-s-underlay)#", Mode::Config),
            ("cisco-ios", "sw1>", Mode::Exec),
            ("cisco-ios", "core-1.dc#", Mode::Privileged),
            ("cisco-ios", "sw1(config-if)#", Mode::Config),
        ] {
            assert_eq!(at(id, line), Look::Prompt(mode), "{id} {line}");
        }
        assert_eq!(at("cisco-ios", "sw1(tcl)#"), Look::Busy);
    }

    #[test]
    fn only_the_last_line_counts() {
        assert_eq!(at("cisco-ios", "sw1#\n*Mar 1 00:00:01: %SYS-5-CONFIG_I: Configured\n"), Look::Busy);
        assert_eq!(at("cisco-ios", "*Mar 1: %LINK-3-UPDOWN: Gi0/1\nsw1#"), Look::Prompt(Mode::Privileged));
    }

    #[test]
    fn a_prompt_under_a_log_is_found() {
        let buried = |text: &str| {
            let mut screen = Screen::default();
            screen.feed(text.as_bytes()).expect("little");
            Look::is_buried(platform("cisco-ios").expect("a platform"), &screen, "sw1")
        };
        assert!(buried("vlan 10\nsw1(config-vlan)#\n*Mar 1 00:00:01: %LINK-3-UPDOWN: Gi0/1\n"));
        assert!(!buried("sw1#show version\nCisco IOS Software\n"), "an echo is no prompt");
        assert!(!buried("*Mar 1 00:00:01: %LINK-3-UPDOWN: Gi0/1\n"));
    }

    #[test]
    fn what_it_asks_is_answered_where_the_answer_is_known() {
        assert_eq!(at("cisco-ios", "Destination filename [startup-config]? "), Look::Question(""));
        assert_eq!(at("cisco-ios", "Password: "), Look::Password);
        assert_eq!(at("cisco-ios", " --More-- "), Look::More);
        assert_eq!(at("arista-eos", "Proceed with reload? (y/n) "), Look::Unknown);
    }

    #[test]
    fn a_long_line_is_no_prompt_and_costs_nothing() {
        for platform in PLATFORMS {
            assert_eq!(at(platform.id, &"a".repeat(100_000)), Look::Busy);
        }
    }
}
