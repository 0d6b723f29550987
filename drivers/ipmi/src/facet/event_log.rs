use std::time::Duration;

use async_trait::async_trait;
use tokio::sync::Mutex;
use underlay_hal::{
    BootMark, Change, Cx, EntryId, EventLog, LogEntry, LogPage, Outcome, Result, Severity, Timestamp,
};
use underlay_ipmi_codec::Completion;
use underlay_ipmi_codec::command::sel::{
    EraseSel, Erasure, FIRST, GetErasure, GetSelEntry, GetSelInfo, LAST, ReserveSel, SelEntry, SelInfo,
};
use underlay_ipmi_codec::event::{self, Level};
use underlay_ipmi_codec::sel::{SelBody, SelRecord};

use super::manager::optional;
use super::repository::{Records, Repository};
use crate::error::Failure;
use crate::transport::bmc::Bmc;

/// Records a SEL can have at most: its ids have 16 bits.
const MAX_RECORDS: usize = 0x1_0000;
const MAX_RESERVATIONS: u32 = 3;
/// Pause between looks at an erasure.
const ERASE_PAUSE: Duration = Duration::from_millis(200);

/// The System Event Log.
#[derive(Debug)]
pub(crate) struct IpmiEventLog {
    bmc: Bmc,
    repository: Repository,
}

impl IpmiEventLog {
    pub(crate) fn new(bmc: Bmc, repository: Repository) -> Self {
        Self { bmc, repository }
    }
}

/// One record; `None` where the id names none.
async fn entry(cx: &Cx, bmc: &Bmc, record: u16) -> Result<Option<SelEntry>, Failure> {
    match bmc.run(cx, &GetSelEntry { record }).await {
        Ok(entry) => Ok(Some(entry)),
        // Absent records have several codes in the field.
        Err(failure)
            if matches!(
                failure.completion(),
                Some(Completion::NOT_PRESENT | Completion::OUT_OF_RANGE | Completion::INVALID_FIELD)
            ) =>
        {
            Ok(None)
        }
        Err(failure) => Err(failure),
    }
}

/// The id of the record after this one, where there is one.
fn next_of(entry: &SelEntry) -> Option<u16> {
    (!matches!(entry.next, LAST | FIRST)).then_some(entry.next)
}

#[async_trait]
impl EventLog for IpmiEventLog {
    async fn read(&self, cx: &Cx, after: Option<EntryId>, limit: usize) -> Result<LogPage> {
        let mut page = LogPage::default();
        let mut next = Some(FIRST);
        if let Some(after) = after {
            let known = match Cursor::parse(&after) {
                Some(cursor) => entry(cx, &self.bmc, cursor.record)
                    .await?
                    .filter(|found| Cursor::of(&found.record) == cursor),
                None => None,
            };
            match known {
                Some(found) => next = next_of(&found),
                None => page.gap = true,
            }
        }
        let mut names = None;
        let mut previous = None;
        for _ in 0..MAX_RECORDS {
            let Some(record) = next.filter(|next| Some(*next) != previous) else { return Ok(page) };
            if page.entries.len() >= limit {
                page.more = true;
                return Ok(page);
            }
            let Some(found) = entry(cx, &self.bmc, record).await? else { return Ok(page) };
            if names.is_none() {
                // Names are a courtesy: a log is worth reading without them.
                names = Some(self.repository.records(cx).await.ok());
            }
            page.entries.push(describe(&found.record, names.as_ref().and_then(|names| names.as_deref())));
            previous = Some(record);
            next = next_of(&found);
        }
        Ok(page)
    }

    async fn clear(&self, cx: &Cx) -> Result<Outcome<Change>> {
        if self.bmc.run(cx, &GetSelInfo).await?.entries == 0 {
            return Ok(Outcome::Done(Change::AlreadySo));
        }
        let mut taken = 0;
        loop {
            taken += 1;
            // Firmware without reservations takes 0.
            let reservation = optional(self.bmc.run(cx, &ReserveSel).await)?.unwrap_or(0);
            let failure = match self.bmc.run(cx, &EraseSel { reservation }).await {
                Ok(progress) => {
                    self.finish(cx, reservation, progress).await?;
                    return Ok(Outcome::Done(Change::Made));
                }
                Err(failure) => failure,
            };
            if failure.completion() == Some(Completion::RESERVATION_LOST) && taken < MAX_RESERVATIONS {
                continue;
            }
            if failure.is_unknown() && self.bmc.run(cx, &GetSelInfo).await.is_ok_and(|info| info.entries == 0)
            {
                return Ok(Outcome::Done(Change::Made));
            }
            return Err(failure.into());
        }
    }
}

impl IpmiEventLog {
    /// Waits until the log is erased, or the caller's deadline.
    async fn finish(
        &self,
        cx: &Cx,
        reservation: u16,
        mut progress: Erasure,
    ) -> Result<(), underlay_hal::Error> {
        // Two minutes when the caller sets no deadline: flash is slow, but not that slow.
        let cx = &cx.within(Duration::from_secs(120));
        while progress == Erasure::InProgress {
            let applied = underlay_hal::Effect::Applied;
            cx.sleep(ERASE_PAUSE).await.map_err(|interrupted| interrupted.into_error(applied))?;
            progress = match self.bmc.run(cx, &GetErasure { reservation }).await {
                Ok(progress) => progress,
                // The erasure itself cancels the reservation on some firmware: then the count decides.
                Err(failure) if failure.is_refusal() => match self.bmc.run(cx, &GetSelInfo).await {
                    Ok(SelInfo { entries: 0 | 1, .. }) => Erasure::Completed,
                    Ok(_) => Erasure::InProgress,
                    Err(failure) => return Err(underlay_hal::Error::from(failure).with_effect(applied)),
                },
                Err(failure) => return Err(underlay_hal::Error::from(failure).with_effect(applied)),
            };
        }
        Ok(())
    }
}

/// What names an entry: record ids are used again after a clear, so the record's content counts too.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Cursor {
    record: u16,
    digest: u32,
}

impl Cursor {
    fn of(record: &[u8; 16]) -> Self {
        let [low, high, ..] = *record;
        // FNV-1a: tells records apart, and protects against nobody.
        let digest = record
            .iter()
            .fold(0x811C_9DC5_u32, |hash, byte| (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193));
        Self { record: u16::from_le_bytes([low, high]), digest }
    }

    fn parse(id: &EntryId) -> Option<Self> {
        let (record, digest) = id.as_str().split_once('-')?;
        Some(Self { record: record.parse().ok()?, digest: u32::from_str_radix(digest, 16).ok()? })
    }

    fn id(self) -> EntryId {
        EntryId::new(format!("{}-{:08x}", self.record, self.digest))
    }
}

fn describe(record: &[u8; 16], records: Option<&Records>) -> LogEntry {
    let decoded = SelRecord::decode(record);
    let at = decoded.unix_time().and_then(|at| Timestamp::from_second(i64::from(at)).ok());
    let (severity, text, sensor) = match decoded.body {
        SelBody::Event(event) => {
            let severity = match event.level() {
                Level::Normal => Severity::Ok,
                Level::Warning => Severity::Warning,
                Level::Critical => Severity::Critical,
            };
            let name = records.and_then(|records| records.name(event.generator, event.sensor));
            let name = name.map_or_else(|| format!("#{:02x}", event.sensor), str::to_owned);
            (severity, event.text(), Some(name))
        }
        SelBody::OemTimestamped { kind, manufacturer, data, .. } => (
            Severity::Ok,
            format!("OEM record {kind:02x} of manufacturer {manufacturer}: {}", hex(&data)),
            None,
        ),
        SelBody::Oem { kind, data } => (Severity::Ok, format!("OEM record {kind:02x}: {}", hex(&data)), None),
        SelBody::Other { kind, data } => {
            (Severity::Ok, format!("record of type {kind:02x}: {}", hex(&data)), None)
        }
    };
    LogEntry { id: Cursor::of(record).id(), at, severity, text, sensor, code: Some(hex(record)) }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The newest boot event of a SEL, found by reading on from where the last search ended.
#[derive(Debug)]
pub(crate) struct BootEvents {
    bmc: Bmc,
    found: Mutex<Found>,
}

#[derive(Debug, Default)]
struct Found {
    /// The last record that was looked at.
    last: Option<[u8; 16]>,
    /// The newest boot event among those.
    mark: Option<[u8; 16]>,
}

impl BootEvents {
    pub(crate) fn new(bmc: Bmc) -> Self {
        Self { bmc, found: Mutex::default() }
    }

    /// The newest System Boot Initiated event as a mark; `None` when the log has none, or is full and may have lost one.
    pub(crate) async fn newest(&self, cx: &Cx) -> Result<Option<BootMark>, Failure> {
        if self.bmc.run(cx, &GetSelInfo).await?.overflow {
            return Ok(None);
        }
        let mut found = self.found.lock().await;
        let mut next = Some(FIRST);
        if let Some(last) = found.last {
            let [low, high, ..] = last;
            let again = entry(cx, &self.bmc, u16::from_le_bytes([low, high])).await?;
            match again.filter(|again| again.record == last) {
                Some(again) => next = next_of(&again),
                // The log was cleared in between.
                None => *found = Found::default(),
            }
        }
        let mut previous = None;
        for _ in 0..MAX_RECORDS {
            let Some(record) = next.filter(|next| Some(*next) != previous) else { break };
            let Some(seen) = entry(cx, &self.bmc, record).await? else { break };
            if let SelBody::Event(event) = SelRecord::decode(&seen.record).body
                && event.sensor_type == event::BOOT_INITIATED
                && event.asserted
            {
                found.mark = Some(seen.record);
            }
            found.last = Some(seen.record);
            previous = Some(record);
            next = next_of(&seen);
        }
        Ok(found.mark.map(|record| BootMark(Cursor::of(&record).id().to_string())))
    }
}
