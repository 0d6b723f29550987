//! The settings that a command line, a file or another machine names.

use std::{collections::BTreeMap, path::Path};

use underlay_hal::{BiosState, bios::AttributeKind, bios::SettingValue};

use crate::{
    cli::Wanted,
    context::{Context, Failure, close, read_text},
};

/// What is wanted of every device, and what only of those that have it.
#[derive(Debug, Default)]
pub(super) struct Settings {
    said: BTreeMap<String, SettingValue>,
    like: BTreeMap<String, SettingValue>,
}

impl Settings {
    /// Reads what the command line names. What stands on it wins over the file, and the file over the other machine.
    pub(super) async fn read(context: &Context, wanted: &Wanted) -> Result<Self, Failure> {
        let mut said = match &wanted.from {
            Some(path) => from_file(path)?,
            None => BTreeMap::new(),
        };
        for word in &wanted.values {
            let (name, value) = word
                .split_once('=')
                .filter(|(name, _)| !name.trim().is_empty())
                .ok_or_else(|| Failure(format!("`{word}`: a setting is written NAME=VALUE")))?;
            said.insert(name.trim().to_owned(), value.trim().into());
        }
        let like = match &wanted.like {
            Some(device) => from_device(context, device).await?,
            None => BTreeMap::new(),
        };
        Ok(Self { said, like })
    }

    /// What is wanted of a device in that state.
    pub(super) fn of(&self, state: &BiosState) -> BTreeMap<String, SettingValue> {
        let changeable = |name: &String| state.attributes.get(name).is_some_and(|one| !is_fixed(one));
        let like = self.like.iter().filter(|(name, _)| changeable(name));
        like.chain(&self.said).map(|(name, value)| (name.clone(), value.clone())).collect()
    }
}

/// Cannot be copied: read-only here, or a password.
fn is_fixed(one: &underlay_hal::BiosAttribute) -> bool {
    one.rule
        .as_ref()
        .is_some_and(|rule| rule.read_only == Some(true) || rule.kind == Some(AttributeKind::Password))
}

async fn from_device(context: &Context, name: &str) -> Result<BTreeMap<String, SettingValue>, Failure> {
    let cx = context.cx("bios read");
    let failed = |error: underlay_hal::Error| Failure(crate::output::explain(name, &error));
    let opened = context.open(&cx, name).await.map_err(failed)?;
    let state = super::state(&cx, &*opened.device).await;
    close(&cx, name, &opened).await;
    let settings = state.map_err(failed)?.attributes.into_iter();
    Ok(settings
        .filter(|(_, one)| !is_fixed(one))
        .filter_map(|(name, one)| Some((name, one.current?)))
        .collect())
}

fn from_file(path: &Path) -> Result<BTreeMap<String, SettingValue>, Failure> {
    let text = read_text(path)?;
    let parsed = if text.trim_start().starts_with('{') {
        serde_json::from_str(&text).map_err(|error| error.to_string())
    } else {
        toml::from_str(&text).map_err(|error| error.to_string())
    };
    parsed.map_err(|error| {
        let shown = path.display();
        Failure(format!(
            "{shown}: {error}\neach setting is a name with a text, a whole number, true or false"
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(name: &str, text: &str) -> Result<BTreeMap<String, SettingValue>, Failure> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        from_file(&path)
    }

    #[test]
    fn toml_and_json_say_the_same() {
        let toml = file("a.toml", "BootMode = \"Uefi\"\nAcPwrRcvryUserDelay = 60\nQuiet = true\n").unwrap();
        let json =
            file("a.json", r#"{"BootMode": "Uefi", "AcPwrRcvryUserDelay": 60, "Quiet": true}"#).unwrap();
        assert_eq!(toml, json);
        assert_eq!(toml["AcPwrRcvryUserDelay"], 60.into());
        assert!(file("b.toml", "A = [1]").is_err() && file("b.json", "{\"A\": null}").is_err());
    }
}
