/**
 * The repository served over HTTP: a module imports it from an empty folder, a recipe and the command line run by URL,
 * and the bundled model comes along, is kept, and is checked.
 */
import assert from "node:assert/strict";
import { join } from "npm:deno-std@1.4.0/path/mod.js";
import { ROOT } from "../repository/source_tree.ts";

const TYPES: Readonly<Record<string, string>> = {
  // Raw file hosts serve sources as plain text; Deno then goes by the extension.
  ts: "text/plain; charset=utf-8",
  json: "application/json",
};

interface Served extends AsyncDisposable {
  readonly url: string;
  /** Paths asked for since the last look. */
  requests(): string[];
  /** Replaces the bytes of a path. */
  tamper(path: string, change: (bytes: Uint8Array<ArrayBuffer>) => Uint8Array<ArrayBuffer>): void;
}

function serveRepository(): Served {
  let seen: string[] = [];
  const changes = new Map<string, (bytes: Uint8Array<ArrayBuffer>) => Uint8Array<ArrayBuffer>>();
  const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen: () => {} }, async (request) => {
    const path = decodeURIComponent(new URL(request.url).pathname);
    seen.push(path);
    try {
      const bytes = await Deno.readFile(join(ROOT, path));
      const type = TYPES[path.split(".").at(-1) as string] ?? "application/octet-stream";
      return new Response(changes.get(path)?.(bytes) ?? bytes, { headers: { "content-type": type } });
    } catch {
      return new Response("not found", { status: 404 });
    }
  });
  return {
    url: `http://127.0.0.1:${server.addr.port}`,
    requests() {
      const since = seen;
      seen = [];
      return since;
    },
    tamper: (path, change) => void changes.set(path, change),
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

async function run(folder: string, args: string[], url: string) {
  const command = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-lock", `--reload=${url}`, ...args],
    cwd: folder,
    env: { WINNOW_CACHE: join(folder, "cache"), WINNOW_DEVICE: "wasm", NO_COLOR: "1" },
    stdin: "null",
  });
  const { code, stdout, stderr } = await command.output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, stdout: text(stdout), stderr: text(stderr) };
}

const isPng = (bytes: Uint8Array) => new TextDecoder().decode(bytes.subarray(1, 4)) === "PNG";

Deno.test("a module in an empty folder imports Winnow by URL, with no import map", async () => {
  await using served = serveRepository();
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(
      join(folder, "cat.ts"),
      `import { ddim, noGuidance, pipeline, pladis, pocket, recipe } from "${served.url}/mod.ts";
export const scene = recipe({
  model: pocket(),
  scheduler: ddim({ steps: 2 }),
  attention: pladis(),
  guidance: noGuidance(),
});
if (import.meta.main) {
  await using pipe = await pipeline(scene);
  const image = await pipe.generate("a cat", { seed: 1 });
  await image.save("cat.png");
}
`,
    );
    const first = await run(folder, ["cat.ts"], served.url);
    assert.equal(first.code, 0, first.stderr);
    assert.ok(isPng(await Deno.readFile(join(folder, "cat.png"))));
    assert.ok(served.requests().some((path) => path.endsWith("/bundle/unet/model.onnx")));

    // The recipe that the module exports, and the command line, by URL; the model is in the cache by now.
    await served.requests();
    const again = await run(folder, [
      `${served.url}/cli.ts`,
      "generate",
      "a cat",
      "--seed",
      "1",
      "--recipe",
      "cat.ts",
      "--out",
      "again.png",
    ], served.url);
    assert.equal(again.code, 0, again.stderr);
    assert.deepEqual(served.requests().filter((path) => path.includes("/pocket/bundle/")), []);
    const bytes = async (name: string) => await Deno.readFile(join(folder, name));
    assert.deepEqual(await bytes("again.png"), await bytes("cat.png"));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("a bundled model that was changed on the way is refused, by its hash, and nothing is written", async () => {
  await using served = serveRepository();
  served.tamper("/models/pocket/bundle/unet/model.onnx", (bytes) => {
    bytes[bytes.length >> 1] ^= 1;
    return bytes;
  });
  const folder = await Deno.makeTempDir();
  try {
    const { code, stderr } = await run(
      folder,
      [`${served.url}/cli.ts`, "generate", "a cat", "--steps", "1", "--out", "cat.png"],
      served.url,
    );
    assert.equal(code, 1);
    assert.match(stderr, /Cannot .*unet\/model\.onnx must be /s);
    assert.doesNotMatch(stderr, /\n\s+at /);
    const names = [...Deno.readDirSync(folder)].map(({ name }) => name);
    assert.ok(!names.includes("cat.png"), names.join());
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
