//! What a rack file can say about one BMC.

use std::time::Duration;

use underlay_hal::{Endpoint, Error, ErrorKind, Result};
use underlay_ipmi_codec::Privilege;
use underlay_ipmi_codec::suite::CipherSuite;

/// A session without a request for this long is closed: some BMCs drop idle ones after 20 s.
const IDLE: Duration = Duration::from_secs(15);

/// The options of an endpoint, checked.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    /// Least time between two commands: some BMCs freeze when commands come too fast.
    pub(crate) min_interval: Duration,
    /// A session without a request for this long is closed.
    pub(crate) idle: Duration,
    /// The only suite to propose.
    pub(crate) suite: Option<CipherSuite>,
    /// The only level to log in at.
    pub(crate) privilege: Option<Privilege>,
}

impl Default for Settings {
    fn default() -> Self {
        Self { min_interval: Duration::ZERO, idle: IDLE, suite: None, privilege: None }
    }
}

impl Settings {
    /// Reads the options this driver knows; others belong to other layers.
    pub(crate) fn read(endpoint: &Endpoint) -> Result<Self> {
        let mut settings = Self::default();
        for (key, value) in &endpoint.options {
            let wrong = |expected: &str| {
                let message = format!("option {key}: {value:?} is not {expected}");
                Error::new(ErrorKind::InvalidInput, message).during("ipmi.open")
            };
            match key.as_str() {
                "min-interval-ms" | "idle-close-ms" => {
                    let millis: u32 = value.parse().map_err(|_| wrong("a number of milliseconds"))?;
                    let duration = Duration::from_millis(u64::from(millis));
                    if key == "idle-close-ms" {
                        settings.idle = duration;
                    } else {
                        settings.min_interval = duration;
                    }
                }
                "cipher-suite" => {
                    settings.suite = Some(match value.as_str() {
                        "3" => CipherSuite::SUITE_3,
                        "17" => CipherSuite::SUITE_17,
                        _ => return Err(wrong("3 or 17")),
                    });
                }
                "privilege" => {
                    settings.privilege = Some(match value.as_str() {
                        "user" => Privilege::User,
                        "operator" => Privilege::Operator,
                        "administrator" => Privilege::Administrator,
                        _ => return Err(wrong("user, operator or administrator")),
                    });
                }
                _ => {}
            }
        }
        Ok(settings)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_read_and_wrong_ones_refused() {
        let with = |key: &str, value: &str| {
            let mut endpoint = Endpoint::new("ipmi", "192.0.2.1");
            endpoint.options.insert(key.into(), value.into());
            Settings::read(&endpoint)
        };
        assert_eq!(with("min-interval-ms", "250").unwrap().min_interval, Duration::from_millis(250));
        assert_eq!(with("cipher-suite", "3").unwrap().suite, Some(CipherSuite::SUITE_3));
        assert_eq!(with("privilege", "operator").unwrap().privilege, Some(Privilege::Operator));
        assert!(with("somebody-elses", "x").is_ok());
        for (key, value) in [
            ("min-interval-ms", "-1"),
            ("idle-close-ms", "soon"),
            ("cipher-suite", "0"),
            ("privilege", "root"),
        ] {
            assert_eq!(with(key, value).unwrap_err().kind(), ErrorKind::InvalidInput, "{key}");
        }
    }
}
