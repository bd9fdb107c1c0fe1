#include "push-rules/check/metric_source.hpp"

#include "core/text.hpp"
#include "io/limits.hpp"

#include <algorithm>
#include <functional>
#include <optional>

namespace slipway::push_rules {

namespace {

constexpr const char* accepted = "application/openmetrics-text;version=1.0.0;q=0.8,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.6,text/plain;version=0.0.4;q=0.5,*/*;q=0.1";
constexpr Duration pause_between_tries{500};

/// The scheme, host and port of a URL.
std::string origin_of(const std::string& url) {
    const auto host = url.find("://");
    const auto path = host == std::string::npos ? std::string::npos : url.find_first_of("/?#", host + 3);
    return url.substr(0, path);
}

void add(const io::Response& response, const std::string& shown, prometheus::MetricCatalog& catalog) {
    const auto format = prometheus::exposition_format(response.header("Content-Type").value_or(""), response.body);
    if (auto problem = catalog.add(response.body, format, shown)) throw Error(ExitCode::misuse, std::move(*problem));
}

void warm_up(const std::string& url, const MetricRequest& request, io::HttpClient& client, io::Log& log) {
    for (const auto& text : request.warm_up) {
        const auto blank = text.find(' ');
        const auto path = std::string(trim(std::string_view(text).substr(blank)));
        const auto answer = client.send({.method = text.substr(0, blank), .url = origin_of(url) + path, .retry = {.attempts = 1}});
        log.info("warm-up: " + text + " was answered with status " + std::to_string(answer.status));
    }
}

io::Response scrape(const std::string& url, io::HttpClient& client, int attempts) {
    return client.send({.url = url, .headers = {{"Accept", accepted}}, .timeout = Duration{10'000}, .retry = {.attempts = attempts}});
}

std::unique_ptr<io::HttpClient> client_for(const MetricRequest& request, const std::string& url, cli::Context& context) {
    cli::ServerOptions server;
    server.url = url;
    return cli::connect(server, request.tls, context);
}

void add_from_url(const std::string& url, const MetricRequest& request, cli::Context& context, prometheus::MetricCatalog& catalog) {
    const auto client = client_for(request, url, context);
    warm_up(url, request, *client, context.log);
    const auto response = scrape(url, *client, 4);
    const auto shown = io::url_for_people(url);
    if (!response.ok()) throw world_failure("GET " + shown + ": status " + std::to_string(response.status) + ": the metrics cannot be read");
    add(response, shown, catalog);
}

/// A container that is gone when this object is.
class Container {
public:
    Container(io::Processes& processes, std::vector<std::string> removal) : processes_(processes), removal_(std::move(removal)) {}
    ~Container() {
        try {
            processes_.run({.argv = removal_, .timeout = Duration{20'000}, .tidies_up = true});
        } catch (...) { // nobody is left to tell
        }
    }
    Container(const Container&) = delete;
    Container& operator=(const Container&) = delete;

private:
    io::Processes& processes_;
    std::vector<std::string> removal_;
};

std::string run_for_output(io::Processes& processes, std::vector<std::string> argv, const std::string& what) {
    const auto result = processes.run({.argv = std::move(argv), .timeout = Duration{600'000}});
    if (!result.ok()) throw world_failure("cannot start " + what + ": " + one_line(trim(result.err).substr(0, 500)));
    return std::string(trim(result.out));
}

/// Tries until the service answers; it may take its time to listen.
class Patience {
public:
    Patience(const std::string& image, const std::string& url, const MetricRequest& request, cli::Context& context) : image_(image), url_(url), request_(request), context_(context), client_(client_for(request, url, context)), deadline_(context.clock.steady() + request.patience) {}

    /// One try. @return the metrics, when there are some
    std::optional<io::Response> try_once() {
        std::string failure;
        try {
            if (!warm_) {
                scrape(url_, *client_, 1); // it answers at all
                warm_up(url_, request_, *client_, context_.log);
                warm_ = true;
            }
            auto response = scrape(url_, *client_, 1);
            if (response.ok()) return response;
            failure = "status " + std::to_string(response.status);
        } catch (const Error& error) {
            failure = error.what();
        }
        if (context_.clock.steady() >= deadline_) {
            throw world_failure("the image " + image_ + " shows no metrics on port " + std::to_string(request_.port) + " at " + request_.path + " within " + format_duration(request_.patience) + ": " + failure, "--port and --path say where it shows them");
        }
        context_.log.progress("waiting for the metrics of " + image_);
        return std::nullopt;
    }

private:
    const std::string& image_;
    const std::string& url_;
    const MetricRequest& request_;
    cli::Context& context_;
    std::unique_ptr<io::HttpClient> client_;
    std::chrono::steady_clock::time_point deadline_;
    bool warm_ = false;
};

io::Response ask_with_podman(const std::string& image, const MetricRequest& request, cli::Context& context) {
    auto& processes = context.processes;
    const auto port = std::to_string(request.port);
    const auto id = run_for_output(processes, {"podman", "run", "--detach", "--publish", "127.0.0.1::" + port, "--", image}, "the image " + image);
    const auto name = id.substr(id.rfind('\n') + 1);
    const Container container(processes, {"podman", "rm", "--force", "--time", "1", name});
    const auto address = run_for_output(processes, {"podman", "port", name, port + "/tcp"}, "the image " + image);
    const auto url = "http://" + address.substr(0, address.find('\n')) + request.path;
    Patience patience(image, url, request, context);
    while (true) {
        if (auto response = patience.try_once()) return *response;
        const auto running = processes.run({.argv = {"podman", "inspect", "--format", "{{.State.Running}}", name}, .timeout = Duration{20'000}});
        if (running.ok() && trim(running.out) == "false") {
            const auto logs = processes.run({.argv = {"podman", "logs", "--tail", "20", name}, .timeout = Duration{20'000}});
            throw world_failure("the image " + image + " ended before it showed metrics: " + one_line(trim(logs.out + logs.err).substr(0, 800)));
        }
        context.clock.sleep_for(pause_between_tries);
    }
}

/// Its command in the image's own configuration.
std::vector<std::string> command_of(const std::string& container, io::Processes& processes, const std::string& image) {
    std::vector<std::string> argv = {"buildah", "run", "--isolation", "chroot"};
    const auto format = [&](const char* field) {
        return run_for_output(processes, {"buildah", "inspect", "--format", std::string("{{range .OCIv1.Config.") + field + "}}{{.}}{{\"\\n\"}}{{end}}", container}, "the image " + image);
    };
    argv.push_back("--");
    argv.push_back(container);
    for (const auto* field : {"Entrypoint", "Cmd"}) {
        const auto text = format(field);
        for (const auto part : lines(std::string_view(text))) argv.emplace_back(part);
    }
    if (argv.size() == 6) throw world_failure("cannot start the image " + image + ": it says neither entrypoint nor command");
    return argv;
}

/// Thrown out of the running command when its metrics are there: the process ends with it.
struct Answered {
    io::Response response;
};

io::Response ask_with_buildah(const std::string& image, const MetricRequest& request, cli::Context& context) {
    auto& processes = context.processes;
    std::vector<std::string> from = {"buildah", "from"};
    for (const auto& word : io::limits_for_buildah(context.files)) from.push_back(word);
    from.insert(from.end(), {"--", image});
    const auto name = run_for_output(processes, from, "the image " + image);
    const auto container = name.substr(name.rfind('\n') + 1);
    const Container removal(processes, {"buildah", "rm", container});
    const auto url = "http://127.0.0.1:" + std::to_string(request.port) + request.path;
    Patience patience(image, url, request, context);
    io::Command command{.argv = command_of(container, processes, image)};
    auto next = context.clock.steady() + pause_between_tries;
    command.on_wait = [&] {
        if (context.clock.steady() < next) return;
        if (auto response = patience.try_once()) throw Answered{std::move(*response)};
        next = context.clock.steady() + pause_between_tries;
    };
    try {
        const auto result = processes.run(command);
        throw world_failure("the image " + image + " ended (" + how_it_ended(result) + ") before it showed metrics: " + one_line(trim(result.out + result.err).substr(0, 800)));
    } catch (Answered& answered) {
        return std::move(answered.response);
    }
}

} // namespace

bool is_url(const std::string& source) { return source.rfind("http://", 0) == 0 || source.rfind("https://", 0) == 0; }

std::string why_no_warm_up(const std::string& text) {
    const auto blank = text.find(' ');
    const auto method = text.substr(0, blank);
    const auto path = blank == std::string::npos ? std::string_view() : trim(std::string_view(text).substr(blank));
    const bool right = !method.empty() && std::all_of(method.begin(), method.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
    if (!right || path.empty() || path.front() != '/') return "'" + visible(text) + "' is no method and path";
    return {};
}

void add_metrics(const std::string& source, const MetricRequest& request, cli::Context& context, prometheus::MetricCatalog& catalog) {
    if (is_url(source)) return add_from_url(source, request, context, catalog);
    const auto text = context.files.read(source);
    if (auto problem = catalog.add(text, prometheus::exposition_format({}, text), source)) throw Error(ExitCode::misuse, std::move(*problem));
}

void add_metrics_of_image(const std::string& image, const MetricRequest& request, cli::Context& context, prometheus::MetricCatalog& catalog) {
    const bool podman = context.processes.has("podman");
    if (!podman && !context.processes.has("buildah")) throw world_failure("cannot start the image " + image + ": neither podman nor buildah is on the PATH");
    add(podman ? ask_with_podman(image, request, context) : ask_with_buildah(image, request, context), image, catalog);
}

} // namespace slipway::push_rules
