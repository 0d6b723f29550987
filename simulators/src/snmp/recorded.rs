//! A recording of an agent (`.snmprec`: `OID|TYPE|VALUE` a line), shown as it is.
//!
//! - Lines may be in any order; of an object that is there twice, the last counts.
//! - Types are ASN.1 tags in decimal, with `x` for a value in hexadecimal digits (snmpsim's format). A line of another
//!   kind is left out, and said.
//! - What a recorded agent told of itself (`1.3.6.1.6`: its engine, its users, its counters) is not shown: this one is
//!   another.

use std::{collections::BTreeMap, fs, io, path::Path};

use underlay_snmp_mib::Oid;

use super::{agent::is_told, tree::Cell};

/// The largest recording.
const LARGEST: u64 = 64 << 20;

/// The objects of a recording, and what was left out.
pub(crate) fn load(file: &Path) -> io::Result<(BTreeMap<Oid, Cell>, Vec<String>)> {
    let said = |error: io::Error| io::Error::new(error.kind(), format!("{}: {error}", file.display()));
    if fs::metadata(file).map_err(said)?.len() > LARGEST {
        return Err(io::Error::other(format!("{}: larger than {} MiB", file.display(), LARGEST >> 20)));
    }
    let bytes = fs::read(file).map_err(said)?;
    let (mut objects, mut left_out) = (BTreeMap::new(), Vec::new());
    for (number, line) in (1..).zip(bytes.split(|byte| *byte == b'\n')) {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if line.is_empty() || line.starts_with(b"#") {
            continue;
        }
        match object(line) {
            Some((oid, cell)) if is_told(oid.numbers()) => drop(objects.insert(oid, cell)),
            Some(_) => {}
            None => left_out.push(format!("{} line {number}: no object that can be shown", file.display())),
        }
    }
    if objects.is_empty() {
        return Err(io::Error::other(format!(
            "{}: no recording of an agent (OID|TYPE|VALUE)",
            file.display()
        )));
    }
    Ok((objects, left_out))
}

fn object(line: &[u8]) -> Option<(Oid, Cell)> {
    let mut parts = line.splitn(3, |byte| *byte == b'|');
    let (oid, kind, value) = (parts.next()?, parts.next()?, parts.next()?);
    let oid: Oid = std::str::from_utf8(oid).ok()?.trim().parse().ok()?;
    let kind = std::str::from_utf8(kind).ok()?;
    let (kind, octets) = match kind.strip_suffix('x') {
        Some(kind) => (kind, unhex(value)?),
        None => (kind, value.to_vec()),
    };
    let text = || std::str::from_utf8(&octets).ok().map(str::trim);
    let whole = || text()?.parse::<u64>().ok();
    let short = || whole().map(|number| u32::try_from(number).unwrap_or(u32::MAX));
    let cell = match kind {
        "2" => Cell::Integer(text()?.parse().ok()?),
        "4" => Cell::Bytes(octets),
        "6" => Cell::Oid(text()?.parse().ok()?),
        "64" => Cell::Address(address(&octets)?),
        "65" => Cell::Counter32(short()?),
        "66" => Cell::Gauge(short()?),
        "67" => Cell::Ticks(short()?),
        "70" => Cell::Counter(whole()?),
        _ => return None,
    };
    Some((oid, cell))
}

/// Four octets, or text with dots.
fn address(octets: &[u8]) -> Option<[u8; 4]> {
    let by_text = || std::str::from_utf8(octets).ok()?.trim().parse::<std::net::Ipv4Addr>().ok();
    <[u8; 4]>::try_from(octets).ok().or_else(|| by_text().map(|address| address.octets()))
}

fn unhex(text: &[u8]) -> Option<Vec<u8>> {
    let pairs = text.trim_ascii().chunks(2);
    pairs
        .map(|pair| {
            u8::from_str_radix(std::str::from_utf8(pair).ok().filter(|pair| pair.len() == 2)?, 16).ok()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_type_is_what_it_says_and_rubbish_is_left_out() {
        let shown = |line: &str| object(line.as_bytes()).map(|(_, cell)| cell);
        assert_eq!(shown("1.3.6.1.2.1.1.5.0|4|pdu|1"), Some(Cell::Bytes(b"pdu|1".to_vec())));
        assert_eq!(shown(".1.3.6.1.2.1.1.5.0|4x|00fF"), Some(Cell::Bytes(vec![0, 255])));
        assert_eq!(shown("1.3.6.1|2|-1"), Some(Cell::Integer(-1)));
        assert_eq!(shown("1.3.6.1|66|4294967295"), Some(Cell::Gauge(u32::MAX)));
        assert_eq!(shown("1.3.6.1|70|18446744073709551615"), Some(Cell::Counter(u64::MAX)));
        assert_eq!(shown("1.3.6.1|64|192.0.2.1"), Some(Cell::Address([192, 0, 2, 1])));
        assert_eq!(shown("1.3.6.1|64x|c0000201"), Some(Cell::Address([192, 0, 2, 1])));
        for rubbish in
            ["", "1.3.6.1", "1.3.6.1|4", "x|4|a", "1.3.6.1|2|one", "1.3.6.1|4x|0", "1.3.6.1|2:writecache|1"]
        {
            assert_eq!(shown(rubbish), None, "{rubbish}");
        }
    }
}
