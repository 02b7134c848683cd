// The page: markup, style and script as they lie in page/, and the JSON of the document in a
// script element that is no script. Text of the module reaches the page only through that JSON and
// textContent, so that none of it is ever markup.
#include <string_view>

#include "inspect/document.h"

// ccache:disable - it does not see the files behind .incbin and would give old ones.
#define MAYFLY_EMBED(name, file)                                                                             \
  asm(".section .rodata\n"                                                                                   \
      "mayfly_page_" #name "_begin:\n.incbin \"" MAYFLY_PAGE_DIR "/" file "\"\nmayfly_page_" #name "_end:\n" \
      ".global mayfly_page_" #name "_begin\n.global mayfly_page_" #name "_end\n"                             \
      ".previous\n");                                                                                        \
  extern "C" __attribute__((visibility("hidden"))) const char mayfly_page_##name##_begin[],                  \
      mayfly_page_##name##_end[]

MAYFLY_EMBED(html, "page.html");
MAYFLY_EMBED(css, "page.css");
MAYFLY_EMBED(js, "page.js");

namespace mayfly::inspect {
namespace {

std::string_view view(const char *begin, const char *end) { return {begin, end}; }

// JSON inside an HTML script element: "<" could end it.
std::string for_html(const std::string &json) {
  std::string out;
  out.reserve(json.size() + json.size() / 8);
  for (char c : json) {
    if (c == '<')
      out += "\\u003c";
    else if (c == '>')
      out += "\\u003e";
    else if (c == '&')
      out += "\\u0026";
    else
      out += c;
  }
  return out;
}

std::string escaped(std::string_view text) {
  std::string out;
  for (char c : text) {
    if (c == '<')
      out += "&lt;";
    else if (c == '&')
      out += "&amp;";
    else if (static_cast<unsigned char>(c) >= 0x20)
      out += c;
  }
  return out;
}

} // namespace

std::string page_of(const Document &d) {
  std::string page;
  std::string_view html = view(mayfly_page_html_begin, mayfly_page_html_end);
  // Places in the markup: @title@, @style@, @data@, @script@, each once.
  while (!html.empty()) {
    size_t at = html.find('@'), close = at == html.npos ? at : html.find('@', at + 1);
    page += html.substr(0, at);
    if (close == html.npos) break;
    std::string_view name = html.substr(at + 1, close - at - 1);
    if (name == "title") page += escaped(d.path.substr(d.path.rfind('/') + 1));
    if (name == "style") page += view(mayfly_page_css_begin, mayfly_page_css_end);
    if (name == "script") page += view(mayfly_page_js_begin, mayfly_page_js_end);
    if (name == "data") page += for_html(json_of(d));
    html.remove_prefix(close + 1);
  }
  return page;
}

} // namespace mayfly::inspect
