//! One simulated machine, for clients that know nothing of this project.
use std::{
    future::Future,
    path::{Path, PathBuf},
    time::Duration,
};

use secrecy::ExposeSecret as _;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    runtime::Runtime,
};
use underlay_hal::{CredentialSource as _, Credentials, Cx, DeviceId};
use underlay_rack::{Address, ReadOptions};
use underlay_simulators::{
    Running, ServerTruth, Simulator,
    plant::{ClockMode, Server},
    redfish::Quirk,
};

/// A rack of one server, `n1`, that runs until dropped.
#[derive(Debug)]
pub struct Lab {
    running: Option<Running>,
    runtime: Runtime,
    /// Its administrator.
    pub user: String,
    /// That user's password.
    pub password: String,
}

/// How the Redfish view is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Web {
    /// HTTPS with a certificate made at start.
    Https,
    /// Plain HTTP, for clients whose TLS is not what is judged.
    Http,
}

impl Lab {
    /// A machine of this persona, powered on, in the clients' own time, with seconds where real ones need minutes.
    ///
    /// # Panics
    /// If it does not start.
    #[must_use]
    pub fn start(persona: &str, web: Web) -> Self {
        // The one persona without a web server.
        let web = (persona != "generic-ipmi").then_some(web);
        Self::of(&format!("\"{persona}\""), None, web)
    }

    /// A machine that shows a recorded tree and is otherwise of this persona.
    ///
    /// # Panics
    /// If it does not start.
    #[must_use]
    pub fn recorded(folder: &Path, extends: &str, web: Web) -> Self {
        let persona = format!("{{ recorded = \".\", extends = \"{extends}\" }}");
        Self::of(&persona, Some(folder.to_owned()), Some(web))
    }

    /// A unit of power, `p1`, of this persona, with a machine on its first outlet that has no other feed.
    ///
    /// # Panics
    /// If it does not start.
    #[must_use]
    pub fn with_unit(persona: &str) -> Self {
        Self::with_unit_that_speaks(persona, "")
    }

    /// The same, with words in its `snmp` table.
    ///
    /// # Panics
    /// If it does not start.
    #[must_use]
    pub fn with_unit_that_speaks(persona: &str, words: &str) -> Self {
        let text = format!(
            "[rack]\nname = \"one\"\nseed = 11\n[simulation]\nbmc-boot-seconds = 2\n\
             [credentials.bmc]\nusername = \"admin\"\npassword = {{ generated = true }}\n\
             [[pdu]]\nname = \"p1\"\noutlets = 8\npersona = \"{persona}\"\ncredential = \"bmc\"\nsnmp = {{ {words} }}\n\
             [[device]]\nname = \"n1\"\nkind = \"server\"\npersona = \"generic-ipmi\"\ncredential = \"bmc\"\n\
             state = \"on\"\npower = [{{ pdu = \"p1\", outlet = 1 }}]\nipmi = {{}}\n"
        );
        Self::run(&text, None)
    }

    /// A switch, `s1`, of this persona, with a machine on its first port.
    ///
    /// # Panics
    /// If it does not start.
    #[must_use]
    pub fn with_switch(persona: &str) -> Self {
        let text = format!(
            "[rack]\nname = \"one\"\nseed = 11\n\
             [credentials.bmc]\nusername = \"admin\"\npassword = {{ generated = true }}\n\
             [[switch]]\nname = \"s1\"\nports = 8\npersona = \"{persona}\"\ncredential = \"bmc\"\nssh = {{}}\n\
             [[device]]\nname = \"n1\"\nkind = \"server\"\npersona = \"generic-ipmi\"\ncredential = \"bmc\"\n\
             nics = [{{ name = \"eth0\", switch = \"s1\", port = 1 }}]\nipmi = {{}}\n"
        );
        Self::run(&text, None)
    }

    /// Where the switch's command line is.
    ///
    /// # Panics
    /// If it has none.
    #[must_use]
    pub fn ssh(&self) -> (String, u16) {
        let at = self.running().ssh("s1").expect("a command line").address();
        (at.ip().to_string(), at.port())
    }

    /// A recording of an agent in place of a unit of power, `p1`.
    ///
    /// # Panics
    /// If it does not start.
    #[must_use]
    pub fn with_recorded_agent(file: &Path) -> Self {
        let name = file.file_name().expect("a file").to_string_lossy();
        let text = format!(
            "[rack]\nname = \"one\"\n[credentials.bmc]\nusername = \"admin\"\npassword = {{ generated = true }}\n\
             [[pdu]]\nname = \"p1\"\noutlets = 8\ncredential = \"bmc\"\nsnmp = {{}}\n\
             persona = {{ recorded = \"{name}\" }}\n\
             [[device]]\nname = \"n1\"\nkind = \"server\"\npersona = \"generic-ipmi\"\ncredential = \"bmc\"\nipmi = {{}}\n"
        );
        Self::run(&text, file.parent())
    }

    /// Address and port of the SNMP view of `p1`.
    ///
    /// # Panics
    /// If there is none.
    #[must_use]
    pub fn snmp(&self) -> std::net::SocketAddr {
        self.running().snmp("p1").expect("an SNMP view").address()
    }

    fn of(persona: &str, folder: Option<PathBuf>, web: Option<Web>) -> Self {
        let redfish = match web {
            Some(Web::Https) => "redfish = { tls = \"insecure\" }",
            Some(Web::Http) => "redfish = { tls = \"http\" }",
            None => "",
        };
        let text = format!(
            "[rack]\nname = \"one\"\nseed = 11\n\
             [simulation]\npost-seconds = 2\nos-boot-seconds = 1\nshutdown-seconds = 1\nbmc-boot-seconds = 2\n\
             [credentials.bmc]\nusername = \"admin\"\npassword = {{ generated = true }}\n\
             [[feed]]\nname = \"feed\"\n[[pdu]]\nname = \"pdu\"\nfeed = \"feed\"\noutlets = 8\n\
             [[device]]\nname = \"n1\"\nkind = \"server\"\npersona = {persona}\ncredential = \"bmc\"\n\
             state = \"on\"\npower = [{{ pdu = \"pdu\", outlet = 1 }}]\n{redfish}\nipmi = {{}}\n"
        );
        Self::run(&text, folder.as_deref())
    }

    fn run(text: &str, folder: Option<&Path>) -> Self {
        let options = ReadOptions { file: "one.toml", folder, ..ReadOptions::default() };
        let rack = underlay_rack::read(text, &options).unwrap_or_else(|problems| panic!("{problems}"));
        let runtime = runtime();
        let (running, login) = runtime.block_on(async {
            let builder = Simulator::builder(rack).clock(ClockMode::Scaled(2.0));
            let running = builder.start().await.unwrap_or_else(|error| panic!("{error}"));
            let cx = Cx::new("interop", "login").within(Duration::from_secs(5));
            let login = running.credentials().get(&cx, &DeviceId::from("n1")).await;
            (running, login.unwrap_or_else(|error| panic!("{error}")))
        });
        let Credentials::Password { username: user, password } = login else {
            panic!("another kind of login")
        };
        Self { running: Some(running), runtime, user, password: password.expose_secret().to_owned() }
    }

    /// The same without some quirks.
    ///
    /// # Panics
    /// If it does not have them: then they explain nothing.
    #[must_use]
    pub fn without(self, quirks: &[Quirk]) -> Self {
        let view = self.running().redfish("n1").expect("a Redfish view");
        let mut left = view.quirks();
        for quirk in quirks {
            assert!(left.has(*quirk), "it does not have {quirk}");
            left = left.without(*quirk);
        }
        view.set_quirks(left);
        self
    }

    /// Runs a client of this process on it.
    pub fn block_on<T>(&self, client: impl Future<Output = T>) -> T {
        self.runtime.block_on(client)
    }

    /// The rack.
    ///
    /// # Panics
    /// Never before it is dropped.
    #[must_use]
    pub fn running(&self) -> &Running {
        self.running.as_ref().expect("runs until dropped")
    }

    /// The machine behind the views.
    ///
    /// # Panics
    /// Never: the rack has `n1`.
    #[must_use]
    pub fn server(&self) -> Server {
        self.running().server("n1").expect("the rack has n1")
    }

    /// What really happens at it.
    #[must_use]
    pub fn truth(&self) -> ServerTruth {
        ServerTruth::new(self.server())
    }

    /// Address and port of the IPMI view.
    ///
    /// # Panics
    /// If the persona has none.
    #[must_use]
    pub fn ipmi(&self) -> (String, u16) {
        let device = self.running().rack().device("n1").expect("the rack has n1");
        place(device.ipmi.as_ref().and_then(|ipmi| ipmi.address.as_ref()))
    }

    /// Address of the Redfish view, such as `https://127.0.0.1:8443`.
    ///
    /// # Panics
    /// If the persona has none.
    #[must_use]
    pub fn url(&self) -> String {
        let device = self.running().rack().device("n1").expect("the rack has n1");
        let redfish = device.redfish.as_ref().expect("the persona has a Redfish view");
        let (host, port) = place(redfish.address.as_ref());
        let scheme = if redfish.tls == underlay_rack::Tls::Http { "http" } else { "https" };
        format!("{scheme}://{host}:{port}")
    }
}

/// An HTTP answer.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// The `X-Auth-Token` header.
    pub token: Option<String>,
    /// The body.
    pub body: String,
}

impl Lab {
    /// One request over plain HTTP, by hand: no client of ours, nobody's conveniences.
    ///
    /// # Panics
    /// If there is no whole answer.
    pub async fn exchange(&self, method: &str, path: &str, token: Option<&str>, body: &str) -> Answer {
        let url = self.url();
        let at = url.strip_prefix("http://").expect("plain HTTP");
        let token = token.map(|token| format!("X-Auth-Token: {token}\r\n")).unwrap_or_default();
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: {at}\r\nContent-Type: application/json\r\n\
             Content-Length: {}\r\n{token}Connection: close\r\n\r\n{body}",
            body.len()
        );
        let mut stream = TcpStream::connect(at).await.expect("connected");
        stream.write_all(request.as_bytes()).await.expect("sent");
        let mut answer = String::new();
        let read = tokio::time::timeout(Duration::from_secs(10), stream.read_to_string(&mut answer)).await;
        read.expect("an answer within ten seconds").expect("received");
        let (head, body) = answer.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no headers in {answer}"));
        let header = |wanted: &str| {
            let lines = head.lines().filter_map(|line| line.split_once(": "));
            lines
                .into_iter()
                .find(|(name, _)| name.eq_ignore_ascii_case(wanted))
                .map(|(_, value)| value.to_owned())
        };
        let length = header("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
        assert_eq!(body.len(), length, "{method} {path}: the whole body");
        let status = head.get(9..12).and_then(|status| status.parse().ok()).expect("a status line");
        Answer { status, token: header("x-auth-token"), body: body.to_owned() }
    }

    /// Asks for a session (DSP0266 section 13.3.4.2).
    pub async fn log_in(&self, password: &str) -> Answer {
        let body = format!("{{\"UserName\":\"{}\",\"Password\":\"{password}\"}}", self.user);
        self.exchange("POST", "/redfish/v1/SessionService/Sessions", None, &body).await
    }
}

impl Drop for Lab {
    fn drop(&mut self) {
        // Its tasks are stopped from within its runtime.
        let _guard = self.runtime.enter();
        self.running = None;
    }
}

/// A runtime for one test.
///
/// # Panics
/// If the system has no threads left.
#[must_use]
pub fn runtime() -> Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime")
}

fn place(address: Option<&Address>) -> (String, u16) {
    let address = address.expect("the view has an address");
    (address.host.clone(), address.port.expect("a chosen port"))
}
