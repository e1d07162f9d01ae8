import { BundleError } from "../../errors.ts";
import type { Limit } from "../prediction/limit_x0.ts";
import { alphasCumprod, rescaleZeroTerminalSnr } from "../schedule/alphas_cumprod.ts";
import { betas } from "../schedule/betas.ts";
import { CONFIG_SIGMAS, type SigmasChoice } from "../schedule/named_sigmas.ts";
import type { SchedulerConfig } from "./scheduler_config_type.ts";

/** The error for a field whose value diffusers knows and the solver at hand does not support. */
export function unsupported(
  field: keyof SchedulerConfig,
  rule: string,
  got: unknown,
  remedy?: string,
): BundleError {
  return new BundleError({
    doing: "set up the scheduler",
    what: `${field} in its configuration`,
    rule,
    got,
    ...(remedy ? { remedy } : {}),
  });
}

/** Throws that error unless the field's value, or its absence, is among those supported. */
export function supported(
  config: SchedulerConfig,
  field: keyof SchedulerConfig,
  values: readonly unknown[],
): void {
  const value = config[field];
  if (!values.includes(value)) throw unsupported(field, JSON.stringify(values[0]), value);
}

/** Dynamic thresholding where the configuration has it switched on, else another limit. */
export function thresholdOf(config: SchedulerConfig, otherwise: Limit = { kind: "none" }): Limit {
  const { thresholding = false, dynamic_thresholding_ratio = 0.995, sample_max_value = 1 } = config;
  if (!thresholding) return otherwise;
  return { kind: "threshold", ratio: dynamic_thresholding_ratio, max: sample_max_value };
}

/** ᾱ_t of the model's training, as every one of diffusers' schedulers reads it. */
export function trainingAlphasCumprod(config: SchedulerConfig): Float32Array {
  const { beta_start = 0.0001, beta_end = 0.02, beta_schedule = "linear", num_train_timesteps = 1000 } =
    config;
  const { trained_betas, rescale_betas_zero_snr = false } = config;
  const added = trained_betas
    ? Float32Array.from(trained_betas)
    : betas(beta_schedule, beta_start, beta_end, num_train_timesteps);
  return alphasCumprod(rescale_betas_zero_snr ? rescaleZeroTerminalSnr(added) : added);
}

/**
 * The sigma schedule that the user chose, else the one that the configuration asks for, if any.
 *
 * @throws {BundleError} when the configuration asks for two
 */
export function chosenSigmas(
  config: SchedulerConfig,
  chosen: SigmasChoice | undefined,
): SigmasChoice | undefined {
  if (chosen) return chosen;
  const asked = CONFIG_SIGMAS.filter((name) => config[`use_${name}_sigmas`]);
  if (asked.length > 1) {
    throw unsupported(`use_${asked[1]}_sigmas`, `false where use_${asked[0]}_sigmas is true`, true);
  }
  return asked[0];
}
