/** What one runtime computes from one model file: the contract with its processes and pages. */
import { z } from "zod";

/** One entry for each golden of the manifest, or of its text encoder, in order. */
export const answerSchema = z.object({
  goldens: z
    .array(
      z.object({
        /**
         * Whether decoding, crop and resize of the golden's image give the manifest's pixels, or
         * the tokenizer gives the golden text's tokens.
         */
        inputEqual: z.boolean(),
        /** The embedding of the manifest's pixels or text. */
        embedding: z.array(z.number()),
        /** Milliseconds of the session's run alone. */
        ms: z.number(),
      }),
    )
    .min(1),
});
export type Answer = z.infer<typeof answerSchema>;

/** A runtime's answer for a file, or why it cannot run it. */
export const outcomeSchema = z.union([
  z.object({ answer: answerSchema }),
  z.object({ absent: z.string() }),
]);
export type Outcome = z.infer<typeof outcomeSchema>;

/** Exit code of nodeProgram.ts if the provider is not available. */
export const sessionRefused = 3;
