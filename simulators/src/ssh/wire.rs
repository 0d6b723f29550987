//! The server, by `russh`.
use std::{
    collections::HashMap,
    io,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering},
    },
    time::Duration,
};

use russh::{
    Channel, ChannelId, MethodKind, MethodSet,
    keys::{Algorithm, HashAlg, PrivateKey},
    server::{self, Auth, ChannelOpenHandle, Msg, Session},
};
use secrecy::ExposeSecret as _;
use tokio::net::TcpListener;

use super::{
    Login,
    shell::{Shell, Unit},
    terminal::Terminal,
};

/// What goes wrong on demand.
#[derive(Debug, Default)]
pub struct Faults {
    silent: AtomicBool,
    mute: AtomicBool,
    logins: AtomicUsize,
    opened: AtomicU64,
}

impl Faults {
    /// Makes the switch hear and not answer, or answer again.
    pub fn set_silent(&self, silent: bool) {
        self.silent.store(silent, Ordering::Relaxed);
    }

    /// Takes every key and prints nothing, as a console that hangs.
    pub fn set_mute(&self, mute: bool) {
        self.mute.store(mute, Ordering::Relaxed);
    }

    /// Logins that are open now.
    #[must_use]
    pub fn logins(&self) -> usize {
        self.logins.load(Ordering::Relaxed)
    }

    /// Logins since the start.
    #[must_use]
    pub fn opened(&self) -> u64 {
        self.opened.load(Ordering::Relaxed)
    }
}

/// The server's settings and its key's fingerprint.
pub(super) fn config() -> io::Result<(Arc<server::Config>, String)> {
    let key = PrivateKey::random(&mut russh::keys::key::safe_rng(), Algorithm::Ed25519)
        .map_err(io::Error::other)?;
    let fingerprint = key.public_key().fingerprint(HashAlg::Sha256).to_string();
    let config = server::Config {
        keys: vec![key],
        methods: MethodSet::from(&[MethodKind::Password, MethodKind::KeyboardInteractive][..]),
        auth_rejection_time: Duration::from_millis(200),
        auth_rejection_time_initial: Some(Duration::ZERO),
        nodelay: true,
        ..server::Config::default()
    };
    Ok((Arc::new(config), fingerprint))
}

/// Takes connections until dropped, and ends them then.
pub(super) async fn listen(
    listener: TcpListener,
    config: Arc<server::Config>,
    unit: Unit,
    login: Arc<Login>,
    faults: Arc<Faults>,
) {
    let mut clients = tokio::task::JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                let Ok((stream, _)) = accepted else { continue };
                if faults.silent.load(Ordering::Relaxed) {
                    // Heard, and not answered: the connection stays open as long as the caller likes.
                    clients.spawn(async move {
                        let _stream = stream;
                        std::future::pending::<()>().await;
                    });
                    continue;
                }
                let client = Client {
                    unit: unit.clone(),
                    login: Arc::clone(&login),
                    faults: Arc::clone(&faults),
                    terminals: HashMap::new(),
                    counted: false,
                };
                let config = Arc::clone(&config);
                clients.spawn(async move {
                    if let Ok(session) = server::run_stream(config, stream, client).await {
                        let _ = session.await;
                    }
                });
            }
            Some(_) = clients.join_next() => {}
        }
    }
}

/// One connection.
struct Client {
    unit: Unit,
    login: Arc<Login>,
    faults: Arc<Faults>,
    terminals: HashMap<ChannelId, Terminal>,
    counted: bool,
}

impl Drop for Client {
    fn drop(&mut self) {
        if self.counted {
            self.faults.logins.fetch_sub(1, Ordering::Relaxed);
        }
    }
}

impl Client {
    fn judge(&mut self, user: &str, password: &str) -> Auth {
        if user != self.login.user || password != self.login.password.expose_secret() {
            return Auth::reject();
        }
        if !self.counted {
            self.counted = true;
            self.faults.logins.fetch_add(1, Ordering::Relaxed);
            self.faults.opened.fetch_add(1, Ordering::Relaxed);
        }
        Auth::Accept
    }

    fn too_many(&self) -> bool {
        self.faults.logins() > self.unit.model.sessions
    }

    fn terminal(&self) -> Terminal {
        Terminal::new(Shell::new(self.unit.clone(), self.login.password.expose_secret().to_owned()))
    }
}

impl server::Handler for Client {
    type Error = russh::Error;

    async fn auth_password(&mut self, user: &str, password: &str) -> Result<Auth, Self::Error> {
        Ok(self.judge(user, password))
    }

    async fn auth_keyboard_interactive<'a>(
        &'a mut self,
        user: &str,
        _: &str,
        response: Option<server::Response<'a>>,
    ) -> Result<Auth, Self::Error> {
        let Some(mut response) = response else {
            return Ok(Auth::Partial {
                name: "".into(),
                instructions: "".into(),
                prompts: vec![("Password: ".into(), false)].into(),
            });
        };
        let answer = response.next().unwrap_or_default();
        Ok(self.judge(user, &String::from_utf8_lossy(&answer)))
    }

    async fn channel_open_session(
        &mut self,
        _: Channel<Msg>,
        reply: ChannelOpenHandle,
        _: &mut Session,
    ) -> Result<(), Self::Error> {
        reply.accept().await;
        Ok(())
    }

    async fn pty_request(
        &mut self,
        channel: ChannelId,
        _: &str,
        _: u32,
        _: u32,
        _: u32,
        _: u32,
        _: &[(russh::Pty, u32)],
        session: &mut Session,
    ) -> Result<(), Self::Error> {
        session.channel_success(channel)
    }

    async fn shell_request(&mut self, channel: ChannelId, session: &mut Session) -> Result<(), Self::Error> {
        session.channel_success(channel)?;
        if self.too_many() {
            session.data(channel, "CLI session limit reached\r\n".to_owned().into_bytes())?;
            return session.close(channel);
        }
        let terminal = self.terminal();
        if !self.faults.mute.load(Ordering::Relaxed) {
            session.data(channel, terminal.greeting().into_bytes())?;
        }
        self.terminals.insert(channel, terminal);
        Ok(())
    }

    async fn exec_request(
        &mut self,
        channel: ChannelId,
        data: &[u8],
        session: &mut Session,
    ) -> Result<(), Self::Error> {
        session.channel_success(channel)?;
        let text = self.terminal().run(&String::from_utf8_lossy(data));
        session.data(channel, text.into_bytes())?;
        session.exit_status_request(channel, 0)?;
        session.eof(channel)?;
        session.close(channel)
    }

    async fn data(
        &mut self,
        channel: ChannelId,
        data: &[u8],
        session: &mut Session,
    ) -> Result<(), Self::Error> {
        let mute = self.faults.mute.load(Ordering::Relaxed);
        let Some(terminal) = self.terminals.get_mut(&channel).filter(|_| !mute) else { return Ok(()) };
        let printed = terminal.keys(data);
        if !printed.is_empty() {
            session.data(channel, printed)?;
        }
        if terminal.ended {
            self.terminals.remove(&channel);
            session.eof(channel)?;
            session.close(channel)?;
        }
        Ok(())
    }
}
