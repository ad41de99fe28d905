#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# containerd-page.bats - docs/containerd.md, command by command
#
#	tests/lab/run bats tests/engines/containerd-page.bats

load engine
. tests/lab/docker.sh
. tests/lab/containerd.sh
. tests/engines/page.sh
docker_path

setup_file() {
	needs_limits "containerd with pods"
	lab_up
	engine_up
	box_install
	containerd_plugins
	containerd_network six 10.90.0.0/16 fd42:1::/64
	mkdir -p /etc/containerd
	echo "version = $([ "$(containerd_major)" = 1 ] && echo 2 || echo 3)" >/etc/containerd/config.toml
	containerd_start
	containerd_images
	ctr images tag localhost/web:latest docker.io/traefik/whoami:latest
	ctr -n k8s.io images tag localhost/web:latest docker.io/traefik/whoami:latest
	no_systemd
}

teardown_file() {
	containerd_stop
}

# "systemctl restart containerd", for want of a systemd
no_systemd() {
	cat >/usr/local/bin/systemctl <<-END
		#!/bin/bash
		cd "$PWD"
		. tests/lab/topology.sh
		. tests/lab/containerd.sh
		[ "\$*" != "enable --now v6d" ] || lab_start v6d v6d
		[ "\$*" = "restart containerd" ] || exit 0
		containerd_stop
		containerd_start
	END
	chmod 755 /usr/local/bin/systemctl
}

setup() {
	page=docs/containerd.md
}

teardown() {
	lab_stop v6d
	lab_until eval '[ -z "$(ls /run/oci-v6/records 2>/dev/null)" ] && [ -z "$(ip -6 addr show to 2001:db8::203)" ]'
}

# The pod that the page gives to kubectl
page_pod() {
	local pod container

	[[ "$1" == *"kind: Pod"*"name: web3"*"namespace: shop"*"v6.host: web3"*"name: whoami"*"traefik/whoami"* ]] &&
		pod=$(cri run-pod web3 shop v6.host=web3) &&
		container=$(cri create "$pod" whoami docker.io/traefik/whoami:latest) &&
		cri start "$container"
}

# template_pod NAME YAML - what the page's Deployment makes, as the kubelet is told of it
template_pod() {
	local annotations pod container

	mapfile -t annotations < <(python3 -c '
import sys, yaml
template = yaml.safe_load(sys.stdin)["spec"]["template"]
for pair in template["metadata"]["annotations"].items():
    print("=".join(pair))' <<<"$2")
	pod=$(cri run-pod "$1" shop "${annotations[@]}") &&
		container=$(cri create "$pod" whoami docker.io/traefik/whoami:latest) &&
		cri start "$container"
}

# A Deployment, and a rolling update of it: the first pod is no longer needed when the second one has the name
page_deployment() {
	local first

	template_pod web-1 "$1" || return
	lab_until eval '[[ "$(fetch http://web3/)" == *hello* ]]'
	first=$(basename /run/lab/pods/????????????????*)
	template_pod web-2 "$1" || return
	lab_until eval '[ "$(v6ctl list --json | jq -r "[.claims[].state] | sort | join(\" \")")" = "active draining" ]'
	cri remove-pod "$first" && rm "/run/lab/pods/$first"
}

# Its file in either version, by who has it
page_version2() {
	if [ "$(containerd_major)" = 1 ] || [ -n "${PAGE_VERSION2-}" ]; then
		page_host "$1"
	fi
}

page_version3() {
	[ "$(containerd_major)" = 1 ] || [ -n "${PAGE_VERSION2-}" ] || page_host "$1"
}

# answered HEADING - below it a client asks web3, and is answered by it
answered() {
	run page_run "$page" "$1"
	echo "$output"
	[ "$status" = 0 ]
	[[ "$output" == *": hello, $LAB_CLIENT"* ]]
}

@test "pods of Kubernetes" {
	answered "Pods of Kubernetes"
	cri_clear
}

@test "pods of Kubernetes, with containerd 2 and a file of version 2" {
	[ "$(containerd_major)" != 1 ] || skip "containerd 1 has no other one"
	PAGE_VERSION2=yes
	answered "Pods of Kubernetes"
	[[ "$(cat /etc/containerd/config.toml)" == "version = 2"* ]]
	cri_clear
}

@test "handover and replicas" {
	answered "Handover and replicas"
	[[ "$output" == *"sudo v6ctl list web3"*" active "* ]]
	[ "$(v6ctl list --json | jq '.claims | length')" = 1 ]
	cri_clear
}

@test "ctr" {
	answered "ctr"
}

@test "no command of the page is left out" {
	page_complete "$page"
}
