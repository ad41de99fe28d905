/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * SHA-256. A library would cost each start of a container eight system calls to load it, also where
 * no name is ever digested.
 */
#include <assert.h>
#include <endian.h>
#include <string.h>

#include "base/sha256.h"

#define BLOCK_SIZE 64
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

void v6_sha256(const void *data, size_t size, uint8_t ret_digest[V6_SHA256_SIZE])
{
	uint32_t hash[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
			    0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
	uint8_t padded[V6_SHA256_INPUT_MAX + 1 + sizeof(uint64_t)] = {0};
	size_t blocks = (size + 1 + sizeof(uint64_t) + BLOCK_SIZE - 1) / BLOCK_SIZE, i;
	uint64_t bits = htobe64((uint64_t)size * 8);

	assert(size <= V6_SHA256_INPUT_MAX);
	memcpy(padded, data, size);
	padded[size] = 0x80;
	memcpy(padded + blocks * BLOCK_SIZE - sizeof(bits), &bits, sizeof(bits));
	for (i = 0; i < blocks; i++)
		digest_block(padded + i * BLOCK_SIZE, hash);
	for (i = 0; i < 8; i++)
		hash[i] = htobe32(hash[i]);
	memcpy(ret_digest, hash, V6_SHA256_SIZE);
}
