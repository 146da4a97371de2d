// Echo server on quiche: node server.mjs HOST PORT ALPN CERTIFICATES
// Port 0 takes a free one. This wrapper answers every first Initial with Retry; that cannot be switched off.
import { readFileSync } from "node:fs";
import { webcrypto } from "node:crypto";
import process from "node:process";
import Logger, { LogLevel, StreamHandler } from "@matrixai/logger";
import { events, QUICServer } from "@matrixai/quic";
import { describe, readArguments } from "../common.mjs";

const options = readArguments(process.argv.slice(2), false);
if (!options) process.exit(2);
if (process.env.PEER_EXIT_WITH_STDIN) process.stdin.on("end", () => process.exit(0)).resume();

const algorithm = { name: "HMAC", hash: "SHA-256" };
const importKey = (key) => webcrypto.subtle.importKey("raw", key, algorithm, true, ["sign", "verify"]);
const server = new QUICServer({
  crypto: {
    key: webcrypto.getRandomValues(new Uint8Array(32)).buffer,
    ops: {
      sign: async (key, data) => webcrypto.subtle.sign(algorithm, await importKey(key), data),
      verify: async (key, data, signature) => webcrypto.subtle.verify(algorithm, await importKey(key), signature, data),
    },
  },
  config: {
    key: readFileSync(`${options.certificates}/key.pem`, "utf8"),
    cert: readFileSync(`${options.certificates}/cert.pem`, "utf8"),
    verifyPeer: false,
    applicationProtos: [options.alpn],
    maxIdleTimeout: 15000,
    disableActiveMigration: false,
    readableChunkSize: 256 * 1024,
  },
  logger: new Logger("quiche", LogLevel.WARN, [new StreamHandler()]),
});

// A ClientHello may fill several Initial packets. The wrapper awaits something between looking for a datagram's connection and entering a new
// one, so that two Initials in a row become two connections with the same ID, each with half of the ClientHello, and both acknowledge it.
// Here the second waits until the first is entered or answered.
function takeOneInitialAtATime(server) {
  const accept = server.acceptConnection.bind(server);
  const connections = server.socket.connectionMap;
  const enter = connections.set.bind(connections);
  let entered = () => {};
  connections.set = (...entry) => {
    enter(...entry);
    entered();
  };
  let turn = Promise.resolve();
  server.acceptConnection = (remote, header, dcid, data) => {
    const accepted = turn.then(() => {
      const connection = connections.get(dcid);
      if (connection) return { done: connection.recv(data, remote) };
      const isEntered = new Promise((resolve) => { entered = resolve; });
      const done = accept(remote, header, dcid, data);
      return Promise.race([done.catch(() => {}), isEntered]).then(() => ({ done }));
    });
    turn = accepted.catch(() => {});
    return accepted.then(({ done }) => done);
  };
}

async function echo(stream) {
  const writer = stream.writable.getWriter();
  for await (const chunk of stream.readable) await writer.write(chunk);
  await writer.close();
}

server.addEventListener(events.EventQUICServerConnection.name, ({ detail: connection }) => {
  console.log("CONNECTED", connection.remotePort, options.alpn);
  connection.addEventListener(events.EventQUICConnectionStream.name, ({ detail: stream }) => {
    echo(stream).catch((error) => console.log("STREAM-ERROR", stream.streamId, describe(error)));
  });
  connection.addEventListener(events.EventQUICConnectionClose.name, ({ detail: error }) => {
    const data = error.data ?? {};
    console.log("CLOSED", data.errorCode, data.reason ? new TextDecoder().decode(data.reason) : describe(error));
  });
});

takeOneInitialAtATime(server);
await server.start({ host: options.host, port: options.port });
console.log("LISTENING", server.port);
