#pragma once

#include <cstddef>
#include <vector>

namespace slipway::wait_for_slo {

/// Decides while the data still come in whether more events are bad than the objective allows.
///
/// It bets against "each event is bad with at most the allowed probability". A bet with multiplier m wins when the true
/// rate is near m times the allowed one: its stake is multiplied by m for each bad event and by (1-m*a)/(1-a) for each good
/// one, so that it cannot be expected to grow while the claim holds. The stake is spread over several m, and over forty
/// moments of the watch at which a bet begins, since a release may go wrong late. By Ville's inequality the sum ever reaches
/// 1/alpha with probability alpha at most, however often one looks.
///
/// One observation multiplies no bet by more than ten, however many bad events it brings: errors come in clumps, and one
/// outage of a second is not yet a bad release. So at least three observations with bad events are needed.
///
/// @source Shafer, "Testing by betting" (2021); Ville, "Étude critique de la notion de collectif" (1939)
class SequentialTest {
public:
    struct Counts {
        double bad = 0;
        double total = 0;
    };

    /// @param allowed  share of events that may be bad, in (0, 1)
    /// @param alpha    probability of a false alarm that is accepted, in (0, 1)
    SequentialTest(double allowed, double alpha);

    /// @param bad      of the events since the observation before
    /// @param total    all of them, at least `bad`; nothing happens when there are none
    /// @param elapsed  share of the watch that is over now; from 0, never falling
    void observe(double bad, double total, double elapsed);

    /// What the initial stake of 1 has grown to.
    double evidence() const;
    /// The evidence that proves a violation: 1/alpha.
    double needed() const noexcept { return 1 / alpha_; }
    bool proven() const { return evidence() >= needed(); }

    /// What happened since the beginning of the bet that has won most.
    Counts strongest() const;

private:
    struct Bet {
        double begins = 0;                  ///< share of the watch
        double stake = 0;                   ///< before it wins or loses
        std::vector<double> logarithms = {}; ///< of the growth so far, for each multiplier
        Counts counts = {};
    };
    double worth(const Bet& bet) const;

    double allowed_;
    double alpha_;
    double elapsed_ = 0;
    std::vector<double> multipliers_;
    std::vector<Bet> bets_;
};

} // namespace slipway::wait_for_slo
