/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Messages of DNS UPDATE (RFC 2136), signed (TSIG, RFC 8945).
 *
 * What is asked is so little that a server does it at most once, and only to entries of our own: a
 * name gets an address if it has none, and loses exactly that one.
 */
#ifndef V6_NAMES_DNS_MESSAGE_H
#define V6_NAMES_DNS_MESSAGE_H

#include "names/dns_entry.h"
#include "names/dns_wire.h"

/* Entries of one message */
#define V6_DNS_ENTRIES_MAX 32
/* Longest message: for each entry two names and 36 bytes more, and two names and 87 bytes beside
 */
#define V6_DNS_MESSAGE_MAX \
	(V6_DNS_ENTRIES_MAX * (2 * V6_DNS_WIRE_NAME_MAX + 36) + 2 * V6_DNS_WIRE_NAME_MAX + 87)

/* enum v6_dns_verb - what is asked of a server about each entry; it does it for all or for none */
enum v6_dns_verb {
	V6_DNS_ADD,    /* add the entry if its owner has none of its type, else YXRRSET */
	V6_DNS_HAS,    /* nothing, if the owner has this entry and no other, else NXRRSET */
	V6_DNS_REMOVE, /* remove exactly this entry, if it is there */
};

/**
 * struct v6_dns_update - One update
 * @zone:	In small letters, without a dot at its end
 * @entries:	@n of them, at most V6_DNS_ENTRIES_MAX, below different names; borrowed
 * @ttl_s:	Of an entry that is added
 */
struct v6_dns_update {
	enum v6_dns_verb verb;
	const char *zone;
	const struct v6_dns_entry *entries;
	size_t n;
	int ttl_s;
};

/* struct v6_dns_message - one that is sent: @size bytes; @id and @mac are what its answer has to
 * fit
 */
struct v6_dns_message {
	uint8_t bytes[V6_DNS_MESSAGE_MAX];
	size_t size;
	uint16_t id;
	uint8_t mac[V6_SHA256_SIZE];
};

/**
 * v6_dns_message_make() - Write and sign a message
 * @id:		Random
 * @now_s:	Seconds since the epoch
 *
 * Return: 0 or -EINVAL (names that are none)
 */
int v6_dns_message_make(const struct v6_dns_update *update, const struct v6_dns_key *key,
			uint16_t id, int64_t now_s, struct v6_dns_message *ret_message);

#endif
