/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whether another machine answers for a service address on its link. It is asked from our
 * link-local address, so that it answers us alone: duplicate address detection asks from ::, and
 * the answer, to all nodes, would teach them where the other machine is (RFC 4862 section 5.4).
 */
#include <errno.h>
#include <linux/if_addr.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/address.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "check/checker.h"
#include "check/neighbours.h"
#include "kernel/ifaddr.h"
#include "kernel/link.h"

#define STEP "neighbours"
/* Machines answer at once; proxies take up to 0.8 s. */
#define TIMEOUT_MS 900

static struct v6_probe *find_probe(struct v6_checker *checker, const struct in6_addr *address)
{
	size_t i;

	for (i = 0; i < checker->n_probes; i++)
		if (v6_address_equal(&checker->probes[i].of.address, address))
			return &checker->probes[i];
	return NULL;
}

static int keep_link_local(const struct v6_ifaddr *ifaddr, void *data)
{
	if (IN6_IS_ADDR_LINKLOCAL(&ifaddr->prefix.address) && !(ifaddr->flags & IFA_F_TENTATIVE))
		*(struct in6_addr *)data = ifaddr->prefix.address;
	return 0;
}

/* bind_link_local() - have questions on a link come from its link-local address */
static int bind_link_local(struct v6_checker *checker, int fd, const struct v6_link *link)
{
	struct sockaddr_in6 from = {
		.sin6_family = AF_INET6,
		.sin6_scope_id = (uint32_t)link->index,
	};
	int ret = v6_ifaddr_each(&checker->host->route, link->index, keep_link_local,
				 &from.sin6_addr);

	if (ret == 0 && IN6_IS_ADDR_UNSPECIFIED(&from.sin6_addr))
		return -EADDRNOTAVAIL;
	return bind(fd, (struct sockaddr *)&from, sizeof(from)) < 0 ? -errno : ret;
}

static struct v6_probe *add_probe(struct v6_checker *checker, const struct v6_service *service,
				  const struct v6_link *link)
{
	struct v6_probe *larger =
		reallocarray(checker->probes, checker->n_probes + 1, sizeof(*larger));

	if (!larger)
		return NULL;
	checker->probes = larger;
	larger += checker->n_probes++;
	*larger = (struct v6_probe){.of = {.link = link->index, .address = service->address}};
	memcpy(larger->of.mac, link->mac, sizeof(larger->of.mac));
	return larger;
}

/* note_answer() - an answer; our own may come back from a switch or a bridge */
static void note_answer(const struct v6_neighbour *answer, void *data)
{
	struct v6_probe *probe = find_probe(data, &answer->address);

	if (!probe || probe->taken || answer->link != probe->of.link ||
	    memcmp(answer->mac, probe->of.mac, sizeof(answer->mac)) == 0)
		return;
	probe->taken = true;
	memcpy(probe->of.mac, answer->mac, sizeof(answer->mac));
}

/* wait_for_neighbours() - until all from @first on are taken, or the time is over */
static void wait_for_neighbours(struct v6_checker *checker, int fd, size_t first)
{
	struct pollfd answers = {.fd = fd, .events = POLLIN};
	int64_t left, end = v6_now_ms() + TIMEOUT_MS;
	size_t i;

	while ((left = end - v6_now_ms()) > 0) {
		for (i = first; i < checker->n_probes && checker->probes[i].taken; i++)
			;
		if (i == checker->n_probes)
			return;
		if (poll(&answers, 1, (int)left) < 0 && errno != EINTR)
			return;
		v6_neigh_each(fd, note_answer, checker);
	}
}

/* is_asked_for() - whether neighbours look for it: what is routed here, nobody does */
static bool is_asked_for(const struct v6_service *service)
{
	return service->attach != V6_ATTACH_ROUTE;
}

int v6_checker_ask(struct v6_checker *checker, const struct v6_service *services, size_t n,
		   int index)
{
	size_t i, first = checker->n_probes;
	struct v6_link link;
	auto_fd int fd = -1;
	int ret = v6_link_get(&checker->host->route, index, NULL, &link);

	if (ret == 0 && !link.up)
		ret = -ENETDOWN;
	if (ret == 0 && (link.loopback || link.mac_size != V6_MAC_SIZE))
		ret = -EOPNOTSUPP;
	if (ret == 0)
		ret = v6_neigh_listen(&fd);
	if (ret == 0)
		ret = bind_link_local(checker, fd, &link);
	for (i = 0; i < n && ret == 0; i++) {
		if (services[i].link != index || !is_asked_for(&services[i]) ||
		    find_probe(checker, &services[i].address))
			continue;
		if (!add_probe(checker, &services[i], &link))
			return -ENOMEM;
		ret = v6_neigh_ask(fd, &link, &services[i].address);
	}
	if (ret < 0)
		checker->n_probes = first;
	else
		wait_for_neighbours(checker, fd, first);
	return ret;
}

static void tell_taken(struct v6_checked *c, const struct v6_service *service,
		       const struct v6_probe *probe)
{
	const uint8_t *mac = probe->of.mac;
	struct v6_line command = v6_line("%s", "");

	/* adding it again tells the neighbours, who have learnt where the other machine is */
	if (service->attach == V6_ATTACH_ADDRESS)
		command = v6_line("ip -6 addr del %s/128 dev %s && v6ctl reconcile",
				  V6_TEXT(&service->address), service->link_name);
	v6_found_fault(
		c->checker, STEP, command.s,
		"another machine on %s, %02x:%02x:%02x:%02x:%02x:%02x, answers for %s, too; remove it there first",
		service->link_name, mac[0], mac[1], mac[2], mac[3], mac[4], mac[5],
		V6_TEXT(&service->address));
}

static void tell_unasked(struct v6_checked *c, const struct v6_service *service, int code)
{
	if (code == -EOPNOTSUPP)
		v6_found_good(c->checker, STEP, "there are none on %s", service->link_name);
	else if (code == -EPERM)
		v6_found_unseen(c->checker, STEP,
				"not allowed to ask them; run as root with CAP_NET_RAW");
	else
		v6_found_unseen(c->checker, STEP, "cannot ask those on %s: %s", service->link_name,
				v6_strerror(code));
}

static void probe_service(struct v6_checked *c, const struct v6_service *service)
{
	struct v6_probe *probe = find_probe(c->checker, &service->address);
	int ret = 0;

	if (!is_asked_for(service)) {
		v6_found_good(c->checker, STEP,
			      "%s is routed to this host; neighbours do not solicit it",
			      V6_TEXT(&service->address));
		return;
	}
	if (!probe && !c->checker->brief) {
		ret = v6_checker_ask(c->checker, c->record->services, c->record->n_services,
				     service->link);
		probe = find_probe(c->checker, &service->address);
	}
	if (!probe && ret == 0)
		v6_found_unseen(c->checker, STEP, "those on %s could not be asked",
				service->link_name);
	else if (!probe)
		tell_unasked(c, service, ret);
	else if (probe->taken)
		tell_taken(c, service, probe);
	else
		v6_found_good(c->checker, STEP, "no other machine on %s answers for %s",
			      service->link_name, V6_TEXT(&service->address));
}

void v6_check_neighbours(struct v6_checked *c)
{
	size_t i;

	for (i = 0; i < c->record->n_services; i++)
		probe_service(c, &c->record->services[i]);
}
