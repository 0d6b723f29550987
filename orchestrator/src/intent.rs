//! The intent file: what the machines should be.
//!
//! ```toml
//! [intent]
//! name = "bring-up"
//!
//! [[profile]]
//! name = "compute"
//! select = "tag:compute"
//! power = "on"
//! boot = { once = "pxe", generation = 1 }
//! ```

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use underlay_hal::BootTarget;
use underlay_rack::{
    Problems, Rack,
    strict::{Section, Source, Span, read_strictly},
};

/// A checked intent file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Intent {
    /// Its name.
    pub name: String,
    /// SHA-256 of the file's text, in hex.
    pub digest: String,
    /// The profiles, in the order of the file.
    pub profiles: Vec<Profile>,
    /// What each device should be, by name.
    pub wants: BTreeMap<String, Want>,
}

/// What a group of devices should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Profile {
    /// Its name.
    pub name: String,
    /// Which devices.
    pub select: String,
    /// What they should be.
    pub want: Want,
}

/// What one device should be; what is not said is left alone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Want {
    /// Host power.
    pub power: Option<PowerGoal>,
    /// A one-time boot.
    pub boot: Option<BootGoal>,
}

/// Host power as wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PowerGoal {
    /// On.
    On,
    /// Off, by asking the operating system where the device can, else at once.
    Off,
}

/// "Generation `generation` of this machine was booted once from `target`": reached once and remembered, until the
/// intent raises the generation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BootGoal {
    /// From what.
    pub target: BootTarget,
    /// Which time.
    pub generation: u32,
}

impl Intent {
    /// Reads an intent file for this rack.
    ///
    /// # Errors
    /// [`Problems`] with file, line, column and hint: unknown keys and values, selectors that mean nothing, and two
    /// profiles that want different things of one device.
    pub fn read(text: &str, file: &str, rack: &Rack) -> Result<Self, Problems> {
        read_strictly(text, file, "the intent file", |source, mut root| {
            let mut name = String::new();
            if let Some(mut section) = root.section(source, "intent", "[intent]") {
                name = section.required(source, "name").map(|(name, _)| name).unwrap_or_default();
                section.finish(source);
            } else {
                root.missing(source, "intent");
            }
            let mut intent =
                Self { name, digest: digest(text), profiles: Vec::new(), wants: BTreeMap::new() };
            let sections = root.sections(source, "profile", "[[profile]]");
            if sections.is_empty() {
                root.missing(source, "profile");
            }
            for section in sections {
                if let Some((profile, span)) = read_profile(source, section) {
                    intent.admit(source, rack, profile, &span);
                }
            }
            root.finish(source);
            intent
        })
    }

    /// Adds a profile and gives its wishes to the devices it selects.
    fn admit(&mut self, source: &mut Source<'_>, rack: &Rack, profile: Profile, select: &Span) {
        if self.profiles.iter().any(|other| other.name == profile.name) {
            source.problem(select, format!("there are two profiles named `{}`", profile.name), None);
        }
        match rack.select(&profile.select) {
            Ok(devices) => {
                for device in devices {
                    let want = self.wants.entry(device.name.clone()).or_default();
                    let clash = merge(&mut want.power, profile.want.power)
                        .map(|()| "power")
                        .or_else(|| merge(&mut want.boot, profile.want.boot).map(|()| "boot"));
                    if let Some(what) = clash {
                        let message = format!(
                            "profile `{}` and one above it want different {what} of `{}`",
                            profile.name, device.name
                        );
                        let help = "let the selectors not overlap, or say the same in both";
                        source.problem(select, message, Some(help.to_owned()));
                    }
                    if want.boot.is_some() && want.power == Some(PowerGoal::Off) {
                        let message = format!("`{}` is wanted off and booted at the same time", device.name);
                        source.problem(select, message, None);
                    }
                }
            }
            Err(error) => source.problem(select, error.to_string(), None),
        }
        self.profiles.push(profile);
    }
}

/// Takes over a wish; `Some` when another one stands already.
fn merge<T: PartialEq>(mine: &mut Option<T>, theirs: Option<T>) -> Option<()> {
    match (mine.as_ref(), theirs) {
        (_, None) => None,
        (None, theirs) => {
            *mine = theirs;
            None
        }
        (Some(mine), Some(theirs)) => (*mine != theirs).then_some(()),
    }
}

fn read_profile(source: &mut Source<'_>, mut section: Section<'_, '_>) -> Option<(Profile, Span)> {
    let name = section.required(source, "name");
    let select = section.required(source, "select");
    let power = section.text(source, "power").and_then(|(word, span)| match word.as_str() {
        "on" => Some(PowerGoal::On),
        "off" => Some(PowerGoal::Off),
        _ => {
            let help = Source::suggest(&word, ["on", "off"]);
            source.problem(&span, format!("unknown power `{word}`"), help);
            None
        }
    });
    let mut boot = None;
    if let Some(mut goal) = section.section(source, "boot", "`boot`") {
        let target = goal.required(source, "once").and_then(|(word, span)| target(source, &word, &span));
        let generation = goal.integer(source, "generation", 1..=u64::from(u32::MAX));
        if generation.is_none() {
            goal.missing_unless_present(source, "generation");
        }
        boot = target.zip(generation).and_then(|(target, (generation, _))| {
            Some(BootGoal { target, generation: u32::try_from(generation).ok()? })
        });
        goal.finish(source);
    }
    section.finish(source);
    let ((name, _), (select, span)) = (name?, select?);
    Some((Profile { name, select, want: Want { power, boot } }, span))
}

fn target(source: &mut Source<'_>, word: &str, span: &Span) -> Option<BootTarget> {
    let found = BootTarget::ALL.into_iter().find(|target| target.as_str() == word);
    if found.is_none() {
        let help = Source::suggest(word, BootTarget::ALL.map(BootTarget::as_str));
        source.problem(span, format!("unknown boot target `{word}`"), help);
    }
    found
}

/// SHA-256 in hex.
pub(crate) fn digest(text: &str) -> String {
    use std::fmt::Write as _;
    Sha256::digest(text.as_bytes()).iter().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rack() -> Rack {
        let text = r#"
            [rack]
            name = "r"
            [credentials.bmc]
            username = "admin"
            password = { env = "X" }
            [[device]]
            name = "node01"
            kind = "server"
            credential = "bmc"
            ipmi = { address = "127.0.0.1:623" }
            [[device]]
            name = "node02"
            kind = "server"
            credential = "bmc"
            ipmi = { address = "127.0.0.1:624" }
        "#;
        underlay_rack::read(text, &underlay_rack::ReadOptions { file: "rack.toml", ..Default::default() })
            .unwrap()
    }

    fn problems(text: &str) -> String {
        Intent::read(text, "intent.toml", &rack()).unwrap_err().to_string()
    }

    const HEAD: &str = "[intent]\nname = \"i\"\n[[profile]]\nname = \"p\"\n";

    #[test]
    fn wishes_reach_the_devices_selected() {
        let text = format!(
            "{HEAD}select = \"node[01-02]\"\npower = \"on\"\nboot = {{ once = \"pxe\", generation = 2 }}\n"
        );
        let intent = Intent::read(&text, "intent.toml", &rack()).unwrap();
        let want = Want {
            power: Some(PowerGoal::On),
            boot: Some(BootGoal { target: BootTarget::Pxe, generation: 2 }),
        };
        assert_eq!(intent.wants.values().collect::<Vec<_>>(), [&want, &want]);
        assert_eq!(intent.digest.len(), 64);
    }

    #[test]
    fn what_is_wrong_is_told_with_its_place() {
        for (body, place, words) in [
            ("select = \"all\"\npwoer = \"on\"", "intent.toml:6:1", "did you mean `power`"),
            ("select = \"all\"\npower = \"onn\"", "intent.toml:6:9", "did you mean `on`"),
            ("select = \"nodee01\"", "intent.toml:5:10", "node01"),
            (
                "select = \"all\"\nboot = { once = \"pxee\", generation = 1 }",
                "intent.toml:6:17",
                "did you mean `pxe`",
            ),
            ("select = \"all\"\nboot = { once = \"pxe\" }", "intent.toml:6:8", "missing key `generation`"),
            ("select = \"all\"\npower = 1", "intent.toml:6:9", "must be a string"),
        ] {
            let told = problems(&format!("{HEAD}{body}\n"));
            assert!(told.contains(place) && told.contains(words), "{body}\n{told}");
        }
        assert!(problems("[intent]\nname = \"i\"\n").contains("missing key `profile`"));
    }

    #[test]
    fn two_profiles_may_not_contradict_each_other() {
        let both = format!(
            "{HEAD}select = \"all\"\npower = \"on\"\n[[profile]]\nname = \"q\"\nselect = \"node02\"\npower = \"off\"\n"
        );
        assert!(problems(&both).contains("want different power of `node02`"));
        let off_and_booted =
            format!("{HEAD}select = \"all\"\npower = \"off\"\nboot = {{ once = \"pxe\", generation = 1 }}\n");
        assert!(problems(&off_and_booted).contains("wanted off and booted"));
    }
}
