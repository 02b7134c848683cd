#include "image/sha256.h"

#include <bit>
#include <cstring>

namespace mayfly::image {
namespace {

// The constants are the first 32 bits of the fractions of roots of the first primes (FIPS 180-4, 4.2.2
// and 5.3.3). They are computed with whole numbers, so that none can be mistyped.
constexpr std::array<unsigned, 64> primes() {
  std::array<unsigned, 64> out{};
  size_t found = 0;
  for (unsigned n = 2; found < out.size(); n++) {
    bool prime = true;
    for (unsigned d = 2; d * d <= n; d++) prime &= n % d != 0;
    if (prime) out[found++] = n;
  }
  return out;
}

__extension__ using Wide = unsigned __int128;

// floor(prime^(1/degree) * 2^32) mod 2^32, by bisection on x^degree <= prime * 2^(32 degree).
constexpr uint32_t root_fraction(unsigned prime, unsigned degree) {
  uint64_t low = 0, high = uint64_t{32} << 32; // the root of every prime here is below 32
  auto not_above = [&](uint64_t x) {
    Wide power = static_cast<Wide>(x) * x; // x has at most 37 bits, so x^3 has at most 111
    if (degree == 3) power *= x;
    return power <= static_cast<Wide>(prime) << (32 * degree);
  };
  while (high - low > 1) {
    uint64_t middle = low + (high - low) / 2;
    (not_above(middle) ? low : high) = middle;
  }
  return static_cast<uint32_t>(low);
}

constexpr auto kRound = [] {
  std::array<uint32_t, 64> out{};
  auto p = primes();
  for (size_t i = 0; i < out.size(); i++) out[i] = root_fraction(p[i], 3);
  return out;
}();
constexpr auto kStart = [] {
  std::array<uint32_t, 8> out{};
  auto p = primes();
  for (size_t i = 0; i < out.size(); i++) out[i] = root_fraction(p[i], 2);
  return out;
}();
static_assert(kRound[0] == 0x428a2f98 && kRound[63] == 0xc67178f2 && kStart[7] == 0x5be0cd19);

uint32_t big_endian(const uint8_t *from) {
  return uint32_t{from[0]} << 24 | uint32_t{from[1]} << 16 | uint32_t{from[2]} << 8 | from[3];
}

void add_block(std::array<uint32_t, 8> &state, const uint8_t *block) {
  std::array<uint32_t, 64> w;
  for (size_t i = 0; i < 16; i++) w[i] = big_endian(block + 4 * i);
  for (size_t i = 16; i < 64; i++) {
    uint32_t a = w[i - 15], b = w[i - 2];
    uint32_t s0 = std::rotr(a, 7) ^ std::rotr(a, 18) ^ (a >> 3),
             s1 = std::rotr(b, 17) ^ std::rotr(b, 19) ^ (b >> 10);
    w[i] = w[i - 16] + s0 + w[i - 7] + s1;
  }
  auto [a, b, c, d, e, f, g, h] = state;
  for (size_t i = 0; i < 64; i++) {
    uint32_t s1 = std::rotr(e, 6) ^ std::rotr(e, 11) ^ std::rotr(e, 25), choice = (e & f) ^ (~e & g);
    uint32_t t1 = h + s1 + choice + kRound[i] + w[i];
    uint32_t s0 = std::rotr(a, 2) ^ std::rotr(a, 13) ^ std::rotr(a, 22),
             majority = (a & b) ^ (a & c) ^ (b & c);
    h = g, g = f, f = e, e = d + t1, d = c, c = b, b = a, a = t1 + s0 + majority;
  }
  std::array<uint32_t, 8> worked{a, b, c, d, e, f, g, h};
  for (size_t i = 0; i < 8; i++) state[i] += worked[i];
}

} // namespace

Sha256 sha256_of(std::span<const uint8_t> bytes) {
  std::array<uint32_t, 8> state = kStart;
  size_t whole = bytes.size() / 64 * 64, rest = bytes.size() - whole;
  for (size_t i = 0; i < whole; i += 64) add_block(state, bytes.data() + i);
  // The end: the rest, a one bit, zeros, and the length in bits.
  uint8_t tail[128] = {};
  if (rest) std::memcpy(tail, bytes.data() + whole, rest);
  tail[rest] = 0x80;
  size_t length = rest < 56 ? 64 : 128;
  uint64_t bits = uint64_t{bytes.size()} * 8;
  for (size_t i = 0; i < 8; i++) tail[length - 1 - i] = static_cast<uint8_t>(bits >> (8 * i));
  for (size_t i = 0; i < length; i += 64) add_block(state, tail + i);
  Sha256 out;
  for (size_t i = 0; i < 32; i++) out[i] = static_cast<uint8_t>(state[i / 4] >> (24 - 8 * (i % 4)));
  return out;
}

} // namespace mayfly::image
