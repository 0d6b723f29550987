//! Who listens: one socket for all units that send to it.

use std::{
    collections::BTreeMap,
    convert::Infallible,
    fmt,
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError, Weak},
    time::Duration,
};

use async_snmp::{
    AuthoritativeEngine, SecurityLevel,
    notification::{NotificationAcceptance, NotificationReceiver},
};
use secrecy::ExposeSecret as _;
use tokio::{sync::Notify, task::JoinHandle};
use underlay_hal::{Error, ErrorKind, Result};
use underlay_snmp_mib::Oid;

use super::{event::event, inbox::Inbox};
use crate::{
    settings::{Security, Version},
    transport::{Login, value},
};

/// One unit that may send.
#[derive(Debug)]
pub(super) struct Unit {
    pub(super) peer: SocketAddr,
    pub(super) version: Version,
    pub(super) security: Security,
    pub(super) login: Login,
    pub(super) inbox: Mutex<Inbox>,
    pub(super) came: Notify,
}

/// What a notification says of its sender.
struct Said<'a> {
    source: SocketAddr,
    community: Option<&'a [u8]>,
    user: Option<(&'a [u8], SecurityLevel)>,
}

impl Unit {
    /// Whether the sender proves, or at least says, what this unit would.
    fn fits(&self, said: &Said<'_>) -> bool {
        match (self.version, said.community, said.user) {
            (Version::V1 | Version::V2c, Some(community), _) => {
                community == self.login.password.expose_secret().as_bytes()
            }
            (Version::V3, _, Some((user, level))) => {
                let least = match self.security.privacy {
                    Some(_) => SecurityLevel::AuthPriv,
                    None => SecurityLevel::AuthNoPriv,
                };
                user == self.login.user.as_bytes() && level >= least
            }
            _ => false,
        }
    }
}

/// The units that send to one socket.
#[derive(Debug, Default)]
struct Units(Mutex<Vec<Weak<Unit>>>);

impl Units {
    /// The sender: the unit at exactly that address and port, else the only one at that address.
    fn sender(&self, said: &Said<'_>) -> Option<Arc<Unit>> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|unit| unit.strong_count() > 0);
        let fitting: Vec<_> = all.iter().filter_map(Weak::upgrade).filter(|unit| unit.fits(said)).collect();
        drop(all);
        if let Some(exact) = fitting.iter().find(|unit| unit.peer == said.source) {
            return Some(Arc::clone(exact));
        }
        let mut near = fitting
            .into_iter()
            .filter(|unit| unit.peer.ip().to_canonical() == said.source.ip().to_canonical());
        near.next().filter(|_| near.next().is_none())
    }
}

/// One socket.
struct Ear {
    units: Arc<Units>,
    /// Users of version 3 that it knows.
    users: Vec<(Login, Security)>,
    task: Option<JoinHandle<()>>,
}

impl Drop for Ear {
    fn drop(&mut self) {
        if let Some(task) = &self.task {
            task.abort();
        }
    }
}

/// Every socket of a driver, by its address. It is opened when somebody first reads, and closed with the driver.
#[derive(Default)]
pub(crate) struct Ears(tokio::sync::Mutex<BTreeMap<SocketAddr, Ear>>);

impl fmt::Debug for Ears {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ears").finish_non_exhaustive()
    }
}

/// Whether both are one user with the same secrets.
fn same(one: &(Login, Security), other: &(Login, Security)) -> bool {
    let secrets = |login: &Login| {
        let privacy = login.privacy.as_ref().unwrap_or(&login.password).expose_secret().to_owned();
        zeroize::Zeroizing::new([login.password.expose_secret(), privacy.as_str()].join("\0"))
    };
    one.1 == other.1 && secrets(&one.0) == secrets(&other.0)
}

impl Ears {
    /// Has a unit heard at that address.
    ///
    /// # Errors
    /// - `InvalidInput` if nobody may listen there, or a unit of another pass phrase has the same user.
    pub(super) async fn hear(&self, at: SocketAddr, unit: &Arc<Unit>) -> Result<()> {
        let mut ears = self.0.lock().await;
        let ear =
            ears.entry(at).or_insert_with(|| Ear { units: Arc::default(), users: Vec::new(), task: None });
        let mut new_user = false;
        if unit.version == Version::V3 {
            let own = (unit.login.clone(), unit.security);
            match ear.users.iter().find(|(login, _)| login.user == own.0.user) {
                Some(known) if same(known, &own) => {}
                Some(_) => {
                    return Err(Error::new(
                        ErrorKind::InvalidInput,
                        format!(
                            "another unit that sends to {at} has the user `{}` with other pass phrases; give this one another address, or both the same user",
                            own.0.user
                        ),
                    ));
                }
                None => {
                    ear.users.push(own);
                    new_user = true;
                }
            }
        }
        let listed = {
            let mut all = ear.units.0.lock().unwrap_or_else(PoisonError::into_inner);
            let listed = all.iter().any(|known| std::ptr::eq(known.as_ptr(), Arc::as_ptr(unit)));
            if !listed {
                all.push(Arc::downgrade(unit));
            }
            listed
        };
        let alive = ear.task.as_ref().is_some_and(|task| !task.is_finished());
        if listed && alive && !new_user {
            return Ok(());
        }
        if alive && !new_user {
            return Ok(());
        }
        // The library learns users only when it begins.
        if let Some(task) = ear.task.take() {
            task.abort();
            let _ = task.await;
        }
        let receiver = receiver(at, &ear.users, &ear.units).await?;
        ear.task = Some(tokio::spawn(listen(receiver, Arc::clone(&ear.units))));
        Ok(())
    }
}

async fn receiver(
    at: SocketAddr,
    users: &[(Login, Security)],
    units: &Arc<Units>,
) -> Result<NotificationReceiver> {
    let failed = |why: String| {
        let advice = "choose another port in `traps` or `informs`; below 1024 the system may forbid it";
        Error::new(ErrorKind::InvalidInput, format!("nobody can listen at {at}: {why}; {advice}"))
    };
    // The same after every start, so that units find again whom they know.
    let name = [b"\x80\x00\x00\x00\x04".as_slice(), format!("underlay-{}", at.port()).as_bytes()].concat();
    let engine = AuthoritativeEngine::install(name, |_| Ok::<(), Infallible>(()))
        .map_err(|error| failed(error.to_string()))?;
    let mut builder = NotificationReceiver::builder().bind(at.to_string()).authoritative_engine(engine);
    for (login, security) in users {
        let configured = builder.usm_user(login.user.clone(), |user| {
            let secret = login.password.expose_secret();
            let hides = login.privacy.as_ref().map_or(secret, |privacy| privacy.expose_secret());
            match security.privacy {
                Some(privacy) => user.auth_priv(security.authentication, secret, privacy, hides),
                None => user.auth(security.authentication, secret),
            }
        });
        builder = configured.map_err(|_| failed("the pass phrases of a user cannot be used".to_owned()))?;
    }
    let units = Arc::clone(units);
    let policy = move |seen: &async_snmp::notification::NotificationEnvelope<'_>| {
        let said = Said {
            source: seen.source,
            community: seen.community.map(async_snmp::Community::as_bytes),
            user: seen.username.zip(seen.security_level),
        };
        // An inform of a stranger is not acknowledged either.
        if units.sender(&said).is_some() {
            NotificationAcceptance::Accept
        } else {
            NotificationAcceptance::Reject
        }
    };
    builder.acceptance_policy(policy).build().await.map_err(|error| failed(error.to_string()))
}

async fn listen(receiver: NotificationReceiver, units: Arc<Units>) {
    loop {
        let received = match receiver.recv().await {
            Ok(received) => received,
            Err(error) => {
                tracing::warn!("a notification could not be received: {error}");
                tokio::time::sleep(Duration::from_millis(100)).await;
                continue;
            }
        };
        let what = &received.notification;
        let said = Said {
            source: received.source,
            community: community(what).map(async_snmp::Community::as_bytes),
            user: received.wire_identity.v3.as_ref().map(|v3| (&*v3.username, v3.security_level)),
        };
        let (Some(unit), Ok(oid)) = (units.sender(&said), what.trap_oid()) else { continue };
        let variables: Vec<_> = what
            .varbinds()
            .iter()
            .filter_map(|bound| Some((Oid::new(bound.oid.arcs()), value(&bound.value)?)))
            .collect();
        let (event, restarted) = event(&Oid::new(oid.arcs()), what.uptime(), &variables);
        unit.inbox.lock().unwrap_or_else(PoisonError::into_inner).put(event, restarted);
        unit.came.notify_waiters();
    }
}

fn community(what: &async_snmp::notification::Notification) -> Option<&async_snmp::Community> {
    use async_snmp::notification::Notification::{InformV2c, TrapV1, TrapV2c};
    match what {
        TrapV1 { community, .. } | TrapV2c { community, .. } | InformV2c { community, .. } => Some(community),
        _ => None,
    }
}
