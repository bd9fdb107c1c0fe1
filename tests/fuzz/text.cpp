#include "fuzz.hpp"

#include "core/encoding.hpp"
#include "core/redactor.hpp"
#include "core/text.hpp"
#include "io/http.hpp"

using namespace slipway;

// What every message, URL and secret passes through. The first line is the secret.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto text = fuzz::text_of(data, size);
    const auto shown = visible(text);
    fuzz::expect(is_valid_utf8(shown), "what is made visible is UTF-8");
    fuzz::expect(visible(shown) == shown, "and holds nothing more to make visible");
    fuzz::expect(one_line(text).find('\n') == std::string::npos, "one line has no line break");
    fuzz::expect(percent_decode(percent_encode(text)) == text, "percent-encoding reads back");
    fuzz::expect(decode_base64(base64(text)) == text, "Base64 reads back");
    decode_base64(text);
    percent_decode(text);
    characters_before(text, size / 2);

    if (const auto parts = io::split_url(text)) {
        const auto url = io::url_for_people(text);
        const auto again = io::split_url(url);
        fuzz::expect(again && again->host == parts->host && again->port == parts->port, "a URL for people names the same server");
        fuzz::expect(again->user_info.empty(), "and no user");
    }

    const auto line_end = text.find('\n');
    const Secret secret(std::string(text.substr(0, line_end)));
    Redactor redactor;
    if (redactor.add(secret)) {
        // Stars of its own could be completed by those that stand for it.
        const bool stars = secret.reveal().find('*') != std::string::npos;
        fuzz::expect(stars || redactor.redact(text).find(secret.reveal()) == std::string::npos, "a secret is hidden");
        fuzz::expect(redactor.redact(percent_encode(secret.reveal())) == "***", "also percent-encoded");
    }
    return 0;
}
