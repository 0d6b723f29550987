//! Passwords from files: never from the command line, where every user of the machine can read them.

use std::{
    io::{BufRead as _, Read as _},
    path::Path,
};

use secrecy::SecretString;

use crate::context::Failure;

/// Bytes of a password file that are read.
const LIMIT: u64 = 4096;

/// The first line of a file, or of standard input for `-`.
pub(super) fn password_of(path: &Path) -> Result<SecretString, Failure> {
    let shown = path.display();
    let first = |reader: &mut dyn std::io::Read| {
        let mut line = String::new();
        std::io::BufReader::new(reader.take(LIMIT)).read_line(&mut line).map(|_| line)
    };
    let line = if path.as_os_str() == "-" {
        first(&mut std::io::stdin().lock())
    } else {
        std::fs::File::open(path).and_then(|mut file| first(&mut file))
    };
    let line = line.map_err(|error| Failure(format!("cannot read a password from {shown}: {error}")))?;
    let password = line.trim_end_matches(['\r', '\n']);
    if password.is_empty() {
        return Err(Failure(format!("{shown}: its first line is empty; a password is wanted")));
    }
    Ok(password.into())
}
