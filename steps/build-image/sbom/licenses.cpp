#include "build-image/sbom/licenses.hpp"

#include "build-image/sbom/fields.hpp"
#include "build-image/sbom/license_ids.hpp"
#include "core/sha256.hpp"
#include "core/text.hpp"

#include <algorithm>
#include <optional>
#include <span>

namespace slipway::build_image {

namespace {

constexpr std::size_t longest_name = 150;
constexpr std::size_t longest_expression = 2000;
constexpr std::size_t longest_text = 65'536; ///< some records have the whole licence
constexpr std::string_view reference_prefix = "LicenseRef-";

/// Names that the list's ids do not resemble, each of one licence only.
constexpr std::pair<std::string_view, std::string_view> names[] = {
    {"Expat", "MIT"}, {"MIT License (MIT)", "MIT"}, {"MIT No Attribution License (MIT-0)", "MIT-0"},
    {"Apache 2", "Apache-2.0"}, {"Apache2", "Apache-2.0"}, {"Apache2.0", "Apache-2.0"}, {"ASL 2.0", "Apache-2.0"}, {"ALv2", "Apache-2.0"},
    {"BSD-2", "BSD-2-Clause"}, {"2-Clause BSD", "BSD-2-Clause"}, {"Simplified BSD", "BSD-2-Clause"},
    {"BSD-3", "BSD-3-Clause"}, {"3-Clause BSD", "BSD-3-Clause"}, {"New BSD", "BSD-3-Clause"}, {"Modified BSD", "BSD-3-Clause"}, {"Revised BSD", "BSD-3-Clause"},
    {"Zero-Clause BSD (0BSD)", "0BSD"},
    {"Boost Software License 1.0", "BSL-1.0"}, {"Boost Software License 1.0 (BSL-1.0)", "BSL-1.0"},
    {"CC0 1.0 Universal", "CC0-1.0"}, {"CC0 1.0 Universal (CC0 1.0) Public Domain Dedication", "CC0-1.0"},
    {"CeCILL-B Free Software License Agreement (CECILL-B)", "CECILL-B"}, {"CeCILL-C Free Software License Agreement (CECILL-C)", "CECILL-C"},
    {"CEA CNRS Inria Logiciel Libre License, version 2.1 (CeCILL-2.1)", "CECILL-2.1"},
    {"Common Development and Distribution License 1.0 (CDDL-1.0)", "CDDL-1.0"},
    {"Eclipse Public License 1.0", "EPL-1.0"}, {"Eclipse Public License 1.0 (EPL-1.0)", "EPL-1.0"},
    {"Eclipse Public License 2.0", "EPL-2.0"}, {"Eclipse Public License 2.0 (EPL-2.0)", "EPL-2.0"},
    {"European Union Public Licence 1.1 (EUPL 1.1)", "EUPL-1.1"}, {"European Union Public Licence 1.2 (EUPL 1.2)", "EUPL-1.2"},
    {"ISC License (ISCL)", "ISC"},
    {"Mozilla Public License 1.0 (MPL)", "MPL-1.0"}, {"Mozilla Public License 1.1", "MPL-1.1"}, {"Mozilla Public License 1.1 (MPL 1.1)", "MPL-1.1"},
    {"Mozilla Public License 2.0", "MPL-2.0"}, {"Mozilla Public License 2.0 (MPL 2.0)", "MPL-2.0"},
    {"Python Software Foundation License", "PSF-2.0"},
    {"SIL Open Font License 1.1", "OFL-1.1"}, {"SIL Open Font License 1.1 (OFL-1.1)", "OFL-1.1"},
    {"The Unlicense (Unlicense)", "Unlicense"}, {"Universal Permissive License (UPL)", "UPL-1.0"},
    {"University of Illinois/NCSA Open Source License", "NCSA"}, {"zlib/libpng", "Zlib"},
};

/// The GNU licences, in words before the version's number. What another one begins with comes behind it.
constexpr std::pair<std::string_view, std::string_view> gnu_names[] = {
    {"gnu affero general public", "AGPL"}, {"affero general public", "AGPL"}, {"gnu agpl", "AGPL"}, {"agpl", "AGPL"},
    {"gnu lesser general public", "LGPL"}, {"gnu library or lesser general public", "LGPL"}, {"gnu lgpl", "LGPL"}, {"lgpl", "LGPL"},
    {"gnu general public", "GPL"}, {"gnu gpl", "GPL"}, {"gpl", "GPL"}, {"gnu free documentation", "GFDL"}, {"gfdl", "GFDL"},
};

bool is_digit(char c) { return c >= '0' && c <= '9'; }

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool before(std::string_view left, std::string_view right) {
    return std::lexicographical_compare(left.begin(), left.end(), right.begin(), right.end(), [](char a, char b) { return lower(a) < lower(b); });
}

/// An id in the list's own case; empty when it has none.
std::string_view find(std::span<const std::string_view> ids, std::string_view id) {
    const auto found = std::lower_bound(ids.begin(), ids.end(), id, before);
    return found == ids.end() || before(id, *found) ? std::string_view() : *found;
}

/// An id as it is written today: "GPL-2.0" is deprecated, and means "GPL-2.0-only".
std::string current(std::string_view id, bool or_later) {
    const auto modern = std::string(id) + (or_later ? "-or-later" : "-only");
    if (!find(license_ids(), modern).empty()) return modern;
    return std::string(id) + (or_later ? "+" : "");
}

/// The words that matter of a licence's name: "The Apache Software License, Version 2.0" -> "apache 2.0".
std::string plain(std::string_view name) {
    auto text = slipway::lower(name);
    for (auto& c : text) {
        const bool is_ascii = static_cast<unsigned char>(c) < 0x80; // what is not may mean anything
        if (is_ascii && !is_digit(c) && !(c >= 'a' && c <= 'z') && c != '.' && c != '+') c = ' ';
    }
    std::vector<std::string> words;
    for (auto word : split(text, ' ')) {
        if (word.size() > 1 && word[0] == 'v' && is_digit(word[1])) word.remove_prefix(1);
        constexpr std::string_view idle[] = {"", "the", "license", "licence", "software", "version", "v"};
        if (std::find(std::begin(idle), std::end(idle), word) == std::end(idle)) words.emplace_back(word);
    }
    return join(words, " ");
}

/// Ids by the words of their names; an empty id where the words do not tell which.
const std::unordered_map<std::string, std::string>& ids_by_words() {
    static const auto map = [] {
        std::unordered_map<std::string, std::string> result;
        for (const auto id : license_ids()) {
            const auto [entry, is_new] = result.emplace(plain(id), id);
            if (!is_new) entry->second.clear();
        }
        for (const auto& [name, id] : names) result[plain(name)] = id;
        return result;
    }();
    return map;
}

/// "gpl 2+", "gnu general public 3 or later gplv3+" -> an id; empty for what is none of these.
std::string gnu_license(std::string_view words) {
    const auto* const known = std::find_if(std::begin(gnu_names), std::end(gnu_names), [&](const auto& one) { return words.starts_with(one.first); });
    if (known == std::end(gnu_names)) return {};
    words.remove_prefix(known->first.size());
    words = trim(words);
    if (words.starts_with('v')) words.remove_prefix(1);
    const auto length = std::min(words.find_first_not_of("0123456789."), words.size());
    auto id = std::string(known->second) + '-' + std::string(words.substr(0, length));
    if (id.find('.') == std::string::npos) id += ".0";
    words = trim(words.substr(length));
    bool or_later = false;
    for (const std::string_view ending : {"+", "or later", "or any later", "or newer", "or greater"}) {
        if (!words.starts_with(ending)) continue;
        or_later = true;
        words = trim(words.substr(ending.size()));
        break;
    }
    if (!or_later && words.starts_with("only")) words = trim(words.substr(4));
    // Python's classifiers end in an abbreviation: "(GPLv3+)".
    const bool is_abbreviation = words.starts_with(slipway::lower(known->second)) && words.find(' ') == std::string_view::npos && words.ends_with('+') == or_later;
    if (!words.empty() && !is_abbreviation) return {};
    return find(license_ids(), id).empty() ? std::string() : current(id, or_later);
}

bool is_reference(std::string_view text) {
    return text.size() > reference_prefix.size() && text.starts_with(reference_prefix) &&
           text.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-") == std::string_view::npos;
}

/// One licence without operators, in SPDX' terms; empty when it is not known.
std::string one_license(std::string_view text) {
    if (text.empty() || text.size() > longest_name) return {};
    if (const auto id = find(license_ids(), text); !id.empty()) return id.ends_with('+') ? current(id.substr(0, id.size() - 1), true) : current(id, false);
    if (text.ends_with('+')) {
        if (const auto id = find(license_ids(), text.substr(0, text.size() - 1)); !id.empty()) return current(id, true);
    }
    if (is_reference(text)) return std::string(text);
    const auto words = plain(text);
    if (const auto found = ids_by_words().find(words); found != ids_by_words().end() && !found->second.empty()) return current(found->second, false);
    return gnu_license(words);
}

/// The next piece of an expression: a parenthesis, an operator in upper case, or what stands between them.
std::string_view take_piece(std::string_view& text, std::string& storage) {
    const auto operator_at = [&](std::size_t at) -> std::string_view {
        if (at > 0 && text[at - 1] != ' ' && text[at - 1] != ')') return {};
        for (const std::string_view word : {"AND", "OR", "WITH"}) {
            const auto rest = text.substr(at, word.size());
            const bool ends = at + word.size() < text.size() && (text[at + word.size()] == ' ' || text[at + word.size()] == '(');
            if (ends && rest.size() == word.size() && upper(rest) == word) return word;
        }
        return {};
    };
    text = trim(text);
    if (text.empty()) return {};
    std::size_t length = 1;
    if (text[0] == '(' || text[0] == ')') {
        storage = text[0];
    } else if (const auto word = operator_at(0); !word.empty()) {
        storage = word;
        length = word.size();
    } else {
        while (length < text.size() && text[length] != '(' && text[length] != ')' && operator_at(length).empty()) ++length;
        storage = trim(text.substr(0, length));
    }
    text.remove_prefix(length);
    return storage;
}

/// An expression in SPDX' terms; nothing when it is none. The grammar is simple enough to need no tree: licences and operators take
/// turns, and parentheses are counted.
std::optional<std::string> read_expression(std::string_view text, std::map<std::string, std::string>& references) {
    if (text.size() > longest_expression) return std::nullopt;
    std::string result, piece;
    int depth = 0;
    bool wants_license = true, has_exception = true;
    while (!take_piece(text, piece).empty()) {
        if (piece == "(") {
            if (!wants_license) return std::nullopt;
            ++depth;
            result += '(';
        } else if (piece == ")") {
            if (wants_license || depth-- == 0) return std::nullopt;
            has_exception = true; // nothing may follow WITH
            result += ')';
        } else if (piece == "WITH") {
            if (wants_license || has_exception) return std::nullopt;
            const auto exception = find(license_exception_ids(), take_piece(text, piece));
            if (exception.empty()) return std::nullopt;
            has_exception = true;
            result.append(" WITH ").append(exception);
        } else if (piece == "AND" || piece == "OR") {
            if (wants_license) return std::nullopt;
            wants_license = true;
            result += ' ' + piece + ' ';
        } else {
            if (!wants_license) return std::nullopt;
            const auto license = one_license(piece);
            if (license.empty()) return std::nullopt;
            if (is_reference(license)) references[license] = license;
            wants_license = has_exception = false;
            result += license;
        }
    }
    if (wants_license || depth != 0) return std::nullopt;
    return result;
}

/// Whether an AND behind it would belong to a part of it only.
bool has_open_or(std::string_view expression) {
    int depth = 0;
    for (std::size_t i = 0; i < expression.size(); ++i) {
        if (expression[i] == '(') ++depth;
        if (expression[i] == ')') --depth;
        if (depth == 0 && expression.substr(i).starts_with(" OR ")) return true;
    }
    return false;
}

/// "LicenseRef-Public-Domain-3f2a9c41" for "Public Domain!"; the digits only where something is lost.
std::string reference_for(std::string_view text) {
    auto id = spdx_id(first_line(text, 60));
    if (id != text) id += (id.empty() ? "" : "-") + sha256(text).substr(0, 8);
    return std::string(reference_prefix) + id;
}

} // namespace

License read_license(std::string_view text) {
    // Python's classifiers: "License :: OSI Approved :: MIT License".
    if (const auto last = text.rfind("::"); text.starts_with("License ::")) text.remove_prefix(last + 2);
    const auto words = valid_utf8(trim(text.substr(0, longest_text)));
    License license{.expression = one_license(words), .text = words};
    if (!license.expression.empty()) {
        license.kind = is_reference(license.expression) ? LicenseKind::expression : LicenseKind::id;
        if (is_reference(license.expression)) license.references[license.expression] = words;
    } else if (auto expression = read_expression(words, license.references)) {
        license.kind = LicenseKind::expression;
        license.expression = std::move(*expression);
    } else {
        license.expression = reference_for(words);
        license.references = {{license.expression, words}};
    }
    return license;
}

const License& Licenses::read(const std::string& text) {
    const auto known = known_.find(text);
    return known != known_.end() ? known->second : known_.emplace(text, read_license(text)).first->second;
}

std::string all_of(const std::vector<const License*>& licenses) {
    std::string text;
    for (const auto* license : licenses) {
        const bool needs_parentheses = licenses.size() > 1 && has_open_or(license->expression);
        text += (text.empty() ? "" : " AND ") + (needs_parentheses ? '(' + license->expression + ')' : license->expression);
    }
    return text;
}

} // namespace slipway::build_image
