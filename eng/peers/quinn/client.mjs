// Echo client on quinn, inside Deno: deno run --unstable-net -A client.mjs HOST PORT ALPN CERTIFICATES STREAMS BYTES [DATAGRAMS]
import { describe, echoDatagrams, echoOnce, readArguments } from "../common.mjs";

const options = readArguments(Deno.args, true);
if (!options) Deno.exit(2);

async function run() {
  const start = performance.now();
  const connection = await Deno.connectQuic({
    hostname: options.host,
    port: options.port,
    serverName: "localhost",
    alpnProtocols: [options.alpn],
    caCerts: [Deno.readTextFileSync(`${options.certificates}/ca.pem`)],
    maxIdleTimeout: 15000,
  });
  if (connection.protocol !== options.alpn) throw new Error(`negotiated ${connection.protocol}`);
  const connected = performance.now();
  console.log("HANDSHAKE", (connected - start).toFixed(1));
  await Promise.all(Array.from({ length: options.streams }, async () => {
    await echoOnce(await connection.createBidirectionalStream({ waitUntilAvailable: true }), options.bytes);
  }));
  console.log("STREAMS", (performance.now() - connected).toFixed(0));
  await echoDatagrams(connection, options.datagrams);
  connection.close({ closeCode: 7, reason: "bye" });
  // Deno has no call that waits until the close has left the socket.
  await new Promise((done) => setTimeout(done, 100));
}

let code = 0;
try {
  await run();
  console.log("PASS");
} catch (error) {
  console.log("FAIL", describe(error));
  code = 1;
}
Deno.exit(code);
