"""Prints what was measured, as Markdown that also reads well in a terminal."""

from .packing import PLACEMENTS
from .rows import GROUPS, Row
from .verdict import IN_TURN, PEERS, Check, Medians, check_row, floor_of, row_bounds

MARKS = {IN_TURN: "isolated"}


def figure(value: float | None) -> str:
    if value is None:
        return "-"
    if value >= 1e9:
        return f"{value / 1e9:.2f} s"
    if value >= 1e6:
        return f"{value / 1e6:.1f} ms"
    if value >= 1e4:
        return f"{value / 1e3:.1f} us"
    return f"{value:.0f}" if value >= 100 else f"{value:.1f}"


def against(value: float | None, base: float | None) -> str:
    """A peer's figure, and how many times ours it is."""
    if value is None or not base:
        return figure(value)
    return f"{figure(value)} ({value / base:.2g}x)" if value / base < 100 else f"{figure(value)} ({value / base:.0f}x)"


def markdown(header: list[str], lines: list[list[str]]) -> str:
    widths = [max(len(line[i]) for line in [header, *lines]) for i in range(len(header))]

    def format_line(cells: list[str]) -> str:
        return "| " + " | ".join(cell.ljust(width) if i == 0 else cell.rjust(width)
                                 for i, (cell, width) in enumerate(zip(cells, widths))) + " |"

    rule = "|" + "|".join("-" * (width + 2) if i == 0 else "-" * (width + 1) + ":"
                          for i, width in enumerate(widths)) + "|"
    return "\n".join([format_line(header), rule, *map(format_line, lines)])


def marks_of(row: Row, medians: Medians) -> list[str]:
    """For shared, isolated and shared against isolated: `ok`, or which bounds are missed."""
    def missed(checks: list[Check]) -> str:
        names = [MARKS.get(check.what.rpartition(": ")[2], "bound") for check in checks if not check.passed]
        return "MISS " + ", ".join(names) if names else "ok" if checks else ""

    checks = check_row(row, medians)
    return [missed([check for check in checks if check.subject == placement]) for placement in PLACEMENTS]


def rows_table(medians: Medians, groups: list[str]) -> str:
    """Nanoseconds per operation; behind a peer's figure, how many times the shared placement's it is."""
    header = ["ns per operation", "shared", "isolated", "floor", *PEERS, "bound",
              "shared holds", "isolated holds"]
    lines = []
    for row in (row for group in groups for row in GROUPS[group]):
        def at(variant: str, name: str = row.key) -> float | None:
            return medians.get(variant, {}).get(name)

        floor = floor_of(row.key, medians)
        ours = at("shared") or at("isolated")
        limit = min((bound.limit for placement in PLACEMENTS for bound in row_bounds(row, placement, medians)
                     if bound.limit), default=None)
        lines.append([row.title, figure(at("shared")), figure(at("isolated")), against(floor, ours),
                      *(against(at(peer), ours) for peer in PEERS),
                      "" if row.kind == "shown" else figure(limit), *marks_of(row, medians)])
    return markdown(header, lines)


def checks_table(checks: list[Check]) -> str:
    """The bounds given, each with both placements' values, limits and verdicts."""
    by_what: dict[str, dict[str, Check]] = {}
    for check in checks:
        by_what.setdefault(check.what, {})[check.subject] = check
    lines = []
    for what, subjects in by_what.items():
        cells = [what]
        for placement in PLACEMENTS:
            check = subjects.get(placement)
            cells += [plain(check.value), plain(check.limit), verdict_of(check)] if check else [""] * 3
        lines.append(cells)
    return markdown(["bound", "shared", "limit", "", "isolated", "limit", ""], lines)


def verdict_of(check: Check) -> str:
    return "ok" if check.passed else "MISS" if check.reachable else f"MISS (floor {plain(check.floor)})"


def plain(value: float | None) -> str:
    if value is None:
        return "-"
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.2f}"


def packing_table(ruby: Medians) -> str:
    columns = [("floor_s", "floor, s", 1), ("pack_s", "pack, s", 1), ("pack_mb", "peak, MB", 1), ("bytes", "module, MB", 1e6),
               ("compile_ms", "compile, ms", 1), ("instantiate_ms", "instantiate, ms", 1),
               ("rss_bytes", "instance in process, MB", 1e6), ("memory_bytes", "linear memory, MB", 1e6)]
    lines = []
    for subject in ("plain", *PLACEMENTS):
        figures = ruby.get(subject, {})
        lines.append([subject, *(f"{figures[name] / unit:.2f}" if name in figures else "-"
                                 for name, _, unit in columns)])
    return markdown(["Ruby 3.4 + library", *(title for _, title, _ in columns)], lines)


def sizes_table(sizes: dict[str, dict[str, int]]) -> str:
    lines = [[guest, f"{figures['plain']:,}", *(f"{figures[p]:,}" if p in figures else "-" for p in PLACEMENTS)]
             for guest, figures in sizes.items()]
    return markdown(["bytes of code added", "plain module", *PLACEMENTS], lines)
