/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What comes back to an update of DNS, and the two files about them: by the first byte the answer
 * to one message, a key, or a note. One answer in the corpus is that of a real server, which is
 * believed.
 */
#include "names/dns_answer.h"
#include "store/dns_notes.h"
#include "fuzz.h"

#define MESSAGE_ID   0x3ca7
#define MESSAGE_WHEN INT64_C(1796083086)

static const char key_text[] =
	"key \"oci-v6\" { algorithm hmac-sha256; secret \"QpNQEs8f2BA3ftPEwbalfh140SXg0S8+nAm2K4O6DnQ=\"; };";

static void read_answer(const uint8_t *data, size_t size)
{
	static const struct in6_addr blog = {.s6_addr = {0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0xa7,
							 0xdb, 0xc4, 0x68, 0x5f, 0x28, 0x2f, 0x1e}};
	struct v6_dns_entry entry = {.name = "blog.example.org", .address = blog};
	struct v6_dns_update update = {
		.verb = V6_DNS_ADD, .zone = "example.org", .entries = &entry, .n = 1, .ttl_s = 60};
	struct v6_dns_message message;
	struct v6_dns_answer answer;
	struct v6_dns_key key;

	must(v6_dns_key_parse(key_text, &key, NULL) == 0);
	must(v6_dns_message_make(&update, &key, MESSAGE_ID, MESSAGE_WHEN, &message) == 0);
	answer = v6_dns_answer_read(&message, &key, data, size, MESSAGE_WHEN);
	must(*v6_dns_code_name(answer.code));
	/* anybody else's signature is a find */
	must(answer.verdict != V6_DNS_SIGNED || (size == 108 && answer.code == 0));
	must(answer.verdict == V6_DNS_STRANGE || (data[0] == 0x3c && data[1] == 0xa7));
}

static void read_key(const char *text)
{
	struct v6_dns_key key;
	struct v6_error err;
	int ret = v6_dns_key_parse(text, &key, &err);

	fuzz_check(ret, &err);
	if (ret < 0)
		return;
	must(key.size >= V6_DNS_SECRET_MIN && key.size <= V6_DNS_SECRET_MAX);
	must(*key.name && strlen(key.name) < V6_NAME_MAX && fuzz_is_harmless(key.name));
}

static void read_note(char *text)
{
	struct v6_dns_note note;
	struct v6_dns_name name;

	if (v6_dns_note_parse(text, &note) < 0)
		return;
	must(*note.place.zone && *note.place.key && *note.entry.name);
	name = v6_dns_owner(&note.entry);
	must(strnlen(name.s, sizeof(name.s)) < sizeof(name.s));
	if (v6_dns_name_in(note.entry.name, note.place.zone, &name))
		must(strnlen(name.s, sizeof(name.s)) < V6_NAME_MAX);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text;

	if (size == 0)
		return 0;
	if (data[0] == 'a') {
		/* of just its size */
		text = fuzz_text(data + 1, size - 1);
		read_answer((const uint8_t *)text, size - 1);
	} else {
		text = fuzz_text(data + 1, size - 1);
		if (data[0] == 'k')
			read_key(text);
		else
			read_note(text);
	}
	free(text);
	return 0;
}
