/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What all services need, and those that have a fault. */
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <libv6/names.h>

#include <libv6/ipc.h>

#include "base/address.h"
#include "base/cleanup.h"
#include "base/file.h"
#include "check/checker.h"
#include "check/daemon.h"
#include "check/docker.h"
#include "check/engines.h"
#include "check/names.h"
#include "check/published.h"
#include "check/neighbours.h"
#include "kernel/sysctl.h"
#include "store/changed.h"
#include "table/flows.h"
#include "table/nat.h"
#include "table/table.h"

/* RFC 6761 section 6.4: never in DNS, so that every server that works says so. */
#define NO_NAME	    "resolver-check.invalid"
#define RESOLV_CONF "/etc/resolv.conf"
#define FILE_MAX    65536
/* Settings that were changed: so many are shown. */
#define SETTINGS_SHOWN 400

/*
 * Rights and kernel
 */

static void check_rights(struct v6_checker *checker)
{
	static const struct {
		int bit;
		const char *name;
	} needed[] = {{CAP_NET_ADMIN, "CAP_NET_ADMIN"},
		      {CAP_NET_RAW, "CAP_NET_RAW"},
		      {CAP_SYS_ADMIN, "CAP_SYS_ADMIN"},
		      {CAP_SYS_PTRACE, "CAP_SYS_PTRACE"}};
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {{0}};
	char missing[128] = "";
	size_t i;

	syscall(SYS_capget, &header, data);
	for (i = 0; i < V6_ARRAY_SIZE(needed); i++)
		if (!(data[CAP_TO_INDEX(needed[i].bit)].effective & CAP_TO_MASK(needed[i].bit)))
			snprintf(missing + strlen(missing), sizeof(missing) - strlen(missing),
				 "%s%s", *missing ? ", " : "", needed[i].name);
	if (*missing)
		v6_found_unseen(checker, "rights",
				"without %s: what needs it is not looked at; run as root", missing);
	else
		v6_found_good(checker, "rights", "%s", "all that is needed");
}

static void check_tables(struct v6_checker *checker)
{
	struct v6_error err;
	int ret = v6_nat_usable(&checker->host->netfilter, &err);

	if (ret == -EPERM)
		v6_found_unseen(checker, "kernel", "%s", err.text);
	else if (ret < 0)
		v6_found_fault(checker, "kernel", "modprobe nf_tables", "%s", err.text);
	if (ret < 0)
		return;
	ret = v6_flows_usable(&checker->host->netfilter);
	if (ret < 0)
		v6_found_fault(
			checker, "kernel", "modprobe nf_conntrack_netlink",
			"it does not let us see connections, so that clients of a container that stops would hang: %s",
			v6_strerror(ret));
	else
		v6_found_good(checker, "kernel", "it has nf_tables and conntrack");
}

static void check_kernel(struct v6_checker *checker)
{
	struct utsname name;
	struct v6_error err;
	int value;

	if (v6_ipv6_check("", &err) < 0)
		v6_found_fault(checker, "kernel", "", "%s", err.text);
	else if (v6_sysctl_get("default", "disable_ipv6", &value) == 0 && value)
		v6_found_doubt(
			checker, "kernel", "sysctl -w net.ipv6.conf.default.disable_ipv6=0",
			"interfaces made from now on have IPv6 off (net.ipv6.conf.default.disable_ipv6): engines make their bridges anew, and no container behind these gets a service");
	check_tables(checker);
	uname(&name);
	if (v6_sysctl_get("all", "force_forwarding", &value) == 0)
		v6_found_good(checker, "kernel", "Linux %s can forward between single interfaces",
			      name.release);
	else
		v6_found_good(
			checker, "kernel",
			"Linux %s forwards as a whole or not at all (single interfaces: 6.17)",
			name.release);
}

/*
 * Configuration, DNS, what was changed
 */

static void check_config(struct v6_checker *checker)
{
	const struct v6_config *config = &checker->host->config;

	if (checker->config < 0)
		v6_found_fault(checker, "config", "",
			       "%s; no container with a service starts until this is repaired",
			       checker->config_error.text);
	else if (!config->text)
		v6_found_good(checker, "config", "there is no %s; the defaults hold",
			      V6_CONFIG_FILE);
	else if (config->has_allow)
		v6_found_good(checker, "config", "%s is valid, with %zu rule%s", V6_CONFIG_FILE,
			      config->n_rules, config->n_rules == 1 ? "" : "s");
	else
		v6_found_good(checker, "config", "%s is valid, without rules", V6_CONFIG_FILE);
}

static bool has_nameserver(void)
{
	auto_free char *text = NULL;
	auto_fd int fd = open(RESOLV_CONF, O_RDONLY | O_CLOEXEC);
	size_t size;
	char *line, *rest;

	if (fd < 0 || v6_file_read(fd, FILE_MAX, &text, &size) < 0)
		return false;
	for (rest = text; (line = strsep(&rest, "\n"));)
		if (strncmp(line, "nameserver", strlen("nameserver")) == 0)
			return true;
	return false;
}

struct records;
static bool any_needs_dns(struct v6_checker *checker, const struct records *records);

static void check_resolver(struct v6_checker *checker, const struct records *records)
{
	const struct v6_config *config = &checker->host->config;
	struct in6_addr addresses[V6_NAMES_ADDRESSES_MAX];
	struct v6_error err;
	size_t n;
	int ret;

	if (!has_nameserver()) {
		v6_found_good(checker, "dns",
			      "no server in " RESOLV_CONF "; names come from /etc/hosts");
		return;
	}
	ret = v6_names_resolve(NO_NAME, config->resolve_timeout_ms, config->resolve_tries,
			       addresses, &n, NULL, &err);
	checker->dns_down = ret == -ETIMEDOUT || ret == -ECONNREFUSED || ret == -EIO;
	if (checker->dns_down && any_needs_dns(checker, records))
		v6_found_fault(checker, "dns", "", "%s", err.text);
	else if (checker->dns_down)
		v6_found_doubt(checker, "dns", "",
			       "%s. All services have addresses for names, or names in /etc/hosts",
			       err.text);
	else
		v6_found_good(checker, "dns", "it answers");
}

/* join_changes() - into one line of at most @size bytes */
static void join_changes(const struct v6_changes *changes, char *ret_line, size_t size)
{
	const struct v6_changed *changed = changes->list;
	size_t used = 0;

	*ret_line = '\0';
	for (; changed < changes->list + changes->n && used < size; changed++)
		if (changed->from != changed->to)
			used += (size_t)snprintf(ret_line + used, size - used, "%s%s %d -> %d",
						 used ? ", " : "", V6_SETTING(&changed->setting),
						 changed->from, changed->to);
}

static int stop_at_first(const struct v6_nat_op *element, void *data)
{
	(void)element;
	*(bool *)data = true;
	return -ECANCELED;
}

/* check_refused() - what is forwarded to others than services, where somebody has turned that on */
static void check_refused(struct v6_checker *checker)
{
	bool any = false;
	int on;

	v6_nat_each(&checker->host->netfilter, V6_NAT_OPENED, stop_at_first, &any, NULL);
	if (any && v6_sysctl_get("all", "forwarding", &on) == 0 && on)
		v6_found_fault(
			checker, "forwarding", "v6ctl reconcile",
			"net.ipv6.conf.all.forwarding was turned on, but table ip6 oci-v6 still refuses new connections that are not to services");
}

static void check_settings(struct v6_checker *checker)
{
	struct v6_changes auto_call(v6_changes_release) changes = {.n = 0};
	struct v6_error err = checker->host->unread;
	char line[SETTINGS_SHOWN];
	int ret = checker->host->dir < 0 ? err.code
					 : v6_changes_read(checker->host, NULL, &changes, &err);

	if (ret < 0 && ret != -ENOENT)
		v6_found_unseen(checker, "settings", "%s", err.text);
	else if (changes.n == 0)
		v6_found_good(checker, "settings", "none was changed");
	else
		join_changes(&changes, line, sizeof(line));
	if (changes.n > 0)
		v6_found_good(checker, "settings",
			      "changed for services (v6ctl clear --settings puts them back): %s",
			      line);
}

/*
 * Services
 */

/* struct records - all of them, and whether their containers live */
struct records {
	struct {
		struct v6_record record;
		bool alive;
	} * list;
	size_t n;
};

static void free_records(struct records *records)
{
	free(records->list);
}

static int keep_record(const struct v6_record *record, bool alive, void *data)
{
	struct records *records = data;
	void *larger = reallocarray(records->list, records->n + 1, sizeof(*records->list));

	if (!larger)
		return -ENOMEM;
	records->list = larger;
	records->list[records->n].record = *record;
	records->list[records->n++].alive = alive;
	return 0;
}

/* needs_dns() - whether DNS is asked for a name: it is no address, nor in /etc/hosts */
static bool needs_dns(struct v6_checker *checker, const char *name)
{
	struct in6_addr addresses[V6_NAMES_ADDRESSES_MAX];
	struct v6_error err;
	size_t n;

	return v6_address_parse(name, &addresses[0]) < 0 &&
	       v6_names_resolve(name, checker->host->config.resolve_timeout_ms, 1, addresses, &n,
				NULL, &err) < 0;
}

/* any_needs_dns() - of the services, while DNS is down: the first one decides. Without any, the
 * next one may
 */
static bool any_needs_dns(struct v6_checker *checker, const struct records *records)
{
	const struct v6_record *record;
	size_t i, j;

	for (i = 0; i < records->n; i++) {
		record = &records->list[i].record;
		for (j = 0; j < record->n_services; j++)
			if (needs_dns(checker, record->services[j].name))
				return true;
	}
	return records->n == 0;
}

/* probe_neighbours() - the neighbours, for all services at once: one by one would take a second
 * each */
static void probe_neighbours(struct v6_checker *checker, const struct records *records)
{
	auto_free struct v6_service *services = NULL;
	size_t i, j, n = 0;

	for (i = 0; i < records->n; i++)
		n += records->list[i].record.n_services;
	services = calloc(n ? n : 1, sizeof(*services));
	for (i = 0, n = 0; services && i < records->n; i++)
		for (j = 0; j < records->list[i].record.n_services; j++)
			services[n++] = records->list[i].record.services[j];
	for (i = 0; services && i < n; i++)
		v6_checker_ask(checker, services, n, services[i].link);
	checker->brief = true;
}

/* keep_fault() - the first one of a service */
static void keep_fault(const struct v6_finding *finding, void *data)
{
	struct v6_finding *first = data;

	if (finding->result == V6_RESULT_FAULT && first->result != V6_RESULT_FAULT)
		*first = *finding;
}

/* check_one() - a container, telling its first fault only, and its command unless it is the @last
 * one given, which repairs many. Returns whether there is any
 */
static bool check_one(struct v6_checker *checker, const struct v6_record *record, bool alive,
		      struct v6_line *last)
{
	void (*found)(const struct v6_finding *finding, void *data) = checker->found;
	struct v6_finding first = {.result = V6_RESULT_GOOD};
	void *data = checker->data;
	unsigned int n;

	checker->found = keep_fault;
	checker->data = &first;
	n = v6_check_record(checker, record, alive);
	checker->found = found;
	checker->data = data;
	v6_checker_begin(checker);
	if (n == 0)
		return false;
	v6_found_fault(checker, "service", strcmp(first.command, last->s) ? first.command : "",
		       "%s (%.*s): %s: %.300s; see v6ctl check %.*s", record->services[0].name,
		       V6_ID_SHORT, record->id, first.step, first.text, V6_ID_SHORT, record->id);
	*last = v6_line("%s", first.command);
	return true;
}

static void check_table(struct v6_checker *checker, size_t n_records)
{
	struct v6_error err;
	int state = v6_table_state(&checker->host->netfilter, &err);

	if (state < 0)
		v6_found_unseen(checker, "table", "%s", err.text);
	else if (state == V6_TABLE_WHOLE)
		v6_found_good(checker, "table", "ip6 " V6_NAT_TABLE " is whole");
	else if (n_records == 0)
		v6_found_good(checker, "table", "there is none, as nothing is published");
	else
		v6_found_fault(
			checker, "table", "v6ctl reconcile",
			"ip6 " V6_NAT_TABLE " is gone or not whole: %s",
			state == V6_TABLE_MISSING
				? "another program has flushed or changed it"
				: "an older version made it, or another program has changed it");
}

/* check_services() - all of them. Returns how many have a fault */
static unsigned int check_services(struct v6_checker *checker, const struct records *records)
{
	struct v6_line last = v6_line("%s", "");
	unsigned int faulty = 0;
	size_t i;

	if (v6_checker_gave(checker, "v6ctl reconcile"))
		last = v6_line("v6ctl reconcile");
	probe_neighbours(checker, records);
	for (i = 0; i < records->n; i++) {
		faulty +=
			check_one(checker, &records->list[i].record, records->list[i].alive, &last);
		v6_host_progressed(checker->host, (unsigned int)i + 1, (unsigned int)records->n);
	}
	if (faulty == 0)
		v6_found_good(checker, "services", "%zu container%s, all well", records->n,
			      records->n == 1 ? "" : "s");
	return faulty;
}

unsigned int v6_check_host(struct v6_checker *checker)
{
	struct records auto_call(free_records) records = {.n = 0};
	unsigned int faults;
	struct v6_error err;
	int ret;

	v6_checker_begin(checker);
	check_rights(checker);
	check_kernel(checker);
	check_config(checker);
	ret = v6_records_seen_each(checker->host, keep_record, &records, &err);
	check_resolver(checker, &records);
	v6_check_pool(checker);
	v6_check_engines(checker);
	v6_check_daemon(checker);
	v6_check_publishing(checker);
	check_settings(checker);
	v6_check_docker(checker);
	check_refused(checker);
	check_table(checker, records.n);
	faults = checker->faults;
	if (ret < 0)
		v6_found_unseen(checker, "services", "%s", err.text);
	else
		faults += check_services(checker, &records);
	return faults;
}
