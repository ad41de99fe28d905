/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Addresses, prefixes, protocols and the names of links, by their parsers. */
#include <arpa/inet.h>

#include <libv6/names.h>

#include "base/address.h"
#include "base/text.h"
#include "fuzz.h"
#include "oci/request.h"

static void try_address(const char *text)
{
	struct in6_addr address, again;

	if (v6_address_parse(text, &address) < 0)
		return;
	must(v6_address_parse(V6_TEXT(&address), &again) == 0);
	must(v6_address_equal(&address, &again));
	/* what may be a service address is none of these */
	if (v6_address_is_global(&address))
		must(!IN6_IS_ADDR_MULTICAST(&address) && !IN6_IS_ADDR_LINKLOCAL(&address) &&
		     !IN6_IS_ADDR_LOOPBACK(&address) && !IN6_IS_ADDR_UNSPECIFIED(&address) &&
		     !IN6_IS_ADDR_V4MAPPED(&address));
}

static void try_prefix(const char *text)
{
	char written[INET6_ADDRSTRLEN + sizeof("/128")];
	struct v6_prefix prefix, again;

	if (v6_prefix_parse(text, &prefix) < 0)
		return;
	must(prefix.length <= 128);
	must(v6_prefix_contains(&prefix, &prefix.address));
	snprintf(written, sizeof(written), "%s/%u", V6_TEXT(&prefix.address), prefix.length);
	must(v6_prefix_parse(written, &again) == 0);
	must(again.length == prefix.length && v6_address_equal(&again.address, &prefix.address));
}

static void try_interface(const char *text)
{
	char name[V6_INTERFACE_SIZE];
	struct v6_error err = {0};
	int ret = v6_interface_parse(text, name, &err);

	fuzz_check(ret, &err);
	if (ret == 0)
		must(v6_text_is_word(text, name) && !strpbrk(name, "/ \t\n\033") &&
		     strcmp(name, "..") != 0);
}

/* try_name() - what DNS need not be asked for: addresses, and what is no name */
static void try_name(const char *text)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789-_.";
	struct in6_addr addresses[V6_NAMES_ADDRESSES_MAX];
	struct v6_names_source source;
	struct v6_error err = {0};
	struct in_addr ipv4;
	size_t n = 0, length = strlen(text), label = 0;
	bool name = length > 0 && strspn(text, allowed) == length;
	const char *c;

	for (c = text; name && *c; c++) {
		label = *c == '.' ? 0 : label + 1;
		name = label <= 63 && (*c != '.' || c[1] != '.');
	}
	if (name && *text != '.' && length < V6_NAME_MAX && inet_pton(AF_INET, text, &ipv4) != 1)
		return;
	fuzz_check(v6_names_resolve(text, 1, 1, addresses, &n, &source, &err), &err);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_free char *text = fuzz_text(data, size);
	uint8_t protocol;

	try_address(text);
	try_prefix(text);
	try_interface(text);
	try_name(text);
	if (v6_protocol_parse(text, &protocol) == 0)
		must(strcmp(v6_protocol_name(protocol), text) == 0);
	return 0;
}
