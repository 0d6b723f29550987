//! Names, and whether what refers to them finds them, once.
use std::collections::BTreeMap;

use crate::{
    model::Rack,
    section::{Source, Span},
};

/// Every name and reference of the file with its place.
#[derive(Default)]
pub(crate) struct Names {
    things: Vec<(String, Span)>,
    feeds: Vec<(String, Span)>,
    feed_uses: Vec<(String, Span)>,
    credential_uses: Vec<(String, Span)>,
    outlet_uses: Vec<Use>,
    port_uses: Vec<Use>,
    macs: Vec<([u8; 6], Span)>,
    /// Credentials, PDUs and switches that are wrong themselves, which is reported there.
    incomplete: Vec<String>,
}

/// A numbered place of a named thing.
struct Use {
    owner: String,
    owner_span: Span,
    number: u32,
    span: Span,
}

impl Names {
    pub(crate) fn thing(&mut self, name: &str, span: &Span) {
        self.things.push((name.to_owned(), span.clone()));
    }
    pub(crate) fn incomplete(&mut self, name: &str) {
        self.incomplete.push(name.to_owned());
    }
    pub(crate) fn feed(&mut self, name: &str, span: &Span) {
        self.feeds.push((name.to_owned(), span.clone()));
    }
    pub(crate) fn feed_use(&mut self, name: &str, span: &Span) {
        self.feed_uses.push((name.to_owned(), span.clone()));
    }
    pub(crate) fn credential_use(&mut self, name: &str, span: &Span) {
        self.credential_uses.push((name.to_owned(), span.clone()));
    }
    pub(crate) fn outlet_use(&mut self, pdu: &str, pdu_span: &Span, outlet: u32, span: &Span) {
        self.outlet_uses.push(Use::new(pdu, pdu_span, outlet, span));
    }
    pub(crate) fn port_use(&mut self, switch: &str, switch_span: &Span, port: u32, span: &Span) {
        self.port_uses.push(Use::new(switch, switch_span, port, span));
    }
    pub(crate) fn mac(&mut self, mac: [u8; 6], span: &Span) {
        self.macs.push((mac, span.clone()));
    }

    pub(crate) fn check(&self, source: &mut Source<'_>, rack: &Rack) {
        duplicates(source, "name", self.things.iter().map(|(name, span)| (name.clone(), span)));
        duplicates(source, "feed", self.feeds.iter().map(|(name, span)| (name.clone(), span)));
        let macs = self.macs.iter().map(|(mac, span)| (crate::address::mac_text(*mac), span));
        duplicates(source, "hardware address", macs);

        let feeds = rack.feeds.iter().map(|feed| feed.name.as_str());
        references(source, "feed", &self.feed_uses, &feeds, &[]);
        let credentials = rack.credentials.keys().map(String::as_str);
        references(source, "credential", &self.credential_uses, &credentials, &self.incomplete);

        let pdus: BTreeMap<_, _> = rack.pdus.iter().map(|pdu| (pdu.name.as_str(), pdu.outlets)).collect();
        places(source, ("pdu", "outlet"), &self.outlet_uses, &pdus, &self.incomplete);
        let switches: BTreeMap<_, _> =
            rack.switches.iter().map(|switch| (switch.name.as_str(), switch.ports)).collect();
        places(source, ("switch", "port"), &self.port_uses, &switches, &self.incomplete);
    }
}

impl Use {
    fn new(owner: &str, owner_span: &Span, number: u32, span: &Span) -> Self {
        Self { owner: owner.to_owned(), owner_span: owner_span.clone(), number, span: span.clone() }
    }
}

fn duplicates<'a>(source: &mut Source<'_>, what: &str, all: impl Iterator<Item = (String, &'a Span)>) {
    let mut first: BTreeMap<String, Span> = BTreeMap::new();
    for (name, span) in all {
        if let Some(earlier) = first.get(&name) {
            let line = source.text.get(..earlier.start).unwrap_or("").matches('\n').count() + 1;
            let help = format!("it is first used on line {line}");
            source.problem(span, format!("duplicate {what} `{name}`"), Some(help));
        } else {
            first.insert(name, span.clone());
        }
    }
}

fn references<'a>(
    source: &mut Source<'_>,
    what: &str,
    uses: &[(String, Span)],
    known: &(impl Iterator<Item = &'a str> + Clone),
    incomplete: &[String],
) {
    for (name, span) in uses {
        if !incomplete.contains(name) && !known.clone().any(|known| known == name) {
            let mut help = Source::suggest(name, known.clone());
            if help.is_none() && what == "credential" {
                help = Some(format!("add `[credentials.{name}]` with `username` and `password`"));
            }
            source.problem(span, format!("unknown {what} `{name}`"), help);
        }
    }
}

fn places(
    source: &mut Source<'_>,
    (owner, place): (&str, &str),
    uses: &[Use],
    known: &BTreeMap<&str, u32>,
    incomplete: &[String],
) {
    for one in uses {
        match known.get(one.owner.as_str()) {
            None if incomplete.contains(&one.owner) => {}
            None => {
                let help = Source::suggest(&one.owner, known.keys().copied());
                source.problem(&one.owner_span, format!("unknown {owner} `{}`", one.owner), help);
            }
            Some(count) if one.number > *count => {
                let message = format!("{owner} `{}` has no {place} {}", one.owner, one.number);
                source.problem(&one.span, message, Some(format!("it has 1 to {count}")));
            }
            Some(_) => {}
        }
    }
    let named = uses.iter().map(|one| (format!("{} {}", one.owner, one.number), &one.span));
    duplicates(source, place, named);
}
