"""One switch through netmiko: look, configure, save, look again. Prints what it saw as JSON.

usage: netmiko_client.py HOST PORT DEVICE_TYPE PORT_NAME; the password is in UNDERLAY_PASSWORD
"""

import json
import os
import sys

from netmiko import ConnectHandler
from netmiko.exceptions import ConfigInvalidException

host, port, device_type, port_name = sys.argv[1:]
password = os.environ["UNDERLAY_PASSWORD"]
seen = {}
with ConnectHandler(
    device_type=device_type,
    host=host,
    port=int(port),
    username="admin",
    password=password,
    secret=password,
) as switch:
    switch.enable()
    seen["prompt"] = switch.find_prompt()
    seen["enabled"] = switch.check_enable_mode()
    seen["version"] = switch.send_command("show version")
    seen["status"] = switch.send_command("show interfaces status")
    switch.send_config_set(
        ["vlan 30", "name red", f"interface {port_name}", "switchport access vlan 30", "description by netmiko"],
        error_pattern=r"% ?Invalid",
    )
    seen["in_config"] = switch.check_config_mode()
    seen["saved"] = switch.save_config()
    seen["running"] = switch.send_command("show running-config")
    # A line that is no command is refused, and netmiko sees that.
    try:
        switch.send_config_set(["vlan 5000"], error_pattern=r"% ?Invalid")
        seen["refused"] = False
    except ConfigInvalidException:
        seen["refused"] = True
print(json.dumps(seen))
