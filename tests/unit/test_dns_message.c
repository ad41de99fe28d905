/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Updates of DNS: what Knot DNS 3.2.6 and BIND 9.18 took from us and signed, byte for byte, and
 * that no answer is believed which differs from theirs. And keys, as their own tools write them.
 */
#include "base/address.h"
#include "names/dns_answer.h"
#include "scratch.h"

#define SECRET "QpNQEs8f2BA3ftPEwbalfh140SXg0S8+nAm2K4O6DnQ="
#define KEYMGR                         \
	"# hmac-sha256:oci-v6:" SECRET \
	"\nkey:\n  - id: oci-v6\n    algorithm: hmac-sha256\n    secret: " SECRET "\n"
#define TSIG_KEYGEN "key \"oci-v6\" {\n\talgorithm hmac-sha256;\n\tsecret \"" SECRET "\";\n};\n"
#define BLOG	    "2001:db8::a7db:c468:5f28:2f1e"
#define REVERSE	    "0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa"

/* struct exchanged - a message and the answer of a real server, in hexadecimal */
struct exchanged {
	enum v6_dns_verb verb;
	bool reverse;
	uint16_t id;
	int64_t when;
	unsigned int code;
	const char *asked, *answered;
};

static const struct exchanged exchanged[] = {
	{V6_DNS_ADD, false, 0x3ca7, INT64_C(1796083086), 0,
	 "3ca728000001000100010001076578616d706c65036f7267000006000104626c6f67076578616d70"
	 "6c65036f726700001c00fe00000000000004626c6f67076578616d706c65036f726700001c000100"
	 "00003c001020010db800000000a7dbc4685f282f1e066f63692d76360000fa00ff00000000003d0b"
	 "686d61632d7368613235360000006b0e0d8e012c0020c2cc32b9999fae2bca01ef956a828dbfdfe1"
	 "53b9a95ddf5835bd8bffb701cb543ca700000000",
	 "3ca7a8000001000000000001076578616d706c65036f72670000060001066f63692d76360000fa00"
	 "ff00000000003d0b686d61632d7368613235360000006b0e0d8e012c00201da78934b11533254cea"
	 "4c101541ac6013fe18f034b13a68356d7359af6bdc413ca700000000"},
	{V6_DNS_HAS, false, 0x7b44, INT64_C(1796083086), 8,
	 "7b4428000001000100000001076578616d706c65036f7267000006000104626c6f67076578616d70"
	 "6c65036f726700001c000100000000001020010db800000000a7dbc4685f282f1e066f63692d7636"
	 "0000fa00ff00000000003d0b686d61632d7368613235360000006b0e0d8e012c00200fdb08ed6352"
	 "6e2826962fa545d94b2d2f18b57bb9c9a4a574aa8b4a1144d16e7b4400000000",
	 "7b44a8080001000000000001076578616d706c65036f72670000060001066f63692d76360000fa00"
	 "ff00000000003d0b686d61632d7368613235360000006b0e0d8e012c002001bb7294899ddae2037d"
	 "4ef23ed761477bb8c1b11ba689a40ecb9a35d53b99887b4400000000"},
	{V6_DNS_ADD, true, 0x84a3, INT64_C(1796083089), 0,
	 "84a32800000100010001000101300130013001300130013001300130013801620164013001310130"
	 "01300132036970360461727061000006000101650131016601320138013201660135013801360134"
	 "01630162016401370161013001300130013001300130013001300138016201640130013101300130"
	 "013203697036046172706100000c00fe000000000000016501310166013201380132016601350138"
	 "01360134016301620164013701610130013001300130013001300130013001380162016401300131"
	 "01300130013203697036046172706100000c00010000003c001204626c6f67076578616d706c6503"
	 "6f726700066f63692d76360000fa00ff00000000003d0b686d61632d7368613235360000006b0e0d"
	 "91012c002060c2dc1784440f8b3906183685bca10502f25c00f7417a80843fcc3b2511030784a300"
	 "000000",
	 "84a3a800000100000000000101300130013001300130013001300130013801620164013001310130"
	 "013001320369703604617270610000060001066f63692d76360000fa00ff00000000003d0b686d61"
	 "632d7368613235360000006b0e0d91012c0020d2833ea11ec4b1892be011d7500ce7c9e16dc89d3c"
	 "555279d6207ce66cc0e52384a300000000"},
	{V6_DNS_REMOVE, false, 0xf3f6, INT64_C(1796083090), 0,
	 "f3f628000001000000010001076578616d706c65036f7267000006000104626c6f67076578616d70"
	 "6c65036f726700001c00fe00000000001020010db800000000a7dbc4685f282f1e066f63692d7636"
	 "0000fa00ff00000000003d0b686d61632d7368613235360000006b0e0d92012c002066512f816f32"
	 "6efc989bdd420c4953f07119b484e50fb6da3323fc304e8e8de6f3f600000000",
	 "f3f6a8000001000000000001076578616d706c65036f72670000060001066f63692d76360000fa00"
	 "ff00000000003d0b686d61632d7368613235360000006b0e0d92012c002015591720f68d73e755c5"
	 "305943cddf2dc34a048431c83e064624cbdbca358e89f3f600000000"},
};

/* To a key with another secret: Knot's BADSIG, which nobody can sign */
static const char badsig[] =
	"1853a8090001000000000001076578616d706c65036f72670000060001066f63692d76360000fa00"
	"ff00000000001d0b686d61632d7368613235360000006b0e0d90012c0000185300100000";
#define BADSIG_ID   0x1853
#define BADSIG_WHEN INT64_C(1796083088)

static struct v6_dns_key parse_key(const char *text)
{
	struct v6_dns_key key;
	struct v6_error err;

	if (v6_dns_key_parse(text, &key, &err) < 0)
		fail_msg("%s", err.text);
	return key;
}

static size_t bytes_of(const char *hex, uint8_t *ret_bytes)
{
	size_t i, n = strlen(hex) / 2;
	unsigned int byte;

	for (i = 0; i < n; i++) {
		assert_int_equal(sscanf(hex + 2 * i, "%2x", &byte), 1);
		ret_bytes[i] = (uint8_t)byte;
	}
	return n;
}

static struct v6_dns_message make(enum v6_dns_verb verb, bool reverse, uint16_t id, int64_t when,
				  const char *key_text)
{
	struct v6_dns_entry entry = {.name = "blog.example.org", .reverse = reverse};
	struct v6_dns_update update = {.verb = verb,
				       .zone = reverse ? REVERSE : "example.org",
				       .entries = &entry,
				       .n = 1,
				       .ttl_s = 60};
	struct v6_dns_key key = parse_key(key_text);
	struct v6_dns_message message;

	assert_int_equal(v6_address_parse(BLOG, &entry.address), 0);
	assert_int_equal(v6_dns_message_make(&update, &key, id, when, &message), 0);
	return message;
}

static void messages_are_what_servers_took(void **state)
{
	uint8_t bytes[V6_DNS_MESSAGE_MAX];
	const struct exchanged *e = exchanged;
	struct v6_dns_message message;
	size_t n;

	(void)state;
	for (; e < exchanged + V6_ARRAY_SIZE(exchanged); e++) {
		message = make(e->verb, e->reverse, e->id, e->when, KEYMGR);
		n = bytes_of(e->asked, bytes);
		assert_int_equal(message.size, n);
		assert_memory_equal(message.bytes, bytes, n);
	}
}

/* As many as there may be, with names as long as they may be, fit; the longest message of all */
static void as_many_as_may_be_fit(void **state)
{
	struct v6_dns_entry entries[V6_DNS_ENTRIES_MAX];
	struct v6_dns_update update = {.verb = V6_DNS_ADD, .entries = entries, .ttl_s = 60};
	struct v6_dns_key key = parse_key(KEYMGR);
	struct v6_dns_message message;
	char longest[V6_NAME_MAX];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(longest) - 1; i++)
		longest[i] = i % 64 == 63 ? '.' : 'x';
	longest[i] = '\0';
	for (i = 0; i < V6_DNS_ENTRIES_MAX; i++) {
		entries[i] = (struct v6_dns_entry){.reverse = false};
		memcpy(entries[i].name, longest, sizeof(longest));
	}
	update.zone = longest;
	update.n = V6_DNS_ENTRIES_MAX;
	memcpy(key.name, longest, sizeof(longest));
	assert_int_equal(v6_dns_message_make(&update, &key, 1, 1, &message), 0);
	assert_int_equal(message.size, V6_DNS_MESSAGE_MAX);
	/* as many prerequisites as records, after the zone */
	assert_memory_equal(message.bytes + 4, "\0\1\0\40\0\40\0\1", 8);
}

static void only_the_answer_itself_is_believed(void **state)
{
	struct v6_dns_key key = parse_key(TSIG_KEYGEN);
	const struct exchanged *e = exchanged;
	struct v6_dns_message message;
	struct v6_dns_answer answer;
	uint8_t bytes[1024];
	size_t n, i;

	(void)state;
	for (; e < exchanged + V6_ARRAY_SIZE(exchanged); e++) {
		message = make(e->verb, e->reverse, e->id, e->when, TSIG_KEYGEN);
		n = bytes_of(e->answered, bytes);
		answer = v6_dns_answer_read(&message, &key, bytes, n, e->when);
		assert_int_equal(answer.verdict, V6_DNS_SIGNED);
		assert_int_equal(answer.code, e->code);
		assert_false(answer.truncated);
		for (i = 0; i < n; i++) {
			bytes[i] ^= 1;
			answer = v6_dns_answer_read(&message, &key, bytes, n, e->when);
			assert_int_not_equal(answer.verdict, V6_DNS_SIGNED);
			bytes[i] ^= 1;
			answer = v6_dns_answer_read(&message, &key, bytes, i, e->when);
			assert_int_not_equal(answer.verdict, V6_DNS_SIGNED);
		}
		/* longer by a byte, and an hour late */
		bytes[n] = 0;
		answer = v6_dns_answer_read(&message, &key, bytes, n + 1, e->when);
		assert_int_not_equal(answer.verdict, V6_DNS_SIGNED);
		answer = v6_dns_answer_read(&message, &key, bytes, n, e->when + 3600);
		assert_int_equal(answer.verdict, V6_DNS_FORGED);
	}
}

/* The same answer again, to a later message with the same id */
static void an_answer_to_another_message_is_not_believed(void **state)
{
	const struct exchanged *e = exchanged;
	struct v6_dns_key key = parse_key(KEYMGR);
	struct v6_dns_message message = make(V6_DNS_REMOVE, e->reverse, e->id, e->when, KEYMGR);
	uint8_t bytes[1024];
	size_t n = bytes_of(e->answered, bytes);

	(void)state;
	assert_int_equal(v6_dns_answer_read(&message, &key, bytes, n, e->when).verdict,
			 V6_DNS_FORGED);
	message.id++;
	assert_int_equal(v6_dns_answer_read(&message, &key, bytes, n, e->when).verdict,
			 V6_DNS_STRANGE);
}

static void a_key_that_is_not_known_is_told_of(void **state)
{
	struct v6_dns_key key = parse_key(KEYMGR);
	struct v6_dns_message message = make(V6_DNS_ADD, false, BADSIG_ID, BADSIG_WHEN, KEYMGR);
	struct v6_dns_answer answer;
	uint8_t bytes[1024];
	size_t n = bytes_of(badsig, bytes);

	(void)state;
	answer = v6_dns_answer_read(&message, &key, bytes, n, BADSIG_WHEN);
	assert_int_equal(answer.verdict, V6_DNS_UNSIGNED);
	assert_int_equal(answer.code, V6_DNS_BADSIG);
}

static void keys_are_refused_without_being_shown(void **state)
{
	static const struct {
		const char *text, *error;
	} rows[] = {
		{"", "it lacks the name"},
		{"key:\n", "it lacks the name"},
		{"key \"a\" { algorithm hmac-sha256; };", "it lacks the name"},
		{"key \"a\" { secret \"" SECRET "\"; };", "it lacks the name"},
		{"key \"a\" { algorithm hmac-md5; secret \"" SECRET "\"; };",
		 "its algorithm is not hmac-sha256"},
		{"key \"a\" { algorithm hmac-sha256; secret \"c2hvcnQ=\"; };",
		 "its secret is too short"},
		{"key \"a\" { algorithm hmac-sha256; secret \"c2h!c2hvc2hvc2hvc2hv\"; };",
		 "its secret is not base64"},
		{TSIG_KEYGEN TSIG_KEYGEN, "it has more than one key"},
		{"key \"" SECRET "\" { }", "the key's name is not a DNS name"},
		{SECRET " " SECRET, "it is not what tsig-keygen prints"},
	};
	struct v6_dns_key key;
	struct v6_error err;
	size_t i;

	(void)state;
	for (i = 0; i < V6_ARRAY_SIZE(rows); i++) {
		assert_int_equal(v6_dns_key_parse(rows[i].text, &key, &err), -EINVAL);
		if (strncmp(err.text, rows[i].error, strlen(rows[i].error)) != 0)
			fail_msg("%zu: %s", i, err.text);
		assert_null(strstr(err.text, "QpNQ"));
	}
	key = parse_key("// by hand\nkey OCI-v6. { algorithm HMAC-SHA256; secret " SECRET "; };");
	assert_string_equal(key.name, "oci-v6");
	assert_int_equal(key.size, 32);
}

static void names_are_those_of_the_zone(void **state)
{
	static const struct {
		const char *service, *name;
	} rows[] = {
		{"blog", "blog.example.org"},
		{"Blog.Example.ORG", "blog.example.org"},
		{"a.b.example.org.", "a.b.example.org"},
		{"blog.", NULL},
		{"example.org", NULL},
		{"blogexample.org", NULL},
		{".example.org", NULL},
		{"blog.example.test", NULL},
	};
	struct v6_dns_name name;
	size_t i;

	(void)state;
	for (i = 0; i < V6_ARRAY_SIZE(rows); i++) {
		assert_int_equal(v6_dns_name_in(rows[i].service, "example.org", &name),
				 rows[i].name != NULL);
		if (rows[i].name)
			assert_string_equal(name.s, rows[i].name);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(messages_are_what_servers_took),
		cmocka_unit_test(as_many_as_may_be_fit),
		cmocka_unit_test(only_the_answer_itself_is_believed),
		cmocka_unit_test(an_answer_to_another_message_is_not_believed),
		cmocka_unit_test(a_key_that_is_not_known_is_told_of),
		cmocka_unit_test(keys_are_refused_without_being_shown),
		cmocka_unit_test(names_are_those_of_the_zone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
