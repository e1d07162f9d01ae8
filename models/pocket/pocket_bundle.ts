/**
 * The bundled model's files, which lie beside this module: on disk, or at the URL that the module was imported from.
 *
 * @module
 */

/** Where the bundled model is. */
export const POCKET_BUNDLE_URL: URL = new URL("./bundle/", import.meta.url);

/** SHA-256 of the bundled model's `manifest.json`: whatever is fetched must be the model of this version of Winnow. */
export const POCKET_MANIFEST_SHA256 = "a8666afd604b2ee8d963836713caf3a20d15e771fdde7044c4c3d5aaf712bc66";
