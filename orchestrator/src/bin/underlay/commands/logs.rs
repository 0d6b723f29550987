//! `underlay logs`.

use std::{process::ExitCode, sync::Arc};

use serde::Serialize;
use underlay_hal::{Cx, Error, ErrorKind, EventLog, LogEntry, Opened, Result, Safety};

use crate::{
    context::{Context, Failure},
    output::{or_dash, print},
};

/// Entries asked for at once, and at most in all.
const PAGE: usize = 512;
const MOST: usize = 100_000;

#[derive(Debug, Serialize)]
struct Log {
    entries: Vec<LogEntry>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cleared: Option<bool>,
}

pub(super) async fn run(
    context: &Context,
    select: &str,
    clear: bool,
    last: Option<usize>,
) -> std::result::Result<ExitCode, Failure> {
    let answers = context
        .each(select, "logs", |cx: Cx, opened: Arc<Opened>| async move {
            let log = opened.device.event_log().ok_or_else(|| Error::unsupported("event_log.read"))?;
            let mut entries = read_all(log, &cx).await?;
            let mut cleared = None;
            if clear {
                // The flag is the consent: it says what it does.
                let _ = log.clear(&cx.consenting(Safety::Destructive)).await?;
                cleared = Some(true);
            } else if let Some(last) = last {
                entries.drain(..entries.len().saturating_sub(last));
            }
            Ok(Log { entries, cleared })
        })
        .await?;
    Ok(print(context.output, &["device", "id", "time", "severity", "what"], &answers, |log| {
        let mut rows: Vec<_> = log.entries.iter().map(row).collect();
        if log.cleared == Some(true) {
            rows.push(vec!["-".to_owned(), "-".to_owned(), "-".to_owned(), "log cleared".to_owned()]);
        }
        rows
    }))
}

async fn read_all(log: &dyn EventLog, cx: &Cx) -> Result<Vec<LogEntry>> {
    let mut all: Vec<LogEntry> = Vec::new();
    loop {
        let after = all.last().map(|entry| entry.id.clone());
        let page = log.read(cx, after, PAGE).await?;
        if page.gap && !all.is_empty() {
            // The log was cleared or wrapped while it was read: what comes now is another log.
            all.clear();
        }
        let more = page.more && !page.entries.is_empty();
        all.extend(page.entries);
        if all.len() > MOST {
            return Err(Error::new(ErrorKind::Protocol, format!("the log has more than {MOST} entries")));
        }
        if !more {
            return Ok(all);
        }
    }
}

fn row(entry: &LogEntry) -> Vec<String> {
    let text = match &entry.sensor {
        Some(sensor) if !entry.text.contains(sensor.as_str()) => format!("{sensor}: {}", entry.text),
        _ => entry.text.clone(),
    };
    let at = or_dash(entry.at.map(|at| at.strftime("%Y-%m-%d %H:%M:%SZ").to_string()));
    vec![entry.id.to_string(), at, entry.severity.as_str().to_owned(), text]
}
