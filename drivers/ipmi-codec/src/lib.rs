//! Sans-I/O codec for RMCP, RMCP+ and IPMI messages.
