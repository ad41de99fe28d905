/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Deleting a conntrack entry by its original tuple and CTA_ID removes that one only; with another
 * id, or when it is gone, it is -ENOENT. The tuple is taken back as the dump has it, and the id
 * stays as long as the entry. Several deletions in one message to the socket are done one by one:
 * those that fail are answered, and stop no others.
 *
 * v6_flows_step() in table/flows.c: between the dump and the deletion a client may have begun a new
 * flow with the same tuple, to the container's successor. Not quite safe: the id is made of the
 * entry's tuple and place in memory, and the new one may be where the old one was.
 *
 * Kernel: ctnetlink_del_conntrack() in net/netfilter/nf_conntrack_netlink.c, nf_ct_get_id() in
 * nf_conntrack_core.c.
 */
#include "flow.h"

#define N 3

static const struct flow flows[N] = {
	{"2001:db8::203", 80, "fd42::11", 8080},
	{"2001:db8::203", 81, "fd42::11", 8081},
	{"2001:db8::204", 80, "fd42::12", 8080},
};

/* struct entry - an entry as the dump has it */
struct entry {
	uint32_t id;
	uint16_t size;
	uint8_t tuple[256];
};

struct entries {
	struct entry entry[N + 1];
	int n;
};

static int keep(const struct nlmsghdr *message, void *data)
{
	struct entries *entries = data;
	struct entry *entry = &entries->entry[entries->n];
	const struct nlattr *attr;

	need(entries->n < N, "no more entries than were made");
	mnl_attr_for_each (attr, message, sizeof(struct nfgenmsg)) {
		if (mnl_attr_get_type(attr) == CTA_ID)
			entry->id = mnl_attr_get_u32(attr);
		if (mnl_attr_get_type(attr) == CTA_TUPLE_ORIG) {
			entry->size = mnl_attr_get_payload_len(attr);
			memcpy(entry->tuple, mnl_attr_get_payload(attr), entry->size);
		}
	}
	entries->n++;
	return MNL_CB_OK;
}

static struct entries dump(struct v6_nl *nl)
{
	struct entries entries = {.n = 0};
	union v6_nl_message message;

	errno = -v6_nl_dump(nl, flow_request(&message, IPCTNL_MSG_CT_GET, NLM_F_DUMP), keep, NULL,
			    &entries);
	need(errno == 0, "dump");
	return entries;
}

static int delete_entry(struct v6_nl *nl, const struct entry *entry, uint32_t id)
{
	union v6_nl_message message;
	struct nlmsghdr *request = flow_request(&message, IPCTNL_MSG_CT_DELETE, 0);

	mnl_attr_put(request, CTA_TUPLE_ORIG | NLA_F_NESTED, entry->size, entry->tuple);
	mnl_attr_put_u32(request, CTA_ID, id);
	return v6_nl_talk(nl, request, NULL, NULL);
}

static bool same(const struct entry *a, const struct entry *b)
{
	return a->id == b->id && a->size == b->size && memcmp(a->tuple, b->tuple, a->size) == 0;
}

/* put_deletion() - behind others in a buffer */
static size_t put_deletion(char *buffer, size_t size, const struct entry *entry)
{
	union v6_nl_message message = {{0}};
	struct nlmsghdr *request = flow_request(&message, IPCTNL_MSG_CT_DELETE, NLM_F_REQUEST);

	mnl_attr_put(request, CTA_TUPLE_ORIG | NLA_F_NESTED, entry->size, entry->tuple);
	mnl_attr_put_u32(request, CTA_ID, entry->id);
	memcpy(buffer + size, request, request->nlmsg_len);
	return size + MNL_ALIGN(request->nlmsg_len);
}

/* delete_all() - in one message to the socket, the one that is gone between the others */
static int delete_all(struct v6_nl *nl, const struct entries *entries,
		      bool (*is_pardoned)(int code))
{
	char buffer[N * 512] = "";
	size_t size = 0;
	int i;

	for (i = 0; i < N; i++)
		size = put_deletion(buffer, size, &entries->entry[i]);
	return v6_nl_post(nl, buffer, size, is_pardoned);
}

static bool nothing_is(int code)
{
	(void)code;
	return false;
}

static bool gone_is(int code)
{
	return code == -ENOENT;
}

int main(void)
{
	struct entries before, after;
	struct entry *gone;
	struct v6_nl nl;
	int i, j, left = 0;

	plan(9);
	netns_new();
	nl = nl_open(NETLINK_NETFILTER);
	for (i = 0; i < N; i++)
		flow_new(&nl, &flows[i]);
	before = dump(&nl);
	is(before.n, N, "the dump has them all");
	gone = &before.entry[1];

	is(delete_entry(&nl, gone, gone->id ^ 1), -ENOENT, "delete with another id");
	is(dump(&nl).n, N, "all are still there");
	is(delete_entry(&nl, gone, gone->id), 0, "delete with its id");
	after = dump(&nl);
	for (i = 0; i < after.n; i++)
		for (j = 0; j < before.n; j++)
			left += j != 1 && same(&after.entry[i], &before.entry[j]);
	ok(after.n == N - 1 && left == N - 1, "the others stay, with their ids");
	is(delete_entry(&nl, gone, gone->id), -ENOENT, "delete again");
	is(delete_all(&nl, &before, nothing_is), -ENOENT, "delete all, one of which is gone");
	is(dump(&nl).n, 0, "the others are gone, too");
	is(delete_all(&nl, &before, gone_is), 0, "and again, where that is no failure");
	v6_nl_close(&nl);
	return done();
}
