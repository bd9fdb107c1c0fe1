"""Markdown as the manual pages of this repository have it, written in the roff of man(7).

Tables with two columns become lists of tagged paragraphs, which are read well on any terminal; so do wider ones, unless they fit a line
as a table of tbl(1).
What has no place in a manual page (HTML, images) is an error and not left out.
"""

import re

from markdown_it import MarkdownIt

# Nobody copies a hyphen that is none: characters that roff would replace by typographic ones.
SPECIAL = {"\\": r"\e", "-": r"\-", "'": r"\(aq", "`": r"\(ga", "^": r"\(ha", "~": r"\(ti"}
BOLD, ITALIC, PLAIN = r"\fB", r"\fI", r"\fR"
UNBROKEN = "\x01"  # a mark in words that hold code
# Columns of text on a terminal of 80, those in which a text is still read well, and a word that is longer than others.
LINE, NARROWEST, LONG = 72, 22, 30


def escape(text):
    """A text that roff prints as it stands, within a line."""
    return "".join(SPECIAL.get(character, character) for character in text)


def breakable(text):
    """The same for running text: what may be too long for a line may be parted behind a comma, a slash or a bar."""
    return " ".join(re.sub(r"([,/|])(?=\S)", r"\1\:", escape(word)) if len(word) > LONG else escape(word) for word in text.split(" "))


def argument(text):
    """A text as one argument of a macro."""
    return '"' + escape(text).replace('"', r"\(dq") + '"'


def protect(line):
    """No line of text is taken for a request of roff."""
    return r"\&" + line if line.startswith((".", "'")) else line


def plain(token):
    return "".join(child.content for child in token.children)


class Renderer:
    """One page's text.

    links: called with a link's target; gives the name of a manual page, "push-rules(1)", else the address to show.
    """

    def __init__(self, links):
        self.links = links
        self.lines = []

    def render(self, markdown):
        self.blocks(MarkdownIt("commonmark").enable("table").parse(markdown))
        return "".join(line + "\n" for line in self.lines)

    # Blocks

    def blocks(self, tokens):
        position = 0
        while position < len(tokens):
            token = tokens[position]
            end = position
            if token.nesting == 1:
                end = next(index for index in range(position + 1, len(tokens))
                           if tokens[index].nesting == -1 and tokens[index].level == token.level)
            handler = getattr(self, token.type.removesuffix("_open"), None)
            if handler is None:
                raise ValueError(f"no form for '{token.type}' in a manual page")
            handler(token, tokens[position + 1:end])
            position = end + 1

    def heading(self, token, inner):
        if token.tag == "h1":
            return
        title = plain(inner[0])
        self.lines.append(f".SH {argument(title.upper())}" if token.tag == "h2" else f".SS {argument(title)}")

    def paragraph(self, _token, inner):
        self.begin_paragraph()
        self.text(inner[0])

    def begin_paragraph(self):
        """A heading begins one by itself."""
        if self.lines and not self.lines[-1].startswith((".SH", ".SS")):
            self.lines.append(".PP")

    def text(self, token):
        self.lines += map(protect, self.inline(token.children).split("\n"))

    def code_block(self, token, _inner):
        self.begin_paragraph()
        self.lines += [".RS 4", ".EX", *(protect(escape(line)) for line in token.content.rstrip("\n").split("\n")), ".EE", ".RE"]

    fence = code_block

    def bullet_list(self, token, inner):
        self.items(inner, lambda _: r".IP \(bu 2")

    def ordered_list(self, token, inner):
        self.items(inner, lambda number: f".IP {number}. 3")

    def items(self, tokens, mark):
        starts = [index for index, token in enumerate(tokens) if token.type == "list_item_open" and token.level == tokens[0].level]
        for number, start in enumerate(starts, 1):
            end = starts[number] if number < len(starts) else len(tokens)
            self.lines.append(mark(number))
            inner = tokens[start + 1:end - 1]
            # The mark begins the first paragraph; what follows it keeps its indentation.
            self.text(inner[1])
            if len(inner) > 3:
                self.lines.append(".RS 2")
                self.blocks(inner[3:])
                self.lines.append(".RE")

    def table(self, _token, inner):
        cells = [token for token in inner if token.type == "inline"]
        columns = sum(token.type == "th_open" for token in inner)
        rows = [cells[index:index + columns] for index in range(0, len(cells), columns)]
        widths = [max(map(self.width, column)) for column in zip(*rows)]
        longest = widths.index(max(widths))
        # What is left for the longest column, between the others and gaps of three.
        rest = LINE - sum(widths) + widths[longest] - 3 * (columns - 1)
        word = max(len(part) for row in rows for part in plain(row[longest]).split(" "))
        if columns > 2 and rest >= min(widths[longest], max(word, NARROWEST)):
            self.columns(rows, longest)
        else:
            self.tagged(rows)

    def columns(self, rows, longest):
        """A table of tbl(1); texts of its longest column are broken into lines."""
        self.begin_paragraph()
        self.lines += [".TS", " ".join("lb" for _ in rows[0]), " ".join("lx" if index == longest else "l" for index in range(len(rows[0]))) + "."]
        for number, row in enumerate(rows):
            texts = [self.inline(cell.children) for cell in row]
            if number > 0:
                texts[longest] = "T{\n" + protect(texts[longest]) + "\nT}"
            self.lines.append("\t".join(texts))
        self.lines.append(".TE")

    def tagged(self, rows):
        """Each row as a paragraph with its first cell in front; of several others each is named by its column."""
        heads = [self.inline(cell.children) for cell in rows[0]]
        for row in rows[1:]:
            self.lines += [".TP", protect(self.inline(row[0].children))]
            texts = [self.inline(cell.children) for cell in row[1:]]
            if len(texts) > 1:
                texts = [f"{head}: {text}" for head, text in zip(heads[1:], texts) if text]
            self.lines += "\n.br\n".join(map(protect, texts)).split("\n")

    def width(self, token):
        """At most so many columns, with what links lead to."""
        targets = (self.links(child.attrs["href"]) for child in token.children if child.type == "link_open")
        return len(plain(token)) + sum(len(f" (see {target})") for target in targets)

    # Inline

    def inline(self, tokens):
        parts = []
        for token in tokens:
            if token.type == "text":
                parts.append(breakable(token.content))
            elif token.type == "code_inline":
                parts.append(BOLD + " ".join(UNBROKEN + breakable(word) for word in token.content.split(" ")) + PLAIN)
            elif token.type in ("strong_open", "em_open"):
                parts.append(BOLD if token.type == "strong_open" else ITALIC)
            elif token.type in ("strong_close", "em_close"):
                parts.append(PLAIN)
            elif token.type == "softbreak":
                parts.append("\n")
            elif token.type == "link_open":
                link = len(parts), self.links(token.attrs["href"])
            elif token.type == "link_close":
                start, target = link
                parts.append(self.reference("".join(parts[start:]), target))
                del parts[start:-1]
            else:
                raise ValueError(f"no form for '{token.type}' in a manual page")
        # What people type is never hyphenated. roff wants to know at the beginning of the word.
        return re.sub(rf"[^ \n]*{UNBROKEN}[^ \n]*", lambda word: r"\%" + word[0].replace(UNBROKEN, ""), "".join(parts))

    @staticmethod
    def reference(text, target):
        page, parenthesis, section = target.partition("(")
        if not parenthesis:
            return f"{text} <{breakable(target)}>"
        name = f"{BOLD}{escape(page)}{PLAIN}({section}"
        # A link that shows no more than the name of a file is one to that page.
        return name if text == escape(page) or text.endswith(".md") else f"{text} (see {name})"
