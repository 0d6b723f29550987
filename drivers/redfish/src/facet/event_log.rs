//! The event log: the log service that is about the hardware.

use async_trait::async_trait;
use serde_json::{Value, json};
use underlay_hal::{
    Change, Cx, EntryId, Error, ErrorKind, EventLog, LogEntry, LogPage, Outcome, Result, Severity,
};

use crate::{
    device::{RedfishDevice, tolerate},
    json::{Lenient as _, plain},
    resource::Resource,
    transport::{Client, Link},
};

/// The log service chosen at open.
#[derive(Debug)]
pub(crate) struct LogService {
    service: Link,
    entries: Link,
    clear: Option<Link>,
}

/// How well a service fits "the system event log": by its declared type, then by the names vendors give theirs.
pub(crate) fn fitness(service: &Value) -> u32 {
    if service.text(&["LogEntryType"]).as_deref() == Some("SEL") {
        return 100;
    }
    let id = service.text(&["Id"]).unwrap_or_default().to_ascii_lowercase();
    match id.as_str() {
        "sel" => 90,
        // HPE: the log of the system; `IEL` is that of the controller.
        "iml" => 80,
        "eventlog" => 70,
        // Lenovo's and Supermicro's.
        "standardlog" | "platformlog" | "log1" => 60,
        // Audit, life cycle, crash dumps, post codes and fault lists are about something else.
        "lclog" | "auditlog" | "securitylog" | "postcodes" | "faultlist" | "iel" | "sl" | "dump"
        | "crashdump" => 5,
        _ => 20,
    }
}

impl LogService {
    /// Looks at the log services of the system, then of the manager, and takes the fittest; the first of equals.
    pub(crate) async fn find(
        cx: &Cx,
        client: &Client,
        system: &Value,
        manager: Option<&Value>,
    ) -> Result<Option<Self>> {
        let mut best: Option<(u32, Resource)> = None;
        for holder in std::iter::once(system).chain(manager) {
            let Ok(collection) = client.linked(holder, &["LogServices"]) else { continue };
            let members = tolerate(client.members(cx, &collection).await)?.unwrap_or_default();
            for member in members.into_iter().take(32) {
                let Some(service) = tolerate(client.member(cx, member).await)? else { continue };
                let fit = fitness(&service.body);
                if service.body.link(&["Entries"]).is_some()
                    && best.as_ref().is_none_or(|(so_far, _)| fit > *so_far)
                {
                    best = Some((fit, service));
                }
            }
        }
        let Some((_, service)) = best else { return Ok(None) };
        let entries = client.linked(&service.body, &["Entries"])?;
        let clear = service.body.text(&["Actions", "#LogService.ClearLog", "target"]);
        let clear = clear.and_then(|text| client.link(&text).ok());
        Ok(Some(Self { service: service.link, entries, clear }))
    }
}

fn severity(entry: &Value) -> Severity {
    let word = entry.text(&["Severity"]).or_else(|| entry.text(&["MessageSeverity"])).unwrap_or_default();
    match word.to_ascii_lowercase().as_str() {
        "critical" => Severity::Critical,
        "warning" | "caution" => Severity::Warning,
        _ => Severity::Ok,
    }
}

pub(crate) fn entry(resource: &Resource) -> LogEntry {
    let body = &resource.body;
    let tail = resource.link.as_str().trim_end_matches('/').rsplit('/').next().unwrap_or_default();
    let text =
        body.text(&["Message"]).or_else(|| body.text(&["Description"])).or_else(|| body.text(&["Name"]));
    LogEntry {
        id: body.text(&["Id"]).unwrap_or_else(|| tail.to_owned()).into(),
        at: body.time(&["Created"]).or_else(|| body.time(&["EventTimestamp"])),
        severity: severity(body),
        text: text.unwrap_or_else(|| plain(&body.to_string(), 500)),
        sensor: body.text(&["SensorType"]),
        code: body.text(&["MessageId"]),
    }
}

/// Oldest first. Services list newest first or oldest first; time decides, then the number in the id, then the order
/// the service itself shows, turned round if that was newest first.
pub(crate) fn oldest_first(mut entries: Vec<LogEntry>) -> Vec<LogEntry> {
    let newest_first = match (entries.first(), entries.last()) {
        (Some(first), Some(last)) if first.at != last.at => first.at > last.at,
        (Some(first), Some(last)) => number(first) > number(last),
        _ => false,
    };
    if newest_first {
        entries.reverse();
    }
    entries.sort_by(|a, b| match (a.at, b.at) {
        (Some(x), Some(y)) if x != y => x.cmp(&y),
        (Some(_), Some(_)) => number(a).cmp(&number(b)),
        _ => std::cmp::Ordering::Equal,
    });
    entries
}

fn number(entry: &LogEntry) -> Option<u64> {
    entry.id.as_str().parse().ok()
}

/// The part of the log that was asked for.
pub(crate) fn page(entries: Vec<LogEntry>, after: Option<&EntryId>, limit: usize) -> LogPage {
    let place = after.map(|id| entries.iter().position(|entry| entry.id == *id));
    let (start, gap) = match place {
        None => (0, false),
        Some(Some(at)) => (at + 1, false),
        Some(None) => (0, true),
    };
    let more = entries.len().saturating_sub(start) > limit;
    LogPage { entries: entries.into_iter().skip(start).take(limit).collect(), more, gap }
}

#[async_trait]
impl EventLog for RedfishDevice {
    async fn read(&self, cx: &Cx, after: Option<EntryId>, limit: usize) -> Result<LogPage> {
        const READ: &str = "event_log.read";
        let log = self.named(READ, self.log.as_ref().ok_or_else(|| Error::unsupported(READ)))?;
        let mut entries = Vec::new();
        for member in self.named(READ, self.client.members(cx, &log.entries).await)? {
            // An entry may have been overwritten since the list was read.
            if let Some(resource) = self.named(READ, tolerate(self.client.member(cx, member).await))? {
                entries.push(entry(&resource));
            }
        }
        Ok(page(oldest_first(entries), after.as_ref(), limit))
    }

    async fn clear(&self, cx: &Cx) -> Result<Outcome<Change>> {
        const CLEAR: &str = "event_log.clear";
        let target = self.log.as_ref().and_then(|log| Some((log, log.clear.as_ref()?)));
        let (log, target) = self.named(CLEAR, target.ok_or_else(|| Error::unsupported(CLEAR)))?;
        let mut sent = self.client.post(cx, target, &json!({})).await;
        // Q42: some services want the ETag of the log service on this action.
        if matches!(&sent, Err(error) if error.kind() == ErrorKind::PreconditionFailed) {
            let etag = self.named(CLEAR, self.client.get(cx, &log.service).await)?.etag;
            sent = self.client.post_if_match(cx, target, &json!({}), etag.as_deref()).await;
        }
        let reply = self.named(CLEAR, sent)?;
        Ok(self.outcome(cx, &reply, CLEAR).await)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(id: &str, second: Option<i64>) -> LogEntry {
        LogEntry {
            id: id.into(),
            at: second.and_then(|s| underlay_hal::Timestamp::from_second(s).ok()),
            severity: Severity::Ok,
            text: String::new(),
            sensor: None,
            code: None,
        }
    }

    fn ids(entries: &[LogEntry]) -> Vec<&str> {
        entries.iter().map(|entry| entry.id.as_str()).collect()
    }

    #[test]
    fn every_order_becomes_oldest_first() {
        let newest_first = vec![made("3", Some(9)), made("2", Some(5)), made("1", Some(5))];
        assert_eq!(ids(&oldest_first(newest_first)), ["1", "2", "3"]);
        let oldest = vec![made("9", Some(1)), made("10", Some(1)), made("11", Some(2))];
        assert_eq!(ids(&oldest_first(oldest)), ["9", "10", "11"]);
        let timeless = vec![made("c", None), made("a", None), made("b", None)];
        assert_eq!(ids(&oldest_first(timeless)), ["c", "a", "b"]);
    }

    #[test]
    fn pages_and_gaps() {
        let log = || vec![made("1", None), made("2", None), made("3", None)];
        let first = page(log(), None, 2);
        assert_eq!((ids(&first.entries), first.more, first.gap), (vec!["1", "2"], true, false));
        let second = page(log(), Some(&"2".into()), 2);
        assert_eq!((ids(&second.entries), second.more, second.gap), (vec!["3"], false, false));
        let lost = page(log(), Some(&"0".into()), 2);
        assert_eq!((ids(&lost.entries), lost.gap), (vec!["1", "2"], true));
    }
}
