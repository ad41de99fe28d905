#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# node.bats - packaging/kubernetes: what its DaemonSet puts on a node, and what docs/cri-o.md says of pods
#
#	tests/lab/run bats tests/net/node.bats
#
# The host is the node. The hook is run as CRI-O runs it: by the files in hooks.d, with a state that it sent.

load lab

hooks=/etc/containers/oci/hooks.d

setup_file() {
	lab_ready
	mount -t tmpfs opt /opt # the machine's own, in here
	rm -rf $hooks
	box_bridge fd42::ffff/64
	box_up a fd42::a/64
	box_serve a tcp 80
	manifest config 'ConfigMap data config.json' | sed 's|2001:db8:2::/64|2001:db8::/64|' >/run/lab/config.json
	HOST='' CONFIG=/run/lab/config.json packaging/kubernetes/install
	# what is left is what the node has
	rm -r /usr/libexec/oci /usr/share/containers/oci
}

# manifest NAME PATH - a value of the manifest, as text or JSON: of the object of that kind, and down
manifest() {
	python3 - packaging/kubernetes/oci-v6.yaml "$2" <<-'PYTHON'
		import json, sys, yaml
		kind, *keys = sys.argv[2].split()
		value = next(o for o in yaml.safe_load_all(open(sys.argv[1])) if o["kind"] == kind)
		for key in keys:
		    value = value[int(key) if key.isdigit() else key]
		print(value if isinstance(value, str) else json.dumps(value))
	PYTHON
}

# crio STAGE - run the hooks of a stage with the state on stdin, and nothing of our environment
crio() {
	python3 - "$hooks" "$1" 3<&0 <<-'PYTHON'
		import glob, json, os, re, subprocess, sys
		state = os.fdopen(3).read()
		annotations = json.loads(state)["annotations"]
		for name in sorted(glob.glob(sys.argv[1] + "/*.json")):
		    file = json.load(open(name))
		    when, hook = file["when"]["annotations"].items(), file["hook"]
		    if sys.argv[2] in file["stages"] and all(
		            any(re.search(k, x) and re.search(v, y) for x, y in annotations.items()) for k, v in when):
		        subprocess.run(hook["args"], executable=hook["path"], input=state, text=True, check=True, cwd="/",
		                       env=dict(e.split("=", 1) for e in hook["env"]), timeout=hook["timeout"])
	PYTHON
}

# state STATUS NAMESPACE POD CONTAINER [ANNOTATIONS] - what CRI-O sent, of a container of another pod, and with
# these annotations, JSON, in place of its own
state() {
	sed -e "s/\"pid\":[0-9]*/\"pid\":$(box_pid a)/" -e "s/k8s_c1_web_default_/k8s_$4_$3_$2_/; s/k8s_web_default_/k8s_$3_$2_/" \
		-e "s|,\"v6.host\":\"onlyctr\"|${5+,${5:1:-1}}|" "tests/states/crio-container-crun-$1.json"
}

annotations='{"v6.host": "web3"}'

@test "the DaemonSet mounts all that install and v6d use, where it is on the node" {
	python3 - <<-'PYTHON'
		import yaml
		objects = {o["kind"]: o for o in yaml.safe_load_all(open("packaging/kubernetes/oci-v6.yaml"))}
		assert list(objects) == ["Namespace", "ConfigMap", "DaemonSet"]
		daemons = objects["DaemonSet"]["spec"]
		assert daemons["selector"]["matchLabels"] == daemons["template"]["metadata"]["labels"]
		pod = daemons["template"]["spec"]
		assert pod["hostNetwork"] and pod["hostPID"]
		volumes = {v["name"]: v for v in pod["volumes"]}
		install, v6d = pod["initContainers"][0], pod["containers"][0]

		def mounts(container, prefix):
		    found = set()
		    for mount in container["volumeMounts"]:
		        volume = volumes[mount["name"]]
		        if "configMap" in volume:
		            assert volume["configMap"]["name"] == objects["ConfigMap"]["metadata"]["name"]
		            assert mount["mountPath"] == "/config"
		            continue
		        assert mount["mountPath"] == prefix + volume["hostPath"]["path"], mount
		        found.add(volume["hostPath"]["path"])
		    return found

		etc = {"/etc/oci-v6", "/run/oci-v6"}
		assert mounts(install, "/host") == etc | {"/opt/oci-v6", "/etc/containers/oci/hooks.d"}
		assert mounts(v6d, "") == etc | {"/etc/machine-id", "/var/lib/oci-v6"}
		assert install["image"] == v6d["image"]
		assert v6d["securityContext"]["privileged"]
	PYTHON
}

@test "install puts these files on a node, and no others; again, it changes nothing" {
	[ "$(ls $hooks)" = $'99-oci-v6-bind.json\n99-oci-v6-unbind.json' ]
	[ "$(stat -c '%a %U' /etc/oci-v6/config.json /run/oci-v6)" = $'644 root\n700 root' ]
	[ "$(cd /opt/oci-v6/* && find . -maxdepth 1 -type f)" = ./oci-v6-hook ]
	! find /opt /etc/containers/oci /etc/oci-v6 | grep '\.new' || false
	before=$(find /opt $hooks /etc/oci-v6 -printf '%p %T@ %i\n')
	make -s install prefix=/usr >/dev/null
	HOST='' CONFIG=/run/lab/config.json packaging/kubernetes/install
	[ "$(find /opt $hooks /etc/oci-v6 -printf '%p %T@ %i\n')" = "$before" ]
	rm -r /usr/libexec/oci /usr/share/containers/oci
}

@test "the hook needs nothing of the node but a shell" {
	mkdir -p /run/lab/bare/{bin,opt}
	cp "$(command -v busybox)" /run/lab/bare/bin/sh
	mount --bind /opt /run/lab/bare/opt
	[[ "$(chroot /run/lab/bare "$(sed -n 's/.*"path": "\(.*\)".*/\1/p' $hooks/99-oci-v6-bind.json)" --version)" == "oci-v6-hook "* ]]
	umount /run/lab/bare/opt
}

@test "by them CRI-O's containers are published, where the manifest's rule allows it" {
	state created shop web-0 c1 "$annotations" | crio createRuntime
	lab_until answers "a $LAB_CLIENT" tcp 2001:db8::203 80
	state stopped shop web-0 c1 "$annotations" | crio poststop
	[ "$(v6ctl)" = "nothing is published" ]
	run crio createRuntime < <(state created default web-0 c1 "$annotations")
	[[ "$output" == *"would let this one (default, pod web-0): {\"namespaces\": [\"default\"]"* ]]
	run crio createRuntime < <(state created shop db-0 c1 "$annotations")
	[[ "$output" == *"(shop, pod db-0)"* ]]
	# without an annotation of ours, it is not even run
	run -0 crio createRuntime < <(state created default web-0 c1)
	[ -z "$output" ]
}

# page_pod - the annotations and containers that docs/cri-o.md gives a pod, as JSON
page_pod() {
	awk '/^```yaml$/ { inside = 1; next } /^```/ { inside = 0 } inside' docs/cri-o.md | python3 -c '
import json, sys, yaml
template = yaml.safe_load(sys.stdin)["spec"]["template"]
print(json.dumps(template["metadata"]["annotations"]))
print(*(c["name"] for c in template["spec"]["containers"]))'
}

@test "docs/cri-o.md: the pod's service is that of the one container which it names" {
	mapfile -t pod < <(page_pod)
	[ "${pod[1]}" = "web sidecar" ]
	state created shop web-7d4b9c-x2x web "${pod[0]}" | crio createRuntime
	lab_until answers "a $LAB_CLIENT" tcp 2001:db8::203 80
	[ "$(v6ctl --tsv | cut -f 1,4,7)" = "web3	80	web" ]
	state stopped shop web-7d4b9c-x2x web "${pod[0]}" | crio poststop
	state created shop web-7d4b9c-x2x sidecar "${pod[0]}" | crio createRuntime
	[[ "$(v6ctl)" != *web3\ * ]]
}
