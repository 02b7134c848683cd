mayfly strace -e fault=…: a program is told that a call failed, and the call is not made.

  $ export MAYFLY_RUNTIME=node; cp $BOX box.wasm
  $ mayfly strace -e trace=fd_write -e fault=fd_write:error=ENOSPC box.wasm -- put /x text 2>lines; cat lines
  fd_write(4, [{"text", 4}]) = -1 ENOSPC (No space left on device) (INJECTED)
  fd_write(1, [{"/x: No space left on device", 27}, {"\n", 1}]) = -1 ENOSPC (No space left on device) (INJECTED)
  +++ exited with 1 +++
  $ mayfly strace -e none -e fault=path_open:error=EMFILE:when=2 box.wasm -- put /x text -- put /y text -- put /z text -- ls /
  path_open(3, "x", O_WRONLY|O_CREAT|O_TRUNC) = 4
  path_open(3, "y", O_WRONLY|O_CREAT|O_TRUNC) = -1 EMFILE (Too many open files) (INJECTED)
  /y: No file descriptors available
  path_open(3, "z", O_WRONLY|O_CREAT|O_TRUNC) = 4
  path_open(3, ".", O_RDONLY|O_DIRECTORY|O_NONBLOCK) = 4
  dev x z
  +++ exited with 1 +++
  [1]
  $ mayfly strace -e none -e fault=path_unlink_file:error=EBUSY:when=1+2 -o lines box.wasm -- put /x 1 -- rm /x -- rm /x -- put /x 1 -- rm /x -- rm /x
  /x: Resource busy
  /x: Resource busy
  [1]
  $ cat lines
  path_unlink_file(3, "x") = -1 EBUSY (Device or resource busy) (INJECTED)
  path_unlink_file(3, "x") = 0
  path_unlink_file(3, "x") = -1 EBUSY (Device or resource busy) (INJECTED)
  path_unlink_file(3, "x") = 0
  +++ exited with 1 +++

A fault of a group is for the calls of it that can fail; one that is named has to be such a call.

  $ mayfly strace -e none -e fault=process:error=EIO -o lines box.wasm -- echo fine
  fine
  $ mayfly strace -e fault=proc_exit box.wasm -- echo fine
  mayfly: error: -e fault=proc_exit: this call has no error to answer
  [2]
  $ mayfly strace -e fault=fd_write:error=ENOSPCE box.wasm
  mayfly: error: -e fault=fd_write:error=ENOSPCE: "ENOSPCE" is no error
  mayfly: hint: did you mean ENOSPC?
  [2]
  $ mayfly strace -e fault=fd_write:when=0 box.wasm
  mayfly: error: -e fault=fd_write:when=0: "when=0" does not say which calls fail
  mayfly: hint: when=3 (the third), 3+ (from the third on), 1+2 (every other), 2..5
  [2]
