#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# published.bats - Names of the pool are told to others, by a file each
#
#	tests/lab/run bats tests/net/published.bats

load ../ctl/ctl

FILES=/run/oci-v6-hosts
BLOG=2001:db8::a7db:c468:5f28:2f1e # of the pool 2001:db8::/64

setup_file() {
	lab_ready
	box_bridge fd42::ffff/64
	mkdir -p /etc/oci-v6
}

setup() {
	configure '"files": ["b*", "*.example.org"]'
	box_up a fd42::a/64
	box_up b fd42::b/64
	box_serve a tcp 80
}

teardown() {
	lab_stop hostsdir
	lab_stop v6d
	lab_clear a b
	[ -z "$(ls -A $FILES 2>/dev/null)" ]
	rm -rf /etc/oci-v6/config.json /var/lib/oci-v6 $FILES
}

# configure MEMBERS - of "publish"
configure() {
	echo "{\"resolve\": {\"timeout_ms\": 500}, \"pool\": \"2001:db8::/64\", \"publish\": {$1}}" \
		>/etc/oci-v6/config.json
}

# A name server on the host that knows what the files say, as docs/names.md has it
hostsdir_start() {
	lab_start hostsdir dnsmasq --conf-file=/dev/null --keep-in-foreground --user=nobody --pid-file= \
		--log-facility=- --bind-interfaces --listen-address="$LAB_HOST" --no-resolv --no-hosts \
		--local=/#/ --hostsdir=$FILES
	echo "nameserver $LAB_HOST" >/run/lab/client.resolv.conf
}

# client_sees NAME [ADDRESS] - what a client's own resolver says that uses this server, or nothing
client_sees() {
	[ "$(unshare --mount bash -c 'mount --bind /run/lab/client.resolv.conf /etc/resolv.conf
		exec nsenter --net=/run/netns/client getent ahostsv6 "$0"' "$1" |
		awk '$2 == "STREAM" { print $1 }')" = "${2:-}" ]
}

@test "dnsmasq's clients find the name while the container runs, and no longer" {
	# the directory may be made by us, whatever the umask
	(umask 077 && box_bind a v6.host=blog)
	box_unbind a
	hostsdir_start
	lab_until client_sees blog ""
	box_bind a v6.host=blog
	[ "$(cat $FILES/blog)" = "$BLOG blog" ]
	lab_until client_sees blog "$BLOG"
	answers "a $LAB_CLIENT" tcp "$BLOG" 80
	box_unbind a
	[ ! -e $FILES/blog ]
	lab_until client_sees blog ""
}

@test "only names of the pool that the configuration has among the published ones" {
	box_bind a v6.host=web3,secret,blog.example.org.,b.example.test
	[ "$(cd $FILES && echo *)" = "b.example.test blog.example.org" ]
	grep -qx "2001:db8::[0-9a-f:]* blog.example.org" $FILES/blog.example.org
}

@test "two containers have one name: it stays with the last; and flows, a kill and a flush" {
	box_bind a v6.host=blog
	box_bind b v6.host=blog v6.ports=81
	box_unbind a
	[ "$(cat $FILES/blog)" = "$BLOG blog" ]
	rm $FILES/blog
	run v6ctl reconcile
	grep -q "publish its name in $FILES" <<<"$output"
	[ "$(cat $FILES/blog)" = "$BLOG blog" ]
	# what somebody else wrote over it, a reconcile corrects
	echo "2001:db8::666 blog" >$FILES/blog
	v6ctl reconcile
	[ "$(cat $FILES/blog)" = "$BLOG blog" ]
	[ "$(v6ctl reconcile)" = "1 live, 0 repaired; 0 dead collected, 0 orphans removed" ]
}

@test "a file that no container wants goes with the next reconcile; others' files stay" {
	mkdir -p $FILES
	echo "2001:db8::77 gone" >$FILES/gone
	printf '# mine\n2001:db8::78 mine\n' >$FILES/mine
	ln -s /etc/passwd $FILES/link
	run v6ctl reconcile
	grep -q "remove $FILES/gone: no record wants it" <<<"$output"
	[ ! -e $FILES/gone ]
	[ -e $FILES/mine ]
	[ -L $FILES/link ]
	rm $FILES/mine $FILES/link
}

@test "a directory that others may write to, or a link, is not used" {
	mkdir -p $FILES
	chmod 777 $FILES
	run box_bind a v6.host=blog
	[ "$status" != 0 ]
	[[ "$output" == *"$FILES: others than root may write there; chmod 755 it"* ]]
	[ -z "$(ls -A $FILES)" ]
	rmdir $FILES
	mkdir /run/lab/elsewhere
	ln -s /run/lab/elsewhere $FILES
	run box_bind a v6.host=blog
	[ "$status" != 0 ]
	[ -z "$(ls -A /run/lab/elsewhere)" ]
	rm $FILES
	rmdir /run/lab/elsewhere
	[ -z "$(ip -6 addr show to "$BLOG")" ]
}

@test "v6d: a container that is killed takes its name along" {
	box_v6d_start
	box_bind a v6.host=blog
	[ -e $FILES/blog ]
	box_down a
	lab_until [ ! -e $FILES/blog ]
	box_up a fd42::a/64
}

@test "v6ctl clear, and a dry run before it" {
	box_bind a v6.host=blog
	v6ctl clear -n
	[ -e $FILES/blog ]
	v6ctl clear
	[ ! -e $FILES/blog ]
}
