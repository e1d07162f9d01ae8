/** What is particular to each solver, but for the exponential integrators. */
import {
  ddim,
  ddpm,
  edmEuler,
  euler,
  eulerAncestral,
  flowEuler,
  flowHeun,
  flowLcm,
  heun,
  ipndm,
  kdpm2,
  kdpm2Ancestral,
  lcm,
  lms,
  pndm,
  scm,
  tcd,
} from "../../../ops/solvers/all_solvers.ts";
import {
  EVEN,
  evenSigmas,
  everyOther,
  type SolverUnderTest,
  STABLE_DIFFUSION,
  TRAILING,
} from "./solver_under_test.ts";

/** Two evaluations a step, but for the last one, which ends at σ = 0. */
const twice = (steps: number) => 2 * steps - 1;

/** From noise alone to nearly none, on the straight paths of flow matching. */
function evenFlow(steps: number): number[] {
  return Array.from({ length: steps + 1 }, (_, i) => 0.98 + (i / steps) * (0.02 - 0.98));
}

const PLMS = { ...TRAILING, skip_prk_steps: true } as const;

export const SOLVER_SUBJECTS: readonly SolverUnderTest[] = [
  {
    solver: ddim,
    space: "preserving",
    refuses: {},
    convergence: [{ label: "η = 0", config: { ...TRAILING, set_alpha_to_one: false }, order: 1 }],
    noiseFree: { ...STABLE_DIFFUSION, clip_sample: false },
  },
  {
    solver: ddpm,
    space: "preserving",
    refuses: {},
    convergence: [],
    noiseFree: { ...STABLE_DIFFUSION, clip_sample: false },
  },
  {
    solver: pndm,
    space: "preserving",
    refuses: {},
    convergence: [
      {
        label: "without Runge–Kutta steps",
        config: PLMS,
        order: 2,
        margin: 0.5,
        until: 399,
        predictions: ["epsilon"],
      },
      { label: "with Runge–Kutta steps", config: TRAILING, order: 2, until: 399, predictions: ["epsilon"] },
      // As in diffusers it combines v of several levels, which is the slope of none of them.
      {
        label: "without Runge–Kutta steps",
        config: PLMS,
        order: 1,
        until: 399,
        predictions: ["v_prediction"],
      },
      {
        label: "with Runge–Kutta steps",
        config: TRAILING,
        order: 1,
        until: 399,
        predictions: ["v_prediction"],
      },
    ],
    // It combines what the model said at several levels and only then asks what it meant.
    meaning: [0],
    predictions: ["epsilon", "v_prediction"],
  },
  {
    solver: euler,
    space: "exploding",
    refuses: {},
    convergence: [{ label: "no churn", config: EVEN, order: 1 }],
    noiseFree: STABLE_DIFFUSION,
  },
  {
    solver: eulerAncestral,
    space: "exploding",
    refuses: {},
    convergence: [],
    noiseFree: STABLE_DIFFUSION,
    // Over a first step from σ 4096 it shows that torch's square root on x86 is not always the nearest number. The same
    // with square roots that are is held to the common tolerance, at fewer steps as well: folder ieee_roots.
    tolerances: { sched_euler_a_zero_snr: 4e-6 },
  },
  {
    solver: heun,
    space: "exploding",
    refuses: {},
    convergence: [{ label: "no churn", config: STABLE_DIFFUSION, order: 2, sigmas: evenSigmas }],
    noiseFree: STABLE_DIFFUSION,
    evaluations: twice,
    landing: 2e-6,
  },
  {
    solver: kdpm2,
    space: "exploding",
    refuses: {},
    convergence: [{ label: "middle in ln σ", config: STABLE_DIFFUSION, order: 2, sigmas: evenSigmas }],
    noiseFree: STABLE_DIFFUSION,
    evaluations: twice,
    landing: 2e-6,
    recordedSigmas: everyOther,
  },
  {
    solver: kdpm2Ancestral,
    // As for Euler ancestral.
    tolerances: { sched_kdpm2_a_defaults: 1.1e-6 },
    space: "exploding",
    refuses: {},
    convergence: [],
    noiseFree: STABLE_DIFFUSION,
    evaluations: twice,
    landing: 2e-6,
    recordedSigmas: everyOther,
  },
  {
    solver: lms,
    space: "exploding",
    refuses: {},
    convergence: [
      { label: "up to four slopes", config: STABLE_DIFFUSION, order: 4, sigmas: evenSigmas, margin: 1 },
    ],
    noiseFree: STABLE_DIFFUSION,
    landing: 2e-6,
  },
  {
    solver: ipndm,
    space: "preserving",
    refuses: {},
    convergence: [
      // Less than the transfer's second order: the first step takes the sample for noise alone.
      { label: "even angles", config: {}, order: 1.5, deviations: [0.4, 0.5], margin: 0.6 },
    ],
    predictions: ["v_prediction"],
  },
  {
    solver: edmEuler,
    space: "exploding",
    refuses: {},
    convergence: [],
    // Its two prediction types are one output with two signs.
    predictions: ["epsilon"],
  },
  {
    solver: lcm,
    space: "preserving",
    refuses: {},
    convergence: [],
    noiseFree: STABLE_DIFFUSION,
    // The boundary condition keeps some of the sample.
    landing: 1e-4,
  },
  { solver: tcd, space: "preserving", refuses: {}, convergence: [] },
  { solver: scm, space: "preserving", refuses: {}, convergence: [], predictions: ["v_prediction"] },
  {
    solver: flowEuler,
    space: "flow",
    refuses: {},
    convergence: [{ label: "straight paths", config: {}, order: 1, sigmas: evenFlow }],
    noiseFree: {},
  },
  {
    solver: flowHeun,
    space: "flow",
    refuses: {},
    convergence: [
      { label: "straight paths", config: {}, order: 2, sigmas: evenFlow, deviations: [0.4, 0.7] },
    ],
    noiseFree: {},
    evaluations: twice,
  },
  { solver: flowLcm, space: "flow", refuses: {}, convergence: [], noiseFree: {} },
];
