An output that cannot be written: a message, no file, and what was there before stays.

  $ mayfly pack $BOX -o missing/out.wasm
  mayfly: error: missing/out.wasm: its directory missing cannot be used: No such file or directory
  [1]
  $ mkdir dir && mayfly pack $BOX -o dir
  mayfly: error: dir: is a directory
  mayfly: hint: name a file, for instance dir/out.wasm
  [1]
  $ mayfly pack $BOX -o /proc/out.wasm
  mayfly: error: /proc/out.wasm: cannot be made: No such file or directory
  [1]
  $ mayfly pack $BOX -o - > /dev/full
  mayfly: error: standard output: cannot be written: No space left on device
  mayfly: hint: the output needs * KB (glob)
  [1]
  $ echo old > out.wasm; (ulimit -f 10; mayfly pack $BOX -o out.wasm); cat out.wasm
  mayfly: error: out.wasm: cannot be written: File too large
  mayfly: hint: the output needs * KB; the limit is ulimit -f (glob)
  old
  $ mayfly pack $BOX -o /dev/null
  $ ls
  dir
  out.wasm

Ctrl-C in the middle leaves nothing either.

  $ mkdir many && python3 -c '
  > import os
  > for i in range(300): open(f"many/{i}", "wb").write(os.urandom(1 << 20))'
  $ cat > interrupt.py <<'END'
  > import os, signal, subprocess, time
  > for delay in (0.02, 0.05, 0.1, 0.2):
  >     pack = subprocess.Popen(["mayfly", "pack", os.environ["BOX"], "--dir", "many::/many", "-o", "big.wasm"])
  >     time.sleep(delay)
  >     pack.send_signal(signal.SIGINT)
  >     code = pack.wait()
  >     if code not in (-2, 0, 130): print("finished or failed:", code)
  >     if os.path.exists("big.wasm"): os.remove("big.wasm") if code == 0 else print("left big.wasm")
  > print(sorted(name for name in os.listdir(".") if name not in ("many", "interrupt.py", "dir")))
  > END
  $ python3 interrupt.py
  ['out.wasm']
