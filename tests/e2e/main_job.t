The main job: somebody else's module, a directory, one command. The result runs with no directory given.

  $ mkdir -p assets/sub && echo hello > assets/hello.txt && echo deep > assets/sub/deep.txt
  $ mayfly pack $BOX --dir ./assets::/assets -o out.wasm
  $ ls
  assets
  out.wasm
  $ mayfly run out.wasm -- ls /assets -- cat /assets/hello.txt -- cat /assets/sub/deep.txt
  hello.txt sub
  hello
  deep

It creates, writes, renames and deletes its own files.

  $ mayfly run out.wasm -- put /assets/new one -- append /assets/new two -- cat /assets/new -- mv /assets/new /moved -- ls /assets -- ls / -- rm /moved -- cat /moved
  one
  two
  hello.txt sub
  assets dev moved
  /moved: No such file or directory
  [1]

Every instance starts from what was packed, and the host's directory is as it was.

  $ mayfly run out.wasm -- ls /assets
  hello.txt sub
  $ ls assets
  hello.txt
  sub

Without -o the name is made from the module's.

  $ cp $BOX app.wasm && mayfly pack app.wasm && ls *.wasm
  app.packed.wasm
  app.wasm
  out.wasm

Pipes work on both sides.

  $ mayfly pack - --dir assets::/assets -o - < $BOX > piped.wasm && cmp piped.wasm out.wasm && echo same
  same
