/** The raw results behind docs/evidence.md: one line for the run, one for each setting, a sign for each picture. */
import type { ResultRow, Scene, SceneKind } from "../../evaluation/evaluation.ts";
import { VERSION } from "../../pipeline/version.ts";
import type { EvidenceSetting } from "./evidence_settings.ts";

/** What is the same for all settings. */
export interface EvidenceHead {
  readonly winnow: string;
  readonly device: string;
  /** SHA-256 of the manifest of the model's bundle. */
  readonly model: string;
  /** For each scene, in order. */
  readonly kinds: readonly SceneKind[];
  /** For each scene "1" if it shows something never seen together in training, else "0". */
  readonly heldOut: string;
  readonly captions: readonly string[];
}

/** What was found under one setting; strings and lists have an element for each scene. */
export interface EvidenceLine extends EvidenceSetting {
  /** "1" where every object is right and in its place, else "0". */
  readonly right: string;
  /** The same, wherever they stand. */
  readonly anywhere: string;
  readonly background: string;
  /** Distance to the nearest true drawing, in dB. */
  readonly psnr: readonly number[];
  /** Median milliseconds a picture. */
  readonly ms: number;
}

const bits = (values: readonly boolean[]) => values.map(Number).join("");

export function headOf(scenes: readonly Scene[], device: string, model: string): EvidenceHead {
  return {
    winnow: VERSION,
    device,
    model,
    kinds: scenes.map(({ kind }) => kind),
    heldOut: bits(scenes.map(({ heldOut }) => heldOut)),
    captions: scenes.map(({ caption }) => caption),
  };
}

/** Rows in the scenes' order become a line. */
export function lineOf(setting: EvidenceSetting, rows: readonly ResultRow[]): EvidenceLine {
  const ms = rows.map(({ ms }) => ms).sort((a, b) => a - b);
  return {
    ...setting,
    right: bits(rows.map(({ right }) => right)),
    anywhere: bits(rows.map(({ anywhere }) => anywhere)),
    background: bits(rows.map(({ background }) => background)),
    psnr: rows.map(({ psnr }) => Number(psnr.toFixed(1))),
    ms: Math.round(ms[ms.length >> 1]),
  };
}

/** What a file holds; nothing if there is no file. */
export async function readEvidence(
  path: string,
): Promise<{ head: EvidenceHead; lines: EvidenceLine[]; bytes: number } | undefined> {
  let text: string;
  try {
    text = await Deno.readTextFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
  // what follows the last newline was being written when the run was stopped
  const whole = text.slice(0, text.lastIndexOf("\n") + 1);
  const [head, ...lines] = whole.split("\n").slice(0, -1).map((line) => JSON.parse(line));
  return head === undefined ? undefined : { head, lines, bytes: new TextEncoder().encode(whole).length };
}
