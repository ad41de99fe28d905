#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# admin.bats - What administrators do to a host; one reconcile, or the next start, and all is as before
#
#	tests/lab/run bats tests/net/admin.bats
#
# Five containers are published, each its own way. The host listens on [::], ports 22 and 80, and
# answers "HOST": nobody may hear that on a service address, but where the administrator took the
# guard away himself. With v6d, which needs no reconcile, see v6d.bats, too.

load lab

setup_file() {
	local name

	lab_ready
	box_bridge fd42::ffff/64
	for name in a c d e; do
		box_up "$name" "fd42::$name/64"
	done
	box_up b
	for name in a b c d e; do
		box_serve "$name" tcp 80
	done
	bridge_again
	lab_start host-22 "$peer" serve tcp 22 HOST
	lab_start host-80 "$peer" serve tcp 80 HOST
	lab_start host-8080 "$peer" serve tcp 8080 h
	lab_until box_host_listens 22 && lab_until box_host_listens 80 && lab_until box_host_listens 8080
	lab_start stare nsenter --net=/run/netns/client "$PWD/$V6_BUILD/tests/faults/stare" 2001:db8::202 22 80
	cp /etc/nftables.conf /run/lab/nftables.conf 2>/dev/null || :
	# that it forwards stays
	publish
	unpublish
	nothing=$(everything)
	export nothing
}

setup() {
	. tests/lab/firewalld.sh
	publish
	before=$(everything)
	: >/run/lab/stare.log
}

# With an address of its own and with one that it is given; as an address and as a route; single
# ports, a range and all; in the host's network
publish() {
	mkdir -p /etc/oci-v6
	lab_start init-h sleep infinity
	box_bind a v6.host=web2
	box_bind b v6.host=web3
	box_bind h v6.host=2001:db8::208 "v6.ports=80:8080 8080"
	echo '{"attach": "route"}' >/etc/oci-v6/config.json
	box_bind c v6.host=web4 "v6.ports=80 5000-9000"
	box_bind d v6.host=2001:db8::205 v6.ports=all
	rm /etc/oci-v6/config.json
}

unpublish() {
	local name

	for name in a b c d e h; do
		box_unbind "$name"
	done
	lab_stop init-h
	v6ctl reconcile
	nft flush ruleset
	rm -rf /run/oci-v6
}

teardown() {
	local name

	cat /run/lab/v6d.log 2>/dev/null
	lab_stop v6d
	firewalld_down
	rm -f /run/lab/v6d.log
	mountpoint -q /proc/sys/kernel/random/boot_id && umount /proc/sys/kernel/random/boot_id
	unpublish
	for name in a b c d e; do
		[ -e "/run/lab/init-$name.pid" ] || box_init "$name"
	done
	cp /run/lab/nftables.conf /etc/nftables.conf 2>/dev/null || :
	[ "$(everything)" = "$nothing" ] || diff <(echo "$nothing") <(everything)
}

# What there is, in whatever order the kernel lists it
everything() {
	box_snapshot | box_but_opened | grep -v /run/oci-v6/inside- | tr -s '{},\t ' '\n' | sort
}

is_as_before() {
	[ "$(everything)" = "$before" ] || diff <(echo "$before") <(everything)
}

containers_answer() {
	answers "a $LAB_CLIENT" tcp 2001:db8::202 80 &&
		answers "b $LAB_CLIENT" tcp 2001:db8::203 80 &&
		answers "c $LAB_CLIENT" tcp 2001:db8::204 80 &&
		answers "d $LAB_CLIENT" tcp 2001:db8::205 80
}

all_answer() {
	containers_answer && answers "h $LAB_CLIENT" tcp 2001:db8::208 80
}

# Whether the client hears the host on no service address, now, and has not meanwhile on web2's
nobody_hears_the_host() {
	local number

	for number in 202 203 204 205 208; do
		[[ "$(lab_client "$PWD/$V6_BUILD/tests/faults/stare" -1 "2001:db8::$number" 22 80)" != *HOST* ]] || {
			echo "the host answers on 2001:db8::$number"
			return 1
		}
	done
	! grep HOST /run/lab/stare.log || return 1
}

# mended MEND... - all is there again, exactly
mended() {
	"$@"
	lab_until is_as_before || diff <(echo "$before") <(everything)
	all_answer
	[ "$(v6ctl reconcile | tail -n 1)" = "5 live, 0 repaired; 0 dead collected, 0 orphans removed" ]
}

# guarded COMMAND... - what it takes away comes back by a reconcile; the host never answers
guarded() {
	"$@"
	run ! is_as_before
	nobody_hears_the_host
	mended v6ctl reconcile
	nobody_hears_the_host
}

# Another container starts and stops; the table keeps it in no memory
next_start() {
	box_bind e v6.host=2001:db8::209
	answers "e $LAB_CLIENT" tcp 2001:db8::209 80
	all_answer
	box_unbind e
}

# The same container starts anew
restart() {
	box_unbind "$1"
	box_bind "$@"
}

@test "the ruleset flushed" {
	nft flush ruleset
	mended v6ctl reconcile
	nft flush ruleset
	mended next_start
}

@test "our table deleted" {
	nft delete table ip6 oci-v6
	mended v6ctl reconcile
	nft delete table ip6 oci-v6
	mended next_start
}

# As systemd does it
nftables_service() {
	eval "$(sed -n "s/^Exec$1=//p" /lib/systemd/system/nftables.service)"
}

# The configuration that comes with nftables, and a firewall that lets services pass
configure_nftables() {
	mkdir -p /etc/nftables.d
	cat >/etc/nftables.d/firewall.nft <<-'END'
		table inet firewall {
			chain forward {
				type filter hook forward priority filter; policy drop
				ct state established,related accept
				ct status dnat accept
			}
		}
	END
	printf '#!/usr/sbin/nft -f\nflush ruleset\n%s\n' "$@" >/etc/nftables.conf
}

@test "nftables.service started, reloaded and stopped" {
	configure_nftables 'include "/etc/nftables.d/*.nft"'
	for verb in Start Reload; do
		nftables_service $verb
		theirs=$(nft list table inet firewall)
		run ! nft list table ip6 oci-v6
		mended v6ctl reconcile
		[ "$(nft list table inet firewall)" = "$theirs" ]
	done
	nftables_service Reload
	mended next_start
	nftables_service Stop
	mended v6ctl reconcile
}

@test "a ruleset that was saved when others were published, and is loaded now" {
	box_unbind a
	box_bind e v6.host=web2,2001:db8::209 "v6.ports=80 5000-9000"
	configure_nftables "$(nft list ruleset)"
	box_unbind e
	box_bind a v6.host=web2
	nftables_service Reload
	nobody_hears_the_host
	nft list ruleset | grep -q "$(box_id e)"
	mended v6ctl reconcile
	nobody_hears_the_host
	# the same, by starts alone
	nftables_service Reload
	restart a v6.host=web2
	answers "a $LAB_CLIENT" tcp 2001:db8::202 80
	v6ctl reconcile
	is_as_before
}

@test "one element deleted, of each set" {
	subnet=$(nft list set ip6 oci-v6 hairpin | grep -o 'fd[0-9a-f:]*/[0-9]*' | tail -n 1)
	provided=$(nft list set ip6 oci-v6 provided | grep -o 'fd[0-9a-f:]*/[0-9]*')
	while read -r set element; do
		guarded nft delete element ip6 oci-v6 "$set" "{ $element }"
	done <<-ELEMENTS
		services tcp . 2001:db8::202 . 80
		services tcp . 2001:db8::208 . 80
		ranges-tcp 2001:db8::204 . 5000-9000
		whole 2001:db8::205
		local tcp . 2001:db8::208 . 8080
		hairpin $subnet . $subnet
		provided $provided
	ELEMENTS
}

@test "a guard deleted" {
	nft delete element ip6 oci-v6 addresses '{ 2001:db8::202 }'
	mended v6ctl reconcile
	nft flush chain ip6 oci-v6 guard
	mended v6ctl reconcile
	nft delete element ip6 oci-v6 addresses '{ 2001:db8::202 }'
	mended restart a v6.host=web2
}

@test "a service address, its route or its proxy neighbour removed" {
	guarded ip addr del 2001:db8::202/128 dev eth0
	guarded ip -6 route del local 2001:db8::204 dev lo proto 83
	guarded ip neigh del proxy 2001:db8::204 dev eth0
	ip addr del 2001:db8::202/128 dev eth0
	mended restart a v6.host=web2
}

@test "all addresses of a link flushed, and the host's own back" {
	ip -6 addr flush dev eth0 scope global
	ip addr add "$LAB_HOST/64" dev eth0 nodad
	ip -6 route replace default via "$LAB_ROUTER" dev eth0
	nobody_hears_the_host
	mended v6ctl reconcile
	nobody_hears_the_host
}

# The first time, its number follows its ports
bridge_again() {
	ip link set cni0 down
	ip link set cni0 up
	ip addr replace fd42::ffff/64 dev cni0 nodad
	lab_until box_settled cni0
}

link_again() {
	ip link set eth0 down
	ip link set eth0 up
	ip addr add "$LAB_HOST/64" dev eth0 nodad
	ip -6 route replace default via "$LAB_ROUTER" dev eth0
	lab_until box_settled eth0
	lab_client ip neigh flush dev eth0
}

@test "the link down and up" {
	guarded link_again
	link_again
	mended restart_all
	nobody_hears_the_host
}

restart_all() {
	local name

	for name in a b c d h; do
		box_unbind "$name"
	done
	lab_stop init-h
	publish
}

@test "the bridge of the containers down and up" {
	bridge_again
	nobody_hears_the_host
	mended v6ctl reconcile
	nobody_hears_the_host
}

@test "the state directory removed: nothing of ours is left after a reconcile, and starts work" {
	rm -r /run/oci-v6
	all_answer
	v6ctl reconcile
	nobody_hears_the_host
	nft delete table ip6 oci-v6
	rm -r /run/oci-v6
	[ "$(everything)" = "$nothing" ]
	publish
	is_as_before
	all_answer
	# at once, without a reconcile
	rm -r /run/oci-v6
	publish
	is_as_before
	all_answer
	nobody_hears_the_host
}

# The kernel knows nothing of us any more, and no container lives
reboot() {
	local name

	for name in a b c d h; do
		box_kill "$name"
	done
	ip -6 addr flush dev eth0 deprecated
	ip -6 route flush proto 83
	ip -6 route flush table local proto 83
	for number in 204 205; do
		ip neigh del proxy "2001:db8::$number" dev eth0
	done
	ip addr del "$(ip -6 -o addr show dev cni0 | grep -o 'fe80::7636[^ ]*')" dev cni0
	ip -6 neigh flush nud permanent
	nft flush ruleset
	conntrack -F
	cat /proc/sys/kernel/random/uuid >/run/lab/boot_id
	mountpoint -q /proc/sys/kernel/random/boot_id ||
		mount --bind /run/lab/boot_id /proc/sys/kernel/random/boot_id
	for name in a b c d; do
		box_init "$name"
	done
}

@test "a reboot: /run is empty, and the containers that start again are as before" {
	reboot
	rm -r /run/oci-v6
	[ "$(everything)" = "$nothing" ] || diff <(echo "$nothing") <(everything)
	[ "$(v6ctl reconcile)" = "0 live, 0 repaired; 0 dead collected, 0 orphans removed" ]
	publish
	mended true
	nobody_hears_the_host
}

@test "a reboot that /run survived: records of another boot are no records" {
	reboot
	[ "$(v6ctl)" = "nothing is published" ]
	[ "$(v6ctl reconcile | tail -n 1)" = "0 live, 0 repaired; 5 dead collected, 0 orphans removed" ]
	publish
	mended true
	reboot
	# and block no start
	box_bind e v6.host=web2
	answers "e $LAB_CLIENT" tcp 2001:db8::202 80
	box_unbind e
	publish
	v6ctl reconcile
	mended true
	nobody_hears_the_host
}

@test "firewalld started, reloaded and stopped: nothing of ours changes" {
	# what the host itself answers is for firewalld to let pass
	box_unbind h
	before=$(everything)
	firewalld_up nftables
	is_still_as_before
	for way in --reload --complete-reload; do
		firewall-cmd "$way"
		is_still_as_before
	done
	firewalld_down
	is_still_as_before
	nobody_hears_the_host
}

is_still_as_before() {
	is_as_before || diff <(echo "$before") <(everything)
	containers_answer
}

@test "firewalld with iptables: the same" {
	box_unbind h
	before=$(everything)
	firewalld_up iptables
	is_still_as_before
	firewall-cmd --reload
	is_still_as_before
	firewalld_down
	is_still_as_before
	nobody_hears_the_host
}

v6d_start() {
	lab_start v6d v6d
	lab_until v6d_watches
}

v6d_watches() {
	[ "$(find "/proc/$(cat /run/lab/v6d.pid)/fd" -lname '*pidfd*' | wc -l)" = 5 ]
}

# comes_back COMMAND... - by itself
comes_back() {
	"$@"
	lab_until is_as_before || diff <(echo "$before") <(everything)
	lab_until all_answer
}

@test "v6d: nftables.service reloaded, also with a ruleset that was saved long ago" {
	box_unbind a
	box_bind e v6.host=web2
	configure_nftables "$(nft list ruleset)"
	box_unbind e
	box_bind a v6.host=web2
	v6d_start
	comes_back nftables_service Reload
	configure_nftables 'include "/etc/nftables.d/*.nft"'
	comes_back nftables_service Reload
}

@test "v6d: all addresses of a link flushed, a route removed" {
	v6d_start
	comes_back ip -6 route del local 2001:db8::204 dev lo proto 83
	ip -6 addr flush dev eth0 scope global
	ip addr add "$LAB_HOST/64" dev eth0 nodad
	comes_back ip -6 route replace default via "$LAB_ROUTER" dev eth0
	nobody_hears_the_host
}

@test "v6d: a reboot that it did not live through" {
	reboot
	v6ctl list >/dev/null
	lab_start v6d v6d
	lab_until eval '[ -z "$(ls /run/oci-v6/records)" ]'
	publish
	lab_until v6d_watches
	comes_back nft flush ruleset
}
