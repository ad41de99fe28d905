# SPDX-License-Identifier: GPL-2.0-or-later
"""soak.py - Random starts, stops, deaths, crashes and administrators, against a model

	SEED=7 STEPS=60 tests/lab/run /usr/bin/python3 tests/faults/soak.py

After each step the model says which container answers for which service, which addresses are on the
host and which records there are; a client's packets, the kernel and the state directory say whether
that is so. One seed always gives the same steps.

The host listens on the services' ports, too, and answers "HOST". Nobody may hear that, but after
somebody flushed the table, until the next reconcile or start.
"""
import copy
import os
import random
import re
import subprocess
import sys
import time

SEED = int(os.environ.get("SEED") or random.randrange(1 << 32))
STEPS = int(os.environ.get("STEPS") or 60)
TOOLS = os.path.join(os.getcwd(), os.environ.get("V6_BUILD", "build"), "tests")
STEP = os.path.join(TOOLS, "faults/step")
RECORDS = "/run/oci-v6/records"

SERVICES = ["2001:db8::%x" % n for n in (0x206, 0x207, 0x208)]
PORTS = (80, 443)
# v6.ports, and which of PORTS they hold
REQUESTS = {"80": {80}, "443": {443}, "80 443": {80, 443}, "1-2000": {80, 443}, "all": {80, 443}}
SINGLE = ("80", "443", "80 443")
# v6.from: the client that asks is in the first
CLIENTS = ("2001:db8::/64", "2001:db8:f::/48")
# The last two have no IPv6 address of their own
BOXES = {"a": "fd42::a/64", "b": "fd42::b/64", "c": "fd42::c/64", "d": "fd42::d/64", "e": "", "f": ""}
CALLS = 250  # of a hook, before one of which it is killed


class Wrong(Exception):
    pass


def must(what, text):
    if not what:
        raise Wrong(text)


def shell(command, **more):
    """Run a command with the functions of the lab; returns its status and what it said"""
    done = subprocess.run(
        ["bash", "-c", ". tests/lab/topology.sh; . tests/net/box.sh; " + command],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        check=False, **more)
    return done.returncode, done.stdout


def do(command):
    status, said = shell(command)
    must(status == 0, "status %d of %s: %s" % (status, command, said))
    return said


def soon(what):
    """Try until it returns something true, as lab_until does"""
    end = time.monotonic() + float(do("echo $LAB_PATIENCE"))
    while time.monotonic() <= end:
        if what():
            return True
        time.sleep(0.02)
    return False


class Container:
    """What the model knows of one: its box, its life, and what it asked for if it has a record"""

    def __init__(self, name):
        self.name = name
        self.id = do("box_id " + name).strip()
        self.alive = True
        self.recorded = False
        self.services = []
        self.ports = "80"
        self.egress = "off"
        self.relay = "off"
        self.relay_gone = False  # and nobody is there to start another one
        self.clients = ""
        self.share = ""
        self.drained = False
        self.since = 0  # the higher, the later it started, or was moved in front
        self.cut_off = False  # the route to it was removed

    def wants(self, service, port):
        return self.recorded and service in self.services and port in REQUESTS[self.ports]

    def lets_in(self):
        """Whether the client that asks is among those that may connect"""
        return self.clients in ("", CLIENTS[0])

    def rank(self):
        return not self.drained, self.since

    def asks_like(self, other):
        """Whether both may have the same claims"""
        return self.share and self.share == other.share and self.ports == other.ports and \
            self.clients == other.clients and set(self.services) == set(other.services)

    def claims(self):
        return [(s, p) for s in SERVICES for p in PORTS if self.wants(s, p)]


class Model:
    """What is there, and what may not be before the next reconcile

    table	"whole"; "gone"; or "perhaps", where a start was refused before anybody could tell
    lost	claims whose elements were deleted
    off		services whose address was removed, and may still be known to neighbours
    leaked	claims that somebody may still answer, though no record says so
    behind	of these, by a wide range or a whole address: to be seen again when who has the one port goes
    """

    def __init__(self):
        self.all = [Container(name) for name in BOXES]
        self.mended()

    def mended(self):
        self.table = "whole"
        self.lost, self.off, self.leaked, self.behind = set(), set(), {}, {}
        for c in self.all:
            c.cut_off = False

    def holders(self, service, port):
        return [c for c in self.all if c.wants(service, port)]

    def in_use(self, service):
        return any(c.recorded and service in c.services for c in self.all)

    def sharers(self, service, port):
        """Of the living, who has the claim or a part of it; and the dead who may have it still"""
        holders = sorted(self.holders(service, port), key=Container.rank)
        living = [c for c in holders if c.alive]
        dead = [c for c in holders if not c.alive]
        if living:
            last = living[-1]
            dead = [c for c in dead if last.share and c.share == last.share]
            if last.share == "newest":
                living, dead = [last], [c for c in dead if c.rank() > last.rank()]
            elif last.share == "each":
                living = [c for c in living if c.drained == last.drained]
        return living, dead

    def may_answer(self, service, port):
        """Whose answers are right, "-" being none; it has to become the only one if there is one"""
        living, dead = self.sharers(service, port)
        right = {c.name if c.lets_in() else "-" for c in living + (dead if living else [])} or {"-"}
        if dead and not living:
            right = {c.name for c in dead} | {"-"}
        if any(c.cut_off or c.relay_gone for c in living) or (service, port) in self.lost or service in self.off:
            right |= {"-"}
        if not living or (service, port) in self.lost:
            right |= self.leaked.get((service, port), set())
        if self.table != "whole":
            right |= {"-", "HOST"}
        return right

    def leak(self, c):
        """Its record is gone, what was in the kernel may not be"""
        for claim in c.claims():
            self.leaked.setdefault(claim, {"-"}).add(c.name)
            if c.ports not in SINGLE or c.share == "each":
                self.behind.setdefault(claim, {"-"}).add(c.name)


class Soak:
    def __init__(self):
        self.dice = random.Random(SEED)
        self.log = []
        self.make_lab()
        self.model = Model()
        self.nothing = self.snapshot()
        self.exact = True  # nothing has happened since a reconcile

    def make_lab(self):
        do("lab_up && box_install && mkdir -p /etc/oci-v6")
        self.make_names()
        do("box_bridge fd42::ffff/64")
        for name, address in BOXES.items():
            do("box_up %s '%s'; box_kill %s" % (name, address, name))
            self.live(name)
            for port in PORTS:
                do("box_serve %s tcp %d" % (name, port))
        for port in PORTS:
            do("lab_start host-%d $peer serve tcp %d HOST; lab_until box_host_listens %d" %
               (port, port, port))
        # that it forwards, and answers for neighbours, stays
        for attach in ("address", "route"):
            self.configure(attach)
            do("box_bind a v6.host=%s && box_unbind a" % SERVICES[0])
        do("nft delete table ip6 oci-v6; rm -r /run/oci-v6")

    def make_names(self):
        """Services are addresses"""

    @staticmethod
    def live(name):
        do("lab_start init-%s nsenter --net=/run/netns/%s sleep infinity; lab_until test "
           "/proc/$(box_pid %s)/ns/net -ef /run/netns/%s" % (name, name, name, name))

    @staticmethod
    def configure(attach):
        with open("/etc/oci-v6/config.json", "w", encoding="ascii") as file:
            file.write('{"attach": "%s", "announce": 83}' % attach)

    @staticmethod
    def snapshot():
        return sorted(do("box_snapshot").split("\n"))

    # What is asked of the host after each step

    def answers(self):
        asking = {s: subprocess.Popen(
            ["nsenter", "--net=/run/netns/client", TOOLS + "/faults/stare", "-1", s,
             *map(str, PORTS)], stdout=subprocess.PIPE, text=True) for s in SERVICES}
        found = {(s, p): "-" for s in SERVICES for p in PORTS}
        for service, process in asking.items():
            for line in process.communicate()[0].splitlines():
                port, name = line.split()[:2]
                found[service, int(port)] = name
        return found

    def all_answer(self):
        """Wrong answers are none to wait for; a missing one may be late"""
        missing = False
        for claim, name in self.answers().items():
            right = self.model.may_answer(*claim)
            must(name in right | self.meanwhile(*claim) | {"-"}, "%s port %d: %s answers; right: %s" %
                 (*claim, name, sorted(right)))
            missing |= name not in right
        return not missing

    def meanwhile(self, service, port):
        """Who else may answer until it is as it should be: see soak_v6d.py"""
        return set()

    def addresses_are_right(self):
        for service in SERVICES:
            there = subprocess.run(["ip", "-6", "route", "get", service], text=True, check=True,
                                   stdout=subprocess.PIPE).stdout.startswith("local")
            if there != self.model.in_use(service) and service not in self.model.off and \
                    not any(s == service for s, _ in self.model.leaked):
                return False
        return True

    def records(self):
        try:
            return {n[:-5] for n in os.listdir(RECORDS) if not n.startswith(".")}
        except FileNotFoundError:
            return set()

    def check(self):
        must(self.records() == {c.id for c in self.model.all if c.recorded},
             "records: %s" % sorted(self.records()))
        must(soon(self.all_answer), "somebody does not answer: %s" % self.answers())
        must(soon(self.addresses_are_right), "addresses")
        if self.exact:
            self.check_exactly()

    def check_exactly(self):
        """After a reconcile there is nothing to do, and in the table is what the model says"""
        living = [c for c in self.model.all if c.recorded]
        said = do("v6ctl reconcile")
        must(said == "%d live, 0 repaired; 0 dead collected, 0 orphans removed\n" % len(living), said)
        fault = self.table_fault()
        must(not fault, fault)
        if not living:
            do("nft delete table ip6 oci-v6 2>/dev/null || :")
            must(soon(lambda: self.snapshot() == self.nothing), "something is left: %s" %
                 set(self.snapshot()).symmetric_difference(self.nothing))

    def table_fault(self):
        """What is not in the table, or should not be; "": all is right"""
        living = [c for c in self.model.all if c.recorded]
        table = do("nft list table ip6 oci-v6 2>/dev/null || :")
        there = set(re.findall(r'tcp \. (\S+) \. (\d+) counter packets \d+ bytes \d+ comment "\S+ (\w+)"', table))
        if there != {(s, str(p), c.id) for s in SERVICES for p in PORTS
                     for c in self.model.sharers(s, p)[0] if c.ports in SINGLE}:
            return "services: %s" % there
        leaving = re.findall(r'"eth0" \. \S+ counter packets \d+ bytes \d+ : (\S+?)[,\s]', table)
        right = sorted(c.services[0] for c in living if c.egress == "on")
        if sorted(leaving) != right or \
                len(re.findall(r'"eth0" \. [^\s,]+(?! counter)[,\s]', table.partition("set outgoing")[2].partition("\n\t}")[0])) != len(right):
            return "egress: %s, right: %s" % (leaving, right)
        return ""

    # Steps; each returns what it did, for people

    def any(self, which=lambda c: True):
        some = [c for c in self.model.all if which(c)]
        return self.dice.choice(some) if some else None

    def forget_dead(self, services):
        """What dead ones left on these addresses may have been collected, or not"""
        there = self.records()
        for c in self.model.all:
            if c.recorded and not c.alive and set(services) & set(c.services):
                if c.id not in there:
                    self.model.leak(c)
                    c.recorded = False

    def start(self, wrap=""):
        model, c = self.model, self.any(lambda c: not wrap or not (c.recorded and c.alive))
        if c is None:
            return self.reconcile()
        before = list(c.services)
        asked = self.request(c)
        claims = {(s, p) for s in asked.services for p in REQUESTS[asked.ports]}
        # whoever comes first gets a claim whose element was deleted, which we leave to chance
        if claims & model.lost or (wrap and any(
                h.alive and h is not c and not asked.asks_like(h)
                for claim in claims for h in model.holders(*claim))):
            return self.reconcile()
        if not c.alive:
            self.live(c.name)
        held = {h for claim in claims for h in model.holders(*claim)
                if h is not c and h.alive and not asked.asks_like(h)}
        status, said = shell("V6_WRAP='%s'; %s" % (wrap, self.binding(asked)))
        what = "start%s %s: %s, %s%s: %d" % (
            wrap and " killed", c.name, asked.services, asked.ports, asked.share and ", " + asked.share, status)
        c.alive, self.exact = True, False
        if wrap:
            return what + ", " + self.after_crash(c, asked)
        self.end_record(c)
        if held:
            must(status == 1 and any(" container " + h.id[:12] in said for h in held),
                 "start %s: %d: %s; held by %s" % (c.name, status, said, [h.name for h in held]))
            self.forget_dead(asked.services + before)
            if model.table == "gone":
                model.table = "perhaps"
            return what
        must(status == 0 and re.sub(".*: v6d does not run, .*\n", "", said) == "",
             "start %s: %d: %s" % (c.name, status, said))
        self.begin_record(c, asked)
        self.forget_dead(asked.services + before)
        model.table = "whole"
        return what

    def request(self, c):
        """What a container asks for, most of those that share the same as another one"""
        asked = copy.copy(c)
        asked.services = self.dice.sample(SERVICES, self.dice.randint(1, 2))
        asked.share = self.dice.choice(("", "", "newest", "each"))
        asked.ports = self.dice.choice(SINGLE if asked.share else list(REQUESTS))
        asked.egress = self.dice.choice(("on", "off"))
        asked.relay = self.relay_for(asked)
        asked.clients = "" if asked.ports == "all" else self.dice.choice(("", "", *CLIENTS))
        other = self.any(lambda h: h.recorded and h.alive and h.share and h is not c)
        if asked.share and other and self.dice.random() < 0.7:
            asked.services, asked.ports, asked.clients, asked.share = \
                list(other.services), other.ports, other.clients, other.share
        return asked

    def relay_for(self, asked):
        """v6.relay: see soak_v6d.py"""
        return asked.relay

    @staticmethod
    def binding(asked):
        return "box_bind %s v6.host='%s' v6.ports='%s' v6.egress=%s v6.relay=%s%s%s" % (
            asked.name, " ".join(asked.services), asked.ports, asked.egress, asked.relay,
            asked.clients and " v6.from=" + asked.clients, asked.share and " v6.share=" + asked.share)

    def begin_record(self, c, asked):
        for what in ("services", "ports", "egress", "relay", "clients", "share"):
            setattr(c, what, getattr(asked, what))
        c.recorded, c.drained, c.cut_off, c.relay_gone = True, False, False, False
        self.move_in_front(c)
        for service in c.services:
            self.model.off.discard(service)
        for claim in c.claims():
            if c.ports not in SINGLE:
                self.model.behind.pop(claim, None)
            self.model.leaked.pop(claim, None)
            if claim in self.model.behind:
                self.model.leaked[claim] = set(self.model.behind[claim])

    def move_in_front(self, c):
        c.since = 1 + max(other.since for other in self.model.all)

    def end_record(self, c):
        """What was lost of a claim comes back when those do that have it still"""
        self.model.lost -= {claim for claim in c.claims()
                            if not any(h.asks_like(c) for h in self.model.holders(*claim) if h is not c)}
        c.recorded = False

    def after_crash(self, c, asked):
        """What a killed start left is finished or undone by what comes next"""
        way = self.dice.choice(("reconcile", "stop", "again"))
        if way == "again":
            do(self.binding(asked))
        elif way == "stop":
            do("box_unbind " + c.name)
        do("v6ctl reconcile")
        self.after_reconcile()
        there = c.id in self.records()
        must(way == "reconcile" or there == (way == "again"), "%s after a crash" % way)
        c.recorded = False
        if there:
            self.begin_record(c, asked)
        return way

    def stop(self, wrap=""):
        c = self.any(lambda c: c.recorded) if self.dice.random() < 0.9 else self.any()
        if c is None:
            return "nothing"
        if c.alive and (wrap or self.dice.random() < 0.8):
            do("box_kill " + c.name)
            c.alive = False
        status, said = shell("V6_WRAP='%s'; box_unbind %s" % (wrap, c.name))
        self.exact = False
        if wrap:
            self.reconcile()
        else:
            must(status == 0 and said == "", "stop %s: %d: %s" % (c.name, status, said))
            self.end_record(c)
        return "stop%s %s: %d" % (wrap and " killed", c.name, status)

    def stop_all(self):
        for c in self.model.all:
            do("box_unbind " + c.name)
            c.recorded = False
        self.reconcile()
        return "stop all"

    def die(self):
        c = self.any(lambda c: c.alive)
        if c is None:
            return "nothing"
        do("box_kill " + c.name)
        c.alive = False
        self.exact = False
        return "die " + c.name

    def after_reconcile(self):
        self.model.mended()
        for c in self.model.all:
            c.recorded = c.recorded and c.alive
        self.exact = True

    def reconcile(self):
        do("v6ctl reconcile")
        self.after_reconcile()
        return "reconcile"

    def kill_start(self):
        return self.start("%s kill %d" % (STEP, self.dice.randint(1, CALLS)))

    def kill_stop(self):
        return self.stop("%s kill %d" % (STEP, self.dice.randint(1, CALLS)))

    def kill_reconcile(self):
        n = self.dice.randint(1, CALLS)
        shell("%s kill %d v6ctl reconcile" % (STEP, n))
        self.reconcile()
        return "reconcile killed at %d" % n

    def flush(self):
        what = self.dice.choice(("flush ruleset", "delete table ip6 oci-v6"))
        shell("nft " + what)
        self.model.table = "gone"
        self.exact = False
        return what

    def share(self):
        c = self.any(lambda c: c.recorded and c.alive and c.share)
        if c is None:
            return "nothing"
        c.drained = self.dice.random() < 0.5
        do("v6ctl share %s %s" % ("--drain" if c.drained else "", c.id))
        if not c.drained:
            self.move_in_front(c)
        self.forget_dead(c.services)
        return "share %s%s" % ("--drain " if c.drained else "", c.name)

    def delete_element(self):
        c = self.any(lambda c: c.recorded and c.ports in SINGLE and c.share != "each")
        if c is None or self.model.table != "whole":
            return "nothing"
        service, port = self.dice.choice(c.claims())
        shell("nft delete element ip6 oci-v6 services '{ tcp . %s . %d }'" % (service, port))
        self.model.lost.add((service, port))
        self.exact = False
        return "delete element %s %d" % (service, port)

    def remove_address(self):
        service = self.dice.choice(SERVICES)
        shell("ip addr del %s/128 dev eth0; ip -6 route del local %s dev lo proto 83" % (service, service))
        self.model.off.add(service)
        self.exact = False
        return "remove " + service

    def remove_proxy(self):
        service = self.dice.choice(SERVICES)
        shell("ip -6 neigh del proxy %s dev eth0; ip -n client neigh flush dev eth0" % service)
        self.model.off.add(service)
        self.exact = False
        return "remove proxy neighbour " + service

    def remove_route(self):
        shell("ip -6 route flush dev cni0 proto 83")
        for c in self.model.all:
            c.cut_off = not BOXES[c.name]
        self.exact = False
        return "remove routes to containers"

    def link_again(self):
        do("ip link set eth0 down; ip link set eth0 up; ip addr add $LAB_HOST/64 dev eth0 nodad; "
           "ip -6 route replace default via $LAB_ROUTER dev eth0; lab_until box_settled eth0; "
           "lab_client ip neigh flush dev eth0")
        self.model.off.update(SERVICES)
        self.exact = False
        return "link down and up"

    def forget(self):
        # at once: v6d ends if what it makes anew is removed, too, and nobody starts it again here
        shell("mv /run/oci-v6 /run/oci-v6.gone; rm -rf /run/oci-v6.gone")
        for c in self.model.all:
            self.model.leak(c)
            self.end_record(c)
        for service in SERVICES:
            self.model.leaked.setdefault((service, 80), {"-"})
        self.exact = False
        return "state directory removed"

    def turn_config(self):
        attach = self.dice.choice(("address", "route"))
        self.configure(attach)
        return "attach " + attach

    STEPS = (("start", 30), ("stop", 14), ("die", 8), ("reconcile", 12), ("stop_all", 1),
             ("kill_start", 6), ("kill_stop", 4), ("kill_reconcile", 3), ("flush", 4),
             ("delete_element", 3), ("remove_address", 3), ("remove_proxy", 2), ("remove_route", 2),
             ("link_again", 2), ("forget", 2), ("turn_config", 4), ("share", 6))

    def step(self, number):
        names, weights = zip(*self.STEPS)
        name = self.dice.choices(names, weights)[0]
        self.log.append("%d %s" % (number, name))
        what = getattr(self, name)()
        self.log[-1] = "%d %s" % (number, what)
        self.check()

    def run(self):
        for number in range(1, STEPS + 1):
            self.step(number)
        self.stop_all()
        self.check()


def main(kind):
    print("soak: SEED=%d STEPS=%d" % (SEED, STEPS), flush=True)
    soak = kind()
    try:
        soak.run()
    except Wrong as wrong:
        print("\n".join(soak.log[-20:]))
        print("soak: SEED=%d: %s" % (SEED, wrong))
        print(shell("v6ctl list; nft list map ip6 oci-v6 services; nft list set ip6 oci-v6 addresses; ip -6 addr show dev eth0; "
                    "ip -6 route show table local proto 83; ip -6 route show table 83; ip -6 neigh show proxy; "
                    "tail -n 20 /run/lab/v6d.log 2>/dev/null")[1])
        return 1
    print("soak: SEED=%d: %d steps, nothing wrong" % (SEED, STEPS))
    return 0


if __name__ == "__main__":
    sys.exit(main(Soak))
