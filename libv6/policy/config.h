/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The administrator's configuration: who may claim what, and defaults; oci-v6.json(5). */
#ifndef V6_POLICY_CONFIG_H
#define V6_POLICY_CONFIG_H

#include <libv6/names.h>
#include <libv6/oci.h>
#include <libv6/policy.h>

#include "names/dns_exchange.h"
#include "policy/rules.h"

/* Largest configuration file accepted, in bytes. */
#define V6_CONFIG_SIZE_MAX (256 * 1024)

/* Budget for all names of a container together; a hook has 10 s in all. */
#define V6_RESOLVE_TIMEOUT_MS	  2000
#define V6_RESOLVE_TIMEOUT_MS_MIN 100
#define V6_RESOLVE_TIMEOUT_MS_MAX 8000

/* Attempts for each DNS server; with a single one, a lost packet would be a failure. */
#define V6_RESOLVE_TRIES_MIN 2
#define V6_RESOLVE_TRIES_MAX V6_NAMES_TRIES_MAX

/* How long a last known answer may serve: long enough for a weekend and who repairs DNS after it.
 */
#define V6_KNOWN_DAYS	  7
#define V6_KNOWN_DAYS_MAX 365

/* A name is looked up again when its answer is over, but not more often, nor less, than this */
#define V6_FOLLOW_MIN_S	    30
#define V6_FOLLOW_MIN_S_MAX 3600
#define V6_FOLLOW_MAX_S	    3600

/* How long an address stays for its connections after its name has left it */
#define V6_LINGER_S	600
#define V6_LINGER_S_MAX 86400

/* Claims of all containers of a user other than root together: single ports, times addresses */
#define V6_QUOTA     64
#define V6_QUOTA_MAX 65536

/* Of one relay: connections at a time, two descriptors each; and their buffers in the kernel */
#define V6_RELAY_CONNECTIONS	 10000
#define V6_RELAY_CONNECTIONS_MAX 100000
#define V6_RELAY_MEMORY_MB	 64
#define V6_RELAY_MEMORY_MB_MAX	 4096

/* How long others may keep what a DNS server says of a service: as long as it takes to move it */
#define V6_DNS_TTL_S	 60
#define V6_DNS_TTL_S_MAX 86400

/**
 * struct v6_publish_dns - Which names are published in DNS, and where
 * @names:	Globs as those of rules; NULL: none, and all else is of no meaning
 * @place:	Zone of their AAAA records
 * @ttl_s:	Of their records
 * @reverse:	Addresses that get PTR records, too, in the zone of just this prefix; its length is
 *		0 where it is not given
 */
struct v6_publish_dns {
	const struct v6_json *names;
	struct v6_dns_place place;
	int ttl_s;
	struct v6_prefix reverse;
};

/* enum v6_dad - duplicate address detection for service addresses; zero is the default */
enum v6_dad {
	V6_DAD_WATCH, /* ask, and look for an answer when all else is done */
	V6_DAD_WAIT,  /* ask, and wait for an answer as long as RFC 4862 wants */
	V6_DAD_OFF,
};

/**
 * struct v6_config - What the file says; one of zeroes says nothing but for the look-up of names
 * @has_allow:	There are rules, if only an empty list; else the default policy holds
 * @rules:	@n_rules of them, in the order of the file
 * @maps:	Default for v6.ports; @n_maps is 0 where it is not given
 * @interface:	Default for v6.interface, or ""
 * @resolve_timeout_ms: Budget for all names together
 * @resolve_tries: Attempts for each DNS server
 * @known_days:	How long a last known answer may serve; 0: none is served or kept
 * @follow_off:	Services stay where they are when DNS says something else
 * @follow_min_s: How often it is asked at most
 * @linger_s:	How long an address stays that a service has left
 * @provide_off: Containers without IPv6 are given no address
 * @provide:	Prefix for their addresses, a /48; its length is 0 where it is not given
 * @pool:	Prefix for names that have no address; its length is 0 where it is not given
 * @publish_files: Globs as those of rules: which names of the pool are published as files; NULL:
 *		none
 * @publish_dns: See there
 * @announce:	Routing table where routing daemons find a route to each service; 0: none
 * @attach_route: Service addresses on a link are local routes with a proxy neighbour
 * @routed:	Prefixes that are routed to this host, @n_routed of them
 * @dad:	Whether other machines of the link are asked if they have a service address
 * @relay_connections: Connections that a relay has at a time
 * @relay_memory_mb: What their buffers may take together, in MiB
 * @quota:	Claims that each user other than root may have
 * @text:	What the rules borrow from
 */
struct v6_config {
	bool has_allow;
	struct v6_rule *rules;
	size_t n_rules;
	struct v6_port_map maps[V6_REQUEST_MAPS_MAX];
	size_t n_maps;
	char interface[V6_INTERFACE_SIZE];
	int resolve_timeout_ms;
	int resolve_tries;
	int known_days;
	bool follow_off;
	int follow_min_s;
	int linger_s;
	bool provide_off;
	struct v6_prefix provide;
	struct v6_prefix pool;
	const struct v6_json *publish_files;
	struct v6_publish_dns publish_dns;
	int announce;
	bool attach_route;
	struct v6_prefix *routed;
	size_t n_routed;
	enum v6_dad dad;
	int relay_connections;
	int relay_memory_mb;
	int quota;
	struct v6_json *text;
};

/* v6_config_is_routed() - whether an address is in one of the prefixes routed to this host */
bool v6_config_is_routed(const struct v6_config *config, const struct in6_addr *address);

/**
 * v6_config_parse() - Read a configuration
 * @text:	JSON, comments and a byte order mark in front allowed; need not be NUL-terminated
 * @size:	Bytes
 * @ret_config:	Set on success; release with v6_config_release()
 * @err:	NULL, or filled in on failure only; it begins with the line
 *
 * Return: 0, -EINVAL or -ENOMEM
 */
int v6_config_parse(const char *text, size_t size, struct v6_config *ret_config,
		    struct v6_error *err);

/**
 * v6_config_load() - Read the configuration file, or take the defaults where there is none
 * @path:	V6_CONFIG_FILE, or another one in tests
 * @ret_config:	Set on success; release with v6_config_release()
 * @err:	NULL, or filled in on failure only; it begins with @path
 *
 * Return: 0, -EPERM (it is not root's alone), -EINVAL or another negative errno
 */
int v6_config_load(const char *path, struct v6_config *ret_config, struct v6_error *err);

/**
 * v6_config_load_draft() - Read a file that may become the configuration
 * @path:	It; anybody's, and a pipe may do
 *
 * Return: as v6_config_load(), -ENOENT as well, and never -EPERM for its owner or permissions
 */
int v6_config_load_draft(const char *path, struct v6_config *ret_config, struct v6_error *err);

/* v6_config_release() - Free what a configuration owns; one of zeroes is fine */
void v6_config_release(struct v6_config *config);

#endif
