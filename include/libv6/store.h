/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What should be: one record for each container, written before the kernel is touched, so that
 * whatever a crash leaves can be finished or undone; and the host that they are about.
 */
#ifndef LIBV6_STORE_H
#define LIBV6_STORE_H

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

/* In V6_RUN_DIR, held (v6_lock_hold()) by who watches: hooks leave to it what is not there yet */
#define V6_WATCH_LOCK "v6d.lock"

/* Interfaces of one container by which it may answer. */
#define V6_SIBLINGS_MAX 8

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
 * @attach:	What is to be removed with its last container
 * @ours:	It is there for services alone, so it is guarded. Else the host had it before, and
 *		it is only used
 * @unreachable: When it was looked at last, nobody could reach it on @link, nor on any other link
 * @absent:	Of such a one: it is not brought to @link until that is over, as the link is of no
 *		use, or another machine there has the address
 * @published:	Its name has the address from the pool, and is told to others as a file
 * @announce:	Routing table where routing daemons find a route to it while it can be reached; 0:
 *none
 * @table:	Routing table by which answers from the container leave, as those of the host itself
 *		from this address do; 0: they do without
 */
struct v6_service {
	struct in6_addr address;
	char name[V6_NAME_MAX + 1];
	int link;
	char link_name[IF_NAMESIZE];
	enum v6_attach attach;
	bool ours;
	bool unreachable;
	bool absent;
	bool published;
	uint32_t announce;
	uint32_t table;
};

/**
 * struct v6_leaving - A service address that a record's names stood for
 * @service:	It, without claims; it stays for its connections, and guarded
 * @until:	When it goes, seconds since boot, so that setting the clock changes nothing
 */
struct v6_leaving {
	struct v6_service service;
	int64_t until;
};

/**
 * struct v6_sibling - An interface by which a container may answer, from another of its addresses
 * @via:	Host link that leads there, by index and name
 * @mac:	Its link-layer address
 */
struct v6_sibling {
	int via;
	char via_name[IF_NAMESIZE];
	uint8_t mac[V6_MAC_SIZE];
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
 * @mac:	Its link-layer address, to which the host pins @address; zeroes: not known
 * @via:	Host link that leads there: a bridge, or the other end of @link; 0: none
 * @subnet:	Addresses of containers behind @via, this one's included
 * @port:	Host interface by which the container is a port of the bridge @via; 0: it is none,
 *or not known, a record of an earlier version
 * @hairpin:	Hairpin mode of @port was turned on for this container, and nobody else had done so
 * @siblings:	Of a record with UDP, where the container has more addresses than @address: its
 *		interfaces, @n_siblings of them, @link among them
 * @relay_port:	Of a record with a relay: the first of the ports of @address on which that listens,
 *		one for each of the record's mappings, in their order; 0: it has none
 * @ruled:	Routing rules of the host would lead packets to it elsewhere, so that @subnet has
 *		one of ours
 */
struct v6_destination {
	bool pending;
	struct in6_addr address;
	bool provided;
	int link;
	char link_name[IF_NAMESIZE];
	uint8_t mac[V6_MAC_SIZE];
	int via;
	char via_name[IF_NAMESIZE];
	struct v6_prefix subnet;
	int port;
	bool hairpin;
	struct v6_sibling siblings[V6_SIBLINGS_MAX];
	size_t n_siblings;
	uint16_t relay_port;
	bool ruled;
};

/**
 * struct v6_share - How a container shares its claims with others that ask for the same ones
 * @mode:	See there; of V6_SHARE_NONE all else is zero
 * @ready:	It may have connections, if it has an address; else it is joining
 * @drained:	Somebody has it have no new connections, before it is stopped
 * @since:	By this they are ordered: when it was made or moved in front by hand, in nanoseconds
 *of CLOCK_MONOTONIC
 */
struct v6_share {
	enum v6_share_mode mode;
	bool ready, drained;
	int64_t since;
};

/**
 * struct v6_record - A request made concrete; what is to be true while the container lives
 * @id:		Container id
 * @name:	What its pod calls it, or ""; as the state said
 * @engine:	The same
 * @uid:	User whose container it is, or 0: root's
 * @pid:	Container's init, named for good by @started (clock ticks after boot)
 * @netns:	Inode of its network namespace
 * @netns_path:	File of that namespace, on which the record's life hangs instead of a process, or
 *		""; the namespace is named for good by @netns_cookie (0: the kernel has none)
 * @netns_file:	File by which the container's engine has named that namespace, which may go on when
 *		the container has ended; that of its own process if its bundle could not be read; ""
 *		if the namespace is its own, or nothing was assigned
 * @created:	When the record was made, seconds since the epoch as the clock was then
 * @created_up:	The same, seconds after boot; 0: not known, a record of an earlier version
 * @services:	@n_services of them
 * @maps:	Ports, the same on each service address; @n_maps of them
 * @destination: Where they lead
 * @follow:	When its names come to resolve to other addresses, its services go there
 * @interface:	The link that was asked for, by the name that it was asked for, or ""
 * @egress:	The name or address of the service by which it leaves, or ""; see v6_egress_is()
 * @pod_namespace: Of @follow and @share: as in struct v6_state
 * @pod:	Of @follow, too
 * @leaving:	Where its services were before, @n_leaving of them
 * @relay:	Its program listens on IPv4 only, so that services lead to a process of ours there,
 *		see relay/relay.h. All of @maps are single ports of TCP then
 * @from:	Clients that may connect, @n_from prefixes, sorted, of which none lies in another;
 *		borrowed from the host. 0: everybody may
 * @optional:	Of a pending one that v6_complete() is to complete: it may start without
 * @share:	Whether it shares its claims
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
	char netns_file[V6_NETNS_PATH_MAX + 1];
	int64_t created;
	int64_t created_up;
	struct v6_service services[V6_RECORD_ADDRESSES_MAX];
	size_t n_services;
	struct v6_port_map maps[V6_REQUEST_MAPS_MAX];
	size_t n_maps;
	struct v6_destination destination;
	bool follow;
	char interface[V6_INTERFACE_SIZE];
	char egress[V6_NAME_MAX + 1];
	char pod_namespace[V6_POD_NAMESPACE_MAX + 1];
	char pod[V6_POD_MAX + 1];
	struct v6_leaving leaving[V6_RECORD_ADDRESSES_MAX];
	size_t n_leaving;
	enum v6_relay relay;
	bool optional;
	struct v6_share share;
	const struct v6_prefix *from;
	size_t n_from;
};

/**
 * v6_record_target_port() - Get the port of the target to which a mapping's first port leads
 * @map:	One of @record's
 *
 * Return: that of the container's program or, with a relay, of the relay
 */
uint16_t v6_record_target_port(const struct v6_record *record, const struct v6_port_map *map);

/* struct v6_host - this host: its state directory and its kernel; opaque */
struct v6_host;

/**
 * struct v6_relay_counts - What a relay counts, since it was started
 * @open:	Connections that it has now
 * @limit:	As many as it may have
 * @taken:	Connections that it took
 * @refused:	Those that it reset, having as many as it may have
 *
 * It is in the relay's file, at V6_RELAY_COUNTS_AT: a page of its own on every machine.
 */
struct v6_relay_counts {
	uint64_t open, limit, taken, refused;
};
#define V6_RELAY_COUNTS_AT 65536

/**
 * v6_relay_look() - Read what the relay of a container counts
 * @record:	With a relay, or without
 * @ret_counts:	Set on success
 *
 * Return: 0, -ENOENT (no relay runs) or another negative errno
 */
int v6_relay_look(const struct v6_host *host, const struct v6_record *record,
		  struct v6_relay_counts *ret_counts);

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

/* v6_host_cleanup() - close it at the end of a variable's scope; NULL is fine */
void v6_host_cleanup(struct v6_host **host);

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
 * v6_host_progress() - Have v6_clear(), v6_reconcile() and v6_check_host() tell how far they are
 * @progress:	Called with how many containers of how many are done, after each
 * @data:	Passed to @progress
 */
void v6_host_progress(struct v6_host *host,
		      void (*progress)(unsigned int done, unsigned int total, void *data),
		      void *data);

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
 * v6_record_netns() - Open the network namespace of a record's container
 * @ret_fd:	Set on success; the caller closes it
 * @err:	NULL, or filled in on failure only
 *
 * Return: 0, -ESRCH (the container has ended, or is in another one now) or another negative errno
 */
int v6_record_netns(const struct v6_record *record, int *ret_fd, struct v6_error *err);

/**
 * v6_record_last_netns() - Open the network namespace where a record's container was, which may
 * have ended
 * @ret_fd:	Set on success; the caller closes it
 * @err:	NULL, or filled in on failure only
 *
 * Return: 0, -ESRCH (it is gone, or nothing known leads there) or another negative errno
 */
int v6_record_last_netns(const struct v6_record *record, int *ret_fd, struct v6_error *err);

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
 * v6_leaving_left() - Seconds until an address goes that a record's services have left
 * @now:	Seconds since boot
 *
 * No address stays longer than the configuration can say; one that would was written by the wall
 * clock, as older versions did, or by nobody, and its time is over.
 *
 * Return: 0 (its time is over) up to V6_LINGER_S_MAX
 */
int64_t v6_leaving_left(const struct v6_leaving *leaving, int64_t now);

/* How long a failure is kept that nothing ends before, in seconds */
#define V6_FAILURE_KEPT_S (7 * 24 * 3600)

/**
 * struct v6_failure - The last failure of a container, kept because runtimes hide a hook's messages
 * @id:		Container id
 * @name:	As in struct v6_state
 * @uid:	User whose container it is, or 0: root's
 * @hosts:	Names that it asked for and that no container has got since, as v6_state_hosts()
 *		lists them; "": not known
 * @home:	As v6_state_home() found it
 * @when:	Seconds since the epoch
 * @when_up:	The same, seconds after boot; 0: not known, a failure of an earlier version
 * @text:	One line
 */
struct v6_failure {
	char id[V6_ID_MAX + 1];
	char name[V6_CONTAINER_NAME_MAX + 1];
	uid_t uid;
	char hosts[V6_HOSTS_SIZE];
	char home[V6_NETNS_PATH_MAX + 1];
	int64_t when;
	int64_t when_up;
	char text[sizeof(((struct v6_error *)0)->text)];
};

/*
 * A failure ends when its container starts well, when containers that started well have all the
 * names that it asked for, when its engine removes its container, and V6_FAILURE_KEPT_S later.
 *
 * v6_failure_note() - keep a failure; of many containers the newest ones stay, 256 of root's and
 *	256 of other users' at most. Where the state has no annotations, the names are those of the
 *	container's record.
 * v6_failure_forget() - end those that a container ends which started well.
 * v6_failures_each() - visit those that have not ended, in no order; makes no directory.
 *
 * @run_dir:	V6_RUN_DIR, or another directory in tests
 * @state:	The container's: its id, user, engine, name, bundle and annotations count
 *
 * Return: 0 or a negative errno
 */
int v6_failure_note(const char *run_dir, const struct v6_state *state, const char *text);
int v6_failure_forget(const char *run_dir, const struct v6_state *state);
int v6_failures_each(const char *run_dir,
		     int (*visit)(const struct v6_failure *failure, void *data), void *data);

/* v6_failure_is_about() - Check whether a failure's container asked for a name or an address */
bool v6_failure_is_about(const struct v6_failure *failure, const char *host);

#ifdef __cplusplus
}
#endif

#endif
