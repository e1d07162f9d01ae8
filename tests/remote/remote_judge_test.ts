/** The judge and the world's drawings come along when Winnow is imported by URL, are kept, and are checked. */
import assert from "node:assert/strict";
import { join } from "npm:deno-std@1.4.0/path/mod.js";
import { ROOT } from "../repository/source_tree.ts";

const PROGRAM = (url: string) =>
  `import { fidelity } from "${url}/evaluation/fidelity.ts";
import { openJudge } from "${url}/evaluation/judge/judge.ts";
import { drawScene, openSprites, readCaption } from "${url}/evaluation/world/world.ts";
import { Picture } from "${url}/pipeline/picture.ts";
const scene = readCaption("a cat left of a dog");
const [sprites, opened] = await Promise.all([openSprites(), openJudge()]);
await using judge = opened;
const picture = new Picture(64, 64, Uint8Array.from(drawScene(scene, sprites), (x) => Math.round(255 * x)));
console.log((await judge.read([picture])).length, fidelity(scene, picture, sprites).psnr > 50);
`;

Deno.test("judge: a module in an empty folder imports it by URL; its files are fetched once, and damaged ones refused", async () => {
  let asked: string[] = [], damaged = false;
  await using server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen: () => {} }, async (request) => {
    const path = new URL(request.url).pathname;
    if (path.includes("/judge/") && !path.endsWith("world.json") && !path.endsWith(".ts")) asked.push(path);
    try {
      const bytes = await Deno.readFile(join(ROOT, path));
      if (damaged && path.endsWith("sprites.png")) bytes[1000] ^= 1;
      return new Response(bytes, { headers: { "content-type": "text/plain" } });
    } catch {
      return new Response("not found", { status: 404 });
    }
  });
  const url = `http://127.0.0.1:${server.addr.port}`;
  const folder = await Deno.makeTempDir();
  const run = async () => {
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--no-lock", "--no-check", `--reload=${url}`, "judge.ts"],
      cwd: folder,
      env: { WINNOW_CACHE: join(folder, "cache"), WINNOW_DEVICE: "wasm", NO_COLOR: "1" },
      stdin: "null",
    }).output();
    const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
    const seen = asked.map((path) => path.split("/").at(-1)).sort();
    asked = [];
    return { code, out: text(stdout), error: text(stderr), seen: [...new Set(seen)] };
  };
  try {
    await Deno.writeTextFile(join(folder, "judge.ts"), PROGRAM(url));
    const first = await run();
    assert.equal(first.code, 0, first.error);
    assert.equal(first.out, "1 true\n");
    assert.deepEqual(first.seen, ["manifest.json", "model.onnx", "sprites.png"]);
    const again = await run();
    assert.deepEqual([again.code, again.out, again.seen], [0, "1 true\n", []]);
    await Deno.remove(join(folder, "cache"), { recursive: true });
    damaged = true;
    const refused = await run();
    assert.notEqual(refused.code, 0);
    assert.match(refused.error, /sprites\.png.*must be/);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
