#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# pods.bats - Pods of Kubernetes, as CRI-O and containerd tell of them: which may claim what, and
# annotations for one container of several
#
#	tests/lab/run bats tests/net/pods.bats
#
# Boxes a and db stand for two containers of one pod: they share a network namespace.

load lab

crio="crio-container-crun-created.json"
crio_stopped="crio-container-crun-stopped.json"
containerd="containerd-cri-container-runc-creating.json"

setup_file() {
	lab_ready
	box_bridge fd42::ffff/64
	box_up a fd42::a/64
	box_init db a
	mkdir -p /etc/oci-v6
	lab_first_bind a
}

setup() {
	config '{"allow": [{"namespaces": ["default"]}]}'
}

teardown() {
	box_unbind a
	box_unbind db
}

# config TEXT - what the administrator writes
config() {
	printf '%s\n' "$1" >/etc/oci-v6/config.json
}

# pod_state FILE BOX NAME [KEY=VALUE...] - what the engine sent of a container, with this name and these
# annotations in place of its own
pod_state() {
	local file=$1 box=$2 name=$3 own='' pair

	shift 3
	for pair; do
		own+=",\"${pair%%=*}\":\"${pair#*=}\""
	done
	pod_renamed "$file" "$box" |
		sed -e "s/\"pid\":[0-9]*/\"pid\":$(box_pid "$box")/; s/k8s_c1_/k8s_${name}_/" \
			-e "s/\(cri.container-name\":\)\"c1\"/\1\"$name\"/; s|{\"v6\\.|{\"x\":\"\",\"v6.|" \
			-e "s|,\"v6\\..*}}\$|$own}}|"
}

# pod_renamed FILE BOX - what the engine sent, with the box's id wherever the container's was
pod_renamed() {
	sed "s/$(sed 's/.*"id":"\([0-9a-f]*\)".*/\1/' "tests/states/$1")/$(box_id "$2")/g" "tests/states/$1"
}

# pod_bind FILE BOX NAME [KEY=VALUE...]
pod_bind() {
	pod_state "$@" | $hook createRuntime
}

# pod_stop FILE BOX - what it sent when that one had ended; a box lives on, so its init is named
pod_stop() {
	pod_renamed "$1" "$2" | sed "s/\"pid\":0/\"pid\":$(box_pid "$2" 2>/dev/null || echo 0)/" | $hook poststop
}

# pod_refused FILE TEXT [KEY=VALUE...] - container web does not start; this is why, and nothing is left
pod_refused() {
	local file=$1 text=$2

	shift 2
	[ $# -gt 0 ] || set -- v6.host=web3
	state_refused "$text" "$(pod_state "$file" a web "$@")"
}

# state_refused TEXT STATE - of box a
state_refused() {
	local before

	before=$(box_snapshot)
	run "$hook" createRuntime <<<"$2"
	echo "$output"
	[ "$status" = 1 ]
	[[ "$output" == "oci-v6-hook: $(box_id a | cut -c1-12): $1"* ]]
	box_same "$before"
}

# pod_allowed FILE - container web starts with web3
pod_allowed() {
	pod_bind "$1" a web v6.host=web3
	has 2001:db8::203
	box_unbind a
}

has() {
	[ -n "$(ip -6 addr show dev eth0 to "$1")" ]
}

# claims BOX - its record's service addresses and ports
claims() {
	v6ctl | awk -v id="$(box_id "$1" | cut -c1-12)" '$4 == id { print $2, $3 }' | sort
}

@test "pods of Kubernetes need a rule that names them" {
	rm /etc/oci-v6/config.json
	pod_refused "$crio" 'pods of Kubernetes (cri-o) may not claim'
	config '{"allow": [{"prefixes": ["::/0"]}]}'
	pod_refused "$crio" 'pods of Kubernetes (cri-o) may not claim'
	pod_refused "$containerd" 'pods of Kubernetes (containerd) may not claim'

	config '{"allow": [{"engines": ["cri-o"], "namespaces": ["kube-*", "default"]}]}'
	pod_allowed "$crio"
	pod_refused "$containerd" 'pods of Kubernetes (containerd) may not claim'

	config '{"allow": [{"users": ["root"]}]}'
	pod_refused "$crio" 'pods of Kubernetes (cri-o) may not claim'
	pod_refused "$containerd" 'pods of Kubernetes (containerd) may not claim'
	config '{"allow": [{"namespaces": ["default"], "users": ["nobody"]}]}'
	pod_refused "$crio" 'pods of Kubernetes (cri-o) may not claim'
	config '{"allow": [{"namespaces": ["default"], "users": ["root"]}]}'
	pod_allowed "$crio"

	config '{"allow": [{"namespaces": ["default"]}]}'
	pod_allowed "$crio"
	pod_allowed "$containerd"

	config '{"allow": [{"namespaces": ["kube-*"]}]}'
	pod_refused "$crio" 'pods of Kubernetes (cri-o) may not claim'
	[[ "$output" == *'would let this one (default, pod web): {"namespaces": ["default"]'* ]]

	config '{"allow": [{"namespaces": ["default"], "pods": ["web"]}]}'
	pod_allowed "$crio"
	pod_allowed "$containerd"
	config '{"allow": [{"namespaces": ["default"], "pods": ["db-*"]}]}'
	pod_refused "$crio" 'pods of Kubernetes (cri-o) may not claim'
	[[ "$output" == *'(default, pod web)'* ]]

	config '{"allow": [{"namespaces": ["default"], "ports": ["443"]}]}'
	pod_refused "$crio" 'web3: 2001:db8::203 port 80/tcp: no rule'
}

@test "a key for one container of a pod is not for the others" {
	for engine in "$crio" "$containerd"; do
		before=$(box_snapshot)
		pod_bind "$engine" a web v6.host/web=web3 v6.ports=443
		[ "$(claims a)" = '2001:db8::203 443/tcp' ]
		grep -q '"name": "web"' /run/oci-v6/records/*
		run pod_bind "$engine" db db v6.host/web=web3 v6.ports=443
		[ "$status" = 0 ]
		[[ "$output" == *": nothing is published: what the annotations ask for is for other containers of the pod than db" ]]
		[ -z "$(claims db)" ]
		box_unbind a
		box_unbind db
		box_same "$before"
	done
}

@test "a key for one container wins over the one for all" {
	for engine in "$crio" "$containerd"; do
		pod_bind "$engine" a web v6.host=web2 v6.host/web=web3 v6.ports/db=443
		pod_bind "$engine" db db v6.host=web2 v6.host/web=web3 v6.ports/db=443
		[ "$(claims a)" = '2001:db8::203 80/tcp' ]
		[ "$(claims db)" = '2001:db8::202 443/tcp' ]
		box_unbind a
		box_unbind db
	done
}

@test "each container's packets find it by its own name" {
	box_serve a tcp 80
	box_serve a tcp 5432
	pod_bind "$crio" a web v6.host/web=web3 v6.host/db=web2 v6.ports/db=5432
	pod_bind "$crio" db db v6.host/web=web3 v6.host/db=web2 v6.ports/db=5432
	lab_until answers "a $LAB_CLIENT" tcp 2001:db8::203 80
	lab_until answers "a $LAB_CLIENT" tcp 2001:db8::202 5432
	box_unbind a
	lab_until answers "a $LAB_CLIENT" tcp 2001:db8::202 5432
	run ! has 2001:db8::203
}

# As podman pod rm does: the second one is dead when the first is taken down, or gone already
@test "members of a pod that end together leave nothing, whichever is first" {
	for order in 'a db' 'db a'; do
		before=$(box_snapshot)
		pod_bind "$crio" a web v6.host=web3
		pod_bind "$crio" db db v6.host=web3
		lab_stop init-db
		for box in $order; do
			box_unbind "$box"
		done
		box_same "$before"
		box_init db a
	done
}

@test "v6.interface and v6.required for one container" {
	pod_refused "$crio" 'web3: 2001:db8::203 is in no prefix of interface cni0' v6.host=web3 v6.interface/web=cni0
	pod_bind "$crio" db db v6.host=web3 v6.interface/web=cni0
	has 2001:db8::203
	box_unbind db
	run pod_bind "$crio" a web v6.host=nowhere v6.required/web=false
	[ "$status" = 0 ]
	[[ "$output" == *"nowhere: no such name"* ]]
	run pod_bind "$crio" db db v6.host=nowhere v6.required/web=false
	[ "$status" = 1 ]
}

@test "mistakes with a container's name" {
	pod_refused "$crio" 'annotation v6.hots/web is not known; did you mean v6.host/web?' v6.hots/web=web3
	pod_refused "$crio" 'annotation v6.host/: "" is not the name of a container' v6.host/=web3
	pod_refused "$crio" 'v6.host/web: "-bad-": a label begins or ends' v6.host/web=-bad-
	pod_refused "$crio" 'v6.ports/web: there is no v6.host beside it' v6.ports/web=80
}

@test "a pod can't give its container another name" {
	pod_bind "$crio" a web v6.host/db=web3 io.kubernetes.cri-o.ContainerName=db
	pod_bind "$containerd" a web v6.host/db=web3 io.kubernetes.cri-o.Name=k8s_db_web_default_u_1
	[ -z "$(claims a)" ]
	pod_refused "$crio" 'annotation io.kubernetes.container.name says db, io.kubernetes.cri-o.Name web' \
		v6.host/db=web3 io.kubernetes.container.name=db
}

@test "a pod's annotations can't make it another engine's" {
	config '{"allow": [{"engines": ["podman", "unknown"]}, {"engines": ["containerd"]},
		{"engines": ["cri-o"], "namespaces": ["shop"]}]}'
	for key in sandbox-id sandbox-namespace sandbox-name container-name container-type; do
		pod_refused "$crio" "annotation io.kubernetes.cri.$key is containerd's, io.container.manager is cri-o's" \
			v6.host=web3 io.kubernetes.cri.$key=sandbox
	done
	# what podman generate kube writes comes along with a pod, and counts for nothing
	pod_refused "$crio" 'pods of Kubernetes (cri-o) may not claim' v6.host=web3 io.podman.annotations.init=FALSE
	[[ "$output" == *'(default, pod web)'* ]]

	config '{"allow": [{"engines": ["podman", "unknown"]}, {"engines": ["cri-o"]}]}'
	pod_refused "$containerd" "annotation io.kubernetes.cri.container-name is containerd's, io.container.manager is podman's" \
		v6.host=web3 io.container.manager=libpod
	pod_refused "$containerd" "annotation io.kubernetes.cri.container-name is containerd's, io.container.manager is cri-o's" \
		v6.host=web3 io.container.manager=cri-o io.kubernetes.cri-o.SandboxName=k8s_web_shop_u_1
	pod_refused "$containerd" 'pods of Kubernetes (containerd) may not claim' v6.host=web3 \
		io.podman.annotations.init=FALSE io.kubernetes.cri-o.SandboxID=1
}

@test "a pod's annotations can't give it another namespace" {
	config '{"allow": [{"namespaces": ["kube-system"]}]}'
	pod_refused "$crio" 'annotation io.kubernetes.pod.namespace says kube-system, io.kubernetes.cri-o.SandboxName default' \
		v6.host=web3 io.kubernetes.pod.namespace=kube-system
	pod_refused "$crio" 'pods of Kubernetes (cri-o) may not claim' v6.host=web3 \
		io.kubernetes.pod.namespace=default io.kubernetes.cri-o.Namespace=kube-system
	[[ "$output" == *'(default, pod web)'* ]]
	pod_refused "$containerd" 'pods of Kubernetes (containerd) may not claim' v6.host=web3 \
		io.kubernetes.pod.namespace=kube-system io.kubernetes.cri-o.SandboxName=k8s_web_kube-system_u_1
	[[ "$output" == *'(default, pod web)'* ]]
}

# podman before 4.6 passes an image's annotations on, and writes its own manager only where there is none
@test "an image's annotations can't make a pod of a container" {
	config '{"allow": [{"engines": ["cri-o", "containerd", "unknown"]}, {"namespaces": ["shop"]}]}'
	podman_image 'cri-o' "annotation io.container.manager is cri-o's, but io.kubernetes.cri-o.ContainerID is not this container" \
		io.kubernetes.cri-o.SandboxName=k8s_web_shop_u_1 io.kubernetes.cri-o.ContainerID=1
	podman_image 'libpod' "annotation io.kubernetes.cri.sandbox-id is containerd's, io.container.manager is podman's" \
		io.kubernetes.cri.sandbox-id=1 io.kubernetes.cri.sandbox-namespace=shop
	podman_image 'other' "annotation io.kubernetes.cri.sandbox-namespace is containerd's, but the container's bundle is podman's or cri-o's" \
		io.kubernetes.cri.sandbox-namespace=shop
	podman_image 'other' 'no rule of "allow" in /etc/oci-v6/config.json is for containers of this engine (podman)' \
		io.kubernetes.cri-o.SandboxName=k8s_web_shop_u_1 io.kubernetes.cri-o.SandboxID=1
}

# podman_image MANAGER TEXT [KEY=VALUE...] - a container whose image says so is refused
podman_image() {
	local manager=$1 text=$2

	shift 2
	state_refused "$text" "$(pod_state podman-4-crun-created.json a web v6.host=web3 "$@" | sed "s/libpod/$manager/")"
}

# nor are Docker's and nerdctl's, which keep their bundles where containerd keeps those of pods
@test "a container of Docker's is no pod" {
	config '{"allow": [{"engines": ["containerd"]}, {"namespaces": ["shop"]}]}'
	pod_refused docker-26-runc-creating.json \
		"annotation io.kubernetes.cri.sandbox-id is containerd's, but the container's bundle is another client's of containerd" \
		v6.host=web3 io.kubernetes.cri.sandbox-id=1 io.kubernetes.cri.sandbox-namespace=shop
	config '{"allow": [{"engines": ["podman", "cri-o"]}]}'
	pod_refused docker-26-runc-creating.json 'no rule of "allow" in /etc/oci-v6/config.json is for containers of this engine (unknown)' \
		v6.host=web3 io.podman.annotations.init=FALSE io.kubernetes.cri-o.SandboxID=1
}

@test "what asks for nothing is never refused, nor is a stop, whatever annotations say" {
	run --separate-stderr pod_bind "$crio" a web io.kubernetes.cri.sandbox-id=x
	[ "$status" = 0 ]
	[ -z "$stderr" ]
	pod_bind "$crio" a web v6.host=web3
	has 2001:db8::203
	pod_state "$crio" a web v6.host=web3 io.kubernetes.cri.sandbox-id=x | $hook poststop
	run ! has 2001:db8::203
}

@test "a pod's sandbox has no service, and says so; nothing else passes for one" {
	sandbox="containerd-cri-sandbox-runc-creating.json"
	before=$(box_snapshot)
	run pod_bind "$sandbox" a web v6.host=web3
	[ "$status" = 0 ]
	[[ "$output" == *": the sandbox of a pod: its annotations are for the pod's containers" ]]
	box_same "$before"

	# neither engine lets a pod choose these; what comes of it is a container
	config '{"allow": [{"engines": ["podman", "unknown", "containerd"]}]}'
	pod_state "$containerd" a web v6.host=web3 | sed 's/"container-type":"container"/"container-type":"sandbox"/' | $hook createRuntime
	has 2001:db8::203
	box_unbind a
	for state in podman-4-crun-created.json podman-5-crun-created.json docker-26-runc-creating.json; do
		pod_bind $state a web v6.host=web3 io.kubernetes.cri-o.ContainerType=sandbox
		has 2001:db8::203
		box_unbind a
	done
	box_bind a v6.host=web3 io.kubernetes.cri.container-type=sandbox
	has 2001:db8::203
}

@test "without a name to go by, a key for one container is a mistake" {
	before=$(box_snapshot)
	for manager in libpod none; do
		run box_bind a v6.host=web2 v6.host/web=web3 io.container.manager=$manager
		echo "$output"
		[ "$status" = 1 ]
		[[ "$output" == *": annotation v6.host/web: this engine ("*") does not say which container of its pod this is; give v6.host to the one container" ]]
		box_same "$before"
	done
}

# podman_bind BOX NAME [KEY=VALUE...] - as podman does it, whose monitor has the container's name
podman_bind() {
	local box=$1 name=$2

	shift 2
	printf '%s createRuntime\nexit $?\n' "$hook" >/run/lab/conmon
	box_state "$box" io.container.manager=libpod io.kubernetes.cri-o.SandboxID=1 "$@" |
		bash -c 'exec -a /usr/bin/conmon bash /run/lab/conmon "$@"' - -c "$(box_id "$box")" -n "$name"
}

@test "podman: its monitor says which container of a pod it is" {
	config '{"allow": [{"engines": ["podman"]}]}'
	# the longest name, where one ends as another does
	for name in shop-web web; do
		podman_bind a "$name" v6.host/web=web3 v6.host/my-web=web2
		[ "$(v6ctl list --tsv | cut -f 1,7)" = $'web3\tweb' ]
		box_unbind a
	done
	podman_bind a shop-my-web v6.host/web=web3 v6.host/my-web=web2
	[ "$(v6ctl list --tsv | cut -f 1,7)" = $'web2\tmy-web' ]
	box_unbind a
	# others have nothing, be their names too long for one
	before=$(box_snapshot)
	for name in shop-db shop-myweb "$(printf 'x%.0s' {1..200})" shop-my-web-2; do
		podman_bind a "$name" v6.host/web=web3 v6.host/my-web=web2
		box_same "$before"
	done
	# of another container, or without a name, it says nothing
	run -1 podman_bind a "" v6.host/web=web3
	printf '%s createRuntime\nexit $?\n' "$hook" >/run/lab/conmon
	run -1 bash -c 'exec -a conmon bash /run/lab/conmon -c other -n shop-web' \
		< <(box_state a io.container.manager=libpod io.kubernetes.cri-o.SandboxID=1 v6.host/web=web3)
	[[ "$output" == *"annotation v6.host/web: this engine (podman) does not say which container"* ]]
}

@test "rules hold for a key for one container, too" {
	config '{"allow": [{"namespaces": ["default"], "names": ["web2"]}]}'
	pod_refused "$crio" 'web3: 2001:db8::203 port 80/tcp: no rule' v6.host=web2 v6.host/web=web3
	config '{"allow": [{"namespaces": ["default"], "ports": ["80"]}]}'
	pod_refused "$crio" 'web3: 2001:db8::203 port 443/tcp: no rule' v6.host=web3 v6.ports/web=443
}

# owned BOX - whether the claims of web3 are its in the kernel, and nobody else's
owned() {
	[ "$(nft list map ip6 oci-v6 services | grep -o 'comment "[^"]*"')" = "comment \"web3 $(box_id "$1")\"" ]
}

# served BY - BY NAME, by web3
served() {
	lab_until answers "$1 $LAB_CLIENT" tcp 2001:db8::203 80
}

# The kubelet makes the new container of a pod at once, and CRI-O tells of the old one's end when it is
# cleaned up
@test "a container is made again in its pod: the old one's end comes late, and removes nothing" {
	before=$(box_snapshot)
	box_serve a tcp 80
	box_init old a
	pod_bind "$crio" old web v6.host=web3
	served a
	box_kill old
	pod_bind "$crio" a web v6.host=web3
	served a
	pod_stop "$crio_stopped" old
	served a
	owned a
	[[ "$(v6ctl check web3)" == *"policy     a rule in /etc/oci-v6/config.json allows it"* ]]
	[ "$(v6ctl reconcile)" = "1 live, 0 repaired; 0 dead collected, 0 orphans removed" ]
	pod_stop "$crio_stopped" a
	lab_stop serve-a-tcp-80
	box_same "$before"
}

@test "the old one still lives when the new one comes, in its pod: both have it, and then the new one" {
	before=$(box_snapshot)
	box_serve a tcp 80
	box_init old a
	pod_bind "$crio" old web v6.host=web3
	pod_bind "$crio" a web v6.host=web3
	box_kill old
	served a
	pod_stop "$crio_stopped" old
	served a
	[ "$(v6ctl reconcile)" = "1 live, 0 repaired; 0 dead collected, 0 orphans removed" ]
	pod_stop "$crio_stopped" a
	lab_stop serve-a-tcp-80
	box_same "$before"
}

@test "another pod takes over: refused while the first one lives, and not shadowed by its late end" {
	box_up b fd42::b/64
	box_serve b tcp 80
	box_init old a
	pod_bind "$crio" old web v6.host=web3
	run pod_bind "$crio" b web v6.host=web3
	[ "$status" = 1 ]
	[[ "$output" == *"is held by container $(box_id old | cut -c1-12)"* ]]
	box_kill old
	pod_bind "$crio" b web v6.host=web3
	served b
	pod_stop "$crio_stopped" old
	served b
	owned b
	[ "$(v6ctl reconcile)" = "1 live, 0 repaired; 0 dead collected, 0 orphans removed" ]
	pod_stop "$crio_stopped" b
	box_down b
	run ! has 2001:db8::203
}

# target - where web3 leads
target() {
	v6ctl --tsv | awk '$1 == "web3" { print $8 }'
}

@test "of several addresses, the one that CRI-O names; one that it does not have is none" {
	ip -n a addr add fd42::aa/64 dev eth0 nodad
	ip -n a addr add fd42::ab/64 dev eth0 nodad
	for address in fd42::a fd42::aa fd42::ab; do
		pod_state "$crio" a web v6.host=web3 | sed "s/fd00:c410::3/$address/" | $hook createRuntime
		[ "$(target)" = "$address" ]
		box_unbind a
	done
	# as a pod may bring it along: another machine's, another pod's, the host's
	for address in 2001:db8::10 fd42::99 fd42::ffff ::1 fe80::1 ::; do
		pod_state "$crio" a web v6.host=web3 | sed "s/fd00:c410::3/$address/" | $hook createRuntime
		[[ "$(target)" =~ ^fd42::a[ab]?$ ]]
		box_unbind a
	done
	ip -n a addr del fd42::aa/64 dev eth0
	ip -n a addr del fd42::ab/64 dev eth0
}

@test "in the node's network: its port answers on the service address" {
	lab_start init-node "$peer" serve tcp 8099 node
	lab_until box_host_listens 8099
	pod_bind "$crio" node web v6.host=web3 v6.ports=8099
	lab_until answers "node $LAB_CLIENT" tcp 2001:db8::203 8099
	box_unbind node
	lab_stop init-node
	run ! has 2001:db8::203
}

# relay_listens - of the box without IPv6
relay_listens() {
	box_listens four tcp 61000
}

@test "a relay for one container of a pod without IPv6, whose program listens on IPv4 only" {
	box_up four
	ip -n four addr add 10.1.0.4/24 dev eth0
	box_init member four
	box_serve four tcp 80 0.0.0.0
	box_v6d_start
	for engine in "$crio" "$containerd"; do
		pod_bind "$engine" four web v6.host/web=web3 v6.relay/web=on
		pod_bind "$engine" member db v6.host/web=web3 v6.relay/web=on
		lab_until relay_listens
		[[ "$(ask tcp 2001:db8::203 80)" == "four "* ]]
		[ "$(v6ctl list --json | jq -r '.claims[].relay')" = on ]
		box_unbind member
		box_unbind four
		lab_until eval '! pgrep -x oci-v6-relay'
	done
	lab_stop v6d
	box_kill member
	box_down four
}
