"""A switch of Juniper through netmiko: a commit, one that is confirmed, one that is thrown away. Prints JSON.

usage: netmiko_junos.py HOST PORT PORT_NAME; the password is in UNDERLAY_PASSWORD
"""

import json
import os
import sys

from netmiko import ConnectHandler

host, port, port_name = sys.argv[1:]
seen = {}
with ConnectHandler(
    device_type="juniper_junos",
    host=host,
    port=int(port),
    username="admin",
    password=os.environ["UNDERLAY_PASSWORD"],
) as switch:
    family = f"interfaces {port_name} unit 0 family ethernet-switching"
    show = "show configuration | display set | no-more"
    seen["prompt"] = switch.find_prompt()
    seen["version"] = switch.send_command("show version")
    lines = ["set vlans red vlan-id 30", f"set {family} vlan members red"]
    switch.send_config_set(lines, exit_config_mode=False)
    seen["before"] = switch.send_command("run " + show, expect_string=r"#")
    seen["committed"] = switch.commit(and_quit=True)
    seen["after"] = switch.send_command(show)
    switch.send_config_set([f"set interfaces {port_name} disable"], exit_config_mode=False)
    seen["confirmed"] = switch.commit(confirm=True, confirm_delay=5)
    seen["kept"] = switch.commit(and_quit=True)
    seen["in_config"] = switch.check_config_mode()
    # Left without a commit: netmiko answers what it is asked.
    switch.send_config_set(["set vlans blue vlan-id 31"])
    seen["left"] = switch.send_command(show)
print(json.dumps(seen))
