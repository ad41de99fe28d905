/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What may be in DNS by us: a file for each entry, written before the server is asked to add it and
 * removed when that has not done so, or has removed it. They outlive a reboot, as the server does,
 * and say where each was added, whatever the configuration says now.
 */
#ifndef V6_STORE_DNS_NOTES_H
#define V6_STORE_DNS_NOTES_H

#include <libv6/store.h>

#include "names/dns_exchange.h"

#define V6_DNS_NOTES_DIR V6_STATE_DIR "/dns"

/* struct v6_dns_note - an entry, and where it is */
struct v6_dns_note {
	struct v6_dns_place place;
	struct v6_dns_entry entry;
};

/* v6_dns_note_parse() - a file's text, which is taken to pieces. Return: 0 or -EBADMSG */
int v6_dns_note_parse(char *text, struct v6_dns_note *ret_note);

/* v6_dns_note_write() - Return: 0 or a negative errno */
int v6_dns_note_write(const struct v6_dns_note *note, struct v6_error *err);

/* v6_dns_note_has() - whether it is there. Return: 1, 0 or a negative errno */
int v6_dns_note_has(const struct v6_dns_note *note);

/* v6_dns_note_drop() - Return: 0, also where it is not there, or a negative errno */
int v6_dns_note_drop(const struct v6_dns_note *note, struct v6_error *err);

/* v6_dns_notes_each() - Visit all; what is no note is passed over. Return: 0, also where there are
 * none, what @visit returned if that is negative, or a negative errno
 */
int v6_dns_notes_each(int (*visit)(const struct v6_dns_note *note, void *data), void *data);

#endif
