/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The parts that messages of DNS are made of, and their signature. */
#ifndef V6_NAMES_DNS_WIRE_H
#define V6_NAMES_DNS_WIRE_H

#include <stdbool.h>

#include "base/sha256.h"
#include "names/dns_key.h"

/* RFC 1035 sections 2.3.4, 3.2, 4.1; RFC 2136 section 2; RFC 8945 section 4.2 */
#define V6_DNS_HEADER_SIZE   12
#define V6_DNS_WIRE_NAME_MAX 255
#define V6_DNS_LABEL_MAX     63
#define V6_DNS_OPCODE_UPDATE 5
#define V6_DNS_TYPE_TSIG     250
#define V6_DNS_CLASS_ANY     255

/* The one that keys are for */
extern const char v6_dns_algorithm[];

/* struct v6_dns_writer - a message that is being written; @full: there was no room, or a name was
 * none. What is put there then changes nothing
 */
struct v6_dns_writer {
	uint8_t *bytes;
	size_t size, room;
	bool full;
};

void v6_dns_put(struct v6_dns_writer *w, const void *bytes, size_t size);
void v6_dns_put_8(struct v6_dns_writer *w, unsigned int value);
void v6_dns_put_16(struct v6_dns_writer *w, unsigned int value);
void v6_dns_put_32(struct v6_dns_writer *w, uint32_t value);
void v6_dns_put_time(struct v6_dns_writer *w, int64_t time_s);
void v6_dns_put_name(struct v6_dns_writer *w, const char *name);

/* struct v6_dns_signature - what a TSIG record says beside the key's name */
struct v6_dns_signature {
	int64_t time_s;
	unsigned int fudge_s;
	const uint8_t *mac;
	size_t mac_size;
	unsigned int original_id;
	unsigned int error;
	const uint8_t *other;
	size_t other_size;
};

/**
 * v6_dns_mac() - Sign a message (RFC 8945 section 4.3)
 * @asked_mac:	NULL or, if it is an answer, the signature of what was asked
 * @header:	The first V6_DNS_HEADER_SIZE bytes, as they are without the TSIG record
 * @rest:	@rest_size bytes: all others before that record
 */
void v6_dns_mac(const struct v6_dns_key *key, const uint8_t *asked_mac, const void *header,
		const uint8_t *rest, size_t rest_size, const struct v6_dns_signature *s,
		uint8_t ret_mac[V6_SHA256_SIZE]);

#endif
