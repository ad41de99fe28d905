/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lines of /etc/hosts, as hosts(5) has them: an address, then names, up to a '#'. */
#include <arpa/inet.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

#include "base/address.h"
#include "base/cleanup.h"
#include "base/file.h"
#include "base/text.h"
#include "check/checker.h"
#include "check/hosts_file.h"

#define HOSTS_FILE "/etc/hosts"
#define HOSTS_MAX  (4U << 20)
#define BLANKS	   " \t\r"

/* next_word() - Return: NULL at the end; *line is behind it */
static char *next_word(char **line)
{
	char *word;

	while ((word = strsep(line, BLANKS)))
		if (*word)
			return word;
	return NULL;
}

static bool is_any_address(const char *text)
{
	char plain[INET6_ADDRSTRLEN];
	uint8_t binary[sizeof(struct in6_addr)];
	size_t size = strcspn(text, "%");

	if (size >= sizeof(plain))
		return false;
	memcpy(plain, text, size);
	plain[size] = '\0';
	return inet_pton(AF_INET6, plain, binary) == 1 || inet_pton(AF_INET, plain, binary) == 1;
}

/* has_name() - among the rest of a line; a name may be written with the dot of the root */
static bool has_name(char *line, const char *name)
{
	size_t size = strlen(name);
	const char *word;

	size -= size > 0 && name[size - 1] == '.';
	while ((word = next_word(&line)))
		if (strncasecmp(word, name, size) == 0 &&
		    (!word[size] || !strcmp(word + size, ".")))
			return true;
	return false;
}

void v6_check_hosts_file(struct v6_checker *checker, const char *name)
{
	auto_free char *text = NULL;
	auto_fd int fd = open(HOSTS_FILE, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	char *rest, *line, *address;
	unsigned int number = 0;
	size_t size;

	if (fd < 0 || v6_file_read(fd, HOSTS_MAX, &text, &size) < 0)
		return;
	for (rest = text; (line = strsep(&rest, "\n"));) {
		number++;
		line[strcspn(line, "#")] = '\0';
		address = next_word(&line);
		if (!address || is_any_address(address) || !has_name(line, name))
			continue;
		v6_found_fault(
			checker, "name", "",
			HOSTS_FILE
			" line %u: \"%s\" is no address, so that the line says nothing of %s; correct it",
			number, V6_SHOWN(address), V6_SHOWN(name));
		return;
	}
}
