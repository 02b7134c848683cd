"""Holds medians to their bounds. A figure that is missing is a miss, not a pass."""

from dataclasses import dataclass

from .rows import Row

PEERS = ["native", "node-wasi", "memfs", "wasmfs"]
PLACEMENTS = ["shared", "isolated"]
PATH_FACTOR = 0.5
DESCRIPTOR_FACTOR = 1.2
DATA_FACTOR = 1.15
NEW_FILE_FACTOR = 1.3
LISTING_FACTOR = 1.25
SHARED_FACTOR = 1.15
LOOKUP_FACTOR = 1.05
LINEAR_FACTOR = 2  # ten times the entries: linear, with room for the cache misses of ten times the memory
SQLITE_FACTOR = 1.15
PACK_FACTOR = 2
PACK_MB = 150
INSTANTIATE_MS = 2
INSTANTIATE_MB = 1
ADDED_BYTES = 20 * 1024
PAIRED = "paired"  # the pseudo-variant whose figures are ratios, shared to isolated, of pairs of processes
IN_TURN = "isolated × 1.15, in turn"

Medians = dict[str, dict[str, float]]  # variant -> figure


@dataclass
class Check:
    """One bound: `value` is to be at most `limit` (or below it, where `strict`)."""

    subject: str
    what: str
    value: float | None
    limit: float | None
    strict: bool = False
    floor: float | None = None  # what the row's own program or the machine takes, whatever the filesystem does

    @property
    def reachable(self) -> bool:
        return self.floor is None or self.limit is None or self.floor < self.limit

    @property
    def passed(self) -> bool:
        if self.value is None or self.limit is None:
            return False
        return self.value < self.limit if self.strict else self.value <= self.limit


def floor_of(key: str, medians: Medians, placement: str = "shared") -> float | None:
    """What a figure cannot be below, where that was measured: bench/README.md says how."""
    def at(variant: str, name: str) -> float | None:
        return medians.get(variant, {}).get(name)

    match key:
        case "new64m":
            return at("floor", "grow64m")
        case "readdir1000":
            return at("replayed", key)
        case "lookup1m":
            few, misses = at(placement, "lookup10"), at("floor", "misses1m")
            return few + misses if few and misses else None
        case _ if key.startswith("growth"):
            return at("floor", "growth0")
        case _ if key.startswith("sqlite"):
            return at("floor", key)
        case _:
            return next((ns for ns in (at(v, f"floor.{key}") for v in (*PLACEMENTS, "node-wasi")) if ns), None)


@dataclass(frozen=True)
class Bound:
    limit: float | None
    name: str
    strict: bool = False


def row_bounds(row: Row, placement: str, medians: Medians) -> list[Bound]:
    """The bounds of a row in nanoseconds, from the figures of this run."""
    def at(variant: str, name: str) -> float | None:
        return medians.get(variant, {}).get(name)

    best = min((ns for ns in (at(peer, row.key) for peer in PEERS) if ns is not None), default=None)
    floor = floor_of(row.key, medians, placement)

    def times(base: float | None, factor: float) -> float | None:
        return base * factor if base else None

    match row.kind:
        case "path":
            return [Bound(times(best, PATH_FACTOR), "best peer / 2", True)]
        case "listing":
            return [Bound(times(floor, LISTING_FACTOR), f"floor × {LISTING_FACTOR}"), Bound(best, "best peer", True)]
        case "descriptor":
            return [Bound(times(best, DESCRIPTOR_FACTOR), f"best peer × {DESCRIPTOR_FACTOR}")]
        case "data":
            value, ratio = at(placement, row.key), at(placement, f"ratio.{row.key}")
            # From the ratio within each process: floor and row were measured there alternately.
            return [Bound(times(value / ratio if value and ratio else None, DATA_FACTOR), f"floor × {DATA_FACTOR}")]
        case "new":
            return [Bound(times(floor, NEW_FILE_FACTOR), f"floor × {NEW_FILE_FACTOR}")]
        case _:
            return []


def check_row(row: Row, medians: Medians) -> list[Check]:
    checks = []
    for placement in PLACEMENTS:
        value = medians.get(placement, {}).get(row.key)
        floor = floor_of(row.key, medians, placement) if row.kind in ("path", "listing") else None
        checks += [Check(placement, f"{row.title}: {bound.name}", value, bound.limit, bound.strict, floor)
                   for bound in row_bounds(row, placement, medians)]
    if row.kind != "growth":
        checks.append(Check("shared", f"{row.title}: {IN_TURN}", medians.get(PAIRED, {}).get(row.key), SHARED_FACTOR))
    return checks


def check_scaling(medians: Medians) -> list[Check]:
    checks = []
    for placement in PLACEMENTS:
        figures = medians.get(placement, {})
        floor = floor_of("lookup1m", medians, placement)
        checks.append(Check(placement, f"look up, large directory: floor × {LOOKUP_FACTOR}", figures.get("lookup1m"),
                            floor * LOOKUP_FACTOR if floor else None))
        for what, large, small in (("list 100,000 entries: linear, 2 × per entry of 10,000", "list100k", "list10k"),
                                   ("empty 80,000 entries: linear, 2 × per entry of 8,000", "rm_large", "rm_small")):
            base = figures.get(small)
            checks.append(Check(placement, what, figures.get(large), base * LINEAR_FACTOR if base else None))
    return checks


def check_sqlite(medians: Medians) -> list[Check]:
    def total(variant: str) -> float | None:
        return medians.get(variant, {}).get("sqlite_total")

    checks = []
    floor = floor_of("sqlite_total", medians)
    for placement in PLACEMENTS:
        checks.append(Check(placement, "SQLite: below native", total(placement), total("native"), True))
        checks.append(Check(placement, f"SQLite: floor × {SQLITE_FACTOR}", total(placement),
                            floor * SQLITE_FACTOR if floor else None))
    return checks


def check_packing(ruby: Medians, sizes: dict[str, dict[str, int]]) -> list[Check]:
    checks = []
    plain = ruby.get("plain", {})
    floor = plain.get("floor_s")
    for placement in PLACEMENTS:
        figures = ruby.get(placement, {})

        def more(name: str, unit: float = 1) -> float | None:
            return (figures[name] - plain[name]) / unit if name in figures and name in plain else None

        checks += [
            Check(placement, f"pack Ruby: seconds, floor × {PACK_FACTOR}", figures.get("pack_s"),
                  floor * PACK_FACTOR if floor else None),
            Check(placement, "pack Ruby: MB of memory", figures.get("pack_mb"), PACK_MB, True),
            Check(placement, "instantiate Ruby: ms more than plain", more("instantiate_ms"), INSTANTIATE_MS),
            Check(placement, "instantiate Ruby: MB of process memory more", more("rss_bytes", 1e6), INSTANTIATE_MB),
            Check(placement, "bytes of code added to a small program", sizes.get("edit", {}).get(placement), ADDED_BYTES),
        ]
    return checks
