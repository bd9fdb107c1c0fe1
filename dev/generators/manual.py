"""Manual pages: steps/STEP/README.md as STEP(1), steps/README.md as slipway(7), and the pages beside them in section 7, too."""

import gzip
import posixpath
import re

from generators.description import REPOSITORY, ROOT, own_options
from generators.roff import Renderer, argument, escape
from generators.tables import blocks, common_table, filled, options_tables, without_marks

# What the sections of a manual page are called everywhere.
TITLES = {"Exit codes": "Exit status"}
OVERVIEW = "steps/README.md"
# Those of section 7, and what they are about.
TOPICS = {
    OVERVIEW: ("slipway", "release steps for CI pipelines"),
    "steps/push-rules/objectives.md": ("slipway-objectives", "service level objectives as the source of rules"),
    "steps/update-gitops-values/pull-requests.md": ("update-gitops-values-pull-requests", "changes put to people"),
    "steps/update-gitops-values/promotion.md": ("update-gitops-values-promotion", "from one environment to the next, and what is checked before the commit"),
    "steps/update-gitops-values/waiting.md": ("update-gitops-values-waiting", "following a change until it serves"),
    "steps/wait-for-slo/prometheus.md": ("wait-for-slo-prometheus", "how events are counted in Prometheus"),
    "steps/wait-for-slo/google.md": ("wait-for-slo-google", "objectives in Google Cloud Monitoring"),
    "steps/wait-for-slo/probes.md": ("wait-for-slo-probes", "requests of its own as events"),
    "steps/wait-for-slo/thresholds.md": ("wait-for-slo-thresholds", "limits on values, as in Argo Rollouts and Flagger"),
    "steps/wait-for-slo/reports.md": ("wait-for-slo-reports", "what is written and posted when the verdict is known"),
}


def sections(page):
    """The text before the first heading, and what stands below each, by its title."""
    parts = re.split(r"^## (.+)\n+", page, flags=re.M)
    return parts[0].split("\n", 1)[1], dict(zip(parts[1::2], parts[2::2]))


class Manual:
    def __init__(self, steps, version, date):
        self.steps = steps
        self.version = version
        self.date = date
        self.overview = filled((ROOT / OVERVIEW).read_text(), blocks(steps))
        self.pages = {**{source: f"{name}(7)" for source, (name, _) in TOPICS.items()}, **{f"steps/{name}/README.md": f"{name}(1)" for name in steps}}

    def link(self, source, target):
        """What a link on a page leads to, for readers of manual pages."""
        if "://" in target:
            return target
        path = posixpath.normpath(posixpath.join(posixpath.dirname(source), target.partition("#")[0])) if not target.startswith("#") else source
        return self.pages.get(path) or f"https://github.com/{REPOSITORY}/tree/main/{path}"

    def page(self, source, summary, synopsis, introduction, parts):
        """One page. Its first line asks for the preprocessor that makes tables."""
        name, section = self.pages[source].rstrip(")").split("(")
        others = [page for page in self.pages.values() if page != self.pages[source]]
        markdown = introduction + "".join(f"\n## {TITLES.get(title, title)}\n\n{text}" for title, text in parts.items())
        body = Renderer(lambda target: self.link(source, target)).render("## Description\n\n" + markdown)
        seen = ", ".join(f"\\fB{escape(page)}\\fR({section})" for page, section in (other.rstrip(")").split("(") for other in others))
        return "\n".join(("'\\\" t",
                          f'.TH {argument(name.upper())} {section} "{self.date}" ' + " ".join(map(argument, ("Slipway " + self.version, "Slipway"))),
                          # No hyphens, and no lines stretched by blanks: what is copied is copied as it is.
                          ".nh", ".ad l", ".nr HY 0", ".ds AD l", ".SH NAME", f"{escape(name)} \\- {escape(summary)}",
                          *([".SH SYNOPSIS", f"\\fB{escape(name)}\\fR {escape(synopsis)}"] if synopsis else []),
                          body + ".SH SEE ALSO", seen, ""))

    def step(self, step):
        source = f"steps/{step['name']}/README.md"
        introduction, parts = sections(without_marks(filled((ROOT / source).read_text(), blocks(self.steps, step))))
        shared = sections(self.overview)[1]
        parts["Options"] = options_tables(step, own_options(step)) + "\n### Options of every step\n\n" + common_table(self.steps)
        parts["Environment"] = shared["Environment"]
        parts["Files"] = shared["Files"]
        return self.page(source, step["summary"], step["usage"], introduction, parts)

    def all(self):
        """The pages by file name."""
        pages = {f"{name}.1": self.step(step) for name, step in self.steps.items()}
        for source, (name, summary) in TOPICS.items():
            introduction, parts = sections(without_marks(self.overview if source == OVERVIEW else (ROOT / source).read_text()))
            pages[f"{name}.7"] = self.page(source, summary, "", introduction, parts)
        return pages


def installed(steps, version, date):
    """The pages by their paths below share/, compressed as Debian asks for them: without a name or a time."""
    pages = Manual(steps, version, date).all()
    return {f"man/man{name[-1]}/{name}.gz": gzip.compress(text.encode(), 9, mtime=0) for name, text in pages.items()}
