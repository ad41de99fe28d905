/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>

#include <libv6/kernel.h>

#include "base/address.h"
#include "base/cleanup.h"
#include "base/file.h"
#include "core/elements.h"
#include "core/record.h"
#include "core/user.h"
#include "kernel/netns.h"

#define PORT_START "/proc/sys/net/ipv4/ip_unprivileged_port_start"
/* PROT_SOCK in linux/include/net/sock.h: where there is no such setting, before 4.11 */
#define PORT_START_DEFAULT 1024

/* has_any() - whether two lists of groups have one in common */
static bool has_any(const gid_t *his, int n_his, const gid_t *groups, size_t n)
{
	size_t i;

	for (; n_his > 0; his++, n_his--)
		for (i = 0; i < n; i++)
			if (*his == groups[i])
				return true;
	return false;
}

bool v6_user_is_member(uid_t uid, const gid_t *groups, size_t n)
{
	const struct passwd *user = getpwuid(uid);
	auto_free gid_t *his = NULL;
	int n_his = 0, fits;

	if (!user)
		return false;
	getgrouplist(user->pw_name, user->pw_gid, NULL, &n_his); /* how many they are */
	fits = n_his;
	his = calloc((size_t)fits, sizeof(*his));
	if (!his)
		return false;
	getgrouplist(user->pw_name, user->pw_gid, his, &n_his);
	return has_any(his, n_his < fits ? n_his : fits, groups, n);
}

bool v6_user_is_stranger(const struct v6_record *record, const struct v6_record *other)
{
	return record->uid != 0 && other->uid != record->uid;
}

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
		return v6_fail(err, -EPERM,
			       "the container is in this host's own network; run it with one of "
			       "its own and publish a port (podman run -p)");
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
	return v6_fail(err, -EPERM,
		       "%s: port %u/%s of this host %s; publish another one (podman run -p "
		       "8080:80), and name it behind the \":\" in v6.ports (80:8080)",
		       record->services[0].name, port, v6_protocol_name(protocol), why);
}

/* struct search - a listener that is not the user's */
struct search {
	const struct v6_record *record;
	const struct v6_port_map *map;
	uint16_t found;
};

static int look_at(const struct v6_listener *listener, void *data)
{
	struct search *search = data;
	const struct v6_port_map *map = search->map;
	const struct v6_record *record = search->record;
	size_t i;

	if (listener->uid == record->uid || listener->port < map->target_port ||
	    listener->port - map->target_port >= map->count)
		return 0;
	for (i = 0; i < record->n_services; i++) {
		if (!v6_listener_hears(listener, &record->services[i].address, listener->port))
			continue;
		search->found = listener->port;
		return -EEXIST; /* enough */
	}
	return 0;
}

static int check_map(int netns, const struct v6_record *record, const struct v6_port_map *map,
		     struct v6_error *err)
{
	struct search search = {record, map, 0};
	int ret;

	if (map->target_port < port_start())
		return fail_port(record, map->protocol, map->target_port,
				 "is one that only root may listen on", err);
	ret = v6_listeners_each(netns, map->protocol, map->count == 1 ? map->target_port : 0,
				look_at, &search, err);
	if (search.found)
		return fail_port(record, map->protocol, search.found,
				 "is listened on by somebody else", err);
	return ret;
}

int v6_user_check_targets(const struct v6_record *record, struct v6_error *err)
{
	auto_fd int netns = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
	size_t i;
	int ret = 0;

	if (netns < 0)
		return v6_fail(err, -errno, "/proc: cannot open our network namespace: %s",
			       v6_strerror(errno));
	for (i = 0; i < record->n_maps && ret == 0; i++)
		ret = check_map(netns, record, &record->maps[i], err);
	return ret;
}

/* struct counting - the claims of a user's containers */
struct counting {
	struct v6_host *host;
	size_t n;
};

static int count_claims(const char *id, void *data)
{
	struct counting *counting = data;
	struct v6_record record;
	int ret = v6_record_load(counting->host, id, &record, NULL);

	if (ret == 0)
		counting->n += v6_claims_count(&record);
	return v6_record_is_none(ret) ? 0 : ret;
}

int v6_user_check_quota(struct v6_host *host, const struct v6_record *record, struct v6_error *err)
{
	struct v6_resource resource = v6_resource_user(record->uid);
	struct counting counting = {host, v6_claims_count(record)};
	int ret;

	ret = v6_holders_each(host, &resource, count_claims, &counting);
	if (ret < 0 && ret != -ENOENT)
		return v6_fail(err, ret, "holders: cannot look up %s: %s", resource.name,
			       v6_strerror(ret));
	if (counting.n > (size_t)host->config.quota)
		return v6_fail(err, -EDQUOT,
			       "user %u would have %zu claims (ports, times addresses), but may "
			       "have %d; ask for fewer, or the administrator for a higher "
			       "\"quota\" in " V6_CONFIG_FILE,
			       record->uid, counting.n, host->config.quota);
	return 0;
}
