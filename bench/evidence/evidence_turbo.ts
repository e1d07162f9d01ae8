/** What docs/evidence.md tells of the guidance-distilled model. */
import { dense, pladis } from "../../recipes/recipes.ts";
import {
  ALPHAS,
  FINE_STEPS,
  LAMBDAS,
  PLACES_ALONE,
  SMALL_LAMBDAS,
  TURBO_STEPS,
} from "./evidence_settings.ts";
import {
  decibelCell,
  type Evidence,
  markdownTable,
  percent,
  pointsText,
  shareCell,
} from "./evidence_tables.ts";

const POLICIES = [
  ...SMALL_LAMBDAS.map((lambda) => pladis({ lambda })),
  ...ALPHAS.flatMap((alpha) => LAMBDAS.map((lambda) => pladis({ lambda, alpha }))),
  pladis({ lambda: 2, alpha: 1.25 }),
  ...PLACES_ALONE.map((sites) => pladis({ sites })),
];

function nameOf({ lambda, alpha, sites }: ReturnType<typeof pladis>): string {
  return `λ ${lambda} α ${alpha}${sites === "all" ? "" : `, ${sites.join(" and ")} alone`}`;
}

function steps(count: number): string {
  return `${count} step${count === 1 ? "" : "s"}`;
}

/** Decibels under a policy on the scenes that it and dense attention have right, and the difference. */
function decibels(turbo: Evidence, policy: ReturnType<typeof pladis>, count: number): string {
  const lines = [turbo.line(dense(), count, 1), turbo.line(policy, count, 1)];
  const { values } = turbo.fidelity(lines, turbo.scenes());
  return values.length > 0 ? decibelCell(values[1]) : "none right";
}

function table(turbo: Evidence, hard: readonly number[]): string {
  const own = TURBO_STEPS.flatMap((count) => {
    const line = turbo.line(dense(), count, 1);
    return [
      shareCell(turbo.right([line], hard)[0], true),
      decibelCell(turbo.fidelity([line], turbo.scenes()).values[0], true),
    ];
  });
  const rows = POLICIES.map((policy) => [
    nameOf(policy),
    ...TURBO_STEPS.flatMap((
      count,
    ) => [shareCell(turbo.gain(policy, count, 1, hard)), decibels(turbo, policy, count)]),
  ]);
  return markdownTable(
    ["policy", ...TURBO_STEPS.flatMap((count) => [`right in ${steps(count)}, %`, `dB in ${steps(count)}`])],
    [["dense", ...own], ...rows],
  );
}

/** Its share of right pictures of some kinds and its decibels, beside its teacher's at the teacher's best. */
function besideTeacher(teacher: Evidence, turbo: Evidence, hard: readonly number[]): string {
  const at = (evidence: Evidence, count: number, scale: number, scenes: readonly number[]) => {
    const line = evidence.line(dense(), count, scale);
    return [
      percent(evidence.right([line], scenes)[0].mean),
      decibelCell(evidence.fidelity([line], scenes).values[0], true),
    ];
  };
  const two = teacher.scenes(["two"]), all = teacher.scenes();
  const row = (name: string, evidence: Evidence, count: number, scale: number) => [
    name,
    String(scale === 1 ? count : 2 * count),
    ...[two, hard, all].flatMap((scenes) => at(evidence, count, scale, scenes)),
  ];
  return markdownTable(
    ["", "evaluations", "two objects, %", "dB", "hard kinds, %", "dB", "all, %", "dB"],
    [
      row(`pocket, ${steps(FINE_STEPS)}, guidance 2`, teacher, FINE_STEPS, 2),
      row(`pocket, ${steps(FINE_STEPS)}, no guidance`, teacher, FINE_STEPS, 1),
      ...TURBO_STEPS.map((count) => row(`pocket-turbo, ${steps(count)}`, turbo, count, 1)),
    ],
  );
}

/** The section's heading, words and tables. */
export function turboSection(teacher: Evidence, turbo: Evidence): string[] {
  const hard = turbo.scenes(["bound", "five", "six"]);
  return [
    "## A guidance-distilled model",
    `PLADIS is offered above all for models that were distilled to a few steps with guidance folded in, where no other ` +
    `guidance works. \`pocket-turbo\` is such a model: the bundled model distilled to one and two steps without guidance. ` +
    `It learnt from the true drawings nearest to its own pictures (\`models/pocket/training/train_turbo.py\`), so it is better than its ` +
    `teacher, not a copy of it; what it gave up is variety, as it draws each object where it always draws it:`,
    besideTeacher(teacher, turbo, hard),
    `PLADIS on it, without guidance, on the same scenes; shares are of the ${hard.length} hard scenes, decibels of all scenes that ` +
    `both dense attention and the policy have right:`,
    table(turbo, hard),
    words(turbo, hard),
  ];
}

function words(turbo: Evidence, hard: readonly number[]): string {
  const gain = (lambda: number, count: number) => pointsText(turbo.gain(pladis({ lambda }), count, 1, hard));
  const decibel = (lambda: number) => decibels(turbo, pladis({ lambda }), 1).replaceAll("**", "");
  return `Here PLADIS comes nearest to helping: up to λ 1 no cell is below dense attention and some are above, λ 1 in one step by ` +
    `${
      gain(1, 1)
    }. No such gain can be told from chance on ${hard.length} scenes, though, and each is paid for in how well things are ` +
    `drawn: ${decibel(1)} dB at λ 1. The paper's λ 2 has ${gain(2, 1)} in one step and ${
      gain(2, 2)
    } in two, and is drawn worse still. ` +
    `So for this model too: dense attention; λ 0.5 if binding matters more than the finish. Again the middle block is where PLADIS changes ` +
    `nothing, and the up blocks where it costs most.`;
}
