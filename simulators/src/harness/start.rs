//! Bringing a rack up.
use std::{
    collections::{BTreeMap, BTreeSet},
    io,
    net::{IpAddr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use secrecy::SecretString;
use underlay_hal::{Credentials, Cx};
use underlay_rack::{AccountRole, Address, Device, DeviceKind, PasswordSource, Rack, RackCredentials, Tls};

use super::{Builder, Running, StartError, Views, secrets};
use crate::{
    ipmi,
    persona::PersonaSet,
    plant::{ClockMode, Plant, Role, Server},
    redfish, snmp, ssh,
};

/// How long a password's program may take.
const LOOK_UP: Duration = Duration::from_secs(30);

pub(super) async fn start(builder: Builder) -> Result<Running, StartError> {
    let Builder { mut rack, personas, clock, listen, ipmi_idle, redfish_page_size } = builder;
    let personas = personas.map_or_else(PersonaSet::embedded, Ok).map_err(StartError::PersonaFile)?;
    let scaled = rack.simulation.time_scale.map_or(ClockMode::Real, ClockMode::Scaled);
    let plant = Plant::new(&rack, &personas, clock.unwrap_or(scaled)).map_err(StartError::Persona)?;
    let logins = Logins::resolve(&rack).await?;
    let authority = match rack.devices.iter().any(speaks_tls) {
        true => Some(redfish::Authority::new().map_err(|source| StartError::View {
            device: rack.name.clone(),
            protocol: "redfish",
            source,
        })?),
        false => None,
    };

    let (mut views, mut warnings) = (BTreeMap::new(), Vec::new());
    for device in &mut rack.devices {
        if device.kind != DeviceKind::Server {
            let view = serve_agent(device, &plant, &logins, listen, &mut warnings).await?;
            let shell = serve_shell(device, &plant, &logins, listen).await?;
            views.insert(device.name.clone(), Views { snmp: view, ssh: shell, ..Views::default() });
            continue;
        }
        let Some(server) = plant.server(&device.name) else { continue };
        logins.put(device, &server)?;
        let mut running = Views::default();
        let failed = |protocol, device: &Device| {
            let device = device.name.clone();
            move |source| StartError::View { device, protocol, source }
        };
        if let Some(wanted) = &device.redfish {
            let at = socket(wanted.address.as_ref(), 443, listen).map_err(failed("redfish", device))?;
            let mut options =
                redfish::Options { page_size: redfish_page_size, ..redfish::Options::default() };
            options.faults = running.redfish_faults.clone();
            if let Some(folder) = &device.recorded {
                let (recorded, left_out) =
                    redfish::Recording::load(folder).map_err(failed("redfish", device))?;
                warnings.extend(left_out.into_iter().map(|what| format!("{}: {what}", device.name)));
                options.recorded = Some(recorded);
            }
            let mut tls = wanted.tls.clone();
            if let Some(authority) = authority.as_ref().filter(|_| tls != Tls::Http) {
                let issued = authority.issue(&device.name, at.ip(), redfish::Validity::Long);
                let identity = issued.map_err(failed("redfish", device))?;
                if tls != Tls::Insecure {
                    tls = Tls::Pin(identity.sha256().iter().map(|byte| format!("{byte:02x}")).collect());
                }
                options.identity = Some(identity);
            }
            let view =
                redfish::serve(server.clone(), at, options).await.map_err(failed("redfish", device))?;
            let address = Some(Address::from(view.address()));
            device.redfish = Some(underlay_rack::RedfishAddress { address, tls });
            running.redfish = Some(view);
        }
        if let Some(wanted) = &device.ipmi {
            let at = socket(wanted.address.as_ref(), 623, listen).map_err(failed("ipmi", device))?;
            let mut options =
                ipmi::Options { faults: running.ipmi_faults.clone(), ..ipmi::Options::default() };
            options.idle = ipmi_idle.unwrap_or(options.idle);
            let view = ipmi::serve(server, at, options).await.map_err(failed("ipmi", device))?;
            device.ipmi = Some(underlay_rack::IpmiAddress { address: Some(view.address().into()) });
            running.ipmi = Some(view);
        }
        views.insert(device.name.clone(), running);
    }
    let runner = plant.clone();
    let driver = tokio::spawn(async move { runner.run().await });
    Ok(Running {
        rack: Arc::new(rack),
        plant,
        views,
        warnings,
        generated: logins.generated,
        authority: authority.map(|authority| authority.certificate_pem().to_owned()),
        driver,
    })
}

/// The agent of a unit of power or a switch, if it speaks SNMP.
async fn serve_agent(
    device: &mut Device,
    plant: &Plant,
    logins: &Logins,
    listen: IpAddr,
    warnings: &mut Vec<String>,
) -> Result<Option<snmp::View>, StartError> {
    let name = device.name.clone();
    let failed = |source| StartError::View { device: name.clone(), protocol: "snmp", source };
    let Some(wanted) = &device.snmp else { return Ok(None) };
    let login = device.credential.as_ref().and_then(|name| logins.all.get(name));
    let option = |key: &str| wanted.options.get(key);
    let sink = ["traps", "informs"].into_iter().find_map(|key| {
        let to = option(key)?.parse().ok()?;
        Some(snmp::Sink { to, inform: key == "informs", secure: option("version").is_some_and(|v| v == "3") })
    });
    let login = match login {
        Some(Credentials::Password { username, password }) => snmp::Login {
            user: username.clone(),
            password: password.clone(),
            privacy: password.clone(),
            sink,
        },
        Some(Credentials::PassPhrases { username, authentication, privacy }) => {
            let (password, privacy) = (authentication.clone(), privacy.clone());
            snmp::Login { user: username.clone(), password, privacy, sink }
        }
        _ => return Ok(None),
    };
    let persona = |other: &'static str| device.persona.clone().unwrap_or_else(|| other.to_owned());
    let at = socket(wanted.address.as_ref(), 161, listen).map_err(&failed)?;
    if let Some(file) = &device.recorded {
        let served = snmp::serve_recorded(plant.clone(), &device.name, file, at, &login).await;
        let (view, left_out) = served.map_err(&failed)?;
        warnings.extend(left_out.into_iter().map(|what| format!("{}: {what}", device.name)));
        let options = wanted.options.clone();
        device.snmp = Some(underlay_rack::SnmpAddress { address: Some(view.address().into()), options });
        return Ok(Some(view));
    }
    let view = match plant.pdu(&device.name) {
        Some(unit) => snmp::serve(unit, &persona(snmp::DEFAULT_PERSONA), at, &login).await,
        None => {
            // One that is known by its command line speaks SNMP as any.
            let own = persona(snmp::DEFAULT_SWITCH);
            let cli = ssh::personas().any(|known| known == own);
            let persona = if cli { snmp::DEFAULT_SWITCH.to_owned() } else { own };
            snmp::serve_switch(plant.clone(), &device.name, &persona, at, &login).await
        }
    };
    let view = view.map_err(&failed)?;
    let options = wanted.options.clone();
    device.snmp = Some(underlay_rack::SnmpAddress { address: Some(view.address().into()), options });
    Ok(Some(view))
}

/// The command line of a switch, if it has one.
async fn serve_shell(
    device: &mut Device,
    plant: &Plant,
    logins: &Logins,
    listen: IpAddr,
) -> Result<Option<ssh::View>, StartError> {
    let name = device.name.clone();
    let failed = |source| StartError::View { device: name.clone(), protocol: "ssh", source };
    let Some(wanted) = &device.ssh else { return Ok(None) };
    let login = device.credential.as_ref().and_then(|name| logins.all.get(name));
    let Some(Credentials::Password { username, password }) = login else { return Ok(None) };
    let login = ssh::Login { user: username.clone(), password: password.clone() };
    let named = device.persona.iter().chain(wanted.options.get("platform"));
    let persona = named.into_iter().find(|name| ssh::personas().any(|known| known == **name));
    let persona = persona.map_or(ssh::DEFAULT_PERSONA, String::as_str);
    let at = socket(wanted.address.as_ref(), 22, listen).map_err(&failed)?;
    let view = ssh::serve(plant.clone(), &device.name, persona, at, login).await.map_err(&failed)?;
    let mut options = wanted.options.clone();
    options.insert("platform".to_owned(), persona.to_owned());
    options.insert("host-key".to_owned(), view.fingerprint().to_owned());
    device.ssh = Some(underlay_rack::SshAddress { address: Some(view.address().into()), options });
    Ok(Some(view))
}

fn speaks_tls(device: &Device) -> bool {
    device.redfish.as_ref().is_some_and(|redfish| redfish.tls != Tls::Http)
}

/// Where a view binds: its own address, or a free port.
fn socket(address: Option<&Address>, default_port: u16, listen: IpAddr) -> io::Result<SocketAddr> {
    let Some(address) = address else { return Ok(SocketAddr::new(listen, 0)) };
    let ip: IpAddr = address.host.parse().map_err(|_| {
        let message = format!("a simulated device needs an IP address, not `{}`", address.host);
        io::Error::new(io::ErrorKind::InvalidInput, message)
    })?;
    Ok(SocketAddr::new(ip, address.port.unwrap_or(default_port)))
}

/// Every login that a device uses, with its password.
struct Logins {
    all: BTreeMap<String, Credentials>,
    generated: BTreeMap<String, SecretString>,
}

impl Logins {
    async fn resolve(rack: &Rack) -> Result<Self, StartError> {
        let used: BTreeSet<&String> = rack
            .devices
            .iter()
            .flat_map(|device| {
                device.credential.iter().chain(device.accounts.iter().map(|extra| &extra.credential))
            })
            .collect();
        let mut source = RackCredentials::new(Arc::new(rack.clone()));
        let mut generated = BTreeMap::new();
        for name in &used {
            let made =
                rack.credentials.get(*name).is_some_and(|found| found.password == PasswordSource::Generated);
            if made {
                let password = secrets::make();
                source = source.with_generated(name, password.clone());
                generated.insert((*name).clone(), password);
            }
        }
        let cx = Cx::new("simulator", "start").within(LOOK_UP);
        let mut all = BTreeMap::new();
        for name in used {
            all.insert(name.clone(), source.resolve(&cx, name).await.map_err(StartError::Credential)?);
        }
        Ok(Self { all, generated })
    }

    fn put(&self, device: &Device, server: &Server) -> Result<(), StartError> {
        let own = device.credential.iter().map(|name| (name, Role::Administrator));
        let extra = device.accounts.iter().map(|extra| {
            let role = match extra.role {
                AccountRole::Administrator => Role::Administrator,
                AccountRole::Operator => Role::Operator,
                AccountRole::ReadOnly => Role::ReadOnly,
            };
            (&extra.credential, role)
        });
        for (name, role) in own.chain(extra) {
            let Some(Credentials::Password { username, password }) = self.all.get(name) else { continue };
            let taken = server.put_account(username, password.clone(), role);
            taken.map_err(|_| StartError::Account { device: device.name.clone(), user: username.clone() })?;
        }
        Ok(())
    }
}
