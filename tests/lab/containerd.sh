# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# containerd.sh - containerd for the lab, by itself; to be sourced inside it (tests/lab/run), after
# topology.sh, engine.sh and docker.sh, with whose docker_path it is found
#
# Its pods are made as kubelet makes them, by cri below, on the network that containerd_network
# has made. Images are those of podman (engine_up).

# containerd_up [SETTING...] - with the shim in front of ENGINE_RUNTIME, and lines for a runtime beside it
containerd_up() {
	local setting version=2 runtime

	[ -d /run/.lab ] || { echo "containerd_up: only inside tests/lab/run" >&2; return 2; }
	[ "$(containerd_major)" = 1 ] || version=3
	runtime=$(containerd_plugin "$version").containerd.runtimes.runc
	mkdir -p /etc/containerd
	{
		echo "version = $version"
		echo "[$runtime]"
		echo '  runtime_type = "io.containerd.runc.v2"'
		for setting; do
			echo "  $setting"
		done
		echo "  [$runtime.options]"
		printf '    BinaryName = "/usr/sbin/oci-v6-%s"\n' \
			"$([ "$ENGINE_RUNTIME" = crun ] && echo crun || echo runtime)"
	} >/etc/containerd/config.toml
	containerd_start
}

# Print 1 for containerd 1.6, 2 for 2.1
containerd_major() {
	containerd --version | sed -E 's/.* v?([0-9]+)\.[0-9]+\..*/\1/'
}

# containerd_plugin VERSION - print what serves kubelet, as a configuration of that version has it
containerd_plugin() {
	case $1 in
	3) echo 'plugins."io.containerd.cri.v1.runtime"' ;;
	*) echo 'plugins."io.containerd.grpc.v1.cri"' ;;
	esac
}

# containerd_start - as /etc/containerd/config.toml says, and as the lab wants it: nothing is pulled, and
# root may do less than elsewhere
containerd_start() {
	local version plugin

	version=$(sed -n 's/^version = //p' /etc/containerd/config.toml)
	plugin=$(containerd_plugin "$version")
	{
		cat /etc/containerd/config.toml
		echo "[$plugin]"
		echo '  restrict_oom_score_adj = true'
		echo '  disable_apparmor = true'
		case $version in
		3)
			echo "[$plugin.cni]"
			echo '  bin_dirs = ["/opt/cni/bin"]'
			echo '[plugins."io.containerd.cri.v1.images".pinned_images]'
			echo '  sandbox = "localhost/pause:latest"'
			;;
		*)
			echo '  sandbox_image = "localhost/pause:latest"'
			echo "[$plugin.cni]"
			echo '  bin_dir = "/opt/cni/bin"'
			;;
		esac
	} >/run/lab/containerd.toml
	lab_start containerd containerd --config /run/lab/containerd.toml --root /run/lab/containerd
	lab_until ctr version || { tail /run/lab/containerd.log; return 1; }
}

# containerd_plugins - where ctr looks for them, and where nobody's package has put any
containerd_plugins() {
	local dir=/usr/lib/cni

	[ -d "$dir" ] || dir=/usr/libexec/cni
	mkdir -p /opt/cni
	[ -e /opt/cni/bin ] || ln -s "$dir" /opt/cni/bin
}

containerd_stop() {
	lab_stop containerd
}

# containerd_images - localhost/web, and what a pod's sandbox runs
containerd_images() {
	local name namespace

	tar -C /run/lab/web -c . | engine_podman import -q --change 'ENV PATH=/bin' \
		--change 'CMD ["/bin/sleep", "infinity"]' - localhost/pause >/dev/null
	for name in web pause; do
		engine_podman save -q -o "/run/lab/$name.tar" "localhost/$name" || return
		for namespace in k8s.io default; do
			ctr -n "$namespace" images import "/run/lab/$name.tar" >/dev/null || return
		done
	done
}

# containerd_network NAME SUBNET... - pods come to be on this bridge
containerd_network() {
	local name=$1 subnet ranges='' routes=''

	shift
	for subnet; do
		ranges+="${ranges:+, }[{\"subnet\": \"$subnet\"}]"
		case $subnet in
		*:*) routes+="${routes:+, }{\"dst\": \"::/0\"}" ;;
		*) routes+="${routes:+, }{\"dst\": \"0.0.0.0/0\"}" ;;
		esac
	done
	mkdir -p /etc/cni/net.d
	cat >/etc/cni/net.d/10-pods.conflist <<-JSON
		{"cniVersion": "1.0.0", "name": "$name", "plugins": [{"type": "bridge", "bridge": "$name",
		    "isGateway": true, "ipMasq": true,
		    "ipam": {"type": "host-local", "ranges": [$ranges], "routes": [$routes]}}]}
	JSON
}

# cri COMMAND... - what kubelet would ask for; see there
cri() {
	/usr/bin/python3 tests/lab/cri.py "$@"
}

# cri_clear - remove all pods that it made
cri_clear() {
	local pod

	for pod in /run/lab/pods/????????????????*; do
		[ ! -f "$pod" ] || { cri remove-pod "${pod##*/}"; rm "$pod"; }
	done
}
