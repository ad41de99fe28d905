/* SPDX-License-Identifier: GPL-2.0-or-later */
/* oci-v6-relay: read the arguments that v6d gives, open what is needed, give up all rights, serve.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include "base/address.h"
#include "base/cleanup.h"
#include "doors.h"
#include "relay.h"
#include "sandbox.h"
#include "say.h"
#include "serve.h"

/* As v6_relay_line() writes them */
enum {
	ARGUMENT_VERSION = 1,
	ARGUMENT_NETNS,
	ARGUMENT_ID,
	ARGUMENT_MODE,
	ARGUMENT_LINK,
	ARGUMENT_PID,
	ARGUMENT_CONNECTIONS,
	ARGUMENT_MEMORY,
	ARGUMENT_TARGET,
	ARGUMENT_HEADER,
	ARGUMENT_DOORS,
};

enum {
	EXIT_DONE = 0,
	EXIT_FAILED = 1,
	EXIT_USAGE = 2,
};

static bool read_door(const char *text, struct relay_door *door)
{
	return sscanf(text, "%hu:%hu:%hu", &door->port, &door->program, &door->service) == 3 &&
	       door->port && door->program;
}

static bool read_arguments(int argc, char **argv, struct relay *relay)
{
	int i;

	if (argc <= ARGUMENT_DOORS || argc - ARGUMENT_DOORS > RELAY_DOORS_MAX ||
	    strcmp(argv[ARGUMENT_VERSION], V6_VERSION) != 0 ||
	    v6_address_parse(argv[ARGUMENT_TARGET], &relay->target) < 0 ||
	    v6_address_parse(argv[ARGUMENT_HEADER], &relay->header) < 0)
		return false;
	relay->id = argv[ARGUMENT_ID];
	relay->proxy = strcmp(argv[ARGUMENT_MODE], "proxy") == 0;
	snprintf(relay->link, sizeof(relay->link), "%s", argv[ARGUMENT_LINK]);
	relay->has_life = fcntl(RELAY_FD_LIFE, F_GETFD) >= 0;
	relay->connections = (unsigned int)strtoul(argv[ARGUMENT_CONNECTIONS], NULL, 10);
	relay->memory = strtoul(argv[ARGUMENT_MEMORY], NULL, 10) << 20;
	for (i = ARGUMENT_DOORS; i < argc; i++)
		if (!read_door(argv[i], &relay->doors[relay->n_doors++]))
			return false;
	return relay->connections > 0 && relay->memory > 0;
}

/* hold_file() - it is locked by the process, so that v6d learns which one that is */
static int hold_file(struct v6_error *err)
{
	struct flock whole = {.l_type = F_WRLCK};

	if (fcntl(RELAY_FD_FILE, F_SETLK, &whole) < 0)
		return v6_fail(err, -errno, "cannot lock its file: %s", v6_strerror(errno));
	return 0;
}

/* map_counts() - of the file, while it may be mapped */
static int map_counts(struct relay *relay, struct v6_error *err)
{
	void *counts = mmap(NULL, sizeof(*relay->counts), PROT_READ | PROT_WRITE, MAP_SHARED,
			    RELAY_FD_FILE, V6_RELAY_COUNTS_AT);

	if (counts == MAP_FAILED)
		return v6_fail(err, -errno, "cannot map its file: %s", v6_strerror(errno));
	relay->counts = counts;
	return 0;
}

static int enter_network(struct v6_error *err)
{
	int ret = setns(RELAY_FD_NETNS, CLONE_NEWNET) < 0 ? -errno : 0;

	close(RELAY_FD_NETNS);
	return ret < 0 ? v6_fail(err, ret, "cannot enter the container's network: %s",
				 v6_strerror(ret))
		       : 0;
}

static int run_relay(struct relay *relay, struct v6_error *err)
{
	struct serving serving = {.relay = relay};
	int ret = hold_file(err);

	if (ret == 0)
		ret = map_counts(relay, err);
	if (ret == 0)
		ret = enter_network(err);
	if (ret == 0)
		ret = doors_open(relay, err);
	if (ret == 0)
		ret = serve_prepare(&serving, err);
	if (ret == 0)
		ret = sandbox_enter(&serving.relay->connections, err);
	return ret < 0 ? ret : serve(&serving);
}

int main(int argc, char *argv[])
{
	struct relay relay = {.id = "?"};
	struct v6_error err;
	sigset_t none;

	if (argc == 2 && strcmp(argv[1], "--version") == 0) {
		puts("oci-v6-relay " V6_VERSION);
		return EXIT_DONE;
	}
	if (!read_arguments(argc, argv, &relay)) {
		fputs("oci-v6-relay: v6d starts it; see v6d(8)\n", stderr);
		return EXIT_USAGE;
	}
	/* v6d blocks some, and ignores this one */
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_IGN);
	if (run_relay(&relay, &err) < 0) {
		relay_say(&relay, "%s", err.text);
		return EXIT_FAILED;
	}
	return EXIT_DONE;
}
