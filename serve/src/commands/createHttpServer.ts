/** Node's HTTP server for the app: timeouts, and problem documents for what the app never sees. */
import {
  createServer,
  type IncomingMessage,
  type Server,
  type ServerResponse,
  STATUS_CODES,
} from "node:http";
import type { Duplex } from "node:stream";
import { getRequestListener, RequestError } from "@hono/node-server";
import { problemOf, problemType } from "../api/problems/problem.ts";

/** Time for a client to send its whole request. */
const requestTimeoutMs = 30_000;
/** Interval at which Node checks that timeout. */
const checkIntervalMs = 5_000;
/** Closes a connection that is silent in both directions, such as that of a stalled client. */
const idleTimeoutMs = 60_000;
/**
 * Time that a connection without a request stays open. With Node's default of five seconds it may
 * close just as a pooled client sends its next request.
 */
const keepAliveMs = 30_000;

/** Takes a request, and Node's own objects for it. */
export type Fetch = Parameters<typeof getRequestListener>[0];

export function createHttpServer(fetch: Fetch): Server {
  const listener = getRequestListener(fetch, {
    // Of requests without a Host header, which health checks over HTTP/1.0 send.
    hostname: "localhost",
    errorHandler: (error) =>
      error instanceof RequestError
        ? problemResponse(400, "the address or the Host header is malformed")
        : problemResponse(500, "something went wrong on the server"),
    // The app drops unread bodies itself; the adapter would reset slow connections.
    autoCleanupIncoming: false,
  });
  const timeouts = {
    requestTimeout: requestTimeoutMs,
    headersTimeout: requestTimeoutMs,
    keepAliveTimeout: keepAliveMs,
    connectionsCheckingInterval: checkIntervalMs,
  };
  const server = createServer({ ...timeouts, requireHostHeader: false }, listener);
  server.setTimeout(idleTimeoutMs);
  // The app answers, or asks for the body with "100 Continue" as it starts to read.
  server.on("checkContinue", (request, response) => server.emit("request", request, response));
  server.on("checkExpectation", (_, response: ServerResponse) => {
    const { status, headers, body } = problemParts(417, "only Expect: 100-continue is supported");
    response.writeHead(status, headers).end(body);
  });
  // Node closes the connection of a request to be a proxy, unless somebody answers.
  server.on("connect", (_, socket) =>
    socket.end(rawProblem(405, "the server is not a proxy: CONNECT is not supported")),
  );
  server.prependListener("request", closeAfterBody);
  answerClientErrors(server);
  return server;
}

/**
 * Makes Node close a connection only once the request's body has been read. A client that sends all
 * of its body, though the answer says that the connection closes or though it was to wait for "100
 * Continue", would otherwise find the connection reset before it reads the answer. Python's urllib
 * does both.
 */
function closeAfterBody(request: IncomingMessage): void {
  const { socket } = request;
  const close = Object.getPrototypeOf(socket).destroySoon as () => void;
  socket.destroySoon = () => {
    if (request.complete) {
      close.call(socket);
      return;
    }
    request.once("end", () => close.call(socket));
    socket.end();
  };
}

/** Status and reason of requests that Node cannot parse, or that take too long, by error code. */
const clientErrors: Partial<Record<string, readonly [number, string]>> = {
  HPE_HEADER_OVERFLOW: [431, "the request's headers are larger than 16 kB"],
  ERR_HTTP_REQUEST_TIMEOUT: [408, "the request did not arrive within 30 s"],
};

function answerClientErrors(server: Server): void {
  const latest = new WeakMap<Duplex, ServerResponse>();
  server.prependListener("request", ({ socket }, response) => latest.set(socket, response));
  server.on("clientError", (error: NodeJS.ErrnoException, socket) => {
    const response = latest.get(socket);
    const isAnswered = response?.headersSent && !response.req.complete;
    if (isAnswered || error.code === "ECONNRESET" || !socket.writable) {
      socket.destroy();
      return;
    }
    const known = clientErrors[error.code ?? ""] ?? [400, "the request is not valid HTTP/1.1"];
    socket.end(rawProblem(...known));
  });
}

/** A whole answer as text, where there is only a socket. */
function rawProblem(code: number, detail: string): string {
  const { status, headers, body } = problemParts(code, detail);
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join("")}\r\n${body}`;
}

function problemParts(status: number, detail: string) {
  const body = JSON.stringify(problemOf(status, detail));
  const headers = {
    "content-type": problemType,
    "content-length": String(Buffer.byteLength(body)),
    connection: "close",
  };
  return { status, headers, body };
}

/** A problem document outside of the app; the connection is closed. */
export function problemResponse(status: number, detail: string): Response {
  const { headers, body } = problemParts(status, detail);
  if (status !== 503) return new Response(body, { status, headers });
  return new Response(body, { status, headers: { ...headers, "retry-after": "5" } });
}
