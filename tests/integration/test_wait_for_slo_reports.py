"""What people open: reports in a headless Chromium without any network."""

import html.parser
import subprocess
import xml.etree.ElementTree

import pytest
from chromium import Chromium
from conftest import needs
from steps import BIN

SVG = "{http://www.w3.org/2000/svg}"
# Of words the least that the WCAG take for normal text; what lies below an element is what is drawn behind it.
MEASURE = """(() => {
  const channel = value => (value /= 255) <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  const colour = text => text.match(/[\\d.]+/g).map(Number);
  const luminance = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
  const ground = element => {
    for (; element; element = element.parentElement) {
      const found = colour(getComputedStyle(element).backgroundColor);
      if (found.length < 4 || found[3] > 0) return found;
    }
    const paper = document.querySelector('.paper');
    return paper ? colour(getComputedStyle(paper).fill) : [255, 255, 255];
  };
  const faint = [], clipped = [];
  let words = 0;
  for (const element of document.querySelectorAll('body *, svg text')) {
    const own = [...element.childNodes].filter(node => node.nodeType === 3 && node.data.trim());
    if (!own.length || element.closest('style,title,desc')) continue;
    ++words;
    const style = getComputedStyle(element), text = element instanceof SVGElement ? style.fill : style.color;
    // A badge lies upon a rectangle of its own; the palette's test looks at it.
    const [high, low] = [luminance(colour(text)), luminance(ground(element))].sort((a, b) => b - a);
    if ((high + 0.05) / (low + 0.05) < 4.5 && !element.classList.contains('on-badge')) faint.push([element.outerHTML.slice(0, 200), text]);
    const picture = element.ownerSVGElement;
    if (picture) {
      const [inner, outer] = [element.getBoundingClientRect(), picture.getBoundingClientRect()];
      if (inner.left < outer.left - 1 || inner.right > outer.right + 1 || inner.top < outer.top - 1 || inner.bottom > outer.bottom + 1) clipped.push(element.outerHTML.slice(0, 200));
    }
  }
  return {words, faint, clipped, width: document.documentElement.scrollWidth};
})()"""


def sample(form, *arguments):
    return subprocess.run([BIN / "report-samples", form, *map(str, arguments)], capture_output=True, check=True, timeout=60).stdout.decode()


class Tags(html.parser.HTMLParser):
    """Checks that what is opened is closed, and keeps the names and attributes."""

    VOID = {"meta", "img", "link", "input", "br", "hr"}

    def __init__(self, page):
        super().__init__()
        self.names, self.attributes, self.ids, self._open = [], [], [], []
        self.feed(page)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag, attrs):
        self.names.append(tag)
        self.attributes += [name for name, _ in attrs]
        self.ids += [value for name, value in attrs if name == "id"]
        if tag not in self.VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        if tag not in self.VOID:
            self._open.pop()

    def handle_endtag(self, tag):
        assert self._open.pop() == tag


SAMPLES = [("violated", 36), ("holds", 36), ("inconclusive", 36), ("hostile", 36), ("none",), ("unbegun",), ("full", 1), ("full", 100), ("full", 10_000), ("violated", 60, 1000)]


@pytest.mark.parametrize("arguments", SAMPLES, ids=lambda arguments: "-".join(map(str, arguments)))
def test_the_markup_is_whole(arguments):
    page, picture, metrics = (sample(form, *arguments) for form in ("html", "svg", "openmetrics"))
    assert len(page) < 1_000_000 and len(picture) < 1_000_000
    tags = Tags(page)
    assert not {"script", "img", "link", "iframe", "object", "a", "image", "use"} & set(tags.names)
    assert not [name for name in tags.attributes if name.startswith("on") or name in ("src", "href", "style")]
    assert len(tags.ids) == len(set(tags.ids))
    # Whoever does not see the charts has their titles, and tables with headers.
    assert tags.names.count("svg") == tags.names.count("desc") and tags.names.count("table") == tags.names.count("caption")
    root = xml.etree.ElementTree.fromstring(picture)
    assert root.find(f"{SVG}title").text.startswith("wait-for-slo: ")
    checked = subprocess.run(["promtool", "check", "metrics"], input=metrics, text=True, capture_output=True, timeout=60, check=False)
    assert (checked.returncode, checked.stdout + checked.stderr) == (0, "")


@pytest.fixture(scope="module")
def browser():
    with Chromium() as opened:
        yield opened


@needs("chromium")
@pytest.mark.parametrize("arguments", [("html", *one) for one in SAMPLES] + [("svg", *one) for one in SAMPLES if len(one) < 2 or one[1] == 36], ids=lambda arguments: "-".join(map(str, arguments)))
def test_it_opens_without_any_network(browser, tmp_path, arguments):
    """On a phone and a screen, in light, dark and on paper: nothing is asked for, nothing refused, cut off, or too faint to read."""
    form = arguments[0]
    path = tmp_path / f"report.{form}"
    path.write_text(sample(*arguments))
    browser.show(1280)
    browser.open(path)
    assert browser.requests() == [path.as_uri()]
    assert browser.complaints() == []
    assert browser.evaluate("document.title") in ("", *(f"wait-for-slo: {verdict}" for verdict in ("violated", "holds", "inconclusive", "error")))
    grounds = {}
    for width, dark, media in ((1280, False, "screen"), (1280, True, "screen"), (360, True, "screen"), (700, True, "print")):
        browser.show(width, dark=dark, media=media)
        seen = browser.evaluate(MEASURE)
        assert (seen["faint"], seen["clipped"]) == ([], []), (width, dark, media)
        assert seen["words"] >= 3
        if form == "html":
            assert seen["width"] <= width
        grounds[width, media] = grounds.get((width, media), []) + [browser.evaluate("getComputedStyle(document.querySelector('.paper') || document.body)[document.querySelector('.paper') ? 'fill' : 'backgroundColor']")]
    light, dark = grounds[1280, "screen"]
    assert light != dark and grounds[700, "print"] == [light], "paper is light"


@needs("chromium")
def test_light_and_dark_look_different(browser, tmp_path):
    path = tmp_path / "report.html"
    path.write_text(sample("html", "violated"))
    pictures = []
    for dark in (False, True, False):
        browser.show(800, dark=dark)
        browser.open(path)
        pictures.append(browser.picture())
    assert pictures[0] == pictures[2] != pictures[1]
