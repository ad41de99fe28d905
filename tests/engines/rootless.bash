#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# rootless-crun.bats, rootless-runc.bats - podman as users other than root run it, and v6d that publishes
# for them
#
#	tests/lab/run bats tests/engines/rootless-crun.bats

load engine
. tests/lab/rootless.sh

setup_file() {
	lab_up
	engine_up
	box_install
	for user in alice:1500 bob:1501; do
		user_add "${user%:*}" "${user#*:}"
		user_image "${user%:*}"
	done
	mkdir -p /etc/oci-v6
}

setup() {
	: >/run/lab/messages
	echo '{"allow": [{"users": ["alice", "bob"], "names": ["web*"], "ports": ["80-90"]},
		{"users": ["root"]}]}' \
		>/etc/oci-v6/config.json
	: >/run/lab/v6d.log
	lab_start v6d v6d
	lab_until test -S /run/oci-v6d.sock
}

teardown() {
	cat /run/lab/v6d.log /run/lab/messages
	lab_stop pasta
	lab_stop other
	user_rm alice
	user_rm bob
	lab_until nothing_is_left
	lab_stop v6d
	rm -rf /run/oci-v6
}

nothing_is_left() {
	! nft list table ip6 oci-v6 2>/dev/null | grep 2001:db8 &&
		! ip -6 addr show | grep 2001:db8::20 &&
		! find /run/oci-v6/records /run/oci-v6/holders-* -type f 2>/dev/null | grep .
}

# web USER PORT OPTION... - his web server, published on a port of the host
web() {
	user_podman "$1" run -d --name web --hostname "web-of-$1" -p "$2:80" "${@:3}" localhost/web
}

# serves USER [URL] - another machine is answered by his container
serves() {
	[[ "$(lab_client curl -sS -m 3 "${2:-http://web3/}")" == "web-of-$1: hello, "* ]]
}

@test "http://web3/ answers on port 80, with no privileged port and no sysctl" {
	web alice 8080 --annotation v6.host=web3 --annotation v6.ports=80:8080
	lab_until serves alice
	serves alice 'http://[2001:db8::203]/'
	# from the host itself, too
	[[ "$(curl -sS -m 3 http://web3/)" == "web-of-alice: hello, "* ]]
	# and nothing else of the host does there: not even the published port
	run ! lab_client curl -sS -m 3 http://web3:8080/
	user_podman alice stop -t 0 web
	nothing_is_left
}

@test "the same port, and a range" {
	web alice 8080 --annotation v6.host=web3 --annotation v6.ports=80-81:8080-8081 -p 8081:80
	lab_until serves alice
	serves alice http://web3:81/
}

@test "two users, each with a name of their own; podman restart" {
	web alice 8080 --annotation v6.host=web3 --annotation v6.ports=80:8080
	web bob 8081 --annotation v6.host=web2 --annotation v6.ports=80:8081
	lab_until serves alice
	lab_until serves bob http://web2/
	# whether the first pasta has gone by then is chance (podman's issue 23737)
	user_podman alice restart -t 0 web || lab_until user_podman alice start web
	lab_until serves alice
	serves bob http://web2/
}

@test "a container of root's beside them" {
	engine_run root --annotation v6.host=web4
	web alice 8080 --annotation v6.host=web3 --annotation v6.ports=80:8080
	lab_until serves alice
	[[ "$(lab_client curl -sS -m 3 http://web4/)" == "root: hello, "* ]] || false
	engine_rm
	serves alice
}

@test "killed with its conmon: v6d releases it" {
	web alice 8080 --annotation v6.host=web3 --annotation v6.ports=80:8080
	lab_until serves alice
	kill -KILL "$(cat "$(user_podman alice inspect --format '{{.ConmonPidFile}}' web)")"
	kill -KILL "$(user_podman alice inspect --format '{{.State.Pid}}' web)"
	lab_until nothing_is_left
}

@test "logout: all that the user runs ends, and with it the user's claims" {
	web alice 8080 --annotation v6.host=web3 --annotation v6.ports=80:8080
	lab_until serves alice
	# as systemd does where he does not linger; ids of his containers' own users included
	for process in /proc/[0-9]*; do
		# one may end by itself, or with another
		! grep -q "^1500 *0 \|^ *0 *1500 " "$process/uid_map" 2>/dev/null ||
			kill -KILL "${process#/proc/}" 2>/dev/null || true
	done
	rm -rf /run/user/1500/*
	lab_until nothing_is_left
}

@test "--userns=keep-id: the port is published after the hook" {
	web alice 8080 --annotation v6.host=web3 --annotation v6.ports=80:8080 --userns=keep-id \
		--user 0
	lab_until serves alice
	user_podman alice rm -f -t 0 web
	nothing_is_left
}

# by_network NETWORK - his container is published there
by_network() {
	web alice 8080 --annotation v6.host=web3 --annotation v6.ports=80:8080 --network "$1"
	lab_until serves alice
	user_rm alice
	nothing_is_left
}

@test "slirp4netns" {
	[[ "$(podman --version)" == *" "[45].* ]] || skip "podman 6 has none"
	by_network slirp4netns
}

@test "a network of the user's own" {
	user_podman alice network create --ipv6 own
	by_network own
	user_podman alice network rm own
}

# podman 4.3 can't have it yet; later ones run it just so: packaging/check/pasta.bats
@test "pasta, by itself: the client's own address is seen" {
	user_start alice pasta pasta --foreground --config-net -t 8080:80 -- \
		"$peer" serve tcp 80 web
	lab_until eval '[ -n "$(pasta_child)" ]'
	pasta_child >/run/lab/init-pasta.pid
	lab_until box_host_listens 8080
	box_state pasta v6.host=web3 v6.ports=80:8080 | user_run alice "$hook" createRuntime
	lab_until answers "web $LAB_CLIENT" tcp 2001:db8::203 80
	# the first process of a PID namespace, which nothing else ends
	kill -KILL "$(cat /run/lab/init-pasta.pid)"
	lab_until nothing_is_left
}

# pasta_child - pid of what runs in its namespaces
pasta_child() {
	ps -C peer -o pid=,user= | sed -n 's/^ *\([0-9]*\) alice$/\1/p'
}

@test "a pod of the user's" {
	user_podman alice pod create --name pod -p 8080:80 --hostname web-of-alice
	user_podman alice run -d --pod pod --name one --annotation v6.host=web3 \
		--annotation v6.ports=80:8080 localhost/web
	lab_until serves alice
	user_podman alice pod rm -f -t 0 pod
	nothing_is_left
}

@test "a second user is refused, and learns nothing of the first" {
	web alice 8080 --annotation v6.host=web3 --annotation v6.ports=80:8080
	lab_until serves alice
	run web bob 8081 --annotation v6.host=web3 --annotation v6.ports=80:8081
	[ "$status" != 0 ]
	lab_until grep -q ": web3: 2001:db8::203 is held by another user of this host; services of users need addresses of their own" /run/lab/messages
	serves alice
}

@test "a rule for a group: its members may, and lose it with their membership" {
	groupadd --gid 1600 publishers
	gpasswd -a alice publishers
	echo '{"allow": [{"groups": ["publishers"], "names": ["web3"]}]}' >/etc/oci-v6/config.json
	web alice 8080 --annotation v6.host=web3 --annotation v6.ports=80:8080
	lab_until serves alice
	run web bob 8081 --annotation v6.host=web2 --annotation v6.ports=80:8081
	[ "$status" != 0 ]
	lab_until grep -qF ": user 1501 may not claim addresses of this host; a rule" /run/lab/messages
	user_rm alice
	gpasswd -d alice publishers
	refused "user 1500 may not claim addresses of this host; a rule" --annotation v6.ports=80:8080
	groupdel publishers
}

# refused TEXT OPTION... - alice's container does not start, and it is said why
refused() {
	local text=$1

	shift
	: >/run/lab/messages
	run web alice 8080 --annotation v6.host=web3 "$@"
	[ "$status" != 0 ]
	lab_until grep -qF ": $text" /run/lab/messages
	user_rm alice
	nothing_is_left
}

@test "what is refused" {
	refused "web3: port 80/tcp of this host is one that only root may listen on; publish another one"
	refused "web3: port 22/tcp of this host is one that only root may listen on" --annotation v6.ports=80:22
	refused "web3: 2001:db8::203 port 443/tcp: no rule" --annotation v6.ports=443:8080
	user_start bob other busybox nc -l -p 8090
	lab_until box_host_listens 8090
	refused "web3: port 8090/tcp of this host belongs to another user's program" --annotation v6.ports=80:8090
	lab_stop other
	rm /etc/oci-v6/config.json
	refused 'user 1500 may not claim addresses of this host; this in /etc/oci-v6/config.json would let them: {"allow": [{"users": ["1500"], "names": ["web3"], "ports": ["80/tcp"]}, {"users": ["root"]}]}' \
		--annotation v6.ports=80:8080
}

@test "--network host: not by a container that is not root's" {
	run user_podman alice run -d --name web --network host --annotation v6.host=web3 \
		--annotation v6.ports=80:8080 localhost/web httpd -f -p 8080 -h /www
	[ "$status" != 0 ]
	lab_until grep -qF ": the container is in this host's own network; run it with one of its own" /run/lab/messages
}

@test "v6d does not run: the error says what to start; with v6.required=false the container runs" {
	lab_stop v6d
	refused "/run/oci-v6d.sock: v6d does not run, which publishes and shows what users other than root ask for; have root start it" \
		--annotation v6.ports=80:8080
	web alice 8080 --annotation v6.host=web3 --annotation v6.ports=80:8080 --annotation v6.required=false
	lab_until serves alice "http://[$LAB_HOST]:8080/"
}
