#include "fuzz.hpp"

#include "core/error.hpp"
#include "core/places.hpp"
#include "core/text.hpp"
#include "hcl/literal.hpp"
#include "hcl/parser.hpp"

using namespace slipway;
using namespace slipway::hcl;

namespace {

/// Holds the parser to what it promises its listener.
class Watcher final : public Listener {
public:
    explicit Watcher(std::string_view text) : text_(text) {}
    void block_begin(const Token&, const std::vector<Token>&) override { ++blocks; } // told behind its labels
    void block_end() override { --blocks; }
    void literal(const Token& token) override { at(token); }
    void template_begin(const Token&, Position) override { ++templates; }
    void template_end() override { --templates; }
    void sequence_begin(const Token& token) override { at(token); }
    void sequence_end(const Token& token) override { at(token); }
    int blocks = 0;
    int templates = 0;

private:
    void at(const Token& token) {
        fuzz::expect(token.begin < token.end && token.end <= text_.size(), "a token lies in the text");
        fuzz::expect(token.begin >= last_, "in its order");
        last_ = token.begin;
    }
    std::string_view text_;
    std::size_t last_ = 0;
};

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto text = fuzz::text_of(data, size);
    if (!is_valid_utf8(text)) return 0;
    Lexer lexer(text);
    std::size_t end = 0;
    std::size_t count = 0;
    for (auto token = lexer.next(); token.kind != TokenKind::end; token = lexer.next()) {
        fuzz::expect(token.begin >= end && token.end > token.begin && token.end <= text.size(), "tokens follow each other");
        fuzz::expect(++count <= text.size(), "and come to an end");
        end = token.end;
    }
    Watcher watcher(text);
    try {
        parse(text, Places(text, "f"), watcher);
        fuzz::expect(watcher.blocks == 0 && watcher.templates == 0, "what begins ends");
    } catch (const Error& error) {
        const auto& place = error.diagnostics().front().place;
        fuzz::expect(place.line > 0 && place.column > 0, "a mistake has its place");
    }
    const auto content = quoted_content(text);
    fuzz::expect(!find_wrong_escape(content, Quoting::quoted), "what is quoted has no wrong escape");
    fuzz::expect(decode(content, Quoting::quoted) == text, "and reads back");
    return 0;
}
