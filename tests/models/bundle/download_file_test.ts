import assert from "node:assert/strict";
import { join } from "npm:deno-std@1.4.0/path/join.js";
import { downloadFile, type DownloadRequest } from "../../../models/bundle/download_file.ts";
import { sha256Hex } from "../../../models/bundle/file_digest.ts";
import { filesBelow, put, type TempFolder, tempFolder } from "./bundle_folders.ts";
import { rejects } from "./bundle_rejection.ts";
import { type BundleServer, dying, type Misbehave, serveBundle } from "./bundle_server.ts";

const BYTES = new Uint8Array(300_000).map((_, i) => (i * 2654435761) >>> 24);
const FACTS = { size: BYTES.length, sha256: await sha256Hex(BYTES) };
const QUICK = { retryDelayMs: 1, attempts: 3 };

interface Scene extends AsyncDisposable {
  server: BundleServer;
  target: string;
  request: DownloadRequest;
  /** What lies in the target's folder. */
  files(): Promise<string[]>;
}

/** A server with one file, and an empty folder to download it to. */
async function scene(misbehave?: Misbehave): Promise<Scene> {
  const stack = new AsyncDisposableStack();
  const served: TempFolder = stack.use(await tempFolder());
  const kept: TempFolder = stack.use(await tempFolder());
  await put(served.path, "model.onnx", BYTES);
  const server = stack.use(serveBundle(served.path, misbehave));
  const target = join(kept.path, "unet", "model.onnx");
  return {
    server,
    target,
    request: { ...QUICK, url: new URL("model.onnx", server.url), target },
    files: () => filesBelow(kept.path),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

Deno.test("download: the file as it is, with what is known of it, and progress to the end", async () => {
  await using s = await scene();
  const seen: [number, number | undefined][] = [];
  const result = await downloadFile({
    ...s.request,
    onBytes: (received, total) => seen.push([received, total]),
  });
  assert.ok(result.kind === "saved");
  assert.equal(result.receipt.sha256, FACTS.sha256);
  assert.equal(result.receipt.size, FACTS.size);
  assert.equal(result.receipt.etag, `"${FACTS.sha256.slice(0, 16)}"`);
  assert.deepEqual(await Deno.readFile(s.target), BYTES);
  assert.deepEqual(await s.files(), ["unet/model.onnx"]);
  assert.deepEqual(seen.at(-1), [BYTES.length, BYTES.length]);
  for (let i = 1; i < seen.length; i++) assert.ok(seen[i][0] > seen[i - 1][0]);
});

Deno.test("download: a file that has not changed is not sent again", async () => {
  await using s = await scene();
  const first = await downloadFile(s.request);
  assert.ok(first.kind === "saved");
  assert.deepEqual(await downloadFile({ ...s.request, cached: first.receipt }), { kind: "unchanged" });
  const old = { ...first.receipt, etag: '"old"' };
  assert.equal((await downloadFile({ ...s.request, cached: old })).kind, "saved");
});

Deno.test("download: without a name of the version, a large file is known by its length, a small one is sent again", async () => {
  const large = new Uint8Array((1 << 20) + 1), small = new Uint8Array(10);
  await using s = await scene((path) => new Response(path === "large" ? large : small));
  for (const [name, bytes, kind] of [["large", large, "unchanged"], ["small", small, "saved"]] as const) {
    const url = new URL(name, s.server.url);
    const cached = { size: bytes.length, sha256: await sha256Hex(bytes) };
    assert.equal((await downloadFile({ ...s.request, url, cached })).kind, kind);
  }
});

Deno.test("download: a redirect is followed", async () => {
  await using s = await scene((path, request) =>
    path === "moved" ? Response.redirect(new URL("model.onnx", request.url)) : undefined
  );
  await downloadFile({ ...s.request, url: new URL("moved", s.server.url), expected: FACTS });
  assert.deepEqual(await Deno.readFile(s.target), BYTES);
});

Deno.test("download: missing files are told as such, not tried again, and leave nothing", async () => {
  for (const status of [403, 404, 410]) {
    await using s = await scene(() => new Response("", { status }));
    const result = await downloadFile(s.request);
    assert.ok(result.kind === "absent");
    assert.match(result.answer, new RegExp(`^${status}`));
    assert.equal(s.server.log.length, 1);
    assert.deepEqual(await s.files(), []);
  }
});

Deno.test("download: a web page in place of a file, with status 200, is a missing file", async () => {
  const headers = { "content-type": "text/html; charset=utf-8" };
  await using s = await scene(() => new Response("<!DOCTYPE html>", { headers }));
  assert.deepEqual(await downloadFile(s.request), { kind: "absent", answer: "a web page (text/html)" });
  assert.deepEqual(await s.files(), []);
});

Deno.test("download: other statuses 4xx are an error at once", async () => {
  for (const status of [400, 401, 418, 429]) {
    await using s = await scene(() => new Response("", { status }));
    await rejects(downloadFile(s.request), s.request.url.href, `"${status}`);
    assert.equal(s.server.log.length, 1);
  }
});

Deno.test("download: statuses 5xx are tried again", async () => {
  await using s = await scene((_path, _request, times) =>
    times < 3 ? new Response("", { status: 503 }) : undefined
  );
  assert.equal((await downloadFile(s.request)).kind, "saved");
  assert.equal(s.server.log.length, 3);
});

Deno.test("download: a server that does not recover is an error that says how often it was tried", async () => {
  await using s = await scene(() => new Response("", { status: 500 }));
  await rejects(downloadFile(s.request), s.request.url.href, "500", "(3 attempts)", "try again");
  assert.equal(s.server.log.length, 3);
  assert.deepEqual(await s.files(), []);
});

Deno.test("download: nobody listens", async () => {
  await using s = await scene();
  await s.server[Symbol.asyncDispose]();
  await rejects(downloadFile(s.request), s.request.url.href, "must be reachable", /refused/i);
  assert.deepEqual(await s.files(), []);
});

Deno.test("download: a connection that dies mid-way is resumed from there", async () => {
  const ranges: (string | null)[] = [];
  await using s = await scene((_path, request, times) => {
    ranges.push(request.headers.get("range"));
    return times === 1 ? dying(BYTES, 100_000, { etag: `"${FACTS.sha256.slice(0, 16)}"` }) : undefined;
  });
  assert.equal((await downloadFile({ ...s.request, expected: FACTS })).kind, "saved");
  assert.deepEqual(await Deno.readFile(s.target), BYTES);
  assert.deepEqual(ranges, [null, "bytes=100000-"]);
});

Deno.test("download: what cannot be resumed, or has changed since, starts over", async () => {
  const headers: Record<string, string>[] = [{}, { etag: '"another version"' }, { etag: 'W/"weak"' }];
  for (const header of headers) {
    await using s = await scene((_path, _request, times) =>
      times === 1 ? dying(BYTES.map((b) => b ^ 1), 100_000, header) : undefined
    );
    assert.equal((await downloadFile({ ...s.request, expected: FACTS })).kind, "saved");
    assert.deepEqual(await Deno.readFile(s.target), BYTES);
  }
});

Deno.test("download: a server that resumes at another place, or with another file, is not believed", async () => {
  const etag = '"same"';
  const wrong = (from: number, bytes: Uint8Array<ArrayBuffer>) =>
    new Response(bytes.subarray(from), {
      status: 206,
      headers: { etag, "content-range": `bytes ${from}-${bytes.length - 1}/${bytes.length}` },
    });
  for (const answer of [() => wrong(0, BYTES), () => wrong(100_000, BYTES.map((b) => b ^ 1))]) {
    await using s = await scene((_path, _request, times) =>
      times === 1 ? dying(BYTES, 100_000, { etag }) : times === 2 ? answer() : undefined
    );
    assert.equal((await downloadFile({ ...s.request, expected: FACTS })).kind, "saved");
    assert.deepEqual(await Deno.readFile(s.target), BYTES);
    assert.equal(s.server.log.length, 3);
  }
});

Deno.test("download: always dying is an error, and leaves nothing under any name", async () => {
  await using s = await scene(() => dying(BYTES, 1000));
  await rejects(downloadFile(s.request), s.request.url.href, "(3 attempts)");
  assert.deepEqual(await s.files(), []);
});

Deno.test("download: an old version stays whole while a new one fails", async () => {
  await using s = await scene(() => dying(BYTES, 1000));
  await put(join(s.target, ".."), "model.onnx", "old");
  await rejects(downloadFile(s.request));
  assert.equal(await Deno.readTextFile(s.target), "old");
  assert.deepEqual(await s.files(), ["unet/model.onnx"]);
});

Deno.test("download: a file that ends before its length, at the level of the socket", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const answers = [
    "content-length: 100\r\n\r\nabc",
    "transfer-encoding: chunked\r\n\r\n3\r\nabc\r\n",
    "\r\nabc",
  ];
  let served = 0;
  const serving = (async () => {
    for await (const connection of listener) {
      await connection.read(new Uint8Array(4096));
      await connection.write(
        new TextEncoder().encode(
          `HTTP/1.1 200 OK\r\n${answers[served++ % 3].replace(/^\r\n/, "connection: close\r\n\r\n")}`,
        ),
      );
      connection.close();
    }
  })();
  await using folder = await tempFolder();
  const target = join(folder.path, "x");
  const url = new URL(`http://127.0.0.1:${(listener.addr as Deno.NetAddr).port}/x`);
  await rejects(
    downloadFile({ ...QUICK, url, target, expected: { size: 100 } }),
    "(3 attempts)",
    /3 of 100 bytes/,
  );
  assert.equal(served, 3);
  assert.deepEqual(await filesBelow(folder.path), []);
  listener.close();
  await serving.catch(() => {});
});

Deno.test("download: a length other than the expected is an error before anything is read", async () => {
  await using s = await scene();
  const expected = { ...FACTS, size: BYTES.length + 1 };
  await rejects(
    downloadFile({ ...s.request, expected }),
    `must be of ${BYTES.length + 1} bytes, as manifest.json says`,
    `${BYTES.length} bytes`,
  );
  assert.equal(s.server.log.length, 1);
  assert.deepEqual(await s.files(), []);
});

Deno.test("download: a body longer than the expected is cut off, where the server states no length", async () => {
  let sent = 0;
  const endless = () =>
    new ReadableStream<Uint8Array>({ pull: (c) => (sent += 10_000, c.enqueue(new Uint8Array(10_000))) });
  await using s = await scene(() => new Response(endless()));
  await rejects(
    downloadFile({ ...s.request, expected: FACTS }),
    `must be of ${BYTES.length} bytes`,
    "or more",
  );
  assert.ok(sent < 100 * BYTES.length);
  assert.deepEqual(await s.files(), []);
});

Deno.test("download: another hash than the expected is an error, at once, and the file is not kept", async () => {
  await using s = await scene((_path) => new Response(BYTES.map((b, i) => i === 77 ? b ^ 1 : b)));
  await rejects(
    downloadFile({ ...s.request, expected: FACTS }),
    `must be the file of SHA-256 ${FACTS.sha256}, as manifest.json says`,
  );
  assert.equal(s.server.log.length, 1);
  assert.deepEqual(await s.files(), []);
});

Deno.test("download: a silent server counts as dropped", async () => {
  await using s = await scene((_path, _request, times) =>
    times > 1
      ? undefined
      : new Response(new ReadableStream({ start: (c) => c.enqueue(BYTES.subarray(0, 10)) }))
  );
  assert.equal((await downloadFile({ ...s.request, stallMs: 100 })).kind, "saved");
  assert.equal(s.server.log.length, 2);
  await using silent = await scene(() =>
    new Promise<Response>((resolve) => setTimeout(() => resolve(new Response("late")), 400))
  );
  await rejects(
    downloadFile({ ...silent.request, attempts: 2, stallMs: 100 }),
    "nothing received for 0.1 s",
    "(2 attempts)",
  );
});

Deno.test("download: a signal stops it with its reason: before, within, and between two attempts", async () => {
  await using s = await scene((_path, _request, times) => times === 1 ? dying(BYTES, 1000) : undefined);
  await assert.rejects(
    downloadFile({ ...s.request, signal: AbortSignal.abort(new Error("before")) }),
    /before/,
  );
  assert.equal(s.server.log.length, 0);
  const between = AbortSignal.timeout(200);
  const started = performance.now();
  await assert.rejects(
    downloadFile({ ...s.request, retryDelayMs: 600_000, signal: between }),
    (error) => error === between.reason,
  );
  assert.ok(performance.now() - started < 5000);
  const within = new AbortController();
  await assert.rejects(
    downloadFile({ ...s.request, signal: within.signal, onBytes: () => within.abort(new Error("within")) }),
    /within/,
  );
  assert.deepEqual(await s.files(), []);
});

Deno.test("download: an unwritable place is an error that says what to do, and is not tried again", async () => {
  await using s = await scene();
  await Deno.writeTextFile(join(s.target, "..", ".."), "").catch(() => {});
  await put(join(s.target, "..", ".."), "unet", "a file where a folder must be");
  await rejects(downloadFile(s.request), s.target, "WINNOW_CACHE");
  assert.equal(s.server.log.length, 1);
});

Deno.test("download: parts that were abandoned long ago are removed, young ones and others are not", async () => {
  await using s = await scene();
  const folder = join(s.target, "..");
  for (const name of ["model.onnx.old.part", "model.onnx.young.part", "other.old.part"]) {
    await put(folder, name, "x");
  }
  const past = new Date(Date.now() - 2 * 24 * 3600 * 1000);
  for (const name of ["model.onnx.old.part", "other.old.part"]) {
    await Deno.utime(join(folder, name), past, past);
  }
  await downloadFile(s.request);
  assert.deepEqual(await s.files(), ["unet/model.onnx", "unet/model.onnx.young.part", "unet/other.old.part"]);
});

Deno.test("download: many at once of one file end with it whole", async () => {
  await using s = await scene();
  await Promise.all(Array.from({ length: 8 }, () => downloadFile({ ...s.request, expected: FACTS })));
  assert.deepEqual(await Deno.readFile(s.target), BYTES);
  assert.deepEqual(await s.files(), ["unet/model.onnx"]);
});
