# SPDX-License-Identifier: GPL-2.0-or-later
"""house.py - Check that the product's files keep the rules of the house (CONTRIBUTING.md)

	python3 tests/house/house.py [DIRECTORY]            print each offence as file:line: text
	python3 tests/house/house.py --figures [DIRECTORY]  print how large and how tidy each room is

Exit status: 0 without an offence, 1 with one, 2 wrong usage.

It reads the sources only: it needs no build.
"""
import os
import re
import sys

# In the order of DESIGN.md: a room includes from itself and from the rooms before it
ROOMS = "base oci names kernel table firewall policy store plan apply verbs ipc watch check".split()
PROGRAMS = "hook runtime ctl daemon relay".split()
# Which files may include the headers of a foreign library
LIBRARIES = {"yajl": r"libv6/base/json\w*\.[ch]", "ares": r"libv6/names/resolve\.c"}

# A comment, a literal or a preprocessor line, whichever starts first
TOKEN = re.compile(
    r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\''
    r"|^[ \t]*#(?:\\\n|/\*.*?\*/|[^\n])*", re.S | re.M)
BODY = re.compile(r"^\{\n.*?^\}", re.S | re.M)
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"\n]+)[>"]', re.M)
# NAME(ARGUMENTS) ATTRIBUTES, and the body or the semicolon that follows
FUNCTION = re.compile(
    r"\b([a-z_]\w*)\s*\((?:[^(){};]|\((?:[^(){};]|\([^(){};]*\))*\))*\)"
    r"(?:\s*\b\w+\b(?:\s*\([^{};]*?\))?)*?\s*([{;])")
SPLIT = re.compile(r'("(?:\\.|[^"\\\n])*")[ \t]*\\?\n[ \t]*(?=")')
OPENING = re.compile(r"/\* SPDX-[^\n]*\*/\n\s*/\*[\s*]*\w")


def blank(match):
    """Replace a match with as many blanks; lines stay lines"""
    return re.sub(r"[^\n]", " ", match[0])


class Function:
    """A function that a file defines; @line is that of its name"""
    def __init__(self, file, name, line, length, is_static):
        self.file, self.name, self.line = file, name, line
        self.length, self.is_static = length, is_static


class File:
    """One file: its text, what it includes, and the functions that it defines and declares

    foo.c and foo.h are one @node. A public header belongs to the room of its name.
    """
    def __init__(self, top, path):
        parts = path.split("/")
        self.path = path
        self.node = path[:-2]
        self.is_header = path.endswith(".h")
        self.is_public = parts[0] == "include"
        self.is_program = parts[0] in PROGRAMS
        self.room = parts[-1][:-2] if self.is_public else parts[0 if self.is_program else 1]
        with open(os.path.join(top, path), encoding="utf-8") as source:
            self.text = source.read()
        self.includes = [(self.line_at(m.start(2)), m[1], m[2])
                         for m in INCLUDE.finditer(self.text)]
        self.defined, self.declared = [], set()
        self.find_functions()

    def line_at(self, offset):
        return self.text.count("\n", 0, offset) + 1

    def find_functions(self):
        code = TOKEN.sub(blank, self.text)
        outermost = BODY.sub(lambda m: "{" + blank(m)[1:-1] + "}", code)
        for match in FUNCTION.finditer(outermost):
            if match[2] == ";":
                self.declared.add(match[1])
                continue
            start = max(outermost.rfind(c, 0, match.start()) for c in ";{}") + 1
            before = outermost[start:match.start()]
            start += len(before) - len(before.lstrip())
            end = code.find("\n}", match.end() - 1)
            self.defined.append(Function(self, match[1], self.line_at(match.start(1)),
                                         code.count("\n", start, end) + 2,
                                         "static" in before.split()))


class House:
    """All files of the product, and the offences found in them"""
    def __init__(self, top):
        self.offences = []
        paths = [os.path.relpath(os.path.join(directory, name), top)
                 for root in ["include", "libv6"] + PROGRAMS
                 for directory, _, names in os.walk(os.path.join(top, root))
                 for name in names if name.endswith((".c", ".h"))]
        self.files = {path: File(top, path) for path in sorted(paths)}
        self.edges = [(file, line, to) for file in self.files.values()
                      for line, kind, name in file.includes
                      for to in [self.find_included(file, kind, name)] if to]

    def blame(self, file, line, text):
        self.offences.append((file.path, line, text))

    def find_included(self, file, kind, name):
        """Return the File that is included, or None if it is not of this project"""
        places = ["include/" + name, "libv6/" + name]
        if kind == '"':
            places.insert(0, os.path.normpath(os.path.join(os.path.dirname(file.path), name)))
        return next((self.files[place] for place in places if place in self.files), None)

    def check_rooms(self):
        for file in self.files.values():
            if not file.is_program and file.room not in ROOMS:
                self.blame(file, 1, f"{file.room} is no room: house.py lists them")
            for line, _, name in file.includes:
                for library, allowed in LIBRARIES.items():
                    if re.match(library + "[./_]", name) and not re.fullmatch(allowed, file.path):
                        self.blame(file, line, f"includes <{name}>; only {allowed} may")
        for file, line, to in self.edges:
            wrong = self.why_wrong(file, to)
            if wrong:
                self.blame(file, line, f"includes {to.path}: {wrong}")

    @staticmethod
    def why_wrong(file, to):
        """Say why @file may not include @to, or return None if it may"""
        if to.is_program:
            return None if file.is_program else "that is a program's"
        if file.is_program:
            return None if to.is_public or to.room == "base" else \
                "a program includes public headers and those of base only"
        if file.is_public and not to.is_public:
            return "a public header includes public headers only"
        # A name that is no room gets a complaint of its own
        before = ROOMS[:ROOMS.index(file.room) + 1] if file.room in ROOMS else ROOMS
        return f"{to.room} is a later room" if to.room in ROOMS and to.room not in before else None

    def find_circles(self):
        """Return a list of (nodes, edges), one for each group of files that need each other"""
        graph, reach, circles = {}, {}, {}
        for edge in self.edges:
            if edge[0].node != edge[2].node:
                graph.setdefault(edge[0].node, []).append(edge)
        for node in graph:
            todo, reach[node] = [node], set()
            while todo:
                new = {edge[2].node for edge in graph.get(todo.pop(), ())} - reach[node]
                reach[node] |= new
                todo += new
        for node in graph:
            if node in reach[node]:
                nodes = [n for n in sorted(reach[node]) if node in reach.get(n, ())]
                circles[nodes[0]] = (nodes, [edge for n in nodes for edge in graph[n]
                                             if edge[2].node in nodes])
        return list(circles.values())

    def check_circles(self):
        for nodes, edges in self.find_circles():
            for file, line, to in edges:
                self.blame(file, line,
                           f"includes {to.path}: part of a circle of {', '.join(nodes)}")

    def exported(self):
        return [function for file in self.files.values() if not file.is_header
                for function in file.defined if not function.is_static and function.name != "main"]

    def is_declared_in(self, function, *headers):
        return any(function.name in self.files[h].declared for h in headers if h in self.files)

    def is_at_home(self, function):
        return self.is_declared_in(function, function.file.node + ".h",
                                   f"include/libv6/{function.file.room}.h")

    def check_exported(self):
        for function in self.exported():
            if not self.is_at_home(function):
                others = [path for path, file in self.files.items()
                          if file.is_header and function.name in file.declared]
                self.blame(function.file, function.line,
                           f"{function.name}() is declared in {', '.join(others) or 'no header'}; "
                           f"declare it in {os.path.basename(function.file.node)}.h")

    def find_static_twins(self):
        """Return a list of lists: static functions of one name in several files"""
        by_name = {}
        for file in self.files.values():
            for function in file.defined:
                if function.is_static:
                    by_name.setdefault(function.name, []).append(function)
        return [twins for twins in by_name.values() if len({f.file for f in twins}) > 1]

    def check_statics(self):
        for twins in self.find_static_twins():
            for function in twins:
                others = [f.file.path for f in twins if f.file != function.file]
                self.blame(function.file, function.line,
                           f"{function.name}() is also a static function of {', '.join(others)}")

    def check_messages(self):
        for file in self.files.values():
            text = TOKEN.sub(lambda m: blank(m) if m[0][0] == "/" else m[0], file.text)
            for match in SPLIT.finditer(text):
                if not match[1].endswith('\\n"'):
                    self.blame(file, file.line_at(match.start()),
                               "a message is split; write one literal on one line")

    def check_openings(self):
        for file in self.files.values():
            if not file.is_header and not OPENING.match(file.text):
                self.blame(file, 2, "the file does not open with a sentence on what it is for")

    def check(self):
        """Print all offences. Return: the exit status"""
        for check in (self.check_rooms, self.check_circles, self.check_exported,
                      self.check_statics, self.check_messages, self.check_openings):
            check()
        for path, line, text in sorted(self.offences):
            print(f"{path}:{line}: {text}")
        return 1 if self.offences else 0

    def print_figures(self):
        rooms = {}
        for file in self.files.values():
            place = os.path.dirname(file.path)
            files, lines = rooms.get(place, (0, 0))
            rooms[place] = files + 1, lines + file.text.count("\n")
        order = ["include/libv6"] + ["libv6/" + room for room in ROOMS]
        for place in sorted(rooms, key=lambda p: (order.index(p) if p in order else len(order), p)):
            print("%-20s %4d files %6d lines" % (place, *rooms[place]))

        largest = max((place for place in rooms if place.startswith("libv6/")),
                      key=lambda place: rooms[place][1])
        functions = [function for file in self.files.values() for function in file.defined]
        lengths = sorted(function.length for function in functions)
        exported = [f for f in self.exported() if not f.file.is_program]
        circles = self.find_circles()
        for what, figure in (
                ("files", len(self.files)),
                ("lines", sum(lines for _, lines in rooms.values())),
                ("lines of the largest room", f"{rooms[largest][1]} ({largest})"),
                ("circles of includes", len(circles)),
                ("files in circles", sum(len(nodes) for nodes, _ in circles)),
                ("functions", len(functions)),
                ("lines of a function, median", lengths[len(lengths) // 2]),
                ("lines of a function, most", lengths[-1]),
                ("functions over 40 lines", sum(length > 40 for length in lengths)),
                ("exported functions of libv6", len(exported)),
                ("- not in the header foo.h",
                 sum(not self.is_declared_in(f, f.file.node + ".h") for f in exported)),
                ("- nor in the room's public header",
                 sum(not self.is_at_home(f) for f in exported)),
                ("static names in two files", len(self.find_static_twins())),
                ("static functions of one word",
                 sum(f.is_static and "_" not in f.name for f in functions))):
            print(f"{what:<35} {figure}")
        return 0


def main():
    figures = sys.argv[1:2] == ["--figures"]
    directories = sys.argv[2 if figures else 1:]
    if len(directories) > 1 or any(directory.startswith("-") for directory in directories):
        print("usage: house.py [--figures] [DIRECTORY]", file=sys.stderr)
        return 2
    top = directories[0] if directories else os.path.join(os.path.dirname(__file__), "../..")
    house = House(top)
    if not house.files:
        print(f"house.py: {top}: no sources of the product", file=sys.stderr)
        return 2
    return house.print_figures() if figures else house.check()


sys.exit(main())
