//! A recorded tree on disk: one folder a resource, `index.json` in each (DMTF mockup layout).

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
};

use serde_json::Value;

use super::Tree;

/// Files that are looked at, folders that are gone into, and bytes that are read, at most.
const MOST_FILES: usize = 50_000;
const MOST_DEPTH: usize = 32;
const MOST_BYTES: u64 = 512 << 20;
/// A longer document is left out.
const LONGEST: u64 = 16 << 20;
/// Warnings that are kept; of more, the number.
const MOST_WARNINGS: usize = 20;

/// Reads a tree, and tells what of it was left out.
///
/// - The folder is the one that holds `redfish/v1`, `v1`, or is itself the service root.
/// - A document that is no JSON object, too long, or under a name that is not UTF-8 is left out with a warning. Links
///   are not followed, so that a tree stays within its folder.
///
/// # Errors
/// - `NotFound` if there is no service root; it says where one was looked for.
/// - `InvalidData` if the tree is beyond all measure.
pub(crate) fn load(folder: &Path) -> io::Result<(Tree, Vec<String>)> {
    let places = [folder.join("redfish/v1"), folder.join("v1"), folder.to_owned()];
    let root = places.iter().find(|place| place.join("index.json").is_file()).ok_or_else(|| {
        let message = format!(
            "no recorded tree in {}: the service root is expected at redfish/v1/index.json in it",
            folder.display()
        );
        io::Error::new(io::ErrorKind::NotFound, message)
    })?;
    let mut reading = Reading::default();
    reading.folder(root, "/redfish/v1", 0)?;
    let Reading { documents, mut warnings, unnamed, .. } = reading;
    if unnamed > 0 {
        warnings.push(format!("and {unnamed} more were left out"));
    }
    if !documents.contains_key("/redfish/v1") {
        let message = format!("the service root {} is no JSON object", root.join("index.json").display());
        return Err(io::Error::new(io::ErrorKind::InvalidData, message));
    }
    Ok((Tree::new(documents), warnings))
}

#[derive(Default)]
struct Reading {
    documents: BTreeMap<String, Value>,
    warnings: Vec<String>,
    /// Left out beyond the warnings that are kept.
    unnamed: usize,
    files: usize,
    bytes: u64,
}

impl Reading {
    fn folder(&mut self, folder: &Path, path: &str, depth: usize) -> io::Result<()> {
        let file = folder.join("index.json");
        if file.is_file() {
            self.document(&file, path)?;
        }
        let mut children: Vec<PathBuf> = Vec::new();
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            // Of the entry itself: a symbolic link is neither.
            if entry.file_type()?.is_dir() {
                children.push(entry.path());
            }
        }
        children.sort_unstable();
        for child in children {
            match child.file_name().and_then(|name| name.to_str()) {
                Some(name) if depth < MOST_DEPTH => {
                    self.folder(&child, &format!("{path}/{name}"), depth + 1)?;
                }
                Some(_) => self.left_out(&child, "it lies too deep"),
                None => self.left_out(&child, "its name is not UTF-8"),
            }
        }
        Ok(())
    }

    fn document(&mut self, file: &Path, path: &str) -> io::Result<()> {
        let length = fs::metadata(file)?.len();
        self.files += 1;
        if self.files > MOST_FILES || self.bytes.saturating_add(length) > MOST_BYTES {
            let message = format!("more than {MOST_FILES} documents or {MOST_BYTES} bytes");
            return Err(io::Error::new(io::ErrorKind::InvalidData, message));
        }
        if length > LONGEST {
            self.left_out(file, "it is too long");
            return Ok(());
        }
        self.bytes += length;
        match serde_json::from_slice(&fs::read(file)?) {
            Ok(value @ Value::Object(_)) => {
                self.documents.insert(path.to_owned(), value);
            }
            Ok(_) => self.left_out(file, "it is no JSON object"),
            Err(error) => self.left_out(file, &format!("it is not JSON: {error}")),
        }
        Ok(())
    }

    fn left_out(&mut self, file: &Path, why: &str) {
        if self.warnings.len() < MOST_WARNINGS {
            self.warnings.push(format!("{} is left out: {why}", file.display()));
        } else {
            self.unnamed += 1;
        }
    }
}
