/**
 * One model of a bundle.
 *
 * @module
 */
import { BundleError } from "../../errors.ts";
import type { BundleComponent, ReadOptions, SideFile } from "./bundle.ts";
import type { BundleFiles, FoundFile } from "./bundle_files.ts";
import { CONFIG_FILE } from "./bundle_layout.ts";
import { readJsonObject } from "./json_file.ts";
import { sideBySide } from "./side_by_side.ts";
import { unreadable } from "./verified_read.ts";

/** How the stand-ins begin that git leaves where a large file was not fetched. */
const LFS_POINTER = new TextEncoder().encode("version https://git-lfs");

function missing(shown: string): BundleError {
  const remedy = "Copy or download the bundle again.";
  return new BundleError({
    doing: "read the bundle",
    what: shown,
    rule: "there",
    got: "no such file",
    remedy,
  });
}

function checkNotPointer(bytes: Uint8Array, shown: string): void {
  if (!LFS_POINTER.every((byte, i) => bytes[i] === byte)) return;
  throw new BundleError({
    doing: "read the bundle",
    what: shown,
    rule: "a file of ONNX",
    got: "a pointer of git-lfs in its place",
    remedy: "Run git lfs pull in its repository, or use the address from which the file itself is served.",
  });
}

/**
 * A component with its config; undefined where the bundle has not got it.
 *
 * @param defaults Hold where a later read states none.
 * @param now Holds for finding it.
 */
export async function createComponent(
  files: BundleFiles,
  name: string,
  defaults: ReadOptions,
  now: ReadOptions,
): Promise<BundleComponent | undefined> {
  const [found, config] = await sideBySide([
    (signal) => files.findComponent(name, { signal }),
    (signal) => readJsonObject(files, `${name}/${CONFIG_FILE}`, { signal }),
  ], now.signal);
  if (!found) return undefined;
  const { model, sideFiles } = found;

  async function readFile({ path }: FoundFile, { signal = defaults.signal }: ReadOptions = {}) {
    const bytes = await files.read(path, { signal });
    if (!bytes) throw missing(files.show(path));
    checkNotPointer(bytes, files.show(path));
    return bytes;
  }

  /** The first bytes of a file that is on this disk by now. */
  async function checkHead({ path }: FoundFile): Promise<void> {
    const head = new Uint8Array(LFS_POINTER.length);
    try {
      using file = await Deno.open(files.locate(path));
      await file.read(head);
    } catch (error) {
      throw unreadable(files.show(path), error);
    }
    checkNotPointer(head, files.show(path));
  }

  const bringing = ({ path }: FoundFile) => async (signal: AbortSignal) => {
    if (!await files.ensure(path, { signal })) throw missing(files.show(path));
  };

  const sideFile = (file: FoundFile): [string, SideFile] => [
    file.path.slice(name.length + 1),
    Object.freeze({
      path: files.locate(file.path),
      size: file.size,
      read: (options?: ReadOptions) => readFile(file, options),
      verify: ({ signal = defaults.signal }: ReadOptions = {}) => files.verify(file.path, { signal }),
    }),
  ];

  return Object.freeze({
    name,
    path: files.locate(model.path),
    config: config ?? Object.freeze({}),
    externalData: new Map(sideFiles.map(sideFile)),
    async download({ signal = defaults.signal }: ReadOptions = {}) {
      await sideBySide([model, ...sideFiles].map(bringing), signal);
    },
    async read({ signal = defaults.signal }: ReadOptions = {}) {
      const [bytes] = await sideBySide([
        (signal) => readFile(model, { signal }),
        ...sideFiles.map(bringing),
      ], signal);
      return bytes;
    },
    async verify({ signal = defaults.signal }: ReadOptions = {}) {
      const verifying = async (signal: AbortSignal) => {
        await bringing(model)(signal);
        await files.verify(model.path, { signal });
      };
      await sideBySide([verifying, ...sideFiles.map(bringing)], signal);
      for (const file of [model, ...sideFiles]) await checkHead(file);
    },
  });
}
