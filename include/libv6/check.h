/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is wrong with a service, or with this host, and what to type.
 *
 * Looks and changes nothing. One finding for each step of the way from a name to the program that
 * answers; what may not be seen, or can't be because of an earlier fault, is said to be unseen.
 */
#ifndef LIBV6_CHECK_H
#define LIBV6_CHECK_H

#include <libv6/store.h>

#ifdef __cplusplus
extern "C" {
#endif

enum v6_result {
	V6_RESULT_GOOD,
	V6_RESULT_FAULT,
	V6_RESULT_DOUBT,  /* there may be something, or it is good but not as it should be */
	V6_RESULT_UNSEEN, /* not looked at */
};

#define V6_RESULTS 4 /* how many there are */

/* v6_result_name() - "good", "fault", "doubt" or "unseen" */
const char *v6_result_name(enum v6_result result);

/**
 * struct v6_finding - What one step found
 * @result:	See there
 * @step:	One word of English: "address", "firewall" and so on
 * @text:	What was found; of a fault its cause, then "; " and what to do where no command does
 * @command:	A line for a shell that repairs it, or ""
 */
struct v6_finding {
	enum v6_result result;
	const char *step;
	char text[sizeof(((struct v6_error *)0)->text)];
	char command[sizeof(((struct v6_error *)0)->text)];
};

/* struct v6_checker - what several checks have in common; opaque */
struct v6_checker;

/**
 * v6_checker_open() - Begin to check
 * @host:	This host, by v6_host_look(); outlives the checker
 * @found:	Called with each finding
 * @data:	Passed to @found
 * @ret_checker: Set on success; release with v6_checker_close()
 *
 * Return: 0 or -ENOMEM
 */
int v6_checker_open(struct v6_host *host,
		    void (*found)(const struct v6_finding *finding, void *data), void *data,
		    struct v6_checker **ret_checker);
void v6_checker_close(struct v6_checker *checker);

/* v6_checker_from() - have v6_check_record() check the way of one client: routes, rules and
 * firewall are asked with its address
 */
void v6_checker_from(struct v6_checker *checker, const struct in6_addr *client);

/**
 * v6_check_record() - Walk the whole way to one container
 * @checker:	As opened
 * @record:	The container's
 * @alive:	Whether it lives, as far as is known
 *
 * Asks DNS, the neighbours on the link, and the container's own ports of TCP, so it may take some
 * seconds where these do not answer.
 *
 * Return: how many faults there are
 */
unsigned int v6_check_record(struct v6_checker *checker, const struct v6_record *record,
			     bool alive);

/**
 * v6_check_absent() - See why nothing publishes a service
 * @checker:	As opened
 * @which:	A name, an address, or a container's id or its beginning
 *
 * Return: how many faults there are, at least 1 where records may be read
 */
unsigned int v6_check_absent(struct v6_checker *checker, const char *which);

/**
 * v6_check_host() - Look at what all services need
 *
 * Kernel, rights, configuration, DNS, engines and their hooks, table; then, one finding each, the
 * services that have a fault.
 *
 * Return: how many faults there are
 */
unsigned int v6_check_host(struct v6_checker *checker);

#ifdef __cplusplus
}
#endif

#endif
