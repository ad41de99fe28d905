# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# nameservers.sh - Real servers of the zone example.org, for updates; to be sourced inside the lab, after
# topology.sh
#
# They are in the namespace dns, beside its dnsmasq, and know no other zone but the reverse one of
# 2001:db8::/64. Where the machine has none, packaging/deps has unpacked them below build-deps/ rather than
# install them: on the machine itself they would be started.

ZONE_SERVER=2001:db8::54
export ZONE_SERVER
zone_dir=/run/lab/zones
reverse_zone=0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa

# zone_address ADDRESS - one more of the namespace dns
zone_address() {
	ip -n dns addr add "$1/64" dev eth0 nodad
}

# zone_files - fresh ones: ns, and mine, which somebody has made by hand
zone_files() {
	rm -rf "$zone_dir"
	install -d "$zone_dir"
	tee "$zone_dir/example.org.zone" >/dev/null <<-ZONE
		\$ORIGIN example.org.
		\$TTL 1
		@ SOA ns admin 1 60 60 60 1
		@ NS ns
		ns AAAA $ZONE_SERVER
		mine AAAA 2001:db8::77
	ZONE
	tee "$zone_dir/reverse.zone" >/dev/null <<-ZONE
		\$ORIGIN $reverse_zone.
		\$TTL 1
		@ SOA ns.example.org. admin.example.org. 1 60 60 60 1
		@ NS ns.example.org.
	ZONE
}

# zone_unpack NAME PROGRAM|PATH - only what is private to the lab is written to
zone_unpack() {
	command -v "$2" >/dev/null || [ ! -d "build-deps/$1" ] ||
		{ cp -a "build-deps/$1/usr/." /usr && ldconfig; }
	# before Debian 13 some packages have /lib themselves
	[ -x "$2" ] || [ ! -e "build-deps/$1$2" ] || cp -a "build-deps/$1/lib/." /usr/lib
}

# zone_key NAME - a key as keymgr makes it, on stdout
zone_key() {
	keymgr -t "$1" hmac-sha256
}

# page_conf NAME - the block of docs/names.md that is part of a server's NAME
page_conf() {
	awk -v fence="\`\`\`$1" '$0 == fence { inside = 1; next } /^```/ { inside = 0 } inside' docs/names.md
}

# knot_start KEY-FILE - knot serves the zone to whoever has that key, as docs/names.md has it
knot_start() {
	cat >"$zone_dir/knot.conf" - <(page_conf knot.conf | sed "s|/etc/knot/oci-v6.key|$1|") <<-CONF
		server:
		    listen: $ZONE_SERVER@53
		    rundir: "$zone_dir"
		    user: root
		    udp-workers: 1
		    tcp-workers: 1
		    background-workers: 1
		database:
		    storage: "$zone_dir"
		log:
		  - target: stdout
		    any: info
		template:
		  - id: default
		    storage: "$zone_dir"
		    zonefile-load: whole
		    zonefile-sync: -1
		    journal-content: none
	CONF
	printf '  - domain: %s\n    file: reverse.zone\n    acl: oci-v6\n' "$reverse_zone" >>"$zone_dir/knot.conf"
	lab_start zone nsenter --net=/run/netns/dns knotd -c "$zone_dir/knot.conf"
	lab_until zone_has ns.example.org "$ZONE_SERVER"
}

# named_start KEY-FILE [TYPE] - BIND does, for AAAA or another type
named_start() {
	cat >"$zone_dir/named.conf" - <(page_conf named.conf | sed "s|/etc/bind/oci-v6.key|$1|
		s|/var/lib/bind|$zone_dir|; s|zonesub AAAA|zonesub ${2:-AAAA}|") <<-CONF
		options {
		    directory "$zone_dir";
		    pid-file none;
		    session-keyfile none;
		    listen-on { none; };
		    listen-on-v6 { $ZONE_SERVER; };
		    recursion no;
		};
		controls { };
	CONF
	lab_start zone nsenter --net=/run/netns/dns named -g -n 1 -c "$zone_dir/named.conf"
	lab_until zone_has ns.example.org "$ZONE_SERVER"
}

zone_stop() {
	lab_stop zone
}

# zone_says NAME [TYPE] - all that the server has for a name
zone_says() {
	dig +short +time=1 +tries=1 "@$ZONE_SERVER" "$1" "${2:-AAAA}" | sort | xargs
}

# zone_has NAME VALUES [TYPE] - whether that is just this; "" for nothing
zone_has() {
	local values

	values=$(dig +short +time=1 +tries=1 "@$ZONE_SERVER" "$1" "${3:-AAAA}") || return
	[ "$(sort <<<"$values" | xargs)" = "$2" ]
}
