/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Messages of DNS UPDATE (RFC 2136), signed (TSIG, RFC 8945), and their answers. They send nothing.
 *
 * What is asked is so little that a server does it at most once, and only to an entry of our own:
 * a name gets an address if it has none, and loses exactly that one.
 */
#ifndef V6_NAMES_DNS_MESSAGE_H
#define V6_NAMES_DNS_MESSAGE_H

#include <stdbool.h>

#include "base/sha256.h"
#include "names/dns_key.h"

/* Longest message that is sent: four names of 255 bytes, and less than a third of it beside */
#define V6_DNS_MESSAGE_MAX 2048
/* Longest answer that is read; one to an update has no records but its signature */
#define V6_DNS_ANSWER_MAX 4096

/* Response codes: RFC 2136 section 2.2, RFC 8945 section 3 */
#define V6_DNS_NOERROR	0
#define V6_DNS_SERVFAIL 2
#define V6_DNS_REFUSED	5
#define V6_DNS_YXRRSET	7
#define V6_DNS_NXRRSET	8
#define V6_DNS_NOTAUTH	9
#define V6_DNS_NOTZONE	10
#define V6_DNS_BADSIG	16
#define V6_DNS_BADKEY	17
#define V6_DNS_BADTIME	18

/* v6_dns_code_name() - the name of one of these or of others of DNS, or "unknown response code" */
const char *v6_dns_code_name(unsigned int code);

/**
 * struct v6_dns_entry - What one update is about: that a name has an address, or the reverse
 * @name:	In small letters, without a dot at its end
 * @reverse:	It is the PTR record of @address with @name, else the AAAA record of @name
 */
struct v6_dns_entry {
	char name[V6_NAME_MAX + 1];
	struct in6_addr address;
	bool reverse;
};

bool v6_dns_entry_equal(const struct v6_dns_entry *a, const struct v6_dns_entry *b);

/* struct v6_dns_name - a name as text, by value, so that it can be an argument of printf() */
struct v6_dns_name {
	char s[V6_NAME_MAX + 1];
};

/* v6_dns_reverse_name() - the name of the first @length bits of an address, a multiple of 4, below
 * ip6.arpa (RFC 3596 section 2.5)
 */
struct v6_dns_name v6_dns_reverse_name(const struct in6_addr *address, unsigned int length);

/* v6_dns_owner() - the name below which the server has an entry */
struct v6_dns_name v6_dns_owner(const struct v6_dns_entry *entry);

/**
 * v6_dns_name_in() - The name that a service has in a zone
 * @service:	As in v6.host: a name below the zone, or one without dots
 * @zone:	In small letters, without a dot at its end
 * @ret_name:	In small letters, without a dot at its end
 *
 * Return: whether it has one
 */
bool v6_dns_name_in(const char *service, const char *zone, struct v6_dns_name *ret_name);

/* enum v6_dns_verb - what is asked of a server */
enum v6_dns_verb {
	V6_DNS_ADD,    /* add the entry if its owner has none of its type, else YXRRSET */
	V6_DNS_HAS,    /* nothing, if the owner has this entry and no other, else NXRRSET */
	V6_DNS_REMOVE, /* remove exactly this entry, if it is there */
};

/**
 * struct v6_dns_update - One update
 * @zone:	In small letters, without a dot at its end
 * @ttl_s:	Of an entry that is added
 */
struct v6_dns_update {
	enum v6_dns_verb verb;
	const char *zone;
	struct v6_dns_entry entry;
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

/* enum v6_dns_verdict - what is to be made of bytes that came */
enum v6_dns_verdict {
	V6_DNS_STRANGE,	 /* no answer to the message */
	V6_DNS_UNSIGNED, /* one that anybody can have sent; with BADKEY and BADSIG a server has to
			  */
	V6_DNS_FORGED,	 /* one with a signature that is wrong, or of another time */
	V6_DNS_SIGNED,	 /* the server's */
};

/**
 * struct v6_dns_answer - What an answer says; to be believed if it is V6_DNS_SIGNED
 * @code:	Response code, or the error of TSIG if there is one
 * @truncated:	It is to be asked for again by TCP
 */
struct v6_dns_answer {
	enum v6_dns_verdict verdict;
	unsigned int code;
	bool truncated;
};

/**
 * v6_dns_answer_read() - Check the answer to a message
 * @message:	That was sent
 * @data:	@size bytes, untrusted
 * @now_s:	Seconds since the epoch
 */
struct v6_dns_answer v6_dns_answer_read(const struct v6_dns_message *message,
					const struct v6_dns_key *key, const uint8_t *data,
					size_t size, int64_t now_s);

#endif
