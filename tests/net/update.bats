#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# update.bats - v6d publishes names of the pool in real DNS servers, and takes back what it added
#
#	tests/lab/run bats tests/net/update.bats

load ../ctl/ctl
. tests/lab/nameservers.sh
. tests/engines/page.sh

KEY=/etc/oci-v6/dns.key
NOTES=/var/lib/oci-v6/dns
LIAR=2001:db8::55
MODE=/run/lab/liar.mode
BLOG=2001:db8::a7db:c468:5f28:2f1e # of the pool 2001:db8::/64

setup_file() {
	lab_ready
	box_bridge fd42::ffff/64
	mkdir -p /etc/oci-v6
	zone_unpack knot knotd
	zone_unpack bind9 named
	zone_address "$ZONE_SERVER"
	zone_address "$LIAR"
}

setup() {
	rm -f /run/lab/v6d.log
	zone_files
	(umask 077 && zone_key oci-v6 >$KEY && cp $KEY /run/lab/server.key)
	configure
	box_up a fd42::a/64
	box_up b fd42::b/64
}

teardown() {
	lab_stop v6d
	zone_stop
	lab_stop liar
	lab_clear a b
	rm -rf /etc/oci-v6/* /var/lib/oci-v6
}

# configure [SERVER [MEMBERS [NAMES]]] - of "dns"
configure() {
	cat >/etc/oci-v6/config.json <<-JSON
		{"resolve": {"timeout_ms": 500}, "pool": "2001:db8::/64", "publish": {"dns":
		    {"server": "${1:-$ZONE_SERVER}", "zone": "${ZONE-example.org}", "key": "$KEY",
		     "names": [${3:-\"*\"}]${2:+, $2}}}}
	JSON
}

# liar_start MODE - between v6d and knot
liar_start() {
	configure "$LIAR"
	liar_says "$1"
	lab_start liar nsenter --net=/run/netns/dns /usr/bin/python3 tests/net/dns-liar.py "$LIAR" "$ZONE_SERVER" \
		$MODE
	lab_until grep -q ready /run/lab/liar.log
}

liar_says() {
	echo "$1" >$MODE.new && mv $MODE.new $MODE
	: >/run/lab/liar.log
}

v6d_said() {
	grep -qF -- "$1" /run/lab/v6d.log
}

# v6d_kill - and nobody is told
v6d_kill() {
	local pid

	pid=$(cat /run/lab/v6d.pid)
	rm /run/lab/v6d.pid
	kill -9 "$pid"
	lab_until lab_is_gone "$pid"
}

# noted N - how many entries may be there by v6d
noted() {
	[ "$(find $NOTES -type f 2>/dev/null | wc -l)" = "$1" ]
}

# client_gets URL - by a client that knows the zone's server only
client_gets() {
	echo "nameserver $ZONE_SERVER" >/run/lab/client.resolv.conf
	lab_client unshare --mount bash -c 'mount --bind /run/lab/client.resolv.conf /etc/resolv.conf
		exec curl -s --max-time 10 "$0"' "$1"
}

web_start() {
	mkdir -p /run/lab/web
	echo "hello from $1" >/run/lab/web/index.html
	lab_start "serve-$1-tcp-80" nsenter --net="/run/netns/$1" busybox httpd -f -p 80 -h /run/lab/web
	lab_until box_listens "$1" tcp 80
}

@test "knot: a client that knows only this server finds the name, and after the stop it is gone" {
	configure "$ZONE_SERVER" '"reverse": "2001:db8::/64"'
	knot_start /run/lab/server.key
	box_v6d_start
	web_start a
	box_bind a v6.host=blog
	lab_until zone_has blog.example.org "$BLOG"
	lab_until zone_has "$(reverse_name)" blog.example.org. PTR
	v6ctl check blog >/run/lab/checked
	grep "✓ published .*DNS server $ZONE_SERVER has $BLOG for blog.example.org" /run/lab/checked
	v6ctl check | grep "✓ published .*takes updates of zone example.org"
	schema v6ctl check --json blog
	box_unbind a
	lab_until zone_has blog.example.org ""
	lab_until zone_has "$(reverse_name)" "" PTR
	lab_until noted 0
	zone_has mine.example.org 2001:db8::77
}

reverse_name() {
	echo "e.1.f.2.8.2.f.5.8.6.4.c.b.d.7.a.$reverse_zone"
}

@test "docs/names.md: its commands and its configuration" {
	run page_run docs/names.md "Tell a DNS server"
	echo "$output"
	[ "$status" = 0 ]
	[[ "$output" == *"hello from a"* ]]
	[[ "$output" == *"✓ published "* ]]
	lab_until zone_has blog.example.org ""
}

page_server() {
	mkdir -p /etc/knot
	getent group knot >/dev/null || echo knot:x:64: >>/etc/group
	eval "$1" || return
	cp /etc/knot/oci-v6.key $KEY
	page_conf json >/etc/oci-v6/config.json
	knot_start /etc/knot/oci-v6.key
	web_start a
}

# A box stands for the container
page_host() {
	(
		systemctl() {
			[ "$1" != reload-or-restart ] || box_v6d_start
		}
		podman() {
			case $1 in
			run) box_bind a "${@: -2:1}" ;;
			stop) box_unbind a ;;
			esac
		}
		set -e
		eval "$1"
	)
}

page_client() {
	local url=${1#curl -s }

	lab_until zone_has "$(cut -d/ -f3 <<<"$url")" "$BLOG"
	client_gets "$url"
}

@test "bind9: the same with its own key, of a name with dots; and what its policy does not grant" {
	tsig-keygen oci-v6 | tee $KEY >/run/lab/server.key
	configure "$ZONE_SERVER" '"ttl": 5'
	named_start /run/lab/server.key
	box_v6d_start
	box_bind a v6.host=Shop.example.org,secret.example.test
	lab_until zone_has shop.example.org "$(v6ctl list --tsv | awk '$1 == "shop.example.org" { print $2 }')"
	dig "@$ZONE_SERVER" shop.example.org AAAA | grep -E '^shop.example.org.\s+5\s'
	noted 1
	v6ctl check Shop.example.org | grep "✓ published "
	box_unbind a
	lab_until zone_has shop.example.org ""
	lab_until noted 0
	zone_stop
	zone_files
	named_start /run/lab/server.key TXT
	box_bind a v6.host=blog
	lab_until v6d_said "blog.example.org: DNS server $ZONE_SERVER refuses to change it; let the key do so"
	noted 0
}

@test "another owner's entry stays, beside ours too; two containers with one name; only listed names" {
	configure "$ZONE_SERVER" '"reverse": "2001:db8::/64"' '"mine", "blog", "shop"'
	knot_start /run/lab/server.key
	box_v6d_start
	box_bind a v6.host=mine,blog,other
	box_bind b v6.host=blog v6.ports=81
	lab_until v6d_said "mine.example.org: DNS server $ZONE_SERVER has a record for it that is not ours"
	lab_until zone_has blog.example.org "$BLOG"
	lab_until zone_has "$(reverse_name)" blog.example.org. PTR
	zone_has mine.example.org 2001:db8::77
	# nor has the address of ours this name
	lab_until noted 2
	run v6ctl check mine
	grep "✗ published .*has no record of .* for mine.example.org, or others beside it" <<<"$output"
	box_unbind a
	by_hand add blog 2001:db8::78
	box_bind a v6.host=blog v6.ports=82
	box_unbind a
	# it would have gone before these
	box_bind a v6.host=shop
	lab_until noted 4
	box_unbind a
	lab_until noted 2
	zone_has blog.example.org "2001:db8::78 $BLOG"
	box_unbind b
	lab_until zone_has blog.example.org 2001:db8::78
	lab_until noted 0
	zone_has mine.example.org 2001:db8::77
}

# by_hand add|del NAME ADDRESS - as an administrator does
by_hand() {
	knsupdate -k <(sed -n 's/^# //p' /run/lab/server.key) <<<"server $ZONE_SERVER
zone example.org.
$1 $2.example.org. 60 AAAA $3
send"
}

@test "kill -9: the next v6d removes what no record stands for, and knows again what is ours" {
	knot_start /run/lab/server.key
	box_v6d_start
	box_bind a v6.host=blog
	box_bind b v6.host=shop
	lab_until zone_has blog.example.org "$BLOG"
	lab_until zone_has shop.example.org "$(v6ctl list --tsv | awk '$1 == "shop" { print $2 }')"
	v6d_kill
	box_unbind a
	box_v6d_start
	lab_until zone_has blog.example.org ""
	lab_until noted 1
	box_unbind b
	lab_until zone_has shop.example.org ""
	lab_until noted 0
}

@test "an update whose answer was lost, and a kill after it: the entry is ours all the same" {
	knot_start /run/lab/server.key
	liar_start unheard
	box_v6d_start
	box_bind a v6.host=blog
	lab_until zone_has blog.example.org "$BLOG"
	v6d_kill
	liar_says true
	box_v6d_start
	lab_until grep -q true /run/lab/liar.log
	v6ctl check blog | grep "✓ published "
	run ! v6d_said "not ours"
	# nor that it was removed
	liar_says unheard
	box_unbind a
	lab_until zone_has blog.example.org ""
	noted 1
	v6d_kill
	liar_says true
	box_v6d_start
	lab_until noted 0
}

@test "a server that is down delays nothing and loses nothing, at a start and at a stop" {
	box_v6d_start
	box_bind a v6.host=blog
	lab_until v6d_said "DNS server $ZONE_SERVER: cannot reach it: Connection refused"
	nft flush table ip6 oci-v6
	LAB_PATIENCE=1 lab_until nft_has "$BLOG"
	run v6ctl check blog
	grep "✗ published .*cannot reach it" <<<"$output"
	knot_start /run/lab/server.key
	lab_until zone_has blog.example.org "$BLOG"
	lab_until v6d_said "DNS server $ZONE_SERVER: zone example.org is updated again"
	# each fault is told of once
	[ "$(grep -c refused /run/lab/v6d.log)" = 1 ]
	zone_shut
	box_unbind a
	[ -z "$(ls /run/oci-v6/records)" ]
	lab_until zone_was_tried
	noted 1
	zone_open
	lab_until zone_has blog.example.org ""
	lab_until noted 0
}

zone_was_tried() {
	nsenter --net=/run/netns/dns nft list table ip6 shut | grep -q 'counter packets [1-9]'
}

# zone_shut, zone_open - as if no server were there
zone_shut() {
	nsenter --net=/run/netns/dns nft -f - <<-NFT
		table ip6 shut {
		    chain input {
		        type filter hook input priority 0
		        ip6 daddr $ZONE_SERVER meta l4proto tcp counter reject with tcp reset
		        ip6 daddr $ZONE_SERVER meta l4proto udp reject
		    }
		}
	NFT
}

zone_open() {
	nsenter --net=/run/netns/dns nft delete table ip6 shut
}

nft_has() {
	nft list map ip6 oci-v6 services | grep -q "$1"
}

@test "a key that the server does not know, one that others may read, and none: then the right one" {
	knot_start /run/lab/server.key
	zone_key oci-v6 >$KEY
	box_v6d_start
	box_bind a v6.host=blog
	lab_until v6d_said "DNS server $ZONE_SERVER does not take the key in $KEY (BADSIG); give it the same one"
	run v6ctl check
	grep "✗ published .*does not take the key" <<<"$output"
	zone_has blog.example.org ""
	chmod 604 $KEY
	run v6ctl check blog
	grep "✗ published .*$KEY: others than root may read or write the key; chmod 600 it" <<<"$output"
	chmod 600 $KEY
	chown 1 $KEY
	run v6ctl check blog
	grep "✗ published .*$KEY: it belongs to user 1; chown root it" <<<"$output"
	cp --remove-destination /run/lab/server.key $KEY
	lab_until zone_has blog.example.org "$BLOG"
}

@test "liars: an answer with a wrong id, a wrong signature or none is not believed; then the truth" {
	knot_start /run/lab/server.key
	liar_start wrongid
	box_v6d_start
	box_bind a v6.host=blog
	lab_until v6d_said "DNS server $LIAR: it does not answer updates as a DNS server does"
	liar_says wrongmac
	run v6ctl check blog
	grep "✗ published .*its answer is not signed with the key in $KEY" <<<"$output"
	liar_says unsigned
	run v6ctl check blog
	grep "✗ published .*its answer NOERROR is not signed" <<<"$output"
	noted 1
	zone_has blog.example.org ""
	liar_says true
	lab_until zone_has blog.example.org "$BLOG"
}

@test "hostile: an old answer again, floods by UDP, bytes without end by TCP; v6d does all else meanwhile" {
	knot_start /run/lab/server.key
	liar_start true
	box_v6d_start
	box_bind a v6.host=blog
	lab_until zone_has blog.example.org "$BLOG"
	for mode in replay endless huge; do
		liar_says $mode
		box_bind b v6.host=shop-$mode v6.ports=81
		lab_until grep -q tcp /run/lab/liar.log
		nft flush table ip6 oci-v6
		LAB_PATIENCE=1 lab_until nft_has "$BLOG"
		run v6ctl check shop-$mode
		case $mode in
		replay) grep "✗ published .*its answer is not signed with the key in $KEY" <<<"$output" ;;
		endless) grep "✗ published .*$LIAR does not answer" <<<"$output" ;;
		huge) grep "✗ published .*it does not answer updates as a DNS server does" <<<"$output" ;;
		esac
		zone_has shop-$mode.example.org ""
		box_unbind b
	done
	liar_says flood
	box_bind b v6.host=shop
	lab_until zone_has shop.example.org "$(v6ctl list --tsv | awk '$1 == "shop" { print $2 }')"
	lab_until noted 2
	run ! v6d_said "not ours"
}

@test "several names go in one message; of those that somebody else has one, all others are there all the same" {
	knot_start /run/lab/server.key
	liar_start true
	box_v6d_start
	box_bind a v6.host=n1,n2,n3,n4,n5,n6
	lab_until zone_has n6.example.org "$(address_of n6)"
	noted 6
	# or again by a busy machine, but not one for each
	[ "$(grep -c true /run/lab/liar.log)" -le 3 ]
	liar_says true
	box_unbind a
	lab_until noted 0
	[ "$(grep -c true /run/lab/liar.log)" -le 3 ]
	zone_has n1.example.org ""
	box_bind a v6.host=n1,n2,mine,n3,n4
	lab_until v6d_said "mine.example.org: DNS server $LIAR has a record for it that is not ours"
	for name in n1 n2 n3 n4; do
		lab_until zone_has $name.example.org "$(address_of $name)"
	done
	zone_has mine.example.org 2001:db8::77
	# what nobody heard of: the next v6d finds out what is ours
	box_unbind a
	lab_until noted 0
	liar_says unheard
	box_bind a v6.host=n1,n2,n3,n4
	lab_until zone_has n4.example.org "$(address_of n4)"
	v6d_kill
	liar_says true
	box_v6d_start
	lab_until grep -q true /run/lab/liar.log
	box_unbind a
	lab_until noted 0
	zone_has n4.example.org ""
	run ! v6d_said "n1.example.org: DNS server $LIAR has"
}

# address_of NAME - of its service
address_of() {
	v6ctl list --tsv | awk -v name="$1" '$1 == name { print $2 }'
}

@test "a zone that the server does not have, a key of another name, clocks that differ: what to do" {
	knot_start /run/lab/server.key
	ZONE=example.net configure
	box_v6d_start
	box_bind a v6.host=blog
	lab_until v6d_said "zone example.net: NOTAUTH: it is not the primary server of that zone; correct \"server\" or \"zone\""
	run v6ctl check
	grep "✗ published .*zone example.net: NOTAUTH: it is not the primary server" <<<"$output"
	configure
	zone_key other >$KEY
	run v6ctl check
	grep "✗ published .*does not take the key in $KEY (BADKEY); give it the same one" <<<"$output"
	cp /run/lab/server.key $KEY
	v6ctl check | grep "✓ published .*takes updates of zone example.org"
	echo 3600 >/run/lab/clock
	run env CLOCK_FILE=/run/lab/clock "LD_PRELOAD=$PWD/$V6_BUILD/tests/net/clock.so" \
		ASAN_OPTIONS=verify_asan_link_order=0 v6ctl check
	grep "✗ published .*zone example.org: BADTIME: its clock and that of this host differ" <<<"$output"
}

@test "a server that is slow, and one whose answers are cut off: by TCP, as ever" {
	knot_start /run/lab/server.key
	liar_start slow
	box_v6d_start
	box_bind a v6.host=blog
	lab_until grep -q tcp /run/lab/liar.log
	lab_until v6ctl_finds "✓ published "
	run ! v6d_said "not ours"
	noted 1
	liar_says truncated
	box_unbind a
	lab_until zone_has blog.example.org ""
	lab_until noted 0
	[ "$(sort -u /run/lab/liar.log | xargs)" = "truncated tcp truncated udp" ]
}

v6ctl_finds() {
	v6ctl check blog | grep -q "$1"
}

@test "containers that share a name: in DNS from the first one that is ready to the last that is drained" {
	knot_start /run/lab/server.key
	box_v6d_start
	box_bind a v6.host=blog v6.share=newest
	box_bind b v6.host=shop
	# b's update was asked for later
	lab_until zone_has shop.example.org "$(v6ctl list --tsv | awk '$1 == "shop" { print $2 }')"
	zone_has blog.example.org ""
	box_serve a tcp 80
	lab_until zone_has blog.example.org "$BLOG"
	v6ctl share --drain "$(box_id a)"
	lab_until zone_has blog.example.org ""
}

@test "another zone, or none: what the former configuration added goes when v6d begins anew" {
	knot_start /run/lab/server.key
	box_v6d_start
	box_bind a v6.host=blog
	lab_until zone_has blog.example.org "$BLOG"
	echo '{"pool": "2001:db8::/64"}' >/etc/oci-v6/config.json
	kill -HUP "$(cat /run/lab/v6d.pid)"
	lab_until zone_has blog.example.org ""
	lab_until noted 0
}
