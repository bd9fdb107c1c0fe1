#include "prometheus/query_answer.hpp"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <cstdlib>
#include <limits>
#include <utility>
#include <vector>

namespace slipway::prometheus {

namespace {

using Json = nlohmann::json;

/// Where in an answer the parser stands.
enum class At : std::uint8_t { root, data, result, series, metric, samples, sample, warnings, elsewhere };

class Reader {
public:
    explicit Reader(QueryResult& result) : result_(result) {}

    bool is_success() const { return status_ == "success" && has_result_ && type_fits(); }

    // What nlohmann::json::sax_parse calls; false ends the parsing.
    bool null() { return is_foreign(); }
    bool boolean(bool) { return is_foreign(); }
    bool number_integer(Json::number_integer_t value) { return number(static_cast<double>(value)); }
    bool number_unsigned(Json::number_unsigned_t value) { return number(static_cast<double>(value)); }
    bool number_float(Json::number_float_t value, const std::string&) { return number(value); }
    bool binary(Json::binary_t&) { return false; }

    bool string(std::string& value) {
        switch (at_.empty() ? At::elsewhere : at_.back()) {
        case At::root:
            if (key_ == "status") status_ = std::move(value);
            return true;
        case At::data:
            if (key_ == "resultType") type_ = std::move(value);
            return true;
        case At::metric: series().labels[key_] = std::move(value); return true;
        case At::warnings: result_.warnings.push_back(std::move(value)); return true;
        case At::sample: return end_of_sample(value);
        case At::result:
            // A scalar: its one sample is the result itself.
            if (!has_time_) return false;
            result_.series.emplace_back();
            return end_of_sample(value);
        default: return is_foreign();
        }
    }

    bool start_object(std::size_t) {
        if (at_.empty()) return enter(At::root);
        switch (at_.back()) {
        case At::root: return enter(key_ == "data" ? At::data : At::elsewhere);
        case At::result: result_.series.emplace_back(); return enter(At::series);
        case At::series: return enter(key_ == "metric" ? At::metric : At::elsewhere);
        case At::elsewhere: return enter(At::elsewhere);
        case At::data: return enter(At::elsewhere);
        default: return false;
        }
    }

    bool start_array(std::size_t) {
        if (at_.empty()) return false;
        switch (at_.back()) {
        case At::root: return enter(key_ == "warnings" ? At::warnings : At::elsewhere);
        case At::data:
            has_result_ = has_result_ || key_ == "result";
            return enter(key_ == "result" ? At::result : At::elsewhere);
        case At::series: return enter(key_ == "values" ? At::samples : key_ == "value" ? At::sample : At::elsewhere);
        case At::samples: return enter(At::sample);
        case At::elsewhere: return enter(At::elsewhere);
        default: return false;
        }
    }

    bool key(std::string& name) {
        key_ = std::move(name);
        return true;
    }

    bool end_object() { return leave(); }
    bool end_array() { return leave(); }
    bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception&) { return false; }

private:
    bool enter(At place) {
        at_.push_back(place);
        return true;
    }

    bool leave() {
        const auto place = at_.back();
        at_.pop_back();
        // A time without its value.
        return (place != At::sample && place != At::result) || !has_time_;
    }

    /// Fields that newer servers may add are passed over; inside of series and samples there are none.
    bool is_foreign() const { return !at_.empty() && (at_.back() == At::elsewhere || at_.back() == At::root || at_.back() == At::data || at_.back() == At::series); }

    bool number(double value) {
        if (at_.empty() || (at_.back() != At::sample && at_.back() != At::result)) return is_foreign();
        if (std::exchange(has_time_, true)) return false;
        time_ = value;
        return true;
    }

    bool end_of_sample(const std::string& value) {
        if (!std::exchange(has_time_, false)) return false;
        series().samples.push_back({time_, read_value(value)});
        return true;
    }

    bool type_fits() const { return type_ == "vector" || type_ == "matrix" || (type_ == "scalar" && result_.series.size() == 1); }

    Series& series() { return result_.series.back(); }

    QueryResult& result_;
    std::vector<At> at_;
    std::string key_;
    std::string status_;
    std::string type_;
    bool has_result_ = false;
    bool has_time_ = false;
    double time_ = 0;
};

} // namespace

double read_value(const std::string& text) {
    // strtod also reads what Prometheus writes for the values that JSON lacks: NaN, +Inf and -Inf.
    char* end = nullptr;
    const double number = std::strtod(text.c_str(), &end);
    // A text that is no number must not become 0: who compares or adds cannot mistake this for a value.
    return text.empty() || end != text.c_str() + text.size() ? std::numeric_limits<double>::quiet_NaN() : number;
}

bool read_query_answer(const std::string& body, QueryResult& result) {
    Reader reader(result);
    return Json::sax_parse(body, &reader) && reader.is_success();
}

} // namespace slipway::prometheus
