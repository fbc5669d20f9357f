// Passes what comes to an address on to a socket in the file system, which is reached from every network.
// Arguments: host, port, path of the socket.
import net from 'node:net';

const [host, port, path] = process.argv.slice(2);
const server = net.createServer((client) => {
  const there = net.connect(path!);
  for (const socket of [client, there]) {
    socket.on('error', () => {});
    socket.on('close', () => {
      client.destroy();
      there.destroy();
    });
  }
  client.pipe(there).pipe(client);
});
server.listen(Number(port), host, () => console.log('listening'));
// It ends with whoever has started it.
process.stdin.on('end', () => process.exit()).resume();
