# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# docker.sh - Docker for the lab; to be sourced inside it (tests/lab/run), after topology.sh and engine.sh
#
# docker_up starts the machine's dockerd, or the one that packaging/deps has unpacked, since Debian's
# would start on the machine when it is installed. docker_image makes one image, web, as engine_up does
# for podman. All of Docker's state and configuration is in the lab.

docker_path() {
	command -v dockerd >/dev/null || [ ! -d build-deps/docker ] ||
		PATH=$PWD/build-deps/docker/usr/sbin:$PWD/build-deps/docker/usr/bin:$PATH
}

# docker_up [MEMBERS] - with the shim in front of ENGINE_RUNTIME as the default runtime, and what MEMBERS,
# JSON, adds to the configuration
docker_up() {
	[ -d /run/.lab ] || { echo "docker_up: only inside tests/lab/run" >&2; return 2; }
	mkdir -p /etc/docker
	tee /etc/docker/daemon.json >/dev/null <<-JSON
		{
		    "runtimes": {"v6": {"path": "/usr/sbin/oci-v6-$([ "$ENGINE_RUNTIME" = crun ] &&
			echo crun || echo runtime)"}},
		    "default-runtime": "v6",
		    "exec-opts": ["native.cgroupdriver=cgroupfs"],
		    "data-root": "/run/lab/docker"${1:+,}
		    ${1-}
		}
	JSON
	docker_start
}

# As docker.service and oci-v6-docker.service do
docker_start() {
	lab_start dockerd dockerd
	docker_until docker version
	/usr/libexec/oci-v6/docker-user add
}

# docker_until COMMAND... - it takes its time to start, and to stop
docker_until() {
	lab_until "$@" || { tail /run/lab/dockerd.log; return 1; }
}

# docker_stop - the daemon; its containers, too, unless it is to leave them alone
docker_stop() {
	local pid

	pid=$(cat /run/docker.pid)
	kill "$pid"
	docker_until lab_is_gone "$pid"
}

# docker_kill - the daemon, which takes its containerd along, without a chance to tidy up
docker_kill() {
	local pid

	for pid in "$(cat /run/docker/containerd/containerd.pid)" \
		"$(cat /run/docker.pid)"; do
		kill -KILL "$pid"
		docker_until lab_is_gone "$pid"
	done
	rm -f /run/docker.pid /run/docker/containerd/containerd.pid
}

docker_image() {
	tar -C /run/lab/web -c . |
		docker import -c 'CMD ["httpd", "-f", "-p", "80", "-h", "/www"]' - web >/dev/null
}

# docker_rm - all containers, and at once
docker_rm() {
	docker ps -aq | xargs -r docker rm -f >/dev/null
}
