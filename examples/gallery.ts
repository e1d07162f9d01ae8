/**
 * Sixteen prompts, each drawn with dense attention and with PLADIS from the same noise, on one sheet.
 *
 *     deno run -A examples/gallery.ts [FILE.png] [PROMPTS]
 */
import {
  cfg,
  contactSheet,
  dense,
  dpmpp2m,
  enlarge,
  type Image,
  pipeline,
  pladis,
  pocket,
  recipe,
} from "../mod.ts";

const PROMPTS = [
  "a cat left of a rocket on a blue background",
  "a rocket left of a cat on a blue background",
  "a big sunflower on a purple background",
  "a fox above a mushroom on a green background",
  "a purple dog left of a green cat on a yellow background",
  "three lemons on a purple background",
  "two cats above three hearts on a gray background",
  "a panda, a balloon and a key on a pink background",
  "a big whale above a small crab on a white background",
  "a cat left of a dog above an owl on an orange background",
  "a pizza left of a crown above a robot and a tree on a blue background",
  "a red banana left of a blue cupcake above a flame and a fox",
  "a green penguin and a ball above a hamburger, an owl and a donut",
  "a key, a pink ghost and a heart above a blue fish, a bus and a tulip",
  "six stars on a blue background",
  "a snowman right of a cactus and above a purple snail on a red background",
];

const LAMBDA = 2, ALPHA = 1.5, STEPS = 12, SCALE = 2, SEED = 7;

/** Pictures of 64 pixels are shown at twice their size. */
const ENLARGED = 2, COLUMNS = 8;

export const plain = recipe({
  model: pocket(),
  scheduler: dpmpp2m({ steps: STEPS }),
  attention: dense(),
  guidance: cfg({ scale: SCALE }),
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
