/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * IPv6 for containers on a network without: a unique-local /128, and a way to the host.
 *
 * fdMM:MMMM:MMMM:BBBB:CCCC:CCCC:CCCC:CCCC - M from the machine id or configured, B the bridge's
 * index, C from the container id. So nothing is stored, one bridge is one /64, and all of it is one
 * /48.
 */
#ifndef V6_APPLY_PROVIDE_H
#define V6_APPLY_PROVIDE_H

#include "store/host.h"

/**
 * v6_machine_read() - What tells this machine from others
 * @ret_machine: A hash of /etc/machine-id; that there is none, or no file, is no error
 * @err:	NULL, or filled in on failure only
 *
 * Return: 0 or a negative errno
 */
int v6_machine_read(uint64_t *ret_machine, struct v6_error *err);

/**
 * v6_provided_prefix() - The /48 of this host: the configured one, or the machine's
 * @host:	This host
 * @ret_prefix:	Set always: without a machine id it is the same on all such machines, which does no
 *		harm, as these addresses never leave the host
 */
void v6_provided_prefix(const struct v6_host *host, struct v6_prefix *ret_prefix);

/* v6_provided_subnet() - the /64 for containers behind the bridge with index @via */
void v6_provided_subnet(const struct v6_host *host, int via, struct v6_prefix *ret_prefix);

/* v6_provided_gateway() - whether an address is the one that we give to bridges of this host */
bool v6_provided_gateway(const struct v6_host *host, const struct in6_addr *address);

/**
 * v6_provide_choose() - Choose the address for a container
 * @host:	This host
 * @id:		Container id
 * @d:		@via is its bridge; sets @address, @provided and @subnet
 */
void v6_provide_choose(const struct v6_host *host, const char *id, struct v6_destination *d);

/**
 * v6_provide_up() - Give the container its address and a way to the host, and the host one to it
 * @host:	This host
 * @record:	Its record; nothing is done where the address is not provided
 * @err:	NULL, or filled in on failure only
 *
 * Doing it twice changes nothing. A default route that the container has is left alone.
 *
 * Return: 1 (something was missing), 0 or a negative errno
 */
int v6_provide_up(struct v6_host *host, const struct v6_record *record, struct v6_error *err);

/**
 * v6_provide_down() - Take the host's side of it away; the container's goes with its namespace
 * @last:	No other container has the address, as those of one network namespace may
 * @last_behind: No other container behind the bridge has such an address
 *
 * Return: 0 or a negative errno; what is gone already is success
 */
int v6_provide_down(struct v6_host *host, const struct v6_record *record, bool last,
		    bool last_behind, struct v6_error *err);

#endif
