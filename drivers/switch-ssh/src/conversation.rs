//! One login's conversation: a line out, what is printed until the next prompt in.

use std::{sync::Arc, time::Duration};

use secrecy::{ExposeSecret as _, SecretString};
use underlay_hal::{Cx, Error, ErrorKind, Result};
use underlay_switch_cli::{Look, Mode, Platform, Screen};

use crate::transport::CliTransport;

/// After so long without a byte, a last line that looks like a prompt is one; else a line of the answer that ends like
/// one, and whose rest is on its way, would be taken for it.
const QUIET: Duration = Duration::from_millis(15);
/// A switch that has printed its prompt, and a log's lines behind it, and then nothing for so long, is asked for another
/// prompt by an empty line.
const BURIED: Duration = Duration::from_millis(500);
/// How often that is done for one line.
const NUDGES: usize = 5;
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
        let (mut passwords, mut pages, mut nudges) = (0, 0, 0);
        loop {
            // What stands on the last line counts when nothing follows it.
            let mut look = Look::at(self.platform, &self.screen);
            // Nobody but the line that asks for more rights is answered with the password: what else ends like the
            // question is a line of somebody's configuration, and the switch would keep the answer as a command.
            if look == Look::Password && (line.is_empty() || line != self.platform.enable) {
                look = Look::Busy;
            }
            if let Look::Prompt(mode) = look
                && self.is_answered(line)
            {
                self.mode = mode;
                return Ok(());
            }
            let waits = look != Look::Busy;
            let buried =
                !waits && nudges < NUDGES && Look::is_buried(self.platform, &self.screen, &self.name);
            let bytes = if waits || buried {
                let quiet = cx.within(if waits { QUIET } else { BURIED });
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
                Look::Busy => {
                    nudges += 1;
                    self.transport.send(cx, b"\n").await?;
                    continue;
                }
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

#[cfg(test)]
mod tests {
    use std::{collections::VecDeque, sync::Mutex};

    use async_trait::async_trait;
    use proptest::prelude::*;
    use underlay_switch_cli::{PLATFORMS, platform};

    use super::*;

    /// A switch that prints what it was told to, one piece for each time that something is typed.
    #[derive(Debug, Default)]
    struct Played {
        pieces: Mutex<VecDeque<Vec<u8>>>,
        ready: Mutex<VecDeque<Vec<u8>>>,
        typed: Mutex<Vec<String>>,
        floods: bool,
        hangs_up: bool,
    }

    impl Played {
        fn new(pieces: &[&str]) -> Self {
            let mut pieces: VecDeque<Vec<u8>> =
                pieces.iter().map(|piece| piece.as_bytes().to_vec()).collect();
            let first = pieces.pop_front().unwrap_or_default();
            Self { pieces: Mutex::new(pieces), ready: Mutex::new([first].into()), ..Self::default() }
        }

        fn typed(&self) -> Vec<String> {
            self.typed.lock().expect("no test panics here").clone()
        }
    }

    #[async_trait]
    impl CliTransport for Played {
        async fn send(&self, _: &Cx, keys: &[u8]) -> Result<()> {
            self.typed.lock().expect("no test panics here").push(String::from_utf8_lossy(keys).into_owned());
            if let Some(piece) = self.pieces.lock().expect("no test panics here").pop_front() {
                self.ready.lock().expect("no test panics here").push_back(piece);
            }
            Ok(())
        }

        async fn receive(&self, cx: &Cx) -> Result<Option<Vec<u8>>> {
            if let Some(piece) = self.ready.lock().expect("no test panics here").pop_front() {
                return Ok(Some(piece));
            }
            if self.floods {
                return Ok(Some(vec![b'x'; 1 << 20]));
            }
            if self.hangs_up {
                return Ok(None);
            }
            let never = cx.run(std::future::pending::<()>()).await;
            never.map_err(|interrupted| interrupted.into_error(underlay_hal::Effect::Unknown))?;
            Ok(None)
        }

        async fn close(&self) {}
    }

    fn cx() -> Cx {
        Cx::new("test", "1").within(Duration::from_secs(5))
    }

    async fn opened(switch: &Arc<Played>) -> Result<Conversation> {
        let ios = platform("cisco-ios").expect("a platform");
        Conversation::open(&cx(), Arc::clone(switch) as Arc<dyn CliTransport>, ios, "secret".into()).await
    }

    /// A login, the two lines after it, and then these.
    fn ready(more: &[&str]) -> Vec<String> {
        let start = ["\r\nsw1#", "terminal width 511\r\nsw1#", "terminal length 0\r\nsw1#"];
        start.iter().chain(more).map(|piece| (*piece).to_owned()).collect()
    }

    async fn with(more: &[&str]) -> (Arc<Played>, Conversation) {
        let pieces = ready(more);
        let pieces: Vec<&str> = pieces.iter().map(String::as_str).collect();
        let switch = Arc::new(Played::new(&pieces));
        let talk = opened(&switch).await.expect("a login");
        (switch, talk)
    }

    #[tokio::test(start_paused = true)]
    async fn more_rights_are_asked_for_with_the_password_once() {
        let pieces = ["\r\nsw1>", "enable\r\nPassword: ", "\r\nsw1#", "x\r\nsw1#", "x\r\nsw1#"];
        let switch = Arc::new(Played::new(&pieces));
        opened(&switch).await.expect("a login");
        assert_eq!(switch.typed()[..2], ["enable\n", "secret\n"]);
        let again = ["\r\nsw1>", "enable\r\nPassword: ", "\r\nPassword: "];
        let error = opened(&Arc::new(Played::new(&again))).await.expect_err("refused");
        assert_eq!(error.kind(), ErrorKind::Unauthenticated);
        assert!(!error.report().contains("secret"));
        let refused = ["\r\nsw1>", "enable\r\nPassword: ", "\r\n% Bad secrets\r\nsw1>"];
        let error = opened(&Arc::new(Played::new(&refused))).await.expect_err("refused");
        assert_eq!(error.kind(), ErrorKind::PermissionDenied, "{}", error.report());
    }

    #[tokio::test(start_paused = true)]
    async fn the_password_is_typed_for_nothing_but_more_rights() {
        let (switch, mut talk) = with(&["show x\r\n description Password: "]).await;
        assert_eq!(talk.look(&cx(), "show x").await.expect_err("it waits").kind(), ErrorKind::Timeout);
        assert!(switch.typed().iter().all(|typed| !typed.contains("secret")), "{:?}", switch.typed());
    }

    #[tokio::test(start_paused = true)]
    async fn pages_are_turned_and_questions_answered_and_unknown_ones_told() {
        let (switch, mut talk) = with(&["show x\r\none\r\n --More-- ", "\r          \rtwo\r\nsw1#"]).await;
        let printed = talk.look(&cx(), "show x").await.expect("printed");
        assert!(printed.contains("one") && printed.contains("two") && !printed.contains("sw1#"), "{printed}");
        assert_eq!(switch.typed().last().map(String::as_str), Some(" "));
        let (switch, mut talk) =
            with(&["copy a b\r\nDestination filename [startup-config]? ", "\r\n[OK]\r\nsw1#"]).await;
        talk.command(&cx(), "copy a b").await.expect("done");
        assert_eq!(switch.typed().last().map(String::as_str), Some("\n"));
        let (_, mut talk) = with(&["erase\r\nErase everything? [y/n]: "]).await;
        let error = talk.command(&cx(), "erase").await.expect_err("nobody answers that");
        assert_eq!(error.kind(), ErrorKind::Protocol);
        assert!(error.message().contains("Erase everything"), "{}", error.message());
    }

    #[tokio::test(start_paused = true)]
    async fn a_log_over_the_prompt_is_answered_by_an_empty_line() {
        let noise = "shutdown\r\nsw1(config-if)#\r\n*Mar 1: %LINK-5-CHANGED: Gi0/1\r\n";
        let (switch, mut talk) = with(&[noise, "\r\nsw1(config-if)#"]).await;
        talk.command(&cx(), "shutdown").await.expect("done");
        assert_eq!(talk.mode(), Mode::Config);
        assert_eq!(switch.typed().last().map(String::as_str), Some("\n"));
    }

    #[tokio::test(start_paused = true)]
    async fn silence_floods_and_hanging_up_end_as_what_they_are() {
        let (_, mut talk) = with(&["show x\r\none\r\n"]).await;
        assert_eq!(talk.look(&cx(), "show x").await.expect_err("silence").kind(), ErrorKind::Timeout);
        let flood = Arc::new(Played { floods: true, ..Played::new(&["hello"]) });
        assert_eq!(opened(&flood).await.expect_err("a flood").kind(), ErrorKind::Protocol);
        let gone = Arc::new(Played { hangs_up: true, ..Played::new(&["\r\nCLI session limit reached\r\n"]) });
        assert_eq!(opened(&gone).await.expect_err("full").kind(), ErrorKind::ResourceExhausted);
        let gone = Arc::new(Played { hangs_up: true, ..Played::new(&["\r\nGoing down\r\n"]) });
        let error = opened(&gone).await.expect_err("gone");
        assert_eq!(error.kind(), ErrorKind::Unreachable);
        assert!(error.message().contains("Going down"), "{}", error.message());
    }

    /// What a terminal prints, and what looks like it.
    fn piece() -> impl Strategy<Value = String> {
        let words = [
            "sw1>",
            "sw1#",
            "sw1(config)#",
            "sw1# ",
            "\r\n",
            "\n",
            "enable",
            "show x",
            "Password: ",
            " --More-- ",
            "[confirm]",
            "Erase? [y/n]: ",
            "Destination filename [startup-config]? ",
            "% Invalid input",
            "\u{1b}[2J",
            "\u{8}",
            "admin@s1> ",
            "[edit]\r\nadmin@s1# ",
            "*Mar 1: %LINK-3-UPDOWN: Gi0/1\r\n",
            "terminal width 511",
            "description Password:",
        ];
        let words = proptest::sample::select(words.to_vec()).prop_map(str::to_owned);
        proptest::collection::vec(prop_oneof![8 => words, 1 => "\\PC{0,20}"], 1..6)
            .prop_map(|all| all.concat())
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(200))]

        /// Whatever is printed: it ends by its deadline, and the password answers the line that asks for more rights.
        #[test]
        fn nothing_that_is_printed_makes_it_wait_or_tell(pieces in proptest::collection::vec(piece(), 1..14), hangs_up: bool) {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
            runtime.expect("a runtime").block_on(async {
                for platform in PLATFORMS {
                    let id = platform.id;
                    let pieces: Vec<&str> = pieces.iter().map(String::as_str).collect();
                    let switch = Arc::new(Played { hangs_up, ..Played::new(&pieces) });
                    let transport = Arc::clone(&switch) as Arc<dyn CliTransport>;
                    let began = tokio::time::Instant::now();
                    let cx = Cx::new("test", "1").within(Duration::from_secs(5));
                    if let Ok(mut talk) = Conversation::open(&cx, transport, platform, "secret".into()).await {
                        let _ = talk.command(&cx, "show x").await;
                    }
                    assert!(began.elapsed() <= Duration::from_secs(6), "{id}: {:?}", began.elapsed());
                    let typed = switch.typed();
                    assert!(typed.len() < 200, "{id}: {} lines", typed.len());
                    for (at, _) in typed.iter().enumerate().filter(|(_, typed)| typed.contains("secret")) {
                        // Pages may be turned and logs passed by in between, commands may not be typed.
                        let command = typed[..at].iter().rev().find(|typed| typed.len() > 1);
                        assert_eq!(command.map(String::as_str), Some("enable\n"), "{id}: {typed:?}");
                    }
                }
            });
        }
    }
}
