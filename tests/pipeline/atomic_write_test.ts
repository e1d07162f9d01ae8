import assert from "node:assert/strict";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { ImageError } from "../../errors.ts";
import { checkWritable, writeAtomic } from "../../pipeline/atomic_write.ts";

const unix = Deno.build.os !== "windows";

/** Runs `body` in a fresh folder, which goes afterwards. */
async function inFolder(body: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.realPath(await Deno.makeTempDir());
  try {
    await body(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const names = (folder: string) => [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
const bytes = Uint8Array.of(1, 2, 3);

Deno.test("writeAtomic() creates the folders above the file and leaves nothing else there", () =>
  inFolder(async (folder) => {
    const path = join(folder, "a", "b", "c.bin");
    await writeAtomic(path, bytes);
    assert.deepEqual(await Deno.readFile(path), bytes);
    assert.deepEqual(names(join(folder, "a", "b")), ["c.bin"]);
    await writeAtomic(pathToFileURL(path), Uint8Array.of(4));
    assert.deepEqual(await Deno.readFile(path), Uint8Array.of(4));
  }));

Deno.test("writeAtomic() never shows a reader a part of a file", () =>
  inFolder(async (folder) => {
    const path = join(folder, "file.bin");
    const size = 1 << 20;
    await writeAtomic(path, new Uint8Array(size));
    let writing = true;
    const writer = (async () => {
      for (let version = 1; version <= 40; version++) {
        await writeAtomic(path, new Uint8Array(size).fill(version));
      }
      writing = false;
    })();
    let reads = 0;
    while (writing) {
      const seen = await Deno.readFile(path);
      assert.equal(seen.length, size);
      assert.equal(seen[0], seen[size - 1]);
      reads++;
    }
    await writer;
    assert.ok(reads > 0);
    assert.deepEqual(names(folder), ["file.bin"]);
  }));

Deno.test("writeAtomic() leaves the old file, and no other, when aborted", () =>
  inFolder(async (folder) => {
    const path = join(folder, "file.bin");
    await writeAtomic(path, bytes);
    const reason = new Error("enough");
    await assert.rejects(writeAtomic(path, Uint8Array.of(9), { signal: AbortSignal.abort(reason) }), reason);
    const controller = new AbortController();
    const running = writeAtomic(path, new Uint8Array(1 << 24), { signal: controller.signal });
    controller.abort(reason);
    await assert.rejects(running, reason);
    assert.deepEqual(names(folder), ["file.bin"]);
    assert.deepEqual(await Deno.readFile(path), bytes);
  }));

Deno.test("writeAtomic() and checkWritable() say why a path cannot be written and what to do", () =>
  inFolder(async (folder) => {
    await Deno.writeFile(join(folder, "file"), bytes);
    await Deno.writeFile(join(folder, "fixed"), bytes, { mode: 0o444 });
    const cases: [string, RegExp][] = [
      [folder, /must be a file, got "a folder"\. Name a file in it, such as .*picture\.png\./],
      [join(folder, "file", "x.png"), /a part of the path is a file\. Choose another path\./],
      [join(folder, "file", "deep", "x.png"), /a part of the path is a file/],
      [join(folder, `${"x".repeat(300)}.png`), /Choose another path\./],
      [join(folder, "x".repeat(300), "new.png"), /Choose another path\./],
      [join(folder, "a\0b"), /Choose another path\./],
    ];
    if (unix) {
      cases.push(
        [join(folder, "fixed"), /must be writable, got "a read-only file"\. Choose another path, or make/],
        ["/dev/null", /must be a file or a free name, got "a device"/],
      );
    }
    for (const [path, message] of cases) {
      for (const attempt of [() => writeAtomic(path, bytes), () => checkWritable(path)]) {
        await assert.rejects(
          attempt(),
          (error) =>
            error instanceof ImageError && message.test(error.message) && !error.message.includes(".tmp"),
          path,
        );
      }
    }
    assert.deepEqual(names(folder), ["file", "fixed"]);
    assert.deepEqual(await Deno.readFile(join(folder, "fixed")), bytes);
  }));

Deno.test("checkWritable() leaves no trace, not even the folders that writing would create", () =>
  inFolder(async (folder) => {
    await checkWritable(join(folder, "a", "b.png"));
    await checkWritable(join(folder, "c.png"));
    const long = "x".repeat(300);
    for (const path of [join(folder, "a", long), join(folder, "a", "b", long, "c.png")]) {
      await assert.rejects(
        checkWritable(path),
        ImageError,
        "a name too long for a folder that is not there yet",
      );
    }
    assert.deepEqual(names(folder), []);
  }));

Deno.test({
  name: "writeAtomic() writes through a symbolic link and keeps the file's permissions",
  ignore: !unix, // links and permission bits are Unix'
  fn: () =>
    inFolder(async (folder) => {
      await Deno.writeFile(join(folder, "real"), bytes, { mode: 0o640 });
      await Deno.chmod(join(folder, "real"), 0o640); // whatever the umask
      await Deno.symlink(join(folder, "real"), join(folder, "link"));
      await writeAtomic(join(folder, "link"), Uint8Array.of(7));
      assert.deepEqual(await Deno.readFile(join(folder, "real")), Uint8Array.of(7));
      assert.ok((await Deno.lstat(join(folder, "link"))).isSymlink);
      assert.equal((await Deno.stat(join(folder, "real"))).mode! & 0o777, 0o640);
    }),
});

Deno.test("writeAtomic() without Deno's permission says which to give", () =>
  inFolder(async (folder) => {
    const script = `
      import { writeAtomic } from ${JSON.stringify(import.meta.resolve("../../pipeline/atomic_write.ts"))};
      await writeAtomic(${
      JSON.stringify(join(folder, "x.png"))
    }, new Uint8Array(1)).catch((e) => console.log(e.message));
    `;
    await Deno.writeTextFile(join(folder, "script.ts"), script);
    const { stdout } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "--no-check", "--no-lock", "--allow-read", "--no-prompt", join(folder, "script.ts")],
    }).output();
    const message = new TextDecoder().decode(stdout);
    assert.match(
      message,
      /allowed by Deno's permissions\. Run Deno with --allow-write and --allow-read, or -A\./,
    );
    assert.deepEqual(names(folder), ["script.ts"]);
  }));
