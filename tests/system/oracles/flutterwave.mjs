// Flutterwave's own client, which judges our simulator.  It would call home as soon as it is made,
// and again with whatever it is asked: nothing leaves this machine.
import { createRequire } from 'node:module';
import net from 'node:net';
import { join } from 'node:path';

const connect = net.Socket.prototype.connect;
net.Socket.prototype.connect = function (...args) {
  const [first] = Array.isArray(args[0]) ? args[0] : args;
  if (['127.0.0.1', 'localhost', '::1'].includes(first?.host ?? 'localhost'))
    return connect.apply(this, args);
  process.nextTick(() => this.destroy(new Error(`${first.host} is not called from here`)));
  return this;
};

// url ends with '/'; folder is where it may keep what it knows about itself.
export function flutterwaveClient(url, key, folder) {
  process.env.FLW_SDK_STATE_PATH = join(folder, 'flw.json');
  const Flutterwave = createRequire(import.meta.url)('flutterwave-node-v3');
  return new Flutterwave('FLWPUBK_TEST-sandbox-X', key, url);
}
