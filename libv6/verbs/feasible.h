/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether what a container asks for can be had together. */
#ifndef V6_VERBS_FEASIBLE_H
#define V6_VERBS_FEASIBLE_H

#include <libv6/store.h>

/* v6_feasible_where() - of its ports, its way out and its sharing, as soon as it is known where its
 * services lead. Return: 0 or -EOPNOTSUPP
 */
int v6_feasible_where(const struct v6_record *record, struct v6_error *err);

/* v6_feasible_services() - of its way out and its clients, once its services are known. Return: 0,
 * -EINVAL, -E2BIG or -EOPNOTSUPP
 */
int v6_feasible_services(const struct v6_record *record, struct v6_error *err);

#endif
