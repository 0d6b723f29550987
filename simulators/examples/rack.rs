//! Runs a rack file in the foreground, to try clients against.
//!
//! `cargo run -p underlay-simulators --example rack -- [RACK] [RACK-OUT]`
//!
//! Without a file it runs the embedded demonstration rack. Prints each endpoint, then `ready`.
use std::{error::Error, path::Path};

use underlay_rack::{ReadOptions, read};
use underlay_simulators::{Simulator, demo_rack, persona::PersonaSet};

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let personas = PersonaSet::embedded()?;
    let rack = match arguments.next() {
        None => demo_rack()?,
        Some(file) => {
            let names: Vec<_> = personas.names().collect();
            let folder = Path::new(&file).parent();
            let text = std::fs::read_to_string(&file)?;
            match read(&text, &ReadOptions { file: &file, folder, personas: Some(&names) }) {
                Ok(rack) => rack,
                Err(problems) => {
                    eprintln!("{problems}");
                    std::process::exit(2);
                }
            }
        }
    };
    let running = Simulator::builder(rack).personas(personas).start().await?;
    if let Some(out) = arguments.next() {
        running.write_rack(Path::new(&out))?;
    }
    for device in &running.rack().devices {
        for endpoint in device.endpoints()? {
            println!("{} {endpoint}", device.name);
        }
    }
    println!("ready");
    std::future::pending::<()>().await;
    Ok(())
}
