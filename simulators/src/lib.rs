//! One coherent simulated rack behind real protocols.
