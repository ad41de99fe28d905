/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The key that updates of DNS are signed with, as the tools of DNS servers write it. */
#ifndef V6_NAMES_DNS_KEY_H
#define V6_NAMES_DNS_KEY_H

#include <libv6/base.h>

/* Longest path of a key's file, without the NUL */
#define V6_DNS_KEY_PATH_MAX 255
/* Bytes of a secret: RFC 8945 section 8 wants as many as a digest has, and a shorter one is guessed
 * sooner; the longest that anybody makes
 */
#define V6_DNS_SECRET_MIN 16
#define V6_DNS_SECRET_MAX 128

/* struct v6_dns_key - @name: in small letters, without a dot at its end; @secret: @size bytes */
struct v6_dns_key {
	char name[V6_NAME_MAX + 1];
	uint8_t secret[V6_DNS_SECRET_MAX];
	size_t size;
};

/**
 * v6_dns_key_parse() - Read a key
 * @text:	What tsig-keygen or `keymgr -t` prints: BIND's clause `key`, or a list `key:` of one
 * @ret_key:	Set on success
 * @err:	NULL, or filled in on failure only; it never has a part of the secret
 *
 * Return: 0 or -EINVAL (also: an algorithm other than hmac-sha256, or several keys)
 */
int v6_dns_key_parse(const char *text, struct v6_dns_key *ret_key, struct v6_error *err);

/**
 * v6_dns_key_load() - Read a key's file, which is root's, and which nobody else may write, nor
 * others than its group read
 * @path:	It
 * @ret_key:	Set on success
 * @err:	NULL, or filled in on failure only; it begins with @path
 *
 * Return: 0, -EPERM (its owner or its permissions), -EINVAL or another negative errno
 */
int v6_dns_key_load(const char *path, struct v6_dns_key *ret_key, struct v6_error *err);

#endif
