--read-only: every change fails with EROFS.

  $ mkdir d && echo content > d/file
  $ mayfly pack $BOX --dir d::/d --read-only -o ro.wasm
  $ mayfly run ro.wasm -- cat /d/file -- put /d/file x -- put /new x -- rm /d/file -- mkdir /m -- mv /d/file /f
  content
  /d/file: Read-only file system
  /new: Read-only file system
  /d/file: Read-only file system
  /m: Read-only file system
  /d/file: Read-only file system
  [1]

Preopens: / is one unless --no-root says otherwise; directories that --dir names are, too.

  $ mayfly run $BOX --no-root -- ls /
  /: Capabilities insufficient
  [1]
  $ mayfly run $BOX --no-root --dir d::/d -- ls /d -- cat /etc/passwd
  file
  /etc/passwd: Capabilities insufficient
  [1]
  $ mayfly run $BOX --preopen /home/me -- ls / -- ls /home -- put /home/me/x y
  dev home
  me

Permissions are real. User 0 may do everything, others what the modes say.

  $ chmod 600 d/file
  $ mayfly run $BOX --dir d::/d -- cat /d/file
  content
  $ mayfly run $BOX --dir d::/d --user 1000:1000 -- cat /d/file -- put /d/new x
  /d/file: Permission denied
  /d/new: Permission denied
  [1]
  $ mayfly run $BOX --dir d::/d --user 1000:1000 --owner 1000:1000 -- cat /d/file -- put /d/new x
  content

Limits, each with its errno.

  $ mayfly run $BOX --max-bytes 1M -- fill /big 2000000
  after * bytes: /big: No space left on device (glob)
  [1]
  $ mayfly run $BOX --max-inodes 100 -- many /f 200
  at *: /f*: No space left on device (glob)
  [1]
  $ mayfly run $BOX --max-fds 50 -- put /f x -- open /f 100
  at *: /f: No file descriptors available (glob)
  [1]
  $ mayfly run $BOX --max-bytes 1M -- fill /big 2000000 -- rm /big -- fill /again 500000
  after * bytes: /big: No space left on device (glob)
  wrote 500000 bytes
  [1]
