//! Pushes a file to a device as firmware, and tells how much memory it took.
//!
//! `upload-child RACK DEVICE FILE streamed|greedy`; `greedy` holds the whole file in memory besides: the mutant that the
//! bound must catch. Prints `peak KIB before KIB after` (the process's own peak, `VmHWM`), and how the update ended.

use std::{error::Error, path::Path, sync::Arc, time::Duration};

use underlay_hal::{CredentialSource, Cx, DeviceId, FirmwareImage, FirmwareUpdate, Safety};
use underlay_rack::{RackCredentials, ReadOptions};

/// The most memory that this process has had, in KiB.
fn peak() -> Result<u64, Box<dyn Error>> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).ok_or("no VmHWM")?;
    Ok(line.split_whitespace().nth(1).ok_or("no number")?.parse()?)
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [rack, device, file, how] = arguments.as_slice() else {
        return Err("upload-child RACK DEVICE FILE streamed|greedy".into());
    };
    let text = std::fs::read_to_string(rack)?;
    let options = ReadOptions { file: rack, folder: Path::new(rack).parent(), ..ReadOptions::default() };
    let rack = underlay_rack::read(&text, &options).map_err(|problems| problems.to_string())?;
    let at = rack.device(device).ok_or("no such device")?.endpoints()?;
    let credentials: Arc<dyn CredentialSource> = Arc::new(RackCredentials::new(Arc::new(rack.clone())));
    let cx = Cx::new("tests", "upload").within(Duration::from_secs(240)).consenting(Safety::Destructive);
    let opened =
        underlay_drivers::registry()?.open(&cx, &DeviceId::from(device.as_str()), &at, &credentials).await?;
    let firmware = opened.device.firmware().ok_or("no firmware")?;
    firmware.inventory(&cx).await?;
    let before = peak()?;
    let held = if how == "greedy" { std::fs::read(file)? } else { Vec::new() };
    let update = FirmwareUpdate { image: FirmwareImage::File(file.into()), targets: Vec::new(), when: None };
    let ended = firmware.update(&cx, &update).await;
    println!("peak {before} before {} after", peak()?);
    match ended {
        Ok(outcome) => println!("accepted: {outcome:?}"),
        Err(error) => println!("refused: {}", error.report()),
    }
    std::hint::black_box(held.len());
    opened.device.close(&cx).await?;
    Ok(())
}
