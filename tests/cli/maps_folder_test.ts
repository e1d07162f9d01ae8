import assert from "node:assert/strict";
import { join } from "node:path";
import { checkMapsFolder, writeMaps } from "../../cli/maps_folder.ts";
import { ImageError } from "../../errors.ts";
import { attentionMapsOf, createAttentionMaps } from "../../pipeline/attention_maps.ts";
import { enlarge } from "../../pipeline/enlarge.ts";
import { decodeNpy } from "../../pipeline/npy.ts";
import { decodePixels } from "../../pipeline/png_codec.ts";

const WORDS = ["a", "cat", "A", "maps"].map((text, i) => ({ text, tokens: [i + 1, i + 2] as const }));
const MAPS = createAttentionMaps({
  words: WORDS,
  steps: [0, 1].map((step) => [{
    site: "mid",
    width: 2,
    height: 2,
    keys: 6,
    weights: Float32Array.from({ length: 24 }, (_, i) => (i + step) % 5 / 5),
  }]),
});
const PICTURE = { width: 64, height: 64, data: new Uint8Array(64 * 64 * 3).fill(200) };
const FILES = ["maps.png", "a-1.png", "cat.png", "a-2.png", "maps-1.png", "maps.npy", "maps.json"]
  .map((name) => `scene-${name}`);

async function inFolder(use: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await use(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const namesIn = (folder: string) => [...Deno.readDirSync(folder)].map(({ name }) => name).sort();

Deno.test("writeMaps() writes the sheet, each word's overlay, the numbers and their legend", async () => {
  await inFolder(async (parent) => {
    const folder = join(parent, "new");
    const paths = await writeMaps(folder, "scene", MAPS, PICTURE);
    assert.deepEqual(paths, FILES.map((name) => join(folder, name)));
    assert.deepEqual(namesIn(folder), FILES.toSorted());

    const sheet = await decodePixels(await Deno.readFile(paths[0]));
    assert.equal(sheet.width, 3 * 256 + 4 * 8, "small pictures are enlarged");
    const overlay = await decodePixels(await Deno.readFile(paths[2]));
    assert.equal(overlay.width, 256);
    assert.deepEqual(overlay.data, MAPS.overlay("cat", enlarge(PICTURE, 4)).data);
    assert.deepEqual(decodeNpy(await Deno.readFile(paths[5])).shape, [2, 4, 2, 2]);
    assert.deepEqual(JSON.parse(await Deno.readTextFile(paths[6])), {
      steps: 2,
      width: 2,
      height: 2,
      words: WORDS.map(({ text, tokens }, i) => ({ text, tokens, file: FILES[i + 1] })),
    });
  });
});

Deno.test("writeMaps() leaves no half of a file: not where it is stopped, and not where it cannot write", async () => {
  await inFolder(async (folder) => {
    const reason = new Error("stopped");
    const signal = AbortSignal.abort(reason);
    await assert.rejects(writeMaps(folder, "scene", MAPS, PICTURE, { signal }), reason);
    assert.deepEqual(namesIn(folder), []);

    await Deno.mkdir(join(folder, "scene-cat.png"));
    await assert.rejects(writeMaps(folder, "scene", MAPS, PICTURE), ImageError);
    assert.deepEqual(namesIn(folder), ["scene-a-1.png", "scene-cat.png", "scene-maps.png"]);
  });
});

Deno.test("writeMaps() writes no overlay where no step has maps, and says which words were cut off", async () => {
  await inFolder(async (folder) => {
    const cutOff = [{ text: "maps", tokens: [4, 7] }] as const;
    const none = attentionMapsOf({ words: WORDS, cutOff, steps: 3, recorded: [], width: 0, height: 0 });
    const paths = await writeMaps(folder, "scene", none, PICTURE);
    assert.deepEqual(namesIn(folder), ["scene-maps.json", "scene-maps.npy", "scene-maps.png"]);
    assert.equal((await decodePixels(await Deno.readFile(paths[0]))).width, 256 + 2 * 8);
    assert.deepEqual(decodeNpy(await Deno.readFile(paths[1])).shape, [0, 4, 0, 0]);
    assert.deepEqual(JSON.parse(await Deno.readTextFile(paths[2])), {
      steps: 3,
      recorded: [],
      width: 0,
      height: 0,
      words: WORDS.map(({ text, tokens }) => ({ text, tokens })),
      cutOff,
    });
  });
});

Deno.test("writeMaps() stops between words, with nothing written", async () => {
  await inFolder(async (folder) => {
    const controller = new AbortController(), reason = new Error("stopped");
    let drawn = 0;
    const overlay: typeof MAPS.overlay = (...args) => {
      if (++drawn === 2) controller.abort(reason);
      return MAPS.overlay(...args);
    };
    const { signal } = controller;
    await assert.rejects(writeMaps(folder, "scene", { ...MAPS, overlay }, PICTURE, { signal }), reason);
    assert.equal(drawn, 2);
    assert.deepEqual(namesIn(folder), []);
  });
});

Deno.test("checkMapsFolder() finds what writeMaps() would, and leaves no trace", async () => {
  await inFolder(async (folder) => {
    await Deno.writeTextFile(join(folder, "file"), "");
    await Deno.writeTextFile(join(folder, "fixed-maps.npy"), "", { mode: 0o444 });
    const long = "x".repeat(230);
    const cases: [string, string, string][] = [
      [join(folder, "file"), "scene", "a cat"],
      [folder, "x".repeat(250), ""],
      [folder, long, "a supercalifragilisticexpialidocious"],
    ];
    if (Deno.build.os !== "windows") cases.push([folder, "fixed", "a cat"]);
    if (Deno.build.os === "linux") cases.push(["/proc/none", "scene", "a cat"]);
    for (const [where, name, prompt] of cases) {
      await assert.rejects(checkMapsFolder(where, name, prompt), ImageError, `${where} ${name}`);
    }
    await checkMapsFolder(folder, long, "a cat");
    await checkMapsFolder(join(folder, "new", "deep"), "scene", "!!! a/b .. 猫");
    assert.deepEqual(namesIn(folder), ["file", "fixed-maps.npy"]);
  });
});
