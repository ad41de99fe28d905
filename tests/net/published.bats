#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# published.bats - Names of the pool are told to others, by a file each
#
#	tests/lab/run bats tests/net/published.bats

load ../ctl/ctl
. tests/lab/nameservers.sh

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
	lab_stop server
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

# behind_start - the same behind another server, as docs/names.md has it
behind_start() {
	page_conf dnsmasq.conf >/run/lab/hostsdir.conf
	lab_start hostsdir dnsmasq --conf-file=/run/lab/hostsdir.conf --keep-in-foreground --user=nobody --pid-file= \
		--log-facility=-
}

# found_by SERVER [ADDRESS] - what a server on this host says of blog.example.org, or nothing
found_by() {
	[ "$(dig +short +time=1 +tries=1 "@$1" blog.example.org AAAA)" = "${2:-}" ]
}

# comes_and_goes SERVER - the name, there, twice: no answer is kept too long, nor that there is none
comes_and_goes() {
	local round

	for round in 1 2; do
		lab_until found_by "$1" ""
		box_bind a v6.host=blog.example.org
		lab_until found_by "$1" "$(cut -d' ' -f1 $FILES/blog.example.org)"
		box_unbind a
	done
	lab_until found_by "$1" ""
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

@test "docs/names.md: unbound in front of dnsmasq" {
	zone_unpack unbound unbound
	command -v unbound >/dev/null || skip "no unbound"
	box_bind a v6.host=blog.example.org
	box_unbind a
	behind_start
	cat >/run/lab/unbound.conf - <(page_conf unbound.conf) <<-CONF
		server:
		    interface: $LAB_HOST
		    access-control: ::/0 allow
		    chroot: ""
		    username: ""
		    directory: /run/lab
		    pidfile: ""
		    use-syslog: no
	CONF
	lab_start server unbound -d -c /run/lab/unbound.conf
	lab_until dig +time=1 +tries=1 "@$LAB_HOST" blog.example.org AAAA
	comes_and_goes "$LAB_HOST"
}

@test "docs/names.md: systemd-resolved in front of dnsmasq" {
	local resolved=/lib/systemd/systemd-resolved

	zone_unpack resolved $resolved
	[ -x $resolved ] || resolved=/usr$resolved
	[ -x $resolved ] || skip "no systemd-resolved"
	box_bind a v6.host=blog.example.org
	box_unbind a
	behind_start
	mkdir -p /etc/systemd/resolved.conf.d /run/systemd
	page_conf resolved.conf >/etc/systemd/resolved.conf.d/oci-v6.conf
	getent passwd systemd-resolve >/dev/null || {
		echo systemd-resolve:x:964:964::/:/usr/sbin/nologin >>/etc/passwd
		echo systemd-resolve:x:964: >>/etc/group
	}
	lab_start server $resolved
	lab_until dig +time=1 +tries=1 @127.0.0.53 blog.example.org AAAA
	comes_and_goes 127.0.0.53
}
