//! The simulator's own format of firmware images.
//!
//! An image is a header of text lines, an empty line, and the body:
//!
//! ```text
//! UNDERLAY FIRMWARE 1
//! component: bmc
//! model: Standard BMC
//! version: 1.3.0
//! length: 1048576
//! sha256: 64 hexadecimal digits
//!
//! …body…
//! ```
//!
//! - `component` is one of the words of [`Part::word`], and `model` the model that the image is for.
//! - `length` and `sha256` are those of the body, which may be anything of any size.
//! - A reader keeps the header and nothing of the body.
use std::fmt;

use sha2::{Digest, Sha256};

use super::Part;

/// The first line.
const MAGIC: &[u8] = b"UNDERLAY FIRMWARE 1\n";
/// The longest header.
const LONGEST: usize = 1024;

/// What an image says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImageInfo {
    /// The kind of part it is for.
    pub part: Part,
    /// The model of that part.
    pub model: String,
    /// The version it brings.
    pub version: String,
}

/// What is wrong with an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BadImage {
    /// It is none.
    Foreign,
    /// Its header makes no sense.
    Header,
    /// It ends too early.
    Truncated,
    /// It goes on after its end.
    TooLong,
    /// The body is not the one that the header names.
    Digest,
}

impl BadImage {
    /// What is wrong, in words.
    #[must_use]
    pub const fn words(&self) -> &'static str {
        match self {
            Self::Foreign => "The file is no firmware image.",
            Self::Header => "The header of the image is damaged.",
            Self::Truncated => "The image is incomplete.",
            Self::TooLong => "The image has more bytes than its header says.",
            Self::Digest => "The digest of the image is wrong.",
        }
    }
}

impl fmt::Display for BadImage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.words())
    }
}

/// Makes an image.
#[must_use]
pub fn image(info: &ImageInfo, body: &[u8]) -> Vec<u8> {
    let digest = Sha256::digest(body).into();
    [header(info, body.len() as u64, digest).as_bytes(), body].concat()
}

/// The header of an image whose body has this length and digest; the body follows it.
#[must_use]
pub fn header(info: &ImageInfo, length: u64, digest: [u8; 32]) -> String {
    let digest: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    let (word, model, version) = (info.part.word(), &info.model, &info.version);
    format!(
        "UNDERLAY FIRMWARE 1\ncomponent: {word}\nmodel: {model}\nversion: {version}\n\
         length: {length}\nsha256: {digest}\n\n"
    )
}

struct Header {
    info: ImageInfo,
    length: u64,
    digest: String,
}

/// Reads an image piece by piece.
#[derive(Default)]
pub struct ImageReader {
    /// The header as far as it has come; empty once it is read.
    head: Vec<u8>,
    header: Option<Header>,
    bad: Option<BadImage>,
    hasher: Sha256,
    body: u64,
}

impl fmt::Debug for ImageReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ImageReader")
            .field("body", &self.body)
            .field("bad", &self.bad)
            .finish_non_exhaustive()
    }
}

impl ImageReader {
    /// Takes the next piece.
    pub fn push(&mut self, piece: &[u8]) {
        if self.bad.is_some() {
            return;
        }
        if self.header.is_some() {
            self.body(piece);
            return;
        }
        let before = self.head.len();
        let wanted = LONGEST.saturating_sub(before).min(piece.len());
        let (first, rest) = piece.split_at(wanted);
        self.head.extend_from_slice(first);
        let compared = self.head.len().min(MAGIC.len());
        if self.head.get(..compared) != MAGIC.get(..compared) {
            self.bad = Some(BadImage::Foreign);
            return;
        }
        let Some(end) = self.head.windows(2).position(|pair| pair == b"\n\n") else {
            if self.head.len() >= LONGEST {
                self.bad = Some(BadImage::Header);
            }
            return;
        };
        let head = std::mem::take(&mut self.head);
        match parse(head.get(..end).unwrap_or_default()) {
            Some(header) => self.header = Some(header),
            None => {
                self.bad = Some(BadImage::Header);
                return;
            }
        }
        self.body(head.get(end + 2..).unwrap_or_default());
        self.body(rest);
    }

    fn body(&mut self, piece: &[u8]) {
        self.hasher.update(piece);
        self.body += piece.len() as u64;
    }

    /// Bytes of the image that are kept.
    #[must_use]
    pub fn held(&self) -> usize {
        self.head.len()
    }

    /// The image is complete; or what is wrong with it.
    ///
    /// # Errors
    /// - [`BadImage`].
    pub fn finish(self) -> Result<ImageInfo, BadImage> {
        if let Some(bad) = self.bad {
            return Err(bad);
        }
        let Some(header) = self.header else {
            let begun = self.head.len() >= MAGIC.len();
            return Err(if begun { BadImage::Truncated } else { BadImage::Foreign });
        };
        let digest: String = self.hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
        match self.body.cmp(&header.length) {
            std::cmp::Ordering::Less => Err(BadImage::Truncated),
            std::cmp::Ordering::Greater => Err(BadImage::TooLong),
            std::cmp::Ordering::Equal if digest != header.digest => Err(BadImage::Digest),
            std::cmp::Ordering::Equal => Ok(header.info),
        }
    }
}

fn parse(head: &[u8]) -> Option<Header> {
    let text = std::str::from_utf8(head).ok()?;
    let mut lines = text.lines().skip(1).map(|line| line.split_once(": "));
    let mut next =
        |name: &str| lines.next().flatten().filter(|(key, _)| *key == name).map(|(_, value)| value);
    let part = Part::from_word(next("component")?)?;
    let info = ImageInfo { part, model: next("model")?.to_owned(), version: next("version")?.to_owned() };
    let (length, digest) = (next("length")?.parse().ok()?, next("sha256")?.to_owned());
    Some(Header { info, length, digest })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn info() -> ImageInfo {
        ImageInfo { part: Part::Bmc, model: "Standard BMC".into(), version: "1.3.0".into() }
    }

    fn read(bytes: &[u8], piece: usize) -> Result<ImageInfo, BadImage> {
        let mut reader = ImageReader::default();
        bytes.chunks(piece).for_each(|chunk| {
            reader.push(chunk);
            assert!(reader.held() <= LONGEST);
        });
        reader.finish()
    }

    #[test]
    fn an_image_reads_back_in_pieces_of_any_size() {
        let body: Vec<u8> = (0..5000_u32).map(|n| n.to_le_bytes()[0]).collect();
        let bytes = image(&info(), &body);
        for piece in [1, 7, 64, 1024, 100_000] {
            assert_eq!(read(&bytes, piece), Ok(info()), "{piece}");
        }
        assert_eq!(read(&image(&info(), b""), 9), Ok(info()));
    }

    #[test]
    fn damage_of_every_kind_is_noticed() {
        let good = image(&info(), &[7; 3000]);
        let mut flipped = good.clone();
        *flipped.last_mut().expect("a byte") ^= 1;
        let text = |from: &str, to: &str| {
            let start = String::from_utf8_lossy(&good[..200]).replace(from, to);
            [start.as_bytes(), &good[200..]].concat()
        };
        for (bytes, why) in [
            (good[..good.len() - 1].to_vec(), BadImage::Truncated),
            (good[..30].to_vec(), BadImage::Truncated),
            ([&good[..], b"x"].concat(), BadImage::TooLong),
            (flipped, BadImage::Digest),
            (b"\x7fELF and so on".to_vec(), BadImage::Foreign),
            (Vec::new(), BadImage::Foreign),
            (text("component: bmc", "component: tea"), BadImage::Header),
            (text("\n\n", "\nx"), BadImage::Header),
        ] {
            for piece in [1, 4096] {
                assert_eq!(read(&bytes, piece), Err(why), "in pieces of {piece}");
            }
        }
    }
}
