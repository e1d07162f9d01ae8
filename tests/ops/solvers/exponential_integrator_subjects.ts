/** What is particular to each of the exponential integrators. */
import {
  deis,
  dpmpp2m,
  dpmpp2mSde,
  dpmpp3m,
  dpmpp3mSde,
  dpmppSde,
  dpmppSinglestep,
  saSolver,
  unipc,
} from "../../../ops/solvers/all_solvers.ts";
import { EVEN, evenSigmas, everyOther, type SolverUnderTest, STABLE_DIFFUSION } from "./solver_under_test.ts";

/** Orders of the last steps as of all others: the law is about those. */
const FULL = { ...EVEN, lower_order_final: false } as const;
/** Counts that whole steps of two or three evaluations fill. */
const WHOLE = [24, 48, 96] as const;
/** For third order and above: further on float32 is all that is seen. */
const FEW = [12, 24, 48] as const;
const NOISE = { algorithm_type: "dpmsolver" } as const;

/** From nearly noise alone to nearly none in flow matching, evenly in λ. */
function evenFlowLambdas(steps: number): number[] {
  return Array.from({ length: steps + 1 }, (_, i) => 1 / (1 + Math.exp(-4 + (8 * i) / steps)));
}
const FLOW = { use_flow_sigmas: true, final_sigmas_type: "sigma_min", lower_order_final: false } as const;

/** Sweeps of flow matching alone, for what depends on it. */
function onFlow(subject: SolverUnderTest, sweeps: readonly string[], order: number): SolverUnderTest {
  const { solver, options, tolerances } = subject;
  const convergence = [{
    label: "on flow matching",
    config: FLOW,
    order,
    sigmas: evenFlowLambdas,
    steps: WHOLE,
  }];
  return { solver, options, tolerances, space: "flow", refuses: {}, sweeps, convergence };
}

const multistep: SolverUnderTest = {
  solver: dpmpp2m,
  space: "preserving",
  refuses: {},
  convergence: [
    { label: "midpoint", config: EVEN, order: 2 },
    { label: "heun", config: { ...FULL, solver_type: "heun" }, order: 2 },
    { label: "first order", config: { ...EVEN, solver_order: 1 }, order: 1 },
    { label: "DPM-Solver midpoint", config: { ...FULL, ...NOISE }, order: 2 },
    { label: "DPM-Solver heun", config: { ...FULL, ...NOISE, solver_type: "heun" }, order: 2 },
  ],
  noiseFree: STABLE_DIFFUSION,
  // The first DPM-Solver's SDE subtracts noise ten times the size of what is left: float32's rounding grows with it, and
  // so does what torch's square roots are off by. With roots rounded to the nearest, _ieee, the first is within 1e-6.
  tolerances: {
    sched_multi_dpm_sde_v_karras: 1e-5,
    sched_multi_dpm_sde_sample: 2e-6,
    sched_multi_dpm_sde_threshold: 3e-6,
  },
  meaningTolerance: 1e-5,
};

const singlestep: SolverUnderTest = {
  solver: dpmppSinglestep,
  space: "preserving",
  refuses: {},
  convergence: [
    { label: "first order", config: { ...EVEN, solver_order: 1 }, order: 1 },
    { label: "midpoint", config: EVEN, order: 2, sigmas: evenSigmas, steps: WHOLE },
    { label: "heun", config: { ...EVEN, solver_type: "heun" }, order: 2, sigmas: evenSigmas, steps: WHOLE },
    { label: "DPM-Solver", config: { ...EVEN, ...NOISE }, order: 2, sigmas: evenSigmas, steps: WHOLE },
    {
      label: "third order",
      config: { ...EVEN, solver_order: 3 },
      order: 3,
      sigmas: evenSigmas,
      steps: WHOLE,
    },
  ],
  noiseFree: STABLE_DIFFUSION,
};

const exponential: SolverUnderTest = {
  solver: deis,
  space: "preserving",
  refuses: {},
  convergence: [
    { label: "first order", config: { ...FULL, solver_order: 1 }, order: 1 },
    { label: "second order", config: FULL, order: 2 },
  ],
  // Coefficients are differences of integrals, in float32 as in diffusers: the smaller the step, the less is left.
  tolerances: { sched_deis_3_16: 2e-6 },
};

const unified: SolverUnderTest = {
  solver: unipc,
  space: "preserving",
  refuses: {},
  // The corrector adds one to the predictor's order. Zhao et al. 2023.
  convergence: [
    { label: "UniPC-1", config: { ...FULL, solver_order: 1 }, order: 2 },
    { label: "UniPC-2, B(h) = e^h − 1", config: FULL, order: 3, steps: FEW },
    {
      label: "UniPC-2, B(h) = h",
      config: { ...FULL, solver_type: "bh1" },
      order: 3,
      steps: FEW,
      margin: 0.5,
    },
    { label: "UniPC-2 of the noise", config: { ...FULL, predict_x0: false }, order: 3, steps: FEW },
    {
      label: "UniP-2, no corrector",
      config: { ...FULL, disable_corrector: Array.from({ length: 100 }, (_, i) => i) },
      order: 2,
    },
  ],
  noiseFree: STABLE_DIFFUSION,
};

export const EXPONENTIAL_INTEGRATOR_SUBJECTS: readonly SolverUnderTest[] = [
  multistep,
  onFlow(multistep, ["sched_flow_dpmpp_2m", "sched_multi_dpmpp_2_flow"], 2),
  {
    solver: dpmpp2mSde,
    space: "preserving",
    refuses: {},
    sweeps: ["sched_dpmpp_2m_sde", "sched_multi_dpmpp_sde_2", "sched_multi_dpmpp_sde_v_karras"],
    convergence: [],
    noiseFree: STABLE_DIFFUSION,
  },
  {
    solver: dpmpp3m,
    space: "preserving",
    refuses: {},
    sweeps: ["sched_dpmpp_3m", "sched_multi_dpmpp_3", "sched_multi_dpmpp_3_16", "sched_multi_dpmpp_3_karras"],
    // Its third order shows from a start of that order only (multistep_order_test.ts): the first step is of the first.
    convergence: [{ label: "from a first step of first order", config: FULL, order: 2, margin: 0.4 }],
    noiseFree: STABLE_DIFFUSION,
  },
  {
    solver: dpmpp3mSde,
    space: "preserving",
    refuses: {},
    sweeps: ["sched_multi_dpmpp_sde_3", "sched_multi_dpmpp_sde_3_karras"],
    convergence: [],
    noiseFree: STABLE_DIFFUSION,
  },
  singlestep,
  onFlow(singlestep, ["sched_single_dpmpp_2_flow"], 2),
  exponential,
  onFlow(exponential, ["sched_deis_2_flow"], 2),
  unified,
  onFlow(unified, ["sched_flow_unipc", "sched_unipc_2_flow", "sched_unipc_2_flow_karras"], 3),
  {
    solver: saSolver,
    space: "preserving",
    refuses: {},
    convergence: [],
    // diffusers sums the integrals of the powers of λ in float32, where they all but cancel. Here they are float64.
    tolerances: {
      sched_sa_3_3: 4e-6,
      sched_sa_3_4: 4e-6,
      sched_sa_4_4: 4e-6,
      sched_sa_3_3_full: 4e-6,
      sched_sa_2_2_v_noise: 4e-6,
    },
  },
  {
    solver: dpmppSde,
    space: "exploding",
    refuses: {},
    convergence: [],
    noiseFree: STABLE_DIFFUSION,
    evaluations: (steps) => 2 * steps - 1,
    landing: 2e-6,
    recordedSigmas: everyOther,
  },
];
