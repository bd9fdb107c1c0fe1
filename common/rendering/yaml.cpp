#include "rendering/formats.hpp"

#include "core/text.hpp"
#include "yaml/events.hpp"
#include "yaml/scalar.hpp"

#include <algorithm>
#include <map>

namespace slipway::rendering {

namespace {

using Json = nlohmann::ordered_json;
constexpr auto npos = std::string_view::npos;

/// A placeholder, and the word that stands for it while the structure is read.
struct Spot {
    Placeholder placeholder;
    std::optional<Error> error = {}; ///< why it is none that bash would take; it covers its "${" then. In a comment that does not matter
    std::size_t begin = 0; ///< byte of the word
    std::size_t end = 0;
    std::optional<Expansion> value = {};
    bool in_scalar = false;
};

/// Bytes of the text with words, and what they become.
struct Splice {
    std::size_t begin;
    std::size_t end;
    std::string text;
    bool is_value = true; ///< false: a placeholder in a comment, put back
};

/// A template with a word that no reader can mistake in each placeholder's place.
class Skeleton {
public:
    Skeleton(const Job& job, const PlaceholderReader& reader) {
        word_ = "SlipwayValue";
        while (job.text.find(word_) != npos) word_ += 'Q';
        std::size_t copied = 0;
        for (auto at = job.text.find("${"); at != npos;) {
            Spot spot;
            if (!reader.is_single(at) || !read(reader, at, spot)) {
                at = job.text.find("${", at + 2);
                continue;
            }
            text += job.text.substr(copied, at - copied);
            spot.begin = text.size();
            text += word_ + std::to_string(spots.size()) + 'Z';
            spot.end = text.size();
            copied = spot.placeholder.end;
            spots.push_back(std::move(spot));
            at = job.text.find("${", copied);
        }
        text += job.text.substr(copied);
    }

    /// The spots whose words a text holds, with the byte of each.
    std::vector<std::pair<std::size_t, std::size_t>> find(std::string_view in) const {
        std::vector<std::pair<std::size_t, std::size_t>> found;
        for (auto at = in.find(word_); at != npos; at = in.find(word_, at + 1)) {
            found.emplace_back(std::stoul(std::string(in.substr(at + word_.size(), 20))), at);
        }
        return found;
    }

    /// The byte of the template that a byte of the text stands for.
    std::size_t origin(std::size_t offset) const {
        const auto next = std::upper_bound(spots.begin(), spots.end(), offset, [](std::size_t at, const Spot& spot) { return at < spot.begin; });
        if (next == spots.begin()) return offset;
        const auto& spot = *std::prev(next);
        return offset < spot.end ? spot.placeholder.begin : spot.placeholder.end + (offset - spot.end);
    }

    std::string text;
    std::vector<Spot> spots;

private:
    static bool read(const PlaceholderReader& reader, std::size_t at, Spot& spot) {
        try {
            return reader.read(at, spot.placeholder);
        } catch (const Error& error) {
            spot.placeholder = {.begin = at, .end = at + 2};
            spot.error = error;
            return true;
        }
    }

    std::string word_;
};

/// Whether a byte that is in no value lies behind a "#" that begins a comment.
bool is_in_comment(std::string_view text, std::size_t offset) {
    const auto line = text.rfind('\n', offset) + 1; // npos + 1 is 0
    for (auto at = text.find('#', line); at < offset; at = text.find('#', at + 1)) {
        if (at == line || text[at - 1] == ' ' || text[at - 1] == '\t') return true;
    }
    return false;
}

class YamlRenderer {
public:
    explicit YamlRenderer(const Job& job)
        : job_(job), reader_(job.text, job.names, job.places), skeleton_(job, reader_), expander_(job.values, job.places), events_(read()) {}

    Rendered render() {
        for (std::size_t i = 0; i < events_.size(); ++i) {
            if (events_[i].kind == yaml::EventKind::scalar) scalar(i);
        }
        for (const auto& spot : skeleton_.spots) {
            if (!spot.in_scalar) comment(spot);
        }
        throw_problems(expander_.problems(), refused_);
        splice();
        prove();
        output_.names = expander_.names();
        return std::move(output_);
    }

private:
    yaml::Events read() const {
        try {
            return yaml::read_events(skeleton_.text, job_.places.file());
        } catch (const Error& error) {
            for (const auto& spot : skeleton_.spots) {
                if (spot.error) throw *spot.error; // which may well be what is wrong
            }
            throw Error(ExitCode::refused, at_origin(error.diagnostics()));
        }
    }

    /// Places in the text with words, as places in the template.
    std::vector<Diagnostic> at_origin(std::vector<Diagnostic> diagnostics) const {
        const Places places(skeleton_.text, job_.places.file());
        for (auto& diagnostic : diagnostics) {
            if (diagnostic.place.line == 0) continue;
            const auto offset = places.offset(diagnostic.place.line, diagnostic.place.column);
            diagnostic.place = job_.places.at(skeleton_.origin(offset));
        }
        return diagnostics;
    }

    void refuse(const Spot& spot, const std::string& why, std::string hint = {}) { refused_.push_back(refusal(job_, spot.placeholder, why, std::move(hint))); }

    void comment(const Spot& spot) {
        if (!is_in_comment(skeleton_.text, spot.begin)) {
            if (spot.error) throw *spot.error;
            refuse(spot, "it stands in no value", "placeholders stand for values and keys, not for anchors, tags and directives");
        }
        const auto original = job_.text.substr(spot.placeholder.begin, spot.placeholder.end - spot.placeholder.begin);
        splices_.push_back({spot.begin, spot.end, std::string(original), false});
    }

    void scalar(std::size_t index) {
        const auto& event = events_[index];
        const auto found = skeleton_.find(event.value);
        if (found.empty()) return;
        bool fits = true;
        std::string value;
        std::size_t copied = 0;
        for (const auto& [number, at] : found) {
            auto& spot = skeleton_.spots[number];
            spot.in_scalar = true;
            if (spot.error) throw *spot.error;
            spot.value = expander_.expand(spot.placeholder);
            fits = spot.value && check(spot) && fits;
            value += event.value.substr(copied, at - copied);
            if (spot.value) value += spot.value->text;
            copied = at + (spot.end - spot.begin);
        }
        value += event.value.substr(copied);
        if (!fits) return;

        const auto& first = skeleton_.spots[found.front().first];
        const auto span = yaml::find_span(skeleton_.text, event);
        if (!span) {
            refuse(first, "its bytes in the file cannot be told for certain");
            return;
        }
        if (const auto* json = first.value->json; json != nullptr && !json->is_string() && found.size() == 1 && span->style == yaml::Style::plain &&
                                                  span->end - span->begin == first.end - first.begin) {
            splices_.push_back({span->begin, span->end, json->dump()});
            expected_[index] = {.value = {}, .json = json, .spot = found.front().first};
            return;
        }
        expected_[index] = {.value = value, .json = nullptr, .spot = found.front().first};
        write(found, *span, value);
    }

    bool check(const Spot& spot) {
        const auto& text = spot.value->text;
        if (!is_valid_utf8(text)) refuse(spot, "it is no valid UTF-8");
        else if (text.find('\0') != npos) refuse(spot, "it holds a NUL byte");
        else return true;
        return false;
    }

    void write(const std::vector<std::pair<std::size_t, std::size_t>>& found, const yaml::Span& span, const std::string& value) {
        const bool one_line = skeleton_.text.substr(span.begin, span.end - span.begin).find('\n') == npos;
        bool in_place = true; // each value by itself, everything around it untouched
        for (const auto& [number, at] : found) {
            const auto& text = skeleton_.spots[number].value->text;
            switch (span.style) {
            case yaml::Style::plain: in_place = in_place && yaml::is_safe_plain(one_line ? value : text); break;
            case yaml::Style::single_quoted: in_place = in_place && !yaml::needs_escapes(text); break;
            default: break;
            }
        }
        if (!in_place && !one_line) {
            refuse(skeleton_.spots[found.front().first], "it needs quotes and escapes, and the value around it goes over several lines", "put the whole value into double quotes");
            return;
        }
        if (!in_place) {
            splices_.push_back({span.begin, span.end, yaml::write_scalar(value, span.style)});
            return;
        }
        for (const auto& [number, at] : found) {
            const auto& spot = skeleton_.spots[number];
            splices_.push_back({spot.begin, spot.end, content(spot, span)});
        }
    }

    /// A value as it stands within a scalar of that style.
    std::string content(const Spot& spot, const yaml::Span& span) {
        const auto& text = spot.value->text;
        switch (span.style) {
        case yaml::Style::double_quoted: {
            const auto quoted = yaml::write_scalar(text, yaml::Style::double_quoted);
            return quoted.substr(1, quoted.size() - 2);
        }
        case yaml::Style::single_quoted: {
            const auto quoted = yaml::write_scalar(text, yaml::Style::single_quoted);
            return quoted.substr(1, quoted.size() - 2);
        }
        case yaml::Style::block: return in_block(spot, span);
        default: return text;
        }
    }

    std::string in_block(const Spot& spot, const yaml::Span& span) {
        const std::string_view text = skeleton_.text;
        std::string value = spot.value->text;
        std::string one_line = value;
        std::erase(one_line, '\n');
        if (yaml::needs_escapes(one_line)) {
            refuse(spot, "it holds control characters, which a text block (| or >) cannot hold", "use double quotes");
            return {};
        }
        if (value.find('\n') == std::string::npos) return value;
        // The block's indent is that of its first line with something in it.
        auto line = text.find('\n', span.begin) + 1;
        while (line < text.size() && text.find_first_not_of(" \r", line) == text.find('\n', line)) line = text.find('\n', line) + 1;
        const auto indent = std::min(text.find_first_not_of(' ', line), text.size()) - line;
        replace_all(value, "\n", '\n' + std::string(indent, ' '));
        return value;
    }

    void splice() {
        std::sort(splices_.begin(), splices_.end(), [](const Splice& a, const Splice& b) { return a.begin < b.begin; });
        std::size_t copied = 0;
        for (const auto& splice : splices_) {
            output_.text.append(skeleton_.text, copied, splice.begin - copied);
            const auto begin = output_.text.size();
            output_.text += splice.text;
            copied = splice.end;
            if (!splice.is_value) continue;
            const auto in_end = splice.end == 0 ? 0 : skeleton_.origin(splice.end);
            output_.cuts.push_back({skeleton_.origin(splice.begin), in_end, begin, output_.text.size()});
        }
        output_.text.append(skeleton_.text, copied);
    }

    /// What a scalar must read as.
    struct Expected {
        std::string value;
        const Json* json = nullptr; ///< instead, of any kind but a string
        std::size_t spot = 0;
    };

    [[noreturn]] void doubt(std::size_t index) const {
        const auto expected = expected_.lower_bound(index);
        Diagnostic diagnostic{.message = "a value would change the structure of the file", .place = {job_.places.file()}, .hint = "nothing was written"};
        if (expected != expected_.end()) {
            diagnostic = refusal(job_, skeleton_.spots[expected->second.spot].placeholder, "the file would not read as intended", "put the value into double quotes");
        }
        throw Error(ExitCode::refused, diagnostic);
    }

    /// Reads the result, and compares it with what it was made from.
    void prove() const {
        yaml::Events now;
        try {
            now = yaml::read_events(output_.text, job_.places.file());
        } catch (const Error&) {
            doubt(0);
        }
        std::size_t at = 0;
        for (std::size_t i = 0; i < events_.size(); ++i) {
            if (at >= now.size()) doubt(i);
            const auto expected = expected_.find(i);
            if (expected == expected_.end()) {
                if (!is_same(events_[i], now[at])) doubt(i);
                ++at;
            } else if (expected->second.json != nullptr) {
                at = prove_json(i, *expected->second.json, now, at);
            } else {
                if (!is_set(events_[i], now[at], expected->second.value)) doubt(i);
                ++at;
            }
        }
        if (at != now.size()) doubt(events_.size());
        refuse_same_keys(now);
    }

    static bool is_same(const yaml::Event& a, const yaml::Event& b) {
        return a.kind == b.kind && a.anchor == b.anchor && a.tag == b.tag && a.value == b.value && a.layout == b.layout;
    }

    static bool is_set(const yaml::Event& before, const yaml::Event& now, const std::string& value) {
        const bool written_tag = before.tag != "?" && before.tag != "!";
        // Bare text over several lines is a string whatever it says.
        const bool bare_string = yaml::is_safe_plain(value) || value.find_first_of(" \n") != std::string::npos;
        const bool string = written_tag ? now.tag == before.tag : now.tag == "!" || (now.tag == "?" && bare_string);
        return now.kind == yaml::EventKind::scalar && now.anchor == before.anchor && now.value == value && string;
    }

    /// @return the index behind the value
    std::size_t prove_json(std::size_t index, const Json& json, const yaml::Events& now, std::size_t at) const {
        const auto alone = yaml::read_events(json.dump(), "JSON");
        for (std::size_t i = 1; i + 1 < alone.size(); ++i, ++at) { // without the document around it
            const bool is_anchored = i == 1 && events_[index].anchor != 0;
            if (at >= now.size() || alone[i].kind != now[at].kind || alone[i].value != now[at].value || (now[at].anchor != 0 && !is_anchored)) doubt(index);
        }
        return at;
    }

    /// A key that is there twice: one of the two would be lost.
    void refuse_same_keys(const yaml::Events& now) const {
        struct Level {
            bool is_map;
            bool key_next;
            std::set<std::string> keys;
        };
        std::vector<Level> levels;
        const auto node_done = [&] {
            if (!levels.empty() && levels.back().is_map) levels.back().key_next = !levels.back().key_next;
        };
        for (const auto& event : now) {
            if (event.is_start()) {
                levels.push_back({event.kind == yaml::EventKind::map_start, true, {}});
            } else if (event.is_end()) {
                levels.pop_back();
                node_done();
            } else {
                if (!levels.empty() && levels.back().is_map && levels.back().key_next && event.kind == yaml::EventKind::scalar && event.value != "<<" &&
                    !levels.back().keys.insert(event.value).second && !expected_.empty()) {
                    const auto place = job_.places.at(template_offset(output_.cuts, event.offset));
                    throw Error(ExitCode::refused, Diagnostic{.message = "the key '" + visible(event.value) + "' is there twice", .place = place});
                }
                node_done();
            }
        }
    }

    const Job& job_;
    PlaceholderReader reader_;
    Skeleton skeleton_;
    Expander expander_;
    yaml::Events events_; ///< of the skeleton
    std::vector<Splice> splices_;
    std::map<std::size_t, Expected> expected_; ///< by the index of the event
    std::vector<Diagnostic> refused_;
    Rendered output_;
};

} // namespace

Rendered render_yaml(const Job& job) { return YamlRenderer(job).render(); }

} // namespace slipway::rendering
