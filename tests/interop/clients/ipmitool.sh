#!/bin/sh
# ipmitool.sh - drives a simulated machine with ipmitool and checks what it answers.
#
# usage    ipmitool.sh ADDRESS PORT USER PASSWORD [SUITE ...]
#          SUITE is a cipher suite number or "default" (ipmitool looks for one); 3, 17 and default unless given.
#          The machine is switched off and on, its log is cleared.
# needs    ipmitool
# exit     0 all as expected; 1 something was not; 3 ipmitool is missing
set -eu
[ $# -ge 4 ] || { sed -n '2,8s/^# \{0,1\}//p' "$0" >&2; exit 2; }
address=$1 port=$2 user=$3 password=$4; shift 4
[ $# -gt 0 ] || set -- 3 17 default
command -v ipmitool >/dev/null || { echo "ipmitool.sh: ipmitool is not installed" >&2; exit 3; }
checks=0

tool() {
  timeout 30 ipmitool -I lanplus -H "$address" -p "$port" -U "$user" -P "$password" $suite "$@" 2>&1
}
# check NAME PATTERN COMMAND...: the command ends well and some line matches.
check() {
  name=$1 pattern=$2; shift 2
  answer=$(tool "$@") || { echo "FAILED $name ($suite): ipmitool $* ended with $?: $answer" >&2; exit 1; }
  printf '%s\n' "$answer" | grep -Eq -- "$pattern" || {
    echo "FAILED $name ($suite): no line like '$pattern' in:" >&2; printf '%s\n' "$answer" >&2; exit 1; }
  checks=$((checks + 1))
}
# refused NAME PATTERN COMMAND...: the command fails and says so.
refused() {
  name=$1 pattern=$2; shift 2
  if answer=$("$@" 2>&1); then echo "FAILED $name ($suite): it was accepted: $answer" >&2; exit 1; fi
  printf '%s\n' "$answer" | grep -Eq -- "$pattern" || {
    echo "FAILED $name ($suite): no line like '$pattern' in: $answer" >&2; exit 1; }
  checks=$((checks + 1))
}
# wait_power on|off
wait_power() {
  for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
    tool power status | grep -q "is $1" && return 0
    sleep 0.5
  done
  echo "FAILED power ($suite): not $1 after ten seconds" >&2; exit 1
}

for number in "$@"; do
  case $number in default) suite= ;; *) suite="-C $number" ;; esac
  started=$(date +%s)
  check identity '^Manufacturer ID +: [0-9]+' mc info
  check guid '^System GUID +: [0-9a-f]{8}-' mc guid
  check selftest 'passed' mc selftest
  check chassis '^System Power +: (on|off)' chassis status
  tool power on >/dev/null; wait_power on
  check sensors '\| ok +\| .*degrees C' sdr elist
  check thresholds 'degrees C +\| ok' sensor
  check repository 'Record Count +: [1-9]' sdr info
  check fru 'Product Serial +: [0-9A-Z]+' fru
  check users "$user +.*ADMINISTRATOR" user list 1
  check lan "^IP Address +: $address" lan print 1
  check suites 'sha256_128' channel getciphers ipmi 1
  check channel '802.3 LAN' channel info 1
  check bootdev 'Set Boot Device to pxe' chassis bootdev pxe options=efiboot
  check bootflags 'Force PXE' chassis bootparam get 5
  tool power off >/dev/null; wait_power off
  refused reset-while-off 'not supported in present state' tool power reset
  check log 'soft-off' sel elist
  check clear 'Clearing SEL' sel clear
  sleep 1
  ! tool sel elist | grep -q 'soft-off' || { echo "FAILED clear ($suite): the log is not empty" >&2; exit 1; }
  tool power on >/dev/null; wait_power on
  refused wrong-password 'Unable to establish' \
    timeout 30 ipmitool -I lanplus -H "$address" -p "$port" -U "$user" -P "x$password" $suite power status
  took=$(($(date +%s) - started))
  # The search for a cipher suite alone takes ten seconds at a server that does not answer it.
  [ "$took" -lt 30 ] || { echo "FAILED time ($suite): $took s" >&2; exit 1; }
  echo "ipmitool ${suite:-without -C}: all as expected in $took s"
done
suite='-C 1'
refused suite-1 'no matching cipher suite' tool power status
echo "ipmitool at $address:$port: $checks checks passed"
