import assert from "node:assert/strict";
import { join } from "npm:deno-std@1.4.0/path/join.js";
import { fromFileUrl } from "npm:deno-std@1.4.0/path/from_file_url.js";
import { sha256Hex } from "../../../models/bundle/file_digest.ts";
import { openBundle } from "../../../models/bundle/open_bundle.ts";
import { filesBelow, flipBit, put, tempFolder, truncate, writeManifest } from "./bundle_folders.ts";
import { rejects } from "./bundle_rejection.ts";
import { bytesOf, dying } from "./bundle_server.ts";
import { gets, readAll, receiptless, scene, SMALL } from "./remote_scene.ts";

Deno.test("remote with a manifest: exactly the needed files are asked for, each once, when it is needed", async () => {
  await using s = await scene();
  const bundle = await s.open();
  assert.equal(bundle.source, s.server.url);
  assert.equal(bundle.manifestSha256, s.pin);
  assert.deepEqual(s.server.log.toSorted(), SMALL.map((path) => `GET ${path}`));
  s.server.log.length = 0;
  const unet = bundle.component("unet");
  assert.equal(unet.path, join(s.entry, "unet", "model.onnx"));
  assert.deepEqual(await unet.read(), await bytesOf(s.folder, "unet/model.onnx"));
  assert.deepEqual(s.server.log.toSorted(), ["GET unet/model.onnx", "GET unet/weights.pb"]);
  assert.deepEqual([...unet.externalData].map(([name, { size }]) => [name, size]), [["weights.pb", 12]]);
  assert.equal(await Deno.readTextFile(unet.externalData.get("weights.pb")!.path), "some weights");
  s.server.log.length = 0;
  await unet.read();
  await unet.download();
  await unet.externalData.get("weights.pb")!.read();
  await unet.externalData.get("weights.pb")!.verify();
  assert.deepEqual(s.server.log, []);
  const tokenizer = await bundle.tokenizer("tokenizer");
  assert.equal(tokenizer.encode("a cat").ids.length, 77);
  const files = ["merges.txt", "special_tokens_map.json", "tokenizer_config.json", "vocab.json"];
  assert.deepEqual(s.server.log.toSorted(), files.map((file) => `GET tokenizer/${file}`));
  const hashes = await bundle.hashes();
  const graphs = ["text_encoder", "unet", "vae_decoder", "vae_encoder"].map((name) => `${name}/model.onnx`);
  assert.deepEqual(Object.keys(hashes).sort(), [...graphs, "unet/weights.pb"].sort());
});

Deno.test("remote with a manifest: a second open asks for the manifest alone, and a pinned one for nothing", async () => {
  await using s = await scene();
  await readAll(await s.open());
  s.server.log.length = 0;
  await readAll(await s.open());
  assert.deepEqual(s.server.log, ["GET manifest.json"]);
  s.server.log.length = 0;
  await readAll(await s.open({ manifestSha256: s.pin.toUpperCase() }));
  assert.deepEqual(s.server.log, []);
});

Deno.test("remote with a manifest: once it is all in the cache, it works without a network", async () => {
  await using s = await scene();
  await readAll(await s.open());
  await s.server[Symbol.asyncDispose]();
  await readAll(await s.open({ manifestSha256: s.pin }));
  await readAll(await s.open());
  await Deno.remove(join(s.entry, "unet", "model.onnx"));
  await rejects(readAll(await s.open()), "unet/model.onnx", "must be reachable", "(3 attempts)");
});

Deno.test("remote: a pinned manifest must be the one that is served", async () => {
  await using s = await scene();
  const other = "0".repeat(64);
  await rejects(s.open({ manifestSha256: other }), "manifest.json must be the file of SHA-256 0000", s.pin);
  assert.deepEqual(await filesBelow(s.cacheDir), []);
  await Deno.remove(join(s.folder, "manifest.json"));
  await rejects(s.open({ manifestSha256: s.pin }), "manifest.json must be there", "404");
});

Deno.test("remote: a pinned manifest replaces an older one in the cache, and so do the files that have changed", async () => {
  await using s = await scene();
  await readAll(await s.open({ manifestSha256: s.pin }));
  await flipBit(s.folder, "unet/model.onnx"); // a new version of the same size
  const pin = await writeManifest(s.folder);
  await rejects(
    s.open({ manifestSha256: s.pin }).then(async (bundle) => {
      await Deno.remove(join(s.entry, "unet", "model.onnx"));
      await bundle.component("unet").read();
    }),
    "unet/model.onnx must be the file of SHA-256",
  );
  s.server.log.length = 0;
  await readAll(await s.open({ manifestSha256: pin }));
  assert.deepEqual(s.server.log.toSorted(), ["GET manifest.json", "GET unet/model.onnx"]);
  assert.deepEqual(await bytesOf(s.entry, "unet/model.onnx"), await bytesOf(s.folder, "unet/model.onnx"));
});

for (const damage of [flipBit, truncate, (folder: string, path: string) => Deno.remove(join(folder, path))]) {
  Deno.test(`remote with a manifest: a file in the cache after ${damage.name || "remove"} is downloaded again, once`, async () => {
    await using s = await scene();
    await readAll(await s.open());
    for (const path of ["unet/model.onnx", "unet/weights.pb", "tokenizer/vocab.json", "unet/config.json"]) {
      await damage(s.entry, path);
      s.server.log.length = 0;
      const bundle = await s.open();
      await readAll(bundle);
      await bundle.component("unet").externalData.get("weights.pb")!.verify();
      assert.deepEqual(s.server.log.toSorted(), ["GET manifest.json", `GET ${path}`].sort());
      assert.deepEqual(await bytesOf(s.entry, path), await bytesOf(s.folder, path));
    }
  });
}

Deno.test("remote with a manifest: checking a component brings it, and brings what is damaged again", async () => {
  await using s = await scene();
  const unet = (await s.open()).component("unet");
  s.server.log.length = 0;
  await unet.verify();
  assert.deepEqual(s.server.log.toSorted(), ["GET unet/model.onnx", "GET unet/weights.pb"]);
  await flipBit(s.entry, "unet/model.onnx");
  await unet.verify();
  assert.deepEqual(await bytesOf(s.entry, "unet/model.onnx"), await bytesOf(s.folder, "unet/model.onnx"));
});

Deno.test("remote with a manifest: a damaged file in the cache while the server has another is an error", async () => {
  await using s = await scene();
  await readAll(await s.open());
  await flipBit(s.entry, "unet/model.onnx");
  await put(
    s.folder,
    "unet/model.onnx",
    new Uint8Array((await bytesOf(s.folder, "unet/model.onnx"))!.length),
  );
  s.server.log.length = 0;
  await rejects(
    (await s.open()).component("unet").read(),
    "unet/model.onnx must be the file of SHA-256",
    "as manifest.json says",
  );
  assert.deepEqual(gets(s.server.log), ["manifest.json", "unet/model.onnx"]);
});

Deno.test("remote with a manifest: a file that the server has not got is an error that names it", async () => {
  await using s = await scene();
  await Deno.remove(join(s.folder, "unet", "model.onnx"));
  await rejects(
    (await s.open()).component("unet").read(),
    `${s.server.url}unet/model.onnx must be there, as manifest.json says`,
    "404",
  );
});

Deno.test("remote with a manifest: a path out of the bundle is an error, and nothing is written", async () => {
  for (const path of ["../evil", "/evil", "a\\..\\evil", "unet/../../evil"]) {
    await using s = await scene();
    const files = { [path]: { size: 1, sha256: "0".repeat(64) } };
    const text = JSON.stringify({ version: 1, files });
    await put(s.folder, "manifest.json", text);
    const manifestSha256 = await sha256Hex(new TextEncoder().encode(text));
    await rejects(s.open({ manifestSha256 }), "inside the bundle");
    await rejects(s.open(), "inside the bundle");
    assert.deepEqual(await receiptless(s.entry), ["manifest.json"]);
  }
});

Deno.test("remote: a manifest that is no JSON is an error", async () => {
  for (const text of ["<!DOCTYPE html><title>Not found</title>", "{", '"x"']) {
    await using s = await scene((path) => path === "manifest.json" ? new Response(text) : undefined);
    await rejects(s.open(), "manifest.json", text.startsWith("<") ? "web page" : "must be");
  }
});

Deno.test("remote: redirects, 5xx and dropped connections on the way do not matter", async () => {
  await using s = await scene((path, request, times) => {
    if (path.startsWith("moved/")) {
      return bytesOf(s.folder, path.slice("moved/".length)).then((bytes) => new Response(bytes));
    }
    if (path === "unet/model.onnx" && times === 1) return new Response("", { status: 503 });
    if (path === "unet/model.onnx" && times === 2) {
      return bytesOf(s.folder, path).then((bytes) => dying(bytes!, 1000));
    }
    if (path === "vae_decoder/model.onnx") {
      return Response.redirect(new URL(`/bundle/moved/${path}`, request.url));
    }
    return undefined;
  });
  await readAll(await s.open());
  assert.ok(!(await filesBelow(s.cacheDir)).some((path) => path.endsWith(".part")));
});

Deno.test("remote: the URL's query goes with every request, and a base without a slash is a folder", async () => {
  const queries = new Set<string>();
  await using s = await scene((_path, request) => {
    queries.add(new URL(request.url).search);
    return undefined;
  });
  await readAll(await openBundle(`${s.server.url.slice(0, -1)}?token=a%2Fb`, { cacheDir: s.cacheDir }));
  assert.deepEqual([...queries], ["?token=a%2Fb"]);
});

Deno.test("remote: progress names the file and ends at its size", async () => {
  await using s = await scene();
  const last = new Map<string, [number, number | undefined]>();
  const bundle = await s.open({
    onProgress: ({ file, receivedBytes, totalBytes }) => last.set(file, [receivedBytes, totalBytes]),
  });
  await bundle.component("unet").read();
  const { size } = await Deno.stat(join(s.folder, "unet", "model.onnx"));
  assert.deepEqual(last.get("unet/model.onnx"), [size, size]);
  assert.deepEqual(last.get("unet/weights.pb"), [12, 12]);
});

Deno.test("remote: a signal stops opening and reading, and leaves no part of a file", async () => {
  const controller = new AbortController();
  await using s = await scene((path) => {
    if (path !== "unet/model.onnx") return undefined;
    const body = new ReadableStream<Uint8Array>({ start: (c) => c.enqueue(new Uint8Array(10)) }); // and no more
    setTimeout(() => controller.abort(new Error("enough")), 50);
    return new Response(body);
  });
  const bundle = await s.open({ signal: controller.signal });
  await assert.rejects(bundle.component("unet").read(), /enough/);
  await assert.rejects(s.open({ signal: controller.signal }), /enough/);
  const files = await receiptless(s.entry);
  assert.ok(!files.some((path) => path.endsWith(".part") || path === "unet/model.onnx"), files.join());
});

Deno.test("remote: two processes at once get the same whole files", async () => {
  await using s = await scene((path) =>
    // slowly, so that they meet
    bytesOf(s.folder, path).then(async (bytes) => {
      await new Promise((resolve) => setTimeout(resolve, 20));
      return bytes ? new Response(bytes) : new Response("", { status: 404 });
    })
  );
  const module = new URL("../../../models/bundle/open_bundle.ts", import.meta.url).href;
  const code = `import { openBundle } from ${JSON.stringify(module)};
    const bundle = await openBundle(${JSON.stringify(s.server.url)}, { cacheDir: ${
    JSON.stringify(s.cacheDir)
  } });
    for (const component of bundle.components.values()) await component.read();
    await bundle.tokenizer("tokenizer");
    console.log(JSON.stringify(await bundle.hashes()));`;
  await using folder = await tempFolder();
  await put(folder.path, "child.ts", code);
  const run = () =>
    new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--no-check", "--no-lock", join(folder.path, "child.ts")],
    }).output();
  const outputs = await Promise.all([run(), run(), run()]);
  const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  for (const { success, stdout, stderr } of outputs) {
    assert.ok(success, decode(stderr));
    assert.equal(decode(stdout), decode(outputs[0].stdout));
  }
  const { files } = JSON.parse(await Deno.readTextFile(join(s.folder, "manifest.json")));
  for (const path of await receiptless(s.entry)) {
    assert.deepEqual(await bytesOf(s.entry, path), await bytesOf(s.folder, path), path);
    assert.ok(path === "manifest.json" || path in files);
  }
});

Deno.test("remote: without the right to the network or to write, the error says what to give", async () => {
  await using s = await scene();
  const module = fromFileUrl(new URL("../../../models/bundle/open_bundle.ts", import.meta.url));
  await using folder = await tempFolder();
  const code = `import { openBundle } from ${JSON.stringify(module)};
    try { await openBundle(${JSON.stringify(s.server.url)}, { cacheDir: ${JSON.stringify(s.cacheDir)} }); }
    catch (error) { console.log(error.name, error.message); }`;
  await put(folder.path, "child.ts", code);
  const run = async (...rights: string[]) => {
    const args = [
      "run",
      "--no-check",
      "--no-lock",
      "--no-prompt",
      "--allow-read",
      "--allow-env",
      ...rights,
      join(folder.path, "child.ts"),
    ];
    return new TextDecoder().decode((await new Deno.Command(Deno.execPath(), { args }).output()).stdout);
  };
  assert.match(
    await run("--allow-write"),
    /BundleError Cannot download .* must be allowed.*--allow-net=127\.0\.0\.1:\d+/s,
  );
  assert.match(
    await run("--allow-net"),
    /BundleError Cannot download .* must be a file that can be written.*--allow-write/s,
  );
});
