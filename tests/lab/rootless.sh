# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# rootless.sh - Users of the lab, and podman as they run it; to be sourced after engine.sh
#
# user_add NAME UID makes one, with ranges of subordinate ids; user_podman NAME ARG... is his podman.

# In a file system that podman can have layers on, and not below /run, which podman 4.3 covers for users'
# own networks.
user_add() {
	mkdir -p /var/home
	mountpoint -q /var/home || mount -t tmpfs -o mode=755 lab /var/home || return
	useradd --uid "$2" --home-dir "/var/home/$1" --no-create-home "$1" &&
		mkdir -p /run/user &&
		install -d -m 755 -o "$1" "/var/home/$1" &&
		install -d -m 700 -o "$1" "/run/user/$2" &&
		sed -i "/^$1:/d" /etc/subuid /etc/subgid &&
		echo "$1:$(($2 * 100000)):65536" | tee -a /etc/subuid >>/etc/subgid
}

# user_login NAME - what has to stand before a command of his, in the array login
user_login() {
	local uid

	uid=$(id -u "$1") &&
		login=(setpriv --reuid "$uid" --regid "$(id -g "$1")" --clear-groups
			env -i --chdir="/var/home/$1" HOME="/var/home/$1"
			PODMAN_IGNORE_CGROUPSV1_WARNING=1 XDG_RUNTIME_DIR="/run/user/$uid" PATH="$PATH")
}

# user_run NAME COMMAND... - run a command as a user who has just logged in
user_run() {
	local login

	user_login "$1" && "${login[@]}" "${@:2}"
}

# user_start NAME JOB COMMAND... - start one that stays; see lab_start, which takes no function
user_start() {
	local login

	user_login "$1" && lab_start "$2" "${login[@]}" "${@:3}"
}

user_podman() {
	user_run "$1" podman --runtime "$ENGINE_RUNTIME" "${@:2}"
}

# user_image NAME - localhost/web, for him, too
user_image() {
	[ -e /run/lab/web.tar ] || tar -C /run/lab/web -cf /run/lab/web.tar . || return
	user_podman "$1" import -q --change 'CMD ["httpd", "-f", "-p", "80", "-h", "/www"]' \
		/run/lab/web.tar localhost/web >/dev/null
}

# user_rm NAME - remove all of his containers, at once; see engine_rm
user_rm() {
	user_podman "$1" rm -f -t 0 --all >/dev/null || user_podman "$1" rm -f -t 0 --all >/dev/null
}
