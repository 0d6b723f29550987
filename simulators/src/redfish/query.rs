//! Query parameters (DSP0266, "Query parameters"): read them, then apply them to a rendered document.
//!
//! - Unknown parameters beginning with `$` are refused with 501, other unknown ones are ignored.
//! - A value of the wrong form is refused with 400; levels beyond what the service advertises too.
//! - A collection longer than a page is cut and carries `Members@odata.nextLink`; its count stays the total.

use http::StatusCode;
use serde_json::{Map, Value};

use super::filter::Filter;
use super::messages::Key;
use super::reply::Reply;

/// At most this many resources are read to answer one `$expand`, whatever the levels.
const MAX_EXPANDED: usize = 4096;

/// Which parameters a service offers (`ProtocolFeaturesSupported`).
#[derive(Debug, Clone, Copy)]
pub(crate) struct Features {
    pub(crate) expand_levels: usize,
    pub(crate) select: bool,
    pub(crate) filter: bool,
    pub(crate) only: bool,
    pub(crate) excerpt: bool,
    pub(crate) top_skip: bool,
}

/// Which references `$expand` replaces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Which {
    All,
    Subordinate,
    Links,
}

/// The parameters of one read.
#[derive(Debug, Default)]
pub(crate) struct Query {
    expand: Option<(Which, usize)>,
    select: Vec<String>,
    filter: Option<Filter>,
    top: Option<usize>,
    skip: usize,
    only: bool,
    excerpt: bool,
    /// All but `$skip`, as they came, to be repeated in a next link.
    carried: Vec<String>,
}

type Refusal = Box<Reply>;

fn bad_value(key: Key, value: &str, name: &str) -> Refusal {
    Reply::refuse(StatusCode::BAD_REQUEST, key, &[value, name])
}

impl Query {
    /// Reads the part of a URI after the question mark.
    pub(crate) fn parse(raw: Option<&str>, features: Features) -> Result<Self, Refusal> {
        let mut query = Self::default();
        for pair in raw.unwrap_or_default().split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) =
                pair.split_once('=').map_or((pair, None), |(name, value)| (name, Some(value)));
            let name = decode(name);
            let value = value.map(decode);
            let text = value.as_deref().unwrap_or_default();
            match name.as_str() {
                "$expand" if features.expand_levels > 0 => {
                    query.expand = Some(expand(text, features.expand_levels)?);
                }
                "$select" if features.select => {
                    query.select = text.split(',').map(|name| name.trim().to_owned()).collect();
                    if query.select.iter().any(String::is_empty) {
                        return Err(bad_value(Key::QueryParameterValueFormatError, text, "$select"));
                    }
                }
                "$filter" if features.filter => {
                    let wrong = || bad_value(Key::QueryParameterValueFormatError, text, "$filter");
                    query.filter = Some(Filter::parse(text).ok_or_else(wrong)?);
                }
                "$top" if features.top_skip => query.top = Some(number(text, "$top")?),
                "$skip" if features.top_skip => query.skip = number(text, "$skip")?,
                "only" if features.only => query.only = flag(value.as_deref(), "only")?,
                "excerpt" if features.excerpt => query.excerpt = flag(value.as_deref(), "excerpt")?,
                other if other.starts_with('$') => {
                    return Err(Reply::refuse(StatusCode::NOT_IMPLEMENTED, Key::QueryNotSupported, &[]));
                }
                _ => {}
            }
            if name != "$skip" {
                query.carried.push(pair.to_owned());
            }
        }
        if query.only
            && (query.expand.is_some() || query.filter.is_some() || query.top.is_some() || query.skip > 0)
        {
            return Err(Reply::refuse(StatusCode::BAD_REQUEST, Key::QueryCombinationInvalid, &[]));
        }
        Ok(query)
    }

    /// Whether nothing was asked for.
    pub(crate) fn is_plain(&self) -> bool {
        self.expand.is_none()
            && self.select.is_empty()
            && self.filter.is_none()
            && self.top.is_none()
            && self.skip == 0
            && !self.only
            && !self.excerpt
    }

    /// Whether references are to be replaced.
    pub(crate) fn expands(&self) -> bool {
        self.expand.is_some()
    }

    /// Applies the parameters to a document. `read` gives the document of another resource.
    pub(crate) fn apply(
        &self,
        document: Value,
        path: &str,
        page_size: usize,
        read: &dyn Fn(&str) -> Option<Value>,
    ) -> Result<Value, Refusal> {
        let mut document = document;
        let is_collection = document.get("Members").is_some_and(Value::is_array);
        if !is_collection && (self.only || self.filter.is_some() || self.top.is_some() || self.skip > 0) {
            return Err(Reply::refuse(StatusCode::BAD_REQUEST, Key::QueryNotSupportedOnResource, &[]));
        }
        if self.only {
            let single = match document.get("Members").and_then(Value::as_array).map(Vec::as_slice) {
                Some([only]) => only.get("@odata.id").and_then(Value::as_str).and_then(read),
                _ => None,
            };
            document = single.unwrap_or(document);
        }
        if is_collection && !self.only {
            self.page(&mut document, path, page_size, read);
        }
        if self.excerpt {
            document = excerpt(document)?;
        }
        if let Some((which, levels)) = self.expand {
            let mut budget = MAX_EXPANDED;
            replace_references(&mut document, which, levels, false, &mut budget, read);
        }
        if !self.select.is_empty() {
            document = select(document, &self.select);
        }
        Ok(document)
    }

    fn page(&self, document: &mut Value, path: &str, page_size: usize, read: &dyn Fn(&str) -> Option<Value>) {
        let Some(members) = document.get_mut("Members").and_then(Value::as_array_mut) else { return };
        let mut all = std::mem::take(members);
        if let Some(filter) = &self.filter {
            all.retain(|member| {
                let fetched = reference(member).and_then(read);
                filter.accepts(fetched.as_ref().unwrap_or(member))
            });
        }
        let total = all.len();
        let wanted = self.top.unwrap_or(usize::MAX);
        let shown = wanted.min(page_size.max(1));
        *members = all.into_iter().skip(self.skip).take(shown).collect();
        let next = self.skip.saturating_add(members.len());
        let more = shown < wanted && next < total && !members.is_empty();
        if let Value::Object(fields) = document {
            fields.insert("Members@odata.count".into(), total.into());
            if more {
                let mut link = format!("{path}?$skip={next}");
                for pair in &self.carried {
                    // A top that spans pages would need counting down; the pages simply follow one another.
                    if !pair.starts_with("$top") {
                        link.push('&');
                        link.push_str(pair);
                    }
                }
                fields.insert("Members@odata.nextLink".into(), link.into());
            }
        }
    }
}

fn expand(text: &str, most: usize) -> Result<(Which, usize), Refusal> {
    let wrong = || bad_value(Key::QueryParameterValueFormatError, text, "$expand");
    let mut letters = text.chars();
    let which = match letters.next() {
        Some('*') => Which::All,
        Some('.') => Which::Subordinate,
        Some('~') => Which::Links,
        _ => return Err(wrong()),
    };
    let rest = letters.as_str();
    if rest.is_empty() {
        return Ok((which, 1));
    }
    let levels = rest.strip_prefix("($levels=").and_then(|rest| rest.strip_suffix(')')).ok_or_else(wrong)?;
    let levels: usize = levels.parse().map_err(|_| wrong())?;
    if levels == 0 || levels > most {
        let range = format!("1 to {most}");
        let arguments = [text, "$expand", range.as_str()];
        return Err(Reply::refuse(StatusCode::BAD_REQUEST, Key::QueryParameterOutOfRange, &arguments));
    }
    Ok((which, levels))
}

fn number(text: &str, name: &str) -> Result<usize, Refusal> {
    text.parse().map_err(|_| bad_value(Key::QueryParameterValueTypeError, text, name))
}

fn flag(value: Option<&str>, name: &str) -> Result<bool, Refusal> {
    match value {
        None | Some("") => Ok(true),
        Some(text) => Err(bad_value(Key::QueryParameterValueTypeError, text, name)),
    }
}

/// The target when a value is nothing but a reference.
fn reference(value: &Value) -> Option<&str> {
    let fields = value.as_object()?;
    if fields.len() != 1 {
        return None;
    }
    fields.get("@odata.id")?.as_str().filter(|target| !target.contains('#'))
}

fn replace_references(
    value: &mut Value,
    which: Which,
    levels: usize,
    in_links: bool,
    budget: &mut usize,
    read: &dyn Fn(&str) -> Option<Value>,
) {
    let wanted = match which {
        Which::All => true,
        Which::Subordinate => !in_links,
        Which::Links => in_links,
    };
    if wanted
        && *budget > 0
        && let Some(mut found) = reference(value).and_then(read)
    {
        *budget -= 1;
        if levels > 1 {
            each_child(&mut found, |child, links| {
                replace_references(child, which, levels - 1, links, budget, read);
            });
        }
        *value = found;
        return;
    }
    each_child(value, |child, links| {
        replace_references(child, which, levels, in_links || links, budget, read);
    });
}

/// Visits the members of an object or array, saying which of them is the `Links` object.
fn each_child(value: &mut Value, mut visit: impl FnMut(&mut Value, bool)) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| visit(item, false)),
        Value::Object(fields) => {
            for (name, field) in fields.iter_mut() {
                visit(field, name == "Links");
            }
        }
        _ => {}
    }
}

fn select(document: Value, names: &[String]) -> Value {
    let Value::Object(fields) = document else { return document };
    let kept = fields.into_iter().filter_map(|(name, value)| {
        if name.starts_with("@odata.") || name == "Members@odata.nextLink" || name == "Members@odata.count" {
            return Some((name, value));
        }
        if names.iter().any(|wanted| *wanted == name || *wanted == "*") {
            return Some((name, value));
        }
        let prefix = format!("{name}/");
        let inner: Vec<String> =
            names.iter().filter_map(|wanted| wanted.strip_prefix(&prefix)).map(str::to_owned).collect();
        if inner.is_empty() { None } else { Some((name, select(value, &inner))) }
    });
    Value::Object(kept.collect::<Map<_, _>>())
}

/// The excerpt of a sensor: its reading. No other resource of this view has one.
fn excerpt(document: Value) -> Result<Value, Refusal> {
    let is_sensor =
        document.get("@odata.type").and_then(Value::as_str).is_some_and(|kind| kind.starts_with("#Sensor."));
    if !is_sensor {
        return Err(Reply::refuse(StatusCode::BAD_REQUEST, Key::QueryNotSupportedOnResource, &[]));
    }
    Ok(select(document, &["Reading".to_owned()]))
}

/// Undoes percent-encoding and `+`; what is not UTF-8 becomes the replacement character.
pub(crate) fn decode(text: &str) -> String {
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        match byte {
            b'+' => out.push(b' '),
            b'%' => {
                let mut ahead = bytes.clone();
                let digits = (ahead.next().and_then(hex), ahead.next().and_then(hex));
                if let (Some(high), Some(low)) = digits {
                    out.push(high << 4 | low);
                    bytes = ahead;
                } else {
                    out.push(byte);
                }
            }
            other => out.push(other),
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::StatusCode;
    use serde_json::json;

    const ALL: Features =
        Features { expand_levels: 2, select: true, filter: true, only: true, excerpt: true, top_skip: true };

    fn read(path: &str) -> Option<Value> {
        let number = path.strip_prefix("/c/")?.parse::<u32>().ok()?;
        Some(json!({"@odata.id": path, "Id": number.to_string(), "Even": number % 2 == 0,
            "Child": {"@odata.id": "/c/9"}, "Links": {"Peer": {"@odata.id": "/c/8"}}}))
    }

    fn collection(count: usize) -> Value {
        let members: Vec<Value> = (0..count).map(|n| json!({"@odata.id": format!("/c/{n}")})).collect();
        json!({"@odata.id": "/c", "Members": members, "Members@odata.count": count})
    }

    fn ask(text: &str, page: usize) -> Result<Value, StatusCode> {
        Query::parse(Some(text), ALL)
            .and_then(|query| query.apply(collection(5), "/c", page, &read))
            .map_err(|refusal| refusal.status)
    }

    #[test]
    fn pages_follow_one_another_to_the_end() {
        let first = ask("", 2).expect("page");
        assert_eq!(first["Members"].as_array().map(Vec::len), Some(2));
        assert_eq!(first["Members@odata.count"], 5);
        assert_eq!(first["Members@odata.nextLink"], "/c?$skip=2");
        let last = ask("$skip=4", 2).expect("page");
        assert_eq!(last["Members"].as_array().map(Vec::len), Some(1));
        assert_eq!(last.get("Members@odata.nextLink"), None);
        let top = ask("$top=1", 2).expect("page");
        assert_eq!(top.get("Members@odata.nextLink"), None);
    }

    #[test]
    fn expand_select_filter_and_only() {
        let expanded = ask("$expand=.($levels=2)", 9).expect("expanded");
        assert_eq!(expanded["Members"][1]["Child"]["Id"], "9");
        assert_eq!(expanded["Members"][1]["Links"]["Peer"].get("Id"), None);
        let links = ask("$expand=*", 9).expect("expanded");
        assert_eq!(links["Members"][1]["Id"], "1");
        assert_eq!(links["Members"][1]["Child"].get("Id"), None, "one level only");
        let even = ask("$filter=Even%20eq%20true", 9).expect("filtered");
        assert_eq!(even["Members@odata.count"], 3);
        let slim = ask("$select=Name", 9).expect("selected");
        assert_eq!(slim.get("Members"), None);
        assert_eq!(ask("only", 9).expect("not one member")["Members@odata.count"], 5);
    }

    #[test]
    fn what_is_wrong_is_refused_by_its_status() {
        for (text, status) in [
            ("$colour=red", 501),
            ("$expand=5", 400),
            ("$expand=*($levels=3)", 400),
            ("$top=-1", 400),
            ("$skip=x", 400),
            ("$filter=Id", 400),
            ("$select=a,,b", 400),
            ("only=foo", 400),
            ("excerpt=foo", 400),
            ("excerpt", 400),
            ("only&$expand=.", 400),
        ] {
            assert_eq!(ask(text, 9).map_err(|status| status.as_u16()), Err(status), "{text}");
        }
        assert!(ask("colour=red", 9).is_ok(), "an unknown parameter without a dollar is ignored");
    }
}
