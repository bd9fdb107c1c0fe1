#include "rendering/render.hpp"

#include "core/text.hpp"
#include "rendering/formats.hpp"

#include <algorithm>

namespace slipway::rendering {

std::string to_string(Format format) {
    switch (format) {
    case Format::hcl: return "hcl";
    case Format::yaml: return "yaml";
    default: return "text";
    }
}

std::optional<Format> format_of(std::string_view file) {
    file = file.substr(file.rfind('/') + 1); // npos + 1 is 0
    const auto ends_in = [&](std::string_view ending) { return file.size() >= ending.size() && file.substr(file.size() - ending.size()) == ending; };
    for (const std::string_view ending : {".tmpl", ".tpl", ".template"}) {
        if (ends_in(ending)) file.remove_suffix(ending.size());
    }
    const auto dot = file.rfind('.');
    if (dot == std::string_view::npos || dot == 0) return std::nullopt;
    const auto ending = file.substr(dot);
    if (ending == ".hcl" || ending == ".nomad") return Format::hcl;
    if (ending == ".yaml" || ending == ".yml" || ending == ".json") return Format::yaml;
    return Format::text;
}

std::size_t template_offset(const std::vector<Cut>& cuts, std::size_t offset) {
    const auto next = std::upper_bound(cuts.begin(), cuts.end(), offset, [](std::size_t at, const Cut& cut) { return at < cut.out_begin; });
    if (next == cuts.begin()) return offset;
    const auto& cut = *std::prev(next);
    return offset < cut.out_end ? cut.in_begin : cut.in_end + (offset - cut.out_end);
}

Diagnostic refusal(const Job& job, const Placeholder& placeholder, const std::string& why, std::string hint) {
    replace_all(hint, "NAME", placeholder.name);
    return {.message = "the value of ${" + std::string(placeholder.name) + "} is refused: " + why,
            .place = job.places.at(placeholder.begin),
            .hint = std::move(hint)};
}

void throw_problems(const std::vector<Diagnostic>& missing, const std::vector<Diagnostic>& refused) {
    auto all = missing;
    all.insert(all.end(), refused.begin(), refused.end());
    if (all.empty()) return;
    std::stable_sort(all.begin(), all.end(), [](const Diagnostic& a, const Diagnostic& b) {
        return std::pair(a.place.line, a.place.column) < std::pair(b.place.line, b.place.column);
    });
    throw Error(missing.empty() ? ExitCode::refused : ExitCode::misuse, std::move(all));
}

Rendered render_text(const Job& job) {
    const PlaceholderReader reader(job.text, job.names, job.places);
    Expander expander(job.values, job.places);
    Rendered result;
    std::size_t copied = 0;
    for (auto at = job.text.find("${"); at != std::string_view::npos;) {
        Placeholder placeholder;
        if (!reader.is_single(at) || !reader.read(at, placeholder)) {
            at = job.text.find("${", at + 2);
            continue;
        }
        result.text += job.text.substr(copied, at - copied);
        const auto begin = result.text.size();
        if (const auto value = expander.expand(placeholder)) result.text += value->text;
        result.cuts.push_back({placeholder.begin, placeholder.end, begin, result.text.size()});
        copied = placeholder.end;
        at = job.text.find("${", copied);
    }
    result.text += job.text.substr(copied);
    throw_problems(expander.problems(), {});
    result.names = expander.names();
    return result;
}

Place template_place(const Rendered& rendered, const Places& template_places, int line, int column) {
    const auto offset = Places(rendered.text, template_places.file()).offset(line, column);
    return template_places.at(template_offset(rendered.cuts, offset));
}

Rendered render(std::string_view text, const std::string& file, Format format, const Names& names, const Values& values, const Allowances& allowances) {
    const Places places(text, file);
    const Job job{text, names, values, allowances, places};
    switch (format) {
    case Format::hcl: return render_hcl(job);
    case Format::yaml: return render_yaml(job);
    default: return render_text(job);
    }
}

} // namespace slipway::rendering
