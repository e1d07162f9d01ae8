/** Pages that are made by scripts say what the scripts make. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { evidencePage } from "../../bench/evidence/evidence_page.ts";
import { solversPage } from "../../bench/solvers_page.ts";
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
  assert.equal(await Deno.readTextFile(path), solversPage(), "run bench/solvers_page.ts");
});
