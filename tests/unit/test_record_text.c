/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A record's text: nothing but a whole one is read, and a message names what is wrong with it. */
#include "base/address.h"
#include "store/record.h"
#include "scratch.h"

#define RECORD_SIZE_MAX 131072 /* of record.c */

/* As messages name it, wherever the test has its own */
#define RECORD_PATH V6_RUN_DIR "/records/web.json"

static const char valid[] =
	"{\"version\":1,\"boot\":\"11111111-2222-3333-4444-555555555555\","
	"\"host_netns\":4026531840,\"id\":\"web\",\"engine\":1,\"pid\":4711,\"started\":123456,"
	"\"netns\":4026532200,\"created\":1700000000,\"services\":[{\"name\":\"web3.example\","
	"\"address\":\"2001:db8::203\",\"link\":\"eth0\",\"link_index\":2,\"ours\":true}],"
	"\"ports\":[{\"protocol\":\"udp\",\"service\":53,\"target\":5353,\"count\":2}],"
	"\"destination\":{\"address\":\"fd42::11\",\"provided\":false,\"link\":\"eth1\","
	"\"link_index\":3,\"via\":\"br0\",\"via_index\":4,\"subnet\":\"fd42::\","
	"\"subnet_length\":64}}";

static void write_record(const char *text, size_t size)
{
	make_dir("records");
	write_bytes("records/web.json", text, size);
}

/* refused() - the error's text, after a load that must fail with @code and touch nothing */
static const char *refused(const char *id, int code)
{
	static struct v6_error err;
	struct v6_record record, before;

	memset(&record, 0x5a, sizeof(record));
	memcpy(&before, &record, sizeof(before));
	err = (struct v6_error){.code = 42};
	assert_int_equal(v6_record_load(&host, id, &record, &err), code);
	assert_int_equal(err.code, code);
	assert_memory_equal(&record, &before, sizeof(record));
	return err.text;
}

/* refused_text() - as refused(), of records/web.json with this text */
static const char *refused_text(const char *text, int code)
{
	write_record(text, strlen(text));
	return refused("web", code);
}

static struct v6_record load(const char *id)
{
	struct v6_record record;
	struct v6_error err;

	if (v6_record_load(&host, id, &record, &err) < 0)
		fail_msg("%s", err.text);
	return record;
}

static void assert_address(const struct in6_addr *address, const char *text)
{
	assert_string_equal(V6_TEXT(address), text);
}

/* A value read into its neighbour, or two names swapped on the way out and in alike. */
static void members_have_their_names(void **state)
{
	struct v6_record r;

	(void)state;
	write_record(valid, strlen(valid));
	r = load("web");
	assert_string_equal(r.id, "web");
	assert_string_equal(r.name, "");
	assert_int_equal(r.engine, V6_ENGINE_PODMAN);
	assert_int_equal(r.uid, 0);
	assert_int_equal(r.pid, 4711);
	assert_int_equal(r.started, 123456);
	assert_int_equal(r.netns, 4026532200);
	assert_int_equal(r.created, 1700000000);

	assert_int_equal(r.n_services, 1);
	assert_string_equal(r.services[0].name, "web3.example");
	assert_address(&r.services[0].address, "2001:db8::203");
	assert_string_equal(r.services[0].link_name, "eth0");
	assert_int_equal(r.services[0].link, 2);
	assert_true(r.services[0].ours);
	assert_int_equal(r.services[0].table, 0);
	assert_int_equal(r.services[0].attach, V6_ATTACH_ADDRESS); /* version 0.1.0 knew no other */

	assert_int_equal(r.n_maps, 1);
	assert_int_equal(r.maps[0].protocol, IPPROTO_UDP);
	assert_int_equal(r.maps[0].service_port, 53);
	assert_int_equal(r.maps[0].target_port, 5353);
	assert_int_equal(r.maps[0].count, 2);

	assert_address(&r.destination.address, "fd42::11");
	assert_false(r.destination.provided);
	assert_string_equal(r.destination.link_name, "eth1");
	assert_int_equal(r.destination.link, 3);
	assert_string_equal(r.destination.via_name, "br0");
	assert_int_equal(r.destination.via, 4);
	assert_address(&r.destination.subnet.address, "fd42::");
	assert_int_equal(r.destination.subnet.length, 64);
	assert_false(r.destination.ruled);
}

static void optional_ones_say_so(void **state)
{
	static const char key[] = "{\"version\":1,";
	char text[2 * sizeof(valid)];
	struct v6_record r;

	(void)state;
	write_record(valid, strlen(valid));
	r = load("web");
	assert_false(r.optional);
	r.optional = true;
	assert_int_equal(v6_record_save(&host, &r, NULL), 0);
	assert_true(load("web").optional);
	snprintf(text, sizeof(text), "%s\"optional\":1,%s", key, valid + strlen(key));
	assert_non_null(
		strstr(refused_text(text, -EBADMSG), "\"optional\": expected true or false"));
}

/* Records that an earlier version wrote have none of these, and are read as above. */
static void newer_members_are_read_where_they_are(void **state)
{
	static const char key[] = "{\"version\":1,";
	char text[2 * sizeof(valid)], path[V6_NETNS_PATH_MAX + 2];
	struct v6_record r;

	(void)state;
	snprintf(
		text, sizeof(text),
		"%s\"name\":\"c1\",\"uid\":4294967294,\"netns_path\":\"/run/netns/a\",\"netns_cookie\":17,%s",
		key, valid + strlen(key));
	write_record(text, strlen(text));
	r = load("web");
	assert_string_equal(r.name, "c1");
	assert_int_equal(r.uid, 4294967294);
	assert_string_equal(r.netns_path, "/run/netns/a");
	assert_int_equal(r.netns_cookie, 17);

	fill(path, sizeof(path), '/');
	snprintf(text, sizeof(text), "%s\"netns_path\":\"%s\",\"netns_cookie\":17,%s", key, path,
		 valid + strlen(key));
	assert_non_null(strstr(refused_text(text, -EBADMSG), "\"netns_path\": too long"));
	snprintf(text, sizeof(text), "%s\"netns_path\":\"/a\",%s", key, valid + strlen(key));
	assert_non_null(strstr(refused_text(text, -EBADMSG), "\"netns_cookie\": missing"));
}

static void pending_has_no_address(void **state)
{
	static const char address[] = "{\"address\":\"fd42::11\"",
			  pending[] = "{\"pending\":true,\"address\":\"%s\"%s";
	const char *at = strstr(valid, address);
	char text[2 * sizeof(valid)];
	struct v6_record r;
	int size;

	(void)state;
	assert_non_null(at);
	size = snprintf(text, sizeof(text), "%.*s", (int)(at - valid), valid);
	snprintf(text + size, sizeof(text) - (size_t)size, pending, "fd42::11",
		 at + strlen(address));
	assert_non_null(strstr(refused_text(text, -EBADMSG), "\"pending\": with an address"));
	snprintf(text + size, sizeof(text) - (size_t)size, pending, "::", at + strlen(address));
	write_record(text, strlen(text));
	r = load("web");
	assert_true(r.destination.pending);
	assert_int_equal(r.destination.link, 3);
}

static const struct member {
	const char *where; /* text that stands before it */
	const char *key;
} members[] = {{"", "version"},
	       {"", "boot"},
	       {"", "host_netns"},
	       {"", "id"},
	       {"", "engine"},
	       {"", "pid"},
	       {"", "started"},
	       {"", "netns"},
	       {"", "created"},
	       {"", "services"},
	       {"\"services\"", "name"},
	       {"\"services\"", "address"},
	       {"\"services\"", "link"},
	       {"\"services\"", "link_index"},
	       {"\"services\"", "ours"},
	       {"", "ports"},
	       {"\"ports\"", "protocol"},
	       {"\"ports\"", "service"},
	       {"\"ports\"", "target"},
	       {"\"ports\"", "count"},
	       {"", "destination"},
	       {"\"destination\"", "address"},
	       {"\"destination\"", "provided"},
	       {"\"destination\"", "link"},
	       {"\"destination\"", "link_index"},
	       {"\"destination\"", "via"},
	       {"\"destination\"", "via_index"},
	       {"\"destination\"", "subnet"},
	       {"\"destination\"", "subnet_length"}};

/* find_member() - where in a copy of the valid text "KEY": begins */
static char *find_member(char *text, const struct member *member)
{
	char quoted[64], *at = strstr(text, member->where);

	snprintf(quoted, sizeof(quoted), "\"%s\":", member->key);
	at = at ? strstr(at, quoted) : NULL;
	assert_non_null(at);
	return at;
}

static void assert_says(const char *text, const char *key, const char *what)
{
	char words[128];

	snprintf(words, sizeof(words), "\"%s\": %s", key, what);
	if (!strstr(text, words) || strncmp(text, RECORD_PATH ": ", strlen(RECORD_PATH ": ")) != 0)
		fail_msg("\"%s\" does not say %s", text, words);
}

static void missing_members_are_named(void **state)
{
	char text[sizeof(valid)];
	size_t i;

	(void)state;
	for (i = 0; i < V6_ARRAY_SIZE(members); i++) {
		memcpy(text, valid, sizeof(text));
		find_member(text, &members[i])[1] = '?';
		assert_says(refused_text(text, -EBADMSG), members[i].key, "missing");
	}
}

/* value_end() - behind the value that begins at @p; no string in the valid text has brackets */
static const char *value_end(const char *p)
{
	int depth = 0;

	for (; *p; p++) {
		depth += (*p == '{' || *p == '[') - (*p == '}' || *p == ']');
		if (depth < 0 || (depth == 0 && *p == ','))
			break;
	}
	return p;
}

static void wrong_types_are_named(void **state)
{
	char text[sizeof(valid)], changed[sizeof(valid) + 8];
	const char *value;
	size_t i;

	(void)state;
	for (i = 0; i < V6_ARRAY_SIZE(members); i++) {
		memcpy(text, valid, sizeof(text));
		value = strchr(find_member(text, &members[i]), ':') + 1;
		snprintf(changed, sizeof(changed), "%.*snull%s", (int)(value - text), text,
			 value_end(value));
		assert_says(refused_text(changed, -EBADMSG), members[i].key, "expected ");
	}
}

/* changed_text() - the valid text with the first @from of it replaced */
static const char *changed_text(const char *from, const char *to)
{
	static char text[RECORD_SIZE_MAX + 1];
	const char *at = strstr(valid, from);

	assert_non_null(at);
	snprintf(text, sizeof(text), "%.*s%s%s", (int)(at - valid), valid, to, at + strlen(from));
	return text;
}

/* after a downgrade: what a later version knows more of is not ours to remove */
static void later_versions_are_told_apart(void **state)
{
	const char *text = changed_text("\"version\":1", "\"version\":2");

	(void)state;
	assert_non_null(strstr(refused_text(text, -EPROTO), "later version"));
}

static void the_way_to_attach_is_read(void **state)
{
	static const struct {
		const char *members;
		enum v6_attach attach;
	} rows[] = {
		{"\"ours\":false", V6_ATTACH_NONE},
		{"\"ours\":true,\"attach\":\"none\"", V6_ATTACH_NONE},
		{"\"ours\":true,\"attach\":\"address\"", V6_ATTACH_ADDRESS},
		{"\"ours\":true,\"attach\":\"route\"", V6_ATTACH_ROUTE},
		{"\"ours\":true,\"attach\":\"proxy\"", V6_ATTACH_PROXY},
	};
	const char *text;
	size_t i;

	(void)state;
	for (i = 0; i < V6_ARRAY_SIZE(rows); i++) {
		text = changed_text("\"ours\":true", rows[i].members);
		write_record(text, strlen(text));
		assert_int_equal(load("web").services[0].attach, rows[i].attach);
	}
}

static void values_out_of_range_are_refused(void **state)
{
	static const struct {
		const char *from, *to;
	} rows[] = {
		{"\"version\":1", "\"version\":0"},
		{"4026531840", "-1"},
		{"4026531840", "18446744073709551615"},
		{"\"engine\":1", "\"engine\":5"},
		{"\"engine\":1", "\"engine\":-1"},
		{"\"pid\"", "\"uid\":0,\"pid\""},
		{"\"pid\"", "\"uid\":-1,\"pid\""},
		{"\"pid\"", "\"uid\":4294967295,\"pid\""}, /* (uid_t)-1 */
		{"\"pid\"", "\"uid\":4294968796,\"pid\""}, /* 1500 in 32 bits */
		{"\"pid\"", "\"uid\":\"alice\",\"pid\""},
		{"4711", "-1"},
		{"4711", "2147483648"},
		{"4711", "4294971007"}, /* 2^32 + 4711 */
		{"123456", "-1"},
		{"123456", "9223372036854775808"},
		{"4026532200", "-1"},
		{"1700000000", "-1"},
		{"2001:db8::203", "192.0.2.3"},
		{"2001:db8::203", ""},
		{"\"eth0\"", "\"sixteen-letters1\""},
		{"\"eth0\"", "\"../../x\""},
		{"\"link_index\":2", "\"link_index\":-1"},
		{"\"link_index\":2", "\"link_index\":2147483648"},
		{"\"ours\":true", "\"ours\":true,\"attach\":\"tunnel\""},
		{"\"ours\":true", "\"ours\":true,\"attach\":1"},
		{"\"udp\"", "\"UDP\""},
		{"\"udp\"", "\"icmp\""},
		{"\"service\":53", "\"service\":0"},
		{"\"service\":53", "\"service\":65536"},
		{"\"service\":53", "\"service\":2147483647"},
		{"\"service\":53", "\"service\":65535"}, /* its second port is none */
		{"\"target\":5353", "\"target\":0"},
		{"\"target\":5353", "\"target\":65535"},
		{"\"target\":5353", "\"target\":65536"},
		{"\"target\":5353", "\"target\":2147483647"},
		{"\"count\":2", "\"count\":0"},
		{"\"count\":2", "\"count\":1025"},
		{"\"count\":2", "\"count\":65538"}, /* 2 in 16 bits */
		{"fd42::11", "fd42::11/64"},
		{"\"eth1\"", "\"sixteen-letters1\""},
		{"\"br0\"", "\"sixteen-letters1\""},
		{"\"br0\"", "\"a/b\""},
		{"\"via_index\":4", "\"via_index\":-1"},
		{"\"fd42::\"", "\"fd42\""},
		{"\"subnet_length\":64", "\"subnet_length\":129"},
		{"\"subnet_length\":64", "\"subnet_length\":-1"},
		{"\"subnet_length\":64", "\"subnet_length\":320"}, /* 64 in 8 bits */
		{"\"id\":\"web\"", "\"id\":\"web2\""},
		{"\"id\":\"web\"", "\"id\":\"we\""},
		{"\"id\":\"web\"", "\"id\":\"../web\""},
	};
	size_t i;

	(void)state;
	for (i = 0; i < V6_ARRAY_SIZE(rows); i++)
		refused_text(changed_text(rows[i].from, rows[i].to), -EBADMSG);
}

/* list_of() - the valid text with the list behind @key holding @n times @item */
static const char *list_of(const char *key, const char *item, size_t n)
{
	static char text[RECORD_SIZE_MAX];
	const char *list = strstr(valid, key) + strlen(key);
	size_t i, size = (size_t)(list - valid);

	memcpy(text, valid, size);
	text[size++] = '[';
	for (i = 0; i < n; i++)
		size += (size_t)sprintf(text + size, "%s%s", i ? "," : "", item);
	sprintf(text + size, "]%s", value_end(list));
	return text;
}

/* ports() - the valid text with @n mappings of @count ports each, one behind the other */
static const char *ports(size_t n, unsigned int count)
{
	static char list[RECORD_SIZE_MAX / 2];
	size_t i, size = 0;

	*list = '\0';
	for (i = 0; i < n; i++)
		size += (size_t)sprintf(list + size,
					"%s{\"protocol\":\"tcp\",\"service\":%zu,"
					"\"target\":%zu,\"count\":%u}",
					i ? "," : "", 1 + i * count, 1 + i * count, count);
	return list_of("\"ports\":", list, 1);
}

static void expect(const char *text, bool good)
{
	if (!good) {
		refused_text(text, -EBADMSG);
		return;
	}
	write_record(text, strlen(text));
	load("web");
}

static void lists_have_a_least_and_a_largest_size(void **state)
{
	static const char service[] = "{\"name\":\"a\",\"address\":\"2001:db8::1\",\"link\":\"e\","
				      "\"link_index\":1,\"ours\":true}";
	static const struct {
		size_t n;
		bool good;
	} rows[] = {
		{0, false},
		{V6_RECORD_ADDRESSES_MAX, true},
		{V6_RECORD_ADDRESSES_MAX + 1, false},
		{300, false},
	};
	size_t i;

	(void)state;
	for (i = 0; i < V6_ARRAY_SIZE(rows); i++)
		expect(list_of("\"services\":", service, rows[i].n), rows[i].good);
	expect(ports(0, 1), false);
	expect(ports(V6_REQUEST_MAPS_MAX, 1), true);
	expect(ports(V6_REQUEST_MAPS_MAX + 1, 1), false);
}

/* There is room for what a request can ask for: a record's elements were 16 times as many. */
static void ports_are_no_more_than_a_request_has(void **state)
{
	static const char map[] = "{\"protocol\":\"tcp\",\"service\":80,\"target\":80,\"count\":1}";

	(void)state;
	expect(ports(1, V6_REQUEST_PORTS_MAX), true);
	expect(ports(2, V6_REQUEST_PORTS_MAX / 2), true);
	expect(ports(2, V6_REQUEST_PORTS_MAX), false);
	assert_says(refused_text(list_of("\"ports\":", map, 2), -EBADMSG), "ports",
		    "\"80/tcp\" and \"80/tcp\" overlap");
}

static void items_are_objects(void **state)
{
	static const char *const rows[] = {"7", "null", "[]", "\"name\""};
	size_t i;

	(void)state;
	for (i = 0; i < V6_ARRAY_SIZE(rows); i++) {
		assert_says(refused_text(list_of("\"services\":", rows[i], 2), -EBADMSG),
			    "services", "expected objects");
		assert_says(refused_text(list_of("\"ports\":", rows[i], 1), -EBADMSG), "ports",
			    "expected objects");
	}
}

static void names_have_a_largest_size(void **state)
{
	char name[V6_NAME_MAX + 2];
	const char *text;

	(void)state;
	fill(name, sizeof(name), 'n');
	refused_text(changed_text("web3.example", name), -EBADMSG);
	name[V6_NAME_MAX] = '\0';
	text = changed_text("web3.example", name);
	write_record(text, strlen(text));
	assert_string_equal(load("web").services[0].name, name);
}

/* Of the container in its pod; records without one, as those of former versions, are whole. */
/* v6ctl shows them, and the table's comments hold them: names of services are plain. */
static void control_characters_are_in_no_name(void **state)
{
	static const char *const names[] = {
		"web\\u001b[31m", "web 3", "web\\n3", "WEB", "w\u0435b3", "a\\\"b",
	};
	const char *text;
	size_t i;

	(void)state;
	for (i = 0; i < V6_ARRAY_SIZE(names); i++)
		assert_non_null(
			strstr(refused_text(changed_text("web3.example", names[i]), -EBADMSG),
			       "is no name of a service"));
	text = changed_text("web3.example", "2001:db8::203");
	write_record(text, strlen(text));
	assert_string_equal(load("web").services[0].name, "2001:db8::203");
}

static void a_record_may_have_a_name(void **state)
{
	static const struct {
		const char *to, *name; /* NULL: refused */
	} rows[] = {
		{"\"id\":\"web\",\"name\":\"shop-1\"", "shop-1"},
		{"\"id\":\"web\",\"name\":\"\"", NULL},
		{"\"id\":\"web\",\"name\":null", NULL},
		{"\"id\":\"web\",\"name\":7", NULL},
		{"\"id\":\"web\",\"name\":\"a/b\"", NULL},
		{"\"id\":\"web\",\"name\":\"a\\u001b[2Jb\"", NULL},
		{"\"id\":\"web\",\"name\":"
		 "\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"",
		 NULL},
	};
	const char *text;
	size_t i;

	(void)state;
	for (i = 0; i < V6_ARRAY_SIZE(rows); i++) {
		text = changed_text("\"id\":\"web\"", rows[i].to);
		if (!rows[i].name) {
			assert_says(refused_text(text, -EBADMSG), "name", "");
			continue;
		}
		write_record(text, strlen(text));
		assert_string_equal(load("web").name, rows[i].name);
	}
}

static void no_part_of_a_record_is_one(void **state)
{
	static const char *const rows[] = {"", " ", "null", "[]", "{}", "\"web\"", "[{}]", "x"};
	size_t i, size = strlen(valid);

	(void)state;
	for (i = 0; i < V6_ARRAY_SIZE(rows); i++)
		refused_text(rows[i], -EBADMSG);
	for (i = 0; i < size; i++) {
		write_record(valid, i);
		refused("web", -EBADMSG);
	}
	write_record(valid, sizeof(valid)); /* with its NUL */
	refused("web", -EBADMSG);
}

static void size_is_limited(void **state)
{
	char text[RECORD_SIZE_MAX + 1];

	(void)state;
	memset(text, ' ', sizeof(text));
	memcpy(text, valid, strlen(valid));
	write_record(text, RECORD_SIZE_MAX);
	load("web");
	write_record(text, RECORD_SIZE_MAX + 1);
	assert_string_equal(refused("web", -EBADMSG), RECORD_PATH ": not a record");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(members_have_their_names),
		TEST(newer_members_are_read_where_they_are),
		TEST(optional_ones_say_so),
		TEST(pending_has_no_address),
		TEST(missing_members_are_named),
		TEST(wrong_types_are_named),
		TEST(the_way_to_attach_is_read),
		TEST(values_out_of_range_are_refused),
		TEST(later_versions_are_told_apart),
		TEST(lists_have_a_least_and_a_largest_size),
		TEST(ports_are_no_more_than_a_request_has),
		TEST(control_characters_are_in_no_name),
		TEST(items_are_objects),
		TEST(names_have_a_largest_size),
		TEST(a_record_may_have_a_name),
		TEST(no_part_of_a_record_is_one),
		TEST(size_is_limited),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
