#include "yaml/events.hpp"

#include "core/text.hpp"

#include <yaml-cpp/depthguard.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <sstream>

namespace slipway::yaml {

namespace {

constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

std::size_t mark_length(std::string_view text) { return text.substr(0, 3) == byte_order_mark ? 3 : 0; }

/// Collects events. yaml-cpp counts bytes, from behind the byte order mark.
class Collector final : public YAML::EventHandler {
public:
    Collector(Events& events, std::size_t shift) : events_(events), shift_(shift) {}

    void OnDocumentStart(const YAML::Mark& mark) override { start(EventKind::document_start, mark, {}, 0, 0); }
    void OnDocumentEnd() override { end(EventKind::document_end); }
    void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
        add(EventKind::null, mark, {}, anchor, {});
    }
    void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
        add(EventKind::alias, mark, {}, anchor, {});
    }
    void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  const std::string& value) override {
        add(EventKind::scalar, mark, tag, anchor, value);
    }
    void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                         YAML::EmitterStyle::value style) override {
        start(EventKind::sequence_start, mark, tag, anchor, style);
    }
    void OnSequenceEnd() override { end(EventKind::sequence_end); }
    void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                    YAML::EmitterStyle::value style) override {
        start(EventKind::map_start, mark, tag, anchor, style);
    }
    void OnMapEnd() override { end(EventKind::map_end); }

private:
    void add(EventKind kind, const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
             const std::string& value) {
        events_.push_back({.kind = kind,
                           .offset = shift_ + static_cast<std::size_t>(std::max(mark.pos, 0)),
                           .parent = parent(),
                           .anchor = anchor,
                           .tag = tag,
                           .value = value});
    }
    void start(EventKind kind, const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, int layout) {
        add(kind, mark, tag, anchor, {});
        events_.back().layout = layout;
        open_.push_back(events_.size() - 1);
    }
    void end(EventKind kind) {
        events_[open_.back()].partner = events_.size();
        open_.pop_back();
        events_.push_back({.kind = kind, .parent = parent()});
    }
    std::size_t parent() const { return open_.empty() ? 0 : open_.back(); }

    Events& events_;
    std::size_t shift_;
    std::vector<std::size_t> open_;
};

[[noreturn]] void fail_at(std::string_view text, const std::string& file, std::size_t offset,
                          const std::string& why) {
    throw Error(ExitCode::misuse, Diagnostic{.message = "wrong YAML: " + why, .place = place_of(text, file, offset)});
}

} // namespace

void refuse_doubtful_bytes(std::string_view text, const std::string& file) {
    const auto fail = [&](const std::string& why, std::size_t offset) { fail_at(text, file, offset, why); };
    if (text.substr(0, 2) == "\xFF\xFE" || text.substr(0, 2) == "\xFE\xFF")
        fail("the text is UTF-16, only UTF-8 can be edited", 0);
    if (const auto nul = text.find('\0'); nul != std::string_view::npos) fail("a NUL byte", nul);
    if (const auto valid = valid_utf8_length(text); valid < text.size()) fail("no valid UTF-8", valid);
    for (auto at = text.find('\r'); at != std::string_view::npos; at = text.find('\r', at + 1)) {
        if (at + 1 == text.size() || text[at + 1] != '\n') fail("a carriage return without a line feed", at);
    }
}

Events read_events(std::string_view text, const std::string& file) {
    refuse_doubtful_bytes(text, file);
    const auto shift = mark_length(text);
    Events events;
    std::size_t last = 0; // index of the latest document's start
    try {
        std::istringstream stream{std::string(text.substr(shift))};
        YAML::Parser parser(stream);
        Collector collector(events, shift);
        for (std::size_t next = 0; parser.HandleNextDocument(collector); next = events.size()) {
            // yaml-cpp stops at what cannot begin a document, such as a comma, and reads it as one more empty
            // document, for ever.
            const auto start = events[next].offset;
            if (next > 0 && start == events[last].offset)
                fail_at(text, file, start, "no document can begin like that");
            last = next;
        }
    } catch (const YAML::Exception& problem) {
        const bool too_deep = dynamic_cast<const YAML::DeepRecursion*>(&problem) != nullptr;
        Diagnostic diagnostic{.message = "wrong YAML: " + (too_deep ? "it is nested too deeply" : problem.msg), .place = {file}};
        if (!problem.mark.is_null())
            diagnostic.place = place_of(text, file, shift + static_cast<std::size_t>(std::max(problem.mark.pos, 0)));
        if (text.find("{{") != std::string_view::npos)
            diagnostic.hint = "a template is no YAML before it is rendered: change the values that it takes";
        throw Error(ExitCode::misuse, std::move(diagnostic));
    }
    return events;
}

} // namespace slipway::yaml
