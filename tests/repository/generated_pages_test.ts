/** Pages that are made by scripts say what the scripts make. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { evidencePage } from "../../bench/evidence/evidence_page.ts";
import { solversPage } from "../../bench/solvers_page.ts";
import type { SolverScore } from "../../examples/solvers_by_steps.ts";
import { SOLVERS } from "../../ops/ops.ts";
import { decodePixels } from "../../pipeline/png_codec.ts";
import { ROOT } from "./source_tree.ts";

Deno.test("docs/evidence.md is what its script makes of the raw results", async () => {
  for (const [path, text] of Object.entries(await evidencePage())) {
    assert.equal(
      await Deno.readTextFile(join(ROOT, path)),
      text,
      `${path}: run bench/evidence/evidence_page.ts`,
    );
  }
});

Deno.test("docs/solvers.md is what the solvers say of themselves", async () => {
  const path = join(ROOT, "docs/solvers.md");
  assert.equal(await Deno.readTextFile(path), await solversPage(), "run bench/solvers_page.ts");
});

Deno.test("docs/solvers.png shows every solver but those for other models, and is small", async () => {
  const scores: SolverScore[] = JSON.parse(await Deno.readTextFile(join(ROOT, "docs/solvers.json")));
  const shown = new Set<string>(scores.map(({ solver }) => solver));
  const others = SOLVERS.filter(({ name }) => !shown.has(name)).map(({ name }) => name);
  assert.deepEqual(others, ["edm_euler", "flow_euler", "flow_heun", "flow_lcm", "ipndm", "scm"]);
  for (const { solver, steps, right, scenes, evaluations } of scores) {
    assert.ok([2, 4, 8, 16, 32].includes(steps) && right >= 0 && right <= scenes, `${solver} ${steps}`);
    assert.ok(evaluations >= 2 * steps, `${solver} ${steps}`);
  }
  assert.equal(scores.length, 5 * shown.size - 1, "PNDM has no 2 steps");
  const picture = join(ROOT, "docs/solvers.png");
  assert.ok((await Deno.stat(picture)).size < 300_000);
  const { width, height } = await decodePixels(await Deno.readFile(picture));
  assert.ok(width >= 12 * 64 && height >= 10 * 64);
});
