//! Tests across crates: matrix, end to end, crash, architecture.
