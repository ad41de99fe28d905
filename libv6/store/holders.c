/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The index holders-NETNS/RESOURCE/ID; see record.h. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

#include "base/address.h"
#include "base/cleanup.h"
#include "base/file.h"
#include "store/holders.h"
#include "store/record.h"

#define BASE	"holders-"
#define COVERED "covered"

/* struct holder_path - holders-NETNS, holders-NETNS/RESOURCE or holders-NETNS/RESOURCE/ID */
struct holder_path {
	char s[sizeof(BASE "18446744073709551615//") + sizeof(struct v6_resource) + V6_ID_MAX + 1];
};

static struct holder_path base_of(const struct v6_host *host)
{
	struct holder_path path;

	snprintf(path.s, sizeof(path.s), BASE "%" PRIu64, host->netns);
	return path;
}

static struct holder_path path_of(const struct v6_host *host, const struct v6_resource *resource,
				  const char *id)
{
	struct holder_path path;

	snprintf(path.s, sizeof(path.s), BASE "%" PRIu64 "/%s%s%s", host->netns, resource->name,
		 id ? "/" : "", id ? id : "");
	return path;
}

struct v6_resource v6_resource_address(const struct in6_addr *address)
{
	struct v6_resource resource;

	snprintf(resource.name, sizeof(resource.name), "%s", V6_TEXT(address));
	return resource;
}

struct v6_resource v6_resource_subnet(const struct v6_prefix *prefix)
{
	struct v6_resource resource;

	snprintf(resource.name, sizeof(resource.name), "%s_%u", V6_TEXT(&prefix->address),
		 prefix->length);
	return resource;
}

int v6_resource_prefix(const char *name, struct v6_prefix *ret_prefix)
{
	char text[sizeof(struct v6_resource)];
	char *line;

	snprintf(text, sizeof(text), "%s", name);
	line = strrchr(text, '_');
	if (!line)
		return -EINVAL;
	*line = '/';
	return v6_prefix_parse(text, ret_prefix);
}

struct v6_resource v6_resource_covered(void)
{
	return (struct v6_resource){COVERED};
}

struct v6_resource v6_resource_wide(const struct in6_addr *address)
{
	struct v6_resource resource;

	snprintf(resource.name, sizeof(resource.name), "wide-%s", V6_TEXT(address));
	return resource;
}

struct v6_resource v6_resource_sender(const char *link, const uint8_t *mac)
{
	struct v6_resource resource;

	snprintf(resource.name, sizeof(resource.name), "sender-%02x%02x%02x%02x%02x%02x-%s", mac[0],
		 mac[1], mac[2], mac[3], mac[4], mac[5], link);
	return resource;
}

struct v6_resource v6_resource_port(uint16_t port)
{
	struct v6_resource resource;

	snprintf(resource.name, sizeof(resource.name), "port-%u", port);
	return resource;
}

struct v6_resource v6_resource_inbound(const struct v6_prefix *prefix)
{
	struct v6_resource resource;

	snprintf(resource.name, sizeof(resource.name), "inbound-%s_%u", V6_TEXT(&prefix->address),
		 prefix->length);
	return resource;
}

struct v6_resource v6_resource_outbound(uint32_t table)
{
	struct v6_resource resource;

	snprintf(resource.name, sizeof(resource.name), "outbound-%u", table);
	return resource;
}

struct v6_resource v6_resource_answer(const struct in6_addr *address)
{
	struct v6_resource resource;

	snprintf(resource.name, sizeof(resource.name), "answer-%s", V6_TEXT(address));
	return resource;
}

struct v6_resource v6_resource_egress(const char *link, const struct in6_addr *address)
{
	struct v6_resource resource;

	snprintf(resource.name, sizeof(resource.name), "egress-%s-%s", V6_TEXT(address), link);
	return resource;
}

struct v6_resource v6_resource_departure(const struct in6_addr *address)
{
	struct v6_resource resource;

	snprintf(resource.name, sizeof(resource.name), "departure-%s", V6_TEXT(address));
	return resource;
}

struct v6_resource v6_resource_user(uid_t uid)
{
	struct v6_resource resource;

	snprintf(resource.name, sizeof(resource.name), "user-%u", uid);
	return resource;
}

static int touch_entry(struct v6_host *host, const char *path)
{
	return mknodat(host->dir, path, S_IFREG | 0600, 0) < 0 && errno != EEXIST ? -errno : 0;
}

static int make_dir(struct v6_host *host, const char *path)
{
	return mkdirat(host->dir, path, 0700) < 0 && errno != EEXIST ? -errno : 0;
}

int v6_holder_add(struct v6_host *host, const struct v6_resource *resource, const char *id)
{
	int ret = make_dir(host, path_of(host, resource, NULL).s);

	if (ret == -ENOENT) {
		ret = make_dir(host, base_of(host).s);
		if (ret == 0)
			ret = make_dir(host, path_of(host, resource, NULL).s);
	}
	return ret < 0 ? ret : touch_entry(host, path_of(host, resource, id).s);
}

int v6_holder_drop(struct v6_host *host, const struct v6_resource *resource, const char *id)
{
	if (unlinkat(host->dir, path_of(host, resource, id).s, 0) < 0 && errno != ENOENT)
		return -errno;
	if (unlinkat(host->dir, path_of(host, resource, NULL).s, AT_REMOVEDIR) == 0 ||
	    errno == ENOENT)
		return 1;
	return errno == ENOTEMPTY || errno == EEXIST ? 0 : -errno;
}

void v6_holder_tidy(struct v6_host *host, const struct v6_resource *resource)
{
	unlinkat(host->dir, path_of(host, resource, NULL).s, AT_REMOVEDIR);
}

int v6_holder_has(struct v6_host *host, const struct v6_resource *resource, const char *id)
{
	if (faccessat(host->dir, path_of(host, resource, id).s, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
		return 1;
	return errno == ENOENT ? 0 : -errno;
}

int v6_holder_any(struct v6_host *host, const struct v6_resource *resource)
{
	if (faccessat(host->dir, path_of(host, resource, NULL).s, F_OK, 0) == 0)
		return 1;
	return errno == ENOENT ? 0 : -errno;
}

static int open_dir(int at, const char *name)
{
	int fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);

	return fd < 0 ? -errno : fd;
}

struct each {
	int (*visit)(const char *id, void *data);
	void *data;
};

static int visit_holder(int dir, const char *name, void *data)
{
	const struct each *each = data;

	(void)dir;
	return name[0] == '.' || strlen(name) > V6_ID_MAX ? 0 : each->visit(name, each->data);
}

int v6_holders_each(struct v6_host *host, const struct v6_resource *resource,
		    int (*visit)(const char *id, void *data), void *data)
{
	struct each each = {visit, data};

	return v6_dir_each(open_dir(host->dir, path_of(host, resource, NULL).s), visit_holder,
			   &each);
}

static int keep_first(const char *id, void *data)
{
	snprintf(data, V6_ID_MAX + 1, "%s", id);
	return -EEXIST; /* enough */
}

int v6_holder_find(struct v6_host *host, const struct v6_resource *resource, char *ret_id)
{
	int ret = v6_holders_each(host, resource, keep_first, ret_id);

	if (ret == -EEXIST)
		return 0;
	return ret < 0 ? ret : -ENOENT;
}

static int stop_at_other(const char *id, void *data)
{
	return strcmp(id, data) == 0 ? 0 : -EEXIST;
}

int v6_holder_others(struct v6_host *host, const struct v6_resource *resource, const char *id)
{
	char self[V6_ID_MAX + 1];
	int ret;

	snprintf(self, sizeof(self), "%s", id);
	ret = v6_holders_each(host, resource, stop_at_other, self);
	if (ret == -EEXIST)
		return 1;
	return ret == -ENOENT ? 0 : ret;
}

/* lacks_record() - 1, 0 or a negative errno; no record has a name that is too long */
static int lacks_record(struct v6_host *host, const char *id)
{
	char path[sizeof("records/.json") + NAME_MAX];

	snprintf(path, sizeof(path), "records/%s.json", id);
	if (faccessat(host->dir, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
		return 0;
	return errno == ENOENT || errno == ENAMETOOLONG ? 1 : -errno;
}

/* struct pruning - entries of a resource: whether all are to go, and whether they are subnets */
struct pruning {
	struct v6_host *host;
	bool all, subnets;
};

/* lacks_container() - 1, 0 or a negative errno */
static int lacks_container(struct v6_host *host, const char *subnet)
{
	struct v6_resource resource;
	int any;

	snprintf(resource.name, sizeof(resource.name), "%s", subnet);
	any = v6_holder_any(host, &resource);
	return any < 0 ? any : !any;
}

static int is_pruned(const struct pruning *pruning, const char *name)
{
	if (name[0] == '.' || pruning->all)
		return name[0] != '.';
	return pruning->subnets ? lacks_container(pruning->host, name)
				: lacks_record(pruning->host, name);
}

/* prune_entry_at() - what is in use, or nothing of ours, stays */
static int prune_entry_at(int dir, const char *name, int flags)
{
	if (unlinkat(dir, name, flags) == 0 || errno == ENOENT || errno == ENOTEMPTY ||
	    errno == EEXIST || errno == EISDIR)
		return 0;
	return -errno;
}

static int prune_entry(int dir, const char *name, void *data)
{
	const struct pruning *pruning = data;
	int ret = is_pruned(pruning, name);

	return ret > 0 ? prune_entry_at(dir, name, 0) : ret;
}

static int prune_resource(int dir, const char *name, void *data)
{
	const size_t prefix = sizeof(V6_SHARE_PREFIX) - 1;
	bool share = strncmp(name, V6_SHARE_PREFIX, prefix) == 0;
	struct pruning pruning = {.host = data};
	int ret = share ? lacks_record(pruning.host, name + prefix) : 0;

	if (name[0] == '.' || ret < 0)
		return ret;
	pruning.all = ret > 0;
	pruning.subnets = strcmp(name, COVERED) == 0;
	ret = v6_dir_each(open_dir(dir, name), prune_entry, &pruning);
	if (ret == -ENOTDIR || ret == -ELOOP)
		return prune_entry_at(dir, name, 0); /* nothing of ours */
	/* goes when it is empty, which is the point */
	return ret < 0 ? ret : prune_entry_at(dir, name, AT_REMOVEDIR);
}

static int stop_at_record(const char *id, void *data)
{
	struct v6_host *host = data;
	struct v6_record record;
	int ret = v6_record_load(host, id, &record, NULL);

	return ret == -ENOENT || ret == -ESTALE || ret == -EBADMSG ? 0 : -EEXIST;
}

int v6_holder_recorded(struct v6_host *host, const struct v6_resource *resource)
{
	int ret;

	if (!host->looks)
		return v6_holder_any(host, resource);
	ret = v6_holders_each(host, resource, stop_at_record, host);
	if (ret == -EEXIST)
		return 1;
	return ret == -ENOENT ? 0 : ret;
}

/* struct wanting - a search for a record that wants something */
struct wanting {
	struct v6_host *host;
	const char *but;
	bool (*wants)(const struct v6_record *record, const void *data);
	const void *data;
};

static int stop_at_wanting(const char *id, void *data)
{
	const struct wanting *wanting = data;
	struct v6_record record;
	int ret;

	if (wanting->but && strcmp(id, wanting->but) == 0)
		return 0;
	ret = v6_record_load(wanting->host, id, &record, NULL);
	if (ret < 0)
		return v6_record_is_none(ret) ? 0 : ret == -EPROTO ? -EEXIST : ret;
	return wanting->wants(&record, wanting->data) ? -EEXIST : 0;
}

int v6_holder_wants(struct v6_host *host, const struct in6_addr *address, const char *but,
		    bool (*wants)(const struct v6_record *record, const void *data),
		    const void *data)
{
	struct v6_resource resource = v6_resource_address(address);
	struct wanting wanting = {host, but, wants, data};
	int ret = v6_holders_each(host, &resource, stop_at_wanting, &wanting);

	if (ret == -EEXIST)
		return 1;
	return ret == -ENOENT ? 0 : ret;
}

static int forget_entry(int dir, const char *name, void *data)
{
	struct holder_path path;

	snprintf(path.s, sizeof(path.s), "%s/%s", name, (const char *)data);
	if (name[0] != '.' && unlinkat(dir, path.s, 0) == 0)
		unlinkat(dir, name, AT_REMOVEDIR);
	return 0;
}

void v6_holders_forget(struct v6_host *host, const char *id)
{
	char entry[V6_ID_MAX + 1];

	snprintf(entry, sizeof(entry), "%s", id);
	v6_dir_each(open_dir(host->dir, base_of(host).s), forget_entry, entry);
}

int v6_holders_prune(struct v6_host *host, struct v6_error *err)
{
	int ret = v6_dir_each(open_dir(host->dir, base_of(host).s), prune_resource, host);

	if (ret < 0 && ret != -ENOENT)
		return v6_fail(err, ret, V6_RUN_DIR "/holders: cannot look through them: %s",
			       v6_strerror(ret));
	return 0;
}
