// What a layer written in C or C++ needs: how its functions are named, and the way to the application's memory.
// docs/layers.md explains it. Addresses of the application are plain numbers, never pointers of the layer.
#pragma once
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// The function answers the application's import "MODULE.FIELD".
#define MAYFLY_SERVES(name) __attribute__((export_name(name)))
// The function is the next layer's (or, below all layers, the host's) of that name.
#define MAYFLY_BELOW(module, field) __attribute__((import_module(module), import_name(field)))

#define MAYFLY_INTRINSIC(field) __attribute__((import_module("mayfly"), import_name(#field)))
typedef uint32_t mayfly_app; // an address in the application's memory

// Each becomes one instruction. Unaligned addresses are fine; one outside of the application's memory traps.
MAYFLY_INTRINSIC(app_load_u8) uint32_t app_load_u8(mayfly_app);
MAYFLY_INTRINSIC(app_load_u16) uint32_t app_load_u16(mayfly_app);
MAYFLY_INTRINSIC(app_load_u32) uint32_t app_load_u32(mayfly_app);
MAYFLY_INTRINSIC(app_load_u64) uint64_t app_load_u64(mayfly_app);
MAYFLY_INTRINSIC(app_store_u8) void app_store_u8(mayfly_app, uint32_t);
MAYFLY_INTRINSIC(app_store_u16) void app_store_u16(mayfly_app, uint32_t);
MAYFLY_INTRINSIC(app_store_u32) void app_store_u32(mayfly_app, uint32_t);
MAYFLY_INTRINSIC(app_store_u64) void app_store_u64(mayfly_app, uint64_t);
MAYFLY_INTRINSIC(app_copy_in) void app_copy_in(void *to, mayfly_app from, uint32_t bytes);
MAYFLY_INTRINSIC(app_copy_out) void app_copy_out(mayfly_app to, const void *from, uint32_t bytes);
MAYFLY_INTRINSIC(app_fill) void app_fill(mayfly_app to, uint32_t byte, uint32_t bytes);
// The size of the application's memory in pages of 64 KiB.
MAYFLY_INTRINSIC(app_pages) uint32_t app_pages(void);

// Whether [at, at + bytes) lies in the application's memory: what a layer asks before it uses an address that
// the application gave.
static inline int app_has(mayfly_app at, uint32_t bytes) {
  return (uint64_t)at + bytes <= (uint64_t)app_pages() << 16;
}

#ifdef __cplusplus
}
#endif
