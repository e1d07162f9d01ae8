/**
 * The bundled model's files, which lie beside this module: on disk, or at the URL that the module was imported from.
 *
 * @module
 */

/** Where the bundled model is. */
export const POCKET_BUNDLE_URL: URL = new URL("./bundle/", import.meta.url);

/** SHA-256 of the bundled model's `manifest.json`: whatever is fetched must be the model of this version of Winnow. */
export const POCKET_MANIFEST_SHA256 = "ebaae0f14fe2115a2c1c8418e6e36c152aaef578ec1725c38f626e2e1566ad48";

/** Where its guidance-distilled sibling is. */
export const POCKET_TURBO_BUNDLE_URL: URL = new URL("./turbo/", import.meta.url);

/** SHA-256 of that one's `manifest.json`. */
export const POCKET_TURBO_MANIFEST_SHA256 =
  "4601fde6d4ea7134a6878cada9c961bbf1cb8ee49778a6c437046a00233524f9";
