//! When a service says to come back.

use std::time::Duration;

use jiff::{Timestamp, fmt::rfc2822::DateTimeParser};

/// Nobody waits longer on the word of a device.
const LONGEST: Duration = Duration::from_secs(3600);

/// `Retry-After` in either form (RFC 9110 section 10.2.3): seconds, or a date, which is compared with the `Date` of
/// the same answer, for the clocks of controllers are often wrong.
///
/// - A date that has passed is no wait; more than an hour is an hour; anything else is no advice.
pub(crate) fn retry_after(value: &str, date: Option<&str>) -> Option<Duration> {
    let value = value.trim();
    if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) {
        // What does not fit is certainly longer than anybody waits.
        return Some(value.parse().map_or(LONGEST, Duration::from_secs).min(LONGEST));
    }
    let instant = |text: &str| DateTimeParser::new().relaxed_weekday(true).parse_timestamp(text.trim()).ok();
    let then = instant(value)?;
    let now = date.and_then(instant).unwrap_or_else(Timestamp::now);
    Some(Duration::try_from(then.duration_since(now)).unwrap_or_default().min(LONGEST))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_and_dates_are_read_and_bounded() {
        const NOW: Option<&str> = Some("Sun, 06 Nov 1994 08:49:37 GMT");
        let seconds = |value, now| retry_after(value, now).map(|wait| wait.as_secs());
        assert_eq!(seconds(" 7 ", None), Some(7));
        assert_eq!(seconds("Sun, 06 Nov 1994 08:50:07 GMT", NOW), Some(30));
        assert_eq!(seconds("Sun, 06 Nov 1994 08:49:07 GMT", NOW), Some(0));
        assert_eq!(seconds("Sun, 06 Nov 1994 08:49:07 GMT", None), Some(0));
        for endless in ["4294967295", "99999999999999999999999", "Sun, 06 Nov 2094 08:49:07 GMT"] {
            assert_eq!(seconds(endless, NOW), Some(3600), "{endless}");
        }
        for nothing in ["", "-1", "soon", "1.5", "Sun, 99 Nov 1994 08:49:37 GMT", "\u{661}"] {
            assert_eq!(seconds(nothing, NOW), None, "{nothing}");
        }
    }
}
