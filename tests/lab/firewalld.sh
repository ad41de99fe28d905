# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# firewalld.sh - The real firewalld for the lab; to be sourced inside it, after topology.sh
#
# Where the machine has none, packaging/deps has unpacked it below build-deps/ rather than install it:
# on the machine itself it would be started.

# firewalld_up BACKEND - nftables or iptables; with a system bus of its own
firewalld_up() {
	[ -d /run/.lab ] || { echo "firewalld_up: only inside tests/lab/run" >&2; return 2; }
	command -v firewalld >/dev/null || firewalld_unpack || return
	sed -i "s/^FirewallBackend=.*/FirewallBackend=$1/" /etc/firewalld/firewalld.conf
	mkdir -p /run/dbus
	lab_start dbus dbus-daemon --system --nofork --nopidfile
	lab_until test -S /run/dbus/system_bus_socket &&
		lab_start firewalld firewalld --nofork --nopid &&
		lab_until firewall-cmd --state
}

firewalld_down() {
	lab_stop firewalld && lab_stop dbus
}

# Only what is private to the lab is written to. Its package links one of two policies when it is
# installed; without, polkit refuses even root, where the machine has it
firewalld_unpack() {
	local actions=/usr/share/polkit-1/actions policy=org.fedoraproject.FirewallD1

	cp -a build-deps/firewalld/usr/. /usr && cp -a build-deps/firewalld/etc/. /etc &&
		ln -sf "$policy.server.policy.choice" "$actions/$policy.policy"
}
