/** `generate --maps`, as a process. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { decodeNpy } from "../../pipeline/npy.ts";
import { inWorkplace } from "./run_cli.ts";

const ARGS = ["--seed", "7", "--steps", "2"];

Deno.test("generate --maps writes each picture's maps under its own name, whatever its words and its ending", () =>
  inWorkplace(async ({ folder, run, names }) => {
    const images = ["--images", "2", "--out", "p/x.PNG", "--maps", "m/deep", "--json"];
    const { code, stdout, stderr } = await run("generate", "A cat, a/b .. CON cat!", ...ARGS, ...images);
    assert.equal(code, 0, stderr);
    const words = ["a", "cat-1", "a-b", "u002e-u002e", "con", "cat-2"];
    const files = (i: number) => [
      `x-${i}-maps.png`,
      ...words.map((word) => `x-${i}-${word}.png`),
      `x-${i}-maps.npy`,
      `x-${i}-maps.json`,
    ];
    assert.deepEqual(
      names().filter((name) => name.startsWith("m/deep/") && !name.endsWith("/")),
      [1, 2].flatMap((i) => files(i).map((file) => `m/deep/${file}`)).toSorted(),
    );
    const report = JSON.parse(stdout);
    assert.deepEqual(
      report.files.map(({ path, maps }: { path: string; maps: string[] }) => ({ path, maps })),
      [1, 2].map((i) => ({ path: `p/x-${i}.PNG`, maps: files(i).map((file) => join("m", "deep", file)) })),
    );
    const read = async (i: number) => decodeNpy(await Deno.readFile(join(folder, `m/deep/x-${i}-maps.npy`)));
    const [one, two] = [await read(1), await read(2)];
    assert.deepEqual([one.shape, two.shape], [[2, 6, 16, 16], [2, 6, 16, 16]]);
    assert.notDeepEqual(one.data, two.data);
  }));

Deno.test("generate --maps replaces what is there, as --out does, and says what stays", () =>
  inWorkplace(async ({ folder, run, names }) => {
    const into = [...ARGS, "--out", "x.png", "--maps", "m"];
    const first = await run("generate", "a cat", ...into);
    assert.equal(first.code, 0, first.stderr);
    assert.equal(first.stdout, `x.png\n${join("m", "x-maps.png")}\n`);
    const legend = () => Deno.readTextFile(join(folder, "m/x-maps.json"));
    const before = await legend();
    const again = await run("generate", "a dog", ...into, "--json");
    assert.equal(again.code, 0, again.stderr);
    const stays =
      /an earlier run were replaced; those of words that are not in this prompt stay: m.x-cat\.png$/m;
    assert.match(again.stderr, stays);
    assert.ok(JSON.parse(again.stdout).notices.some((notice: string) => stays.test(notice)));
    assert.notEqual(await legend(), before);
    assert.deepEqual(names().filter((name) => /^m\/.*png$/.test(name)), [
      "m/x-a.png",
      "m/x-cat.png",
      "m/x-dog.png",
      "m/x-maps.png",
    ]);
    const none = await run("generate", "", ...into, "--quiet");
    assert.deepEqual(none, { code: 0, stdout: "", stderr: "" });
    assert.deepEqual(JSON.parse(await legend()).words, []);
  }));

Deno.test("generate --maps with a folder that cannot be is an error before the model is loaded", () =>
  inWorkplace(async ({ run, write, names }) => {
    write("file", "");
    const cases: [string[], RegExp][] = [
      [
        ["--maps", "file"],
        /file.*must be in a folder, but a part of the path is a file\. Choose another path/,
      ],
      [
        ["--out", `${"x".repeat(248)}.png`, "--maps", "m"],
        /x-maps\.png must be writable, got .*name too long/i,
      ],
    ];
    for (const [flags, message] of cases) {
      const ran = await run("generate", "a cat", ...ARGS, ...flags);
      assert.equal(ran.code, 1, ran.stderr);
      assert.match(ran.stderr, message);
      assert.doesNotMatch(ran.stderr, /Running on/);
    }
    assert.deepEqual(names(), ["file"]);
  }));
