# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# peers.bash - What others do for the same job; to be sourced after bench.bash
#
#	script		what people write: a look-up, an address, a rule
#	portmap		the plugin of CNI, as Debian has it: one chain and rule per port, by iptables
#	netavark	podman's, with and without a published port: likewise
#
# All lead port 80 of the service address web3 to box a, fd42::a.

peer_script=/run/lab/script
peer_undo=/run/lab/script-undo
netavark=/usr/lib/podman/netavark

peers_table() {
	nft 'add table ip6 nat; add chain ip6 nat prerouting { type nat hook prerouting priority -100; }'
}

peers_up() {
	peers_table
	cat >$peer_script <<-'SCRIPT'
		#!/bin/sh -e
		address=$(host -t AAAA web3 | sed 's/.* //')
		ip addr add "$address/128" dev eth0
		nft add rule ip6 nat prerouting ip6 daddr "$address" tcp dport 80 dnat to "[fd42::a]:80"
	SCRIPT
	cat >$peer_undo <<-'SCRIPT'
		#!/bin/sh -e
		ip addr del 2001:db8::203/128 dev eth0
		nft -a list chain ip6 nat prerouting | sed -n 's/.*2001:db8::203 .*# handle/delete rule ip6 nat prerouting handle/p' | nft -f -
	SCRIPT
	chmod +x $peer_script $peer_undo
	peer_portmap_config >/run/lab/portmap.json
	ip netns add empty
	peer_netavark_config "" >/run/lab/netavark.json
	peer_netavark_config '{"container_port":80,"host_ip":"2001:db8::203","host_port":80,"protocol":"tcp","range":1}' \
		>/run/lab/netavark-p.json
}

# What a runtime tells the plugin
peer_portmap_config() {
	cat <<-'JSON'
		{"cniVersion": "1.0.0", "name": "bench", "type": "portmap",
		"capabilities": {"portMappings": true}, "runtimeConfig": {"portMappings": [
		{"hostPort": 80, "containerPort": 80, "protocol": "tcp", "hostIP": "2001:db8::203"}]},
		"prevResult": {"cniVersion": "1.0.0", "interfaces": [{"name": "eth0", "sandbox": "/run/netns/a"}],
		"ips": [{"address": "fd42::a/64", "interface": 0}]}}
	JSON
}

# peer_portmap COMMAND - the words that run it
peer_portmap() {
	echo "</run/lab/portmap.json" env "CNI_COMMAND=$1" CNI_CONTAINERID=bench CNI_NETNS=/run/netns/a \
		CNI_IFNAME=eth0 CNI_PATH=/usr/lib/cni /usr/lib/cni/portmap
}

# peer_netavark_config PORT-MAPPING
peer_netavark_config() {
	cat <<-JSON
		{"container_id": "$(printf %064d 1)", "container_name": "bench", "port_mappings": [$1],
		"networks": {"bench": {"static_ips": ["fd43::2"], "interface_name": "eth0"}},
		"network_info": {"bench": {"name": "bench", "id": "$(printf %064d 2)", "driver": "bridge",
		"network_interface": "bench0", "created": "2026-11-26T00:00:00Z", "ipv6_enabled": true,
		"subnets": [{"subnet": "fd43::/64", "gateway": "fd43::1"}], "internal": false,
		"dns_enabled": false, "ipam_options": {"driver": "host-local"}}}}
	JSON
}

# peer_netavark COMMAND [-p] - the words that run it
peer_netavark() {
	echo "</run/lab/netavark${2-}.json" $netavark --config /run/lab "$1" /run/netns/empty
}

# peer_address N - of the N-th service
peer_address() {
	printf '2001:db8:1::1:%x:%x' $(($1 >> 16)) $(($1 & 65535))
}

# peer_fill_script FROM TO - rules as so many runs of the script would have made
peer_fill_script() {
	local i

	for ((i = $1; i <= $2; i++)); do
		echo "add rule ip6 nat prerouting ip6 daddr $(peer_address $i) tcp dport 80 dnat to [fd42::a]:80"
	done | nft -f -
}

# peer_fill_chains SERVICES - likewise chains and rules as portmap makes them, and netavark
peer_fill_chains() {
	local i name

	{
		echo "*nat"
		echo ":CNI-HOSTPORT-DNAT - [0:0]"
		echo ":CNI-HOSTPORT-SETMARK - [0:0]"
		echo ":NETAVARK-HOSTPORT-DNAT - [0:0]"
		for ((i = 1; i <= $1; i++)); do
			name=CNI-DN-$(printf %021d $i)
			echo ":$name - [0:0]"
			echo "-A CNI-HOSTPORT-DNAT -p tcp -d $(peer_address $i) -m multiport --dports 80 -j $name"
			echo "-A $name -p tcp -s fd42::/64 -d $(peer_address $i) --dport 80 -j CNI-HOSTPORT-SETMARK"
			echo "-A $name -p tcp -d $(peer_address $i) --dport 80 -j DNAT --to-destination [fd42::a]:80"
		done
		echo COMMIT
	} | ip6tables-restore --noflush
}
