# SPDX-License-Identifier: GPL-2.0-or-later
#
# words.py - Finds words that STYLE.md replaces, in documents, manual pages and messages, and long sentences in README
#
#	words.py [DIRECTORY]
#
# Prints a line for each offence, and exits with 1 if there is one. Comments, and the names of tests, are not read.

import glob
import os
import re
import sys

WORDS = {
    r"lead(s|ing)? to|led to": "forward to, or go through",
    r"stands? for": "resolve to, or be",
    r"likewise": "the same words again",
    r"mend(s|ed|ing)?": "repair",
    r"(take|takes|taken|took|taking) away": "remove",
    r"whoever|whomever": "the actor: v6d, a user, another host",
    r"nobody told": "the hook did not run",
}
WORD = re.compile(r"\b(" + "|".join(f"(?P<w{i}>{word})" for i, word in enumerate(WORDS)) + r")\b", re.IGNORECASE)
SENTENCE_MAX = 40

DOCUMENTS = ("*.md", "docs/*.md", "examples/*.md", "*/*.[1-8]")
SOURCES = tuple(f"{room}/**/*.c" for room in ("libv6", "hook", "runtime", "ctl", "daemon", "relay"))
# What is a token of C: a comment, a literal of one character, or a string
TOKEN = re.compile(r"/\*.*?\*/|'(?:[^'\\\n]|\\.)+'|\"((?:[^\"\\\n]|\\.)*)\"", re.DOTALL)


def find_words(path, text, first_line):
    """An offence for each of the words, with the line that it is on"""
    for match in WORD.finditer(text):
        line = first_line + text.count("\n", 0, match.start())
        better = list(WORDS.values())[next(i for i in range(len(WORDS)) if match[f"w{i}"])]
        yield f'{path}:{line}: "{match[0]}": say {better}'


def find_in_source(path, text):
    """The same, in the string literals of a source file"""
    for match in TOKEN.finditer(text):
        if match[1] and " " in match[1]:
            yield from find_words(path, match[1], 1 + text.count("\n", 0, match.start()))


def find_long_sentences(path, text):
    """The sentences of paragraphs and lists, but not of tables and examples"""
    prose = re.sub(r"^(?:\|| {4}|#).*$", "", text, flags=re.MULTILINE)
    for paragraph in re.split(r"\n\s*\n|^(?:[-*]|\d+\.) ", prose, flags=re.MULTILINE):
        for sentence in re.split(r"(?<=[.!?])\s+", paragraph):
            n = len(sentence.split())
            if n > SENTENCE_MAX:
                start = " ".join(sentence.split()[:6])
                yield f'{path}: a sentence of {n} words, "{start} ...": write two'


def find_all(patterns):
    return sorted({path for pattern in patterns for path in glob.glob(pattern, recursive=True)
                   if not path.startswith("build")})


def main():
    os.chdir(sys.argv[1] if len(sys.argv) > 1 else os.path.join(os.path.dirname(__file__), "../.."))
    offences = []
    for path in find_all(DOCUMENTS):
        with open(path, encoding="utf-8") as file:
            text = file.read()
        offences += find_words(path, text, 1)
        if path == "README.md":
            offences += find_long_sentences(path, text)
    for path in find_all(SOURCES):
        with open(path, encoding="utf-8") as file:
            offences += find_in_source(path, file.read())
    for offence in offences:
        print(offence)
    return 1 if offences else 0


sys.exit(main())
