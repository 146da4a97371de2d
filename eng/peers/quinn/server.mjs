// Echo server on quinn, inside Deno: deno run --unstable-net -A server.mjs HOST PORT ALPN CERTIFICATES
// Port 0 takes a free one. quinn can send Retry, but Deno's interface has no way to ask for it.
import { describe, readArguments } from "../common.mjs";

const options = readArguments(Deno.args, false);
if (!options) Deno.exit(2);
if (Deno.env.get("PEER_EXIT_WITH_STDIN")) {
  (async () => {
    for await (const _ of Deno.stdin.readable);
    Deno.exit(0);
  })();
}

const endpoint = new Deno.QuicEndpoint({ hostname: options.host, port: options.port });
const listener = endpoint.listen({
  alpnProtocols: [options.alpn],
  cert: Deno.readTextFileSync(`${options.certificates}/cert.pem`),
  key: Deno.readTextFileSync(`${options.certificates}/key.pem`),
  maxIdleTimeout: 15000,
});
console.log("LISTENING", endpoint.addr.port);

async function echoDatagrams(connection) {
  try {
    while (true) await connection.sendDatagram(await connection.readDatagram());
  } catch {
    // The connection has ended, or the other side takes none; the loop over its streams says so.
  }
}

async function serve(incoming) {
  const connection = await incoming.accept();
  await connection.handshake;
  console.log("CONNECTED", connection.remoteAddr.port, connection.protocol);
  connection.closed.then(({ closeCode, reason }) => console.log("CLOSED", closeCode, reason));
  echoDatagrams(connection);
  for await (const stream of connection.incomingBidirectionalStreams) {
    const id = stream.readable.id;
    stream.readable.pipeTo(stream.writable).catch((error) => console.log("STREAM-ERROR", id, describe(error)));
  }
}

for await (const incoming of listener) {
  // A closed connection ends the loop over its streams with an error: only the line is of interest.
  serve(incoming).catch((error) => console.log("CONNECTION-END", describe(error)));
}
