#include "fuzz.hpp"

#include "core/error.hpp"
#include "core/text.hpp"
#include "fakes.hpp"
#include "rendering/render.hpp"

#include <algorithm>
#include <string>

using namespace slipway;
using namespace slipway::rendering;

// The first byte chooses the format and what is allowed, the rest of the first line is the value of V, the second line is
// that of W as JSON, the rest is the template.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    auto text = fuzz::text_of(data, size);
    if (text.empty()) return 0;
    const auto choice = static_cast<unsigned char>(text[0]);
    text.remove_prefix(1);
    const auto take_line = [&] {
        const auto line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(text.size(), line.size() + 1));
        return std::string(line);
    };
    const auto format = choice % 3 == 0 ? Format::hcl : choice % 3 == 1 ? Format::yaml : Format::text;
    const auto value = take_line();
    const auto json = take_line();
    fake::World world;
    auto context = world.context();
    const Names names;
    ValueSources sources{.set = {"V=" + value}};
    try {
        json_value(json, {});
        sources.set_json = {"W=" + json};
    } catch (const Error&) {
    }
    const Values values(sources, names, context);
    Allowances allowances;
    if ((choice & 64) != 0) allowances.raw = {"V"};
    allowances.multiline = (choice & 128) != 0;
    try {
        const auto rendered = render(text, "job.tmpl", format, names, values, allowances);
        if (rendered.cuts.empty()) fuzz::expect(rendered.text == text, "a template without placeholders stays byte for byte");
        std::size_t in = 0;
        std::size_t out = 0;
        for (const auto& cut : rendered.cuts) {
            fuzz::expect(cut.in_begin >= in && cut.in_end >= cut.in_begin && cut.out_begin >= out && cut.out_end >= cut.out_begin, "cuts follow each other");
            fuzz::expect(text.substr(in, cut.in_begin - in) == std::string_view(rendered.text).substr(out, cut.out_begin - out), "and what lies between them stays");
            in = cut.in_end;
            out = cut.out_end;
        }
        fuzz::expect(text.substr(in) == std::string_view(rendered.text).substr(out), "to the end");
    } catch (const Error& error) {
        fuzz::expect(error.code() == ExitCode::misuse || error.code() == ExitCode::refused, "nothing else goes wrong");
    }
    return 0;
}
