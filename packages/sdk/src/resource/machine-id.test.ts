import assert from 'node:assert/strict';
import { test } from 'node:test';
import { machineId } from './machine-id.ts';

const none = { environment: {}, withArguments: false, readFile: () => Promise.resolve(undefined) };

/** Returns a `Run` that expects this program and resolves with this output. */
function printing(program: string, text: string | undefined) {
  return async (called: string) => (called === program ? text : assert.fail(`${called} was called`));
}

test('reads the device registry on macOS', async () => {
  const text = `+-o J293AP  <class IOPlatformExpertDevice, id 0x100000227>\n    {\n      "IOPlatformSerialNumber" = "C02X"\n      "IOPlatformUUID" = "8C6D1F8A-03B5-5A1B-9B0E-1D2C3B4A5968"\n    }\n`;
  assert.equal(
    await machineId(none, 'darwin', printing('/usr/sbin/ioreg', text)),
    '8C6D1F8A-03B5-5A1B-9B0E-1D2C3B4A5968',
  );
  assert.equal(await machineId(none, 'darwin', printing('/usr/sbin/ioreg', undefined)), undefined);
});

test('reads the registry on Windows', async () => {
  const text =
    '\r\nHKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\Cryptography\r\n    MachineGuid    REG_SZ    7f3c2a10-9b1d-4e58-8a6f-0c5d4e3b2a19\r\n\r\n';
  const windows = { ...none, environment: { SystemRoot: 'D:\\Windows' } };
  const run = printing('D:\\Windows\\System32\\reg.exe', text);
  assert.equal(await machineId(windows, 'win32', run), '7f3c2a10-9b1d-4e58-8a6f-0c5d4e3b2a19');
});

test('reads a file or the firmware on BSD', async () => {
  const run = printing('/bin/kenv', '4c4c4544-0042-3510-8053-b4c04f4d3132\n');
  assert.equal(await machineId(none, 'freebsd', run), '4c4c4544-0042-3510-8053-b4c04f4d3132');
  const withFile = { ...none, readFile: () => Promise.resolve('aaaa-bbbb\n') };
  assert.equal(await machineId(withFile, 'openbsd', run), 'aaaa-bbbb');
});

test('is undefined on other systems', async () => {
  assert.equal(await machineId(none, 'aix', () => assert.fail('a program was called')), undefined);
});
