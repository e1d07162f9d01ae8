/** What docs/evidence.md says in words. Figures in it are computed; what they mean was written by hand. */
import type { Evidence } from "./evidence_tables.ts";

/** Measured on the model's cross-attention, for each site: what `measure_attention.py` writes. */
export type AttentionFigures = Readonly<Record<string, Readonly<Record<string, number>>>>;

/** A paragraph or more for each part of the page. */
export interface Findings {
  readonly answer: string;
  readonly method: string;
  readonly grid: string;
  readonly kinds: string;
  readonly fidelity: string;
  readonly places: string;
  readonly intervals: string;
  readonly compute: string;
  readonly why: string;
  readonly again: string;
}

function method({ head }: Evidence, hard: readonly number[]): string {
  return `## How it was measured

The bundled model draws scenes whose truth is known. ${head.captions.length} scenes, drawn from its grammar, ` +
    `were generated under each setting from the same noise, and the judge (\`models/pocket/judge\`) read the pictures ` +
    `back: a picture is right if every object is there, in its place, its tint and its said size, and nothing else is. ` +
    `${hard.length} of the scenes are of the hard kinds, those with most to bind: several tinted objects at once, such ` +
    `as "${
      head.captions[hard.at(-1) as number]
    }". The solver is DDIM. Differences to dense attention with the same ` +
    `steps and guidance stand in parentheses; those whose 95 % interval (paired bootstrap over scenes) leaves no doubt ` +
    `of their sign are in **bold**. Of ${hard.length} scenes one is ${
      (100 / hard.length).toFixed(1)
    } points, and of ` +
    `the many comparisons on this page one in twenty would be bold by chance alone.`;
}

const AGAIN = `## Again

    deno run -A --no-lock bench/evidence/run_evidence.ts     # the raw results: docs/evidence/pocket.jsonl
    deno run -A --no-lock bench/evidence/evidence_page.ts    # this page

Each line of the raw results is a setting, with a sign for each scene. \`winnow eval\` answers such questions for a recipe of your own.`;

/** @param hard Indices of the scenes of the hard kinds. */
export function findings(
  evidence: Evidence,
  hard: readonly number[],
  _attention: AttentionFigures,
): Findings {
  return {
    answer: "",
    method: method(evidence, hard),
    grid: "",
    kinds: "",
    fidelity: "",
    places: "",
    intervals: "",
    compute: "",
    why: "",
    again: AGAIN,
  };
}
