#include <archive.h>
#include <archive_entry.h>
#include <gmock/gmock.h>

#include "sources/test_support.h"

namespace mayfly::sources {
namespace {

using testing::HasSubstr;

struct Item {
  std::string name;
  char type;        // f d l h p
  std::string body; // bytes or target
  int mode = 0644;
};

std::vector<uint8_t> make(const std::vector<Item> &items,
                          int (*format)(archive *) = archive_write_set_format_pax_restricted,
                          int (*filter)(archive *) = archive_write_add_filter_none) {
  std::vector<uint8_t> bytes(32 << 20);
  size_t used = 0;
  archive *a = archive_write_new();
  format(a);
  filter(a);
  archive_write_set_bytes_in_last_block(a, 1);
  EXPECT_EQ(archive_write_open_memory(a, bytes.data(), bytes.size(), &used), ARCHIVE_OK);
  for (const Item &item : items) {
    archive_entry *e = archive_entry_new();
    archive_entry_set_pathname(e, item.name.c_str());
    archive_entry_set_perm(e, item.mode);
    archive_entry_set_mtime(e, 1000, 5);
    archive_entry_set_filetype(e, item.type == 'd'   ? AE_IFDIR
                                  : item.type == 'l' ? AE_IFLNK
                                  : item.type == 'p' ? AE_IFIFO
                                                     : AE_IFREG);
    if (item.type == 'l') archive_entry_set_symlink(e, item.body.c_str());
    if (item.type == 'h') archive_entry_set_hardlink(e, item.body.c_str());
    archive_entry_set_size(e, item.type == 'f' ? static_cast<la_int64_t>(item.body.size()) : 0);
    EXPECT_GE(archive_write_header(a, e), ARCHIVE_WARN) << archive_error_string(a);
    if (item.type == 'f' && !item.body.empty()) archive_write_data(a, item.body.data(), item.body.size());
    archive_entry_free(e);
  }
  archive_write_close(a);
  archive_write_free(a);
  bytes.resize(used);
  return bytes;
}

std::string unpack(const std::vector<uint8_t> &bytes, const char *at = "/") {
  Builder b({});
  auto done = add_archive(b, "a.tar", std::span<const uint8_t>(bytes), guest(at));
  if (!done) return "ERROR " + done.error().where + ": " + done.error().message;
  return text_of(b);
}

const std::vector<Item> kUsual = {{"d", 'd', "", 0750}, {"d/f", 'f', "hello", 0600}, {"l", 'l', "d/f"},
                                  {"h", 'h', "d/f"},    {"/abs/name", 'f', "x"},     {"empty", 'f', ""}};
const char *kUsualText = "/t d 755\n/t/abs d 755\n/t/abs/name f 644 x\n/t/d d 750\n/t/d/f f 600 hello\n"
                         "/t/empty f 644\n/t/h = /t/d/f\n/t/l l d/f\n";

TEST(Archive, TarWithEveryFilter) {
  for (auto filter :
       {archive_write_add_filter_none, archive_write_add_filter_gzip, archive_write_add_filter_zstd,
        archive_write_add_filter_bzip2, archive_write_add_filter_xz})
    EXPECT_EQ(unpack(make(kUsual, archive_write_set_format_pax_restricted, filter), "/t"), kUsualText);
}

TEST(Archive, TarDialects) {
  for (auto format :
       {archive_write_set_format_pax, archive_write_set_format_ustar, archive_write_set_format_gnutar})
    EXPECT_EQ(unpack(make(kUsual, format), "/t"), kUsualText);
}

TEST(Archive, Zip) {
  EXPECT_EQ(unpack(make({{"d/", 'd', "", 0750}, {"d/f", 'f', "hello", 0600}}, archive_write_set_format_zip)),
            "/d d 750\n/d/f f 600 hello\n");
}

TEST(Archive, Utf8AndLongNames) {
  std::string name = "d/\xc3\xa4\xe6\xbc\xa2-" + std::string(200, 'n');
  EXPECT_EQ(unpack(make({{name, 'f', "1"}}, archive_write_set_format_pax)),
            "/d d 755\n/" + name + " f 644 1\n");
}

TEST(Archive, DotEntryIsThePlaceItself) {
  EXPECT_EQ(unpack(make({{"./", 'd', "", 0700}, {"./f", 'f', "1"}}), "/t"), "/t d 700\n/t/f f 644 1\n");
}

TEST(Archive, HostileNames) {
  EXPECT_THAT(unpack(make({{"a/../../etc/passwd", 'f', "1"}})),
              HasSubstr("entry a/../../etc/passwd: a path inside"));
  EXPECT_THAT(unpack(make({{"h", 'h', "../x"}})), HasSubstr("\"..\""));
  EXPECT_THAT(unpack(make({{"h", 'h', "none"}})), HasSubstr("no earlier entry"));
  EXPECT_THAT(unpack(make({{"d", 'd', ""}, {"h", 'h', "d"}})), HasSubstr("which is a directory"));
  EXPECT_THAT(unpack(make({{"p", 'p', ""}})), HasSubstr("is a device, socket or pipe"));
  EXPECT_THAT(unpack(make({{".", 'f', "1"}})), HasSubstr("would replace"));
  EXPECT_THAT(unpack(make({{std::string(300, 'n'), 'f', "1"}}, archive_write_set_format_pax)),
              HasSubstr("longer than the 255"));
  // Writing through a symlink stays inside the tree.
  EXPECT_EQ(unpack(make({{"l", 'l', "/../../.."}, {"l/f", 'f', "1"}})), "/f f 644 1\n/l l /../../..\n");
}

TEST(Archive, LaterEntriesWin) {
  EXPECT_EQ(unpack(make({{"f", 'f', "1"}, {"f", 'f', "22"}, {"f/g", 'f', "3"}})), "/f d 755\n/f/g f 644 3\n");
}

TEST(Archive, DamagedAndForeign) {
  EXPECT_THAT(unpack({'h', 'e', 'l', 'l', 'o'}), HasSubstr("ERROR a.tar: is not a tar or zip archive"));
  auto bytes = make({{"f", 'f', std::string(100000, 'x')}});
  bytes.resize(bytes.size() / 2);
  EXPECT_THAT(unpack(bytes), HasSubstr("ERROR"));
}

// A checksum that does not hold is damage, even where every byte can be read.
TEST(Archive, WrongChecksumsAreErrors) {
  auto bytes = make(kUsual, archive_write_set_format_pax_restricted, archive_write_add_filter_gzip);
  bytes[bytes.size() - 8] ^= 1; // of the trailer's CRC
  EXPECT_THAT(unpack(bytes), HasSubstr("the gzip data is damaged (incorrect data check)"));
  bytes[bytes.size() - 8] ^= 1;
  bytes[bytes.size() - 4] ^= 1; // of its length
  EXPECT_THAT(unpack(bytes), HasSubstr("the gzip data is damaged (incorrect length check)"));
  bytes.resize(bytes.size() - 4);
  EXPECT_THAT(unpack(bytes), HasSubstr("the gzip data ends in the middle"));

  auto stored = make({{"f", 'f', "some stored bytes"}}, [](archive *a) {
    archive_write_set_format_zip(a);
    return archive_write_zip_set_compression_store(a);
  });
  auto place = std::ranges::search(stored, std::string_view("stored bytes"));
  ASSERT_FALSE(place.empty());
  place[0] ^= 1;
  EXPECT_THAT(unpack(stored), HasSubstr("ERROR a.tar: entry f: "));
}

std::vector<uint8_t> gzip(std::vector<uint8_t> bytes) {
  std::vector<uint8_t> out(bytes.size() + 1000);
  size_t used = 0;
  archive *a = archive_write_new();
  archive_write_set_format_raw(a);
  archive_write_add_filter_gzip(a);
  archive_write_set_bytes_in_last_block(a, 1);
  archive_write_open_memory(a, out.data(), out.size(), &used);
  archive_entry *e = archive_entry_new();
  archive_entry_set_filetype(e, AE_IFREG);
  archive_write_header(a, e);
  archive_write_data(a, bytes.data(), bytes.size());
  archive_entry_free(e);
  archive_write_close(a);
  archive_write_free(a);
  out.resize(used);
  return out;
}

// libarchive stops at the end of the tar file, which may be far before the end of the gzip file.
TEST(Archive, GzipIsReadToItsEnd) {
  auto tar = make(kUsual);
  tar.resize(tar.size() + 300'000);
  auto bytes = gzip(tar);
  EXPECT_EQ(unpack(bytes, "/t"), kUsualText);
  bytes[bytes.size() - 8] ^= 1;
  EXPECT_THAT(unpack(bytes),
              HasSubstr("ERROR a.tar: is not a tar or zip archive, or is damaged: the gzip data"));
}

TEST(Archive, SeveralGzipMembersAreOne) {
  auto whole = make(kUsual);
  auto middle = whole.begin() + 700;
  auto bytes = gzip({whole.begin(), middle});
  for (uint8_t byte : gzip({middle, whole.end()})) bytes.push_back(byte);
  EXPECT_EQ(unpack(bytes, "/t"), kUsualText);
  bytes.insert(bytes.end(), 512, 0); // padding
  EXPECT_EQ(unpack(bytes, "/t"), kUsualText);
}

TEST(Archive, EncryptedZipSaysSo) {
  auto bytes = make({{"f", 'f', "secret"}}, archive_write_set_format_zip);
  // Bit 0 of the flags, in the local header and in the directory.
  bytes[6] |= 1;
  for (size_t i = 0; i + 10 < bytes.size(); i++)
    if (std::equal(&bytes[i], &bytes[i] + 4, "PK\1\2")) bytes[i + 8] |= 1;
  EXPECT_THAT(unpack(bytes), HasSubstr("ERROR a.tar: entry f: is encrypted"));
}

TEST(Archive, EveryPrefixAndFlippedByteIsSafe) {
  auto bytes = make(kUsual, archive_write_set_format_pax, archive_write_add_filter_gzip);
  for (size_t n = 0; n < bytes.size(); n++) {
    (void)unpack({bytes.begin(), bytes.begin() + static_cast<ptrdiff_t>(n)});
    auto flipped = bytes;
    flipped[n] ^= 0x41;
    (void)unpack(flipped);
  }
}

TEST(Archive, BombIsRefused) {
  std::string big(300u << 20, '\0');
  auto bytes = make({{"a", 'f', big}}, archive_write_set_format_pax, archive_write_add_filter_zstd);
  EXPECT_THAT(unpack(bytes), HasSubstr("decompression bomb"));
}

TEST(Archive, ReadFromAFile) {
  Scratch s;
  auto bytes = make(kUsual);
  s.write("a.tar", std::string(bytes.begin(), bytes.end()));
  Builder b({});
  ASSERT_TRUE(add_archive(b, s / "a.tar", guest("/t")));
  EXPECT_EQ(text_of(b), kUsualText);
  EXPECT_EQ(b.tree[b.tree.find(guest("/t/empty"))].attributes.mtime_ns, 1000'000'000'000);
  EXPECT_THAT(add_archive(b, s.path(), {}).error().hint, HasSubstr("--dir"));
  EXPECT_THAT(add_archive(b, s / "none", {}).error().message, HasSubstr("No such file"));
}

} // namespace
} // namespace mayfly::sources
