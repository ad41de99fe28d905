/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a container's v6.* annotations ask for. */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <libv6/oci.h>

#include "base/address.h"
#include "base/cleanup.h"
#include "base/text.h"
#include "oci/from.h"
#include "oci/ports.h"
#include "oci/request.h"

/* Longest label of a name: RFC 1035 section 2.3.4. */
#define LABEL_MAX 63
/* Longest name but for the dot behind it. */
#define RELATIVE_MAX (V6_NAME_MAX - 1)

/* is_ldh() - a character of names as RFC 1123 section 2.1 allows them, and the usual '_' */
static bool is_ldh(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

/* name_fault() - what keeps a lower-case text from being a host name, or NULL */
static const char *name_fault(const char *name)
{
	const char *label, *end;

	if (strchr(name, '/'))
		return "not a name; write it without scheme, path or prefix length";

	for (label = name; label; label = *end ? end + 1 : NULL) {
		end = strchrnul(label, '.');
		if (end == label)
			return "a label is empty";
		if (end - label > LABEL_MAX)
			return "a label is longer than 63 characters";
		if (*label == '-' || end[-1] == '-')
			return "a label begins or ends with '-'";
	}

	while (is_ldh(*name) || *name == '.')
		name++;
	if ((unsigned char)*name >= 0x80)
		return "not a host name; write an international name in its xn-- form";
	return *name ? "not a host name; use letters, digits, '-', '_' and '.'" : NULL;
}

/* fail_literal() - say what keeps a text with a colon from being a service address */
static int fail_literal(const char *host, struct v6_error *err)
{
	char address[INET6_ADDRSTRLEN + 1];
	struct in6_addr zoned;

	snprintf(address, sizeof(address), "%.*s", (int)strcspn(host, "%"), host);
	if (!strchr(host, '%') || v6_address_parse(address, &zoned) < 0)
		return v6_fail(err, -EINVAL,
			       "\"%s\": not an IPv6 address; ports belong in v6.ports",
			       V6_SHOWN(host));
	if (!v6_address_is_global(&zoned))
		return v6_fail(
			err, -EINVAL,
			"\"%s\": can't be a service address; use a global (2000::/3) or unique-local (fc00::/7) one",
			V6_SHOWN(host));
	return v6_fail(
		err, -EINVAL,
		"\"%s\": a service address has no zone; write %s, and name the interface in v6.interface",
		V6_SHOWN(host), V6_TEXT(&zoned));
}

/* parse_literal() - an IPv6 address, rewritten in its one canonical form */
static int parse_literal(char *host, struct v6_error *err)
{
	struct in6_addr address;
	struct v6_text text;

	if (host[0] == '[')
		return v6_fail(err, -EINVAL,
			       "\"%s\": no brackets are needed here; drop the brackets",
			       V6_SHOWN(host));
	if (v6_address_parse(host, &address) < 0)
		return fail_literal(host, err);

	text = v6_address_text(&address);
	memcpy(host, text.s, strlen(text.s) + 1);
	return 0;
}

static int fail_long(const char *host, struct v6_error *err)
{
	return v6_fail(err, -EINVAL, "\"%s\": longer than %d characters", V6_SHOWN(host),
		       RELATIVE_MAX);
}

static void lower_text(char *text, size_t length)
{
	size_t i;

	for (i = 0; i < length; i++)
		if (text[i] >= 'A' && text[i] <= 'Z')
			text[i] = (char)(text[i] - 'A' + 'a');
}

/* parse_name() - a DNS name, or an error of its own for an IPv4 address */
static int parse_name(char *host, struct v6_error *err)
{
	size_t length = strlen(host);
	bool absolute = length > 1 && host[length - 1] == '.';
	struct in_addr ipv4;
	const char *fault;

	if (absolute)
		host[--length] = '\0';
	if (length > RELATIVE_MAX)
		return fail_long(host, err);
	if (inet_pton(AF_INET, host, &ipv4) == 1)
		return v6_fail(err, -EINVAL, "%s is an IPv4 address; a service address is IPv6",
			       host);

	lower_text(host, length);
	fault = name_fault(host);
	if (fault)
		return v6_fail(err, -EINVAL, "\"%s\": %s", V6_SHOWN(host), fault);
	if (absolute)
		host[length] = '.'; /* its NUL is still behind it */
	return 0;
}

/* parse_host() - check one host and bring it into its canonical form, in place; room for
 * V6_NAME_MAX characters and the NUL
 */
static int parse_host(char *host, struct v6_error *err)
{
	if (host[0] == '[' || (strchr(host, ':') && !strchr(host, '/')))
		return parse_literal(host, err);
	return parse_name(host, err);
}

/* add_host() - append a host that is in its canonical form */
static int add_host(struct v6_request *request, const char *host, struct v6_error *err)
{
	size_t i;

	for (i = 0; i < request->n_hosts; i++)
		if (strcmp(request->hosts[i], host) == 0)
			return v6_fail(err, -EINVAL, "\"%s\" is there twice; drop one",
				       V6_SHOWN(host));
	if (request->n_hosts == V6_REQUEST_HOSTS_MAX)
		return v6_fail(err, -EINVAL, "\"%s\": more than %d hosts", V6_SHOWN(host),
			       V6_REQUEST_HOSTS_MAX);

	memcpy(request->hosts[request->n_hosts++], host, strlen(host) + 1);
	return 0;
}

static int parse_hosts(const char *value, struct v6_request *request, struct v6_error *err)
{
	char host[V6_NAME_MAX + 1];
	const char *cursor = value;
	int ret;

	request->n_hosts = 0;
	while (cursor) {
		ret = v6_text_item(&cursor, host, sizeof(host));
		if (ret == -EINVAL)
			return v6_fail(err, ret, "\"%s\": a name is missing", V6_SHOWN(value));
		if (ret < 0)
			return fail_long(cursor, err);

		ret = parse_host(host, err);
		if (ret < 0)
			return ret;
		ret = add_host(request, host, err);
		if (ret < 0)
			return ret;
	}
	return 0;
}

static int parse_ports_annotation(const char *value, struct v6_request *request,
				  struct v6_error *err)
{
	request->has_ports = true;
	return v6_ports_parse(value, request->maps, &request->n_maps, err);
}

int v6_interface_parse(const char *value, char *ret_interface, struct v6_error *err)
{
	const char *name = value;
	size_t length = v6_text_trim(&name), i;
	bool valid = length > 0 && length < V6_INTERFACE_SIZE && !v6_text_is_word(name, ".") &&
		     !v6_text_is_word(name, "..");

	for (i = 0; valid && i < length; i++)
		valid = isgraph((unsigned char)name[i]) && name[i] != '/' && name[i] != ':';
	if (!valid)
		return v6_fail(err, -EINVAL, "\"%s\": not the name of an interface; see ip link",
			       V6_SHOWN(value));

	memcpy(ret_interface, name, length);
	ret_interface[length] = '\0';
	return 0;
}

static int parse_interface_annotation(const char *value, struct v6_request *request,
				      struct v6_error *err)
{
	return v6_interface_parse(value, request->interface, err);
}

/* parse_from() - the list is long, and made again where it is needed */
static int parse_from(const char *value, struct v6_request *request, struct v6_error *err)
{
	struct v6_prefixes auto_call(v6_prefixes_release) from = {.n = 0};

	request->from = value;
	return v6_from_parse(value, &from, err);
}

static int parse_follow(const char *value, struct v6_request *request, struct v6_error *err)
{
	request->fixed = v6_text_is_word(value, "off");
	if (!request->fixed && !v6_text_is_word(value, "on"))
		return v6_fail(err, -EINVAL, "\"%s\": expected on or off", V6_SHOWN(value));
	return 0;
}

/* In the order of enum v6_relay */
static const char *const relay_names[] = {"off", "on", "proxy"};

const char *v6_relay_name(enum v6_relay relay)
{
	return relay_names[relay];
}

int v6_relay_parse(const char *name, enum v6_relay *ret_relay)
{
	size_t i;

	for (i = 0; i < V6_ARRAY_SIZE(relay_names); i++) {
		if (v6_text_is_word(name, relay_names[i])) {
			*ret_relay = (enum v6_relay)i;
			return 0;
		}
	}
	return -EINVAL;
}

static int parse_relay_annotation(const char *value, struct v6_request *request,
				  struct v6_error *err)
{
	if (v6_relay_parse(value, &request->relay) < 0)
		return v6_fail(err, -EINVAL, "\"%s\": expected on, proxy or off", V6_SHOWN(value));
	return 0;
}

/* In the order of enum v6_share_mode; the first one is the absence of the annotation */
static const char *const share_modes[] = {"none", "newest", "each"};

const char *v6_share_mode_name(enum v6_share_mode mode)
{
	return share_modes[mode];
}

static int parse_share(const char *value, struct v6_request *request, struct v6_error *err)
{
	enum v6_share_mode mode;

	for (mode = V6_SHARE_NEWEST; mode <= V6_SHARE_EACH; mode++) {
		if (v6_text_is_word(value, share_modes[mode])) {
			request->share = mode;
			return 0;
		}
	}
	return v6_fail(err, -EINVAL, "\"%s\": expected newest or each", V6_SHOWN(value));
}

/* parse_egress() - v6.host is parsed before it. An address may be one that a name resolves to */
static int parse_egress(const char *value, struct v6_request *request, struct v6_error *err)
{
	const char *cursor = value;
	struct in6_addr address;
	size_t i;
	int ret;

	if (v6_text_is_word(value, "off"))
		return 0;
	if (v6_text_is_word(value, "on")) {
		memcpy(request->egress, request->hosts[0], sizeof(request->egress));
		return 0;
	}
	ret = v6_text_item(&cursor, request->egress, sizeof(request->egress));
	if (ret < 0 || cursor)
		return v6_fail(err, -EINVAL, "\"%s\": expected on, off or one name of v6.host",
			       V6_SHOWN(value));
	ret = parse_host(request->egress, err);
	if (ret < 0 || v6_address_parse(request->egress, &address) == 0)
		return ret;
	for (i = 0; i < request->n_hosts; i++)
		if (strcmp(request->hosts[i], request->egress) == 0)
			return 0;
	return v6_fail(err, -EINVAL,
		       "\"%s\": v6.host has no such name; expected on, off or one of it",
		       V6_SHOWN(value));
}

static int parse_required(const char *value, struct v6_request *request, struct v6_error *err)
{
	bool required = v6_text_is_word(value, "true");

	if (!required && !v6_text_is_word(value, "false"))
		return v6_fail(err, -EINVAL, "\"%s\": expected true or false", V6_SHOWN(value));

	request->required = required;
	return 0;
}

/* Parsers change the request only; the item at fault comes first in their errors. */
static const struct key {
	const char *name;
	int (*parse)(const char *value, struct v6_request *request, struct v6_error *err);
} keys[] = {
	{"v6.host", parse_hosts},
	{"v6.ports", parse_ports_annotation},
	{"v6.interface", parse_interface_annotation},
	{"v6.from", parse_from},
	{"v6.follow", parse_follow},
	{"v6.relay", parse_relay_annotation},
	{"v6.share", parse_share},
	{"v6.egress", parse_egress}, /* after v6.host */
	{"v6.required", parse_required},
};

bool v6_egress_is(const char *egress, const char *name, const struct in6_addr *address)
{
	struct in6_addr literal;

	if (v6_address_parse(egress, &literal) == 0)
		return v6_address_equal(&literal, address);
	return strcmp(egress, name) == 0;
}

static bool is_own_annotation(const struct v6_annotation *annotation)
{
	return strncasecmp(annotation->key, "v6.", strlen("v6.")) == 0;
}

/*
 * KEY/NAME narrows an annotation of a pod to its container of that name
 */

/* suffix_of() - "" or "/NAME" behind a key; NULL where the annotation's key is another */
static const char *suffix_of(const struct v6_annotation *annotation, const char *key)
{
	size_t length = strlen(key);

	if (strncmp(annotation->key, key, length) != 0 ||
	    (annotation->key[length] && annotation->key[length] != '/'))
		return NULL;
	return annotation->key + length;
}

/* choose_annotation() - of the annotations of one key, the one that counts for this container, or
 * NULL */
static const struct v6_annotation *choose_annotation(const struct v6_state *state, const char *key)
{
	const struct v6_annotation *a, *plain = NULL, *narrowed = NULL;
	const char *suffix;
	size_t i;

	for (i = 0; i < state->n_annotations; i++) {
		a = &state->annotations[i];
		suffix = suffix_of(a, key);
		if (suffix && !*suffix)
			plain = a;
		else if (suffix && *state->name && strcmp(suffix + 1, state->name) == 0)
			narrowed = a;
	}
	return narrowed ? narrowed : plain;
}

/* is_narrowed() - whether some container of the pod, not necessarily this one, has a key alone */
static bool is_narrowed(const struct v6_state *state, const char *key)
{
	const char *suffix;
	size_t i;

	for (i = 0; i < state->n_annotations; i++) {
		suffix = suffix_of(&state->annotations[i], key);
		if (suffix && *suffix)
			return true;
	}
	return false;
}

static int fail_unknown_annotation(struct v6_error *err, const char *key)
{
	const char *names[V6_ARRAY_SIZE(keys)], *suffix = strchrnul(key, '/');
	char plain[32]; /* more does not count */
	size_t i;

	snprintf(plain, sizeof(plain), "%.*s", (int)(suffix - key), key);
	lower_text(plain, strlen(plain));
	for (i = 0; i < V6_ARRAY_SIZE(keys); i++)
		names[i] = keys[i].name;
	return v6_fail(err, -EINVAL, "annotation %s is not known; did you mean %s%s?",
		       V6_SHOWN(key), v6_text_nearest(plain, names, V6_ARRAY_SIZE(names)),
		       V6_SHOWN(suffix));
}

/* check_suffix() - see that what narrows a key is a name, and that this container has one */
static int check_suffix(const struct v6_state *state, const struct v6_annotation *annotation,
			const char *key, const char *suffix, struct v6_error *err)
{
	if (!*suffix)
		return 0;
	if (!v6_container_name_is_valid(suffix + 1))
		return v6_fail(err, -EINVAL,
			       "annotation %s: \"%s\" is not the name of a container in its pod",
			       V6_SHOWN(annotation->key), V6_SHOWN(suffix + 1));
	if (!*state->name)
		return v6_fail(
			err, -EINVAL,
			"annotation %s: this engine (%s) does not say which container of its pod this is; give %s to the one container",
			V6_SHOWN(annotation->key), v6_engine_name(state->engine), key);
	return 0;
}

static int check_key(const struct v6_state *state, const struct v6_annotation *annotation,
		     struct v6_error *err)
{
	const char *suffix;
	size_t i;

	for (i = 0; i < V6_ARRAY_SIZE(keys); i++) {
		suffix = suffix_of(annotation, keys[i].name);
		if (suffix)
			return check_suffix(state, annotation, keys[i].name, suffix, err);
	}
	return fail_unknown_annotation(err, annotation->key);
}

static int check_annotations(const struct v6_state *state, struct v6_error *err)
{
	size_t i;
	int ret = 0;

	for (i = 0; i < state->n_annotations && ret == 0; i++)
		if (is_own_annotation(&state->annotations[i]))
			ret = check_key(state, &state->annotations[i], err);
	return ret;
}

/* find_required() - v6.required ahead of everything else: it rules what an error leads to */
static bool find_required(const struct v6_state *state)
{
	const struct v6_annotation *annotation = choose_annotation(state, "v6.required");
	struct v6_request request = {.required = true};

	if (annotation)
		parse_required(annotation->value, &request, NULL);
	return request.required;
}

/* check_host() - where this container has no v6.host, see that nothing else wants one. What all of
 * a pod have besides is meant for the one that has it
 */
static int check_host(const struct v6_state *state, struct v6_error *err)
{
	bool elsewhere = is_narrowed(state, "v6.host");
	const struct v6_annotation *annotation;
	size_t i;

	for (i = 0; i < V6_ARRAY_SIZE(keys); i++) {
		annotation = choose_annotation(state, keys[i].name);
		if (annotation && !(elsewhere && !*suffix_of(annotation, keys[i].name)))
			return v6_fail(err, -EINVAL,
				       "%s: there is no v6.host beside it; add v6.host",
				       annotation->key);
	}
	return 0;
}

/* parse_all() - fill in a request that holds the defaults */
static int parse_all(const struct v6_state *state, struct v6_request *request, struct v6_error *err)
{
	const struct v6_annotation *annotation;
	size_t i;
	int ret = check_annotations(state, err);

	if (ret < 0)
		return ret;
	for (i = 0; i < V6_ARRAY_SIZE(keys); i++) {
		annotation = choose_annotation(state, keys[i].name);
		ret = annotation ? keys[i].parse(annotation->value, request, err) : 0;
		if (ret < 0)
			return v6_context(err, ret, "%s", annotation->key);
	}
	return request->n_hosts == 0 ? check_host(state, err) : 0;
}

int v6_request_from_state(const struct v6_state *state, struct v6_request *ret_request,
			  struct v6_error *err)
{
	struct v6_request request = {
		.maps = {{IPPROTO_TCP, 80, 80, 1}},
		.n_maps = 1,
		.required = find_required(state),
	};
	int ret;

	ret_request->required = request.required;
	if (state->n_annotations > 0 && state->contradiction.code)
		return v6_fail(err, state->contradiction.code, "%s", state->contradiction.text);
	if (!state->sandbox) {
		ret = parse_all(state, &request, err);
		if (ret < 0)
			return ret;
	}

	*ret_request = request;
	return 0;
}

/* find_hosts() - the container's own list or, as what asks for it may be at fault, another's */
static const char *find_hosts(const struct v6_state *state)
{
	const struct v6_annotation *chosen = choose_annotation(state, "v6.host");
	size_t i;

	for (i = 0; i < state->n_annotations && !chosen; i++)
		if (suffix_of(&state->annotations[i], "v6.host"))
			chosen = &state->annotations[i];
	return chosen ? chosen->value : NULL;
}

void v6_state_hosts(const struct v6_state *state, char *ret_hosts)
{
	const char *cursor = find_hosts(state);
	char host[V6_NAME_MAX + 1];
	size_t used = 0;

	*ret_hosts = '\0';
	while (cursor && v6_text_item(&cursor, host, sizeof(host)) == 0 &&
	       used + strlen(host) + 2 <= V6_HOSTS_SIZE)
		used += (size_t)sprintf(ret_hosts + used, "%s%s", used ? " " : "", host);
	v6_text_printable(ret_hosts);
}
