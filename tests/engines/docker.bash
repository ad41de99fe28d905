#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# docker-crun.bats, docker-runc.bats - Real Docker, by the shim in front of the runtime in the file's name
#
#	tests/lab/run bats tests/engines/docker-runc.bats

load engine
. tests/lab/docker.sh
docker_path

setup_file() {
	[ "$ENGINE_RUNTIME" = runc ] || needs_limits "Docker with crun"
	lab_ready
	engine_rootfs /run/lab/web
	docker_up
	docker_image
	docker network create four
	docker network create --ipv6 --subnet fd42:1::/64 --subnet 10.89.7.0/24 six
}

teardown_file() {
	[ ! -e /run/docker.pid ] || docker_stop
}

setup() {
	: >/run/lab/messages
}

teardown() {
	docker_rm
	[ ! -e /run/lab/filtering ] || not_filtering
	lab_stop v6d
	# tests must not leave anything for the next one, which is what is tested here anyway
	lab_until nothing_is_left
}

# asking KEY=VALUE... - how docker run is told: by annotations from version 24 on
asking() {
	local pair name

	options=()
	for pair; do
		if docker run --help | grep -q -- --annotation; then
			options+=(--annotation "v6.$pair")
		else
			name=${pair%%=*}
			options+=(-e "V6_${name^^}=${pair#*=}")
		fi
	done
}

# run_web NAME [OPTION...] - the web server, as container NAME and asking as ${options[@]} says
run_web() {
	local name=$1

	shift
	docker run -d --name "$name" --hostname "$name" "${options[@]}" "$@" web
}

# stands [OPTION...] - web3 is published on a network, and goes with its container
stands() {
	asking host=web3
	run_web web3 "$@"
	lab_until serves web3
	docker rm -f web3
	lab_until nothing_is_left
}

@test "the default bridge, without IPv6" {
	stands
}

@test "a user-defined network, without IPv6" {
	stands --network four
}

# The runtime sets it after the hook, and before the container is started
@test "--sysctl turns IPv6 off: the service is there all the same" {
	for network in bridge four six; do
		stands --network $network --sysctl net.ipv6.conf.all.disable_ipv6=1
	done
}

@test "a user-defined network, with IPv6" {
	stands --network six
}

# within NAME COMMAND... - in the network of a container
within() {
	nsenter --net="/proc/$(docker inspect -f '{{ .State.Pid }}' "$1")/ns/net" "${@:2}"
}

@test "v6.egress: it leaves by its service, where Docker has no rules for IPv6" {
	lab_start out nsenter --net=/run/netns/client "$peer" serve tcp 25 out
	for network in bridge six; do
		asking host=web3 egress=on
		run_web web3 --network $network
		lab_until serves web3
		[ "$(within web3 "$peer" ask tcp "$LAB_CLIENT" 25)" = "out 2001:db8::203" ]
		docker rm -f web3
	done
	lab_stop out
}

@test "containers that Docker separates (icc=false) stay separated, though they have IPv6 now" {
	docker network create -o com.docker.network.bridge.enable_icc=false apart
	for name in web3 web2; do
		asking host=$name
		run_web $name --network apart
		lab_until serves $name
	done
	four=$(docker inspect -f '{{ range .NetworkSettings.Networks }}{{ .IPAddress }}{{ end }}' web2)
	six=$(within web2 ip -6 -o addr show dev eth0 | grep -o 'fd[0-9a-f:]*')
	# whether rules of IPv6 see bridged packets or not
	for filter in 0 1; do
		sysctl -qw net.bridge.bridge-nf-call-ip6tables=$filter
		run ! within web3 ping -c 1 -W 1 "$four"
		run ! within web3 ping -6 -c 1 -W 1 "$six"
		run within web3 "$peer" ask tcp "$six" 80
		[[ "$output" == "error: "* ]]
		[[ "$(within web3 curl -gsS -m 3 'http://[2001:db8::202]/')" == "web2: hello, "* ]]
	done
	for address in $(within web2 ip -6 -o addr show scope link | grep -o 'fe80[0-9a-f:]*'); do
		run ! within web3 ping -6 -c 1 -W 1 "$address%eth0"
	done
	docker_rm
	docker network rm apart
}

@test "the host's network" {
	asking host=web3
	run_web web3 --network host
	lab_until eval '[[ "$(fetch http://web3/)" == *": hello, $LAB_CLIENT" ]]'
	docker rm -f web3
	lab_until nothing_is_left
}

@test "--network container: another port of the same name" {
	asking host=web3
	run_web web3
	asking host=web3 ports=8080:80
	docker run -d --name second --network container:web3 "${options[@]}" web sleep infinity
	lab_until serves web3
	[ "$(fetch http://web3:8080/)" = "web3: hello, $LAB_CLIENT" ]
	docker rm -f second
	run ! fetch http://web3:8080/
	serves web3
}

@test "no network: it does not start, and Docker says why" {
	asking host=web3
	run run_web web3 --network none
	echo "$output"
	[ "$status" != 0 ]
	[[ "$output" == *"the container has no network but loopback"* ]]
	[[ "$(v6ctl)" == *"the container has no network but loopback"* ]]
	lab_until eval '[ "$(docker inspect -f "{{.State.Running}}" web3)" = false ]'
	lab_until nothing_is_left
}

@test "variables of the environment ask, ports and all; an image's can be taken back" {
	docker run -d --name web3 --hostname web3 -e V6_HOST=web3 -e "V6_PORTS=8080:80 81:80" web
	lab_until eval '[ "$(fetch http://web3:8080/)" = "web3: hello, $LAB_CLIENT" ]'
	[ "$(fetch http://web3:81/)" = "web3: hello, $LAB_CLIENT" ]
	run ! fetch http://web3/
	docker rm -f web3
	docker commit -c 'ENV V6_HOST=web3' "$(docker create web)" asks
	docker run -d --name one asks
	[ "$(v6ctl list --tsv | cut -f 2,4)" = $'2001:db8::203\t80' ]
	docker rm -f one
	docker run -d --name one -e V6_HOST= asks
	lab_until nothing_is_left
}

@test "a container that asks for nothing: as without us" {
	docker run -d --name one -p 8080:80 web
	[ "$(docker run --rm -i web cat <<<"through")" = through ]
	run -7 docker run --rm web sh -c 'exit 7'
	lab_until nothing_is_left
	[ -z "$(docker ps -aq --filter status=created)" ]
	bundle=/run/docker/containerd/daemon/io.containerd.runtime.v2.task/moby/$(docker inspect -f '{{.Id}}' one)
	run ! grep oci-v6 "$bundle/config.json"
}

@test "published ports of others do not answer on a service address" {
	docker run -d --name one -p 8080:80 web
	asking host=web3
	run_web web3
	lab_until serves web3
	lab_until fetch "http://[$LAB_HOST]:8080/"
	run ! fetch http://web3:8080/
}

@test "what is held: the second container does not start, and Docker shows the holder" {
	asking host=web3
	first=$(run_web web3)
	run run_web second
	echo "$output"
	[ "$status" != 0 ]
	held="web3: 2001:db8::203 port 80/tcp is held by container ${first:0:12}"
	[[ "$(v6ctl)" == *": $held"* ]]
	# crun hides what hooks say
	[ "$ENGINE_RUNTIME" = crun ] || [[ "$output" == *"$held"* ]]
	lab_until serves web3
}

@test "it may start without, where it says so" {
	asking host=nope required=false
	run_web web3
	lab_until nothing_is_left
	[[ "$(v6ctl)" == *"nope: no such name"* ]]
	[ "$(docker inspect -f '{{.State.Running}}' web3)" = true ]
}

@test "a command that is not there: nothing is left of the start" {
	asking host=web3
	run ! docker run -d --name web3 "${options[@]}" web nonsense
	lab_until nothing_is_left
}

@test "docker restart, stop, start and kill" {
	asking host=web3
	for network in bridge six; do
		run_web web3 --network "$network"
		lab_until serves web3
		docker restart -t 0 web3
		lab_until serves web3
		docker stop -t 0 web3
		lab_until nothing_is_left
		docker start web3
		lab_until serves web3
		docker kill web3
		lab_until nothing_is_left
		docker rm -f web3
	done
}

@test "docker network connect and disconnect: v6d follows" {
	box_v6d_start
	asking host=web3
	run_web web3
	lab_until serves web3
	docker network connect six web3
	lab_until serves web3
	docker network disconnect bridge web3
	lab_until serves web3
	[[ "$(v6ctl list)" == *"[fd42:1::"*"]:80"* ]]
	docker rm -f web3
	lab_until nothing_is_left
}

@test "v6.relay: its program listens on IPv4 only" {
	box_v6d_start
	asking host=web3 relay=on
	docker run -d --name web3 --hostname web3 "${options[@]}" web /bin/httpd -f -p 0.0.0.0:80 -h /www
	lab_until eval '[[ "$(fetch http://web3/)" == "web3: hello, "*172.17.* ]]'
	docker rm -f web3
	lab_until nothing_is_left
	lab_until eval '! pgrep -x oci-v6-relay'
}

@test "--restart=always: it crashes, and is there again" {
	asking host=web3
	run_web web3 --restart always
	lab_until serves web3
	pid=$(docker inspect -f '{{.State.Pid}}' web3)
	kill -KILL "$pid"
	lab_until eval '[ "$(docker inspect -f "{{.State.Pid}} {{.State.Running}}" web3)" != "$pid true" ]'
	lab_until eval '[ "$(docker inspect -f "{{.State.Running}}" web3)" = true ]'
	lab_until serves web3
	[ "$(docker inspect -f '{{.RestartCount}}' web3)" = 1 ]
}

@test "compose: up, and down" {
	mkdir -p /run/lab/shop
	cat >/run/lab/shop/docker-compose.yml <<-'YAML'
		version: "3"
		services:
		  web2:
		    image: web
		    hostname: web2
		    environment: {V6_HOST: web2}
		  web3:
		    image: web
		    hostname: web3
		    environment: {V6_HOST: web3, V6_PORTS: "80 8080:80"}
	YAML
	cd /run/lab/shop
	docker-compose up -d
	lab_until serves web2
	lab_until serves web3
	[ "$(fetch http://web3:8080/)" = "web3: hello, $LAB_CLIENT" ]
	docker-compose restart -t 0 web3
	lab_until serves web3
	docker-compose down -t 0
	lab_until nothing_is_left
}

@test "the daemon is started again with live-restore: services go on, and end with their containers" {
	docker_stop
	docker_up '"live-restore": true'
	asking host=web3
	run_web web3
	lab_until serves web3
	docker_stop
	serves web3
	docker_start
	serves web3
	docker restart -t 0 web3
	lab_until serves web3
	docker rm -f web3
	lab_until nothing_is_left
	docker_stop
	docker_up
}

@test "the daemon is killed, and its containers with it: what is left is collected" {
	asking host=web3
	run_web web3
	lab_until serves web3
	pid=$(docker inspect -f '{{.State.Pid}}' web3)
	docker_kill
	serves web3
	kill -KILL "$pid"
	lab_until lab_is_gone "$pid"
	v6ctl reconcile
	lab_until nothing_is_left
	docker_start
}

@test "a default bridge with IPv6" {
	docker_stop
	docker_up '"ipv6": true, "fixed-cidr-v6": "fd42:2::/64"'
	asking host=web3
	run_web web3
	lab_until serves web3
	v6ctl list
	[[ "$(v6ctl list)" == *"[fd42:2::"*"]:80"* ]]
	docker rm -f web3
	lab_until nothing_is_left
	docker_stop
	docker_up
}

# filtering - as Docker 27 and later does by itself: what is forwarded, and not published by Docker, is dropped
filtering() {
	: >/run/lab/filtering
	docker_stop
	# 28 sets the policy only where it turns forwarding on itself, with the first network that has IPv6
	sysctl -qw net.ipv6.conf.all.forwarding=0
	docker_up '"experimental": true, "ip6tables": true'
	docker network create --ipv6 --subnet fd42:3::/64 --subnet 10.89.8.0/24 filtered
	ip6tables -S FORWARD | grep -x -- '-P FORWARD DROP'
	asking host=web3
}

# not_filtering - as the other tests have it
not_filtering() {
	rm /run/lab/filtering
	docker network rm filtered
	docker_stop
	ip6tables -F
	ip6tables -X
	ip6tables -P FORWARD ACCEPT
	docker_up
}

has_user_chain() {
	ip6tables -S DOCKER-USER >/dev/null 2>&1
}

# our_rules - how many there are in Docker's chain
our_rules() {
	ip6tables -S DOCKER-USER | grep -c -- "--comment oci-v6-hook "
}

@test "v6.egress: it leaves by its service, past Docker's own filter and before its masquerade" {
	filtering
	has_user_chain || skip "Docker before 23 has no chain DOCKER-USER for IPv6"
	ip6tables -t nat -S POSTROUTING | grep -- '-s fd42:3::/64 .*-j MASQUERADE'
	lab_start out nsenter --net=/run/netns/client "$peer" serve tcp 25 out
	asking host=web3 egress=on
	for network in bridge filtered; do
		run_web web3 --network $network
		lab_until serves web3
		[ "$(within web3 "$peer" ask tcp "$LAB_CLIENT" 25)" = "out 2001:db8::203" ]
		docker rm -f web3
	done
	# the others leave as this host, or not at all
	options=()
	run_web other --network filtered
	[ "$(within other "$peer" ask tcp "$LAB_CLIENT" 25)" = "out $LAB_HOST" ]
	docker rm -f other
	lab_stop out
}

@test "Docker's own filter, on by default from 27 on: services answer on each network, and over its starts" {
	filtering
	has_user_chain || skip "Docker before 23 has no chain DOCKER-USER for IPv6"
	for network in bridge four six filtered; do
		run_web web3 --network "$network"
		lab_until serves web3
		docker restart -t 0 web3
		lab_until serves web3
		docker rm -f web3
	done
	[[ "$(v6ctl check)" == *"DOCKER-USER"* ]]
	docker_stop
	docker_start
	[ "$(our_rules)" = 1 ]
	run_web web3 --network filtered
	lab_until serves web3
	# the target, and other ports of it, are as closed as before
	target=$(v6ctl list --tsv | cut -f 8 | grep -o 'fd42:3:[0-9a-f:]*')
	lab_client ip -6 route replace fd42:3::/64 via "$LAB_HOST"
	run -28 lab_client curl -sS -m 1 "http://[$target]/"
	# nor does it open what the administrator has closed in there
	ip6tables -I DOCKER-USER -m conntrack --ctstate DNAT --ctorigdst 2001:db8::203 -j DROP
	/usr/libexec/oci-v6/docker-user remove
	/usr/libexec/oci-v6/docker-user add
	run -28 fetch -m 1 http://web3/
	ip6tables -D DOCKER-USER -m conntrack --ctstate DNAT --ctorigdst 2001:db8::203 -j DROP
	lab_until serves web3
	/usr/libexec/oci-v6/docker-user remove
	run ! our_rules
}

@test "where nothing lets services pass Docker's filter, v6ctl check has the line" {
	filtering
	line="ip6tables -I FORWARD -m conntrack --ctstate DNAT -j ACCEPT"
	if has_user_chain; then
		line="ip6tables -I DOCKER-USER -m mark --mark 0x1000/0x1000 -j ACCEPT"
		ip6tables -F DOCKER-USER
	fi
	run_web web3
	run -28 fetch -m 1 http://web3/
	run v6ctl check web3
	echo "$output"
	[[ "$output" == *"80/tcp of 2001:db8::203: new connections are dropped by the policy of chain FORWARD"* ]]
	[ "$(sed -n 's/^ *run: //p' <<<"$output")" = "$line" ]
	bash -c "$line"
	lab_until serves web3
}
