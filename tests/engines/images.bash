#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# images-crun.bats, images-runc.bats - Images that ask for services themselves: podman before 4.6 passes
# their annotations on
#
#	tests/lab/run bats tests/engines/images-crun.bats
#
# What the hook gets does not tell an image's annotations from the user's, so that such an image may
# have whatever its user's containers may. What holds then is what the administrator allows, and
# that nobody loses what he has. SECURITY.md has the advice.

load engine

setup_file() {
	lab_up
	engine_up
	box_install
	mkdir -p /etc/oci-v6
	image labelled --label v6.host=web3 --label v6.ports=80
	image asks --annotation v6.host=web3
	image asks-much --annotation v6.host=web3 --annotation v6.ports=22,80 --annotation v6.required=false
	image steals --annotation "v6.host=$LAB_HOST" --annotation v6.ports=22
	lab_start sshd "$peer" serve tcp 22 host
	lab_until eval 'ss -Hltn "sport = :22" | grep -q .'
}

setup() {
	rm -f /etc/oci-v6/config.json
}

teardown() {
	engine_rm
	[ -z "$(claims)" ]
}

# image NAME OPTION... - localhost/NAME, the web server's with these; no network is needed for it. podman 6
# makes a layer over the directory that it builds in, which it can't in the lab's /var/tmp
image() {
	local name=$1

	shift
	mkdir -p /run/lab/build /run/lab/tmp
	echo 'FROM localhost/web' | TMPDIR=/run/lab/tmp engine_podman build -q --isolation chroot "$@" \
		-t "localhost/$name" -f - /run/lab/build >/dev/null
}

# run_image IMAGE [OPTION...] - as container one
run_image() {
	engine_podman run -d --name one --hostname web3 "${@:2}" "localhost/$1"
}

# What is published: address, first port, container
claims() {
	v6ctl list --tsv | cut -f 2,4
}

# Tests of what an image can do: with a podman that lets it
only_where_merged() {
	run_image asks
	[ -n "$(claims)" ] || skip "this podman keeps an image's annotations to itself"
	engine_rm
}

@test "labels ask for nothing, with any podman" {
	run_image labelled
	[ -z "$(claims)" ]
}

@test "podman before 4.6 passes an image's annotations on, later ones do not" {
	run_image asks
	case $(engine_podman version --format '{{.Client.Version}}') in
	4.[0-5].*) [ -n "$(claims)" ] ;;
	*) [ -z "$(claims)" ] ;;
	esac
}

@test "an image that asks is given what its user's containers may have" {
	only_where_merged
	run_image asks
	lab_until eval '[ "$(lab_client curl -sS -m 3 http://web3/)" = "web3: hello, $LAB_CLIENT" ]'
}

@test "not the ports of a program of the host" {
	only_where_merged
	run run_image steals
	[ "$status" != 0 ]
	[[ "$(v6ctl)" == *"$LAB_HOST is this host's own, and peer listens on port 22/tcp there"* ]]
	[ "$(ask tcp "$LAB_HOST" 22)" = "host $LAB_CLIENT" ]
}

@test "nor what another container has: the first one keeps it" {
	only_where_merged
	engine_run web3 --annotation v6.host=web3
	run run_image asks
	[ "$status" != 0 ]
	[[ "$(v6ctl)" == *"web3: 2001:db8::203 port 80/tcp is held by container "* ]]
	lab_until eval '[ "$(lab_client curl -sS -m 3 http://web3/)" = "web3: hello, $LAB_CLIENT" ]'
}

@test "nor what no rule allows" {
	only_where_merged
	echo '{"allow": [{"names": ["web2"], "ports": ["80"]}]}' >/etc/oci-v6/config.json
	run run_image asks
	[ "$status" != 0 ]
	[[ "$(v6ctl)" == *"web3: 2001:db8::203 port 80/tcp: no rule of \"allow\""* ]]
	engine_rm
	# it starts without, as it says itself that it can do so
	run_image asks-much
	[ -z "$(claims)" ]
}

@test "the user's annotations win over the image's, each for itself" {
	only_where_merged
	run_image asks-much --annotation v6.host=web2
	[ "$(claims)" = $'2001:db8::202\t22\n2001:db8::202\t80' ]
	engine_rm
	# so whoever runs such an image names all that it may have
	run_image asks-much --annotation v6.host=web2 --annotation v6.ports=80
	[ "$(claims)" = $'2001:db8::202\t80' ]
}
