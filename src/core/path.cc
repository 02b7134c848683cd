// One pass over the bytes: each 8-byte word of a component is at once searched for its end and
// mixed into the hash, so that a component costs one hash, one table line and one entry.
#include "core/path.h"
#include "core/host.h"

namespace mayfly {
namespace {

constexpr u64 kOnes = 0x0101010101010101ull, kHighs = 0x8080808080808080ull;

// High bit set in every byte of `w` that is zero; exact up to and including the lowest such byte.
u64 zero_bytes(u64 w) { return (w - kOnes) & ~w & kHighs; }

// Reads the component at `p` (which ends before a '/' at the latest at `end`, see Path).
MAYFLY_INLINE Name scan(InodeId dir, const char *p) {
  const char *start = p;
  u64 h = hash_start(dir);
  for (;;) {
    u64 w = load_word(p);
    u64 hit = zero_bytes(w ^ ('/' * kOnes));
    if (hit) {
      u32 n = static_cast<u32>(__builtin_ctzll(hit)) >> 3;
      if (n) h = hash_word(h, low_bytes(w, n));
      return {start, static_cast<u32>(p - start) + n, hash_end(h)};
    }
    h = hash_word(h, w);
    p += 8;
  }
}

void seal(Path &path) {
  u64 slashes = '/' * kOnes;
  __builtin_memcpy(path.bytes + path.len, &slashes, 8);
}

// Puts `target` before the rest of the path (which may lie in `scratch` itself). nametoolong.
MAYFLY_COLD Errno splice(Path &scratch, StrView target, const char *rest, u32 rest_len) {
  if (target.len + rest_len + 1 >= kPathMax) return Errno::nametoolong;
  u32 slash = rest_len ? 1 : 0;
  __builtin_memmove(scratch.bytes + target.len + slash, rest, rest_len);
  __builtin_memcpy(scratch.bytes, target.ptr, target.len);
  if (slash) scratch.bytes[target.len] = '/';
  scratch.len = target.len + slash + rest_len;
  seal(scratch);
  return Errno::ok;
}

// The number after /dev/fd/, or ~0.
Fd parse_fd(const Name &name) {
  if (name.len == 0 || name.len > 9 || (name.len > 1 && name.ptr[0] == '0')) return ~0u;
  u32 n = 0;
  for (u32 i = 0; i < name.len; i++) {
    if (name.ptr[i] < '0' || name.ptr[i] > '9') return ~0u;
    n = n * 10 + static_cast<u32>(name.ptr[i] - '0');
  }
  return n;
}

// /dev/fd/N: the inode behind the descriptor (the directory itself for a host descriptor).
MAYFLY_COLD bool walk_dev_fd(Fs &fs, InodeId dir, Walk &w) {
  if (!(fs.inode(dir).flags & kDevFd)) return false;
  Fd fd = parse_fd(w.name);
  FdSlot *slot = fd_slot(fs, fd);
  if (!slot) return false;
  w.dev_fd = fd;
  InodeId held = ofd_of(fs, *slot).inode;
  w.inode = held ? held : dir;
  return true;
}

} // namespace

StrView symlink_target(const Fs &fs, const Inode &i) {
  if (i.kind == Data::object) return {fs.at<char>(i.object), static_cast<u32>(i.size)};
  return {reinterpret_cast<const char *>(i.bytes), static_cast<u32>(i.size)};
}

namespace {

// scan and find_entry byte by byte, in a third of the code. With users every walk comes here, so there they are the fast ones.
MAYFLY_COLD void scan_rare(InodeId dir, const char *p, Name &name) {
  if (build::users) {
    name = scan(dir, p);
    return;
  }
  u32 n = 0;
  while (p[n] != '/') n++;
  name = {p, n, hash_name(dir, p, n)};
}
MAYFLY_COLD const HashSlot *find_entry_rare(Fs &fs, InodeId parent, const Name &name) {
  if (build::users) return find_entry(fs, parent, name);
  const HashSlot *table = fs.at<HashSlot>(fs.hash_table);
  for (u32 i = hash_home(name.hash, fs.hash_cap); table[i].dentry; i = (i + 1) & (fs.hash_cap - 1)) {
    if (table[i].hash != name.hash || table[i].len != name.len) continue;
    const Dentry *d = fs.at<Dentry>(table[i].dentry);
    u32 same = 0;
    while (same < name.len && d->name()[same] == name.ptr[same]) same++;
    if (same == name.len && d->parent == parent) return &table[i];
  }
  return nullptr;
}

// Every case: permissions, dots, doubled and trailing slashes, symlinks, /dev/fd. Goes on at `p` in `dir`.
MAYFLY_COLD Errno walk_any(Fs &fs, const At &at, const Path &path, u32 how, Walk &w, InodeId dir, const char *p) {
  const char *end = path.bytes + path.len;
  bool beneath = at.flags & At::beneath;
  u32 links = 0;
  for (;;) {
    while (*p == '/' && p < end) p++;
    if (MAYFLY_UNLIKELY(p == end)) { // only slashes: the start itself (the root, or a link's empty rest)
      w.dir = w.inode = dir;
      w.last = Walk::root;
      w.entry = nullptr;
      return Errno::ok;
    }
    scan_rare(dir, p, w.name);
    const char *next = p + w.name.len;
    w.trailing = next < end;
    while (*next == '/' && next < end) next++;
    bool last = next == end;
    if (!last) w.trailing = false;
    if (MAYFLY_UNLIKELY(fs.user() != 0) && !may(fs, fs.inode(dir), 1)) return Errno::acces;
    if (MAYFLY_UNLIKELY(w.name.len > kNameMax)) return Errno::nametoolong;

    if (MAYFLY_UNLIKELY(*p == '.') && w.name.len <= 2 && (w.name.len == 1 || p[1] == '.')) {
      bool up = w.name.len == 2;
      if (up) {
        if (beneath && dir == at.dir) return Errno::notcapable;
        InodeId parent = fs.inode(dir).dir.parent;
        if (!parent) return Errno::noent; // the directory was removed
        w.dir = dir = parent;
      }
      if (last) {
        w.dir = w.inode = dir;
        w.last = up ? Walk::dotdot : Walk::dot;
        w.entry = nullptr;
        return Errno::ok;
      }
      p = next;
      continue;
    }

    const HashSlot *d = find_entry_rare(fs, dir, w.name);
    if (MAYFLY_UNLIKELY(!d)) {
      w.dir = dir;
      w.entry = nullptr;
      w.last = Walk::normal;
      w.inode = 0;
      if (walk_dev_fd(fs, dir, w)) {
        if (last && !w.trailing) return Errno::ok;
        if (!is_dir(fs.inode(w.inode)) || w.inode == dir) return Errno::notdir;
        if (last) return Errno::ok;
        // The descriptor's directory may lie anywhere; from there .. would leave.
        if (beneath && at.dir != fs.root) return Errno::notcapable;
        dir = w.inode;
        w.dev_fd = ~0u;
        p = next;
        continue;
      }
      return last && (how & walk_how::parent) ? Errno::ok : Errno::noent;
    }
    if (MAYFLY_UNLIKELY(d->type == mode::symlink)) {
      // With `parent`, a link before trailing slashes stays: nothing can be made there.
      bool wanted = w.trailing ? !(how & walk_how::parent) : (how & walk_how::follow) != 0;
      bool follow = !last || wanted;
      if (follow) {
        if (++links > kSymlinkMax) return Errno::loop;
        const Inode &link = fs.inode(d->inode);
        StrView target = symlink_target(fs, link);
        u32 rest = static_cast<u32>(end - next);
        if (w.trailing && last) { // keep the demand for a directory
          next = "/";
          rest = 1;
        }
        MAYFLY_CHECK(splice(w.scratch, target, next, rest));
        p = w.scratch.bytes;
        end = p + w.scratch.len;
        if (*p == '/') {
          if (beneath && !(link.flags & kAbsoluteOk)) return Errno::notcapable;
          beneath = false;
          dir = fs.root;
        }
        continue;
      }
    }
    if (last) {
      w.dir = dir;
      w.entry = fs.at<Dentry>(d->dentry);
      w.inode = d->inode;
      w.last = Walk::normal;
      if (w.trailing && d->type != mode::directory && !(how & walk_how::parent)) return Errno::notdir;
      return Errno::ok;
    }
    if (MAYFLY_UNLIKELY(d->type != mode::directory)) return Errno::notdir;
    dir = d->inode;
    p = next;
  }
}

// Bytes before the last slash of a path of at least 12 bytes; 0 when there is none.
MAYFLY_INLINE u32 prefix_len(const Path &path) {
  for (u32 at = path.len - 8;; at -= 8) {
    // Any byte that is no slash shows up as a set bit of its own here, exactly.
    u64 x = load_word(path.bytes + at) ^ ('/' * kOnes);
    u64 hit = ~(((x & ~kHighs) + ~kHighs) | x) & kHighs;
    if (hit) return at + 7 - (static_cast<u32>(__builtin_clzll(hit)) >> 3);
    if (at < 8) {
      while (at && path.bytes[at] != '/') at--;
      return at;
    }
  }
}

constexpr u32 kPrefixMin = 9; // a shorter prefix is walked as fast as it is looked up

// Prefixes are told apart by their first and last eight bytes: those between are rarely what differs.
MAYFLY_INLINE WalkCache::Entry &cache_entry(InodeId start, const char *prefix, u32 len) {
  u32 h = static_cast<u32>(hash_word(load_word(prefix) + start, load_word(prefix + len - 8)));
  return host::walk_cache().entries[hash_home(h, WalkCache::kEntries)];
}

MAYFLY_INLINE bool same_prefix(const char *a, const char *b, u32 len) {
  for (u32 at = 0; at + 8 < len; at += 8)
    if (load_word(a + at) != load_word(b + at)) return false;
  return load_word(a + len - 8) == load_word(b + len - 8);
}

MAYFLY_COLD void remember(WalkCache::Entry &e, InodeId start, const char *prefix, u32 len, InodeId dir) {
  e.stamp = host::walk_cache().flushes + 1;
  e.start = start;
  e.dir = dir;
  e.len = len;
  static_assert(WalkCache::kPrefixMax % 8 == 0);
  for (u32 i = 0; i < len; i += 8) __builtin_memcpy(e.prefix + i, prefix + i, 8); // a path is readable past its end
}

} // namespace

// The common case in few registers: plain components that exist, walked by root. Whatever else
// comes up goes to walk_any from the component where it came up.
Errno walk(Fs &fs, const At &at, const Path &path, u32 how, Walk &w) {
  w.inode = 0;
  w.entry = nullptr;
  w.last = Walk::normal;
  w.trailing = false;
  w.dev_fd = ~0u;
  const char *p = path.bytes, *end = p + path.len;
  if (MAYFLY_UNLIKELY(p == end)) return Errno::noent;
  InodeId dir = at.dir;
  if (*p == '/') {
    if (at.flags & At::beneath) return Errno::notcapable;
    dir = fs.root;
  } else if (!is_dir(fs.inode(dir))) {
    return Errno::notdir;
  }
  if (MAYFLY_UNLIKELY(fs.user() != 0)) return walk_any(fs, at, path, how, w, dir, p);

  InodeId start = dir;
  WalkCache::Entry *fresh = nullptr; // where this prefix is to be remembered
  if (path.len > kPrefixMin + 3 && end[-1] != '/') {
    u32 len = prefix_len(path);
    if (len >= kPrefixMin && len <= WalkCache::kPrefixMax) {
      WalkCache::Entry &e = cache_entry(start, p, len);
      if (e.stamp == host::walk_cache().flushes + 1 && e.start == start && e.len == len && same_prefix(e.prefix, p, len)) {
        dir = e.dir;
        p += len + 1;
      } else {
        fresh = &e;
      }
    }
  }
  if (*p == '/') p++;
  for (;;) {
    Name name = scan(dir, p);
    const char *next = p + name.len;
    if (MAYFLY_UNLIKELY(name.len - 1 >= kNameMax)) break; // empty (a doubled slash) or too long
    if (MAYFLY_UNLIKELY(*p == '.') && name.len <= 2 && (name.len == 1 || p[1] == '.')) break;
    const HashSlot *d = find_entry(fs, dir, name);
    if (next == end) {
      if (MAYFLY_UNLIKELY(!d)) {
        if (fs.inode(dir).flags & kDevFd) break;
        if (!(how & walk_how::parent)) return Errno::noent;
      } else {
        if (MAYFLY_UNLIKELY(d->type == mode::symlink) && (how & walk_how::follow)) break;
        w.inode = d->inode;
        w.entry = fs.at<Dentry>(d->dentry);
      }
      w.dir = dir;
      w.name = name;
      if (MAYFLY_UNLIKELY(fresh != nullptr)) remember(*fresh, start, path.bytes, static_cast<u32>(p - 1 - path.bytes), dir);
      return Errno::ok;
    }
    if (MAYFLY_UNLIKELY(!d || d->type != mode::directory || next[1] == '/')) break;
    dir = d->inode;
    p = next + 1;
  }
  return walk_any(fs, at, path, how, w, dir, p);
}

Errno Path::assign(const char *from, u32 n) {
  if (n >= kPathMax) return Errno::nametoolong;
  for (u32 i = 0; i < n; i++) {
    if (!from[i]) return Errno::inval;
    bytes[i] = from[i];
  }
  len = n;
  seal(*this);
  return Errno::ok;
}

Errno Path::assign_app(AppPtr from, u32 n) {
  if (MAYFLY_UNLIKELY(n >= kPathMax)) return Errno::nametoolong;
  char *to = bytes;
  u32 left = n;
  for (; left >= 8; left -= 8, from += 8, to += 8) {
    u64 w = host::app_load_u64(from);
    if (MAYFLY_UNLIKELY(zero_bytes(w))) return Errno::inval;
    __builtin_memcpy(to, &w, 8);
  }
  if (left >= 4) {
    u32 w = host::app_load_u32(from);
    if (MAYFLY_UNLIKELY(zero_bytes(w | 0xffffffff'00000000ull))) return Errno::inval;
    __builtin_memcpy(to, &w, 4);
    left -= 4, from += 4, to += 4;
  }
  for (; left; left--, from++, to++) {
    u32 b = host::app_load_u8(from);
    if (MAYFLY_UNLIKELY(!b)) return Errno::inval;
    *to = static_cast<char>(b);
  }
  len = n;
  seal(*this);
  return Errno::ok;
}

Result<InodeId> resolve(Fs &fs, At at, const Path &path) {
  Walk w;
  MAYFLY_CHECK(walk(fs, at, path, at.flags & At::nofollow ? 0 : walk_how::follow, w));
  return w.inode;
}

} // namespace mayfly
