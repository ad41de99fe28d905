# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# root.bash - A fresh root of a distribution, as the host in the lab; to be sourced inside it
#
# It is made by packaging/check/roots before, and changed only in a layer that goes with the lab.
# What runs in it stays in one mount namespace, so that podman finds its containers again.

# root_up SUITE - it is entered, with the lab's network, name server and control groups
root_up() {
	local root=/run/lab/root lower=$PWD/build-dist/roots/$1

	mkdir -p "$root" /run/.lab/root
	mount -t tmpfs lab /run/.lab/root
	mkdir /run/.lab/root/{upper,work}
	mount -t overlay -o "lowerdir=$lower,upperdir=/run/.lab/root/upper,workdir=/run/.lab/root/work" \
		lab "$root"
	mkdir -p "$root/packages"
	mount --bind "$PWD/build-dist" "$root/packages"
	cp --remove-destination /etc/resolv.conf "$root/etc/resolv.conf"
	lab_start root unshare --mount --propagation private bash -c 'root_pivot "$1"' root "$root"
	lab_until in_root test -e /run/entered
	root_podman
}

root_pivot() {
	local root=$1

	mount -t proc proc "$root/proc"
	mount --rbind /sys "$root/sys"
	mount --rbind /dev "$root/dev"
	mount -t tmpfs -o mode=755 run "$root/run"
	mkdir -p "$root/var/lib/containers"
	mount -t tmpfs -o mode=755 containers "$root/var/lib/containers"
	mkdir "$root/run/machine" "$root/run/lab" "$root/run/netns"
	cd "$root" && pivot_root . run/machine
	umount -l /run/machine
	touch /run/entered
	exec sleep 3600
}
export -f root_pivot

in_root() {
	local pid

	pid=$(</run/lab/root.pid)
	nsenter --target "$pid" --mount --root env -C / PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root \
		LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive "$@"
}

# The image of the web server, as tests/lab/engine.sh has it for the machine itself
root_podman() {
	in_root mkdir -p /etc/containers /root
	in_root tee /etc/containers/containers.conf >/dev/null <<-'CONF'
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
	echo '{ "default": [ { "type": "insecureAcceptAnything" } ] }' |
		in_root tee /etc/containers/policy.json >/dev/null
	engine_rootfs /run/lab/web
	tar -C /run/lab/web -c . | in_root podman import -q \
		--change 'CMD ["httpd", "-f", "-p", "80", "-h", "/www"]' - localhost/web >/dev/null
}

# Installed as a user would do it; what it depends on is there, and the lab leads to no mirror
root_install() {
	in_root apt-get install -y -q "$@"
}
