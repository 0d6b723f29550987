use std::collections::{HashMap, HashSet};
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use tokio::sync::Mutex;
use underlay_hal::Cx;
use underlay_ipmi_codec::Completion;
use underlay_ipmi_codec::command::sdr::{
    FIRST, GetSdr, GetSdrRepositoryInfo, LAST, ReserveSdrRepository, SdrRepositoryInfo,
};
use underlay_ipmi_codec::lan;
use underlay_ipmi_codec::sdr::{FruLocator, HEADER_LEN, Record, RecordBody, RecordHeader, Sensor, SensorKey};

use super::manager::optional;
use crate::error::Failure;
use crate::transport::bmc::Bmc;

/// More records than any real repository has; a bound for one that never ends.
const MAX_RECORDS: usize = 8192;
/// How often a walk takes a lost reservation again.
const MAX_RESERVATIONS: u32 = 10;
/// "The whole record".
const WHOLE: u8 = 0xFF;
/// The first size of a partial read; small enough for every BMC that needs them, as a rule.
const FIRST_PART: u8 = 32;
const SMALLEST_PART: u8 = 4;

/// The SDR repository of a BMC, read once and again when its time stamps say so.
#[derive(Clone)]
pub(crate) struct Repository {
    inner: Arc<Inner>,
}

struct Inner {
    bmc: Bmc,
    cache: Mutex<Option<(Option<SdrRepositoryInfo>, Arc<Records>)>>,
    /// How many bytes a read asks for: what the BMC was found to take.
    part: AtomicU8,
}

impl fmt::Debug for Repository {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Repository").finish_non_exhaustive()
    }
}

/// One sensor: for a shared record, one of its sensors.
#[derive(Clone, Debug)]
pub(crate) struct SensorEntry {
    /// Unique on the BMC, and stable.
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) key: SensorKey,
    pub(crate) record: Sensor,
}

impl SensorEntry {
    /// Does the BMC itself own it, so that no other controller has to be asked?
    pub(crate) fn is_local(&self) -> bool {
        self.key.owner == lan::BMC && self.key.channel == 0
    }
}

/// What the repository holds.
#[derive(Debug, Default)]
pub(crate) struct Records {
    sensors: Vec<SensorEntry>,
    frus: Vec<FruLocator>,
    names: HashMap<(u8, u8), String>,
}

impl Records {
    fn add(&mut self, record: Record) {
        match record.body {
            RecordBody::Sensor(sensor) => {
                for index in 0..sensor.share_count {
                    let key = SensorKey { number: sensor.key.number.wrapping_add(index), ..sensor.key };
                    let name = sensor.shared_name(index);
                    self.names.insert((key.owner, key.number), name.clone());
                    self.sensors.push(SensorEntry { id: String::new(), name, key, record: sensor.clone() });
                }
            }
            RecordBody::EventOnly(sensor) => {
                self.names.insert((sensor.key.owner, sensor.key.number), sensor.name.clone());
            }
            RecordBody::FruLocator(locator) => self.frus.push(locator),
            _ => {}
        }
    }

    /// Gives each sensor an id: its name, and its number too where the name is empty or not unique.
    fn name_sensors(&mut self) {
        let mut count: HashMap<String, usize> = HashMap::new();
        for sensor in &self.sensors {
            *count.entry(sensor.name.clone()).or_default() += 1;
        }
        for sensor in &mut self.sensors {
            let SensorKey { owner, lun, number, .. } = sensor.key;
            let unique = !sensor.name.is_empty() && count.get(&sensor.name) == Some(&1);
            sensor.id = if unique {
                sensor.name.clone()
            } else {
                format!("{}#{owner:02x}.{lun}.{number:02x}", sensor.name)
            };
        }
    }

    pub(crate) fn sensors(&self) -> &[SensorEntry] {
        &self.sensors
    }

    pub(crate) fn frus(&self) -> &[FruLocator] {
        &self.frus
    }

    /// The name of the sensor that an event names.
    pub(crate) fn name(&self, generator: u16, sensor: u8) -> Option<&str> {
        let [owner, _] = generator.to_le_bytes();
        self.names.get(&(owner, sensor)).map(String::as_str).filter(|name| !name.is_empty())
    }
}

impl Repository {
    pub(crate) fn new(bmc: Bmc) -> Self {
        Self { inner: Arc::new(Inner { bmc, cache: Mutex::default(), part: AtomicU8::new(WHOLE) }) }
    }

    /// The records, from the cache while the BMC's time stamps stay.
    ///
    /// * Firmware that refuses Get SDR Repository Info is walked without it, once per open.
    pub(crate) async fn records(&self, cx: &Cx) -> Result<Arc<Records>, Failure> {
        let info = optional(self.inner.bmc.run(cx, &GetSdrRepositoryInfo).await)?;
        let mut cache = self.inner.cache.lock().await;
        if let Some((seen, records)) = cache.as_ref()
            && *seen == info
        {
            return Ok(Arc::clone(records));
        }
        let records = Arc::new(self.walk(cx).await?);
        *cache = Some((info, Arc::clone(&records)));
        Ok(records)
    }

    async fn walk(&self, cx: &Cx) -> Result<Records, Failure> {
        let mut records = Records::default();
        let mut seen = HashSet::new();
        let mut reservation = Reservation { id: None, taken: 0 };
        let mut next = FIRST;
        while seen.len() < MAX_RECORDS && seen.insert(next) {
            let (after, bytes) = match self.record(cx, next, &mut reservation).await {
                Ok(found) => found,
                // An empty repository, or firmware whose last record cannot be read.
                Err(failure) if failure.is_refusal() => {
                    tracing::debug!(record = next, "SDR not readable, walk ends");
                    break;
                }
                Err(failure) => return Err(failure),
            };
            match Record::decode(&bytes) {
                Ok(record) => records.add(record),
                Err(error) => tracing::debug!(record = next, %error, "SDR not understood"),
            }
            if after == LAST {
                break;
            }
            next = after;
        }
        records.name_sensors();
        Ok(records)
    }

    /// One record and the id of the next.
    async fn record(
        &self,
        cx: &Cx,
        id: u16,
        reservation: &mut Reservation,
    ) -> Result<(u16, Vec<u8>), Failure> {
        loop {
            let part = self.inner.part.load(Ordering::Relaxed);
            let result = if part == WHOLE {
                self.read(cx, id, 0, WHOLE, 0).await
            } else {
                self.record_in_parts(cx, id, part, reservation).await
            };
            let failure = match result {
                Ok(found) => return Ok(found),
                Err(failure) => failure,
            };
            match failure.completion() {
                Some(Completion::RESERVATION_LOST) if reservation.taken < MAX_RESERVATIONS => {
                    reservation.id = None;
                }
                Some(
                    Completion::CANNOT_RETURN_LENGTH
                    | Completion::LENGTH_INVALID
                    | Completion::LENGTH_EXCEEDED
                    | Completion::OUT_OF_RANGE
                    | Completion::UNSPECIFIED,
                ) if part > SMALLEST_PART => {
                    let smaller = if part == WHOLE { FIRST_PART } else { part / 2 };
                    self.inner.part.store(smaller, Ordering::Relaxed);
                }
                _ => return Err(failure),
            }
        }
    }

    async fn record_in_parts(
        &self,
        cx: &Cx,
        id: u16,
        part: u8,
        reservation: &mut Reservation,
    ) -> Result<(u16, Vec<u8>), Failure> {
        // Partial reads need a reservation; firmware without it takes 0.
        let reserved = match reservation.id {
            Some(id) => id,
            None => {
                let id = optional(self.inner.bmc.run(cx, &ReserveSdrRepository).await)?.unwrap_or(0);
                reservation.taken += 1;
                *reservation.id.insert(id)
            }
        };
        let header_len = u8::try_from(HEADER_LEN).unwrap_or_default();
        let (next, mut bytes) = self.read(cx, id, 0, header_len, reserved).await?;
        let Ok(header) = RecordHeader::decode(&bytes) else { return Ok((next, bytes)) };
        bytes.truncate(HEADER_LEN);
        let total = HEADER_LEN + usize::from(header.len);
        while let Some(left) = total.checked_sub(bytes.len()).filter(|left| *left > 0) {
            // Offsets beyond 255 cannot be asked for: no record is that long.
            let Ok(offset) = u8::try_from(bytes.len()) else { break };
            let count = part.min(u8::try_from(left).unwrap_or(u8::MAX));
            let (_, data) = self.read(cx, id, offset, count, reserved).await?;
            if data.is_empty() {
                break;
            }
            bytes.extend(data);
        }
        Ok((next, bytes))
    }

    async fn read(
        &self,
        cx: &Cx,
        record: u16,
        offset: u8,
        count: u8,
        reservation: u16,
    ) -> Result<(u16, Vec<u8>), Failure> {
        let found = self.inner.bmc.run(cx, &GetSdr { reservation, record, offset, count }).await?;
        Ok((found.next, found.data))
    }
}

struct Reservation {
    id: Option<u16>,
    taken: u32,
}
