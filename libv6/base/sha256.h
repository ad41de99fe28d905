/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SHA-256 (FIPS 180-4), and messages signed with it (HMAC, RFC 2104). */
#ifndef V6_BASE_SHA256_H
#define V6_BASE_SHA256_H

#include <stddef.h>
#include <stdint.h>

#define V6_SHA256_SIZE	     32
#define V6_SHA256_BLOCK_SIZE 64

/* struct v6_sha256 - a digest that is being made of @size bytes so far */
struct v6_sha256 {
	uint32_t hash[8];
	uint8_t block[V6_SHA256_BLOCK_SIZE];
	uint64_t size;
};

/* Begin a digest, add what is digested in any number of pieces, and end it; once */
void v6_sha256_begin(struct v6_sha256 *sha);
void v6_sha256_add(struct v6_sha256 *sha, const void *data, size_t size);
void v6_sha256_end(struct v6_sha256 *sha, uint8_t ret_digest[V6_SHA256_SIZE]);

/* v6_sha256() - Digest a text of @size bytes; @ret_digest may be @data */
void v6_sha256(const void *data, size_t size, uint8_t ret_digest[V6_SHA256_SIZE]);

/* struct v6_hmac - a signature that is being made */
struct v6_hmac {
	struct v6_sha256 inner, outer;
};

/* Begin a signature with a key of @size bytes, add what is signed in pieces, and end it; once */
void v6_hmac_begin(struct v6_hmac *hmac, const void *key, size_t size);
void v6_hmac_add(struct v6_hmac *hmac, const void *data, size_t size);
void v6_hmac_end(struct v6_hmac *hmac, uint8_t ret_mac[V6_SHA256_SIZE]);

#endif
