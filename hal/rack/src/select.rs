//! Selectors: which devices of a rack are meant.
use std::fmt;

use crate::{
    model::{Device, DeviceKind, Rack},
    problem::nearest,
};

/// Names that one selector may expand to.
const LIMIT: usize = 10_000;

/// Why a selector means nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SelectorError {
    message: String,
    help: Option<String>,
}

impl fmt::Display for SelectorError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        self.help.as_ref().map_or(Ok(()), |help| write!(f, " ({help})"))
    }
}

impl std::error::Error for SelectorError {}

impl SelectorError {
    fn new(message: impl Into<String>, help: Option<String>) -> Self {
        Self { message: message.into(), help }
    }
}

impl Rack {
    /// The devices that a selector means, in the rack's order, each once.
    ///
    /// - `all`, which is every machine; a name; a range `node[01-08,12]` whose numbers keep their width; `tag:word`;
    ///   `kind:pdu`; several of these with commas between them.
    /// - Every part must mean at least one device, and every name of a range must exist: a
    ///   forgotten machine is an error, not a silence.
    ///
    /// # Errors
    /// - [`SelectorError`] with the part that means nothing and, where one is near, the name meant.
    pub fn select(&self, selector: &str) -> Result<Vec<&Device>, SelectorError> {
        let mut chosen = vec![false; self.devices.len()];
        for part in parts(selector)? {
            let matches = |wanted: &dyn Fn(&Device) -> bool| -> Vec<usize> {
                let numbered = self.devices.iter().enumerate();
                numbered.filter(|(_, device)| wanted(device)).map(|(index, _)| index).collect()
            };
            let found = if part == "all" {
                matches(&|device| device.kind == DeviceKind::Server)
            } else if let Some(tag) = part.strip_prefix("tag:") {
                let found = matches(&|device| device.tags.iter().any(|own| own == tag));
                if found.is_empty() {
                    let tags = self.devices.iter().flat_map(|device| device.tags.iter().map(String::as_str));
                    return Err(SelectorError::new(
                        format!("no device has the tag `{tag}`"),
                        meant(tag, tags),
                    ));
                }
                found
            } else if let Some(kind) = part.strip_prefix("kind:") {
                let found = matches(&|device| device.kind.to_string() == kind);
                if found.is_empty() {
                    return Err(SelectorError::new(
                        format!("no device is of kind `{kind}`"),
                        meant(kind, DeviceKind::ALL.map(DeviceKind::as_str)),
                    ));
                }
                found
            } else {
                self.named(part)?
            };
            for index in found {
                if let Some(slot) = chosen.get_mut(index) {
                    *slot = true;
                }
            }
        }
        Ok(self.devices.iter().zip(chosen).filter_map(|(device, chosen)| chosen.then_some(device)).collect())
    }

    fn named(&self, part: &str) -> Result<Vec<usize>, SelectorError> {
        let mut found = Vec::new();
        let mut absent = Vec::new();
        for name in expand(part)? {
            match self.devices.iter().position(|device| device.name == name) {
                Some(index) => found.push(index),
                None => absent.push(name),
            }
        }
        let Some(first) = absent.first() else { return Ok(found) };
        let names = self.devices.iter().map(|device| device.name.as_str());
        let help = meant(first, names);
        let more = absent.len() - 1;
        let message = match more {
            0 => format!("no device is called `{first}`"),
            _ => format!("no device is called `{first}` (and {more} more of `{part}`)"),
        };
        Err(SelectorError::new(message, help))
    }
}

fn meant<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<String> {
    nearest(word, candidates).map(|near| format!("did you mean `{near}`?"))
}

/// Splits at commas outside brackets.
fn parts(selector: &str) -> Result<Vec<&str>, SelectorError> {
    let mut parts = Vec::new();
    let (mut start, mut inside) = (0, false);
    for (at, c) in selector.char_indices() {
        match c {
            '[' => inside = true,
            ']' => inside = false,
            ',' if !inside => {
                parts.push(selector.get(start..at).unwrap_or_default().trim());
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(selector.get(start..).unwrap_or_default().trim());
    if parts.iter().any(|part| part.is_empty()) {
        return Err(SelectorError::new(format!("`{selector}` has an empty part"), None));
    }
    Ok(parts)
}

/// The names that one part with at most one bracket means.
fn expand(part: &str) -> Result<Vec<String>, SelectorError> {
    let bad = |why: &str| {
        SelectorError::new(
            format!("`{part}` is not a range: {why}"),
            Some("such as `node[01-08,12]`".to_owned()),
        )
    };
    let Some((before, rest)) = part.split_once('[') else {
        return if part.contains(']') { Err(bad("`[` is missing")) } else { Ok(vec![part.to_owned()]) };
    };
    let (inside, after) = rest.split_once(']').ok_or_else(|| bad("`]` is missing"))?;
    if after.contains(['[', ']']) || inside.contains('[') {
        return Err(bad("only one bracket is allowed"));
    }
    let mut names = Vec::new();
    for piece in inside.split(',') {
        let (low, high) = piece.split_once('-').unwrap_or((piece, piece));
        let number = |text: &str| -> Result<u32, SelectorError> {
            let digits = !text.is_empty() && text.len() <= 9 && text.chars().all(|c| c.is_ascii_digit());
            text.parse().ok().filter(|_| digits).ok_or_else(|| bad("numbers are expected"))
        };
        let (first, last) = (number(low)?, number(high)?);
        if first > last {
            return Err(bad("it runs backwards"));
        }
        if names.len() + (last - first) as usize >= LIMIT {
            return Err(bad("it is too long"));
        }
        let width = low.len();
        names.extend((first..=last).map(|number| format!("{before}{number:0width$}{after}")));
    }
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rack() -> Rack {
        let names = ["node01", "node02", "node03", "node10", "old", "node1"];
        let devices = names
            .iter()
            .map(|name| Device {
                name: (*name).to_owned(),
                tags: if name.starts_with("node0") { vec!["web".to_owned()] } else { Vec::new() },
                ..Device::default()
            })
            .collect();
        Rack { devices, ..Rack::default() }
    }

    fn select(selector: &str) -> Result<Vec<String>, String> {
        let rack = rack();
        let chosen = rack.select(selector).map_err(|error| error.to_string())?;
        Ok(chosen.iter().map(|device| device.name.clone()).collect())
    }

    #[test]
    fn every_form_means_what_it_says() {
        for (selector, expected) in [
            ("all", "node01 node02 node03 node10 old node1"),
            ("old", "old"),
            ("node[01-03]", "node01 node02 node03"),
            ("node[01,03]", "node01 node03"),
            ("node[01-02,10]", "node01 node02 node10"),
            ("node[1]", "node1"),
            ("tag:web", "node01 node02 node03"),
            ("kind:server", "node01 node02 node03 node10 old node1"),
            ("old, node01,old", "node01 old"),
        ] {
            assert_eq!(select(selector).map(|names| names.join(" ")), Ok(expected.to_owned()), "{selector}");
        }
    }

    #[test]
    fn what_means_nothing_is_refused_with_a_hint() {
        for (selector, expected) in [
            ("nod01", "did you mean `node01`?"),
            ("node[01-04]", "no device is called `node04`"),
            ("tag:wbe", "did you mean `web`?"),
            ("kind:pdu", "no device is of kind"),
            ("", "empty part"),
            ("all,", "empty part"),
            ("node[3-1]", "backwards"),
            ("node[0-999999999]", "too long"),
            ("node[a]", "numbers are expected"),
            ("node[1", "`]` is missing"),
            ("node1]", "`[` is missing"),
            ("n[1][2]", "only one bracket"),
            ("node[]", "numbers are expected"),
        ] {
            let error = select(selector).expect_err(selector);
            assert!(error.contains(expected), "{selector}: {error}");
        }
    }
}
