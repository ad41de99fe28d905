#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# docker-page.bats - docs/docker.md, command by command
#
#	tests/lab/run bats tests/engines/docker-page.bats

load engine
. tests/lab/docker.sh
. tests/engines/page.sh
docker_path

setup_file() {
	lab_up
	engine_rootfs /run/lab/web
	box_install
	lab_start dockerd dockerd --data-root /run/lab/docker --exec-opt native.cgroupdriver=cgroupfs
	docker_until docker version
	docker_image
	docker tag web traefik/whoami
	no_systemd
}

teardown_file() {
	docker_stop
}

# What the page has of systemctl, for want of a systemd
no_systemd() {
	cat >/usr/local/bin/systemctl <<-SH
		#!/bin/bash
		cd "$PWD"
		. tests/lab/topology.sh
		case "\$*" in
		"enable --now v6d") [ -e /run/lab/v6d.pid ] || lab_start v6d v6d ;;
		"reload docker") kill -HUP "\$(cat /run/docker.pid)" ;;
		"enable --now oci-v6-docker") /usr/libexec/oci-v6/docker-user add ;;
		*) exit 1 ;;
		esac
	SH
	chmod 755 /usr/local/bin/systemctl
}

setup() {
	page=docs/docker.md
}

teardown() {
	docker_rm
	lab_stop v6d
	rm -f compose.yaml
	lab_until eval '[ -z "$(ls /run/oci-v6/records 2>/dev/null)" ] && [ -z "$(ip -6 addr show to 2001:db8::203)" ]'
}

# With a Docker that has them; with another one the page has it that variables do
page_annotations() {
	if docker run --help | grep -q -- --annotation; then
		page_host "$1"
	else
		page_host "${1/--annotation v6.host=web3/-e V6_HOST=web3}"
	fi
}

# answered HEADING - below it a client asks web3, and is answered by it
answered() {
	run page_run "$page" "$1"
	echo "$output"
	[ "$status" = 0 ]
	[[ "$output" == *"web3: hello, $LAB_CLIENT"* ]]
}

@test "once" {
	page_run "$page" "Once"
	lab_until eval 'docker info 2>/dev/null | grep "Default Runtime: v6"'
}

@test "with an annotation" {
	answered "With an annotation"
	[ -z "$(ls /run/oci-v6/records)" ]
}

@test "with variables of the environment" {
	answered "With variables of the environment"
}

@test "on a network with IPv6" {
	answered "On a network with IPv6"
}

@test "compose" {
	answered "Compose"
}

@test "handover and replicas" {
	run page_run "$page" "Handover and replicas"
	echo "$output"
	[ "$status" = 0 ]
	[[ "$output" == *": hello, $LAB_CLIENT"*"draining"*": hello, $LAB_CLIENT"*": hello, $LAB_CLIENT"* ]]
}

@test "Docker's own filter: as the page shows it, or v6ctl check has the line" {
	ip6tables -P FORWARD DROP
	docker run -d --name web3 --hostname web3 -e V6_HOST=web3 traefik/whoami
	if ip6tables -S DOCKER-USER; then
		diff <(ip6tables -S DOCKER-USER) <(sed -n '/^\$ sudo ip6tables -S/,/^```/p' "$page" | sed '1d; $d')
	else
		run v6ctl check web3
		echo "$output"
		bash -c "$(sed -n 's/^ *run: //p' <<<"$output")"
	fi
	lab_until eval '[ "$(lab_client curl -sS -m 3 http://web3/)" = "web3: hello, $LAB_CLIENT" ]'
}

@test "no command of the page is left out" {
	page_complete "$page"
}
