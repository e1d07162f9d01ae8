import assert from "node:assert/strict";
import { SOLVERS } from "../../../ops/solvers/scheduler.ts";
import { type SolverUnderTest, STABLE_DIFFUSION, testSolver } from "./solver_conformance.ts";

const [ddim, euler, dpmpp2m] = SOLVERS;
/** From the noisiest to the cleanest noise level of training, evenly in ln σ. */
const EVEN = { ...STABLE_DIFFUSION, use_exponential_sigmas: true, final_sigmas_type: "sigma_min" } as const;
/** Timesteps 999 down to 0, each step to the next one's beginning. */
const TRAILING = { ...STABLE_DIFFUSION, timestep_spacing: "trailing", clip_sample: false } as const;

const SUBJECTS: readonly SolverUnderTest[] = [
  {
    solver: ddim,
    space: "preserving",
    refuses: {},
    convergence: [{ label: "η = 0", config: { ...TRAILING, set_alpha_to_one: false }, order: 1 }],
    noiseFree: { ...STABLE_DIFFUSION, clip_sample: false },
  },
  {
    solver: euler,
    space: "exploding",
    refuses: {},
    convergence: [{ label: "no churn", config: EVEN, order: 1 }],
    noiseFree: STABLE_DIFFUSION,
  },
  {
    solver: dpmpp2m,
    space: "preserving",
    refuses: { sched_dpmpp_3m: "solver_order", sched_dpmpp_2m_sde: "algorithm_type" },
    convergence: [
      { label: "midpoint", config: EVEN, order: 2 },
      { label: "heun", config: { ...EVEN, solver_type: "heun", lower_order_final: false }, order: 2 },
      { label: "first order", config: { ...EVEN, solver_order: 1 }, order: 1 },
    ],
    noiseFree: STABLE_DIFFUSION,
  },
];

Deno.test("every solver is in the suite", () => {
  assert.deepEqual(SUBJECTS.map(({ solver }) => solver), [...SOLVERS]);
});

for (const subject of SUBJECTS) testSolver(subject);
