"""YAML files with image policy markers at all kinds of places, where Flux takes them and where it does not."""

MARKER = '{"$imagepolicy": "ns:app"}'
SCALARS = ("x", '"x"', "'x y'", "registry/app:v1", "1", "null", "&n{} x", "!!str x")


class MarkerTexts:
    """Block and flow collections, scalars of all styles, and comments around everything. A list has no empty entries: whose comment
    stands around one, go-yaml decides in ways that depend on what is nested where."""

    def __init__(self, random):
        self.random = random
        self.scalars = 0

    def text(self):
        """Two documents at times; each is a map, as all files of Kubernetes are."""
        start = self.random.choice(["", "", "---\n", "# z\n\n", "--- # z\n"])
        documents = [self.document() for _ in range(self.random.choice([1, 1, 1, 2]))]
        return start + "---\n".join(documents)

    def document(self):
        return f"r:{self.behind()}\n{self.collection(2, 3)}{self.above(0)}s: x\n"

    def chance(self, probability):
        return self.random.random() < probability

    def comment(self):
        return "# " + (MARKER if self.chance(0.5) else "z")

    def behind(self, probability=0.3):
        return " " + self.comment() if self.chance(probability) else ""

    def above(self, indent):
        """Comments on lines of their own, and blank lines."""
        lines = ""
        while self.chance(0.35):
            column = max(0, indent + self.random.choice([0, 0, 0, 0, 2, -2]))
            lines += self.random.choice(["", "", "", "\n"]) + " " * column + self.comment() + "\n"
        return lines + self.random.choice(["", "", "", "", "", "\n"])

    def collection(self, indent, depth):
        is_map = self.chance(0.5)
        text = ""
        for number in range(self.random.randint(1, 3)):
            text += self.above(indent) + " " * indent + (f"k{number}:" if is_map else "-")
            if depth > 0 and self.chance(0.4):
                text += self.behind(0.2) + "\n" + self.collection(indent + 2, depth - 1)
            else:
                text += self.value(indent, is_map)
        return text

    def value(self, indent, may_be_empty):
        """A scalar or a flow collection, to its line break."""
        inner = "\n" + " " * (indent + 2)
        kind = self.random.randrange(10 if may_be_empty else 9)
        if kind == 9:
            return self.behind() + "\n"
        if kind == 8:
            return self.behind() + "\n" + self.above(indent + 2) + " " * (indent + 2) + "x" + self.behind() + "\n"
        if kind == 7:
            return f" |{self.random.choice(['', '-'])}{self.behind()}{inner}x # {MARKER}\n"
        if kind == 6:
            broken = self.random.choice(["", " " + self.comment() + inner])
            return f" {{p: x{broken}, q: y{self.random.choice(['', ' ' + self.comment() + inner])}}}{self.behind()}\n"
        if kind == 5:
            opened = self.random.choice(["", inner + self.comment() + inner])
            return f" [{opened}x,{self.random.choice([' ', ' ' + self.comment() + inner])}y{self.random.choice(['', inner])}]{self.behind()}\n"
        self.scalars += 1
        return f" {self.random.choice(SCALARS).format(self.scalars)}{self.behind()}\n"
