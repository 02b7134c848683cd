-v says what was virtualized, what is still imported and why, and what it costs; --json the same for programs.

  $ mkdir d && echo x > d/file
  $ mayfly pack $BOX --dir d::/d -o out.wasm -v 2>&1 | grep -E '^(filesystem|placement)'
  filesystem: 1 file, 2 directories, 0 symlinks; preopened: / /d
  placement: shared; memory of the application at start: 9 -> * pages of 64 KiB (glob)
  $ mayfly pack $BOX --dir d::/d -o out.wasm --json > report.json
  $ python3 -c '
  > import json, os
  > report = json.load(open("report.json"))
  > print(report["schema"], report["placement"], report["output"]["path"], report["added"]["content_bytes"])
  > print(report["output"]["bytes"] == os.path.getsize("out.wasm"))
  > print([i for i in report["imports"] if i["field"] in ("fd_read", "path_open")])'
  1 shared out.wasm 2
  True
  [{'module': 'wasi_snapshot_preview1', 'field': 'fd_read', 'kind': 'func', 'served': True, 'imported': True, 'why': 'standard streams and other descriptors of the host'}, {'module': 'wasi_snapshot_preview1', 'field': 'path_open', 'kind': 'func', 'served': True, 'imported': False}]

Nothing is printed when nothing is asked, on success.

  $ mayfly pack $BOX --dir d::/d -o out.wasm
