/**
 * Bytes of which a part can be read without the rest: a file on disk, or an array.
 *
 * A source holds no file open. What it was when it was made is what it must still be whenever it is opened, since the
 * ranges that a graph names mean nothing in another version of the file.
 *
 * @module
 */
import { modelFault } from "./onnx_fault.ts";

/** A file or an array, closed. */
export interface ByteSource {
  /** What messages call it. */
  readonly shown: string;
  readonly size: number;
  /** Opens it for some reads. @throws {GraphError} It is gone, or is not what it was. */
  open(): OpenBytes;
}

/** An open source, to be disposed of soon. */
export interface OpenBytes extends Disposable {
  /** Fills an array with the bytes from an offset on. @throws {GraphError} There are fewer. */
  read(offset: number, into: Uint8Array): void;
}

const CHANGED = "Do not write to a model's files while it is in use: load it again.";

/** An array as a source. It is kept, not copied. */
export function bytesInMemory(bytes: Uint8Array, shown: string): ByteSource {
  return {
    shown,
    size: bytes.length,
    open: () => ({
      read(offset, into) {
        const end = offset + into.length;
        if (end > bytes.length) throw modelFault(shown, `at least ${end} bytes long`, bytes.length);
        into.set(bytes.subarray(offset, end));
      },
      [Symbol.dispose]() {},
    }),
  };
}

/** A file of this disk as a source; it is looked at, and not yet read. @throws {GraphError} It cannot be read. */
export function bytesOnDisk(path: string, shown: string = path): ByteSource {
  const unreadable = (cause: unknown) =>
    modelFault(shown, "a file that can be read", (cause as Error).message, { cause });
  const changed = (got: string) =>
    modelFault(shown, "what it was when it was opened", got, { remedy: CHANGED });
  function inspect(): { size: number; mtime: number | undefined } {
    try {
      const { size, mtime } = Deno.statSync(path);
      return { size, mtime: mtime?.getTime() };
    } catch (cause) {
      throw unreadable(cause);
    }
  }
  const first = inspect();
  return {
    shown,
    size: first.size,
    open() {
      const now = inspect();
      if (now.size !== first.size) throw changed(`${now.size} bytes in place of ${first.size}`);
      if (now.mtime !== first.mtime) throw changed("a file that was written since");
      let file: Deno.FsFile;
      try {
        file = Deno.openSync(path);
      } catch (cause) {
        throw unreadable(cause);
      }
      return {
        read(offset, into) {
          let rest = into;
          try {
            file.seekSync(offset, Deno.SeekMode.Start);
            for (let count; rest.length > 0 && (count = file.readSync(rest)) !== null;) {
              rest = rest.subarray(count);
            }
          } catch (cause) {
            throw unreadable(cause);
          }
          if (rest.length > 0) throw changed(`fewer than ${offset + into.length} bytes`);
        },
        [Symbol.dispose]: () => file.close(),
      };
    },
  };
}
