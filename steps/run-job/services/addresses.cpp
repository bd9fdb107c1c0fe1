#include "run-job/services/addresses.hpp"

#include "core/text.hpp"

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace slipway::run_job {

namespace {

/// Where allocations listen, asked for as little as possible: those of one version have the same services, and Nomad tells where all of one service are.
class Addresses {
public:
    explicit Addresses(nomad::JobApi& api) : api_(api) {}

    void add(const nomad::Allocation& allocation) {
        const auto alike = samples_.find({allocation.group, allocation.job_version});
        if (alike != samples_.end() && add_registered(alike->second, allocation.id)) return;
        const auto whole = api_.allocation(allocation.id);
        const auto services = nomad::addresses_of(whole);
        if (whole.is_object()) samples_.emplace(std::pair(allocation.group, allocation.job_version), services);
        for (auto own : services) {
            own.allocation = allocation.id;
            if (!add_registered({own}, allocation.id)) keep(std::move(own));
        }
    }

    std::vector<nomad::ServiceAddress> found;

private:
    using Services = std::vector<nomad::ServiceAddress>;

    /// Whether Nomad has all of these services of the allocation, which are added then.
    bool add_registered(const Services& services, const std::string& allocation) {
        Services here;
        for (const auto& service : services) {
            if (service.provider != "nomad") return false;
            const auto& all = registered(service.service);
            const auto [begin, end] = all.equal_range(allocation);
            if (begin == end) return false;
            // One name may be registered for several ports.
            for (auto one = begin; one != end; ++one) here.push_back(one->second);
        }
        for (auto& address : here) keep(std::move(address));
        return true;
    }

    /// By allocation.
    const std::multimap<std::string, nomad::ServiceAddress>& registered(const std::string& service) {
        const auto [known, is_new] = registered_.try_emplace(service);
        if (is_new) {
            for (auto& address : api_.services(service)) known->second.emplace(address.allocation, address);
        }
        return known->second;
    }

    void keep(nomad::ServiceAddress address) {
        const auto same_allocation = std::find_if(found.rbegin(), found.rend(), [&](const auto& one) { return one.allocation != address.allocation; });
        if (std::find(found.rbegin(), same_allocation, address) == same_allocation) found.push_back(std::move(address));
    }

    nomad::JobApi& api_;
    std::map<std::pair<std::string, std::uint64_t>, Services> samples_; ///< of the first allocation of a group and version
    std::map<std::string, std::multimap<std::string, nomad::ServiceAddress>> registered_; ///< by the service's name
};

} // namespace

std::vector<nomad::ServiceAddress> addresses_of(const std::vector<nomad::Allocation>& allocations, nomad::JobApi& api) {
    Addresses addresses(api);
    for (const auto& allocation : allocations) addresses.add(allocation);
    return std::move(addresses.found);
}

std::string address_list(const std::vector<nomad::ServiceAddress>& addresses) {
    std::vector<std::string> unique;
    for (const auto& address : addresses) {
        if (std::find(unique.begin(), unique.end(), address.address) == unique.end()) unique.push_back(address.address);
    }
    return join(unique, ",");
}

} // namespace slipway::run_job
