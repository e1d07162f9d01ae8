/**
 * Writes docs/solvers.md from what the solvers say of themselves, and from docs/solvers.json: what the judge found in the
 * picture beside it, made by
 *
 *     deno run -A examples/solvers_by_steps.ts docs/solvers.png
 *
 *     deno run -A --no-lock bench/solvers_page.ts
 */
import { dirname, fromFileUrl, join } from "npm:deno-std@1.4.0/path/mod.js";
import { SOLVERS } from "../ops/ops.ts";
import type { SolverScore } from "../examples/solvers_by_steps.ts";

const ROOT = dirname(dirname(fromFileUrl(import.meta.url)));

const NOISE = { never: "no", optional: "if asked for", always: "yes" } as const;

const HEAD = `# Solvers

Each is held to the latents that diffusers' own gives after every step. \`order\` is the order of convergence that the tests measure or
prove: where diffusers' arithmetic has a lower one than the paper claims, it is that one. Of the ancestral solvers, DDPM, EDM Euler and those for
distilled models (LCM, TCD, SCM) no test measures it. A solver with two evaluations asks the model
twice between two noise levels; its \`steps\` count levels, as in diffusers. Where a class of diffusers is set up in several ways, the
fields that tell them apart stand beside it. "Flow" says whether it also walks on schedules of flow matching.`;

const ADDING = `## Adding one

One file, and one line. The file says how a step is taken, in terms of a schedule that it knows nothing more about, and how a
\`scheduler_config.json\` sets it up. This is Adams and Bashforth's method of second order for steps of uneven length, in σ:

\`\`\`ts
import { along, derivativeOf } from "../ops/solvers/derivative.ts";
import { kDiffusionScheduleOf } from "../ops/solvers/k_diffusion_family.ts";
import type { Solver, SolverStep } from "../ops/solvers/solver.ts";

const step: SolverStep = ({ levels, targets }, { i, x, x0, history: [before] }) => {
  const sigma = levels[i].sigma, h = targets[i].sigma - sigma;
  const slope = derivativeOf(x, x0, sigma);
  if (!before) return { prevSample: along(x, slope, h), history: [slope] };
  const lean = h / (2 * (sigma - levels[i - 1].sigma));
  const mixed = slope.map((d, j) => (1 + lean) * d - lean * before[j]);
  return { prevSample: along(x, mixed, h), history: [slope] };
};

export const adamsBashforth2: Solver<"adams_bashforth_2"> = {
  name: "adams_bashforth_2",
  title: "Adams–Bashforth 2",
  paper: "Hairer, Nørsett & Wanner, Solving Ordinary Differential Equations I, III.1",
  schedulerClass: "AdamsBashforth2Scheduler",
  order: 2,
  evaluations: 1,
  stochastic: "never",
  takesSigmas: true,
  takesEta: false,
  takesFlow: false,
  configure: (config, alphasCumprod, options) => ({
    schedule: kDiffusionScheduleOf(config, alphasCumprod, options),
    step,
    limit: { kind: "none" },
  }),
};
\`\`\`

The line goes into \`ops/solvers/all_solvers.ts\`:

    export { adamsBashforth2 } from "./adams_bashforth_2.ts";

From there \`createScheduler\` knows it by name and by class. \`tests/ops/solvers/solver_subjects.ts\` then has to say where its order is
measured, or the suite fails: it runs every solver through the same laws (order of convergence, last sigma, equal states, scaling,
untouched inputs, a state that goes through JSON). For a recipe it takes a constructor in \`recipes/scheduler/\`.`;

const STEPS_HEAD = `## By steps

![A cat left of a rocket, drawn by each solver at 2, 4, 8, 16 and 32 steps](solvers.png)

The bundled model with guidance 2, the same noise everywhere; under each picture its steps, and how many of SCENES scenes of all
kinds the judge finds right. One scene is POINTS points, so small differences say nothing. Solvers for other models are left out. "none": PNDM
begins with Runge–Kutta steps, for which 2 are too few. Made by \`examples/solvers_by_steps.ts\`; \`solvers.json\` has the figures.`;

/** The judge's scores, as a table: solvers by steps. */
function scoresTable(scores: readonly SolverScore[]): string {
  const steps = [...new Set(scores.map((score) => score.steps))].sort((a, b) => a - b);
  const cell = (solver: string, count: number) => {
    const score = scores.find((each) => each.solver === solver && each.steps === count);
    return score ? `${Math.round(100 * score.right / score.scenes)} %` : "none";
  };
  const rows = [...new Set(scores.map(({ solver }) => solver))].map((solver) => [
    `\`${solver}\``,
    ...steps.map((count) => cell(solver, count)),
  ]);
  return tableOf([["", ...steps.map((count) => `${count} steps`)], ...rows]);
}

/** The first row is the heads of the columns. */
function tableOf([head, ...rows]: readonly (readonly string[])[]): string {
  return [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

/** The page's text. */
export async function solversPage(): Promise<string> {
  const scores: SolverScore[] = JSON.parse(await Deno.readTextFile(join(ROOT, "docs/solvers.json")));
  const { scenes } = scores[0];
  const bySteps = STEPS_HEAD.replace("SCENES", String(scenes)).replace(
    "POINTS",
    String(Math.round(100 / scenes)),
  );
  const columns = ["name", "", "order", "evaluations", "noise", "flow", "diffusers", "ComfyUI", "paper"];
  const rows = SOLVERS.map((solver) => [
    `\`${solver.name}\``,
    solver.title,
    String(solver.order),
    String(solver.evaluations),
    NOISE[solver.stochastic],
    solver.takesFlow ? "yes" : "",
    [solver.schedulerClass, ...Object.entries(solver.schedulerFields ?? {}).map(([k, v]) => `${k} ${v}`)]
      .join(", "),
    solver.comfyName ? `\`${solver.comfyName}\`` : "",
    solver.paper,
  ]);
  return [HEAD, tableOf([columns, ...rows]), bySteps, scoresTable(scores), ADDING].join("\n\n") + "\n";
}

if (import.meta.main) await Deno.writeTextFile(join(ROOT, "docs/solvers.md"), await solversPage());
