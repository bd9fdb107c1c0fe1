#pragma once

#include "build-image/sbom/cataloger.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace slipway::fake {

/// A member's bytes, in pieces of some size.
class ContentText final : public build_image::Content {
public:
    explicit ContentText(std::string text, std::size_t piece = 4096) : text_(std::move(text)), piece_(piece) {}

    std::optional<std::string_view> next() override {
        if (at_ == text_.size()) return std::nullopt;
        const auto part = std::string_view(text_).substr(at_, piece_);
        at_ += part.size();
        return part;
    }
    std::optional<std::string> all(std::uint64_t most_bytes) override {
        if (text_.size() - at_ > most_bytes) return std::nullopt;
        return text_.substr(std::exchange(at_, text_.size()));
    }

private:
    std::string text_;
    std::size_t piece_;
    std::size_t at_ = 0;
};

/// What a cataloger says of a file of that path and content.
inline build_image::Finding read(const build_image::Cataloger& cataloger, const std::string& path, std::string text) {
    const build_image::Member member{.path = path, .size = text.size(), .mode = 0644};
    ContentText content(std::move(text));
    return cataloger.read(member, content);
}

} // namespace slipway::fake
