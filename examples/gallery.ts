/**
 * Sixteen prompts, each drawn with dense attention and with PLADIS from the same noise, on one sheet.
 *
 *     deno run -A examples/gallery.ts [FILE.png] [PROMPTS]
 */
import {
  contactSheet,
  dense,
  dpmpp2m,
  enlarge,
  type Image,
  noGuidance,
  pipeline,
  pladis,
  pocket,
  recipe,
} from "../mod.ts";

const PROMPTS = [
  "a cat left of a rocket on a blue background",
  "a rocket left of a cat on a blue background",
  "a fox above a mushroom on a green background",
  "a panda and a balloon on a pink background",
  "a big sunflower on a purple background",
  "a small snail on a white background",
  "a robot right of a tree on an orange background",
  "a moon above a house on a black background",
  "an owl below a star on a gray background",
  "a guitar left of a heart on a yellow background",
  "a whale below a rainbow",
  "a penguin at the left on a red background",
  "a pizza right of a crown on a blue background",
  "a cactus and a snowman on a yellow background",
  "an octopus above a crab on a white background",
  "a butterfly at the top on a green background",
];

const LAMBDA = 2, ALPHA = 1.5, STEPS = 12, SEED = 7;

/** Pictures of 64 pixels are shown at twice their size. */
const ENLARGED = 2, COLUMNS = 8;

export const plain = recipe({
  model: pocket(),
  scheduler: dpmpp2m({ steps: STEPS }),
  attention: dense(),
  guidance: noGuidance(),
});
export const sparse = plain.with({ attention: pladis({ lambda: LAMBDA, alpha: ALPHA }) });

async function draw(scene: typeof plain, prompts: readonly string[]): Promise<Image[]> {
  await using pipe = await pipeline(scene);
  const images: Image[] = [];
  for (const prompt of prompts) images.push(await pipe.generate(prompt, { seed: SEED }));
  return images;
}

if (import.meta.main) {
  const [file = "gallery.png", count = PROMPTS.length] = Deno.args;
  const prompts = PROMPTS.slice(0, Number(count));
  const left = await draw(plain, prompts), right = await draw(sparse, prompts);
  const pictures = prompts.flatMap((_, i) => [enlarge(left[i], ENLARGED), enlarge(right[i], ENLARGED)]);
  const labels = prompts.flatMap((prompt) => [prompt, `with PLADIS ${LAMBDA}, ${ALPHA}`]);
  await contactSheet(pictures, { columns: COLUMNS, labels }).save(file);
  console.log(file);
}
