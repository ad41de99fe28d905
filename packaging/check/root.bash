# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# root.bash - A fresh root of a distribution, as the host in the lab; to be sourced inside it
#
# It is made by packaging/check/roots before, and changed only in a layer that goes with the lab.
# What runs in it stays in one mount namespace, so that podman finds its containers again.

# root_up SUITE - it is entered, with the lab's network, name server and control groups
root_up() {
	root_mount "$1"
	lab_start root unshare --mount --propagation private bash -c 'root_pivot "$1"' root /run/lab/root
	lab_until in_root test -e /run/entered
	root_podman
}

# root_boot SUITE [UNIT...] - likewise, and its systemd is process 1 of a process namespace, as on a
# host, without these units
root_boot() {
	root_mount "$1"
	root_mask "${@:2}"
	root_mask podman.service podman.socket podman-restart.service podman-auto-update.timer \
		apt-daily.timer apt-daily-upgrade.timer fstrim.timer e2scrub_all.timer \
		e2scrub_reap.service systemd-pstore.service systemd-modules-load.service \
		sys-kernel-debug.mount sys-kernel-tracing.mount dev-hugepages.mount
	# Or it would take itself for the first boot ever, and enable whatever is installed
	echo 0123456789abcdef0123456789abcdef >/run/lab/root/etc/machine-id
	lab_start boot bash -c root_groups
	lab_until root_booted
	in_root timeout "$LAB_PATIENCE" systemctl is-system-running --wait
	! in_root test -e /sys/fs/cgroup/unified || root_engine_groups
	. tests/lab/cgroups.sh
	cgroups_have_v1 || mkdir "$(cgroups_names systemd)/lab"
	root_podman
}

# What is no concern of ours, and what would reach for the machine
root_mask() {
	local unit

	for unit; do
		ln -sf /dev/null "/run/lab/root/etc/systemd/system/$unit"
	done
}

root_mount() {
	local root=/run/lab/root lower=$PWD/build-dist/roots/$1

	mkdir -p "$root" /run/.lab/root
	mount -t tmpfs lab /run/.lab/root
	mkdir /run/.lab/root/{upper,work}
	mount -t overlay -o "lowerdir=$lower,upperdir=/run/.lab/root/upper,workdir=/run/.lab/root/work" \
		lab "$root"
	mkdir -p "$root/packages"
	mount --bind "$PWD/build-dist" "$root/packages"
	cp --remove-destination /etc/resolv.conf "$root/etc/resolv.conf"
}

root_pivot() {
	mount -t proc proc "$1/proc"
	mount --rbind /sys "$1/sys"
	mount --rbind /dev "$1/dev"
	root_enter "$1"
	touch /run/entered
	exec sleep infinity
}

root_enter() {
	local root=$1

	mount -t tmpfs -o mode=755 run "$root/run"
	mkdir -p "$root/var/lib/containers"
	mount -t tmpfs -o mode=755 containers "$root/var/lib/containers"
	mkdir "$root/run/machine" "$root/run/lab" "$root/run/netns"
	cd "$root" && pivot_root . run/machine
	umount -l /run/machine
}

# In control groups of its own in the lab's, which are the root of all to it
root_groups() {
	local groups

	. tests/lab/cgroups.sh
	mapfile -t groups < <(cgroups_names systemd)
	cgroups_enter "${groups[@]}"
	exec unshare --mount --pid --fork --cgroup --uts --ipc --propagation private \
		bash -c 'set -e; root_init /run/lab/root'
}

# The legacy layout where the lab has it: systemd would add the machine's own version 2
root_init() {
	local root=$1

	. tests/lab/cgroups.sh
	mount -t proc proc /proc
	cgroups_mount
	if cgroups_have_v1; then
		mkdir /sys/fs/cgroup/unified
		mount -t tmpfs -o ro none /sys/fs/cgroup/unified
	fi
	mount --rbind /sys "$root/sys"
	mount -o remount,bind,ro "$root/sys"
	mount -t proc proc "$root/proc"
	mount --bind "$root/proc/sys" "$root/proc/sys"
	mount --bind "$root/proc/sys/net" "$root/proc/sys/net"
	mount -o remount,bind,ro "$root/proc/sys"
	root_dev "$root/dev"
	root_enter "$root"
	# As on a host: services see what is mounted later, such as files of network namespaces
	mount --make-rshared /
	# Where no /proc is seen whole, the kernel refuses new ones to other user namespaces
	mkdir /run/proc
	mount -t proc proc /run/proc
	exec env -i container=lab PATH=/usr/sbin:/usr/bin:/sbin:/bin \
		/lib/systemd/systemd systemd.legacy_systemd_cgroup_controller=yes
}

root_dev() {
	mount -t tmpfs -o mode=755,nosuid dev "$1"
	cp -a /dev/{null,zero,full,random,urandom,tty,net,fuse,fd,stdin,stdout,stderr,ptmx} "$1"
	mkdir "$1"/{pts,shm,mqueue}
	mount -t devpts -o newinstance,ptmxmode=0666,mode=620,gid=5,nosuid,noexec devpts "$1/pts"
	mount -t tmpfs -o mode=1777,nosuid,nodev shm "$1/shm"
}
export -f root_pivot root_enter root_groups root_init root_dev

# crun would use what only had to be in systemd's way
root_engine_groups() {
	in_root mount -o remount,rw /sys/fs/cgroup
	in_root umount /sys/fs/cgroup/unified
	in_root rmdir /sys/fs/cgroup/unified
}

# Process 1 of it is the child of who made the namespaces
root_booted() {
	local pid

	read -r pid <"/proc/$(</run/lab/boot.pid)/task/$(</run/lab/boot.pid)/children"
	[ "$(cat "/proc/$pid/comm")" = systemd ] || return
	echo "$pid" >/run/lab/root.pid
	in_root test -S /run/systemd/private
}

# logind answers nobody who is outside of its own control groups of version 2
in_root() (
	pid=$(</run/lab/root.pid)
	[ ! -d /sys/fs/cgroup/systemd/lab ] || echo "$BASHPID" >/sys/fs/cgroup/systemd/lab/cgroup.procs
	exec nsenter --target "$pid" --mount --pid --cgroup --root env -C / PATH=/usr/sbin:/usr/bin:/sbin:/bin \
		HOME=/root LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive "$@"
)

# The image of the web server, as tests/lab/engine.sh has it for the machine itself
root_podman() {
	in_root mkdir -p /root
	engine_configure /run/lab/root
	engine_rootfs /run/lab/web
	tar -C /run/lab/web -c . | in_root podman import -q \
		--change 'CMD ["httpd", "-f", "-p", "80", "-h", "/www"]' - localhost/web >/dev/null
}

# Installed as a user would do it; what it depends on is there, and the lab leads to no mirror
root_install() {
	in_root apt-get install -y -q "$@"
}

# root_traced COMMAND... - what in_root does; which files come and go, in their order, is in
# /run/lab/names: "+ NAME" and "- NAME", without directories
root_traced() {
	strace -f -qq --seccomp-bpf -e trace=rename,renameat,renameat2,unlink,unlinkat \
		-e status=successful -o /run/lab/trace bash -c 'in_root "$@"' - "$@" &&
		sed -n 's|.* rename.*[/"]\([^/"]*\)".*|+ \1|p; s|.* unlink.*[/"]\([^/"]*\)".*|- \1|p' \
			/run/lab/trace >/run/lab/names
}
export -f in_root

# root_order FIRST THEN - both came or went, and in that order
root_order() {
	local first second

	first=$(grep -nx -m 1 -e "$1" /run/lab/names) && second=$(grep -nx -m 1 -e "$2" /run/lab/names) &&
		[ "${first%%:*}" -lt "${second%%:*}" ]
}

# root_web NAME - a web server that is published as http://NAME/
root_web() {
	in_root podman run -d --name "$1" --hostname "$1" --annotation "v6.host=$1" localhost/web
}

# root_serves NAME - another machine is answered there, and seen
root_serves() {
	[ "$(lab_client curl -sS -m 3 "http://$1/")" = "$1: hello, $LAB_CLIENT" ]
}

# What the kernel has of ours
root_left() {
	nft list tables | grep oci-v6
	ip -6 addr show | grep 2001:db8::20
	ip -6 route show proto 83
	return 0
}
