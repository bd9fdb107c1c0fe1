#pragma once

#include "certificates.hpp"

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

// A server on loopback that answers to the letter what a test wants, right or wrong.
namespace slipway::fake {

/// What a client sent.
struct ServedRequest {
    std::string method;
    std::string target;                         ///< "/path?query"; an absolute URL when the client speaks to a proxy
    std::map<std::string, std::string> headers; ///< names in lower case
    std::string body;
    int connection = 0;             ///< counts the connections; equal when one was used again
    std::string client_certificate; ///< the name in it; empty without one
};

struct Answer {
    std::string bytes; ///< as they go over the wire
    enum class Then { keep, close, hang } then = Then::keep;
};

/// A well-formed answer. Headers are whole lines with CRLF.
Answer answer(int status, const std::string& body, const std::string& headers = {});

/// How a server proves who it is, and whom it lets in.
struct ServerTls {
    Certificate certificate;
    std::string client_authority; ///< PEM; not empty: clients need a certificate of this authority
};

class HttpServer {
public:
    using Handler = std::function<Answer(const ServedRequest&)>;

    explicit HttpServer(Handler handler);
    HttpServer(Handler handler, const ServerTls& tls);
    ~HttpServer();
    HttpServer(const HttpServer&) = delete;
    HttpServer& operator=(const HttpServer&) = delete;

    /// "http://127.0.0.1:PORT/path", or https.
    std::string url(const std::string& path = "/", const std::string& host = "127.0.0.1") const;
    int port() const;
    std::vector<ServedRequest> requests() const;

private:
    class Parts;
    std::unique_ptr<Parts> parts_;
};

} // namespace slipway::fake
