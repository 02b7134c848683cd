var wasmImports = { /** @export */ a: _fd_close, "b": ___syscall_openat, c(x) { return /[}\/]/.test(`${{ a: 1 }.a}`) } };
