/**
 * Writes docs/evidence.md and its charts from the raw results.
 *
 *     deno run -A --no-lock bench/evidence/evidence_page.ts
 */
import { dirname, fromFileUrl, join } from "npm:deno-std@1.4.0/path/mod.js";
import { dense, pladis } from "../../recipes/recipes.ts";
import { readEvidence } from "./evidence_file.ts";
import {
  ALPHAS,
  FINE_SCALES,
  FINE_STEPS,
  INTERVALS,
  LAMBDAS,
  OTHER_COMPUTE,
  PLACES_ALONE,
  SCALES,
  SMALL_LAMBDAS,
  STEPS,
} from "./evidence_settings.ts";
import {
  type Compared,
  decibelCell,
  Evidence,
  markdownTable,
  numberChart,
  percent,
  shareCell,
} from "./evidence_tables.ts";
import { type Findings, findings } from "./evidence_findings.ts";
import { turboSection } from "./evidence_turbo.ts";

const ROOT = dirname(dirname(dirname(fromFileUrl(import.meta.url))));
export const HARD = ["bound", "five", "six"] as const;

/** The page's text and its charts, by path below the repository's root. */
export async function evidencePage(): Promise<Record<string, string>> {
  const read = await readEvidence(join(ROOT, "docs/evidence/pocket.jsonl"));
  if (!read) throw new Error("There are no raw results: run bench/evidence/run_evidence.ts first.");
  const attention = JSON.parse(await Deno.readTextFile(join(ROOT, "docs/evidence/attention.json")));
  const turbo = await readEvidence(join(ROOT, "docs/evidence/turbo.jsonl"));
  const evidence = new Evidence(read.head, read.lines);
  const hard = evidence.scenes(HARD);
  const text: Findings = findings(evidence, hard, attention);
  const parts = [
    text.answer,
    text.method,
    "## λ, α, guidance and steps",
    text.grid,
    "![Right pictures of the hard kinds by λ, one line for each guidance scale](evidence/lambda.svg)",
    gridTable(evidence, hard),
    text.kinds,
    kindsTable(evidence),
    "## How well things are drawn",
    text.fidelity,
    fidelityTable(evidence),
    "## Where: down, mid, up",
    text.places,
    placesTable(evidence, hard),
    "## When: parts of the run",
    text.intervals,
    intervalsTable(evidence, hard),
    "## The same compute, spent otherwise",
    text.compute,
    computeTable(evidence, hard),
    ...(turbo ? turboSection(evidence, new Evidence(turbo.head, turbo.lines)) : []),
    "## Why",
    text.why,
    attentionTable(attention),
    text.again,
  ];
  return {
    "docs/evidence.md": `# Does PLADIS help?\n\n${parts.join("\n\n")}\n`,
    "docs/evidence/lambda.svg": lambdaChart(evidence, hard),
  };
}

/** Dense attention's cell, then each policy's with its difference from it; empty where it was not tried. */
function withDense(
  evidence: Evidence,
  policies: readonly ReturnType<typeof pladis>[],
  steps: number,
  scale: number,
  scenes: readonly number[],
): string[] {
  const base = evidence.line(dense(), steps, scale);
  const cells = policies.map((policy) =>
    evidence.has(policy, steps, scale) ? shareCell(evidence.gain(policy, steps, scale, scenes)) : ""
  );
  return [shareCell(evidence.right([base], scenes)[0], true), ...cells];
}

function gridTable(evidence: Evidence, scenes: readonly number[]): string {
  const policies = [
    ...ALPHAS.flatMap((alpha) => LAMBDAS.map((lambda) => pladis({ lambda, alpha }))),
    pladis({ lambda: 2, alpha: 1.25 }),
  ];
  const columns = [
    "guidance",
    "steps",
    "dense",
    ...policies.map(({ lambda, alpha }) => `λ ${lambda} α ${alpha}`),
  ];
  return markdownTable(
    columns,
    SCALES.flatMap((scale) =>
      STEPS.map((steps) => [
        scale === 1 ? "none" : String(scale),
        String(steps),
        ...withDense(evidence, policies, steps, scale, scenes),
      ])
    ),
  );
}

function kindsTable(evidence: Evidence): string {
  const policies = [1, 2, 3].map((lambda) => pladis({ lambda }));
  const groups = [...new Set(evidence.head.kinds)];
  const row = (name: string, scenes: readonly number[]) => [
    name,
    String(scenes.length),
    ...FINE_SCALES.flatMap((scale) => withDense(evidence, policies, FINE_STEPS, scale, scenes)),
  ];
  const named = FINE_SCALES.flatMap((scale) =>
    ["dense", "λ 1", "λ 2", "λ 3"].map((policy) =>
      `${policy}, ${scale === 1 ? "no guidance" : `guidance ${scale}`}`
    )
  );
  return markdownTable(["kind", "scenes", ...named], [
    ...groups.map((kind) => row(kind, evidence.scenes([kind]))),
    row("hard kinds, trained", evidence.scenes(HARD, false)),
    row("hard kinds, held out", evidence.scenes(HARD, true)),
  ]);
}

function fidelityTable(evidence: Evidence): string {
  const scenes = evidence.scenes(), policies = LAMBDAS.map((lambda) => pladis({ lambda }));
  return markdownTable(
    ["guidance", "steps", "dense", ...policies.map(({ lambda }) => `λ ${lambda}`)],
    SCALES.flatMap((scale) =>
      STEPS.map((steps) => {
        const base = evidence.line(dense(), steps, scale);
        const cells = policies.map((policy) => {
          if (!evidence.has(policy, steps, scale)) return "";
          const { values } = evidence.fidelity([base, evidence.line(policy, steps, scale)], scenes);
          return values.length > 0 ? decibelCell(values[1]) : "none right";
        });
        const [own] = evidence.fidelity([base], scenes).values;
        return [
          scale === 1 ? "none" : String(scale),
          String(steps),
          own ? decibelCell(own, true) : "",
          ...cells,
        ];
      })
    ),
  );
}

function rowsAtFineScales(
  evidence: Evidence,
  scenes: readonly number[],
  policies: readonly (readonly [string, ReturnType<typeof pladis<"down" | "mid" | "up">>])[],
): string {
  const cells = FINE_SCALES.map((scale) =>
    evidence.right(
      [dense(), ...policies.map(([_, policy]) => policy)].map((policy) =>
        evidence.line(policy, FINE_STEPS, scale)
      ),
      scenes,
    )
  );
  const names = ["dense", ...policies.map(([name]) => name)];
  return markdownTable(
    ["", ...FINE_SCALES.map((scale) => scale === 1 ? "no guidance" : `guidance ${scale}`)],
    names.map((name, i) => [name, ...cells.map((column: Compared[]) => shareCell(column[i], i === 0))]),
  );
}

function placesTable(evidence: Evidence, scenes: readonly number[]): string {
  return rowsAtFineScales(evidence, scenes, [
    ["all", pladis()],
    ...PLACES_ALONE.map((sites) => [sites.join(" and "), pladis({ sites })] as const),
  ]);
}

function intervalsTable(evidence: Evidence, scenes: readonly number[]): string {
  return rowsAtFineScales(evidence, scenes, [
    ["all steps", pladis()],
    ...INTERVALS.map((interval) =>
      [`steps ${100 * interval[0]} to ${100 * interval[1]} %`, pladis({ interval })] as const
    ),
  ]);
}

function computeTable(evidence: Evidence, scenes: readonly number[]): string {
  const settings: [string, Parameters<Evidence["line"]>][] = [
    ["dense, 8 steps, no guidance", [dense(), FINE_STEPS, 1]],
    ...[...SMALL_LAMBDAS, ...LAMBDAS].map((lambda): [string, Parameters<Evidence["line"]>] => [
      `PLADIS λ ${lambda}, 8 steps, no guidance`,
      [pladis({ lambda }), FINE_STEPS, 1],
    ]),
    ["dense, 4 steps, guidance 2", [dense(), 4, 2]],
    ...OTHER_COMPUTE.map(([steps, scale]): [string, Parameters<Evidence["line"]>] => [
      `dense, ${steps} steps, ${scale === 1 ? "no guidance" : `guidance ${scale}`}`,
      [dense(), steps, scale],
    ]),
    ["dense, 20 steps, no guidance", [dense(), 20, 1]],
    ["dense, 8 steps, guidance 2", [dense(), FINE_STEPS, 2]],
  ];
  const right = evidence.right(settings.map(([_, at]) => evidence.line(...at)), scenes);
  return markdownTable(
    ["setting", "evaluations", "right, %"],
    settings.map(([name, [_, steps, scale]], i) => [
      name,
      String(scale === 1 ? steps : 2 * steps),
      shareCell(right[i], i === 0),
    ]),
  );
}

function attentionTable(
  attention: Readonly<Record<string, Readonly<Record<string, number>>>>,
): string {
  const columns = Object.keys(Object.values(attention)[0]);
  return markdownTable(
    ["site", ...columns],
    Object.entries(attention).map(([site, values]) => [
      `\`${site.replace(".transformer_blocks.0.attn2", "")}\``,
      ...columns.map((column) =>
        column.startsWith("on ") ? `${percent(values[column])} %` : values[column].toFixed(1)
      ),
    ]),
  );
}

function lambdaChart(evidence: Evidence, scenes: readonly number[]): string {
  const numbers = [0, ...LAMBDAS];
  return numberChart(
    `right of the ${scenes.length} hard scenes, % (95 % intervals); α 1.5, ${FINE_STEPS} steps`,
    "λ",
    numbers,
    SCALES.map((scale) => ({
      name: scale === 1 ? "no guidance" : `guidance ${scale}`,
      shares: evidence.right(
        [dense(), ...LAMBDAS.map((lambda) => pladis({ lambda }))].map((policy) =>
          evidence.line(policy, FINE_STEPS, scale)
        ),
        scenes,
      ),
    })),
  );
}

if (import.meta.main) {
  for (const [path, text] of Object.entries(await evidencePage())) {
    await Deno.writeTextFile(join(ROOT, path), text);
    console.log(path);
  }
}
