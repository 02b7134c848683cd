// Characters, numbers and strings into the line. A full line goes to the sink and begins anew,
// so that a line of any length is printed whole.
#include "trace/layer.h"

namespace mayfly::trace {

u64 load(AppPtr p, u32 width) {
  if (width == 8) return host::app_load_u64(p);
  if (width == 4) return host::app_load_u32(p);
  return width == 2 ? host::app_load_u16(p) : host::app_load_u8(p);
}

u32 nul_length(AppPtr p, u32 most) {
  u32 n = 0;
  while (n < most && readable(p, u64{n} + 1) && host::app_load_u8(p + n) != 0) n++;
  return n;
}

MAYFLY_NOINLINE void put(char c) {
  if (state.used == State::kLineBytes) flush();
  state.line[state.used++] = c;
}

MAYFLY_NOINLINE void put(const char *text, u32 len) {
  for (u32 i = 0; i < len; i++) put(text[i]);
}
MAYFLY_NOINLINE void put_word(u64 chars) {
  for (; chars != 0; chars >>= 8) put(static_cast<char>(chars));
}
MAYFLY_NOINLINE void put(Text text) { put(at<const char>(text.at), text.len); }

MAYFLY_NOINLINE void digits(u64 value, u32 base, u32 width) {
  char text[24];
  u32 n = 0;
  for (; value != 0 || n < width; value /= base)
    text[n++] = static_cast<char>((value % base < 10 ? '0' : 'a' - 10) + value % base);
  while (n > 0) put(text[--n]);
}

namespace {

// As in C: \n, \t, …, or octal, with three digits where a digit follows.
void c_escaped(u32 byte, bool digit_follows) {
  if (byte == '"' || byte == '\\') {
    put('\\');
    put(static_cast<char>(byte));
  } else if (byte >= ' ' && byte < 0x7f) {
    put(static_cast<char>(byte));
  } else if (byte >= 7 && byte <= 13) {
    put('\\');
    put(static_cast<char>(decltype("abtnvfr"_w)::at(0) >> 8 * (byte - 7)));
  } else {
    put('\\');
    digits(byte, 8, digit_follows ? 3 : 1);
  }
}

MAYFLY_INLINE u32 byte_of(AppPtr p, const char *own, u32 i) {
  return own != nullptr ? static_cast<u8>(own[i]) : host::app_load_u8(p + i);
}

void escaped(AppPtr p, const char *own, u32 len) {
  u32 byte = len ? byte_of(p, own, 0) : 0;
  for (u32 i = 0; i < len; i++) {
    u32 next = i + 1 < len ? byte_of(p, own, i + 1) : 0;
    c_escaped(byte, next - '0' < 8);
    byte = next;
  }
}

MAYFLY_NOINLINE void quoted(AppPtr p, const char *own, u32 len, bool cut) {
  if (json()) return json_string(p, own, len, cut);
  put('"');
  escaped(p, own, len);
  put('"');
}

// Bytes of the UTF-8 sequence at `i`; 0: none is there; kDivided: the end of the string divides it.
constexpr u32 kDivided = 5;
u32 sequence(AppPtr p, const char *own, u32 i, u32 len) {
  u32 first = byte_of(p, own, i);
  if (first < 0x80) return 1;
  u32 n = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4) return 0;
  for (u32 k = 1; k < n; k++) {
    if (k == len - i) return kDivided;
    if ((byte_of(p, own, i + k) & 0xc0) != 0x80) return 0;
  }
  u32 second = byte_of(p, own, i + 1); // overlong forms, surrogates, beyond U+10FFFF
  bool wrong = (first == 0xe0 && second < 0xa0) || (first == 0xed && second > 0x9f) ||
               (first == 0xf0 && second < 0x90) || (first == 0xf4 && second > 0x8f);
  return wrong ? 0 : n;
}

} // namespace

// Bytes that are no UTF-8 are {"hex":"…"}. A character that -s divides is left out instead.
MAYFLY_OPTIONAL_BODY(void, json_string, AppPtr p, const char *own, u32 len, u32 cut) {
  for (u32 i = 0, n; i < len; i += n) {
    n = sequence(p, own, i, len);
    if (n == kDivided && cut) {
      len = i;
    } else if (n == 0 || n == kDivided) {
      put("{\"hex\":\""_w);
      for (u32 k = 0; k < len; k++) digits(byte_of(p, own, k), 16, 2);
      return put("\"}"_w);
    }
  }
  put('"');
  for (u32 i = 0; i < len;) {
    u32 n = sequence(p, own, i, len);
    u32 byte = byte_of(p, own, i);
    if (byte < ' ' || byte == 0x7f) {
      put("\\u00"_w);
      digits(byte, 16, 2);
      i++;
    } else {
      if (byte == '"' || byte == '\\') put('\\');
      for (; n > 0; n--, i++) put(static_cast<char>(byte_of(p, own, i)));
    }
  }
  put('"');
}

void string(AppPtr p, u32 len, bool cut) {
  quoted(p, nullptr, len, cut);
  if (cut && !json()) put("..."_w);
}
void string_own(const char *own, u32 len) { quoted(0, own, len, false); }
void string_plain(const char *own, u32 len) { escaped(0, own, len); }

void decimal(u64 value) { digits(value, 10, 1); }
void integer(i64 value) {
  if (value < 0) put('-');
  digits(value < 0 ? 0 - static_cast<u64>(value) : static_cast<u64>(value), 10, 1);
}
void hex(u64 value) {
  quote();
  put("0x"_w);
  digits(value, 16, 1);
  quote();
}
void octal(u32 value) {
  quote();
  put('0');
  if (value != 0) digits(value, 8, 1);
  quote();
}
void seconds(u64 ns, u32 places) {
  digits(ns / 1000000000, 10, 1);
  put('.');
  u32 part = static_cast<u32>(ns % 1000000000);
  for (u32 i = places; i < 9; i++) part /= 10;
  digits(part, 10, places);
}

void quote() {
  if (json()) put('"');
}
void word(Text text) {
  quote();
  put(text);
  quote();
}
void separate(bool &first) {
  if (!first) put(", "_w);
  first = false;
}
void key(Text name) {
  quote();
  put(name);
  quote();
  put(json() ? ':' : '=');
}

// Nine digits are shown: exact for what people pass, near enough for the rest.
MAYFLY_OPTIONAL_BODY(void, floating, u64 bits, u32 is_64) {
  double v = is_64 ? __builtin_bit_cast(double, bits) : __builtin_bit_cast(float, static_cast<u32>(bits));
  if (v != v || v - v != 0) {
    quote();
    if (v < 0) put('-');
    v != v ? put("nan"_w) : put("inf"_w);
    return quote();
  }
  if (v < 0) {
    put('-');
    v = -v;
  }
  i32 exponent = 0; // at most 324 steps
  if (v != 0 && (v >= 1e15 || v < 1e-4)) {
    for (; v >= 10; exponent++) v /= 10;
    for (; v < 1; exponent--) v *= 10;
  }
  u64 whole = static_cast<u64>(v);
  u64 part = static_cast<u64>((v - static_cast<double>(whole)) * 1e9 + 0.5);
  if (part >= 1000000000) {
    part = 0;
    whole++;
  }
  decimal(whole);
  if (part != 0) {
    u32 shown = 9;
    for (; part % 10 == 0; part /= 10) shown--;
    put('.');
    digits(part, 10, shown);
  }
  if (exponent != 0) {
    put('e');
    integer(exponent);
  }
}

} // namespace mayfly::trace
