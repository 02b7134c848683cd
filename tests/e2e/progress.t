A terminal sees how far a long pack is, and nothing of it afterwards. The archive comes from a pipe that is slow.

  $ cat > slow.py <<'END'
  > import io, os, pty, tarfile, threading, time
  > os.mkfifo("slow.tar")
  > def feed():
  >     with open("slow.tar", "wb") as pipe, tarfile.open(fileobj=pipe, mode="w|") as archive:
  >         for i in range(10):
  >             file = tarfile.TarInfo(f"f{i}")
  >             file.size = 100000
  >             archive.addfile(file, io.BytesIO(bytes([i]) * file.size))
  >             time.sleep(0.1)
  > threading.Thread(target=feed).start()
  > child, terminal = pty.fork()
  > if child == 0:
  >     os.execlp("mayfly", "mayfly", "pack", os.environ["BOX"], "--tar", "slow.tar::/t", "-o", "out.wasm")
  > text = b""
  > try:
  >     while piece := os.read(terminal, 4096):
  >         text += piece
  > except OSError:
  >     pass  # the end of a terminal
  > drawn, erased, rest = text.decode().rpartition("\r\033[K")
  > print("code", os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
  > print("drawn:", drawn.split("\r")[1][:16], "...", drawn.split("\r")[-1])
  > print("left:", rest.split(":")[0])
  > END
  $ python3 slow.py | sed 's/\x1b\[K//'
  code 0
  drawn: reading slow.tar ... writing out.wasm
  left: out.wasm
