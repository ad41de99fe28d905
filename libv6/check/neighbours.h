/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Check that no other machine answers for a service address. */
#ifndef V6_CHECK_NEIGHBOURS_H
#define V6_CHECK_NEIGHBOURS_H

#include <stddef.h>

struct v6_checked;
struct v6_checker;
struct v6_service;

void v6_check_neighbours(struct v6_checked *c);

/**
 * v6_checker_ask() - Send neighbour solicitations for all service addresses of one interface
 * @services:	@n of them; those that were asked for before are not again
 * @index:	The interface's
 *
 * The checker keeps the answers that come within a second.
 *
 * Return: 0, or a negative errno with nothing asked
 */
int v6_checker_ask(struct v6_checker *checker, const struct v6_service *services, size_t n,
		   int index);

#endif
