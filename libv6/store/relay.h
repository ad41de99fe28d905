/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Relays: processes that take connections to services in the stead of a program that listens on
 * IPv4 only. v6d starts one for each record that wants one; see relay/relay.h for what it does.
 *
 * A relay has a file, relays/ID, for as long as it is wanted. In there are the arguments that it
 * was started with, and it holds a lock on it. So each v6d finds the relays of the one before, and
 * leaves alone those that are as they should be: their connections outlive it. A relay whose file
 * is removed takes no more connections, and exits when those that it has are over. It is told by
 * its bell, a FIFO beside the file, .ID; or finds out when a client comes.
 */
#ifndef V6_STORE_RELAY_H
#define V6_STORE_RELAY_H

#include "store/host.h"

/* In the state directory */
#define V6_RELAYS_DIR "relays"

/* struct v6_relay_line - arguments of a relay, with a blank between two */
struct v6_relay_line {
	char s[2560];
};

/* v6_relay_is_wanted() - Check whether a record wants a relay now: it knows where that listens */
bool v6_relay_is_wanted(const struct v6_record *record);

/* v6_relay_line() - Tell the arguments of a record's relay; v6_relay_is_wanted() */
struct v6_relay_line v6_relay_line(const struct v6_host *host, const struct v6_record *record);

/**
 * v6_relay_find() - Find the relay of a container
 * @id:		The container's
 * @ret_line:	NULL, or set on success: what it was started with
 *
 * Return: its process, 0 (there is none) or a negative errno
 */
pid_t v6_relay_find(const struct v6_host *host, const char *id, struct v6_relay_line *ret_line);

/* v6_relay_bell() - Open the bell of a container's relay. Return: its descriptor or a negative
 * errno */
int v6_relay_bell(const struct v6_host *host, const char *id);

/* v6_relay_ring() - Have a relay look for its file; @bell may be -1 */
void v6_relay_ring(int bell);

/**
 * v6_relay_file() - Make the file of a relay, in the place of another one's
 * @line:	What is written into it
 * @ret_fd:	Set on success; to be locked by the relay
 * @ret_bell:	Set on success; readable when the file was removed
 *
 * Return: 0 or a negative errno
 */
int v6_relay_file(const struct v6_host *host, const char *id, const struct v6_relay_line *line,
		  int *ret_fd, int *ret_bell);

/* v6_relay_dismiss() - Remove the file of a relay, if there is one */
void v6_relay_dismiss(const struct v6_host *host, const char *id);

/* v6_relays_tidy() - Dismiss the relays of containers without a record */
void v6_relays_tidy(struct v6_host *host);

#endif
