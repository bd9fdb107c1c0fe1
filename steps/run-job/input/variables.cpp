#include "run-job/input/variables.hpp"

#include "core/places.hpp"
#include "core/text.hpp"
#include "hcl/literal.hpp"
#include "hcl/parser.hpp"

#include <algorithm>
#include <utility>

namespace slipway::run_job {

namespace {

/// An attribute, and the block around it.
struct Attribute {
    std::string block; ///< `variable "x"`; empty at the top
    std::string name;
    std::size_t begin = 0; ///< of its name
    std::size_t end = 0;   ///< of its name
};

/// Attributes at the top of a text and in its outermost blocks, in their order.
class Attributes final : public hcl::Listener {
public:
    explicit Attributes(std::string_view text) : text_(text) {}

    std::vector<Attribute> all;

    void block_begin(const hcl::Token& type, const std::vector<hcl::Token>& labels) override {
        if (++depth_ != 1) return;
        block_ = word(type);
        for (const auto& label : labels) block_ += ' ' + word(label);
    }
    void block_end() override {
        if (--depth_ == 0) block_.clear();
    }
    void attribute_begin(const hcl::Token& name) override {
        if (depth_ <= 1) all.push_back({block_, word(name), name.begin, name.end});
    }

private:
    std::string word(const hcl::Token& token) const { return std::string(text_.substr(token.begin, token.size())); }

    std::string_view text_;
    int depth_ = 0;
    std::string block_;
};

std::vector<Attribute> attributes_of(std::string_view text, const std::string& file) {
    Attributes attributes(text);
    hcl::parse(text, Places(text, file), attributes);
    return std::move(attributes.all);
}

/// What is assigned to an attribute, and whatever follows up to `end`.
std::string_view assigned(std::string_view text, const Attribute& attribute, std::size_t end) {
    const auto rest = text.substr(attribute.end, end - attribute.end);
    return trim(rest.substr(std::min(rest.find('=') + 1, rest.size())));
}

bool begins_with_word(std::string_view text, std::string_view word) {
    return text.starts_with(word) && text.substr(word.size(), 1).find_first_of("abcdefghijklmnopqrstuvwxyz_(") == std::string_view::npos;
}

/// Whether the values of a variable are taken as they are, and are no expressions.
bool is_plain(std::string_view job, const std::vector<Attribute>& declared, const std::string& name) {
    bool plain = true;
    for (const auto& attribute : declared) {
        if (attribute.block != "variable \"" + name + '"' && attribute.block != "variable " + name) continue;
        const auto value = assigned(job, attribute, job.size());
        if (attribute.name == "type") return begins_with_word(value, "string") || begins_with_word(value, "number");
        if (attribute.name != "default") continue;
        plain = !value.starts_with('[') && !value.starts_with('{') && !begins_with_word(value, "true") && !begins_with_word(value, "false");
    }
    return plain;
}

} // namespace

Assignments assignments(const Variables& variables, std::string_view job, const std::string& file) {
    Assignments chosen;
    for (const auto& [path, text] : variables.files) {
        auto attributes = attributes_of(text, path);
        std::erase_if(attributes, [](const Attribute& attribute) { return !attribute.block.empty(); });
        for (std::size_t i = 0; i < attributes.size(); ++i) {
            chosen[attributes[i].name] = assigned(text, attributes[i], i + 1 < attributes.size() ? attributes[i + 1].begin : text.size());
        }
    }
    const auto declared = attributes_of(job, file);
    for (const auto& [name, value] : variables.flags) chosen[name] = is_plain(job, declared, name) ? '"' + hcl::quoted_content(value) + '"' : value;
    return chosen;
}

std::string to_text(const Assignments& assignments) {
    std::string text;
    for (const auto& [name, value] : assignments) text.append(name).append(" = ").append(value) += '\n';
    return text;
}

} // namespace slipway::run_job
