/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Ask the DNS server, by updates that change nothing, for what v6d has added. */
#include <errno.h>
#include <string.h>

#include "base/address.h"
#include "check/published.h"
#include "plan/in_dns.h"

/* What no service is called, as no address of the pool is this */
#define NO_SERVICE "oci-v6-check"

/* has_entry() - Return: 1, 0, or a negative errno: reported */
static int has_entry(struct v6_checker *checker, const struct v6_dns_note *note)
{
	const struct v6_dns_update update = {.verb = V6_DNS_HAS, .entries = &note->entry, .n = 1};
	struct v6_error err;
	unsigned int code = 0;
	int ret = v6_dns_ask(&note->place, &update, &code, &err);

	if (ret == -EACCES && checker->host->dir < 0) {
		v6_found_unseen(checker, "published", "%s", err.text);
		return ret;
	}
	if (ret < 0) {
		v6_found_fault(checker, "published", "", "%s", err.text);
		return ret;
	}
	if (code == V6_DNS_NOERROR || code == V6_DNS_NXRRSET)
		return code == V6_DNS_NOERROR;
	v6_found_fault(checker, "published", "", "DNS server %s: zone %s: %s: %s",
		       V6_TEXT(&note->place.server), note->place.zone, v6_dns_code_name(code),
		       v6_dns_code_advice(code));
	return -EIO;
}

static void check_entry(struct v6_checked *c, const struct v6_dns_note *note)
{
	struct v6_dns_name owner = v6_dns_owner(&note->entry);
	struct v6_text address = v6_address_text(&note->entry.address);
	struct v6_text server = v6_address_text(&note->place.server);
	const char *to = note->entry.reverse ? note->entry.name : address.s;
	int ret = has_entry(c->checker, note);

	if (ret > 0)
		v6_found_good(c->checker, "published", "DNS server %s has %s for %s", server.s, to,
			      owner.s);
	else if (ret == 0)
		v6_found_fault(
			c->checker, "published", "",
			"DNS server %s has no record of %s for %s, or others beside it; see journalctl -u v6d",
			server.s, to, owner.s);
	c->checker->publishing_down = ret < 0;
}

void v6_check_published(struct v6_checked *c)
{
	struct v6_dns_note notes[V6_IN_DNS_MAX];
	size_t i, j, n;

	for (i = 0; i < c->record->n_services; i++) {
		n = v6_in_dns(c->checker->host, c->record, &c->record->services[i], notes);
		for (j = 0; j < n && !c->checker->publishing_down; j++)
			check_entry(c, &notes[j]);
	}
}

void v6_check_publishing(struct v6_checker *checker)
{
	const struct v6_publish_dns *dns = &checker->host->config.publish_dns;
	struct v6_dns_note note = {.place = dns->place};

	if (!dns->names)
		return;
	if (checker->host->dir >= 0 && !v6_host_is_watched(checker->host))
		v6_found_fault(checker, "published", "systemctl enable --now v6d.service",
			       "v6d does not run, which publishes names in DNS");
	snprintf(note.entry.name, sizeof(note.entry.name), NO_SERVICE ".%.*s",
		 V6_NAME_MAX - (int)sizeof(NO_SERVICE) - 1, dns->place.zone);
	checker->publishing_down = has_entry(checker, &note) < 0;
	if (!checker->publishing_down)
		v6_found_good(checker, "published", "DNS server %s takes updates of zone %s",
			      V6_TEXT(&dns->place.server), dns->place.zone);
}
