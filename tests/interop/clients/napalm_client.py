"""One switch through NAPALM: what it is, and a change that is compared, thrown away, made, confirmed and rolled back.

usage: napalm_client.py HOST PORT PORT_NAME; the password is in UNDERLAY_PASSWORD
"""

import json
import os
import sys

from napalm import get_network_driver

host, port, port_name = sys.argv[1:]
password = os.environ["UNDERLAY_PASSWORD"]
driver = get_network_driver("eos")
seen = {}
options = {"transport": "ssh", "port": int(port), "secret": password}
change = f"vlan 50\n name black\ninterface {port_name}\n switchport access vlan 50\n"


def access(switch):
    return 50 in {int(vlan) for vlan in switch.get_vlans()}


with driver(host, "admin", password, timeout=30, optional_args=options) as switch:
    seen["facts"] = switch.get_facts()
    seen["interfaces"] = switch.get_interfaces()
    seen["lldp"] = switch.get_lldp_neighbors()
    seen["macs"] = switch.get_mac_address_table()
    switch.load_merge_candidate(config=change)
    seen["diff"] = switch.compare_config()
    switch.discard_config()
    seen["discarded"] = not access(switch)
    switch.load_merge_candidate(config=change)
    switch.commit_config()
    seen["committed"] = access(switch)
    switch.rollback()
    seen["rolled_back"] = not access(switch)
    switch.load_merge_candidate(config=change)
    switch.commit_config(revert_in=300)
    seen["pending"] = switch.has_pending_commit()
    switch.rollback()
    seen["reverted"] = not access(switch) and not switch.has_pending_commit()
    switch.load_merge_candidate(config=change)
    switch.commit_config(revert_in=300)
    switch.confirm_commit()
    seen["confirmed"] = access(switch) and not switch.has_pending_commit()
    # What is refused it does not see by this transport: it looks at no answer to a line.
print(json.dumps(seen))
