/** Names of a denoiser's inputs: what the text comes in as, and what the image comes in as. */
export interface DenoiserInputs {
  readonly text: string;
  readonly image: string;
}
