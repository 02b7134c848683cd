"""Draws the rows that a person would ask for first as a bar chart in SVG: bench/run --svg FILE.

One group of bars a row, on a logarithmic scale, because the variants differ by a factor of a hundred. The colours follow the
reader's light or dark theme.
"""

import math
from xml.sax.saxutils import escape

from .rows import GROUPS
from .table import figure
from .verdict import Medians

SHOWN = ["open_close", "stat", "create_unlink", "rename", "readdir1000", "append100", "pread4k", "new64m", "sqlite_total"]
VARIANTS = {"shared": "Mayfly", "wasmfs": "WasmFS", "memfs": "MEMFS", "node-wasi": "Node's WASI on tmpfs",
            "native": "native on tmpfs"}
# Told apart by people who see fewer colours, too; Mayfly's own is the strongest.
COLOURS = {"shared": "#2e9e62", "wasmfs": "#4c78a8", "memfs": "#9ecae9", "node-wasi": "#c98a2b", "native": "#8d99a6"}
BAR, GAP, LEFT, WIDTH, TOP = 14, 14, 210, 560, 70

STYLE = """
    text { font: 13px system-ui, "Segoe UI", Helvetica, Arial, sans-serif; fill: #1c2733; }
    .title { font-weight: 600; font-size: 16px; }
    .value { font-size: 11px; fill: #51606f; }
    .grid { stroke: #d5dce3; stroke-width: 1; }
    @media (prefers-color-scheme: dark) {
      text { fill: #e6edf3; }
      .value { fill: #9fb0c0; }
      .grid { stroke: #33404d; }
    }
"""


def draw(medians: Medians, facts: dict[str, str]) -> str:
    titles = {row.key: row.title for rows in GROUPS.values() for row in rows}
    groups = [(titles[key], [(variant, medians[variant][key]) for variant in VARIANTS if medians.get(variant, {}).get(key)])
              for key in SHOWN]
    groups = [(title, bars) for title, bars in groups if any(variant == "shared" for variant, _ in bars)]
    # Each group has a scale of its own: the longest bar is as wide as the drawing, the shortest still shows.
    parts, y = [], TOP
    for title, bars in groups:
        slowest, fastest = max(ns for _, ns in bars), min(ns for _, ns in bars)
        decades = math.log10(slowest / fastest) + 1
        parts.append(f'<text x="{LEFT - 12}" y="{y + len(bars) * BAR / 2 + 4}" text-anchor="end">{escape(title)}</text>')
        ours = dict(bars)["shared"]
        for variant, ns in bars:
            width = WIDTH * (math.log10(ns / fastest) + 1) / decades * 0.8
            note = figure_of(ns) + ("" if variant == "shared" else f"  ({ns / ours:.1f}×)")
            parts.append(f'<rect x="{LEFT}" y="{y + 1}" width="{width:.1f}" height="{BAR - 3}" rx="2" fill="{COLOURS[variant]}"/>'
                         f'<text class="value" x="{LEFT + width + 6:.1f}" y="{y + BAR - 4}">{escape(note)}</text>')
            y += BAR
        y += GAP
    legend, x = [], LEFT
    for variant, name in VARIANTS.items():
        legend.append(f'<rect x="{x}" y="42" width="12" height="12" rx="2" fill="{COLOURS[variant]}"/>'
                      f'<text x="{x + 17}" y="53">{escape(name)}</text>')
        x += 38 + 7 * len(name)
    line = f'<line class="grid" x1="{LEFT}" y1="{TOP - 6}" x2="{LEFT}" y2="{y - GAP + 6}"/>'
    about = escape(f"{facts['machine']}; {facts['engine']}; commit {facts['commit']}")
    return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {LEFT + WIDTH + 60} {y + 16}" role="img">\n'
            f'  <title>Time per operation, logarithmic: shorter is faster</title>\n  <style>{STYLE}  </style>\n'
            f'  <text class="title" x="20" y="24">Time per operation, logarithmic: shorter is faster</text>\n  '
            + "\n  ".join([*legend, line, *parts])
            + f'\n  <text class="value" x="20" y="{y + 6}">{about}</text>\n</svg>\n')


def figure_of(ns: float) -> str:
    text = figure(ns)
    return text if text[-1] == "s" else f"{text} ns"
