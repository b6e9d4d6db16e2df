/** A head behind its encoder: together they embed images. */
import type { EncoderHead, ParameterValues } from "@plumage/models";
import { type NetworkSession, openNetwork } from "../engine/recorded/networkSession.ts";
import { type FrozenEncoder, openEncoder } from "./frozenEncoder.ts";

/** Opens both on all CPU cores. */
export async function openHeadedNetwork(
  encoder: FrozenEncoder,
  architecture: EncoderHead,
  parameters: ParameterValues,
): Promise<NetworkSession> {
  const first = await openEncoder(encoder);
  const head = await openNetwork(architecture, parameters);
  return {
    dimension: head.dimension,
    pooledDimension: head.pooledDimension,
    run: async (images, count) => head.run(await first.run(images, count), count),
    async close() {
      await head.close();
      await first.close();
    },
  };
}
