#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# podman-page.bats - docs/podman.md, command by command
#
#	tests/lab/run bats tests/engines/podman-page.bats

load engine
. tests/lab/rootless.sh
. tests/engines/page.sh

setup_file() {
	lab_up
	engine_up
	page_image
	box_install
	user_add alice 1500
	user_image alice
	user_podman alice tag localhost/web docker.io/traefik/whoami
	no_systemd
}

# The page's image, which has a PATH, as kube play wants it, and does not mind to be ended
page_image() {
	tar -C /run/lab/web -c . | engine_podman import -q --change 'ENV PATH=/bin' --change 'STOPSIGNAL SIGKILL' \
		--change 'CMD ["httpd", "-f", "-p", "80", "-h", "/www"]' - docker.io/traefik/whoami
	# and what stands for Python, and listens on IPv4 only
	printf '#!/bin/sh\nexec httpd -f -p 0.0.0.0:80 -h /www\n' >/run/lab/web/bin/python3
	chmod 755 /run/lab/web/bin/python3
	tar -C /run/lab/web -c . | engine_podman import -q --change 'ENV PATH=/bin' --change 'STOPSIGNAL SIGKILL' \
		- docker.io/library/python:3-slim
}

# "systemctl enable --now v6d", or its socket, for want of a systemd
no_systemd() {
	cat >/usr/local/bin/systemctl <<-END
		#!/bin/bash
		case "\$*" in "enable --now v6d" | "enable --now v6d.socket") ;; *) exit 1 ;; esac
		cd "$PWD"
		. tests/lab/topology.sh
		[ -e /run/lab/v6d.pid ] || lab_start v6d v6d
		lab_until test -S /run/oci-v6d.sock
	END
	chmod 755 /usr/local/bin/systemctl
}

setup() {
	page=docs/podman.md
}

teardown() {
	user_rm alice
	engine_podman pod rm -f -t 0 --all
	# in user namespaces a shm is busy now and then, which is podman's own affair
	lab_until engine_rm
	lab_stop v6d
	[ -z "$(ls /run/oci-v6/records)" ]
	[ -z "$(ip -6 addr show to 2001:db8::203)" ]
}

page_alice() {
	user_run alice bash -eu -o pipefail -c "$1" </dev/null
}

# answered HEADING [NAME] - below it a client asks web3, and is answered by it
answered() {
	run page_run "$page" "$1"
	echo "$output"
	[ "$status" = 0 ]
	[[ "$output" == *"${2-web3}: hello, $LAB_CLIENT"* ]]
}

@test "as root" {
	answered "As root"
}

@test "a program that listens on IPv4 only" {
	run page_run "$page" "Programs that listen on IPv4 only"
	echo "$output"
	[ "$status" = 0 ]
	[[ "$output" == *"web3: hello, 10.88.0."* ]]
}

@test "on a network with IPv6, and moved to another one" {
	answered "On a network with IPv6"
}

@test "in a pod" {
	answered "In a pod"
}

@test "handover and replicas" {
	answered "Handover and replicas" web3-old
	[[ "$output" == *"draining"*"web3-new: hello, $LAB_CLIENT"*"web3-"[123]": hello, $LAB_CLIENT"* ]]
}

@test "from a file of Kubernetes" {
	answered "From a file of Kubernetes"
}

@test "in a user namespace" {
	answered "In a user namespace"
}

@test "as another user than root" {
	run page_run "$page" "As another user than root"
	echo "$output"
	[ "$status" = 0 ]
	[[ "$output" == *"web3: hello, "* ]]
	rm /etc/oci-v6/config.json
}

@test "no command of the page is left out" {
	page_complete "$page" "By systemd, from a quadlet file" \
		"By systemd, one unit after the other" "By systemd, as another user"
}
