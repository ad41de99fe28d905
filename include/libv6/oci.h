/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What engines say: the container state on a hook's stdin, and what its annotations ask for. */
#ifndef LIBV6_OCI_H
#define LIBV6_OCI_H

#include <net/if.h>
#include <stdbool.h>
#include <sys/types.h>

#include <libv6/base.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Largest state accepted, in bytes: far above what CRI-O sends (2 KiB), far below what hurts. */
#define V6_STATE_SIZE_MAX (1024 * 1024)

/**
 * enum v6_engine - Engine of a container
 *
 * Engines pass annotations of images and pods on. What these can't write counts first: the place of
 * the bundle, the container's id, and the keys that an engine writes over theirs.
 */
enum v6_engine {
	V6_ENGINE_UNKNOWN, /* Docker, a bare runtime */
	V6_ENGINE_PODMAN,
	V6_ENGINE_CRIO,
	V6_ENGINE_CONTAINERD, /* its Kubernetes side */
	V6_ENGINE_LXC,	      /* and Incus; by v6ctl lxc-hook, no annotation says so */
};

#define V6_ENGINES 5 /* how many there are */

const char *v6_engine_name(enum v6_engine engine);

/* Longest name of a Kubernetes namespace, without the NUL: an RFC 1123 label. */
#define V6_POD_NAMESPACE_MAX 63

/* Longest name of a pod of Kubernetes, without the NUL: an RFC 1123 subdomain. */
#define V6_POD_MAX 253

/* Longest name of a container in its pod, without the NUL: likewise. */
#define V6_CONTAINER_NAME_MAX 63

/* Longest path of a network namespace's file, without the NUL. */
#define V6_NETNS_PATH_MAX 255

/* Room for a name of an interface, its NUL included: ALTIFNAMSIZ, linux/if.h, as alternative names
 * may be longer than IF_NAMESIZE.
 */
#define V6_INTERFACE_SIZE 128

struct v6_annotation {
	char *key;
	char *value;
};

/**
 * struct v6_state - Container state, OCI runtime specification 1.0 to 1.2, "State"
 * @id:		Container id: 1..V6_ID_MAX printable ASCII characters without '/', '"' or blank, no
 *		"." or ".."
 * @pid:	Container's init in the reader's PID namespace, or 0 where the state has none
 * @netns:	File of its network namespace, where there is no process that it ends with, or "";
 *		no engine's state has it
 * @uid:	User whose container it is, 0: root's; no engine's state has it
 * @creating:	Its status: runc says so to hooks that run before it sets the container's sysctls;
 *		crun, which runs them afterwards, says created. Tells nothing else
 * @late:	Its network may be set up after this, and who says so calls v6_complete() before its
 *		program starts; no engine's state has it
 * @engine:	See there
 * @sandbox:	It is a pod's sandbox, which carries no service of its own
 * @contradiction: Annotations are those of another engine or pod than the rest says, so that nobody
 *		knows whose the container is: it may ask for nothing. A code of 0: there is none
 * @member:	It is a container of a pod, as podman's are, too
 * @pod_namespace: Kubernetes namespace of its pod, as the engine itself says, or "": not in a pod
 *		of Kubernetes, or the annotations contradict each other
 * @pod:	That pod's name, too
 * @name:	What its pod calls it, as the engine itself says, or "": the engine does not say
 *		(podman, Docker), or as above. See v6_container_name_is_valid()
 * @bundle:	Directory of the container's files, or "": not known, or longer than fits
 * @disposable:	Its engine removes it as soon as it has exited, as with podman run --rm
 * @address:	Its IPv6 address, as its annotations say, or ::. A pod may have brought that along,
 *		so that it only tells which one of the addresses that it has is meant
 * @annotations: Those whose key begins with "v6.", or by mistake with "V6.", in the order of the
 *		text; owned, as one block
 * @n_annotations: Their number
 */
struct v6_state {
	char id[V6_ID_MAX + 1];
	pid_t pid;
	char netns[V6_NETNS_PATH_MAX + 1];
	uid_t uid;
	bool creating;
	bool late;
	enum v6_engine engine;
	bool sandbox;
	struct v6_error contradiction;
	bool member;
	char pod_namespace[V6_POD_NAMESPACE_MAX + 1];
	char pod[V6_POD_MAX + 1];
	char name[V6_CONTAINER_NAME_MAX + 1];
	char bundle[V6_NETNS_PATH_MAX + 1];
	bool disposable;
	struct in6_addr address;
	struct v6_annotation *annotations;
	size_t n_annotations;
};

/**
 * v6_state_parse() - Read a container state
 * @json:	Text, need not be NUL-terminated
 * @size:	Bytes
 * @ret_state:	Set on success; release with v6_state_release()
 * @err:	NULL, or filled in on failure only
 *
 * "status" does not tell the stage: runtimes disagree about it (runc says creating where crun says
 * created).
 *
 * Return: 0, -EINVAL (malformed; @err names the place), -E2BIG (over V6_STATE_SIZE_MAX), -ENOMEM
 *
 * Source: https://github.com/opencontainers/runtime-spec/blob/v1.2.0/runtime.md#state
 */
int v6_state_parse(const char *json, size_t size, struct v6_state *ret_state, struct v6_error *err);

/**
 * v6_state_annotate() - Give a state that has none of our annotations those that came beside it
 * @state:	Where it has any, nothing is done
 * @pairs:	"v6.KEY=VALUE", copied
 * @n_pairs:	Their number
 * @err:	NULL, or filled in on failure only
 *
 * For what knows of a container's wishes in another way, and tells the hook on its command line.
 *
 * Return: 1 (done), 0 (nothing to do), -EINVAL (one is no such pair) or -ENOMEM
 */
int v6_state_annotate(struct v6_state *state, char *const *pairs, size_t n_pairs,
		      struct v6_error *err);

/**
 * v6_state_name() - Find out what its pod calls a container of podman's
 * @state:	@name is set where an annotation is for one member of the pod (KEY/NAME). For a
 *		member that no annotation is for, @name is all that podman calls it
 *
 * To be called by what the runtime runs: the container's monitor has to be its ancestor.
 */
void v6_state_name(struct v6_state *state);

/**
 * v6_container_name_find() - Find out what podman or Docker calls a container
 * @id:		Its id
 * @pid:	Its process, or 0
 * @ret_name:	V6_CONTAINER_NAME_MAX + 1 bytes: the name, or "": not known
 *
 * By its monitor's command line, or by Docker's file of it; no engine is asked. For people alone:
 * what a container may have does not hang on it.
 */
void v6_container_name_find(const char *id, pid_t pid, char *ret_name);

/**
 * v6_container_name_is_valid() - Whether a text may be the name of a container in a pod
 * @name:	1..V6_CONTAINER_NAME_MAX letters, digits, '-', '_' and '.', one of the first two in
 *		front: what Kubernetes allows, and what podman does
 */
bool v6_container_name_is_valid(const char *name);

/**
 * v6_state_home() - Find the directory that exists for as long as the engine has a container
 * @ret_home:	V6_NETNS_PATH_MAX + 1 bytes: the path, or "": not known, or the engine removes the
 *		container as soon as it has exited
 *
 * Podman and CRI-O keep one for each container, as do Docker and LXC in their usual places.
 */
void v6_state_home(const struct v6_state *state, char *ret_home);

/* v6_state_release() - Free what a state owns; a state of zeroes is fine */
void v6_state_release(struct v6_state *state);

/**
 * struct v6_port_map - Ports of a service address that lead to ports of the container
 * @protocol:	IPPROTO_TCP, IPPROTO_UDP or IPPROTO_SCTP; V6_PROTOCOL_ALL: the whole address, every
 *		protocol and port, the other members being 0, 0 and 1
 * @service_port: First port on the service address, 1..65535
 * @target_port: First port in the container; of a wide range the same
 * @count:	Length of both ranges, at least 1; neither runs over 65535
 */
struct v6_port_map {
	uint8_t protocol;
	uint16_t service_port;
	uint16_t target_port;
	uint16_t count;
};

#define V6_PROTOCOL_ALL 0

/**
 * enum v6_relay - How a program that listens on IPv4 only gets its clients
 *
 * A relay hides a client's address from the program, unless it passes the address on in front of
 * what the client sends.
 */
enum v6_relay {
	V6_RELAY_OFF,	/* packets are forwarded to the program, which listens on IPv6 */
	V6_RELAY_ON,	/* a process of ours takes connections, and makes others by IPv4 */
	V6_RELAY_PROXY, /* the same, with a header of the PROXY protocol, version 2 */
};

/* v6_relay_name() - "off", "on" or "proxy" */
const char *v6_relay_name(enum v6_relay relay);

/* v6_relay_parse() - Find what v6_relay_name() returns. Return: 0 or -EINVAL */
int v6_relay_parse(const char *name, enum v6_relay *ret_relay);

#define V6_REQUEST_HOSTS_MAX 16
#define V6_REQUEST_MAPS_MAX  64
/* Single ports in all, each one element per service address. A longer range is wide: one element
 * whatever its length, but its ports can't be others in the container.
 */
#define V6_REQUEST_PORTS_MAX 1024

/* Prefixes of clients in all. */
#define V6_FROM_MAX 1000

/* v6_map_is_wide() - whether a range is longer than V6_REQUEST_PORTS_MAX */
bool v6_map_is_wide(const struct v6_port_map *map);

/* v6_maps_overlap() - whether two have a service port in common */
bool v6_maps_overlap(const struct v6_port_map *a, const struct v6_port_map *b);

/* struct v6_map_text - a mapping as in v6.ports, by value, so that it can be an argument of
 * printf()
 */
struct v6_map_text {
	char s[sizeof("65535-65535:65535-65535/sctp")];
};

/* v6_map_text() - `80/tcp`, `443:8443/tcp`, `5000-5010:6000-6010/udp` or `all` */
struct v6_map_text v6_map_text(const struct v6_port_map *map);

/**
 * enum v6_share_mode - How containers share claims that all of them ask for
 */
enum v6_share_mode {
	V6_SHARE_NONE,	 /* they do not */
	V6_SHARE_NEWEST, /* new connections go to the newest container that is ready */
	V6_SHARE_EACH,	 /* they are spread over all that are ready */
};

/* Parts into which the clients of V6_SHARE_EACH are divided */
#define V6_SLOTS 16

/* v6_share_mode_name() - "none", "newest" or "each" */
const char *v6_share_mode_name(enum v6_share_mode mode);

/**
 * struct v6_request - What a container's annotations ask for
 * @hosts:	v6.host: DNS names in lower case, or IPv6 literals; none is there twice
 * @n_hosts:	0: the container asks for nothing
 * @maps:	v6.ports, or tcp port 80; no (protocol, service port) twice
 * @n_maps:	At least 1 when @n_hosts is not 0
 * @has_ports:	v6.ports was given
 * @interface:	v6.interface, a name or an alternative name, or ""
 * @required:	v6.required: a failure stops the container's start
 * @egress:	v6.egress: the name or address, as v6_egress_is() takes it; "": none
 * @from:	v6.from as it is written, which was read once and is right, or NULL: everybody may
 *		connect. Borrowed from the state
 * @fixed:	v6.follow=off: its services stay where they are when DNS says something else
 * @relay:	v6.relay
 * @share:	v6.share
 *
 * A final dot stays with its name, which is absolute then: it is not the name without the dot,
 * which may stand for something else where there are search domains.
 *
 * Copied by assignment, nothing to release; good as long as the state that it was read from.
 */
struct v6_request {
	char hosts[V6_REQUEST_HOSTS_MAX][V6_NAME_MAX + 1];
	size_t n_hosts;
	struct v6_port_map maps[V6_REQUEST_MAPS_MAX];
	size_t n_maps;
	bool has_ports;
	char interface[V6_INTERFACE_SIZE];
	bool required;
	bool fixed;
	enum v6_relay relay;
	enum v6_share_mode share;
	char egress[V6_NAME_MAX + 1];
	const char *from;
};

/**
 * v6_egress_is() - Check whether a service address is the one by which its container leaves
 * @egress:	A name or an address of v6.host
 * @name:	What v6.host calls the address
 * @address:	The service address
 */
bool v6_egress_is(const char *egress, const char *name, const struct in6_addr *address);

/**
 * v6_request_from_state() - Read the v6.* annotations of a container
 * @state:	Its state
 * @ret_request: Set on success; n_hosts is 0 where there is no v6.* annotation at all
 * @err:	NULL, or filled in on failure only
 *
 * Keys: v6.host, v6.ports, v6.interface, v6.from, v6.follow, v6.relay, v6.share, v6.egress,
 * v6.required. Any other v6.* key is an error that names the nearest known one; v6.* keys without
 * v6.host are an error as well.
 *
 * KEY/NAME, in the annotations of a pod, is for its container of that name alone, and for this one
 * wins over KEY. Where the engine does not say the container's name, it is an error.
 *
 * Return: 0, -EINVAL, or -EPERM (a contradiction, see struct v6_state); @ret_request->required is
 * set even then, from a readable v6.required
 */
int v6_request_from_state(const struct v6_state *state, struct v6_request *ret_request,
			  struct v6_error *err);

/* Longest list of v6_state_hosts(), its NUL included */
#define V6_HOSTS_SIZE (V6_REQUEST_HOSTS_MAX * (V6_NAME_MAX + 1))

/**
 * v6_state_hosts() - List the names that a container asks for, whether or not they are good
 * @ret_hosts:	V6_HOSTS_SIZE bytes: names or addresses, a blank between two; "" without any. Of a
 *		list that is too long, or that is none, what is before that
 */
void v6_state_hosts(const struct v6_state *state, char *ret_hosts);

#ifdef __cplusplus
}
#endif

#endif
