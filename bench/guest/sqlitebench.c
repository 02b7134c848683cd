// The SQLite guest: a database of 100,000 rows of 100 bytes with an index, in the default rollback-journal
// mode, then indexed selects, scans, updates, deletes and a vacuum. Linked with SQLite's amalgamation.
//
// Prints NAME<TAB>NANOSECONDS per phase, their sum as `sqlite_total`, and a checksum of everything read,
// which must be the same in every variant. Usage: sqlitebench ROOT [ROWS]
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "sqlite3.h"

enum { rows_per_transaction = 100 };

static sqlite3 *database;
static int64_t started_ns, total_ns;
static uint64_t checksum;

static int64_t now_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static void check(int result, const char *what) {
  if (result == SQLITE_OK || result == SQLITE_DONE || result == SQLITE_ROW) return;
  printf("sqlitebench: %s: %s\n", what, sqlite3_errmsg(database));
  exit(1);
}

static void run(const char *sql) { check(sqlite3_exec(database, sql, NULL, NULL, NULL), sql); }

static sqlite3_stmt *prepare(const char *sql) {
  sqlite3_stmt *statement = NULL;
  check(sqlite3_prepare_v2(database, sql, -1, &statement, NULL), sql);
  return statement;
}

static void begin_phase(void) { started_ns = now_ns(); }
static void end_phase(const char *name) {
  int64_t took = now_ns() - started_ns;
  total_ns += took;
  printf("%s\t%lld\n", name, (long long)took);
}

static uint32_t random_state = 12345;
static uint32_t random_next(void) {
  random_state ^= random_state << 13;
  random_state ^= random_state >> 17;
  random_state ^= random_state << 5;
  return random_state;
}

static void fill_text(char *text, int bytes, uint32_t seed) {
  for (int i = 0; i < bytes; i++) {
    seed = seed * 1664525 + 1013904223;
    text[i] = (char)('a' + (seed >> 24) % 26);
  }
}

static void insert_rows(int rows) {
  begin_phase();
  run("CREATE TABLE item(id INTEGER PRIMARY KEY, key INTEGER NOT NULL, value TEXT NOT NULL);"
      "CREATE INDEX item_key ON item(key)");
  sqlite3_stmt *insert = prepare("INSERT INTO item(key, value) VALUES(?, ?)");
  char text[100];
  for (int i = 0; i < rows; i++) {
    if (i % rows_per_transaction == 0) run("BEGIN");
    fill_text(text, sizeof text, (uint32_t)i);
    sqlite3_bind_int(insert, 1, (int)(random_next() % (uint32_t)rows));
    sqlite3_bind_text(insert, 2, text, sizeof text, SQLITE_STATIC);
    check(sqlite3_step(insert), "insert");
    sqlite3_reset(insert);
    if (i % rows_per_transaction == rows_per_transaction - 1) run("COMMIT");
  }
  sqlite3_finalize(insert);
  end_phase("sqlite_insert");
}

static void select_by_key(int rows, int selects) {
  begin_phase();
  sqlite3_stmt *select = prepare("SELECT id, value FROM item WHERE key = ?");
  for (int i = 0; i < selects; i++) {
    sqlite3_bind_int(select, 1, (int)(random_next() % (uint32_t)rows));
    while (sqlite3_step(select) == SQLITE_ROW)
      checksum =
          checksum * 31 + (uint64_t)sqlite3_column_int64(select, 0) + sqlite3_column_text(select, 1)[50];
    sqlite3_reset(select);
  }
  sqlite3_finalize(select);
  end_phase("sqlite_select");
}

static void scan(int times) {
  begin_phase();
  for (int i = 0; i < times; i++) {
    sqlite3_stmt *scan =
        prepare("SELECT count(*), sum(key), sum(length(value)) FROM item WHERE value LIKE '%mayfl%'"
                " OR key % 3 = 0");
    check(sqlite3_step(scan), "scan");
    checksum = checksum * 31 + (uint64_t)sqlite3_column_int64(scan, 1);
    sqlite3_finalize(scan);
  }
  end_phase("sqlite_scan");
}

// Each statement is its own transaction, as in an application that commits what its user did.
static void change(const char *phase, const char *sql, int rows, int changes) {
  begin_phase();
  sqlite3_stmt *statement = prepare(sql);
  for (int i = 0; i < changes; i++) {
    sqlite3_bind_int(statement, 1, (int)(random_next() % (uint32_t)rows));
    check(sqlite3_step(statement), phase);
    sqlite3_reset(statement);
  }
  sqlite3_finalize(statement);
  end_phase(phase);
}

int main(int argc, char **argv) {
  const char *root = argc > 1 ? argv[1] : ".";
  int rows = argc > 2 ? atoi(argv[2]) : 100000;
  char path[256] = ":memory:";
  if (strcmp(root, path) != 0) {
    mkdir(root, 0755);
    snprintf(path, sizeof path, "%s/bench.db", root);
  }
  // No locking protocol in any variant: WASI has no record locks, and lock calls would only slow the native
  // peer.
  check(sqlite3_open_v2(path, &database, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, "unix-none"), path);
  insert_rows(rows);
  select_by_key(rows, rows / 2);
  scan(5);
  change("sqlite_update", "UPDATE item SET value = upper(value), key = key + 1 WHERE key = ?", rows,
         rows / 5);
  change("sqlite_delete", "DELETE FROM item WHERE key = ?", rows, rows / 10);
  begin_phase();
  run("VACUUM");
  end_phase("sqlite_vacuum");
  sqlite3_close(database);
  printf("sqlite_total\t%lld\nchecksum\t%llu\n", (long long)total_ns, (unsigned long long)checksum);
  return 0;
}
