//! OpenSSH's server: as a host that leads to a switch, and as one that is entered with a key.
use std::{
    fs,
    net::{TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::Command,
    sync::Arc,
    time::Duration,
};

use tempfile::TempDir;
use underlay_hal::{CredentialSource, Credentials, Cx, Device, DeviceId, Endpoint, ErrorKind, Result};
use underlay_interop::{
    lab::{Lab, runtime},
    need::Need,
    program::{Server, run},
    suite::Suite,
};

const SSHD: Need = Need::File("/usr/sbin/sshd");
const KEYGEN: Need = Need::Program("ssh-keygen");
const NEEDS: &[Need] = &[SSHD, KEYGEN];

pub(crate) fn tests(suite: Suite) -> Suite {
    suite
        .test("OpenSSH leads to a switch: by its key, and to nobody else", NEEDS, leads)
        .test("OpenSSH is entered with a key, and a wrong one is told", NEEDS, enters)
        .test("OpenSSH with old algorithms alone: entered only if they were named", NEEDS, old)
}

/// A server for the user of this process, who has one key.
struct Host {
    folder: TempDir,
    port: u16,
    _server: Server,
}

impl Host {
    fn start(more: &str) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = |name: &str| folder.path().join(name);
        for (name, kind) in [
            ("host", "ed25519"),
            ("host-rsa", "rsa"),
            ("known", "ed25519"),
            ("known-rsa", "rsa"),
            ("other", "ed25519"),
        ] {
            let file = path(name);
            let arguments = ["-q", "-t", kind, "-N", "", "-f", &*file.to_string_lossy()];
            run(&KEYGEN.path(), &arguments, Duration::from_secs(30)).well();
        }
        let both =
            [path("known.pub"), path("known-rsa.pub")].map(|key| fs::read_to_string(key).expect("a key"));
        fs::write(path("authorized"), both.concat()).expect("written");
        let port =
            TcpListener::bind("127.0.0.1:0").and_then(|socket| socket.local_addr()).expect("a port").port();
        let show = |name: &str| path(name).display().to_string();
        let text = format!(
            "ListenAddress 127.0.0.1\nPort {port}\nHostKey {}\nHostKey {}\nPidFile {}\nAuthorizedKeysFile {}\n\
             StrictModes no\nUsePAM no\nPasswordAuthentication no\nKbdInteractiveAuthentication no\n\
             PermitRootLogin yes\n{more}\n",
            show("host"),
            show("host-rsa"),
            show("pid"),
            show("authorized")
        );
        fs::write(path("sshd.conf"), text).expect("written");
        // Run by the system's own user it wants this folder.
        let _ = fs::create_dir_all("/run/sshd");
        let mut command = Command::new(SSHD.path());
        command.arg("-D").arg("-e").arg("-f").arg(path("sshd.conf"));
        let mut server = Server::start(&mut command, &path("log"));
        server.wait(|| TcpStream::connect(("127.0.0.1", port)).is_ok());
        Self { folder, port, _server: server }
    }

    fn file(&self, name: &str) -> String {
        self.folder.path().join(name).display().to_string()
    }

    /// The fingerprint that its own tool tells.
    fn fingerprint(&self) -> String {
        let file = PathBuf::from(self.file("host.pub"));
        let told =
            run(&KEYGEN.path(), &["-l", "-f", &file.to_string_lossy()], Duration::from_secs(30)).well();
        told.text.split_whitespace().nth(1).expect("a fingerprint").to_owned()
    }
}

/// Who runs this.
fn user() -> String {
    run(Path::new("id"), &["-un"], Duration::from_secs(10)).well().text.trim().to_owned()
}

async fn open(at: &Endpoint, user: &str, password: &str, seconds: u64) -> Result<Arc<dyn Device>> {
    let login: Arc<dyn CredentialSource> = Arc::new(Credentials::password(user, password));
    let registry = underlay_drivers::registry().expect("the drivers");
    let cx = Cx::new("interop", "sshd").within(Duration::from_secs(seconds));
    let opened = registry.open(&cx, &DeviceId::from("s1"), std::slice::from_ref(at), &login).await;
    opened.map(|opened| opened.device)
}

fn endpoint(port: u16, options: &[(&str, &str)]) -> Endpoint {
    let mut at = Endpoint::new("ssh", "127.0.0.1").port(port);
    let options = options.iter().map(|(key, word)| ((*key).to_owned(), (*word).to_owned()));
    at.options.extend(options);
    at
}

fn leads() {
    let host = Host::start("AllowTcpForwarding local");
    let lab = Lab::with_switch("arista-eos");
    let (_, port) = lab.ssh();
    let fingerprint = lab.running().ssh("s1").expect("a view").fingerprint().to_owned();
    let (jump, pin) = (format!("{}@127.0.0.1:{}", user(), host.port), host.fingerprint());
    let with = |key: &str, pin: &str| {
        endpoint(
            port,
            &[
                ("platform", "arista-eos"),
                ("host-key", &fingerprint),
                ("jump", &jump),
                ("jump-host-key", pin),
                ("jump-identity", &host.file(key)),
            ],
        )
    };
    runtime().block_on(async {
        for key in ["known", "known-rsa"] {
            let device = open(&with(key, &pin), "admin", &lab.password, 20).await;
            let device = device.unwrap_or_else(|error| panic!("{key}: {}", error.report()));
            let cx = Cx::new("interop", "read").within(Duration::from_secs(20));
            let read = device.switch_config().expect("a configuration").read(&cx).await;
            assert_eq!(read.unwrap_or_else(|error| panic!("{}", error.report())).ports.len(), 8);
            device.close(&cx).await.expect("closed");
        }
        let refused = async |key: &str, pin: &str| {
            open(&with(key, pin), "admin", &lab.password, 20).await.expect_err("refused")
        };
        let error = refused("other", &pin).await;
        assert_eq!(error.kind(), ErrorKind::Unauthenticated, "{}", error.report());
        assert!(error.message().contains("127.0.0.1, which leads to the switch"), "{}", error.report());
        let error = refused("known", &format!("SHA256:{}", "A".repeat(43))).await;
        assert_eq!(error.kind(), ErrorKind::Untrusted, "{}", error.report());
        let error = refused("nowhere", &pin).await;
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{}", error.report());
    });
    // One that does not forward leads nowhere, and says so.
    let closed = Host::start("AllowTcpForwarding no");
    let jump = format!("{}@127.0.0.1:{}", user(), closed.port);
    let mut at = with("known", &closed.fingerprint());
    at.options.insert("jump".to_owned(), jump);
    at.options.insert("jump-identity".to_owned(), closed.file("known"));
    runtime().block_on(async {
        let error = open(&at, "admin", &lab.password, 20).await.expect_err("it leads nowhere");
        assert_eq!(error.kind(), ErrorKind::Unreachable, "{}", error.report());
        assert!(error.message().contains("does not lead to"), "{}", error.report());
    });
}

/// A prompt, and silence: who is let in waits, who is not is told at once.
const PROMPT: &str = "ForceCommand printf 'sw1#'; exec sleep 20";

fn enters() {
    let host = Host::start(PROMPT);
    let pin = host.fingerprint();
    let with = |key: &str| {
        endpoint(host.port, &[("platform", "cisco-ios"), ("host-key", &pin), ("identity", &host.file(key))])
    };
    runtime().block_on(async {
        let error = open(&with("other"), &user(), "unused", 20).await.expect_err("a wrong key");
        assert_eq!(error.kind(), ErrorKind::Unauthenticated, "{}", error.report());
        assert!(error.message().contains("the key"), "{}", error.report());
        for key in ["known", "known-rsa"] {
            let error = open(&with(key), &user(), "unused", 2).await.expect_err("it is silent");
            assert_eq!(error.kind(), ErrorKind::Timeout, "{key}: {}", error.report());
        }
    });
}

fn old() {
    let restricted = "KexAlgorithms diffie-hellman-group14-sha1\nCiphers aes128-cbc\nMACs hmac-sha1\n\
                      HostKeyAlgorithms ssh-rsa\n";
    let host = Host::start(&format!("{restricted}{PROMPT}"));
    let with = |algorithms: &str| {
        endpoint(
            host.port,
            &[
                ("platform", "cisco-ios"),
                ("host-key", "accept-any"),
                ("identity", &host.file("known")),
                ("algorithms", algorithms),
            ],
        )
    };
    runtime().block_on(async {
        let error = open(&with("modern"), &user(), "unused", 20).await.expect_err("nothing in common");
        assert_eq!(error.kind(), ErrorKind::Untrusted, "{}", error.report());
        assert!(error.message().contains("legacy"), "{}", error.report());
        let error = open(&with("legacy"), &user(), "unused", 2).await.expect_err("it is silent");
        assert_eq!(error.kind(), ErrorKind::Timeout, "it was entered: {}", error.report());
    });
}
