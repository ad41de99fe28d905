/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * DNS servers with a zone, "fe80::1%eth0", as router advertisements announce them: c-ares 1.18
 * passes such a line of resolv.conf over, and has no room for the interface.
 *
 * So c-ares gets an address that has the interface in it, fe80:0:0:2::1 for interface 2: bits 11 to
 * 64 of a link-local address are zero otherwise (RFC 4291 section 2.5.6). What its sockets do
 * passes through our hands, and there one is exchanged for the other.
 */
#ifndef V6_NAMES_ZONES_H
#define V6_NAMES_ZONES_H

#include "names/servers.h"

/**
 * struct v6_nameserver - A line of resolv.conf
 * @address:	AF_INET or AF_INET6, with the interface of its zone; 0 where there is none
 * @has_zone:	It is link-local, and a zone is written there, of an interface or not
 */
struct v6_nameserver {
	union v6_server_address address;
	bool has_zone;
};

/**
 * v6_nameservers_parse() - Find the servers in the text of resolv.conf
 * @text:	Taken to pieces
 * @ret_list:	Room for V6_SERVERS_MAX
 *
 * What is no address is passed over.
 *
 * Return: their number
 */
size_t v6_nameservers_parse(char *text, struct v6_nameserver *ret_list);

/* v6_nameservers_read() - The same of /etc/resolv.conf; none where it can't be read */
size_t v6_nameservers_read(struct v6_nameserver *ret_list);

/* v6_nameservers_zoned() - Count the link-local servers, if any of them has a zone; otherwise 0 */
size_t v6_nameservers_zoned(const struct v6_nameserver *list, size_t n);

/* v6_zone_hide() - Put the interface of a link-local address into the address */
void v6_zone_hide(struct sockaddr_in6 *address);

/* v6_zone_show() - Take it out again */
void v6_zone_show(struct sockaddr_in6 *address);

#endif
