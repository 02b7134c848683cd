The words that a shell completes, and the manual pages.

  $ source <(mayfly completion bash)
  $ try() { COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _mayfly; printf "%s\n" "${COMPREPLY[@]:-nothing}"; }
  $ try mayfly st
  strace
  $ try mayfly pack app.wasm --host
  --host-dir
  $ try mayfly run --runtime wasm
  wasmtime
  wasmer
  wasmedge
  $ mkdir directory; touch file; try mayfly pack --dir ""
  directory
  $ try mayfly pack ""
  file
  directory
  $ try mayfly pack --max-bytes ""
  nothing
  $ try mayfly run app.wasm -- --h
  nothing
  $ mayfly completion tcsh
  mayfly: error: completion: tcsh: there are no completions for it
  mayfly: hint: bash, zsh or fish
  [2]
  $ mayfly man pack | head -3
  .TH MAYFLY-PACK 1 "" "mayfly 0.1.0" "Mayfly"
  .SH NAME
  mayfly\-pack \- put a read\-write filesystem into a wasm module
  $ mayfly man pakc
  mayfly: error: man: pakc: there is no such command
  mayfly: hint: see mayfly --help
  [2]
