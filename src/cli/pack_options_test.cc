#include "cli/pack_options.h"

#include <CLI/CLI.hpp>
#include <gmock/gmock.h>

namespace mayfly::cli {
namespace {

using testing::HasSubstr;

std::expected<PackSettings, Failure> parse(std::vector<std::string> words) {
  CLI::App app;
  PackArguments arguments;
  arguments.add_to(app);
  std::ranges::reverse(words);
  app.parse(words);
  return arguments.read();
}

std::string failure(const std::vector<std::string> &words) {
  auto options = parse(words);
  if (options) return "";
  EXPECT_EQ(options.error().exit_code, kExitUsage);
  return options.error().where + ": " + options.error().message;
}

std::string preopens(const std::vector<std::string> &words) {
  std::string text;
  auto options = parse(words);
  for (const Preopen &p : options->pack.preopens) text += p.name + (p.host ? "! " : " ");
  return text;
}

TEST(PackOptions, Sizes) {
  EXPECT_EQ(parse_size("0"), 0u);
  EXPECT_EQ(parse_size("64K"), 65536u);
  EXPECT_EQ(parse_size("3m"), 3u << 20);
  EXPECT_EQ(parse_size("2G"), uint64_t{2} << 30);
  for (const char *bad : {"", "K", "-1", "1.5M", "1X", "9999999999G", " 1", "1 "})
    EXPECT_FALSE(parse_size(bad)) << bad;
}

TEST(PackOptions, SourcesKeepTheirOrderAcrossOptions) {
  auto options = parse({"--tar", "a.tar::/t", "--dir", "d::/d", "--file=f::/f", "--dir", "e", "--tar",
                        "b.tar", "--file", "x/y::/etc/"});
  ASSERT_TRUE(options);
  std::string text;
  for (const SourceWords &s : options->sources) text += s.host + ">" + image::to_string(s.guest) + " ";
  EXPECT_EQ(text, "a.tar>/t d>/d f>/f e>/e b.tar>/ x/y>/etc/y ");
}

TEST(PackOptions, PreopensInTheirDocumentedOrder) {
  EXPECT_EQ(preopens({}), "/ ");
  EXPECT_EQ(preopens({"--no-root"}), "");
  EXPECT_EQ(
      preopens({"--preopen", "tmp", "--dir", "a::assets", "--tar", "t.tar::/usr", "--host-dir", "/host"}),
      "/ assets /usr tmp /host! ");
  EXPECT_EQ(preopens({"--dir", "a::/", "--dir", "b::/x", "--dir", "c::/x"}), "/ /x ");
  EXPECT_THAT(failure({"--dir", "a::/x", "--host-dir", "/x"}), HasSubstr("--host-dir /x: is also"));
}

TEST(PackOptions, HostPathsMayContainColons) {
  EXPECT_EQ(parse({"--dir", "C::a::/b"})->sources[0].host, "C::a");
  EXPECT_THAT(failure({"--dir", "::/b"}), HasSubstr("host's path is empty"));
  EXPECT_THAT(failure({"--dir", "a::"}), HasSubstr("is empty"));
  EXPECT_THAT(failure({"--dir", "../a"}), HasSubstr("\"..\""));
  EXPECT_THAT(failure({"--file", "a::/"}), testing::Not(HasSubstr("root"))); // becomes /a
  EXPECT_THAT(failure({"--file", "a::."}), HasSubstr("cannot be the root"));
}

TEST(PackOptions, LimitsAndIdentity) {
  auto o = parse({"--max-bytes", "1M", "--max-inodes", "100", "--max-fds", "64", "--user", "7:8", "--owner",
                  "9", "--umask", "077"});
  ASSERT_TRUE(o);
  EXPECT_EQ(o->pack.max_bytes, 1u << 20);
  EXPECT_EQ(o->pack.max_inodes, 100u);
  EXPECT_EQ(o->pack.max_fds, 64u);
  EXPECT_EQ(o->pack.uid, 7u);
  EXPECT_EQ(o->pack.gid, 8u);
  EXPECT_EQ(o->pack.owner_uid, 9u);
  EXPECT_EQ(o->pack.owner_gid, 9u);
  EXPECT_EQ(o->pack.umask, 077u);
  for (const auto &[option, value] :
       std::vector<std::pair<std::string, std::string>>{{"--max-bytes", "63K"},
                                                        {"--max-bytes", "x"},
                                                        {"--max-inodes", "3"},
                                                        {"--max-fds", "0"},
                                                        {"--max-fds", "2000000"},
                                                        {"--user", "a:b"},
                                                        {"--user", "1:"},
                                                        {"--owner", "4294967295"},
                                                        {"--umask", "8"},
                                                        {"--umask", "1777"},
                                                        {"--umask", "77777777777777777777"},
                                                        {"--stdio", "x"},
                                                        {"--env", "novalue"},
                                                        {"--env", "=x"},
                                                        {"--seed", "1"}})
    EXPECT_THAT(failure({option, value}), HasSubstr(option)) << value;
}

TEST(PackOptions, Hermetic) {
  auto o = parse({"--hermetic", "--seed", "5", "--env", "A=B", "--arg=--x"});
  ASSERT_TRUE(o);
  EXPECT_EQ(o->pack.stdio, Stdio::file);
  EXPECT_EQ(o->pack.args, std::vector<std::string>{"--x"});
  EXPECT_EQ(o->pack.env, std::vector<std::string>{"A=B"});
  EXPECT_EQ(o->pack.seed, 5u);
  EXPECT_TRUE(parse({"--hermetic"})->pack.args);
  EXPECT_THAT(failure({"--hermetic", "--stdio", "host"}), HasSubstr("--hermetic leaves out"));
  EXPECT_THAT(failure({"--hermetic", "--host-dir", "/x"}), HasSubstr("--hermetic leaves out"));
  EXPECT_THAT(failure({"--hermetic", "--read-only"}), HasSubstr("--read-only"));
  EXPECT_EQ(failure({"--hermetic", "--read-only", "--stdio", "null"}), "");
}

TEST(PackOptions, SourceDateEpoch) {
  setenv("SOURCE_DATE_EPOCH", "12", 1);
  auto o = parse({});
  setenv("SOURCE_DATE_EPOCH", "x", 1);
  EXPECT_THAT(failure({}), HasSubstr("SOURCE_DATE_EPOCH"));
  unsetenv("SOURCE_DATE_EPOCH");
  EXPECT_EQ(o->pack.time_ns, 12'000'000'000);
  EXPECT_EQ(o->pack.mtime_ns_max, 12'000'000'000);
  EXPECT_FALSE(parse({})->pack.mtime_ns_max);
}

} // namespace
} // namespace mayfly::cli
