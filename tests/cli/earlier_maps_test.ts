import assert from "node:assert/strict";
import { join } from "node:path";
import { earlierMaps, leftBehind } from "../../cli/earlier_maps.ts";

Deno.test("earlierMaps() finds the overlays of a legend that are there, in the folder and nowhere else", async () => {
  const folder = await Deno.makeTempDir();
  const legend = (content: string) => Deno.writeTextFile(join(folder, "cat-maps.json"), content);
  try {
    assert.deepEqual(await earlierMaps(join(folder, "none"), "cat"), []);
    assert.deepEqual(await earlierMaps(folder, "cat"), []);
    await Deno.writeTextFile(join(folder, "cat-a.png"), "");
    await Deno.writeTextFile(join(folder, "cat-b.png"), "");
    const files = [
      "cat-b.png",
      "cat-gone.png",
      "../cat-a.png",
      join(folder, "cat-a.png"),
      7,
      undefined,
      "..",
    ];
    await legend(JSON.stringify({ words: files.map((file) => ({ file })) }));
    assert.deepEqual(await earlierMaps(folder, "cat"), [join(folder, "cat-b.png")]);
    assert.deepEqual(await earlierMaps(folder, "dog"), []);
    for (const other of ["", "{", "[]", "null", '{"words": 3}', '{"words": [null]}']) {
      await legend(other);
      assert.deepEqual(await earlierMaps(folder, "cat"), [], other);
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("leftBehind() names the files that were not replaced, if any", () => {
  assert.equal(leftBehind([], ["a"]), undefined);
  assert.equal(leftBehind(["a", "b"], ["b", "a", "c"]), undefined);
  assert.match(leftBehind(["a", "b", "d"], ["b", "c"])!, /words that are not in this prompt stay: a, d$/);
});
