//! `multipart/form-data` as it comes in (RFC 7578): parts are told piece by piece, and nothing but the edges is kept.

use memchr::memmem;

/// The longest header of a part.
const LONGEST_HEAD: usize = 8 * 1024;

/// What came next.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Piece<'a> {
    /// A part of this name begins.
    Begin(String),
    /// Some more of its body.
    Data(&'a [u8]),
}

/// The body is no multipart body of that boundary.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Malformed;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Before the first delimiter.
    Preamble,
    /// Right after a delimiter: a further part follows, or the end.
    Edge,
    Head,
    Body,
    End,
}

/// Splits a body.
#[derive(Debug)]
pub(crate) struct Multipart {
    delimiter: Vec<u8>,
    buffer: Vec<u8>,
    state: State,
}

impl Multipart {
    /// For the value of a `Content-Type` header; `None` if it names no boundary.
    pub(crate) fn new(content_type: &str) -> Option<Self> {
        let (kind, rest) = content_type.split_once(';')?;
        if !kind.trim().eq_ignore_ascii_case("multipart/form-data") {
            return None;
        }
        let boundary = rest.split(';').find_map(|parameter| {
            let (name, value) = parameter.split_once('=')?;
            name.trim().eq_ignore_ascii_case("boundary").then(|| value.trim().trim_matches('"'))
        })?;
        if boundary.is_empty() || boundary.len() > 70 {
            return None;
        }
        let delimiter = format!("\r\n--{boundary}").into_bytes();
        // The first delimiter may stand at the very beginning, without the line break that belongs to it.
        Some(Self { delimiter, buffer: b"\r\n".to_vec(), state: State::Preamble })
    }

    /// Bytes that are kept.
    pub(crate) fn held(&self) -> usize {
        self.buffer.len()
    }

    /// Takes the next bytes, and tells what they are.
    pub(crate) fn push(&mut self, bytes: &[u8], tell: &mut dyn FnMut(Piece<'_>)) -> Result<(), Malformed> {
        self.buffer.extend_from_slice(bytes);
        let mut at = 0;
        loop {
            let rest = self.buffer.get(at..).unwrap_or_default();
            match self.state {
                State::Preamble | State::Body => {
                    let found = memmem::find(rest, &self.delimiter);
                    // What may be the beginning of a delimiter is kept.
                    let safe = found.unwrap_or(rest.len().saturating_sub(self.delimiter.len() - 1));
                    if self.state == State::Body && safe > 0 {
                        tell(Piece::Data(rest.get(..safe).unwrap_or_default()));
                    }
                    at += safe;
                    if found.is_none() {
                        break;
                    }
                    at += self.delimiter.len();
                    self.state = State::Edge;
                }
                State::Edge => match rest.get(..2) {
                    Some(b"--") => self.state = State::End,
                    Some(b"\r\n") => self.state = State::Head,
                    Some(_) => return Err(Malformed),
                    None => break,
                },
                State::Head => {
                    let Some(end) = memmem::find(rest, b"\r\n\r\n") else {
                        if rest.len() > LONGEST_HEAD {
                            return Err(Malformed);
                        }
                        break;
                    };
                    let head = rest.get(..end).unwrap_or_default();
                    tell(Piece::Begin(name(head).ok_or(Malformed)?));
                    at += end + 4;
                    self.state = State::Body;
                }
                State::End => {
                    at = self.buffer.len();
                    break;
                }
            }
        }
        self.buffer.drain(..at.min(self.buffer.len()));
        Ok(())
    }

    /// Whether the last delimiter has come.
    pub(crate) fn is_complete(&self) -> bool {
        self.state == State::End
    }
}

/// The `name` of a part's `Content-Disposition`.
fn name(head: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(head).ok()?;
    let line = text.split("\r\n").find_map(|line| {
        let (field, value) = line.split_once(':')?;
        field.trim().eq_ignore_ascii_case("content-disposition").then_some(value)
    })?;
    line.split(';').find_map(|parameter| {
        let (field, value) = parameter.split_once('=')?;
        field.trim().eq_ignore_ascii_case("name").then(|| value.trim().trim_matches('"').to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const TYPE: &str = "multipart/form-data; boundary=\"edge\"";

    fn split(body: &[u8], piece: usize) -> Result<Vec<(String, Vec<u8>)>, Malformed> {
        let mut parts: Vec<(String, Vec<u8>)> = Vec::new();
        let mut multipart = Multipart::new(TYPE).expect("a boundary");
        for bytes in body.chunks(piece) {
            multipart.push(bytes, &mut |piece| match piece {
                Piece::Begin(name) => parts.push((name, Vec::new())),
                Piece::Data(data) => parts.last_mut().expect("a part").1.extend_from_slice(data),
            })?;
            assert!(multipart.held() < LONGEST_HEAD + 100);
        }
        if multipart.is_complete() { Ok(parts) } else { Err(Malformed) }
    }

    #[test]
    fn parts_come_out_as_they_went_in_however_they_are_cut() {
        let tricky = b"\r\n--edg\r\n--\r\n\r\n-- edge--";
        let head = "Content-Disposition: form-data; name=\"UpdateFile\"; filename=\"x.bin\"\r\n";
        let body = [
            b"--edge\r\nContent-Disposition: form-data; name=\"A\"\r\n\r\n{}\r\n--edge\r\n".as_slice(),
            head.as_bytes(),
            b"Content-Type: application/octet-stream\r\n\r\n",
            tricky,
            b"\r\n--edge--\r\nepilogue",
        ]
        .concat();
        for piece in [1, 2, 3, 10, 1000] {
            let wanted = vec![("A".to_owned(), b"{}".to_vec()), ("UpdateFile".to_owned(), tricky.to_vec())];
            assert_eq!(split(&body, piece), Ok(wanted), "in pieces of {piece}");
        }
    }

    #[test]
    fn what_is_no_multipart_body_is_noticed() {
        assert!(Multipart::new("application/json").is_none());
        assert!(Multipart::new("multipart/form-data; charset=x").is_none());
        for body in
            [b"--edge\r\nno name\r\n\r\nx\r\n--edge--".as_slice(), b"--edgeX", b"--edge\r\n", b"nothing"]
        {
            assert_eq!(split(body, 7), Err(Malformed));
        }
    }
}
