// Only in the static command (cmake/static.cmake), where calls to nl_langinfo come here (ld --wrap).
//
// libarchive converts the names in archives to the character set of the locale. Without shared libraries,
// libc needs the locale's files for any other than ASCII, and not every machine has a UTF-8 locale that this
// libc can read (Alpine has none, a container may have no files at all). The command's text is UTF-8
// everywhere, so nothing is to be converted.
#include <langinfo.h>

extern "C" {
char *__real_nl_langinfo(nl_item item); // the C library's
char *__wrap_nl_langinfo(nl_item item);

char *__wrap_nl_langinfo(nl_item item) {
  static char utf8[] = "UTF-8";
  return item == CODESET ? utf8 : __real_nl_langinfo(item);
}
}
