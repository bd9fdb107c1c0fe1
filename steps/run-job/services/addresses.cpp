#include "run-job/services/addresses.hpp"

#include "core/text.hpp"

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace slipway::run_job {

std::vector<nomad::ServiceAddress> addresses_of(const std::vector<nomad::Allocation>& allocations, nomad::JobApi& api) {
    std::map<std::string, std::vector<nomad::ServiceAddress>> known; // by the service's name
    const auto registered = [&](const nomad::ServiceAddress& own) {
        auto found = known.find(own.service);
        if (found == known.end()) found = known.emplace(own.service, api.services(own.service)).first;
        std::vector<nomad::ServiceAddress> here;
        std::copy_if(found->second.begin(), found->second.end(), std::back_inserter(here), [&](const auto& one) { return one.allocation == own.allocation; });
        return here;
    };
    std::vector<nomad::ServiceAddress> addresses;
    const auto add = [&](nomad::ServiceAddress address) {
        if (std::find(addresses.begin(), addresses.end(), address) == addresses.end()) addresses.push_back(std::move(address));
    };
    for (const auto& allocation : allocations) {
        for (auto& own : nomad::addresses_of(api.allocation(allocation.id))) {
            own.allocation = allocation.id;
            const auto here = own.provider == "nomad" ? registered(own) : std::vector<nomad::ServiceAddress>();
            // One name may be registered for several ports.
            for (const auto& address : here) add(address);
            if (here.empty()) add(std::move(own));
        }
    }
    return addresses;
}

std::string address_list(const std::vector<nomad::ServiceAddress>& addresses) {
    std::vector<std::string> unique;
    for (const auto& address : addresses) {
        if (std::find(unique.begin(), unique.end(), address.address) == unique.end()) unique.push_back(address.address);
    }
    return join(unique, ",");
}

} // namespace slipway::run_job
