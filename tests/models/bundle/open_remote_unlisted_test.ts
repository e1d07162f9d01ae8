/** Bundles by URL that have no manifest: what is there has to be asked for. */
import assert from "node:assert/strict";
import { join } from "npm:deno-std@1.4.0/path/join.js";
import { openBundle } from "../../../models/bundle/open_bundle.ts";
import { flipBit, tempFolder, truncate } from "./bundle_folders.ts";
import { rejects } from "./bundle_rejection.ts";
import { bytesOf, serveBundle } from "./bundle_server.ts";
import { gets, readAll, scene, SMALL } from "./remote_scene.ts";

Deno.test("remote without a manifest: the known layout is asked for", async () => {
  await using s = await scene(undefined, false);
  const bundle = await s.open();
  assert.equal(bundle.manifestSha256, undefined);
  assert.deepEqual([...bundle.components.keys()], ["text_encoder", "unet", "vae_decoder", "vae_encoder"]);
  const optional = ["text_encoder_2/config.json"];
  assert.deepEqual(gets(s.server.log), [...SMALL, ...optional].sort());
  assert.deepEqual(Object.keys(await bundle.hashes()), []);
  s.server.log.length = 0;
  await readAll(bundle);
  await bundle.component("unet").read();
  const graphs = ["text_encoder", "unet", "vae_decoder", "vae_encoder"].map((name) => `${name}/model.onnx`);
  const tokenizer = ["merges.txt", "special_tokens_map.json", "tokenizer_config.json", "vocab.json"];
  assert.deepEqual(
    gets(s.server.log),
    [...graphs, "unet/weights.pb", ...tokenizer.map((file) => `tokenizer/${file}`)].sort(),
  );
  const { externalData } = bundle.component("unet");
  assert.deepEqual([...externalData].map(([name, { size }]) => [name, size]), [["weights.pb", 12]]);
  assert.equal(await Deno.readTextFile(externalData.get("weights.pb")!.path), "some weights");
});

Deno.test("remote without a manifest: what has not changed is not sent again, what has is", async () => {
  const sent: string[] = [];
  await using s = await scene((path, request) => {
    // Entity tags are not in the receipts of files that were never sent.
    const tag = request.headers.get("if-none-match");
    if (request.method === "GET") sent.push(`${path} ${tag === null ? "anew" : "if changed"}`);
    return undefined;
  }, false);
  await readAll(await s.open());
  assert.ok(sent.every((line) => line.endsWith(" anew")));
  sent.length = 0;
  await flipBit(s.folder, "unet/model.onnx");
  const before = await Deno.stat(join(s.entry, "vae_decoder", "model.onnx"));
  await readAll(await s.open());
  const absent = ["manifest.json anew", "text_encoder_2/config.json anew"];
  assert.deepEqual(sent.filter((line) => line.endsWith(" anew")).sort(), absent);
  assert.ok(sent.includes("vae_decoder/model.onnx if changed"));
  const after = await Deno.stat(join(s.entry, "vae_decoder", "model.onnx"));
  assert.deepEqual([after.ino, after.mtime], [before.ino, before.mtime]);
  assert.deepEqual(await bytesOf(s.entry, "unet/model.onnx"), await bytesOf(s.folder, "unet/model.onnx"));
});

Deno.test("remote without a manifest: a damaged file in the cache is downloaded again", async () => {
  await using s = await scene(undefined, false);
  await readAll(await s.open());
  for (const damage of [flipBit, truncate]) {
    await damage(s.entry, "unet/model.onnx");
    await (await s.open()).component("unet").read();
    assert.deepEqual(await bytesOf(s.entry, "unet/model.onnx"), await bytesOf(s.folder, "unet/model.onnx"));
  }
});

Deno.test("remote without a manifest: once it is all in the cache, it works without a network", async () => {
  await using s = await scene(undefined, false);
  const first = await s.open();
  for (const component of first.components.values()) await component.read();
  await first.tokenizer("tokenizer");
  const hashes = await first.hashes();
  await s.server[Symbol.asyncDispose]();
  const bundle = await s.open();
  await readAll(bundle);
  assert.deepEqual(await bundle.hashes(), hashes);
  assert.equal(bundle.component("unet").externalData.get("weights.pb")!.size, 12);
});

Deno.test("remote without a manifest: servers without HEAD, and without lengths, will do", async () => {
  await using s = await scene((path, request) => {
    if (request.method === "HEAD") return new Response(null, { status: 405 });
    return bytesOf(s.folder, path).then((bytes) => {
      if (!bytes) return new Response(null, { status: 404 });
      return new Response(new Blob([bytes]).stream()); // chunked
    });
  }, false);
  const bundle = await s.open();
  assert.equal(bundle.component("unet").externalData.get("weights.pb")!.size, 12);
  assert.deepEqual(await bundle.component("unet").read(), await bytesOf(s.folder, "unet/model.onnx"));
});

Deno.test("remote: a server that answers every missing file with a web page and status 200", async () => {
  const page = () => new Response("<!DOCTYPE html>", { headers: { "content-type": "text/html" } });
  await using s = await scene(
    (path) => bytesOf(s.folder, path).then((bytes) => bytes ? new Response(bytes) : page()),
    false,
  );
  const bundle = await s.open();
  assert.deepEqual([...bundle.components.keys()], ["text_encoder", "unet", "vae_decoder", "vae_encoder"]);
  await readAll(bundle);
  await using empty = await tempFolder();
  await using other = serveBundle(empty.path, page);
  await rejects(
    openBundle(other.url, { cacheDir: s.cacheDir }),
    `${other.url}model_index.json must be there`,
  );
});

Deno.test("remote: JSON that is a web page with another type is an error that says so", async () => {
  await using s = await scene(
    (path) => path === "unet/config.json" ? new Response("<html>Log in</html>") : undefined,
    false,
  );
  await rejects(s.open(), `${s.server.url}unet/config.json must be JSON`, "<html>Log in</html>", "web page");
});

Deno.test("remote: a file that turns out missing when it is read", async () => {
  await using s = await scene(
    (path, request) =>
      path === "unet/model.onnx" && request.method === "GET" ? new Response("", { status: 404 }) : undefined,
    false,
  );
  await rejects((await s.open()).component("unet").read(), `${s.server.url}unet/model.onnx must be there`);
});
