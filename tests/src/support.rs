//! The support matrix as a document, made from a run of the laws.

use std::{collections::BTreeMap, fmt::Write as _};

use underlay_conformance::{ABILITIES, Matrix, Promise, Verdict};
use underlay_hal::FacetKind;

/// The document: which facets and abilities each driver has on each persona, and by how many laws that is shown.
///
/// `rigs` are the driver, persona and promise of each row of the matrix, in its order.
#[must_use]
pub fn document(matrix: &Matrix, rigs: &[(&str, &str, Promise)]) -> String {
    let mut out = String::from(HEAD);
    let mut drivers: Vec<&str> = rigs.iter().map(|(driver, ..)| *driver).collect();
    drivers.dedup();
    drivers.sort_unstable();
    drivers.dedup();
    for driver in drivers {
        let columns: Vec<usize> =
            rigs.iter().enumerate().filter(|(_, (of, ..))| *of == driver).map(|(at, _)| at).collect();
        let _infallible = write!(out, "\n## {driver}\n\n| facet |");
        heading(&mut out, &columns, rigs);
        for facet in FacetKind::ALL {
            let cells: Vec<_> =
                columns.iter().map(|at| facet_cell(matrix, *at, &rigs[*at].2, facet)).collect();
            if cells.iter().any(|cell| cell != NONE) {
                let _infallible = writeln!(out, "| {facet} | {} |", cells.join(" | "));
            }
        }
        let _infallible = write!(out, "\n| ability |");
        heading(&mut out, &columns, rigs);
        for ability in ABILITIES {
            let has = |at: &usize| rigs[*at].2.abilities.contains(ability.name);
            if columns.iter().any(has) {
                let cells: Vec<_> = columns.iter().map(|at| if has(at) { "yes" } else { NONE }).collect();
                let _infallible =
                    writeln!(out, "| `{}`: {} | {} |", ability.name, ability.means, cells.join(" | "));
            }
        }
    }
    out
}

const NONE: &str = "–";

const HEAD: &str = "# What is supported\n\n\
    Made by the conformance run, and checked by it: `UNDERLAY_UPDATE=1 cargo test -p underlay-tests --test matrix`\n\
    writes this file anew. Each number says how many laws of the facet the driver keeps on that persona of the\n\
    simulator; – stands for a facet or ability that is not offered there. Laws that need an ability which is not\n\
    promised are not counted.\n";

fn heading(out: &mut String, columns: &[usize], rigs: &[(&str, &str, Promise)]) {
    for at in columns {
        let _infallible = write!(out, " {} |", rigs[*at].1);
    }
    let _infallible = writeln!(out, "\n|---|{}", "---|".repeat(columns.len()));
}

fn facet_cell(matrix: &Matrix, at: usize, promise: &Promise, facet: FacetKind) -> String {
    if !promise.facets.contains(&facet) {
        return NONE.to_owned();
    }
    let prefix = format!("{facet}::");
    let of = |verdict: fn(&Verdict) -> bool| {
        let cells = matrix.rows.get(at).into_iter().flat_map(|row| &row.cells);
        cells.filter(|cell| cell.law.starts_with(&prefix) && verdict(&cell.verdict)).count()
    };
    let broken = of(|verdict| matches!(verdict, Verdict::Broken(_)));
    let kept = of(|verdict| *verdict == Verdict::Kept);
    if broken > 0 { format!("{kept}, broken {broken}") } else { kept.to_string() }
}

/// How two documents differ, line by line, for a person to read.
#[must_use]
pub fn difference(old: &str, new: &str) -> String {
    let count = |text: &str| {
        let mut lines: BTreeMap<String, i32> = BTreeMap::new();
        text.lines().for_each(|line| *lines.entry(line.to_owned()).or_default() += 1);
        lines
    };
    let (before, after) = (count(old), count(new));
    let gone = before.keys().filter(|line| !after.contains_key(*line)).map(|line| format!("- {line}\n"));
    let come = after.keys().filter(|line| !before.contains_key(*line)).map(|line| format!("+ {line}\n"));
    gone.chain(come).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use underlay_conformance::{Danger, Row};

    use super::*;

    fn promise(facets: &[FacetKind]) -> Promise {
        Promise {
            facets: facets.iter().copied().collect(),
            abilities: BTreeSet::from(["boot.continuous"]),
            max_danger: Danger::ReadOnly,
        }
    }

    #[test]
    fn the_document_moves_with_facets_verdicts_and_abilities() {
        let matrix = |verdict: Verdict| {
            let mut row = Row::new("redfish on standard".to_owned());
            row.push("boot::a", Verdict::Kept);
            row.push("boot::b", verdict);
            Matrix { rows: vec![row] }
        };
        let made = |verdict, facets: &[FacetKind]| {
            document(&matrix(verdict), &[("redfish", "standard", promise(facets))])
        };
        let kept = made(Verdict::Kept, &[FacetKind::Boot]);
        assert!(kept.contains("| boot | 2 |") && kept.contains("`boot.continuous`"), "{kept}");
        let broken = made(Verdict::Broken("so".to_owned()), &[FacetKind::Boot]);
        assert!(broken.contains("| boot | 1, broken 1 |"), "{broken}");
        assert!(!made(Verdict::Kept, &[]).contains("| boot |"));
        assert!(difference(&kept, &broken).contains("+ | boot | 1, broken 1 |"));
        assert_eq!(difference(&kept, &kept), "");
    }
}
