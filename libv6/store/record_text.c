/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The text of a record, JSON: written, and read with suspicion. */
#include <errno.h>
#include <string.h>

#include "base/address.h"
#include "base/cleanup.h"
#include "base/json.h"
#include "base/text.h"
#include "oci/ports.h"
#include "store/record_text.h"

#define RECORD_VERSION 1
/* Of host names, which are in lower case, and of addresses; the name goes into a comment, too */
#define NAME_CHARACTERS "abcdefghijklmnopqrstuvwxyz0123456789-_.:"

/* In the order of enum v6_attach. */
static const char *const attach_names[] = {"none", "address", "route", "proxy"};

const char *v6_attach_name(enum v6_attach attach)
{
	return attach_names[attach];
}

/* parse_attach() - a name as v6_attach_name() gives it */
static int parse_attach(const char *name, enum v6_attach *ret_attach)
{
	size_t i;

	for (i = 0; i < V6_ARRAY_SIZE(attach_names); i++) {
		if (strcmp(attach_names[i], name) == 0) {
			*ret_attach = (enum v6_attach)i;
			return 0;
		}
	}
	return -EINVAL;
}

static void write_service(struct v6_json_writer *w, const struct v6_service *s)
{
	v6_json_put_string(w, "name", s->name);
	v6_json_put_string(w, "address", V6_TEXT(&s->address));
	v6_json_put_string(w, "link", s->link_name);
	v6_json_put_integer(w, "link_index", s->link);
	v6_json_put_string(w, "attach", v6_attach_name(s->attach));
	v6_json_put_bool(w, "ours", s->ours);
}

static void write_services(struct v6_json_writer *w, const struct v6_record *record)
{
	const struct v6_service *s;

	v6_json_begin_array(w, "services");
	for (s = record->services; s < record->services + record->n_services; s++) {
		v6_json_begin_object(w, NULL);
		write_service(w, s);
		v6_json_end_object(w);
	}
	v6_json_end_array(w);
}

/* write_follow() - what only records have that follow their names */
static void write_follow(struct v6_json_writer *w, const struct v6_record *record)
{
	size_t i;

	if (record->follow) {
		v6_json_begin_object(w, "follow");
		v6_json_put_string(w, "interface", record->interface);
		v6_json_put_string(w, "pod_namespace", record->pod_namespace);
		v6_json_put_string(w, "pod", record->pod);
		v6_json_end_object(w);
	}
	if (record->n_leaving == 0)
		return;
	v6_json_begin_array(w, "leaving");
	for (i = 0; i < record->n_leaving; i++) {
		v6_json_begin_object(w, NULL);
		write_service(w, &record->leaving[i].service);
		v6_json_put_integer(w, "until", record->leaving[i].until);
		v6_json_end_object(w);
	}
	v6_json_end_array(w);
}

static void write_maps(struct v6_json_writer *w, const struct v6_record *record)
{
	const struct v6_port_map *map;

	v6_json_begin_array(w, "ports");
	for (map = record->maps; map < record->maps + record->n_maps; map++) {
		v6_json_begin_object(w, NULL);
		v6_json_put_string(
			w, "protocol",
			map->protocol == V6_PROTOCOL_ALL ? "all" : v6_protocol_name(map->protocol));
		v6_json_put_integer(w, "service", map->service_port);
		v6_json_put_integer(w, "target", map->target_port);
		v6_json_put_integer(w, "count", map->count);
		v6_json_end_object(w);
	}
	v6_json_end_array(w);
}

static void write_destination(struct v6_json_writer *w, const struct v6_destination *d)
{
	v6_json_begin_object(w, "destination");
	if (d->pending)
		v6_json_put_bool(w, "pending", true);
	v6_json_put_string(w, "address", V6_TEXT(&d->address));
	v6_json_put_bool(w, "provided", d->provided);
	v6_json_put_string(w, "link", d->link_name);
	v6_json_put_integer(w, "link_index", d->link);
	v6_json_put_string(w, "via", d->via_name);
	v6_json_put_integer(w, "via_index", d->via);
	v6_json_put_string(w, "subnet", V6_TEXT(&d->subnet.address));
	v6_json_put_integer(w, "subnet_length", d->subnet.length);
	v6_json_end_object(w);
}

void v6_record_write(struct v6_json_writer *w, struct v6_host *host, const struct v6_record *record)
{
	v6_json_begin_object(w, NULL);
	v6_json_put_integer(w, "version", RECORD_VERSION);
	v6_json_put_string(w, "boot", host->boot_id);
	v6_json_put_integer(w, "host_netns", (long long)host->netns);
	v6_json_put_string(w, "id", record->id);
	if (*record->name)
		v6_json_put_string(w, "name", record->name);
	v6_json_put_integer(w, "engine", record->engine);
	if (record->uid != 0)
		v6_json_put_integer(w, "uid", record->uid);
	v6_json_put_integer(w, "pid", record->pid);
	v6_json_put_integer(w, "started", (long long)record->started);
	v6_json_put_integer(w, "netns", (long long)record->netns);
	if (*record->netns_path) {
		v6_json_put_string(w, "netns_path", record->netns_path);
		v6_json_put_integer(w, "netns_cookie", (long long)record->netns_cookie);
	}
	v6_json_put_integer(w, "created", record->created);
	write_services(w, record);
	write_maps(w, record);
	write_destination(w, &record->destination);
	write_follow(w, record);
	if (record->optional)
		v6_json_put_bool(w, "optional", true);
	v6_json_end_object(w);
}

static int read_address(const struct v6_json *object, const char *key, struct in6_addr *ret_address,
			struct v6_error *err)
{
	const char *text;
	int ret = v6_json_string(object, key, &text, err);

	if (ret == 0 && v6_address_parse(text, ret_address) < 0)
		return v6_fail(err, -EINVAL, "\"%s\": \"%s\" is no IPv6 address", key, text);
	return ret;
}

static int read_integer(const struct v6_json *object, const char *key, long long max,
			int *ret_value, struct v6_error *err)
{
	long long value;
	int ret = v6_json_integer(object, key, 0, max, &value, err);

	if (ret == 0)
		*ret_value = (int)value;
	return ret;
}

/* read_link() - a link's name under @key and its index under @key_index */
static int read_link(const struct v6_json *object, const char *key, const char *key_index,
		     char *ret_name, int *ret_index, struct v6_error *err)
{
	const char *name;
	int ret = v6_json_string(object, key, &name, err);

	if (ret == 0 && (strlen(name) >= IF_NAMESIZE || strchr(name, '/')))
		return v6_fail(err, -EINVAL, "\"%s\": \"%s\" is no link's name", key, name);
	if (ret == 0)
		ret = read_integer(object, key_index, INT32_MAX, ret_index, err);
	if (ret == 0)
		snprintf(ret_name, IF_NAMESIZE, "%s", name);
	return ret;
}

/* read_attach() - not there in records of version 0.1.0, which knew addresses only */
static int read_attach(const struct v6_json *object, struct v6_service *s, struct v6_error *err)
{
	const char *name;
	int ret = v6_json_string(object, "attach", &name, err);

	s->attach = s->ours ? V6_ATTACH_ADDRESS : V6_ATTACH_NONE;
	if (ret == 0 && parse_attach(name, &s->attach) < 0)
		return v6_fail(err, -EINVAL, "\"attach\": \"%s\" is not known", V6_SHOWN(name));
	return ret == -ENOENT ? 0 : ret;
}

static int read_service(const struct v6_json *object, struct v6_service *s, struct v6_error *err)
{
	const char *name;
	int ret = v6_json_string(object, "name", &name, err);

	if (ret == 0 && (strlen(name) > V6_NAME_MAX || name[strspn(name, NAME_CHARACTERS)]))
		return v6_fail(err, -EINVAL, "\"name\": \"%s\" is no name of a service",
			       V6_SHOWN(name));
	if (ret == 0)
		ret = read_address(object, "address", &s->address, err);
	if (ret == 0)
		ret = read_link(object, "link", "link_index", s->link_name, &s->link, err);
	if (ret == 0)
		ret = v6_json_bool(object, "ours", &s->ours, err);
	if (ret == 0)
		ret = read_attach(object, s, err);
	if (ret == 0)
		snprintf(s->name, sizeof(s->name), "%s", name);
	return ret;
}

static int read_map(const struct v6_json *object, struct v6_port_map *map, struct v6_error *err)
{
	const char *protocol;
	int service = 0, target = 0, count = 0;
	int ret = v6_json_string(object, "protocol", &protocol, err);

	if (ret == 0 && strcmp(protocol, "all") == 0) {
		*map = (struct v6_port_map){.protocol = V6_PROTOCOL_ALL, .count = 1};
		return 0;
	}
	if (ret == 0 && v6_protocol_parse(protocol, &map->protocol) < 0)
		return v6_fail(err, -EINVAL, "\"protocol\": \"%s\" is not known", protocol);
	if (ret == 0)
		ret = read_integer(object, "service", UINT16_MAX, &service, err);
	if (ret == 0)
		ret = read_integer(object, "target", UINT16_MAX, &target, err);
	if (ret == 0)
		ret = read_integer(object, "count", UINT16_MAX, &count, err);
	if (ret == 0 && (!service || !target || !count || service + count > UINT16_MAX + 1 ||
			 target + count > UINT16_MAX + 1))
		return v6_fail(err, -EINVAL, "\"ports\": not a range of ports");
	map->service_port = (uint16_t)service;
	map->target_port = (uint16_t)target;
	map->count = (uint16_t)count;
	if (ret == 0 && v6_map_is_wide(map) && service != target)
		return v6_fail(err, -EINVAL, "\"ports\": a range too wide to lead to other ports");
	return ret;
}

/* read_list() - items of the array @key, each by @read into an array of @max items of @size bytes
 */
static int read_list(const struct v6_json *root, const char *key, size_t max, size_t size,
		     int (*read)(const struct v6_json *, void *, struct v6_error *), void *items,
		     size_t *ret_n, struct v6_error *err)
{
	const struct v6_json *array;
	size_t i, n;
	int ret = v6_json_array(root, key, &array, err);

	if (ret < 0)
		return ret;
	n = v6_json_size(array);
	if (n == 0 || n > max)
		return v6_fail(err, -EINVAL, "\"%s\": %zu items, but 1 to %zu can be", key, n, max);

	for (i = 0; i < n; i++) {
		if (!v6_json_is_object(v6_json_member(array, i)))
			return v6_fail(err, -EINVAL, "\"%s\": expected objects", key);
		ret = read(v6_json_member(array, i), (char *)items + i * size, err);
		if (ret < 0)
			return v6_context(err, ret, "\"%s\"", key);
	}
	*ret_n = n;
	return 0;
}

static int read_service_item(const struct v6_json *object, void *item, struct v6_error *err)
{
	return read_service(object, item, err);
}

static int read_leaving_item(const struct v6_json *object, void *item, struct v6_error *err)
{
	struct v6_leaving *leaving = item;
	long long until = 0;
	int ret = read_service(object, &leaving->service, err);

	if (ret == 0)
		ret = v6_json_integer(object, "until", 0, INT64_MAX, &until, err);
	leaving->until = until;
	return ret;
}

static int read_map_item(const struct v6_json *object, void *item, struct v6_error *err)
{
	return read_map(object, item, err);
}

/* read_maps() - as many as a request can have: there is room for no more */
static int read_maps(const struct v6_json *root, struct v6_record *record, struct v6_error *err)
{
	int ret = read_list(root, "ports", V6_REQUEST_MAPS_MAX, sizeof(record->maps[0]),
			    read_map_item, record->maps, &record->n_maps, err);
	size_t i;

	for (i = 0; ret == 0 && i < record->n_maps; i++) {
		ret = v6_ports_check(record->maps, i, &record->maps[i], err);
		if (ret < 0)
			return v6_context(err, ret, "\"ports\"");
	}
	return ret;
}

/* read_pending() - there only where it is true */
static int read_pending(const struct v6_json *object, struct v6_destination *d,
			struct v6_error *err)
{
	int ret = v6_json_bool(object, "pending", &d->pending, err);

	if (ret < 0 && ret != -ENOENT)
		return ret;
	if (d->pending && !IN6_IS_ADDR_UNSPECIFIED(&d->address))
		return v6_fail(err, -EINVAL, "\"pending\": with an address");
	return 0;
}

static int read_destination(const struct v6_json *root, struct v6_destination *d,
			    struct v6_error *err)
{
	const struct v6_json *object;
	int length = 0, ret = v6_json_object(root, "destination", &object, err);

	if (ret == 0)
		ret = read_address(object, "address", &d->address, err);
	if (ret == 0)
		ret = v6_json_bool(object, "provided", &d->provided, err);
	if (ret == 0)
		ret = read_link(object, "link", "link_index", d->link_name, &d->link, err);
	if (ret == 0)
		ret = read_link(object, "via", "via_index", d->via_name, &d->via, err);
	if (ret == 0)
		ret = read_address(object, "subnet", &d->subnet.address, err);
	if (ret == 0)
		ret = read_integer(object, "subnet_length", 128, &length, err);
	d->subnet.length = (uint8_t)length;
	return ret < 0 ? ret : read_pending(object, d, err);
}

/* check_origin() - whether a record is of this version, boot and network namespace */
static int check_origin(struct v6_host *host, const struct v6_json *root, struct v6_error *err)
{
	long long version, netns;
	const char *boot;
	int ret = v6_json_integer(root, "version", 1, INT32_MAX, &version, err);

	if (ret == 0 && version > RECORD_VERSION)
		return v6_fail(err, -EPROTO, "it is of a later version of this program");
	if (ret == 0)
		ret = v6_json_string(root, "boot", &boot, err);
	if (ret == 0)
		ret = v6_json_integer(root, "host_netns", 0, INT64_MAX, &netns, err);
	if (ret < 0)
		return ret;
	if (strcmp(boot, host->boot_id) != 0)
		return v6_fail(err, -ESTALE, "it is of an earlier boot");
	if ((uint64_t)netns != host->netns)
		return v6_fail(err, -EXDEV, "it is of another network namespace");
	return 0;
}

/* read_netns() - its file and cookie are there only where the record lives by them */
static int read_netns(const struct v6_json *root, struct v6_record *record, struct v6_error *err)
{
	long long netns = 0, cookie = 0;
	const char *path = "";
	int ret = v6_json_integer(root, "netns", 0, INT64_MAX, &netns, err);

	if (ret < 0)
		return ret;
	ret = v6_json_string(root, "netns_path", &path, err);
	if (ret == 0)
		ret = v6_json_integer(root, "netns_cookie", 0, INT64_MAX, &cookie, err);
	if (ret == -ENOENT && !*path)
		ret = 0;
	if (ret == 0 && strlen(path) >= sizeof(record->netns_path))
		return v6_fail(err, -EINVAL, "\"netns_path\": too long");
	record->netns = (uint64_t)netns;
	record->netns_cookie = (uint64_t)cookie;
	snprintf(record->netns_path, sizeof(record->netns_path), "%s", path);
	return ret;
}

static int read_process(const struct v6_json *root, struct v6_record *record, struct v6_error *err)
{
	long long started = 0, created = 0, uid = 0;
	int engine = 0, pid = 0;
	int ret = read_integer(root, "engine", V6_ENGINES - 1, &engine, err);

	/* of root's containers it is not there */
	if (ret == 0 && v6_json_integer(root, "uid", 1, UINT32_MAX - 1LL, &uid, err) == -EINVAL)
		return -EINVAL;
	if (ret == 0)
		ret = read_integer(root, "pid", INT32_MAX, &pid, err);
	if (ret == 0)
		ret = v6_json_integer(root, "started", 0, INT64_MAX, &started, err);
	if (ret == 0)
		ret = read_netns(root, record, err);
	if (ret == 0)
		ret = v6_json_integer(root, "created", 0, INT64_MAX, &created, err);
	record->engine = (enum v6_engine)engine;
	record->uid = (uid_t)uid;
	record->pid = pid;
	record->started = (uint64_t)started;
	record->created = created;
	return ret;
}

/* read_name() - of the container in its pod; records of containers without one do not have it */
static int read_name(const struct v6_json *root, struct v6_record *record, struct v6_error *err)
{
	const char *name;
	int ret;

	if (v6_json_string(root, "name", &name, NULL) == -ENOENT)
		return 0;
	ret = v6_json_string(root, "name", &name, err);
	if (ret < 0)
		return ret;
	if (!v6_container_name_is_valid(name))
		return v6_fail(err, -EINVAL, "\"name\": \"%s\" is not the name of a container",
			       V6_SHOWN(name));
	memcpy(record->name, name, strlen(name) + 1);
	return 0;
}

/* read_text() - a member that is a short text */
static int read_text(const struct v6_json *object, const char *key, char *ret_text, size_t size,
		     struct v6_error *err)
{
	const char *text;
	int ret = v6_json_string(object, key, &text, err);

	if (ret == 0 && strlen(text) >= size)
		return v6_fail(err, -EINVAL, "\"%s\": too long", key);
	if (ret == 0)
		snprintf(ret_text, size, "%s", text);
	return ret;
}

/* read_leaving() - there only where there are any */
static int read_leaving(const struct v6_json *root, struct v6_record *record, struct v6_error *err)
{
	const struct v6_json *array;

	if (v6_json_array(root, "leaving", &array, NULL) == -ENOENT)
		return 0;
	return read_list(root, "leaving", V6_RECORD_ADDRESSES_MAX, sizeof(record->leaving[0]),
			 read_leaving_item, record->leaving, &record->n_leaving, err);
}

/* read_follow() - there only in records that follow their names */
static int read_follow(const struct v6_json *root, struct v6_record *record, struct v6_error *err)
{
	const struct v6_json *object;
	int ret = v6_json_object(root, "follow", &object, err);

	if (ret < 0)
		return ret == -ENOENT ? 0 : ret;
	record->follow = true;
	ret = read_text(object, "interface", record->interface, sizeof(record->interface), err);
	if (ret == 0)
		ret = read_text(object, "pod_namespace", record->pod_namespace,
				sizeof(record->pod_namespace), err);
	if (ret < 0)
		return ret;
	ret = read_text(object, "pod", record->pod, sizeof(record->pod), err);
	return ret == -ENOENT ? 0 : ret; /* version 0.1.0 knew no names of pods */
}

/* read_optional() - there only where it is true */
static int read_optional(const struct v6_json *root, struct v6_record *record, struct v6_error *err)
{
	int ret = v6_json_bool(root, "optional", &record->optional, err);

	return ret == -ENOENT ? 0 : ret;
}

static int read_record(const struct v6_json *root, const char *id, struct v6_record *record,
		       struct v6_error *err)
{
	const char *stored;
	int ret = v6_json_string(root, "id", &stored, err);

	if (ret == 0 && strcmp(stored, id) != 0)
		return v6_fail(err, -EINVAL, "\"id\": not that of the file's name");
	if (ret == 0)
		ret = read_name(root, record, err);
	if (ret == 0)
		ret = read_process(root, record, err);
	if (ret == 0)
		ret = read_list(root, "services", V6_RECORD_ADDRESSES_MAX,
				sizeof(record->services[0]), read_service_item, record->services,
				&record->n_services, err);
	if (ret == 0)
		ret = read_maps(root, record, err);
	if (ret == 0)
		ret = read_destination(root, &record->destination, err);
	if (ret == 0)
		ret = read_follow(root, record, err);
	if (ret == 0)
		ret = read_leaving(root, record, err);
	if (ret == 0)
		ret = read_optional(root, record, err);
	if (ret == 0)
		snprintf(record->id, sizeof(record->id), "%s", id);
	return ret;
}

int v6_record_parse(struct v6_host *host, const char *id, const char *text, size_t size,
		    struct v6_record *ret_record, struct v6_error *err)
{
	struct v6_json auto_call(v6_json_cleanup) *root = NULL;
	struct v6_record record = {0};
	int ret = v6_json_parse(text, size, &root, err);

	if (ret == 0 && !v6_json_is_object(root))
		ret = v6_fail(err, -EINVAL, "expected an object");
	if (ret == 0)
		ret = check_origin(host, root, err);
	if (ret == 0)
		ret = read_record(root, id, &record, err);
	if (ret == -EINVAL || ret == -ENOENT)
		ret = -EBADMSG;
	if (ret == 0)
		*ret_record = record;
	return ret;
}
