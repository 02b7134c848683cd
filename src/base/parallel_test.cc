#include "base/parallel.h"

#include <gtest/gtest.h>

#include <atomic>
#include <stdexcept>
#include <vector>

namespace mayfly {
namespace {

TEST(InParallel, DoesEachPartOnce) {
  for (size_t parts : {0, 1, 2, 5, 40}) {
    std::vector<std::atomic<int>> done(parts);
    in_parallel(parts, [&](size_t part) { done[part]++; });
    for (const auto &times : done) EXPECT_EQ(times, 1);
  }
}

TEST(InParallel, WhatAPartThrowsIsThrownWhenAllHaveReturned) {
  std::atomic<int> returned = 0;
  auto work = [&](size_t part) {
    if (part % 2) throw std::runtime_error("odd");
    returned++;
  };
  EXPECT_THROW(in_parallel(6, work), std::runtime_error);
  EXPECT_EQ(returned, 3);
}

} // namespace
} // namespace mayfly
