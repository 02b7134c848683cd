// SQLite on a database file of its own: the rollback journal (DELETE, TRUNCATE and PERSIST), many tables,
// temporary files on disk, a packed database-to-be as SQL text, VACUUM, an integrity check, a reopen.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sqlite3.h"

static sqlite3 *db;

static int print_row(void *prefix, int columns, char **values, char **names) {
  (void)names;
  printf("%s", (const char *)prefix);
  for (int i = 0; i < columns; i++) printf(" %s", values[i] ? values[i] : "NULL");
  printf("\n");
  return 0;
}

static void run(const char *sql) {
  char *message = NULL;
  if (sqlite3_exec(db, sql, NULL, NULL, &message) != SQLITE_OK) printf("%.60s: %s\n", sql, message);
}

static void show(const char *label, const char *sql) {
  char *message = NULL;
  if (sqlite3_exec(db, sql, print_row, (void *)label, &message) != SQLITE_OK) printf("%s: %s\n", label, message);
}

static void open_db(void) {
  if (sqlite3_open("/data/test.db", &db) != SQLITE_OK) {
    printf("open: %s\n", sqlite3_errmsg(db));
    exit(1);
  }
  run("PRAGMA temp_store = FILE; PRAGMA cache_size = 20"); // a small cache: pages spill while a transaction runs
}

static void fill(const char *journal) {
  char sql[200];
  snprintf(sql, sizeof sql, "PRAGMA journal_mode = %s", journal);
  show("journal", sql);
  run("DROP TABLE IF EXISTS t; CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT, body BLOB); CREATE INDEX by_name ON t (name)");
  run("BEGIN");
  run("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000)"
      "INSERT INTO t SELECT i, 'name' || (i * 7919 % 5000), zeroblob(i % 200) FROM n");
  run("COMMIT");
  show("rows", "SELECT count(*), sum(length(body)), min(name), max(name) FROM t");
  run("BEGIN; UPDATE t SET body = randomblob(300); DELETE FROM t WHERE id % 2");
  show("inside", "SELECT count(*), sum(length(body)) FROM t");
  run("ROLLBACK");
  show("rolled back", "SELECT count(*), sum(length(body)) FROM t");
  show("lookup", "SELECT id FROM t WHERE name = 'name42'");
}

static void many_tables(void) {
  char sql[200];
  run("BEGIN");
  for (int i = 0; i < 300; i++) {
    snprintf(sql, sizeof sql, "CREATE TABLE many%d (k TEXT PRIMARY KEY, v INTEGER); INSERT INTO many%d VALUES ('a', %d), ('b', %d)", i, i, i, 2 * i);
    run(sql);
  }
  run("COMMIT");
  show("tables", "SELECT count(*) FROM sqlite_master WHERE type = 'table'");
  show("one of them", "SELECT * FROM many123");
}

int main(void) {
  mkdir("/data", 0755);
  open_db();
  fill("DELETE");
  fill("TRUNCATE");
  fill("PERSIST");
  many_tables();
  show("sorted in a temporary file", "SELECT count(*) FROM (SELECT a.name FROM t a, many1 ORDER BY a.body, a.name DESC)");
  run("DELETE FROM t WHERE id > 1000; VACUUM");
  show("integrity", "PRAGMA integrity_check");
  sqlite3_close(db);

  struct stat st;
  char head[16] = {0};
  stat("/data/test.db", &st);
  FILE *file = fopen("/data/test.db", "rb");
  fread(head, 1, 15, file);
  fclose(file);
  printf("file: %s, whole pages: %d\n", head, st.st_size % 4096 == 0);
  open_db();
  show("after reopening", "SELECT count(*), max(id) FROM t");
  sqlite3_close(db);
  return 0;
}
