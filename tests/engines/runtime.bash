#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# runtime-crun.bats, runtime-runc.bats - The shim in front of the runtime in the file's name, without
# an engine
#
#	tests/lab/run bats tests/engines/runtime-runc.bats

load engine

real=$ENGINE_RUNTIME
shim=/usr/sbin/oci-v6-$real
bundle=/run/lab/bundle

setup_file() {
	lab_ready
	[ "$real" != runc ] || ln -s oci-v6-runtime /usr/sbin/oci-v6-runc
	engine_rootfs /run/lab/web
	box_bridge fd42::ffff/64
	box_netns a
	box_plug a fd42::a/64
}

setup() {
	: >/run/lab/messages
	rm -rf "$bundle"
	mkdir "$bundle"
	config
}

teardown() {
	chattr -i "$bundle" 2>/dev/null
	"$real" delete -f one 2>/dev/null
	lab_stop v6d
	ip link del one 2>/dev/null
	rm -f /usr/local/sbin/{runc,crun}
	echo '{"id":"one"}' | "$hook" poststop
	[ -z "$(box_left)" ]
}

# config [COMMAND [ARGUMENTS...]] - config.json of a container in the network of box a, the web
# server's by default. What FILTER says, in Python, is done to it
config() {
	(cd "$bundle" && rm -f config.json && "$real" spec)
	python3 - "$bundle/config.json" "$@" <<-'PYTHON'
		import json, os, sys
		path, args = sys.argv[1], sys.argv[2:] or ["httpd", "-f", "-p", "80", "-h", "/www"]
		c = json.load(open(path))
		c["process"].update(args=args, terminal=False)
		c["process"].pop("rlimits", None)
		c["process"]["env"] = ["PATH=/bin"]
		c["root"] = {"path": "/run/lab/web", "readonly": True}
		c["hostname"] = "web3"
		for n in c["linux"]["namespaces"]:
		    if n["type"] == "network":
		        n["path"] = "/run/netns/a"
		exec(os.environ.get("FILTER", ""))
		json.dump(c, open(path, "w"), indent=1)
	PYTHON
}

# asks PAIR... - likewise, with these annotations
asks() {
	local pair filter=

	for pair; do
		filter+="c.setdefault('annotations', {})['${pair%%=*}'] = '${pair#*=}'; "
	done
	FILTER=$filter config
}

serves() {
	[ "$(lab_client curl -sS -m 3 http://web3/)" = "web3: hello, $LAB_CLIENT" ]
}

# started - the container is made and started
started() {
	"$shim" create --bundle "$bundle" one </dev/null >/run/lab/one.log 2>&1 3>&- 4>&- &&
		"$shim" start one
}

@test "create, start, delete: published, and gone" {
	asks v6.host=web3
	started
	lab_until serves
	[ "$("$shim" state one | grep -c '"status": "running"')" = 1 ]
	"$shim" kill one KILL
	lab_until eval '"$shim" state one | grep "\"status\": \"stopped\""'
	"$shim" delete one
	[ -z "$(box_left)" ]
	run ! "$shim" state one
}

@test "a second container with this id, below another root of the runtime: refused, and its end ends nothing" {
	asks v6.host=web3
	started
	lab_until serves
	FILTER='c["annotations"] = {"v6.host": "web2"}; c["linux"]["cgroupsPath"] = "/two"' config
	run ! "$shim" --root /run/lab/two create --bundle "$bundle" one </dev/null 3>&- 4>&-
	"$shim" --root /run/lab/two delete -f one || :
	serves
	# nor does that of one which asks for nothing, but has our hook
	FILTER='c["hooks"] = {"poststop": [{"path": "/usr/libexec/oci/hooks.d/oci-v6-hook", "args": ["oci-v6-hook", "poststop"]}]}; c["linux"]["cgroupsPath"] = "/two"' config
	"$shim" --root /run/lab/two create --bundle "$bundle" one </dev/null >/run/lab/two.log 2>&1 3>&- 4>&-
	"$shim" --root /run/lab/two start one
	"$shim" --root /run/lab/two delete -f one
	serves
	"$shim" delete -f one
	[ -z "$(box_left)" ]
}

@test "the environment asks, ports included" {
	FILTER='c["process"]["env"] += ["V6_HOST=web3", "V6_PORTS=8080:80 81:80"]' config
	started
	lab_until eval '[ "$(lab_client curl -sS -m 3 http://web3:8080/)" = "web3: hello, $LAB_CLIENT" ]'
	[ "$(lab_client curl -sS -m 3 http://web3:81/)" = "web3: hello, $LAB_CLIENT" ]
	run ! serves
}

@test "an annotation wins over the environment" {
	FILTER='c["process"]["env"] += ["V6_HOST=web2", "V6_PORTS=22"]; c["annotations"] = {"v6.host": "web3"}' config
	started
	lab_until serves
	[ "$(v6ctl list --tsv | cut -f 2,4)" = $'2001:db8::203\t80' ]
}

@test "run: the exit status, stdin, stdout and stderr are the container's" {
	asks v6.host=web3
	config sh -c 'cat; echo err >&2; exit 7'
	run --separate-stderr "$shim" run --bundle "$bundle" one <<<"through"
	[ "$status" = 7 ]
	[ "$output" = through ]
	echo "$stderr"
	[ "$stderr" = err ]
	cd "$bundle"
	asks v6.host=web3
	FILTER='c["annotations"] = {"v6.host": "web3"}; c["process"]["args"] = ["sh", "-c", "cat; exit 8"]' config
	run -8 "$shim" run one <<<"again"
	[ "$output" = again ]
	[ -z "$(box_left)" ]
}

@test "the shim is gone when the runtime runs: signals go where they always went" {
	FILTER='c["annotations"] = {"v6.host": "web3"}; c["process"]["args"] = ["sh", "-c", "trap \"exit 9\" TERM; echo; while :; do sleep 0.05; done"]' config
	lab_start run "$shim" run --bundle "$bundle" one
	lab_until test -s /run/lab/run.log
	pid=$(</run/lab/run.pid)
	[ "$(readlink -f "/proc/$pid/exe")" != "$(readlink -f "$shim")" ]
	kill -TERM "$pid"
	lab_until lab_is_gone "$pid"
	[ -z "$(box_left)" ]
}

@test "a container that asks for nothing: the file is not touched" {
	asks io.x=v6.host v6=web3
	before=$(stat -c '%i %y %z' "$bundle/config.json")
	started
	[ "$(stat -c '%i %y %z' "$bundle/config.json")" = "$before" ]
	[ "$(ls -A "$bundle")" = config.json ]
	[ ! -s /run/lab/one.log ]
	[ -z "$(box_left)" ]
}

@test "a container that passes for a pod's sandbox is not passed over in silence" {
	asks v6.host=web3 io.kubernetes.cri.container-type=sandbox
	run ! started
	[[ "$(v6ctl)" == *'pods of Kubernetes (containerd) may not claim addresses of this node'* ]]
	[ -z "$(box_left)" ]
}

@test "the file keeps its owner, its permissions, and every byte that is not ours" {
	FILTER='c["annotations"] = {"v6.host": "web3", "\u00e4": "\n"}; c["zzz"] = [1.50, {}]; c["hooks"] = {"poststop": [{"path": "/bin/true"}]}' config
	sed -i 's/1\.5,/1.500e+00  ,/' "$bundle/config.json"
	chown 4242:4243 "$bundle/config.json"
	chmod 640 "$bundle/config.json"
	cp "$bundle/config.json" "$bundle/before"
	started
	[ "$(stat -c '%u %g %a' "$bundle/config.json")" = "4242 4243 640" ]
	python3 - "$bundle" <<-'PYTHON'
		import json, sys
		before, after = (open(f"{sys.argv[1]}/{name}").read() for name in ("before", "config.json"))
		one, other = json.loads(before), json.loads(after)
		assert [h["path"] for h in other["hooks"].pop("createRuntime")] == ["/usr/libexec/oci/hooks.d/oci-v6-hook"]
		assert other["hooks"]["poststop"].pop(0)["args"] == ["oci-v6-hook", "poststop"]
		assert one == other
		assert list(one) == list(other)
		rest = iter(after)
		assert all(byte in rest for byte in before)
	PYTHON
	# nothing is added twice
	"$real" delete -f one
	cp "$bundle/config.json" "$bundle/before"
	started
	cmp "$bundle/before" "$bundle/config.json"
}

@test "config.json by a link: the file behind it is changed, and the link stays" {
	asks v6.host=web3
	mkdir "$bundle/real"
	mv "$bundle/config.json" "$bundle/real/the.json"
	ln -s real/the.json "$bundle/config.json"
	started
	lab_until serves
	[ -L "$bundle/config.json" ]
}

# refused TEXT - the container is not made, it is said why, to the engine as well
refused() {
	local text=$1

	rm -f /run/lab/log.json
	run "$shim" --log /run/lab/log.json --log-format json create --bundle "$bundle" one </dev/null
	echo "$output"
	[ "$status" = 1 ]
	[[ "$output" == "oci-v6-runtime: one: $text"* ]]
	lab_until grep -qF "oci-v6-runtime[" /run/lab/messages
	grep -qF "one: $text" /run/lab/messages
	[[ "$(v6ctl)" == *": $text"* ]]
	python3 -c 'import json; l = json.load(open("/run/lab/log.json")); print(l["level"], l["msg"])' |
		grep -F "error $text"
	run ! "$real" state one
}

@test "a bundle that can't be written to: no start, unless it may be without" {
	asks v6.host=web3
	mount -t tmpfs -o size=64k bundle "$bundle"
	asks v6.host=web3
	cp "$bundle/config.json" /run/lab/before
	head -c 1m /dev/zero >"$bundle/full" || :
	refused "$bundle/config.json: cannot add the hooks: No space left"
	cmp "$bundle/config.json" /run/lab/before
	rm "$bundle/full"
	asks v6.host=web3 v6.required=false
	head -c 1m /dev/zero >"$bundle/full" || :
	started
	grep -q "oci-v6-runtime: one: $bundle/config.json: cannot add the hooks" /run/lab/one.log
	[[ "$(v6ctl)" == *": cannot add the hooks: "* ]]
	"$real" delete -f one
	umount "$bundle"
}

@test "a file that mentions us and can't be read: no start" {
	asks v6.host=web3
	echo x >>"$bundle/config.json"
	refused "$bundle/config.json: line "
	asks v6.host=web3
	head -c 17m /dev/zero | tr '\0' ' ' >>"$bundle/config.json"
	refused "$bundle/config.json: over 16777216 bytes"
}

@test "a file that is missing, or broken and none of ours, is the runtime's affair" {
	echo '{' >"$bundle/config.json"
	run "$shim" create --bundle "$bundle" one </dev/null
	echo "$output"
	[ "$status" != 0 ]
	[[ "$output" != *oci-v6-runtime* ]]
	rm "$bundle/config.json"
	run "$shim" create --bundle "$bundle" one </dev/null
	echo "$output"
	[ "$status" != 0 ]
	[[ "$output" != *oci-v6-runtime* ]]
}

@test "what the hook refuses stops the start" {
	asks v6.host=nope
	run "$shim" create --bundle "$bundle" one </dev/null
	echo "$output"
	[ "$status" != 0 ]
	[[ "$(v6ctl)" == *"nope: no such name"* ]]
	run ! "$real" state one
}

# late PAIR... - a container with a network of its own, in which there is nothing yet, is made
late() {
	local pair filter="c['linux']['namespaces'] = [n for n in c['linux']['namespaces'] if n['type'] != 'network'] + [{'type': 'network'}]; "

	for pair in v6.host=web3 "$@"; do
		filter+="c.setdefault('annotations', {})['${pair%%=*}'] = '${pair#*=}'; "
	done
	FILTER=$filter config
	"$shim" create --bundle "$bundle" one </dev/null >/run/lab/one.log 2>&1 3>&- 4>&-
}

# plug - what some engines do between create and start
plug() {
	local pid enter

	pid=$("$shim" state one | sed -n 's/.*"pid": \([0-9]*\).*/\1/p')
	enter=(nsenter --net="/proc/$pid/ns/net")
	ip link add one type veth peer name eth0 netns "/proc/$pid/ns/net"
	ip link set one master cni0 up
	"${enter[@]}" ip link set eth0 up
	"${enter[@]}" ip addr add fd42::b/64 dev eth0 nodad
	"${enter[@]}" ip route add default via fd42::ffff dev eth0
}

@test "a network that comes between create and start, without v6d and with it" {
	for daemon in without with; do
		[ $daemon = without ] || lab_start v6d v6d
		late
		[[ "$(v6ctl list)" == *pending* ]]
		plug
		"$shim" start one
		lab_until serves
		[[ "$(v6ctl list)" == *"[fd42::b]:80"* ]]
		"$shim" delete -f one
		[ -z "$(box_left)" ]
		lab_until eval '! ip link show one'
	done
}

@test "a network that never comes: start is refused with the reason, and nothing is left" {
	late
	rm -f /run/lab/log.json
	run -1 "$shim" --log /run/lab/log.json --log-format json start one
	echo "$output"
	why="the container has no network but loopback; run it with a bridge network, not --network none"
	[ "$output" = "oci-v6-hook: one: $why" ]
	python3 -c 'import json; l = json.load(open("/run/lab/log.json")); print(l["level"], l["msg"])' | grep -xF "error $why"
	[[ "$(v6ctl)" == *": $why"* ]]
	[ -z "$(box_left)" ]
	# or engines would keep it
	lab_until eval '"$shim" state one | grep "\"status\": \"stopped\""'
	"$shim" delete one
	[ -z "$(box_left)" ]
}

@test "a network that never comes, with v6.required=false" {
	late v6.required=false
	"$shim" start one
	[ "$("$shim" state one | grep -c '"status": "running"')" = 1 ]
	[[ "$(v6ctl)" == *": the container has no network but loopback"* ]]
}

@test "run does not wait for a network" {
	FILTER="c['annotations'] = {'v6.host': 'web3'}; c['linux']['namespaces'] = [n for n in c['linux']['namespaces'] if n['type'] != 'network'] + [{'type': 'network'}]" config
	run ! timeout "$LAB_PATIENCE" "$shim" run --bundle "$bundle" one </dev/null
	[[ "$(v6ctl)" == *": the container has no network but loopback"* ]]
}

@test "a container that could not be made: what its hook did goes with delete" {
	FILTER='c["annotations"] = {"v6.host": "web3"}; c["process"]["args"] = ["nonsense"]' config
	run ! "$shim" create --bundle "$bundle" one </dev/null
	"$shim" delete -f one || :
	[ -z "$(box_left)" ]
	# one that lives keeps what it has
	asks v6.host=web3
	started
	lab_until serves
	run ! "$shim" delete one
	serves
}

# runc tells the time with its errors
timeless() {
	sed 's/time="[^"]*"//'
}

@test "everything else is the runtime's own: its version, its help, its errors" {
	for arguments in --version --help 'state nobody' 'nonsense' 'delete nobody' 'list'; do
		# shellcheck disable=SC2086 # several words
		run "$real" $arguments
		expected=$status$output
		# shellcheck disable=SC2086
		run "$shim" $arguments
		diff <(timeless <<<"$expected") <(timeless <<<"$status$output")
	done
}

@test "which runtime: by name, past ourselves, and an error where there is none" {
	mkdir /run/lab/only-crun
	ln -s "$(command -v crun)" /run/lab/only-crun/crun
	ln -s /usr/sbin/oci-v6-runtime /usr/local/sbin/"$real"
	[[ "$("$real" --version)" == "$real version "* ]]
	[[ "$(oci-v6-runtime --version)" == "runc version "* ]]
	run -1 env PATH=/nowhere /usr/sbin/oci-v6-runtime state one
	[ "$output" = "oci-v6-runtime: there is neither runc nor crun in PATH (/nowhere); install one" ]
	run -1 env PATH=/nowhere "$shim" state one
	[ "$output" = "oci-v6-runtime: there is no $real in PATH (/nowhere); install it" ]
	[[ "$(env -u PATH "$shim" --version)" == "$real version "* ]]
	[[ "$(PATH=/run/lab/only-crun /usr/sbin/oci-v6-runtime --version)" == "crun version "* ]]
}

@test "a script that runs the shim again is no endless loop" {
	for how in exec ''; do
		printf '#!/bin/sh\n%s %s "$@"\n' "$how" "$shim" >/usr/local/sbin/"$real"
		chmod 755 /usr/local/sbin/"$real"
		run -1 timeout "$LAB_PATIENCE" "$shim" state one
		[[ "$output" == *"oci-v6-$real: the runtime that it starts has come back to it"* ]]
	done
}

# Engines pass a config.json on by gRPC, within 16 MiB; by hand it may be longer
@test "a config.json over the limit: one that asks for nothing runs, one that asks is refused" {
	asks io.x=web3
	head -c 17000000 /dev/zero | tr '\0' ' ' >>"$bundle/config.json"
	started
	"$real" delete -f one
	[ -z "$(box_left)" ]
	asks v6.host=web3
	head -c 17000000 /dev/zero | tr '\0' ' ' >>"$bundle/config.json"
	run ! started
	[[ "$(cat /run/lab/one.log)" == *"$bundle/config.json: over 16777216 bytes, and somewhere in it is \"v6. or \"V6_HOST=; "* ]]
	run ! "$real" state one
}

@test "a config.json over the limit is seen to ask, whatever buffer its words are in" {
	for before in $(seq 65520 65540); do
		{
			head -c "$before" /dev/zero | tr '\0' ' '
			printf '"V6_HOST='
			head -c 17000000 /dev/zero | tr '\0' ' '
		} >"$bundle/config.json"
		run ! "$shim" create --bundle "$bundle" one
		[[ "$output" == *'and somewhere in it is'* ]]
	done
}
