/** diffusers' DPMSolverMultistepScheduler, as itself and under the names by which its variants go. */
import { configureDpmMultistep } from "./dpm_multistep.ts";
import type { SchedulerConfig } from "./scheduler_config_type.ts";
import type { Solver } from "./solver.ts";

const SHARED = {
  paper: "Lu et al., DPM-Solver++: Fast Solver for Guided Sampling of Diffusion Probabilistic Models, 2022",
  schedulerClass: "DPMSolverMultistepScheduler",
  evaluations: 1,
  takesSigmas: true,
  takesEta: false,
  takesFlow: true,
} as const;

function variant<Name extends string>(
  own: Pick<Solver<Name>, "name" | "title" | "comfyName" | "order" | "stochastic">,
  schedulerFields: SchedulerConfig,
): Solver<Name> {
  return {
    ...SHARED,
    ...own,
    schedulerFields,
    configure: (config, ...rest) => configureDpmMultistep({ ...config, ...schedulerFields }, ...rest),
  };
}

/**
 * The class as a bundle configures it; where nothing is said the solver that people mean by DPM++ 2M. Orders 1 to 3, the
 * first DPM-Solver and both SDEs are at `solver_order` and `algorithm_type`.
 */
export const dpmpp2m: Solver<"dpmpp_2m"> = {
  ...SHARED,
  name: "dpmpp_2m",
  title: "DPM++ 2M",
  comfyName: "dpmpp_2m",
  order: 2,
  stochastic: "optional",
  configure: configureDpmMultistep,
};

export const dpmpp2mSde = variant(
  { name: "dpmpp_2m_sde", title: "DPM++ 2M SDE", comfyName: "dpmpp_2m_sde", order: 2, stochastic: "always" },
  { solver_order: 2, algorithm_type: "sde-dpmsolver++" },
);

/** Of second order all the same, as its authors' code is: see {@linkcode dpmMultistepStep}. */
export const dpmpp3m = variant(
  { name: "dpmpp_3m", title: "DPM++ 3M", order: 2, stochastic: "never" },
  { solver_order: 3, algorithm_type: "dpmsolver++" },
);

/** diffusers' SDE of `solver_order` 3. It is not ComfyUI's, and is of first order: see the sign in {@linkcode dpmWeights}. */
export const dpmpp3mSde = variant(
  { name: "dpmpp_3m_sde", title: "DPM++ 3M SDE", order: 1, stochastic: "always" },
  { solver_order: 3, algorithm_type: "sde-dpmsolver++" },
);
