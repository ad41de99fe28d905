# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# bench.bash - What the measurements share; to be sourced inside the lab, from the checkout's root
#
# Each script measures one subject, and leaves what it found in build/bench/SUBJECT.tsv, a line for
# each figure:
#
#	CASE	SERVICES	WHAT	UNIT	LOWER-QUARTILE	MEDIAN	UPPER-QUARTILE	ROUNDS

: "${V6_BUILD:=build}"
. tests/lab/topology.sh
. tests/net/box.sh

bench=$PWD/$V6_BUILD/tests/bench
empty=$bench/empty
results=$PWD/$V6_BUILD/bench/$(basename "$0").tsv
mkdir -p "$(dirname "$results")"
: >"$results"

# note CASE SERVICES WHAT UNIT LOWER MEDIAN UPPER ROUNDS
note() {
	local IFS=$'\t'

	printf '%s\n' "$*" >>"$results"
	printf '  %-22s %7s  %-14s %12s %s  [%s %s]\n' "$1" "$2" "$3" "$6" "$4" "$5" "$7" >&2
}

# note_all CASE SERVICES WHAT UNIT - of the numbers on stdin, one a line
note_all() {
	local numbers n

	mapfile -t numbers < <(sort -g)
	n=${#numbers[@]}
	[ "$n" -gt 0 ] || return
	note "$@" "${numbers[(n - 1) / 4]}" "${numbers[(n - 1) / 2]}" "${numbers[(n - 1) * 3 / 4]}" "$n"
}

# turns ROUNDS SERVICES CASE... -- COMMANDS, as tests/bench/turns takes them - note the wall and
# processor time of each; a CASE that is "-" is not worth noting
turns() {
	local rounds=$1 services=$2 cases=() lines i lower median upper cpu ratio peak

	shift 2
	while [ "$1" != -- ]; do
		cases+=("$1")
		shift
	done
	lines=$("$bench/turns" "$rounds" "${@:2}") || return
	for ((i = 0; i < ${#cases[@]}; i++)); do
		IFS=$'\t' read -r lower median upper cpu ratio peak
		[ "${cases[i]}" != - ] || continue
		note "${cases[i]}" "$services" wall us "$lower" "$median" "$upper" "$rounds"
		note "${cases[i]}" "$services" cpu us "$cpu" "$cpu" "$cpu" "$rounds"
		note "${cases[i]}" "$services" peak KiB "$peak" "$peak" "$peak" "$rounds"
		note "${cases[i]}" "$services" ratio "" "$ratio" "$ratio" "$ratio" "$rounds"
	done <<<"$lines"
}

now_ms() {
	echo $((${EPOCHREALTIME/./} / 1000))
}

# configure JSON
configure() {
	mkdir -p /etc/oci-v6
	echo "$1" >/etc/oci-v6/config.json
}

# populate BOX FROM TO PREFIX - publish services at PREFIX:0:FROM and on
populate() {
	"$bench/populate" "$(box_pid "$1")" "${@:2}"
}

# Take all services away, quicker than one by one, whatever we think of them
depopulate() {
	nft delete table ip6 oci-v6 2>/dev/null || :
	ip -6 addr flush dev eth0 to 2001:db8:1::1:0:0/96
	ip -6 route flush table local proto 83
	ip -6 neigh show proxy | sed 's/^\([^ ]* dev [^ ]*\) .*/neigh del proxy \1/' | ip -batch -
	rm -rf /run/oci-v6
}

on() {
	nsenter --net="/run/netns/$1" "${@:2}"
}

# Ticks that the processors of this machine were busy for
busy() {
	awk '$1 == "cpu" { print $2 + $3 + $4 + $7 + $8 }' /proc/stat
}

# requests HOST [SECONDS] - 16 at once for two seconds, each on a new connection, to its address in the array
# addresses
requests() {
	local report was ticks

	was=$(busy)
	report=$(lab_client ab -q -c 16 -t "${2:-2}" -n 200000 -e /run/lab/percentiles \
		"http://[${addresses[$1]}]/" 2>/dev/null)
	ticks=$(($(busy) - was))
	awk '/^Requests per second/ { print $4 }' <<<"$report" >>"/run/lab/rate-$1"
	awk -v ticks=$ticks -v hz="$(getconf CLK_TCK)" \
		'/^Complete requests/ { print ticks * 1e6 / hz / $3 }' <<<"$report" >>"/run/lab/cpu-$1"
	for percent in 50 90 99; do
		awk -F, -v percent=$percent '$1 == percent { print $2 * 1000 }' /run/lab/percentiles \
			>>"/run/lab/p$percent-$1"
	done
}

# note_beside BASE HOST WHAT - of each round, how much more than BASE
note_beside() {
	paste "/run/lab/$3-$1" "/run/lab/$3-$2" | awk '{ print $2 / $1 }' |
		note_all "$2" "$(services_of "$2")" "$3/$1" x
}
