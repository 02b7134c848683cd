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
MAYFLY_INLINE Name scan(u64 seed, InodeId dir, const char *p) {
  const char *start = p;
  u64 h = hash_start(seed, dir);
  for (;;) {
    u64 w = load_word(p);
    u64 hit = zero_bytes(w ^ ('/' * kOnes));
    if (hit) {
      u32 n = static_cast<u32>(__builtin_ctzll(hit)) >> 3;
      return {start, static_cast<u32>(p - start) + n, hash_end(h, low_bytes(w, n))};
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

// The open descriptor that `name` means in /dev/fd, or ~0.
MAYFLY_COLD Fd named_fd(Fs &fs, InodeId dir, const Name &name) {
  if (!(fs.inode(dir).flags & kDevFd)) return ~0u;
  if (name.len > 9 || (name.len > 1 && name.ptr[0] == '0')) return ~0u;
  u32 n = 0;
  for (u32 i = 0; i < name.len; i++) {
    if (name.ptr[i] < '0' || name.ptr[i] > '9') return ~0u;
    n = n * 10 + static_cast<u32>(name.ptr[i] - '0');
  }
  return fd_slot(fs, n) ? n : ~0u;
}

} // namespace

StrView symlink_target(const Fs &fs, const Inode &i) {
  if (i.kind == Data::object) return {fs.at<char>(i.object), static_cast<u32>(i.size)};
  return {reinterpret_cast<const char *>(i.bytes), static_cast<u32>(i.size)};
}

namespace {

// scan and find_entry byte by byte, in a third of the code. With users every walk comes here, so there they are the fast ones.
MAYFLY_COLD void scan_rare(u64 seed, InodeId dir, const char *p, Name &name) {
  if (build::users) {
    name = scan(seed, dir, p);
    return;
  }
  u32 n = 0;
  while (p[n] != '/') n++;
  name = {p, n, hash_name(seed, dir, p, n)};
}
MAYFLY_COLD const HashSlot *find_entry_rare(Fs &fs, InodeId parent, const Name &name) {
  if (build::users) return find_entry(fs, parent, name);
  const HashSlot *table = fs.at<HashSlot>(fs.hash_table);
  u32 left = build::writes ? reach_max(fs.hash_cap) : ~0u;
  for (u32 i = hash_home(name.hash, fs.hash_cap); table[i].dentry; i = (i + 1) & (fs.hash_cap - 1)) {
    if (table[i].hash == name.hash && table[i].len == name.len) {
      const Dentry *d = fs.at<Dentry>(table[i].dentry);
      u32 same = 0;
      while (same < name.len && d->name()[same] == name.ptr[same]) same++;
      if (same == name.len && d->parent == parent) return &table[i];
    }
    if (build::writes && !left--) break;
  }
  return nullptr;
}

// A walk under way: the next component is the one at `p`, and it is looked up in `dir`.
struct Progress {
  InodeId dir;
  const char *p, *end; // what is left of the path
  const char *next;    // what follows the component and its slashes
  bool last;           // nothing does
  bool beneath;        // the path may not leave its start
  u32 links;           // symbolic links followed so far
};

// Reads the component at `p`. False when only slashes are left.
MAYFLY_INLINE bool read_component(const Fs &fs, Progress &s, Walk &w) {
  while (*s.p == '/' && s.p < s.end) s.p++;
  if (MAYFLY_UNLIKELY(s.p == s.end)) return false;
  scan_rare(fs.name_seed, s.dir, s.p, w.name);
  s.next = s.p + w.name.len;
  bool slashes = s.next < s.end;
  while (*s.next == '/' && s.next < s.end) s.next++;
  s.last = s.next == s.end;
  w.trailing = slashes && s.last;
  return true;
}

// How many dots a name is made of, if there are one or two and nothing else.
MAYFLY_INLINE u32 dots(const Name &name) {
  if (MAYFLY_LIKELY(name.ptr[0] != '.') || name.len > 2) return 0;
  return name.len == 1 || name.ptr[1] == '.' ? name.len : 0;
}

MAYFLY_INLINE Errno go_up(Fs &fs, const At &at, Progress &s, Walk &w) {
  if (s.beneath && s.dir == at.dir) return Errno::notcapable;
  InodeId parent = fs.inode(s.dir).dir.parent;
  if (!parent) return Errno::noent; // the directory was removed
  w.dir = s.dir = parent;
  return Errno::ok;
}

// The path ends at a directory that no last component names.
MAYFLY_INLINE Errno end_at(InodeId dir, Walk::Last last, Walk &w) {
  w.dir = w.inode = dir;
  w.last = last;
  return Errno::ok;
}

// Whether a symbolic link is followed: one in the middle always; the last where the caller wants it, or where slashes
// behind it demand a directory. With `parent` a link before slashes stays, because nothing can be made there.
MAYFLY_INLINE bool follows(const Progress &s, const Walk &w, u32 how) {
  if (!s.last) return true;
  return w.trailing ? !(how & walk_how::parent) : (how & walk_how::follow) != 0;
}

// Goes on with the target of a link and with what followed the link.
MAYFLY_INLINE Errno enter_link(Fs &fs, InodeId id, Progress &s, Walk &w) {
  const Inode &link = fs.inode(id);
  u32 rest = static_cast<u32>(s.end - s.next);
  if (w.trailing) { // keep the demand for a directory
    s.next = "/";
    rest = 1;
  }
  MAYFLY_CHECK(splice(w.scratch, symlink_target(fs, link), s.next, rest));
  s.p = w.scratch.bytes;
  s.end = s.p + w.scratch.len;
  if (*s.p != '/') return Errno::ok;
  if (s.beneath && !(link.flags & kAbsoluteOk)) return Errno::notcapable;
  s.beneath = false;
  s.dir = fs.root;
  return Errno::ok;
}

// Every case: permissions, dots, doubled and trailing slashes, symlinks, /dev/fd. Goes on at `p` in `dir`.
MAYFLY_COLD Errno walk_any(Fs &fs, const At &at, const Path &path, u32 how, Walk &w, InodeId dir, const char *p) {
  Progress s{dir, p, path.bytes + path.len, nullptr, false, (at.flags & At::beneath) != 0, 0};
  for (;;) {
    if (!read_component(fs, s, w)) return end_at(s.dir, Walk::root, w); // the root, or a link's empty rest
    if (MAYFLY_UNLIKELY(fs.user() != 0) && !may(fs, fs.inode(s.dir), 1)) return Errno::acces;
    if (MAYFLY_UNLIKELY(w.name.len > kNameMax)) return Errno::nametoolong;
    w.dir = s.dir;
    w.dev_fd = Walk::elsewhere;
    if (u32 n = dots(w.name); MAYFLY_UNLIKELY(n)) {
      if (n == 2) MAYFLY_CHECK(go_up(fs, at, s, w));
      if (s.last) return end_at(s.dir, n == 2 ? Walk::dotdot : Walk::dot, w);
      s.p = s.next;
      continue;
    }
    const HashSlot *found = find_entry_rare(fs, s.dir, w.name);
    InodeId id = s.dir;
    u32 type = mode::symlink; // of /dev/fd/N, which has no entry
    if (found) {
      id = found->inode;
      type = found->type;
    } else {
      w.fd = named_fd(fs, s.dir, w.name);
      if (w.fd == ~0u) return s.last && (how & walk_how::parent) ? Errno::ok : Errno::noent;
      w.dev_fd = Walk::link;
    }
    if (type == mode::symlink && follows(s, w, how)) {
      if (++s.links > kSymlinkMax) return Errno::loop;
      if (found) {
        MAYFLY_CHECK(enter_link(fs, id, s, w));
        continue;
      }
      // Unlike another link's, its target is no path: the inode may have none.
      w.dev_fd = Walk::host;
      if (InodeId held = ofd_of(fs, *fd_slot(fs, w.fd)).inode) {
        if (s.beneath && at.dir != fs.root) return Errno::notcapable; // what is open may lie anywhere
        w.dev_fd = Walk::held;
        id = held;
        type = fs.inode(id).mode & mode::type_mask;
      }
    }
    if (type != mode::directory && (!s.last || (w.trailing && !(how & walk_how::parent)))) return Errno::notdir;
    if (s.last) {
      w.inode = id;
      if (found) w.entry = fs.at<Dentry>(found->dentry);
      return Errno::ok;
    }
    s.dir = id;
    s.p = s.next;
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
  u64 h = hash_word(load_word(prefix) + start, load_word(prefix + len - 8));
  return host::walk_cache().entries[hash_home(static_cast<u32>(h >> 32), WalkCache::kEntries)];
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
  w.dev_fd = Walk::elsewhere;
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
    Name name = scan(fs.name_seed, dir, p);
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
  return w.dev_fd > Walk::held ? Result<InodeId>(Errno::perm) : w.inode;
}

} // namespace mayfly
