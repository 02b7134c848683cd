Usage errors name the option, suggest, and exit with 2.

  $ mayfly | head -2
  mayfly gives any WebAssembly module a read-write filesystem inside itself
  Usage: mayfly [OPTIONS] [SUBCOMMAND]
  $ mayfly pakc
  mayfly: error: pakc: there is no such command
  mayfly: hint: did you mean pack?
  [2]
  $ mayfly help pakc
  mayfly: error: pakc: there is no such command
  mayfly: hint: did you mean pack?
  [2]
  $ mayfly help pack | head -2
  put a read-write filesystem into a wasm module
  Usage: mayfly pack [OPTIONS] APP
  $ mayfly -V
  mayfly 0.1.0
  $ mayfly pack
  mayfly: error: pack: APP is required
  mayfly: hint: see mayfly pack --help
  [2]
  $ mayfly pack $BOX --dri a::/b
  mayfly: error: --dri: there is no such option
  mayfly: hint: did you mean --dir?
  [2]
  $ mayfly pack $BOX extra.wasm
  mayfly: error: extra.wasm: this word is not expected
  mayfly: hint: see mayfly pack --help
  [2]
  $ mayfly --version
  mayfly 0.1.0
