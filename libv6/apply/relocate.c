/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Move service addresses from link to link, unless another machine of the new one has them. */
#include <errno.h>

#include "apply/attach.h"
#include "apply/down.h"
#include "apply/relocate.h"
#include "apply/up.h"
#include "plan/dad.h"
#include "store/record.h"

static bool is_same_place(const struct v6_service *a, const struct v6_service *b)
{
	return a->link == b->link && a->attach == b->attach;
}

/* is_moving() - one that nobody could reach comes back like one from another link */
static bool is_moving(const struct v6_service *service, const struct v6_service *former)
{
	return !service->unreachable && (former->unreachable || !is_same_place(service, former));
}

/* leave_former() - the new link is asked after that: this host would answer itself */
static int leave_former(struct v6_host *host, const struct v6_service *service,
			const struct v6_service *former, struct v6_error *err)
{
	int ret = is_same_place(service, former) ? 0 : v6_attach_leave(host, former, err);

	if (ret == 0 && service->ours && service->attach != V6_ATTACH_ROUTE &&
	    v6_attach_held(host, service) == 0)
		v6_dad_ask_on(host, &service->address, service->link);
	return ret;
}

/* give_up_taken() - of services that move, give up those that another machine was found to have.
 * Return: 1 (there was one), 0 or a negative errno
 */
static int give_up_taken(struct v6_host *host, struct v6_record *record,
			 const struct v6_record *former, struct v6_error *err)
{
	struct v6_service *service;
	struct v6_error taken;
	int ret = 0, any = 0;
	size_t i;

	for (i = 0; i < record->n_services && ret == 0; i++) {
		service = &record->services[i];
		if (!is_moving(service, &former->services[i]) ||
		    v6_dad_check(host, &service->address, &taken) == 0)
			continue;
		if (!former->services[i].unreachable)
			v6_host_warn(host, "%s: clients cannot reach it: %s", service->name,
				     taken.text);
		ret = v6_attach_leave(host, service, err);
		service->unreachable = service->absent = true;
		any = 1;
	}
	if (ret == 0 && any)
		ret = v6_record_save(host, record, err);
	return ret < 0 ? ret : any;
}

/* bring_up_moved() - answers may come before, while and after it is brought up */
static int bring_up_moved(struct v6_host *host, struct v6_record *record,
			  const struct v6_record *former, struct v6_error *err)
{
	int taken = give_up_taken(host, record, former, err), ret = taken;

	if (ret >= 0)
		ret = v6_record_up(host, record, false, err);
	if (ret < 0 && ret != -EADDRINUSE)
		return ret;
	taken = give_up_taken(host, record, former, ret < 0 ? NULL : err);
	if (taken > 0 && ret < 0)
		ret = v6_record_up(host, record, false, err);
	return taken < 0 && ret >= 0 ? taken : ret;
}

int v6_record_relocate(struct v6_host *host, struct v6_record *record,
		       const struct v6_record *former, struct v6_error *err)
{
	size_t i;
	int ret = 0;

	for (i = 0; i < record->n_services && ret == 0; i++)
		if (is_moving(&record->services[i], &former->services[i]))
			ret = leave_former(host, &record->services[i], &former->services[i], err);
	if (ret == 0)
		ret = v6_record_save(host, record, err);
	if (ret == 0)
		ret = bring_up_moved(host, record, former, err);
	if (ret >= 0)
		ret = v6_record_shed_egress(host, former, record, err);
	v6_dad_end(host);
	return ret < 0 ? ret : 1;
}
