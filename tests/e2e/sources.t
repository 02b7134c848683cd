What is packed keeps modes, symlinks, hard links and times.

  $ mkdir d && echo content > d/file && chmod 755 d/file && touch -d @1234567890 d/file
  $ ln -s file d/link && ln -s nowhere d/dangling && ln d/file d/hard && touch -h -d @1234567891 d/link
  $ mayfly run $BOX --dir d::/d -- stat /d/file -- stat /d/link -- readlink /d/dangling -- stat /d/hard -- cat /d/link
  /d/file: file, 8 bytes, links 2, mtime 1234567890
  /d/link: symlink, 4 bytes, links 1, mtime 1234567891
  nowhere
  /d/hard: file, 8 bytes, links 2, mtime 1234567890
  content
  $ mayfly run $BOX --dir d::/d -- append /d/hard more -- cat /d/file
  content
  more

Later sources overlay earlier ones.

  $ mkdir over && echo other > over/file && echo added > over/added
  $ mayfly run $BOX --dir d::/d --dir over::/d -- ls /d -- cat /d/file -- cat /d/hard
  added dangling file hard link
  other
  content
  $ mayfly run $BOX --dir over::/d --dir d::/d -- cat /d/file
  content
  $ mayfly run $BOX --dir d::/d --file over/added::/d/deep/er/name -- cat /d/deep/er/name
  added

Archives: tar, compressed or not, and zip.

  $ tar cf a.tar d && tar czf a.tar.gz d && zstd -q a.tar -o a.tar.zst
  $ python3 -c 'import zipfile; zipfile.ZipFile("a.zip", "w").write("d/file")'
  $ for archive in a.tar a.tar.gz a.tar.zst a.zip; do mayfly run $BOX --tar $archive::/in -- ls /in/d -- cat /in/d/file; done
  dangling file hard link
  content
  dangling file hard link
  content
  dangling file hard link
  content
  file
  content
  $ mayfly run $BOX --tar a.tar -- stat /d/file -- readlink /d/link -- stat /d/hard
  /d/file: file, 8 bytes, links 2, mtime 1234567890
  file
  /d/hard: file, 8 bytes, links 2, mtime 1234567890

Without a guest path a directory keeps the name it was given.

  $ mayfly run $BOX --dir d -- ls /d
  dangling file hard link
  $ mayfly run $BOX --dir d::. -- ls .
  dangling dev file hard link

The same file twice in two mounts is content once.

  $ mkdir big && head -c 1000000 /dev/urandom > big/a && cp big/a big/b
  $ mayfly pack $BOX --dir big::/big --json -o big.wasm | python3 -c 'import json, sys; print(json.load(sys.stdin)["added"]["content_bytes"])'
  1000000
