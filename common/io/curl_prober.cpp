#include "io/prober.hpp"

#include "core/error.hpp"
#include "core/text.hpp"
#include "io/authorities.hpp"
#include "io/curl_handles.hpp"
#include "io/descriptor.hpp"

#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <limits>
#include <unordered_map>
#include <utility>

namespace slipway::io {

namespace {

constexpr std::size_t most_header_bytes = 256 * 1024;
constexpr long seconds_names_are_kept = 1;
constexpr const char* system_authorities = "/etc/ssl/certs/ca-certificates.crt";

/// A file without a name, which ends with this process.
Descriptor keep_in_memory(const std::string& text) {
    Descriptor file(::memfd_create("authorities", MFD_CLOEXEC));
    std::size_t written = 0;
    while (file && written < text.size()) {
        const auto count = ::write(file.get(), text.data() + written, text.size() - written);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) file = Descriptor();
        else written += static_cast<std::size_t>(count);
    }
    if (!file) throw world_failure(std::string("cannot keep certificate authorities in memory: ") + std::strerror(errno));
    return file;
}

/// One probe under way.
struct Transfer {
    Easy easy = {};
    std::array<char, CURL_ERROR_SIZE> words{};
    ProbeAnswer answer = {};
    std::size_t most_bytes = 0;
    std::size_t header_bytes = 0;
    bool full = false;        ///< the body is longer than what is read of it
    int no_socket = 0;        ///< errno
    int sent = 0;             ///< how often
};

std::size_t on_body(char* data, std::size_t, std::size_t size, void* user) {
    auto& transfer = *static_cast<Transfer*>(user);
    auto& body = transfer.answer.response.body;
    const auto taken = std::min(size, transfer.most_bytes - body.size());
    body.append(data, taken);
    if (taken == size) return size;
    transfer.full = true;
    return CURL_WRITEFUNC_ERROR;
}

std::size_t on_header(char* data, std::size_t, std::size_t size, void* user) {
    auto& transfer = *static_cast<Transfer*>(user);
    auto& response = transfer.answer.response;
    const std::string_view line(data, size);
    if (const auto status = status_in(line)) {
        response = {.status = *status, .headers = {}, .body = {}}; // the one before was "103 Early Hints"
    } else if (const auto header = header_in(line); header && (transfer.header_bytes += size) <= most_header_bytes) {
        response.headers.push_back(*header);
    }
    return size;
}

/// A program that runs meanwhile must not keep our connections open.
curl_socket_t open_socket(void* user, curlsocktype, curl_sockaddr* address) {
    const int fd = ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
    if (fd < 0) static_cast<Transfer*>(user)->no_socket = errno;
    return fd < 0 ? CURL_SOCKET_BAD : fd;
}

int on_sending(void* user, char*, char*, int, int) {
    ++static_cast<Transfer*>(user)->sent;
    return CURL_PREREQFUNC_OK;
}

template <class Number> Number info(CURL* easy, CURLINFO what) {
    Number number = 0;
    curl().easy_getinfo(easy, what, &number);
    return number;
}

/// Says why there is no answer, or no whole one.
void describe(Transfer& transfer, CURLcode code, Duration timeout) {
    auto& answer = transfer.answer;
    auto* easy = transfer.easy.get();
    const auto fail = [&](ProbeFailure failure, std::string reason) {
        answer.failure = failure;
        answer.reason = std::move(reason);
    };
    // Of libcurl's words with a server's in them.
    const auto words = visible(transfer.words[0] != '\0' ? transfer.words.data() : curl().easy_strerror(code));
    const auto system_error = static_cast<int>(info<long>(easy, CURLINFO_OS_ERRNO));
    const auto is_shortage = [](int error) { return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM || error == EADDRNOTAVAIL; };
    switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST: return fail(ProbeFailure::name, "the name has no address: " + words);
    case CURLE_COULDNT_RESOLVE_PROXY: return fail(ProbeFailure::name, "the proxy's name has no address: " + words);
    case CURLE_COULDNT_CONNECT:
        if (is_shortage(transfer.no_socket)) return fail(ProbeFailure::ours, std::string("this machine cannot connect: ") + std::strerror(transfer.no_socket));
        if (is_shortage(system_error)) return fail(ProbeFailure::ours, std::string("this machine cannot connect: ") + std::strerror(system_error));
        if (system_error == EHOSTUNREACH || system_error == ENETUNREACH) return fail(ProbeFailure::route, "no route to the host");
        if (system_error == ECONNREFUSED) return fail(ProbeFailure::connection, "connection refused");
        // By a server that stopped listening before it took it.
        if (system_error == ECONNRESET) return fail(ProbeFailure::connection, "connection reset");
        // libcurl's words name the milliseconds, so that no two failures would be alike; now and then it does not know the error.
        return fail(ProbeFailure::connection, system_error == 0 ? "no connection" : std::string("no connection: ") + std::strerror(system_error));
    case CURLE_OPERATION_TIMEDOUT: {
        const auto within = " within " + format_duration(timeout);
        if (answer.response.status != 0) return fail(ProbeFailure::timeout, "the answer did not end" + within);
        if (info<curl_off_t>(easy, CURLINFO_PRETRANSFER_TIME_T) != 0) return fail(ProbeFailure::timeout, "no answer" + within);
        return fail(ProbeFailure::timeout, (info<curl_off_t>(easy, CURLINFO_NAMELOOKUP_TIME_T) != 0 ? "no connection" : "the name was not looked up") + within);
    }
    case CURLE_PEER_FAILED_VERIFICATION: return fail(ProbeFailure::certificate, "TLS: " + words);
    case CURLE_SSL_CONNECT_ERROR: return fail(ProbeFailure::connection, "TLS: " + words);
    case CURLE_GOT_NOTHING: return fail(ProbeFailure::connection, "the connection was closed without an answer");
    case CURLE_PARTIAL_FILE: return fail(ProbeFailure::connection, "the answer ended too early");
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
        return fail(ProbeFailure::connection, system_error == ECONNRESET || system_error == EPIPE || words.find("reset by peer") != std::string::npos ? "connection reset" : words);
    case CURLE_OUT_OF_MEMORY:
    case CURLE_FAILED_INIT: return fail(ProbeFailure::ours, "this machine cannot send it: " + words);
    default: return fail(ProbeFailure::connection, words);
    }
}

class CurlProber final : public Prober {
public:
    CurlProber(ProberSettings settings, const Cancellation& cancellation) : settings_(std::move(settings)), cancellation_(cancellation) {
        const auto& http = settings_.http;
        for (const auto& url : settings_.urls) refuse_unprotected_credentials(url, {}, http);
        DiskFiles files(cancellation_);
        if (!http.ca_file.empty()) {
            authorities_ = keep_in_memory(authorities_with(http.ca_file, files));
            authorities_path_ = "/proc/self/fd/" + std::to_string(authorities_.get());
        } else if (files.kind(system_authorities) == FileKind::file) {
            authorities_path_ = system_authorities;
        }
        for (const auto& file : {http.client_certificate, http.client_key}) {
            if (!file.empty()) files.read(file);
        }
        multi_.reset(curl().multi_init());
        if (!multi_) throw world_failure("cannot start to send probes: out of memory");
        for (const auto& header : http.headers) append(headers_, header_line(header));
        for (const auto& place : settings_.resolve) append(resolve_, place);
    }

    ~CurlProber() override {
        for (const auto& transfer : transfers_) curl().multi_remove_handle(multi_.get(), transfer.first);
    }

    void send(std::uint64_t number, std::size_t url) override {
        auto transfer = std::make_unique<Transfer>();
        transfer->answer.number = number;
        transfer->most_bytes = settings_.most_bytes;
        transfer->easy.reset(curl().easy_init());
        auto* easy = transfer->easy.get();
        if (easy != nullptr) prepare(*transfer, settings_.urls[url]);
        if (easy == nullptr || curl().multi_add_handle(multi_.get(), easy) != CURLM_OK) {
            transfer->answer.failure = ProbeFailure::ours;
            transfer->answer.reason = "this machine cannot send it: out of memory";
            answers_.push_back(std::move(transfer->answer));
            return;
        }
        transfers_.emplace(easy, std::move(transfer));
    }

    std::vector<ProbeAnswer> wait(Duration longest) override {
        move_on();
        if (answers_.empty()) {
            curl_waitfd signal = {.fd = cancellation_.fd(), .events = CURL_WAIT_POLLIN, .revents = 0};
            constexpr Duration::rep most = std::numeric_limits<int>::max();
            curl().multi_poll(multi_.get(), &signal, 1, static_cast<int>(std::clamp<Duration::rep>(longest.count(), 0, most)), nullptr);
            move_on();
        }
        return std::exchange(answers_, {});
    }

    void wake() noexcept override { curl().multi_wakeup(multi_.get()); }

private:
    void prepare(Transfer& transfer, const std::string& url) {
        auto* easy = transfer.easy.get();
        const auto set = [&](CURLoption option, auto value) { curl().easy_setopt(easy, option, value); };
        set(CURLOPT_ERRORBUFFER, transfer.words.data());
        set(CURLOPT_URL, url.c_str());
        set(CURLOPT_PROTOCOLS_STR, "http,https");
        set(CURLOPT_NOSIGNAL, 1L);
        set(CURLOPT_USERAGENT, "slipway");
        constexpr Duration::rep most = std::numeric_limits<int>::max(); // libcurl refuses more, and would then wait for ever
        const auto timeout = static_cast<long>(std::min(settings_.timeout.count(), most));
        set(CURLOPT_TIMEOUT_MS, timeout);
        set(CURLOPT_CONNECTTIMEOUT_MS, timeout);
        set(CURLOPT_DNS_CACHE_TIMEOUT, seconds_names_are_kept);
        set(CURLOPT_QUICK_EXIT, 1L); // a look-up that hangs would hold up all others when it is given up
        set(CURLOPT_HTTPHEADER, headers_.get());
        set(CURLOPT_WRITEFUNCTION, on_body);
        set(CURLOPT_WRITEDATA, &transfer);
        set(CURLOPT_HEADERFUNCTION, on_header);
        set(CURLOPT_HEADERDATA, &transfer);
        set(CURLOPT_OPENSOCKETFUNCTION, open_socket);
        set(CURLOPT_OPENSOCKETDATA, &transfer);
        set(CURLOPT_PREREQFUNCTION, on_sending);
        set(CURLOPT_PREREQDATA, &transfer);
        if (!settings_.keep_connections) {
            set(CURLOPT_FRESH_CONNECT, 1L);
            set(CURLOPT_FORBID_REUSE, 1L);
            set(CURLOPT_SSL_SESSIONID_CACHE, 0L); // in a session that goes on nobody looks at the certificate
        }
        set_proxy(easy, url);
        if (resolve_) {
            set(CURLOPT_RESOLVE, resolve_.get());
            if (is_resolved(url)) set(CURLOPT_PROXY, "");
        }
        if (!authorities_path_.empty()) {
            // libcurl keeps what it has read of a file, but not with a folder beside it, nor of a text: reading takes 20 ms, for each connection.
            set(CURLOPT_CAINFO, authorities_path_.c_str());
            set(CURLOPT_CAPATH, static_cast<const char*>(nullptr));
        }
        set_certificates(easy, settings_.http, true);
    }

    bool is_resolved(const std::string& url) const {
        const auto parts = split_url(url);
        const auto place = parts ? parts->host + ':' + parts->port + ':' : std::string();
        return std::any_of(settings_.resolve.begin(), settings_.resolve.end(), [&](const std::string& one) { return lower(one).rfind(place, 0) == 0; });
    }

    void move_on() {
        int running = 0;
        if (const auto code = curl().multi_perform(multi_.get(), &running); code != CURLM_OK) throw world_failure("cannot send probes: libcurl fails with code " + std::to_string(code));
        int left = 0;
        while (const auto* message = curl().multi_info_read(multi_.get(), &left)) {
            if (message->msg != CURLMSG_DONE) continue;
            const auto code = message->data.result;
            const auto ended = transfers_.find(message->easy_handle);
            curl().multi_remove_handle(multi_.get(), ended->first);
            finish(*ended->second, code);
            transfers_.erase(ended);
        }
    }

    void finish(Transfer& transfer, CURLcode code) {
        auto& answer = transfer.answer;
        answer.took = std::chrono::duration_cast<Duration>(std::chrono::microseconds(info<curl_off_t>(transfer.easy.get(), CURLINFO_TOTAL_TIME_T)));
        answer.repeated = std::max(transfer.sent - 1, 0);
        if (code != CURLE_OK && !transfer.full) describe(transfer, code, settings_.timeout);
        answers_.push_back(std::move(answer));
    }

    ProberSettings settings_;
    const Cancellation& cancellation_;
    Descriptor authorities_;
    std::string authorities_path_;
    List headers_;
    List resolve_;
    Multi multi_;
    std::unordered_map<CURL*, std::unique_ptr<Transfer>> transfers_; ///< ends before what its handles belong to
    std::vector<ProbeAnswer> answers_;
};

} // namespace

std::unique_ptr<Prober> make_curl_prober(ProberSettings settings, const Cancellation& cancellation) {
    return std::make_unique<CurlProber>(std::move(settings), cancellation);
}

} // namespace slipway::io
