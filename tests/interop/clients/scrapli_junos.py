"""A switch of Juniper through scrapli: what is staged is compared and committed, and a refusal is seen. Prints JSON.

usage: scrapli_junos.py HOST PORT PORT_NAME; the password is in UNDERLAY_PASSWORD
"""

import json
import os
import sys

from scrapli import Scrapli

host, port, port_name = sys.argv[1:]
seen = {}
with Scrapli(
    platform="juniper_junos",
    host=host,
    port=int(port),
    auth_username="admin",
    auth_password=os.environ["UNDERLAY_PASSWORD"],
    auth_strict_key=False,
    transport="paramiko",
    timeout_ops=30,
) as switch:
    members = f"interfaces {port_name} unit 0 family ethernet-switching vlan members"
    staged = switch.send_configs(["set vlans green vlan-id 40", f"set {members} green", "show | compare"])
    seen["compared"] = staged.result
    done = switch.send_configs(["commit"])
    seen["failed"] = staged.failed or done.failed
    wrong = switch.send_configs(["set frobnicate", "set vlans red vlan-id 41"], stop_on_failed=True)
    seen["refused"] = wrong.failed
    switch.send_configs(["rollback 0"])
print(json.dumps(seen))
