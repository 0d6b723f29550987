#!/bin/sh
# freeipmi.sh - drives a simulated machine with FreeIPMI, without any workaround flag, and checks what it answers.
#
# usage    freeipmi.sh ADDRESS PORT USER PASSWORD [SUITE ...]
#          SUITE is a cipher suite number; 3 and 17 unless given. The machine is switched off and on.
# needs    bmc-info ipmipower ipmi-chassis ipmi-sensors ipmi-sel ipmi-fru (FreeIPMI)
# exit     0 all as expected; 1 something was not; 3 a program is missing
set -eu
[ $# -ge 4 ] || { sed -n '2,7s/^# \{0,1\}//p' "$0" >&2; exit 2; }
address=$1 port=$2 user=$3 password=$4; shift 4
[ $# -gt 0 ] || set -- 3 17
for program in bmc-info ipmipower ipmi-chassis ipmi-sensors ipmi-sel ipmi-fru; do
  command -v $program >/dev/null || { echo "freeipmi.sh: $program is not installed" >&2; exit 3; }
done
checks=0
cache=$(mktemp -d)
trap 'rm -rf "$cache"' EXIT

# check PATTERN PROGRAM OPTION...: the program ends well and some line matches.
check() {
  pattern=$1 program=$2; shift 2
  answer=$(timeout 60 "$program" -D LAN_2_0 -I "$suite" -h "$address:$port" -u "$user" -p "$password" "$@" 2>&1) || {
    echo "FAILED $program $* (-I $suite) ended with $?: $answer" >&2; exit 1; }
  printf '%s\n' "$answer" | grep -Eq -- "$pattern" || {
    echo "FAILED $program $* (-I $suite): no line like '$pattern' in:" >&2; printf '%s\n' "$answer" >&2; exit 1; }
  checks=$((checks + 1))
}

for suite in "$@"; do
  check '^Manufacturer ID +: ' bmc-info --get-device-id
  check '^Device GUID|^GUID|[0-9a-f]{8}-[0-9a-f]{4}' bmc-info
  check ': ok' ipmipower -n --wait-until-on
  check ': on' ipmipower -s
  check '^System Power +: on' ipmi-chassis -l ADMIN --get-chassis-status
  check "Temperature +\| [0-9.]+ +\| C +\| 'OK'" ipmi-sensors -l ADMIN --sdr-cache-directory "$cache" --quiet-cache --sdr-cache-recreate
  check 'FRU Product Serial Number: [0-9A-Z]+' ipmi-fru -l ADMIN --sdr-cache-directory "$cache" --quiet-cache
  check ': ok' ipmipower -f --wait-until-off
  check ': off' ipmipower -s
  check 'S5/G2|soft-off' ipmi-sel -l ADMIN --sdr-cache-directory "$cache" --quiet-cache
  check '^Number of log entries +: [1-9]' ipmi-sel -l ADMIN --info --sdr-cache-directory "$cache" --quiet-cache
  check ': ok' ipmipower -n --wait-until-on
  echo "FreeIPMI -I $suite: all as expected, without -W"
done
echo "FreeIPMI at $address:$port: $checks checks passed"
