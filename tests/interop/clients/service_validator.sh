#!/bin/sh
# service_validator.sh - runs DMTF's Redfish service validator and holds it to an expected number of failures.
#
# usage    service_validator.sh URL USER PASSWORD CSDL_DIR [basic|session] [EXPECTED_FAILURES [PATTERN]]
#          CSDL_DIR holds the schemas (*.xml); EXPECTED_FAILURES is 0 unless given, and every failure has to match
#          PATTERN (an extended regular expression): the properties that a persona's named quirks leave out.
# needs    rf_service_validator (redfish_service_validator from the Python registry) in PATH or UNDERLAY_PEERS_VENV
# exit     0 as expected; 1 otherwise, with the failures; 3 the validator or the schemas are missing
set -eu
[ $# -ge 4 ] || { sed -n '2,9s/^# \{0,1\}//p' "$0" >&2; exit 2; }
url=$1 user=$2 password=$3 csdl=$4 auth=${5:-session} expected=${6:-0} pattern=${7:-.}
PATH=$PATH${UNDERLAY_PEERS_VENV:+:$UNDERLAY_PEERS_VENV/bin}
command -v rf_service_validator >/dev/null || { echo "service_validator.sh: rf_service_validator is not installed" >&2; exit 3; }
ls "$csdl"/ServiceRoot_v1.xml >/dev/null 2>&1 || { echo "service_validator.sh: no CSDL schemas in $csdl" >&2; exit 3; }
case $auth in basic) auth=Basic ;; session) auth=Session ;; esac
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
rf_service_validator -u "$user" -p "$password" -r "$url" --authtype "$auth" \
  --schema_directory "$csdl" --skipschema --logdir "$out" >"$out/console" 2>&1 || true
counts=$(awk -F'|' '/PASS/ { getline; getline; gsub(/ /, ""); print $2, $3, $4 }' "$out/console")
[ -n "$counts" ] || { echo "service_validator.sh: no summary; the validator said:" >&2; tail -20 "$out/console" >&2; exit 1; }
set -- $counts
# One line for each failure, from the debug log.
find "$out" -name '*Debug*.log' -exec grep -h ' - FAIL - ' {} + >"$out/failures" || true
unexplained=$(grep -Evc "$pattern" "$out/failures" || true)
echo "service validator at $url: $1 passed, $2 warnings, $3 failures ($expected expected, $unexplained unexplained)"
# A validator that looked at next to nothing proves nothing.
[ "$1" -ge 500 ] || { echo "service_validator.sh: only $1 checks passed; the tree was not walked" >&2; exit 1; }
if [ "$3" -ne "$expected" ] || { [ "$expected" -gt 0 ] && [ "$unexplained" -gt 0 ]; }; then
  sed 's/.*redfish - //' "$out/failures" >&2
  exit 1
fi
