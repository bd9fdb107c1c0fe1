#pragma once

#include <curl/curl.h>

namespace slipway::io {

/// The functions of libcurl that we call. The library is loaded when the first client is made: with all that it needs
/// itself, loading takes longer than the rest of a step that makes no request.
struct CurlLibrary {
#define SLIPWAY_CURL_FUNCTIONS(each)                                                                                            \
    each(easy_cleanup) each(easy_getinfo) each(easy_init) each(easy_reset) each(easy_setopt) each(easy_strerror)               \
    each(global_init) each(multi_add_handle) each(multi_cleanup) each(multi_info_read) each(multi_init) each(multi_perform)   \
    each(multi_poll) each(multi_remove_handle) each(multi_wakeup) each(slist_append) each(slist_free_all)
#define SLIPWAY_DECLARE(name) decltype(&::curl_##name) name = nullptr;
    SLIPWAY_CURL_FUNCTIONS(SLIPWAY_DECLARE)
#undef SLIPWAY_DECLARE
};

/// @throws Error (world failure) when there is no libcurl on this machine
const CurlLibrary& curl();

} // namespace slipway::io
