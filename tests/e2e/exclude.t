What is left out of directories and archives.

  $ mkdir -p d/src/deep d/.git d/build && touch d/a.c d/a.o d/src/b.c d/src/b.o d/src/deep/c.o d/.git/HEAD d/build/out
  $ mayfly run $BOX --dir d::/d --exclude '*.o' --exclude .git --exclude /build -- ls /d -- ls /d/src -- ls /d/src/deep
  a.c src
  b.c deep
  $ mayfly run $BOX --dir d::/d --exclude 'src/*.o' -- ls /d/src -- ls /d/src/deep
  b.c deep
  c.o
  $ mayfly run $BOX --dir d::/d --exclude src/ --exclude .git/ -- ls /d
  a.c a.o build
  $ tar cf d.tar -C d . && mayfly run $BOX --tar d.tar::/d --exclude '*.o' --exclude .git --exclude build -- ls /d -- ls /d/src
  a.c src
  b.c deep
  $ mayfly pack $BOX --dir d::/d --exclude '*.obj' -o out.wasm
  mayfly: note: --exclude *.obj matched nothing
  $ mayfly pack $BOX --file d/a.c::/a.c --exclude '*.o' -o out.wasm
  mayfly: error: --exclude *.o: there is no --dir or --tar to leave it out of
  [2]

A file from a pipe, or from standard input.

  $ echo piped | mayfly run $BOX --file -::/in/file -- cat /in/file -- stat /in/file
  piped
  /in/file: file, 6 bytes, links 1, mtime 0
  $ mayfly run $BOX --file <(echo one)::/1 --file <(echo two)::/2 -- cat /1 -- cat /2
  one
  two
  $ echo x | mayfly pack $BOX --file - -o out.wasm
  mayfly: error: --file -: standard input has no name
  mayfly: hint: give it one: --file -::/NAME
  [2]
  $ echo x | mayfly pack $BOX --file -::/1 --file -::/2 -o out.wasm
  mayfly: error: --file -::/2: standard input is read by another --file
  [2]
  $ mayfly pack - --file -::/1 -o out.wasm < $BOX
  mayfly: error: --file -: standard input is the module already
  mayfly: hint: name a file for one of them
  [2]
  $ mayfly pack $BOX --dir - -o out.wasm
  mayfly: error: --dir -: only --file reads standard input
  [2]

Mappings have two colons, and a module may be replaced by its pack.

  $ mayfly pack $BOX --dir d:/d -o out.wasm
  mayfly: error: d:/d: cannot be opened: No such file or directory
  mayfly: hint: the place inside stands after two colons: d::/d
  [1]
  $ cp $BOX same.wasm && mayfly pack same.wasm --dir d::/d -o same.wasm
  mayfly: note: same.wasm was the module that was packed; it is replaced
