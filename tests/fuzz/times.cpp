#include "fuzz.hpp"

#include "core/duration.hpp"
#include "core/timestamp.hpp"

using namespace slipway;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto text = fuzz::text_of(data, size);
    if (const auto duration = parse_duration(text)) {
        fuzz::expect(duration->count() >= 0, "a duration is not negative");
        fuzz::expect(parse_duration(format_duration(*duration)) == duration, "a duration reads back");
    }
    if (const auto instant = parse_timestamp(text)) {
        // An offset can lead out of the years that four digits can say.
        const auto written = format_timestamp(*instant);
        if (written.find('-') == 4) fuzz::expect(parse_timestamp(written) == instant, "an instant reads back");
    }
    if (const auto instant = parse_http_date(text)) fuzz::expect(parse_timestamp(format_timestamp(*instant)) == instant, "a date reads back");
    return 0;
}
