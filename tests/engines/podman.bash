#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# podman-crun.bats, podman-runc.bats - Real podman, by the runtime in the file's name
#
#	tests/lab/run bats tests/engines/podman-crun.bats

load engine

setup_file() {
	lab_up
	engine_up
	box_install
	engine_podman network create --ipv6 --subnet fd42:1::/64 --subnet 10.89.7.0/24 six
	engine_podman network create --ipv6 --subnet fd42:2::/64 --subnet 10.89.8.0/24 seven
}

setup() {
	: >/run/lab/messages
	: >/run/lab/v6d.log
}

teardown() {
	engine_rm
	lab_stop v6d
	# tests must not leave anything for the next one, which is what is tested here anyway
	run box_left
	echo "$output"
	[ -z "$output" ]
}

@test "the one line: podman run, then any machine fetches http://web3/" {
	engine_podman run -d --hostname web3 --annotation v6.host=web3 localhost/web
	lab_until serves web3
	curl -sS -m 3 http://web3/ | grep "^web3: hello, "
}

@test "on a network with IPv6" {
	engine_run web3 --network six --annotation v6.host=web3
	lab_until serves web3
	[ "$(ls /run/oci-v6/records)" = "$(engine_ids).json" ]
}

@test "on a network with IPv6 alone" {
	engine_podman network create --ipv6 --subnet fd42:6::/64 alone
	engine_run web3 --network alone --annotation v6.host=web3
	lab_until serves web3
	engine_rm
	engine_podman network rm alone
}

@test "its name in podman is listed; the failure of another goes with its container, but for --rm" {
	engine_run blog --annotation v6.host=web3
	[[ "$(v6ctl list blog)" == *" blog "* ]]
	[[ "$(v6ctl check blog)" == *", container "*" blog"* ]]
	run ! engine_run held --annotation v6.host=web3
	[[ "$(v6ctl)" == *"Last failures"*"web3: "* ]]
	engine_podman rm held
	[[ "$(v6ctl)" != *"Last failures"* ]]
	run ! engine_run gone --rm --annotation v6.host=web3
	run ! engine_podman container exists gone
	[[ "$(v6ctl)" == *"Last failures"*"web3: "* ]]
	engine_podman rm -f -t 0 blog
	engine_run blog --annotation v6.host=web3
	[[ "$(v6ctl)" != *"Last failures"* ]]
}

@test "two at a time, each on port 80 of its own name" {
	engine_run web2 --annotation v6.host=web2
	engine_run web3 --network six --annotation v6.host=web3
	lab_until serves web2
	lab_until serves web3
}

@test "ports: a list and a remap" {
	engine_run web3 --annotation v6.host=web3 --annotation "v6.ports=8080:80 80"
	lab_until serves web3
	[ "$(fetch http://web3:8080/)" = "web3: hello, $LAB_CLIENT" ]
}

# leaves NETWORK - a container of a network connects to a server of the LAN as its service
leaves() {
	local pid

	engine_run web3 --network "$1" --annotation v6.host=web3 --annotation v6.egress=on || return
	pid=$(engine_podman inspect -f '{{ .State.Pid }}' web3)
	lab_until serves web3
	[[ "$(nsenter --net="/proc/$pid/ns/net" curl -s -m 10 "http://[$LAB_CLIENT]/")" == *": hello, 2001:db8::203" ]]
}

@test "v6.egress: it leaves by its service, from a network without IPv6 and by netavark's masquerade" {
	# the same web server, on the client
	lab_start out nsenter --net=/run/netns/client chroot /run/lab/web httpd -f -p 80 -h /www
	# as it is, and by each way to a firewall that this version of netavark has
	for driver in "" iptables nftables; do
		export NETAVARK_FW=$driver
		[ -n "$driver" ] || unset NETAVARK_FW
		for network in podman six; do
			run leaves $network
			echo "$driver $network: $output"
			[ "$status" = 0 ] || [[ "$driver" && "$output" == *"netavark: "*"$driver"* ]]
			engine_rm
		done
	done
	lab_stop out
}

@test "in the host's network" {
	engine_run web3 --network host --annotation v6.host=web3
	lab_until eval '[[ "$(fetch http://web3/)" == *": hello, $LAB_CLIENT" ]]'
	engine_podman rm -f -t 0 web3
	[ -z "$(box_left)" ]
}

@test "a pod: members that ask for the same name share it, and it goes with the last" {
	engine_podman pod create --name pod --network six
	engine_podman run -d --pod pod --name one --annotation v6.host=web3 localhost/web
	engine_podman run -d --pod pod --name two --annotation v6.host=web3 localhost/web sleep infinity
	lab_until eval '[[ "$(fetch http://web3/)" == *": hello, $LAB_CLIENT" ]]'
	engine_podman stop -t 0 one
	engine_podman start one
	lab_until eval '[[ "$(fetch http://web3/)" == *": hello, $LAB_CLIENT" ]]'
	engine_podman stop -t 0 two
	lab_until eval '[[ "$(fetch http://web3/)" == *": hello, $LAB_CLIENT" ]]'
	engine_podman stop -t 0 one
	[ -z "$(box_left)" ]
	engine_podman pod rm -f -t 0 pod
}

@test "a pod restarted: its network is another one, and its members are published there" {
	engine_podman pod create --name pod --network six
	# what TERM does not end is given 10 seconds
	engine_podman run -d --pod pod --name one --stop-signal KILL --annotation v6.host=web3 localhost/web
	lab_until eval '[[ "$(fetch http://web3/)" == *": hello, $LAB_CLIENT" ]]'
	engine_podman pod restart pod
	lab_until eval '[[ "$(fetch http://web3/)" == *": hello, $LAB_CLIENT" ]]'
	engine_podman pod stop -t 0 pod
	[ -z "$(box_left)" ]
	engine_podman pod start pod
	lab_until eval '[[ "$(fetch http://web3/)" == *": hello, $LAB_CLIENT" ]]'
	engine_podman pod rm -f -t 0 pod
}

# network_of CONTAINER - what of IPv6 is in its network
network_of() {
	local inside

	inside=(nsenter --net="/proc/$(engine_podman inspect --format '{{.State.Pid}}' "$1")/ns/net")
	"${inside[@]}" ip -6 -o addr show
	"${inside[@]}" ip -6 route show table all
	"${inside[@]}" sysctl -a -r '^net\.ipv6\.conf\.(eth0|lo|all)\.(disable_ipv6|acc|addr_gen)' 2>/dev/null
}

# is_network_of CONTAINER TEXT
is_network_of() {
	[ "$(network_of "$1")" = "$2" ]
}

# passes_through CONTAINER OPTION... - a container with a service, started with these options, runs in
# the network of another one, restarts, and is removed: that network is as it was
passes_through() {
	local before

	lab_until eval '! network_of '"$1"' | grep tentative'
	before=$(network_of "$1")
	engine_podman run -d --name guest "${@:2}" --annotation v6.host=web3 localhost/web
	lab_until eval '[[ "$(fetch http://web3/)" == *": hello, $LAB_CLIENT" ]]'
	engine_podman restart -t 0 guest
	lab_until eval '[[ "$(fetch http://web3/)" == *": hello, $LAB_CLIENT" ]]'
	[ "$(network_of "$1" | grep -c 'inet6 fd')" = 1 ]
	engine_podman rm -f -t 0 guest
	lab_until is_network_of "$1" "$before" || diff <(echo "$before") <(network_of "$1")
}

@test "networks without IPv6 that go on without the container are as before: a pod, container:, ns:" {
	engine_podman pod create --name pod
	engine_podman run -d --pod pod --name resident localhost/web sleep infinity
	passes_through resident --pod pod
	engine_podman pod rm -f -t 0 pod
	engine_podman pod create --name pod --sysctl net.ipv6.conf.all.disable_ipv6=1
	engine_podman run -d --pod pod --name resident localhost/web sleep infinity
	passes_through resident --pod pod
	engine_podman pod rm -f -t 0 pod
	engine_podman run -d --name host localhost/web sleep infinity
	passes_through host --network container:host
	engine_podman rm -f -t 0 host
	ip netns add mine
	ip -n mine link set lo up
	ip link add vm type veth peer name eth0 netns mine
	ip link set vm up
	ip -n mine link set eth0 up
	engine_podman run -d --name resident --network ns:/run/netns/mine localhost/web sleep infinity
	passes_through resident --network ns:/run/netns/mine
	engine_rm
	ip netns del mine
}

# With runc as soon as the hook has returned, with crun before it
@test "--sysctl turns IPv6 off: the service works, or the error says why not" {
	local key network

	for network in podman six; do
		for key in all eth0; do
			run engine_run web3 --network $network --annotation v6.host=web3 \
				--sysctl net.ipv6.conf.$key.disable_ipv6=1
			if [ "$status" = 0 ]; then
				lab_until serves web3
			else
				[ "$ENGINE_RUNTIME" = runc ]
				run v6ctl
				[[ "$output" == *"--sysctl net.ipv6.conf.$key.disable_ipv6 turns IPv6 off"*"start v6d"* ]]
			fi
			engine_rm
		done
		engine_run web3 --network $network --annotation v6.host=web3 \
			--sysctl net.ipv6.conf.default.disable_ipv6=1
		lab_until serves web3
		engine_rm
	done
}

@test "--sysctl turns IPv6 off, with v6d: the service is there, and stays" {
	local network

	box_v6d_start
	for network in podman six; do
		engine_run web3 --network $network --annotation v6.host=web3 \
			--sysctl net.ipv6.conf.all.disable_ipv6=1
		lab_until serves web3
		run v6ctl check web3
		[[ "$output" != *✗* ]]
		engine_rm
	done
	engine_podman pod create --name pod
	engine_podman run -d --pod pod --name one --annotation v6.host=web3 \
		--sysctl net.ipv6.conf.all.disable_ipv6=1 localhost/web
	lab_until eval '[[ "$(fetch http://web3/)" == *": hello, $LAB_CLIENT" ]]'
	# it is off before the hook, and may be turned off again after it
	engine_podman run -d --pod pod --name two --annotation v6.host=web3 \
		--sysctl net.ipv6.conf.all.disable_ipv6=1 localhost/web sleep infinity
	lab_until eval '[[ "$(fetch http://web3/)" == *": hello, $LAB_CLIENT" ]]'
	engine_podman pod rm -f -t 0 pod
}

# kube ANNOTATION... - Play a pod of Kubernetes with these annotations, and two containers
kube() {
	kube_as shop "$@"
}

# kube_as HOSTNAME ANNOTATION... - the same, with that as its hostname
kube_as() {
	local hostname=$1

	shift
	printf '%s\n' 'apiVersion: v1' 'kind: Pod' 'metadata:' '  name: shop' '  annotations:' \
		"${@/#/    }" 'spec:' "  hostname: $hostname" '  containers:' >/run/lab/pod.yaml
	printf '  - {name: %s, image: "localhost/web:latest", imagePullPolicy: Never, command: [%s]}\n' \
		web '/bin/httpd, -f, -p, "80", -h, /www' db '/bin/sleep, "infinity"' >>/run/lab/pod.yaml
	engine_podman kube play --network six /run/lab/pod.yaml
}

@test "podman kube play: what the pod asks for its members share" {
	kube 'v6.host: web3'
	lab_until eval '[[ "$(fetch http://web3/)" == *": hello, $LAB_CLIENT" ]]'
	[ "$(find /run/oci-v6/records -name '*.json' | wc -l)" = 2 ]
	engine_podman pod rm -f -t 0 shop
	[ -z "$(box_left)" ]
}

@test "podman kube play: what it asks for one of them the others have not" {
	kube 'v6.host/web: web3'
	lab_until eval '[[ "$(fetch http://web3/)" == *": hello, $LAB_CLIENT" ]]'
	[ "$(v6ctl list --tsv | cut -f 7)" = web ]
	engine_podman pod restart shop
	lab_until eval '[[ "$(fetch http://web3/)" == *": hello, $LAB_CLIENT" ]]'
	[ "$(v6ctl list --tsv | cut -f 7)" = web ]
	engine_podman pod rm -f -t 0 shop
	[ -z "$(box_left)" ]

	kube 'v6.host/web: web3' 'v6.ports/db: "8080:80"' 'v6.host/db: web2'
	lab_until eval '[ "$(fetch http://web2:8080/)" = "$(fetch http://web3/)" ]'
	[[ "$(fetch http://web3/)" == *": hello, $LAB_CLIENT" ]]
	[ "$(v6ctl list --tsv | cut -f 1,4,7 | sort | xargs)" = "web2 8080 db web3 80 web" ]
	engine_podman pod rm -f -t 0 shop
}

@test "podman kube generate: what it writes can be played" {
	engine_run web3 --network six --annotation v6.host=web3 --annotation v6.ports=80
	engine_podman kube generate web3 >/run/lab/pod.yaml
	grep -q 'v6.host/web3: web3' /run/lab/pod.yaml
	engine_rm
	# the image has no PATH, by which podman looks for the program itself
	sed -i 's|^    image: localhost/web:latest|&\n    command: [/bin/httpd, -f, -p, "80", -h, /www]\n    imagePullPolicy: Never|' \
		/run/lab/pod.yaml
	engine_podman kube play --network six /run/lab/pod.yaml
	lab_until eval '[[ "$(fetch http://web3/)" == *": hello, $LAB_CLIENT" ]]'
	engine_podman pod rm -f -t 0 -a
	[ -z "$(box_left)" ]
}

@test "podman kube play: a member is known by its name, whatever the pod's hostname is" {
	kube_as other 'v6.host/web: web3'
	lab_until eval '[[ "$(fetch http://web3/)" == *": hello, $LAB_CLIENT" ]]'
	[ "$(v6ctl list --tsv | cut -f 7)" = web ]
	engine_podman pod rm -f -t 0 shop
}

@test "an annotation for a member of a pod, of a container that is in none" {
	run ! engine_podman run -d --name web --annotation v6.host/web=web3 localhost/web
	[[ "$(v6ctl)" == *"annotation v6.host/web: this engine (podman) does not say which container of its pod this is; give v6.host to the one container"* ]]
}

# of_netns NAME - run a command in a container's network
of_netns() {
	local pid

	pid=$(engine_podman inspect --format '{{.State.Pid}}' "$1")
	nsenter --net="/proc/$pid/ns/net" "${@:2}"
}

@test "--network container: another port of the same name, which goes with the second container" {
	engine_run web3 --network six --annotation v6.host=web3
	engine_podman run -d --name second --network container:web3 --annotation v6.host=web3 \
		--annotation v6.ports=8080:80 localhost/web sleep infinity
	lab_until serves web3
	[ "$(fetch http://web3:8080/)" = "web3: hello, $LAB_CLIENT" ]
	engine_podman rm -f -t 0 second
	run ! fetch http://web3:8080/
	serves web3
}

@test "--network container: another name, for a container without IPv6" {
	engine_run web3 --annotation v6.host=web3
	engine_podman run -d --name second --network container:web3 --annotation v6.host=web2 \
		localhost/web sleep infinity
	lab_until serves web3
	[ "$(fetch http://web2/)" = "web3: hello, $LAB_CLIENT" ]
	engine_podman rm -f -t 0 second
	[ -z "$(ip -6 addr show to 2001:db8::202)" ]
	serves web3
}

@test "--network container: the same claim is held by both, until the last has gone" {
	engine_run web3 --network six --annotation v6.host=web3
	engine_podman run -d --name second --network container:web3 --annotation v6.host=web3 \
		localhost/web sleep infinity
	lab_until serves web3
	engine_podman rm -f -t 0 second
	serves web3
	engine_podman rm -f -t 0 web3
	[ -z "$(box_left)" ]
}

# Answers may leave by either network, so ask more than once
@test "several networks at once: the service is in one, and every question is answered" {
	engine_run web3 --network six --network seven --annotation v6.host=web3
	engine_run web2 --network podman --network six --annotation v6.host=web2
	lab_until serves web3
	lab_until serves web2
	for again in {1..10}; do
		serves web3
		serves web2
	done
	v6ctl list | grep -q "^web3 .*\[fd42:[12]::.*\]:80 "
	v6ctl list | grep -q "^web2 .*\[$(engine_address web2 six)\]:80 "
}

@test "a network with isolation: reached from other machines and within, and by the networks that podman allows" {
	engine_podman network create --ipv6 --subnet fd42:3::/64 --subnet 10.89.9.0/24 -o isolate=true one
	engine_podman network create --ipv6 --subnet fd42:4::/64 --subnet 10.89.10.0/24 -o isolate=true other
	engine_run web3 --network one --annotation v6.host=web3
	engine_run neighbour --network one
	engine_run open --network six
	engine_run isolated --network other
	lab_until serves web3
	[[ "$(of_netns neighbour curl -sS -m 3 'http://[2001:db8::203]/')" == "web3: hello, "* ]]
	# as netavark was asked to: it drops what comes from another one with isolation, netavark 2 from any other
	run -28 of_netns isolated curl -sS -m 1 'http://[2001:db8::203]/'
	case $(podman --version) in
	*\ [45].*) [[ "$(of_netns open curl -sS -m 3 'http://[2001:db8::203]/')" == "web3: hello, "* ]] ;;
	*) run -28 of_netns open curl -sS -m 1 'http://[2001:db8::203]/' ;;
	esac
	engine_rm
	engine_podman network rm one other
}

# refused TEXT OPTION... - the container does not start, it is said why, and nothing is left
refused() {
	local text=$1

	shift
	: >/run/lab/messages
	run engine_run refused --annotation v6.host=web3 "$@"
	echo "$output"
	[ "$status" != 0 ]
	lab_until grep -qF ": $text" /run/lab/messages
	[[ "$(v6ctl)" == *": $text"* ]]
	engine_podman rm -f -t 0 refused
	[ -z "$(box_left)" ]
}

@test "networks without a way for us: none, macvlan, an internal one" {
	# netavark 1.14 starts its name server there before the bridge may be bound to
	engine_podman network create --internal --disable-dns --ipv6 --subnet fd42:5::/64 \
		--subnet 10.89.11.0/24 inner
	engine_podman network create -d macvlan -o parent=eth0 --subnet 192.0.2.128/25 outer
	refused "the container has no network but loopback; run it with a bridge network, not" --network none
	refused "the container's interface eth0 is a macvlan" --network outer
	refused "the container has an IPv6 address, but no default route" --network inner
	engine_podman network rm inner outer
}

@test "user namespaces without v6d: the network is not there yet, and the error says what to do" {
	user_namespaces
	for mapping in --userns=auto --uidmap=0:100000:65536; do
		refused "the container has no network but loopback; run it with a bridge network, not --network none; if its network comes later, as with --userns or DHCP, start v6d" \
			$mapping
	done
}

# The user exists, or forky's libsubid (shadow 4.20) has no ids for him
user_namespaces() {
	id containers 2>/dev/null || useradd --system containers
	grep -qs containers /etc/subuid || echo containers:100000:65536 | tee -a /etc/subuid >>/etc/subgid
}

@test "user namespaces with v6d: published when the network is there, and gone with the container" {
	user_namespaces
	box_v6d_start
	for options in --userns=auto --uidmap=0:100000:65536 '--userns=auto --network six'; do
		# shellcheck disable=SC2086 # several words
		engine_run web3 $options --annotation v6.host=web3
		lab_until serves web3
		well web3
		# shellcheck disable=SC2086
		run engine_run second $options --annotation v6.host=web3
		[ "$status" != 0 ]
		# its shm is busy now and then, which is podman's own affair
		lab_until engine_rm
		[ -z "$(box_left)" ]
	done
	cat /run/lab/v6d.log
	[ ! -s /run/lab/v6d.log ]
}

@test "podman network disconnect and connect: v6d follows" {
	box_v6d_start
	engine_run web3 --network six --annotation v6.host=web3
	lab_until serves web3
	engine_podman network connect seven web3
	engine_podman network disconnect six web3
	lab_until serves web3
	[[ "$(v6ctl list)" == *"[$(engine_address web3 seven)]:80"* ]]
	engine_podman network disconnect seven web3
	lab_until eval '[[ "$(v6ctl list)" == *pending* ]]'
	run fetch http://web3/
	[[ "$output" == *refused* || "$output" == *"Couldn't connect"* || "$output" == *"Failed to connect"* ]]
	engine_podman network connect six web3
	lab_until serves web3
	well web3
}

@test "podman network reload, after a flush of all rules as well" {
	box_v6d_start
	engine_run web2 --annotation v6.host=web2
	engine_run web3 --network six --annotation v6.host=web3
	lab_until serves web2
	engine_podman network reload --all
	lab_until serves web2
	lab_until serves web3
	nft flush ruleset
	engine_podman network reload --all
	lab_until serves web2
	lab_until serves web3
	v6ctl check web3
}

@test "podman stop removes everything" {
	engine_run web3 --annotation v6.host=web3
	lab_until serves web3
	engine_podman stop -t 0 web3
	[ -z "$(box_left)" ]
	run ! fetch http://web3/
}

@test "podman rm -f removes everything" {
	engine_run web3 --network six --annotation v6.host=web3
	lab_until serves web3
	engine_podman rm -f -t 0 web3
	[ -z "$(box_left)" ]
}

@test "the container's own end removes everything" {
	engine_podman run -d --name brief --annotation v6.host=web3 localhost/web \
		sh -c 'httpd -p 80 -h /www; while [ ! -e /end ]; do sleep 0.05; done'
	lab_until fetch http://web3/
	engine_podman exec brief touch /end
	lab_until eval '[ -z "$(box_left)" ]'
}

@test "podman restart: it answers again, with a new address of its own" {
	engine_run web2 --network six --annotation v6.host=web2
	engine_run web3 --network six --annotation v6.host=web3
	lab_until serves web3
	was=$(engine_address web3 six)
	engine_podman stop -t 0 web3
	# somebody else gets the old one
	engine_run other --network six --ip6 "$was"
	engine_podman start web3
	[ "$(engine_address web3 six)" != "$was" ]
	lab_until serves web3
	engine_podman restart -t 0 web3
	lab_until serves web3
	lab_until serves web2
}

@test "podman kill, then start again" {
	engine_run web3 --annotation v6.host=web3
	lab_until serves web3
	engine_podman kill web3
	lab_until eval '[ -z "$(box_left)" ]'
	engine_podman start web3
	lab_until serves web3
}

# crash NAME - its process dies, and podman starts it again
crash() {
	local was

	was=$(init_of "$1")
	kill -KILL "$was"
	lab_until started_again "$1" "$was"
}

init_of() {
	engine_podman inspect --format '{{.State.Pid}}' "$1"
}

started_again() {
	local pid

	pid=$(init_of "$1")
	[ "$pid" != 0 ] && [ "$pid" != "$2" ]
}

@test "restart policies: crashed, it is started and published again; given up, nothing is left" {
	engine_run web2 --restart=always --annotation v6.host=web2
	engine_run web3 --network six --restart=on-failure:2 --annotation v6.host=web3
	lab_until serves web3
	crash web2
	crash web3
	lab_until serves web2
	lab_until serves web3
	crash web3
	lab_until serves web3
	kill -KILL "$(init_of web3)"
	# the record goes last
	lab_until eval '[ "$(ls /run/oci-v6/records)" = "$(engine_ids).json" ]'
	[ -z "$(ip -6 addr show to 2001:db8::203)" ]
	serves web2
}

@test "--replace: the new one has the name at once, its ports, and nothing of the old one" {
	engine_run web3 --stop-signal KILL --annotation v6.host=web3 --annotation "v6.ports=80 81:80"
	lab_until serves web3
	engine_run web3 --replace --stop-signal KILL --network six --annotation v6.host=web3
	lab_until serves web3
	run ! fetch http://web3:81/
	[ "$(ls /run/oci-v6/records)" = "$(engine_ids).json" ]
	engine_run web3 --replace
	[ -z "$(box_left)" ]
}

@test "a claim that is held: the second container does not start, and the error says why" {
	engine_run web3 --annotation v6.host=web3
	lab_until serves web3
	run engine_run second --annotation v6.host=web3
	[ "$status" != 0 ]
	held="web3: 2001:db8::203 port 80/tcp is held by container $(engine_ids | cut -c1-12)"
	# crun hides what a hook says, so it is in the log, and v6ctl tells
	lab_until grep -qF "$held" /run/lab/messages
	[[ "$(v6ctl)" == *"$held"* ]]
	serves web3
}

@test "a container that was killed with its conmon does not keep its claim" {
	engine_run web3 --annotation v6.host=web3
	lab_until serves web3
	# conmon first: so nobody runs poststop
	kill -KILL "$(engine_podman inspect --format '{{.ConmonPid}}' web3 2>/dev/null ||
		cat "$(engine_podman inspect --format '{{.ConmonPidFile}}' web3)")"
	kill -KILL "$(engine_podman inspect --format '{{.State.Pid}}' web3)"
	engine_run again --hostname web3 --annotation v6.host=web3
	lab_until serves web3
}

@test "a hook that the runtime gave up waiting for, after it had done its work, blocks no other" {
	mkdir -p /run/lab/slow
	printf '#!/bin/sh\n%s "$@"\nexec sleep infinity\n' "$hook" >/run/lab/slow/hook
	chmod 755 /run/lab/slow/hook
	sed 's|"path": ".*"|"path": "/run/lab/slow/hook"|; s/"timeout": 10/"timeout": 5/' \
		/usr/share/containers/oci/hooks.d/99-oci-v6-bind.json >/run/lab/slow/bind.json
	run podman --runtime "$ENGINE_RUNTIME" --hooks-dir /run/lab/slow run -d --name slow \
		--annotation v6.host=web3,web2 localhost/web
	echo "$output"
	[ "$status" != 0 ]
	engine_run web3 --annotation v6.host=web3
	lab_until serves web3
	# of which the other name is left, until now
	v6ctl reconcile
	[ -z "$(ip -6 addr show to 2001:db8::202)" ]
	serves web3
}

@test "a container's old address is another's before anybody ran poststop" {
	lab_start v6d v6d
	engine_run web3 --network six --annotation v6.host=web3
	lab_until serves web3
	was=$(engine_address web3 six)
	id=$(engine_ids)
	mv "$hook" /run/lab/hook
	engine_rm web3
	mv /run/lab/hook "$hook"
	engine_run web2 --network six --ip6 "$was" --annotation v6.host=web2
	lab_until eval '[ -z "$(ip -6 addr show to 2001:db8::203)" ]'
	run ! fetch http://web3/
	printf '{"id":"%s"}' "$id" | $hook poststop
	serves web2
	lab_stop v6d
}

@test "a create that fails after our hook leaves nothing that blocks the next start" {
	run -127 engine_podman run -d --name broken --annotation v6.host=web3 localhost/web /no/such/program
	engine_run web3 --annotation v6.host=web3
	lab_until serves web3
	v6ctl reconcile
	serves web3
}

@test "a failed start leaves nothing, and says why in the log and in v6ctl" {
	run engine_run broken --annotation v6.host=nowhere
	[ "$status" != 0 ]
	lab_until grep -q ": nowhere: no such name" /run/lab/messages
	[[ "$(v6ctl)" == *": nowhere: no such name"* ]]
	[ -z "$(box_left)" ]
}

@test "a misspelt annotation stops the start" {
	run engine_run broken --annotation v6.hots=web3
	[ "$status" != 0 ]
	lab_until grep -q "did you mean v6.host" /run/lab/messages
}

@test "v6.required=false: the container runs without its service" {
	engine_run web3 --annotation v6.host=nowhere --annotation v6.required=false
	engine_podman exec web3 true
	[[ "$(v6ctl)" == *": nowhere: no such name"* ]]
}

@test "podman's own published port does not answer on a service address" {
	engine_run other --network six -p 8088:80
	lab_until eval '[ "$(fetch "http://[$LAB_HOST]:8088/")" = "other: hello, $LAB_CLIENT" ]'
	engine_run web3 --annotation v6.host=web3
	lab_until serves web3
	run fetch http://web3:8088/
	[[ "$output" == *refused* || "$output" == *"Couldn't connect"* || "$output" == *"Failed to connect"* ]]
	[[ "$output" != *hello* ]]
}

@test "prestart in a hook file is the same as createRuntime" {
	mkdir -p /run/lab/hooks
	sed 's/createRuntime/prestart/' /usr/share/containers/oci/hooks.d/99-oci-v6-bind.json \
		>/run/lab/hooks/99-oci-v6-bind.json
	cp /usr/share/containers/oci/hooks.d/99-oci-v6-unbind.json /run/lab/hooks
	podman --runtime "$ENGINE_RUNTIME" --hooks-dir /run/lab/hooks run -d --name web3 \
		--hostname web3 --annotation v6.host=web3 localhost/web
	lab_until serves web3
	podman --runtime "$ENGINE_RUNTIME" --hooks-dir /run/lab/hooks rm -f -t 0 web3
	[ -z "$(box_left)" ]
}

@test "a container without our annotations does not meet the hook" {
	mv "$hook" /run/lab/hook
	printf '#!/bin/sh\ncat >/run/lab/met\n' >"$hook"
	chmod 755 "$hook"
	engine_run plain --annotation other.host=web3
	[ ! -e /run/lab/met ]
	engine_run asks --annotation v6.host=web3
	[ -e /run/lab/met ]
	engine_rm
	mv /run/lab/hook "$hook"
}

# well [NAME]: v6ctl check finds nothing to say, but of other engines that the machine has
well() {
	LC_ALL=C.UTF-8 v6ctl check "$@"
	! grep -vE '^  (✓|\? engine +/usr/s?bin/(dockerd|containerd) reads no hooks)' \
		<(LC_ALL=C.UTF-8 v6ctl check "$@" | tail -n +2)
}

@test "v6ctl check: no false alarm on podman's networks; a restart that it asks for moves a service" {
	engine_run web2 --annotation v6.host=web2
	engine_run web3 --network six --annotation v6.host=web3
	lab_until serves web2
	lab_until serves web3
	well web2
	well web3
	well

	sed -i '/web3/d' /run/lab/hosts/lab
	echo '2001:db8::333 web3' >/run/lab/hosts/moved
	lab_until lab_dns_knows web3 2001:db8::333
	run v6ctl check web3
	echo "$output"
	[ "$status" = 1 ]
	id=$(engine_podman ps -q --filter name=web3)
	[ "$(sed -n 's/^ *run: //p' <<<"$output")" = "podman restart $id" ]
	engine_podman restart "$id"
	lab_until serves web3
	well web3
	[ -n "$(ip -6 addr show dev eth0 to 2001:db8::333)" ]
	rm /run/lab/hosts/moved
	lab_dns_zone >/run/lab/hosts/lab
	lab_until lab_dns_knows web3 2001:db8::203
}

@test "make uninstall leaves nothing, and containers start as before" {
	[ -z "${V6_INSTALLED-}" ] || skip "it is a package"
	make -s uninstall prefix=/usr
	[ -z "$(find /usr /etc -name '*oci-v6*' -o -name 'v6ctl*')" ]
	engine_run plain --annotation v6.host=web3
	[ -z "$(box_left)" ]
	box_install
}
