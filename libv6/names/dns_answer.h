/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Answers to updates of DNS, as untrusted bytes. */
#ifndef V6_NAMES_DNS_ANSWER_H
#define V6_NAMES_DNS_ANSWER_H

#include "names/dns_message.h"

/* Longest answer that is read: a server may repeat in it what was asked */
#define V6_DNS_ANSWER_MAX V6_DNS_MESSAGE_MAX

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

/* v6_dns_code_advice() - what to do about one of those that are not NOERROR */
const char *v6_dns_code_advice(unsigned int code);

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
