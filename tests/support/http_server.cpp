#include "http_server.hpp"

#include "core/text.hpp"
#include "io/descriptor.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

#include <atomic>
#include <csignal>
#include <mutex>
#include <stdexcept>
#include <thread>

namespace slipway::fake {

namespace {

using io::Descriptor;

struct BioDeleter {
    void operator()(BIO* bio) const { BIO_free(bio); }
};
struct ContextDeleter {
    void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
};
struct SslDeleter {
    void operator()(SSL* ssl) const { SSL_free(ssl); }
};
using Bio = std::unique_ptr<BIO, BioDeleter>;
using TlsContext = std::unique_ptr<SSL_CTX, ContextDeleter>;

X509* read_certificate(const std::string& pem) {
    const Bio bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
    return PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr);
}

TlsContext make_context(const ServerTls& tls) {
    TlsContext context(SSL_CTX_new(TLS_server_method()));
    X509* certificate = read_certificate(tls.certificate.certificate);
    SSL_CTX_use_certificate(context.get(), certificate);
    X509_free(certificate);
    const Bio key_text(BIO_new_mem_buf(tls.certificate.key.data(), static_cast<int>(tls.certificate.key.size())));
    EVP_PKEY* key = PEM_read_bio_PrivateKey(key_text.get(), nullptr, nullptr, nullptr);
    SSL_CTX_use_PrivateKey(context.get(), key);
    EVP_PKEY_free(key);
    if (!tls.client_authority.empty()) {
        X509* authority = read_certificate(tls.client_authority);
        X509_STORE_add_cert(SSL_CTX_get_cert_store(context.get()), authority);
        X509_free(authority);
        SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
    }
    return context;
}

/// One connection, with or without TLS.
class Channel {
public:
    Channel(int fd, SSL_CTX* context) : fd_(fd) {
        if (context == nullptr) return;
        ssl_.reset(SSL_new(context));
        SSL_set_fd(ssl_.get(), fd);
        open_ = SSL_accept(ssl_.get()) == 1;
        ERR_clear_error();
    }

    bool open() const { return open_; }

    /// @return empty at the end
    std::string receive() {
        std::string buffer(16 * 1024, '\0');
        const auto count = ssl_ ? SSL_read(ssl_.get(), buffer.data(), static_cast<int>(buffer.size()))
                                : static_cast<int>(::recv(fd_, buffer.data(), buffer.size(), 0));
        buffer.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
        return buffer;
    }

    void send(std::string_view bytes) {
        while (!bytes.empty()) {
            const auto count = ssl_ ? SSL_write(ssl_.get(), bytes.data(), static_cast<int>(bytes.size()))
                                    : static_cast<int>(::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL));
            if (count <= 0) return;
            bytes.remove_prefix(static_cast<std::size_t>(count));
        }
    }

    std::string client_name() const {
        X509* certificate = ssl_ ? SSL_get1_peer_certificate(ssl_.get()) : nullptr;
        if (certificate == nullptr) return {};
        char name[256] = {};
        X509_NAME_get_text_by_NID(X509_get_subject_name(certificate), NID_commonName, name, sizeof name);
        X509_free(certificate);
        return name;
    }

private:
    int fd_;
    bool open_ = true;
    std::unique_ptr<SSL, SslDeleter> ssl_;
};

/// Reads one request; false when the connection ends before.
bool read_request(Channel& channel, std::string& pending, ServedRequest& request) {
    const auto fill = [&] {
        const auto more = channel.receive();
        pending += more;
        return !more.empty();
    };
    std::size_t end = 0;
    while ((end = pending.find("\r\n\r\n")) == std::string::npos) {
        if (!fill()) return false;
    }
    const auto head = pending.substr(0, end);
    pending.erase(0, end + 4);
    const auto all = lines(head);
    const auto words = split(all.at(0), ' ');
    request.method = words.at(0);
    request.target = words.at(1);
    for (std::size_t i = 1; i < all.size(); ++i) {
        const auto colon = all[i].find(':');
        request.headers[lower(all[i].substr(0, colon))] = trim(all[i].substr(colon + 1));
    }
    const auto length = request.headers.find("content-length");
    const auto size = length == request.headers.end() ? 0 : std::stoul(length->second);
    while (pending.size() < size) {
        if (!fill()) return false;
    }
    request.body = pending.substr(0, size);
    pending.erase(0, size);
    return true;
}

} // namespace

class HttpServer::Parts {
public:
    Parts(Handler handler, TlsContext context) : handler_(std::move(handler)), context_(std::move(context)), listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        std::signal(SIGPIPE, SIG_IGN); // a client that goes away, as handle_signals takes it
        sockaddr_in address = {};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        auto* generic = reinterpret_cast<sockaddr*>(&address);
        if (::bind(listener_.get(), generic, size) != 0 || ::listen(listener_.get(), 16) != 0) throw std::runtime_error("cannot listen");
        ::getsockname(listener_.get(), generic, &size);
        port_ = ntohs(address.sin_port);
        acceptor_ = std::thread([this] { accept_all(); });
    }

    ~Parts() {
        stopping_ = true;
        ::shutdown(listener_.get(), SHUT_RDWR);
        acceptor_.join();
        for (const auto& connection : connections_) ::shutdown(connection.get(), SHUT_RDWR);
        for (auto& worker : workers_) worker.join();
    }

    int port() const { return port_; }
    bool secure() const { return context_ != nullptr; }
    std::vector<ServedRequest> requests() const {
        const std::lock_guard lock(mutex_);
        return requests_;
    }

private:
    void accept_all() {
        while (!stopping_) {
            Descriptor connection(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
            if (!connection) continue;
            const int fd = connection.get();
            const int number = static_cast<int>(connections_.size()) + 1;
            connections_.push_back(std::move(connection));
            workers_.emplace_back([this, fd, number] { serve(fd, number); });
        }
    }

    void serve(int fd, int number) {
        {
            Channel channel(fd, context_.get());
            std::string pending;
            for (;;) {
                ServedRequest request;
                if (!channel.open() || !read_request(channel, pending, request)) break;
                request.connection = number;
                request.client_certificate = channel.client_name();
                {
                    const std::lock_guard lock(mutex_);
                    requests_.push_back(request);
                }
                const auto answer = handler_(request);
                channel.send(answer.bytes);
                if (answer.then == Answer::Then::hang) channel.receive();
                if (answer.then != Answer::Then::keep) break;
            }
        }
        ::shutdown(fd, SHUT_RDWR);
    }

    Handler handler_;
    TlsContext context_;
    Descriptor listener_;
    int port_ = 0;
    std::atomic<bool> stopping_{false};
    std::thread acceptor_;
    std::vector<Descriptor> connections_; ///< the acceptor's alone until it is joined
    std::vector<std::thread> workers_;
    mutable std::mutex mutex_;
    std::vector<ServedRequest> requests_;
};

Answer answer(int status, const std::string& body, const std::string& headers) {
    return {.bytes = "HTTP/1.1 " + std::to_string(status) + " Words\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" + headers + "\r\n" + body};
}

HttpServer::HttpServer(Handler handler) : parts_(std::make_unique<Parts>(std::move(handler), nullptr)) {}
HttpServer::HttpServer(Handler handler, const ServerTls& tls) : parts_(std::make_unique<Parts>(std::move(handler), make_context(tls))) {}
HttpServer::~HttpServer() = default;

std::string HttpServer::url(const std::string& path, const std::string& host) const {
    return (parts_->secure() ? "https://" : "http://") + host + ':' + std::to_string(port()) + path;
}
int HttpServer::port() const { return parts_->port(); }
std::vector<ServedRequest> HttpServer::requests() const { return parts_->requests(); }

} // namespace slipway::fake
