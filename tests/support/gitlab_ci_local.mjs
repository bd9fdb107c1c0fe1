// Loaded before gitlab-ci-local (node --import), to have it do what GitLab does where it does something else.
import {dirname} from "node:path";
import {realpathSync} from "node:fs";
import {register} from "node:module";
import {pathToFileURL} from "node:url";

// Its regular expressions come from a native module, which npm would have to compile; our pipelines need none that JavaScript has not.
register("data:text/javascript," + encodeURIComponent(`
  export const resolve = (name, context, next) =>
    name === "re2" ? {url: "data:text/javascript,export default RegExp", shortCircuit: true} : next(name, context);
`));

const folder = dirname(realpathSync(process.argv[1]));
const {Executor} = await import(pathToFileURL(`${folder}/executor.js`));
const {Utils} = await import(pathToFileURL(`${folder}/utils.js`));

// It takes a job with allow_failure:exit_codes for one that may fail with any exit code, and so starts no on_failure job after it.
Executor.isPastFailed = jobs => jobs.some(job => job.jobStatus === "failed");
Executor.getFailed = jobs => jobs.filter(job => job.finished && job.jobStatus === "failed");

// It replaces variables in a job's variables for good before those of dotenv reports are known.
const expand = Utils.expandVariables;
Utils.expandVariables = variables => expand.call(Utils, {...variables});

// Among the containers that it removes in the end are some that are gone already, upon which podman removes none.
const spawn = Utils.spawn;
Utils.spawn = (command, ...rest) => spawn.call(Utils, command[1] === "rm" ? [command[0], "rm", "--ignore", ...command.slice(2)] : command, ...rest);
