#include "io/http.hpp"

#include "core/error.hpp"
#include "core/text.hpp"
#include "io/authorities.hpp"
#include "io/curl_handles.hpp"
#include "io/descriptor.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <limits>

namespace slipway::io {

namespace {

bool is_redirect(int status) { return status == 301 || status == 302 || status == 303 || status == 307 || status == 308; }

constexpr int most_redirects = 5;

/// Whether asking again could help.
bool is_lasting(CURLcode code) {
    switch (code) {
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_WRITE_ERROR: // we refused the answer
    case CURLE_READ_ERROR:
    case CURLE_ABORTED_BY_CALLBACK: return true;
    default: return false;
    }
}

constexpr Duration connect_timeout{10'000};

/// Where one transfer goes: a request, or the place that it was redirected to.
struct Hop {
    std::string url;
    bool trusted = true; ///< still the server that our credentials are for
    Duration timeout{0};
};

/// What one transfer collects.
struct Transfer {
    const Request& request;
    Response response;
    bool too_large = false;
    Descriptor body_file;
    std::uint64_t sent = 0;
    Descriptor into;
    std::uint64_t received = 0;
    std::string disk_error; ///< why `into` could not be written
};

bool write_all(int fd, const char* data, std::size_t size) {
    while (size > 0) {
        const auto count = ::write(fd, data, size);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return false;
        data += count;
        size -= static_cast<std::size_t>(count);
    }
    return true;
}

std::size_t on_body(char* data, std::size_t, std::size_t size, void* user) {
    auto& transfer = *static_cast<Transfer*>(user);
    transfer.received += size;
    if (transfer.received > transfer.request.most_bytes) {
        transfer.too_large = true;
        return 0;
    }
    if (!transfer.into || !transfer.response.ok()) {
        transfer.response.body.append(data, size);
    } else if (!write_all(transfer.into.get(), data, size)) {
        transfer.disk_error = std::strerror(errno);
        return 0;
    }
    return size;
}

std::size_t on_header(char* data, std::size_t, std::size_t size, void* user) {
    auto& response = static_cast<Transfer*>(user)->response;
    const std::string_view line(data, size);
    if (const auto status = status_in(line)) {
        response.headers.clear(); // the answer before was a redirect or "100 Continue"
        response.status = *status;
    } else if (const auto header = header_in(line)) {
        response.headers.push_back(*header);
    }
    return size;
}

std::size_t on_read(char* buffer, std::size_t, std::size_t size, void* user) {
    auto& transfer = *static_cast<Transfer*>(user);
    if (const auto* text = std::get_if<std::string>(&transfer.request.body)) {
        const auto count = std::min<std::size_t>(size, text->size() - transfer.sent);
        std::memcpy(buffer, text->data() + transfer.sent, count);
        transfer.sent += count;
        return count;
    }
    const auto count = ::read(transfer.body_file.get(), buffer, size);
    if (count < 0) return CURL_READFUNC_ABORT;
    transfer.sent += static_cast<std::size_t>(count);
    if (transfer.request.on_sent) transfer.request.on_sent(transfer.sent);
    return static_cast<std::size_t>(count);
}

off_t start_of(const Request& request) { return static_cast<off_t>(std::get<FileBody>(request.body).from); }

int on_seek(void* user, curl_off_t offset, int origin) {
    auto& transfer = *static_cast<Transfer*>(user);
    if (origin != SEEK_SET) return CURL_SEEKFUNC_CANTSEEK;
    transfer.sent = static_cast<std::uint64_t>(offset);
    if (!transfer.body_file) return CURL_SEEKFUNC_OK;
    return ::lseek(transfer.body_file.get(), start_of(transfer.request) + offset, SEEK_SET) < 0 ? CURL_SEEKFUNC_FAIL : CURL_SEEKFUNC_OK;
}

class CurlClient final : public HttpClient {
public:
    CurlClient(HttpSettings settings, const Cancellation& cancellation)
        : settings_(std::move(settings)), cancellation_(cancellation) {
        multi_.reset(curl().multi_init());
        easy_.reset(curl().easy_init());
        if (!multi_ || !easy_) throw world_failure("cannot start the HTTP client: out of memory");
        DiskFiles files(cancellation_);
        if (!settings_.ca_file.empty()) authorities_ = authorities_with(settings_.ca_file, files);
        // libcurl would tell a missing file from a wrong one only at the first request.
        for (const auto& file : {settings_.client_certificate, settings_.client_key}) {
            if (!file.empty()) files.read(file);
        }
        const auto* bearer = std::get_if<BearerAuth>(&settings_.auth);
        if (bearer != nullptr && bearer->token.reveal().find_first_of("\r\n") != std::string::npos) {
            throw misuse("cannot use the token: it holds a line break");
        }
    }

    Response send(const Request& request) override {
        cancellation_.check();
        refuse_unprotected_credentials(request.url, request.headers, settings_);
        const auto started = std::chrono::steady_clock::now();
        // libcurl would follow redirects as well, and take the headers that hold our secrets along to another server.
        const bool follows = request.method == "GET" || request.method == "HEAD";
        Hop hop{.url = request.url, .timeout = request.timeout};
        for (int redirects = 0;; ++redirects) {
            std::string next;
            auto response = transfer(request, hop, next);
            if (!follows || !is_redirect(response.status) || next.empty()) return response;
            const auto where = request.method + ' ' + url_for_people(request.url) + ": redirected ";
            if (redirects == most_redirects) throw LastingError(where + "more than " + std::to_string(most_redirects) + " times");
            if (!split_url(next)) throw LastingError(where + "to '" + visible(url_for_people(next)) + "', which is no http:// or https:// URL");
            hop.trusted = hop.trusted && is_same_server(request.url, next);
            hop.url = next;
            if (request.timeout.count() > 0) {
                const auto spent = std::chrono::duration_cast<Duration>(std::chrono::steady_clock::now() - started);
                hop.timeout = std::max(Duration{1}, request.timeout - spent);
            }
        }
    }

private:
    /// @param next  gets the URL that the answer redirects to
    Response transfer(const Request& request, const Hop& hop, std::string& next) {
        Transfer transfer{.request = request, .response = {}, .body_file = {}, .into = {}, .disk_error = {}};
        if (!request.into.empty()) {
            transfer.into = Descriptor(::open(request.into.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
            if (!transfer.into) throw LastingError("cannot write " + request.into.string() + ": " + std::strerror(errno));
        }
        curl().easy_reset(easy_.get());
        std::array<char, CURL_ERROR_SIZE> words{};
        curl().easy_setopt(easy_.get(), CURLOPT_ERRORBUFFER, words.data());
        struct Forget {
            CURL* easy;
            ~Forget() { curl().easy_reset(easy); } // the handle outlives what its options point to
        } const forget{easy_.get()};
        const auto lists = prepare(request, hop, transfer);
        const auto code = perform();
        if (code != CURLE_OK) throw_failure(request, hop, transfer, code, words.data());
        long status = 0;
        curl().easy_getinfo(easy_.get(), CURLINFO_RESPONSE_CODE, &status);
        transfer.response.status = static_cast<int>(status);
        const char* redirect = nullptr;
        curl().easy_getinfo(easy_.get(), CURLINFO_REDIRECT_URL, &redirect);
        if (redirect != nullptr) next = redirect;
        return std::move(transfer.response);
    }

    /// What libcurl does not copy.
    struct Lists {
        List headers;
        List connect_to;
    };

    Lists prepare(const Request& request, const Hop& hop, Transfer& transfer) {
        auto* easy = easy_.get();
        Lists lists;
        auto& headers = lists.headers;
        const auto add = [&](const Header& header) {
            if (hop.trusted || !is_credential_header(header.name)) append(headers, header_line(header));
        };
        for (const auto& header : settings_.headers) add(header);
        if (hop.trusted) {
            for (const auto& header : settings_.secret_headers) append(headers, header_line(header));
        }
        for (const auto& header : request.headers) add(header);
        append(headers, "Expect:"); // a server that ignores it costs a second per request

        curl().easy_setopt(easy, CURLOPT_URL, hop.url.c_str());
        if (!settings_.unix_socket.empty()) curl().easy_setopt(easy, CURLOPT_UNIX_SOCKET_PATH, settings_.unix_socket.c_str());
        curl().easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
        curl().easy_setopt(easy, CURLOPT_USERAGENT, "slipway");
        curl().easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "");
        curl().easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
        constexpr Duration::rep most = std::numeric_limits<int>::max(); // libcurl refuses more, and would then wait for ever
        const auto timeout = std::min(hop.timeout.count(), most);
        curl().easy_setopt(easy, CURLOPT_TIMEOUT_MS, static_cast<long>(timeout));
        curl().easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(timeout > 0 ? std::min(timeout, connect_timeout.count()) : connect_timeout.count()));
        if (request.stall.count() > 0) {
            curl().easy_setopt(easy, CURLOPT_LOW_SPEED_LIMIT, 1L);
            curl().easy_setopt(easy, CURLOPT_LOW_SPEED_TIME, static_cast<long>((request.stall.count() + 999) / 1000));
        }
        curl().easy_setopt(easy, CURLOPT_HTTPHEADER, headers.get());
        curl().easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
        curl().easy_setopt(easy, CURLOPT_WRITEDATA, &transfer);
        curl().easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
        curl().easy_setopt(easy, CURLOPT_HEADERDATA, &transfer);
        if (hop.trusted && !settings_.tls_server_name.empty()) lists.connect_to = prepare_name(hop);
        if (settings_.past_proxies) curl().easy_setopt(easy, CURLOPT_PROXY, "");
        else set_proxy(easy, hop.url);
        if (hop.trusted) prepare_authentication();
        prepare_tls(hop);
        if (request.retry.own_connection) {
            curl().easy_setopt(easy, CURLOPT_FRESH_CONNECT, 1L);
            curl().easy_setopt(easy, CURLOPT_FORBID_REUSE, 1L);
        }
        prepare_body(request, transfer);
        return lists;
    }

    /// Another name in the certificate than in the URL: the URL gets that name, and the connection goes where it went.
    List prepare_name(const Hop& hop) {
        List connect_to;
        const auto parts = split_url(hop.url);
        if (!parts || parts->scheme != "https") return connect_to;
        const auto begin = hop.url.find("://") + 3;
        const auto end = std::min(hop.url.find_first_of("/?#", begin), hop.url.size());
        const auto& name = settings_.tls_server_name;
        const auto host = parts->host.find(':') == std::string::npos ? parts->host : '[' + parts->host + ']';
        append(connect_to, name + ':' + parts->port + ':' + host + ':' + parts->port);
        curl().easy_setopt(easy_.get(), CURLOPT_CONNECT_TO, connect_to.get());
        curl().easy_setopt(easy_.get(), CURLOPT_URL, (hop.url.substr(0, begin) + name + ':' + parts->port + hop.url.substr(end)).c_str());
        return connect_to;
    }

    void prepare_authentication() {
        auto* easy = easy_.get();
        if (const auto* bearer = std::get_if<BearerAuth>(&settings_.auth)) {
            curl().easy_setopt(easy, CURLOPT_HTTPAUTH, CURLAUTH_BEARER);
            const auto token = bearer->current ? bearer->current() : bearer->token;
            curl().easy_setopt(easy, CURLOPT_XOAUTH2_BEARER, token.reveal().c_str());
        } else if (const auto* basic = std::get_if<BasicAuth>(&settings_.auth)) {
            curl().easy_setopt(easy, CURLOPT_HTTPAUTH, CURLAUTH_BASIC);
            curl().easy_setopt(easy, CURLOPT_USERNAME, basic->user.c_str());
            curl().easy_setopt(easy, CURLOPT_PASSWORD, basic->password.reveal().c_str());
        }
    }

    void prepare_tls(const Hop& hop) {
        auto* easy = easy_.get();
        if (!authorities_.empty()) {
            curl_blob blob = {.data = authorities_.data(), .len = authorities_.size(), .flags = CURL_BLOB_NOCOPY};
            curl().easy_setopt(easy, CURLOPT_CAINFO_BLOB, &blob);
        }
        set_certificates(easy, settings_, hop.trusted);
    }

    void prepare_body(const Request& request, Transfer& transfer) {
        auto* easy = easy_.get();
        const bool has_body = !std::holds_alternative<std::monostate>(request.body);
        if (request.method == "HEAD") curl().easy_setopt(easy, CURLOPT_NOBODY, 1L);
        if (has_body) {
            curl_off_t size = 0;
            if (const auto* text = std::get_if<std::string>(&request.body)) {
                size = static_cast<curl_off_t>(text->size());
            } else {
                const auto& path = std::get<FileBody>(request.body).path;
                transfer.body_file = Descriptor(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
                struct stat status = {};
                if (!transfer.body_file || ::fstat(transfer.body_file.get(), &status) != 0) {
                    throw misuse("cannot read " + path.string() + ": " + std::strerror(errno));
                }
                if (!S_ISREG(status.st_mode)) throw misuse("cannot send " + path.string() + ": it is no regular file");
                if (start_of(request) > status.st_size || ::lseek(transfer.body_file.get(), start_of(request), SEEK_SET) < 0) {
                    throw misuse("cannot send " + path.string() + ": it is shorter than before");
                }
                size = status.st_size - start_of(request);
            }
            curl().easy_setopt(easy, CURLOPT_UPLOAD, 1L);
            curl().easy_setopt(easy, CURLOPT_INFILESIZE_LARGE, size);
            curl().easy_setopt(easy, CURLOPT_READFUNCTION, on_read);
            curl().easy_setopt(easy, CURLOPT_READDATA, &transfer);
            curl().easy_setopt(easy, CURLOPT_SEEKFUNCTION, on_seek);
            curl().easy_setopt(easy, CURLOPT_SEEKDATA, &transfer);
        } else if (request.method == "POST" || request.method == "PUT" || request.method == "PATCH") {
            curl().easy_setopt(easy, CURLOPT_POSTFIELDS, "");
            curl().easy_setopt(easy, CURLOPT_POSTFIELDSIZE, 0L);
        }
        if (request.method != "HEAD") curl().easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request.method.c_str());
    }

    CURLcode perform() {
        curl().multi_add_handle(multi_.get(), easy_.get());
        struct Removal {
            CURLM* multi;
            CURL* easy;
            ~Removal() { curl().multi_remove_handle(multi, easy); }
        } const removal{multi_.get(), easy_.get()};

        for (int running = 1; running > 0;) {
            if (const auto code = curl().multi_perform(multi_.get(), &running); code != CURLM_OK) return CURLE_FAILED_INIT;
            if (running == 0) break;
            curl_waitfd signal = {.fd = cancellation_.fd(), .events = CURL_WAIT_POLLIN, .revents = 0};
            curl().multi_poll(multi_.get(), &signal, 1, 1000, nullptr);
            cancellation_.check();
        }
        int left = 0;
        while (const auto* message = curl().multi_info_read(multi_.get(), &left)) {
            if (message->msg == CURLMSG_DONE) return message->data.result;
        }
        return CURLE_FAILED_INIT;
    }

    [[noreturn]] void throw_failure(const Request& request, const Hop& hop, const Transfer& transfer, CURLcode code, const char* words) const {
        std::string why = *words != '\0' ? words : curl().easy_strerror(code);
        std::string hint;
        if (transfer.too_large) why = "the answer is larger than " + std::to_string(request.most_bytes) + " bytes";
        if (!transfer.disk_error.empty()) why = "cannot write " + request.into.string() + ": " + transfer.disk_error;
        if (code == CURLE_PEER_FAILED_VERIFICATION) hint = "a private certificate authority is named with --ca-file";
        if (code == CURLE_OPERATION_TIMEDOUT) {
            curl_off_t connected = 0;
            curl().easy_getinfo(easy_.get(), CURLINFO_PRETRANSFER_TIME_T, &connected);
            const bool connecting = connected == 0 && (hop.timeout.count() == 0 || hop.timeout > connect_timeout);
            why = connecting ? "no connection within " + format_duration(connect_timeout) : "no complete answer within " + format_duration(request.timeout);
            if (!connecting && request.timeout.count() == 0) why = "nothing moved for " + format_duration(request.stall);
        }
        auto message = request.method + ' ' + url_for_people(request.url) + ": " + visible(why);
        if (hop.url != request.url) message += " (redirected to " + visible(url_for_people(hop.url)) + ')';
        if (code == CURLE_URL_MALFORMAT && hop.url == request.url) throw misuse(message);
        if (code == CURLE_SSL_CERTPROBLEM) throw misuse(message, "--client-cert and --client-key name files in PEM form that belong together");
        if (is_lasting(code)) throw LastingError(message, hint);
        throw world_failure(message, hint);
    }

    HttpSettings settings_;
    const Cancellation& cancellation_;
    std::string authorities_;
    Multi multi_;
    Easy easy_;
};

} // namespace

std::unique_ptr<HttpClient> make_curl_client(HttpSettings settings, const Cancellation& cancellation) {
    return std::make_unique<CurlClient>(std::move(settings), cancellation);
}

} // namespace slipway::io
