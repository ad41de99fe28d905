/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Requests: what v6.* annotations may say, and what each mistake is called. */
#include <stdio.h>

#include "base/text.h"
#include "oci/ports.h"
#include "request.h"

#define X10 "xxxxxxxxxx"
#define X50 X10 X10 X10 X10 X10
#define X63 X50 X10 "xxx"
/* the longest name, but for a final dot: 3 * 64 + 61 = 253 */
#define NAME_LONGEST X63 "." X63 "." X63 "." X50 X10 "x"

static void nothing_asks_for_nothing(void **state)
{
	struct v6_request r;

	(void)state;
	assert_int_equal(request(&r, NULL, NULL), 0);
	assert_int_equal(r.n_hosts, 0);
	assert_true(r.required);
	assert_int_equal(request(&r, NULL, "io.kubernetes.cri-o.TTY", "x", NULL), 0);
	assert_int_equal(r.n_hosts, 0);
}

static void a_host_has_defaults(void **state)
{
	struct v6_request r;

	(void)state;
	assert_int_equal(request(&r, NULL, "v6.host", "web3", NULL), 0);
	assert_int_equal(r.n_hosts, 1);
	assert_string_equal(r.hosts[0], "web3");
	assert_int_equal(r.n_maps, 1);
	assert_int_equal(r.maps[0].protocol, IPPROTO_TCP);
	assert_int_equal(r.maps[0].service_port, 80);
	assert_int_equal(r.maps[0].target_port, 80);
	assert_int_equal(r.maps[0].count, 1);
	assert_false(r.has_ports);
	assert_string_equal(r.interface, "");
	assert_true(r.required);

	/* given, if only to say the same */
	assert_int_equal(request(&r, NULL, "v6.host", "web3", "v6.ports", "80", NULL), 0);
	assert_true(r.has_ports);
}

static void all_keys_are_read(void **state)
{
	struct v6_request r;

	(void)state;
	assert_int_equal(request(&r, NULL, "v6.required", "false", "v6.ports", "53/udp,53",
				 "v6.interface", "eth0.100", "v6.host",
				 " Web3.Example.ORG.\t, 2001:DB8:0::7 ,db_1", NULL),
			 0);
	assert_int_equal(r.n_hosts, 3);
	assert_string_equal(r.hosts[0], "web3.example.org.");
	assert_string_equal(r.hosts[1], "2001:db8::7");
	assert_string_equal(r.hosts[2], "db_1");
	assert_int_equal(r.n_maps, 2);
	assert_int_equal(r.maps[0].protocol, IPPROTO_UDP);
	assert_string_equal(r.interface, "eth0.100");
	assert_false(r.required);
}

/* As YAML has it: "v6.host: |" and a line for each */
static void ends_of_lines_are_blanks(void **state)
{
	struct v6_request r;

	(void)state;
	assert_int_equal(request(&r, NULL, "v6.required", "false\n", "v6.ports", "80\n443\r\n",
				 "v6.interface", "\teth0\n", "v6.follow", "off\r\n", "v6.relay",
				 " proxy\n", "v6.host", "web3\nweb4\n", NULL),
			 0);
	assert_int_equal(r.n_hosts, 2);
	assert_string_equal(r.hosts[1], "web4");
	assert_int_equal(r.n_maps, 2);
	assert_int_equal(r.maps[1].service_port, 443);
	assert_string_equal(r.interface, "eth0");
	assert_true(r.fixed);
	assert_int_equal(r.relay, V6_RELAY_PROXY);
	assert_false(r.required);
	assert_int_equal(request(&r, NULL, "v6.host", "a", "v6.required", "fal\nse", NULL),
			 -EINVAL);
	assert_int_equal(request(&r, NULL, "v6.host", "a", "v6.interface", "et h0\n", NULL),
			 -EINVAL);
	assert_int_equal(request(&r, NULL, "v6.host", "a", "v6.interface", "..\n", NULL), -EINVAL);
}

static void sandboxes_ask_for_nothing(void **state)
{
	struct v6_annotation annotations[] = {{"v6.host", "web3"}, {"v6.unknown", "1"}};
	struct v6_state s = {.sandbox = true, .annotations = annotations, .n_annotations = 2};
	struct v6_request r;

	(void)state;
	assert_int_equal(v6_request_from_state(&s, &r, NULL), 0);
	assert_int_equal(r.n_hosts, 0);
	s.sandbox = false;
	assert_int_equal(v6_request_from_state(&s, &r, NULL), -EINVAL);
}

static const struct {
	const char *key;
	const char *value;
	const char *error;
} mistakes[] = {
	{"v6.host", "", "v6.host: \"\": a name is missing"},
	{"v6.host", " , ", "v6.host: \" , \": a name is missing"},
	{"v6.host", "a,,b", "v6.host: \"a,,b\": a name is missing"},
	{"v6.host", "a,", "v6.host: \"a,\": a name is missing"},
	{"v6.host", "192.0.2.1",
	 "v6.host: 192.0.2.1 is an IPv4 address; a service address is IPv6"},
	{"v6.host", "192.0.2.1.",
	 "v6.host: 192.0.2.1 is an IPv4 address; a service address is IPv6"},
	{"v6.host", "[2001:db8::1]",
	 "v6.host: \"[2001:db8::1]\": no brackets are needed here; drop the brackets"},
	{"v6.host", "web3:80",
	 "v6.host: \"web3:80\": not an IPv6 address; ports belong in v6.ports"},
	{"v6.host", "fe80::1%eth0",
	 "v6.host: \"fe80::1%eth0\": can't be a service address; use a global (2000::/3) or "
	 "unique-local (fc00::/7) one"},
	{"v6.host", "2001:DB8::1%eth0",
	 "v6.host: \"2001:DB8::1%eth0\": a service address has no zone; write 2001:db8::1, "
	 "and name the interface in v6.interface"},
	{"v6.host", "web3:80%eth0",
	 "v6.host: \"web3:80%eth0\": not an IPv6 address; ports belong in v6.ports"},
	{"v6.host", "http://web3/",
	 "v6.host: \"http://web3/\": not a name; write it without scheme, path or prefix "
	 "length"},
	{"v6.host", "2001:db8::1/128",
	 "v6.host: \"2001:db8::1/128\": not a name; write it without scheme, path or "
	 "prefix length"},
	{"v6.host", "a.*",
	 "v6.host: \"a.*\": not a host name; use letters, digits, '-', '_' and '.'"},
	{"v6.host",
	 "gr\xc3\xb6\xc3\x9f"
	 "e",
	 "v6.host: \"gr\xc3\xb6\xc3\x9f"
	 "e\": not a host name; write an international name in its xn-- form"},
	{"v6.host", "a..b", "v6.host: \"a..b\": a label is empty"},
	{"v6.host", ".", "v6.host: \".\": a label is empty"},
	{"v6.host", ".a", "v6.host: \".a\": a label is empty"},
	{"v6.host", "a..", "v6.host: \"a.\": a label is empty"},
	{"v6.host", "-a", "v6.host: \"-a\": a label begins or ends with '-'"},
	{"v6.host", "a-.b", "v6.host: \"a-.b\": a label begins or ends with '-'"},
	{"v6.host", "web3,WEB3", "v6.host: \"web3\" is there twice; drop one"},
	{"v6.host", "web3.,WEB3.", "v6.host: \"web3.\" is there twice; drop one"},
	{"v6.host", "2001:db8::1.",
	 "v6.host: \"2001:db8::1.\": not an IPv6 address; ports belong in v6.ports"},
	{"v6.host", "2001:db8::1,2001:db8:0::1",
	 "v6.host: \"2001:db8::1\" is there twice; drop one"},
	{"v6.required", "yes", "v6.required: \"yes\": expected true or false"},
	{"v6.required", "True", "v6.required: \"True\": expected true or false"},
	{"v6.required", "", "v6.required: \"\": expected true or false"},
	{"v6.follow", "no", "v6.follow: \"no\": expected on or off"},
	{"v6.relay", "yes", "v6.relay: \"yes\": expected on, proxy or off"},
	{"v6.share", "oldest", "v6.share: \"oldest\": expected newest or each"},
	{"v6.egress", "web2",
	 "v6.egress: \"web2\": v6.host has no such name; expected on, off or one of it"},
	{"v6.egress", "", "v6.egress: \"\": expected on, off or one name of v6.host"},
	{"v6.egress", "web3 web2",
	 "v6.egress: \"web3 web2\": expected on, off or one name of v6.host"},
	{"v6.egress", "http://web3/",
	 "v6.egress: \"http://web3/\": not a name; write it without scheme, path or prefix length"},
	{"v6.folow", "off", "annotation v6.folow is not known; did you mean v6.follow?"},
	{"v6.ports", "80-70", "v6.ports: \"80-70\": the range runs backwards; write 70-80"},
	{"v6.hosts", "x", "annotation v6.hosts is not known; did you mean v6.host?"},
	{"v6.port", "80", "annotation v6.port is not known; did you mean v6.ports?"},
	{"v6.Host", "x", "annotation v6.Host is not known; did you mean v6.host?"},
	{"V6.host", "x", "annotation V6.host is not known; did you mean v6.host?"},
	{"V6.PORTS/web", "80", "annotation V6.PORTS/web is not known; did you mean v6.ports/web?"},
	{"V6.", "x", "annotation V6. is not known; did you mean v6.host?"},
	{"v6.interfce", "x", "annotation v6.interfce is not known; did you mean v6.interface?"},
	{"v6.require", "x", "annotation v6.require is not known; did you mean v6.required?"},
	{"v6.only-on-ctr", "1", "annotation v6.only-on-ctr is not known; did you mean v6.host?"},
	{"v6.", "1", "annotation v6. is not known; did you mean v6.host?"},
};

static void mistakes_are_named(void **state)
{
	struct v6_request r = {.n_hosts = 7};
	struct v6_error err;
	size_t i;

	(void)state;
	for (i = 0; i < V6_ARRAY_SIZE(mistakes); i++) {
		if (request(&r, &err, mistakes[i].key, mistakes[i].value, NULL) != -EINVAL)
			fail_msg("%s=\"%s\" is accepted", mistakes[i].key, mistakes[i].value);
		assert_int_equal(err.code, -EINVAL);
		assert_string_equal(err.text, mistakes[i].error);
		assert_int_equal(r.n_hosts, 7);
	}
}

static void other_keys_want_a_host(void **state)
{
	struct v6_request r;
	struct v6_error err;

	(void)state;
	assert_int_equal(request(&r, &err, "v6.required", "false", "v6.ports", "80", NULL),
			 -EINVAL);
	assert_string_equal(err.text, "v6.ports: there is no v6.host beside it; add v6.host");
}

/* v6.required rules what the caller does about an error, so it is set beside one, too. */
static void required_is_known_in_spite_of_errors(void **state)
{
	struct v6_request r = {.required = true};

	(void)state;
	assert_int_equal(request(&r, NULL, "v6.host", "", "v6.required", "false", NULL), -EINVAL);
	assert_false(r.required);
	assert_int_equal(request(&r, NULL, "v6.host", "", NULL), -EINVAL);
	assert_true(r.required);
	r.required = false;
	assert_int_equal(request(&r, NULL, "v6.host", "a", "v6.required", "no", NULL), -EINVAL);
	assert_true(r.required);
}

static void names_have_limits(void **state)
{
	static const struct {
		const char *host;
		bool good;
	} rows[] = {
		{X63 ".a", true},	   {X63 "x.a", false},	      {NAME_LONGEST, true},
		{NAME_LONGEST ".", true},  {NAME_LONGEST "x", false}, {NAME_LONGEST "x.", false},
		{NAME_LONGEST X50, false}, {"[" NAME_LONGEST, false},
	};
	struct v6_request r;
	size_t i;

	(void)state;
	assert_int_equal(strlen(NAME_LONGEST "."), V6_NAME_MAX);
	for (i = 0; i < V6_ARRAY_SIZE(rows); i++)
		if ((request(&r, NULL, "v6.host", rows[i].host, NULL) == 0) != rows[i].good)
			fail_msg("\"%s\": expected %d", rows[i].host, rows[i].good);
}

/* With search domains they may stand for different addresses. */
static void an_absolute_name_is_another(void **state)
{
	struct v6_request r;

	(void)state;
	assert_int_equal(request(&r, NULL, "v6.host", "web3,Web3.," NAME_LONGEST ".", NULL), 0);
	assert_int_equal(r.n_hosts, 3);
	assert_string_equal(r.hosts[0], "web3");
	assert_string_equal(r.hosts[1], "web3.");
	assert_string_equal(r.hosts[2], NAME_LONGEST ".");
}

static void hosts_have_a_limit(void **state)
{
	char value[8 * (V6_REQUEST_HOSTS_MAX + 1)] = "h0";
	struct v6_request r;
	struct v6_error err;
	int i;

	(void)state;
	for (i = 1; i < V6_REQUEST_HOSTS_MAX; i++)
		sprintf(value + strlen(value), ",h%d", i);
	assert_int_equal(request(&r, NULL, "v6.host", value, NULL), 0);
	assert_int_equal(r.n_hosts, V6_REQUEST_HOSTS_MAX);

	strcat(value, ",more");
	assert_int_equal(request(&r, &err, "v6.host", value, NULL), -EINVAL);
	assert_string_equal(err.text, "v6.host: \"more\": more than 16 hosts");
}

static void interfaces_are_link_names(void **state)
{
	static const struct {
		const char *name;
		bool good;
	} rows[] = {
		{"eth0", true}, {"br-lan.10@x", true}, {"enx0200000000010000", true},
		{"...", true},	{"", false},	       {X63 X63 "x", true},
		{".x", true},	{"..x", true},	       {X63 X63 "xx", false},
		{".", false},	{"..", false},	       {"a/b", false},
		{"a b", false}, {"\n", false},	       {"a\nb", false},
		{"a:1", false}, {"\x7f", false},       {"\xc3\xb6", false},
	};
	struct v6_request r;
	size_t i;

	(void)state;
	for (i = 0; i < V6_ARRAY_SIZE(rows); i++) {
		if ((request(&r, NULL, "v6.host", "a", "v6.interface", rows[i].name, NULL) == 0) !=
		    rows[i].good)
			fail_msg("\"%s\": expected %d", rows[i].name, rows[i].good);
		if (rows[i].good)
			assert_string_equal(r.interface, rows[i].name);
	}
}

static void ports_are_read(void **state)
{
	static const struct {
		const char *text;
		struct v6_port_map map; /* the last one */
	} rows[] = {
		{"80", {IPPROTO_TCP, 80, 80, 1}},
		{"1", {IPPROTO_TCP, 1, 1, 1}},
		{"65535", {IPPROTO_TCP, 65535, 65535, 1}},
		{"80/tcp", {IPPROTO_TCP, 80, 80, 1}},
		{"443:8443", {IPPROTO_TCP, 443, 8443, 1}},
		{"53/udp", {IPPROTO_UDP, 53, 53, 1}},
		{"53:5353/udp", {IPPROTO_UDP, 53, 5353, 1}},
		{"9/sctp", {IPPROTO_SCTP, 9, 9, 1}},
		{"5000-5010/tcp", {IPPROTO_TCP, 5000, 5000, 11}},
		{"5000-5010:6000-6010", {IPPROTO_TCP, 5000, 6000, 11}},
		{"5000-5000:7", {IPPROTO_TCP, 5000, 7, 1}},
		{"64512-65535", {IPPROTO_TCP, 64512, 64512, 1024}},
		{"\t 80 , 81:80 ", {IPPROTO_TCP, 81, 80, 1}}, /* one target, two service ports */
		{"80,80/udp", {IPPROTO_UDP, 80, 80, 1}},
		{"80-81,82", {IPPROTO_TCP, 82, 82, 1}},
		{"80\t 82/udp ", {IPPROTO_UDP, 82, 82, 1}}, /* podman 4.3 can't pass commas */
		{"82,80-81", {IPPROTO_TCP, 80, 80, 2}},
		{"1-1025", {IPPROTO_TCP, 1, 1, 1025}}, /* wide */
		{"1-65535/udp", {IPPROTO_UDP, 1, 1, 65535}},
		{"1-1024/udp 2000-3024", {IPPROTO_TCP, 2000, 2000, 1025}},
		{"2000-9000:2000-9000", {IPPROTO_TCP, 2000, 2000, 7001}},
		{"all", {V6_PROTOCOL_ALL, 0, 0, 1}},
	};
	struct v6_port_map maps[V6_REQUEST_MAPS_MAX];
	struct v6_error err;
	size_t i, n;

	(void)state;
	for (i = 0; i < V6_ARRAY_SIZE(rows); i++) {
		if (v6_ports_parse(rows[i].text, maps, &n, &err) < 0)
			fail_msg("%s", err.text);
		assert_int_equal(maps[n - 1].protocol, rows[i].map.protocol);
		assert_int_equal(maps[n - 1].service_port, rows[i].map.service_port);
		assert_int_equal(maps[n - 1].target_port, rows[i].map.target_port);
		assert_int_equal(maps[n - 1].count, rows[i].map.count);
		assert_int_equal(n, strpbrk(rows[i].text, ", ") ? 2 : 1);
	}
}

#define EXPECTED "expected ports such as 80, 443:8443, 53/udp or 5000-5010"
#define IN_RANGE "a port is a number from 1 to 65535"

static void port_mistakes_are_named(void **state)
{
	static const struct {
		const char *text;
		const char *error;
	} rows[] = {
		{"", "\"\": a port is missing"},
		{"80,,81", "\"80,,81\": a port is missing"},
		{"80,", "\"80,\": a port is missing"},
		{"+80", "\"+80\": " EXPECTED},
		{"-80", "\"-80\": " EXPECTED},
		{"0x50", "\"0x50\": " IN_RANGE},
		{"080", "\"080\": " EXPECTED},
		{"80x", "\"80x\": " EXPECTED},
		{"x80", "\"x80\": " EXPECTED},
		{"80 :81", "\":81\": " EXPECTED},
		{"80:", "\"80:\": " EXPECTED},
		{":80", "\":80\": " EXPECTED},
		{"80-", "\"80-\": " EXPECTED},
		{"80-81-82", "\"80-81-82\": " EXPECTED},
		{"80:81:82", "\"80:81:82\": " EXPECTED},
		{"0", "\"0\": " IN_RANGE},
		{"65536", "\"65536\": " IN_RANGE},
		{"80:0", "\"80:0\": " IN_RANGE},
		{"1-65536", "\"1-65536\": " IN_RANGE},
		/* 2^32 + 80 and 2^64 + 80, which wrap to 80 */
		{"4294967376", "\"4294967376\": " IN_RANGE},
		{"18446744073709551696", "\"18446744073709551696\": " IN_RANGE},
		{"53/dns", "\"53/dns\": the protocol is not known; write tcp, udp or sctp"},
		{"53/", "\"53/\": the protocol is not known; write tcp, udp or sctp"},
		{"53/UDP", "\"53/UDP\": the protocol is not known; write tcp, udp or sctp"},
		{"53/udp/tcp", "\"53/udp/tcp\": the protocol is not known; write tcp, udp or sctp"},
		{"80-70", "\"80-70\": the range runs backwards; write 70-80"},
		{"70-80:9-8", "\"70-80:9-8\": the range runs backwards; write 8-9"},
		{"5000-5010:6000",
		 "\"5000-5010:6000\": cannot forward 11 service ports to 1 target ports; write two "
		 "ranges of one length"},
		{"80:90-91",
		 "\"80:90-91\": cannot forward 1 service ports to 2 target ports; write two ranges of "
		 "one length"},
		{"80,80", "\"80/tcp\" and \"80/tcp\" overlap; name each service port once"},
		{"80:1,80:2", "\"80/tcp\" and \"80/tcp\" overlap; name each service port once"},
		{"7/udp,80-90,85:8080",
		 "\"80-90/tcp\" and \"85/tcp\" overlap; name each service port once"},
		{"90,80-90", "\"90/tcp\" and \"80-90/tcp\" overlap; name each service port once"},
		{"80-90,70-80",
		 "\"80-90/tcp\" and \"70-80/tcp\" overlap; name each service port once"},
		{"1-1024,1025",
		 "\"1025/tcp\": more than 1024 ports in all; one longer range may be better"},
		{"2000-3024,1-512,10000-10512",
		 "\"10000-10512/tcp\": more than 1024 ports in all; one longer range may be better"},
		{"2000-9000:3000-10000",
		 "\"2000-9000:3000-10000\": over 1024 ports can only be forwarded to the same ports; remove the "
		 "\":\" and what follows it, or write shorter ranges"},
		{"all,80", "\"all\" and \"80/tcp\" overlap; name each service port once"},
		{"80/udp,all", "\"80/udp\" and \"all\" overlap; name each service port once"},
		{"all all", "\"all\" and \"all\" overlap; name each service port once"},
		{"all/tcp", "\"all/tcp\": " EXPECTED},
		{"all:80", "\"all:80\": " EXPECTED},
		{"3000-4024,4000",
		 "\"3000-4024/tcp\" and \"4000/tcp\" overlap; name each service port once"},
	};
	struct v6_port_map maps[V6_REQUEST_MAPS_MAX] = {{.count = 42}};
	struct v6_error err;
	size_t i, n = 42;

	(void)state;
	for (i = 0; i < V6_ARRAY_SIZE(rows); i++) {
		if (v6_ports_parse(rows[i].text, maps, &n, &err) != -EINVAL)
			fail_msg("\"%s\" is accepted", rows[i].text);
		assert_string_equal(err.text, rows[i].error);
		assert_int_equal(n, 42);
		assert_int_equal(maps[0].count, 42);
	}
}

static void port_items_have_a_limit(void **state)
{
	char text[8 * (V6_REQUEST_MAPS_MAX + 1)] = "1000";
	struct v6_port_map maps[V6_REQUEST_MAPS_MAX];
	struct v6_error err;
	size_t n;
	int i;

	(void)state;
	for (i = 1; i < V6_REQUEST_MAPS_MAX; i++)
		sprintf(text + strlen(text), ",%d", 1000 + i);
	assert_int_equal(v6_ports_parse(text, maps, &n, NULL), 0);
	assert_int_equal(n, V6_REQUEST_MAPS_MAX);

	strcat(text, ",99");
	assert_int_equal(v6_ports_parse(text, maps, &n, &err), -EINVAL);
	assert_string_equal(err.text, "\"99/tcp\": more than 64 items; write ranges");
}

/* The cause stays readable, and UTF-8 whole, however long the bad value is. */
static void long_values_leave_room_for_the_cause(void **state)
{
	char value[1024];
	struct v6_request r;
	struct v6_error err;
	size_t i;

	(void)state;
	memset(value, '7', sizeof(value) - 1);
	value[sizeof(value) - 1] = '\0';
	assert_int_equal(request(&r, &err, "v6.host", "a", "v6.ports", value, NULL), -EINVAL);
	assert_non_null(strstr(err.text, "777...\": " EXPECTED));

	value[0] = 'x'; /* V6_TEXT_SHOWN now falls into the middle of a character */
	for (i = 1; i + 3 < sizeof(value); i += 2)
		memcpy(value + i, "\xc3\xb6", 2);
	value[i] = '\0';
	assert_int_equal(request(&r, &err, "v6.host", "a", "v6.required", value, NULL), -EINVAL);
	assert_non_null(strstr(err.text, "\xc3\xb6...\": expected true or false"));

	memcpy(value, "v6.", 3);
	assert_int_equal(request(&r, &err, value, "", NULL), -EINVAL);
	assert_non_null(strstr(err.text, "... is not known; did you mean v6."));
}

static void numbers_leave_the_cursor_on_failure(void **state)
{
	static const char *const rows[] = {"", "x", "-1", "00", "01", "100", "0"};
	const char *cursor;
	unsigned int number = 42;
	size_t i;

	(void)state;
	for (i = 0; i < V6_ARRAY_SIZE(rows); i++) {
		cursor = rows[i];
		assert_true(v6_text_number(&cursor, 1, 99, &number) < 0);
		assert_ptr_equal(cursor, rows[i]);
		assert_int_equal(number, 42);
	}

	cursor = "99x";
	assert_int_equal(v6_text_number(&cursor, 1, 99, &number), 0);
	assert_string_equal(cursor, "x");
	assert_int_equal(number, 99);
}

static void items_leave_the_cursor_on_failure(void **state)
{
	const char *const text = " abc ,, d";
	const char *cursor = text;
	char item[4] = "?";

	(void)state;
	assert_int_equal(v6_text_item(&cursor, item, 3), -ENAMETOOLONG);
	assert_ptr_equal(cursor, text);
	assert_string_equal(item, "?");
	assert_int_equal(v6_text_item(&cursor, item, sizeof(item)), 0);
	assert_string_equal(item, "abc");
	assert_string_equal(cursor, ", d");
	assert_int_equal(v6_text_item(&cursor, item, sizeof(item)), -EINVAL);
	assert_string_equal(cursor, ", d");
	assert_string_equal(item, "abc");
	cursor++;
	assert_int_equal(v6_text_item(&cursor, item, sizeof(item)), 0);
	assert_string_equal(item, "d");
	assert_null(cursor);
}

static void nearest_word_is_found(void **state)
{
	static const struct {
		const char *word;
		const char *words[2];
		const char *nearest;
	} rows[] = {
		{"abcd", {"d", "abxx"}, "abxx"},	 /* letters in front count */
		{"abcd", {"a", "xxcd"}, "xxcd"},	 /* so do those behind */
		{"bcde", {"abcdef", "bcxyz"}, "abcdef"}, /* inserted in front and behind */
		{"acbd", {"xxxx", "abcd"}, "abcd"},
		{"same", {"sane", "same"}, "same"},
		{"", {"abc", "a"}, "a"},
		{X63, {"a", X10 X10 X10 "x"}, X10 X10 X10 "x"},
	};
	size_t i;

	(void)state;
	for (i = 0; i < V6_ARRAY_SIZE(rows); i++)
		assert_string_equal(v6_text_nearest(rows[i].word, rows[i].words, 2),
				    rows[i].nearest);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_asks_for_nothing),
		cmocka_unit_test(a_host_has_defaults),
		cmocka_unit_test(all_keys_are_read),
		cmocka_unit_test(ends_of_lines_are_blanks),
		cmocka_unit_test(sandboxes_ask_for_nothing),
		cmocka_unit_test(mistakes_are_named),
		cmocka_unit_test(other_keys_want_a_host),
		cmocka_unit_test(required_is_known_in_spite_of_errors),
		cmocka_unit_test(names_have_limits),
		cmocka_unit_test(an_absolute_name_is_another),
		cmocka_unit_test(hosts_have_a_limit),
		cmocka_unit_test(interfaces_are_link_names),
		cmocka_unit_test(ports_are_read),
		cmocka_unit_test(port_mistakes_are_named),
		cmocka_unit_test(port_items_have_a_limit),
		cmocka_unit_test(long_values_leave_room_for_the_cause),
		cmocka_unit_test(numbers_leave_the_cursor_on_failure),
		cmocka_unit_test(items_leave_the_cursor_on_failure),
		cmocka_unit_test(nearest_word_is_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
