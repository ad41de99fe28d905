# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# engine.sh - podman for the lab; to be sourced inside it (tests/lab/run)
#
# engine_up makes one image, localhost/web: busybox, whose web server says who asks. No registry is
# ever asked. All of podman's state is in the lab, and so is its configuration: plain "podman run
# -d --annotation v6.host=web3 localhost/web" does what it says in the README.
#
# ENGINE_RUNTIME is crun (the default) or runc, and may change from one call to the next.

# shellcheck source-path=SCRIPTDIR source=cgroups.sh
. "${BASH_SOURCE[0]%/*}/cgroups.sh"

: "${ENGINE_RUNTIME:=crun}"
export ENGINE_RUNTIME
# podman 5 says so with each command
export PODMAN_IGNORE_CGROUPSV1_WARNING=1

engine_up() {
	[ -d /run/.lab ] || { echo "engine_up: only inside tests/lab/run" >&2; return 2; }
	engine_configure "" &&
		engine_rootfs /run/lab/web &&
		tar -C /run/lab/web -c . |
		engine_podman import -q --change 'CMD ["httpd", "-f", "-p", "80", "-h", "/www"]' \
			- localhost/web >/dev/null
}

engine_podman() {
	podman --runtime "$ENGINE_RUNTIME" "$@"
}

# engine_run NAME [OPTION...] - Start the web server as container NAME, and print its id
engine_run() {
	local name=$1

	shift
	engine_podman run -d --name "$name" --hostname "$name" "$@" localhost/web
}

# Ids of the running containers, in full
engine_ids() {
	engine_podman ps -q --no-trunc
}

# Remove containers, or all of them, and at once: nothing in them minds. podman 5 refuses the first
# time where somebody has killed conmon.
engine_rm() {
	[ $# -gt 0 ] || set -- --all
	engine_podman rm -f -t 0 "$@" >/dev/null || engine_podman rm -f -t 0 "$@" >/dev/null
}

# engine_address NAME [NETWORK] - Print the address, IPv6 if there is one
engine_address() {
	local format="{{with index .NetworkSettings.Networks \"${2:-podman}\"}}"

	format+='{{or .GlobalIPv6Address .IPAddress}}{{end}}'
	engine_podman inspect --format "$format" "$1"
}

# Answers "GET /" with "HOSTNAME: hello, ADDRESS OF THE CLIENT"
engine_cgi() {
	cat <<-'CGI'
		#!/bin/sh
		client=${REMOTE_ADDR#[}
		client=${client%]}
		printf 'Content-Type: text/plain\r\n\r\n'
		echo "$(hostname): hello, ${client#::ffff:}"
	CGI
}

engine_rootfs() {
	local cgi=$1/www/cgi-bin/index.cgi

	mkdir -p "$1"/{bin,dev,etc,proc,run,sys,tmp,www/cgi-bin} &&
		cp "$(command -v busybox)" "$1/bin/busybox" &&
		chroot "$1" /bin/busybox --install -s /bin &&
		engine_cgi >"$cgi" &&
		chmod 755 "$cgi"
}

# Without systemd, journal and registries; and with limits that root without CAP_SYS_RESOURCE,
# as in many a sandbox, can still give.
# engine_configure ROOT - "" for the one that we are in
engine_configure() {
	local root=$1

	mkdir -p "$root/etc/containers" "$root/usr/share/containers/oci/hooks.d"
	cat >"$root/etc/containers/containers.conf" <<-'CONF'
		[containers]
		default_ulimits = ["nofile=1024:1024", "nproc=10000:10000"]
		log_driver = "k8s-file"

		[engine]
		cgroup_manager = "cgroupfs"
		events_logger = "file"
		runtime = "crun"

		[network]
		network_backend = "netavark"
	CONF
	cgroups_have_limits || engine_unlimited "$root/etc/containers/containers.conf"
	cat >"$root/etc/containers/policy.json" <<-'CONF'
		{ "default": [ { "type": "insecureAcceptAnything" } ] }
	CONF
}

# By default podman limits how many processes a container has, and crun wants a cgroup's controllers
# engine_unlimited FILE
engine_unlimited() {
	case $ENGINE_RUNTIME in
	crun) sed -i '/^\[containers]/a cgroups = "disabled"' "$1" ;;
	runc) sed -i '/^\[containers]/a pids_limit = 0' "$1" ;;
	esac
}
