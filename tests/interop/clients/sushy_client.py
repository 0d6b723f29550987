#!/usr/bin/env python3
"""Drives a Redfish service with sushy and asserts what it finds.

usage: sushy_client.py URL USER PASSWORD [basic|session]

Reads the inventory (processors, memory, network, storage, managers, chassis, sessions), then works the power
and the one-time boot override, and expects each change to be read back. It changes the machine: simulators only.
Prints one line per check and ends with `sushy: N checks passed`; the first check that fails ends it with exit 1.
"""

import sys
import time

try:
    import sushy
    from sushy import auth as sushy_auth
    import urllib3
except ImportError as missing:
    sys.exit(f"sushy_client.py: this needs the Python package sushy, which is not installed here ({missing})")

checks = 0


def check(what, good, detail=""):
    global checks
    print(f"{'ok  ' if good else 'FAIL'} {what} {detail}".rstrip(), flush=True)
    if not good:
        sys.exit(1)
    checks += 1


def wait_power(system, wanted, seconds=60):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        system.refresh()
        if system.power_state == wanted:
            return True
        time.sleep(0.3)
    return False


def main():
    if len(sys.argv) < 4:
        sys.exit(__doc__)
    url, user, password = sys.argv[1:4]
    kind = sys.argv[4] if len(sys.argv) > 4 else "session"
    urllib3.disable_warnings()
    login = {"basic": sushy_auth.BasicAuth, "session": sushy_auth.SessionAuth}[kind](user, password)
    root = sushy.Sushy(url, auth=login, verify=False)
    check("service root", bool(root.redfish_version), root.redfish_version)

    # Inventory.
    systems = root.get_system_collection().get_members()
    check("systems", len(systems) == 1)
    system = systems[0]
    check("system identity", all([system.manufacturer, system.model if hasattr(system, "model") else True, system.uuid]),
          f"{system.manufacturer} {system.uuid}")
    processors = system.processors.get_members()
    check("processors", processors and all(p.total_cores and p.model for p in processors),
          f"{len(processors)} x {processors[0].model}")
    check("processor summary", system.processors.summary.count > 0, str(system.processors.summary))
    check("memory summary", system.memory_summary.size_gib > 0, f"{system.memory_summary.size_gib} GiB")
    nics = system.ethernet_interfaces.get_members()
    check("ethernet interfaces", nics and all(n.mac_address for n in nics), ", ".join(n.mac_address for n in nics))
    check("ethernet summary", len(system.ethernet_interfaces.summary) > 0)
    storages = system.storage.get_members()
    drives = [d for s in storages for d in s.drives]
    check("storage", storages and drives and all(d.capacity_bytes and d.serial_number for d in drives),
          f"{len(drives)} drives, largest {max(d.capacity_bytes for d in drives)} bytes")
    check("storage controllers", all(c.get_members() is not None for c in [s.controllers for s in storages]))
    # A controller without RAID has no volumes to list, and sushy says so.
    raid = [s for s in storages if "Volumes" in s.json]
    check("volumes", all(s.volumes.get_members() == [] for s in raid), f"of {len(raid)} of {len(storages)} controllers")
    for plain in (s for s in storages if s not in raid):
        try:
            check("no volumes", plain.volumes is None)
        except sushy.exceptions.MissingAttributeError:
            check("no volumes", True, plain.identity)
    managers = root.get_manager_collection().get_members()
    check("managers", len(managers) == 1 and managers[0].firmware_version, managers[0].firmware_version)
    check("manager of system", [m.identity for m in system.managers] == [managers[0].identity])
    try:
        chassis = root.get_chassis_collection().get_members()
        check("chassis", len(chassis) == 1 and chassis[0].manufacturer, chassis[0].manufacturer)
        check("chassis of system", [c.identity for c in system.chassis] == [chassis[0].identity])
        thermal = chassis[0].thermal
        check("thermal", thermal.temperatures and thermal.fans,
              f"{len(thermal.temperatures)} temperatures, {len(thermal.fans)} fans")
        check("power", len(chassis[0].power.power_supplies) > 0, f"{len(chassis[0].power.power_supplies)} supplies")
    except sushy.exceptions.MissingAttributeError as absent:
        # A chassis without ChassisType (quirk Q28f), or one without the older resources: sushy cannot read those.
        explained = any(name in str(absent) for name in ("ChassisType", "Thermal", "Power"))
        check("what sushy cannot read is explained", explained, str(absent))
    if kind == "session":
        sessions = root.get_session_service().sessions.get_members()
        check("sessions", any(s.username == user for s in sessions), f"{len(sessions)} open")
    check("task service", root.get_task_service().tasks is not None)
    check("registries", "Base" in " ".join(root.registries), f"{len(root.registries)}")

    # What it runs, and the images it takes.
    images = root.get_update_service().firmware_inventory.get_members()
    check("firmware inventory", all(i.version for i in images) and any(i.version == managers[0].firmware_version
          or managers[0].firmware_version in i.version for i in images), f"{len(images)} images")

    # Virtual media: inserted, read back, ejected.
    holder = system if "VirtualMedia" in system.json else managers[0]
    slots = [m for m in holder.virtual_media.get_members() if sushy.VIRTUAL_MEDIA_CD in m.media_types]
    image = "http://127.0.0.1/nowhere.iso"
    taken = None
    for slot in (m for m in slots if not m.inserted):
        try:
            try:
                slot.insert_media(image)
            except sushy.exceptions.HTTPError as stale:
                # A service that refuses the first right condition (quirk Q30b) takes the second.
                check("only the condition was refused", stale.status_code == 412)
                slot.refresh(force=True)
                slot.insert_media(image)
        except sushy.exceptions.MissingActionError:
            # A slot that serves only browsers or the vendor's own road (quirks Q29c, Q35b).
            continue
        slot.refresh()
        taken = slot
        break
    check("inserted", taken and taken.inserted and taken.image == image, f"{taken and taken.identity} of {len(slots)}")
    taken.eject_media()
    end = time.monotonic() + 60
    taken.refresh(force=True)
    while time.monotonic() < end and taken.inserted:
        # Some show what was ejected for a while (quirk Q15b); others keep the address for good (quirk Q26d).
        time.sleep(1)
        taken.refresh(force=True)
    check("ejected", not taken.inserted, f"image {taken.image}")

    # A subscription: made, read back, deleted.
    destinations = root.get_event_service().subscriptions
    made = destinations.create({"Destination": "http://127.0.0.1:9/", "Protocol": "Redfish", "Context": "sushy"})
    check("subscription", made.context == "sushy" and made.destination == "http://127.0.0.1:9/", made.identity)
    made.delete()
    destinations.refresh()
    check("subscription deleted", made.path not in destinations.members_identities)

    # Boot override: once, read back, consumed by the boot.
    allowed = system.get_allowed_system_boot_source_values()
    check("boot sources", sushy.BootSource.PXE in allowed, f"{len(allowed)} allowed")
    system.set_system_boot_options(target=sushy.BootSource.PXE, enabled=sushy.BootSourceOverrideEnabled.ONCE,
                                   mode=sushy.BootSourceOverrideMode.UEFI)
    system.refresh()
    check("boot override reads back", system.boot.target == sushy.BootSource.PXE
          and system.boot.enabled == sushy.BootSourceOverrideEnabled.ONCE)

    # Power: off, on, restart; and the override is gone after the boot.
    resets = system.get_allowed_reset_system_values()
    check("reset types", sushy.ResetType.FORCE_OFF in resets, f"{len(resets)} allowed")
    system.reset_system(sushy.ResetType.FORCE_OFF)
    check("powered off", wait_power(system, sushy.PowerState.OFF))
    system.reset_system(sushy.ResetType.ON)
    check("powered on", wait_power(system, sushy.PowerState.ON))
    end = time.monotonic() + 60
    while time.monotonic() < end and system.boot.enabled != sushy.BootSourceOverrideEnabled.DISABLED:
        time.sleep(0.3)
        system.refresh()
    check("the override was used once", system.boot.enabled == sushy.BootSourceOverrideEnabled.DISABLED)
    system.reset_system(sushy.ResetType.FORCE_RESTART)
    check("restart accepted", wait_power(system, sushy.PowerState.ON))
    if sushy.ResetType.POWER_CYCLE in resets:
        system.reset_system(sushy.ResetType.POWER_CYCLE)
        check("power cycle comes back", wait_power(system, sushy.PowerState.ON))

    # A control: nonsense is refused.
    try:
        system._conn.patch(system.path, data={"Boot": {"BootSourceOverrideTarget": "Toaster",
                                                       "BootSourceOverrideEnabled": "Once"}})
        check("an unknown boot target is refused", False)
    except sushy.exceptions.BadRequestError as refused:
        check("an unknown boot target is refused", True, str(refused.status_code))
    if kind == "session":
        root._auth.close()
    print(f"sushy: {checks} checks passed")


main()
