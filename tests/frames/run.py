#!/usr/bin/env python3
"""Holds the filesystem's layers to the rule of abi/wasi_p1/below.h: no frame on the layer's stack in a downcall.

A host that throws, calls back or suspends a call then leaves nothing on that stack, and the region may move
meanwhile. What is read is the module as the compiler made it: wasm-opt may join functions, but it moves no frame.

    run.py LAYER.linked.wasm...

Also: the deepest stack that any chain of calls can need fits in what the linker gives (link::Options::stack_bytes).
"""
import re
import subprocess
import sys

STACK_BYTES = 32768
# Functions that call themselves, and how often at most: once for each level of a file's map.
RECURSIVE = {"trim_node": 7, "next_entry": 7, "punch_node": 7}


def objdump(flag, path):
    return subprocess.run(["wasm-objdump", flag, path], check=True, capture_output=True, text=True).stdout


class Layer:
    def __init__(self, path):
        headers = objdump("-x", path)
        self.imports = {int(m[1]): m[2] for m in re.finditer(r"- func\[(\d+)\] sig=\d+.*? <- (\S+)", headers)}
        pointer = re.search(r"- global\[(\d+)\].* <- env\.__stack_pointer", headers)
        if not pointer:
            sys.exit(f"{path}: no __stack_pointer: this is not what the compiler made")
        self.names, self.calls, self.frame = {}, {}, {}
        function, instructions = None, []
        for line in objdump("-d", path).splitlines():
            if start := re.match(r"[0-9a-f]+ func\[(\d+)\](?: <(.*)>)?:", line):
                function, instructions = int(start[1]), []
                self.names[function], self.calls[function] = start[2] or start[1], set()
                continue
            parts = line.split("|", 1)
            if function is None or len(parts) < 2:
                continue
            instruction = parts[1].strip()
            instructions.append(instruction)
            if call := re.match(r"(?:return_)?call (\d+)", instruction):
                self.calls[function].add(int(call[1]))
            if re.match(rf"global\.set {pointer[1]}\b", instruction) and function not in self.frame:
                self.frame[function] = self.frame_bytes(instructions, pointer[1])

    # global.get SP, i32.const N, i32.sub, local.tee, global.set SP
    @staticmethod
    def frame_bytes(instructions, pointer):
        for k in range(len(instructions) - 1, 1, -1):
            if instructions[k] == "i32.sub":
                size = re.match(r"i32\.const (\d+)", instructions[k - 1])
                if size and re.match(rf"global\.get {pointer}\b", instructions[k - 2]):
                    return int(size[1])
        sys.exit(f"a frame's size is not where it was expected: {instructions[-6:]}")

    def downcall(self, function):
        return function in self.imports and not self.imports[function].startswith("mayfly.")

    # The names on a way from `function` to a downcall, or None.
    def way_down(self, function, seen):
        if self.downcall(function):
            return [self.imports[function]]
        if function in seen:
            return None
        seen.add(function)
        for callee in sorted(self.calls.get(function, ())):
            way = self.way_down(callee, seen)
            if way:
                return [self.names[function]] + way
        return None

    def depth(self, function, known, above=()):
        if function in above:
            sys.exit(f"{self.names[function]} calls itself: its stack has no bound")
        if function not in known:
            times = next((n for name, n in RECURSIVE.items() if f"::{name}(" in self.names.get(function, "")), 1)
            callees = self.calls.get(function, set()) - ({function} if times > 1 else set())
            below = (self.depth(c, known, above + (function,)) for c in callees)
            known[function] = times * self.frame.get(function, 0) + max(below, default=0)
        return known[function]


def main():
    failed = False
    for path in sys.argv[1:]:
        layer = Layer(path)
        name = path.split("/")[-1]
        if not layer.frame or not any(layer.way_down(f, set()) for f in layer.calls):
            sys.exit(f"{name}: no frames or no downcalls were found, so nothing was tested")
        for function in sorted(layer.frame):
            way = layer.way_down(function, set())
            if way:
                failed = True
                print(f"{name}: a frame is on the stack in a downcall: {' -> '.join(way)}")
        known = {}
        deepest = max(layer.depth(f, known) for f in layer.calls)
        print(f"{name}: {len(layer.frame)} functions with frames, at most {deepest} bytes deep")
        failed |= deepest > STACK_BYTES
    return failed


sys.exit(main())
