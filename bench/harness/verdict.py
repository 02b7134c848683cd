"""Holds medians to the bounds of issue 2, section 7. A figure that is missing is a miss, not a pass."""

from dataclasses import dataclass

from .rows import GROUPS, Row

PEERS = ["native", "node-wasi", "memfs", "wasmfs"]
PLACEMENTS = ["shared", "isolated"]
DESCRIPTOR_FACTOR = 1.2
DATA_FACTOR = 1.15
NEW_FILE_FACTOR = 1.3
SHARED_FACTOR = 1.15
LOOKUP_FACTOR = 4
LISTING_FACTOR = 2  # linear, with room for the cache misses of ten times the memory
PACK_SECONDS = 0.6
PACK_MB = 150
INSTANTIATE_MS = 2
INSTANTIATE_MB = 1
ADDED_BYTES = 20 * 1024

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
        case _ if key.startswith("sqlite"):
            return at("floor", key)
        case _:
            return next((ns for ns in (at(v, f"floor.{key}") for v in (*PLACEMENTS, "node-wasi")) if ns), None)


def row_limit(row: Row, placement: str, medians: Medians) -> tuple[float | None, str]:
    """The bound of a row in nanoseconds, from the figures of this run, and its name."""
    def at(variant: str, name: str) -> float | None:
        return medians.get(variant, {}).get(name)

    peers = [ns for ns in (at(peer, row.key) for peer in PEERS) if ns is not None]
    match row.kind:
        case "path":
            # Every measured peer can write, so twice as fast as the best of them implies faster than all.
            return (min(peers) / 2 if peers else None), "best peer / 2"
        case "descriptor":
            return (min(peers) * DESCRIPTOR_FACTOR if peers else None), "best peer × 1.2"
        case "data":
            value, ratio = at(placement, row.key), at(placement, f"ratio.{row.key}")
            # From the ratio within each process: floor and row were measured there alternately.
            return (value / ratio * DATA_FACTOR if value and ratio else None), "floor × 1.15"
        case "new":
            floor = floor_of(row.key, medians)
            return (floor * NEW_FILE_FACTOR if floor else None), "floor × 1.3"
        case _:
            return None, ""


def known_limit(row: Row) -> float | None:
    """The bound that the issue's own best figure of a peer gives; it was measured on a quiet machine."""
    if row.known_ns is None:
        return None
    if row.kind == "path":
        return row.known_ns if row.known_read_only else row.known_ns / 2
    if row.kind == "descriptor":
        return row.known_ns * DESCRIPTOR_FACTOR
    return None  # data rows are held to the floor of their own run


def check_row(row: Row, medians: Medians) -> list[Check]:
    checks = []
    for placement in PLACEMENTS:
        value = medians.get(placement, {}).get(row.key)
        limit, name = row_limit(row, placement, medians)
        if row.kind != "shown":
            floor = floor_of(row.key, medians, placement) if row.kind == "path" else None
            checks.append(Check(placement, f"{row.title}: {name}", value, limit, row.kind == "path", floor))
        known = known_limit(row)
        if known is not None:
            checks.append(Check(placement, f"{row.title}: the issue's best figure", value, known, row.kind == "path"))
    isolated = medians.get("isolated", {}).get(row.key)
    checks.append(Check("shared", f"{row.title}: isolated × 1.15", medians.get("shared", {}).get(row.key),
                        isolated * SHARED_FACTOR if isolated else None))
    return checks


def check_scaling(medians: Medians) -> list[Check]:
    checks = []
    for placement in PLACEMENTS:
        figures = medians.get(placement, {})
        for what, large, small, factor in (("look up, large directory: 4 × directory of 10", "lookup1m", "lookup10",
                                            LOOKUP_FACTOR),
                                           ("list 100,000 entries: linear, 2 × per entry of 10,000",
                                            "list100k", "list10k", LISTING_FACTOR)):
            base = figures.get(small)
            checks.append(Check(placement, what, figures.get(large), base * factor if base else None,
                                floor=floor_of(large, medians, placement)))
    return checks


def check_sqlite(medians: Medians) -> list[Check]:
    def total(variant: str) -> float | None:
        return medians.get(variant, {}).get("sqlite_total")

    checks = []
    for placement in PLACEMENTS:
        node = total("node-wasi")
        checks.append(Check(placement, "SQLite: below native", total(placement), total("native"), True))
        checks.append(Check(placement, "SQLite: below a fifth of Node's WASI", total(placement),
                            node / 5 if node else None, True, floor_of("sqlite_total", medians)))
    return checks


def check_packing(ruby: Medians, sizes: dict[str, dict[str, int]]) -> list[Check]:
    checks = []
    plain = ruby.get("plain", {})
    for placement in PLACEMENTS:
        figures = ruby.get(placement, {})

        def more(name: str, unit: float = 1) -> float | None:
            return (figures[name] - plain[name]) / unit if name in figures and name in plain else None

        checks += [
            Check(placement, "pack Ruby: seconds", figures.get("pack_s"), PACK_SECONDS, True),
            Check(placement, "pack Ruby: MB of memory", figures.get("pack_mb"), PACK_MB, True),
            Check(placement, "instantiate Ruby: ms more than plain", more("instantiate_ms"), INSTANTIATE_MS),
            Check(placement, "instantiate Ruby: MB of process memory more", more("rss_bytes", 1e6), INSTANTIATE_MB),
            Check(placement, "bytes of code added to a small program", sizes.get("edit", {}).get(placement), ADDED_BYTES),
        ]
    return checks
