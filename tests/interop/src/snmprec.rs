//! A recording of an SNMP agent, read line by line: nothing of the driver's.
use std::{collections::BTreeMap, fs, path::Path};

/// The lines `OID|TYPE|VALUE`, by object.
#[derive(Debug)]
pub struct Lines(BTreeMap<String, Vec<u8>>);

impl Lines {
    /// Reads a recording; of an object that is there twice, the last counts.
    ///
    /// # Panics
    /// If there is no such file.
    #[must_use]
    pub fn read(file: &Path) -> Self {
        let bytes = fs::read(file).expect("a recording");
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let line = |line: &str| {
            let mut parts = line.trim_start_matches('.').splitn(3, '|');
            let (oid, kind, value) = (parts.next()?, parts.next()?, parts.next()?);
            // Octets in hexadecimal digits.
            let value = if kind.ends_with('x') { unhex(value) } else { value.as_bytes().to_vec() };
            Some((oid.to_owned(), value))
        };
        Self(text.lines().filter_map(line).collect())
    }

    /// The octets of a column, by what stands behind it. The column is below the enterprises unless it begins with `1.`.
    #[must_use]
    pub fn octets(&self, column: &str) -> BTreeMap<Vec<u32>, Vec<u8>> {
        let base = if column.starts_with("1.") { "" } else { "1.3.6.1.4.1." };
        let prefix = format!("{base}{column}.");
        let index = |oid: &str| -> Option<Vec<u32>> {
            oid.strip_prefix(&prefix)?.split('.').map(|part| part.parse().ok()).collect()
        };
        self.0.iter().filter_map(|(oid, value)| Some((index(oid)?, value.clone()))).collect()
    }

    /// The same as text.
    #[must_use]
    pub fn column(&self, column: &str) -> BTreeMap<Vec<u32>, String> {
        let text =
            |(index, octets): (Vec<u32>, Vec<u8>)| (index, String::from_utf8_lossy(&octets).into_owned());
        self.octets(column).into_iter().map(text).collect()
    }
}

fn unhex(text: &str) -> Vec<u8> {
    let digits: Vec<_> = text.as_bytes().chunks(2).collect();
    digits.iter().filter_map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()).collect()
}
