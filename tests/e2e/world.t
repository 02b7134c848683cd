Arguments and environment come from the host unless they are baked in.

  $ mayfly run $BOX -- args one "two words"
  args one two words
  $ mayfly pack $BOX --env A=1 --env "B=two words" -o env.wasm && mayfly run env.wasm -- env
  A=1
  B=two words
  $ mayfly pack $BOX --arg echo --arg baked -o arg.wasm && mayfly run arg.wasm
  baked
  $ mayfly run arg.wasm -- echo ignored
  mayfly: error: echo: arg.wasm takes no arguments: they were baked in when it was packed, or it never asks for them
  mayfly: hint: leave it out
  [2]
  $ mayfly pack $BOX --env novalue -o x.wasm
  mayfly: error: --env: "novalue" is not K=V
  mayfly: hint: for instance HOME=/root
  [2]

Standard streams.

  $ echo from stdin | mayfly run $BOX -- cat -
  from stdin
  $ mayfly run $BOX -- error oops 2>/dev/null
  $ mayfly run $BOX --stdio null -- echo lost -- cat -
  $ mayfly run $BOX -- put /dev/stdout written -- put /dev/null x -- put /dev/full x
  written
  /dev/full: No space left on device
  [1]
  $ mayfly run $BOX --stdio tape -- echo
  mayfly: error: --stdio: "tape" is none of host, null, file
  [2]

Exit codes are passed on; a trap is 134.

  $ mayfly run $BOX -- exit 42
  [42]
  $ mayfly run $BOX -- trap 2>&1 | head -1
  mayfly: error: *box.wasm: trapped: unreachable (glob)
