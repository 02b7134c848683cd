//! A layer that denies every open under /secret, whatever directory the program starts from and however it
//! writes the path. Everything else goes to the layer below.
//!
//! It keeps the path of every directory that the program opens, because a path is relative to a descriptor. A
//! descriptor whose path it does not know, and a path that has no room here, are denied.
#![no_std]

const DENIED: &[u8] = b"/secret";
const ERRNO_ACCES: u32 = 2;
const ERRNO_FAULT: u32 = 21;
const PATH_MAX: usize = 512;
const FDS_MAX: usize = 256;

#[link(wasm_import_module = "wasi_snapshot_preview1")]
extern "C" {
    #[link_name = "path_open"]
    fn below_path_open(
        fd: u32, lookup: u32, path: u32, len: u32, oflags: u32, rights: u64, inheriting: u64, flags: u32, out: u32,
    ) -> u32;
    #[link_name = "fd_prestat_dir_name"]
    fn below_fd_prestat_dir_name(fd: u32, path: u32, len: u32) -> u32;
}

#[link(wasm_import_module = "mayfly")]
extern "C" {
    fn app_load_u32(at: u32) -> u32;
    fn app_copy_in(to: *mut u8, from: u32, bytes: u32);
    fn app_pages() -> u32;
}

fn app_has(at: u32, bytes: u32) -> bool {
    at as u64 + bytes as u64 <= (unsafe { app_pages() } as u64) << 16
}

/// An absolute path without dots: "/a/b", and "" for the root.
#[derive(Clone, Copy)]
struct Path {
    known: bool,
    len: usize,
    bytes: [u8; PATH_MAX],
}

impl Path {
    const fn unknown() -> Path {
        Path { known: false, len: 0, bytes: [0; PATH_MAX] }
    }

    /// Goes on from here along `path`.
    fn walk(&mut self, path: &[u8]) {
        for name in path.split(|&b| b == b'/') {
            match name {
                b"" | b"." => {}
                b".." => {
                    while self.len > 0 {
                        self.len -= 1;
                        if self.bytes[self.len] == b'/' {
                            break;
                        }
                    }
                }
                _ => self.push(name),
            }
        }
    }

    fn push(&mut self, name: &[u8]) {
        if self.len + 1 + name.len() > PATH_MAX {
            self.known = false;
            return;
        }
        self.bytes[self.len] = b'/';
        self.bytes[self.len + 1..self.len + 1 + name.len()].copy_from_slice(name);
        self.len += 1 + name.len();
    }

    fn is_denied(&self) -> bool {
        let path = &self.bytes[..self.len];
        !self.known || (path.starts_with(DENIED) && matches!(path.get(DENIED.len()), None | Some(b'/')))
    }
}

static mut DIRECTORIES: [Path; FDS_MAX] = [Path::unknown(); FDS_MAX];

/// The path that the application's `len` bytes at `at` lead to from the directory `fd`.
unsafe fn resolve(fd: u32, at: u32, len: u32) -> Path {
    let mut path = if (fd as usize) < FDS_MAX { DIRECTORIES[fd as usize] } else { Path::unknown() };
    let mut bytes = [0u8; PATH_MAX];
    if len as usize > PATH_MAX {
        return Path::unknown();
    }
    app_copy_in(bytes.as_mut_ptr(), at, len);
    path.walk(&bytes[..len as usize]);
    path
}

unsafe fn remember(fd: u32, path: Path) {
    if (fd as usize) < FDS_MAX {
        DIRECTORIES[fd as usize] = path;
    }
}

#[export_name = "wasi_snapshot_preview1.path_open"]
pub unsafe extern "C" fn path_open(
    fd: u32, lookup: u32, path: u32, len: u32, oflags: u32, rights: u64, inheriting: u64, flags: u32, out: u32,
) -> u32 {
    if !app_has(path, len) || !app_has(out, 4) {
        return ERRNO_FAULT;
    }
    let target = resolve(fd, path, len);
    if target.is_denied() {
        return ERRNO_ACCES;
    }
    let error = below_path_open(fd, lookup, path, len, oflags, rights, inheriting, flags, out);
    if error == 0 {
        remember(app_load_u32(out), target);
    }
    error
}

/// Programs learn here what their preopened directories are called, and so does this layer.
#[export_name = "wasi_snapshot_preview1.fd_prestat_dir_name"]
pub unsafe extern "C" fn fd_prestat_dir_name(fd: u32, path: u32, len: u32) -> u32 {
    let error = below_fd_prestat_dir_name(fd, path, len);
    if error == 0 && app_has(path, len) && (len as usize) <= PATH_MAX {
        let mut bytes = [0u8; PATH_MAX];
        app_copy_in(bytes.as_mut_ptr(), path, len);
        let mut name = Path { known: true, ..Path::unknown() };
        name.walk(&bytes[..len as usize]);
        remember(fd, name);
    }
    error
}

#[panic_handler]
fn panic(_: &core::panic::PanicInfo) -> ! {
    loop {}
}
