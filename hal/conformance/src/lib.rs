//! Behaviour laws that every Underlay driver keeps, with a mutant for each.
