import { PREDICTION_TYPES } from "../prediction/prediction.ts";
import { BETA_SCHEDULES } from "../schedule/betas.ts";
import { FINAL_SIGMAS_TYPES } from "../schedule/schedule.ts";
import { TIMESTEP_SPACINGS } from "../schedule/timestep_spacing.ts";
import type { SchedulerConfig } from "./scheduler_config_type.ts";

/** What a field must be. */
export interface FieldRule {
  readonly rule: string;
  readonly accepts: (value: unknown) => boolean;
  /** Whether null stands for "left out". */
  readonly nullable?: boolean;
}

const isNumber = (value: unknown): value is number => typeof value === "number" && Number.isFinite(value);
const isWhole = (value: unknown): value is number => Number.isInteger(value);
const isBeta = (value: unknown) => isNumber(value) && value > 0 && value < 1;

const text: FieldRule = { rule: "a string", accepts: (value) => typeof value === "string" };
const flag: FieldRule = { rule: "true or false", accepts: (value) => typeof value === "boolean" };
const beta: FieldRule = { rule: "a number above 0 and below 1", accepts: isBeta };
const positive: FieldRule = { rule: "a number above 0", accepts: (value) => isNumber(value) && value > 0 };

const anyNumber: FieldRule = { rule: "a number", accepts: isNumber };
const count: FieldRule = {
  rule: "a whole number of at least 1",
  accepts: (value) => isWhole(value) && value >= 1,
};
/** What diffusers takes an object of Python's for, which no JSON can hold. */
const nothing: FieldRule = { rule: "null", accepts: () => false, nullable: true };

function oneOf(values: readonly string[]): FieldRule {
  return {
    rule: `one of ${values.map((value) => JSON.stringify(value)).join(", ")}`,
    accepts: (value) => typeof value === "string" && values.includes(value),
  };
}

/** More than any model has, and few enough for a table of them. */
const MOST_TIMESTEPS = 1_000_000;

/** The rule for every field that is honoured. */
export const FIELD_RULES: Readonly<Record<keyof SchedulerConfig, FieldRule>> = {
  _class_name: text,
  num_train_timesteps: {
    rule: `a whole number from 1 to ${MOST_TIMESTEPS}`,
    accepts: (value) => isWhole(value) && value >= 1 && value <= MOST_TIMESTEPS,
  },
  beta_start: beta,
  beta_end: beta,
  beta_schedule: oneOf(BETA_SCHEDULES),
  trained_betas: {
    rule: "a list of numbers above 0 and below 1, or null",
    accepts: (value) => Array.isArray(value) && value.length > 0 && value.every(isBeta),
    nullable: true,
  },
  rescale_betas_zero_snr: flag,
  prediction_type: oneOf([...PREDICTION_TYPES, "trigflow"]),
  timestep_spacing: oneOf(TIMESTEP_SPACINGS),
  steps_offset: { rule: "a whole number of at least 0", accepts: (value) => isWhole(value) && value >= 0 },
  final_sigmas_type: oneOf(FINAL_SIGMAS_TYPES),
  use_karras_sigmas: { ...flag, nullable: true },
  use_exponential_sigmas: { ...flag, nullable: true },
  use_beta_sigmas: { ...flag, nullable: true },
  set_alpha_to_one: flag,
  clip_sample: flag,
  clip_sample_range: positive,
  thresholding: flag,
  dynamic_thresholding_ratio: {
    rule: "a number from 0 to 1",
    accepts: (value) => isNumber(value) && value >= 0 && value <= 1,
  },
  sample_max_value: positive,
  sigma_min: { ...positive, nullable: true },
  sigma_max: { ...positive, nullable: true },
  timestep_type: oneOf(["discrete", "continuous"]),
  interpolation_type: text,
  solver_order: { rule: "1, 2 or 3", accepts: (value) => isWhole(value) && value >= 1 && value <= 3 },
  solver_type: text,
  algorithm_type: text,
  lower_order_final: flag,
  euler_at_final: flag,
  lambda_min_clipped: {
    rule: "a number or -Infinity",
    accepts: (value) => isNumber(value) || value === -Infinity,
    nullable: true,
  },
  use_lu_lambdas: { ...flag, nullable: true },
  use_flow_sigmas: { ...flag, nullable: true },
  variance_type: { ...text, nullable: true },
  predict_x0: flag,
  disable_corrector: {
    rule: "a list of whole numbers",
    accepts: (value) => Array.isArray(value) && value.every(isWhole),
    nullable: true,
  },
  predictor_order: count,
  corrector_order: { rule: "a whole number of at least 0", accepts: (value) => isWhole(value) && value >= 0 },
  solver_p: nothing,
  tau_func: nothing,
  noise_sampler_seed: { rule: "a whole number", accepts: isWhole, nullable: true },
  flow_shift: { ...positive, nullable: true },
  shift: positive,
  shift_terminal: { ...positive, nullable: true },
  use_dynamic_shifting: { ...flag, nullable: true },
  time_shift_type: oneOf(["exponential", "linear"]),
  base_shift: { ...anyNumber, nullable: true },
  max_shift: { ...anyNumber, nullable: true },
  base_image_seq_len: { ...count, nullable: true },
  max_image_seq_len: { ...count, nullable: true },
  invert_sigmas: flag,
  stochastic_sampling: flag,
  scale_factors: {
    rule: "a list of numbers above 0",
    accepts: (value) => Array.isArray(value) && value.every(positive.accepts),
    nullable: true,
  },
  upscale_mode: text,
  skip_prk_steps: flag,
  original_inference_steps: count,
  timestep_scaling: positive,
  sigma_data: positive,
  sigma_schedule: oneOf(["karras", "exponential"]),
  rho: positive,
};

/** Fields that diffusers writes for schedulers of image models and that none of the solvers here reads. */
export const FOREIGN_FIELDS: ReadonlySet<string> = new Set([
  "gamma",
  "s_noise",
  "snr_shift_scale",
  "stage_range",
  "stages",
]);
