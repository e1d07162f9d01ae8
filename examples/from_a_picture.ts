/**
 * A picture, and four made from it: the more of it is given up, the more the prompt decides.
 *
 *     deno run -A examples/from_a_picture.ts [FILE.png]
 */
import { cfg, contactSheet, dpmpp2m, enlarge, pipeline, pocket, recipe } from "../mod.ts";

const FROM = "a cat left of a rocket on a blue background";
const TO = "a fox left of a rocket on a blue background";
const STRENGTHS = [0.2, 0.4, 0.6, 0.8], SEED = 7;

/** Pictures of 64 pixels are shown at four times their size. */
const ENLARGED = 4;

export const scene = recipe({
  model: pocket(),
  scheduler: dpmpp2m({ steps: 20 }),
  guidance: cfg({ scale: 2 }),
});

if (import.meta.main) {
  const [file = "from_a_picture.png"] = Deno.args;
  await using pipe = await pipeline(scene);
  const first = await pipe.generate(FROM, { seed: SEED });
  const pictures = [first];
  for (const strength of STRENGTHS) {
    pictures.push(await pipe.generate(TO, { seed: SEED, image: first, strength }));
  }
  const labels = [FROM, ...STRENGTHS.map((strength) => `${TO}, strength ${strength}`)];
  await contactSheet(pictures.map((each) => enlarge(each, ENLARGED)), { columns: 5, labels }).save(file);
  console.log(file);
}
