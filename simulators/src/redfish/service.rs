//! One request from login to answer: faults, authentication, routing, privileges, conditions, queries.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use http::header::{self, HeaderMap, HeaderName};
use http::{Method, StatusCode};
use serde_json::Value;

use super::bytes::{self, Lost};
use super::compress;
use super::condition::stale;
use super::enclosure::{self, Node};
use super::etag::{self, Matching};
use super::events::{self, Readers};
use super::faults::{Fault, Faults};
use super::http::{HyperAnswer, Request};
use super::identity::Vault;
use super::login::Caller;
use super::messages::{Key, Message};
use super::oem::Switches;
use super::persona::RedfishData;
use super::query::Query;
use super::quirks::{Quirk, Quirks};
use super::recorded::{Own, Recording, Road, Tree};
use super::reply::{Answer, Body, Reply, allow_value};
use super::sessions::Sessions;
use super::tls::Identity;
use super::tree::{self, Scene};
use super::update::{Upload, Uploads};
use super::write;
use crate::plant::{JobView, Server};

/// The header that carries a session's token.
pub(crate) const TOKEN: HeaderName = HeaderName::from_static("x-auth-token");

/// How long answers under way may still leave when the controller goes away.
const LAST_WORDS: Duration = Duration::from_millis(150);

/// What the view itself remembers: protocol state, and nothing about the machine.
#[derive(Debug)]
pub(crate) struct Memory {
    pub(crate) sessions: Sessions,
    /// How often a resource was written through this view, by path.
    pub(crate) revisions: BTreeMap<String, u64>,
    /// Paths whose first conditional write was refused already (quirk Q30b).
    pub(crate) refused_once: Vec<String>,
    /// Tasks deleted by a read of their monitor (quirk Q31a), or by a restart of the controller (quirk Q22a).
    pub(crate) forgotten_tasks: Vec<u32>,
    /// Switches of vendors' own.
    pub(crate) switches: Switches,
    /// Counts the controller's restarts that were noticed.
    boots: u64,
}

impl Memory {
    /// Forgets a task; what was forgotten before and is gone by now is dropped.
    pub(crate) fn forget_task(&mut self, id: u32, jobs: &[JobView]) {
        self.forgotten_tasks.retain(|known| jobs.iter().any(|job| job.id == *known));
        self.forgotten_tasks.push(id);
    }
}

/// The service of one simulated controller.
#[derive(Debug)]
pub(crate) struct Service {
    /// The machine with the controller.
    pub(crate) server: Server,
    pub(crate) data: Arc<RedfishData>,
    quirks: Mutex<Quirks>,
    pub(crate) faults: Faults,
    memory: Mutex<Memory>,
    /// Held while a condition is checked and the write it guards is made, so that of two writers one is stale.
    writing: Mutex<()>,
    endpoint: Endpoint,
    pub(crate) uploads: Uploads,
    /// What is shown in place of the persona's own tree.
    recorded: Option<Recording>,
    requests: AtomicU64,
    pub(crate) vault: Vault,
    pub(crate) readers: Readers,
    /// The machines that it stands for, the one with the controller first.
    pub(crate) nodes: Vec<Node>,
    me: Weak<Service>,
}

/// Where the service is found.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Endpoint {
    pub(crate) address: SocketAddr,
    pub(crate) secure: bool,
}

impl Service {
    pub(crate) fn new(
        server: Server,
        data: Arc<RedfishData>,
        quirks: Quirks,
        faults: Faults,
        endpoint: Endpoint,
        vault: Vault,
        me: Weak<Self>,
    ) -> Self {
        let idle = Duration::from_secs(data.session_timeout);
        let memory = Memory {
            sessions: Sessions::new(data.session_slots, idle),
            revisions: BTreeMap::new(),
            refused_once: Vec::new(),
            forgotten_tasks: Vec::new(),
            switches: Switches::default(),
            boots: server.bmc_generation(),
        };
        let nodes = enclosure::nodes(&server, &data);
        let data = nodes.first().map_or(data, |node| Arc::clone(&node.data));
        let readers = Readers::new(server.clone(), &data.events);
        Self {
            server,
            data,
            quirks: Mutex::new(quirks),
            faults,
            memory: Mutex::new(memory),
            writing: Mutex::new(()),
            endpoint,
            uploads: Uploads::default(),
            recorded: None,
            requests: AtomicU64::new(0),
            vault,
            readers,
            nodes,
            me,
        }
    }

    /// Shows a recorded tree in place of the persona's own.
    #[must_use]
    pub(crate) fn showing(self, recorded: Option<Recording>) -> Self {
        Self { recorded, ..self }
    }

    /// This service, for work that goes on without a request.
    pub(crate) fn me(&self) -> Weak<Self> {
        Weak::clone(&self.me)
    }

    pub(crate) fn endpoint(&self) -> Endpoint {
        self.endpoint
    }

    /// The certificate in force.
    pub(crate) fn certificate(&self) -> Option<Identity> {
        self.vault.current(&self.server, self.endpoint.address.ip())
    }

    pub(crate) fn quirks(&self) -> Quirks {
        *self.quirks.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn set_quirks(&self, quirks: Quirks) {
        *self.quirks.lock().unwrap_or_else(PoisonError::into_inner) = quirks;
    }

    /// The view's memory, after forgetting what has expired.
    pub(crate) fn memory(&self) -> MutexGuard<'_, Memory> {
        let (now, boots) = (self.server.client_now(), self.server.bmc_generation());
        let mut memory = self.memory.lock().unwrap_or_else(PoisonError::into_inner);
        memory.sessions.sweep(now, boots);
        if std::mem::replace(&mut memory.boots, boots) != boots && self.quirks().has(Quirk::RestartForgets) {
            let others = enclosure::jobs_of_others(&self.nodes);
            let finished = self.server.jobs().into_iter().chain(others).filter(|job| job.state.is_final());
            memory.forgotten_tasks = finished.map(|job| job.id).collect();
        }
        memory
    }

    pub(crate) fn is_reachable(&self) -> bool {
        self.server.is_bmc_reachable()
    }

    /// Returns when the controller no longer answers, and what it had to say has left.
    pub(crate) async fn until_unreachable(&self) {
        let mut changes = self.server.subscribe();
        while self.is_reachable() {
            if changes.changed().await.is_err() {
                // The plant is gone; so is the machine.
                break;
            }
        }
        tokio::time::sleep(LAST_WORDS).await;
    }

    pub(crate) fn closes_idle_connections(&self) -> bool {
        let quirks = self.quirks();
        quirks.has(Quirk::ClosesIdleConnections) || quirks.has(Quirk::DropsReusedConnections)
    }

    /// How many requests have come in.
    pub(crate) fn requests(&self) -> u64 {
        self.requests.load(Ordering::Relaxed)
    }

    /// Answers a request, or ends the connection.
    pub(crate) async fn answer(&self, request: Request) -> HyperAnswer {
        if !self.is_reachable() {
            return Err(Lost);
        }
        self.requests.fetch_add(1, Ordering::Relaxed);
        let fault = match &request.upload {
            Some(upload) => upload.fault.clone(),
            None => self.faults.strike(&request.method, &request.path),
        };
        match &fault {
            Some(Fault::Hang) => std::future::pending().await,
            Some(Fault::Drop) => return Err(Lost),
            Some(Fault::Delay(time)) => tokio::time::sleep(*time).await,
            Some(Fault::PreconditionStorm) if is_write(&request.method) => {
                return Ok(bytes::response(*stale(), None));
            }
            _ => {}
        }
        if let Some(reply) = fault.as_ref().and_then(bytes::instead) {
            return Ok(bytes::response(reply, None));
        }
        let mut reply = self.reply(&request);
        if matches!(fault, Some(Fault::ActThenDrop)) {
            return Err(Lost);
        }
        let changed =
            is_write(&request.method) && reply.status.is_success() && !tree::is_login(&request.path);
        if changed && self.server.loses_answer() {
            return Err(Lost);
        }
        if let Body::Json(document) = &mut reply.body {
            bytes::spoil(document, fault.as_ref(), &request.path, request.query.as_deref());
        }
        let response = bytes::response(reply, fault.as_ref());
        Ok(match fault {
            None => compress::maybe(response, &request.headers, self.quirks()).await,
            Some(_) => response,
        })
    }

    /// The answer with the headers that every answer has.
    fn reply(&self, request: &Request) -> Reply {
        let mut reply = self.dispatch(request).unwrap_or_else(|refusal| *refusal);
        reply.push(HeaderName::from_static("odata-version"), "4.0");
        reply.push(header::CACHE_CONTROL, "no-cache");
        if reply.status == StatusCode::UNAUTHORIZED {
            reply.push(header::WWW_AUTHENTICATE, "Basic realm=\"Redfish\"");
        }
        reply
    }

    fn dispatch(&self, request: &Request) -> Answer {
        let method = &request.method;
        let reading = matches!(*method, Method::GET | Method::HEAD);
        let open = (reading && tree::is_public(&request.path))
            || (*method == Method::POST && tree::is_login(&request.path));
        // Authentication comes before anything else in the request is looked at.
        let caller = match &request.upload {
            Some(Upload { result: Err(refusal), .. }) => return Err(refusal.clone()),
            Some(upload) => upload.caller.clone(),
            None if open => None,
            None => Some(self.authenticate(request)?),
        };
        if let Some(caller) = &caller {
            self.check_password_duty(&caller.account, request)?;
        }
        self.check_headers(&request.headers)?;
        if !reading && !is_write(method) {
            return Err(Reply::refuse(StatusCode::NOT_IMPLEMENTED, Key::OperationNotAllowed, &[]));
        }
        if self.quirks().has(Quirk::RefusesIdentity)
            && request.path.starts_with("/redfish/v1/Registries")
            && accepts(&request.headers, "identity")
        {
            return Err(Reply::error(StatusCode::NOT_ACCEPTABLE, &[]));
        }
        if let Some(recorded) = &self.recorded {
            return self.on_recorded(&recorded.0, request, caller.as_ref(), reading);
        }
        if reading {
            return self.read(&Scene::at(self, &request.path), request);
        }
        let _alone = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        self.write(&Scene::at(self, &request.path), request, caller.as_ref())
    }

    /// A request to a recorded tree: what lives in it is this service's own.
    fn on_recorded(&self, tree: &Tree, request: &Request, caller: Option<&Caller>, reading: bool) -> Answer {
        let path = request.path.as_str();
        let (system, manager) = (
            format!("/redfish/v1/Systems/{}", self.data.ids.system),
            format!("/redfish/v1/Managers/{}", self.data.ids.manager),
        );
        let scene = Scene::at(self, &system);
        if reading {
            let own = path.starts_with("/redfish/v1/SessionService")
                || (tree::is_public(path) && path != "/redfish/v1");
            if own {
                return self.read(&scene, request);
            }
            let live = || scene.document(&system).unwrap_or_default();
            let document = tree.document(path, live).ok_or_else(|| Reply::not_found(path))?;
            let tag = document.get("@odata.etag").and_then(Value::as_str).map(str::to_owned);
            let mut reply = Reply::document(document);
            if let Some(tag) = tag {
                reply.push(header::ETAG, &tag);
            }
            return Ok(reply);
        }
        let own = Own { system: &system, manager: &manager };
        match tree.road(&request.method, path, &request.body, own) {
            Road::Own(path) => {
                let _alone = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
                let request = Request {
                    method: request.method.clone(),
                    path,
                    query: request.query.clone(),
                    headers: request.headers.clone(),
                    body: request.body.clone(),
                    too_long: request.too_long,
                    client: request.client,
                    secure: request.secure,
                    upload: None,
                };
                self.write(&scene, &request, caller)
            }
            Road::Missing => Err(Reply::not_found(path)),
            Road::Refused => {
                let message = Message::base(Key::OperationNotAllowed, &[]).saying(
                    "This tree is a recording: of it, only power, boot override and light can be changed.",
                );
                let mut reply = Reply::error(StatusCode::METHOD_NOT_ALLOWED, &[message]);
                reply.push(header::ALLOW, "GET, HEAD");
                Err(reply)
            }
        }
    }

    fn check_headers(&self, headers: &HeaderMap) -> Result<(), Box<Reply>> {
        match headers.get("odata-version").map(http::HeaderValue::as_bytes) {
            None | Some(b"4.0") => Ok(()),
            Some(_) => {
                Err(Reply::refuse(StatusCode::PRECONDITION_FAILED, Key::HeaderInvalid, &["OData-Version"]))
            }
        }
    }

    // ── Reads ────────────────────────────────────────────────────────────────────────────────

    fn read(&self, scene: &Scene<'_>, request: &Request) -> Answer {
        let path = request.path.as_str();
        if request.method == Method::GET
            && let Some(reply) = events::open(self, request)
        {
            return reply;
        }
        if let Some(reply) = tree::not_a_resource(scene, path) {
            return Ok(reply.with(header::ALLOW, "GET, HEAD"));
        }
        if let Some(reply) = write::task_monitor(self, scene, path) {
            return reply;
        }
        let Some(document) = scene.document(path) else {
            return Err(match write::action_methods(scene, path) {
                Some(allowed) => Reply::not_allowed(allowed),
                None => Reply::not_found(path),
            });
        };
        let tag = document.get("@odata.etag").and_then(Value::as_str).map(str::to_owned);
        let allow = allow_value(&write::methods(scene, path));
        let schema = document.get("@odata.type").and_then(Value::as_str).and_then(schema_uri);
        let conditional = request.headers.get(header::IF_NONE_MATCH).and_then(|given| given.to_str().ok());
        // The tag is the resource's own; what is expanded into it may have changed all the same.
        let expanded = request.query.as_deref().is_some_and(|query| query.contains("expand"));
        let unchanged = match (conditional, &tag) {
            (Some(given), Some(tag)) if !expanded => etag::header_names(given, tag, Matching::Standard),
            _ => false,
        };
        let mut reply = if unchanged {
            Reply { status: StatusCode::NOT_MODIFIED, headers: Vec::new(), body: Body::None }
        } else {
            Reply::document(self.query(scene, request, document)?)
        };
        reply.push(header::ALLOW, &allow);
        if let Some(tag) = tag {
            reply.push(header::ETAG, &tag);
        }
        if let Some(schema) = schema {
            reply.push(header::LINK, &format!("<{schema}>; rel=describedby"));
        }
        Ok(reply)
    }

    fn query(&self, scene: &Scene<'_>, request: &Request, document: Value) -> Result<Value, Box<Reply>> {
        let query = Query::parse(request.query.as_deref(), self.data.features())?;
        let path = request.path.as_str();
        let quirks = self.quirks();
        if query.expands() && quirks.has(Quirk::ExpandFailsOnChassis) && path == "/redfish/v1/Chassis" {
            return Err(Reply::refuse(StatusCode::INTERNAL_SERVER_ERROR, Key::InternalError, &[]));
        }
        let collection = document.get("Members").is_some();
        if query.is_plain() && !collection {
            return Ok(document);
        }
        let read = |path: &str| scene.document(path);
        let mut document = query.apply(document, path, self.data.page_size, &read)?;
        if query.expands() && quirks.has(Quirk::ExpandDropsIdentity) {
            let members = document.get_mut("Members").and_then(Value::as_array_mut);
            for fields in members.into_iter().flatten().filter_map(Value::as_object_mut) {
                fields.retain(|name, _| !matches!(name.as_str(), "Id" | "Name" | "ChassisType"));
            }
        }
        Ok(document)
    }

    // ── Writes ───────────────────────────────────────────────────────────────────────────────

    fn write(&self, scene: &Scene<'_>, request: &Request, caller: Option<&Caller>) -> Answer {
        // Members of a collection may also be created by POST to its `Members` property (DSP0266).
        let path = match request.path.strip_suffix("/Members") {
            Some(collection) if request.method == Method::POST => collection,
            _ => request.path.as_str(),
        };
        let document = scene.document(path);
        let action = write::action_methods(scene, path);
        let allowed = match (&document, action) {
            (_, Some(allowed)) => allowed.to_vec(),
            (Some(_), None) => write::methods(scene, path),
            (None, None) if events::is_stream(self, path) => vec![Method::GET],
            (None, None) => return Err(Reply::not_found(path)),
        };
        if !allowed.contains(&request.method) {
            return Err(Reply::not_allowed(&allowed));
        }
        if let Some(caller) = caller {
            let needed = write::needed_role(scene, &request.method, path, &caller.account);
            if !caller.may(needed) {
                return Err(Reply::refuse(StatusCode::FORBIDDEN, Key::InsufficientPrivilege, &[]));
            }
        }
        if request.query.as_deref().is_some_and(|query| query.contains('$')) {
            return Err(Reply::refuse(StatusCode::BAD_REQUEST, Key::QueryNotSupportedOnOperation, &[]));
        }
        if request.too_long {
            return Err(Reply::refuse(StatusCode::PAYLOAD_TOO_LARGE, Key::UnrecognizedRequestBody, &[]));
        }
        self.check_condition(request, path, document.as_ref(), action.is_some())?;
        let account = caller.map(|caller| &caller.account);
        let mut reply = write::apply(&write::Call { service: self, scene, request, path, account })?;
        if request.method == Method::PATCH {
            *self.memory().revisions.entry(path.to_owned()).or_default() += 1;
            if reply.status == StatusCode::OK {
                // Answer with what is there now, and with its new tag.
                let scene = Scene::at(self, path);
                if let (Some(mut now), Body::Json(notes)) = (scene.document(path), &mut reply.body) {
                    let tag = now.get("@odata.etag").and_then(Value::as_str).map(str::to_owned);
                    if let (Some(fields), Some(info)) =
                        (now.as_object_mut(), notes.get("@Message.ExtendedInfo"))
                    {
                        fields.insert("@Message.ExtendedInfo".into(), info.clone());
                    }
                    reply.body = Body::Json(now);
                    if let Some(tag) = tag {
                        reply.push(header::ETAG, &tag);
                    }
                }
            }
        }
        Ok(reply)
    }
}

fn is_write(method: &Method) -> bool {
    matches!(*method, Method::POST | Method::PATCH | Method::PUT | Method::DELETE)
}

fn accepts(headers: &HeaderMap, coding: &str) -> bool {
    headers
        .get(header::ACCEPT_ENCODING)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|value| value.trim() == coding)
}

/// Where DMTF publishes the schema of a type, for the `Link` header.
fn schema_uri(kind: &str) -> Option<String> {
    let kind = kind.strip_prefix('#')?;
    let (schema, _) = kind.rsplit_once('.')?;
    Some(format!("http://redfish.dmtf.org/schemas/v1/{schema}.json"))
}

/// An answer that a vendor words itself, or the Base message when the persona has no word for it.
pub(crate) fn vendor_or(id: Option<&String>, text: &str, key: Key) -> Message {
    id.map_or_else(|| Message::base(key, &[]), |id| Message::vendor(id, text))
}
