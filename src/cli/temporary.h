// Temporary files and directories that are gone afterwards, also when a signal ends the process.
#pragma once
#include <expected>
#include <string>

#include "cli/report.h"

namespace mayfly::cli {

// SIGINT, SIGTERM, SIGHUP and SIGQUIT remove every live Temporary before they end the process as
// they would have. Call once, at start. Signals that are ignored (nohup) stay ignored.
void install_signal_cleanup();

// A path that is removed (with what a directory holds, one level deep) unless it is let go.
class Temporary {
public:
  // Takes charge of an existing path.
  explicit Temporary(std::string path);
  // A fresh empty directory under TMPDIR.
  static std::expected<Temporary, Failure> directory();

  Temporary(Temporary &&other) noexcept;
  Temporary &operator=(Temporary &&) = delete;
  ~Temporary();

  const std::string &path() const { return path_; }
  // It is no longer ours: it was renamed.
  void let_go();
  // A file in this directory, removed with it. It need not exist yet.
  std::string file(const std::string &name);

private:
  std::string path_;
};

} // namespace mayfly::cli
