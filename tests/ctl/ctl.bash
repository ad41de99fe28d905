# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# ctl.bash - What the tests of v6ctl share; each file loads it

. "$BATS_TEST_DIRNAME/../net/lab.bash"

# masked - stdin with what differs from run to run in its place: ages, times, and ids of boxes by
# their names
masked() {
	local script='s/ +[0-9]+s( |$)/  @s\1/; s/[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9:]{8}/DATE TIME/' name

	for name in a b c d; do
		script+="; s/$(box_id "$name" | cut -c1-12)([0-9a-f]{52})?/<box-$name-id>/g"
	done
	sed -E "$script"
}

# What users other than root are told
export v6d_is_down="/run/oci-v6d.sock: v6d does not run, which publishes and shows what users other than root\
 ask for; have root start it: systemctl enable --now v6d.socket"

# golden COMMAND... - its output is what stdin says, masked
golden() {
	local expected

	expected=$(cat)
	run --separate-stderr "$@"
	diff <(echo "$expected") <(masked <<<"$output")
}

# schema COMMAND... - its output is JSON that ctl/v6ctl.schema.json accepts
schema() {
	"$@" | /usr/bin/python3 -c '
import json, jsonschema, sys
schema = json.load(open("ctl/v6ctl.schema.json"))
jsonschema.Draft7Validator.check_schema(schema)
jsonschema.validate(json.load(sys.stdin), schema)'
}

# json FILTER COMMAND... - what python says of its output, as the variable o
json() {
	local filter=$1

	shift
	"$@" | /usr/bin/python3 -c "import json, sys; o = json.load(sys.stdin); print($filter)"
}
