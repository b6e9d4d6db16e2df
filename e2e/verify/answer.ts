/**
 * What one runtime says of one file: the contract between `npm run verify` and the processes and
 * pages that it asks.
 */
import { z } from "zod";

/** For each golden of the manifest, in order. */
export const answerSchema = z.object({
  goldens: z
    .array(
      z.object({
        /**
         * Whether this runtime's decoding, crop and resize of the golden's image make the very
         * pixels of the manifest.
         */
        pixelsEqual: z.boolean(),
        /** Of the manifest's pixels. */
        embedding: z.array(z.number()),
        /** The session's run alone. */
        ms: z.number(),
      }),
    )
    .min(1),
});
export type Answer = z.infer<typeof answerSchema>;

/** Exit code of the node program where the runtime makes no session: the provider is not there. */
export const sessionRefused = 3;

/** What a runtime answers for a file, or why it cannot run it. */
export type Outcome = { readonly answer: Answer } | { readonly absent: string };
