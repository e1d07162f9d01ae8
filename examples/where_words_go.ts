/**
 * Where each word of a prompt was attended to: the picture, and the picture tinted for every word.
 *
 *     deno run -A examples/where_words_go.ts [FILE.png]
 */
import { type AttentionMaps, cfg, ddim, enlarge, pipeline, pocket, recipe } from "../mod.ts";

const scene = recipe({ model: pocket(), scheduler: ddim({ steps: 8 }), guidance: cfg({ scale: 2 }) });

if (import.meta.main) {
  await using pipe = await pipeline(scene, { attentionMaps: "all" });
  const image = await pipe.generate("a cat left of a rocket on a blue background", { seed: 7 });
  const maps = image.attentionMaps as AttentionMaps;
  await maps.sheet(enlarge(image, 4)).save(Deno.args[0] ?? "attention_maps.png");
}
