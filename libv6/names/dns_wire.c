/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Write the parts that messages of DNS are made of, and sign them (TSIG, RFC 8945). */
#include <string.h>

#include "names/dns_wire.h"

const char v6_dns_algorithm[] = "hmac-sha256";

void v6_dns_put(struct v6_dns_writer *w, const void *bytes, size_t size)
{
	w->full |= size > w->room - w->size;
	if (w->full)
		return;
	memcpy(w->bytes + w->size, bytes, size);
	w->size += size;
}

void v6_dns_put_8(struct v6_dns_writer *w, unsigned int value)
{
	uint8_t byte = (uint8_t)value;

	v6_dns_put(w, &byte, 1);
}

void v6_dns_put_16(struct v6_dns_writer *w, unsigned int value)
{
	v6_dns_put_8(w, value >> 8);
	v6_dns_put_8(w, value & 0xff);
}

void v6_dns_put_32(struct v6_dns_writer *w, uint32_t value)
{
	v6_dns_put_16(w, value >> 16);
	v6_dns_put_16(w, value & 0xffff);
}

/* v6_dns_put_time() - RFC 8945 section 4.2: 48 bits */
void v6_dns_put_time(struct v6_dns_writer *w, int64_t time_s)
{
	v6_dns_put_16(w, (unsigned int)(time_s >> 32) & 0xffff);
	v6_dns_put_32(w, (uint32_t)time_s);
}

void v6_dns_put_name(struct v6_dns_writer *w, const char *name)
{
	size_t label;

	w->full |= strlen(name) > V6_DNS_WIRE_NAME_MAX - 2;
	for (; *name && !w->full; name += label + (name[label] == '.')) {
		label = strcspn(name, ".");
		w->full |= label == 0 || label > V6_DNS_LABEL_MAX;
		v6_dns_put_8(w, (unsigned int)label);
		v6_dns_put(w, name, label);
	}
	v6_dns_put_8(w, 0);
}

void v6_dns_mac(const struct v6_dns_key *key, const uint8_t *asked_mac, const void *header,
		const uint8_t *rest, size_t rest_size, const struct v6_dns_signature *s,
		uint8_t ret_mac[V6_SHA256_SIZE])
{
	static const uint8_t mac_size[] = {0, V6_SHA256_SIZE};
	uint8_t variables[2 * V6_DNS_WIRE_NAME_MAX + 64];
	struct v6_dns_writer w = {.bytes = variables, .room = sizeof(variables)};
	struct v6_hmac hmac;

	v6_dns_put_name(&w, key->name);
	v6_dns_put_16(&w, V6_DNS_CLASS_ANY);
	v6_dns_put_32(&w, 0);
	v6_dns_put_name(&w, v6_dns_algorithm);
	v6_dns_put_time(&w, s->time_s);
	v6_dns_put_16(&w, s->fudge_s);
	v6_dns_put_16(&w, s->error);
	v6_dns_put_16(&w, (unsigned int)s->other_size);

	v6_hmac_begin(&hmac, key->secret, key->size);
	if (asked_mac) {
		v6_hmac_add(&hmac, mac_size, sizeof(mac_size));
		v6_hmac_add(&hmac, asked_mac, V6_SHA256_SIZE);
	}
	v6_hmac_add(&hmac, header, V6_DNS_HEADER_SIZE);
	v6_hmac_add(&hmac, rest, rest_size);
	v6_hmac_add(&hmac, w.bytes, w.size);
	v6_hmac_add(&hmac, s->other, s->other_size);
	v6_hmac_end(&hmac, ret_mac);
}
