//! Juniper Junos with the enhanced layer 2 syntax (EX, QFX). Not tried on a device: that a private candidate may go back
//! to the configuration before, and what the log of commits says while one waits.

use super::{Commits, Platform, Prompts, Style};

pub(super) const JUNOS: Platform = Platform {
    id: "juniper-junos",
    title: "Juniper Junos",
    source: "Junos CLI user guide; junipernetworks.junos collection; netmiko juniper.py; networking-generic-switch",
    style: Style::Statements,
    prompts: Prompts {
        // Nobody is asked for more rights: the login has them or not.
        exec: r"^\x00$",
        privileged: r"^[\w.-]{1,64}@[\w.-]{1,64}> ?$",
        config: r"^[\w.-]{1,64}@[\w.-]{1,64}# ?$",
    },
    open: &["set cli screen-width 511", "set cli complete-on-space off", "set cli screen-length 0"],
    enable: "",
    enter: "configure private",
    leave: "exit configuration-mode",
    running: "show configuration | display set",
    startup: "show configuration | display set",
    save: "",
    status: "show interfaces terse",
    macs: "show ethernet-switching table",
    neighbors: "show lldp neighbors",
    version: "show version",
    hardware: Some("show chassis hardware"),
    refusals: &[
        "unknown command",
        "syntax error",
        "error:",
        "is ambiguous",
        "no valid completions",
        "missing mandatory argument",
        "invalid numeric value",
    ],
    // `warning: statement does not exist`: what is deleted to be sure.
    harmless: &["warning:"],
    questions: &[("exit with uncommitted changes? [yes,no] (yes)", "yes")],
    commits: Some(Commits {
        begin: "configure private",
        diff: "show | compare",
        commit: "commit",
        commit_timer: "commit confirmed {minutes}",
        is_done: "commit complete",
        discard: "rollback 0",
        previous: "rollback 1",
        log: "show system commit",
        waits: "rollback in",
    }),
    sessions: None,
    revert: None,
    checkpoint: None,
    edge: ["", "", ""],
    native_tagged: None,
    off_at_first: None,
    longest_list: 200,
    group: "ae",
    short_names: &[("ge-", "ge-"), ("xe-", "xe-"), ("et-", "et-"), ("mge-", "mge-"), ("ae", "ae")],
    not_ports: &[
        "irb", "vlan", "lo", "vme", "me", "em", "fxp", "fab", "bme", "jsrv", "gr-", "ip-", "lsi", "mtun",
        "pfe", "pfh", "pim", "pip", "tap", "vtep", "esi", "cbp", "dsc", "gre", "ipip", "pp0", "rbeb", "pfe-",
        "pfh-", "vcp-",
    ],
};
