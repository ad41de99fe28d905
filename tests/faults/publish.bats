#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# publish.bats - What v6d does about DNS is killed at each of its calls, and each call and allocation
# fails once; a real server then has what records say, and nothing else of ours
#
#	FAULTS=all tests/lab/run bats tests/faults/publish.bats

load ../net/lab
. tests/lab/nameservers.sh

KEY=/etc/oci-v6/dns.key
NOTES=/var/lib/oci-v6/dns
BLOG=2001:db8::a7db:c468:5f28:2f1e # of the pool 2001:db8::/64
publish=$PWD/$V6_BUILD/tests/faults/publish
step=$PWD/$V6_BUILD/tests/faults/step

setup_file() {
	lab_ready
	box_bridge fd42::ffff/64
	mkdir -p /etc/oci-v6
	zone_unpack knot knotd
	zone_address "$ZONE_SERVER"
	zone_files
	(umask 077 && zone_key oci-v6 >$KEY)
	knot_start $KEY
	cat >/etc/oci-v6/config.json <<-JSON
		{"resolve": {"timeout_ms": 500}, "pool": "2001:db8::/64", "publish": {"dns": {"server": "$ZONE_SERVER",
		    "zone": "example.org", "key": "$KEY", "names": ["*"], "reverse": "2001:db8::/64"}}}
	JSON
	box_up a fd42::a/64
	lab_first_bind a
	"$publish"
}

# came, left - what there is to do: two names with their addresses' names, and no longer
came() {
	is_whole left || "$publish"
	box_bind a v6.host=blog,shop
}

left() {
	box_bind a v6.host=blog,shop
	is_whole came || "$publish"
	box_unbind a
}

# is_whole SCENE - the server has what records say, and so do the notes
is_whole() {
	local blog="" reverse="" n=0

	[ "$1" = left ] || { blog=$BLOG; reverse=blog.example.org.; n=4; }
	zone_has blog.example.org "$blog" &&
		zone_has "e.1.f.2.8.2.f.5.8.6.4.c.b.d.7.a.$reverse_zone" "$reverse" PTR &&
		[ "$(zone_says shop.example.org | wc -w)" = "$((n / 4))" ] &&
		[ "$(find $NOTES -type f 2>/dev/null | wc -l)" = "$n" ]
}

# sweep SCENE PLAN - for each line of a plan, on stdin, once with what it says, and once as ever
sweep() {
	local n=0 every=${every:-1} line

	while read -r line; do
		n=$((n + 1))
		[ "${FAULTS-}" = all ] || [ $((n % every)) = 0 ] || continue
		"$1"
		# shellcheck disable=SC2086 # a call, and perhaps an error
		run hit $line
		if [[ "$output" == *anitizer* ]] || ! "$publish" || ! is_whole "$1"; then
			echo "$1: $line: $output"
			find $NOTES -type f -exec cat {} +
			return 1
		fi
	done
	echo "# $1: $n points" >&3
	[ "$n" -gt 20 ]
}

@test "killed before each call: the next v6d ends what was begun" {
	hit() {
		"$step" kill "$1" "$publish"
	}
	for scene in came left; do
		"$scene"
		"$step" list "$publish" 2>/dev/null >/run/lab/plan
		every=3 sweep "$scene" </run/lab/plan
	done
}

@test "each call fails once" {
	hit() {
		"$step" fail "$1" "$2" "$publish"
	}
	for scene in came left; do
		"$scene"
		"$step" plan "$publish" 2>/dev/null >/run/lab/plan
		every=5 sweep "$scene" </run/lab/plan
	done
}

@test "each allocation fails once" {
	hit() {
		NOMEM=$1 LD_PRELOAD=$PWD/$V6_BUILD/tests/faults/nomem.so "$publish"
	}
	for scene in came left; do
		"$scene"
		NOMEM_COUNT=/run/lab/allocations LD_PRELOAD=$PWD/$V6_BUILD/tests/faults/nomem.so "$publish"
		seq "$(</run/lab/allocations)" >/run/lab/plan
		every=5 sweep "$scene" </run/lab/plan
	done
}
