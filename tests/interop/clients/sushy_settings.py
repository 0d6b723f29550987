#!/usr/bin/env python3
"""Changes a machine through its Redfish service with sushy: one piece of work a run, so that each can be judged.

usage: sushy_settings.py URL USER PASSWORD bios NAME JSON_VALUE
       sushy_settings.py URL USER PASSWORD raid-create | raid-delete
       sushy_settings.py URL USER PASSWORD firmware IMAGE_URI COMPONENT VERSION
       sushy_settings.py URL USER PASSWORD secure-boot delete-keys | reset-keys | enable | disable

Where the service answers with a task, the task monitor is followed to its end. Prints one line per check and ends with
`sushy: N checks passed`; the first check that fails ends it with exit 1. It changes the machine: simulators only.
"""

import json
import sys
import time

try:
    import sushy
    from sushy import auth as sushy_auth
    import urllib3
except ImportError as missing:
    sys.exit(f"sushy_settings.py: this needs the Python package sushy, which is not installed here ({missing})")

PATIENCE = 90
checks = 0


def check(what, good, detail=""):
    global checks
    print(f"{'ok  ' if good else 'FAIL'} {what} {detail}".rstrip(), flush=True)
    if not good:
        sys.exit(1)
    checks += 1


def until(what, holds):
    """Looks until it holds; a service that restarts meanwhile is asked again."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        try:
            if holds():
                return check(what, True)
        except (sushy.exceptions.ConnectionError, sushy.exceptions.AccessError, sushy.exceptions.ServerSideError,
                sushy.exceptions.ResourceNotFoundError):
            pass
        time.sleep(0.5)
    check(what, False)


def monitor_of(root, made):
    """The monitor that Location names: sushy 5.14 takes the task in the body for it, which never answers 202."""
    if not isinstance(made, sushy.taskmonitor.TaskMonitor):
        return None
    return root.get_task_monitor(made.response.headers["Location"])


def followed(what, monitor):
    """Follows a task monitor, if the service gave one."""
    if monitor is None:
        return check(f"{what}: done without a task", True)
    print(f"     {what}: monitor {monitor.task_monitor_uri}", flush=True)
    try:
        # Its own wait() sleeps for the text of Retry-After, which Python refuses (5.14).
        end = time.monotonic() + PATIENCE
        while monitor.check_is_processing and time.monotonic() < end:
            time.sleep(min(float(monitor.sleep_for), 2))
    except sushy.exceptions.ResourceNotFoundError:
        # Some services forget a task as soon as it is over.
        return check(f"{what}: the task is over and forgotten", True)
    said = monitor.response.text[:300] if monitor.response.content else ""
    check(f"{what}: the task monitor ends", not monitor.is_processing, f"{monitor.response.status_code} {said}")


def settled(refused):
    """Whether a refusal is of the moment: a stale condition, or a machine between two states."""
    return getattr(refused, "status_code", 0) in (409, 412, 503)


def patiently(what, attempt):
    end = time.monotonic() + PATIENCE
    while True:
        try:
            return attempt()
        except sushy.exceptions.HTTPError as refused:
            if not settled(refused) or time.monotonic() > end:
                raise
            print(f"     {what}: {refused.status_code}, and once more", flush=True)
            time.sleep(1)


def reboot(system):
    patiently("restart", lambda: system.reset_system(sushy.ResetType.FORCE_RESTART))


def job(root):
    """The monitor of the newest task that is not over yet, if there is one."""
    tasks = root.get_task_service().tasks
    tasks.refresh(force=True)
    over = (sushy.TASK_STATE_COMPLETED, sushy.TASK_STATE_EXCEPTION, sushy.TASK_STATE_CANCELLED)
    running = [task for task in tasks.get_members() if task.task_state not in over]
    return root.get_task_monitor(running[-1].task_monitor) if running and running[-1].task_monitor else None


def bios(root, system, name, value):
    value = json.loads(value)
    check("another value is in force", system.bios.attributes.get(name) != value, str(system.bios.attributes.get(name)))
    try:
        system.bios.set_attribute("NoSuchSetting", "x")
        check("an unknown setting is refused", False)
    except sushy.exceptions.HTTPError as refused:
        check("an unknown setting is refused", refused.status_code == 400, str(refused.status_code))
    times = system.bios.supported_apply_times or []
    when = sushy.ApplyTime.ON_RESET if sushy.ApplyTime.ON_RESET in times else None
    patiently("bios", lambda: system.bios.set_attribute(name, value, apply_time=when))
    system.bios.refresh(force=True)
    check("the setting is staged", system.bios.pending_attributes.get(name) == value)
    monitor = job(root)
    reboot(system)

    def in_force():
        system.bios.refresh(force=True)
        return system.bios.attributes.get(name) == value

    until("the setting is in force", in_force)
    followed("bios", monitor)


def able(system):
    """A storage that makes volumes, and two of its drives of one size."""
    for storage in system.storage.get_members():
        sizes = {}
        for drive in storage.drives:
            sizes.setdefault(drive.capacity_bytes, []).append(drive)
        pairs = [drives for drives in sizes.values() if len(drives) > 2]
        if "Volumes" in storage.json and pairs:
            return storage, pairs[0][:2]
    check("a storage with two drives of one size", False)


def raid_create(root, system):
    storage, drives = able(system)
    # Its get_members() keeps an empty list for good: the identities are asked instead.
    check("there is no volume", not storage.volumes.members_identities)
    payload = {"RAIDType": "RAID1", "Name": "sushy", "Links": {"Drives": [{"@odata.id": d.path} for d in drives]},
               "StripSizeBytes": 65536}
    nonsense = dict(payload, RAIDType="RAID77")
    try:
        storage.volumes.create(nonsense)
        check("an unknown level is refused", False)
    except sushy.exceptions.HTTPError as refused:
        check("an unknown level is refused", refused.status_code == 400, str(refused.status_code))
    made = patiently("raid", lambda: storage.volumes.create(payload))
    followed("raid", monitor_of(root, made))

    def listed():
        storage.volumes.refresh(force=True)
        return len(storage.volumes.members_identities) == 1

    until("the volume is listed", listed)
    volume = storage.volumes.get_member(storage.volumes.members_identities[0])
    check("it is a mirror", volume.raid_type == sushy.RAIDType.RAID1, f"capacity {volume.capacity_bytes}")


def raid_delete(root, system):
    storage, _ = able(system)
    volume = storage.volumes.get_member(storage.volumes.members_identities[0])
    followed("raid", monitor_of(root, patiently("raid", volume.delete)))

    def gone():
        storage.volumes.refresh(force=True)
        return not storage.volumes.members_identities

    until("the volume is gone", gone)


def firmware(root, system, uri, component, version):
    service = root.get_update_service()

    def inventory():
        images = service.firmware_inventory
        images.refresh(force=True)
        return {name.rsplit("/", 1)[-1]: images.get_member(name).version for name in images.members_identities}

    check("another version is in force", inventory().get(component) != version)
    monitor = service.simple_update(uri)
    print(f"     firmware: monitor {monitor.task_monitor_uri}", flush=True)
    # The controller restarts in the middle, and may forget the task: what counts is the version.
    # The names of images change with their versions on some: a list that is read meanwhile may have lost one.
    until("the version is in force", lambda: version in inventory().values())


def secure_boot(root, system, what):
    boot = system.secure_boot
    check("secure boot is told", boot.enabled in (True, False), f"{boot.mode} {boot.current_boot}")
    if what in ("delete-keys", "reset-keys"):
        kind = {"delete-keys": sushy.SecureBootResetKeysType.DELETE_ALL_KEYS,
                "reset-keys": sushy.SecureBootResetKeysType.RESET_ALL_KEYS_TO_DEFAULT}[what]
        check("the action takes it", kind in boot.get_allowed_reset_keys_values())
        patiently("keys", lambda: boot.reset_keys(kind))
    else:
        patiently("secure boot", lambda: (boot.refresh(force=True), boot.set_enabled(what == "enable")))
    reboot(system)
    time.sleep(1)
    boot.refresh(force=True)
    check("it reads", boot.mode is not None, f"{boot.enabled} {boot.mode}")


def main():
    if len(sys.argv) < 5:
        sys.exit(__doc__)
    url, user, password, work = sys.argv[1:5]
    urllib3.disable_warnings()
    root = sushy.Sushy(url, auth=sushy_auth.SessionAuth(user, password), verify=False)
    system = root.get_system_collection().get_members()[0]
    works = {"bios": bios, "raid-create": raid_create, "raid-delete": raid_delete, "firmware": firmware,
             "secure-boot": secure_boot}
    works[work](root, system, *sys.argv[5:])
    try:
        root._auth.close()
    except sushy.exceptions.SushyError:
        # A controller that has restarted has ended the session itself.
        pass
    print(f"sushy: {checks} checks passed")


main()
