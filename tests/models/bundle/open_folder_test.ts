import assert from "node:assert/strict";
import { join } from "npm:deno-std@1.4.0/path/join.js";
import { toFileUrl } from "npm:deno-std@1.4.0/path/to_file_url.js";
import { BundleError } from "../../../errors.ts";
import { sha256Hex } from "../../../models/bundle/file_digest.ts";
import { openBundle } from "../../../models/bundle/open_bundle.ts";
import { copyOfSd15, flipBit, put, SD15, tempFolder, truncate, writeManifest } from "./bundle_folders.ts";
import { rejects } from "./bundle_rejection.ts";

Deno.test("open folder: the sd15 fixture, by path, by file: URL and by its text", async () => {
  for (const source of [SD15, toFileUrl(`${SD15}/`) as URL, toFileUrl(SD15).href as string]) {
    const bundle = await openBundle(source);
    assert.equal(bundle.source, String(source));
    assert.deepEqual([...bundle.components.keys()], ["text_encoder", "unet", "vae_decoder", "vae_encoder"]);
    assert.equal(bundle.modelIndex._class_name, "StableDiffusionPipeline");
    assert.equal(bundle.schedulerConfig.num_train_timesteps, 1000);
    const unet = bundle.component("unet");
    assert.equal(unet.name, "unet");
    assert.equal(unet.config.in_channels, 4);
    assert.equal(unet.path, join(SD15, "unet", "model.onnx"));
    assert.deepEqual(await unet.read(), await Deno.readFile(unet.path));
    assert.equal(unet.externalData.size, 0);
    await unet.download();
    assert.equal((await bundle.tokenizer("tokenizer")).maxLength, 77);
    assert.equal(await bundle.tokenizer("tokenizer"), await bundle.tokenizer("tokenizer"));
  }
});

Deno.test("open folder: a relative path is relative to the working directory", async () => {
  const before = Deno.cwd();
  try {
    Deno.chdir(join(SD15, ".."));
    const bundle = await openBundle("model");
    Deno.chdir(before);
    assert.ok((await bundle.component("unet").read()).length > 0);
  } finally {
    Deno.chdir(before);
  }
});

Deno.test("open folder: configs are frozen to the bottom", async () => {
  const { modelIndex, schedulerConfig, component } = await openBundle(SD15);
  for (const config of [modelIndex, schedulerConfig, component("unet").config]) {
    const visit = (value: unknown): void => {
      if (typeof value !== "object" || value === null) return;
      assert.ok(Object.isFrozen(value));
      Object.values(value).forEach(visit);
    };
    visit(config);
  }
});

Deno.test("open folder: a scheduler config with -Infinity, as diffusers writes it", async () => {
  await using folder = await copyOfSd15();
  await put(folder.path, "scheduler/scheduler_config.json", '{"lambda_min_clipped": -Infinity}');
  assert.deepEqual((await openBundle(folder.path)).schedulerConfig, { lambda_min_clipped: -Infinity });
});

Deno.test("open folder: sources that are no bundle", async () => {
  await using folder = await tempFolder();
  await rejects(
    openBundle(join(folder.path, "none")),
    "none must be a folder with",
    "no such folder",
    "optimum-cli",
  );
  await put(folder.path, "file.safetensors", "x");
  await rejects(openBundle(join(folder.path, "file.safetensors")), 'got "a file"', "optimum-cli");
  await rejects(openBundle(folder.path), "model_index.json must be there");
  await rejects(openBundle(""), "its source must be the path of a folder");
  await rejects(openBundle("s3://bucket/model"), 'got "s3://bucket/model"');
  await rejects(openBundle("http://"), "its source must be");
});

Deno.test("open folder: a component that is missing is named with the layout, the others work", async () => {
  await using folder = await copyOfSd15();
  await Deno.remove(join(folder.path, "unet", "model.onnx"));
  const bundle = await openBundle(folder.path);
  assert.throws(() => bundle.component("unet"), (error) => {
    assert.ok(error instanceof BundleError);
    assert.ok(error.message.includes(join(folder.path, "unet")));
    assert.match(
      error.message,
      /model\.onnx must be there, got "only text_encoder, vae_decoder, vae_encoder"/,
    );
    assert.match(error.message, /scheduler\/scheduler_config\.json/);
    return true;
  });
  assert.ok((await bundle.component("text_encoder").read()).length > 0);
});

for (const file of ["model_index.json", "scheduler/scheduler_config.json"]) {
  Deno.test(`open folder: without ${file} it is an error`, async () => {
    await using folder = await copyOfSd15();
    await Deno.remove(join(folder.path, file));
    await rejects(openBundle(folder.path), join(folder.path, file), "must be there");
  });
}

Deno.test("open folder: JSON that is none is an error that names the file and shows its beginning", async () => {
  await using folder = await copyOfSd15();
  await put(folder.path, "unet/config.json", '{"in_channels": 4,');
  await rejects(
    openBundle(folder.path),
    join("unet", "config.json"),
    "must be JSON",
    '{\\"in_channels\\": 4,',
  );
  await put(folder.path, "unet/config.json", "[1]");
  await rejects(openBundle(folder.path), join("unet", "config.json"), "must be an object, got [1]");
  await put(folder.path, "unet/config.json", new Uint8Array([0x22, 0xff, 0x22]));
  await rejects(openBundle(folder.path), join("unet", "config.json"), "must be text in UTF-8");
  await put(folder.path, "unet/config.json", "{}");
  await put(folder.path, "manifest.json", "<html>");
  await rejects(openBundle(folder.path), "manifest.json must be JSON", "web page");
});

Deno.test("open folder: files beside a graph are its side files, by their names", async () => {
  await using folder = await copyOfSd15();
  const sides = [
    "Constant_12_attr__value",
    "model.onnx.data",
    "model.onnx_data",
    "model.onnx_data_1",
    "weights.pb",
  ];
  const others = [
    "README.md",
    "model_quantized.onnx",
    "other.json",
    ".DS_Store",
    "diffusion.safetensors",
    "x.part",
  ];
  for (const name of [...sides, ...others]) await put(folder.path, `unet/${name}`, name);
  await put(folder.path, "unet/deeper/weights.pb", "x");
  const bundle = await openBundle(folder.path);
  const { externalData } = bundle.component("unet");
  assert.deepEqual([...externalData.keys()], sides);
  const side = externalData.get("model.onnx_data")!;
  assert.equal(side.size, "model.onnx_data".length);
  assert.equal(side.path, join(folder.path, "unet", "model.onnx_data"));
  assert.equal(new TextDecoder().decode(await side.read()), "model.onnx_data");
  await side.verify();
  const hashes = await bundle.hashes();
  assert.equal(hashes["unet/weights.pb"], await sha256Hex(new TextEncoder().encode("weights.pb")));
});

Deno.test("open folder: hashes without a manifest are those of the files", async () => {
  const bundle = await openBundle(SD15);
  const hashes = await bundle.hashes();
  const names = ["text_encoder", "unet", "vae_decoder", "vae_encoder"].map((name) => `${name}/model.onnx`);
  assert.deepEqual(Object.keys(hashes), names);
  for (const name of names) {
    assert.equal(hashes[name], await sha256Hex(await Deno.readFile(join(SD15, name))));
  }
  assert.ok(Object.isFrozen(hashes));
});

Deno.test("open folder: a pointer of git-lfs in place of a graph is told", async () => {
  await using folder = await copyOfSd15();
  await put(
    folder.path,
    "unet/model.onnx",
    "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 5\n",
  );
  const unet = (await openBundle(folder.path)).component("unet");
  await rejects(unet.read(), join("unet", "model.onnx"), "git lfs pull");
  await rejects(unet.verify(), join("unet", "model.onnx"), "git lfs pull");
});

Deno.test("open folder: a pointer of git-lfs in place of a side file is told", async () => {
  await using folder = await copyOfSd15();
  await put(folder.path, "unet/model.onnx_data", "version https://git-lfs.github.com/spec/v1\n");
  const unet = (await openBundle(folder.path)).component("unet");
  await rejects(unet.verify(), join("unet", "model.onnx_data"), "git lfs pull");
});

Deno.test("open folder: a file that is gone since is told when it is checked", async () => {
  await using folder = await copyOfSd15();
  const unet = (await openBundle(folder.path)).component("unet");
  await unet.verify();
  await Deno.remove(unet.path);
  await rejects(unet.verify(), join("unet", "model.onnx"), 'must be there, got "no such file"');
});

Deno.test("open folder: a signal stops opening and reading with its reason", async () => {
  const controller = new AbortController();
  const bundle = await openBundle(SD15, { signal: controller.signal });
  controller.abort(new Error("enough"));
  await assert.rejects(bundle.component("unet").read(), /enough/);
  await assert.rejects(bundle.component("unet").verify(), /enough/);
  await assert.rejects(openBundle(SD15, { signal: controller.signal }), /enough/);
  const fresh = new AbortController();
  assert.ok((await bundle.component("unet").read({ signal: fresh.signal })).length > 0);
});

Deno.test("manifest of a folder: all is well, hashes come from it, and it can be pinned", async () => {
  await using folder = await copyOfSd15();
  const pin = await writeManifest(folder.path);
  const bundle = await openBundle(folder.path, { manifestSha256: pin.toUpperCase() });
  assert.equal(bundle.manifestSha256, pin);
  const bytes = await bundle.component("unet").read();
  assert.equal((await bundle.hashes())["unet/model.onnx"], await sha256Hex(bytes));
  await rejects(
    openBundle(folder.path, { manifestSha256: "0".repeat(64) }),
    "manifest.json must be the manifest of SHA-256 0000",
    pin,
  );
  await Deno.remove(join(folder.path, "manifest.json"));
  await rejects(openBundle(folder.path, { manifestSha256: pin }), 'got "none"');
});

Deno.test("manifest of a folder: a missing file is an error when the bundle is opened", async () => {
  await using folder = await copyOfSd15();
  await writeManifest(folder.path);
  await Deno.remove(join(folder.path, "vae_decoder", "model.onnx"));
  await rejects(
    openBundle(folder.path),
    join("vae_decoder", "model.onnx"),
    "must be there, with",
    "Copy the file again",
  );
});

Deno.test("manifest of a folder: a truncated file is an error when the bundle is opened", async () => {
  await using folder = await copyOfSd15();
  await writeManifest(folder.path);
  const { size } = await Deno.stat(join(folder.path, "unet", "model.onnx"));
  await truncate(folder.path, "unet/model.onnx");
  const found = `${size >> 1} bytes: it is truncated`;
  await rejects(
    openBundle(folder.path),
    join("unet", "model.onnx"),
    `must be of ${size} bytes`,
    found,
    "Copy the file again",
  );
});

Deno.test("manifest of a folder: a flipped bit is an error when the file is read, each kind of file", async () => {
  for (const path of ["unet/model.onnx", "unet/model.onnx_data"]) {
    await using folder = await copyOfSd15();
    await put(folder.path, "unet/model.onnx_data", "0123456789");
    await writeManifest(folder.path);
    await flipBit(folder.path, path);
    const unet = (await openBundle(folder.path)).component("unet");
    const side = unet.externalData.get("model.onnx_data")!;
    const parts = [
      join(folder.path, ...path.split("/")),
      /must be the file of SHA-256 [0-9a-f]{64}, as manifest.json says/,
    ];
    if (path === "unet/model.onnx") {
      await rejects(unet.read(), ...parts, "Copy the file again");
      await rejects(unet.verify(), ...parts, "Copy the file again");
    } else {
      await rejects(side.read(), ...parts);
      await rejects(side.verify(), ...parts);
    }
  }
  await using folder = await copyOfSd15();
  await writeManifest(folder.path);
  await flipBit(folder.path, "tokenizer/merges.txt");
  const bundle = await openBundle(folder.path);
  await rejects(bundle.tokenizer("tokenizer"), "merges.txt must be the file of SHA-256");
  await flipBit(folder.path, "model_index.json");
  await rejects(openBundle(folder.path), "model_index.json must be the file of SHA-256");
});

Deno.test("manifest of a folder: a failed tokenizer is not remembered", async () => {
  await using folder = await copyOfSd15();
  await flipBit(folder.path, "tokenizer/vocab.json");
  const bundle = await openBundle(folder.path);
  await assert.rejects(bundle.tokenizer("tokenizer"), BundleError);
  await flipBit(folder.path, "tokenizer/vocab.json");
  assert.equal((await bundle.tokenizer("tokenizer")).maxLength, 77);
});

Deno.test("manifest of a folder: a model's file that it does not list is not used beside those that it does", async () => {
  for (const path of ["unet/weights.pb", "text_encoder_2/model.onnx", "unet/config.json"]) {
    await using folder = await copyOfSd15();
    if (path === "unet/config.json") await Deno.remove(join(folder.path, path));
    await writeManifest(folder.path);
    await put(folder.path, path, "{}");
    await put(folder.path, "README.md", "such files do no harm");
    await rejects(openBundle(folder.path), join(folder.path, ...path.split("/")), "must be listed in");
  }
});

Deno.test("manifest of a folder: a way out of it is an error", async () => {
  await using folder = await copyOfSd15();
  const files = { "../secret": { size: 1, sha256: "0".repeat(64) } };
  await put(folder.path, "manifest.json", JSON.stringify({ version: 1, files }));
  await rejects(openBundle(folder.path), "inside the bundle", "../secret");
});

Deno.test("tokenizer of a folder: missing, half there, for a second encoder", async () => {
  await using folder = await copyOfSd15();
  const bundle = await openBundle(folder.path);
  await rejects(
    bundle.tokenizer("tokenizer_2"),
    "tokenizer_2 must be a folder with vocab.json and merges.txt",
  );
  await Deno.remove(join(folder.path, "tokenizer", "merges.txt"));
  await rejects(bundle.tokenizer("tokenizer"), 'got "none with merges.txt"');
});

Deno.test("tokenizer of a folder: the encoder's positions are the length where the tokenizer states none", async () => {
  await using folder = await copyOfSd15();
  const path = join(folder.path, "tokenizer", "tokenizer_config.json");
  const { model_max_length: _, ...config } = JSON.parse(await Deno.readTextFile(path));
  await put(folder.path, "tokenizer/tokenizer_config.json", JSON.stringify(config));
  await put(folder.path, "text_encoder/config.json", '{"max_position_embeddings": 32}');
  assert.equal((await (await openBundle(folder.path)).tokenizer("tokenizer")).maxLength, 32);
});
