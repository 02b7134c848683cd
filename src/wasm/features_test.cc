#include "wasm/features.h"

#include <gtest/gtest.h>

namespace mayfly::wasm {
namespace {

std::string features_of(std::vector<uint8_t> rest) {
  std::vector<uint8_t> bytes{0, 'a', 's', 'm', 1, 0, 0, 0};
  bytes.insert(bytes.end(), rest.begin(), rest.end());
  auto m = read_module(bytes);
  if (!m) return m.error().message;
  auto used = features_used(*m);
  if (!used) return used.error().message;
  std::string out;
  for (Feature f : *used) out += std::string(out.empty() ? "" : " ") + std::string(feature_name(f));
  return out;
}

// One function () -> () with a memory and this body.
std::string of_body(std::vector<uint8_t> body) {
  body.insert(body.begin(), 0);
  body.push_back(0x0b);
  std::vector<uint8_t> m{1, 4, 1, 0x60, 0, 0, 3, 2, 1, 0, 5, 3, 1, 0, 1, 10};
  m.push_back(static_cast<uint8_t>(body.size() + 2));
  m.push_back(1);
  m.push_back(static_cast<uint8_t>(body.size()));
  m.insert(m.end(), body.begin(), body.end());
  return features_of(m);
}

TEST(Features, OfDeclarations) {
  EXPECT_EQ(features_of({}), "");
  EXPECT_EQ(features_of({5, 5, 2, 0, 1, 0, 1}), "multimemory");
  EXPECT_EQ(features_of({5, 3, 1, 4, 1}), "memory64");
  EXPECT_EQ(features_of({5, 4, 1, 3, 1, 2}), "threads");
  EXPECT_EQ(features_of({1, 6, 1, 0x60, 0, 2, 0x7f, 0x7f}), "multivalue");
  EXPECT_EQ(features_of({1, 4, 1, 0x5e, 0x7f, 0}), "gc");
  EXPECT_EQ(features_of({6, 9, 1, 0x7f, 0, 0x41, 1, 0x41, 1, 0x6a, 0x0b}), "extended-const");
}

TEST(Features, OfInstructions) {
  EXPECT_EQ(of_body({0x41, 0, 0x1a}), "");
  EXPECT_EQ(of_body({0x41, 0, 0xc0, 0x1a}), "sign-ext");
  EXPECT_EQ(of_body({0x43, 0, 0, 0, 0, 0xfc, 0, 0x1a}), "nontrapping-fptoint");
  EXPECT_EQ(of_body({0x41, 0, 0x41, 0, 0x41, 0, 0xfc, 0x0b, 0}), "bulk-memory");
  EXPECT_EQ(of_body({0xd0, 0x70, 0x1a}), "reference-types");
  EXPECT_EQ(of_body({0x12, 0}), "tail-call");
  EXPECT_EQ(of_body({0x06, 0x40, 0x19, 0x0b}), "legacy-exceptions");
  EXPECT_EQ(of_body({0x1f, 0x40, 0, 0x0b}), "exception-handling");
  EXPECT_EQ(of_body({0xfe, 3, 0}), "threads");
  EXPECT_EQ(of_body({0x41, 0, 0xfd, 0x0f, 0x1a}), "simd128");
}

} // namespace
} // namespace mayfly::wasm
