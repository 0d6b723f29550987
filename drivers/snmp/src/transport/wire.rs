//! The road by `async-snmp`.

use std::{fmt, net::SocketAddr, sync::Arc, time::Duration};

use async_snmp::{
    Auth, Client, Error as WireError, Oid as WireOid, Retry, UsmConfig, Value as WireValue,
    client::WalkOptions,
    transport::{UdpHandle, UdpTransport},
};
use async_trait::async_trait;
use secrecy::{ExposeSecret as _, SecretString};
use tokio::sync::{OnceCell, Semaphore};
use underlay_hal::{Cx, Effect, Error, ErrorKind, Result};
use underlay_snmp_mib::Oid;

use super::{Transport, Value, WALK_LIMIT};
use crate::{
    error::failed,
    settings::{Settings, Version},
};

/// Requests of all units together that may wait for their answers: a responder with a small buffer drops more.
const IN_FLIGHT: usize = 256;
/// Bytes that the system keeps for us while we are busy; it may give less.
const BUFFER: usize = 1 << 20;
/// Rows that one answer is asked for.
const REPETITIONS: u32 = 25;
/// Objects of one request.
const OBJECTS: usize = 24;

/// The sockets that all units share, one for each kind of address.
pub(crate) struct Hub {
    four: OnceCell<UdpTransport>,
    six: OnceCell<UdpTransport>,
    in_flight: Semaphore,
}

impl fmt::Debug for Hub {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hub").field("free", &self.in_flight.available_permits()).finish_non_exhaustive()
    }
}

impl Default for Hub {
    fn default() -> Self {
        Self { four: OnceCell::new(), six: OnceCell::new(), in_flight: Semaphore::new(IN_FLIGHT) }
    }
}

impl Hub {
    async fn socket(&self, peer: SocketAddr) -> Result<&UdpTransport> {
        let (cell, here) = if peer.is_ipv4() { (&self.four, "0.0.0.0:0") } else { (&self.six, "[::]:0") };
        let open = || async {
            let builder = UdpTransport::builder().bind(here).recv_buffer_size(BUFFER);
            // Room for the largest datagram: else agents break off long answers (genErr).
            builder.receive_capacity(65_507).build().await
        };
        cell.get_or_try_init(open).await.map_err(|error| failed(&error, false))
    }
}

/// What proves that we may.
#[derive(Clone)]
pub(crate) struct Login {
    pub(crate) user: String,
    pub(crate) password: SecretString,
    /// A second pass phrase, which hides; without one, the password does both.
    pub(crate) privacy: Option<SecretString>,
}

impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Login").finish_non_exhaustive()
    }
}

impl Login {
    fn auth(&self, settings: &Settings) -> Result<Auth> {
        let secret = self.password.expose_secret();
        let hides = self.privacy.as_ref().map_or(secret, |privacy| privacy.expose_secret());
        let usm = || {
            let user = UsmConfig::new(self.user.clone()).context_name(settings.context.clone());
            let security = settings.security;
            match security.privacy {
                Some(privacy) => user.auth_priv(security.authentication, secret, privacy, hides),
                None => user.auth(security.authentication, secret),
            }
        };
        match settings.version {
            Version::V1 => Ok(Auth::v1(secret)),
            Version::V2c => Ok(Auth::v2c(secret)),
            // The error may quote what was wrong with the pass phrase; it is told without it.
            Version::V3 => usm().map(Auth::from).map_err(|_| {
                let message = "the user or the pass phrase cannot be used with SNMP 3; a pass phrase has at least eight characters";
                Error::new(ErrorKind::InvalidInput, message)
            }),
        }
    }
}

/// One unit over UDP.
pub(crate) struct Wire {
    hub: Arc<Hub>,
    /// Sends again.
    reader: Client<UdpHandle>,
    /// Sends once.
    writer: Client<UdpHandle>,
}

impl fmt::Debug for Wire {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Wire").field("peer", &self.reader.peer_addr()).finish_non_exhaustive()
    }
}

impl Wire {
    pub(crate) async fn new(
        hub: Arc<Hub>,
        peer: SocketAddr,
        login: &Login,
        settings: &Settings,
    ) -> Result<Self> {
        let socket = hub.socket(peer).await?;
        let again = Retry::fixed(settings.retries.min(10), Duration::ZERO).unwrap_or_else(|_| Retry::none());
        let client = async |retry: Retry| {
            Client::builder(peer, login.auth(settings)?)
                .request_timeout(settings.timeout)
                .retry(retry)
                .max_oids_per_request(OBJECTS)
                // Else a wrong password is silence.
                .allow_unauthenticated_v3_time_correction(true)
                .build_with(socket)
                .await
                .map_err(|error| failed(&error, false))
        };
        let (reader, writer) = (client(again).await?, client(Retry::none()).await?);
        Ok(Self { hub, reader, writer })
    }

    /// A request that is one of few in flight, and ends with the context.
    async fn exchange<T>(
        &self,
        cx: &Cx,
        mutation: bool,
        request: impl Future<Output = std::result::Result<T, Box<WireError>>>,
    ) -> Result<T> {
        let turn = cx.run(self.hub.in_flight.acquire()).await;
        let _turn = turn.map_err(|interrupted| interrupted.into_error(Effect::None))?;
        let effect = if mutation { Effect::Unknown } else { Effect::None };
        let answer = cx.run(request).await.map_err(|interrupted| interrupted.into_error(effect))?;
        answer.map_err(|error| failed(&error, mutation))
    }
}

fn out(oid: &Oid) -> WireOid {
    WireOid::from_slice(oid.numbers())
}

fn back(oid: &WireOid) -> Oid {
    Oid::new(oid.arcs())
}

/// `None` where the agent has nothing.
pub(crate) fn read(value: &WireValue) -> Option<Value> {
    Some(match value {
        WireValue::Integer(number) => Value::Number(i64::from(*number)),
        WireValue::Counter32(number)
        | WireValue::Gauge32(number)
        | WireValue::UInteger32(number)
        | WireValue::TimeTicks(number) => Value::Number(i64::from(*number)),
        WireValue::Counter64(number) => Value::Number(i64::try_from(*number).ok()?),
        WireValue::OctetString(bytes) | WireValue::Opaque(bytes) => Value::Bytes(bytes.to_vec()),
        WireValue::ObjectIdentifier(oid) => Value::Oid(back(oid)),
        WireValue::NoSuchObject | WireValue::NoSuchInstance | WireValue::EndOfMibView | WireValue::Null => {
            return None;
        }
        _ => Value::Other,
    })
}

#[async_trait]
impl Transport for Wire {
    async fn get(&self, cx: &Cx, objects: &[Oid]) -> Result<Vec<Option<Value>>> {
        let asked: Vec<WireOid> = objects.iter().map(out).collect();
        let answer = self.exchange(cx, false, self.reader.get_many(&asked)).await;
        let answer = match answer {
            Ok(answer) => answer,
            // Version 1 refuses the whole request for one object that is not there.
            Err(error) if error.kind() == ErrorKind::NotFound => {
                let mut values = Vec::with_capacity(asked.len());
                for one in &asked {
                    values.push(match self.exchange(cx, false, self.reader.get(one)).await {
                        Ok(answer) => answer.varbinds.first().and_then(|bound| read(&bound.value)),
                        Err(error) if error.kind() == ErrorKind::NotFound => None,
                        Err(error) => return Err(error),
                    });
                }
                return Ok(values);
            }
            Err(error) => return Err(error),
        };
        // By name: an agent may answer out of order, or leave something out.
        let value = |oid: &WireOid| {
            answer.varbinds.iter().find(|bound| bound.oid == *oid).and_then(|bound| read(&bound.value))
        };
        Ok(asked.iter().map(value).collect())
    }

    async fn walk(&self, cx: &Cx, below: &Oid) -> Result<Vec<(Oid, Value)>> {
        let walk = async |repetitions: u32| {
            let options = WalkOptions {
                max_repetitions: repetitions,
                result_limit: Some(WALK_LIMIT),
                ..WalkOptions::default()
            };
            let rows = async { self.reader.walk_with(out(below), options)?.collect().await };
            self.exchange(cx, false, rows).await
        };
        let rows = match walk(REPETITIONS).await {
            // Some agents cannot fill the answer that they were asked for.
            Err(error) if error.kind() == ErrorKind::DeviceFault => walk(5).await?,
            rows => rows?,
        };
        Ok(rows.iter().filter_map(|bound| Some((back(&bound.oid), read(&bound.value)?))).collect())
    }

    async fn has_rows(&self, cx: &Cx, below: &Oid) -> Result<bool> {
        let prefix = out(below);
        match self.exchange(cx, false, self.reader.get_next(&prefix)).await {
            Ok(answer) => Ok(answer
                .varbinds
                .first()
                .is_some_and(|bound| bound.oid.starts_with(&prefix) && read(&bound.value).is_some())),
            // Version 1 says so at the end of everything.
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error),
        }
    }

    async fn set(&self, cx: &Cx, object: &Oid, value: Value) -> Result<()> {
        let value = match value {
            Value::Number(number) => WireValue::Integer(i32::try_from(number).map_err(|_| {
                Error::new(ErrorKind::InvalidInput, format!("{number} is out of the range of an INTEGER"))
            })?),
            Value::Bytes(bytes) => WireValue::OctetString(bytes.into()),
            Value::Oid(oid) => WireValue::ObjectIdentifier(out(&oid)),
            Value::Other => return Err(Error::new(ErrorKind::InvalidInput, "no value to set")),
        };
        let object = out(object);
        self.exchange(cx, true, self.writer.set(&object, value)).await.map(drop)
    }
}
