/* SPDX-License-Identifier: GPL-2.0-or-later */
/* DNS servers whose addresses have a zone. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <string.h>

#include "base/address.h"
#include "base/cleanup.h"
#include "base/file.h"
#include "base/text.h"
#include "names/zones.h"

#define RESOLV_CONF	     "/etc/resolv.conf"
#define RESOLV_CONF_SIZE_MAX 65536

/* Of a link-local address, zero otherwise */
#define ZONE_OFFSET 4

/* zone_index() - "eth0" or "2"; 0 where there is no such interface */
static uint32_t zone_index(const char *zone)
{
	unsigned int index = if_nametoindex(zone);

	if (index == 0 && (v6_text_number(&zone, 1, UINT16_MAX, &index) < 0 || *zone))
		return 0;
	return index;
}

/* parse_nameserver() - @text: the address alone */
static int parse_nameserver(char *text, struct v6_nameserver *ret_server)
{
	struct v6_nameserver server = {.has_zone = false};
	char *zone = strchr(text, '%');

	if (inet_pton(AF_INET, text, &server.address.in.sin_addr) == 1) {
		server.address.in.sin_family = AF_INET;
		*ret_server = server;
		return 0;
	}
	if (zone)
		*zone++ = '\0';
	if (v6_address_parse(text, &server.address.in6.sin6_addr) < 0)
		return -EINVAL;
	server.address.in6.sin6_family = AF_INET6;
	server.has_zone = zone && IN6_IS_ADDR_LINKLOCAL(&server.address.in6.sin6_addr);
	if (server.has_zone)
		server.address.in6.sin6_scope_id = zone_index(zone);
	*ret_server = server;
	return 0;
}

size_t v6_nameservers_parse(char *text, struct v6_nameserver *ret_list)
{
	static const char keyword[] = "nameserver";
	char *line, *value;
	size_t n = 0;

	while ((line = strsep(&text, "\n")) && n < V6_SERVERS_MAX) {
		value = line + strlen(keyword);
		if (strncmp(line, keyword, strlen(keyword)) != 0 ||
		    (*value != ' ' && *value != '\t'))
			continue;
		value += strspn(value, " \t");
		value[strcspn(value, " \t\r#;")] = '\0';
		n += parse_nameserver(value, &ret_list[n]) == 0;
	}
	return n;
}

size_t v6_nameservers_read(struct v6_nameserver *ret_list)
{
	auto_fd int fd = open(RESOLV_CONF, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	auto_free char *text = NULL;
	size_t size;

	if (fd < 0 || v6_file_read(fd, RESOLV_CONF_SIZE_MAX, &text, &size) < 0)
		return 0;
	return v6_nameservers_parse(text, ret_list);
}

size_t v6_nameservers_zoned(const struct v6_nameserver *list, size_t n)
{
	size_t i, link_local = 0;
	bool zoned = false;

	for (i = 0; i < n; i++) {
		zoned |= list[i].has_zone;
		link_local += list[i].address.any.sa_family == AF_INET6 &&
			      IN6_IS_ADDR_LINKLOCAL(&list[i].address.in6.sin6_addr);
	}
	return zoned ? link_local : 0;
}

void v6_zone_hide(struct sockaddr_in6 *address)
{
	uint32_t index = htonl(address->sin6_scope_id);

	if (!IN6_IS_ADDR_LINKLOCAL(&address->sin6_addr))
		return;
	memcpy(&address->sin6_addr.s6_addr[ZONE_OFFSET], &index, sizeof(index));
	address->sin6_scope_id = 0;
}

void v6_zone_show(struct sockaddr_in6 *address)
{
	uint32_t index;

	if (!IN6_IS_ADDR_LINKLOCAL(&address->sin6_addr))
		return;
	memcpy(&index, &address->sin6_addr.s6_addr[ZONE_OFFSET], sizeof(index));
	memset(&address->sin6_addr.s6_addr[ZONE_OFFSET], 0, sizeof(index));
	address->sin6_scope_id = ntohl(index);
}
