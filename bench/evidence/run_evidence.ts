/**
 * Draws and judges what docs/evidence.md tells of.
 *
 *     deno run -A --no-lock bench/evidence/run_evidence.ts [--model pocket-turbo] [--device native] [--out FILE]
 *
 * Each setting's line is written when its pictures are judged; run again, it goes on with the settings that are not
 * there yet. `evidence_page.ts` makes the page of it.
 */
import { parseArgs } from "node:util";
import { evaluatedPictures, type ResultRow } from "../../evaluation/evaluation.ts";
import { POCKET_MANIFEST_SHA256, POCKET_TURBO_MANIFEST_SHA256 } from "../../models/pocket/pocket_bundle.ts";
import type { DeviceName } from "../../models/models.ts";
import { type EvidenceHead, headOf, lineOf, readEvidence } from "./evidence_file.ts";
import {
  asSetting,
  type EvidenceModel,
  evidenceScenes,
  type EvidenceSetting,
  POCKET_SETTINGS,
  settingKey,
  TURBO_SETTINGS,
} from "./evidence_settings.ts";

const { values } = parseArgs({
  options: {
    model: { type: "string", default: "pocket" },
    device: { type: "string", default: "native" },
    out: { type: "string" },
  },
});
const MODELS = {
  "pocket": { file: "pocket", sha256: POCKET_MANIFEST_SHA256, settings: POCKET_SETTINGS },
  "pocket-turbo": { file: "turbo", sha256: POCKET_TURBO_MANIFEST_SHA256, settings: TURBO_SETTINGS },
};
const { device } = values, model = values.model as EvidenceModel;
const { file, sha256, settings: PARTS } = MODELS[model] ?? MODELS.pocket;
if (!(model in MODELS)) {
  console.error(
    `Cannot run the evidence: --model must be one of ${Object.keys(MODELS).join(", ")}, got "${model}".`,
  );
  Deno.exit(2);
}
const out = values.out ?? `docs/evidence/${file}.jsonl`;

function sameRun(a: EvidenceHead, b: EvidenceHead): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

const scenes = evidenceScenes();
const head = headOf(scenes, device, sha256);
const before = await readEvidence(out);
if (before && !sameRun(before.head, head)) {
  console.error(
    `${out} is of another run (another model, other scenes or another device). Remove it, or give --out.`,
  );
  Deno.exit(1);
}
if (before) await Deno.truncate(out, before.bytes);
const write = (line: object) => Deno.writeTextFile(out, `${JSON.stringify(line)}\n`, { append: true });
if (!before) await write(head);

const done = new Set(before?.lines.map(settingKey));
const total = PARTS.flat().length;
const start = performance.now();
let count = done.size;

/** Draws and judges a part, and writes the line of each setting as soon as all of its pictures are judged. */
async function runPart(settings: readonly EvidenceSetting[]): Promise<void> {
  const byName = new Map(settings.map((setting) => [settingKey(setting), setting]));
  const rows = new Map<string, ResultRow[]>();
  const pictures = evaluatedPictures({
    settings: settings.map((setting) => asSetting(setting, model)),
    scenes,
    device: device as DeviceName,
    diversityScenes: 0,
  });
  for await (const { row } of pictures) {
    const of = rows.get(row.setting) ?? [];
    rows.set(row.setting, of);
    of[row.index] = row;
    if (Object.keys(of).length < scenes.length) continue;
    rows.delete(row.setting);
    await write(lineOf(byName.get(row.setting)!, of));
    const right = of.filter(({ right }) => right).length / scenes.length;
    const minutes = ((performance.now() - start) / 6e4).toFixed(1);
    console.log(`${++count} of ${total}, ${minutes} min: ${row.setting}: ${(100 * right).toFixed(1)} %`);
  }
}

for (const part of PARTS) {
  const left = part.filter((setting) => !done.has(settingKey(setting)));
  if (left.length > 0) await runPart(left);
}
