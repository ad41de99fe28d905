/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether another machine of the link has a service address. */
#include <errno.h>
#include <poll.h>
#include <string.h>

#include "base/address.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "kernel/link.h"
#include "kernel/route.h"
#include "plan/dad.h"

/* RFC 4861 section 10, RETRANS_TIMER: how long RFC 4862 section 5.4 wants answers to be waited for
 */
#define WAIT_MS 1000

/* find_asking_link() - the link that holds an address which this host has not; as
 * v6_place_service() will choose it, but for what that refuses
 */
static int find_asking_link(struct v6_host *host, const struct in6_addr *address,
			    const char *interface, struct v6_link *ret_link)
{
	struct v6_route route;
	int ret = v6_route_lookup(&host->route, address, 0, &route);

	if (ret == 0 && route.local)
		return -EADDRINUSE;
	if (*interface)
		return v6_link_get_outer(&host->route, interface, ret_link);
	if (ret < 0 || !IN6_IS_ADDR_UNSPECIFIED(&route.gateway))
		return -ENETUNREACH;
	return v6_link_get(&host->route, route.link, NULL, ret_link);
}

static void ask_on_link(struct v6_host *host, const struct in6_addr *address,
			const struct v6_link *link)
{
	struct v6_asked *asked = &host->dad.asked[host->dad.n];

	if (host->dad.n == V6_ARRAY_SIZE(host->dad.asked))
		return;
	if (host->dad.fd < 0 && v6_neigh_listen(&host->dad.fd) < 0)
		return;
	if (v6_neigh_ask(host->dad.fd, link, address) < 0)
		return;
	*asked = (struct v6_asked){.of = {.link = link->index, .address = *address}};
	memcpy(asked->of.mac, link->mac, sizeof(asked->of.mac));
	memcpy(asked->link_name, link->name, sizeof(asked->link_name));
	host->dad.n++;
}

static void ask_for_address(struct v6_host *host, const struct in6_addr *address,
			    const char *interface)
{
	struct v6_link link;

	if (!v6_config_is_routed(&host->config, address) &&
	    find_asking_link(host, address, interface, &link) == 0)
		ask_on_link(host, address, &link);
}

static struct v6_asked *find_asked(struct v6_host *host, const struct in6_addr *address)
{
	size_t i;

	for (i = 0; i < host->dad.n; i++)
		if (v6_address_equal(&host->dad.asked[i].of.address, address))
			return &host->dad.asked[i];
	return NULL;
}

/* note_asked() - an answer; our own may come back from a switch or a bridge */
static void note_asked(const struct v6_neighbour *answer, void *data)
{
	struct v6_asked *asked = find_asked(data, &answer->address);

	if (!asked || asked->taken || answer->link != asked->of.link ||
	    memcmp(answer->mac, asked->of.mac, sizeof(answer->mac)) == 0)
		return;
	asked->taken = true;
	memcpy(asked->of.mac, answer->mac, sizeof(answer->mac));
}

/* hear_answers() - note the answers that have come */
static void hear_answers(struct v6_host *host)
{
	if (host->dad.fd >= 0)
		v6_neigh_each(host->dad.fd, note_asked, host);
}

static bool all_taken(const struct v6_host *host)
{
	size_t i;

	for (i = 0; i < host->dad.n; i++)
		if (!host->dad.asked[i].taken)
			return false;
	return true;
}

static void wait_for_answers(struct v6_host *host)
{
	struct pollfd answers = {.fd = host->dad.fd, .events = POLLIN};
	int64_t left, end = v6_now_ms() + WAIT_MS;

	for (; (left = end - v6_now_ms()) > 0 && !all_taken(host); hear_answers(host))
		if (poll(&answers, 1, (int)left) < 0 && errno != EINTR)
			return;
}

void v6_dad_ask(struct v6_host *host, const struct v6_named *named, size_t n, const char *interface)
{
	size_t i, j;

	host->dad.n = 0;
	if (host->config.dad == V6_DAD_OFF)
		return;
	for (i = 0; i < n; i++)
		for (j = 0; j < named[i].n; j++)
			ask_for_address(host, &named[i].addresses[j], interface);
	if (host->config.dad == V6_DAD_WAIT && host->dad.n > 0)
		wait_for_answers(host);
}

void v6_dad_ask_on(struct v6_host *host, const struct in6_addr *address, int index)
{
	struct v6_link link;

	if (host->config.dad != V6_DAD_OFF && v6_link_get(&host->route, index, NULL, &link) == 0)
		ask_on_link(host, address, &link);
}

void v6_dad_end(struct v6_host *host)
{
	v6_cleanup_fd(&host->dad.fd);
	host->dad.fd = -1;
	host->dad.n = 0;
}

int v6_dad_check(struct v6_host *host, const struct in6_addr *address, struct v6_error *err)
{
	const struct v6_asked *asked = find_asked(host, address);
	const uint8_t *mac;

	if (!asked)
		return 0;
	hear_answers(host);
	if (!asked->taken)
		return 0;
	mac = asked->of.mac;
	return v6_fail(
		err, -EADDRINUSE,
		"%s is in use by another machine on %s (%02x:%02x:%02x:%02x:%02x:%02x); remove it there, or correct the AAAA record",
		V6_TEXT(address), asked->link_name, mac[0], mac[1], mac[2], mac[3], mac[4], mac[5]);
}
