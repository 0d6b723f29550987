//! A password file and the new one beside it, so that a crash at any moment leaves a working password.

use std::{
    ffi::OsString,
    fs::{File, OpenOptions},
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use rand::{RngExt as _, seq::SliceRandom as _};
use secrecy::{ExposeSecret as _, SecretString};

/// Where a new password stands until it is in force everywhere.
pub(super) fn beside(path: &Path) -> PathBuf {
    let mut name = OsString::from(path.as_os_str());
    name.push(".new");
    name.into()
}

/// Writes the new password beside the old one. After it has returned, it survives a crash.
///
/// # Errors
/// If there is one already, or the disk refuses.
pub(super) fn stage(path: &Path, password: &SecretString) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    let mut file = options.open(beside(path))?;
    file.write_all(password.expose_secret().as_bytes())?;
    file.write_all(b"\n")?;
    file.sync_all()?;
    sync_folder(path)
}

/// The new password becomes the password.
///
/// # Errors
/// If the disk refuses; both are there then.
pub(super) fn commit(path: &Path) -> io::Result<()> {
    std::fs::rename(beside(path), path)?;
    sync_folder(path)
}

/// The new password is forgotten.
///
/// # Errors
/// If the disk refuses; both are there then.
pub(super) fn discard(path: &Path) -> io::Result<()> {
    std::fs::remove_file(beside(path))?;
    sync_folder(path)
}

/// A name in a folder is durable once the folder is.
fn sync_folder(path: &Path) -> io::Result<()> {
    #[cfg(unix)]
    {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        File::open(folder.unwrap_or_else(|| Path::new(".")))?.sync_all()?;
    }
    let _ = path;
    Ok(())
}

/// A password of letters, digits and marks that every controller takes, with some of each kind.
pub(super) fn generate(length: usize) -> SecretString {
    // Without letters that look alike, and without marks that shells, URLs or old web pages stumble over.
    const KINDS: [&[u8]; 4] =
        [b"abcdefghijkmnpqrstuvwxyz", b"ABCDEFGHJKLMNPQRSTUVWXYZ", b"23456789", b"-_.+"];
    let mut random = rand::rng();
    let mut one_of = |kind: &[u8]| kind.get(random.random_range(0..kind.len())).copied().unwrap_or(b'x');
    let mut password: Vec<u8> = KINDS.iter().map(|kind| one_of(kind)).collect();
    let all = KINDS[..3].concat();
    password.extend((KINDS.len()..length).map(|_| one_of(&all)));
    password.shuffle(&mut random);
    // Some controllers want a letter in front.
    if let Some(letter) = password.iter().position(u8::is_ascii_alphabetic) {
        password.swap(0, letter);
    }
    String::from_utf8_lossy(&password).into_owned().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crash_between_any_two_steps_leaves_a_password_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("bmc.password");
        std::fs::write(&path, "old\n").unwrap();
        let read = |path: &Path| std::fs::read_to_string(path).ok();
        stage(&path, &"new".into()).unwrap();
        assert_eq!((read(&path), read(&beside(&path))), (Some("old\n".into()), Some("new\n".into())));
        // A second rotation does not overwrite the first one's password.
        assert!(stage(&path, &"other".into()).is_err());
        commit(&path).unwrap();
        assert_eq!((read(&path), read(&beside(&path))), (Some("new\n".into()), None));
        stage(&path, &"newer".into()).unwrap();
        discard(&path).unwrap();
        assert_eq!((read(&path), read(&beside(&path))), (Some("new\n".into()), None));
    }

    #[cfg(unix)]
    #[test]
    fn nobody_else_reads_the_new_password() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("bmc.password");
        stage(&path, &"new".into()).unwrap();
        assert_eq!(std::fs::metadata(beside(&path)).unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn a_password_that_is_made_has_every_kind_of_character() {
        for length in [12, 16, 20, 64] {
            let password = generate(length);
            let text = password.expose_secret();
            assert_eq!(text.len(), length);
            assert!(text.starts_with(|c: char| c.is_ascii_alphabetic()));
            for kind in [char::is_lowercase as fn(char) -> bool, char::is_uppercase, char::is_numeric] {
                assert!(text.contains(kind), "{length}");
            }
            assert!(text.contains(['-', '_', '.', '+']));
        }
        assert_ne!(generate(20).expose_secret(), generate(20).expose_secret());
    }
}
