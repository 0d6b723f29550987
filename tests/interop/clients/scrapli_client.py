"""One switch through scrapli: its modes, a change, a refusal. Prints what it saw as JSON.

usage: scrapli_client.py HOST PORT PLATFORM PORT_NAME; the password is in UNDERLAY_PASSWORD
"""

import json
import os
import sys

from scrapli import Scrapli

host, port, platform, port_name = sys.argv[1:]
password = os.environ["UNDERLAY_PASSWORD"]
seen = {}
with Scrapli(
    platform=platform,
    host=host,
    port=int(port),
    auth_username="admin",
    auth_password=password,
    auth_secondary=password,
    auth_strict_key=False,
    transport="paramiko",
    timeout_ops=30,
) as switch:
    seen["prompt"] = switch.get_prompt()
    version = switch.send_command("show version")
    seen["version"], seen["version_failed"] = version.result, version.failed
    done = switch.send_configs(
        ["vlan 40", "name green", f"interface {port_name}", "switchport access vlan 40", "description by scrapli"]
    )
    seen["failed"] = done.failed
    # A line that is no command fails, and nothing behind it is sent.
    wrong = switch.send_configs(["vlan 5000", "vlan 41"], stop_on_failed=True)
    seen["refused"] = wrong.failed
    seen["after"] = switch.send_command("show running-config").result
    if platform == "arista_eos":
        switch.register_configuration_session(session_name="scrapli")
        staged = switch.send_configs(["vlan 42", "show session-config diffs", "abort"], privilege_level="scrapli")
        seen["staged"] = staged.result
print(json.dumps(seen))
