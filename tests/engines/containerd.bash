#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# containerd-crun.bats, containerd-runc.bats - Real containerd, as kubelet uses it and by ctr, by the shim
# in front of the runtime in the file's name
#
#	tests/lab/run bats tests/engines/containerd-runc.bats

load engine
. tests/lab/docker.sh
. tests/lab/containerd.sh
docker_path
shim=/usr/sbin/oci-v6-$([ "$ENGINE_RUNTIME" = crun ] && echo crun || echo runtime)

setup_file() {
	needs_limits "containerd with pods"
	lab_up
	engine_up
	box_install
	containerd_plugins
	containerd_network six 10.90.0.0/16 fd42:1::/64
	containerd_up 'pod_annotations = ["v6.*", "v6.*/*"]' 'container_annotations = ["v6.*"]'
	containerd_images
}

teardown_file() {
	containerd_stop
}

setup() {
	: >/run/lab/messages
	mkdir -p /etc/oci-v6
	echo '{"allow": [{"namespaces": ["shop"], "names": ["web*"], "ports": ["80", "8080"]}, {"users": ["root"]}]}' \
		>/etc/oci-v6/config.json
}

teardown() {
	cri_clear
	ctr_rm one
	ctr_rm two
	# tests must not leave anything for the next one, which is what is tested here anyway
	lab_until nothing_is_left
}

# web POD [OPTION...] - the web server, as container web of a pod
web() {
	cri create "$1" web localhost/web:latest "${@:2}" /bin/httpd -f -p 80 -h /www
}

serves() {
	[ "$(fetch http://web3/)" = "web3: hello, $LAB_CLIENT" ]
}

@test "a pod asks: its container is published, and goes" {
	pod=$(cri run-pod web3 shop v6.host=web3)
	# the sandbox has no service of its own
	lab_until nothing_is_left
	container=$(web "$pod")
	cri start "$container"
	lab_until serves
	[[ "$(v6ctl list)" == *"[fd42:1::"*"]:80"* ]]
	[ "$(ls /run/oci-v6/records)" = "$container.json" ]
	cri stop "$container"
	lab_until nothing_is_left
	run ! fetch -m 1 http://web3/
}

@test "kubelet's restart: another container in the same pod" {
	pod=$(cri run-pod web3 shop v6.host=web3)
	container=$(web "$pod")
	cri start "$container"
	lab_until serves
	cri stop "$container"
	cri remove "$container"
	again=$(web "$pod")
	cri start "$again"
	lab_until serves
	[ "$(ls /run/oci-v6/records)" = "$again.json" ]
}

@test "KEY/NAME: for one container of the pod alone" {
	pod=$(cri run-pod web3 shop v6.host/web=web3 "v6.ports/web=80 8080:80")
	other=$(cri create "$pod" other localhost/web:latest /bin/sleep infinity)
	cri start "$other"
	lab_until nothing_is_left
	container=$(web "$pod")
	cri start "$container"
	lab_until serves
	[ "$(fetch http://web3:8080/)" = "web3: hello, $LAB_CLIENT" ]
	[ "$(ls /run/oci-v6/records)" = "$container.json" ]
	cri stop "$other"
	serves
}

@test "the container's own annotation asks, too" {
	pod=$(cri run-pod web3 shop)
	container=$(web "$pod" -a v6.host=web3)
	cri start "$container"
	lab_until serves
}

@test "no rule for the pod's namespace: it does not start, and the error says why" {
	pod=$(cri run-pod web3 elsewhere v6.host=web3)
	container=$(web "$pod")
	run cri start "$container"
	echo "$output"
	[ "$status" != 0 ]
	# crun hides what hooks say
	why="pods of Kubernetes (containerd) may not claim addresses of this node"
	[ "$ENGINE_RUNTIME" = crun ] || [[ "$output" == *"$why"* ]]
	[[ "$(v6ctl)" == *"$why"* ]]
	lab_until nothing_is_left
}

@test "a pod's environment asks for nothing" {
	pod=$(cri run-pod web3 shop)
	container=$(web "$pod" -e V6_HOST=web3)
	cri start "$container"
	lab_until nothing_is_left
	run ! grep oci-v6 "/run/containerd/io.containerd.runtime.v2.task/k8s.io/$container/config.json"
}

@test "hostUsers: false, a pod with users of its own" {
	[ "$(containerd_major)" != 1 ] || skip "containerd 2.0 and later has them with each runtime"
	pod=$(cri run-pod -u web3 shop v6.host=web3)
	container=$(web "$pod")
	cri start "$container"
	lab_until serves
	[ "$(awk '{ print $2 }' "/proc/$(ctr -n k8s.io task ls | awk -v id="$container" '$1 == id { print $2 }')/uid_map")" = 1000000 ]
	cri stop "$container"
	lab_until nothing_is_left
}

@test "a start that fails after the hook: runc removes its claim, the next start crun's" {
	pod=$(cri run-pod web3 shop v6.host=web3)
	container=$(cri create "$pod" web localhost/web:latest /bin/no-such-command)
	run ! cri start "$container"
	echo "$output"
	[ "$ENGINE_RUNTIME" = crun ] || lab_until nothing_is_left
	cri remove "$container"
	container=$(web "$pod")
	cri start "$container"
	lab_until serves
	[ "$(ls /run/oci-v6/records)" = "$container.json" ]
	cri stop "$container"
	lab_until nothing_is_left
}

@test "containerd is started again: services go on, and end with their containers" {
	pod=$(cri run-pod web3 shop v6.host=web3)
	container=$(web "$pod")
	cri start "$container"
	lab_until serves
	containerd_stop
	serves
	containerd_start
	serves
	cri stop "$container"
	lab_until nothing_is_left
}

# ctr_run NAME OPTION... - the web server by ctr
ctr_run() {
	ctr run -d --runc-binary "$shim" "${@:2}" localhost/web:latest "$1" /bin/httpd -f -p 80 -h /www
}

ctr_rm() {
	ctr task rm -f "$1" 2>/dev/null
	ctr container rm "$1" 2>/dev/null
	return 0
}

@test "ctr run: the network comes after the container was made" {
	ctr_run one --cni --annotation v6.host=web3
	lab_until eval '[[ "$(fetch http://web3/)" == *": hello, $LAB_CLIENT" ]]'
	ctr_rm one
	lab_until nothing_is_left
	ctr_run two --cni --env V6_HOST=web3 --env V6_PORTS=8080:80
	lab_until eval '[[ "$(fetch http://web3:8080/)" == *": hello, $LAB_CLIENT" ]]'
}

@test "ctr run in the host's network, and in none" {
	ctr_run one --net-host --annotation v6.host=web3
	lab_until eval '[[ "$(fetch http://web3/)" == *": hello, $LAB_CLIENT" ]]'
	ctr_rm one
	lab_until nothing_is_left
	run ! ctr_run two --annotation v6.host=web3
	echo "$output"
	[[ "$output" == *"the container has no network but loopback"* ]]
}

@test "v6.relay: its program listens on IPv4 only" {
	box_v6d_start
	pod=$(cri run-pod web3 shop v6.host=web3 v6.relay=on)
	container=$(cri create "$pod" web localhost/web:latest /bin/httpd -f -p 0.0.0.0:80 -h /www)
	cri start "$container"
	lab_until eval '[[ "$(fetch http://web3/)" == "web3: hello, "*10.90.* ]]'
	cri stop "$container"
	lab_until nothing_is_left
	lab_until eval '! pgrep -x oci-v6-relay'
	lab_stop v6d
}

@test "a network without IPv6" {
	containerd_stop
	containerd_network four 10.91.0.0/16
	containerd_start
	pod=$(cri run-pod web3 shop v6.host=web3)
	container=$(web "$pod")
	cri start "$container"
	lab_until serves
	cri stop "$container"
	lab_until nothing_is_left
	# CNI, which masquerades here, can't take an address away that it did not give
	for namespace in /run/netns/cni-*; do
		run ip -n "${namespace##*/}" -6 -o addr show scope global
		[ -z "$output" ]
		run ip -n "${namespace##*/}" -6 route show default
		[ -z "$output" ]
	done
	cri remove "$container"
	container=$(web "$pod")
	cri start "$container"
	lab_until serves
	cri stop-pod "$pod"
}
