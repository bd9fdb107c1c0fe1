"""Conditions of Argo Rollouts, made up at random.

Left out is what expr computes before it has values (`2 > 1 || result[5] > 1` is true there, though result[5] is not), and whether lists are the same.
"""

VALUES = ["0", "1", "0.96", "0.5", "NaN", "+Inf", "-1", "2", "3.5", "1e300"]
NUMBERS = ["0", "1", "2", "0.5", "0.95", "1e3", ".5", "3", "10", "2.0", "1_0"]
COMPARISONS = ["<", ">", "<=", ">=", "==", "!="]


class Maker:
    def __init__(self, random, scalar):
        self.random = random
        self.scalar = scalar

    def measured(self):
        """A number that depends on what was measured; now and then one that is none."""
        return self.random.choice(["result"] * 5 + ["result[0]"] if self.scalar else ["result[0]"] * 6 + ["result[1]", "result[-1]", "result[-2]", "result"])

    def number(self, depth, leaf):
        kind = self.random.randrange(12)
        if depth <= 0 or kind < 3:
            return leaf()
        inner = self.number(depth - 1, leaf)
        if kind < 6:
            return f"{inner} {self.random.choice(['+', '-', '*', '/', '**', '^'])} {self.random.choice(NUMBERS + [leaf()])}"
        if kind == 6:
            return f"({inner}) % {self.random.choice(['2', '3', inner])}"
        if kind == 7:
            return f"{self.random.choice('-+')}({inner})"
        if kind == 8:
            return f"{self.random.choice(['abs', 'ceil', 'floor', 'round', 'int', 'float', 'asInt', 'asFloat'])}({inner})"
        if kind == 9:
            return f"{self.random.choice(['mean', 'median', 'len', 'first', 'last'])}({self.list(depth - 1)})"
        if kind == 10:
            # Of a list they are an extreme here, as in later versions of expr.
            of = inner if self.scalar else f"asFloat({inner})"
            return f"{self.random.choice(['max', 'min'])}({of}, {self.random.choice(['0.5', '2.0', 'first(result)'])})"
        return f"({self.truth(depth - 1, leaf)} ? {inner} : {leaf()})"

    def list(self, depth):
        kind = self.random.randrange(5)
        if depth <= 0 or kind < 3:
            return "result"
        if kind == 3:
            return f"filter(result, {self.predicate(depth - 1)})"
        return f"map(result, {self.number(depth - 1, lambda: '#')})"

    def predicate(self, depth):
        asked = self.truth(depth, lambda: "#")
        return self.random.choice([asked, "{" + asked + "}"])

    def truth(self, depth, leaf):
        kind = self.random.randrange(14)
        if depth <= 0 or kind < 5:
            return f"{self.number(depth - 1, leaf)} {self.random.choice(COMPARISONS)} {self.random.choice(NUMBERS + ['mean(map(result, 1))', 'sum(result)'])}"
        inner = self.truth(depth - 1, leaf)
        if kind < 8:
            return f"{inner} {self.random.choice(['&&', '||', 'and', 'or'])} {self.truth(depth - 1, leaf)}"
        if kind == 8:
            return f"{self.random.choice(['!', 'not '])}{self.random.choice(['(' + inner + ')', inner])}"
        if kind == 9:
            return f"{self.random.choice(['isNaN', 'isInf', 'isNil'])}({self.number(depth - 1, leaf)})"
        if kind == 10:
            return f"{self.random.choice(['all', 'any', 'one', 'none'])}({self.list(depth - 1)}, {self.predicate(depth - 1)})"
        if kind == 11:
            return f"{leaf()} {self.random.choice(['in', 'not in'])} [{', '.join(self.random.choice(NUMBERS) for _ in range(self.random.randrange(1, 4)))}]"
        if kind == 12:
            return self.random.choice([f"count(result, {self.predicate(depth - 1)}) > 1", f"asFloat('0.5') < {leaf()}", f"{leaf()} != nil"])
        return f"{inner} ? {self.truth(depth - 1, leaf)} : {self.truth(depth - 1, leaf)}"


def questions(random, count):
    for _ in range(count):
        scalar = random.random() < 0.3
        maker = Maker(random, scalar)
        values = [random.choice(VALUES) for _ in range(1 if scalar else random.randrange(4))]
        yield {"scalar": scalar, "values": values, "condition": maker.truth(random.randrange(4), maker.measured)}
