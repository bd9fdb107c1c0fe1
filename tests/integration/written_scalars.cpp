// Writes strings as YAML by the rule for scalars, in all contexts, for other people's readers.
//
//     one JSON string a line -> a YAML list with one map for each:
//         p, s, d  the string in the place of one that was plain, in single and in double quotes
//         f        a flow map with the same, and with a list `l`
//         l        a list
//         k        a map with the string as its key, and 1 as its value

#include "yaml/scalar.hpp"

#include <nlohmann/json.hpp>

#include <iostream>
#include <string>

using namespace slipway::yaml;

int main() {
    std::string line;
    while (std::getline(std::cin, line)) {
        const auto value = nlohmann::json::parse(line).get<std::string>();
        const auto plain = write_scalar(value, Style::plain);
        const auto single_quoted = write_scalar(value, Style::single_quoted);
        const auto double_quoted = write_scalar(value, Style::double_quoted);
        std::cout << "- p: " << plain << " # comment\n"
                  << "  s: " << single_quoted << "\n"
                  << "  d: " << double_quoted << "\n"
                  << "  f: {p: " << plain << ", s: " << single_quoted << ", d: " << double_quoted << ", l: [" << plain << ", " << plain << "]}\n"
                  << "  l:\n  - " << plain << "\n"
                  << "  k:\n    " << plain << ": 1\n";
    }
}
