// Echo client on quiche: node client.mjs HOST PORT ALPN CERTIFICATES STREAMS BYTES
import { readFileSync } from "node:fs";
import { webcrypto } from "node:crypto";
import process from "node:process";
import Logger, { LogLevel, StreamHandler } from "@matrixai/logger";
import { QUICClient } from "@matrixai/quic";
import { describe, echoOnce, readArguments } from "../common.mjs";

const options = readArguments(process.argv.slice(2), true);
if (!options) process.exit(2);

async function run() {
  const start = performance.now();
  const client = await QUICClient.createQUICClient({
    host: options.host,
    port: options.port,
    localHost: options.host.includes(":") ? "::1" : "127.0.0.1",
    serverName: "localhost",
    crypto: { ops: { randomBytes: async (buffer) => void webcrypto.getRandomValues(new Uint8Array(buffer)) } },
    config: {
      ca: readFileSync(`${options.certificates}/ca.pem`, "utf8"),
      verifyPeer: true,
      applicationProtos: [options.alpn],
      maxIdleTimeout: 15000,
      readableChunkSize: 256 * 1024,
    },
    logger: new Logger("quiche", LogLevel.WARN, [new StreamHandler()]),
  }, { timer: 10000 });
  const connected = performance.now();
  console.log("HANDSHAKE", (connected - start).toFixed(1));
  const streams = Array.from({ length: options.streams }, () => client.connection.newStream());
  await Promise.all(streams.map((stream) => echoOnce(stream, options.bytes)));
  console.log("STREAMS", (performance.now() - connected).toFixed(0));
  await client.destroy({ isApp: true, errorCode: 7, reason: new TextEncoder().encode("bye"), force: true });
}

let code = 0;
try {
  await run();
  console.log("PASS");
} catch (error) {
  console.log("FAIL", describe(error), error?.cause ? describe(error.cause) : "");
  code = 1;
}
process.exit(code);
