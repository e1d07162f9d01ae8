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
  const gain = (lambda: number) => turbo.gain(pladis({ lambda }), 2, 1, hard);
  return [
    "## A guidance-distilled model",
    `PLADIS is offered above all for models that were distilled to a few steps with guidance folded in, where no other ` +
    `guidance works. \`pocket-turbo\` is such a model: the bundled model distilled to one and two steps without guidance. ` +
    `It was taught by the true drawings nearest to its own pictures, so it is better than its teacher, not a copy of it:`,
    besideTeacher(teacher, turbo, hard),
    `PLADIS on it, without guidance, on the same scenes; shares are of the ${hard.length} hard scenes, decibels of all scenes that ` +
    `both dense attention and the policy have right:`,
    table(turbo, hard),
    turboWords(gain(0.5), gain(2), gain(3)),
  ];
}

function turboWords(...[half, two, three]: ReturnType<Evidence["gain"]>[]): string {
  return `In two steps λ 0.5 has ${pointsText(half)}, λ 2 ${pointsText(two)} and λ 3 ${pointsText(three)}.`;
}
