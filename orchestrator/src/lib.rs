//! Intent, plan, run: the thin Underlay orchestrator and the underlay binary.
