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
#include "store/fields.h"
#include "store/record_text.h"

#define RECORD_VERSION 1
/* Of host names, which are in lower case, and of addresses; the name goes into a comment, too */
#define NAME_CHARACTERS "abcdefghijklmnopqrstuvwxyz0123456789-_.:"

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

#define INTERFACE .is_valid = is_interface_name, .complaint = "is no interface's name"

/* default_attach() - set what records of version 0.1.0 mean, which do not say it */
static int default_attach(void *to, struct v6_error *err)
{
	struct v6_service *s = to;

	(void)err;
	s->attach = s->ours ? V6_ATTACH_ADDRESS : V6_ATTACH_NONE;
	return 0;
}

static const struct v6_field service_fields[] = {
	{"name", V6_FIELD_TEXT, AT(v6_service, name), .is_valid = is_service_name,
	 .complaint = "is no name of a service"},
	{"address", V6_FIELD_ADDRESS, AT(v6_service, address), .complaint = "is no IPv6 address"},
	{"link", V6_FIELD_TEXT, AT(v6_service, link_name), INTERFACE},
	{"link_index", V6_FIELD_INTEGER, AT(v6_service, link), .max = INT32_MAX},
	{"ours", V6_FIELD_BOOL, AT(v6_service, ours), .check = default_attach},
	{"attach", V6_FIELD_WORD, AT(v6_service, attach), .may_miss = true, .print = print_attach,
	 .parse = parse_attach_name, .complaint = "is not known"},
	{"unreachable", V6_FIELD_BOOL, AT(v6_service, unreachable), GIVEN(v6_service, unreachable)},
	{"absent", V6_FIELD_BOOL, AT(v6_service, absent), GIVEN(v6_service, absent)},
	{"published", V6_FIELD_BOOL, AT(v6_service, published), GIVEN(v6_service, published)},
	{"announce", V6_FIELD_INTEGER, AT(v6_service, announce), GIVEN(v6_service, announce),
	 .max = UINT32_MAX},
	{"table", V6_FIELD_INTEGER, AT(v6_service, table), GIVEN(v6_service, table),
	 .max = UINT32_MAX},
};

static const struct v6_field leaving_fields[] = {
	{NULL, V6_FIELD_OBJECT, AT(v6_leaving, service), FIELDS(service_fields)},
	{"until", V6_FIELD_INTEGER, AT(v6_leaving, until), .max = INT64_MAX},
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

static const struct v6_field map_fields[] = {
	{"protocol", V6_FIELD_WORD, AT(v6_port_map, protocol), .print = print_protocol,
	 .parse = parse_protocol, .complaint = "is not known"},
	{"service", V6_FIELD_INTEGER, AT(v6_port_map, service_port), .max = UINT16_MAX},
	{"target", V6_FIELD_INTEGER, AT(v6_port_map, target_port), .max = UINT16_MAX},
	{"count", V6_FIELD_INTEGER, AT(v6_port_map, count), .max = UINT16_MAX},
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
		return v6_fail(err, -EINVAL,
			       "\"ports\": a range too long to be forwarded to other ports");
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

static const struct v6_field sibling_fields[] = {
	{"mac", V6_FIELD_WORD, AT(v6_sibling, mac), .print = print_mac, .parse = parse_mac,
	 .complaint = "is no link-layer address"},
	{"via", V6_FIELD_TEXT, AT(v6_sibling, via_name), INTERFACE},
	{"via_index", V6_FIELD_INTEGER, AT(v6_sibling, via), .max = INT32_MAX},
};

static const struct v6_field destination_fields[] = {
	{"pending", V6_FIELD_BOOL, AT(v6_destination, pending), GIVEN(v6_destination, pending)},
	{"address", V6_FIELD_ADDRESS, AT(v6_destination, address),
	 .complaint = "is no IPv6 address"},
	{"provided", V6_FIELD_BOOL, AT(v6_destination, provided)},
	{"link", V6_FIELD_TEXT, AT(v6_destination, link_name), INTERFACE},
	{"link_index", V6_FIELD_INTEGER, AT(v6_destination, link), .max = INT32_MAX},
	{"mac", V6_FIELD_WORD, AT(v6_destination, mac), .may_miss = true, .print = print_mac,
	 .parse = parse_mac, .complaint = "is no link-layer address"},
	{"via", V6_FIELD_TEXT, AT(v6_destination, via_name), INTERFACE},
	{"via_index", V6_FIELD_INTEGER, AT(v6_destination, via), .max = INT32_MAX},
	{"subnet", V6_FIELD_ADDRESS, AT(v6_destination, subnet.address),
	 .complaint = "is no IPv6 address"},
	{"subnet_length", V6_FIELD_INTEGER, AT(v6_destination, subnet.length), .max = 128},
	{"port_index", V6_FIELD_INTEGER, AT(v6_destination, port), .may_miss = true,
	 .max = INT32_MAX},
	{"hairpin", V6_FIELD_BOOL, AT(v6_destination, hairpin), GIVEN(v6_destination, hairpin)},
	{"siblings", V6_FIELD_LIST, ITEMS(v6_destination, siblings, sibling_fields),
	 GIVEN(v6_destination, n_siblings)},
	{"relay_port", V6_FIELD_INTEGER, AT(v6_destination, relay_port),
	 GIVEN(v6_destination, relay_port), .max = UINT16_MAX},
	{"ruled", V6_FIELD_BOOL, AT(v6_destination, ruled), GIVEN(v6_destination, ruled)},
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

static const struct v6_field follow_fields[] = {
	{"interface", V6_FIELD_TEXT, AT(v6_record, interface)},
	{"pod_namespace", V6_FIELD_TEXT, AT(v6_record, pod_namespace)},
	{"pod", V6_FIELD_TEXT, AT(v6_record, pod), .may_miss = true},
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

static const struct v6_field share_fields[] = {
	{"mode", V6_FIELD_WORD, AT(v6_record, share.mode), .print = print_share_mode,
	 .parse = parse_share_mode, .complaint = "is not known"},
	{"ready", V6_FIELD_BOOL, AT(v6_record, share.ready)},
	{"drained", V6_FIELD_BOOL, AT(v6_record, share.drained), GIVEN(v6_record, share.drained)},
	{"since", V6_FIELD_INTEGER, AT(v6_record, share.since), .max = INT64_MAX},
	{"pod_namespace", V6_FIELD_TEXT, AT(v6_record, pod_namespace)},
};

static const struct v6_field record_fields[] = {
	{"name", V6_FIELD_TEXT, AT(v6_record, name), GIVEN(v6_record, name[0]),
	 .is_valid = v6_container_name_is_valid, .complaint = "is not the name of a container"},
	{"engine", V6_FIELD_INTEGER, AT(v6_record, engine), .max = V6_ENGINES - 1},
	{"uid", V6_FIELD_INTEGER, AT(v6_record, uid), GIVEN(v6_record, uid), .min = 1,
	 .max = UINT32_MAX - 1LL},
	{"pid", V6_FIELD_INTEGER, AT(v6_record, pid), .max = INT32_MAX},
	{"started", V6_FIELD_INTEGER, AT(v6_record, started), .max = INT64_MAX},
	{"netns", V6_FIELD_INTEGER, AT(v6_record, netns), .max = INT64_MAX},
	{"netns_path", V6_FIELD_TEXT, AT(v6_record, netns_path), GIVEN(v6_record, netns_path[0])},
	{"netns_cookie", V6_FIELD_INTEGER, AT(v6_record, netns_cookie),
	 GIVEN(v6_record, netns_path[0]), .max = INT64_MAX},
	{"netns_file", V6_FIELD_TEXT, AT(v6_record, netns_file), GIVEN(v6_record, netns_file[0])},
	{"created", V6_FIELD_INTEGER, AT(v6_record, created), .max = INT64_MAX},
	{"created_up", V6_FIELD_INTEGER, AT(v6_record, created_up), GIVEN(v6_record, created_up),
	 .max = INT64_MAX},
	{"services", V6_FIELD_LIST, ITEMS(v6_record, services, service_fields)},
	{"ports", V6_FIELD_LIST, ITEMS(v6_record, maps, map_fields), .check = check_record_maps},
	{"destination", V6_FIELD_OBJECT, AT(v6_record, destination), FIELDS(destination_fields),
	 .check = check_destination},
	{"interface", V6_FIELD_TEXT, AT(v6_record, interface), GIVEN(v6_record, interface[0]),
	 .may_miss = true},
	{"egress", V6_FIELD_TEXT, AT(v6_record, egress), GIVEN(v6_record, egress[0]),
	 .is_valid = is_service_name, .complaint = "is no name of a service"},
	{"follow", V6_FIELD_OBJECT, GIVEN(v6_record, follow), FIELDS(follow_fields)},
	{"leaving", V6_FIELD_LIST, ITEMS(v6_record, leaving, leaving_fields),
	 GIVEN(v6_record, n_leaving)},
	{"relay", V6_FIELD_WORD, AT(v6_record, relay), GIVEN(v6_record, relay),
	 .print = print_relay, .parse = parse_relay, .complaint = "is not known",
	 .check = check_relay},
	{"optional", V6_FIELD_BOOL, AT(v6_record, optional), GIVEN(v6_record, optional)},
	{"share", V6_FIELD_OBJECT, GIVEN(v6_record, share.mode), FIELDS(share_fields)},
};

void v6_record_write(struct v6_json_writer *w, struct v6_host *host, const struct v6_record *record)
{
	v6_json_begin_object(w, NULL);
	v6_json_put_integer(w, "version", RECORD_VERSION);
	v6_json_put_string(w, "boot", host->boot_id);
	v6_json_put_integer(w, "host_netns", (long long)host->netns);
	v6_json_put_string(w, "id", record->id);
	v6_fields_write(w, record_fields, V6_ARRAY_SIZE(record_fields), (const char *)record);
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
		ret = v6_fields_read(root, record_fields, V6_ARRAY_SIZE(record_fields),
				     (char *)record, err);
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
