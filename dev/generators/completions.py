"""Completions for bash, zsh and fish. They stand for themselves: no package of completions has to be installed."""

import re

# What a value is: a few words, files, folders, or something that only the user knows.
WORDS, FILES, FOLDERS, FREE = "words", "files", "folders", "free"


def value_of(option):
    """What can be completed behind an option; None for a flag."""
    names = re.split(r"[|/]", option["value_name"])
    if option["kind"] == "flag":
        return None
    if option["words"]:
        return WORDS
    if "FILE" in names:
        return FILES
    return FOLDERS if "DIR" in names else FREE


def spellings(option):
    return [option["flag"]] + (["-" + option["short"]] if option["short"] else [])


def with_help(step):
    """The options, and the two that every executable has besides."""
    flag = {"kind": "flag", "value_name": "", "words": [], "positional": False, "after_dashes": False}
    return [*step["options"], {**flag, "flag": "--help", "short": "h", "help": "Options, variables and exit codes"},
            {**flag, "flag": "--version", "short": None, "help": "Version, commit and date"}]


def only(options, key):
    return next((option for option in options if option[key]), None)


def function_name(step):
    return "_" + step["name"].replace("-", "_")


# bash: `=` parts words, so that --option=value arrives as three of them; where it does not, the value is completed in its word.
BASH = r"""# bash completion for @STEP@

@FUNCTION@() {
    local current=${COMP_WORDS[COMP_CWORD]} option=${COMP_WORDS[COMP_CWORD - 1]} before= index IFS=$' \t\n'
    COMPREPLY=()
@AFTER_DASHES@    if [[ $current == = ]]; then
        current=
    elif [[ $option == = ]]; then
        option=${COMP_WORDS[COMP_CWORD - 2]}
    elif [[ $current == --*=* ]]; then
        option=${current%%=*} before=$option= current=${current#*=}
    fi
    case $option in
@VALUES@    esac
    if [[ $current == -* ]]; then
        mapfile -t COMPREPLY < <(compgen -W '@OPTIONS@' -- "$current")
        return
    fi
@ARGUMENT@}

complete -F @FUNCTION@ @STEP@
"""

BASH_COMMAND = r"""    for ((index = 1; index < COMP_CWORD; index++)); do
        [[ ${COMP_WORDS[index]} == -- ]] || continue
        # Another command stands behind the dashes: its own completion, where bash-completion can look for it.
        if declare -F _comp_command_offset >/dev/null; then
            _comp_command_offset $((index + 1))
        elif declare -F _command_offset >/dev/null; then
            _command_offset $((index + 1))
        elif ((index + 1 == COMP_CWORD)); then
            mapfile -t COMPREPLY < <(compgen -c -- "$current")
        else
            compopt -o filenames
            mapfile -t COMPREPLY < <(compgen -f -- "$current")
        fi
        return
    done
"""

BASH_REPLIES = {
    WORDS: """mapfile -t COMPREPLY < <(compgen -P "$before" -W '@WORDS@' -- "$current")""",
    FILES: """compopt -o filenames; mapfile -t COMPREPLY < <(compgen -P "$before" -f -- "$current")""",
    FOLDERS: """compopt -o filenames; mapfile -t COMPREPLY < <(compgen -P "$before" -d -- "$current")""",
    FREE: ":",
}


def bash(step):
    options = with_help(step)
    replies = {}
    for option in options:
        kind = value_of(option)
        if kind is not None:
            reply = BASH_REPLIES[kind].replace("@WORDS@", " ".join(option["words"]))
            replies.setdefault(reply, []).extend(spellings(option))
    argument = only(options, "positional")
    text = BASH.replace("@VALUES@", "".join(f"        {'|'.join(names)}) {reply}; return ;;\n" for reply, names in replies.items()))
    text = text.replace("@AFTER_DASHES@", BASH_COMMAND if only(options, "after_dashes") else "")
    text = text.replace("@ARGUMENT@", f"    {BASH_REPLIES[value_of(argument)]}\n" if argument else "")
    text = text.replace("@OPTIONS@", " ".join(name for option in options for name in spellings(option)))
    return text.replace("@FUNCTION@", function_name(step)).replace("@STEP@", step["name"])


# zsh

def zsh_text(text):
    """A text within single quotes, in which _arguments finds no bracket or colon of its own."""
    return re.sub(r"([\[\]:\\])", r"\\\1", text).replace("'", "'\\''")


def zsh_action(option):
    kind = value_of(option)
    action = {WORDS: "(" + " ".join(option["words"]) + ")", FILES: "_files", FOLDERS: "_files -/", FREE: " "}[kind]
    return f":{zsh_text(option['value_name'])}:{action}"


def zsh_specification(option):
    repeated = option["kind"] == "list"
    value = value_of(option)
    names = [option["flag"] + ("=" if value else "")] + (["-" + option["short"] + ("+" if value else "")] if option["short"] else [])
    exclusion = "*" if repeated else "(" + " ".join(spellings(option)) + ")" if option["short"] else ""
    form = "{" + ",".join(names) + "}" if option["short"] else names[0]
    return f"'{exclusion}'{form}'[{zsh_text(option['help'])}]{zsh_action(option) if value else ''}'"


# The command behind the dashes is completed as if it stood alone.
ZSH_BEHIND = """local dashes=${words[(i)--]}
if (( dashes < CURRENT )); then
    shift $dashes words
    (( CURRENT -= dashes ))
    _normal
    return
fi
"""


def zsh(step):
    options = with_help(step)
    lines = [zsh_specification(option) for option in options]
    argument = only(options, "positional")
    if argument:
        lines.append(f"'{'*' if argument['kind'] == 'list' else '1'}{zsh_action(argument)}'")
    behind = ZSH_BEHIND if only(options, "after_dashes") else ""
    return f"#compdef {step['name']}\n\n{behind}_arguments -s -S : \\\n    " + " \\\n    ".join(lines) + "\n"


# fish

def fish_text(text):
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


# fish's own function takes the whole word, `--option=` included.
FISH_FOLDERS = """'(__fish_complete_directories (commandline -ct | string replace -r "^--[^=]*=" ""))'"""


def fish_value(option):
    kind = value_of(option)
    if kind == WORDS:
        return " -xa " + fish_text(" ".join(option["words"]))
    return {FILES: " -rF", FOLDERS: f" -xa {FISH_FOLDERS}", FREE: " -x", None: ""}[kind]


FISH_BEHIND = r"""function @NAME@
    set -l words (commandline -opc)
    set -l dashes (contains -i -- -- $words)
    complete -C (string join ' ' -- (string escape -- $words[(math $dashes + 1)..-1]) (commandline -ct))
end
complete -c @STEP@ -n 'contains -- -- (commandline -opc)' -xa '(@NAME@)'
"""


def fish(step):
    options = with_help(step)
    command = f"complete -c {step['name']}"
    argument = only(options, "positional")
    kind = value_of(argument) if argument else None
    text = f"# fish completion for {step['name']}\n\n{command} {'-F' if kind == FILES else '-f'}\n"
    if kind == FOLDERS:
        text += f"{command} -a {FISH_FOLDERS}\n"
    if only(options, "after_dashes"):
        text += FISH_BEHIND.replace("@NAME@", f"_{function_name(step)}_behind_dashes").replace("@STEP@", step["name"])
    for option in options:
        short = f" -s {option['short']}" if option["short"] else ""
        text += f"{command}{short} -l {option['flag'].removeprefix('--')}{fish_value(option)} -d {fish_text(option['help'])}\n"
    return text


def installed(steps):
    """The completions by their paths below share/."""
    files = {}
    for name, step in steps.items():
        files[f"bash-completion/completions/{name}"] = bash(step).encode()
        files[f"zsh/site-functions/_{name}"] = zsh(step).encode()
        files[f"fish/vendor_completions.d/{name}.fish"] = fish(step).encode()
    return files
