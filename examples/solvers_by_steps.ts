/**
 * The bundled model under every solver that suits it, at 2, 4, 8, 16 and 32 steps: one scene as a picture, and under it
 * how many of all scenes the judge finds right. The scores go into a .json file beside the picture.
 *
 *     deno run -A examples/solvers_by_steps.ts [FILE.png] [SCENES] [SOLVER,SOLVER,…]
 */
import {
  cfg,
  contactSheet,
  evaluatedPictures,
  evaluationScenes,
  pipeline,
  plainSetting,
  pocket,
  readCaption,
  recipe,
  type Scene,
  type SchedulerRecipe,
  type Setting,
  SOLVER_KINDS,
  SOLVER_TITLES,
} from "../mod.ts";

const SHOWN = "a cat left of a rocket on a blue background";
const STEPS = [2, 4, 8, 16, 32], SCENES = 48, SCALE = 2;
/** Cells of a solver, its name first, and how many solvers stand beside each other. */
const CELLS = STEPS.length + 1, ACROSS = 2, GAP = 4;

type Kind = Exclude<typeof SOLVER_KINDS[number], "bundle">;

/** These run with this model, but on noise levels of their own, which it was not trained for. */
const FOR_OTHER_MODELS: readonly Kind[] = ["edm_euler", "ipndm"];
const ALL = SOLVER_KINDS.filter((kind): kind is Kind =>
  kind !== "bundle" && !FOR_OTHER_MODELS.includes(kind as Kind)
);

/** One cell: what the judge found. */
export interface SolverScore {
  readonly solver: Kind;
  readonly steps: number;
  /** Evaluations of the model for a picture, both branches of guidance counted. */
  readonly evaluations: number;
  /** Scenes of which every object is right and in its place. */
  readonly right: number;
  readonly scenes: number;
}

export const scene = recipe({ model: pocket(), guidance: cfg({ scale: SCALE }) });

type Pixels = Parameters<typeof contactSheet>[0][number];

/** A pixel in the place of a picture where there is none. */
const BLANK: Pixels = { width: 1, height: 1, data: Uint8Array.of(255, 255, 255) };

/** The picture in 32 shades a channel: its file is half as large. */
function inFewShades({ width, height, data }: Pixels): Pixels {
  return { width, height, data: data.map((value) => (value & 0xf8) | 4) };
}

/** Solvers below and beside each other, column by column; under each picture its steps, and the share that is right. */
function sheet(scores: readonly SolverScore[], shown: ReadonlyMap<string, Pixels>) {
  const rows = [...new Set(scores.map(({ solver }) => solver))].map((solver) => [
    { picture: BLANK, label: SOLVER_TITLES[solver] },
    ...STEPS.map((steps) => {
      const score = scores.find((each) => each.solver === solver && each.steps === steps);
      const picture = inFewShades(shown.get(`${solver} ${steps}`) ?? BLANK);
      return {
        picture,
        label: `${steps}: ${score ? `${Math.round(100 * score.right / score.scenes)} %` : "none"}`,
      };
    }),
  ]);
  const across = Math.min(ACROSS, rows.length), down = Math.ceil(rows.length / across);
  const empty = Array.from({ length: CELLS }, () => ({ picture: BLANK, label: "" }));
  const cells = Array.from(
    { length: down * across },
    (_, i) => rows[(i % across) * down + Math.floor(i / across)] ?? empty,
  ).flat();
  const labels = cells.map(({ label }) => label);
  return contactSheet(cells.map(({ picture }) => picture), { columns: across * CELLS, gap: GAP, labels });
}

/** What this model can be run with; a solver may refuse it, or so few steps. */
async function cellsOf(
  solvers: readonly Kind[],
): Promise<(Omit<SolverScore, "right"> & { setting: Setting })[]> {
  await using pipe = await pipeline(scene);
  return solvers.flatMap((solver) =>
    STEPS.flatMap((steps) => {
      const changed = scene.with({ scheduler: { kind: solver, steps } as SchedulerRecipe });
      try {
        const { guidance: { total } } = pipe.under(changed).plan;
        const setting = plainSetting(changed, `${solver} ${steps}`);
        return [{ solver, steps, evaluations: total, scenes: 0, setting }];
      } catch (error) {
        console.error(`${solver}, ${steps} steps: ${(error as Error).message}`);
        return [];
      }
    })
  );
}

if (import.meta.main) {
  const [file = "solvers_by_steps.png", count = SCENES, names = ALL.join()] = Deno.args;
  const others = Number(count) - 1;
  const scenes = [readCaption(SHOWN) as Scene, ...others > 0 ? evaluationScenes({ prompts: others }) : []];
  const cells = await cellsOf(names.split(",") as Kind[]);
  const shown = new Map<string, Pixels>();
  const right = new Map<string, number>();
  const settings = cells.map(({ setting }) => setting);
  for await (const { row, picture } of evaluatedPictures({ settings, scenes, diversityScenes: 0 })) {
    right.set(row.setting, (right.get(row.setting) ?? 0) + Number(row.right));
    if (row.index === 0) shown.set(row.setting, await picture());
  }
  const scores = cells.map(({ setting: { name }, ...cell }): SolverScore => ({
    ...cell,
    right: right.get(name) ?? 0,
    scenes: scenes.length,
  }));
  await sheet(scores, shown).save(file);
  await Deno.writeTextFile(file.replace(/\.png$/, ".json"), `${JSON.stringify(scores, null, 1)}\n`);
  console.log(file);
}
