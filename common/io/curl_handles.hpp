#pragma once

#include "io/curl_library.hpp"
#include "io/http.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// What all that send requests by libcurl have in common.
namespace slipway::io {

struct EasyDeleter {
    void operator()(CURL* handle) const { curl().easy_cleanup(handle); }
};
struct MultiDeleter {
    void operator()(CURLM* handle) const { curl().multi_cleanup(handle); }
};
struct ListDeleter {
    void operator()(curl_slist* list) const { curl().slist_free_all(list); }
};
using Easy = std::unique_ptr<CURL, EasyDeleter>;
using Multi = std::unique_ptr<CURLM, MultiDeleter>;
using List = std::unique_ptr<curl_slist, ListDeleter>;

void append(List& list, const std::string& line);

/// "Name: value", as libcurl takes it.
/// @throws Error (misuse) when a name or value holds a line break
std::string header_line(const Header& header);

/// The header of a line of an answer's head; nothing for its status line and its end.
std::optional<Header> header_in(std::string_view line);
/// The status of "HTTP/1.1 200 OK"; nothing for other lines.
std::optional<int> status_in(std::string_view line);

/// @param headers  of this request, besides those of the settings
/// @throws Error (misuse) when credentials would travel by plain HTTP, or this is no URL
void refuse_unprotected_credentials(const std::string& url, const std::vector<Header>& headers, const HttpSettings& settings);

/// libcurl reads https_proxy, HTTPS_PROXY, http_proxy, all_proxy and no_proxy itself; this adds what it leaves out.
void set_proxy(CURL* easy, const std::string& url);

/// Our certificate, and whether the server's is checked.
/// @param trusted  whether this server may see our certificate
void set_certificates(CURL* easy, const HttpSettings& settings, bool trusted);

} // namespace slipway::io
