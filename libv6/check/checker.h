/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the steps of a check share, and how they report what they found. */
#ifndef V6_CHECK_CHECKER_H
#define V6_CHECK_CHECKER_H

#include <libv6/check.h>

#include "base/text.h"
#include "firewall/trace.h"
#include "kernel/neigh.h"
#include "store/host.h"

/**
 * struct v6_probe - A service address that its neighbours were asked for
 * @of:		The address, its link, and who has it
 * @taken:	Another machine answered
 */
struct v6_probe {
	struct v6_neighbour of;
	bool taken;
};

/* Commands of one record that are remembered, so that each is given once. */
#define V6_COMMANDS_MAX 64

/**
 * struct v6_checker
 * @host:	This host
 * @faults:	Of the current check
 * @commands:	Those given in it already, @n_commands of them; owned
 * @config:	0, or why the configuration can't be read: @config_error
 * @rules:	All chains, where @rules_state is 1
 * @rules_state: 0: not read yet, or negative: why they can't be, @rules_error
 * @probes:	What neighbours said of service addresses so far, @n_probes of them; owned
 * @brief:	Many services are being checked: what takes long is done for all at once, or not at
 * all
 * @from:	Where @has_from: a client's address, whose way is checked
 * @dns_down:	DNS does not answer at all, so that asking for each name would take for ever
 * @publishing_down: So does the server where names are published, or it does not take the key
 */
struct v6_checker {
	struct v6_host *host;
	void (*found)(const struct v6_finding *finding, void *data);
	void *data;
	unsigned int faults;
	char *commands[V6_COMMANDS_MAX];
	size_t n_commands;
	int config;
	struct v6_error config_error;
	struct v6_ruleset rules;
	int rules_state;
	struct v6_error rules_error;
	struct v6_probe *probes;
	size_t n_probes;
	bool brief;
	struct in6_addr from;
	bool has_from;
	bool dns_down;
	bool publishing_down;
};

/**
 * struct v6_checked - A record being checked, and what earlier steps found of it
 * @checker:	Whose
 * @record:	It
 * @alive:	Its container lives
 * @local:	It shares the host's network
 * @table:	Our table is whole
 * @netns:	Descriptor of the network namespace where its services lead, or -1: it can't be
 *		opened
 * @inode:	Its inode
 * @deaf:	Something was looked for, and nothing listens there, on one mapping at least
 * @marks:	Of each service, those of a first packet and of its answer when they are routed
 * @stale:	v6ctl reconcile would change routing rules
 * @heard:	Of each mapping, a port in the container on which something listens, or 0
 */
struct v6_checked {
	struct v6_checker *checker;
	const struct v6_record *record;
	bool alive;
	bool local;
	bool table;
	int netns;
	uint64_t inode;
	bool deaf;
	struct v6_marks {
		struct v6_setting request, answer;
	} marks[V6_RECORD_ADDRESSES_MAX];
	bool stale;
	uint16_t heard[V6_REQUEST_MAPS_MAX];
};

/* v6_checker_begin() - a check begins: no fault yet, and no command given */
void v6_checker_begin(struct v6_checker *checker);

/* v6_checker_rules() - all chains of this host, read once; NULL: see rules_error */
const struct v6_ruleset *v6_checker_rules(struct v6_checker *checker);

/* v6_checked_is_long() - whether it has so many claims that only those at fault are told of */
bool v6_checked_is_long(const struct v6_checked *c);

/**
 * v6_found() - Report what a step found
 * @command:	A line for a shell, or "". It is given once in a check, by the first fault that it
 *		repairs, and left out if it was cut, or if its characters mean something to a
 *		shell, as those of names of interfaces and tables may
 * @fmt:	As printf(); control characters become '?'
 */
void v6_found(struct v6_checker *checker, enum v6_result result, const char *step,
	      const char *command, const char *fmt, ...) V6_PRINTF(5, 6);
#define v6_found_good(checker, step, ...) v6_found(checker, V6_RESULT_GOOD, step, "", __VA_ARGS__)
#define v6_found_unseen(checker, step, ...) \
	v6_found(checker, V6_RESULT_UNSEEN, step, "", __VA_ARGS__)
#define v6_found_doubt(checker, step, command, ...) \
	v6_found(checker, V6_RESULT_DOUBT, step, command, __VA_ARGS__)
#define v6_found_fault(checker, step, command, ...) \
	v6_found(checker, V6_RESULT_FAULT, step, command, __VA_ARGS__)

/* v6_checker_gave() - whether a command, not "", has been given in the current check */
bool v6_checker_gave(const struct v6_checker *checker, const char *command);

/* v6_restart_command() - what makes a container's engine start it again, where there is one for
 * root to run; else ""
 */
struct v6_line v6_restart_command(const struct v6_record *record);

#endif
