#!/usr/bin/env python3
"""Holds the documents to what they show.

    <!-- file: PATH -->      The fenced block that follows is the file PATH of the repository, word for word.
    <!-- run -->            The `console` block that follows is typed into a shell, and prints what it shows. All blocks of
                             a document share one shell, in an empty directory that has the repository's examples/ in it.

Every relative link of a document must lead to a file of the repository, and to a heading of it where it names one.
--update writes files' contents and commands' outputs into the documents, for a person to review.
"""
import argparse
import difflib
import importlib.util
import os
import pathlib
import re
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/matrix"))
import cache as cached  # noqa: E402

spec = importlib.util.spec_from_file_location("e2e_run", ROOT / "tests/e2e/run.py")
e2e = importlib.util.module_from_spec(spec)
spec.loader.exec_module(e2e)

BLOCK = re.compile(r"<!-- (file|run)(?:: (\S+))? -->\n```(\w+)\n(.*?)```\n", re.S)
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")


def steps_of(block, first_line):
    """The commands of a console block, each with the output that the document shows."""
    steps = []
    for number, line in enumerate(block.splitlines(), first_line):
        if line.startswith("$ "):
            steps.append(e2e.Step(number))
            steps[-1].command.append(line[2:])
        elif line.startswith("> ") and steps and not steps[-1].expected:
            steps[-1].command.append(line[2:])
        elif steps:
            steps[-1].expected.append(line)
    return steps


def type_in(steps, tools):
    """What each step prints, in an empty directory that has the repository's examples/ in it."""
    return e2e.run(steps, tools, {}, lambda work: (work / "examples").symlink_to(ROOT / "examples"))


def show(step, output):
    command = "\n".join(f"{'$' if i == 0 else '>'} {line}" for i, line in enumerate(step.command))
    return "\n".join([command, *output]) + "\n"


class Document:
    def __init__(self, path):
        self.path = path
        self.text = path.read_text()
        self.blocks = list(BLOCK.finditer(self.text))

    def line_of(self, offset):
        return self.text.count("\n", 0, offset) + 1

    def complaint(self, offset, expected, actual):
        lines = difflib.unified_diff(expected.splitlines(), actual.splitlines(), "the document", "the truth", lineterm="", n=1)
        return f"{self.path.relative_to(ROOT)}:{self.line_of(offset)}:\n" + "\n".join(list(lines)[2:])

    def truth(self, tools):
        """For every marked block, what it should say."""
        wanted, steps, owners = {}, [], []
        for block in self.blocks:
            kind, name, _, body = block.groups()
            if kind == "file":
                wanted[block.start(4)] = (ROOT / name).read_text()
            else:
                for step in steps_of(body, self.line_of(block.start(4))):
                    steps.append(step)
                    owners.append(block.start(4))
                    wanted[block.start(4)] = ""
        if steps:
            for step, owner, output in zip(steps, owners, type_in(steps, tools)):
                if output and re.fullmatch(r"\[\d+\]", output[-1]):  # an exit code, which a shell does not show
                    output.pop()
                wanted[owner] += show(step, output)
        return wanted

    def check(self, tools, update):
        wanted = self.truth(tools)
        if update:
            text = self.text
            for block in reversed(self.blocks):
                text = text[:block.start(4)] + wanted[block.start(4)] + text[block.end(4):]
            self.path.write_text(text)
            return []
        return [self.complaint(block.start(4), block.group(4), wanted[block.start(4)])
                for block in self.blocks if block.group(4) != wanted[block.start(4)]]


def anchors_of(path):
    """The names that a heading has as the end of a link."""
    headings = re.findall(r"^#+ +(.+)$", re.sub(r"```.*?```", "", path.read_text(), flags=re.S), re.M)
    return {re.sub(r"[^\w\- ]", "", heading.replace("`", "").lower()).strip().replace(" ", "-") for heading in headings}


def broken_links(path):
    text = re.sub(r"```.*?```", "", path.read_text(), flags=re.S)
    for target in LINK.findall(text):
        if re.match(r"[a-z]+:", target):
            continue
        name, _, anchor = target.partition("#")
        file = (path.parent / name).resolve() if name else path
        if not file.is_relative_to(ROOT) or not file.exists():
            yield f"{path.relative_to(ROOT)}: the link {target} leads nowhere"
        elif anchor and file.suffix == ".md" and anchor not in anchors_of(file):
            yield f"{path.relative_to(ROOT)}: {file.name} has no heading for the link {target}"


def link_tools(directory, options):
    """The runtimes and compilers that the documents call by their usual names."""
    cache = cached.Cache(options.cache)
    with cache.lock():
        cache.npm_install()
    for name, path in {"mayfly": options.mayfly, "rustc": cached.debian_rustc(), "deno": cache.deno,
                       "bun": cache.bun, "node": cache.node}.items():
        (directory / name).symlink_to(pathlib.Path(path).resolve())
    (directory / "asc").write_text(f'#!/bin/sh\nexec node "{cache.modules}/assemblyscript/bin/asc.js" "$@"\n')
    (directory / "asc").chmod(0o755)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mayfly", required=True, type=pathlib.Path)
    parser.add_argument("--cache", required=True, type=pathlib.Path)
    parser.add_argument("--update", action="store_true")
    parser.add_argument("documents", nargs="*", type=pathlib.Path, help="default: all of the repository")
    options = parser.parse_args()
    documents = [path.resolve() for path in options.documents] or sorted(
        path for pattern in ("*.md", "docs/**/*.md", "bench/*.md", "examples/**/*.md") for path in ROOT.glob(pattern))
    complaints = [complaint for path in documents for complaint in broken_links(path)]
    with tempfile.TemporaryDirectory(prefix="mayfly-docs-") as scratch:
        tools = pathlib.Path(scratch)
        link_tools(tools, options)
        for path in documents:
            complaints += Document(path).check(tools, options.update)
    print("\n".join(complaints) if complaints else f"{len(documents)} documents show what is true")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
