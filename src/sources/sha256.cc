// OpenSSL's EVP interface reads a configuration file, which may name shared libraries to load. The older
// functions do only the sum, so that the statically linked command needs no files either.
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/sha.h>

#include "sources/sources.h"

namespace mayfly::sources {

std::array<uint8_t, 32> sha256(std::span<const uint8_t> bytes) {
  std::array<uint8_t, 32> hash{};
  SHA256_CTX context;
  SHA256_Init(&context);
  SHA256_Update(&context, bytes.data(), bytes.size());
  SHA256_Final(hash.data(), &context);
  return hash;
}

} // namespace mayfly::sources
