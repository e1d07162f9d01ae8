/**
 * One scene over λ, with nothing compiled twice: λ is an input of the graph.
 *
 *     deno run -A examples/sweep_lambda.ts [FILE.png]
 */
import { contactSheet, ddim, enlarge, pipeline, pladis, pocket, recipe } from "../mod.ts";

const LAMBDAS = [0, 1, 1.5, 2, 3, 4];

const scene = recipe({ model: pocket(), scheduler: ddim({ steps: 8 }), attention: pladis() });

if (import.meta.main) {
  await using pipe = await pipeline(scene);
  const pictures = [];
  for (const lambda of LAMBDAS) {
    const changed = pipe.under(scene.with({ attention: pladis({ lambda }) }));
    pictures.push(
      enlarge(await changed.generate("a panda and a balloon on a pink background", { seed: 1 }), 2),
    );
  }
  const labels = LAMBDAS.map((lambda) => `lambda ${lambda}`);
  await contactSheet(pictures, { columns: LAMBDAS.length, labels }).save(Deno.args[0] ?? "lambda.png");
}
