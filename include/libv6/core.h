/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The heart: records are desired state, reconcile makes the kernel agree with them.
 *
 * A request becomes a record, one file per container, before the kernel is touched; so whatever a
 * crash leaves can be finished or undone. bind, unbind and reconcile all end in the same function.
 */
#ifndef LIBV6_CORE_H
#define LIBV6_CORE_H

#include <libv6/names.h>
#include <libv6/oci.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Where records, the lock and the last failures live; gone after a reboot. */
#define V6_RUN_DIR "/run/oci-v6"
/* One file for each record, ID and the suffix; there is none of containers without services. */
#define V6_RECORDS_DIR	 V6_RUN_DIR "/records"
#define V6_RECORD_SUFFIX ".json"
/* What is kept over a reboot: last known answers of DNS. */
#define V6_STATE_DIR "/var/lib/oci-v6"

/* The administrator's configuration, optional; oci-v6.json(5). */
#define V6_CONFIG_FILE "/etc/oci-v6/config.json"

/* Service addresses of one container. */
#define V6_RECORD_ADDRESSES_MAX 16

/**
 * enum v6_attach - How a service address was brought to this host
 *
 * A route costs the same with any number of them, and is never a source of the host's connections
 * nor seen in `ip addr`; an address on a link takes the kernel the longer the more there are.
 */
enum v6_attach {
	V6_ATTACH_NONE,	   /* it was here: an address, or a local route for its whole prefix */
	V6_ATTACH_ADDRESS, /* a /128 on the link */
	V6_ATTACH_ROUTE,   /* a local route; its prefix is routed to this host */
	V6_ATTACH_PROXY,   /* the same, and a proxy neighbour on the link */
};

/* v6_attach_name() - "none", "address", "route" or "proxy" */
const char *v6_attach_name(enum v6_attach attach);

/**
 * struct v6_service - A service address of a record
 * @address:	IPv6, on this host while the record lives
 * @name:	What the request called it
 * @link:	Host link that it sits on, by index and by name at that time; of V6_ATTACH_ROUTE,
 *		the one that its clients are expected on
 * @attach:	What is to be taken away with its last container
 * @ours:	It is there for services alone, so it is guarded. Else the host had it before, and
 *		it is only used
 */
struct v6_service {
	struct in6_addr address;
	char name[V6_NAME_MAX + 1];
	int link;
	char link_name[IF_NAMESIZE];
	enum v6_attach attach;
	bool ours;
};

/**
 * struct v6_leaving - A service address that a record's names stood for
 * @service:	It, without claims; it stays for its connections, and guarded
 * @until:	When it goes, seconds since the epoch
 */
struct v6_leaving {
	struct v6_service service;
	int64_t until;
};

/**
 * struct v6_destination - The container's side of a record
 * @pending:	The container has no address yet, or has it no longer: services lead to port 0 of
 *		their own addresses, where nobody can listen, so that they are held and refused. All
 *		other members are zero, but @link where the container had an address of its own
 * @address:	Where services lead; :: where the container shares the host's network, or is
 *		reached by ports that its user published on the host: each service then leads to
 *		its own address, and the members below are zero
 * @provided:	We gave the container this address, as it had none
 * @link:	The container's link in its own namespace, by index and name
 * @via:	Host link that leads there: a bridge, or the other end of @link; 0: none
 * @subnet:	Addresses of containers behind @via, this one's included
 */
struct v6_destination {
	bool pending;
	struct in6_addr address;
	bool provided;
	int link;
	char link_name[IF_NAMESIZE];
	int via;
	char via_name[IF_NAMESIZE];
	struct v6_prefix subnet;
};

/**
 * struct v6_record - A request made concrete; what is to be true while the container lives
 * @id:		Container id
 * @name:	What its pod calls it, or ""; as the state said
 * @engine:	Likewise
 * @uid:	User whose container it is, or 0: root's
 * @pid:	Container's init, named for good by @started (clock ticks after boot)
 * @netns:	Inode of its network namespace
 * @netns_path:	File of that namespace, on which the record's life hangs instead of a process, or
 *		""; the namespace is named for good by @netns_cookie (0: the kernel has none)
 * @created:	When the record was made, seconds since the epoch
 * @services:	@n_services of them
 * @maps:	Ports, the same on each service address; @n_maps of them
 * @destination: Where they lead
 * @follow:	When its names come to stand for other addresses, its services go there
 * @interface:	Of @follow: the link that was asked for, or ""
 * @pod_namespace: Likewise, as in struct v6_state
 * @pod:	Likewise
 * @leaving:	Where its services were before, @n_leaving of them
 * @optional:	Of a pending one that v6_complete() is to complete: it may start without
 */
struct v6_record {
	char id[V6_ID_MAX + 1];
	char name[V6_CONTAINER_NAME_MAX + 1];
	enum v6_engine engine;
	uid_t uid;
	pid_t pid;
	uint64_t started;
	uint64_t netns;
	char netns_path[V6_NETNS_PATH_MAX + 1];
	uint64_t netns_cookie;
	int64_t created;
	struct v6_service services[V6_RECORD_ADDRESSES_MAX];
	size_t n_services;
	struct v6_port_map maps[V6_REQUEST_MAPS_MAX];
	size_t n_maps;
	struct v6_destination destination;
	bool follow;
	char interface[IF_NAMESIZE];
	char pod_namespace[V6_POD_NAMESPACE_MAX + 1];
	char pod[V6_POD_MAX + 1];
	struct v6_leaving leaving[V6_RECORD_ADDRESSES_MAX];
	size_t n_leaving;
	bool optional;
};

/* struct v6_host - this host: its state directory and its kernel; opaque */
struct v6_host;

/**
 * v6_host_open() - Open this host's state and kernel
 * @run_dir:	V6_RUN_DIR, or another directory in tests; made (0700) where it is missing
 * @warn:	NULL, or called with one line for what went wrong without stopping anything
 * @warn_data:	Passed to @warn
 * @ret_host:	Set on success; release with v6_host_close()
 * @err:	NULL, or filled in on failure only
 *
 * The host is the network namespace of the calling thread.
 *
 * Return: 0, -EPERM (not root), -EPROTONOSUPPORT (no nf_tables) or another negative errno
 */
int v6_host_open(const char *run_dir, void (*warn)(const char *text, void *data), void *warn_data,
		 struct v6_host **ret_host, struct v6_error *err);
void v6_host_close(struct v6_host *host);

/**
 * v6_host_look() - Open this host to look at it only
 *
 * As v6_host_open(), but makes no directory. Where the state directory can't be read, functions
 * that want records fail with the reason, and others go on; where there is none, there are no
 * records. For v6_records_each(), v6_claim_look() and v6_ask() alone.
 *
 * Return: 0 or a negative errno
 */
int v6_host_look(const char *run_dir, void (*warn)(const char *text, void *data), void *warn_data,
		 struct v6_host **ret_host, struct v6_error *err);

/**
 * v6_bind() - Give a container the services that it asks for
 * @host:	This host
 * @state:	The container's state, with a pid
 * @asked:	What it asks for, at least one host; what it leaves open is as V6_CONFIG_FILE says
 * @err:	NULL, or filled in on failure only
 *
 * Names are resolved before the lock is taken. A record that the container has already is replaced.
 * A container whose network is not there yet is an error or, while somebody holds V6_WATCH_LOCK, or
 * where @state says that it is late, gets its claims only; whoever reconciles completes them when
 * it is there. Costs the same with no other service and with 100,000.
 *
 * Where @state has a user, his container's network has to be in a user namespace that he made, and
 * its services lead to ports of this host that nobody else listens on.
 *
 * Return: 0, or with nothing left behind
 *	-EADDRINUSE   a claim is held by a living container; @err names it
 *	-EPERM        not root, or a claim that nobody may make, or not this container or user
 *	-EDQUOT       more claims than the configuration allows this user
 *	or what v6_names_resolve() and the kernel return
 */
int v6_bind(struct v6_host *host, const struct v6_state *state, const struct v6_request *asked,
	    struct v6_error *err);

/**
 * v6_complete() - Lead a container's services to its network, which has come after v6_bind()
 * @host:	This host
 * @id:		Container id; one without a record, or whose record is complete, is success
 * @err:	Filled in where 1 or a negative errno is returned
 *
 * Where its network is not there now either, but somebody holds V6_WATCH_LOCK, that is left to him.
 *
 * Return: 0; 1 (failed, but the container asked to start without); or a negative errno
 */
int v6_complete(struct v6_host *host, const char *id, struct v6_error *err);

/**
 * struct v6_prospect - What would become of one address, if a container asked for it
 * @address:	It
 * @refusal:	Why the container would not get it; a code of 0: it would
 * @service:	Where and how it would come to this host, if it was not refused
 * @holder:	Container that holds one of the claims now, or ""
 */
struct v6_prospect {
	struct in6_addr address;
	struct v6_error refusal;
	struct v6_service service;
	char holder[V6_ID_MAX + 1];
};

/**
 * struct v6_prospects - What a name stands for, and what would become of it
 * @source:	Who said so
 * @list:	@n of them, at least 1
 */
struct v6_prospects {
	struct v6_names_source source;
	struct v6_prospect list[V6_NAMES_ADDRESSES_MAX];
	size_t n;
};

/**
 * v6_ask() - See what v6_bind() would make of a name, up to where it would change something
 * @host:	This host
 * @state:	Of a container that would ask; its engine and its namespace in Kubernetes matter
 * @asked:	What it would ask for; of the hosts, only the first is looked at
 * @ret_prospects: Set on success
 * @err:	NULL, or filled in on failure only
 *
 * Without CAP_NET_ADMIN nobody is known to hold anything.
 *
 * Return: 0, -EPERM (the container may claim nothing at all) or what v6_names_resolve() returns
 */
int v6_ask(struct v6_host *host, const struct v6_state *state, const struct v6_request *asked,
	   struct v6_prospects *ret_prospects, struct v6_error *err);

/**
 * v6_unbind() - Take a container's services away
 * @host:	This host
 * @id:		Container id; one without a record is success
 * @err:	NULL, or filled in on failure only
 *
 * Goes on after a failure with what can still be done; the record then stays for the next try.
 *
 * Return: 0 or the first negative errno
 */
int v6_unbind(struct v6_host *host, const char *id, struct v6_error *err);

/**
 * v6_host_steps() - Have v6_reconcile() tell what it does, or only what it would do
 * @host:	This host
 * @dry:	Change nothing
 * @step:	Called with one line, "add this to that", for each step that was taken, or would be
 * @data:	Passed to @step
 *
 * A dry run goes the same way as a real one up to each change, so it can't tell of one that fails.
 */
void v6_host_steps(struct v6_host *host, bool dry, void (*step)(const char *text, void *data),
		   void *data);

/**
 * struct v6_reconciled - What a reconcile found
 * @live:	Records of living containers
 * @pending:	Of them, those whose container has no address
 * @mended:	Of them, those for which something in the kernel was missing
 * @collected:	Records of dead containers, removed
 * @orphans:	Elements, addresses and routes of ours without a record, removed
 */
struct v6_reconciled {
	unsigned int live, pending, mended, collected, orphans;
};

/**
 * v6_reconcile() - Make the kernel agree with all records
 * @host:	This host
 * @ret_done:	Set on success
 * @err:	NULL, or filled in on failure only
 *
 * Doing it twice changes nothing. A record that can't be made true is reported by the host's warn
 * function and does not stop the others. A pending one is completed where its container has an
 * address; one whose container has another address now than it had follows it, or is pending.
 *
 * Return: 0 or a negative errno
 */
int v6_reconcile(struct v6_host *host, struct v6_reconciled *ret_done, struct v6_error *err);

/*
 * v6_reconcile_container() - make it agree with the record of one container; without one, there is
 * nothing to do.
 * v6_reconcile_prefix() - with the records of those that hold a service address, or were given an
 * address (of length 128), or that are behind the bridge of a prefix.
 *
 * As v6_reconcile(), at a cost that does not depend on others.
 */
int v6_reconcile_container(struct v6_host *host, const char *id, struct v6_reconciled *ret_done,
			   struct v6_error *err);
int v6_reconcile_prefix(struct v6_host *host, const struct v6_prefix *prefix,
			struct v6_reconciled *ret_done, struct v6_error *err);

/**
 * struct v6_cleared - What a clear took away
 * @containers:	Records, of living containers as well
 * @orphans:	As in struct v6_reconciled
 */
struct v6_cleared {
	unsigned int containers, orphans;
};

/**
 * v6_clear() - Take away everything of ours, and the table with it
 * @host:	This host
 * @ret_done:	Set on success
 * @err:	NULL, or filled in on failure only
 *
 * For before the programs are removed. Settings of links stay as they are. Goes on after a failure
 * with other records; the table then stays, as it guards what is left.
 *
 * Return: 0 or the first negative errno
 */
int v6_clear(struct v6_host *host, struct v6_cleared *ret_done, struct v6_error *err);

/**
 * v6_records_each() - Visit all records of this host, in no order
 * @host:	This host
 * @visit:	Called with each; @alive tells whether the container is; negative ends the visit
 * @data:	Passed to @visit
 * @err:	NULL, or filled in on failure only
 *
 * Return: 0 or a negative errno
 */
int v6_records_each(struct v6_host *host,
		    int (*visit)(const struct v6_record *record, bool alive, void *data),
		    void *data, struct v6_error *err);

/**
 * enum v6_claim_state - How a claim of a record stands; the later ones count for more
 *
 * A claim is here one mapping of ports on one service address.
 */
enum v6_claim_state {
	V6_CLAIM_ACTIVE,
	V6_CLAIM_FOREIGN,    /* active, on an address that the host had before */
	V6_CLAIM_DUPLICATE,  /* another machine of the link has the address */
	V6_CLAIM_PENDING,    /* held, but the container has no address that it could lead to */
	V6_CLAIM_NO_GUARD,   /* the host itself may answer on the address */
	V6_CLAIM_NO_ADDRESS, /* the address is not on this host, or is on another link */
	V6_CLAIM_NO_ELEMENT, /* the table does not lead it to the container */
	V6_CLAIM_TAKEN,	     /* the table leads it to another container */
	V6_CLAIM_STALE,	     /* the container has ended */
	V6_CLAIM_UNKNOWN,    /* we may not look */
};

#define V6_CLAIM_STATES 10 /* how many there are */

/* v6_claim_state_word() - one word for a table; those that reconcile mends are all "lost".
 * v6_claim_state_text() - what that means and what to do, for a person
 */
const char *v6_claim_state_word(enum v6_claim_state state);
const char *v6_claim_state_text(enum v6_claim_state state);

/**
 * struct v6_claim_look - What the kernel has of a claim
 * @state:	See there; of a range the worst of its ports
 * @connections: Begun since the claim's elements were made, as a reconcile does not
 * @bytes:	Passed for it in both directions since then, headers included
 * @has_bytes:	They are counted: not of wide ranges and whole addresses, and not in the host's
 *		own network
 * @holder:	Container that the table leads it to; "": none
 * @shared:	That is another member of the pod: its counts are those of both
 */
struct v6_claim_look {
	enum v6_claim_state state;
	uint64_t connections;
	uint64_t bytes;
	bool has_bytes;
	char holder[V6_ID_MAX + 1];
	bool shared;
};

/**
 * v6_claim_look() - See how a claim of a record stands
 * @host:	This host
 * @record:	It
 * @alive:	Whether its container is
 * @service:	Index of its service address, and
 * @map:	of its mapping of ports
 * @ret_look:	Set on success
 * @err:	NULL, or filled in on failure only
 *
 * A few look-ups in the kernel, whatever the number of services.
 *
 * Return: 0, -EPERM (no CAP_NET_ADMIN) or another negative errno
 */
int v6_claim_look(struct v6_host *host, const struct v6_record *record, bool alive, size_t service,
		  size_t map, struct v6_claim_look *ret_look, struct v6_error *err);

/**
 * v6_addresses_each() - Visit the service addresses of this host that bear our mark
 * @visit:	Called with each and the index of its link, lo for a local route; negative ends the
 *		visit
 *
 * Needs no rights at all, and tells less than the records do: nothing on kernels before 5.18.
 *
 * Return: 0 or a negative errno
 */
int v6_addresses_each(struct v6_host *host,
		      int (*visit)(const struct in6_addr *address, int link, void *data),
		      void *data, struct v6_error *err);

/**
 * v6_record_netns() - Open the network namespace of a record's container
 * @ret_fd:	Set on success; the caller closes it
 * @err:	NULL, or filled in on failure only
 *
 * Return: 0, -ESRCH (the container has ended, or is in another one now) or another negative errno
 */
int v6_record_netns(const struct v6_record *record, int *ret_fd, struct v6_error *err);

/**
 * v6_record_target_netns() - Open the network namespace where its services lead: that of the
 * container, or this host's own where a user published its ports here
 * @ret_fd:	Set on success; the caller closes it
 * @ret_inode:	Its inode
 * @err:	NULL, or filled in on failure only
 *
 * Return: as v6_record_netns()
 */
int v6_record_target_netns(const struct v6_record *record, int *ret_fd, uint64_t *ret_inode,
			   struct v6_error *err);

/**
 * v6_pending_why() - What a pending record waits for
 * @host:	This host
 * @record:	It
 * @err:	NULL, or filled in on failure only, with the answer
 *
 * Return: 0 (for a reconcile only), or why the container can't be led to now, as a negative errno
 */
int v6_pending_why(struct v6_host *host, const struct v6_record *record, struct v6_error *err);

/**
 * struct v6_failure - The last failure of a container, kept because runtimes hide a hook's messages
 * @id:		Container id
 * @when:	Seconds since the epoch
 * @text:	One line
 */
struct v6_failure {
	char id[V6_ID_MAX + 1];
	int64_t when;
	char text[sizeof(((struct v6_error *)0)->text)];
};

/*
 * v6_failure_note() - keep a failure; of many containers the newest ones stay, 256 at most.
 * v6_failure_forget() - drop that of a container, which is doing well now.
 * v6_failures_each() - visit those kept, in no order; makes no directory.
 *
 * @run_dir:	V6_RUN_DIR, or another directory in tests
 *
 * Return: 0 or a negative errno
 */
int v6_failure_note(const char *run_dir, const char *id, const char *text);
int v6_failure_forget(const char *run_dir, const char *id);
int v6_failures_each(const char *run_dir,
		     int (*visit)(const struct v6_failure *failure, void *data), void *data);

#ifdef __cplusplus
}
#endif

#endif
