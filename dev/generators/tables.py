"""The tables of options and outputs in the manual: each steps/STEP/README.md, and steps/README.md for what all steps share.

A page says where they stand by a comment, <!-- dev/generate: NAME -->, and their end by <!-- end -->.
"""

import re

from generators.description import ROOT, common_options, own_options

BLOCK = re.compile(r"(<!-- dev/generate: (.+?) -->\n).*?(<!-- end -->)", re.S)
COMMENT = re.compile(r"<!--.*?-->\n*")


def text(plain):
    """A plain text as Markdown within a table's cell; options are set as code."""
    parts = re.split(r"((?<![\w-])--[a-z][a-z-]+(?:=\S*[^\s,;:.)])?)", plain)
    return "".join(code(part) if index % 2 else re.sub(r"(?<!\w)_|_(?!\w)|[\\*<\[\]|`]", r"\\\g<0>", part) for index, part in enumerate(parts))


def code(plain):
    return "`" + plain.replace("|", "\\|") + "`"


def spelling(option):
    """How an option is written: "`-f`, `--file FILE`", and first what needs no name."""
    value = "" if option["kind"] == "flag" else " " + option["value_name"]
    names = [code(option["flag"] + value)]
    if option["short"]:
        names.insert(0, code("-" + option["short"]))
    if option["positional"]:
        names.insert(0, code(option["value_name"] + ("..." if option["kind"] == "list" else "")))
    if option["after_dashes"]:
        names.insert(0, code(f"-- {option['value_name']}..."))
    return ", ".join(names)


def meaning(option, step):
    sentence = text(option["help"])
    if option["kind"] == "list":
        sentence += "; repeatable"
    if option["required"]:
        sentence += "; required"
    if option["default"]:
        # One word is the value itself, several describe it.
        sentence += f". Default: {(text if ' ' in option['default'] else code)(option['default'])}"
    # The others follow from the option's name, as the page about all steps says.
    ours = f"SLIPWAY_{step['name'].replace('-', '_').upper()}_"
    variables = [name for name in option["variables"] if not name.startswith(ours) and (option["own"] or not name.startswith("SLIPWAY_"))]
    if variables:
        sentence += f". {'Variable' if len(variables) == 1 else 'Variables'}: {', '.join(map(code, variables))}"
    return sentence


def table(head, rows):
    return f"| {head} | meaning |\n|---|---|\n" + "".join(f"| {name} | {what} |\n" for name, what in rows)


def options_tables(step, options, level="###"):
    """One table for each section, below its heading; those without one come first."""
    parts = []
    for section in dict.fromkeys(option["section"] for option in options):
        heading = f"{level} {section}\n\n" if section else ""
        parts.append(heading + table("option", [(spelling(option), meaning(option, step)) for option in options if option["section"] == section]))
    return "\n".join(parts)


def common_table(steps):
    step = next(iter(steps.values()))
    return table("option", [(spelling(option), meaning(option, step)) for option in common_options(step)])


def blocks(steps, step=None):
    """The text of each block on a step's page, or on the page about all of them."""
    if step is None:
        return {"steps": table("step", [(f"[{name}]({name}/README.md)", text(each["summary"])) for name, each in steps.items()]),
                "options of every step": common_table(steps)}
    return {"options": options_tables(step, own_options(step)),
            "outputs": table("output", [(code(output["name"]), output["meaning"]) for output in step["outputs"]])}


def filled(page, contents):
    """A page with the blocks that it names written anew. A name that is not known is a mistake, and so is a missing block."""
    named = [match[1] for match in BLOCK.findall(page)]
    if sorted(named) != sorted(contents):
        raise ValueError(f"the page has the blocks {named}, and should have {list(contents)}")
    return BLOCK.sub(lambda match: f"{match[1]}\n{contents[match[2]]}\n{match[3]}", page)


def without_marks(page):
    return COMMENT.sub("", page)


def files(steps):
    pages = {"steps/README.md": filled((ROOT / "steps" / "README.md").read_text(), blocks(steps))}
    for name, step in steps.items():
        path = f"steps/{name}/README.md"
        pages[path] = filled((ROOT / path).read_text(), blocks(steps, step))
    return pages
