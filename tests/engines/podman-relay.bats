#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# podman-relay.bats - Debian's nginx and Apache, and Python, without a socket of IPv6, in real podman
#
#	tests/lab/run bats tests/engines/podman-relay.bats

load engine

setup_file() {
	lab_up
	engine_up
	box_install
	box_v6d_start
	mkdir -p /run/lab/www
	echo hello >/run/lab/www/index.html
}

setup() {
	: >/run/lab/v6d.log
}

teardown() {
	cat /run/lab/v6d.log /run/lab/www/error.log || true
	engine_rm
	lab_until nothing_is_left
	lab_until eval '! pgrep -x oci-v6-relay'
}

# relayed_run PROGRAM MODE ARG... - a program of this machine as container web3, without any port published
relayed_run() {
	local file volumes=()

	for file in usr lib lib64 etc/passwd etc/group; do
		[ ! -e "/$file" ] || volumes+=(-v "/$file:/$file:ro")
	done
	if [ -d build-deps/nginx ]; then
		volumes+=(-v "$PWD/build-deps/nginx:/nginx:ro")
	fi
	engine_podman run -d --name web3 --annotation v6.host=web3 --annotation "v6.relay=$2" "${volumes[@]}" \
		-v /run/lab/www:/srv localhost/web "${@:3}"
}

# only_ipv4 - no socket of IPv6 is in the container but the relay's
only_ipv4() {
	local pid

	pid=$(engine_podman inspect --format '{{.State.Pid}}' web3)
	nsenter --net="/proc/$pid/ns/net" ss -Hltn "sport = :80" | grep -q '0\.0\.0\.0:80' &&
		[ -z "$(nsenter --net="/proc/$pid/ns/net" ss -H6ltn "sport = :80")" ]
}

@test "Python on 0.0.0.0 answers at http://web3/, to IPv6 clients of a network without IPv6" {
	relayed_run python3 on /usr/bin/python3 -m http.server --bind 0.0.0.0 --directory /srv 80
	lab_until only_ipv4
	lab_until eval '[ "$(fetch http://web3/)" = hello ]'
	v6ctl check web3
}

@test "nginx logs the client's IPv6 address" {
	cat >/run/lab/www/nginx.conf <<-'CONF'
		daemon off; user root; pid /tmp/pid; error_log /srv/error.log;
		events {}
		http {
			log_format proxied "$proxy_protocol_addr to $proxy_protocol_server_addr $proxy_protocol_server_port $status";
			access_log /srv/nginx.log proxied;
			client_body_temp_path /tmp/body; proxy_temp_path /tmp/proxy; fastcgi_temp_path /tmp/fastcgi;
			uwsgi_temp_path /tmp/uwsgi; scgi_temp_path /tmp/scgi;
			server { listen 80 proxy_protocol; root /srv; }
		}
	CONF
	nginx=$(command -v nginx || echo /nginx/usr/sbin/nginx)
	relayed_run nginx proxy "$nginx" -p /tmp -c /srv/nginx.conf
	lab_until only_ipv4
	lab_until eval '[ "$(fetch http://web3/)" = hello ]'
	grep -x "$LAB_CLIENT to 2001:db8::203 80 200" /run/lab/www/nginx.log
	v6ctl check web3
}

@test "Apache logs the client's IPv6 address" {
	[ -e /usr/lib/apache2/modules/mod_remoteip.so ] || skip "no Apache of Debian's"
	cat >/run/lab/www/apache.conf <<-'CONF'
		ServerName web3
		Listen 0.0.0.0:80
		PidFile /tmp/pid
		LoadModule mpm_event_module /usr/lib/apache2/modules/mod_mpm_event.so
		LoadModule authz_core_module /usr/lib/apache2/modules/mod_authz_core.so
		LoadModule remoteip_module /usr/lib/apache2/modules/mod_remoteip.so
		RemoteIPProxyProtocol On
		DocumentRoot /srv
		ErrorLog /dev/stderr
		LogFormat "%a %>s" client
		CustomLog /srv/apache.log client
	CONF
	relayed_run apache2 proxy /usr/sbin/apache2 -d /srv -f /srv/apache.conf -D FOREGROUND
	lab_until only_ipv4
	lab_until eval '[ "$(fetch http://web3/index.html)" = hello ]'
	grep -x "$LAB_CLIENT 200" /run/lab/www/apache.log
}

@test "a program that does not know the header: v6ctl check says so" {
	relayed_run python3 proxy /usr/bin/python3 -m http.server --bind 0.0.0.0 --directory /srv 80
	lab_until only_ipv4
	run v6ctl check web3
	echo "$output"
	[ "$status" = 1 ]
	[[ "$output" == *"the program ends connections that begin with a PROXY header"* ]]
}
