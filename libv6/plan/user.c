/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a user other than root may publish. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "base/address.h"
#include "base/cleanup.h"
#include "base/file.h"
#include "kernel/listeners.h"
#include "kernel/netns.h"
#include "kernel/route.h"
#include "plan/user.h"
#include "store/claims.h"
#include "store/holders.h"
#include "store/record.h"

#define PORT_START "/proc/sys/net/ipv4/ip_unprivileged_port_start"
/* PROT_SOCK in linux/include/net/sock.h: where there is no such setting, before 4.11 */
#define PORT_START_DEFAULT 1024

int v6_user_check_netns(struct v6_host *host, uid_t uid, int netns, struct v6_error *err)
{
	uint64_t inode = 0;
	int ret = v6_netns_inode(netns, &inode);

	if (ret == 0)
		ret = v6_netns_is_of(netns, uid);
	if (ret < 0)
		return v6_fail(err, ret, "cannot tell whose the container's network is: %s",
			       v6_strerror(ret));
	if (inode == host->netns)
		return v6_fail(
			err, -EPERM,
			"the container is in this host's own network; run it with one of its own and publish a port (podman run -p)");
	if (ret == 0)
		return v6_fail(err, -EPERM, "the container's network is not one of user %u", uid);
	return 0;
}

/* port_start() - the first port that needs no rights to be listened on */
static long port_start(void)
{
	auto_free char *text = NULL;
	size_t size;

	if (v6_file_read_at(AT_FDCWD, PORT_START, 16, &text, &size) < 0)
		return PORT_START_DEFAULT;
	return strtol(text, NULL, 10);
}

static int fail_port(const struct v6_record *record, uint8_t protocol, uint16_t port,
		     const char *why, struct v6_error *err)
{
	return v6_fail(
		err, -EPERM,
		"%s: port %u/%s of this host %s; publish another one (podman run -p 8080:80), and name it behind the \":\" in v6.ports (80:8080)",
		record->services[0].name, port, v6_protocol_name(protocol), why);
}

static int fail_listened(const struct v6_record *record, uint8_t protocol, uint16_t port, int code,
			 struct v6_error *err)
{
	if (code == -EEXIST)
		return fail_port(record, protocol, port, "belongs to another user's program", err);
	return v6_fail(err, code, "cannot list the listeners on port %u/%s: %s", port,
		       v6_protocol_name(protocol), v6_strerror(code));
}

/* find_stranger() - Return: 0 (its user listens on a port, or nobody), -EEXIST (somebody else) or
 * another negative errno
 */
static int find_stranger(struct v6_nl *nl, const struct v6_record *record, uint8_t protocol,
			 uint16_t port)
{
	struct v6_listener found;
	size_t i;
	int link, ret;

	/* clients come by the service's link, or are on this host themselves */
	for (i = 0; i < 2 * record->n_services; i++) {
		link = i % 2 ? V6_LOOPBACK : record->services[i / 2].link;
		ret = v6_listener_find(nl, protocol, &record->services[i / 2].address, port, link,
				       &found);
		if (ret == 0 && found.uid != record->uid)
			return -EEXIST;
		if (ret < 0 && ret != -ENOENT)
			return ret;
	}
	return 0;
}

static int check_user_map(struct v6_nl *nl, const struct v6_record *record,
			  const struct v6_port_map *map, struct v6_error *err)
{
	unsigned int port, end = map->target_port + map->count;
	int ret;

	for (port = map->target_port; port < end; port++) {
		ret = find_stranger(nl, record, map->protocol, (uint16_t)port);
		if (ret < 0)
			return fail_listened(record, map->protocol, (uint16_t)port, ret, err);
	}
	return 0;
}

/* check_protocol() - the ports of TCP or UDP */
static int check_protocol(const struct v6_record *record, uint8_t protocol, struct v6_error *err)
{
	struct v6_nl auto_call(v6_nl_close) nl = {0};
	size_t i;
	int ret = 0;

	for (i = 0; i < record->n_maps && ret == 0; i++) {
		if (record->maps[i].protocol != protocol)
			continue;
		if (!nl.socket)
			ret = v6_listener_open(protocol, &nl, err);
		if (ret == 0)
			ret = check_user_map(&nl, record, &record->maps[i], err);
	}
	return ret;
}

/* struct search - a listener that is not the user's */
struct search {
	const struct v6_record *record;
	uint16_t found;
};

static int look_at_user_listener(const struct v6_listener *listener, void *data)
{
	struct search *search = data;
	const struct v6_record *record = search->record;
	const struct v6_port_map *map;
	size_t i;

	for (map = record->maps; map < record->maps + record->n_maps; map++) {
		if (listener->uid == record->uid || map->protocol != listener->protocol ||
		    listener->port < map->target_port ||
		    listener->port - map->target_port >= map->count)
			continue;
		for (i = 0; i < record->n_services; i++)
			if (v6_listener_hears(listener, &record->services[i].address,
					      listener->port))
				search->found = listener->port;
	}
	return search->found ? -EEXIST : 0; /* enough */
}

/* check_sctp() - of which the kernel does not look for one listener alone */
static int check_sctp(const struct v6_record *record, struct v6_error *err)
{
	auto_fd int netns = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
	struct search search = {record, 0};
	size_t i = 0;
	int ret;

	while (i < record->n_maps && record->maps[i].protocol != IPPROTO_SCTP)
		i++;
	if (i == record->n_maps)
		return 0;
	if (netns < 0)
		return v6_fail(err, -errno, "/proc: cannot open our network namespace: %s",
			       v6_strerror(errno));
	ret = v6_listeners_each(netns, IPPROTO_SCTP, 0, look_at_user_listener, &search, err);
	if (search.found)
		return fail_listened(record, IPPROTO_SCTP, search.found, -EEXIST, err);
	return ret;
}

int v6_user_check_targets(const struct v6_record *record, struct v6_error *err)
{
	const struct v6_port_map *map;
	const long start = port_start();
	int ret;

	for (map = record->maps; map < record->maps + record->n_maps; map++)
		if (map->target_port < start)
			return fail_port(record, map->protocol, map->target_port,
					 "is one that only root may listen on", err);
	ret = check_protocol(record, IPPROTO_TCP, err);
	if (ret == 0)
		ret = check_protocol(record, IPPROTO_UDP, err);
	return ret == 0 ? check_sctp(record, err) : ret;
}

/* struct counting - the claims of a user's containers, but for those of a former run of @id */
struct counting {
	struct v6_host *host;
	const char *id;
	size_t n;
};

static int count_claims(const char *id, void *data)
{
	struct counting *counting = data;
	struct v6_record record;
	int ret;

	if (strcmp(id, counting->id) == 0)
		return 0;
	ret = v6_record_load(counting->host, id, &record, NULL);
	if (ret == 0)
		counting->n += v6_claims_count(&record);
	return v6_record_is_none(ret) ? 0 : ret;
}

int v6_user_check_quota(struct v6_host *host, const struct v6_record *record, struct v6_error *err)
{
	struct v6_resource resource = v6_resource_user(record->uid);
	struct counting counting = {host, record->id, v6_claims_count(record)};
	int ret;

	ret = v6_holders_each(host, &resource, count_claims, &counting);
	if (ret < 0 && ret != -ENOENT)
		return v6_fail(err, ret, "holders: cannot look up %s: %s", resource.name,
			       v6_strerror(ret));
	if (counting.n > (size_t)host->config.quota)
		return v6_fail(
			err, -EDQUOT,
			"user %u would have %zu claims (ports, times addresses), but may have %d; ask for fewer, or the administrator for a higher \"quota\" in " V6_CONFIG_FILE,
			record->uid, counting.n, host->config.quota);
	return 0;
}
