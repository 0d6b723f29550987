//! What can be set per endpoint, with the limits that protect this program from a device.

use std::time::Duration;

use underlay_hal::{Endpoint, Error, ErrorKind, Result};

/// How to log in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Authentication {
    /// A session where the service has them, else Basic.
    #[default]
    Session,
    /// HTTP Basic with every request: no session slot is used.
    Basic,
}

/// Settings of one endpoint, from [`Endpoint::options`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Option `auth`: `session` (default) or `basic`.
    pub authentication: Authentication,
    /// Longest single request, in whole seconds; option `request-timeout-s`, default 60. Real controllers take 10 s
    /// for some writes.
    pub request_timeout: Duration,
    /// Longest wait for a connection; option `connect-timeout-s`, default 10.
    pub connect_timeout: Duration,
    /// Largest body in bytes; option `body-limit-bytes`, default 16 MiB. The largest registries known are 6 MiB.
    pub body_limit: usize,
    /// Most pages of one collection; option `page-limit`, default 200.
    pub page_limit: usize,
    /// Most members of one collection; option `member-limit`, default 10 000.
    pub member_limit: usize,
    /// Which system of a service that stands for several machines; option `system`, the last part of its address.
    pub system: Option<String>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            authentication: Authentication::Session,
            request_timeout: Duration::from_secs(60),
            connect_timeout: Duration::from_secs(10),
            body_limit: 16 << 20,
            page_limit: 200,
            member_limit: 10_000,
            system: None,
        }
    }
}

impl Settings {
    /// Reads the options of an endpoint.
    ///
    /// # Errors
    /// `InvalidInput` for an option or value this driver does not know.
    pub fn from_endpoint(at: &Endpoint) -> Result<Self> {
        let mut settings = Self::default();
        for (key, value) in &at.options {
            let number = || {
                value.parse::<u32>().ok().filter(|n| *n > 0).ok_or_else(|| {
                    Error::new(
                        ErrorKind::InvalidInput,
                        format!("{key} = {value:?}: expected a number above 0"),
                    )
                })
            };
            let seconds = || number().map(|n| Duration::from_secs(n.into()));
            match (key.as_str(), value.as_str()) {
                ("auth", "session") => settings.authentication = Authentication::Session,
                ("auth", "basic") => settings.authentication = Authentication::Basic,
                ("request-timeout-s", _) => settings.request_timeout = seconds()?,
                ("connect-timeout-s", _) => settings.connect_timeout = seconds()?,
                ("body-limit-bytes", _) => settings.body_limit = number()? as usize,
                ("page-limit", _) => settings.page_limit = number()? as usize,
                ("member-limit", _) => settings.member_limit = number()? as usize,
                ("system", name) if !name.is_empty() => settings.system = Some(name.to_owned()),
                _ => {
                    return Err(Error::new(
                        ErrorKind::InvalidInput,
                        format!(
                            "option {key} = {value:?}; known are auth = session|basic, request-timeout-s, \
                             connect-timeout-s, body-limit-bytes, page-limit, member-limit, system"
                        ),
                    ));
                }
            }
        }
        Ok(settings)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_read_and_unknown_ones_refused() {
        let mut at = Endpoint::new("redfish", "bmc");
        at.options.insert("auth".to_owned(), "basic".to_owned());
        at.options.insert("page-limit".to_owned(), "7".to_owned());
        let settings = Settings::from_endpoint(&at).unwrap();
        assert_eq!((settings.authentication, settings.page_limit), (Authentication::Basic, 7));
        for (key, value) in
            [("auht", "basic"), ("auth", "digest"), ("page-limit", "0"), ("page-limit", "many")]
        {
            let mut at = Endpoint::new("redfish", "bmc");
            at.options.insert(key.to_owned(), value.to_owned());
            assert_eq!(Settings::from_endpoint(&at).unwrap_err().kind(), ErrorKind::InvalidInput, "{key}");
        }
    }
}
