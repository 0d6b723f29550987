//! Every Underlay driver behind one feature each.
