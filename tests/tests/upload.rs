//! A large image goes from the disk to the device, and neither end holds it in memory.
#![cfg(target_os = "linux")] // The child reads its peak in /proc.

use std::{fs::File, path::Path, process::Stdio, time::Duration};

use underlay_rack::ReadOptions;
use underlay_simulators::{Running, Simulator, Truth as _};

/// 300 MB, all of it holes: it takes no room on the disk.
const SIZE: u64 = 300_000_000;
/// What the process may grow by, in KiB: buffers of the connection, and what an allocator keeps.
const BOUND: u64 = 48 * 1024;

async fn rig(folder: &Path) -> Running {
    let text = "[rack]\nname = \"one\"\n[credentials.bmc]\nusername = \"admin\"\npassword = { generated = true }\n\
                [[device]]\nname = \"n1\"\nkind = \"server\"\npersona = \"standard\"\ncredential = \"bmc\"\n\
                state = \"on\"\nredfish = { tls = \"http\" }\n";
    let rack = underlay_rack::read(text, &ReadOptions { file: "one.toml", ..ReadOptions::default() })
        .unwrap_or_else(|problems| panic!("{problems}"));
    let running = Simulator::builder(rack).start().await.unwrap_or_else(|error| panic!("{error}"));
    running.write_rack(&folder.join("rack.toml")).expect("a rack file");
    File::create(folder.join("image.bin")).and_then(|file| file.set_len(SIZE)).expect("an image");
    running
}

/// What the child said, and how much its peak grew, in KiB.
async fn pushed(folder: &Path, how: &str) -> (String, u64) {
    let mut command = tokio::process::Command::new(env!("CARGO_BIN_EXE_upload-child"));
    command
        .args(["rack.toml", "n1", "image.bin", how])
        .current_dir(folder)
        .stdin(Stdio::null())
        .kill_on_drop(true);
    let ended = tokio::time::timeout(Duration::from_secs(300), command.output()).await;
    let output = ended.expect("it ends in five minutes").expect("the child starts");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{said}\n{}", String::from_utf8_lossy(&output.stderr));
    let numbers: Vec<u64> = said.split_whitespace().filter_map(|word| word.parse().ok()).take(2).collect();
    let [before, after] = numbers[..] else { panic!("no figures in {said}") };
    (said, after - before)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn three_hundred_megabytes_take_no_more_memory_than_three() {
    let folder = tempfile::tempdir().expect("a folder");
    let running = rig(folder.path()).await;
    let firmware = running.truth("n1").expect("n1");
    let received = || firmware.firmware().expect("firmware").bytes_received();
    let (said, grown) = pushed(folder.path(), "streamed").await;
    println!("grown by {grown} KiB: {said}");
    assert!(received() >= SIZE, "{} of {SIZE} bytes have come in: {said}", received());
    assert!(said.contains("refused"), "holes are no image: {said}");
    assert!(grown < BOUND, "grown by {grown} KiB");
    let held = running.redfish("n1").expect("a view").most_upload_bytes_held();
    assert!(held < 8 << 20, "the simulator held {held} bytes");
    // The control: whoever holds the image is found out by the same bound.
    let (_, grown) = pushed(folder.path(), "greedy").await;
    assert!(grown > BOUND, "grown by {grown} KiB with the whole image in memory");
}
