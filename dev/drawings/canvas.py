"""An SVG that grows downwards. Text stays text, in the reader's own fonts; colours are classes, which a style sheet explains."""

from xml.sax.saxutils import escape, quoteattr

# The widest of the fonts needs 0.602 em for a character.
MONOSPACE = "ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono','Liberation Mono',monospace"
SANS = "system-ui,-apple-system,'Segoe UI',Roboto,'Liberation Sans','DejaVu Sans',sans-serif"


class Canvas:
    """`style` is the style sheet of the picture's own classes; a run of text is (words, class) or only the words."""

    def __init__(self, width, style):
        self.width = width
        self.y = 0
        self._style = style
        self._parts = []

    def box(self, css, x=1, width=None, height=0, radius=0):
        """At the present height, by default over the whole width but a pixel, where a border's other half is."""
        corner = f' rx="{radius}"' if radius else ""
        self._parts.append(f'<rect class="{css}" x="{x}" y="{max(self.y, 1)}" width="{self.width - 1 - x if width is None else width}" height="{height}"{corner}/>')
        return len(self._parts) - 1

    def stretch(self, box, height):
        """Gives a box that was drawn first, since it lies below, the height that what lies on it turned out to need."""
        self._parts[box] = self._parts[box].replace('height="0"', f'height="{height}"')

    def text(self, css, x, y, *runs, anchor=None):
        inside = "".join(escape(run) if isinstance(run, str) else f'<tspan class="{run[1]}">{escape(run[0])}</tspan>' for run in runs)
        side = f' text-anchor="{anchor}"' if anchor else ""
        self._parts.append(f'<text class="{css}" x="{x}" y="{y}"{side}>{inside}</text>')

    def raw(self, markup):
        self._parts.append(markup)

    def svg(self, title, description):
        # Spaces are kept by white-space in browsers, by xml:space elsewhere.
        return "\n".join([
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{self.width}" height="{self.y}" viewBox="0 0 {self.width} {self.y}" role="img" aria-label={quoteattr(title)} xml:space="preserve">',
            f"<title>{escape(title)}</title>", f"<desc>{escape(description)}</desc>",
            f"<style>text{{white-space:pre}}.mono{{font:13px {MONOSPACE}}}.sans{{font:14px {SANS}}}{self._style}</style>",
            *self._parts, "</svg>", ""])
