/**
 * The whole of Winnow in one page: a recipe, a pipeline, a picture.
 *
 *     deno run -A examples/cat_and_rocket.ts [FILE.png]
 */
import { cfg, euler, pipeline, pladis, pocket, recipe } from "../mod.ts";

export const scene = recipe({
  model: pocket(),
  scheduler: euler({ steps: 20, sigmas: "karras" }),
  attention: pladis({ lambda: 2, alpha: 1.5 }),
  guidance: cfg({ scale: 3 }),
});

if (import.meta.main) {
  await using pipe = await pipeline(scene);
  const image = await pipe.generate("a cat left of a rocket on a blue background", { seed: 7 });
  await image.save(Deno.args[0] ?? "cat.png");
}
