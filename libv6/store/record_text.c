/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Write the text of a record, JSON, and read it with suspicion, by tables of its members. */
#include <errno.h>
#include <netinet/ether.h>
#include <stdio.h>
#include <string.h>

#include "base/address.h"
#include "base/cleanup.h"
#include "base/json.h"
#include "base/text.h"
#include "oci/ports.h"
#include "store/clients.h"
#include "store/record_text.h"

#define RECORD_VERSION 1
/* Of host names, which are in lower case, and of addresses; the name goes into a comment, too */
#define NAME_CHARACTERS "abcdefghijklmnopqrstuvwxyz0123456789-_.:"

enum kind {
	TEXT,
	ADDRESS,
	WORD, /* text of which something else is made */
	INTEGER,
	BOOL,
	OBJECT,
	LIST, /* of objects, at least one */
};

/**
 * struct field - A member of a JSON object that is a member of a structure
 * @key:	Its name; NULL, of an object: its members are those of the outer one
 * @offset:	Of it in the structure
 * @size:	Of it, or of an item of a list
 * @given:	Offset of bytes, @given_size of them, which are zero if it is to be left out;
 *reading an object sets them as a bool. A size of 0: it is never left out
 * @may_miss:	Records of earlier versions do not have it
 * @min:	Least value of an integer
 * @max:	Greatest value of an integer, or number of items
 * @is_valid:	NULL, or whether a text may be there
 * @print:	Of a word
 * @parse:	Of a word
 * @complaint:	What is wrong with another text; NULL: it is too long
 * @fields:	Of an object or of an item, @n_fields of them
 * @offset_n:	Of the number of items in the structure
 * @check:	NULL, or called when it was read, with the structure
 */
/* NOLINTNEXTLINE(clang-analyzer-optin.performance.Padding): a row begins with its key and kind */
struct field {
	const char *key;
	enum kind kind;
	size_t offset, size, given, given_size;
	bool may_miss;
	long long min, max;
	bool (*is_valid)(const char *text);
	const char *(*print)(const void *from);
	int (*parse)(const char *text, void *to);
	const char *complaint;
	const struct field *fields;
	size_t n_fields, offset_n;
	int (*check)(void *to, struct v6_error *err);
};

static bool is_given(const struct field *field, const char *from)
{
	size_t i, n = 0;

	for (i = 0; i < field->given_size; i++)
		n += from[field->given + i] != 0;
	return n > 0;
}

/* low_bytes() - find the bytes of a number that a smaller type has */
static void *low_bytes(long long *number, size_t size)
{
	return (char *)number + (__BYTE_ORDER == __BIG_ENDIAN ? sizeof(*number) - size : 0);
}

/*
 * Writing
 */

static void write_fields(struct v6_json_writer *w, const struct field *fields, size_t n,
			 const char *from);

static void write_members(struct v6_json_writer *w, const struct field *field, const char *from)
{
	size_t i, n;

	memcpy(&n, from + field->offset_n, sizeof(n));
	v6_json_begin_array(w, field->key);
	for (i = 0; i < n; i++) {
		v6_json_begin_object(w, NULL);
		write_fields(w, field->fields, field->n_fields,
			     from + field->offset + i * field->size);
		v6_json_end_object(w);
	}
	v6_json_end_array(w);
}

static void write_object(struct v6_json_writer *w, const struct field *field, const char *from)
{
	if (field->key)
		v6_json_begin_object(w, field->key);
	write_fields(w, field->fields, field->n_fields, from);
	if (field->key)
		v6_json_end_object(w);
}

static void write_member(struct v6_json_writer *w, const struct field *field, const char *from)
{
	const void *at = from + field->offset;
	long long number = 0;

	switch (field->kind) {
	case TEXT:
		return v6_json_put_string(w, field->key, at);
	case ADDRESS:
		return v6_json_put_string(w, field->key, V6_TEXT((const struct in6_addr *)at));
	case WORD:
		return v6_json_put_string(w, field->key, field->print(at));
	case INTEGER:
		memcpy(low_bytes(&number, field->size), at, field->size);
		return v6_json_put_integer(w, field->key, number);
	case BOOL:
		return v6_json_put_bool(w, field->key, *(const bool *)at);
	case OBJECT:
		return write_object(w, field, at);
	case LIST:
		return write_members(w, field, from);
	}
}

static void write_fields(struct v6_json_writer *w, const struct field *fields, size_t n,
			 const char *from)
{
	const struct field *field;

	for (field = fields; field < fields + n; field++)
		if (field->given_size == 0 || is_given(field, from))
			write_member(w, field, from);
}

/*
 * Reading
 */

static int read_fields(const struct v6_json *object, const struct field *fields, size_t n, char *to,
		       struct v6_error *err);

/* read_item() - read an object; a member that is missing in it does not make it a missing one */
static int read_item(const struct v6_json *object, const struct field *field, char *to,
		     struct v6_error *err)
{
	int ret = read_fields(object, field->fields, field->n_fields, to, err);

	return ret == -ENOENT ? -EINVAL : ret;
}

static int read_list(const struct v6_json *object, const struct field *field, char *to,
		     struct v6_error *err)
{
	const struct v6_json *list;
	size_t i, n, max = (size_t)field->max;
	int ret = v6_json_array(object, field->key, &list, err);

	if (ret < 0)
		return ret;
	n = v6_json_size(list);
	if (n == 0 || n > max)
		return v6_fail(err, -EINVAL, "\"%s\": %zu items, but 1 to %zu can be", field->key,
			       n, max);
	for (i = 0; i < n; i++) {
		if (!v6_json_is_object(v6_json_member(list, i)))
			return v6_fail(err, -EINVAL, "\"%s\": expected objects", field->key);
		ret = read_item(v6_json_member(list, i), field,
				to + field->offset + i * field->size, err);
		if (ret < 0)
			return v6_context(err, ret, "\"%s\"", field->key);
	}
	memcpy(to + field->offset_n, &n, sizeof(n));
	return 0;
}

static int read_text_field(const struct v6_json *object, const struct field *field, void *at,
			   struct v6_error *err)
{
	const char *text;
	int ret = v6_json_string(object, field->key, &text, err);
	bool good;

	if (ret < 0)
		return ret;
	if (field->kind == ADDRESS)
		good = v6_address_parse(text, at) == 0;
	else if (field->kind == WORD)
		good = field->parse(text, at) == 0;
	else
		good = strlen(text) < field->size && (!field->is_valid || field->is_valid(text));
	if (good && field->kind == TEXT)
		strcpy(at, text);
	if (good)
		return 0;
	return field->complaint ? v6_fail(err, -EINVAL, "\"%s\": \"%s\" %s", field->key,
					  V6_SHOWN(text), field->complaint)
				: v6_fail(err, -EINVAL, "\"%s\": too long", field->key);
}

static int read_integer(const struct v6_json *object, const struct field *field, void *at,
			struct v6_error *err)
{
	long long number;
	int ret = v6_json_integer(object, field->key, field->min, field->max, &number, err);

	if (ret == 0)
		memcpy(at, low_bytes(&number, field->size), field->size);
	return ret;
}

static int read_object(const struct v6_json *object, const struct field *field, char *to,
		       struct v6_error *err)
{
	const struct v6_json *inner = object;
	int ret = field->key ? v6_json_object(object, field->key, &inner, err) : 0;

	if (ret == 0 && field->given_size > 0)
		to[field->given] = true;
	return ret < 0 ? ret : read_item(inner, field, to + field->offset, err);
}

static int read_field(const struct v6_json *object, const struct field *field, char *to,
		      struct v6_error *err)
{
	void *at = to + field->offset;

	switch (field->kind) {
	case INTEGER:
		return read_integer(object, field, at, err);
	case BOOL:
		return v6_json_bool(object, field->key, at, err);
	case OBJECT:
		return read_object(object, field, to, err);
	case LIST:
		return read_list(object, field, to, err);
	default:
		return read_text_field(object, field, at, err);
	}
}

static int read_fields(const struct v6_json *object, const struct field *fields, size_t n, char *to,
		       struct v6_error *err)
{
	const struct field *field;
	int ret = 0;

	for (field = fields; field < fields + n && ret == 0; field++) {
		ret = read_field(object, field, to, err);
		if (ret == -ENOENT &&
		    (field->may_miss || (field->given_size > 0 && !is_given(field, to))))
			ret = 0;
		else if (ret == 0 && field->check)
			ret = field->check(to, err);
	}
	return ret;
}

/*
 * The fields
 */

#define AT(type, member) \
	.offset = offsetof(struct type, member), .size = sizeof(((struct type *)0)->member)
#define GIVEN(type, member) \
	.given = offsetof(struct type, member), .given_size = sizeof(((struct type *)0)->member)
#define FIELDS(table) .fields = (table), .n_fields = V6_ARRAY_SIZE(table)
/* NOLINTBEGIN(bugprone-macro-parentheses): the name of a member can't have any */
#define ITEMS(type, member, table)                                             \
	AT(type, member[0]), .max = V6_ARRAY_SIZE(((struct type *)0)->member), \
			     .offset_n = offsetof(struct type, n_##member), FIELDS(table)
/* NOLINTEND(bugprone-macro-parentheses) */

/* In the order of enum v6_attach. */
static const char *const attach_names[] = {"none", "address", "route", "proxy"};

const char *v6_attach_name(enum v6_attach attach)
{
	return attach_names[attach];
}

static const char *print_attach(const void *from)
{
	return v6_attach_name(*(const enum v6_attach *)from);
}

/* parse_attach_name() - find a name as v6_attach_name() gives it */
static int parse_attach_name(const char *name, void *to)
{
	size_t i;

	for (i = 0; i < V6_ARRAY_SIZE(attach_names); i++) {
		if (strcmp(attach_names[i], name) == 0) {
			*(enum v6_attach *)to = (enum v6_attach)i;
			return 0;
		}
	}
	return -EINVAL;
}

static bool is_service_name(const char *text)
{
	return !text[strspn(text, NAME_CHARACTERS)];
}

static bool is_interface_name(const char *text)
{
	return !strchr(text, '/');
}

#define INTERFACE .is_valid = is_interface_name, .complaint = "is no link's name"

/* default_attach() - set what records of version 0.1.0 mean, which do not say it */
static int default_attach(void *to, struct v6_error *err)
{
	struct v6_service *s = to;

	(void)err;
	s->attach = s->ours ? V6_ATTACH_ADDRESS : V6_ATTACH_NONE;
	return 0;
}

static const struct field service_fields[] = {
	{"name", TEXT, AT(v6_service, name), .is_valid = is_service_name,
	 .complaint = "is no name of a service"},
	{"address", ADDRESS, AT(v6_service, address), .complaint = "is no IPv6 address"},
	{"link", TEXT, AT(v6_service, link_name), INTERFACE},
	{"link_index", INTEGER, AT(v6_service, link), .max = INT32_MAX},
	{"ours", BOOL, AT(v6_service, ours), .check = default_attach},
	{"attach", WORD, AT(v6_service, attach), .may_miss = true, .print = print_attach,
	 .parse = parse_attach_name, .complaint = "is not known"},
	{"unreachable", BOOL, AT(v6_service, unreachable), GIVEN(v6_service, unreachable)},
	{"absent", BOOL, AT(v6_service, absent), GIVEN(v6_service, absent)},
	{"published", BOOL, AT(v6_service, published), GIVEN(v6_service, published)},
	{"table", INTEGER, AT(v6_service, table), GIVEN(v6_service, table), .max = UINT32_MAX},
};

static const struct field leaving_fields[] = {
	{NULL, OBJECT, AT(v6_leaving, service), FIELDS(service_fields)},
	{"until", INTEGER, AT(v6_leaving, until), .max = INT64_MAX},
};

static const char *print_protocol(const void *from)
{
	const uint8_t *protocol = from;

	return *protocol == V6_PROTOCOL_ALL ? "all" : v6_protocol_name(*protocol);
}

static int parse_protocol(const char *name, void *to)
{
	*(uint8_t *)to = V6_PROTOCOL_ALL;
	return strcmp(name, "all") == 0 ? 0 : v6_protocol_parse(name, to);
}

static const struct field map_fields[] = {
	{"protocol", WORD, AT(v6_port_map, protocol), .print = print_protocol,
	 .parse = parse_protocol, .complaint = "is not known"},
	{"service", INTEGER, AT(v6_port_map, service_port), .max = UINT16_MAX},
	{"target", INTEGER, AT(v6_port_map, target_port), .max = UINT16_MAX},
	{"count", INTEGER, AT(v6_port_map, count), .max = UINT16_MAX},
};

static int check_record_map(struct v6_port_map *map, struct v6_error *err)
{
	if (map->protocol == V6_PROTOCOL_ALL)
		*map = (struct v6_port_map){.protocol = V6_PROTOCOL_ALL, .count = 1};
	else if (!map->service_port || !map->target_port || !map->count ||
		 map->service_port + map->count > UINT16_MAX + 1 ||
		 map->target_port + map->count > UINT16_MAX + 1)
		return v6_fail(err, -EINVAL, "\"ports\": not a range of ports");
	else if (v6_map_is_wide(map) && map->service_port != map->target_port)
		return v6_fail(err, -EINVAL, "\"ports\": a range too wide to lead to other ports");
	return 0;
}

/* check_record_maps() - check each one, that there is room for all, and that none overlap */
static int check_record_maps(void *to, struct v6_error *err)
{
	struct v6_record *record = to;
	size_t i;
	int ret = 0;

	for (i = 0; ret == 0 && i < record->n_maps; i++) {
		ret = check_record_map(&record->maps[i], err);
		if (ret == 0)
			ret = v6_ports_check(record->maps, i, &record->maps[i], err);
	}
	return ret < 0 ? v6_context(err, ret, "\"ports\"") : 0;
}

static const char *print_mac(const void *from)
{
	static char text[sizeof("00:00:00:00:00:00")];
	const uint8_t *mac = from;

	snprintf(text, sizeof(text), "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2],
		 mac[3], mac[4], mac[5]);
	return text;
}

static int parse_mac(const char *text, void *to)
{
	struct ether_addr mac;

	if (strlen(text) != sizeof("00:00:00:00:00:00") - 1 || !ether_aton_r(text, &mac))
		return -EINVAL;
	memcpy(to, mac.ether_addr_octet, V6_MAC_SIZE);
	return 0;
}

static const struct field sibling_fields[] = {
	{"mac", WORD, AT(v6_sibling, mac), .print = print_mac, .parse = parse_mac,
	 .complaint = "is no link-layer address"},
	{"via", TEXT, AT(v6_sibling, via_name), INTERFACE},
	{"via_index", INTEGER, AT(v6_sibling, via), .max = INT32_MAX},
};

static const struct field destination_fields[] = {
	{"pending", BOOL, AT(v6_destination, pending), GIVEN(v6_destination, pending)},
	{"address", ADDRESS, AT(v6_destination, address), .complaint = "is no IPv6 address"},
	{"provided", BOOL, AT(v6_destination, provided)},
	{"link", TEXT, AT(v6_destination, link_name), INTERFACE},
	{"link_index", INTEGER, AT(v6_destination, link), .max = INT32_MAX},
	{"mac", WORD, AT(v6_destination, mac), .may_miss = true, .print = print_mac,
	 .parse = parse_mac, .complaint = "is no link-layer address"},
	{"via", TEXT, AT(v6_destination, via_name), INTERFACE},
	{"via_index", INTEGER, AT(v6_destination, via), .max = INT32_MAX},
	{"subnet", ADDRESS, AT(v6_destination, subnet.address), .complaint = "is no IPv6 address"},
	{"subnet_length", INTEGER, AT(v6_destination, subnet.length), .max = 128},
	{"port_index", INTEGER, AT(v6_destination, port), .may_miss = true, .max = INT32_MAX},
	{"hairpin", BOOL, AT(v6_destination, hairpin), GIVEN(v6_destination, hairpin)},
	{"siblings", LIST, ITEMS(v6_destination, siblings, sibling_fields),
	 GIVEN(v6_destination, n_siblings)},
	{"relay_port", INTEGER, AT(v6_destination, relay_port), GIVEN(v6_destination, relay_port),
	 .max = UINT16_MAX},
	{"ruled", BOOL, AT(v6_destination, ruled), GIVEN(v6_destination, ruled)},
};

static int check_destination(void *to, struct v6_error *err)
{
	const struct v6_record *record = to;

	if (record->destination.pending && !IN6_IS_ADDR_UNSPECIFIED(&record->destination.address))
		return v6_fail(err, -EINVAL, "\"pending\": with an address");
	return 0;
}

static const char *print_relay(const void *from)
{
	return v6_relay_name(*(const enum v6_relay *)from);
}

static int parse_relay(const char *name, void *to)
{
	return v6_relay_parse(name, to);
}

/* check_relay() - what others of the record rely on: it is read after ports and destination */
static int check_relay(void *to, struct v6_error *err)
{
	const struct v6_record *record = to;
	const struct v6_port_map *map = record->maps;

	if (record->destination.relay_port + record->n_maps > UINT16_MAX + 1)
		return v6_fail(err, -EINVAL, "\"relay_port\": too few ports from there on");
	for (; record->relay && map < record->maps + record->n_maps; map++)
		if (map->protocol != IPPROTO_TCP || map->count != 1)
			return v6_fail(err, -EINVAL,
				       "\"relay\": with other ports than single ones of TCP");
	return 0;
}

static const struct field follow_fields[] = {
	{"interface", TEXT, AT(v6_record, interface)},
	{"pod_namespace", TEXT, AT(v6_record, pod_namespace)},
	{"pod", TEXT, AT(v6_record, pod), .may_miss = true},
};

static const char *print_share_mode(const void *from)
{
	return v6_share_mode_name(*(const enum v6_share_mode *)from);
}

static int parse_share_mode(const char *name, void *to)
{
	enum v6_share_mode mode;

	for (mode = V6_SHARE_NEWEST; mode <= V6_SHARE_EACH; mode++) {
		if (strcmp(v6_share_mode_name(mode), name) == 0) {
			*(enum v6_share_mode *)to = mode;
			return 0;
		}
	}
	return -EINVAL;
}

static const struct field share_fields[] = {
	{"mode", WORD, AT(v6_record, share.mode), .print = print_share_mode,
	 .parse = parse_share_mode, .complaint = "is not known"},
	{"ready", BOOL, AT(v6_record, share.ready)},
	{"drained", BOOL, AT(v6_record, share.drained), GIVEN(v6_record, share.drained)},
	{"since", INTEGER, AT(v6_record, share.since), .max = INT64_MAX},
	{"pod_namespace", TEXT, AT(v6_record, pod_namespace)},
};

static const struct field record_fields[] = {
	{"name", TEXT, AT(v6_record, name), GIVEN(v6_record, name[0]),
	 .is_valid = v6_container_name_is_valid, .complaint = "is not the name of a container"},
	{"engine", INTEGER, AT(v6_record, engine), .max = V6_ENGINES - 1},
	{"uid", INTEGER, AT(v6_record, uid), GIVEN(v6_record, uid), .min = 1,
	 .max = UINT32_MAX - 1LL},
	{"pid", INTEGER, AT(v6_record, pid), .max = INT32_MAX},
	{"started", INTEGER, AT(v6_record, started), .max = INT64_MAX},
	{"netns", INTEGER, AT(v6_record, netns), .max = INT64_MAX},
	{"netns_path", TEXT, AT(v6_record, netns_path), GIVEN(v6_record, netns_path[0])},
	{"netns_cookie", INTEGER, AT(v6_record, netns_cookie), GIVEN(v6_record, netns_path[0]),
	 .max = INT64_MAX},
	{"netns_file", TEXT, AT(v6_record, netns_file), GIVEN(v6_record, netns_file[0])},
	{"created", INTEGER, AT(v6_record, created), .max = INT64_MAX},
	{"created_up", INTEGER, AT(v6_record, created_up), GIVEN(v6_record, created_up),
	 .max = INT64_MAX},
	{"services", LIST, ITEMS(v6_record, services, service_fields)},
	{"ports", LIST, ITEMS(v6_record, maps, map_fields), .check = check_record_maps},
	{"destination", OBJECT, AT(v6_record, destination), FIELDS(destination_fields),
	 .check = check_destination},
	{"interface", TEXT, AT(v6_record, interface), GIVEN(v6_record, interface[0]),
	 .may_miss = true},
	{"egress", TEXT, AT(v6_record, egress), GIVEN(v6_record, egress[0]),
	 .is_valid = is_service_name, .complaint = "is no name of a service"},
	{"follow", OBJECT, GIVEN(v6_record, follow), FIELDS(follow_fields)},
	{"leaving", LIST, ITEMS(v6_record, leaving, leaving_fields), GIVEN(v6_record, n_leaving)},
	{"relay", WORD, AT(v6_record, relay), GIVEN(v6_record, relay), .print = print_relay,
	 .parse = parse_relay, .complaint = "is not known", .check = check_relay},
	{"optional", BOOL, AT(v6_record, optional), GIVEN(v6_record, optional)},
	{"share", OBJECT, GIVEN(v6_record, share.mode), FIELDS(share_fields)},
};

void v6_record_write(struct v6_json_writer *w, struct v6_host *host, const struct v6_record *record)
{
	v6_json_begin_object(w, NULL);
	v6_json_put_integer(w, "version", RECORD_VERSION);
	v6_json_put_string(w, "boot", host->boot_id);
	v6_json_put_integer(w, "host_netns", (long long)host->netns);
	v6_json_put_string(w, "id", record->id);
	write_fields(w, record_fields, V6_ARRAY_SIZE(record_fields), (const char *)record);
	v6_clients_write(w, record);
	v6_json_end_object(w);
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

static int read_record(struct v6_host *host, const struct v6_json *root, const char *id,
		       struct v6_record *record, struct v6_error *err)
{
	const char *stored;
	int ret = v6_json_string(root, "id", &stored, err);

	if (ret == 0 && strcmp(stored, id) != 0)
		return v6_fail(err, -EINVAL, "\"id\": not that of the file's name");
	if (ret == 0)
		ret = read_fields(root, record_fields, V6_ARRAY_SIZE(record_fields), (char *)record,
				  err);
	if (ret == 0)
		ret = v6_clients_read(&host->clients, root, record, err);
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
		ret = read_record(host, root, id, &record, err);
	if (ret == -EINVAL || ret == -ENOENT)
		ret = -EBADMSG;
	if (ret == 0)
		*ret_record = record;
	return ret;
}
