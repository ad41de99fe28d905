/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What stands in the way of a service's packets: real rulesets in the kernel, loaded by nft and
 * iptables, against packets that nobody sends.
 */
#include "nat.h"

#include "firewall/trace.h"

/* write_rules() - with a line of its own for what follows a chain, as nft wants */
static void write_rules(const char *text, FILE *to)
{
	const char *end;

	for (; (end = strstr(text, "; } ")); text = end + 4)
		fprintf(to, "%.*s; }\n", (int)(end - text), text);
	fprintf(to, "%s\n", text);
}

/* load() - a ruleset of nft's, alone; or commands of a shell, where it begins with '!' */
static void load(const char *text)
{
	FILE *to;

	if (!nl.socket || system("command -v nft >/dev/null") != 0)
		skip();
	assert_int_equal(system("nft flush ruleset"), 0);
	to = popen(*text == '!' ? "sh -e >&2" : "nft -f - >&2", "w");
	assert_non_null(to);
	if (*text == '!')
		fputs(text + 1, to);
	else
		write_rules(text, to);
	assert_int_equal(pclose(to), 0);
}

/* flow() - from 2001:db8::10 on eth0 to port 80 of 2001:db8::203: port 8080 of fd42::11 on cni0 */
static struct v6_flow flow(void)
{
	return (struct v6_flow){
		.client = address("2001:db8::10"),
		.service = address("2001:db8::203"),
		.target = address("fd42::11"),
		.protocol = IPPROTO_TCP,
		.service_port = 80,
		.target_port = 8080,
		.outside = {2, "eth0"},
		.inside = {3, "cni0"},
	};
}

static const char *const hindrances[] = {"drop", "queue", "notrack", "elsewhere", "source"};
static const char *const legs[] = {"request",  "answer", "later", "leaving", "returning",
				   "going on", "asked",	 "told",  "asking",  "being told"};

static void describe(const struct v6_obstacle *o, char *to, size_t size)
{
	snprintf(to, size, "%s%s %s %s %s%s%s%s, %s", o->certain ? "" : "maybe ",
		 hindrances[o->what], v6_family_name(o->base->family), o->base->table,
		 o->base->name, o->chain != o->base ? " " : "",
		 o->chain != o->base ? o->chain->name : "",
		 o->what != V6_HINDRANCE_DROP ? ""
		 : o->handle		      ? " rule"
					      : " policy",
		 legs[o->leg]);
}

static bool seen_before(const struct v6_obstacles *found, size_t i)
{
	size_t j;

	for (j = 0; j < i; j++)
		if (found->list[j].base == found->list[i].base)
			return true;
	return false;
}

/* traced() - what is found, one a line; of each base chain, the first */
static const char *traced(const struct v6_flow *of)
{
	static char text[2048];
	struct v6_ruleset auto_call(v6_ruleset_release) ruleset = {0};
	struct v6_obstacles found;
	size_t i;

	assert_int_equal(v6_ruleset_read(&nl, &ruleset, NULL), 0);
	assert_int_equal(v6_trace(&ruleset, of, &found), 0);
	text[0] = '\0';
	for (i = 0; i < found.n; i++) {
		if (seen_before(&found, i))
			continue;
		if (*text)
			strcat(text, "\n");
		describe(&found.list[i], text + strlen(text), sizeof(text) - strlen(text));
	}
	return text;
}

/* expect() - what a ruleset does to the flow; "" is nothing */
static void expect(const char *ruleset, const char *found)
{
	struct v6_flow of = flow();

	load(ruleset);
	if (strcmp(traced(&of), found) != 0)
		fail_msg("%s\nexpected: %s\nbut got:  %s", ruleset, found, traced(&of));
}

#define FORWARD_DROP "type filter hook forward priority filter; policy drop; "
#define FORWARD	     "type filter hook forward priority filter; "

static void nothing_stands_in_the_way(void **state)
{
	(void)state;
	expect("", "");
	expect("table inet f { chain forward { " FORWARD "} }", "");
	expect("table ip f { chain forward { " FORWARD_DROP "} }", "");
	expect("table inet f { chain forward { " FORWARD_DROP "ct status dnat accept; } }", "");
	expect("table inet f { flags dormant; chain forward { " FORWARD_DROP "} }", "");
	expect("table inet f { chain unused { drop; } }", "");
}

static void a_policy_drops(void **state)
{
	(void)state;
	expect("table inet f { chain forward { " FORWARD_DROP "} }",
	       "drop inet f forward policy, request");
	expect("table inet f { chain forward { " FORWARD_DROP "ct state established accept; } }",
	       "drop inet f forward policy, request");
	/* the way back must be open, too, and what follows from the client */
	expect("table inet f { chain forward { " FORWARD_DROP "tcp dport 8080 accept; } }",
	       "drop inet f forward policy, answer");
	expect("table inet f { chain forward { " FORWARD_DROP
	       "ct state new accept; ct direction reply accept; } }",
	       "drop inet f forward policy, later");
	expect("table inet f { chain a { " FORWARD_DROP "} chain b { " FORWARD_DROP "} }",
	       "drop inet f a policy, request\ndrop inet f b policy, request");
}

static void both_directions_and_discovery_are_told_apart(void **state)
{
	struct v6_ruleset auto_call(v6_ruleset_release) ruleset = {0};
	struct v6_flow of = flow();
	struct v6_obstacles found;

	(void)state;
	load("table inet f { chain p { type filter hook prerouting priority raw; policy drop; } }");
	assert_int_equal(v6_ruleset_read(&nl, &ruleset, NULL), 0);
	assert_int_equal(v6_trace(&ruleset, &of, &found), 0);
	assert_int_equal(found.n, 3);
	assert_int_equal(found.list[0].leg, V6_LEG_REQUEST);
	assert_true(v6_address_equal(&found.list[0].ends.daddr, &of.service));
	assert_int_equal(found.list[0].ends.dport, 80);
	assert_false(found.list[0].translated);
	assert_int_equal(found.list[1].leg, V6_LEG_ANSWER);
	assert_true(v6_address_equal(&found.list[1].ends.saddr, &of.target));
	assert_int_equal(found.list[1].ends.sport, 8080);
	assert_int_equal(found.list[2].leg, V6_LEG_ASKED);
}

/* expect_leaving() - what a ruleset does to a connection of the container to port 443 of 2000::1 */
static void expect_leaving(const char *ruleset, const char *found)
{
	struct v6_flow of = flow();

	of.leaves = true;
	of.client = address("2000::1");
	of.service_port = 443;
	load(ruleset);
	if (strcmp(traced(&of), found) != 0)
		fail_msg("%s\nexpected: %s\nbut got:  %s", ruleset, found, traced(&of));
}

#define POSTROUTING(priority) "type nat hook postrouting priority " priority "; "

static void what_leaves_is_hindered(void **state)
{
	(void)state;
	expect_leaving("", "");
	expect_leaving("table inet f { chain f { " FORWARD_DROP "ct status dnat accept; } }",
		       "drop inet f f policy, leaving");
	expect_leaving("table inet f { chain f { " FORWARD_DROP
		       "iifname \"cni0\" oifname \"eth0\" ip6 saddr fd42::11 accept; } }",
		       "drop inet f f policy, returning");
	expect_leaving("table inet f { chain f { " FORWARD
		       "ct direction original ct state established drop; } }",
		       "drop inet f f rule, going on");
	/* its source is the container's up to here, and the service address from here on */
	expect_leaving("table ip6 f { chain a { type filter hook postrouting priority 99; "
		       "ip6 saddr 2001:db8::203 drop; } }",
		       "");
	expect_leaving("table ip6 f { chain a { type filter hook postrouting priority 101; "
		       "ip6 saddr 2001:db8::203 ct status snat drop; } }",
		       "drop ip6 f a rule, leaving");
	expect_leaving("table ip6 f { chain a { type filter hook prerouting priority -101; "
		       "ip6 daddr 2001:db8::203 fib daddr type local drop; } }",
		       "drop ip6 f a rule, returning");
	expect_leaving("table ip6 f { chain a { " POSTROUTING("80") "masquerade; } }",
		       "source ip6 f a, leaving");
	expect_leaving(
		"table ip6 f { chain a { " POSTROUTING("80") "oifname \"cni0\" masquerade; } }",
		"");
	expect_leaving(
		"table ip6 oci-v6 { chain a { " POSTROUTING(
			"90") "snat to 2001:db8::203; } }\n"
			      "table ip6 f { chain a { " POSTROUTING("100") "masquerade; } }",
		"");
	expect_leaving("table ip6 oci-v6 { chain a { " POSTROUTING(
			       "90") "snat to 2001:db8::203; } }\n"
				     "table ip6 f { chain a { " POSTROUTING("90") "masquerade; } }",
		       "maybe source ip6 f a, leaving");
	expect_leaving("table ip6 f { chain a { type nat hook prerouting priority dstnat; "
		       "tcp dport 443 redirect to :1; } }",
		       "elsewhere ip6 f a, leaving");
}

static void a_rule_drops(void **state)
{
	(void)state;
	expect("table inet f { chain c { " FORWARD "oifname \"cni0\" drop; } }",
	       "drop inet f c rule, request");
	expect("table inet f { chain c { " FORWARD "oifname \"cni*\" reject; } }",
	       "drop inet f c rule, request");
	expect("table inet f { chain c { " FORWARD "oifname != \"cni0\" drop; } }",
	       "drop inet f c rule, answer");
	expect("table ip6 f { chain c { " FORWARD
	       "ip6 daddr fd42::/16 tcp dport 8000-9000 drop; } }",
	       "drop ip6 f c rule, request");
	expect("table inet f { chain c { " FORWARD "meta nfproto ipv4 drop; } }", "");
	expect("table inet f { chain c { " FORWARD "ip6 saddr fd42::11 tcp sport 8080 drop; } }",
	       "drop inet f c rule, answer");
	expect("table inet f { chain c { " FORWARD "tcp flags syn / syn,ack drop; } }",
	       "drop inet f c rule, request");
	expect("table inet f { chain c { " FORWARD "ct state new jump d; } chain d { drop; } }",
	       "drop inet f c d rule, request");
	expect("table inet f { chain c { " FORWARD "ct original ip6 daddr 2001:db8::203 drop; } }",
	       "drop inet f c rule, request");
	expect("table inet f { chain c { " FORWARD "ip6 dscp cs1 drop; meta skuid 0 drop; } }", "");
}

static void sets_and_maps(void **state)
{
	(void)state;
	expect("table inet f { set s { type inet_service; elements = { 22, 8080 }; }\n"
	       "chain c { " FORWARD "tcp dport @s drop; } }",
	       "drop inet f c rule, request");
	expect("table inet f { chain c { " FORWARD "tcp dport { 22, 443 } drop; } }", "");
	expect("table inet f { chain c { " FORWARD "tcp dport != { 22, 443 } drop; } }",
	       "drop inet f c rule, request");
	expect("table inet f { chain c { " FORWARD "ip6 daddr { fd00::/8, fe80::/10 } drop; } }",
	       "drop inet f c rule, request");
	expect("table inet f { chain c { " FORWARD "tcp dport { 1-1023, 9000-9999 } drop; } }", "");
	expect("table inet f { chain c { " FORWARD
	       "iifname . oifname { \"eth0\" . \"cni0\" } drop; } }",
	       "drop inet f c rule, request");
	expect("table inet f { chain c { " FORWARD
	       "ip6 daddr . tcp dport { fd42::/64 . 8000-8100 } drop; } }",
	       "drop inet f c rule, request");
	expect("table inet f { chain c { " FORWARD
	       "iifname vmap { \"eth0\" : jump d, \"lo\" : accept }; } chain d { drop; } }",
	       "drop inet f c d rule, request");
	expect("table inet f { chain c { " FORWARD "tcp dport vmap { 22 : accept, * : drop }; } }",
	       "drop inet f c rule, request");
	expect("table inet f { chain c { " FORWARD
	       "tcp dport vmap { 8080 : accept, * : drop }; } }",
	       "drop inet f c rule, answer");
	expect("table inet f { chain c { " FORWARD "ct state vmap { established : accept, "
	       "invalid : drop, new : continue }; drop; } }",
	       "drop inet f c rule, request");
	expect("table inet f { set bad { type ipv6_addr; flags dynamic, timeout; timeout 1m; }\n"
	       "chain c { " FORWARD "ip6 saddr @bad drop; "
	       "update @bad { ip6 saddr limit rate over 10/second } drop; } }",
	       "");
}

static void verdicts_of_chains(void **state)
{
	(void)state;
	/* an accept ends its own base chain only */
	expect("table inet f { chain a { type filter hook forward priority -10; accept; }\n"
	       "chain b { " FORWARD_DROP "} }",
	       "drop inet f b policy, request");
	expect("table inet f { chain c { " FORWARD_DROP "jump d; } chain d { return; drop; } }",
	       "drop inet f c policy, request");
	expect("table inet f { chain c { " FORWARD
	       "goto d; drop; } chain d { tcp dport 1 drop; } }",
	       "");
	expect("table inet f { chain c { " FORWARD
	       "jump d; drop; } chain d { tcp dport 1 drop; } }",
	       "drop inet f c rule, request");
}

static void a_program_decides(void **state)
{
	(void)state;
	/* not in every kernel */
	if (!nl.socket || system("nft 'table inet q { chain c { queue num 1; }; }' 2>/dev/null"))
		return;
	expect("table inet f { chain c { " FORWARD "queue num 1; } }", "queue inet f c, request");
}

static void addresses_and_ports_are_rewritten(void **state)
{
	(void)state;
	expect("table inet f { chain c { type filter hook prerouting priority -120; "
	       "ip6 daddr 2001:db8::203 ip6 daddr set fd42::12; } }",
	       "elsewhere inet f c, request");
	expect("table inet f { chain c { " FORWARD "jump d; }\n"
	       "chain d { tcp dport 8080 tcp dport set 81; } }",
	       "elsewhere inet f c d, request");
	expect("table inet f { chain c { " FORWARD "tcp sport 8080 tcp sport set 81; } }",
	       "elsewhere inet f c, answer");
	expect("table inet f { chain c { " FORWARD "ip6 saddr set 2001:db8::99; } }",
	       "elsewhere inet f c, request");
	expect("table inet f { chain c { " FORWARD "tcp dport 81 tcp dport set 82; "
	       "ip6 hoplimit set 9; ip6 dscp set cs1; tcp option maxseg size set 1220; "
	       "meta hour < \"12:00\" tcp dport set 82; } }",
	       "");
}

static void what_is_not_known_leaves_doubt(void **state)
{
	(void)state;
	expect("table inet f { chain c { " FORWARD "numgen random mod 2 0 drop; } }",
	       "maybe drop inet f c rule, request");
	expect("table inet f { chain c { " FORWARD "numgen random mod 2 0 accept; drop; } }",
	       "maybe drop inet f c rule, request");
	expect("table inet f { chain c { " FORWARD_DROP "meta hour < \"12:00\" accept; } }",
	       "maybe drop inet f c policy, request");
	expect("table inet f { chain c { " FORWARD_DROP "meta hour < \"12:00\" jump d; }\n"
	       "chain d { tcp dport 1 accept; } }",
	       "drop inet f c policy, request");
	expect("table inet f { chain c { " FORWARD "meta hour < \"12:00\" tcp dport 1 drop; } }",
	       "");
	expect("table inet f { chain c { " FORWARD "numgen random mod 2 vmap { 0 : accept, "
	       "1 : drop }; drop; } }",
	       "maybe drop inet f c rule, request");
	expect("table inet f { chain c { " FORWARD "numgen random mod 2 vmap { 0 : accept, "
	       "1 : drop }; } }",
	       "maybe drop inet f c rule, request");
	expect("table inet f { chain c { " FORWARD "numgen random mod 2 vmap { 0 : accept, "
	       "1 : continue }; } }",
	       "");
	/* a certain drop counts more than one that is possible */
	expect("table inet f { chain c { " FORWARD "meta hour < \"12:00\" drop; "
	       "ct state established drop; } }",
	       "drop inet f c rule, later");
}

static void marks_go_with_the_packet(void **state)
{
	(void)state;
	expect("table inet f { chain p { type filter hook prerouting priority mangle; "
	       "iifname \"eth0\" meta mark set 7; }\n"
	       "chain c { " FORWARD "meta mark 7 drop; } }",
	       "drop inet f c rule, request");
	expect("table inet f { chain c { " FORWARD "meta mark != 0 drop; } }", "");
	expect("table inet f { chain p { type filter hook prerouting priority mangle; "
	       "ct mark set 5; }\n chain c { " FORWARD "ct direction reply ct mark 5 drop; } }",
	       "drop inet f c rule, answer");
}

static void before_translation(void **state)
{
	(void)state;
	expect("table inet f { chain p { type filter hook prerouting priority raw; "
	       "ip6 daddr 2001:db8::203 tcp dport 80 drop; } }",
	       "drop inet f p rule, request");
	expect("table inet f { chain p { type filter hook prerouting priority raw; "
	       "ip6 daddr fd42::11 drop; ct state established drop; } }",
	       "");
	expect("table inet f { chain p { type filter hook prerouting priority mangle; "
	       "ct status dnat drop; ct state new tcp dport 80 drop; } }",
	       "drop inet f p rule, request");
	expect("table inet f { chain p { type filter hook prerouting priority filter; "
	       "tcp dport 80 drop; } }",
	       "");
	expect("table inet f { chain p { type filter hook postrouting priority 200; "
	       "ip6 saddr 2001:db8::203 drop; } }",
	       "drop inet f p rule, answer");
	expect("table inet f { chain p { type filter hook prerouting priority raw; "
	       "fib saddr . iif oif missing drop; fib daddr type != local drop; } }",
	       "drop inet f p rule, answer");
	expect("table inet f { chain p { type filter hook prerouting priority raw; "
	       "fib saddr . iif oif missing drop; } }",
	       "");
	expect("table inet f { chain c { type filter hook prerouting priority 0; "
	       "fib daddr . iif oif missing drop; } }",
	       "drop inet f c rule, request");
}

static void translations_of_others(void **state)
{
	(void)state;
	expect("table ip6 n { chain p { type nat hook prerouting priority -150; "
	       "tcp dport 80 dnat to fd42::99; } }",
	       "elsewhere ip6 n p, request");
	expect("table ip6 n { chain p { type nat hook prerouting priority -150; "
	       "ip6 daddr 2001:db8::203 tcp dport 80 dnat to [fd42::11]:8080; } }",
	       "");
	expect("table ip6 n { chain p { type nat hook postrouting priority srcnat; "
	       "oifname \"cni0\" masquerade; } }",
	       "source ip6 n p, request");
	expect("table ip6 n { chain p { type nat hook postrouting priority srcnat; "
	       "oifname \"eth0\" masquerade; } }",
	       "");
	expect("table ip6 n { chain p { type filter hook prerouting priority raw; "
	       "tcp dport 80 notrack; } }",
	       "notrack ip6 n p, request");
	expect("table ip6 n { chain p { type filter hook prerouting priority raw; "
	       "udp dport 53 notrack; } }",
	       "");
}

#define INPUT_DROP "type filter hook input priority filter; policy drop; "

static void neighbour_discovery(void **state)
{
	(void)state;
	expect("table inet f { chain i { " INPUT_DROP "ct state established accept; } }",
	       "drop inet f i policy, asked");
	expect("table inet f { chain i { " INPUT_DROP "meta l4proto ipv6-icmp accept; } }", "");
	expect("table inet f { chain i { " INPUT_DROP "icmpv6 type { nd-neighbor-solicit, "
	       "nd-neighbor-advert } ip6 hoplimit 255 accept; } }",
	       "");
	expect("table inet f { chain i { " INPUT_DROP "ct state untracked accept; } }", "");
	expect("table inet f { chain i { " INPUT_DROP "icmpv6 type nd-neighbor-solicit accept; } }",
	       "drop inet f i policy, being told");
	expect("table inet f { chain o { type filter hook output priority filter; policy drop; } }",
	       "drop inet f o policy, told");
}

static void a_target_on_the_host_itself(void **state)
{
	struct v6_flow local = flow();

	(void)state;
	local.target = local.service;
	local.inside = (struct v6_side){0, ""};
	load("table inet f { chain c { " FORWARD_DROP "} }");
	assert_string_equal(traced(&local), "");
	load("table inet f { chain i { " INPUT_DROP "meta l4proto ipv6-icmp accept; } }");
	assert_string_equal(traced(&local), "drop inet f i policy, request");
	load("table inet f { chain i { " INPUT_DROP "meta l4proto ipv6-icmp accept; "
	     "iifname \"eth0\" ip6 daddr 2001:db8::203 tcp dport 8080 accept; } }");
	assert_string_equal(traced(&local), "");
	load("table inet f { chain o { type filter hook output priority filter; "
	     "oifname \"eth0\" ct state established drop; } }");
	assert_string_equal(traced(&local), "drop inet f o rule, answer");
}

static void devices_and_bridges(void **state)
{
	struct v6_flow bridged = flow();

	(void)state;
	expect("!ip link add eth0 type veth peer name cni0\n"
	       "nft 'table netdev f { chain i { type filter hook ingress device eth0 priority 0; "
	       "ip6 daddr 2001:db8::203 drop; }; }'",
	       "drop netdev f i rule, request");
	expect("table netdev f { chain i { type filter hook ingress device cni0 priority 0; "
	       "ip6 daddr 2001:db8::203 drop; } }",
	       "");
	expect("table netdev f { chain e { type filter hook egress device eth0 priority 0; "
	       "ip6 saddr 2001:db8::203 drop; } }",
	       "drop netdev f e rule, answer");
	load("table bridge f { chain p { type filter hook prerouting priority 0; "
	     "ip6 daddr 2001:db8::203 drop; } }");
	assert_string_equal(traced(&bridged), "");
	bridged.outside_bridge = true;
	assert_string_equal(traced(&bridged), "drop bridge f p rule, request");
}

/* ip6() - rules of iptables-nft; skipped where there is none */
static void ip6(const char *commands, const char *found)
{
	char text[2048] = "!";

	if (system("command -v ip6tables-nft >/dev/null") != 0)
		skip();
	strcat(text, commands);
	expect(text, found);
}

#define IP6 "ip6tables-nft "

static void rules_of_iptables(void **state)
{
	(void)state;
	ip6(IP6 "-P FORWARD DROP", "drop ip6 filter FORWARD policy, request");
	ip6(IP6 "-P FORWARD DROP\n" IP6 "-A FORWARD -m conntrack --ctstate DNAT -j ACCEPT", "");
	ip6(IP6 "-P FORWARD DROP\n" IP6 "-N DOCKER-USER\n" IP6 "-A FORWARD -j DOCKER-USER\n" IP6
		"-A FORWARD -o cni0 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT\n" IP6
		"-A FORWARD -i cni0 -j ACCEPT",
	    "drop ip6 filter FORWARD policy, request");
	ip6(IP6 "-A FORWARD -o cni+ -p tcp --dport 8080 -m comment --comment no -j REJECT",
	    "drop ip6 filter FORWARD rule, request");
	ip6(IP6 "-A FORWARD -p tcp -m multiport --dports 80,8000:8100 -j DROP",
	    "drop ip6 filter FORWARD rule, request");
	ip6(IP6 "-A FORWARD -p tcp -m multiport --dports 80,443 -j DROP", "");
	ip6(IP6 "-A FORWARD -m conntrack ! --ctstate DNAT -j DROP", "");
	ip6(IP6 "-A FORWARD -m conntrack --ctstate INVALID -j DROP\n" IP6
		"-A FORWARD -m mark --mark 0x8000/0x8000 -j DROP",
	    "");
	ip6(IP6 "-A FORWARD -j MARK --set-xmark 0x8000/0x8000\n" IP6
		"-A FORWARD -m mark --mark 0x8000/0x8000 -j DROP",
	    "drop ip6 filter FORWARD rule, request");
	ip6(IP6 "-A FORWARD -m rt --rt-type 0 -j DROP", "");
	ip6(IP6 "-A FORWARD -m addrtype --dst-type LOCAL -j DROP", "");
	ip6(IP6 "-t raw -A PREROUTING -m rpfilter --invert -j DROP", "");
	ip6(IP6 "-t raw -A PREROUTING -p tcp --dport 80 -j CT --notrack",
	    "notrack ip6 raw PREROUTING, request");
	ip6(IP6 "-t nat -A POSTROUTING -o cni0 -j MASQUERADE",
	    "source ip6 nat POSTROUTING, request");
	ip6(IP6 "-A FORWARD -m statistic --mode random --probability 0.5 -j DROP",
	    "maybe drop ip6 filter FORWARD rule, request");
	ip6(IP6
	    "-P INPUT DROP\n" IP6
	    "-A INPUT -p icmpv6 --icmpv6-type neighbor-solicitation -m hl --hl-eq 255 -j ACCEPT\n" IP6
	    "-A INPUT -p icmpv6 --icmpv6-type neighbor-advertisement -j ACCEPT",
	    "");
}

/* chains that jump three times each, three to the power of nine ways in all */
static void a_maze_has_an_end(void **state)
{
	char text[4096] = "table inet f { chain c9 { ";
	int i;

	(void)state;
	for (i = 1; i < 12; i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "tcp dport %d drop; ",
			 i);
	strcat(text, "} ");
	for (i = 8; i >= 0; i--)
		snprintf(text + strlen(text), sizeof(text) - strlen(text),
			 "chain c%d { jump c%d; jump c%d; jump c%d; } ", i, i + 1, i + 1, i + 1);
	strcat(text, "chain c { " FORWARD_DROP "jump c0; ct status dnat accept; } }");
	expect(text, "maybe drop inet f c policy, request");
}

static void our_own_table_leads_the_flow(void **state)
{
	struct v6_nat_op ops[] = {claim(80), guard("2001:db8::203")};
	struct v6_flow of = flow();

	(void)state;
	load("");
	make_table();
	commit(ops, V6_ARRAY_SIZE(ops));
	assert_string_equal(traced(&of), "");
	assert_int_equal(system("nft 'add table ip6 n; add chain ip6 n p { type nat hook "
				"postrouting priority 50; }; add rule ip6 n p masquerade'"),
			 0);
	assert_string_equal(traced(&of), "source ip6 n p, request");
	assert_int_equal(system("nft delete table ip6 n"), 0);
	of.target = address("fd42::12");
	assert_string_equal(traced(&of), "elsewhere ip6 oci-v6 prerouting, request");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_stands_in_the_way),
		cmocka_unit_test(a_policy_drops),
		cmocka_unit_test(both_directions_and_discovery_are_told_apart),
		cmocka_unit_test(what_leaves_is_hindered),
		cmocka_unit_test(a_rule_drops),
		cmocka_unit_test(sets_and_maps),
		cmocka_unit_test(verdicts_of_chains),
		cmocka_unit_test(a_program_decides),
		cmocka_unit_test(addresses_and_ports_are_rewritten),
		cmocka_unit_test(what_is_not_known_leaves_doubt),
		cmocka_unit_test(marks_go_with_the_packet),
		cmocka_unit_test(before_translation),
		cmocka_unit_test(translations_of_others),
		cmocka_unit_test(neighbour_discovery),
		cmocka_unit_test(a_target_on_the_host_itself),
		cmocka_unit_test(devices_and_bridges),
		cmocka_unit_test(rules_of_iptables),
		cmocka_unit_test(a_maze_has_an_end),
		cmocka_unit_test(our_own_table_leads_the_flow),
	};

	return cmocka_run_group_tests(tests, make_namespace, leave_namespace);
}
