/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Write updates of DNS, and sign them. */
#include <errno.h>
#include <string.h>

#include "base/address.h"
#include "names/dns_message.h"

/* RFC 1035 section 3.2, RFC 3596 section 2.1, RFC 2136 section 2.4 */
#define TYPE_SOA   6
#define TYPE_PTR   12
#define TYPE_AAAA  28
#define CLASS_IN   1
#define CLASS_NONE 254

/* RFC 8945 section 10 recommends it: how far two clocks may be apart */
#define FUDGE_S 300

static void write_head(struct v6_dns_writer *w, const char *name, unsigned int type,
		       unsigned int class, uint32_t ttl)
{
	v6_dns_put_name(w, name);
	v6_dns_put_16(w, type);
	v6_dns_put_16(w, class);
	v6_dns_put_32(w, ttl);
}

static unsigned int type_of(const struct v6_dns_entry *entry)
{
	return entry->reverse ? TYPE_PTR : TYPE_AAAA;
}

/* write_entry() - its record, whole */
static void write_entry(struct v6_dns_writer *w, const struct v6_dns_entry *entry,
			unsigned int class, uint32_t ttl)
{
	size_t at;

	write_head(w, v6_dns_owner(entry).s, type_of(entry), class, ttl);
	v6_dns_put_16(w, 0);
	at = w->size;
	if (entry->reverse)
		v6_dns_put_name(w, entry->name);
	else
		v6_dns_put(w, &entry->address, sizeof(entry->address));
	if (w->full)
		return;
	w->bytes[at - 1] = (uint8_t)(w->size - at);
}

/* write_prerequisite() - RFC 2136 section 2.4, with its TTL and classes. Return: whether there is
 * one
 */
static bool write_prerequisite(struct v6_dns_writer *w, enum v6_dns_verb verb,
			       const struct v6_dns_entry *entry)
{
	switch (verb) {
	case V6_DNS_ADD:
		write_head(w, v6_dns_owner(entry).s, type_of(entry), CLASS_NONE, 0);
		v6_dns_put_16(w, 0);
		return true;
	case V6_DNS_HAS:
		write_entry(w, entry, CLASS_IN, 0);
		return true;
	case V6_DNS_REMOVE:
		break;
	}
	return false;
}

/* write_change() - RFC 2136 section 2.5. Return: whether there is one */
static bool write_change(struct v6_dns_writer *w, const struct v6_dns_update *update,
			 const struct v6_dns_entry *entry)
{
	if (update->verb == V6_DNS_HAS)
		return false;
	if (update->verb == V6_DNS_ADD)
		write_entry(w, entry, CLASS_IN, (uint32_t)update->ttl_s);
	else
		write_entry(w, entry, CLASS_NONE, 0);
	return true;
}

static void write_asked_zone(struct v6_dns_writer *w, const char *zone)
{
	v6_dns_put_name(w, zone);
	v6_dns_put_16(w, TYPE_SOA);
	v6_dns_put_16(w, CLASS_IN);
}

/* write_update() - all of it; the header comes last, which says how many there are */
static void write_update(struct v6_dns_writer *w, uint16_t id, const struct v6_dns_update *update)
{
	struct v6_dns_writer header = {.bytes = w->bytes, .room = V6_DNS_HEADER_SIZE};
	unsigned int prerequisites = 0, changes = 0;
	size_t i;

	w->size = V6_DNS_HEADER_SIZE;
	write_asked_zone(w, update->zone);
	for (i = 0; i < update->n; i++)
		prerequisites += write_prerequisite(w, update->verb, &update->entries[i]);
	for (i = 0; i < update->n; i++)
		changes += write_change(w, update, &update->entries[i]);
	v6_dns_put_16(&header, id);
	v6_dns_put_16(&header, V6_DNS_OPCODE_UPDATE << 11);
	v6_dns_put_16(&header, 1);
	v6_dns_put_16(&header, prerequisites);
	v6_dns_put_16(&header, changes);
	v6_dns_put_16(&header, 0);
}

static void write_signature(struct v6_dns_writer *w, const struct v6_dns_key *key,
			    const struct v6_dns_signature *s)
{
	size_t at;

	write_head(w, key->name, V6_DNS_TYPE_TSIG, V6_DNS_CLASS_ANY, 0);
	v6_dns_put_16(w, 0);
	at = w->size;
	v6_dns_put_name(w, v6_dns_algorithm);
	v6_dns_put_time(w, s->time_s);
	v6_dns_put_16(w, s->fudge_s);
	v6_dns_put_16(w, (unsigned int)s->mac_size);
	v6_dns_put(w, s->mac, s->mac_size);
	v6_dns_put_16(w, s->original_id);
	v6_dns_put_16(w, s->error);
	v6_dns_put_16(w, 0);
	if (w->full)
		return;
	w->bytes[at - 1] = (uint8_t)(w->size - at);
	w->bytes[V6_DNS_HEADER_SIZE - 1]++;
}

int v6_dns_message_make(const struct v6_dns_update *update, const struct v6_dns_key *key,
			uint16_t id, int64_t now_s, struct v6_dns_message *ret_message)
{
	struct v6_dns_message message = {.id = id};
	struct v6_dns_writer w = {.bytes = message.bytes, .room = sizeof(message.bytes)};
	struct v6_dns_signature s = {.time_s = now_s,
				     .fudge_s = FUDGE_S,
				     .mac = message.mac,
				     .mac_size = sizeof(message.mac),
				     .original_id = id};

	write_update(&w, id, update);
	if (w.full)
		return -EINVAL;
	v6_dns_mac(key, NULL, w.bytes, w.bytes + V6_DNS_HEADER_SIZE, w.size - V6_DNS_HEADER_SIZE,
		   &s, message.mac);
	write_signature(&w, key, &s);
	if (w.full)
		return -EINVAL;
	message.size = w.size;
	*ret_message = message;
	return 0;
}
