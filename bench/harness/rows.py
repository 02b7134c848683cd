"""The rows of the table: which figure, and which bound it is held to.

Every bound comes from the same run: from a peer, or from a floor, which is what the guest program or the machine
takes by itself. Kinds of bound:
  path        at most half of the best peer
  listing     at most 1.25 times its floor, and below every peer
  descriptor  at most 1.2 times the best peer
  data        at most 1.15 times the memcpy floor measured in the same process
  new         at most 1.3 times growing a memory by as much and filling it, in the same engine
  shown       no bound of its own
  growth      none: in shared placement the filesystem makes way, which costs a copy that the isolated one has not
On every other row the shared placement is also held to 1.15 times the isolated one: the median of the ratios of pairs of
processes that ran one after the other.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    key: str  # as the guest prints it
    title: str
    kind: str


GROUPS: dict[str, list[Row]] = {
    "meta": [
        Row("open_close", "open + close", "path"),
        Row("open_close_crowd", "open + close, 1,000 open", "path"),
        Row("stat", "stat", "path"),
        Row("stat_missing", "stat, no such file", "path"),
        Row("walk16", "stat, path of 16 parts", "path"),
        Row("walk16_long", "stat, 16 parts of 12 letters", "path"),
        Row("create_unlink", "create + unlink", "path"),
        Row("mkdir_rmdir", "mkdir + rmdir", "path"),
        Row("rename", "rename", "path"),
        Row("readdir1000", "list 1,000 entries", "listing"),
        Row("create10k", "10,000 files: create", "path"),
        Row("lookup10k", "10,000 files: look up", "path"),
        Row("unlink10k", "10,000 files: unlink", "path"),
        Row("append100", "append 100 bytes", "descriptor"),
        Row("fstat", "fstat", "descriptor"),
        Row("lseek", "lseek", "descriptor"),
    ],
    "data": [
        Row("pread4k", "random pread 4 KiB, cold", "data"),
        Row("pwrite4k", "random pwrite 4 KiB, cold", "data"),
        Row("seqread64k", "read 64 KiB, cold", "data"),
        Row("seqwrite64k", "write 64 KiB, cold", "data"),
        Row("seqread64k_warm", "read 64 KiB, 4 MiB file", "data"),
        Row("seqwrite64k_warm", "write 64 KiB, 4 MiB file", "data"),
    ],
    "packed": [
        Row("pread4k_packed", "packed: random pread 4 KiB, cold", "data"),
        Row("seqread64k_packed", "packed: read 64 KiB, cold", "data"),
        Row("seqread64k_warm_packed", "packed: read 64 KiB, first 4 MiB", "data"),
    ],
    "new": [Row("new64m", "write a new 64 MiB file", "new")],
    "growth": [
        Row("growth1", "grow by a page, 1 MiB of files", "growth"),
        Row("growth100", "grow by a page, 100 MiB of files", "growth"),
        Row("growth1000", "grow by a page, 1,000 MiB of files", "growth"),
    ],
    "dirs": [
        Row("list10k", "list 10,000 entries, per entry", "shown"),
        Row("list100k", "list 100,000 entries, per entry", "shown"),
        Row("lookup10", "look up, directory of 10", "shown"),
        Row("lookup1m", "look up, large directory", "shown"),
        Row("rm_small", "empty 8,000 entries, per entry", "shown"),
        Row("rm_large", "empty 80,000 entries, per entry", "shown"),
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
