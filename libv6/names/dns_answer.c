/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Make sense of what claims to be the answer to an update of DNS. */
#include <ctype.h>
#include <string.h>

#include "base/cleanup.h"
#include "names/dns_answer.h"

#define POINTER	       0xc0
#define FLAG_ANSWER    0x80
#define FLAG_TRUNCATED 0x02

const char *v6_dns_code_name(unsigned int code)
{
	static const char *const names[] = {
		"NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP",	 "REFUSED", "YXDOMAIN",
		"YXRRSET", "NXRRSET", "NOTAUTH",  "NOTZONE",  NULL,	 NULL,	    NULL,
		NULL,	   NULL,      "BADSIG",	  "BADKEY",   "BADTIME",
	};

	return code < V6_ARRAY_SIZE(names) && names[code] ? names[code] : "unknown response code";
}

const char *v6_dns_code_advice(unsigned int code)
{
	switch (code) {
	case V6_DNS_NOTAUTH:
	case V6_DNS_NOTZONE:
		return "it is not the primary server of that zone; correct \"server\" or \"zone\"";
	case V6_DNS_BADTIME:
		return "its clock and that of this host differ; set both right";
	case V6_DNS_REFUSED:
		return "let the key change the zone";
	default:
		return "see its log";
	}
}

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
			label = (label & V6_DNS_LABEL_MAX) << 8 | get_8(&at);
			after = after ? after : at.at;
			at.bad |= label >= at.at - 2;
			at.at = at.bad ? at.at : label;
			continue;
		}
		bytes = get_bytes(&at, label);
		at.bad |= label > V6_DNS_LABEL_MAX || used + label + 1 >= sizeof(ret_name->s);
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
static bool get_signature(struct reader *r, const struct v6_dns_key *key,
			  struct v6_dns_signature *ret_s)
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
	return !r->bad && r->at == r->size && type == V6_DNS_TYPE_TSIG &&
	       class == V6_DNS_CLASS_ANY && ttl == 0 && strcmp(name.s, key->name) == 0 &&
	       strcmp(method.s, v6_dns_algorithm) == 0;
}

/* is_same_mac() - in a time that does not depend on where they differ */
static bool is_same_mac(const struct v6_dns_signature *s, const uint8_t mac[V6_SHA256_SIZE])
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
		       const uint8_t *data, size_t body, const struct v6_dns_signature *s)
{
	uint8_t header[V6_DNS_HEADER_SIZE], mac[V6_SHA256_SIZE];
	unsigned int additional = data[10] * 256U + data[11] - 1;

	memcpy(header, data, sizeof(header));
	header[10] = (uint8_t)(additional >> 8);
	header[11] = (uint8_t)additional;
	v6_dns_mac(key, message->mac, header, data + V6_DNS_HEADER_SIZE, body - V6_DNS_HEADER_SIZE,
		   s, mac);
	return is_same_mac(s, mac);
}

/* is_timely() - RFC 8945 section 5.2.3; BADTIME tells of clocks that are apart itself */
static bool is_timely(const struct v6_dns_signature *s, int64_t now_s)
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
	       (flags >> 3 & 0xf) == V6_DNS_OPCODE_UPDATE;
}

struct v6_dns_answer v6_dns_answer_read(const struct v6_dns_message *message,
					const struct v6_dns_key *key, const uint8_t *data,
					size_t size, int64_t now_s)
{
	struct v6_dns_answer answer = {.verdict = V6_DNS_STRANGE};
	struct reader r = {.bytes = data, .size = size};
	struct v6_dns_signature s = {.mac = NULL};
	unsigned int counts[4];
	size_t body;

	if (!is_answer_to(message, &r, &answer, counts))
		return answer;
	answer.verdict = V6_DNS_UNSIGNED;
	if (counts[3] == 0)
		return answer;
	skip_records(&r, counts[0], counts[1] + counts[2] + counts[3]);
	body = r.at;
	if (r.bad || !get_signature(&r, key, &s))
		return answer;
	if (s.error)
		answer.code = s.error;
	if (s.mac_size == 0)
		return answer;
	answer.verdict = s.original_id == message->id && is_genuine(message, key, data, body, &s) &&
					 is_timely(&s, now_s)
				 ? V6_DNS_SIGNED
				 : V6_DNS_FORGED;
	return answer;
}
