import { parse } from 'yaml';
import * as z from 'zod';

/** The line of a recipe that installs the program, which tests can't run. */
export const installing = 'npm install --global model-hub-cli';

const values = z.record(z.string(), z.coerce.string());

const workflowSchema = z.object({
  jobs: z.record(
    z.string(),
    z.object({
      steps: z.array(
        z.object({
          run: z.string().optional(),
          uses: z.string().optional(),
          with: values.optional(),
          env: values.default({}),
        }),
      ),
    }),
  ),
});

/** A workflow of GitHub Actions. */
export interface Workflow {
  /** What its only job runs, in order. */
  readonly steps: readonly { readonly run: string; readonly environment: Readonly<Record<string, string>> }[];
  /** What an action is given, by its name without version. */
  readonly given: ReadonlyMap<string, Readonly<Record<string, string>>>;
}

/** @param secrets  what `${{ … }}` stands for in variables */
export function readWorkflow(yaml: string, secrets: Readonly<Record<string, string>>): Workflow {
  const [job, ...others] = Object.values(workflowSchema.parse(parse(yaml)).jobs);
  if (job === undefined || others.length > 0) throw new Error('not one job');
  const steps = job.steps.flatMap(({ run, env }) => {
    const entries = Object.entries(env).map(([name, value]) => [name, filledIn(value, secrets)]);
    return run === undefined ? [] : [{ run, environment: Object.fromEntries(entries) as Record<string, string> }];
  });
  const given = job.steps.flatMap(({ uses, with: inputs = {} }) =>
    uses === undefined ? [] : [[uses.replace(/@.*$/, ''), inputs] as const],
  );
  return { steps, given: new Map(given) };
}

function filledIn(value: string, secrets: Readonly<Record<string, string>>): string {
  return value.replace(/\$\{\{ *(\S+) *\}\}/g, (whole, name: string) => {
    const secret = secrets[name];
    if (secret === undefined) throw new Error(`${whole} stands for nothing here`);
    return secret;
  });
}

const lines = z.array(z.string());
const jobSchema = z.object({
  stage: z.string(),
  script: lines,
  variables: values.default({}),
  cache: z.object({ paths: lines, policy: z.string() }).optional(),
  allow_failure: z.object({ exit_codes: z.number() }).optional(),
  retry: z.object({ exit_codes: z.number() }).optional(),
});

const pipelineSchema = z
  .object({
    default: z.object({ before_script: lines }),
    variables: values,
    stages: lines,
  })
  .catchall(z.unknown());

export interface PipelineJob {
  readonly name: string;
  readonly lines: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly cached: readonly string[];
  /** Exit codes that don't fail the pipeline, and those after which the job is run again. */
  readonly allowedExitCode: number | undefined;
  readonly retriedExitCode: number | undefined;
}

/**
 * A pipeline of GitLab: its jobs by stage.
 *
 * @param given  variables of GitLab's own, which others may name
 */
export function readPipeline(yaml: string, given: Readonly<Record<string, string>>): PipelineJob[] {
  const { default: preset, variables, stages, ...named } = pipelineSchema.parse(parse(yaml));
  const jobs = Object.entries(named).map(([name, job]) => ({ name, ...jobSchema.parse(job) }));
  return stages.flatMap((stage) =>
    jobs
      .filter((job) => job.stage === stage)
      .map((job) => ({
        name: job.name,
        lines: [...preset.before_script, ...job.script],
        environment: { ...given, ...expanded({ ...variables, ...job.variables }, given) },
        cached: job.cache?.paths ?? [],
        allowedExitCode: job.allow_failure?.exit_codes,
        retriedExitCode: job.retry?.exit_codes,
      })),
  );
}

function expanded(
  variables: Readonly<Record<string, string>>,
  given: Readonly<Record<string, string>>,
): Record<string, string> {
  const entries = Object.entries(variables).map(([name, value]) => [
    name,
    value.replace(/\$(\w+)/g, (whole, named: string) => given[named] ?? whole),
  ]);
  return Object.fromEntries(entries) as Record<string, string>;
}
