#include "io/curl_library.hpp"

#include "core/error.hpp"

#include <dlfcn.h>

#include <string>

namespace slipway::io {

namespace {

CurlLibrary load() {
    void* handle = ::dlopen("libcurl.so.4", RTLD_NOW | RTLD_LOCAL);
    if (handle == nullptr) {
        throw world_failure("cannot make requests: " + std::string(::dlerror()), "install libcurl 7.88 or newer (Debian: libcurl4, libcurl4t64)");
    }
    CurlLibrary library;
    const auto find = [&](auto& function, const char* name) {
        function = reinterpret_cast<std::remove_reference_t<decltype(function)>>(::dlsym(handle, name));
        if (function == nullptr) throw world_failure("cannot make requests: this libcurl has no " + std::string(name), "install libcurl 7.88 or newer");
    };
#define SLIPWAY_FIND(name) find(library.name, "curl_" #name);
    SLIPWAY_CURL_FUNCTIONS(SLIPWAY_FIND)
#undef SLIPWAY_FIND
    library.global_init(CURL_GLOBAL_DEFAULT);
    return library;
}

} // namespace

const CurlLibrary& curl() {
    static const auto library = load(); // by one thread, others wait; stays until the process ends
    return library;
}

} // namespace slipway::io
