//! How drives become a volume: spans, what is usable of them, and how many may be missing.
use underlay_hal::raid::RaidLevel;

/// Members in order, in spans that each stand on their own.
fn spans(level: RaidLevel, drives: usize) -> Option<Vec<usize>> {
    let even = drives.is_multiple_of(2);
    let spans = match level {
        RaidLevel::Raid0 if drives >= 1 => vec![drives],
        RaidLevel::Raid1 if drives >= 2 => vec![drives],
        RaidLevel::Raid1E | RaidLevel::Raid5 if drives >= 3 => vec![drives],
        RaidLevel::Raid6 if drives >= 4 => vec![drives],
        RaidLevel::Raid00 if drives >= 2 && even => vec![drives / 2; 2],
        RaidLevel::Raid10 if drives >= 4 && even => vec![2; drives / 2],
        RaidLevel::Raid50 if drives >= 6 && even => vec![drives / 2; 2],
        RaidLevel::Raid60 if drives >= 8 && even => vec![drives / 2; 2],
        _ => return None,
    };
    Some(spans)
}

/// How many members of one span may be missing.
fn spare_members(level: RaidLevel, span: usize) -> usize {
    match level {
        RaidLevel::Raid1 => span.saturating_sub(1),
        RaidLevel::Raid1E | RaidLevel::Raid5 | RaidLevel::Raid10 | RaidLevel::Raid50 => 1,
        RaidLevel::Raid6 | RaidLevel::Raid60 => 2,
        _ => 0,
    }
}

/// Whether so many drives make a volume of this level.
pub(super) fn fits(level: RaidLevel, drives: usize) -> bool {
    spans(level, drives).is_some()
}

/// What is usable of so many drives that each give so many bytes; 0 if they make no volume.
pub(super) fn usable(level: RaidLevel, drives: usize, each: u64) -> u64 {
    let of_span = |span: usize| {
        let span = span as u64;
        match level {
            RaidLevel::Raid1 | RaidLevel::Raid10 => each,
            RaidLevel::Raid1E => each.saturating_mul(span) / 2,
            RaidLevel::Raid5 | RaidLevel::Raid50 => each.saturating_mul(span.saturating_sub(1)),
            RaidLevel::Raid6 | RaidLevel::Raid60 => each.saturating_mul(span.saturating_sub(2)),
            _ => each.saturating_mul(span),
        }
    };
    spans(level, drives).map_or(0, |spans| spans.into_iter().map(of_span).sum())
}

/// What a volume is like with some of its members missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Condition {
    /// Every member is there.
    Optimal,
    /// Members are missing, and nothing is lost yet.
    Degraded,
    /// More members are missing than it can do without.
    Failed,
}

/// The condition of a volume, with `true` for each member that is there.
pub(super) fn condition(level: RaidLevel, members: &[bool]) -> Condition {
    if members.iter().all(|present| *present) {
        return Condition::Optimal;
    }
    let mut rest = members;
    for span in spans(level, members.len()).unwrap_or_default() {
        let (these, others) = rest.split_at(span.min(rest.len()));
        rest = others;
        if these.iter().filter(|present| !**present).count() > spare_members(level, span) {
            return Condition::Failed;
        }
    }
    Condition::Degraded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn capacity_and_spans_are_those_of_the_level() {
        use RaidLevel::{Raid0, Raid1, Raid5, Raid6, Raid10, Raid50, Raid60};
        for (level, drives, usable_of_10) in [
            (Raid0, 1, 10),
            (Raid0, 3, 30),
            (Raid1, 2, 10),
            (Raid5, 3, 20),
            (Raid6, 5, 30),
            (Raid10, 6, 30),
            (Raid50, 6, 40),
            (Raid60, 8, 40),
            (Raid5, 2, 0),
            (Raid10, 5, 0),
        ] {
            assert_eq!(usable(level, drives, 10), usable_of_10, "{level} of {drives}");
            assert_eq!(fits(level, drives), usable_of_10 > 0, "{level} of {drives}");
        }
    }

    #[test]
    fn a_volume_does_without_as_many_members_as_its_level_says() {
        use Condition::{Degraded, Failed, Optimal};
        use RaidLevel::{Raid0, Raid1, Raid5, Raid6, Raid10};
        let of = |level, pattern: &str| {
            condition(level, &pattern.bytes().map(|byte| byte == b'x').collect::<Vec<_>>())
        };
        assert_eq!(of(Raid0, "xx"), Optimal);
        assert_eq!(of(Raid0, "x."), Failed);
        assert_eq!(of(Raid1, ".x"), Degraded);
        assert_eq!((of(Raid5, "x.x"), of(Raid5, "..x")), (Degraded, Failed));
        assert_eq!((of(Raid6, "..xx"), of(Raid6, "...x")), (Degraded, Failed));
        assert_eq!((of(Raid10, ".xx."), of(Raid10, "..xx")), (Degraded, Failed));
    }
}
