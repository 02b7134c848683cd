mayfly strace: what it shows, and where. Lines of calls that only the C library makes at its start are filtered out where
they are of no interest.

  $ export MAYFLY_RUNTIME=node; cp $BOX box.wasm
  $ mkdir d && echo content > d/file
  $ mayfly strace -e trace=file,fd_read,fd_write box.wasm --dir d::/d -- cat /d/file -- cat /d/none
  path_open(4, "file", O_RDONLY) = 5
  fd_read(5, [{"content\n", 4096}]) = 8
  content
  [host] fd_write(1, [{"content\n", 8}]) = 8
  fd_write(1, [{"content\n", 8}]) = 8
  fd_read(5, [{"", 4096}]) = 0
  path_open(4, "none", O_RDONLY) = -1 ENOENT (No such file or directory)
  /d/none: No such file or directory
  [host] fd_write(1, [{"/d/none: No such file or directo"..., 34}, {"\n", 1}]) = 35
  fd_write(1, [{"/d/none: No such file or directo"..., 34}, {"\n", 1}]) = 35
  +++ exited with 1 +++
  [1]
  $ mayfly strace -e trace=file -y -o lines box.wasm --dir d::/d -- cat /d/file -- mv /d/file /moved -- rm /moved; cat lines
  content
  path_open(4</d>, "file", O_RDONLY) = 5
  path_rename(4</d>, "file", 3</>, "moved") = 0
  path_unlink_file(3</>, "moved") = 0
  +++ exited with 0 +++
  $ mayfly strace -e trace=path_open -o - box.wasm --dir d::/d -- cat /d/file
  path_open(4, "file", O_RDONLY) = 5
  content
  +++ exited with 0 +++
  $ mayfly strace -e trace=host box.wasm --dir d::/d -- cat /d/file > out 2> err; cat out err
  content
  [host] environ_sizes_get([0], [0]) = 0
  [host] args_sizes_get([3], [21]) = 0
  [host] args_get(["box.wasm", "cat", "/d/file"]) = 0
  [host] fd_write(1, [{"content\n", 8}]) = 8
  +++ exited with 0 +++

Strings are cut where -s says; times can be shown.

  $ mayfly strace -e trace=fd_write -s 4 box.wasm -- put /x "a longer text"
  fd_write(4, [{"a lo"..., 13}]) = 13
  fd_write(4, [{"\n", 1}]) = 1
  +++ exited with 0 +++
  $ mayfly strace -e trace=fd_write,proc_exit -r -T box.wasm -- put /x text 2>&1 | sed 's/[0-9]*\.[0-9]\{6\}/T/g'
       T fd_write(4, [{"text", 4}]) = 4 <T>
       T fd_write(4, [{"\n", 1}]) = 1 <T>
  +++ exited with 0 +++

The exit code is the program's. A trap is told, and in which call it was if it was in one.

  $ mayfly strace -e trace=process box.wasm -- exit 7
  proc_exit(7) = ?
  +++ exited with 7 +++
  [7]
  $ mayfly strace -e trace=path_open box.wasm -- trap 2>&1 | grep -v '^  in '
  +++ killed by a trap +++
  mayfly: error: box.wasm: trapped: unreachable

Counts, with or without lines.

  $ mayfly strace -c -e trace=file,proc_exit box.wasm --dir d::/d -- cat /d/file -- cat /none 2>&1 >out | sed 's/^ *[0-9]*\.[0-9]* *[0-9]*\.[0-9]\{6\} *[0-9]*/T/' | sort
  % time     seconds  usecs/call     calls    errors call
  ------ ----------- ----------- --------- --------- ----------------
  ------ ----------- ----------- --------- --------- ----------------
  T         1           proc_exit
  T         2         1 path_open
  T         3         1 total
  $ mayfly strace -C -e trace=path_open box.wasm --dir d::/d -- cat /d/file 2>&1 >out | sed 's/^ *[0-9]*\.[0-9]* *[0-9]*\.[0-9]\{6\} *[0-9]*/T/'
  path_open(4, "file", O_RDONLY) = 5
  +++ exited with 0 +++
  % time     seconds  usecs/call     calls    errors call
  ------ ----------- ----------- --------- --------- ----------------
  T         1           path_open
  ------ ----------- ----------- --------- --------- ----------------
  T         1           total

Objects a line, and a file for trace viewers.

  $ mayfly strace -f json -e trace=path_open box.wasm --dir d::/d -- cat /d/file 2>&1 >out | sed 's/_ns":[0-9]*/_ns":T/g'
  {"call":"path_open","module":"wasi_snapshot_preview1","args":{"fd":4, "path":"file", "flags":"O_RDONLY"},"result":5,"error":null,"host":false,"start_ns":T,"duration_ns":T}
  {"exited":0}
  $ mayfly strace -f chrome -o trace.json box.wasm --dir d::/d -- cat /d/file && python3 -c 'import json; print(sorted({e["name"] for e in json.load(open("trace.json"))}))'
  content
  ['args_get', 'args_sizes_get', 'environ_sizes_get', 'fd_close', 'fd_fdstat_get', 'fd_prestat_dir_name', 'fd_prestat_get', 'fd_read', 'fd_write', 'path_open', 'process_name', 'thread_name']
  $ mayfly strace -f chrome -o trace.json box.wasm -- trap 2>err; python3 -c 'import json; print(len(json.load(open("trace.json"))) > 3)'
  True
