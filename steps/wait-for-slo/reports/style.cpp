#include "wait-for-slo/reports/style.hpp"

#include "core/text.hpp"

#include <utility>

namespace slipway::wait_for_slo {

const Palette light = {.paper = "#ffffff", .panel = "#f4f5f7", .ink = "#1a1c20", .muted = "#555b66", .grid = "#dcdfe4", .good = "#5b93bd", .bad = "#a63c00",
                       .unsure = "#7a5c00", .evidence = "#7b3f8c", .band = "#c3d9ea", .holds = "#006b50", .on_verdict = "#ffffff"};
const Palette dark = {.paper = "#16181d", .panel = "#20232a", .ink = "#e6e8ec", .muted = "#a4abb8", .grid = "#363b45", .good = "#5b93bd", .bad = "#ff9a4d",
                      .unsure = "#e0b83c", .evidence = "#d39be0", .band = "#2c4a63", .holds = "#4cc9a0", .on_verdict = "#16181d"};

namespace {

constexpr std::string_view in_the_dark = "@media screen and (prefers-color-scheme:dark){";

/// @panel and so on become colours.
std::string coloured(std::string_view rules, const Palette& palette) {
    std::string css(rules);
    // A name that begins like another one comes first.
    for (const auto& [name, colour] : {std::pair{"@on_verdict", palette.on_verdict}, {"@paper", palette.paper}, {"@panel", palette.panel}, {"@ink", palette.ink}, {"@muted", palette.muted},
                                       {"@grid", palette.grid}, {"@good", palette.good}, {"@bad", palette.bad}, {"@unsure", palette.unsure}, {"@evidence", palette.evidence}, {"@band", palette.band}, {"@holds", palette.holds}}) {
        replace_all(css, name, colour);
    }
    return css;
}

constexpr std::string_view chart_text = R"(
svg text{font-family:system-ui,-apple-system,"Segoe UI",Roboto,"Liberation Sans","DejaVu Sans",sans-serif}
.title{font-size:15px;font-weight:600}.label{font-size:12.5px}.strong{font-weight:600}
.grid,.axis,.moment,.began,.limit,.rate,.evidence,.value{fill:none}
.grid,.axis,.moment{stroke-width:1}.began,.limit{stroke-width:1.6}
.moment{stroke-dasharray:3 3}.began{stroke-dasharray:1 3;stroke-linecap:round;stroke-width:2.4}.limit{stroke-dasharray:7 4}
.rate,.evidence,.value{stroke-width:2;stroke-linejoin:round;stroke-linecap:round}
.halo{paint-order:stroke;stroke-width:3px;stroke-linejoin:round}
path.mark-bad{fill:none;stroke-width:2}
)";

constexpr std::string_view chart_colours = R"(
svg .title,svg .strong{fill:@ink}svg .label{fill:@muted}svg .strong{fill:@ink}
.halo{stroke:@paper}.grid{stroke:@grid}.axis,.moment{stroke:@muted}.began,.limit{stroke:@bad}
.good,.mark-good{fill:@good}.bad,rect.mark-bad{fill:@bad}path.mark-bad{stroke:@bad}.mark-unsure{fill:@unsure}
.band{fill:@band}.rate,.value{stroke:@good}.mark-rate{fill:@good}.evidence{stroke:@evidence}.mark-evidence{fill:@evidence}
)";

constexpr std::string_view picture_text = R"(
.verdict{font-size:22px;font-weight:700}.reason{font-size:15px}.fact{font-size:14px}
)";

constexpr std::string_view picture_colours = R"(
.paper{fill:@paper}svg .verdict,svg .reason,svg .fact{fill:@ink}.badge-holds{fill:@holds}.badge-violated{fill:@bad}.badge-inconclusive,.badge-error{fill:@unsure}svg .on-badge{fill:@on_verdict}
)";

constexpr std::string_view page_text = R"(
*{box-sizing:border-box}
html{color-scheme:light dark;-webkit-text-size-adjust:100%}
body{margin:0 auto;max-width:1120px;padding:20px 16px 48px;font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Liberation Sans","DejaVu Sans",sans-serif;overflow-wrap:anywhere}
h1{font-size:1.5rem;line-height:1.25;margin:0 0 .6rem;display:flex;flex-wrap:wrap;align-items:center;gap:.6rem}
h2{font-size:1.2rem;margin:2.2rem 0 .6rem}h3{font-size:1rem;margin:1.4rem 0 .4rem}p{margin:.4rem 0}
.badge{display:inline-block;border-radius:6px;padding:.15rem .7rem;font-weight:700}
.reason{font-size:1.06rem}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.15rem 1rem;margin:.8rem 0}dt{font-weight:600}dd{margin:0}
.answers{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,400px),1fr));gap:12px;margin:1rem 0}
.answers>section{border-radius:8px;padding:12px 16px;position:relative}.answers h3{margin:0 0 .3rem}.answers caption{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
.charts{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,400px),1fr));gap:14px 20px;margin:.8rem 0}
.charts svg{display:block;width:100%;height:auto}
.wide{overflow-x:auto}
table{border-collapse:collapse;width:100%;font-size:.92rem;font-variant-numeric:tabular-nums}
caption{text-align:left;font-weight:600;padding:.4rem 0}
th,td{text-align:left;vertical-align:top;padding:.3rem .6rem;border-bottom:1px solid}
th{overflow-wrap:normal}.n{text-align:right}td.n{white-space:nowrap}
code{font:.92em ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono","Liberation Mono",monospace}
summary{cursor:pointer;margin:.5rem 0}
tr.used{font-weight:700}
@media (max-width:500px){body{padding:14px 12px 32px}dl{grid-template-columns:1fr}dd{margin:0 0 .3rem}th,td{padding:.3rem .4rem}}
@media print{body{max-width:none;padding:0;font-size:11pt}.charts svg,.answers>section,tr{break-inside:avoid}.wide{overflow:visible}}
)";

constexpr std::string_view page_colours = R"(
body{background:@paper;color:@ink}.small,caption,dt,th{color:@muted}th,td{border-color:@grid}.answers>section{background:@panel;color:@ink}.answers .small,.answers th{color:@muted}
.badge{color:@on_verdict}.is-holds{background:@holds}.is-violated{background:@bad}.is-inconclusive,.is-error{background:@unsure}
)";

std::string in_both(const std::string_view colours) { return coloured(colours, light) + std::string(in_the_dark) + coloured(colours, dark) + '}'; }

} // namespace

std::string picture_style() {
    return std::string(chart_text) + std::string(picture_text) + in_both(std::string(chart_colours) + std::string(picture_colours));
}

std::string page_style() {
    return std::string(page_text) + std::string(chart_text) + in_both(std::string(page_colours) + std::string(chart_colours)) + "\n@media print{*{print-color-adjust:exact;-webkit-print-color-adjust:exact}}";
}

} // namespace slipway::wait_for_slo
