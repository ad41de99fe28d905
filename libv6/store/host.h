/* SPDX-License-Identifier: GPL-2.0-or-later */
/* This host: open once, passed to everything in core. */
#ifndef V6_STORE_HOST_H
#define V6_STORE_HOST_H

#include <libv6/store.h>

#include "kernel/neigh.h"
#include "kernel/nl.h"
#include "kernel/onlink.h"
#include "kernel/routing_rule.h"
#include "policy/config.h"
#include "store/clients.h"
#include "table/flows.h"

/* Addresses that links are asked for; more go unasked. */
#define V6_DAD_MAX 32

/**
 * struct v6_asked - A service address that a link was asked for; see dad.h
 * @of:		The address, its link, and who has it: our own link-layer address before @taken
 * @link_name:	The link's
 * @taken:	Another machine answered
 */
struct v6_asked {
	struct v6_neighbour of;
	char link_name[IF_NAMESIZE];
	bool taken;
};

struct v6_claim_look;

/* struct v6_told - how the claims of one record stand, by service and then mapping; owned */
struct v6_told {
	struct v6_claim_look *looks;
	size_t n;
};

/* struct v6_departed - containers whose records are in ending/ by this process; see departed.h */
struct v6_departed {
	char (*ids)[V6_ID_MAX + 1];
	size_t n, room;
};

/* Routing rules that are kept at hand */
#define V6_ROUTING_RULES_MAX 32

/**
 * struct v6_routing_rules - The host's routing rules but the kernel's own, in their order
 * @more:	There are more than @n
 * @known:	They were read since the lock was taken
 */
struct v6_routing_rules {
	struct v6_routing_rule list[V6_ROUTING_RULES_MAX];
	size_t n;
	bool more, known;
};

/* Text of /proc/sys/kernel/random/boot_id */
#define V6_BOOT_ID_SIZE 36

/**
 * struct v6_host
 * @dir:	State directory, or -1: it can't be read, for the reason @unread
 * @looks:	Nothing is changed: it was opened to look only, or this is a dry run
 * @remade:	In a dry run: the table would have been made again, with all elements
 * @lock:	Its lock's descriptor while held, or -1
 * @turn_ms:	Since when
 * @crowded:	Others had the lock, or wait for it, beside us
 * @begun_ms:	When it was opened or, by v6d for a user, when they asked
 * @flows:	Of claims that are gone: they end when the lock is released
 * @departed:	Whose claims these are
 * @ends_later:	By whoever watches, in pieces, and not by who releases the lock
 * @route:	NETLINK_ROUTE socket of the host's network namespace
 * @netfilter:	NETLINK_NETFILTER socket of the same
 * @onlink:	Links and prefixes as they were when they were asked for, under this lock
 * @netns:	Inode of that namespace
 * @boot_id:	What tells this boot from others
 * @machine:	And this machine; see v6_machine_read()
 * @clients:	See store/clients.h
 * @routing:	See plan/routing.h
 * @config:	Zeroes before v6_host_configure()
 * @settings_noted: Settings were changed since the notes of such were last tidied
 * @told:	By v6d, to who may not look himself; zeroes but for v6_records_seen_each()
 * @dad:	Where answers come to (@fd, or -1) and what was asked, @n of @asked
 */
struct v6_host {
	int dir;
	struct v6_error unread;
	bool looks;
	bool remade;
	int lock;
	int64_t turn_ms;
	bool crowded;
	int64_t begun_ms;
	struct v6_flows flows;
	struct v6_departed departed;
	bool ends_later;
	struct v6_nl route;
	struct v6_nl netfilter;
	struct v6_onlink onlink;
	uint64_t netns;
	char boot_id[V6_BOOT_ID_SIZE + 1];
	uint64_t machine;
	struct v6_clients clients;
	struct v6_routing_rules routing;
	struct v6_config config;
	struct v6_told told;
	struct {
		int fd;
		struct v6_asked asked[V6_DAD_MAX];
		size_t n;
	} dad;
	void (*warn)(const char *text, void *data);
	void *warn_data;
	void (*step)(const char *text, void *data);
	void *step_data;
	bool settings_noted;
	void (*progress)(unsigned int done, unsigned int total, void *data);
	void *progress_data;
};

/* v6_destination_is_local() - whether the container shares the host's network
 * v6_destination_has_way() - whether it has a network of its own, and an address there
 * v6_destination_has_mac() - whether its link-layer address there is known, too
 */
bool v6_destination_has_mac(const struct v6_destination *destination);
bool v6_destination_is_local(const struct v6_destination *destination);
bool v6_destination_has_way(const struct v6_destination *destination);

/* v6_host_is_watched() - whether a v6d runs that completes what is pending */
bool v6_host_is_watched(const struct v6_host *host);

/* v6_host_warn() - tell of something that went wrong and stops nothing */
void v6_host_warn(struct v6_host *host, const char *fmt, ...) V6_PRINTF(2, 3);

/**
 * v6_host_step() - Tell of a step that changes something or, in a dry run, would
 *
 * Return: whether it is to be taken
 */
bool v6_host_step(struct v6_host *host, const char *fmt, ...) V6_PRINTF(2, 3);

/* v6_host_progressed() - Tell how many containers of how many are done */
void v6_host_progressed(const struct v6_host *host, unsigned int done, unsigned int total);

/**
 * v6_host_configure() - Read V6_CONFIG_FILE afresh
 *
 * For what makes something new. What removes does without, so that no mistake in there stops it.
 *
 * Return: 0, or a negative errno with the configuration as it was
 */
int v6_host_configure(struct v6_host *host, struct v6_error *err);

/**
 * v6_host_lock() - Wait for the one lock; held until v6_host_unlock(), or the process's end
 *
 * Nobody holds it while asking DNS or waiting for anything else than the kernel. Who waits longest
 * is next, and nobody waits longer than V6_LOCK_PATIENCE_MS, whoever has it meanwhile.
 *
 * Return: 0, -ETIMEDOUT (@err names the process that has it) or another negative errno
 */
int v6_host_lock(struct v6_host *host, struct v6_error *err);

/* v6_host_lock_in_time() - the same for a hook: what it did before, such as to ask DNS, shortens
 * the wait, so that it ends before its engine gives it up
 */
int v6_host_lock_in_time(struct v6_host *host, struct v6_error *err);
void v6_host_unlock(struct v6_host *host);

/**
 * v6_host_give_way() - Between two steps of work that may be long: let those who wait have the lock
 *
 * Nothing happens before it was held for a while, or while nobody waits. All that was read under it
 * may be different afterwards.
 *
 * Return: 0, with the lock held, or as v6_host_lock(), without it
 */
int v6_host_give_way(struct v6_host *host, struct v6_error *err);

#endif
