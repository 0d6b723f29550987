//! Keys as lines, and text as pages. Pure: bytes in, bytes out.
use super::shell::Shell;

/// The longest line that is heard.
const LONGEST: usize = 4096;
/// What stands under a page.
const MORE: &str = " --More-- ";

/// One login's terminal.
#[derive(Debug)]
pub(crate) struct Terminal {
    shell: Shell,
    line: String,
    /// What is not printed yet, page by page.
    rest: Vec<String>,
    /// The last key was a carriage return: a line feed behind it is the same key.
    returned: bool,
    /// The connection ends.
    pub(crate) ended: bool,
}

impl Terminal {
    pub(crate) fn new(shell: Shell) -> Self {
        Self { shell, line: String::new(), rest: Vec::new(), returned: false, ended: false }
    }

    /// What is printed at first.
    pub(crate) fn greeting(&self) -> String {
        format!("\r\n{}", self.shell.prompt())
    }

    /// Hears keys; what is printed.
    pub(crate) fn keys(&mut self, keys: &[u8]) -> Vec<u8> {
        let mut out = String::new();
        for key in keys {
            if self.ended {
                break;
            }
            self.key(*key, &mut out);
        }
        out.into_bytes()
    }

    fn key(&mut self, key: u8, out: &mut String) {
        let was_return = std::mem::replace(&mut self.returned, key == b'\r');
        if !self.rest.is_empty() {
            // A page is waited for: blank is the next one, a line's end one line more, anything else enough.
            out.push_str(&format!("\r{}\r", " ".repeat(MORE.len())));
            match key {
                b' ' => self.print_page(out),
                b'\r' | b'\n' => {
                    let line = self.rest.remove(0);
                    out.push_str(&line);
                    self.after_page(out);
                }
                _ => {
                    self.rest.clear();
                    out.push_str(&self.shell.prompt());
                }
            }
            return;
        }
        match key {
            b'\n' if was_return => {}
            b'\r' | b'\n' => {
                let line = std::mem::take(&mut self.line);
                out.push_str("\r\n");
                let said = self.shell.line(&line);
                self.ended = said.ends;
                if said.ends {
                    return;
                }
                self.rest = said.text.split_inclusive('\n').map(|line| line.replace('\n', "\r\n")).collect();
                self.print_page(out);
            }
            0x7F | 0x08 if self.line.pop().is_some() && self.shell.echoes() => out.push_str("\u{8} \u{8}"),
            // To the beginning, and away with the line.
            0x03 | 0x15 => {
                self.line.clear();
                out.push_str(&format!("\r\n{}", self.shell.prompt()));
            }
            // The end of the configuration, typed.
            0x1A => {
                self.line.clear();
                let _ = self.shell.line("end");
                out.push_str(&format!("\r\n{}", self.shell.prompt()));
            }
            b' '..=b'~' if self.line.len() < LONGEST => {
                self.line.push(char::from(key));
                if self.shell.echoes() {
                    out.push(char::from(key));
                }
            }
            _ => {}
        }
    }

    fn print_page(&mut self, out: &mut String) {
        let lines = if self.shell.page == 0 { usize::MAX } else { self.shell.page.saturating_sub(1).max(1) };
        let count = self.rest.len().min(lines);
        self.rest.drain(..count).for_each(|line| out.push_str(&line));
        self.after_page(out);
    }

    fn after_page(&self, out: &mut String) {
        out.push_str(&if self.rest.is_empty() { self.shell.prompt() } else { MORE.to_owned() });
    }

    /// One command without a terminal; what is printed.
    pub(crate) fn run(&mut self, command: &str) -> String {
        let said = self.shell.line(command);
        self.ended = true;
        said.text.replace('\n', "\r\n")
    }
}
