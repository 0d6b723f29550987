//! One login's conversation: a line out, what is printed until the next prompt in.

use std::{sync::Arc, time::Duration};

use secrecy::{ExposeSecret as _, SecretString};
use underlay_hal::{Cx, Error, ErrorKind, Result};
use underlay_switch_cli::{Look, Mode, Platform, Screen};

use crate::transport::CliTransport;

/// After so long without a byte, a last line that looks like a prompt is one; else a line of the answer that ends like
/// one, and whose rest is on its way, would be taken for it.
const QUIET: Duration = Duration::from_millis(15);
/// Pages of one answer: more is a switch that does not stop.
const PAGES: usize = 100_000;

fn refused(line: &str, words: &str) -> Error {
    Error::new(ErrorKind::InvalidInput, format!("the switch refuses `{line}`: {words}"))
}

/// A login that is open.
#[derive(Debug)]
pub(crate) struct Conversation {
    transport: Arc<dyn CliTransport>,
    platform: &'static Platform,
    secret: SecretString,
    screen: Screen,
    mode: Mode,
    /// What every prompt begins with, once one was seen: the switch's name.
    name: String,
}

impl Conversation {
    /// Waits for the first prompt, gets all rights, and turns paging off.
    pub(crate) async fn open(
        cx: &Cx,
        transport: Arc<dyn CliTransport>,
        platform: &'static Platform,
        secret: SecretString,
    ) -> Result<Self> {
        let mut this = Self {
            transport,
            platform,
            secret,
            screen: Screen::default(),
            mode: Mode::Exec,
            name: String::new(),
        };
        this.settle(cx, "").await?;
        if this.mode == Mode::Exec {
            let said = this.say(cx, platform.enable).await?;
            if this.mode == Mode::Exec {
                let words = platform.refusal(&said).unwrap_or("it stays where it was").to_owned();
                let message = format!("`{}` gives no more rights: {words}", platform.enable);
                return Err(Error::new(ErrorKind::PermissionDenied, message));
            }
        }
        for line in platform.open {
            // A switch that does not know one of them has nothing that it would turn off.
            let said = this.say(cx, line).await?;
            if let Some(words) = platform.refusal(&said) {
                tracing::debug!(line, words, "not known there");
            }
        }
        Ok(this)
    }

    /// What the switch calls itself, as its prompt says.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn mode(&self) -> Mode {
        self.mode
    }

    /// Sends a line; what is printed, whether or not it was refused.
    pub(crate) async fn say(&mut self, cx: &Cx, line: &str) -> Result<String> {
        self.screen.clear();
        self.transport.send(cx, format!("{line}\n").as_bytes()).await?;
        self.settle(cx, line).await?;
        Ok(self.screen.answer(line))
    }

    /// Sends a line; a refusal is an error with the switch's words.
    pub(crate) async fn command(&mut self, cx: &Cx, line: &str) -> Result<String> {
        let said = self.say(cx, line).await?;
        let words = self.platform.refusal(&said).map(str::to_owned);
        words.map_or(Ok(said), |words| Err(refused(line, &words)))
    }

    /// Sends a line that only looks.
    pub(crate) async fn look(&mut self, cx: &Cx, line: &str) -> Result<String> {
        let said = self.say(cx, line).await?;
        let words = self.platform.refusal_to_look(&said).map(str::to_owned);
        words.map_or(Ok(said), |words| Err(refused(line, &words)))
    }

    /// Waits for the prompt, and answers what is asked before.
    async fn settle(&mut self, cx: &Cx, line: &str) -> Result<()> {
        let (mut passwords, mut pages) = (0, 0);
        loop {
            // What stands on the last line counts when nothing follows it.
            let look = Look::at(self.platform, &self.screen);
            if let Look::Prompt(mode) = look
                && self.is_answered(line)
            {
                self.mode = mode;
                return Ok(());
            }
            let waits = look != Look::Busy;
            let bytes = if waits {
                let quiet = cx.within(QUIET);
                match self.transport.receive(&quiet).await {
                    Err(error) if error.kind() == ErrorKind::Timeout && cx.check().is_ok() => None,
                    received => Some(received?),
                }
            } else {
                Some(self.transport.receive(cx).await?)
            };
            match bytes {
                Some(Some(bytes)) => {
                    self.screen.feed(&bytes).map_err(|_| {
                        let message = format!("`{line}` printed more than {} bytes", Screen::MOST);
                        Error::new(ErrorKind::Protocol, message)
                    })?;
                    continue;
                }
                Some(None) => return Err(self.hung_up(line)),
                None => {}
            }
            match look {
                Look::Prompt(mode) => {
                    self.mode = mode;
                    let prompt = self.screen.last_line();
                    let end = prompt.find(['>', '#', '(']).unwrap_or(0);
                    self.name = prompt.get(..end).unwrap_or("").to_owned();
                    return Ok(());
                }
                Look::More => {
                    pages += 1;
                    if pages > PAGES {
                        return Err(Error::new(ErrorKind::Protocol, format!("`{line}` does not stop")));
                    }
                    self.transport.send(cx, b" ").await?;
                }
                Look::Question(answer) => {
                    self.transport.send(cx, format!("{answer}\n").as_bytes()).await?;
                }
                Look::Password => {
                    passwords += 1;
                    if passwords > 1 {
                        let message = format!("the switch asks for a password again after `{line}`");
                        return Err(Error::new(ErrorKind::Unauthenticated, message));
                    }
                    let keys = zeroize::Zeroizing::new(format!("{}\n", self.secret.expose_secret()));
                    self.transport.send(cx, keys.as_bytes()).await?;
                }
                Look::Unknown => {
                    let asked = self.screen.last_line().trim().to_owned();
                    let message =
                        format!("`{line}` made the switch ask {asked:?}, which nothing here answers");
                    return Err(Error::new(ErrorKind::Protocol, message));
                }
                Look::Busy => {}
            }
            // The same line would be looked at again until something comes: what was answered is behind us.
            self.screen.feed(b"\n").map_err(|_| Error::new(ErrorKind::Protocol, "too much was printed"))?;
        }
    }

    /// Whether the prompt on the last line can be believed at once: the line was echoed, and what is there begins with the
    /// switch's name. Else the prompt counts when nothing follows it.
    fn is_answered(&self, line: &str) -> bool {
        if line.is_empty() || self.name.is_empty() || !self.screen.last_line().starts_with(&self.name) {
            return false;
        }
        let text = self.screen.text();
        text.split_once('\n').is_some_and(|(first, _)| first.trim_end().ends_with(line.trim()))
    }

    fn hung_up(&self, line: &str) -> Error {
        let text = self.screen.text();
        if text.to_ascii_lowercase().contains("session limit") {
            let message = "the switch has as many logins as it takes; close one of them";
            return Error::new(ErrorKind::ResourceExhausted, message);
        }
        let last = text.lines().rev().map(str::trim).find(|line| !line.is_empty()).unwrap_or("nothing");
        let message = if line.is_empty() {
            format!("the switch hung up after the login; it said {last:?}")
        } else {
            format!("the switch hung up after `{line}`; it said {last:?}")
        };
        Error::new(ErrorKind::Unreachable, message)
    }

    pub(crate) async fn close(self) {
        self.transport.close().await;
    }
}
