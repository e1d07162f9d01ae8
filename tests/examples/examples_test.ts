/** Every example runs and writes its picture. */
import assert from "node:assert/strict";
import { basename, join } from "npm:deno-std@1.4.0/path/mod.js";
import { readPngText } from "../../pipeline/png_text.ts";
import { ROOT, trackedFiles } from "../repository/source_tree.ts";

/** Arguments after the file's name that keep a run short. */
const SHORT: Readonly<Record<string, readonly string[]>> = {
  "gallery.ts": ["2"],
  "solvers_by_steps.ts": ["1", "euler,heun"],
};

const examples = trackedFiles().filter((name) => /^examples\/[^/]+\.ts$/.test(name));

for (const example of examples) {
  Deno.test(`${example} runs`, async () => {
    const folder = await Deno.makeTempDir();
    try {
      const file = join(folder, "out.png");
      const { success, stderr } = await new Deno.Command(Deno.execPath(), {
        args: [
          "run",
          "-A",
          "--no-check",
          "--no-lock",
          join(ROOT, example),
          file,
          ...SHORT[basename(example)] ?? [],
        ],
        env: { WINNOW_DEVICE: "native", NO_COLOR: "1" },
      }).output();
      assert.ok(success, new TextDecoder().decode(stderr));
      const texts = await readPngText(await Deno.readFile(file));
      assert.match(String(Object.fromEntries(texts).Software), /^Winnow \d/);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });
}

Deno.test("there are examples", () => assert.ok(examples.length >= 3));
