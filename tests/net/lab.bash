# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# lab.bash - What a bats file loads first: the lab's network and boxes, from the checkout's root
#
# A file whose own setup_file() has more to do calls lab_ready() in it.

bats_require_minimum_version 1.5.0

cd "${BASH_SOURCE[0]%/*}/../.." || return
. tests/lab/topology.sh
. tests/net/box.sh

# lab_ready - make the lab's network, and install the hook in it
lab_ready() {
	lab_up
	box_install
}

setup_file() {
	lab_ready
}

# client_serves PROTO PORT - a server there, which says who asks; lab_stop out-PROTO ends it
client_serves() {
	lab_start "out-$1" nsenter --net=/run/netns/client "$peer" serve "$1" "$2" out
	lab_until client_listens "$@"
}

client_listens() {
	lab_client ss -Hlno "--$1" "sport = :$2" | grep -q .
}

# lab_first_bind BOX - bind and unbind: what the first bind changes for good is no leftover of a failure
lab_first_bind() {
	box_bind "$1" v6.host=2001:db8::aaaa
	box_unbind "$1"
}

# lab_clear BOX... - unpublish and remove boxes, then remove all that the hook keeps
lab_clear() {
	local name

	for name; do
		box_unbind "$name" 2>/dev/null
	done
	box_down "$@"
	rm -rf /run/oci-v6 /etc/oci-v6/config.json
	nft delete table ip6 oci-v6 2>/dev/null || true
}

# lab_clear_bridge BOX... - the same, for a file whose setup() makes cni0
lab_clear_bridge() {
	lab_clear "$@"
	ip link del cni0 2>/dev/null || true
}
