//! Passwords that a simulated rack makes for itself, and files that hold them.
use std::{collections::BTreeMap, fs, io, io::Write, path::Path};

use rand::RngExt;
use secrecy::{ExposeSecret, SecretString};
use underlay_rack::{PasswordSource, Rack};

/// A password that every protocol takes: 16 characters (IPMI stops at 20), not from the rack's seed.
pub(super) fn make() -> SecretString {
    const ALPHABET: &[u8] = b"ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789";
    let mut random = rand::rng();
    let draw = |_| {
        let index = random.random_range(0..ALPHABET.len());
        char::from(ALPHABET.get(index).copied().unwrap_or(b'x'))
    };
    (0..16).map(draw).collect::<String>().into()
}

/// Writes the rack file and, for each made password, a file beside it.
pub(super) fn write_rack(rack: &Rack, made: &BTreeMap<String, SecretString>, path: &Path) -> io::Result<()> {
    let mut rack = rack.clone();
    let stem = path.file_stem().map_or_else(|| "rack".into(), |stem| stem.to_string_lossy().into_owned());
    for (name, password) in made {
        let file = format!("{stem}.{name}.password");
        write_private(&path.with_file_name(&file), password.expose_secret())?;
        if let Some(credential) = rack.credentials.get_mut(name) {
            // Relative: whoever reads the rack file starts from its folder.
            credential.password = PasswordSource::File(file.into());
        }
    }
    fs::write(path, rack.to_toml())
}

/// A file that its owner alone can read, also if it was there before with other rights.
fn write_private(path: &Path, text: &str) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    writeln!(options.open(path)?, "{text}")
}
