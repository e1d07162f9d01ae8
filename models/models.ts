/**
 * Models made runnable: bundles, ONNX graphs and their attention sites, runtimes, tokenizers.
 *
 * @module
 */
export * from "./bundle/bundle.ts";
export * from "./bundle/open_bundle.ts";
export * from "./families/family.ts";
export * from "./families/find_family.ts";
export * from "./onnx/byte_source.ts";
export * from "./onnx/encode_onnx.ts";
export * from "./onnx/onnx_model.ts";
export * from "./onnx/read_onnx.ts";
export * from "./onnx/write_onnx.ts";
export * from "./pocket/pocket_bundle.ts";
export * from "./runtimes/choose_device.ts";
export * from "./runtimes/inspect_devices.ts";
export * from "./runtimes/live_count.ts";
export * from "./runtimes/runtime.ts";
export * from "./runtimes/tensor.ts";
export * from "./surgery/attention_site.ts";
export * from "./surgery/find_sites.ts";
export * from "./surgery/match_sites.ts";
export * from "./surgery/rewrite_sites.ts";
export * from "./surgery/skip_layers.ts";
export * from "./surgery/unmerge_attention.ts";
export * from "./tokenizers/clip_tokenizer.ts";
