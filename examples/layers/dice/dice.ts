// A layer that gives a program the same random numbers at every run: a sequence of SplitMix64 from a fixed seed.

@external("mayfly", "app_store_u8")
declare function app_store_u8(at: u32, value: u32): void;
@external("mayfly", "app_pages")
declare function app_pages(): u32;

const FAULT: i32 = 21;
let state: u64 = 42;

function next(): u64 {
  state += 0x9e3779b97f4a7c15;
  let z = state;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

// The dollar stands for the dot of "wasi_snapshot_preview1.random_get".
export function wasi_snapshot_preview1$random_get(buffer: u32, bytes: u32): i32 {
  if (<u64>buffer + <u64>bytes > <u64>app_pages() << 16) return FAULT;
  let word: u64 = 0;
  for (let i: u32 = 0; i < bytes; ++i) {
    if (i % 8 == 0) word = next();
    app_store_u8(buffer + i, <u32>(word & 0xff));
    word >>= 8;
  }
  return 0;
}
