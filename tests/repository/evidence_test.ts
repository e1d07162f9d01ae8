/** The evidence page says what its raw results say. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { evidencePage } from "../../bench/evidence/evidence_page.ts";
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
