/**
 * The mathematics: attention policies, noise, schedules, prediction types, solvers and guidance. Pure functions and
 * plain data; no runtime, no files.
 *
 * @module
 */
export * from "./attention/attention.ts";
export { type NoiseDtype, type RandomGenerator } from "./noise/noise_dtype.ts";
export {
  DEFAULT_DTYPE,
  NOISE_GENERATORS,
  type NoiseDraw,
  type NoiseFunction,
  type NoiseGeneratorName,
  type NoiseOption,
  type NoiseSettings,
  type Variation,
} from "./noise/noise_option.ts";
export { type BatchNoise, noiseSource, type NoisyRun } from "./noise/noise_source.ts";
export { philox } from "./noise/philox.ts";
export { TorchCudaGenerator, type TorchCudaOptions } from "./noise/torch_cuda_generator.ts";
export { TorchGenerator } from "./noise/torch_generator.ts";
export { variationNoise } from "./noise/variation_noise.ts";
export {
  type Branch,
  branchesOf,
  type BranchOutputs,
  createGuidance,
  type GuidanceData,
  type GuidanceInput,
  type GuidanceRule,
  type GuidanceState,
  type Guided,
  type GuidedRun,
  type GuidedStep,
  type LatentShape,
  readsNegativePrompt,
} from "./guidance/guidance.ts";
export type { Correction, GuidanceInterval, Perturbation, PushFrom } from "./guidance/guidance_data.ts";
export { normalizedAttention } from "./guidance/normalized_attention.ts";
export type { ScaleSchedule } from "./guidance/scale_schedule.ts";
export { predictEpsilon, PREDICTION_TYPES, type PredictionType, predictX0 } from "./prediction/prediction.ts";
export { alphasCumprod, rescaleZeroTerminalSnr } from "./schedule/alphas_cumprod.ts";
export { BETA_SCHEDULES, betas, type BetaSchedule } from "./schedule/betas.ts";
export { SIGMAS_NAMES, type SigmasChoice, type SigmasName } from "./schedule/named_sigmas.ts";
export type { NoiseLevel } from "./schedule/noise_level.ts";
export type { FinalSigmasType, Schedule } from "./schedule/schedule.ts";
export type { TimestepSpacing } from "./schedule/timestep_spacing.ts";
export {
  createScheduler,
  DEFAULT_BATCH,
  DEFAULT_ETA,
  type Scheduler,
  type SchedulerOptions,
  type SolverName,
  SOLVERS,
  type StepInput,
  type StepResult,
} from "./solvers/scheduler.ts";
export { parseSchedulerConfig } from "./solvers/scheduler_config.ts";
export type { SchedulerConfig } from "./solvers/scheduler_config_type.ts";
export type { Solver } from "./solvers/solver.ts";
export {
  loadSolverState,
  type SavedSolverState,
  saveSolverState,
  type SolverState,
} from "./solvers/solver_state.ts";
export { toSchedulerConfig, type ToSchedulerConfigOptions } from "./solvers/to_scheduler_config.ts";
