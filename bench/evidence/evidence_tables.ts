/** Tables and charts of docs/evidence.md. */
import { pairedBootstrap, type SceneKind } from "../../evaluation/evaluation.ts";
import { type ChartLine, lineChart } from "../../evaluation/line_chart.ts";
import type { Estimate } from "../../evaluation/statistics/paired_bootstrap.ts";
import { type Attention, dense, type Place } from "../../recipes/recipes.ts";
import type { EvidenceHead, EvidenceLine } from "./evidence_file.ts";
import { settingKey } from "./evidence_settings.ts";

const CHART_WIDTH = 640;

/** A share or a mean, and how it differs from another setting's on the same scenes. */
export interface Compared extends Estimate {
  readonly difference: Estimate;
}

/** Raw results that can be asked. */
export class Evidence {
  readonly #head: EvidenceHead;
  readonly #lines: ReadonlyMap<string, EvidenceLine>;

  constructor(head: EvidenceHead, lines: readonly EvidenceLine[]) {
    this.#head = head;
    this.#lines = new Map(lines.map((line) => [settingKey(line), line]));
  }

  get head(): EvidenceHead {
    return this.#head;
  }

  has(attention: Attention<Place>, steps: number, scale: number): boolean {
    return this.#lines.has(settingKey({ attention, steps, scale }));
  }

  line(attention: Attention<Place>, steps: number, scale: number): EvidenceLine {
    const key = settingKey({ attention, steps, scale });
    const line = this.#lines.get(key);
    if (!line) throw new Error(`The raw results have no line for "${key}".`);
    return line;
  }

  /** Indices of the scenes of some kinds, or of all. */
  scenes(kinds?: readonly SceneKind[], heldOut?: boolean): number[] {
    return this.#head.kinds.flatMap((kind, i) =>
      (kinds?.includes(kind) ?? true) && (heldOut ?? this.#head.heldOut[i] === "1") ===
          (this.#head.heldOut[i] === "1")
        ? [i]
        : []
    );
  }

  /** The share of right pictures under each of some settings; differences are to the first. */
  right(lines: readonly EvidenceLine[], scenes: readonly number[]): Compared[] {
    return this.#compared(lines.map(({ right }) => scenes.map((i) => Number(right[i]))));
  }

  /** Decibels to the nearest true drawing, on the scenes that all of the settings have right. */
  fidelity(
    lines: readonly EvidenceLine[],
    scenes: readonly number[],
  ): { prompts: number; values: Compared[] } {
    const both = scenes.filter((i) => lines.every(({ right }) => right[i] === "1"));
    if (both.length === 0) return { prompts: 0, values: [] };
    return {
      prompts: both.length,
      values: this.#compared(lines.map(({ psnr }) => both.map((i) => psnr[i]))),
    };
  }

  /** The share of right pictures less dense attention's with the same steps and scale. */
  gain(attention: Attention<Place>, steps: number, scale: number, scenes: readonly number[]): Compared {
    return this.right([this.line(dense(), steps, scale), this.line(attention, steps, scale)], scenes)[1];
  }

  #compared(values: readonly (readonly number[])[]): Compared[] {
    const { means, differences } = pairedBootstrap(values);
    return means.map((mean, i) => ({ ...mean, difference: differences[i] }));
  }
}

/** Whether an interval says which sign a difference has. */
export const isSure = ({ low, high }: Estimate) => low > 0 || high < 0;

export const percent = (share: number) => (100 * share).toFixed(1);
const signed = (x: number, digits = 1) => `${x > 0 ? "+" : x < 0 ? "−" : "±"}${Math.abs(x).toFixed(digits)}`;

/** `87.5` alone, or with its difference: `87.5 (+2.1)`, in bold where the interval leaves no doubt of the sign. */
export function shareCell({ mean, difference }: Compared, alone = false): string {
  if (alone) return percent(mean);
  const text = `${percent(mean)} (${signed(100 * difference.mean)})`;
  return isSure(difference) ? `**${text}**` : text;
}

/** The same for decibels. */
export function decibelCell({ mean, difference }: Compared, alone = false): string {
  if (alone) return mean.toFixed(1);
  const text = `${mean.toFixed(1)} (${signed(difference.mean)})`;
  return isSure(difference) ? `**${text}**` : text;
}

/** `+2.1 points (95 %: −1.0 to +5.2)` */
export function pointsText({ difference: { mean, low, high } }: Compared): string {
  return `${signed(100 * mean)} points (95 %: ${signed(100 * low)} to ${signed(100 * high)})`;
}

export function markdownTable(columns: readonly string[], rows: readonly (readonly string[])[]): string {
  return [
    `| ${columns.join(" | ")} |`,
    `|${"---|".repeat(columns.length)}`,
    ...rows.map((cells) => `| ${cells.join(" | ")} |`),
  ].join("\n");
}

/** Shares along a row of numbers, a line each. */
export function numberChart(
  heading: string,
  title: string,
  numbers: readonly number[],
  lines: readonly ChartLine[],
): string {
  const low = Math.min(...numbers), high = Math.max(...numbers);
  return lineChart({
    width: CHART_WIDTH,
    heading,
    scale: {
      title,
      positions: numbers.map((x) => (x - low) / (high - low)),
      labels: numbers.map(String),
      joined: numbers.map((_, i) => i),
    },
    lines,
  });
}
