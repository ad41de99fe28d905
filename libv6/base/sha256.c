/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * SHA-256, and HMAC with it. A library would cost each start of a container eight system calls to
 * load it, also where no name is ever digested.
 */
#include <endian.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/sha256.h"

#define BLOCK_SIZE V6_SHA256_BLOCK_SIZE
#define ROUNDS	   64

static const uint32_t round_constants[ROUNDS] = {
	0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4,
	0xab1c5ed5, 0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe,
	0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f,
	0x4a7484aa, 0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7,
	0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc,
	0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b,
	0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116,
	0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
	0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7,
	0xc67178f2,
};

static uint32_t rotate(uint32_t x, unsigned int n)
{
	return x >> n | x << (32 - n);
}

/* expand_block() - the 64 words that a block's 16 become */
static void expand_block(const uint8_t block[BLOCK_SIZE], uint32_t ret_words[ROUNDS])
{
	uint32_t *w = ret_words;
	size_t i;

	memcpy(w, block, BLOCK_SIZE);
	for (i = 0; i < 16; i++)
		w[i] = be32toh(w[i]);
	for (; i < ROUNDS; i++)
		w[i] = w[i - 16] + w[i - 7] +
		       (rotate(w[i - 15], 7) ^ rotate(w[i - 15], 18) ^ w[i - 15] >> 3) +
		       (rotate(w[i - 2], 17) ^ rotate(w[i - 2], 19) ^ w[i - 2] >> 10);
}

/* digest_block() - @s: a to h of the standard, in this order */
static void digest_block(const uint8_t block[BLOCK_SIZE], uint32_t hash[8])
{
	uint32_t w[ROUNDS], s[8], first, second;
	size_t i;

	expand_block(block, w);
	memcpy(s, hash, sizeof(s));
	for (i = 0; i < ROUNDS; i++) {
		first = s[7] + (rotate(s[4], 6) ^ rotate(s[4], 11) ^ rotate(s[4], 25)) +
			((s[4] & s[5]) ^ (~s[4] & s[6])) + round_constants[i] + w[i];
		second = (rotate(s[0], 2) ^ rotate(s[0], 13) ^ rotate(s[0], 22)) +
			 ((s[0] & s[1]) ^ (s[0] & s[2]) ^ (s[1] & s[2]));
		memmove(s + 1, s, 7 * sizeof(*s));
		s[4] += first;
		s[0] = first + second;
	}
	for (i = 0; i < 8; i++)
		hash[i] += s[i];
}

void v6_sha256_begin(struct v6_sha256 *sha)
{
	*sha = (struct v6_sha256){
		.hash = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c,
			 0x1f83d9ab, 0x5be0cd19},
	};
}

void v6_sha256_add(struct v6_sha256 *sha, const void *data, size_t size)
{
	const uint8_t *at = data;
	size_t used, n;

	while (size > 0) {
		used = sha->size % sizeof(sha->block);
		n = sizeof(sha->block) - used < size ? sizeof(sha->block) - used : size;
		memcpy(sha->block + used, at, n);
		sha->size += n;
		at += n;
		size -= n;
		if (used + n == sizeof(sha->block))
			digest_block(sha->block, sha->hash);
	}
}

void v6_sha256_end(struct v6_sha256 *sha, uint8_t ret_digest[V6_SHA256_SIZE])
{
	static const uint8_t padding[V6_SHA256_BLOCK_SIZE] = {0x80};
	uint64_t bits = htobe64(sha->size * 8);
	size_t used = sha->size % sizeof(sha->block), room = sizeof(sha->block) - sizeof(bits), i;

	v6_sha256_add(sha, padding, used < room ? room - used : room + sizeof(sha->block) - used);
	v6_sha256_add(sha, &bits, sizeof(bits));
	for (i = 0; i < V6_ARRAY_SIZE(sha->hash); i++)
		sha->hash[i] = htobe32(sha->hash[i]);
	memcpy(ret_digest, sha->hash, V6_SHA256_SIZE);
}

void v6_sha256(const void *data, size_t size, uint8_t ret_digest[V6_SHA256_SIZE])
{
	struct v6_sha256 sha;

	v6_sha256_begin(&sha);
	v6_sha256_add(&sha, data, size);
	v6_sha256_end(&sha, ret_digest);
}

void v6_hmac_begin(struct v6_hmac *hmac, const void *key, size_t size)
{
	uint8_t inner[V6_SHA256_BLOCK_SIZE] = {0}, outer[V6_SHA256_BLOCK_SIZE];
	size_t i;

	if (size > sizeof(inner))
		v6_sha256(key, size, inner);
	else if (size > 0)
		memcpy(inner, key, size);
	for (i = 0; i < sizeof(inner); i++) {
		outer[i] = inner[i] ^ 0x5c;
		inner[i] ^= 0x36;
	}
	v6_sha256_begin(&hmac->inner);
	v6_sha256_add(&hmac->inner, inner, sizeof(inner));
	v6_sha256_begin(&hmac->outer);
	v6_sha256_add(&hmac->outer, outer, sizeof(outer));
	explicit_bzero(inner, sizeof(inner));
	explicit_bzero(outer, sizeof(outer));
}

void v6_hmac_add(struct v6_hmac *hmac, const void *data, size_t size)
{
	v6_sha256_add(&hmac->inner, data, size);
}

void v6_hmac_end(struct v6_hmac *hmac, uint8_t ret_mac[V6_SHA256_SIZE])
{
	v6_sha256_end(&hmac->inner, ret_mac);
	v6_sha256_add(&hmac->outer, ret_mac, V6_SHA256_SIZE);
	v6_sha256_end(&hmac->outer, ret_mac);
	explicit_bzero(hmac, sizeof(*hmac));
}
