"""Sends the lines of a file to one switch through netmiko, and prints the seconds that this took, login included.

usage: netmiko_bench.py HOST PORT DEVICE_TYPE FILE; the password is in UNDERLAY_PASSWORD
"""

import os
import sys
import time

from netmiko import ConnectHandler

host, port, device_type, file = sys.argv[1:]
password = os.environ["UNDERLAY_PASSWORD"]
with open(file, encoding="utf-8") as lines:
    lines = lines.read().splitlines()
begun = time.monotonic()
with ConnectHandler(
    device_type=device_type, host=host, port=int(port), username="admin", password=password, secret=password
) as switch:
    switch.enable()
    # Every line is looked at, as our driver does: else netmiko would not know of a refusal.
    switch.send_config_set(lines, error_pattern=r"% ?Invalid", cmd_verify=True)
print(time.monotonic() - begun)
