"""Toolchains and runtimes of newer Debian suites, unpacked into the cache without touching the machine.

The machine's own mirror is asked for the other suite with an apt configuration of our own; the packages with
all they depend on are downloaded and unpacked into one directory, in which their programs run by chroot.
"""
import os
import pathlib
import shutil
import subprocess

import cache as cached


class Suite:
    def __init__(self, cache, name):
        self.name = name
        self.base = cache.root / "debian" / name
        self.root = self.base / "root"

    def install(self, packages):
        """Once for every list of packages."""
        stamp = self.base / "installed"
        wanted = " ".join(sorted(packages))
        if stamp.exists() and stamp.read_text() == wanted:
            return
        stamp.unlink(missing_ok=True)
        self._configure()
        self._apt("update", "-qq")
        self._apt("install", "--download-only", "--no-install-recommends", "-qq", "-y", *packages)
        shutil.rmtree(self.root, ignore_errors=True)
        self.root.mkdir(parents=True)
        archives = sorted((self.base / "archives").glob("*.deb"))
        # base-files first: it brings /lib and /bin as links into /usr.
        archives.sort(key=lambda path: not path.name.startswith("base-files_"))
        for archive in archives:
            cached.run(["dpkg", "-x", archive, self.root])
        (self.root / "work").mkdir()
        stamp.write_text(wanted)

    def command(self, *arguments):
        """What runs a program of the suite, its files being those below `root`."""
        enter = [] if os.geteuid() == 0 else ["unshare", "--map-root-user"]
        # A clean environment: the machine's own settings are about other versions.
        return [*enter, "chroot", str(self.root), "/usr/bin/env", "-i", "PATH=/usr/bin:/bin", "HOME=/work",
                *map(str, arguments)]

    def inside(self, file):
        """Copies a file of the machine to where programs of the suite see it; gives its path there."""
        name = pathlib.Path(file).name
        target = self.root / "work" / name
        if not target.exists() or target.stat().st_mtime_ns != pathlib.Path(file).stat().st_mtime_ns:
            shutil.copy2(file, target)
        return f"/work/{name}"

    def version(self, package):
        for archive in (self.base / "archives").glob(f"{package}_*.deb"):
            return archive.name
        return ""

    def _configure(self):
        for directory in ("lists/partial", "archives/partial", "etc"):
            (self.base / directory).mkdir(parents=True, exist_ok=True)
        mirror = debian_mirror()
        keyring = "/usr/share/keyrings/debian-archive-keyring.gpg"
        (self.base / "etc/sources.list").write_text(f"deb [signed-by={keyring}] {mirror} {self.name} main\n")
        (self.base / "status").touch()  # nothing is installed: every dependency is downloaded too

    def _apt(self, *arguments):
        options = {
            "Dir::Etc::SourceList": self.base / "etc/sources.list", "Dir::Etc::SourceParts": "/dev/null",
            "Dir::State::Lists": self.base / "lists", "Dir::State::status": self.base / "status",
            "Dir::Cache::archives": self.base / "archives", "Dir::Cache::pkgcache": "", "Dir::Cache::srcpkgcache": "",
            "Debug::NoLocking": "true", "APT::Sandbox::User": "root",
        }
        cached.run(["apt-get", *(f"-o{key}={value}" for key, value in options.items()), *arguments])


def debian_mirror():
    """Where this machine gets Debian's main archive from."""
    listing = cached.run(["apt-get", "indextargets", "--format", "$(REPO_URI) $(ORIGIN) $(SUITE) $(COMPONENT)",
                          "Created-By: Packages"])
    for line in listing.splitlines():
        uri, origin, suite, component = line.split()
        if origin == "Debian" and component == "main" and "-" not in suite:
            return uri
    raise RuntimeError("this machine has no Debian mirror configured")
