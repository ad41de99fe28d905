/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Claims that containers of one network namespace ask for together, as members of a pod do. The
 * first one owns the elements; the others are noted as its sharers, and inherit them when it goes.
 */
#ifndef V6_STORE_SHARE_H
#define V6_STORE_SHARE_H

#include "store/host.h"

/* Sharers of one owner that are looked at for an heir. */
#define V6_HEIRS_MAX 16

/* v6_share_add() - note that @id shares claims of @owner. Return: 0 or a negative errno */
int v6_share_add(struct v6_host *host, const char *owner, const char *id);

/* v6_share_has() - whether it does */
bool v6_share_has(struct v6_host *host, const char *owner, const char *id);

/* v6_share_leave() - note that it does no longer, if it did */
void v6_share_leave(struct v6_host *host, const char *owner, const char *id);

/**
 * v6_share_heirs() - The living sharers of a container
 * @host:	This host
 * @owner:	Container that is going
 * @ret_heirs:	Their records; free()
 * @ret_n:	Their number, at most V6_HEIRS_MAX
 *
 * Costs one system call where there are none.
 *
 * Return: 0 or a negative errno
 */
int v6_share_heirs(struct v6_host *host, const char *owner, struct v6_record **ret_heirs,
		   size_t *ret_n);

/* v6_share_pass() - the first heir, if there is one, has the elements now: the others share with
 * it. Nobody does with @owner any more
 */
void v6_share_pass(struct v6_host *host, const char *owner, const struct v6_record *heirs,
		   size_t n);

#endif
