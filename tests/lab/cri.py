#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""
cri.py - Ask a container engine for what kubelet would, by its Container Runtime Interface

	cri run-pod [-u] NAME NAMESPACE [ANNOTATION=VALUE...]	prints the sandbox's id; -u is "hostUsers: false"
	cri create POD NAME IMAGE [-a ANNOTATION=VALUE]... [-e VARIABLE=VALUE]... [COMMAND...]
								prints the container's id
	cri start|stop|remove CONTAINER
	cri stop-pod|remove-pod POD

Debian has no crictl. This speaks gRPC, which is protocol buffers in HTTP/2, by curl; numbers of fields
are those of k8s.io/cri-api, pkg/apis/runtime/v1/api.proto. CRI_SOCKET is the engine's.
"""
import json
import os
import subprocess
import sys

SOCKET = os.environ.get("CRI_SOCKET", "/run/containerd/containerd.sock")
PODS = "/run/lab/pods"


def varint(n):
    out = b""
    while n > 0x7f:
        out += bytes([n & 0x7f | 0x80])
        n >>= 7
    return out + bytes([n])


def message(*fields):
    """Of (number, value): an int, a text, a message, or a list or dict of texts; what is empty is left out"""
    out = b""
    for number, value in fields:
        if isinstance(value, dict):
            value = [message((1, k), (2, v)) for k, v in value.items()]
        for v in value if isinstance(value, list) else [value]:
            if isinstance(v, int):
                out += varint(number << 3) + varint(v) if v else b""
                continue
            v = v.encode() if isinstance(v, str) else v
            out += varint(number << 3 | 2) + varint(len(v)) + v if v else b""
    return out


def first_text(data):
    """The value of field 1, which is all that an answer has"""
    size, at, shift = 0, 1, 0
    while True:
        size |= (data[at] & 0x7f) << shift
        shift += 7
        at += 1
        if data[at - 1] < 0x80:
            return data[at:at + size].decode()


def call(method, request):
    curl = subprocess.run(
        ["curl", "-sS", "-m", "60", "--http2-prior-knowledge", "--unix-socket", SOCKET, "-D", "/dev/stderr",
         "-H", "content-type: application/grpc", "-H", "te: trailers", "--data-binary", "@-",
         f"http://localhost/runtime.v1.RuntimeService/{method}"],
        input=b"\0" + len(request).to_bytes(4, "big") + request, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    said = curl.stderr.decode()
    fields = dict(line.split(": ", 1) for line in said.splitlines() if ": " in line)
    if curl.returncode != 0 or fields.get("grpc-status") != "0":
        sys.exit(f"cri: {method}: {fields.get('grpc-message', said)}")
    return curl.stdout[5:]


def pairs(texts):
    return dict(text.split("=", 1) for text in texts)


def namespaces(users):
    """NamespaceOption: the pod's own of each kind, users' where they are asked for"""
    ids = message((1, 1000000), (3, 65536))
    return message((5, message((2, [ids]), (3, [ids])))) if users else b""


def pod_config(name, namespace, annotations, users):
    return message((1, message((1, name), (2, f"uid-{name}"), (3, namespace), (4, 0))), (2, name),
                   (3, f"/run/lab/pods/{name}"), (7, annotations),
                   (8, message((2, message((1, namespaces(users)))))))


def run_pod(*options):
    users = options[0] == "-u"
    name, namespace, *annotations = options[users:]
    config = [name, namespace, pairs(annotations), users]
    pod = first_text(call("RunPodSandbox", message((1, pod_config(*config)))))
    os.makedirs(PODS, exist_ok=True)
    with open(f"{PODS}/{pod}", "w", encoding="utf-8") as file:
        json.dump(config, file)
    print(pod)


def create(pod, name, image, *rest):
    annotations, variables, rest = [], [], list(rest)
    while rest and rest[0] in ("-a", "-e"):
        (annotations if rest.pop(0) == "-a" else variables).append(rest.pop(0))
    with open(f"{PODS}/{pod}", encoding="utf-8") as file:
        pod_values = json.load(file)
    config = message((1, message((1, name))), (2, message((1, image))), (3, rest),
                     (6, [message((1, k), (2, v)) for k, v in pairs(variables).items()]),
                     (10, pairs(annotations)), (11, f"{name}.log"),
                     (15, message((2, message((3, namespaces(pod_values[3])))))))
    print(first_text(call("CreateContainer", message((1, pod), (2, config), (3, pod_config(*pod_values))))))


def simple(method):
    return lambda which: call(method, message((1, which)))


COMMANDS = {
    "run-pod": run_pod, "create": create, "start": simple("StartContainer"), "stop": simple("StopContainer"),
    "remove": simple("RemoveContainer"), "stop-pod": simple("StopPodSandbox"),
    "remove-pod": simple("RemovePodSandbox"),
}

if len(sys.argv) < 3 or sys.argv[1] not in COMMANDS:
    sys.exit(__doc__)
COMMANDS[sys.argv[1]](*sys.argv[2:])
