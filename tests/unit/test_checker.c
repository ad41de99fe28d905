/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Commands that v6ctl check suggests: names in them come from strangers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "check/checker.h"

static char suggested[sizeof(((struct v6_finding *)0)->command)];

static void keep_command(const struct v6_finding *finding, void *data)
{
	(void)data;
	strcpy(suggested, finding->command);
}

/* suggest() - what comes of a command */
static const char *suggest(const char *command)
{
	struct v6_checker checker = {.found = keep_command};

	v6_checker_begin(&checker);
	v6_found_fault(&checker, "service", command, "it is broken");
	v6_checker_begin(&checker);
	return suggested;
}

static void our_own_commands_are_suggested(void **state)
{
	static const char *const commands[] = {
		"v6ctl reconcile",
		"ip link set dev eth0 up && v6ctl reconcile",
		"firewall-cmd --add-port=80/tcp && firewall-cmd --permanent --add-port=80/tcp",
		"nft insert rule inet filter forward ct status dnat accept",
		"nsenter --net=/proc/7/ns/net ip link set dev eth0 up && v6ctl reconcile",
	};
	size_t i;

	(void)state;
	for (i = 0; i < V6_ARRAY_SIZE(commands); i++)
		assert_string_equal(suggest(commands[i]), commands[i]);
}

static void what_a_shell_takes_for_its_own_is_not(void **state)
{
	static const char *const commands[] = {
		"ip link set dev $x up",
		"ip link set dev ;reboot; up",
		"ip link set dev a|b up",
		"ip link set dev && up && v6ctl reconcile",
		"nft insert rule inet a && reboot c accept",
		"&& reboot",
		"v6ctl reconcile && reboot",
		"mv /hooks.d/a && v6ctl clear.json /x",
	};
	size_t i;

	(void)state;
	for (i = 0; i < V6_ARRAY_SIZE(commands); i++)
		assert_string_equal(suggest(commands[i]), "");
}

/* "mv A A.off" without its end would be another command */
static void what_is_cut_is_not(void **state)
{
	char path[sizeof(struct v6_line) - 20];

	(void)state;
	memset(path, 'a', sizeof(path) - 1);
	path[sizeof(path) - 1] = '\0';
	assert_string_not_equal(suggest(v6_line("mv %s x", path).s), "");
	assert_string_equal(suggest(v6_line("mv %s %s.off", path, path).s), "");
}

static void a_name_is_one_word(void **state)
{
	(void)state;
	assert_string_equal(v6_command_word("filter_IN_public-1.2"), "filter_IN_public-1.2");
	assert_string_equal(v6_command_word("/etc/hooks.d/a.json"), "/etc/hooks.d/a.json");
	assert_string_equal(suggest(v6_line("nft list chain %s", v6_command_word("a b")).s), "");
	assert_string_equal(suggest(v6_line("nft list chain %s", v6_command_word("-f")).s), "");
	assert_string_equal(suggest(v6_line("nft list chain %s", v6_command_word("")).s), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(our_own_commands_are_suggested),
		cmocka_unit_test(what_a_shell_takes_for_its_own_is_not),
		cmocka_unit_test(what_is_cut_is_not),
		cmocka_unit_test(a_name_is_one_word),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
