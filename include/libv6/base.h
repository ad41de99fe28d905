/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What every room shares: errors, IPv6 prefixes, protocols.
 *
 * Conventions of the whole library: a function that can fail returns 0 or a negative errno; outputs
 * are named ret_*, come last but for @err, and are touched on success only; ports are in host order
 * unless the name ends in _be; nothing here logs, exits or keeps global state.
 */
#ifndef LIBV6_BASE_H
#define LIBV6_BASE_H

#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define V6_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))
#else
#define V6_PRINTF(fmt, args)
#endif

/**
 * struct v6_error - Why something failed, for a person
 * @code:	Negative errno, the same value that the failing function returned
 * @text:	"object: what failed: cause; what to do", one line without control characters, cut
 *		at a character's boundary where it is too long
 *
 * Owned by the caller, no allocation. Every @err parameter may be NULL.
 */
struct v6_error {
	int code;
	char text[512];
};

/**
 * v6_fail() - Fill in an error at the place that knows its cause
 * @err:	NULL, or overwritten
 * @code:	Negative errno
 * @fmt:	As printf(); control characters in the result become '?'
 *
 * Return: @code
 */
int v6_fail(struct v6_error *err, int code, const char *fmt, ...) V6_PRINTF(3, 4);

/**
 * v6_context() - Put "context: " before the text of an error that is on its way up
 * @err:	NULL, or filled in already
 * @code:	Negative errno that the failed call returned
 * @fmt:	As printf()
 *
 * Return: @code
 */
int v6_context(struct v6_error *err, int code, const char *fmt, ...) V6_PRINTF(3, 4);

/**
 * v6_strerror() - Words for an errno, as strerror(), but for those that engines take for their own
 * @code:	An errno, positive or negative
 *
 * podman makes exit status 127 and 126 of the usual words for ENOENT and EACCES.
 *
 * Return: static string
 */
const char *v6_strerror(int code);

/**
 * struct v6_prefix - IPv6 prefix, RFC 4291 section 2.3
 * @address:	Any address in it; bits after @length may be set
 * @length:	0..128
 */
struct v6_prefix {
	struct in6_addr address;
	uint8_t length;
};

/* Link-layer addresses, as Ethernet has them. */
#define V6_MAC_SIZE 6

/* Longest container id accepted, without the NUL: what fits an element's comment in nft's syntax.
 */
#define V6_ID_MAX 127
/* Characters of an id that messages show, as engines do. */
#define V6_ID_SHORT 12
/* Longest service name accepted, without the NUL: RFC 1035 section 2.3.4, in text form, and the dot
 * behind an absolute one.
 */
#define V6_NAME_MAX 254

/**
 * v6_protocol_name() - "tcp", "udp" or "sctp"
 * @protocol:	IPPROTO_*
 *
 * Return: static string, "?" for any other protocol
 */
const char *v6_protocol_name(uint8_t protocol);

#ifdef __cplusplus
}
#endif

#endif
