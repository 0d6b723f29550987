//! Reading tables strictly: every key must be asked for, have the right type, and be in range.
use std::ops::{Range, RangeInclusive};

use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use crate::problem::{Problem, Problems, nearest};

/// The file under reading, and what was found wrong with it.
#[derive(Debug)]
pub struct Source<'t> {
    /// Name of the file for messages.
    pub file: &'t str,
    /// The whole text.
    pub text: &'t str,
    /// What was found wrong so far.
    pub problems: Vec<Problem>,
}

/// Where something stands in the file.
pub type Span = Range<usize>;

impl Source<'_> {
    /// Notes something wrong at this place.
    pub fn problem(&mut self, span: &Span, message: impl Into<String>, help: Option<String>) {
        self.problems.push(Problem::new(self.file, self.text, span, message, help));
    }

    /// "did you mean", if something near is there; else the list, if it is short.
    pub fn suggest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str> + Clone) -> Option<String> {
        if let Some(near) = nearest(word, candidates.clone()) {
            return Some(format!("did you mean `{near}`?"));
        }
        let all: Vec<_> = candidates.into_iter().map(|word| format!("`{word}`")).collect();
        (!all.is_empty() && all.len() <= 12).then(|| format!("expected one of {}", all.join(", ")))
    }
}

/// A table, and the keys that were asked of it.
#[derive(Debug)]
pub struct Section<'d, 't> {
    table: &'d DeTable<'t>,
    /// Where the table stands.
    pub span: Span,
    /// Such as `[[device]]`, for messages.
    title: String,
    known: Vec<&'static str>,
}

impl<'d, 't> Section<'d, 't> {
    /// A table under this title, such as `[[device]]`.
    pub fn new(table: &'d DeTable<'t>, span: Span, title: impl Into<String>) -> Self {
        Self { table, span, title: title.into(), known: Vec::new() }
    }

    /// Is there a table of that name? Asks for nothing: whoever reads it does.
    pub fn is_table(&self, key: &str) -> bool {
        self.table.get(key).is_some_and(|value| matches!(value.get_ref(), DeValue::Table(_)))
    }

    /// The title, for messages.
    pub fn title(&self) -> &str {
        &self.title
    }

    /// The value of a key, whatever its type.
    pub fn value(&mut self, key: &'static str) -> Option<&'d Spanned<DeValue<'t>>> {
        self.known.push(key);
        self.table.iter().find(|(name, _)| name.get_ref() == key).map(|(_, value)| value)
    }

    /// The text of a key, if it is there; another type is noted as wrong.
    pub fn text(&mut self, source: &mut Source<'_>, key: &'static str) -> Option<(String, Span)> {
        let value = self.value(key)?;
        match value.get_ref() {
            DeValue::String(text) => Some((text.to_string(), value.span())),
            other => {
                wrong_type(source, key, "a string", other, &value.span());
                None
            }
        }
    }

    /// The text of a key that must be there.
    pub fn required(&mut self, source: &mut Source<'_>, key: &'static str) -> Option<(String, Span)> {
        let present = self.table.iter().any(|(name, _)| name.get_ref() == key);
        if !present {
            self.known.push(key);
            self.missing(source, key);
            return None;
        }
        self.text(source, key)
    }

    /// Notes a key as missing, unless a mistyped one stands for it.
    pub fn missing(&self, source: &mut Source<'_>, key: &str) {
        // A mistyped key would be reported twice: once as missing, once with its hint as unknown.
        let mistyped = self.table.iter().any(|(name, _)| nearest(name.get_ref(), [key]).is_some());
        if !mistyped {
            source.problem(&self.span, format!("missing key `{key}` in {}", self.title), None);
        }
    }

    /// Reports a key as missing, unless it is there and was found wrong already.
    pub fn missing_unless_present(&self, source: &mut Source<'_>, key: &str) {
        if !self.table.iter().any(|(name, _)| name.get_ref() == key) {
            self.missing(source, key);
        }
    }

    /// A whole number in this range.
    pub fn integer(
        &mut self,
        source: &mut Source<'_>,
        key: &'static str,
        range: RangeInclusive<u64>,
    ) -> Option<(u64, Span)> {
        let value = self.value(key)?;
        let DeValue::Integer(number) = value.get_ref() else {
            wrong_type(source, key, "a whole number", value.get_ref(), &value.span());
            return None;
        };
        let parsed = u64::from_str_radix(&number.as_str().replace('_', ""), number.radix());
        match parsed {
            Ok(number) if range.contains(&number) => Some((number, value.span())),
            _ => {
                let help = format!("expected {} to {}", range.start(), range.end());
                source.problem(&value.span(), format!("`{key}` is out of range"), Some(help));
                None
            }
        }
    }

    /// Seconds or a factor: a number that is positive and finite.
    pub fn positive(&mut self, source: &mut Source<'_>, key: &'static str) -> Option<f64> {
        let value = self.value(key)?;
        let number = match value.get_ref() {
            DeValue::Integer(number) => number.as_str().replace('_', "").parse::<f64>().ok(),
            DeValue::Float(number) => number.as_str().replace('_', "").parse::<f64>().ok(),
            other => {
                wrong_type(source, key, "a number", other, &value.span());
                return None;
            }
        };
        let good = number.filter(|number| number.is_finite() && *number > 0.0 && *number <= 1e6);
        if good.is_none() {
            source.problem(
                &value.span(),
                format!("`{key}` is out of range"),
                Some("expected a number above 0 and up to 1000000".to_owned()),
            );
        }
        good
    }

    /// A list of texts.
    pub fn texts(&mut self, source: &mut Source<'_>, key: &'static str) -> Vec<(String, Span)> {
        let Some(value) = self.value(key) else { return Vec::new() };
        let DeValue::Array(list) = value.get_ref() else {
            wrong_type(source, key, "a list of strings", value.get_ref(), &value.span());
            return Vec::new();
        };
        let mut texts = Vec::new();
        for item in list {
            match item.get_ref() {
                DeValue::String(text) => texts.push((text.to_string(), item.span())),
                other => wrong_type(source, key, "a list of strings", other, &item.span()),
            }
        }
        texts
    }

    /// A table below this one.
    pub fn section(
        &mut self,
        source: &mut Source<'_>,
        key: &'static str,
        title: &str,
    ) -> Option<Section<'d, 't>> {
        let value = self.value(key)?;
        match value.get_ref() {
            DeValue::Table(table) => Some(Section::new(table, value.span(), title)),
            other => {
                wrong_type(source, key, "a table", other, &value.span());
                None
            }
        }
    }

    /// A list of tables below this one.
    pub fn sections(
        &mut self,
        source: &mut Source<'_>,
        key: &'static str,
        title: &str,
    ) -> Vec<Section<'d, 't>> {
        let Some(value) = self.value(key) else { return Vec::new() };
        let DeValue::Array(list) = value.get_ref() else {
            wrong_type(source, key, "a list of tables", value.get_ref(), &value.span());
            return Vec::new();
        };
        let mut sections = Vec::new();
        for item in list {
            match item.get_ref() {
                DeValue::Table(table) => sections.push(Section::new(table, item.span(), title)),
                other => wrong_type(source, key, "a list of tables", other, &item.span()),
            }
        }
        sections
    }

    /// All keys with their values, for tables whose keys the operator chooses.
    pub fn entries(&self) -> impl Iterator<Item = (&'d str, Span, &'d Spanned<DeValue<'t>>)> {
        self.table.iter().map(|(key, value)| (key.get_ref().as_ref(), key.span(), value))
    }

    /// Reports every key that nobody asked for.
    pub fn finish(self, source: &mut Source<'_>) {
        for (key, _) in self.table {
            let name = key.get_ref().as_ref();
            if !self.known.contains(&name) {
                let help = Source::suggest(name, self.known.iter().copied());
                source.problem(&key.span(), format!("unknown key `{name}` in {}", self.title), help);
            }
        }
    }
}

/// Notes a value of the wrong type.
pub fn wrong_type(source: &mut Source<'_>, key: &str, expected: &str, found: &DeValue<'_>, span: &Span) {
    source.problem(span, format!("`{key}` must be {expected}, not {}", describe(found)), None);
}

fn describe(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a string",
        DeValue::Integer(_) => "a whole number",
        DeValue::Float(_) => "a number",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}

/// Reads a TOML text strictly: `build` asks the root table for what it knows, and everything that it notes as wrong is
/// reported together, in the order of the file.
///
/// # Errors
/// [`Problems`]: not TOML, or what `build` noted.
pub fn read_strictly<T>(
    text: &str,
    file: &str,
    title: &str,
    build: impl FnOnce(&mut Source<'_>, Section<'_, '_>) -> T,
) -> Result<T, Problems> {
    let mut source = Source { file, text, problems: Vec::new() };
    let root = match DeTable::parse(text) {
        Ok(root) => root,
        Err(error) => {
            let span = error.span().unwrap_or(0..0);
            let message = error.message().lines().next().unwrap_or("not TOML").to_owned();
            return Err(Problems(vec![Problem::new(file, text, &span, message, None)]));
        }
    };
    let value = build(&mut source, Section::new(root.get_ref(), 0..0, title));
    let mut problems = source.problems;
    problems.sort_by_key(|problem| (problem.line, problem.column));
    problems.dedup();
    if problems.is_empty() { Ok(value) } else { Err(Problems(problems)) }
}
