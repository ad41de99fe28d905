/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A service whose interface leads nowhere: it moves to another one, or its record says so. */
#include <errno.h>
#include <string.h>

#include <libv6/verbs.h>

#include "apply/relocate.h"
#include "base/address.h"
#include "plan/place_again.h"
#include "store/record.h"
#include "verbs/relocate.h"

/* struct relocation - of one record: as it was, as it is to be, and what of it changes */
struct relocation {
	struct v6_host *host;
	const struct v6_record *former;
	bool moves, is_noted;
};

/* note_unreachable() - told of once, until it is over. On a link that has merely lost the prefix
 * the address stays, or is brought back: it may be the first to be there again
 */
static void note_unreachable(struct relocation *r, struct v6_service *service,
			     const struct v6_error *why, const struct v6_error *again)
{
	bool absent = why->code ? why->code != -EADDRNOTAVAIL : service->absent;

	if (service->unreachable && service->absent == absent)
		return;
	if (!service->unreachable)
		v6_host_warn(r->host, "%s: clients cannot reach %s: %s; %s", service->name,
			     V6_TEXT(&service->address), why->text, again->text);
	service->unreachable = true;
	service->absent = absent;
	r->is_noted = true;
}

static void move_service(struct relocation *r, struct v6_service *service,
			 const struct v6_service *to)
{
	if (!v6_host_step(r->host, "move %s (%s) from interface %s to interface %s",
			  V6_TEXT(&service->address), service->name, service->link_name,
			  to->link_name))
		return;
	*service = *to;
	r->moves = true;
}

static void relocate_service(struct relocation *r, struct v6_service *service,
			     const char *interface)
{
	struct v6_error why = {.code = 0}, again;
	struct v6_service to;

	if (v6_place_stays(r->host, service, interface, &why) == 0 && !service->unreachable)
		return;
	if (v6_place_again(r->host, service, interface, &to, &again) < 0)
		note_unreachable(r, service, &why, &again);
	else
		move_service(r, service, &to);
}

/* tell_reached() - of services that were unreachable: not those that another machine has there */
static void tell_reached(struct relocation *r, const struct v6_record *record)
{
	const struct v6_service *service = record->services;
	size_t i;

	for (i = 0; i < record->n_services; i++, service++)
		if (r->former->services[i].unreachable && !service->unreachable)
			v6_host_warn(r->host, "%s: clients can reach %s again, on interface %s",
				     service->name, V6_TEXT(&service->address), service->link_name);
}

int v6_relocate(struct v6_host *host, struct v6_record *record, struct v6_error *err)
{
	const struct v6_record former = *record;
	struct relocation r = {.host = host, .former = &former};
	size_t i;
	int ret;

	for (i = 0; i < record->n_services; i++)
		relocate_service(&r, &record->services[i], record->interface);
	if (host->looks)
		return 0;
	if (!r.moves)
		return r.is_noted ? v6_record_save(host, record, err) : 0;
	ret = v6_record_relocate(host, record, &former, err);
	if (ret >= 0)
		tell_reached(&r, record);
	return ret;
}
