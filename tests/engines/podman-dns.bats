#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# podman-dns.bats - From podman run to a client that knows only the DNS server: real podman, real knot
#
#	tests/lab/run bats tests/engines/podman-dns.bats

load engine
. tests/lab/nameservers.sh

setup_file() {
	lab_up
	engine_up
	box_install
	zone_unpack knot knotd
	zone_address "$ZONE_SERVER"
	zone_files
	mkdir -p /etc/oci-v6
	(umask 077 && zone_key oci-v6 >/etc/oci-v6/dns.key)
	knot_start /etc/oci-v6/dns.key
	echo '{"pool": "2001:db8::/64", "publish": {"dns": {"server": "'"$ZONE_SERVER"'", "zone": "example.org",
		"key": "/etc/oci-v6/dns.key", "names": ["*"]}}}' >/etc/oci-v6/config.json
	echo "nameserver $ZONE_SERVER" >/run/lab/client.resolv.conf
	box_v6d_start
}

teardown() {
	engine_rm
	lab_until nothing_is_left
	lab_until zone_has blog.example.org ""
	[ -z "$(ls /var/lib/oci-v6/dns)" ]
}

# gets TEXT - what the client hears at the container's name
gets() {
	[ "$(lab_client unshare --mount bash -c 'mount --bind /run/lab/client.resolv.conf /etc/resolv.conf
		exec curl -sS -m 3 http://blog.example.org/')" = "$1: hello, $LAB_CLIENT" ]
}

@test "podman run, and any client has the page; podman stop, and the name is gone; podman start" {
	engine_podman run -d --name blog --hostname blog --annotation v6.host=blog localhost/web
	lab_until gets blog
	engine_podman stop -t 0 blog
	lab_until zone_has blog.example.org ""
	engine_podman start blog
	lab_until gets blog
}

@test "the newest of two has the name, which goes with the last one" {
	engine_podman run -d --name old --hostname old --annotation v6.host=blog --annotation v6.share=newest \
		localhost/web
	lab_until gets old
	engine_podman run -d --name new --hostname new --annotation v6.host=blog --annotation v6.share=newest \
		localhost/web
	lab_until gets new
	engine_podman rm -f -t 0 old
	gets new
	engine_podman rm -f -t 0 new
	lab_until zone_has blog.example.org ""
}
