/**
 * The mathematics: attention policies, noise, schedules, prediction types, solvers and guidance. Pure functions and
 * plain data; no runtime, no files.
 *
 * @module
 */
export * from "./attention/attention.ts";
export { TorchGenerator } from "./noise/torch_generator.ts";
export { type Branch, createGuidance, type GuidanceData, type GuidanceRule } from "./guidance/guidance.ts";
export { predictEpsilon, PREDICTION_TYPES, type PredictionType, predictX0 } from "./prediction/prediction.ts";
export { alphasCumprod, rescaleZeroTerminalSnr } from "./schedule/alphas_cumprod.ts";
export { BETA_SCHEDULES, betas, type BetaSchedule } from "./schedule/betas.ts";
export { SIGMAS_NAMES, type SigmasName } from "./schedule/named_sigmas.ts";
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
