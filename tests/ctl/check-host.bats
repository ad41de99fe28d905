#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# check-host.bats - v6ctl check: what all services need
#
#	tests/lab/run bats tests/ctl/check-host.bats

load check

hooks=/usr/share/containers/oci/hooks.d

setup_file() {
	lab_ready
	box_bridge fd42::ffff/64
	box_up a fd42::a/64
	box_up b fd42::b/64
	box_serve a tcp 80
	box_serve b tcp 80
	# other packages' hooks and engines are not ours to test
	find "$hooks" -name '*.json' ! -name '99-oci-v6-*' -delete
	mkdir -p /run/bin
	for engine in podman crio; do
		ln -s /bin/true "/run/bin/$engine"
	done
}

setup() {
	cp /run/lab/resolv.conf /etc/resolv.conf
	# nothing of the machine's own
	PATH=/run/bin:/usr/sbin:/usr/bin:/sbin:/bin
	mount --bind /run/bin /usr/local/bin
}

teardown() {
	umount /usr/local/bin
	box_unbind a 2>/dev/null
	box_unbind b 2>/dev/null
	rm -rf /run/oci-v6 /etc/oci-v6 /etc/containers/containers.conf
	rm -f "$hooks"/50-other.json* /usr/libexec/oci/hooks.d/other
	box_install
	nft flush ruleset
}

# faults STEP TEXT - of the host
faults() {
	faulty "$1" "$2" --
}

@test "a healthy host, with and without services" {
	well
	grep -qF '✓ services   0 containers, all well' <<<"$output"
	grep -qF '✓ table      there is none, as nothing is published' <<<"$output"
	[ ! -e /run/oci-v6/records ]
	box_bind a v6.host=web2
	box_bind b v6.host=web3
	well
	diff tests/ctl/check.host <(sed -E 's/Linux [^ ]*/Linux RELEASE/; /engine +.usr.bin/d' <<<"$output")
	schema v6ctl check --json
}

@test "services that have a fault, each with its first one" {
	box_bind a v6.host=web2
	box_bind b v6.host=web3
	ip addr del 2001:db8::203/128 dev eth0
	faults service "web3 ($(box_id b | cut -c1-12)): address: 2001:db8::203 is on no interface; another program has removed it from eth0; see v6ctl check $(box_id b | cut -c1-12)"
	run ! grep web2 <<<"$output"
	check
	mend 'v6ctl reconcile'
	well
	nft flush ruleset
	faults table 'ip6 oci-v6 is gone or not whole'
	grep -q '✗ service    web2' <<<"$output"
	grep -q '✗ service    web3' <<<"$output"
	mend 'v6ctl reconcile'
	box_kill a
	faults service 'container: it exited, but its stop hook did not run'
	mend 'v6ctl reconcile'
	well
	lab_start init-a nsenter --net=/run/netns/a sleep infinity
}

@test "a hook's file is broken, whoever's it is: no container starts" {
	echo '{"version": "1.0.0", "hook": {"path": "/bin/true"}, "when": {"always": true} "stages": []}' \
		>"$hooks/50-other.json"
	faults hooks "$hooks/50-other.json: line 1"
	mend "mv $hooks/50-other.json $hooks/50-other.json.off"
	well
	echo '{"version": "1.0.0", "hook": {"path": "/bin/true"}, "when": {}, "stages": ["afterwards"]}' \
		>"$hooks/50-other.json"
	faults hooks '"stages"[0]: "afterwards" is none'
	# engines know no comments
	echo '{"version": "1.0.0", /* mine */ "hook": {"path": "/bin/true"}, "when": {}, "stages": ["poststop"]}' \
		>"$hooks/50-other.json"
	faults hooks "$hooks/50-other.json: line 1"
	echo '{"version": "2.0.0"}' >"$hooks/50-other.json"
	faults hooks '"version": "2.0.0" is not 1.0.0'
	mend
	well
}

@test "what means something to a shell is in no command" {
	touch "$hooks/50-other;touch x.json"
	faults hooks "$hooks/50-other;touch x.json: "
	[ -z "$(commands)" ]
	rm "$hooks/50-other;touch x.json"
}

@test "our own hook's file is broken" {
	truncate -s 20 "$hooks/99-oci-v6-bind.json"
	faults hooks "$hooks/99-oci-v6-bind.json: "
	grep -qF "$hooks has no hook of ours for the start of containers; install oci-v6-hook again" <<<"$output"
	box_install
	well
}

@test "our hook is missing, or can't be run" {
	mv "$hook" "$hook.away"
	faults hooks "names $hook, which is not there, so that containers publish nothing; install oci-v6-hook again"
	mv "$hook.away" "$hook"
	well
	chmod -x "$hook"
	faults hooks "names $hook, which can't be run"
	mend "chmod 755 $hook"
	well
	rm "$hooks/99-oci-v6-unbind.json"
	faults hooks "$hooks has no hook of ours for the end of containers"
	box_install
	well
}

@test "another vendor's hook is missing: engines pass it over" {
	echo '{"version": "1.0.0", "hook": {"path": "/usr/libexec/oci/hooks.d/other"}, "when": {}, "stages": ["poststop"]}' \
		>"$hooks/50-other.json"
	check
	[ "$status" = 0 ]
	grep -qF "? hooks      $hooks/50-other.json names /usr/libexec/oci/hooks.d/other, which is not there" <<<"$output"
}

@test "engines that read no hooks: whether they have the runtime" {
	for engine in dockerd containerd; do
		ln -s /bin/true "/run/bin/$engine"
	done
	run v6ctl check
	grep -qF "? engine     /run/bin/dockerd reads no hooks, and /etc/docker/daemon.json names no runtime of ours" <<<"$output"
	grep -qF "? engine     /run/bin/containerd reads no hooks, and /etc/containerd/config.toml names no" <<<"$output"
	mkdir -p /etc/docker /etc/containerd
	echo '{"runtimes": {"v6": {"path": "/usr/sbin/oci-v6-runtime"}}}' >/etc/docker/daemon.json
	echo 'BinaryName = "/usr/sbin/oci-v6-crun"' >/etc/containerd/config.toml
	run v6ctl check
	echo "$output"
	rm /run/bin/{dockerd,containerd}
	grep -qF "✓ engine     /run/bin/dockerd has a runtime of ours in /etc/docker/daemon.json" <<<"$output"
	grep -qF "✓ engine     /run/bin/containerd has a runtime of ours in /etc/containerd/config.toml" <<<"$output"
}

@test "engines: which there are, and which directories they read" {
	well
	grep -qF "✓ engine     /run/bin/podman reads hooks from $hooks" <<<"$output"
	grep -qF "✓ engine     /run/bin/crio reads hooks from $hooks" <<<"$output"
	mkdir -p /etc/containers /run/lab/hooks
	printf '[engine]\n# hooks_dir = ["/no"]\nhooks_dir = [\n  "%s",\n  "/run/lab/hooks"]\n' "$hooks" \
		>/etc/containers/containers.conf
	# one of them with ours is enough
	well
	grep -qF "✓ engine     /run/bin/podman reads hooks from $hooks, /run/lab/hooks" <<<"$output"
	printf '[engine]\nhooks_dir = ["/run/lab/hooks", "/run/lab/more"]\n' >/etc/containers/containers.conf
	faults hooks '/run/lab/hooks, /run/lab/more has no hook of ours for the start of containers'
	cp "$hooks"/99-oci-v6-*.json /run/lab/hooks
	well
	# CRI-O's, the last one that says so
	mkdir -p /etc/crio/crio.conf.d
	printf '[crio.runtime]\nhooks_dir = ["/no"]\n' | tee /etc/crio/crio.conf >/etc/crio/crio.conf.d/00-default
	printf '[crio.runtime]\nhooks_dir = ["%s"]\n' /run/lab/hooks >/etc/crio/crio.conf.d/10-ours.conf
	echo '[crio.api]' >/etc/crio/crio.conf.d/20-other.conf
	well
	grep -qF "✓ engine     /run/bin/crio reads hooks from /run/lab/hooks" <<<"$output"
	rm -r /etc/crio
}

@test "the configuration" {
	mkdir -p /etc/oci-v6
	echo '{"allow": [{"names": ["web*"]}]}' >/etc/oci-v6/config.json
	well
	grep -qF '✓ config     /etc/oci-v6/config.json is valid, with 1 rule' <<<"$output"
	echo '{"allowed": []}' >/etc/oci-v6/config.json
	faults config '/etc/oci-v6/config.json: line 1: "allowed": not known; did you mean "allow"?'
	echo '{}' >/etc/oci-v6/config.json
	well
	chmod 666 /etc/oci-v6/config.json
	faults config 'others than root may write to it; chmod go-w it'
	chmod go-w /etc/oci-v6/config.json
	well
}

@test "v6d: whether it runs, and whether users reach it" {
	lab_start v6d v6d
	lab_until test -S /run/oci-v6d.sock
	well
	grep -qF '✓ v6d        it runs, and users reach it on /run/oci-v6d.sock' <<<"$output"
	rm /run/oci-v6d.sock
	faults v6d 'it runs, but listens on no /run/oci-v6d.sock'
	[ "$(commands)" = 'systemctl restart v6d.socket v6d.service' ]
	: >/run/oci-v6d.sock
	faults v6d 'it runs, but listens on no'
	rm /run/oci-v6d.sock
	lab_stop v6d
	mkdir -p /etc/oci-v6
	echo '{"allow": [{"users": ["1500"]}, {}]}' >/etc/oci-v6/config.json
	faults v6d 'it does not run, and rules are there for users other than root'
	# as systemd does for it: a look starts nothing
	lab_start socket python3 -c 'import signal, socket
s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
s.bind("/run/oci-v6d.sock"); s.listen(); signal.pause()'
	lab_until well
	grep -qF '✓ v6d        it does not run; systemd starts it when a user asks' <<<"$output"
	lab_stop socket
	rm /run/oci-v6d.sock
}

@test "DNS does not answer" {
	echo 'nameserver 2001:db8::dead' >/etc/resolv.conf
	faults dns 'DNS timed out'
	box_bind a v6.host=2001:db8::7
	# which has no name to be looked up
	check
	[ "$status" = 0 ]
	grep -F '? dns ' <<<"$output" | grep -F '2001:db8::dead does not answer'
	echo '# none' >/etc/resolv.conf
	well
	grep -qF '✓ dns        no server in /etc/resolv.conf; names come from /etc/hosts' <<<"$output"
}

@test "a kernel without nf_tables" {
	OLDKERNEL=nf_tables LD_PRELOAD=$PWD/$V6_BUILD/tests/net/oldkernel.so \
		ASAN_OPTIONS=verify_asan_link_order=0 run v6ctl check
	echo "$output"
	[ "$status" = 1 ]
	[[ "$output" == *'this kernel has no nf_tables; load it with modprobe nf_tables'* ]]
}

@test "a kernel that forwards as a whole only" {
	OLDKERNEL=force_forwarding LD_PRELOAD=$PWD/$V6_BUILD/tests/net/oldkernel.so \
		ASAN_OPTIONS=verify_asan_link_order=0 run v6ctl check
	echo "$output"
	[ "$status" = 0 ]
	[[ "$output" == *'forwards as a whole or not at all (single interfaces: 6.17)'* ]]
}

@test "without privileges" {
	box_bind a v6.host=web2
	run --separate-stderr setpriv --reuid=65534 --clear-groups v6ctl check
	echo "$output"
	[ "$status" = 0 ]
	[ -z "$stderr" ]
	grep -qF -- '– rights     without CAP_NET_ADMIN, CAP_NET_RAW, CAP_SYS_ADMIN, CAP_SYS_PTRACE' <<<"$output"
	for step in kernel settings table services; do
		grep -q -- "^  – $step" <<<"$output"
	done
	for step in config dns engine hooks; do
		grep -q "^  ✓ $step" <<<"$output"
	done
}
