/** Runs searches on the device, on a server, or on both. */
import type { Engine } from "../../engine/client.ts";
import type { Answer, ImageAnswer } from "../../engine/protocol.ts";
import { explain } from "../format/errors.ts";
import type { SearchServer, ServerAnswer, ServerQuery } from "../server/searchServer.ts";
import { isSameInput, type Query, type QueryInput } from "../state/query.ts";
import { currentQuery } from "../state/selectors.ts";
import type { Answers } from "../state/state.ts";
import type { Store } from "../state/store.ts";

const serverQuery = (input: QueryInput, box: Query["box"]): ServerQuery => {
  if (input.kind === "entry") return { entry: input.index };
  return input.kind === "text" ? { text: input.text } : { blob: input.blob, box };
};

/** Fills rows of three, four or six. */
const resultCount = 24;

type Device = Pick<Engine, "searchByImage" | "searchByEntry" | "searchByText">;
type Server = Pick<SearchServer, "search" | "embed">;

export class Search {
  readonly #store: Store;
  readonly #engine: Device;
  readonly #server: () => Server | undefined;
  #lastTicket = 0;

  /** @param server the server that is connected, if any */
  constructor(store: Store, engine: Device, server: () => Server | undefined) {
    this.#store = store;
    this.#engine = engine;
    this.#server = server;
  }

  /** Searches. While a search for the same image is running, only the latest query is queued. */
  run(query: Query): void {
    const running = this.#store.state.pending?.query;
    if (running && isSameInput(running.input, query.input))
      this.#store.dispatch({ kind: "searchQueued", query });
    else void this.#start(query);
  }

  /** Repeats the current search, if there is one, after something else has changed. */
  repeat(): void {
    const query = currentQuery(this.#store.state);
    if (query) this.run(query);
  }

  async #start(query: Query): Promise<void> {
    const ticket = ++this.#lastTicket;
    this.#store.dispatch({ kind: "searchStarted", ticket, query });
    try {
      const answers = await this.#answers(query);
      this.#store.dispatch({ kind: "searchAnswered", ticket, answers });
    } catch (error) {
      const name = query.input.kind === "image" ? query.input.name : undefined;
      this.#store.dispatch({ kind: "searchFailed", ticket, error: explain(error, name) });
    }
    const { pending, queued } = this.#store.state;
    if (queued && !pending) void this.#start(queued);
  }

  async #answers(query: Query): Promise<Answers> {
    const { target } = this.#store.state;
    if (target === "device") return { answer: await this.#onDevice(query) };
    if (target === "server") return { answer: await this.#onServer(query, false) };
    const [device, server] = await Promise.allSettled([
      this.#onDevice(query),
      this.#onServer(query, true),
    ]);
    if (device.status === "rejected") throw device.reason;
    // If the server fails, the device's answer still stands.
    return server.status === "rejected"
      ? { answer: device.value, serverError: explain(server.reason) }
      : { answer: device.value, serverAnswer: server.value };
  }

  #onDevice({ input, box, more, less }: Query): Promise<Answer | ImageAnswer> {
    const { target, label, scope } = this.#store.state;
    // A server has only the gallery, so a comparison with it is about the gallery, too.
    const options = { more, less, label, scope: target === "device" ? scope : "gallery" };
    if (input.kind === "entry")
      return this.#engine.searchByEntry(input.index, options, resultCount);
    if (input.kind === "text") return this.#engine.searchByText(input.text, options, resultCount);
    const image = { blob: input.blob, key: input.url, box };
    return this.#engine.searchByImage(image, options, resultCount);
  }

  /** @param withEmbedding also requests the embedding, which a server returns for whole images */
  async #onServer(
    { input, box, more, less }: Query,
    withEmbedding: boolean,
  ): Promise<ServerAnswer> {
    const server = this.#server()!;
    const { label } = this.#store.state;
    const query = serverQuery(input, box);
    const answer = await server.search(query, { more, less, label }, resultCount);
    if (!withEmbedding || input.kind !== "image" || box) return answer;
    return { ...answer, embedding: await server.embed(input.blob) };
  }
}
