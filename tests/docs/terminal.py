#!/usr/bin/env python3
"""Draws a terminal session as an SVG that follows the reader's light or dark theme: docs/images/terminal.svg.

The session is typed anew each time. Without --update the test fails when the drawing no longer shows what is printed.
"""
import argparse
import pathlib
import sys
import tempfile
from xml.sax.saxutils import escape

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import run as documents  # noqa: E402

DRAWING = documents.ROOT / "docs/images/terminal.svg"
PREPARATION = "clang-14 --target=wasm32-wasi -O2 -Wl,--strip-debug examples/hello/hello.c -o hello.wasm"
SESSION = [
    "mayfly pack hello.wasm --dir examples/hello/files::/hello -o hello.packed.wasm",
    "mayfly run hello.packed.wasm -- Ada",
    "mayfly strace -y -e path_open,fd_close hello.packed.wasm -- Ada 2>&1 >/dev/null",
    "mayfly inspect hello.packed.wasm | sed -n '/^Imports/,/^Next/{/^Next/!p}'",
]
LINE, CHARACTER, MARGIN, BAR = 19, 8.43, 18, 30

STYLE = """
    .window { fill: #ffffff; stroke: #c9d1d9; }
    .bar { fill: #eef1f4; }
    text { font: 14px ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace; fill: #1c2733; white-space: pre; }
    .prompt { fill: #2e9e62; font-weight: 600; }
    .command { font-weight: 600; }
    .output { fill: #51606f; }
    @media (prefers-color-scheme: dark) {
      .window { fill: #0d1117; stroke: #30363d; }
      .bar { fill: #161b22; }
      text { fill: #e6edf3; }
      .prompt { fill: #48b97c; }
      .output { fill: #9fb0c0; }
    }
"""


def draw(steps):
    lines = []
    for command, output in steps:
        lines.append(f'<tspan class="prompt">$ </tspan><tspan class="command">{escape(command)}</tspan>')
        lines += [f'<tspan class="output">{escape(line)}</tspan>' for line in output]
        lines.append("")
    columns = max(len(text) + 2 for command, output in steps for text in [command, *output])
    width, height = round(columns * CHARACTER + 2 * MARGIN), BAR + len(lines) * LINE + MARGIN
    dots = "".join(f'<circle cx="{18 + 18 * i}" cy="{BAR // 2}" r="5" fill="{colour}"/>'
                   for i, colour in enumerate(["#e5695f", "#e0b13f", "#5cb65c"]))
    text = "\n".join(f'  <text x="{MARGIN}" y="{BAR + 6 + LINE * (i + 1)}" xml:space="preserve">{line}</text>'
                     for i, line in enumerate(lines) if line)
    return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img">\n'
            f'  <title>A terminal session with mayfly</title>\n  <style>{STYLE}  </style>\n'
            f'  <rect class="window" x="0.5" y="0.5" width="{width - 1}" height="{height - 1}" rx="8"/>\n'
            f'  <path class="bar" d="M1 {BAR}V9a8 8 0 0 1 8-8H{width - 9}a8 8 0 0 1 8 8V{BAR}z"/>\n  {dots}\n{text}\n</svg>\n')


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mayfly", required=True, type=pathlib.Path)
    parser.add_argument("--cache", required=True, type=pathlib.Path)
    parser.add_argument("--update", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="mayfly-terminal-") as scratch:
        tools = pathlib.Path(scratch)
        documents.link_tools(tools, options)
        block = "\n".join(f"$ {command}" for command in [PREPARATION, *SESSION])
        steps = documents.steps_of(block, 1)
        outputs = documents.type_in(steps, tools)
    drawing = draw([(step.command[0].split(" 2>&1")[0].split(" | ")[0], output)
                    for step, output in list(zip(steps, outputs))[1:]])
    if options.update:
        DRAWING.write_text(drawing)
    elif drawing != DRAWING.read_text():
        print(f"{DRAWING.relative_to(documents.ROOT)} shows something else than what is printed now; "
              "make it anew with tests/docs/terminal.py --update and look at it")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
