/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SHA-256 of short texts, FIPS 180-4. */
#ifndef V6_BASE_SHA256_H
#define V6_BASE_SHA256_H

#include <stddef.h>
#include <stdint.h>

#define V6_SHA256_SIZE 32

/* What fits: names are shorter, and nothing else is digested */
#define V6_SHA256_INPUT_MAX 503

/**
 * v6_sha256() - Digest a text
 * @data:	@size bytes, at most V6_SHA256_INPUT_MAX
 * @ret_digest:	Set; may be @data
 */
void v6_sha256(const void *data, size_t size, uint8_t ret_digest[V6_SHA256_SIZE]);

#endif
