/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Write updates of DNS, and make sense of what claims to be their answer. */
#include <ctype.h>
#include <endian.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/address.h"
#include "base/cleanup.h"
#include "names/dns_message.h"

/* RFC 1035 sections 2.3.4, 3.2, 4.1; RFC 2136 section 2 */
#define HEADER_SIZE    12
#define WIRE_NAME_MAX  255
#define LABEL_MAX      63
#define POINTER	       0xc0
#define FLAG_ANSWER    0x80
#define FLAG_TRUNCATED 0x02
#define OPCODE_UPDATE  5
#define TYPE_SOA       6
#define TYPE_PTR       12
#define TYPE_AAAA      28
#define TYPE_TSIG      250
#define CLASS_IN       1
#define CLASS_NONE     254
#define CLASS_ANY      255

/* RFC 8945 section 10 recommends it: how far two clocks may be apart */
#define FUDGE_S 300

static const char algorithm[] = "hmac-sha256";

const char *v6_dns_code_name(unsigned int code)
{
	static const char *const names[] = {
		"NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP",	 "REFUSED", "YXDOMAIN",
		"YXRRSET", "NXRRSET", "NOTAUTH",  "NOTZONE",  NULL,	 NULL,	    NULL,
		NULL,	   NULL,      "BADSIG",	  "BADKEY",   "BADTIME",
	};

	return code < V6_ARRAY_SIZE(names) && names[code] ? names[code] : "unknown response code";
}

/*
 * Names
 */

bool v6_dns_entry_equal(const struct v6_dns_entry *a, const struct v6_dns_entry *b)
{
	return a->reverse == b->reverse && v6_address_equal(&a->address, &b->address) &&
	       strcmp(a->name, b->name) == 0;
}

struct v6_dns_name v6_dns_reverse_name(const struct in6_addr *address, unsigned int length)
{
	static const char digits[] = "0123456789abcdef";
	struct v6_dns_name name;
	unsigned int i, nibble;
	size_t used = 0;

	for (i = length / 4; i-- > 0;) {
		nibble = i % 2 ? address->s6_addr[i / 2] & 0xf : address->s6_addr[i / 2] >> 4;
		name.s[used++] = digits[nibble];
		name.s[used++] = '.';
	}
	strcpy(name.s + used, "ip6.arpa");
	return name;
}

struct v6_dns_name v6_dns_owner(const struct v6_dns_entry *entry)
{
	struct v6_dns_name name;

	if (entry->reverse)
		return v6_dns_reverse_name(&entry->address, 128);
	memcpy(name.s, entry->name, sizeof(name.s));
	return name;
}

bool v6_dns_name_in(const char *service, const char *zone, struct v6_dns_name *ret_name)
{
	size_t size = strlen(service), below = strlen(zone), i;
	struct v6_dns_name name;
	int n;

	if (size > 0 && service[size - 1] == '.')
		size--;
	else if (!strchr(service, '.'))
		below = 0;
	n = snprintf(name.s, sizeof(name.s), "%.*s%s%s", (int)size, service, below ? "" : ".",
		     below ? "" : zone);
	if (n < 0 || n >= V6_NAME_MAX)
		return false;
	for (i = 0; name.s[i]; i++)
		name.s[i] = (char)tolower((unsigned char)name.s[i]);
	if (below && (size < below + 2 || name.s[size - below - 1] != '.' ||
		      strcmp(name.s + size - below, zone) != 0))
		return false;
	*ret_name = name;
	return true;
}

/*
 * Writing
 */

/* struct writer - a message that is being written; @full: there was no room, or a name was none */
struct writer {
	uint8_t *bytes;
	size_t size, room;
	bool full;
};

static void write_bytes(struct writer *w, const void *bytes, size_t size)
{
	w->full |= size > w->room - w->size;
	if (w->full)
		return;
	memcpy(w->bytes + w->size, bytes, size);
	w->size += size;
}

static void write_8(struct writer *w, unsigned int value)
{
	uint8_t byte = (uint8_t)value;

	write_bytes(w, &byte, 1);
}

static void write_16(struct writer *w, unsigned int value)
{
	write_8(w, value >> 8);
	write_8(w, value & 0xff);
}

static void write_32(struct writer *w, uint32_t value)
{
	write_16(w, value >> 16);
	write_16(w, value & 0xffff);
}

/* write_time() - RFC 8945 section 4.2: 48 bits */
static void write_time(struct writer *w, int64_t time_s)
{
	write_16(w, (unsigned int)(time_s >> 32) & 0xffff);
	write_32(w, (uint32_t)time_s);
}

static void write_dns_name(struct writer *w, const char *name)
{
	size_t label;

	w->full |= strlen(name) > WIRE_NAME_MAX - 2;
	for (; *name && !w->full; name += label + (name[label] == '.')) {
		label = strcspn(name, ".");
		w->full |= label == 0 || label > LABEL_MAX;
		write_8(w, (unsigned int)label);
		write_bytes(w, name, label);
	}
	write_8(w, 0);
}

static void write_head(struct writer *w, const char *name, unsigned int type, unsigned int class,
		       uint32_t ttl)
{
	write_dns_name(w, name);
	write_16(w, type);
	write_16(w, class);
	write_32(w, ttl);
}

static unsigned int type_of(const struct v6_dns_entry *entry)
{
	return entry->reverse ? TYPE_PTR : TYPE_AAAA;
}

/* write_entry() - its record, whole */
static void write_entry(struct writer *w, const struct v6_dns_entry *entry, unsigned int class,
			uint32_t ttl)
{
	size_t at;

	write_head(w, v6_dns_owner(entry).s, type_of(entry), class, ttl);
	write_16(w, 0);
	at = w->size;
	if (entry->reverse)
		write_dns_name(w, entry->name);
	else
		write_bytes(w, &entry->address, sizeof(entry->address));
	if (w->full)
		return;
	w->bytes[at - 1] = (uint8_t)(w->size - at);
}

/* write_update() - RFC 2136 sections 2.3 to 2.5, with TTLs and classes as these have them */
static void write_update(struct writer *w, const struct v6_dns_update *update)
{
	const struct v6_dns_entry *entry = &update->entry;

	write_dns_name(w, update->zone);
	write_16(w, TYPE_SOA);
	write_16(w, CLASS_IN);
	switch (update->verb) {
	case V6_DNS_ADD:
		write_head(w, v6_dns_owner(entry).s, type_of(entry), CLASS_NONE, 0);
		write_16(w, 0);
		write_entry(w, entry, CLASS_IN, (uint32_t)update->ttl_s);
		break;
	case V6_DNS_HAS:
		write_entry(w, entry, CLASS_IN, 0);
		break;
	case V6_DNS_REMOVE:
		write_entry(w, entry, CLASS_NONE, 0);
		break;
	}
}

static void write_header(struct writer *w, uint16_t id, enum v6_dns_verb verb)
{
	write_16(w, id);
	write_16(w, OPCODE_UPDATE << 11);
	write_16(w, 1);
	write_16(w, verb != V6_DNS_REMOVE);
	write_16(w, verb != V6_DNS_HAS);
	write_16(w, 0);
}

/*
 * Signing
 */

/* struct signature - what a TSIG record says beside the key's name */
struct signature {
	int64_t time_s;
	unsigned int fudge_s;
	const uint8_t *mac;
	size_t mac_size;
	unsigned int original_id;
	unsigned int error;
	const uint8_t *other;
	size_t other_size;
};

/* make_mac() - RFC 8945 section 4.3. @asked: of an answer, the message, whose signature comes first
 */
static void make_mac(const struct v6_dns_key *key, const struct v6_dns_message *asked,
		     const void *header, const uint8_t *rest, size_t rest_size,
		     const struct signature *s, uint8_t ret_mac[V6_SHA256_SIZE])
{
	static const uint8_t mac_size[] = {0, V6_SHA256_SIZE};
	uint8_t variables[2 * WIRE_NAME_MAX + 64];
	struct writer w = {.bytes = variables, .room = sizeof(variables)};
	struct v6_hmac hmac;

	write_dns_name(&w, key->name);
	write_16(&w, CLASS_ANY);
	write_32(&w, 0);
	write_dns_name(&w, algorithm);
	write_time(&w, s->time_s);
	write_16(&w, s->fudge_s);
	write_16(&w, s->error);
	write_16(&w, (unsigned int)s->other_size);

	v6_hmac_begin(&hmac, key->secret, key->size);
	if (asked) {
		v6_hmac_add(&hmac, mac_size, sizeof(mac_size));
		v6_hmac_add(&hmac, asked->mac, sizeof(asked->mac));
	}
	v6_hmac_add(&hmac, header, HEADER_SIZE);
	v6_hmac_add(&hmac, rest, rest_size);
	v6_hmac_add(&hmac, w.bytes, w.size);
	v6_hmac_add(&hmac, s->other, s->other_size);
	v6_hmac_end(&hmac, ret_mac);
}

static void write_signature(struct writer *w, const struct v6_dns_key *key,
			    const struct signature *s)
{
	size_t at;

	write_head(w, key->name, TYPE_TSIG, CLASS_ANY, 0);
	write_16(w, 0);
	at = w->size;
	write_dns_name(w, algorithm);
	write_time(w, s->time_s);
	write_16(w, s->fudge_s);
	write_16(w, (unsigned int)s->mac_size);
	write_bytes(w, s->mac, s->mac_size);
	write_16(w, s->original_id);
	write_16(w, s->error);
	write_16(w, 0);
	if (w->full)
		return;
	w->bytes[at - 1] = (uint8_t)(w->size - at);
	w->bytes[HEADER_SIZE - 1]++;
}

int v6_dns_message_make(const struct v6_dns_update *update, const struct v6_dns_key *key,
			uint16_t id, int64_t now_s, struct v6_dns_message *ret_message)
{
	struct v6_dns_message message = {.id = id};
	struct writer w = {.bytes = message.bytes, .room = sizeof(message.bytes)};
	struct signature s = {.time_s = now_s,
			      .fudge_s = FUDGE_S,
			      .mac = message.mac,
			      .mac_size = sizeof(message.mac),
			      .original_id = id};

	write_header(&w, id, update->verb);
	write_update(&w, update);
	if (w.full)
		return -EINVAL;
	make_mac(key, NULL, w.bytes, w.bytes + HEADER_SIZE, w.size - HEADER_SIZE, &s, message.mac);
	write_signature(&w, key, &s);
	if (w.full)
		return -EINVAL;
	message.size = w.size;
	*ret_message = message;
	return 0;
}

/*
 * Reading
 */

/* struct reader - a message that is being read, up to @size; @bad: it is none */
struct reader {
	const uint8_t *bytes;
	size_t at, size;
	bool bad;
};

static const uint8_t *get_bytes(struct reader *r, size_t size)
{
	const uint8_t *bytes = r->bytes + r->at;

	r->bad |= size > r->size - r->at;
	if (r->bad)
		return NULL;
	r->at += size;
	return bytes;
}

static unsigned int get_8(struct reader *r)
{
	const uint8_t *byte = get_bytes(r, 1);

	return byte ? *byte : 0;
}

static unsigned int get_16(struct reader *r)
{
	unsigned int high = get_8(r);

	return high << 8 | get_8(r);
}

static uint32_t get_32(struct reader *r)
{
	uint32_t high = get_16(r);

	return high << 16 | get_16(r);
}

static int64_t get_time(struct reader *r)
{
	int64_t high = get_16(r);

	return high << 32 | get_32(r);
}

/* get_name() - @ret_name: in small letters, dots between its labels; a dot in a label, which only
 * has the name be another one, is as good as one between
 */
static void get_name(struct reader *r, struct v6_dns_name *ret_name)
{
	struct reader at = *r;
	size_t used = 0, after = 0, i;
	unsigned int label;
	const uint8_t *bytes;

	while ((label = get_8(&at)) > 0) {
		if ((label & POINTER) == POINTER) {
			/* backwards only, so that it ends */
			label = (label & LABEL_MAX) << 8 | get_8(&at);
			after = after ? after : at.at;
			at.bad |= label >= at.at - 2;
			at.at = at.bad ? at.at : label;
			continue;
		}
		bytes = get_bytes(&at, label);
		at.bad |= label > LABEL_MAX || used + label + 1 >= sizeof(ret_name->s);
		for (i = 0; i < label && !at.bad; i++)
			ret_name->s[used++] = (char)tolower(bytes[i]);
		if (at.bad)
			break;
		ret_name->s[used++] = '.';
	}
	ret_name->s[used > 0 ? used - 1 : 0] = '\0';
	r->bad |= at.bad;
	if (!r->bad)
		r->at = after ? after : at.at;
}

/* skip_records() - up to the one that comes last, which @at is of then */
static void skip_records(struct reader *r, unsigned int zones, unsigned int records)
{
	struct v6_dns_name name;

	for (; zones > 0 && !r->bad; zones--) {
		get_name(r, &name);
		get_bytes(r, 4);
	}
	for (; records > 1 && !r->bad; records--) {
		get_name(r, &name);
		get_bytes(r, 8);
		get_bytes(r, get_16(r));
	}
}

/* get_signature() - Return: whether the rest is a TSIG record of this key, and nothing else */
static bool get_signature(struct reader *r, const struct v6_dns_key *key, struct signature *ret_s)
{
	struct v6_dns_name name, method;
	unsigned int type, class, size;
	uint32_t ttl;

	get_name(r, &name);
	type = get_16(r);
	class = get_16(r);
	ttl = get_32(r);
	size = get_16(r);
	r->bad |= size != r->size - r->at;
	get_name(r, &method);
	ret_s->time_s = get_time(r);
	ret_s->fudge_s = get_16(r);
	ret_s->mac_size = get_16(r);
	ret_s->mac = get_bytes(r, ret_s->mac_size);
	ret_s->original_id = get_16(r);
	ret_s->error = get_16(r);
	ret_s->other_size = get_16(r);
	ret_s->other = get_bytes(r, ret_s->other_size);
	return !r->bad && r->at == r->size && type == TYPE_TSIG && class == CLASS_ANY && ttl == 0 &&
	       strcmp(name.s, key->name) == 0 && strcmp(method.s, algorithm) == 0;
}

/* is_same_mac() - in a time that does not depend on where they differ */
static bool is_same_mac(const struct signature *s, const uint8_t mac[V6_SHA256_SIZE])
{
	unsigned int differ = 0;
	size_t i;

	if (s->mac_size != V6_SHA256_SIZE)
		return false;
	for (i = 0; i < V6_SHA256_SIZE; i++)
		differ |= (unsigned int)(s->mac[i] ^ mac[i]);
	return differ == 0;
}

/* is_genuine() - @body: size of the answer without its TSIG record */
static bool is_genuine(const struct v6_dns_message *message, const struct v6_dns_key *key,
		       const uint8_t *data, size_t body, const struct signature *s)
{
	uint8_t header[HEADER_SIZE], mac[V6_SHA256_SIZE];
	unsigned int additional = data[10] * 256U + data[11] - 1;

	memcpy(header, data, sizeof(header));
	header[10] = (uint8_t)(additional >> 8);
	header[11] = (uint8_t)additional;
	make_mac(key, message, header, data + HEADER_SIZE, body - HEADER_SIZE, s, mac);
	return is_same_mac(s, mac);
}

/* is_timely() - RFC 8945 section 5.2.3; BADTIME tells of clocks that are apart itself */
static bool is_timely(const struct signature *s, int64_t now_s)
{
	int64_t apart = s->time_s > now_s ? s->time_s - now_s : now_s - s->time_s;

	return apart <= s->fudge_s || s->error == V6_DNS_BADTIME;
}

/* is_answer_to() - the header's part of it; @ret_counts: of its four sections */
static bool is_answer_to(const struct v6_dns_message *message, struct reader *r,
			 struct v6_dns_answer *answer, unsigned int ret_counts[4])
{
	unsigned int id = get_16(r), flags = get_8(r), i;

	answer->code = get_8(r) & 0xf;
	answer->truncated = flags & FLAG_TRUNCATED;
	for (i = 0; i < 4; i++)
		ret_counts[i] = get_16(r);
	return !r->bad && id == message->id && (flags & FLAG_ANSWER) &&
	       (flags >> 3 & 0xf) == OPCODE_UPDATE;
}

struct v6_dns_answer v6_dns_answer_read(const struct v6_dns_message *message,
					const struct v6_dns_key *key, const uint8_t *data,
					size_t size, int64_t now_s)
{
	struct v6_dns_answer answer = {.verdict = V6_DNS_STRANGE};
	struct reader r = {.bytes = data, .size = size};
	struct signature s = {.mac = NULL};
	unsigned int counts[4];
	size_t body;

	if (!is_answer_to(message, &r, &answer, counts))
		return answer;
	answer.verdict = V6_DNS_UNSIGNED;
	if (counts[3] == 0)
		return answer;
	skip_records(&r, counts[0], counts[1] + counts[2] + counts[3]);
	body = r.at;
	if (r.bad || !get_signature(&r, key, &s) || s.original_id != message->id)
		return answer;
	if (s.error)
		answer.code = s.error;
	if (s.mac_size == 0)
		return answer;
	answer.verdict = is_genuine(message, key, data, body, &s) && is_timely(&s, now_s)
				 ? V6_DNS_SIGNED
				 : V6_DNS_FORGED;
	return answer;
}
