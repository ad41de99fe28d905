/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ifaddr ROUNDS LINK ADDRESS: what the kernel takes to add an address to a link and to remove it
 *
 * Prints the two medians in microseconds, tab-separated. The kernel goes through all multicast
 * groups of the link for an address that is added, and through all routes for one that is removed,
 * so both grow with the number of addresses there. Between two rounds lies the time that one round
 * of other work takes in the bench; in a tight loop all is a fraction of what a hook meets.
 */
#include <linux/netlink.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/address.h"
#include "kernel/ifaddr.h"

#define ROUNDS_MAX 1000
#define PAUSE_US   10000

static double now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

static int time_one(struct v6_nl *nl, const struct v6_ifaddr *ifaddr, double *ret_add,
		    double *ret_remove)
{
	double begin, middle;
	int ret;

	usleep(PAUSE_US);
	begin = now_us();
	ret = v6_ifaddr_add(nl, ifaddr);
	if (ret < 0)
		return ret;
	middle = now_us();
	ret = v6_ifaddr_remove(nl, ifaddr);
	*ret_remove = now_us() - middle;
	*ret_add = middle - begin;
	return ret;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double median(double *values, int n)
{
	qsort(values, (size_t)n, sizeof(*values), compare);
	return values[(n - 1) / 2];
}

int main(int argc, char *argv[])
{
	static double add[ROUNDS_MAX], remove[ROUNDS_MAX];
	struct v6_ifaddr ifaddr = {.prefix.length = 128};
	int rounds = argc == 4 ? atoi(argv[1]) : 0, i, ret;
	struct v6_error err;
	struct v6_nl nl;

	if (rounds > 0)
		ifaddr.link = (int)if_nametoindex(argv[2]);
	if (rounds < 1 || rounds > ROUNDS_MAX || ifaddr.link == 0 ||
	    v6_address_parse(argv[3], &ifaddr.prefix.address) < 0) {
		fputs("usage: ifaddr ROUNDS LINK ADDRESS\n", stderr);
		return 2;
	}
	ret = v6_nl_open(NETLINK_ROUTE, &nl, &err);
	if (ret < 0) {
		fprintf(stderr, "ifaddr: %s\n", err.text);
		return 1;
	}
	for (i = 0; i < rounds && ret == 0; i++)
		ret = time_one(&nl, &ifaddr, &add[i], &remove[i]);
	v6_nl_close(&nl);
	if (ret < 0) {
		fprintf(stderr, "ifaddr: %s: %s\n", argv[3], strerror(-ret));
		return 1;
	}
	printf("%.0f\t%.0f\n", median(add, rounds), median(remove, rounds));
	return 0;
}
