/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What can be done about a container: bind, complete, renew, unbind; and about all of them:
 * reconcile, clear. Each changes records, and has the kernel agree with them.
 */
#ifndef LIBV6_VERBS_H
#define LIBV6_VERBS_H

#include <libv6/apply.h>
#include <libv6/names.h>
#include <libv6/store.h>

#ifdef __cplusplus
extern "C" {
#endif

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
 * struct v6_prospects - What a name resolves to, and what would become of it
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
 * v6_unbind_stopped() - Take a container's services away when its engine reports its stop
 * @host:	This host
 * @state:	As the engine sent it: an id, and no engine is known to send a pid
 * @err:	NULL, or filled in on failure only
 *
 * Two containers may have one id, in two namespaces of containerd or below two roots of a runtime.
 * The stop of one does not take the other's services away: see v6_record_outlives_stop(). Waits up
 * to a second, without the lock, for a process that was killed and has not exited yet.
 *
 * Return: as v6_unbind(), or -EBUSY (the record's container runs; its services stay)
 */
int v6_unbind_stopped(struct v6_host *host, const struct v6_state *state, struct v6_error *err);

/* enum v6_rank - what becomes of a container among those that share its claims */
enum v6_rank {
	V6_RANK_JOINED,	 /* its program listens: it may have connections */
	V6_RANK_FRONT,	 /* it is the newest, and may have connections whether it listens or not */
	V6_RANK_DRAINED, /* it gets none, unless all others are in the same case */
};

/**
 * v6_share_rank() - Give a container another place among those that share its claims
 * @host:	This host
 * @id:		Container id; of V6_RANK_JOINED, one without a record, or that does not share or is
 *		ready, is success
 * @rank:	See there
 * @err:	NULL, or filled in on failure only
 *
 * What is connected, to this one or to others, stays so.
 *
 * Return: 0, -ENOENT (no such container lives), -EINVAL (it does not share) or another negative
 *errno
 */
int v6_share_rank(struct v6_host *host, const char *id, enum v6_rank rank, struct v6_error *err);

/**
 * v6_renew() - Look up again what the names of a container stand for, and move its services there
 * @host:	This host
 * @id:		Container id; one without a record, or that does not want this, is success
 * @ret_after_s: For how long that holds, in seconds; set also on failure, where it is a time to try
 *		again after, but for one that the host itself is the reason of
 * @err:	NULL, or filled in on failure only
 *
 * Asks DNS, without the lock, and so may take as long as the configuration says. Where DNS fails,
 * or the container may not have the new address, all stays as it is. What is connected by an
 * address that a name has left goes on for as long as the configuration says.
 *
 * Return: 0 or the first negative errno
 */
int v6_renew(struct v6_host *host, const char *id, int *ret_after_s, struct v6_error *err);

/**
 * struct v6_reconciled - What a reconcile found
 * @live:	Records of living containers
 * @pending:	Of them, those whose container has no address
 * @unreachable: Service addresses of them that clients cannot reach on any link
 * @repaired:	Of them, those for which something in the kernel was missing
 * @remade:	The table was missing, older or changed, so that it was made again for all of them
 * @collected:	Records of dead containers, removed
 * @orphans:	Elements, addresses and routes of ours without a record, removed
 */
struct v6_reconciled {
	unsigned int live, pending, unreachable, repaired, collected, orphans;
	bool remade;
};

/**
 * v6_reconcile() - Make the kernel agree with all records
 * @host:	This host
 * @ret_done:	Set on success
 * @err:	NULL, or filled in on failure only
 *
 * Doing it twice changes nothing. A record that can't be made true is reported by the host's warn
 * function and does not stop the others. A pending one is completed where its container has an
 * address; one whose container has another address now than it had follows it, or is pending. A
 * service moves to another link when nobody can reach it on its own.
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
 * v6_reconcile_interfaces() - Let clients come by interfaces that appeared since services started
 * @host:	This host
 * @err:	NULL, or filled in on failure only
 *
 * Does nothing if the host forwards as a whole, or the kernel has no force_forwarding (6.17).
 *
 * Return: 0 or a negative errno
 */
int v6_reconcile_interfaces(struct v6_host *host, struct v6_error *err);

/**
 * struct v6_cleared - What a clear took away
 * @containers:	Records, of living containers as well
 * @orphans:	As in struct v6_reconciled
 * @settings:	Settings of the host that have their former values
 * @settings_left: And those that stay as they are, which a step told of
 */
struct v6_cleared {
	unsigned int containers, orphans, settings, settings_left;
};

/**
 * v6_clear() - Remove everything of ours, and the table with it
 * @host:	This host
 * @settings:	Also put settings of the host back that were changed for services, forwarding among
 *		them, if they are still as they were set; force_forwarding is put back in any case,
 *		as our table refuses what else it lets in
 * @ret_done:	Set on success
 * @err:	NULL, or filled in on failure only
 *
 * For before the programs are removed. After v6_host_steps(), tells of what it would do, or does
 * beyond the records. Goes on after a failure with other records; the table then
 * stays, as it guards what is left, and so do settings.
 *
 * Return: 0 or the first negative errno
 */
int v6_clear(struct v6_host *host, bool settings, struct v6_cleared *ret_done,
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

#ifdef __cplusplus
}
#endif

#endif
