--host-dir: a directory that stays the host's, beside those inside. The host is Node's own WASI.

  $ mkdir inside shared && echo packed > inside/file && echo host > shared/file
  $ mayfly pack $BOX --dir inside::/inside --host-dir /shared -o mixed.wasm
  $ node --no-warnings $E2E/node_wasi.mjs mixed.wasm /shared=shared -- cat /inside/file -- cat /shared/file -- put /shared/new out -- put /inside/new in -- ls /inside -- ls /shared
  packed
  host
  file new
  file new
  $ ls inside shared
  inside:
  file
  
  shared:
  file
  new
  $ cat shared/new
  out
  $ node --no-warnings $E2E/node_wasi.mjs mixed.wasm /shared=shared -- mv /inside/file /shared/moved
  /inside/file: Cross-device link
  [1]
