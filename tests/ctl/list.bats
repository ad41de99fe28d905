#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# list.bats - v6ctl list: every state that a claim can be in, in every form
#
#	tests/lab/run bats tests/ctl/list.bats

load ctl

setup_file() {
	lab_ready
	box_bridge fd42::ffff/64
}

setup() {
	box_up a fd42::a/64
	box_up b fd42::b/64
	box_serve a tcp 80
}

teardown() {
	lab_clear a b
	rm -rf /etc/oci-v6
}

state() {
	json '" ".join(sorted(set(c["state"] for c in o["claims"])))' v6ctl --json
}

@test "nothing is published" {
	golden v6ctl <<<"nothing is published"
	golden v6ctl list <<<"nothing is published"
	golden v6ctl --tsv </dev/null
	schema v6ctl --json
}

@test "a look makes no directory" {
	golden v6ctl <<<"nothing is published"
	v6ctl --json >/dev/null
	[ ! -e /run/oci-v6 ]
}

@test "one line for each claim, sorted; and the last failure of each container" {
	box_bind a v6.host=web3,web2 v6.ports=443:8443,80,7000-7001/udp
	run ! box_bind b v6.host=nowhere
	golden v6ctl <<-LIST
		SERVICE ADDRESS       PORT          CONTAINER    TARGET              LINK STATE  AGE CONN BYTES
		web2    2001:db8::202 80/tcp        <box-a-id> [fd42::a]:80        eth0 active  @s    0     0
		web2    2001:db8::202 443:8443/tcp  <box-a-id> [fd42::a]:8443      eth0 active  @s    0     0
		web2    2001:db8::202 7000-7001/udp <box-a-id> [fd42::a]:7000-7001 eth0 active  @s    0     0
		web3    2001:db8::203 80/tcp        <box-a-id> [fd42::a]:80        eth0 active  @s    0     0
		web3    2001:db8::203 443:8443/tcp  <box-a-id> [fd42::a]:8443      eth0 active  @s    0     0
		web3    2001:db8::203 7000-7001/udp <box-a-id> [fd42::a]:7000-7001 eth0 active  @s    0     0

		Last failures:
		DATE TIME <box-b-id>: nowhere: no such name in DNS or /etc/hosts: asked 2001:db8::53; add an AAAA record, or a line to /etc/hosts
	LIST
	schema v6ctl --json
	# a start that goes well forgets the failure
	box_bind b v6.host=2001:db8::bbbb
	run v6ctl
	[[ "$output" != *"Last failures"* ]]
}

@test "of names alone: claims and failures; what there is nothing of is a failure" {
	box_bind a v6.host=web3,web2
	run ! box_bind b v6.host=nowhere
	[ "$(v6ctl list --tsv WEB2 | cut -f 1 | sort -u)" = $'web2\nweb3' ]
	[[ "$(v6ctl list web3)" != *"Last failures"* ]]
	[[ "$(v6ctl list nowhere)" == "Last failures:"*"nowhere: no such name"* ]]
	v6ctl list --tsv nowhere "$(box_id a | cut -c1-12)"
	[ "$(json '(len(o["claims"]), len(o["failures"]))' v6ctl list --json nowhere)" = "(0, 1)" ]
	run --separate-stderr v6ctl list web3 web7
	[ "$status" = 1 ]
	[[ "$output" == *"web3"*"active"* ]]
	[[ "$stderr" == "v6ctl: web7: nothing is published under that name, address or container"* ]]
}

@test "JSON and TSV are in the order of the table, by numbers where these differ" {
	box_bind a v6.host=web3,web2 v6.ports=443,80,9
	box_bind b v6.host=2001:db8::bb
	v6ctl --tsv | cut -f 1,4 | diff - <(printf '%s\t%s\n' 2001:db8::bb 80 web2 9 web2 80 web2 443 web3 9 web3 80 web3 443)
	[ "$(json '[(c["service"], c["port"]) for c in o["claims"]][:3]' v6ctl --json)" = "[('2001:db8::bb', 80), ('web2', 9), ('web2', 80)]" ]
}

@test "long failures are wrapped where the terminal ends" {
	run ! box_bind b v6.host=nowhere
	COLUMNS=60 run v6ctl
	run ! grep '.\{61\}' <<<"$output"
	[ "$(v6ctl | wc -l)" = 2 ]
	[[ "$(COLUMNS=60 v6ctl | sed -n 3p)" == "    "[^\ ]* ]]
}

# docker_container NAME [HOSTCONFIG] - what Docker has in its directory of box a, in a layer of the lab's own
docker_container() {
	mkdir -p /run/lab/var-lib/upper /run/lab/var-lib/work
	mountpoint -q /var/lib || mount -t overlay lab /var/lib \
		-o lowerdir=/var/lib,upperdir=/run/lab/var-lib/upper,workdir=/run/lab/var-lib/work
	mkdir -p "/var/lib/docker/containers/$(box_id a)"
	echo "{\"Name\": \"$1\"}" >"/var/lib/docker/containers/$(box_id a)/config.v2.json"
	echo "${2-}" >"/var/lib/docker/containers/$(box_id a)/hostconfig.json"
}

@test "Docker's name of a container, from its file; and a failure goes with Docker's directory" {
	local bundle state

	bundle=/run/containerd/io.containerd.runtime.v2.task/moby/$(box_id a)
	docker_container /blog
	box_bind a v6.host=web3
	[ "$(v6ctl list --tsv blog | cut -f 7)" = blog ]
	v6ctl show blog | grep -x "  name      blog"
	for name in '/b\u001b[31mlog' '/' '/a b'; do
		docker_container "$name"
		[ "$(v6ctl list --tsv | cut -f 7)" = - ]
	done
	box_unbind a
	state=$(box_state a v6.host=nowhere | sed "s|\"bundle\": *\"[^\"]*\"|\"bundle\": \"$bundle\"|")
	run ! "$hook" createRuntime <<<"$state"
	[[ "$(v6ctl)" == *"nowhere: no such name"* ]]
	rm -r /var/lib/docker/containers
	[[ "$(v6ctl)" == "nothing is published" ]]
	docker_container /blog '{"AutoRemove":true}'
	run ! "$hook" createRuntime <<<"$state"
	rm -r /var/lib/docker/containers
	[[ "$(v6ctl)" == *"nowhere: no such name"* ]]
	umount /var/lib
}

@test "80 columns are enough, and 60 have what matters" {
	box_bind a v6.host=web3
	COLUMNS=81 golden v6ctl <<-LIST
		SERVICE ADDRESS       PORT   CONTAINER    TARGET       LINK STATE  AGE CONN BYTES
		web3    2001:db8::203 80/tcp <box-a-id> [fd42::a]:80 eth0 active  @s    0     0
	LIST
	COLUMNS=80 golden v6ctl <<-LIST
		SERVICE ADDRESS       PORT   CONTAINER    LINK STATE  AGE CONN BYTES
		web3    2001:db8::203 80/tcp <box-a-id> eth0 active  @s    0     0
	LIST
	COLUMNS=60 golden v6ctl <<-LIST
		SERVICE ADDRESS       PORT   CONTAINER    STATE  AGE CONN
		web3    2001:db8::203 80/tcp <box-a-id> active  @s    0
	LIST
	COLUMNS=40 golden v6ctl <<-LIST
		SERVICE ADDRESS       PORT   STATE
		web3    2001:db8::203 80/tcp active
	LIST
}

@test "no colours in a file, nor with NO_COLOR; on a terminal, and its width" {
	box_bind a v6.host=web3
	run v6ctl
	[[ "$output" != *$'\e'* ]]
	run env -u NO_COLOR TERM=xterm script -qec 'stty cols 45; v6ctl' /dev/null
	[[ "$output" == *$'\e[32mactive\e[m'* && "$output" != *CONTAINER* ]]
	run env NO_COLOR=1 TERM=xterm script -qec v6ctl /dev/null
	[[ "$output" == *" active "* && "$output" != *$'\e'* ]]
}

@test "for scripts: fields between tabs" {
	box_bind a v6.host=web3 v6.ports=443:8443,7000-7001/udp
	since=$(json 'o["claims"][0]["since"]' v6ctl --json)
	diff <(v6ctl --tsv | sort) - <<-TSV
		web3	2001:db8::203	tcp	443	443	$(box_id a)	-	fd42::a	8443	eth0	active	$since	0	0	-	-
		web3	2001:db8::203	udp	7000	7001	$(box_id a)	-	fd42::a	7000	eth0	active	$since	0	0	-	-
	TSV
}

@test "connections are counted, one by one, and reconcile forgets none" {
	box_bind a v6.host=web3
	for _ in 1 2 3; do
		answers "a $LAB_CLIENT" tcp 2001:db8::203 80
	done
	[ "$(json 'o["claims"][0]["connections"]' v6ctl --json)" = 3 ]
	v6ctl reconcile
	[ "$(v6ctl --tsv | cut -f 13)" = 3 ]
	[[ "$(v6ctl)" =~ " 3 "+([0-9.]+k?)$ ]]
}

@test "a range counts for all its ports" {
	box_bind a v6.host=web3 v6.ports=5000-5001:80-81
	answers "a $LAB_CLIENT" tcp 2001:db8::203 5000
	answers "error: Connection refused" tcp 2001:db8::203 5001
	[ "$(v6ctl --tsv | cut -f 4,5,13)" = "5000	5001	2" ]
	# what was answered has at least seven packets of 60 bytes, what was refused two
	[ "$(v6ctl --tsv | cut -f 14)" -ge 540 ]
}

@test "bytes are counted in both directions, and reconcile forgets none" {
	box_bind a v6.host=web3
	answers "a $LAB_CLIENT" tcp 2001:db8::203 80
	one=$(v6ctl --tsv | cut -f 14)
	# a connection has at least seven packets of 60 bytes
	[ "$one" -ge 420 ]
	answers "a $LAB_CLIENT" tcp 2001:db8::203 80
	v6ctl reconcile
	[ "$(json 'o["claims"][0]["bytes"]' v6ctl --json)" -gt $((one * 3 / 2)) ]
	schema v6ctl --json
}

@test "a wide range and a whole address" {
	box_bind a v6.host=web3 v6.ports=5000-9999/udp
	box_bind b v6.host=web2 v6.ports=all
	golden v6ctl <<-LIST
		SERVICE ADDRESS       PORT          CONTAINER    TARGET              LINK STATE  AGE CONN BYTES
		web2    2001:db8::202 all           <box-b-id> fd42::b             eth0 active  @s    0     -
		web3    2001:db8::203 5000-9999/udp <box-a-id> [fd42::a]:5000-9999 eth0 active  @s    0     -
	LIST
	schema v6ctl --json
	answers "error: Connection refused" tcp 2001:db8::202 81
	[ "$(json '[c["connections"] for c in o["claims"] if c["protocol"] == "all"]' v6ctl --json)" = "[1]" ]
	v6ctl --tsv | grep -qx "web2	2001:db8::202	all	-	-	$(box_id b)	-	fd42::b	-	eth0	active	[0-9]*	1	-	-	-"
}

@test "whose clients may connect, and by which address a container leaves" {
	client_serves tcp 25
	box_bind a "v6.host=web3 web2" v6.egress=on v6.from=2001:db8::/32
	box_bind b v6.host=2001:db8::b v6.from="2001:db8::/32 fd42::/16"
	nsenter --net=/run/netns/a "$peer" ask tcp "$LAB_CLIENT" 25
	golden v6ctl <<-LIST
		SERVICE     ADDRESS       PORT   CONTAINER    TARGET       LINK STATE  AGE CONN BYTES FROM          OUT
		2001:db8::b 2001:db8::b   80/tcp <box-b-id> [fd42::b]:80 eth0 active  @s    0     0 2 prefixes
		web2        2001:db8::202 80/tcp <box-a-id> [fd42::a]:80 eth0 active  @s    0     0 2001:db8::/32
		web3        2001:db8::203 80/tcp <box-a-id> [fd42::a]:80 eth0 active  @s    0     0 2001:db8::/32   1
	LIST
	[ "$(v6ctl --tsv | cut -f 15,16)" = $'2\t-\n1\t-\n1\t1' ]
	[ "$(json '[(c.get("clients"), c.get("egress_connections")) for c in o["claims"]]' v6ctl --json)" = \
		"[(2, None), (1, None), (1, 1)]" ]
	schema v6ctl --json
	nft flush set ip6 oci-v6 outgoing
	[[ "$(v6ctl list 2001:db8::203)" == *"web3 "*" lost "*" -" ]]
	[[ "$(v6ctl list web2)" == *"web2 "*" active "* ]]
	schema v6ctl --json
	lab_stop out-tcp
}

@test "state: foreign, on an address of the host's own" {
	ip addr add 2001:db8::99/64 dev eth0 nodad
	box_bind a v6.host=2001:db8::99
	[ "$(state)" = foreign ]
	ip addr del 2001:db8::99/64 dev eth0
	[ "$(state)" = unreachable ]
}

@test "state: blocked, while another table drops answers" {
	box_bind a v6.host=web3
	nft "add table inet fw; add chain inet fw f { type filter hook forward priority 0; };
		add rule inet fw f tcp sport 80 drop"
	[ "$(state)" = blocked ]
	nft delete table inet fw
	[ "$(state)" = active ]
}

@test "state: lost, when a route or a proxy neighbour is missing" {
	mkdir -p /etc/oci-v6
	echo '{"attach": "route"}' >/etc/oci-v6/config.json
	box_bind a v6.host=web3
	[ "$(json '[(c["attach"], c["state"]) for c in o["claims"]]' v6ctl --json)" = "[('proxy', 'active')]" ]
	run setpriv --reuid=65534 --clear-groups v6ctl
	[[ "$output" == *"2001:db8::203 lo"* ]]
	ip -6 neigh del proxy 2001:db8::203 dev eth0
	[ "$(state)" = lost ]
	v6ctl reconcile
	[ "$(state)" = active ]
	ip -6 route del local 2001:db8::203/128 dev lo
	[ "$(state)" = lost ]
	rm /etc/oci-v6/config.json
}

@test "state: stale, when the container has died and the stop hook did not run" {
	box_bind a v6.host=web3
	box_kill a
	[ "$(state)" = stale ]
}

@test "state: lost, whatever is missing, and active again after reconcile" {
	box_bind a v6.host=web3
	nft flush map ip6 oci-v6 services
	[ "$(state)" = lost ]
	v6ctl reconcile
	[ "$(state)" = active ]
	ip addr del 2001:db8::203/128 dev eth0
	[ "$(state)" = lost ]
	v6ctl reconcile
	nft flush set ip6 oci-v6 addresses
	[ "$(state)" = lost ]
	v6ctl reconcile
	nft delete table ip6 oci-v6
	[ "$(state)" = lost ]
	v6ctl reconcile
	[ "$(state)" = active ]
}

@test "state: lost, when the element has another target; taken, when it is another's" {
	box_bind a v6.host=web3
	key='tcp . 2001:db8::203 . 80'
	nft delete element ip6 oci-v6 services "{ $key }"
	nft add element ip6 oci-v6 services "{ $key comment \"web3 $(box_id a)\" : fd42::b . 80 }"
	[ "$(state)" = lost ]
	nft delete element ip6 oci-v6 services "{ $key }"
	nft add element ip6 oci-v6 services "{ $key comment \"web3 $(box_id b)\" : fd42::b . 80 }"
	[ "$(state)" = taken ]
}

@test "state: unknown, without the right to look at nf_tables" {
	box_bind a v6.host=web3,web2
	run --separate-stderr setpriv --bounding-set=-net_admin v6ctl --tsv
	[ "$status" = 0 ]
	[ "$(cut -f 11,13,14 <<<"$output" | sort -u)" = "unknown	-	-" ]
	[ "${#stderr_lines[@]}" = 1 ]
	[[ "$stderr" == "v6ctl: nf_tables: cannot look up an element: not allowed; run as root with CAP_NET_ADMIN"* ]]
	schema setpriv --bounding-set=-net_admin v6ctl --json 2>/dev/null
}

@test "not as root: what anybody may see, and what to do" {
	box_bind a v6.host=web3,web2
	run --separate-stderr setpriv --reuid=65534 --clear-groups v6ctl
	[ "$status" = 1 ]
	[ "$stderr" = "v6ctl: $v6d_is_down" ]
	[ "$output" = "Service addresses that the kernel shows to every user:
ADDRESS       LINK
2001:db8::202 eth0
2001:db8::203 eth0" ]
	run setpriv --reuid=65534 --clear-groups v6ctl --json
	[ "$status" = 1 ]
	[ "$output" = "v6ctl: $v6d_is_down" ]
}

@test "members of a pod share a claim, and each has its line" {
	box_bind a v6.host=web3
	sed "s/$(box_id a)/$(box_id c)/" <(box_state a v6.host=web3) | $hook createRuntime
	[ "$(json 'sorted(c["shared"] for c in o["claims"])' v6ctl --json)" = "[False, True]" ]
	[ "$(state)" = active ]
	box_stopped a "$(box_id c)" | $hook poststop
}

@test "the name that its pod gives a container" {
	box_up d fd42::d/64
	sed "s/\"pid\":[0-9]*/\"pid\":$(box_pid d)/" tests/states/crio-container-crun-created.json |
		sed 's/onlyctr/web3/g' >/run/lab/state
	mkdir -p /etc/oci-v6
	echo '{"allow": [{"engines": ["cri-o"]}]}' >/etc/oci-v6/config.json
	$hook createRuntime </run/lab/state
	golden v6ctl <<-LIST
		SERVICE ADDRESS       PORT   CONTAINER    NAME TARGET       LINK STATE  AGE CONN BYTES
		web3    2001:db8::203 80/tcp bf07f46651db c1   [fd42::d]:80 eth0 active  @s    0     0
	LIST
	[ "$(json '[(c["name"], c["engine"]) for c in o["claims"]]' v6ctl --json)" = "[('c1', 'cri-o')]" ]
	[[ "$(v6ctl show c1)" == *"  name      c1
  engine    cri-o"* ]]
	$hook poststop </run/lab/state
	box_down d
}

@test "what records say reaches no terminal as it is" {
	box_bind a v6.host=web3
	record=/run/oci-v6/records/$(box_id a).json
	# of a link that is there, its own name is shown
	sed -i 's/"link": "eth0",/"link": "e\\u001b[2J\\u202e\\tx",/; s/"link_index": .*,/"link_index": 99999,/' "$record"
	run v6ctl
	[[ "${lines[1]}" == *" e?[2J????x "* ]]
	run v6ctl --tsv
	[ "$(awk -F '\t' '{ print NF }' <<<"$output")" = 16 ]
	[[ "$output" != *[$'\e\a']* ]]
	schema v6ctl --json
	run v6ctl show web3
	[[ "$output" != *$'\e'* ]]
	run v6ctl path web3
	[[ "$output" != *$'\e'* ]]
	# a name that none can be
	sed -i 's/"name": "web3"/"name": "\\u001b[2J"/' "$record"
	run --separate-stderr v6ctl
	[[ "$stderr" == *"is no name of a service"* && "$stderr" != *$'\e'* ]]
}

@test "a damaged record: a warning, and the others are listed" {
	box_bind a v6.host=web3
	echo '{' >/run/oci-v6/records/damaged.json
	run --separate-stderr v6ctl --tsv
	[ "${#lines[@]}" = 1 ]
	[[ "$stderr" == "v6ctl: /run/oci-v6/records/damaged.json: "*"; v6ctl reconcile removes it" ]]
}

@test "--watch draws again when something changes, and ends at once" {
	lab_start watch v6ctl -w
	lab_until grep -q "nothing is published" /run/lab/watch.log
	box_bind a v6.host=web3
	lab_until grep -q "^web3 .* active " /run/lab/watch.log
	box_unbind a
	lab_until eval '[ "$(tail -n 2 /run/lab/watch.log | head -n 1)" = "nothing is published" ]'
	kill -INT "$(cat /run/lab/watch.pid)"
	lab_until eval '! kill -0 "$(cat /run/lab/watch.pid)" 2>/dev/null'
}

@test "--watch has a terminal's screen to itself, no more than fits, and gives it back" {
	box_bind a v6.host=web3 v6.ports=1,2,3,4,5,6,7,8,9,10
	lab_start screen env TERM=xterm script -qfec 'stty rows 5; exec v6ctl --watch' /dev/null
	lab_until grep -q "web3.*3/tcp" /run/lab/screen.log
	watch=$(pgrep -n -f "^v6ctl --watch")
	kill -TERM "$watch"
	lab_until eval '! kill -0 $watch 2>/dev/null'
	lab_until grep -q $'\e\[?1049l' /run/lab/screen.log
	[[ "$(head -c 20 /run/lab/screen.log | tr -d '\n')" == *$'\e[?1049h\e[?25l'* ]]
	run ! grep -q "4/tcp" /run/lab/screen.log
	grep -q "7 more lines; v6ctl list shows all" /run/lab/screen.log
}

@test "--watch ends where there is nothing to be seen, and says why" {
	box_bind a v6.host=web3
	run env TERM=xterm setpriv --reuid=65534 --clear-groups script -qec 'v6ctl -w' /dev/null
	[ "$status" = 1 ]
	[[ "$output" == "v6ctl: $v6d_is_down"* ]]
	[[ "$output" != *$'\e'* ]]
}

@test "usage: one form at a time, and nothing else" {
	run v6ctl --json --tsv
	[ "$status" = 2 ]
	[ "$output" = "v6ctl: list: choose one of --json, --tsv and --watch; see v6ctl list --help" ]
	run v6ctl show web3 web2
	[ "$status" = 2 ]
	[ "$output" = 'v6ctl: show: one argument too many: "web2"; see v6ctl show --help' ]
	run v6ctl --nonsense
	[ "$status" = 2 ]
	[ "$output" = 'v6ctl: list: no option "--nonsense"; see v6ctl list --help' ]
	run v6ctl nonsense
	[ "$status" = 2 ]
	[ "$output" = 'v6ctl: no command "nonsense"; did you mean resolve? See v6ctl help' ]
	run v6ctl lsit
	[ "$output" = 'v6ctl: no command "lsit"; did you mean list? See v6ctl help' ]
	[ "$(v6ctl help)" = "$(v6ctl --help)" ]
	[ "$(v6ctl -h)" = "$(v6ctl --help)" ]
	[ "$(v6ctl help list)" = "$(v6ctl list --help)" ]
	[ "$(v6ctl list -h)" = "$(v6ctl list --help)" ]
	run v6ctl help lsit
	[ "$status" = 2 ]
}

# created WALL [UP] - the record of box a was made at this time, and so many seconds after boot
created() {
	sed -i "s/ *\"created_up\": [0-9]*,//; s/\"created\": [0-9]*,/\"created\": $1,${2:+ \"created_up\": $2,}/" \
		"/run/oci-v6/records/$(box_id a).json"
}

age() {
	v6ctl | awk '$1 == "web3" { print $(NF - 2) }'
}

@test "the age of a claim is right, however the clock was set since" {
	local up now

	box_bind a v6.host=web3
	up=$(cut -d. -f1 /proc/uptime)
	[ "$(python3 -c 'import json, sys; print(abs(json.load(sys.stdin)["created_up"] - int(sys.argv[1])) < 60)' "$up" \
		<"/run/oci-v6/records/$(box_id a).json")" = True ]
	# started before NTP: in 1970
	created 100 $((up - 2))
	[[ "$(age)" =~ ^[0-9]+[sm]$ ]]
	now=$(date +%s)
	((now - $(json 'o["claims"][0]["since"]' v6ctl --json) < 1000))
	v6ctl show web3 | grep "since  *$(date +%Y)-.* [0-9]*[sm] ago"
	# and with a clock that was fast
	created $((now + 1000000)) $((up - 2))
	[[ "$(age)" =~ ^[0-9]+[sm]$ ]]
	# of an earlier version
	created $((now - 1))
	[[ "$(age)" =~ ^[0-9]+[sm]$ ]]
	[ "$(json 'o["claims"][0]["since"]' v6ctl --json)" = $((now - 1)) ]
	for then in 100 $((now + 1000000)); do
		created "$then"
		[ "$(age)" = - ]
		v6ctl show web3 | grep 'since  *.*, age not known: the clock was set since'
	done
}
