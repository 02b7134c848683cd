Packed modules, unpacked ones, hermetic ones, modules that nothing here can run, and no module at all.

  $ export MAYFLY_RUNTIME=node; cp $BOX box.wasm
  $ mkdir d && echo content > d/file
  $ mayfly pack box.wasm --dir d::/d -o packed.wasm
  $ mayfly strace -y -e trace=path_open packed.wasm -- cat /d/file
  path_open(4</d>, "file", O_RDONLY) = 5
  content
  +++ exited with 0 +++
  $ mayfly strace packed.wasm --dir d::/e
  mayfly: error: packed.wasm: is packed already; --dir can add nothing to it
  mayfly: hint: leave out the pack options
  [2]
  $ mayfly strace -e trace=path_open --env A=B packed.wasm -- env
  A=B
  +++ exited with 0 +++
  $ mayfly strace -e trace=file,process < box.wasm - -- exit 3
  proc_exit(3) = ?
  +++ exited with 3 +++
  [3]

An unpacked one asks its host for everything.

  $ mayfly strace --no-pack -e trace=!args,fd_fdstat_get box.wasm -- cat /d/file
  environ_sizes_get([0], [0]) = 0
  fd_prestat_get(3, 0x83078) = -1 EBADF (Bad file descriptor)
  /d/file: Capabilities insufficient
  fd_write(1, [{"/d/file: Capabilities insufficie"..., 34}, {"\n", 1}]) = 35
  proc_exit(1) = ?
  +++ exited with 1 +++
  [1]
  $ mayfly strace --no-pack --dir d::/d box.wasm
  mayfly: error: --no-pack: --dir is about a pack
  mayfly: hint: leave out one of the two
  [2]

The traced module alone runs anywhere: here on Node's own WASI, which gives it a directory.

  $ mayfly strace --link-only -e trace=file box.wasm && ls
  box.traced.wasm
  box.wasm
  d
  packed.wasm
  $ node --no-warnings $E2E/node_wasi.mjs box.traced.wasm /d=d -- cat /d/file -- put /d/new text
  path_open(3, "file", O_RDONLY) = 4
  content
  path_open(3, "new", O_WRONLY|O_CREAT|O_TRUNC) = 4
  +++ exited with 0 +++
  $ cat d/new
  text
  $ mayfly strace --link-only -o again.wasm -e trace=file box.wasm && cmp again.wasm box.traced.wasm && echo same
  same
  $ mayfly strace box.traced.wasm
  mayfly: error: box.traced.wasm: is traced already
  mayfly: hint: trace the module that it was made from
  [1]

Into a file of its own, which a hermetic module has, too. The file is read afterwards through its exports (docs/hermetic.md).

  $ mayfly strace --into /trace -e trace=file box.wasm --dir d::/d -- cat /d/file -- cat /trace
  content
  path_open(4, "file", O_RDONLY) = 5
  path_open(3, "trace", O_RDONLY) = 5
  $ mayfly strace --into /trace -e trace=!args --link-only -o h.wasm box.wasm --dir d::/d --hermetic --arg cat --arg /d/file
  $ wasm-objdump -h h.wasm | grep -c Import
  0
  [1]
  $ node $E2E/../matrix/js/hermetic_cli.mjs h.wasm /trace /.mayfly/stdout
  environ_sizes_get([0], [0]) = 0
  fd_prestat_get(3, {pr_type=DIR, pr_name_len=1}) = 0
  fd_prestat_dir_name(3, "/", 1) = 0
  fd_prestat_get(4, {pr_type=DIR, pr_name_len=2}) = 0
  fd_prestat_dir_name(4, "/d", 2) = 0
  fd_prestat_get(5, 0x83078) = -1 EBADF (Bad file descriptor)
  fd_fdstat_get(4, {fs_filetype=DIRECTORY, fs_flags=0}) = 0
  path_open(4, "file", O_RDONLY) = 5
  fd_read(5, [{"content\n", 4096}]) = 8
  fd_write(1, [{"content\n", 8}]) = 8
  fd_read(5, [{"", 4096}]) = 0
  fd_close(5) = 0
  +++ exited with 0 +++
  content
  $ mayfly strace --into /trace -e trace=file packed.wasm -- cat /trace
  /trace: No such file or directory
  [1]
  $ mayfly strace --into trace box.wasm
  mayfly: error: --into trace: is not an absolute path
  mayfly: hint: for instance --into /trace
  [2]
  $ mayfly strace --into /trace -T --hermetic box.wasm
  mayfly: error: --into: a hermetic module has no clock but its own, which every look at moves: no times can be had
  mayfly: hint: leave out -t, -r, -T, -c, -C, -f and delays
  [2]
  $ mayfly strace --into /trace --no-pack box.wasm
  mayfly: error: --into: box.wasm has no filesystem inside
  mayfly: hint: leave out --no-pack
  [2]
  $ mayfly strace --into /trace --read-only box.wasm
  mayfly: error: --into: a filesystem that is --read-only takes no trace
  [2]
  $ mayfly strace --into /trace --no-root box.wasm
  mayfly: error: box.wasm: was packed with --no-root, and --into needs the root
  [1]

A filesystem that is full loses lines, and says how many.

  $ long=/$(printf '%01000d' 0)
  $ mayfly strace --into /trace -e trace=path_unlink_file --max-bytes 256K box.wasm -- fill /big 400000 -- rm $long -- rm $long -- rm $long -- rm $long -- rm $long -- rm $long -- rm /big -- rm /none -- cat /trace | grep -v $long
  after 233472 bytes: /big: No space left on device
  /none: No such file or directory
  ... 6 lines lost: no room in the file
  path_unlink_file(3, "big") = 0
  path_unlink_file(3, "none") = -1 ENOENT (No such file or directory)

The room that is kept for it, in shared placement, is there again after the program has grown.

  $ cat > grow.wat <<'END'
  > (module (import "wasi_snapshot_preview1" "path_unlink_file" (func $unlink (param i32 i32 i32) (result i32)))
  >   (memory (export "memory") 1)
  >   (data (i32.const 1024) "none")
  >   (func $many (local i32)
  >     (loop (drop (call $unlink (i32.const 3) (i32.const 1024) (i32.const 4)))
  >       (br_if 0 (i32.lt_u (local.tee 0 (i32.add (local.get 0) (i32.const 1))) (i32.const 150000)))))
  >   (func (export "_start") (call $many) (drop (memory.grow (i32.const 800))) (call $many)))
  > END
  $ wat2wasm grow.wat && mayfly strace --into /trace --hermetic --link-only -o g.wasm grow.wasm
  $ node $E2E/../matrix/js/hermetic_cli.mjs g.wasm /trace > lines; sort lines | uniq -c
        1 +++ exited with 0 +++
   300000 path_unlink_file(3, "none") = -1 ENOENT (No such file or directory)

What another tool has renumbered can only be traced where it reaches the host.

  $ wasm-opt -O1 --enable-bulk-memory packed.wasm -o opt.wasm && mayfly strace opt.wasm -- cat /d/file
  mayfly: note: another tool (wasm-opt?) has renumbered the functions of this packed module: only what reaches the host can be traced
  [host] environ_sizes_get([0], [0]) = 0
  [host] args_sizes_get([3], [21]) = 0
  [host] args_get(["opt.wasm", "cat", "/d/file"]) = 0
  content
  [host] fd_write(1, [{"content\n", 8}]) = 8
  +++ exited with 0 +++

  $ echo '(module (import "env" "__syscall_openat" (func (param i32 i32 i32 i32) (result i32))) (memory (export "memory") 1))' > e.wat && wat2wasm e.wat && mayfly strace e.wasm
  mayfly: error: e.wasm: is a module of Emscripten, which only its own JavaScript can run
  mayfly: hint: mayfly strace --link-only -o e.traced.wasm, and put that in the place of the module
  [1]
  $ mayfly strace --link-only e.wasm && wasm-objdump -j Import -x e.traced.wasm | grep '<-'
  mayfly: note: e.traced.wasm imports wasi_snapshot_preview1.fd_write, which e.wasm did not: its host has to have it
   - func[0] sig=0 <env.__syscall_openat> <- env.__syscall_openat
   - func[1] sig=0 <wasi_snapshot_preview1.fd_write> <- wasi_snapshot_preview1.fd_write
  $ echo '(module (import "env" "f" (func)) (func (export "run") (call 0)))' > n.wat && wat2wasm n.wat && mayfly strace --link-only n.wasm -o t.wasm && wasm-validate t.wasm && echo valid
  mayfly: note: n.wasm has no memory: one of 64 KiB was added, from which lines are printed
  mayfly: note: t.wasm imports wasi_snapshot_preview1.fd_write, which n.wasm did not: its host has to have it
  valid
  $ echo '(module (memory (export "memory") 1 1 shared))' > t.wat && wat2wasm --enable-threads t.wat && mayfly strace t.wasm
  mayfly: error: t.wasm: memory section at 0xb: the module has a shared memory (threads): only single-threaded modules are supported
  [1]
  $ echo text > not.wasm; mayfly strace not.wasm
  mayfly: error: not.wasm at 0x0: the file is not a WebAssembly module: it does not start with the bytes 00 61 73 6d
  [1]
  $ mayfly strace missing.wasm
  mayfly: error: missing.wasm: cannot be opened: No such file or directory
  [1]
