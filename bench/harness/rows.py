"""The rows of the table: which figure, held to which bound, against which best figure known so far.

Kinds of bound (issue 2, section 7):
  path        faster than every peer, and at least twice as fast as the best read-write peer
  descriptor  within 1.2 of the best peer
  data        within 1.15 of the memcpy floor measured in the same process
  new         within 1.3 of growing a memory by as much and filling it, in the same engine
  shown       no bound of its own
On every row the shared placement is also held to 1.15 times the isolated one.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    key: str  # as the guest prints it
    title: str
    kind: str
    known_ns: float | None = None  # the best figure that the issue quotes for any peer
    known_read_only: bool = False  # ... by wasi-vfs, which cannot write: to be beaten, but not twofold


GB_PER_S_27 = 65536 / 27
GB_PER_S_30 = 65536 / 30
NEW_FILE_AT_8_6_GB_PER_S = (64 << 20) / 8.6

GROUPS: dict[str, list[Row]] = {
    "meta": [
        Row("open_close", "open + close", "path", 304),
        Row("stat", "stat", "path", 64, known_read_only=True),
        Row("stat_missing", "stat, no such file", "path", 52, known_read_only=True),
        Row("walk16", "stat, path of 16 parts", "path", 121, known_read_only=True),
        Row("walk16_long", "stat, 16 parts of 12 letters", "path"),
        Row("create_unlink", "create + unlink", "path", 664),
        Row("mkdir_rmdir", "mkdir + rmdir", "path", 691),
        Row("rename", "rename", "path", 551),
        Row("readdir1000", "list 1,000 entries", "path", 132_000),
        Row("create10k", "10,000 files: create", "path", 2552),
        Row("lookup10k", "10,000 files: look up", "path", 1383),
        Row("unlink10k", "10,000 files: unlink", "path", 1166),
        Row("append100", "append 100 bytes", "descriptor", 30),
        Row("fstat", "fstat", "descriptor", 18),
        Row("lseek", "lseek", "descriptor", 6),
    ],
    "data": [
        Row("pread4k", "random pread 4 KiB, cold", "data", 444),
        Row("pwrite4k", "random pwrite 4 KiB, cold", "data", 287),
        Row("seqread64k", "read 64 KiB, cold", "data"),
        Row("seqwrite64k", "write 64 KiB, cold", "data"),
        Row("seqread64k_warm", "read 64 KiB, 4 MiB file", "data", GB_PER_S_27),
        Row("seqwrite64k_warm", "write 64 KiB, 4 MiB file", "data", GB_PER_S_30),
    ],
    "packed": [
        Row("pread4k_packed", "packed: random pread 4 KiB, cold", "data", 444),
        Row("seqread64k_packed", "packed: read 64 KiB, cold", "data"),
        Row("seqread64k_warm_packed", "packed: read 64 KiB, first 4 MiB", "data", GB_PER_S_27),
    ],
    "new": [Row("new64m", "write a new 64 MiB file", "new", NEW_FILE_AT_8_6_GB_PER_S)],
    "dirs": [
        Row("list10k", "list 10,000 entries, per entry", "shown"),
        Row("list100k", "list 100,000 entries, per entry", "shown"),
        Row("lookup10", "look up, directory of 10", "shown"),
        Row("lookup1m", "look up, large directory", "shown"),
    ],
    "sqlite": [
        Row("sqlite_insert", "SQLite: insert", "shown"),
        Row("sqlite_select", "SQLite: indexed selects", "shown"),
        Row("sqlite_scan", "SQLite: scan", "shown"),
        Row("sqlite_update", "SQLite: update", "shown"),
        Row("sqlite_delete", "SQLite: delete", "shown"),
        Row("sqlite_vacuum", "SQLite: vacuum", "shown"),
        Row("sqlite_total", "SQLite: total", "shown"),
    ],
}

GUEST_FIGURES = {row.key for rows in GROUPS.values() for row in rows}
