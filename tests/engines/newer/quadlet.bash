#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# quadlet-crun.bats, quadlet-runc.bats - Containers that systemd starts from podman's quadlet files
#
#	LAB_ROOT=trixie-engines tests/lab/run bats tests/engines/newer/quadlet-crun.bats
#
# podman can't split a unit's control groups here: they are old ones, or have no controllers (root_boot).

bats_require_minimum_version 1.5.0

load_lab() {
	cd "$BATS_TEST_DIRNAME/../../.." || return
	case $BATS_TEST_FILENAME in
	*-crun.bats) ENGINE_RUNTIME=crun ;;
	*-runc.bats) ENGINE_RUNTIME=runc ;;
	esac
	. tests/lab/topology.sh
	. tests/lab/engine.sh
	. tests/lab/rootless.sh
	. tests/engines/page.sh
	. packaging/check/root.bash
	export -f in_root user_add user_login user_run user_podman user_image
}

setup_file() {
	load_lab
	lab_up
	root_boot "${LAB_ROOT-trixie-engines}" docker.service docker.socket containerd.service lxc.service lxc-net.service \
		lxc-monitord.service firewalld.service incus-startup.service incus.socket incus-user.socket
	make -s install prefix=/usr DESTDIR=/run/lab/root
	in_root systemctl daemon-reload
	in_root systemctl enable --now v6d.service v6d.socket
	in_root sed -i "s/^runtime = .*/runtime = \"$ENGINE_RUNTIME\"/" /etc/containers/containers.conf
	in_root podman tag localhost/web docker.io/traefik/whoami
	printf '#!/bin/sh\nexec "$@"\n' | in_root tee /usr/bin/sudo
	in_root chmod 755 /usr/bin/sudo
	in_root mkdir -p /etc/containers/systemd/container.d
	printf '[Container]\nCgroupsMode=%s\nStopSignal=KILL\n' "$(cgroups_mode no-conmon)" |
		in_root tee /etc/containers/systemd/container.d/lab.conf
}

# cgroups_mode MODE - that, or none where crun would miss controllers; see engine_unlimited
cgroups_mode() {
	[ "$ENGINE_RUNTIME" = runc ] || cgroups_have_limits || set -- disabled
	echo "$1"
}

setup() {
	load_lab
}

teardown() {
	in_root systemctl stop web3 web3@blue web3@green pod-pod shop
	in_root journalctl -b --no-pager -o cat -n 40 -u web3 -u v6d -t oci-v6-hook
	in_root journalctl -b --no-pager -o cat -n 40 _UID=1500
	# five starts within ten seconds would be the last
	in_root systemctl reset-failed
	in_root find /etc/containers/systemd -type f ! -name lab.conf -delete
	in_root systemctl daemon-reload
	lab_until nothing_is_left
}

page_host() {
	in_root bash -eu -o pipefail -c "$1"
}

# Who logs in waits for her systemd, and has run podman before: what keeps her user namespace is none of
# the unit's then. podman says that it is ready by a process that is gone at once, and where systemd looks
# too late whose it was, the unit fails ("protocol"): on a busy machine, one time in ten
page_alice() {
	local try

	in_root systemctl start user@1500.service && alice_run "podman ps" || return
	for try in 1 2 3; do
		alice_run "$1" && return
		echo "once more, after $try"
	done
	return 1
}

alice_run() {
	in_root bash -c 'user_run alice bash -eu -o pipefail -c "$1"' - "$1"
}

serves() {
	[ "$(lab_client curl -sS -m 1 http://web3/)" = "web3: hello, $LAB_CLIENT" ]
}

nothing_is_left() {
	! nft list table ip6 oci-v6 2>/dev/null | grep 2001:db8 &&
		! ip -6 addr show | grep 2001:db8::20 &&
		[ -z "$(ip -6 route show proto 83)" ] &&
		! in_root find /run/oci-v6 -path '*/records/*' -type f -o -path '*/holders-*' -type f | grep .
}

# quadlet FILE - of standard input
quadlet() {
	in_root tee "/etc/containers/systemd/$1"
}

start() {
	in_root systemctl daemon-reload
	in_root systemctl start "$1"
}

@test "as docs/podman.md has it" {
	run page_run docs/podman.md "By systemd, from a quadlet file"
	echo "$output"
	[ "$status" = 0 ]
	[[ "$output" == *"web3: hello, $LAB_CLIENT"* ]]
	nothing_is_left
}

@test "as docs/podman.md has it for a handover" {
	run page_run docs/podman.md "By systemd, one unit after the other"
	echo "$output"
	[ "$status" = 0 ]
	[[ "$output" == *"web3: hello, $LAB_CLIENT"*"web3@green"*"web3: hello, $LAB_CLIENT"* ]]
	nothing_is_left
}

@test "as examples/quadlet has it" {
	quadlet web3.container <examples/quadlet/web3.container
	start web3
	lab_until serves
	in_root systemctl stop web3
	nothing_is_left
}

# alice_up - a user with the image, as who has been there before
alice_up() {
	tar -C /run/lab/web -c . | in_root tee /run/lab/web.tar >/dev/null
	in_root bash -c "user_add alice 1500 && user_image alice &&
		user_podman alice tag localhost/web docker.io/traefik/whoami"
	alice_run 'mkdir -p ~/.config/containers/systemd/container.d
		printf "[Container]\nCgroupsMode='"$(cgroups_mode enabled)"'\nStopSignal=KILL\n" \
			>~/.config/containers/systemd/container.d/lab.conf'
	# what pam_systemd would do; and what her units wait for
	in_root mkdir -p /etc/systemd/system/user@.service.d
	printf '[Service]\nEnvironment=XDG_RUNTIME_DIR=/run/user/%%i\n' |
		in_root tee /etc/systemd/system/user@.service.d/lab.conf
	in_root systemctl daemon-reload
	in_root systemctl start network-online.target
}

@test "as docs/podman.md has it for another user" {
	alice_up
	run page_run docs/podman.md "By systemd, as another user"
	echo "$output"
	[ "$status" = 0 ]
	[[ "$output" == *"web3: hello, $LAB_CLIENT"* ]]
	nothing_is_left
	in_root rm /etc/oci-v6/config.json
}

@test "restarted, crashed and started again by systemd: it is published each time" {
	quadlet six.network <<-END
		[Network]
		IPv6=true
	END
	quadlet web3.container <<-END
		[Container]
		Image=localhost/web
		HostName=web3
		Network=six.network
		Annotation=v6.host=web3
		[Service]
		Restart=always
	END
	start web3
	[ "$(in_root podman inspect -f '{{.OCIRuntime}}' systemd-web3)" = "$ENGINE_RUNTIME" ]
	lab_until serves
	in_root systemctl restart web3
	lab_until serves
	in_root podman kill systemd-web3
	lab_until restarted_by_itself 1
	lab_until serves
	# conmon, which is what systemd knows of, and the container
	in_root kill -KILL "$(in_root podman inspect -f '{{.State.ConmonPid}}' systemd-web3)"
	lab_until restarted_by_itself 2
	lab_until serves
	in_root systemctl stop web3
	nothing_is_left
}

restarted_by_itself() {
	[ "$(in_root systemctl show --value -p NRestarts web3)" = "$1" ] &&
		in_root systemctl is-active web3
}

@test "a pod, and a member of it" {
	quadlet pod.pod <<-END
		[Pod]
		PodmanArgs=--hostname=web3
	END
	quadlet web3.container <<-END
		[Container]
		Image=localhost/web
		Pod=pod.pod
		Annotation=v6.host=web3
	END
	start pod-pod
	lab_until serves
	in_root systemctl restart pod-pod
	lab_until serves
	in_root systemctl stop pod-pod
	nothing_is_left
}

@test "a file of Kubernetes" {
	in_root tee /etc/containers/systemd/shop.yaml <<-END
		apiVersion: v1
		kind: Pod
		metadata:
		  name: web3
		  annotations: {v6.host: web3}
		spec:
		  terminationGracePeriodSeconds: 1
		  containers:
		  - {name: web, image: "localhost/web:latest", imagePullPolicy: Never}
	END
	quadlet shop.kube <<-END
		[Kube]
		Yaml=shop.yaml
	END
	start shop
	lab_until serves
	in_root systemctl stop shop
	nothing_is_left
}

@test "a name that does not exist: the unit fails, and the journal says why" {
	quadlet web3.container <<-END
		[Container]
		Image=localhost/web
		Annotation=v6.host=nowhere
	END
	in_root systemctl daemon-reload
	run ! in_root systemctl start web3
	lab_until eval "in_root journalctl -b -t oci-v6-hook | grep -qF ': nowhere: no such name'"
}
