/** What is evaluated at each step, and what comes out of it. */
import { DomainError } from "../../errors.ts";
import { inSigmaInterval, inStepInterval } from "../schedule/step_interval.ts";
import type { Space } from "../schedule/schedule.ts";
import { checkGuidance } from "./check_guidance.ts";
import { cfgPlusPlusScale } from "./cfg_plus_plus.ts";
import { combineBranches } from "./combine_branches.ts";
import type { Branch, BranchOutputs, LatentShape } from "./guidance_branch.ts";
import type { GuidanceData, GuidanceInterval } from "./guidance_data.ts";
import type { GuidanceState, Guided, GuidedStep } from "./guided_step.ts";
import { scaleAt } from "./scale_schedule.ts";

export type { Branch, BranchOutputs, GuidanceData, GuidanceState, Guided, GuidedStep, LatentShape };

/** The run that is guided: what a `Scheduler` tells of itself. */
export interface GuidedRun {
  /** Before each step and after the last. */
  readonly sigmas: ArrayLike<number>;
  readonly space: Space;
}

/** What is put together at a step. */
export interface GuidanceInput {
  /** One for each of the step's branches; they are not changed. */
  readonly outputs: BranchOutputs;
  /** Which step, from 0. */
  readonly i: number;
  readonly shape: LatentShape;
  readonly state: GuidanceState;
}

/** A rule over a run. Holds no state. */
export interface GuidanceRule {
  /** Every branch that some step evaluates. */
  readonly branches: readonly Branch[];
  readonly steps: readonly GuidedStep[];
  /** The state before the first step. */
  start(): GuidanceState;
  /** @throws {DomainError} when `i` is not a step, a branch is missing or an output is not of the shape */
  combine(input: GuidanceInput): Guided;
}

const NOTHING_REMEMBERED: GuidanceState = Object.freeze({});

/** Every branch of the rule, in the order in which they are evaluated; a step may do with fewer. */
export function branchesOf(data: GuidanceData): readonly Branch[] {
  const perturbed = "perturbed" in data ? data.perturbed?.filter(({ scale }) => scale !== 0) ?? [] : [];
  const extra = perturbed.map(({ kind }): Branch => kind);
  switch (data.kind) {
    case "none":
      return ["conditional", ...extra];
    case "nag":
      return ["nag"];
    case "auto":
      return ["weak", "conditional", ...extra];
    case "perp_neg":
      return ["unconditional", "negative", "conditional", ...extra];
    case "cfg":
    case "apg":
    case "cfg_zero_star":
    case "tcfg":
    case "fdg":
    case "cfg_pp":
      // at a scale of 1 the other branch plays no part
      return isPlain(data) ? ["conditional", ...extra] : ["unconditional", "conditional", ...extra];
    default:
      return data satisfies never;
  }
}

/** Whether some branch is conditioned on the negative prompt. */
export function readsNegative(branches: readonly Branch[]): boolean {
  return branches.some((branch) => branch === "unconditional" || branch === "negative" || branch === "nag");
}

/** Whether some branch of the rule is conditioned on the negative prompt. */
export function readsNegativePrompt(data: GuidanceData): boolean {
  return readsNegative(branchesOf(data));
}

/** Whether the rule is at every step the conditional prediction, but for perturbations. */
function isPlain(data: GuidanceData): boolean {
  if (data.kind === "fdg") return data.scales.every((scale) => scale === 1);
  return "scale" in data && data.scale === 1 && leavesAtOne(data);
}

/** Whether a scale of 1 gives the conditional prediction. The negative prompt of Perp-Neg acts even then. */
function leavesAtOne(data: GuidanceData): boolean {
  return data.kind !== "perp_neg" && data.kind !== "cfg_pp";
}

function holds(interval: GuidanceInterval | undefined, i: number, { sigmas }: GuidedRun): boolean {
  if (interval === undefined) return true;
  return "high" in interval
    ? inSigmaInterval(sigmas[i], interval)
    : inStepInterval(i, sigmas.length - 1, interval);
}

/** w at a step; undefined where the conditional prediction is taken as it is. */
function scaleOf(data: GuidanceData, i: number, run: GuidedRun): number | undefined {
  switch (data.kind) {
    case "none":
      return undefined;
    case "nag":
      return data.scale;
    case "fdg":
      // its scales are those of its bands
      return isPlain(data) || !holds(data.interval, i, run) ? undefined : 1;
    case "cfg_pp": {
      const around = [run.sigmas[i], run.sigmas[i + 1]] as const;
      return holds(data.interval, i, run) ? cfgPlusPlusScale(data.lambda, around, run.space) : undefined;
    }
    default: {
      const scale = scaleAt(data.scale, data.schedule, i, run.sigmas.length - 1);
      return holds(data.interval, i, run) && !(scale === 1 && leavesAtOne(data)) ? scale : undefined;
    }
  }
}

function stepOf(data: GuidanceData, i: number, run: GuidedRun): GuidedStep {
  if (data.kind === "cfg_zero_star" && i < data.zeroSteps) return { branches: [], perturbations: {} };
  const scale = scaleOf(data, i, run);
  const perturbed = "perturbed" in data ? data.perturbed ?? [] : [];
  const reached = perturbed.filter((each) => each.scale !== 0 && holds(each.interval, i, run));
  const perturbations = Object.fromEntries(reached.map((each) => [each.kind, each.scale]));
  const branches = branchesOf(data).filter((branch) =>
    branch === "conditional" || branch in perturbations ||
    (scale !== undefined && !perturbed.some(({ kind }) => kind === branch))
  );
  return { branches, perturbations, ...(scale === undefined ? {} : { scale }) };
}

/**
 * The rule over a run. Where it has scale 1, or does not hold, the conditional branch is evaluated alone, as diffusers'
 * pipelines do (for them any scale up to 1; here a scale below 1 still mixes the two).
 *
 * @throws {DomainError} when a field of the data is out of its range, naming it
 */
export function createGuidance(data: GuidanceData, run: GuidedRun): GuidanceRule {
  checkGuidance(data);
  const steps = Array.from({ length: run.sigmas.length - 1 }, (_, i) => stepOf(data, i, run));
  return Object.freeze({
    branches: branchesOf(data).filter((branch) => steps.some(({ branches }) => branches.includes(branch))),
    steps,
    start: () => NOTHING_REMEMBERED,
    combine({ outputs, i, shape, state }: GuidanceInput): Guided {
      const step = steps[i];
      const doing = "guide";
      if (!step) throw new DomainError({ doing, what: "i", rule: `a step of ${steps.length}`, got: i });
      const size = shape.reduce((product, side) => product * side, 1);
      if (state.momentum !== undefined && state.momentum.length !== size) {
        throw new DomainError({
          doing,
          what: "state.momentum",
          rule: `of ${size} values`,
          got: state.momentum.length,
        });
      }
      for (const branch of step.branches) {
        const { length } = outputs[branch] ?? [];
        if (length === size) continue;
        const rule = `given for the ${branch} branch, of the ${size} values of [${shape.join(", ")}]`;
        throw new DomainError({ doing, what: "the outputs", rule, got: outputs[branch]?.length });
      }
      if (step.branches.length === 0) return { prediction: new Float32Array(size), state };
      return combineBranches(data, step, outputs, shape, state);
    },
  });
}
