//! What a switch has printed.

/// More was printed than anybody asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Overflow;

/// What came since the last command, as text.
///
/// - Escape sequences, bells, back spaces over pager prompts and the many ways to end a line are gone.
/// - Bounded: more than [`Screen::MOST`] bytes are an [`Overflow`].
/// - Bytes may come in any pieces: a sequence that is cut in two is waited for.
#[derive(Clone, Debug, Default)]
pub struct Screen {
    text: String,
    /// Bytes of a sequence or a character that is not complete.
    held: Vec<u8>,
}

/// How long a sequence can be that is waited for.
const SEQUENCE: usize = 64;

/// What is at the beginning of some bytes.
enum Piece {
    /// A byte of text.
    Byte(u8),
    /// So many bytes that mean nothing here.
    Skip(usize),
    /// The rest has not come yet.
    Wait,
}

fn piece(bytes: &[u8]) -> Piece {
    let Some(first) = bytes.first() else { return Piece::Wait };
    match first {
        0x1B => match bytes.get(1) {
            None => Piece::Wait,
            // CSI: parameters, then one final byte.
            Some(b'[') => {
                match bytes[2..].iter().take(SEQUENCE).position(|byte| (0x40..=0x7E).contains(byte)) {
                    Some(at) => Piece::Skip(3 + at),
                    None if bytes.len() > SEQUENCE => Piece::Skip(2),
                    None => Piece::Wait,
                }
            }
            // OSC: up to a bell.
            Some(b']') => match bytes.iter().take(SEQUENCE * 4).position(|byte| *byte == 0x07) {
                Some(at) => Piece::Skip(at + 1),
                None if bytes.len() > SEQUENCE * 4 => Piece::Skip(2),
                None => Piece::Wait,
            },
            Some(_) => Piece::Skip(2),
        },
        0x00 | 0x07 | 0x0E | 0x0F => Piece::Skip(1),
        byte => Piece::Byte(*byte),
    }
}

impl Screen {
    /// The most that is kept.
    pub const MOST: usize = 16 << 20;

    /// Adds what came.
    ///
    /// # Errors
    /// [`Overflow`] if it is more than is kept.
    pub fn feed(&mut self, bytes: &[u8]) -> Result<(), Overflow> {
        self.held.extend_from_slice(bytes);
        let all = std::mem::take(&mut self.held);
        let mut plain = Vec::with_capacity(all.len());
        let mut at = 0;
        while at < all.len() {
            match piece(&all[at..]) {
                Piece::Byte(byte) => {
                    plain.push(byte);
                    at += 1;
                }
                Piece::Skip(count) => at += count,
                Piece::Wait => break,
            }
        }
        let rest = all.get(at..).unwrap_or_default();
        // A character of several bytes may be cut in two.
        let whole = match std::str::from_utf8(&plain) {
            Err(error) if error.error_len().is_none() && rest.is_empty() => error.valid_up_to(),
            _ => plain.len(),
        };
        self.held = [&plain[whole..], rest].concat();
        self.print(&String::from_utf8_lossy(&plain[..whole]));
        if self.text.len() > Self::MOST { Err(Overflow) } else { Ok(()) }
    }

    fn print(&mut self, text: &str) {
        for character in text.chars() {
            match character {
                // A pager rubs its prompt out.
                '\u{8}' => {
                    if self.text.chars().next_back().is_some_and(|last| last != '\n') {
                        self.text.pop();
                    }
                }
                '\n' => {
                    while self.text.ends_with('\r') {
                        self.text.pop();
                    }
                    self.text.push('\n');
                }
                other => self.text.push(other),
            }
        }
    }

    /// Everything, with every line ended by `\n`.
    #[must_use]
    pub fn text(&self) -> String {
        let lines = self.text.split('\n').map(|line| {
            // What stands before a carriage return was written over.
            line.trim_end_matches('\r').rsplit('\r').next().unwrap_or(line)
        });
        lines.collect::<Vec<_>>().join("\n")
    }

    /// The last line, which is where a prompt is.
    #[must_use]
    pub fn last_line(&self) -> &str {
        let last = self.text.rsplit('\n').next().unwrap_or("");
        last.trim_end_matches('\r').rsplit('\r').next().unwrap_or(last)
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        self.text.clear();
    }

    /// What a command printed: without the command itself, and without the prompt at the end.
    #[must_use]
    pub fn answer(&self, command: &str) -> String {
        let text = self.text();
        let mut lines: Vec<&str> = text.split('\n').collect();
        lines.pop();
        let command = command.trim();
        // The echo, with or without the prompt before it; some switches repeat it when they fall behind.
        // A refusal that quotes the command ends like one too: before an echo stands a prompt, or nothing.
        let is_echo = |line: &&str| {
            let before = line.trim_end().strip_suffix(command).map(str::trim_end);
            before.is_some_and(|before| before.is_empty() || before.ends_with(['#', '>', ']', '$', '%']))
        };
        while !command.is_empty() && lines.first().is_some_and(is_echo) {
            lines.remove(0);
        }
        let mut answer = lines.join("\n");
        if !answer.is_empty() {
            answer.push('\n');
        }
        answer
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn screen(parts: &[&[u8]]) -> Screen {
        let mut screen = Screen::default();
        parts.iter().for_each(|part| screen.feed(part).expect("little"));
        screen
    }

    #[test]
    fn lines_end_in_many_ways() {
        let screen = screen(&[b"show x\r\r\none\r\n\rtwo\nsw1# "]);
        assert_eq!(screen.text(), "show x\none\ntwo\nsw1# ");
        assert_eq!((screen.last_line(), &*screen.answer("show x")), ("sw1# ", "one\ntwo\n"));
    }

    #[test]
    fn escape_sequences_are_gone_however_they_are_cut() {
        let whole = screen(&[b"\x1b[?7h\x1b[2Jleaf\x1b]0;title\x07\x1b[32m1\x1b[m> "]);
        assert_eq!(whole.last_line(), "leaf1> ");
        let cut = screen(&[b"\x1b", b"[3", b"2mleaf1\x1b[", b"m> "]);
        assert_eq!(cut.last_line(), "leaf1> ");
        assert_eq!(screen(&["é".as_bytes().split_at(1).0, "é".as_bytes().split_at(1).1]).text(), "é");
    }

    #[test]
    fn a_pager_that_rubs_out_its_prompt_leaves_nothing() {
        let bytes =
            [b"one\r\n --More-- ".as_slice(), &[8; 10], b"          ", &[8; 10], b"two\r\nsw1#"].concat();
        assert_eq!(screen(&[&bytes]).answer("x"), "one\ntwo\n");
    }

    #[test]
    fn an_echo_that_comes_twice_or_not_at_all_is_no_answer() {
        assert_eq!(screen(&[b"sw1#show x\r\nsw1#show x\r\none\r\nsw1#"]).answer("show x"), "one\n");
        assert_eq!(screen(&[b"one\r\nsw1#"]).answer("show x"), "one\n");
        assert_eq!(screen(&[b"vlan 10\r\nsw1(config-vlan-10)#"]).answer("vlan 10"), "");
        // One that quotes the command is an answer.
        let quoted = screen(&[b"sw1# show x\r\n% Unknown command: show x\r\nsw1# "]);
        assert_eq!(quoted.answer("show x"), "% Unknown command: show x\n");
    }

    #[test]
    fn a_flood_is_an_overflow() {
        let mut screen = Screen::default();
        let flood = vec![b'x'; Screen::MOST + 1];
        assert_eq!(screen.feed(&flood), Err(Overflow));
    }

    proptest! {
        #[test]
        fn pieces_do_not_matter(bytes in proptest::collection::vec(any::<u8>(), 0..200), at in 0_usize..200) {
            let (head, tail) = bytes.split_at(at.min(bytes.len()));
            let mut whole = Screen::default();
            whole.feed(&bytes).expect("little");
            let mut cut = Screen::default();
            cut.feed(head).expect("little");
            cut.feed(tail).expect("little");
            // Where bytes are no text at all, what stands for them may differ; where they are, nothing does.
            if std::str::from_utf8(&bytes).is_ok() {
                prop_assert_eq!(whole.text(), cut.text());
            }
        }
    }
}
