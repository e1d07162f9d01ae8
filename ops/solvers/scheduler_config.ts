import { BundleError } from "../../errors.ts";
import type { PredictionType } from "../prediction/prediction.ts";
import type { BetaSchedule } from "../schedule/betas.ts";
import type { FinalSigmasType } from "../schedule/schedule.ts";
import type { TimestepSpacing } from "../schedule/timestep_spacing.ts";
import { FIELD_RULES, FOREIGN_FIELDS } from "./scheduler_fields.ts";
import { nearestChoice } from "./nearest_choice.ts";

/**
 * The fields of diffusers' scheduler_config.json that are honoured, under diffusers' names. A field that is left out
 * has the default of the diffusers class that is being set up; a field that this class has not got is not for it.
 */
export interface SchedulerConfig {
  readonly _class_name?: string;
  readonly num_train_timesteps?: number;
  readonly beta_start?: number;
  readonly beta_end?: number;
  readonly beta_schedule?: BetaSchedule;
  readonly trained_betas?: readonly number[];
  readonly rescale_betas_zero_snr?: boolean;
  readonly prediction_type?: PredictionType;
  readonly timestep_spacing?: TimestepSpacing;
  readonly steps_offset?: number;
  readonly final_sigmas_type?: FinalSigmasType;
  readonly use_karras_sigmas?: boolean;
  readonly use_exponential_sigmas?: boolean;
  readonly use_beta_sigmas?: boolean;
  /** DDIM */
  readonly set_alpha_to_one?: boolean;
  readonly clip_sample?: boolean;
  readonly clip_sample_range?: number;
  /** DDIM, DPM-Solver */
  readonly thresholding?: boolean;
  readonly dynamic_thresholding_ratio?: number;
  readonly sample_max_value?: number;
  /** Euler */
  readonly sigma_min?: number;
  readonly sigma_max?: number;
  readonly timestep_type?: "discrete" | "continuous";
  readonly interpolation_type?: string;
  /** DPM-Solver */
  readonly solver_order?: number;
  readonly solver_type?: string;
  readonly algorithm_type?: string;
  readonly lower_order_final?: boolean;
  readonly euler_at_final?: boolean;
  readonly lambda_min_clipped?: number;
  readonly use_lu_lambdas?: boolean;
  readonly use_flow_sigmas?: boolean;
  readonly variance_type?: string;
}

/**
 * Checks a scheduler_config.json, and keeps what is honoured of it. Fields that diffusers writes for other schedulers
 * are known and left out; a field that nobody knows gives a warning.
 *
 * @param json The file as parsed. −Infinity, which diffusers writes for `lambda_min_clipped`, may be a number or its name.
 * @param path What to call the file in messages.
 * @throws {BundleError} naming the field that breaks its rule
 */
export function parseSchedulerConfig(
  json: unknown,
  path: string,
): { config: SchedulerConfig; warnings: string[] } {
  const doing = `read the scheduler's configuration ${path}`;
  if (typeof json !== "object" || json === null || Array.isArray(json)) {
    throw new BundleError({ doing, what: "its content", rule: "a JSON object", got: json });
  }
  const config: Record<string, unknown> = {};
  const warnings: string[] = [];
  for (const [name, value] of Object.entries(json)) {
    const rule = Object.hasOwn(FIELD_RULES, name) ? FIELD_RULES[name as keyof SchedulerConfig] : undefined;
    if (!rule) {
      if (name.startsWith("_") || FOREIGN_FIELDS.has(name)) continue;
      const nearest = nearestChoice(name, Object.keys(FIELD_RULES), { onlyIfClose: true });
      warnings.push(
        `${path}: the unknown field "${name}" is ignored.${nearest ? ` Did you mean "${nearest}"?` : ""}`,
      );
    } else if (value === null && rule.nullable) {
      continue;
    } else {
      const read = name === "lambda_min_clipped" && value === "-Infinity" ? -Infinity : value;
      if (!rule.accepts(read)) throw new BundleError({ doing, what: name, rule: rule.rule, got: value });
      config[name] = Array.isArray(read) ? Object.freeze([...read]) : read;
    }
  }
  if (Number(config.beta_start) > Number(config.beta_end)) {
    throw new BundleError({
      doing,
      what: "beta_end",
      rule: `at least beta_start, ${config.beta_start}`,
      got: config.beta_end,
    });
  }
  return { config: Object.freeze(config), warnings };
}
