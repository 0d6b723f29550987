//! The hardware abstraction layer: facets, errors, plans, layers. No sockets, no vendor names.
