/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Walk through conntrack entries, and delete those of connections to containers that are gone. */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/address.h"
#include "base/cleanup.h"
#include "table/flows.h"

/* Bits of CTA_FILTER_ORIG_FLAGS; nf_internals.h in the kernel, in no header of user space */
#define FILTER_PROTO_NUM      (1U << 3)
#define FILTER_PROTO_DST_PORT (1U << 5)

/* The original direction's tuple of IPv6: two addresses, zone, protocol, ports; 92 bytes today */
#define TUPLE_MAX    192
#define DELETION_MAX (TUPLE_MAX + 64)

/* What is sent to the kernel at once: some hundred deletions */
#define BATCH_SIZE 8192

/* struct tuple - one direction of a flow */
struct tuple {
	struct in6_addr source, destination;
	uint8_t protocol;
	uint16_t source_port_be, destination_port_be;
};

/* struct seen - one flow: what its client asked for, where it leads, from where, by which address
 * it left, and what names it to the kernel
 */
struct seen {
	struct v6_claim claim;
	struct v6_target target;
	struct in6_addr source, leaves_by;
	const struct nlattr *tuple;
	uint32_t id;
	uint16_t zone_be;
};

/* struct step - one call of v6_flows_step(), and the deletions that it sends next */
struct step {
	struct v6_flows *flows;
	struct v6_nl *nl;
	const struct v6_flows_look *look;
	union {
		char bytes[BATCH_SIZE];
		struct nlmsghdr header;
	} batch;
	size_t size;
};

static void read_leaf(const struct nlattr *attr, bool is_ip, struct tuple *tuple)
{
	uint16_t type = mnl_attr_get_type(attr);

	if (is_ip && type == CTA_IP_V6_SRC)
		V6_NL_VALUE(attr, &tuple->source);
	else if (is_ip && type == CTA_IP_V6_DST)
		V6_NL_VALUE(attr, &tuple->destination);
	else if (!is_ip && type == CTA_PROTO_NUM)
		V6_NL_VALUE(attr, &tuple->protocol);
	else if (!is_ip && type == CTA_PROTO_SRC_PORT)
		V6_NL_VALUE(attr, &tuple->source_port_be);
	else if (!is_ip && type == CTA_PROTO_DST_PORT)
		V6_NL_VALUE(attr, &tuple->destination_port_be);
}

static void read_tuple(const struct nlattr *nest, struct tuple *tuple)
{
	const struct nlattr *part, *leaf;

	mnl_attr_for_each_nested (part, nest) {
		uint16_t type = mnl_attr_get_type(part);

		if (type != CTA_TUPLE_IP && type != CTA_TUPLE_PROTO)
			continue;
		mnl_attr_for_each_nested (leaf, part)
			read_leaf(leaf, type == CTA_TUPLE_IP, tuple);
	}
}

/* has_one_port() - of wide claims, the port stays the client's */
static bool has_one_port(const struct v6_ended *ended)
{
	return ended->set == V6_NAT_SERVICES || ended->set == V6_NAT_SHARED;
}

/* compare_ended() - in the order in which claims are looked up: ports tell single ones apart */
static int compare_ended(const void *left, const void *right)
{
	const struct v6_ended *a = left, *b = right;
	int order = memcmp(&a->claim.address, &b->claim.address, sizeof(a->claim.address));

	if (order == 0)
		order = (int)a->set - (int)b->set;
	if (order == 0 && a->set != V6_NAT_WHOLE && a->set != V6_NAT_EGRESS)
		order = a->claim.protocol - b->claim.protocol;
	if (order == 0 && has_one_port(a))
		order = a->claim.port - b->claim.port;
	return order;
}

/* compare_for_walk() - of equal claims those first whose target is told: @any spares more */
static int compare_for_walk(const void *left, const void *right)
{
	const struct v6_ended *a = left, *b = right;
	int order = compare_ended(a, b);

	return order ? order : a->any - b->any;
}

/* find_first() - the first claim of a sorted list that is not before a key */
static size_t find_first(const struct v6_flows *flows, const struct v6_ended *key)
{
	size_t low = 0, high = flows->n_walked, middle;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (compare_ended(&flows->walked[middle], key) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool is_within(const struct v6_claim *flow, const struct v6_ended *ended)
{
	return ended->set == V6_NAT_WHOLE || (flow->port >= ended->claim.port &&
					      flow->port <= ended->claim.port + ended->claim.more);
}

/* has_led() - whether a flow of a claim leads where its element did; wide ones keep the port */
static bool has_led(const struct v6_ended *ended, const struct seen *flow)
{
	struct v6_target target = ended->target;

	if (!has_one_port(ended))
		target.port = flow->target.port;
	return ended->any || v6_same_target(&target, &flow->target);
}

/* find_left() - what began in a container that left by a service address */
static struct v6_ended *find_left(struct v6_flows *flows, const struct seen *flow)
{
	struct v6_ended key = {.set = V6_NAT_EGRESS, .claim.address = flow->leaves_by};
	struct v6_ended *ended = flows->walked + find_first(flows, &key);
	struct v6_ended *end = flows->walked + flows->n_walked;

	for (; ended < end && compare_ended(ended, &key) == 0; ended++)
		if (v6_address_equal(&ended->target.address, &flow->source))
			return ended;
	return NULL;
}

static struct v6_ended *find_ended(struct v6_flows *flows, const struct seen *flow)
{
	static const enum v6_nat_set maps[] = {V6_NAT_SERVICES, V6_NAT_SHARED, V6_NAT_RANGES,
					       V6_NAT_WHOLE};
	struct v6_ended key = {.claim = flow->claim};
	struct v6_ended *ended, *end = flows->walked + flows->n_walked;
	size_t i;

	for (i = 0; i < V6_ARRAY_SIZE(maps); i++) {
		key.set = maps[i];
		ended = flows->walked + find_first(flows, &key);
		for (; ended < end && compare_ended(ended, &key) == 0; ended++)
			if (is_within(&flow->claim, ended) && has_led(ended, flow))
				return ended;
	}
	return find_left(flows, flow);
}

/* leaves_still() - asked once for each datagram. Return: 1, 0 or a negative errno */
static int leaves_still(struct step *step, struct v6_ended *ended)
{
	int ret;

	if (ended->round == step->flows->round)
		return ended->is_led;
	ret = step->look->leaves(ended, step->look->data);
	ended->is_led = ret > 0;
	ended->round = step->flows->round;
	return ret;
}

/* look_up_new() - where a new flow of a claim's port would be led; asked once for each datagram */
static int look_up_new(struct step *step, struct v6_ended *ended, const struct v6_claim *claim)
{
	int ret;

	if (ended->round == step->flows->round && v6_claim_equal(&ended->asked, claim))
		return 0;
	ret = step->look->find(claim, &ended->target, &ended->found, step->look->data);
	if (ret < 0 && ret != -ENOENT)
		return ret;
	ended->is_led = ret == 0;
	ret = ended->is_led ? step->look->limits(claim, step->look->data) : 0;
	if (ret < 0)
		return ret;
	ended->is_limited = ret > 0;
	ended->asked = *claim;
	ended->round = step->flows->round;
	return 0;
}

/* is_admitted() - whether its client may go on. Return: 1, 0 or a negative errno */
static int is_admitted(struct step *step, const struct v6_ended *ended, const struct seen *flow)
{
	return ended->is_limited ? step->look->admits(&flow->claim, &flow->source, step->look->data)
				 : 1;
}

/* is_spared() - Return: 1, 0 or a negative errno */
static int is_spared(struct step *step, struct v6_ended *ended, const struct seen *flow)
{
	int ret;

	if (ended->set == V6_NAT_EGRESS)
		return leaves_still(step, ended);
	ret = look_up_new(step, ended, &flow->claim);
	if (ret < 0)
		return ret;
	if (ended->is_led && v6_same_target(&ended->found, &flow->target))
		return is_admitted(step, ended, flow);
	if (!ended->any || v6_address_equal(&flow->target.address, &flow->claim.address))
		return 0;
	return step->look->is_held(&flow->target.address, step->look->data);
}

/* is_no_failure() - of one flow that is gone already, or that a flowtable holds: that leaves the
 * others ended, and it times out
 */
static bool is_no_failure(int code)
{
	return code == -ENOENT || code == -EBUSY;
}

static int send_batch(struct step *step)
{
	int ret = 0;

	if (step->size)
		ret = v6_nl_post(step->nl, step->batch.bytes, step->size, is_no_failure);

	step->size = 0;
	return ret;
}

static struct nlmsghdr *put_request(void *at, uint16_t type, uint16_t flags)
{
	struct nlmsghdr *header = mnl_nlmsg_put_header(at);
	struct nfgenmsg *info = mnl_nlmsg_put_extra_header(header, sizeof(*info));

	header->nlmsg_type = (NFNL_SUBSYS_CTNETLINK << 8) | type;
	header->nlmsg_flags = flags;
	info->nfgen_family = AF_INET6;
	info->version = NFNETLINK_V0;
	return header;
}

/* put_deletion() - by its tuple, as the kernel has it, zone and id: one that is listed twice, or
 * gone meanwhile, is not there
 */
static int put_deletion(struct step *step, const struct seen *flow)
{
	uint16_t size = mnl_attr_get_payload_len(flow->tuple);
	struct nlmsghdr *header;
	int ret = 0;

	if (size > TUPLE_MAX)
		return -EOVERFLOW;
	if (step->size + DELETION_MAX > sizeof(step->batch))
		ret = send_batch(step);
	memset(step->batch.bytes + step->size, 0, DELETION_MAX);
	header = put_request(step->batch.bytes + step->size, IPCTNL_MSG_CT_DELETE, NLM_F_REQUEST);
	mnl_attr_put(header, CTA_TUPLE_ORIG | NLA_F_NESTED, size,
		     mnl_attr_get_payload(flow->tuple));
	mnl_attr_put_u32(header, CTA_ID, flow->id);
	if (flow->zone_be)
		mnl_attr_put_u16(header, CTA_ZONE, flow->zone_be);
	step->size += MNL_ALIGN(header->nlmsg_len);
	step->flows->n++;
	return ret;
}

static int end_if_noted(struct step *step, const struct seen *flow)
{
	struct v6_ended *ended = find_ended(step->flows, flow);
	int spared = ended ? is_spared(step, ended, flow) : 1;

	return spared ? (spared < 0 ? spared : 0) : put_deletion(step, flow);
}

static int look_at_flow(const struct nlmsghdr *message, void *data)
{
	struct tuple original = {0}, reply = {0};
	struct seen flow = {.tuple = NULL};
	const struct nlattr *attr;

	mnl_attr_for_each (attr, message, sizeof(struct nfgenmsg)) {
		switch (mnl_attr_get_type(attr)) {
		case CTA_TUPLE_ORIG:
			flow.tuple = attr;
			read_tuple(attr, &original);
			break;
		case CTA_TUPLE_REPLY:
			read_tuple(attr, &reply);
			break;
		case CTA_ID:
			V6_NL_VALUE(attr, &flow.id);
			break;
		case CTA_ZONE:
			V6_NL_VALUE(attr, &flow.zone_be);
			break;
		default:
			break;
		}
	}
	if (!flow.tuple)
		return MNL_CB_OK;
	flow.claim = (struct v6_claim){original.destination, ntohs(original.destination_port_be),
				       original.protocol, 0, 0};
	flow.target = (struct v6_target){reply.source, ntohs(reply.source_port_be)};
	flow.source = original.source;
	flow.leaves_by = reply.destination;
	return v6_nl_answer(end_if_noted(data, &flow));
}

static bool have_one_protocol(const struct v6_flows *flows)
{
	size_t i;

	for (i = 0; i < flows->n_walked; i++)
		if (flows->walked[i].claim.protocol != flows->walked->claim.protocol)
			return false;
	return flows->walked->claim.protocol != 0;
}

/* are_translated() - whether each of the claims led elsewhere than to its own address and port */
static bool are_translated(const struct v6_flows *flows)
{
	const struct v6_ended *ended = flows->walked, *end = ended + flows->n_walked;

	for (; ended < end; ended++)
		if (ended->any || ended->set == V6_NAT_EGRESS ||
		    (v6_address_equal(&ended->target.address, &ended->claim.address) &&
		     (!has_one_port(ended) || ended->target.port == ended->claim.port)))
			return false;
	return true;
}

/* put_protocol() - and port, where it is just one */
static void put_protocol(struct nlmsghdr *request, const struct v6_claim *claim, bool has_port)
{
	uint32_t flags = FILTER_PROTO_NUM | (has_port ? FILTER_PROTO_DST_PORT : 0);
	struct nlattr *nest, *inner;

	nest = mnl_attr_nest_start(request, CTA_TUPLE_ORIG);
	inner = mnl_attr_nest_start(request, CTA_TUPLE_PROTO);
	mnl_attr_put_u8(request, CTA_PROTO_NUM, claim->protocol);
	if (has_port)
		mnl_attr_put_u16(request, CTA_PROTO_DST_PORT, htons(claim->port));
	mnl_attr_nest_end(request, inner);
	mnl_attr_nest_end(request, nest);

	nest = mnl_attr_nest_start(request, CTA_FILTER);
	mnl_attr_put_u32(request, CTA_FILTER_ORIG_FLAGS, flags);
	mnl_attr_put_u32(request, CTA_FILTER_REPLY_FLAGS, 0);
	mnl_attr_nest_end(request, nest);
}

/* put_filter() - let the kernel pass over what is none of the claims'; what an older one does not
 * know it ignores, and answers with more: protocol and port are of 5.8, the status of 5.15
 */
static void put_filter(struct nlmsghdr *request, const struct v6_flows *flows)
{
	if (have_one_protocol(flows))
		put_protocol(request, &flows->walked->claim,
			     flows->n_walked == 1 && flows->walked->claim.more == 0);
	if (are_translated(flows))
		mnl_attr_put_u32(request, CTA_STATUS, htonl(IPS_DST_NAT));
}

/* end_walk() - its socket stays for the next one: who closes it may have to wait; see struct v6_nl
 */
static void end_walk(struct v6_flows *flows)
{
	free(flows->walked);
	flows->walked = NULL;
	flows->n_walked = 0;
}

/* break_walk() - with the rest of its list */
static void break_walk(struct v6_flows *flows)
{
	end_walk(flows);
	v6_nl_close(&flows->dump);
}

void v6_flows_release(struct v6_flows *flows)
{
	break_walk(flows);
	free(flows->noted);
	flows->noted = NULL;
	flows->n_noted = flows->room = 0;
}

struct v6_ended v6_ended_of(const struct v6_nat_op *element)
{
	struct v6_ended ended = {
		.set = element->set, .claim = element->claim, .target = element->target};

	if (element->set == V6_NAT_EGRESS) {
		ended.claim.address = element->target.address;
		ended.target.address = element->claim.address;
		memcpy(ended.link, element->link, sizeof(ended.link));
	}
	return ended;
}

int v6_flows_note(struct v6_flows *flows, const struct v6_ended *ended)
{
	size_t room = flows->room ? 2 * flows->room : 16;
	struct v6_ended *larger;

	if (flows->n_noted == V6_ENDED_MAX) {
		flows->is_cut = true;
		return -E2BIG;
	}
	if (flows->n_noted == flows->room) {
		larger = reallocarray(flows->noted, room, sizeof(*larger));
		if (!larger)
			return -ENOMEM;
		flows->noted = larger;
		flows->room = room;
	}
	flows->noted[flows->n_noted++] = *ended;
	return 0;
}

int v6_flows_begin(struct v6_flows *flows)
{
	union v6_nl_message request = {{0}};
	struct nlmsghdr *header = put_request(request.bytes, IPCTNL_MSG_CT_GET, NLM_F_DUMP);
	int ret;

	flows->walked = flows->noted;
	flows->n_walked = flows->n_noted;
	flows->noted = NULL;
	flows->n_noted = flows->room = 0;
	flows->is_cut = false;
	flows->n = 0;
	qsort(flows->walked, flows->n_walked, sizeof(*flows->walked), compare_for_walk);
	put_filter(header, flows);
	ret = v6_nl_ask(&flows->dump, header);
	if (ret < 0)
		break_walk(flows);
	return ret;
}

int v6_flows_step(struct v6_flows *flows, struct v6_nl *nl, const struct v6_flows_look *look)
{
	struct step step;
	int sent, more;

	/* but not its batch, which is large */
	step.flows = flows;
	step.nl = nl;
	step.look = look;
	step.size = 0;
	flows->round++;
	more = v6_nl_hear(&flows->dump, look_at_flow, &step);
	sent = send_batch(&step);
	if (sent < 0)
		more = sent;
	if (more == 0)
		end_walk(flows);
	if (more < 0)
		break_walk(flows);
	return more;
}

int v6_flows_usable(struct v6_nl *nl)
{
	union v6_nl_message request = {{0}};

	return v6_nl_talk(nl, put_request(request.bytes, IPCTNL_MSG_CT_GET_STATS, 0), NULL, NULL);
}
