//! How drivers reach a device: endpoints, and logins looked up when they are needed.
use std::{collections::BTreeMap, fmt, path::Path, process::Stdio, sync::Arc};

use async_trait::async_trait;
use secrecy::SecretString;
use tokio::{io::AsyncReadExt, process::Command};
use underlay_hal as hal;
use underlay_hal::{CredentialSource, Credentials, Cx, DeviceId, Effect, Endpoint, Error, ErrorKind};

use crate::model::{Address, Device, PasswordSource, Rack, Tls};

/// Bytes of a password file or a program's answer that are read.
const LIMIT: u64 = 4096;

impl Device {
    /// Its endpoints, Redfish first.
    ///
    /// # Errors
    /// - `InvalidInput`: an address is missing, as in a rack file meant for a simulation.
    pub fn endpoints(&self) -> hal::Result<Vec<Endpoint>> {
        let mut endpoints = Vec::new();
        if let Some(redfish) = &self.redfish {
            let tls = match &redfish.tls {
                Tls::System => hal::Tls::System,
                Tls::Insecure => hal::Tls::Insecure,
                Tls::Http => hal::Tls::Plain,
                Tls::Pin(pin) => hal::Tls::PinSha256(pin.clone()),
                Tls::CaFile(path) => hal::Tls::CaFile(path.to_string_lossy().into_owned()),
            };
            endpoints.push(self.endpoint("redfish", redfish.address.as_ref())?.tls(tls));
        }
        if let Some(ipmi) = &self.ipmi {
            endpoints.push(self.endpoint("ipmi", ipmi.address.as_ref())?);
        }
        if let Some(snmp) = &self.snmp {
            let mut endpoint = self.endpoint("snmp", snmp.address.as_ref())?;
            endpoint.options.clone_from(&snmp.options);
            endpoints.push(endpoint);
        }
        if let Some(ssh) = &self.ssh {
            let mut endpoint = self.endpoint("ssh", ssh.address.as_ref())?;
            endpoint.options.clone_from(&ssh.options);
            endpoints.push(endpoint);
        }
        Ok(endpoints)
    }

    fn endpoint(&self, scheme: &str, address: Option<&Address>) -> hal::Result<Endpoint> {
        let address = address.ok_or_else(|| {
            let message = format!(
                "the rack file gives no {scheme} address; use the one that `underlay sim run --rack-out` writes, or add `address`"
            );
            Error::new(ErrorKind::InvalidInput, message).on(&DeviceId::from(self.name.as_str()))
        })?;
        let mut endpoint = Endpoint::new(scheme, address.host.clone());
        endpoint.port = address.port;
        Ok(endpoint)
    }
}

/// Logins of a rack's devices, resolved anew for every login.
#[derive(Clone)]
pub struct RackCredentials {
    rack: Arc<Rack>,
    generated: BTreeMap<String, SecretString>,
}

impl fmt::Debug for RackCredentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RackCredentials").field("rack", &self.rack.name).finish_non_exhaustive()
    }
}

impl RackCredentials {
    /// The logins of this rack.
    #[must_use]
    pub fn new(rack: Arc<Rack>) -> Self {
        Self { rack, generated: BTreeMap::new() }
    }

    /// With the password that a simulator made for a credential that says `generated`.
    #[must_use]
    pub fn with_generated(mut self, credential: &str, password: SecretString) -> Self {
        self.generated.insert(credential.to_owned(), password);
        self
    }

    /// The login of that name in `[credentials]`.
    ///
    /// # Errors
    /// - `NotFound`: no such credential.
    /// - `InvalidInput`: its reference leads nowhere; the message names the reference.
    /// - `Timeout`, `Cancelled`: its program did not end in time.
    pub async fn resolve(&self, cx: &Cx, name: &str) -> hal::Result<Credentials> {
        let credential =
            self.rack.credentials.get(name).ok_or_else(|| {
                Error::new(ErrorKind::NotFound, format!("the rack has no credential `{name}`"))
            })?;
        let password = self.secret(cx, name, &credential.password).await?;
        let username = credential.username.clone();
        Ok(match &credential.privacy {
            None => Credentials::password(username, password),
            Some(privacy) => {
                Credentials::pass_phrases(username, password, self.secret(cx, name, privacy).await?)
            }
        })
    }

    async fn secret(&self, cx: &Cx, name: &str, source: &PasswordSource) -> hal::Result<SecretString> {
        Ok(match source {
            PasswordSource::Env(variable) => from_environment(name, variable)?,
            PasswordSource::File(path) => from_file(name, path).await?,
            PasswordSource::Command(words) => {
                let answer = cx.run(from_command(name, words)).await;
                answer.map_err(|interrupted| interrupted.into_error(Effect::None))??
            }
            PasswordSource::Generated => self.generated.get(name).cloned().ok_or_else(|| {
                let what = "is made by the simulator at start; use the rack file that `underlay sim run --rack-out` writes";
                unresolved(name, what)
            })?,
        })
    }
}

#[async_trait]
impl CredentialSource for RackCredentials {
    async fn get(&self, cx: &Cx, device: &DeviceId) -> hal::Result<Credentials> {
        let missing = || Error::new(ErrorKind::NotFound, "the rack file gives no credential").on(device);
        let found = self.rack.device(device.as_str()).ok_or_else(missing)?;
        let name = found.credential.as_deref().ok_or_else(missing)?;
        self.resolve(cx, name).await.map_err(|error| error.on(device))
    }
}

fn unresolved(name: &str, what: impl fmt::Display) -> Error {
    Error::new(ErrorKind::InvalidInput, format!("the password of credential `{name}` {what}"))
}

fn from_environment(name: &str, variable: &str) -> hal::Result<SecretString> {
    match std::env::var(variable) {
        Ok(password) if !password.is_empty() => Ok(password.into()),
        Ok(_) => {
            Err(unresolved(name, format_args!("is in the environment variable `{variable}`, which is empty")))
        }
        Err(_) => Err(unresolved(
            name,
            format_args!("is in the environment variable `{variable}`, which is not set"),
        )),
    }
}

async fn from_file(name: &str, path: &Path) -> hal::Result<SecretString> {
    let shown = path.display();
    let read = async {
        let mut text = String::new();
        tokio::fs::File::open(path).await?.take(LIMIT).read_to_string(&mut text).await?;
        std::io::Result::Ok(text)
    };
    let text = read
        .await
        .map_err(|error| unresolved(name, format_args!("cannot be read from `{shown}`: {error}")))?;
    first_line(&text)
        .ok_or_else(|| unresolved(name, format_args!("is not in `{shown}`: its first line is empty")))
}

async fn from_command(name: &str, words: &[String]) -> hal::Result<SecretString> {
    let (program, arguments) = words.split_first().ok_or_else(|| unresolved(name, "names no program"))?;
    let run = async {
        let mut child = Command::new(program)
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()?;
        let mut text = String::new();
        if let Some(stdout) = child.stdout.take() {
            stdout.take(LIMIT).read_to_string(&mut text).await?;
        }
        let status = child.wait().await?;
        std::io::Result::Ok((text, status))
    };
    let (text, status) = run
        .await
        .map_err(|error| unresolved(name, format_args!("comes from `{program}`, which failed: {error}")))?;
    if !status.success() {
        return Err(unresolved(name, format_args!("comes from `{program}`, which failed: {status}")));
    }
    first_line(&text)
        .ok_or_else(|| unresolved(name, format_args!("comes from `{program}`, which printed nothing")))
}

fn first_line(text: &str) -> Option<SecretString> {
    text.lines().next().filter(|line| !line.is_empty()).map(SecretString::from)
}
