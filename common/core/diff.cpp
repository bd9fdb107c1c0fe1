#include "core/diff.hpp"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <vector>

namespace slipway {

namespace {

using Lines = std::vector<std::string_view>;

constexpr std::size_t context = 3;
/// Beyond that many changed lines, which an edit hardly makes, the search for the shortest difference costs more than
/// it helps.
constexpr int most_changes = 1000;

/// With their line breaks, since a missing one is a difference.
Lines whole_lines(std::string_view text) {
    Lines result;
    while (!text.empty()) {
        const auto length = std::min(text.find('\n'), text.size() - 1) + 1;
        result.push_back(text.substr(0, length));
        text.remove_prefix(length);
    }
    return result;
}

/// A place where lines [old_begin, old_end) became [new_begin, new_end).
struct Replacement {
    std::size_t old_begin;
    std::size_t old_end;
    std::size_t new_begin;
    std::size_t new_end;
};

/// The shortest way from one list of lines to another.
/// @source Eugene W. Myers, "An O(ND) Difference Algorithm and Its Variations", 1986
class Search {
public:
    Search(const Lines& before, const Lines& after)
        : a_(before), b_(after), n_(static_cast<int>(before.size())), m_(static_cast<int>(after.size())),
          most_(std::min(n_ + m_, most_changes)), furthest_(static_cast<std::size_t>(2 * most_ + 3), 0) {}

    std::vector<Replacement> run() {
        for (int changes = 0; changes <= most_; ++changes) {
            history_.push_back(furthest_);
            for (int k = -changes; k <= changes; k += 2) {
                const int x = advance(changes, k);
                if (x >= n_ && x - k >= m_) return way_back(changes);
            }
        }
        return {{0, a_.size(), 0, b_.size()}};
    }

private:
    std::size_t slot(int k) const { return static_cast<std::size_t>(k + most_ + 1); }

    static bool comes_from_above(const std::vector<int>& row, std::size_t at, int changes, int k) {
        return k == -changes || (k != changes && row[at - 1] < row[at + 1]);
    }

    /// Furthest line of the old text on diagonal k that `changes` single changes reach.
    int advance(int changes, int k) {
        const auto at = slot(k);
        int x = comes_from_above(furthest_, at, changes, k) ? furthest_[at + 1] : furthest_[at - 1] + 1;
        while (x < n_ && x - k < m_ && a_[static_cast<std::size_t>(x)] == b_[static_cast<std::size_t>(x - k)])
            ++x;
        return furthest_[at] = x;
    }

    /// The changes on the way, from first to last, neighbours joined.
    std::vector<Replacement> way_back(int changes) const {
        std::vector<Replacement> found;
        int x = n_;
        int y = m_;
        for (; changes > 0; --changes) {
            const auto& row = history_[static_cast<std::size_t>(changes)];
            const int k = x - y;
            const bool inserted = comes_from_above(row, slot(k), changes, k);
            x = row[inserted ? slot(k + 1) : slot(k - 1)];
            y = x - (inserted ? k + 1 : k - 1);
            const auto old_line = static_cast<std::size_t>(x);
            const auto new_line = static_cast<std::size_t>(y);
            const Replacement single{old_line, old_line + (inserted ? 0U : 1U), new_line,
                                     new_line + (inserted ? 1U : 0U)};
            if (!found.empty() && found.back().old_begin == single.old_end &&
                found.back().new_begin == single.new_end) {
                found.back().old_begin = single.old_begin;
                found.back().new_begin = single.new_begin;
            } else {
                found.push_back(single);
            }
        }
        std::reverse(found.begin(), found.end());
        return found;
    }

    const Lines& a_;
    const Lines& b_;
    int n_;
    int m_;
    int most_;
    std::vector<int> furthest_;
    std::vector<std::vector<int>> history_; ///< `furthest_` before each round
};

/// "12,7"; a count of 1 is left out, and an empty range names the line before it.
std::string range(std::size_t begin, std::size_t count) {
    if (count == 1) return std::to_string(begin + 1);
    return std::to_string(count == 0 ? begin : begin + 1) + ',' + std::to_string(count);
}

void add_lines(std::string& text, char sign, const Lines& all, std::size_t begin, std::size_t end) {
    for (auto i = begin; i < end; ++i) {
        text += sign;
        text += all[i];
        if (all[i].back() != '\n') text += "\n\\ No newline at end of file\n";
    }
}

std::string diff_of(std::string_view before, std::string_view after, const std::string& old_name, const std::string& new_name) {
    if (before == after) return {};
    const auto a = whole_lines(before);
    const auto b = whole_lines(after);
    const auto changes = Search(a, b).run();
    std::string text = "--- " + old_name + "\n+++ " + new_name + '\n';
    for (auto first = changes.begin(); first != changes.end();) {
        // Changes whose contexts touch share a hunk.
        auto last = first;
        while (std::next(last) != changes.end() && std::next(last)->old_begin - last->old_end <= 2 * context)
            ++last;
        const auto lead = std::min(context, first->old_begin);
        const auto trail = std::min(context, a.size() - last->old_end);
        const auto old_begin = first->old_begin - lead;
        const auto new_begin = first->new_begin - lead;
        text += "@@ -" + range(old_begin, last->old_end + trail - old_begin) + " +" +
                range(new_begin, last->new_end + trail - new_begin) + " @@\n";
        auto copied = old_begin;
        for (auto change = first; change != std::next(last); ++change) {
            add_lines(text, ' ', a, copied, change->old_begin);
            add_lines(text, '-', a, change->old_begin, change->old_end);
            add_lines(text, '+', b, change->new_begin, change->new_end);
            copied = change->old_end;
        }
        add_lines(text, ' ', a, copied, last->old_end + trail);
        first = std::next(last);
    }
    return text;
}

} // namespace

std::string unified_diff(std::string_view before, std::string_view after, std::string_view name) {
    return diff_of(before, after, "a/" + std::string(name), "b/" + std::string(name));
}

std::string file_diff(const std::optional<std::string>& before, const std::optional<std::string>& after, std::string_view name) {
    const auto old_name = before ? "a/" + std::string(name) : "/dev/null";
    const auto new_name = after ? "b/" + std::string(name) : "/dev/null";
    const auto is_binary = [](const std::optional<std::string>& text) { return text && text->find('\0') != std::string::npos; };
    if (before != after && (is_binary(before) || is_binary(after))) return "Binary files " + old_name + " and " + new_name + " differ\n";
    return diff_of(before.value_or(""), after.value_or(""), old_name, new_name);
}

} // namespace slipway
