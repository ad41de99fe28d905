#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# check-firewall.bats - v6ctl check NAME: what other tables do to a service, and the line that ends it
#
#	tests/lab/run bats tests/ctl/check-firewall.bats

load check

setup_file() {
	lab_ready
	box_bridge fd42::ffff/64
	box_up a fd42::a/64
	box_serve a tcp 80
	box_bind a v6.host=web3
}

setup() {
	serves
}

teardown() {
	nft flush ruleset
	v6ctl reconcile
	ip -n client neigh flush dev eth0
}

# rules TEXT - load a ruleset of somebody else's
rules() {
	nft -f - <<<"$1"
}

# dropped TEXT [COMMAND...] - clients are not answered, check says why, and its command ends that
dropped() {
	local text=$1

	shift
	fails
	faulty firewall "$text"
	mend "$@"
	serves
	well web3
}

@test "a forward policy of drop" {
	rules 'table inet filter { chain forward { type filter hook forward priority filter; policy drop; }; }'
	dropped '80/tcp of 2001:db8::203: new connections are dropped by the policy of chain forward of table inet filter (nft list chain inet filter forward)' \
		'nft insert rule inet filter forward ct status dnat accept'
}

@test "a rule in a chain behind a jump" {
	rules 'table inet fw {
		set web { type inet_service; elements = { 80, 443 }; }
		chain strangers { tcp dport @web reject; }
		chain forwarding {
			type filter hook forward priority 5; policy accept
			ct state established accept
			iifname vmap { "eth0" : jump strangers, "lo" : accept }
		}
	}'
	fails
	handle=$(nft -a list chain inet fw strangers | sed -n 's/.*reject.* handle //p')
	dropped "the rule with handle $handle in chain strangers of table inet fw (nft -a list chain inet fw strangers)" \
		'nft insert rule inet fw forwarding ct status dnat accept'
}

@test "only new connections are let through: answers are not" {
	rules 'table ip6 fw { chain forwarding { type filter hook forward priority 0; policy drop
		ip6 daddr fd42::a tcp dport 80 accept; }; }'
	dropped "the container's answers are dropped by the policy of chain forwarding of table ip6 fw" \
		'nft insert rule ip6 fw forwarding ct status dnat accept'
}

@test "two tables drop: each gets its line" {
	rules 'table inet one { chain forwarding { type filter hook forward priority 0; policy drop; }; }
		table inet two { chain forwarding { type filter hook forward priority 0; policy drop; }; }'
	dropped 'table inet one' 'nft insert rule inet one forwarding ct status dnat accept' \
		'nft insert rule inet two forwarding ct status dnat accept'
}

@test "iptables: a FORWARD policy of DROP" {
	ip6tables -P FORWARD DROP
	dropped 'the policy of chain FORWARD of table ip6 filter' \
		'ip6tables -I FORWARD -m conntrack --ctstate DNAT -j ACCEPT'
}

@test "iptables: Docker's chains, whose users have one of their own" {
	ip6tables -N DOCKER-USER
	ip6tables -N DOCKER-FORWARD
	ip6tables -A FORWARD -j DOCKER-USER
	ip6tables -A FORWARD -j DOCKER-FORWARD
	ip6tables -A DOCKER-FORWARD -o docker0 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
	ip6tables -A DOCKER-FORWARD -i docker0 -j ACCEPT
	ip6tables -P FORWARD DROP
	dropped 'the policy of chain FORWARD of table ip6 filter' \
		'ip6tables -I DOCKER-USER -m mark --mark 0x1000/0x1000 -j ACCEPT'
}

# docker_bridges [RULE] - what Docker 29 makes of nftables, where "firewall-backend" says so. RULE is that
# of "bridge-accept-fwmark"
docker_bridges() {
	rules "add table ip6 docker-bridges; delete table ip6 docker-bridges; table ip6 docker-bridges {
		chain filter-forward-in__cni0 { ct state established,related accept; drop; }
		chain filter-FORWARD { type filter hook forward priority filter; policy accept
			${1-}
			oifname cni0 jump filter-forward-in__cni0
		}
	}"
}

@test "Docker's own tables: the mark of services is named in its configuration, and nothing else passes by it" {
	rules 'table ip6 theirs { chain pre { type nat hook prerouting priority -100
		ip6 daddr 2001:db8::1 tcp dport 81 dnat to [fd42::a]:80; }; }'
	answers "a $LAB_CLIENT" tcp 2001:db8::1 81
	docker_bridges
	fails
	faulty firewall 'dropped by Docker (table ip6 docker-bridges); first write "bridge-accept-fwmark": "0x1000/0x1000" into /etc/docker/daemon.json'
	[ "$(commands)" = "systemctl restart docker" ]
	docker_bridges "meta mark & 0x1000 == 0x1000 accept"
	serves
	well web3
	run ask tcp 2001:db8::1 81
	[[ "$output" == "error: "* ]]
	[ "$(v6ctl list --tsv | cut -f 11)" != 0 ]
	# marks of others stay as they were
	rules 'table ip6 before { chain f { type filter hook forward priority -20; meta mark set 0x4001; }; }
		table ip6 after { chain f { type filter hook forward priority 20; meta mark != 0x5001 drop; }; }'
	serves
}

@test "a drop before address translation" {
	rules 'table inet raw { chain pre { type filter hook prerouting priority raw
		tcp dport { 80, 8080 } drop; }; }'
	dropped 'in chain pre of table inet raw' \
		'nft insert rule inet raw pre ip6 daddr 2001:db8::203 tcp dport 80 accept'
}

@test "iptables: conntrack is kept off" {
	ip6tables -t raw -A PREROUTING -p tcp --dport 80 -j CT --notrack
	dropped 'new connections are kept from conntrack (notrack) by chain PREROUTING of table ip6 raw' \
		'ip6tables -t raw -I PREROUTING -d 2001:db8::203 -p tcp --dport 80 -j ACCEPT'
}

@test "another table translates it first" {
	rules 'table ip6 theirs { chain pre { type nat hook prerouting priority -150
		tcp dport 80 dnat to fd42::99; }; }'
	dropped 'new connections are forwarded elsewhere by chain pre of table ip6 theirs' \
		'nft insert rule ip6 theirs pre ip6 daddr 2001:db8::203 tcp dport 80 accept'
}

@test "what comes by a link is dropped before all else" {
	rules 'table netdev fw { chain in { type filter hook ingress device eth0 priority 0
		tcp dport 80 drop; }; }'
	dropped 'in chain in of table netdev fw' \
		'nft insert rule netdev fw in ip6 daddr 2001:db8::203 tcp dport 80 accept'
}

@test "answers are dropped on their way out" {
	rules 'table inet fw { chain post { type filter hook postrouting priority 300
		oifname "eth0" tcp sport 80 drop; }; }'
	dropped "the container's answers are dropped by the rule with handle" \
		'nft insert rule inet fw post ct status dnat accept'
}

@test "neighbour discovery is dropped" {
	rules 'table inet fw { chain in { type filter hook input priority 0; policy drop
		iifname "lo" accept
		ct state established,related accept
		tcp dport 22 accept; }; }'
	ip neigh flush dev eth0
	ip neigh flush dev cni0
	dropped 'neighbour solicitations for the address (ICMPv6) are dropped by the policy of chain in of table inet fw' \
		'nft insert rule inet fw in icmpv6 type 135-136 accept'
}

@test "iptables: neighbour discovery is dropped" {
	ip6tables -P INPUT DROP
	ip6tables -A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
	ip neigh flush dev eth0
	ip neigh flush dev cni0
	dropped 'neighbour solicitations for the address' 'ip6tables -I INPUT -p ipv6-icmp -j ACCEPT'
}

@test "a container in the host's network: an input policy of drop" {
	lab_start init-host sleep infinity
	lab_start mine "$peer" serve tcp 80 a
	lab_until eval 'ss -Hltn sport = :80 | grep -q .'
	box_state host v6.host=web4 | $hook createRuntime
	serves 2001:db8::204
	well web4
	rules 'table inet fw { chain in { type filter hook input priority 0; policy drop
		iifname "lo" accept
		ct state established accept
		icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert } accept; }; }'
	fails 2001:db8::204
	faulty firewall 'new connections are dropped by the policy of chain in of table inet fw' web4
	mend 'nft insert rule inet fw in ip6 daddr 2001:db8::204 tcp dport 80 accept'
	serves 2001:db8::204
	well web4
	# ours, too: what lets it through our own guard
	nft flush set ip6 oci-v6 local
	faulty claim 'is refused by our own guard' web4
	mend 'v6ctl reconcile'
	well web4
	box_unbind host
	lab_stop mine
	lab_stop init-host
}

@test "clients' addresses are hidden from the container: a doubt, as it works" {
	rules 'table ip6 nat { chain post { type nat hook postrouting priority srcnat
		masquerade; }; }'
	run ask tcp 2001:db8::203 80
	[ "$output" = "a fd42::ffff" ]
	doubtful firewall 'it is reached, but by addresses other than its clients'
	mend 'nft insert rule ip6 nat post ct status dnat accept'
	serves
	well web3
}

@test "what can't be foreseen is a doubt" {
	rules 'table inet fw { chain forwarding { type filter hook forward priority 0
		meta random < 1000 drop; }; }'
	doubtful firewall 'new connections may be dropped by the rule with handle'
	mend 'nft insert rule inet fw forwarding ct status dnat accept'
	well web3
}

@test "this host's own packets are dropped: clients elsewhere need not mind" {
	rules 'table inet fw { chain out { type filter hook output priority 0
		ct state new tcp dport 80 drop; }; }'
	check web3
	[ "$status" = 1 ]
	serves
}

@test "no false alarm: firewalls as people have them" {
	rules 'table inet filter {
		set blocked { type ipv6_addr; flags timeout, dynamic; }
		set busy { type ipv6_addr; size 1000; flags dynamic; }
		chain input {
			type filter hook input priority filter; policy drop
			ct state vmap { invalid : drop, established : accept, related : accept }
			iifname "lo" accept
			ip6 saddr @blocked drop
			icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert, nd-router-advert, echo-request } accept
			tcp dport 22 add @busy { ip6 saddr limit rate over 10/minute } drop
			tcp dport { 22, 443 } accept
			limit rate 5/minute log prefix "dropped: "
		}
		chain forward {
			type filter hook forward priority filter; policy drop
			ct state invalid drop
			tcp flags syn tcp option maxseg size set rt mtu
			ct state established,related accept
			ct status dnat accept
			iifname "cni0" oifname "eth0" accept
			log prefix "forward: " counter reject with icmpv6 type admin-prohibited
		}
		chain output { type filter hook output priority filter; policy accept; }
		chain rpfilter {
			type filter hook prerouting priority mangle + 10; policy accept
			icmpv6 type { nd-router-advert, nd-neighbor-solicit } accept
			meta nfproto ipv6 fib saddr . iif oif missing log prefix "rpfilter: " drop
		}
	}
	table ip6 nat { chain post { type nat hook postrouting priority srcnat
		iifname "cni0" oifname "eth0" masquerade; }; }'
	serves
	well web3
}

@test "no false alarm: ufw's chains, opened for services" {
	ip6tables -P INPUT DROP
	ip6tables -P FORWARD DROP
	ip6tables -N ufw6-before-input
	ip6tables -N ufw6-before-forward
	ip6tables -A INPUT -j ufw6-before-input
	ip6tables -A FORWARD -j ufw6-before-forward
	ip6tables -A ufw6-before-input -i lo -j ACCEPT
	ip6tables -A ufw6-before-input -m rt --rt-type 0 -j DROP
	ip6tables -A ufw6-before-input -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
	ip6tables -A ufw6-before-input -m conntrack --ctstate INVALID -j DROP
	for type in neighbor-solicitation neighbor-advertisement router-advertisement; do
		ip6tables -A ufw6-before-input -p icmpv6 --icmpv6-type $type -m hl --hl-eq 255 -j ACCEPT
	done
	ip6tables -A ufw6-before-forward -m rt --rt-type 0 -j DROP
	ip6tables -A ufw6-before-forward -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
	ip6tables -A ufw6-before-forward -m conntrack --ctstate DNAT -j ACCEPT
	serves
	well web3
}

@test "firewalld: services pass, a port of the host's own network is opened in its own way" {
	. tests/lab/firewalld.sh
	firewalld_up nftables
	lab_start init-host sleep infinity
	lab_start mine "$peer" serve tcp 80 a
	lab_until eval 'ss -Hltn sport = :80 | grep -q .'
	box_state host v6.host=web4 | $hook createRuntime
	serves
	well web3
	fails 2001:db8::204
	faulty firewall 'in chain filter_IN_public of table inet firewalld' web4
	mend 'firewall-cmd --zone=public --add-port=80/tcp && firewall-cmd --permanent --zone=public --add-port=80/tcp'
	serves 2001:db8::204
	well web4
	firewall-cmd --reload
	serves 2001:db8::204
	box_unbind host
	lab_stop mine
	lab_stop init-host
	firewalld_down
}
