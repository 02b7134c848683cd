// For the tests of this directory: sources into a builder.
#pragma once
#include "image/test_support.h"
#include "pack/tree_sink.h"
#include "sources/sources.h"

namespace mayfly::sources {

using image::Builder;
using image::drop_hidden_content;
using image::guest;
using image::GuestPath;
using image::NodeId;
using image::Scratch;
using image::text_of;

inline Status add_directory(Builder &b, const std::string &host, const GuestPath &at, Options options = {}) {
  TreeSink sink(b, at);
  return add_directory(sink, host, options);
}
inline Status add_file(Builder &b, const std::string &host, const GuestPath &path) {
  TreeSink sink(b, {});
  Options options;
  return add_file(sink, host, image::to_string(path), options);
}
inline Status add_archive(Builder &b, const std::string &host, const GuestPath &at) {
  TreeSink sink(b, at);
  Options options;
  return add_archive(sink, host, options);
}
inline Status add_archive(Builder &b, const std::string &name, std::span<const uint8_t> bytes,
                          const GuestPath &at) {
  TreeSink sink(b, at);
  Options options;
  return add_archive(sink, name, bytes, options);
}

} // namespace mayfly::sources
