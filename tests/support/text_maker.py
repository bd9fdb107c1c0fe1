"""What makes texts by chance, the same ones for the same seed."""

import random


class TextMaker:
    def __init__(self, seed):
        self.random = random.Random(seed)

    def pick(self, choices):
        return self.random.choice(choices)

    def chance(self, share):
        return self.random.random() < share
