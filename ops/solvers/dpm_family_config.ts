/** What the configurations of diffusers' DPM-Solver family have in common. */
import { dpmFlowSchedule } from "../schedule/dpm_flow_schedule.ts";
import { dpmSolverSchedule } from "../schedule/dpm_solver_schedule.ts";
import { karrasSigmas } from "../schedule/karras_sigmas.ts";
import type { Schedule } from "../schedule/schedule.ts";
import { sigmaTable } from "../schedule/sigma_table.ts";
import { chosenSigmas, unsupported } from "./config_reading.ts";
import { DPM_ALGORITHMS, type DpmAlgorithm } from "./dpm_weights.ts";
import { shiftOf } from "./flow_family.ts";
import type { SchedulerConfig } from "./scheduler_config_type.ts";
import type { SolverOptions } from "./solver.ts";

/** In what the classes differ when they lay out their schedule. */
export interface DpmFamily {
  /** Where the last step ends; `last`: at the end of training, or of the sigma schedule if there is one. */
  readonly end: "final_sigmas_type" | "final_sigmas_type of UniPC" | "last";
  /** Whether the class has `timestep_spacing` and `steps_offset`; otherwise it is `linspace`. */
  readonly spaces: boolean;
  /** Whether it has `lambda_min_clipped`. */
  readonly clipsLambda: boolean;
  /** Whether it has `use_lu_lambdas`. */
  readonly takesLu: boolean;
}

/** From here on diffusers trusts the last steps to look back. */
export const MANY_STEPS = 15;

function flowSchedule(
  config: SchedulerConfig,
  alphasCumprod: Float32Array,
  { steps, sigmas, imageTokens, flowGrid }: SolverOptions,
  { end }: DpmFamily,
): Schedule {
  const { flow_shift: shift = 1, final_sigmas_type = "zero", shift_terminal: terminal } = config;
  const isUniPc = end === "final_sigmas_type of UniPC";
  const asked = chosenSigmas(config, undefined);
  if (asked && !(isUniPc && asked === "karras")) {
    const remedy = "Its levels are made for samples whose noise grows without bound.";
    throw unsupported(`use_${asked as "karras"}_sigmas`, "false where use_flow_sigmas is true", true, remedy);
  }
  const { sigmas: table } = sigmaTable(alphasCumprod);
  const range = { min: config.sigma_min ?? table[0], max: config.sigma_max ?? table[table.length - 1] };
  const final = end !== "last" && final_sigmas_type === "zero"
    ? 0
    : end === "final_sigmas_type"
    ? table[0]
    : "repeat";
  return dpmFlowSchedule({
    trainTimesteps: alphasCumprod.length,
    steps,
    shift: shiftOf({ ...config, shift }, imageTokens),
    grid: !isUniPc ? "short" : flowGrid === "even" ? "even" : "whole",
    ...(isUniPc ? { terminal } : {}),
    final,
    sigmas,
    ...(asked && !sigmas ? { ratios: karrasSigmas(range, steps) } : {}),
  });
}

/** The schedule that a class of the family walks on. */
export function dpmFamilySchedule(
  config: SchedulerConfig,
  alphasCumprod: Float32Array,
  options: SolverOptions,
  family: DpmFamily,
): Schedule {
  const { use_lu_lambdas, use_flow_sigmas, beta_schedule = "linear" } = config;
  if (use_flow_sigmas) return flowSchedule(config, alphasCumprod, options, family);
  const { timestep_spacing = "linspace", steps_offset = 0, lambda_min_clipped = -Infinity } = config;
  const { sigma_min, sigma_max, final_sigmas_type = "zero" } = config;
  const isUniPc = family.end === "final_sigmas_type of UniPC";
  return dpmSolverSchedule({
    alphasCumprod,
    steps: options.steps,
    spacing: family.spaces ? timestep_spacing : "linspace",
    stepsOffset: family.spaces ? steps_offset : 0,
    sigmas: chosenSigmas(config, options.sigmas) ?? (family.takesLu && use_lu_lambdas ? "lu" : undefined),
    ...(isUniPc ? { sigmaMin: sigma_min, sigmaMax: sigma_max } : {}),
    finalSigmas: family.end === "last" ? "sigma_min" : final_sigmas_type,
    repeatsLast: family.end !== "final_sigmas_type",
    lambdaMinClipped: family.clipsLambda ? lambda_min_clipped : -Infinity,
    // Of the family only the multistep DPM-Solver knows the cosine schedule's fractions of timesteps.
    roundTimesteps: !family.takesLu || beta_schedule !== "squaredcos_cap_v2",
  });
}

/** Refuses a model that predicts a variance beside its mean: none of the solvers here takes it. */
export function withoutLearnedVariance(config: SchedulerConfig): void {
  const { variance_type } = config;
  if (variance_type?.startsWith("learned")) throw unsupported("variance_type", "null", variance_type);
}

/** The field's order, up to the highest one that the solver has. */
export function orderUpTo<Order extends number>(
  config: SchedulerConfig,
  field: "solver_order" | "predictor_order" | "corrector_order",
  orders: readonly Order[],
): Order {
  const { [field]: asked = 2 } = config;
  const order = orders.find((each) => each === asked);
  if (order === undefined) throw unsupported(field, orders.join(" or "), asked);
  return order;
}

/** `solver_type` of both DPM-Solvers; the names of their relatives' types mean the default, as in diffusers. */
export function dpmSolverType({ solver_type = "midpoint" }: SchedulerConfig): "midpoint" | "heun" {
  switch (solver_type) {
    case "midpoint":
    case "heun":
      return solver_type;
    case "logrho":
    case "bh1":
    case "bh2":
      return "midpoint";
    default:
      throw unsupported("solver_type", "midpoint or heun", solver_type);
  }
}

/** `algorithm_type` of both DPM-Solvers, among those that the class has; that of DEIS means the default. */
export function dpmAlgorithm(
  { algorithm_type = "dpmsolver++" }: SchedulerConfig,
  among: readonly DpmAlgorithm[] = DPM_ALGORITHMS,
): DpmAlgorithm {
  const algorithm = algorithm_type === "deis" ? "dpmsolver++" : among.find((each) => each === algorithm_type);
  if (!algorithm) throw unsupported("algorithm_type", among.join(" or "), algorithm_type);
  return algorithm;
}

/** Refuses a schedule that ends without noise, for a solver (so named) that integrates the predicted noise. */
export function withNoiseLeft({ targets }: Schedule, solver: string): void {
  if (targets[targets.length - 1].sigma > 0) return;
  const remedy = "A step of the predicted noise grows without bound as the noise goes to zero.";
  throw unsupported("final_sigmas_type", `sigma_min for ${solver}`, "zero", remedy);
}
