#!/usr/bin/env python3
"""sushy as one side of a comparison: does what it is told, and says what it found and how long it took.

usage: sushy_bench.py URL USER PASSWORD      then one word a line on standard input: open, inventory, power, quit

`open` logs in and finds the machine; `inventory` reads identity, processors, memory modules, storage controllers and
drives, network interfaces, adapters and their ports, and power supplies; `power` reads the power state anew. Each is answered with one line of JSON.
"""

import json
import sys
import time

try:
    import sushy
    from sushy import auth as sushy_auth
    import urllib3
except ImportError as missing:
    sys.exit(f"sushy_bench.py: this needs the Python package sushy, which is not installed here ({missing})")


def opened(url, user, password):
    root = sushy.Sushy(url, auth=sushy_auth.SessionAuth(user, password), verify=False)
    return root, root.get_system_collection().get_members()[0]


class Service:
    """What sushy has no classes for is read with its connector, as a user of sushy would."""

    def __init__(self, root):
        self.connector = root._conn

    def get(self, link):
        return self.connector.get(link["@odata.id"]).json()

    def members(self, link):
        return [self.get(member) for member in self.get(link)["Members"]]


def there(documents):
    return sum((document.get("Status") or {}).get("State") != "Absent" for document in documents)


def power_supplies(service, chassis):
    if "PowerSubsystem" in chassis:
        return service.members(service.get(chassis["PowerSubsystem"])["PowerSupplies"])
    return service.get(chassis["Power"]).get("PowerSupplies", [])


def controllers(service, storage):
    if "Controllers" in storage.json:
        return service.members(storage.json["Controllers"])
    return storage.json.get("StorageControllers", [])


def ports(service, chassis):
    """Every port of every network adapter."""
    if "NetworkAdapters" not in chassis:
        return []
    adapters = service.members(chassis["NetworkAdapters"])
    links = [adapter.get("Ports") or adapter.get("NetworkPorts") for adapter in adapters]
    return [port for link in links if link for port in service.members(link)]


def inventory(root, system):
    service = Service(root)
    processors = [processor.json for processor in system.processors.get_members()]
    memory = service.members(system.json["Memory"])
    storages = system.storage.get_members()
    drives = [drive.json for storage in storages for drive in storage.drives]
    for storage in storages:
        controllers(service, storage)
    nics = [nic for nic in system.ethernet_interfaces.get_members() if nic.mac_address]
    chassis = service.get(system.json["Links"]["Chassis"][0])
    supplies = power_supplies(service, chassis)
    ports(service, chassis)
    return {
        "serial": system.json.get("SerialNumber"),
        "processors": there(processors),
        "memory": there(memory),
        "drives": there(drives),
        "nics": len(nics),
        "supplies": there(supplies),
    }


def main():
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    urllib3.disable_warnings()
    root = system = None
    for word in map(str.strip, sys.stdin):
        begun, found = time.perf_counter(), {}
        if word == "open":
            root, system = opened(*sys.argv[1:4])
        elif word == "inventory":
            found = inventory(root, system)
        elif word == "power":
            # As Ironic does; a refresh of a system reads everything anew that was read of it before.
            found = {"power": str(root.get_system(system.path).power_state.value)}
        else:
            break
        found["seconds"] = time.perf_counter() - begun
        print(json.dumps(found), flush=True)


if __name__ == "__main__":
    main()
