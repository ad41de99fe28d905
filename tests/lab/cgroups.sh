# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# cgroups.sh - The lab's control groups; sourced by run and init
#
# /proc/self/cgroup says which hierarchies the machine has, one a line: "7:memory:/path" or
# "3:name=systemd:/path" for version 1 and "0::/path" for version 2. A machine with both ("hybrid")
# is shown to the lab as version 1 alone, since crun refuses hybrid and runc wants the device
# controller. Where all is version 2 the lab has that; and with LAB_CGROUPS=v2 in the environment
# elsewhere, too, then with those controllers only that no hierarchy of version 1 has: often none.

cgroups_have_v1() {
	[ "${LAB_CGROUPS-}" != v2 ] && grep -Eqv '^0:|:name=' /proc/self/cgroup
}

# Whether containers can be counted and limited, as engines do by default
cgroups_have_limits() {
	cgroups_have_v1 || grep -q '\<cpu\>.*\<pids\>' /sys/fs/cgroup/cgroup.controllers
}

# Mount every hierarchy afresh, in the caller's own mount namespace, and nothing beside them: runc
# takes the first that mountinfo has, even where another mount covers it.
cgroups_mount() {
	local id controllers path

	if mountpoint -q /sys/fs/cgroup; then
		umount -R -l /sys/fs/cgroup
	fi
	if ! cgroups_have_v1; then
		mount -t cgroup2 cgroup2 /sys/fs/cgroup
		return
	fi
	mount -t tmpfs -o mode=755 cgroup /sys/fs/cgroup
	while IFS=: read -r id controllers path; do
		[ "$id" = 0 ] || cgroups_mount_v1 "$controllers"
	done </proc/self/cgroup
}

cgroups_mount_v1() {
	local dir=/sys/fs/cgroup/${1#name=} options=$1 alias

	[ "$1" = "${1#name=}" ] || options=none,$1
	mkdir "$dir"
	mount -t cgroup -o "$options" cgroup "$dir"
	# "cpu,cpuacct" is looked for under either name
	for alias in ${1//,/ }; do
		[ -e "/sys/fs/cgroup/${alias#name=}" ] || ln -s "$1" "/sys/fs/cgroup/$alias"
	done
}

# Print the directory that group $1 is to have in each hierarchy: below our own group, so that our
# limits stay in force; in version 2 beside it, as a group there has either processes or children.
cgroups_names() {
	local id controllers path

	while IFS=: read -r id controllers path; do
		path=${path%/}
		case $id/$(cgroups_have_v1 && echo v1) in
		0/) echo "/sys/fs/cgroup${path%/*}/$1" ;;
		0/v1 | */) ;;
		*) echo "/sys/fs/cgroup/${controllers#name=}$path/$1" ;;
		esac
	done </proc/self/cgroup
}

# Make the groups $@ and move this shell there
cgroups_enter() {
	local dir file

	for dir; do
		mkdir "$dir"
		# A new cpuset of version 1 is empty, and takes no process before it has these
		for file in cpuset.cpus cpuset.mems; do
			[ ! -e "$dir/tasks" ] || [ ! -e "$dir/$file" ] ||
				cat "$dir/../$file" >"$dir/$file"
		done
		echo "$BASHPID" >"$dir/cgroup.procs"
	done
}

# Inside, version 2 only: make room for controllers, which a group with processes can't hand down
cgroups_delegate() {
	local controller

	[ -e /sys/fs/cgroup/cgroup.controllers ] || return 0
	mkdir /sys/fs/cgroup/init
	echo $$ >/sys/fs/cgroup/init/cgroup.procs
	for controller in $(</sys/fs/cgroup/cgroup.controllers); do
		echo "+$controller" >/sys/fs/cgroup/cgroup.subtree_control 2>/dev/null || :
	done
}

# Remove the groups $@ and all below them. That fails as long as a dying process is in there: keep
# trying, but not for ever.
cgroups_remove() {
	local dir end=$((SECONDS + 120))

	for dir; do
		while [ -d "$dir" ] && [ "$SECONDS" -le "$end" ]; do
			find "$dir" -depth -type d -exec rmdir {} \; || :
			[ ! -d "$dir" ] || sleep 0.02
		done
	done
}
