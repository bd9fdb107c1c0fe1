#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <vector>

namespace slipway::wait_for_slo {

/// Evidence against a claim by betting on its contrary, with bets that begin all through the watch.
///
/// Whoever bets against a claim, with odds that the claim itself calls fair, cannot expect to gain while it is true: the worth of
/// a bet is then a nonnegative supermartingale, and so is the worth of a stake that is spread over many bets. By Ville's inequality
/// it ever reaches 1/alpha with probability alpha at most, so one may look after each observation and stop when one likes. That
/// a bet begins late does no harm, as it is decided before what it bets on; stakes of bets that have not begun count as they are.
///
/// - Half of the stake is on the whole watch, the rest is spread evenly over 39 later beginnings, since a release may go wrong late.
/// - At each beginning the stake is spread evenly over several odds.
/// - An observation multiplies no bet by more than ten, before they are added up. That can only lessen the evidence, so
///   the inequality stays true, and it holds roughly where events are not independent, too: errors come in clumps, and one
///   second's outage is not yet a bad release.
///
/// @source Ville, "Étude critique de la notion de collectif" (1939); Shafer, "Testing by betting" (2021), for mixtures of stakes
class Bets {
public:
    static constexpr std::size_t beginnings = 40;
    static constexpr std::size_t most_odds = 8;

    struct Counts {
        double bad = 0;
        double total = 0;
    };

    /// @param odds  how many there are at each beginning: 1 to `most_odds`
    explicit Bets(std::size_t odds) : odds_(odds) {}

    /// @param growth   logarithms of what the observation multiplies a bet by, one for each odds; as the odds say, not cut yet
    /// @param counts   what was observed
    /// @param elapsed  share of the watch that is over now, from 0 to 1
    void observe(std::span<const double> growth, Counts counts, double elapsed);

    /// Logarithm of what the stake of 1 has grown to.
    double log_evidence() const;

    /// What was observed since the beginning whose bets are worth most now.
    Counts strongest() const;

private:
    /// What is only needed to say which part of the watch proves something: precise enough for that, and small, as a thousand objectives
    /// have forty of these each.
    struct Beginning {
        std::array<float, most_odds> growth; ///< of bets that began with the watch, until then
        Counts counts;
    };
    static double stake(std::size_t beginning) { return beginning == 0 ? 0.5 : 0.5 / (beginnings - 1); }
    void begin();

    std::size_t odds_;
    double elapsed_ = 0;
    Counts counts_ = {};
    /// Logarithm of the worth of all that have begun, by odds. All of the same odds grow alike, so that one number is enough.
    std::array<double, most_odds> worth_ = {};
    std::array<double, most_odds> growth_ = {}; ///< logarithm, of bets that began with the watch
    std::vector<Beginning> begins_ = {}; ///< those so far
};

} // namespace slipway::wait_for_slo
