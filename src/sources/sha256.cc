#include <openssl/evp.h>

#include "sources/sources.h"

namespace mayfly::sources {

std::array<uint8_t, 32> sha256(std::span<const uint8_t> bytes) {
  std::array<uint8_t, 32> hash{};
  unsigned length = 0;
  // Fails only without memory for its context; all zeros is then the (documented) "none".
  EVP_Digest(bytes.data(), bytes.size(), hash.data(), &length, EVP_sha256(), nullptr);
  return hash;
}

} // namespace mayfly::sources
