"""templates/: the GitLab CI/CD components, one for each step. Every option of a step is an input of the same name.

A component's job hands its inputs over as variables, never as words of a shell. They are PLUGIN_ variables, since these take a list as JSON,
which is how GitLab writes an array, and are weaker than SLIPWAY_ variables, which a pipeline may set as well. An input that is not given is
an empty variable, which steps take for none: slipway.yaml goes on to count.

GitLab puts inputs into the text before it reads the YAML, so a value with quotes in it is safe in a block scalar only.
"""

from . import description

# Of the options of every step those that mean something for one job; the others are variables that a whole pipeline may set.
COMMON = ("dry-run", "verbose", "config")

# What the steps' jobs differ in besides their options.
STAGES = {"build-image": "build", "render-jobspec": "build"}
CODE_QUALITY = ("render-jobspec", "push-rules")
JUNIT = ("push-rules", "wait-for-slo")
# Files of other jobs are no part of what is built.
WITHOUT_ARTIFACTS = ("build-image",)
INCONCLUSIVE = ("wait-for-slo",)
# Files that are kept with the outputs when nobody says otherwise.
FILES = {("wait-for-slo", "report"): "report.html"}

HEAD = """\
# Written by dev/generate from `{step} --describe`. In short:
#
#   include:
#     - component: $CI_SERVER_FQDN/{repository}/{step}@1
#       inputs:
#         {example}
#
# Every option of {step} is an input. A value may hold variables ($NAME), those of earlier jobs as well; a $ of its own is written $$.
# {secrets}SLIPWAY_{variables}_... of the pipeline and the project are stronger than inputs; slipway.yaml is weaker.
#
# Later jobs find the outputs as variables ({prefix}{output} and so on), and one file each in {folder}/.
"""
SECRETS = """\
Secrets are masked variables of the project, such as {secret}.
# """
EXAMPLES = {
    "build-image": "build-arg: [BASE=registry.example.com/base:1]",
    "render-jobspec": "template: [deploy/web.nomad.hcl.tmpl]",
    "push-rules": "rules: [monitoring/rules]",
    "update-gitops-values": "set: [image.tag=$build_image_immutable_tag]",
    "run-job": "job: [deploy/web.nomad.hcl]",
    "wait-for-slo": "slo: [slo.yaml]",
}


def files(steps):
    return {f"templates/{name}.yml": component(step) for name, step in steps.items()}


def component(step):
    name = step["name"]
    inputs = [*job_inputs(name), *(option_input(name, option) for option in options(step))]
    secret = next((option["variables"][0] for option in step["options"] if option["kind"] == "secret"), None)
    head = HEAD.format(step=name, repository=description.REPOSITORY, example=EXAMPLES[name], secrets=SECRETS.format(secret=secret) if secret else "",
                       variables=prefix(name).upper().rstrip("_"), prefix=prefix(name), output=step["outputs"][0]["name"], folder=folder(name))
    return head + "spec:\n  inputs:\n" + "".join(inputs) + "---\n" + job(step)


def options(step):
    """Those that are inputs. What follows `--` on a command line is a list, too."""
    return description.own_options(step) + [option for option in description.common_options(step) if option["name"] in COMMON]


def prefix(name):
    return name.replace("-", "_") + "_"


def folder(name):
    return f"slipway/{name}"


def job_inputs(name):
    yield entry("job-name", "Name of the job", default=name)
    yield entry("stage", "Stage of the job", default=STAGES.get(name, "deploy"))
    yield entry("job-image", "Image that the job runs in", default=description.IMAGE)
    yield entry("job-rules", "When the job runs, as in `rules:`", type="array", default=[{"if": "$CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH"}])
    yield entry("dotenv-prefix", "What stands before the names of the outputs, which become variables of later jobs", default=prefix(name))
    if name in INCONCLUSIVE:
        yield entry("allow-failure-exit-codes", "Exit codes that are a warning of the pipeline; 4 is inconclusive", type="array", default=[4])


def input_name(option):
    return option["flag"].removeprefix("--")


def option_input(name, option):
    text = option["help"]
    if option["default"] is not None:
        text += f"; default: {option['default']}"
    if option["kind"] == "flag":
        return entry(input_name(option), text, type="boolean", default=False)
    if option["kind"] == "list":
        kept = FILES.get((name, option["name"]))
        return entry(input_name(option), text, type="array", default=[f"{folder(name)}/{kept}"] if kept else [])
    return entry(input_name(option), text, default="", options=["", *option["words"]] if option["words"] else None)


def entry(name, text, **fields):
    lines = [f"    {name}:", f"      description: {quoted(text)}"]
    lines += [f"      {key}: {written(value)}" for key, value in fields.items() if value is not None]
    return "\n".join(lines) + "\n"


def quoted(text):
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def written(value):
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return "[" + ", ".join(written(item) for item in value) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {written(item)}" for key, item in value.items()) + "}"
    return quoted(value) if isinstance(value, str) else str(value)


def variable(option):
    """A flag is given or not; false would be stronger than slipway.yaml. The line break behind a list keeps it a text."""
    name, value = f"PLUGIN_{input_name(option)}".upper().replace("-", "_"), f"$[[ inputs.{input_name(option)} ]]"
    if option["kind"] == "flag":
        return [f'    {name}: "$flag_{value}"']
    return [f"    {name}: {'|' if option['kind'] == 'list' else '|-'}", f"      {value}"]


def job(step):
    name = step["name"]
    reports = {"dotenv": f"{name}.env"}
    if name in CODE_QUALITY:
        reports["codequality"] = f"{folder(name)}/code-quality.json"
    if name in JUNIT:
        reports["junit"] = f"{folder(name)}/junit.xml"
    lines = ['"$[[ inputs.job-name ]]":', "  stage: $[[ inputs.stage ]]", "  image: $[[ inputs.job-image ]]", "  rules: $[[ inputs.job-rules ]]"]
    if name in WITHOUT_ARTIFACTS:
        lines += ["  dependencies: []   # what other jobs made is no part of the image"]
    if name in INCONCLUSIVE:
        lines += ["  allow_failure:", "    exit_codes: $[[ inputs.allow-failure-exit-codes ]]"]
    lines += ["  variables:", '    flag_true: "true"', '    flag_false: ""   # not given']
    for option in options(step):
        lines += variable(option)
    lines += ['    SLIPWAY_DOTENV_PREFIX: "$[[ inputs.dotenv-prefix ]]"', f"    SLIPWAY_OUTPUTS_DIR: {folder(name)}", f"    SLIPWAY_DOTENV: {reports['dotenv']}"]
    if "codequality" in reports:
        lines.append(f"    SLIPWAY_CODE_QUALITY: {reports['codequality']}")
    if "junit" in reports:
        lines.append(f"    SLIPWAY_JUNIT: {reports['junit']}")
    lines += ["  script:"]
    if len(reports) > 1:
        lines.append(f"    - mkdir -p {folder(name)}")
    lines += [f"    - {name}", "  artifacts:", "    when: always", f"    paths: [{folder(name)}/]", "    reports:"]
    lines += [f"      {kind}: {path}" for kind, path in reports.items()]
    return "\n".join(lines) + "\n"
