# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# lxc.sh - The real LXC for the lab; to be sourced inside it, after topology.sh and engine.sh
#
# Where the machine has none, packaging/deps has unpacked it below build-deps/ rather than install it:
# on the machine itself it would make a bridge.

# lxc_up - LXC, and the root file system of containers, as of engine.sh
lxc_up() {
	[ -d /run/.lab ] || { echo "lxc_up: only inside tests/lab/run" >&2; return 2; }
	command -v lxc-start >/dev/null || lxc_unpack || return
	mkdir -p /var/lib/lxc
	engine_rootfs /run/lab/web
}

# Only what is private to the lab is written to
lxc_unpack() {
	cp -a build-deps/lxc/usr/. /usr && cp -a build-deps/lxc/etc/. /etc && ldconfig
}

# lxc_net_up, lxc_net_down - The bridge that LXC's service makes, lxcbr0, with IPv4 and a DHCP server
lxc_net_up() {
	/usr/libexec/lxc/lxc-net start 3>&- 4>&-
}

lxc_net_down() {
	[ ! -e /run/lxc/network_up ] || /usr/libexec/lxc/lxc-net stop
}

# lxc_make NAME - A container with the web server as its only process, and with the lines of stdin
lxc_make() {
	mkdir -p "/var/lib/lxc/$1"
	{
		cat <<-CONFIG
			lxc.uts.name = $1
			lxc.rootfs.path = dir:/run/lab/web
			lxc.init.cmd = /bin/httpd -f -p 80 -h /www
			lxc.apparmor.profile = unconfined
		CONFIG
		cat
	} >"/var/lib/lxc/$1/config"
}

# lxc_link BRIDGE - The lines for a container's link
lxc_link() {
	cat <<-CONFIG
		lxc.net.0.type = veth
		lxc.net.0.link = $1
		lxc.net.0.flags = up
		lxc.net.0.name = eth0
	CONFIG
}

# lxc_static ADDRESS - Likewise, with an address on cni0
lxc_static() {
	lxc_link cni0
	echo "lxc.net.0.ipv6.address = $1/64"
	echo "lxc.net.0.ipv6.gateway = fd42::ffff"
}

# lxc_hooks ARGUMENT... - The lines for the hook
lxc_hooks() {
	echo "lxc.hook.start-host = /usr/sbin/v6ctl lxc-hook $*"
	echo "lxc.hook.post-stop = /usr/sbin/v6ctl lxc-hook $*"
}

# lxc_pid NAME - The container's init
lxc_pid() {
	lxc-info -n "$1" -p -H
}

# lxc_end NAME... - Whatever state they are in, or whether they are at all; and their configuration
lxc_end() {
	local name

	for name; do
		lxc-stop -n "$name" -k 2>/dev/null
		rm -rf "/var/lib/lxc/$name"
	done
	return 0
}
