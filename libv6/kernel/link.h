/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Network interfaces, called links, as rtnetlink shows them. */
#ifndef V6_KERNEL_LINK_H
#define V6_KERNEL_LINK_H

#include <net/if.h>
#include <stdbool.h>

#include "kernel/nl.h"

/**
 * struct v6_link - What we want to know of a link
 * @index:	In its network namespace; never used twice while that lives
 * @name:	Today's
 * @kind:	"veth", "bridge", "macvlan", "ipvlan", "vlan" and so on; "" for hardware
 * @master:	Index of the bridge (or bond, VRF) that it is a port of, or 0
 * @peer:	Index of a veth's other end or of the link below, in whatever namespace that is, or
 * 0
 * @peer_netns:	Id of that namespace, as v6_netns_id() tells it, or -1: the link's own
 * @mac:	Link-layer address, @mac_size bytes
 * @mtu:	Largest packet
 * @filters:	Of a bridge: it passes IPv6 to nf_tables whatever the host's setting says
 * @hairpin:	Of a bridge's port: what comes in by it may leave by it
 * @deaf:	It takes no part in neighbour discovery (arp off)
 * @port:	It is a port of a bridge, bond or the like: what comes by it is its master's, so
 *		that nobody reaches an address on it
 * @in_vrf:	Its master is a VRF, so that it is no such port
 * @loopback:	It is lo
 * @up:		It is switched on
 * @running:	And connected: a cable is plugged in, or the other end is up
 * @forwards_by_force, @notifies: Whether force_forwarding and ndisc_notify are on, of
 *		net.ipv6.conf; -1: the kernel does not say
 */
struct v6_link {
	int index;
	char name[IF_NAMESIZE];
	char kind[16];
	int master;
	int peer;
	int peer_netns;
	uint8_t mac[32];
	uint8_t mac_size;
	uint32_t mtu;
	bool filters;
	bool hairpin;
	bool deaf;
	bool port;
	bool in_vrf;
	bool loopback;
	bool up;
	bool running;
	int8_t forwards_by_force;
	int8_t notifies;
};

/**
 * v6_link_get() - Look a link up
 * @nl:		NETLINK_ROUTE socket of the link's network namespace
 * @index:	Its index, or 0 to look for @name
 * @name:	Its name or one of its alternative names; not used where @index is not 0
 * @ret_link:	Set on success
 *
 * Return: 0, -ENODEV or another negative errno
 */
int v6_link_get(struct v6_nl *nl, int index, const char *name, struct v6_link *ret_link);

/* v6_link_question() - v6_link_get() by index, to be asked with others; @ret_link is borrowed */
void v6_link_question(struct v6_nl_question *question, int index, struct v6_link *ret_link);

/**
 * v6_link_get_outer() - Look up the link that has the addresses of an interface
 * @name:	The interface's; of a port, its bridge or bond is found
 *
 * Else as v6_link_get().
 */
int v6_link_get_outer(struct v6_nl *nl, const char *name, struct v6_link *ret_link);

/* enum v6_link_change - what became of a link that was known by its index and its name */
enum v6_link_change {
	V6_LINK_SAME,	 /* nothing, or it is gone, or the kernel does not answer */
	V6_LINK_RENAMED, /* it has another name */
	V6_LINK_REMADE,	 /* as by a network manager: another one has its name */
};

/**
 * v6_link_follow() - Look for a link that was known before
 * @nl:		NETLINK_ROUTE socket of the link's network namespace
 * @index:	Its index; set if it was made again
 * @name:	Its name, room for IF_NAMESIZE; set if it was renamed
 */
enum v6_link_change v6_link_follow(struct v6_nl *nl, int *index, char *name);

/**
 * v6_link_check_name() - Check that a link's name is text, which can be kept in a record and shown
 * @link:	The kernel takes any bytes but blanks, '/' and ':'
 * @owner:	"the container's " or ""; for the error
 * @err:	NULL, or filled in on failure only
 *
 * Return: 0 or -EINVAL
 */
int v6_link_check_name(const struct v6_link *link, const char *owner, struct v6_error *err);

/**
 * v6_link_only() - The only link of a namespace beside lo
 * @nl:		NETLINK_ROUTE socket; it may be closed afterwards, as by v6_nl_glimpse()
 *
 * Return: 0, -ENODEV (none), -ENOTUNIQ (several), -EINTR (disturbed by a change) or another
 * negative errno
 */
int v6_link_only(struct v6_nl *nl, struct v6_link *ret_link);

/**
 * v6_link_each() - Visit all links of a namespace
 * @nl:		NETLINK_ROUTE socket; busy meanwhile
 * @visit:	Called with each; a negative errno ends the visit
 * @data:	Passed to @visit
 *
 * Where they change meanwhile, one may be visited twice or be missed.
 *
 * Return: 0 or a negative errno
 */
int v6_link_each(struct v6_nl *nl, int (*visit)(const struct v6_link *link, void *data),
		 void *data);

/**
 * v6_link_has_port() - Whether a bridge has a port of a certain sort
 * @nl:		NETLINK_ROUTE socket of the bridge's network namespace
 * @bridge:	Its index
 * @fits:	Tells of a port whether it is; the socket is busy meanwhile
 * @data:	Passed to @fits
 *
 * The kernel walks all links of the host, and tells of the bridge's ports: 1,023 at most.
 *
 * Return: 1, 0 or a negative errno
 */
int v6_link_has_port(struct v6_nl *nl, int bridge,
		     bool (*fits)(const struct v6_link *port, void *data), void *data);

#endif
