//! Server-sent events as bytes: lines into messages, with bounds (WHATWG HTML, "Server-sent events").

use std::mem;

/// Longest line and message in bytes. What is longer is left out, and that is told.
const LINE: usize = 256 << 10;
const MESSAGE: usize = 1 << 20;

/// One message.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Message {
    /// The id it came with, or the last one before it.
    pub(crate) id: Option<String>,
    pub(crate) data: String,
    /// Something before it was too long and was left out.
    pub(crate) truncated: bool,
}

/// Takes bytes as they come, gives messages as they are complete.
#[derive(Debug, Default)]
pub(crate) struct Parser {
    line: Vec<u8>,
    skipping: bool,
    after_return: bool,
    data: String,
    any: bool,
    id: Option<String>,
    truncated: bool,
    begun: bool,
}

impl Parser {
    pub(crate) fn take(&mut self, bytes: &[u8]) -> Vec<Message> {
        let mut messages = Vec::new();
        for byte in bytes {
            // Lines end with CR, LF or both.
            if mem::take(&mut self.after_return) && *byte == b'\n' {
                continue;
            }
            match byte {
                b'\r' | b'\n' => {
                    self.after_return = *byte == b'\r';
                    let line = mem::take(&mut self.line);
                    if !mem::take(&mut self.skipping) {
                        messages.extend(self.end_line(&line));
                    }
                }
                _ if self.skipping => {}
                _ if self.line.len() >= LINE => {
                    self.line.clear();
                    self.skipping = true;
                    self.truncated = true;
                }
                _ => self.line.push(*byte),
            }
        }
        messages
    }

    fn end_line(&mut self, line: &[u8]) -> Option<Message> {
        let line = if mem::replace(&mut self.begun, true) {
            line
        } else {
            line.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(line)
        };
        if line.is_empty() {
            let data = mem::take(&mut self.data);
            return mem::take(&mut self.any).then(|| Message {
                id: self.id.clone(),
                data,
                truncated: mem::take(&mut self.truncated),
            });
        }
        let text = String::from_utf8_lossy(line);
        let (field, value) = text.split_once(':').unwrap_or((&text, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "data" if self.data.len() + value.len() < MESSAGE => {
                if self.any {
                    self.data.push('\n');
                }
                self.any = true;
                self.data.push_str(value);
            }
            "data" => {
                self.data.clear();
                self.any = false;
                self.truncated = true;
            }
            "id" if !value.contains('\0') && value.len() <= 256 => {
                let plain: String = value.chars().filter(|c| !c.is_control()).collect();
                self.id = (!plain.is_empty()).then_some(plain);
            }
            // A comment, which keeps the connection alive, or a field without a use here.
            _ => {}
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(text: &str) -> Vec<(Option<String>, String)> {
        Parser::default()
            .take(text.as_bytes())
            .into_iter()
            .map(|message| (message.id, message.data))
            .collect()
    }

    #[test]
    fn messages_end_with_an_empty_line_however_lines_end() {
        for end in ["\n", "\r\n", "\r"] {
            let text = [": hello", "id: 7", "data: {\"a\":", "data: 1}", "", "data:x", "", ""].join(end);
            let told = all(&text);
            assert_eq!(told[0], (Some("7".to_owned()), "{\"a\":\n1}".to_owned()), "{end:?}");
            assert_eq!(told[1], (Some("7".to_owned()), "x".to_owned()));
            assert_eq!(told.len(), 2);
        }
        assert!(all("id: 1\n\n: nothing\n\n").is_empty(), "a message without data is none");
        assert!(all("data: unfinished\n").is_empty());
    }

    #[test]
    fn bytes_may_be_cut_anywhere() {
        let text = "\u{feff}id: é1\r\ndata: {}\r\n\r\nid: 2\r\ndata: []\r\n\r\n";
        let whole = Parser::default().take(text.as_bytes());
        let mut parser = Parser::default();
        let single: Vec<_> = text.bytes().flat_map(|byte| parser.take(&[byte])).collect();
        assert_eq!(single, whole);
        assert_eq!(single[1].id.as_deref(), Some("2"));
    }

    #[test]
    fn what_is_too_long_is_left_out_and_told() {
        let mut parser = Parser::default();
        parser.take(b"data: ");
        for _ in 0..=LINE / 1024 {
            assert!(parser.take(&[b'x'; 1024]).is_empty());
        }
        assert!(parser.line.len() <= LINE);
        let next = parser.take(b"\n\ndata: small\n\n");
        assert_eq!((next.len(), next[0].data.as_str(), next[0].truncated), (1, "small", true));
        let after = parser.take(b"data: next\n\n");
        assert!(!after[0].truncated);
    }
}
