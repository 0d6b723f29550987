use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use async_trait::async_trait;
use underlay_hal::{Cx, Fru, Hardware, Inventory, Result, Skipped};
use underlay_ipmi_codec::command::controller::{DeviceId, GetSystemGuid, Guid};
use underlay_ipmi_codec::command::fru::{FruInfo, GetFruInfo, ReadFru};
use underlay_ipmi_codec::fru::{Board, Chassis, HEADER_LEN, Header, Product, area_len};
use underlay_ipmi_codec::{Completion, lan};

use super::manager::optional;
use super::repository::Repository;
use crate::error::Failure;
use crate::quirks;
use crate::transport::bmc::Bmc;

/// FRU devices read at most, whatever the repository lists.
const MAX_FRUS: usize = 64;
const FIRST_BLOCK: u8 = 64;
const SMALLEST_BLOCK: u8 = 8;

/// How many bytes of FRU data a read asks for: what the BMC was found to take.
#[derive(Clone, Debug)]
pub(crate) struct BlockSize(Arc<AtomicU8>);

impl Default for BlockSize {
    fn default() -> Self {
        Self(Arc::new(AtomicU8::new(FIRST_BLOCK)))
    }
}

/// The machine's own FRU, FRUs of its parts, and the system GUID. IPMI knows no processors, memory or drives.
#[derive(Debug)]
pub(crate) struct IpmiInventory {
    bmc: Bmc,
    repository: Repository,
    controller: DeviceId,
    blocks: BlockSize,
}

impl IpmiInventory {
    pub(crate) fn new(bmc: Bmc, repository: Repository, controller: DeviceId, blocks: BlockSize) -> Self {
        Self { bmc, repository, controller, blocks }
    }
}

#[async_trait]
impl Inventory for IpmiInventory {
    async fn read(&self, cx: &Cx) -> Result<Hardware> {
        let mut hardware = Hardware::default();
        let guid = optional(self.bmc.run(cx, &GetSystemGuid).await)?;
        hardware.system.uuid = guid.and_then(uuid_text);
        let mut devices = vec![(0, "FRU 0".to_owned())];
        match self.repository.records(cx).await {
            Ok(records) => {
                let mut seen = BTreeSet::from([0]);
                for locator in records.frus() {
                    // Only FRUs the BMC itself serves; others need a bridged request.
                    if !locator.logical || locator.access_address != lan::BMC || locator.lun != 0 {
                        continue;
                    }
                    if locator.device == 0 && !locator.name.is_empty() {
                        devices[0].1.clone_from(&locator.name);
                    } else if seen.insert(locator.device) {
                        devices.push((locator.device, locator.name.clone()));
                    }
                }
            }
            Err(failure) if failure.is_refusal() => {
                hardware.skipped.push(skipped("SDR repository", failure));
            }
            Err(failure) => return Err(failure.into()),
        }
        for (device, name) in devices.into_iter().take(MAX_FRUS) {
            match read_fru(cx, &self.bmc, device, &self.blocks).await {
                Ok(Some(image)) => {
                    if device == 0 {
                        let product = image.product(&self.controller);
                        hardware.system.manufacturer = product.manufacturer;
                        hardware.system.model = product.model;
                        hardware.system.part_number = product.part_number;
                        hardware.system.serial_number = product.serial_number;
                        hardware.system.asset_tag = product.asset_tag;
                    }
                    for why in &image.warnings {
                        hardware.skipped.push(Skipped { what: name.clone(), why: why.clone() });
                    }
                    hardware.frus.push(image.fru(name));
                }
                Ok(None) => {}
                Err(failure) if failure.is_refusal() => {
                    // An empty slot has a locator and no data.
                    if failure.completion() != Some(Completion::NOT_PRESENT) {
                        hardware.skipped.push(skipped(&name, failure));
                    }
                }
                Err(failure) => return Err(failure.into()),
            }
        }
        Ok(hardware)
    }
}

fn skipped(what: &str, failure: Failure) -> Skipped {
    Skipped { what: what.to_owned(), why: underlay_hal::Error::from(failure).to_string() }
}

/// Who made the machine, and which one it is.
#[derive(Debug, Default)]
pub(crate) struct Identity {
    pub(crate) manufacturer: Option<String>,
    pub(crate) model: Option<String>,
    pub(crate) part_number: Option<String>,
    pub(crate) serial_number: Option<String>,
    pub(crate) asset_tag: Option<String>,
}

/// The identity in FRU 0; empty where it cannot be read.
pub(crate) async fn read_product(cx: &Cx, bmc: &Bmc, blocks: &BlockSize) -> Result<Identity, Failure> {
    match read_fru(cx, bmc, 0, blocks).await {
        Ok(Some(image)) => Ok(image.identity()),
        Ok(None) => Ok(Identity::default()),
        Err(failure) if failure.is_refusal() => Ok(Identity::default()),
        Err(failure) => Err(failure),
    }
}

#[derive(Default)]
struct Image {
    chassis: Chassis,
    board: Board,
    product: Product,
    warnings: Vec<String>,
}

fn told(texts: &[&String]) -> Option<String> {
    texts.iter().find(|text| !text.is_empty()).map(|text| (*text).clone())
}

impl Image {
    fn identity(&self) -> Identity {
        let (product, board, chassis) = (&self.product, &self.board, &self.chassis);
        Identity {
            manufacturer: told(&[&product.manufacturer, &board.manufacturer]),
            model: told(&[&product.product, &board.product]),
            part_number: told(&[&product.part_number, &board.part_number, &chassis.part_number]),
            serial_number: told(&[&product.serial_number, &chassis.serial_number, &board.serial_number]),
            asset_tag: told(&[&product.asset_tag]),
        }
    }

    fn product(&self, controller: &DeviceId) -> Identity {
        let identity = self.identity();
        let manufacturer = identity.manufacturer.or_else(|| quirks::manufacturer(controller.manufacturer));
        Identity { manufacturer, ..identity }
    }

    fn fru(&self, name: String) -> Fru {
        let identity = self.identity();
        let mut fru = Fru::default();
        fru.name = name;
        fru.manufacturer = identity.manufacturer;
        fru.product = identity.model;
        fru.part_number = identity.part_number;
        fru.serial_number = identity.serial_number;
        fru.version = told(&[&self.product.version]);
        fru.asset_tag = identity.asset_tag;
        fru
    }
}

/// One FRU's areas; `None` for an empty store.
async fn read_fru(cx: &Cx, bmc: &Bmc, device: u8, blocks: &BlockSize) -> Result<Option<Image>, Failure> {
    let info = bmc.run(cx, &GetFruInfo { fru: device }).await?;
    let store = Store { bmc, device, info, blocks };
    let Ok(header) = Header::decode(&store.read(cx, 0, HEADER_LEN).await?) else { return Ok(None) };
    let mut image = Image::default();
    if !header.checksum_ok {
        image.warnings.push("the FRU header has a wrong checksum".to_owned());
    }
    if let Some(area) = store.area(cx, header.chassis).await? {
        match Chassis::decode(&area) {
            Ok(chassis) => image.chassis = chassis,
            Err(error) => image.warnings.push(format!("chassis area: {error}")),
        }
    }
    if let Some(area) = store.area(cx, header.board).await? {
        match Board::decode(&area) {
            Ok(board) => image.board = board,
            Err(error) => image.warnings.push(format!("board area: {error}")),
        }
    }
    if let Some(area) = store.area(cx, header.product).await? {
        match Product::decode(&area) {
            Ok(product) => image.product = product,
            Err(error) => image.warnings.push(format!("product area: {error}")),
        }
    }
    let sums = [
        ("chassis", header.chassis, image.chassis.checksum_ok),
        ("board", header.board, image.board.checksum_ok),
        ("product", header.product, image.product.checksum_ok),
    ];
    for (area, _, _) in sums.iter().filter(|(_, at, ok)| *at != 0 && !ok) {
        image.warnings.push(format!("the {area} area has a wrong checksum"));
    }
    Ok(Some(image))
}

struct Store<'a> {
    bmc: &'a Bmc,
    device: u8,
    info: FruInfo,
    blocks: &'a BlockSize,
}

impl Store<'_> {
    /// The area at `offset`, whole; `None` where there is none.
    async fn area(&self, cx: &Cx, offset: u16) -> Result<Option<Vec<u8>>, Failure> {
        if offset == 0 || offset >= self.info.size {
            return Ok(None);
        }
        let start = self.read(cx, offset, HEADER_LEN).await?;
        let Ok(len) = area_len(&start) else { return Ok(Some(start)) };
        let len = usize::from(len.min(self.info.size - offset));
        self.read(cx, offset, len).await.map(Some)
    }

    /// Up to `len` bytes from `offset`; fewer where the store ends.
    async fn read(&self, cx: &Cx, offset: u16, len: usize) -> Result<Vec<u8>, Failure> {
        let mut bytes = Vec::new();
        while let Some(left) = len.checked_sub(bytes.len()).filter(|left| *left > 0) {
            let block = self.blocks.0.load(Ordering::Relaxed);
            let count = block.min(u8::try_from(left).unwrap_or(u8::MAX));
            let at = usize::from(offset) + bytes.len();
            let Ok(at) = u16::try_from(at) else { break };
            let unit = if self.info.by_words { 2 } else { 1 };
            let command = ReadFru {
                fru: self.device,
                offset: at / unit,
                count: count.div_ceil(if self.info.by_words { 2 } else { 1 }),
            };
            match self.bmc.run(cx, &command).await {
                Ok(data) if data.is_empty() => break,
                Ok(data) => bytes.extend(data.into_iter().take(usize::from(count))),
                Err(failure) => match failure.completion() {
                    Some(
                        Completion::CANNOT_RETURN_LENGTH
                        | Completion::LENGTH_INVALID
                        | Completion::LENGTH_EXCEEDED
                        | Completion::OUT_OF_RANGE,
                    ) if block > SMALLEST_BLOCK => self.blocks.0.store(block / 2, Ordering::Relaxed),
                    _ => return Err(failure),
                },
            }
        }
        Ok(bytes)
    }
}

/// A GUID as a UUID in text, lower case.
pub(crate) fn uuid_text(guid: Guid) -> Option<String> {
    let bytes = guid.uuid()?;
    let mut text = String::with_capacity(36);
    for (index, byte) in bytes.iter().enumerate() {
        if matches!(index, 4 | 6 | 8 | 10) {
            text.push('-');
        }
        text.push_str(&format!("{byte:02x}"));
    }
    Some(text)
}
