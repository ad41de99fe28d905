#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# units.bats - Docker, firewalld and oci-v6-docker.service under the systemd of forky
#
#	LAB_ROOT=forky-engines LAB_CGROUPS=v2 tests/lab/run bats tests/engines/newer/units.bats

bats_require_minimum_version 1.5.0

load_lab() {
	cd "$BATS_TEST_DIRNAME/../../.." || return
	. tests/lab/topology.sh
	. tests/lab/engine.sh
	. packaging/check/root.bash
}

setup_file() {
	load_lab
	lab_up
	root_boot "${LAB_ROOT-forky-engines}" lxc.service lxc-net.service lxc-monitord.service \
		incus-startup.service incus.socket incus-user.socket containerd.service docker.service docker.socket firewalld.service
	make -s install prefix=/usr DESTDIR=/run/lab/root
	docker_unmask
	docker_image
}

# Root of the lab may not raise limits, and /run is where it can have layers
docker_unmask() {
	in_root rm /etc/systemd/system/{containerd,docker,firewalld}.service /etc/systemd/system/docker.socket
	in_root mkdir -p /etc/docker /etc/systemd/system/{docker,containerd}.service.d
	printf '[Service]\nLimitNOFILE=\nLimitNPROC=\nLimitCORE=\nOOMScoreAdjust=0\n' |
		in_root tee /etc/systemd/system/{docker,containerd}.service.d/lab.conf
	in_root tee /etc/docker/daemon.json <<-'JSON'
		{
		    "runtimes": {"v6": {"path": "/usr/sbin/oci-v6-runtime"}},
		    "default-runtime": "v6",
		    "exec-opts": ["native.cgroupdriver=cgroupfs"],
		    "data-root": "/run/docker-data"
		}
	JSON
	in_root systemctl daemon-reload
	in_root systemctl enable oci-v6-docker
	in_root systemctl start docker
}

docker_image() {
	tar -C /run/lab/web -c . | in_root docker import -c 'CMD ["httpd", "-f", "-p", "80", "-h", "/www"]' - web
}

setup() {
	load_lab
}

teardown() {
	in_root bash -c 'docker ps -aq | xargs -r docker rm -f'
	in_root journalctl -b --no-pager -o cat -n 40 -u docker -u oci-v6-docker -u firewalld
	in_root systemctl status --no-pager oci-v6-docker docker firewalld | head -n 40
}

teardown_file() {
	load_lab
	in_root systemctl stop docker docker.socket containerd firewalld
}

web() {
	in_root docker run -d --restart=always --name web3 --hostname web3 -e V6_HOST=web3 web
}

serves() {
	[ "$(lab_client curl -sS -m 3 http://web3/)" = "web3: hello, $LAB_CLIENT" ]
}

# once - our rule is there, and there once
once() {
	[ "$(ip6tables -S DOCKER-USER | grep -c "comment oci-v6-hook -j ACCEPT")" = 1 ]
}

@test "started with Docker: a service answers with Docker's defaults" {
	once
	web
	lab_until serves
}

@test "Docker restarted, with its containers" {
	web
	lab_until serves
	in_root systemctl restart docker
	lab_until serves
	once
}

@test "stopped with Docker, and started with it again" {
	in_root systemctl stop docker docker.socket
	[ "$(in_root systemctl is-active oci-v6-docker)" = inactive ]
	ip6tables -F DOCKER-USER
	in_root systemctl start docker
	lab_until once
	web
	lab_until serves
}

@test "a firewall that is started beside it, reloaded and restarted" {
	web
	lab_until serves
	in_root systemctl start firewalld
	lab_until in_root firewall-cmd --state
	lab_until serves
	in_root systemctl reload firewalld
	lab_until serves
	in_root systemctl restart firewalld
	lab_until serves
	lab_until once
	in_root systemctl stop firewalld
	lab_until serves
	once
}

@test "without Docker it is not active, and starts no Docker" {
	in_root systemctl stop docker docker.socket
	in_root systemctl start oci-v6-docker || true
	[ "$(in_root systemctl is-active oci-v6-docker)" = inactive ]
	[ "$(in_root systemctl is-active docker)" = inactive ]
	in_root systemctl start docker
	once
}
