/** Rows of an evaluation that nobody ran: which are right is drawn by a seed. */
import { pladis, pocket, recipe } from "../../recipes/recipes.ts";
import { type Setting, settingsOf } from "../../evaluation/axes.ts";
import { type Axis, parseAxis } from "../../evaluation/axis_text.ts";
import { evaluationScenes, type SceneOptions } from "../../evaluation/picture_jobs.ts";
import type { ReportInput } from "../../evaluation/make_report.ts";
import type { ResultRow } from "../../evaluation/result_row.ts";
import { Mt19937 } from "../../ops/noise/mt19937.ts";

/** The input of a report on scenes that get harder from kind to kind, and a little harder from setting to setting. */
export function madeUpReport(axes: readonly string[], scenes: SceneOptions = { prompts: 120 }): ReportInput {
  const random = new Mt19937(3), uniform = () => random.next() / 2 ** 32;
  const base = recipe({ model: pocket(), attention: pladis() });
  const settings: Setting[] = settingsOf(base, axes.map((axis): Axis => parseAxis(axis)));
  const drawn = evaluationScenes(scenes);
  const hardness = drawn.map(() => [uniform(), uniform()]);
  const rows = settings.flatMap((setting, s) =>
    drawn.map((scene, index): ResultRow => {
      const [hard, harder] = hardness[index];
      const right = hard < 0.98 - 0.04 * s - 0.05 * (index % 12);
      return {
        image: `${s}/${index}.png`,
        prompt: scene.caption,
        scene: { objects: scene.objects, color: scene.color },
        kind: scene.kind,
        heldOut: scene.heldOut,
        index,
        repeat: 0,
        seed: index,
        setting: setting.name,
        settings: { ...setting.recipe },
        seen: { objects: [], color: scene.color },
        right,
        anywhere: right || harder < 0.5,
        background: true,
        psnr: (right ? 26 : 15) + 3 * harder - s,
        ms: 200 + index,
      };
    })
  );
  const diversity = settings.map((_, s) =>
    [1, 2, 3].map((i) => ({ distance: 0.1 + 0.01 * i - 0.005 * s, arrangements: i }))
  );
  return { settings, rows, diversity, device: "wasm", seed: 0 };
}
