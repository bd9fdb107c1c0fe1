// Loaded before gitlab-ci-local (node --import): it takes a job with allow_failure:exit_codes for one that may fail with any exit code,
// and so would never start an on_failure job after it. GitLab allows these exit codes only.
import {dirname} from "node:path";
import {realpathSync} from "node:fs";
import {pathToFileURL} from "node:url";

const folder = dirname(realpathSync(process.argv[1]));
const {Executor} = await import(pathToFileURL(`${folder}/executor.js`));
Executor.isPastFailed = jobs => jobs.some(job => job.jobStatus === "failed");
Executor.getFailed = jobs => jobs.filter(job => job.finished && job.jobStatus === "failed");
