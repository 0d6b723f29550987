//! The matrix of targets and laws, for people and for programs.

use std::{collections::BTreeMap, fmt};

use serde::Serialize;

use crate::Verdict;

/// One law on one target.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Cell {
    /// The law.
    pub law: &'static str,
    /// The verdict.
    #[serde(flatten)]
    pub verdict: Verdict,
}

/// Every law on one target.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Row {
    /// The target: driver and persona.
    pub target: String,
    /// The laws, in their order.
    pub cells: Vec<Cell>,
}

impl Row {
    /// A target without verdicts yet.
    #[must_use]
    pub fn new(target: String) -> Self {
        Self { target, cells: Vec::new() }
    }

    /// Adds a verdict.
    pub fn push(&mut self, law: &'static str, verdict: Verdict) {
        self.cells.push(Cell { law, verdict });
    }

    /// The laws that were broken.
    pub fn broken(&self) -> impl Iterator<Item = &Cell> {
        self.cells.iter().filter(|cell| matches!(cell.verdict, Verdict::Broken(_)))
    }
}

/// Every law on every target. `Display` prints a table: one line a law, one column a target.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Matrix {
    /// The targets.
    pub rows: Vec<Row>,
}

impl fmt::Display for Matrix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut laws: BTreeMap<&str, Vec<char>> = BTreeMap::new();
        for (column, row) in self.rows.iter().enumerate() {
            writeln!(f, "{:>3}  {}", column + 1, row.target)?;
            for cell in &row.cells {
                let marks = laws.entry(cell.law).or_insert_with(|| vec![' '; self.rows.len()]);
                if let Some(mark) = marks.get_mut(column) {
                    *mark = cell.verdict.mark();
                }
            }
        }
        writeln!(f, "\n  + kept   - not promised   X broken\n")?;
        let width = laws.keys().map(|law| law.len()).max().unwrap_or(0);
        write!(f, "{:width$}", "")?;
        for column in 1..=self.rows.len() {
            write!(f, " {column:>2}")?;
        }
        writeln!(f)?;
        for (law, marks) in laws {
            write!(f, "{law:width$}")?;
            for mark in marks {
                write!(f, "  {mark}")?;
            }
            writeln!(f)?;
        }
        for row in &self.rows {
            for cell in row.broken() {
                writeln!(f, "X {} {}: {}", row.target, cell.law, cell.verdict)?;
            }
        }
        Ok(())
    }
}
