#include "image/sha256.h"

#include "sources/test_support.h"

namespace mayfly::sources {
namespace {

// The library's own function and OpenSSL's are interchangeable: equal packs depend on it.
TEST(Sha256, OwnIsOpenSsls) {
  std::vector<uint8_t> bytes;
  for (unsigned n = 0; n < 300; n++) {
    EXPECT_EQ(image::sha256_of(bytes), sha256(bytes)) << n;
    bytes.push_back(static_cast<uint8_t>(n * 37 + 11));
  }
  bytes.resize(1'000'003, 0x5a);
  EXPECT_EQ(image::sha256_of(bytes), sha256(bytes));
}

} // namespace
} // namespace mayfly::sources
