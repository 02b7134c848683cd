The same inputs give the same bytes, whatever the order in which the host lists them.

  $ mkdir a && for i in $(seq 50); do echo $i > a/$i; done && ln -s 1 a/link
  $ mkdir b && for i in $(seq 50 -1 1); do cp -p a/$i b/$i; done && ln -s 1 b/link && touch -h -r a/link b/link && touch -r a b
  $ mayfly pack $BOX --dir a::/d -o a.wasm && mayfly pack $BOX --dir b::/d -o b.wasm && cmp a.wasm b.wasm && echo same
  same
  $ mayfly pack $BOX --dir a::/d --isolate -o a.wasm && mayfly pack $BOX --dir b::/d --isolate -o b.wasm && cmp a.wasm b.wasm && echo same
  same

SOURCE_DATE_EPOCH caps the times, so that a fresh checkout packs to the same bytes.

  $ touch b/7; export SOURCE_DATE_EPOCH=1000000000
  $ mayfly pack $BOX --dir a::/d -o a.wasm && mayfly pack $BOX --dir b::/d -o b.wasm && cmp a.wasm b.wasm && echo same
  same

Every output is valid, and shared placement asks for nothing beyond bulk memory and mutable globals.

  $ wasm-validate --disable-simd --disable-multi-value --disable-saturating-float-to-int --disable-sign-extension a.wasm
  $ mayfly pack $BOX --dir a::/d -O -o small.wasm && wasm-validate small.wasm && mayfly run small.wasm -- cat /d/7
  7
