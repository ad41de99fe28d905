/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Pinned neighbours, made, looked at and removed by rtnetlink. */
#include <errno.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <stdbool.h>
#include <string.h>

#include "kernel/ifaddr.h"
#include "kernel/pin.h"

#define ATTRIBUTE_PROTOCOL 12 /* NDA_PROTOCOL; not in the headers of older distributions */

/* request_any() - of whichever neighbours */
static struct ndmsg *request_any(union v6_nl_message *request, uint16_t type, uint16_t flags)
{
	struct nlmsghdr *header = mnl_nlmsg_put_header(request->bytes);
	struct ndmsg *info = mnl_nlmsg_put_extra_header(header, sizeof(*info));

	header->nlmsg_type = type;
	header->nlmsg_flags = flags;
	info->ndm_family = AF_INET6;
	return info;
}

static struct ndmsg *request_pin(union v6_nl_message *request, uint16_t type, uint16_t flags,
				 const struct v6_pin *pin)
{
	struct ndmsg *info = request_any(request, type, flags);

	info->ndm_ifindex = pin->link;
	mnl_attr_put(&request->header, NDA_DST, sizeof(pin->address), &pin->address);
	return info;
}

static int write_pin(struct v6_nl *nl, uint16_t flag, const struct v6_pin *pin)
{
	union v6_nl_message request = {{0}};

	request_pin(&request, RTM_NEWNEIGH, NLM_F_CREATE | flag, pin)->ndm_state = NUD_PERMANENT;
	mnl_attr_put(&request.header, NDA_LLADDR, sizeof(pin->mac), pin->mac);
	mnl_attr_put_u8(&request.header, ATTRIBUTE_PROTOCOL, V6_PROTOCOL_MARK);
	return v6_nl_talk(nl, &request.header, NULL, NULL);
}

/* struct entry - what the kernel has of a neighbour; zeroes: nothing */
struct entry {
	struct v6_pin pin;
	bool is_permanent;
	bool is_ours;
};

static bool read_entry(const struct nlmsghdr *message, struct entry *ret_entry)
{
	const struct ndmsg *info = v6_nl_header(message, sizeof(*info));
	const struct nlattr *attr;
	uint8_t protocol = 0;

	if (!info || info->ndm_flags & NTF_PROXY)
		return false;
	*ret_entry = (struct entry){.pin.link = info->ndm_ifindex};
	mnl_attr_for_each (attr, message, sizeof(*info)) {
		if (mnl_attr_get_type(attr) == NDA_DST)
			V6_NL_VALUE(attr, &ret_entry->pin.address);
		else if (mnl_attr_get_type(attr) == NDA_LLADDR)
			V6_NL_VALUE(attr, &ret_entry->pin.mac);
		else if (mnl_attr_get_type(attr) == ATTRIBUTE_PROTOCOL)
			V6_NL_VALUE(attr, &protocol);
	}
	ret_entry->is_permanent = info->ndm_state & NUD_PERMANENT;
	ret_entry->is_ours = ret_entry->is_permanent && protocol == V6_PROTOCOL_MARK;
	return true;
}

static int keep_entry(const struct nlmsghdr *message, void *data)
{
	read_entry(message, data);
	return MNL_CB_OK;
}

/* get_entry() - that there is none is no error */
static int get_entry(struct v6_nl *nl, const struct v6_pin *pin, struct entry *ret_entry)
{
	union v6_nl_message request = {{0}};
	int ret;

	*ret_entry = (struct entry){.is_ours = false};
	request_pin(&request, RTM_GETNEIGH, 0, pin);
	ret = v6_nl_talk(nl, &request.header, keep_entry, ret_entry);
	return ret == -ENOENT ? 0 : ret;
}

static bool is_pinned_so(const struct entry *entry, const struct v6_pin *pin)
{
	return entry->is_permanent && memcmp(entry->pin.mac, pin->mac, sizeof(pin->mac)) == 0;
}

int v6_pin_add(struct v6_nl *nl, const struct v6_pin *pin)
{
	struct entry entry;
	int ret = write_pin(nl, NLM_F_EXCL, pin);

	if (ret != -EEXIST)
		return ret == 0 ? 1 : ret;
	ret = get_entry(nl, pin, &entry);
	if (ret < 0 || is_pinned_so(&entry, pin))
		return ret;
	if (entry.is_permanent && !entry.is_ours)
		return -EEXIST;
	ret = write_pin(nl, NLM_F_REPLACE, pin);
	return ret < 0 ? ret : 1;
}

int v6_pin_has(struct v6_nl *nl, const struct v6_pin *pin)
{
	struct entry entry;
	int ret = get_entry(nl, pin, &entry);

	return ret < 0 ? ret : is_pinned_so(&entry, pin);
}

int v6_pin_remove(struct v6_nl *nl, const struct v6_pin *pin)
{
	union v6_nl_message request = {{0}};
	struct entry entry;
	int ret = get_entry(nl, pin, &entry);

	if (ret < 0 || !entry.is_ours)
		return ret == -ENODEV ? 0 : ret;
	request_pin(&request, RTM_DELNEIGH, 0, pin);
	ret = v6_nl_talk(nl, &request.header, NULL, NULL);
	return ret == -ENOENT || ret == -ENODEV ? 0 : ret;
}

/* struct pins - a visit of those with our mark */
struct pins {
	int (*visit)(const struct v6_pin *pin, void *data);
	void *data;
};

static int visit_pin(const struct nlmsghdr *message, void *data)
{
	const struct pins *pins = data;
	struct entry entry;

	if (!read_entry(message, &entry) || !entry.is_ours)
		return MNL_CB_OK;
	return v6_nl_answer(pins->visit(&entry.pin, pins->data));
}

int v6_pin_each(struct v6_nl *nl, int (*visit)(const struct v6_pin *pin, void *data), void *data)
{
	union v6_nl_message request = {{0}};
	struct pins pins = {visit, data};

	request_any(&request, RTM_GETNEIGH, NLM_F_DUMP);
	return v6_nl_dump(nl, &request.header, visit_pin, NULL, &pins);
}
