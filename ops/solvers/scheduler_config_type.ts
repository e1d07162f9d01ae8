import type { PredictionType } from "../prediction/prediction.ts";
import type { BetaSchedule } from "../schedule/betas.ts";
import type { FinalSigmasType } from "../schedule/schedule.ts";
import type { TimestepSpacing } from "../schedule/timestep_spacing.ts";

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
  /** `trigflow` is for SCM alone: v-prediction with angles for timesteps. */
  readonly prediction_type?: PredictionType | "trigflow";
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
  /** DEIS, UniPC, SA-Solver */
  readonly predict_x0?: boolean;
  readonly disable_corrector?: readonly number[];
  readonly predictor_order?: number;
  readonly corrector_order?: number;
  readonly solver_p?: never;
  readonly tau_func?: never;
  /** DPM-Solver SDE */
  readonly noise_sampler_seed?: number;
  /** Flow matching */
  readonly flow_shift?: number;
  readonly shift?: number;
  readonly shift_terminal?: number;
  readonly use_dynamic_shifting?: boolean;
  readonly time_shift_type?: "exponential" | "linear";
  readonly base_shift?: number;
  readonly max_shift?: number;
  readonly base_image_seq_len?: number;
  readonly max_image_seq_len?: number;
  readonly invert_sigmas?: boolean;
  readonly stochastic_sampling?: boolean;
  readonly scale_factors?: readonly number[];
  readonly upscale_mode?: string;
  /** PNDM */
  readonly skip_prk_steps?: boolean;
  /** LCM, TCD */
  readonly original_inference_steps?: number;
  readonly timestep_scaling?: number;
  /** EDM */
  readonly sigma_data?: number;
  readonly sigma_schedule?: "karras" | "exponential";
  readonly rho?: number;
}
