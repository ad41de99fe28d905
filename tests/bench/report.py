#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
#
# report.py - Tables and plots of what was measured: docs/performance.md, docs/measurements.md, docs/plots
#
#	tests/bench/report.py BUILD_DIR/bench docs
#
# What stands between the two marks of a page is written anew; the rest is by hand.

import pathlib
import subprocess
import sys

BEGIN = "<!-- figures: written by make bench -->\n"
END = "<!-- end of figures -->\n"
MANY = 10000
UNAVOIDABLE = ("netlink", "files")


class Figures:
    """Medians and quartiles by subject, case, number of services and what was measured."""

    def __init__(self, directory):
        self.all = {}
        for path in sorted(directory.glob("*.tsv")):
            for line in path.read_text().splitlines():
                case, services, what, unit, low, median, high, rounds = line.split("\t")
                self.all[path.stem, case, int(services), what] = (
                    float(low), float(median), float(high), unit, int(rounds))

    def get(self, subject, case, services, what="wall"):
        found = self.all.get((subject, case, services, what))
        return found and found[1]

    def steps(self, subject, case, what="wall"):
        return sorted(n for s, c, n, w in self.all if (s, c, w) == (subject, case, what))

    def text(self, subject, case, services, what="wall"):
        found = self.all.get((subject, case, services, what))
        if not found:
            return ""
        low, median, high, unit, rounds = found
        for factor, larger in ((1e6, "s"), (1e3, "ms")):
            if unit == "us" and median >= factor:
                low, median, high, unit = low / factor, median / factor, high / factor, larger
        unit = {"us": " µs", "": "", "%": " %"}.get(unit, " " + unit)
        return number(median) + unit if rounds == 1 or low == high else \
            f"{number(median)} ({number(low)}–{number(high)}){unit}"


def number(value):
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def table(heading, rows):
    if not rows:
        return ""
    lines = [heading, ["---"] + ["--:"] * (len(heading) - 1), *rows]
    return "".join("| " + " | ".join(str(cell) for cell in line) + " |\n" for line in lines) + "\n"


def ratio(a, b):
    return a / b if a is not None and b else None


def goal(what, value, limit, at_least=False, unit="x"):
    """One line of the table of goals; nothing where it was not measured."""
    if value is None:
        return []
    met = value >= limit if at_least else value <= limit
    return [[what, f"{value:.2f}{unit}" if value < 10 else f"{value:,.0f}{unit}",
             f"{'at least' if at_least else 'at most'} {limit:g}{unit}", "met" if met else "**missed**"]]


def allowed(f):
    """What a start may take: half more than the empty program, and the calls that do its work."""
    empty, bind = f.get("start", "empty", 0, "cpu"), f.get("start", "bind-literal", 0, "cpu")
    shares = [f.get("profile", what, 0, "share") for what in UNAVOIDABLE]
    if not empty or not bind or None in shares:
        return None
    return 1.5 * empty + bind * sum(shares) / 100


def podman_extra(f, case):
    plain, other = f.get("start", "podman-plain", 0), f.get("start", f"podman-{case}", 0)
    return ratio(other, plain)


def netavark_p(f, services):
    """What -p adds to the set-up of a network."""
    without, port = f.get("start", "netavark", services), f.get("start", "netavark-p", services)
    return port - without if without and port else None


def flat(f, series, what):
    steps = f.steps("growth", series, what)
    return ratio(f.get("growth", series, steps[-1], what), f.get("growth", series, 0, what)) if steps else None


def unbind_flat(f):
    """With most services through with none, what the grace period takes left out."""
    def own(n):
        return f.get("growth", "routed-unbind", n, "cpu")
    steps = f.steps("growth", "routed-unbind")
    return ratio(own(steps[-1]), own(0)) if steps else None


def added(whole):
    """The runtime becomes the empty program, whose own cost is not the runtime's."""
    return None if whole is None else whole - 1


def goals(f):
    hook_few, hook_many = f.get("start", "hook", 10), f.get("start", "hook", MANY)
    rows = []
    rows += goal("a start beside 1.5 times an empty program and the calls that do its work, processor time",
                 ratio(f.get("start", "bind-literal", 0, "cpu"), allowed(f)), 1)
    rows += goal("the shell script beside a start by name", ratio(f.get("start", "script", 10), hook_few), 20, True)
    rows += goal("CNI portmap beside a start, 10 services", ratio(f.get("start", "portmap", 10), hook_few), 5, True)
    rows += goal("what `-p` adds to netavark beside a start, 10 services", ratio(netavark_p(f, 10), hook_few), 5, True)
    rows += goal("CNI portmap beside a start, 10,000 services",
                 ratio(f.get("start", "portmap", MANY), hook_many), 50, True)
    rows += goal("netavark with `-p`, which takes as long without it, beside a start, 10,000 services",
                 ratio(f.get("start", "netavark-p", MANY), hook_many), 50, True)
    rows += goal("a start with 100,000 services beside one with none, routed prefix", flat(f, "routed-bind", "wall"), 1.2)
    rows += goal("a start with 10,000 services beside one with none, `attach: route` on the link",
                 flat(f, "proxy-bind", "wall"), 1.2)
    rows += goal("a stop with 100,000 services beside one with none, routed prefix, processor time", unbind_flat(f), 1.2)
    rows += goal("200 stops at once beside 200 starts at once",
                 ratio(f.get("crowd", "unbind", 200, "all"), f.get("crowd", "bind", 200, "all")), 1.5)
    for case, text in [("start-reconcile", "reconciled"), ("start-clear", "cleared")]:
        rows += goal(f"the longest start while 10,000 services are {text}",
                     ratio(f.get("mend", case, MANY, "longest"), 1000), 50, unit=" ms")
    rows += goal("`v6ctl reconcile` of 10,000 services with nothing wrong, processor time",
                 ratio(f.get("mend", "all-reconcile", MANY, "cpu"), 1e6), 0.2, unit=" s")
    rows += goal("`v6ctl clear` of 1,000 services", ratio(f.get("mend", "all-clear", 1000), 1e6), 1, unit=" s")
    rows += goal("peak memory of `v6ctl reconcile` of 10,000 services",
                 ratio(f.get("mend", "all-reconcile", MANY, "peak"), 1024), 64, unit=" MiB")
    for case, text in [("start", "another container's start"), ("stop", "another container's stop"),
                       ("repair", "the repair of a flushed ruleset")]:
        rows += goal(f"{text} while 256,000 connections are ended, beside alone", f.get("flows", case, 1, "ratio"), 1.2)
    rows += goal("a request on a new connection, 100,000 services beside none",
                 flat(f, "routed", "request"), 1.2)
    for case, n, services in [("one", 1, "1 service"), ("many", MANY, "10,000 services")]:
        for what, text in [("rate", "connections per second"), ("bulk", "bulk throughput"),
                           ("datagrams", "datagrams per second")]:
            rows += goal(f"{text} beside a stateful firewall without NAT, {services}",
                         f.get("path", case, n, f"{what}/tracked"), 0.97, True)
    rows += goal("connections per second beside docker-proxy",
                 f.get("path", "many", MANY, "rate/proxy"), 5, True)
    rows += goal("connections per second with 1,000 prefixes in `v6.from`, beside none",
                 f.get("from", "thousand", 1, "rate/everybody"), 0.85, True)
    rows += goal("what oci-v6-runtime adds for a container that asks for nothing, beside an empty program",
                 added(f.get("start", "runtime", 0, "ratio")), 2)
    rows += goal("peak memory of a start", ratio(f.get("start", "bind-literal", 0, "peak"), 1024), 6, unit=" MiB")
    return table(["goal", "measured", "wanted", ""], rows)


def starts(f):
    names = [("empty", "a program that does nothing, with the same libraries"),
             ("bind-literal", "start, address given"), ("bind-hosts", "start, name in /etc/hosts"),
             ("bind-dns", "start, name asked of DNS"), ("bind-provided", "start, podman's default network"),
             ("bind-first", "start, the first service behind its bridge"), ("unbind-literal", "stop"), ("runtime", "oci-v6-runtime for a container that asks for nothing, and that empty program"), ("least", "remove one element from nf_tables, and end")]
    rows = [[text, f.text("start", case, 0), f.text("start", case, 0, "cpu"), f.text("start", case, 0, "ratio"),
             f.text("start", case, 0, "peak")] for case, text in names]
    return table(["hook", "wall", "processor", "× the first", "peak"], rows)


def profile(f):
    names = [("loader", "loading and binding the libraries, page faults and calls included"),
             ("process", "beginning and ending a process"), ("memory", "other page faults, memory from the kernel"),
             ("netlink", "netlink, to neighbours, entering the container's network"),
             ("files", "record, holders, lock, settings in /proc"), ("libc", "libc"),
             ("other libraries", "libyajl, libmnl, libnftnl"), ("own code", "own code")]
    rows = [[text, f.text("profile", case, 0, "share")] for case, text in names
            if f.get("profile", case, 0, "share")]
    return table(["where the processor time of a start goes", ""], rows)


def peers(f):
    names = [("hook", "start of oci-v6-hook, by name"), ("script", "shell script: `host`, `ip addr add`, `nft add rule`"),
             ("portmap", "CNI portmap (iptables)"), ("netavark", "netavark, whole set-up of a network"),
             ("netavark-p", "netavark with `-p`")]
    rows = []
    for case, text in names:
        few, many = f.get("start", case, 10), f.get("start", case, MANY)
        rows.append([text, f.text("start", case, 10), number(few / f.get("start", "hook", 10)) if few else "",
                     f.text("start", case, MANY), number(many / f.get("start", "hook", MANY)) if many else ""])
    return table(["as a process", "10 ports before", "× oci-v6-hook", "10,000 ports before", "× oci-v6-hook"], rows)


def podman(f):
    names = [("plain", "nothing published"), ("literal", "`--annotation v6.host=2001:db8::203`"),
             ("dns", "`--annotation v6.host=web3`"), ("-p", "`-p [2001:db8::203]:80:80`"),
             ("script", "nothing published, then the shell script")]
    rows = [[text, f.text("start", f"podman-{case}", 0), number(podman_extra(f, case) or 0)] for case, text in names]
    return table(["podman run", "", "× the first"], rows)


def growth(f):
    steps = sorted({n for series in ("routed", "proxy", "address", "script", "portmap")
                    for n in f.steps("growth", f"{series}-bind")})
    rows = []
    for case, what, text in [
            ("routed-bind", "wall", "start, routed prefix"), ("proxy-bind", "wall", "start, `attach: route` on the link"),
            ("address-bind", "wall", "start, `attach: address`"),
            ("kernel-add", "wall", "... of which the kernel adds the address"),
            ("script-bind", "wall", "shell script, one rule per port"), ("portmap-bind", "wall", "CNI portmap"),
            ("routed-unbind", "wall", "stop, routed prefix"), ("routed-unbind", "cpu", "... processor time"),
            ("routed-least", "wall", "... removing one element alone"),
            ("proxy-unbind", "wall", "stop, `attach: route` on the link"),
            ("address-unbind", "wall", "stop, `attach: address`"),
            ("kernel-remove", "wall", "... of which the kernel removes the address"),
            ("script-unbind", "wall", "undoing the shell script"), ("portmap-unbind", "wall", "undoing CNI portmap"),
            ("routed", "request", "request on a new connection, routed prefix"),
            ("script", "request", "request on a new connection, one rule per port"),
            ("routed-get", "wall", "`nft get element` of one"),
            ("routed-reconcile-one", "wall", "reconcile of one container, with nothing wrong"),
            ("routed-reconcile", "wall", "`v6ctl reconcile` with nothing wrong"),
            ("table", "memory", "our table in the kernel, per service")]:
        cells = [f.text("growth", case, n, what) for n in steps]
        if any(cells):
            rows.append([text, *cells])
    return table(["services before", *(f"{n:,}" for n in steps)], rows)


# With what stands below its bars
PATHS = [("routed", 1, "no NAT", "no NAT"), ("tracked", 1, "no NAT, a firewall that knows connections", "no NAT,\\nfirewall"),
         ("one", 1, "oci-v6-hook, 1 service", "oci-v6-hook"), ("many", MANY, "oci-v6-hook, 10,000 services", "oci-v6-hook,\\n10,000 services"),
         ("rules", MANY, "one rule per port, last of 10,000", "shell script,\\n10,000 rules"),
         ("proxy", 1, "docker-proxy", "docker-proxy")]


def data_path(f):
    rows = []
    for case, n, text, _ in PATHS if f.get("path", "routed", 1, "rate") else []:
        rows.append([text, f.text("path", case, n, "rate"),
                     number(f.get("path", case, n, "rate/routed")),
                     *(f.text("path", case, n, what) for what in ("p50", "p90", "p99", "cpu", "bulk", "datagrams"))])
    return table(["way to the container", "connections", "× no NAT", "p50", "p90", "p99",
                  "processor per request", "bulk", "datagrams"], rows)


def others(f):
    rows = [["200 starts at once, until the last is done", f.text("crowd", "bind", 200, "all")],
            ["... one waits for the lock", f.text("crowd", "bind", 200, "waited")],
            ["... the longest", f.text("crowd", "bind", 200, "longest")],
            ["200 stops at once, until the last is done", f.text("crowd", "unbind", 200, "all")],
            ["... one waits for the lock", f.text("crowd", "unbind", 200, "waited")],
            ["... the longest", f.text("crowd", "unbind", 200, "longest")],
            ["a stop that ends 256,000 connections", f.text("flows", "flows", 1, "all")]]
    for case, text in [("start", "another container's start"), ("stop", "another container's stop"),
                       ("repair", "a flushed ruleset repaired")]:
        rows.append([f"... {text} beside it", f.text("flows", case, 1, "beside")])
        rows.append([f"... {text} alone", f.text("flows", case, 1, "alone")])
    for case, text in [("dead", "its host dies, and it starts on another"), ("moved", "stopped, and started on another host"),
                       ("restarted", "stopped, and started again on the same host")]:
        rows.append([f"{text}: dark for", f.text("move", case, 1, "dark")])
        rows.append(["... requests lost, of one each 10 ms", f.text("move", case, 1, "lost")])
    for case, n, text in [("nothing", 1, "asking alone"), ("flush", 1, "ruleset flushed"), ("table", 1, "table deleted"),
                          ("element", 1, "element deleted"), ("address", 1, "address and guard removed"),
                          ("link", 1, "link down and up"), ("death", 1, "container ended without a word"),
                          ("flush", MANY, "ruleset flushed, 10,000 services"),
                          ("element", MANY, "element deleted, 10,000 services")]:
        rows.append([f"v6d: {text}: right again after", f.text("mend", case, n, "dark")])
    rows.append(["v6d's own memory with 10,000 services", f.text("mend", "v6d", MANY, "memory")])
    rows.append(["... its processor ticks in 5 s in which nothing happens", f.text("mend", "v6d", MANY, "idle")])
    return table(["together, moved, and repaired", ""], [row for row in rows if row[1]])


def sharing(f):
    names = [("handover", "`v6.share=newest`: ten handovers"),
             ("replicas", "`v6.share=each`: five joins and five leaves beside two replicas")]
    rows = [[text, *(f.text("share", case, 10, what) for what in ("requests", "refused", "lost"))]
            for case, text in names if f.get("share", case, 10, "requests")]
    return table(["16 clients, a connection for each request", "requests", "refused", "lost"], rows)


def plot(path, commands, blocks):
    """gnuplot's commands with data blocks $name."""
    data = "".join(f"${name} << EOD\n" + "".join("\t".join(map(str, row)) + "\n" for row in rows) + "EOD\n"
                   for name, rows in blocks.items())
    head = (f'set terminal svg size 760,400 font "sans-serif,13" background "#ffffff"\nset output "{path}"\n'
            'set border 3 lc rgb "#666666"\nset grid y lc rgb "#dddddd"\nset tics nomirror\nset key top left reverse Left\n')
    subprocess.run(["gnuplot"], input=head + data + commands, text=True, check=True)


def plot_growth(f, directory):
    series = [("script-bind", "shell script", "#e69f00"), ("portmap-bind", "CNI portmap", "#d55e00"),
              ("address-bind", "oci-v6-hook, attach: address", "#0072b2"), ("proxy-bind", "oci-v6-hook, attach: route", "#56b4e9"),
              ("routed-bind", "oci-v6-hook, routed prefix", "#009e73")]
    blocks, lines = {}, []
    for i, (case, text, colour) in enumerate(series):
        steps = f.steps("growth", case)
        rows = [(max(n, 10), *(x / 1000 for x in f.all["growth", case, n, "wall"][:3])) for n in steps]
        if case == "portmap-bind" and f.get("start", "portmap", MANY):
            rows.append((MANY, *(x / 1000 for x in f.all["start", "portmap", MANY, "wall"][:3])))
        if rows:
            blocks[f"s{i}"] = rows
            lines.append(f'$s{i} using 1:3:2:4 with yerrorlines title "{text}" lc rgb "{colour}" lw 2 pt 7 ps 0.6')
    if lines:
        plot(directory / "growth.svg",
             'set title "Time to start one more service, beside others"\nset logscale xy\nset xrange [8:150000]\n'
             'set xtics ("none" 10, "100" 100, "1,000" 1000, "10,000" 10000, "100,000" 100000)\n'
             'set xlabel "services that are published already"\nset ylabel "milliseconds"\nplot ' + ", ".join(lines) + "\n", blocks)


def plot_starts(f, directory):
    names = [("hook", "oci-v6-hook"), ("script", "shell script"), ("portmap", "CNI portmap"), ("netavark-p", "netavark -p")]
    rows = [(f'"{text}"', *((f.get("start", case, n) or float("nan")) / 1000 for n in (10, MANY))) for case, text in names]
    if f.get("start", "hook", 10):
        plot(directory / "start.svg",
             'set title "Time to publish one port"\nset style data histogram\n'
             'set style histogram clustered gap 1\nset style fill solid 0.9 noborder\nset logscale y\nset yrange [1:*]\n'
             'set ylabel "milliseconds"\nplot $s using 2:xtic(1) title "beside 10 ports" lc rgb "#56b4e9", '
             '$s using 3 title "beside 10,000 ports" lc rgb "#0072b2"\n', {"s": rows})


def plot_path(f, directory):
    rows = [(f'"{label}"', *(f.get("path", case, n, f"{what}/routed") for what in ("rate", "bulk", "datagrams")))
            for case, n, _, label in PATHS if f.get("path", case, n, "rate/routed")]
    if rows:
        plot(directory / "path.svg",
             'set title "Ways to a container, compared with no NAT"\nset style data histogram\n'
             'set style histogram clustered gap 1\nset style fill solid 0.9 noborder\nset yrange [0:1.5]\n'
             'set ylabel "times the figure without NAT"\n'
             'plot $s using 2:xtic(1) title "connections per second" lc rgb "#0072b2", '
             '$s using 3 title "bulk throughput" lc rgb "#56b4e9", '
             '$s using 4 title "datagrams" lc rgb "#009e73"\n', {"s": rows})


def read_answers(path):
    """Answers per second in each tenth of one, by who gave them, and when each step was."""
    counts, steps = {}, []
    for line in path.read_text().splitlines() if path.exists() else []:
        second, who = line.split(" ", 1)
        if who.startswith("step"):
            steps.append(float(second))
            continue
        tenths = counts.setdefault(who, {})
        tenth = int(float(second) * 10 // 1)
        tenths[tenth] = tenths.get(tenth, 0) + 10
    return counts, steps


def plot_share(directory, source):
    counts, steps = read_answers(source / "share.answers")
    if len(steps) != 3:
        return
    names = [("a", "old container answers", "#56b4e9"), ("b", "new container answers", "#009e73"),
             ("error", "refused or lost", "#d55e00")]
    tenths = range(-10, int(steps[-1] * 10) + 11)
    blocks = {f"s{i}": [(t / 10, counts.get(name, {}).get(t, 0)) for t in tenths] for i, (name, _, _) in enumerate(names)}
    texts = [("new container started", 0.84, "center"), ("v6d: new one listens, has the name", 0.84, "right"),
             ("old one stopped", 0.92, "left")]
    marks = "".join(f'set arrow from {s}, graph 0 to {s}, graph {height - 0.03} nohead dt 2 lc rgb "#666666"\n'
                    f'set label "{text}" at {s}, graph {height} {side} tc rgb "#444444"\n'
                    for s, (text, height, side) in zip(steps, texts))
    plot(directory / "handover.svg",
         'set title "Answers during a handover with v6.share=newest"\nset key outside top center horizontal\n'
         'set xlabel "seconds since the new container was started, whose program takes 1.5 s to listen"\n'
         'set ylabel "answers per second to 16 clients"\nset yrange [0:*]\nset offsets 0, 0, graph 0.3, 0\n' + marks + "plot " +
         ", ".join(f'$s{i} using 1:2 with fillsteps fs solid 0.5 noborder lc rgb "{colour}" title "{text}"'
                   for i, (_, text, colour) in enumerate(names)) + "\n", blocks)


def write(page, figures):
    before, rest = page.read_text().split(BEGIN)
    page.write_text(before + BEGIN + "\n" + figures + END + rest.split(END)[1])


def main():
    source, docs = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    figures = Figures(source)
    plots = docs / "plots"
    plots.mkdir(exist_ok=True)
    for draw in (plot_starts, plot_growth, plot_path):
        draw(figures, plots)
    plot_share(plots, source)

    machine, *programs = (source / "machine").read_text().splitlines()
    head = (f"{machine}. {', '.join(programs)}. Medians, with quartiles in parentheses where there were several "
            "rounds, of commands that took turns.\n\n")
    write(docs / "performance.md",
          head + "![Time to publish one port](plots/start.svg)\n\n" + peers(figures) + podman(figures) +
          "![Time to start one more service](plots/growth.svg)\n\n![Ways to a container](plots/path.svg)\n\n" +
          data_path(figures) + others(figures) +
          "![Answers during a handover](plots/handover.svg)\n\n" + sharing(figures))
    write(docs / "measurements.md",
          head + goals(figures) + starts(figures) + profile(figures) + growth(figures))
    print(goals(figures), end="")


main()
