#!/bin/sh
# protocol_validator.sh - runs DMTF's Redfish protocol validator over HTTPS and expects no failure.
#
# usage    protocol_validator.sh URL USER PASSWORD CA_FILE
# needs    rf_protocol_validator (redfish_protocol_validator from the Python registry) in PATH or UNDERLAY_PEERS_VENV
# exit     0 no failure; 1 otherwise, with the failures; 3 the validator is missing
set -eu
[ $# -eq 4 ] || { sed -n '2,6s/^# \{0,1\}//p' "$0" >&2; exit 2; }
PATH=$PATH${UNDERLAY_PEERS_VENV:+:$UNDERLAY_PEERS_VENV/bin}
command -v rf_protocol_validator >/dev/null || { echo "protocol_validator.sh: rf_protocol_validator is not installed" >&2; exit 3; }
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
# A bundle named in the environment would replace CA_FILE.
unset REQUESTS_CA_BUNDLE CURL_CA_BUNDLE
rf_protocol_validator -u "$2" -p "$3" -r "$1" --ca-bundle "$4" --avoid-http-redirect \
  --report-dir "$out" --report-type tsv >"$out/console" 2>&1 || true
summary=$(sed -n 's/^Summary - //p' "$out/console")
[ -n "$summary" ] || { echo "protocol_validator.sh: no summary; the validator said:" >&2; tail -20 "$out/console" >&2; exit 1; }
echo "protocol validator at $1: $summary"
passed=$(echo "$summary" | sed 's/.*PASS: \([0-9]*\).*/\1/')
failed=$(echo "$summary" | sed 's/.*FAIL: \([0-9]*\).*/\1/')
[ "$passed" -ge 200 ] || { echo "protocol_validator.sh: only $passed checks passed" >&2; exit 1; }
[ "$failed" -eq 0 ] || { grep -h '	FAIL	' "$out"/*.tsv >&2; exit 1; }
