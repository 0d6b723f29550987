//! Rows and what they are called.

use std::collections::BTreeMap;

/// The index of a row: what stands behind a column's identifier.
pub(crate) type Index = Vec<u32>;

/// Names of rows: the index with dots between its numbers, without the leading numbers that all rows have alike.
///
/// One unit's outlets are `1`, `2`, …; those of two chained units are `1.1`, `2.1`, ….
pub(crate) fn names<'i>(rows: impl IntoIterator<Item = &'i Index>) -> BTreeMap<Index, String> {
    let rows: Vec<&Index> = rows.into_iter().collect();
    let shortest = rows.iter().map(|row| row.len()).min().unwrap_or(0);
    let alike = |at: usize| rows.iter().all(|row| row.get(at) == rows[0].get(at));
    // The last number stays, also where there is one row.
    let common = (0..shortest.saturating_sub(1)).take_while(|at| alike(*at)).count();
    let name = |row: &[u32]| row.iter().map(u32::to_string).collect::<Vec<_>>().join(".");
    rows.iter().map(|row| ((*row).clone(), name(row.get(common..).unwrap_or(row)))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(rows: &[&[u32]]) -> Vec<String> {
        let rows: Vec<Index> = rows.iter().map(|row| row.to_vec()).collect();
        names(&rows).into_values().collect()
    }

    #[test]
    fn only_what_all_rows_have_alike_is_left_out() {
        assert_eq!(named(&[&[1], &[2]]), ["1", "2"]);
        assert_eq!(named(&[&[1, 1, 7], &[1, 1, 8]]), ["7", "8"]);
        assert_eq!(named(&[&[1, 1], &[2, 1]]), ["1.1", "2.1"]);
        assert_eq!(named(&[&[1, 1, 4], &[1, 2, 4]]), ["1.4", "2.4"]);
        assert_eq!(named(&[&[1, 1, 4]]), ["4"]);
        // The last number stays even if all have it alike, and odd rows of other lengths stay apart.
        assert_eq!(named(&[&[5], &[5, 1]]), ["5", "5.1"]);
        assert_eq!(named(&[]), [""; 0]);
        assert_eq!(named(&[&[]]), [""]);
    }
}
