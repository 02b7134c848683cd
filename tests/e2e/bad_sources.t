Sources that cannot be packed as they are.

  $ mkdir d && echo x > d/file
  $ mayfly pack $BOX --dir missing::/d -o out.wasm
  mayfly: error: missing: cannot be opened: No such file or directory
  [1]
  $ mayfly pack $BOX --dir d/file::/d -o out.wasm
  mayfly: error: d/file: is not a directory
  mayfly: hint: use --file for a single file, --tar for an archive
  [1]
  $ mayfly pack $BOX --file d::/d -o out.wasm
  mayfly: error: d: is a directory
  mayfly: hint: use --dir for a directory
  [1]
  $ mayfly pack $BOX --file d/missing::/d -o out.wasm
  mayfly: error: d/missing: cannot be opened: No such file or directory
  [1]
  $ mayfly pack $BOX --tar d/file::/d -o out.wasm
  mayfly: error: d/file: is not a tar or zip archive, or is damaged: Unrecognized archive format
  mayfly: hint: tar, tar.gz, tar.bz2, tar.xz, tar.zst and zip are read
  [1]
  $ tar cf good.tar d && head -c 700 good.tar > cut.tar; mayfly pack $BOX --tar cut.tar::/d -o out.wasm
  mayfly: error: cut.tar: is not a tar or zip archive, or is damaged: Truncated tar archive
  mayfly: hint: tar, tar.gz, tar.bz2, tar.xz, tar.zst and zip are read
  [1]
  $ mayfly pack $BOX --dir d::/d --dir d::/d -o out.wasm
  mayfly: error: --dir d::/d: is given twice
  mayfly: hint: leave one out; to overlay, give another source at the same place
  [2]
  $ mayfly pack $BOX --dir d:: -o out.wasm
  mayfly: error: --dir: the path inside the filesystem is empty
  mayfly: hint: use / for its root
  [2]
  $ mayfly pack $BOX --dir ::/d -o out.wasm
  mayfly: error: --dir ::/d: the host's path is empty
  mayfly: hint: --dir HOST::GUEST
  [2]
  $ mayfly pack $BOX --dir d::/../up -o out.wasm
  mayfly: error: --dir /../up: a path inside the filesystem may not contain ".."
  [2]

Sockets, pipes and devices are no files.

  $ rm -f out.wasm; mkfifo d/pipe; mayfly pack $BOX --dir d::/d -o out.wasm
  mayfly: error: d/pipe: is a named pipe, which cannot be packed
  mayfly: hint: remove it, or pack a directory without it
  [1]
  $ rm d/pipe; python3 -c 'import socket; socket.socket(socket.AF_UNIX).bind("d/socket")'; mayfly pack $BOX --dir d::/d -o out.wasm
  mayfly: error: d/socket: is a socket, which cannot be packed
  mayfly: hint: remove it, or pack a directory without it
  [1]
  $ rm d/socket

A directory that contains itself through a symlink is packed as it is: links are kept, not followed.

  $ ln -s . d/self && ln -s loop d/loop && mayfly run $BOX --dir d::/d -- cat /d/self/self/file -- cat /d/loop
  x
  /d/loop: Symbolic link loop
  [1]

A path that is too long for the filesystem, however the host came by it.

  $ (cd d; for i in $(seq 30); do n=$(printf 'n%.0s' $(seq 200)); mkdir $n; cd -P $n; done; echo deep > file)
  $ mayfly pack $BOX --dir d::/d -o out.wasm
  mayfly: error: d/nnn*: its path inside the filesystem would have * bytes, more than 4095 (glob)
  mayfly: hint: pack it under a shorter GUEST path
  [1]
  $ mkdir ok && mayfly run $BOX --dir ok::/ok --file good.tar::/ok/$(printf 'n%.0s' $(seq 255)) -- ls /ok | wc -c
  256
  $ mayfly pack $BOX --file good.tar::/$(printf 'n%.0s' $(seq 256)) -o out.wasm
  mayfly: error: --file /nnn*: a name of 256 bytes is longer than the 255 that are allowed (glob)
  [2]

  $ rm -rf d; ls
  cut.tar
  good.tar
  ok
