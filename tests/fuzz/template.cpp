#include "fuzz.hpp"

#include "core/error.hpp"
#include "render-jobspec/template.hpp"

#include <optional>
#include <string>

using namespace slipway;

// The first line is the value of every name, the rest is the template.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto text = fuzz::text_of(data, size);
    const auto line_end = text.find('\n');
    const std::string value(text.substr(0, line_end));
    const auto body = line_end == std::string_view::npos ? std::string_view() : text.substr(line_end + 1);
    try {
        const auto rendered = render_jobspec::render(body, "job.tmpl", [&](const std::string&) { return std::optional(value); });
        if (rendered.names.empty()) fuzz::expect(rendered.text == body, "a template without names stays byte for byte");
        for (const auto& name : rendered.names) fuzz::expect(render_jobspec::is_placeholder_name(name), "a name has the form of one");
    } catch (const Error&) {
    }
    try {
        const auto rendered = render_jobspec::render(body, "job.tmpl", [](const std::string&) -> std::optional<std::string> { return std::nullopt; });
        fuzz::expect(rendered.text == body, "what is rendered without any value had no placeholder");
    } catch (const Error& error) {
        for (const auto& diagnostic : error.diagnostics()) fuzz::expect(diagnostic.place.line > 0 && diagnostic.place.column > 0, "a refusal has its place");
    }
    return 0;
}
