//! `mockall` doubles of every facet.
