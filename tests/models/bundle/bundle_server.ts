/** A real HTTP server on 127.0.0.1 for a bundle's folder, which misbehaves as a test tells it to, and keeps a log. */
import { join } from "npm:deno-std@1.4.0/path/join.js";

/** What a test can do to a request; undefined leaves it to the server. */
export type Misbehave = (
  path: string,
  request: Request,
  times: number,
) => Response | Promise<Response> | undefined;

export interface BundleServer extends AsyncDisposable {
  /** The URL of the folder, with a slash at its end. */
  readonly url: string;
  /** "GET unet/model.onnx" for each request, in order. */
  readonly log: string[];
}

export async function bytesOf(folder: string, path: string): Promise<Uint8Array<ArrayBuffer> | undefined> {
  try {
    return await Deno.readFile(join(folder, path));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.IsADirectory) return undefined;
    throw error;
  }
}

/** Serves `folder` with the headers of an honest file server: lengths, entity tags, conditions and ranges. */
export function serveBundle(folder: string, misbehave: Misbehave = () => undefined): BundleServer {
  const log: string[] = [];
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async (request) => {
    const path = decodeURIComponent(new URL(request.url).pathname).replace(/^\/bundle\//, "");
    const line = `${request.method} ${path}`;
    log.push(line);
    const special = await misbehave(path, request, log.filter((other) => other === line).length);
    if (special) return special;
    const bytes = await bytesOf(folder, path);
    if (!bytes) return new Response("not found", { status: 404 });
    const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex().slice(0, 16);
    const headers = new Headers({ etag: `"${hash}"`, "content-type": "application/octet-stream" });
    if (request.headers.get("if-none-match") === headers.get("etag")) {
      return new Response(null, { status: 304, headers });
    }
    const from = /^bytes=(\d+)-$/.exec(request.headers.get("range") ?? "")?.[1];
    if (from && request.headers.get("if-range") === headers.get("etag")) {
      headers.set("content-range", `bytes ${from}-${bytes.length - 1}/${bytes.length}`);
      return new Response(bytes.subarray(Number(from)), { status: 206, headers });
    }
    headers.set("content-length", String(bytes.length));
    return new Response(request.method === "HEAD" ? null : bytes, { headers });
  });
  return {
    url: `http://127.0.0.1:${server.addr.port}/bundle/`,
    log,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

/** An answer whose connection dies after `sent` bytes, though its head promised `length`. */
export function dying(bytes: Uint8Array<ArrayBuffer>, sent: number, headers: HeadersInit = {}): Response {
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      controller.enqueue(bytes.subarray(0, sent));
      controller.close();
    },
  });
  return new Response(body, { headers: { "content-length": String(bytes.length), ...headers } });
}
